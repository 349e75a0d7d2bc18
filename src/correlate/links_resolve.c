#include "correlate/links_resolve.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "correlate/links_match.h"
#include "correlate/links_rows.h"

#define ROW_BLOCK_BYTES 4096u

/* ---- one stream: claims and the lives that they may mean, by ID ---- */

struct chain { /* a linked list of records, newest first */
    struct chain *next;
    void *record;
};

struct id {
    uint64_t hash; /* 0: empty slot */
    struct chain *claims, *lives;
    uint32_t n_claims, n_lives;
};

/* Lives that a claim without queue ID may mean are few: of all others the filter says so. A wrong yes only costs time. */
#define FILTER_BITS (UINT64_C(1) << 26)

struct by_message {
    struct ms_spool claims; /* by message-id */
    uint64_t *filter;       /* of message_hash; NULL: no claims */
    const uint32_t *host_labels;
    size_t n_hosts;
};

struct join {
    struct id *ids; /* power of two, linear probing */
    size_t n_slots, n_used;
    struct ms_arena arena;
    const struct by_message *by_message; /* which lives go on, and ... */
    struct ms_spool *message_lives;      /* ... where to; NULL: none, nowhere */
};

static struct id *find_id(const struct join *j, uint64_t hash)
{
    size_t at = hash & (j->n_slots - 1);
    while (j->ids[at].hash != 0 && j->ids[at].hash != hash)
        at = (at + 1) & (j->n_slots - 1);
    return &j->ids[at];
}

static void grow_join(struct join *j)
{
    struct join old = *j;
    j->n_slots = old.n_slots ? old.n_slots * 2 : 64;
    j->ids = ms_calloc(j->n_slots, sizeof *j->ids);
    for (size_t i = 0; i < old.n_slots; i++)
        if (old.ids[i].hash != 0)
            *find_id(j, old.ids[i].hash) = old.ids[i];
    free(old.ids);
}

static void add_to_chain(struct join *j, struct chain **chain, const char *record, size_t n_bytes)
{
    struct chain *c = ms_arena_alloc(&j->arena, sizeof *c);
    c->record = ms_arena_alloc(&j->arena, n_bytes);
    memcpy(c->record, record, n_bytes);
    c->next = *chain;
    *chain = c;
}

/* Does the row of such a claim stay, though nothing is known of the other life? */
static bool stands_alone(const struct ms_link_claim_record *c)
{
    return c->kind != MS_LINK_NEXT_HOP && c->kind != MS_LINK_REINJECT && c->kind != MS_LINK_FAILED &&
           !ms_link_by_message(c->kind);
}

static void load_claims(void *join, const char *records, size_t n_bytes)
{
    struct join *j = join;
    for (size_t at = 0; at < n_bytes;) {
        struct ms_link_claim_record c;
        memcpy(&c, records + at, sizeof c);
        size_t n = sizeof c + c.n_queue_id + c.n_other + c.n_recipient;
        if (j->n_used * 2 >= j->n_slots)
            grow_join(j);
        struct id *id = find_id(j, c.hash);
        j->n_used += id->hash == 0;
        id->hash = c.hash;
        id->n_claims++;
        if (id->n_claims <= MS_LINK_MAX_CLAIMS || stands_alone(&c))
            add_to_chain(j, &id->claims, records + at, n);
        at += ms_link_rounded(n);
    }
}

static uint64_t *filter_word(const struct by_message *m, uint64_t hash, uint64_t *bit)
{
    *bit = UINT64_C(1) << (hash & 63);
    return &m->filter[(hash >> 6) % (FILTER_BITS / 64)];
}

static bool passes(const struct by_message *m, const struct ms_link_life_record *l)
{
    uint64_t bit;
    return m->filter != NULL && !l->is_alias && l->message_hash != 0 && (l->by_pickup || l->client_label != 0) &&
           (*filter_word(m, l->message_hash, &bit) & bit) != 0;
}

static void keep_by_message(struct ms_spool *lives, struct ms_link_life_record l, const char *record, size_t n_bytes)
{
    l.hash = l.message_hash;
    char *to = ms_spool_add(lives, ms_link_stream(l.hash), n_bytes);
    memcpy(to, record, n_bytes);
    memcpy(to, &l, sizeof l);
}

/* Only where the relay is a host of the input can there be another end. */
static bool may_be_here(const struct by_message *m, const struct ms_link_claim_record *c)
{
    bool here = c->loopback || c->kind == MS_LINK_TO_PROGRAM;
    for (size_t i = 0; !here && i < m->n_hosts; i++)
        here = c->relay_label != 0 && c->relay_label == m->host_labels[i];
    return here;
}

static void sort_by_message(void *by_message, const char *records, size_t n_bytes)
{
    struct by_message *m = by_message;
    for (size_t at = 0; at < n_bytes;) {
        struct ms_link_claim_record c;
        memcpy(&c, records + at, sizeof c);
        size_t n = sizeof c + c.n_queue_id + c.n_other + c.n_recipient;
        if (may_be_here(m, &c)) {
            uint64_t bit;
            if (m->filter == NULL)
                m->filter = ms_calloc(FILTER_BITS / 64, sizeof *m->filter);
            *filter_word(m, c.hash, &bit) |= bit;
            memcpy(ms_spool_add(&m->claims, ms_link_stream(c.hash), n), records + at, n);
        }
        at += ms_link_rounded(n);
    }
}

static void load_lives(void *join, const char *records, size_t n_bytes)
{
    struct join *j = join;
    for (size_t at = 0; at < n_bytes;) {
        struct ms_link_life_record l;
        memcpy(&l, records + at, sizeof l);
        size_t n = sizeof l + l.n_queue_id;
        struct id *id = j->n_slots ? find_id(j, l.hash) : NULL;
        if (id != NULL && id->hash != 0 && ++id->n_lives <= MS_LINK_MAX_LIVES)
            add_to_chain(j, &id->lives, records + at, n);
        if (j->by_message != NULL && passes(j->by_message, &l))
            keep_by_message(j->message_lives, l, records + at, n);
        at += ms_link_rounded(n);
    }
}

/* ---- a claim that has been judged ---- */

struct resolving { /* a thread's */
    const struct ms_resolve *r;
    const uint32_t *host_labels;
    uint32_t localhost;
    struct ms_spool *rows;
    struct ms_mails mails;
    struct ms_spool message_lives; /* by message-id */
    enum ms_status status;
    struct ms_error error;
    struct ms_link_match *matches;
    struct ms_link_group group;
    size_t cap_claims, cap_lives, cap_matches;
};

static uint8_t kind_of(const struct ms_link_claim_record *c, const struct ms_link_life_record *other, bool is_delay)
{
    if (is_delay)
        return MS_LINK_ROW_DELAY_NOTICE;
    switch (c->kind) {
    case MS_LINK_FORWARD:
        return MS_LINK_ROW_FORWARD;
    case MS_LINK_REQUEUE:
        return MS_LINK_ROW_REQUEUE;
    case MS_LINK_BOUNCE:
    case MS_LINK_BOUNCE_OF:
        return MS_LINK_ROW_BOUNCE;
    case MS_LINK_CLONE:
    case MS_LINK_CLONE_OF:
        return MS_LINK_ROW_CLONE;
    case MS_LINK_DELAY_NOTICE:
        return MS_LINK_ROW_DELAY_NOTICE;
    default:
        if (other == NULL) /* orig_queue_id= is one of the same host */
            return c->kind == MS_LINK_REINJECT ? MS_LINK_ROW_REINJECT : MS_LINK_ROW_NEXT_HOP;
        return other->host_id == c->host_id ? MS_LINK_ROW_REINJECT : MS_LINK_ROW_NEXT_HOP;
    }
}

/* A row that says: this claim, `other` (NULL: not known which) of those that match. */
static void write_row(struct resolving *s, const struct ms_link_claim_record *c,
                      const struct ms_link_life_record *other, const struct ms_link_match *m)
{
    bool reversed = ms_link_names_parent(c->kind);
    const char *texts = (const char *)(c + 1);
    struct ms_span own = ms_span_of(texts, c->n_queue_id), named = ms_span_of(texts + c->n_queue_id, c->n_other);
    struct ms_span recipient = ms_span_of(texts + c->n_queue_id + c->n_other, c->n_recipient);
    if (ms_link_by_message(c->kind) || (c->by_process && other != NULL))
        named = ms_span_of((const char *)(other + 1), other->n_queue_id);
    uint8_t kind = kind_of(c, other, m->is_delay);
    uint32_t other_host = other != NULL ? other->host_id : kind == MS_LINK_ROW_NEXT_HOP ? MS_LINK_NOBODY : c->host_id;
    if (other == NULL && c->loopback)
        other_host = c->host_id;
    uint64_t other_txn = other != NULL ? other->txn_id : 0;
    struct ms_link_row row = {
        .key = c->key,
        .from_txn_id = reversed ? other_txn : c->txn_id,
        .to_txn_id = reversed ? c->txn_id : other_txn,
        .from_host_id = reversed ? other_host : c->host_id,
        .to_host_id = reversed ? c->host_id : other_host,
        .n_from_id = reversed ? named.n : own.n,
        .n_to_id = reversed ? own.n : named.n,
        .n_recipient = recipient.n,
        .candidates = m->n,
        .kind = kind,
        .evidence = c->kind == MS_LINK_NEXT_HOP   ? MS_LINK_BY_QUEUED_AS
                    : ms_link_by_message(c->kind) ? MS_LINK_BY_MESSAGE_ID
                                                  : MS_LINK_BY_LOG_LINE,
        .has_recipient = c->has_recipient,
    };
    struct ms_span parts[] = {reversed ? named : own, reversed ? own : named, recipient};
    size_t place = s->r->place_of(s->r->place_arg, c->key, c->time_us);
    if (place == MS_PLACE_TOLD)
        return;
    char *to = ms_spool_add(s->rows, place, sizeof row + own.n + named.n + recipient.n);
    memcpy(to, &row, sizeof row);
    to += sizeof row;
    for (size_t i = 0; i < 3; i++) {
        if (parts[i].n)
            memcpy(to, parts[i].p, parts[i].n);
        to += parts[i].n;
    }
}

static void write_pair(struct resolving *s, const struct ms_link_claim_record *c, const struct ms_link_life_record *l)
{
    bool reversed = ms_link_names_parent(c->kind);
    struct ms_mail_pair p;
    p.txn_id[reversed] = c->txn_id;
    p.begin_us[reversed] = c->begin_us;
    p.last_us[reversed] = c->last_us;
    p.txn_id[!reversed] = l->txn_id;
    p.begin_us[!reversed] = l->begin_us;
    p.last_us[!reversed] = l->last_us;
    size_t place = s->r->place_of(s->r->place_arg, c->key, c->time_us);
    if (place == MS_PLACE_TOLD)
        return;
    p.is_final = place < s->r->open_place;
    ms_mails_add(&s->mails, &p);
}

/* A message-id is no proof: lists, retries and spam repeat it. And a notice is a mail of its own. */
static bool makes_one_mail(const struct ms_link_claim_record *c)
{
    return !ms_link_by_message(c->kind) && c->kind != MS_LINK_BOUNCE && c->kind != MS_LINK_BOUNCE_OF &&
           c->kind != MS_LINK_DELAY_NOTICE;
}

static void write_links(struct resolving *s, const struct ms_link_claim_record *c, const struct ms_link_match *m)
{
    if (ms_link_by_message(c->kind)) {
        for (uint32_t i = 0; i < m->n_shown && m->n <= MS_LINK_SHOWN; i++)
            write_row(s, c, m->lives[i], m);
        return;
    }
    /* A next hop that no log here knows is told by deliveries.next_queue_id; a row of links has two ends. */
    if (m->n > 0 || stands_alone(c))
        write_row(s, c, m->n == 1 ? m->lives[0] : NULL, m);
    if (m->n == 1 && makes_one_mail(c))
        write_pair(s, c, m->lives[0]);
}

/* Does a line of the MTA itself say the same as this helper's? */
static bool is_told(const struct ms_link_group *g, const struct ms_link_match *matches, size_t i)
{
    const struct ms_link_claim_record *c = g->claims[i];
    for (size_t k = 0; c->by_helper && k < g->n_claims; k++)
        if (!g->claims[k]->by_helper && g->claims[k]->txn_id == c->txn_id && matches[k].n == 1 && matches[i].n == 1 &&
            matches[k].lives[0] == matches[i].lives[0])
            return true;
    return false;
}

static void judge(struct resolving *s, const struct id *id)
{
    struct ms_link_group *g = &s->group;
    bool too_common = id->n_claims > MS_LINK_MAX_CLAIMS || id->n_lives > MS_LINK_MAX_LIVES;
    s->group.n_claims = s->group.n_lives = 0;
    for (const struct chain *c = id->claims; c != NULL; c = c->next) {
        g->claims = ms_grow(g->claims, &s->cap_claims, g->n_claims + 1, sizeof *g->claims);
        g->claims[g->n_claims++] = c->record;
    }
    for (const struct chain *c = id->lives; c != NULL && !too_common; c = c->next) {
        g->lives = ms_grow(g->lives, &s->cap_lives, g->n_lives + 1, sizeof *g->lives);
        g->lives[g->n_lives++] = c->record;
    }
    s->matches = ms_grow(s->matches, &s->cap_matches, g->n_claims, sizeof *s->matches);
    ms_link_match_group(g, s->host_labels, s->localhost, s->matches);
    for (size_t i = 0; i < g->n_claims; i++)
        if (!is_told(g, s->matches, i))
            write_links(s, g->claims[i], &s->matches[i]);
}

struct spools { /* of several collectors */
    struct ms_spool **all;
    size_t n;
};

/* One of the two joins, as all threads see it. */
struct joining {
    struct resolving *threads;
    struct spools claims, lives;
    const struct by_message *by_message; /* NULL: this is the join by message-id */
    atomic_size_t next_stream;
};

static enum ms_status drain(const struct spools *spools, size_t stream,
                            void (*piece)(void *join, const char *records, size_t n_bytes), struct join *j,
                            struct ms_error *err)
{
    enum ms_status st = MS_OK;
    for (size_t w = 0; st == MS_OK && w < spools->n; w++)
        st = ms_spool_drain(spools->all[w], stream, piece, j, err);
    return st;
}

static enum ms_status join_stream(struct resolving *s, const struct joining *all, size_t stream, struct ms_error *err)
{
    struct join j = {.by_message = all->by_message, .message_lives = &s->message_lives};
    enum ms_status st = drain(&all->claims, stream, load_claims, &j, err);
    if (st == MS_OK)
        st = drain(&all->lives, stream, load_lives, &j, err);
    for (size_t i = 0; st == MS_OK && i < j.n_slots; i++)
        if (j.ids[i].hash != 0)
            judge(s, &j.ids[i]);
    free(j.ids);
    ms_arena_fini(&j.arena);
    return st;
}

static void join_streams(void *joining, unsigned thread)
{
    struct joining *all = joining;
    struct resolving *s = &all->threads[thread];
    size_t stream;
    while (s->status == MS_OK && (stream = atomic_fetch_add(&all->next_stream, 1)) < MS_LINK_STREAMS)
        s->status = join_stream(s, all, stream, &s->error);
}

/* Claims that only a message-id can settle: first, so that the filter is there when the lives pass. */
static enum ms_status prepare_by_message(struct by_message *m, const struct ms_resolve *r, struct ms_links *const *all,
                                         size_t n, struct ms_error *err)
{
    enum ms_status st = MS_OK;
    ms_spool_init(&m->claims, MS_LINK_STREAMS, ROW_BLOCK_BYTES, r->limit_bytes, r->dir_fd);
    for (size_t w = 0; st == MS_OK && w < n; w++) {
        st = ms_spool_end(&all[w]->by_message, err);
        if (st == MS_OK)
            st = ms_spool_drain(&all[w]->by_message, 0, sort_by_message, m, err);
    }
    return st == MS_OK ? ms_spool_end(&m->claims, err) : st;
}

static enum ms_status end_all(const struct spools *spools, struct ms_error *err)
{
    enum ms_status st = MS_OK;
    for (size_t i = 0; st == MS_OK && i < spools->n; i++)
        st = ms_spool_end(spools->all[i], err);
    return st;
}

static enum ms_status join_in_parallel(struct joining *all, unsigned n_threads, struct ms_error *err)
{
    enum ms_status st = end_all(&all->claims, err);
    if (st == MS_OK)
        st = end_all(&all->lives, err);
    if (st != MS_OK)
        return st;
    ms_parallel(n_threads, join_streams, all);
    for (unsigned i = 0; st == MS_OK && i < n_threads; i++)
        if (all->threads[i].status != MS_OK)
            st = ms_fail(err, all->threads[i].status, "%s", all->threads[i].error.text);
    return st;
}

/* By queue ID, then, of what is left, by message-id. */
static enum ms_status join_all(struct resolving *threads, struct ms_links *const *links, size_t n, struct by_message *m,
                               struct ms_error *err)
{
    unsigned n_threads = threads->r->n_threads;
    struct ms_spool **spools = ms_malloc((2 * n + n_threads) * sizeof *spools + 1), *message_claims = &m->claims;
    struct joining by_id = {threads, {spools, n}, {spools + n, n}, m, 0};
    struct joining by_message = {threads, {&message_claims, 1}, {spools + 2 * n, n_threads}, NULL, 0};
    for (size_t w = 0; w < n; w++) {
        by_id.claims.all[w] = &links[w]->claims;
        by_id.lives.all[w] = &links[w]->lives;
    }
    for (unsigned i = 0; i < n_threads; i++)
        by_message.lives.all[i] = &threads[i].message_lives;
    enum ms_status st = join_in_parallel(&by_id, n_threads, err);
    if (st == MS_OK)
        st = join_in_parallel(&by_message, n_threads, err);
    free(spools);
    return st;
}

static uint32_t *make_host_labels(const struct ms_names *names, uint64_t seed)
{
    uint32_t n = ms_names_n_hosts(names);
    uint32_t *labels = ms_malloc(n * sizeof *labels + 1);
    for (uint32_t i = 0; i < n; i++)
        labels[i] = ms_link_label(ms_names_host(names, i), seed);
    return labels;
}

static void copy_pairs(void *mails, const char *records, size_t n_bytes)
{
    for (size_t at = 0; at < n_bytes; at += sizeof(struct ms_mail_pair)) {
        struct ms_mail_pair pair;
        memcpy(&pair, records + at, sizeof pair);
        ms_mails_add(mails, &pair);
    }
}

/* What a thread has made, to what all have made. */
static enum ms_status hand_over(struct ms_resolve *r, struct resolving *s, struct ms_error *err)
{
    enum ms_status st = ms_spool_end(s->rows, err);
    if (st == MS_OK)
        st = ms_spool_end(&s->mails.pairs, err);
    return st == MS_OK ? ms_spool_drain(&s->mails.pairs, 0, copy_pairs, &r->mails, err) : st;
}

enum ms_status ms_links_resolve(struct ms_resolve *r, struct ms_links *const *all, size_t n, struct ms_error *err)
{
    uint64_t seed = n > 0 ? all[0]->seed : 0;
    uint32_t *labels = make_host_labels(r->names, seed), localhost = ms_link_label(MS_SPAN_LIT("localhost"), seed);
    struct resolving *threads = ms_calloc(r->n_threads, sizeof *threads);
    struct by_message by_message = {.host_labels = labels, .n_hosts = ms_names_n_hosts(r->names)};
    size_t share = r->limit_bytes / r->n_threads;
    r->rows = ms_calloc(r->n_threads, sizeof *r->rows);
    ms_mails_init(&r->mails, r->dir_fd, r->limit_bytes);
    for (unsigned i = 0; i < r->n_threads; i++) {
        threads[i] = (struct resolving){.r = r, .host_labels = labels, .localhost = localhost, .rows = &r->rows[i]};
        ms_spool_init(&r->rows[i], r->n_places, ROW_BLOCK_BYTES, share, r->dir_fd);
        ms_spool_init(&threads[i].message_lives, MS_LINK_STREAMS, ROW_BLOCK_BYTES, share, r->dir_fd);
        ms_mails_init(&threads[i].mails, r->dir_fd, share);
    }
    enum ms_status st = prepare_by_message(&by_message, r, all, n, err);
    if (st == MS_OK)
        st = join_all(threads, all, n, &by_message, err);
    for (unsigned i = 0; i < r->n_threads; i++) {
        if (st == MS_OK)
            st = hand_over(r, &threads[i], err);
        ms_spool_fini(&threads[i].message_lives);
        ms_mails_fini(&threads[i].mails);
        free(threads[i].matches);
        free(threads[i].group.claims);
        free(threads[i].group.lives);
    }
    ms_spool_fini(&by_message.claims);
    free(by_message.filter);
    free(threads);
    free(labels);
    return st;
}

void ms_resolve_fini(struct ms_resolve *r)
{
    for (unsigned i = 0; r->rows != NULL && i < r->n_threads; i++)
        ms_spool_fini(&r->rows[i]);
    free(r->rows);
    ms_mails_fini(&r->mails);
}
