#include "correlate/links_resolve.h"

#include <stdlib.h>

#include "base/memory.h"
#include "correlate/links_match.h"

#define ROW_BLOCK_BYTES 4096u
#define NOBODY UINT32_MAX

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
    struct ms_spool claims, lives; /* by message-id */
    uint64_t *filter;              /* of message_hash; NULL: no claims */
    const uint32_t *host_labels;
    size_t n_hosts;
};

struct join {
    struct id *ids; /* power of two, linear probing */
    size_t n_slots, n_used;
    struct ms_arena arena;
    struct by_message *by_message; /* where lives go on to; NULL: nowhere */
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

static size_t rounded(size_t n)
{
    return (n + 7) / 8 * 8;
}

/* Does the row of such a claim stay, though nothing is known of the other life? */
static bool stands_alone(const struct ms_link_claim_record *c)
{
    return c->kind != MS_LINK_NEXT_HOP && c->kind != MS_LINK_REINJECT && !ms_link_by_message(c->kind);
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
        at += rounded(n);
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
    return m->filter != NULL && l->message_hash != 0 && (l->by_pickup || l->client_label != 0) &&
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
        at += rounded(n);
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
            keep_by_message(&j->by_message->lives, l, records + at, n);
        at += rounded(n);
    }
}

/* ---- a claim that has been judged ---- */

struct row_record { /* a row of links */
    uint64_t key;
    uint64_t from_txn_id, to_txn_id;          /* 0: not known */
    uint32_t from_host_id, to_host_id;        /* NOBODY: not known */
    uint32_t n_from_id, n_to_id, n_recipient; /* texts that follow */
    uint32_t candidates;
    uint8_t kind, evidence; /* indices of names */
    bool has_recipient;
};

enum { NEXT_HOP, REINJECT, FORWARD, REQUEUE, BOUNCE, DELAY_NOTICE };
static const char *const kind_names[] = {"next_hop", "reinject", "forward", "requeue", "bounce", "delay_notice"};
enum { QUEUED_AS, LOG_LINE, MESSAGE_ID };
static const char *const evidence_names[] = {"queued_as", "log_line", "message_id"};

struct resolving {
    struct ms_resolve *r;
    const uint32_t *host_labels;
    uint32_t localhost;
    struct ms_link_match *matches;
    struct ms_link_group group;
    size_t cap_claims, cap_lives, cap_matches;
};

static uint8_t kind_of(const struct ms_link_claim_record *c, const struct ms_link_life_record *other)
{
    switch (c->kind) {
    case MS_LINK_FORWARD:
        return FORWARD;
    case MS_LINK_REQUEUE:
        return REQUEUE;
    case MS_LINK_BOUNCE:
        return BOUNCE;
    case MS_LINK_DELAY_NOTICE:
        return DELAY_NOTICE;
    default:
        return other != NULL && other->host_id == c->host_id ? REINJECT : NEXT_HOP;
    }
}

static struct ms_span text_at(const char *p, uint32_t n)
{
    return ms_span_of(p, n);
}

/* A row that says: this claim, `other` (NULL: not known which), so many candidates. */
static void write_row(struct ms_resolve *r, const struct ms_link_claim_record *c,
                      const struct ms_link_life_record *other, uint32_t candidates)
{
    bool reversed = ms_link_names_parent(c->kind);
    const char *texts = (const char *)(c + 1);
    struct ms_span own = text_at(texts, c->n_queue_id), named = text_at(texts + c->n_queue_id, c->n_other);
    struct ms_span recipient = text_at(texts + c->n_queue_id + c->n_other, c->n_recipient);
    if (ms_link_by_message(c->kind))
        named = text_at((const char *)(other + 1), other->n_queue_id);
    uint8_t kind = kind_of(c, other);
    uint32_t other_host = other != NULL ? other->host_id : kind == NEXT_HOP ? NOBODY : c->host_id;
    if (other == NULL && c->loopback)
        other_host = c->host_id;
    uint64_t other_txn = other != NULL ? other->txn_id : 0;
    struct row_record row = {
        .key = c->key,
        .from_txn_id = reversed ? other_txn : c->txn_id,
        .to_txn_id = reversed ? c->txn_id : other_txn,
        .from_host_id = reversed ? other_host : c->host_id,
        .to_host_id = reversed ? c->host_id : other_host,
        .n_from_id = reversed ? named.n : own.n,
        .n_to_id = reversed ? own.n : named.n,
        .n_recipient = recipient.n,
        .candidates = candidates,
        .kind = kind,
        .evidence = c->kind == MS_LINK_NEXT_HOP   ? QUEUED_AS
                    : ms_link_by_message(c->kind) ? MESSAGE_ID
                                                  : LOG_LINE,
        .has_recipient = c->has_recipient,
    };
    struct ms_span parts[] = {reversed ? named : own, reversed ? own : named, recipient};
    char *to = ms_spool_add(&r->rows, r->place_of(r->place_arg, c->key), sizeof row + own.n + named.n + recipient.n);
    memcpy(to, &row, sizeof row);
    to += sizeof row;
    for (size_t i = 0; i < 3; i++) {
        if (parts[i].n)
            memcpy(to, parts[i].p, parts[i].n);
        to += parts[i].n;
    }
}

static void write_pair(struct ms_resolve *r, const struct ms_link_claim_record *c, const struct ms_link_life_record *l)
{
    bool reversed = ms_link_names_parent(c->kind);
    struct ms_mail_pair p;
    p.txn_id[reversed] = c->txn_id;
    p.begin_us[reversed] = c->begin_us;
    p.last_us[reversed] = c->last_us;
    p.txn_id[!reversed] = l->txn_id;
    p.begin_us[!reversed] = l->begin_us;
    p.last_us[!reversed] = l->last_us;
    ms_mails_add(&r->mails, &p);
}

/* A message-id is no proof: lists, retries and spam repeat it. And a notice is a mail of its own. */
static bool makes_one_mail(const struct ms_link_claim_record *c)
{
    return !ms_link_by_message(c->kind) && c->kind != MS_LINK_BOUNCE && c->kind != MS_LINK_DELAY_NOTICE;
}

static void write_links(struct ms_resolve *r, const struct ms_link_claim_record *c, const struct ms_link_match *m)
{
    if (ms_link_by_message(c->kind)) {
        for (uint32_t i = 0; i < m->n_shown && m->n <= MS_LINK_SHOWN; i++)
            write_row(r, c, m->lives[i], m->n);
        return;
    }
    /* A next hop that no log here knows is told by deliveries.next_queue_id; a row of links has two ends. */
    if (m->n > 0 || stands_alone(c))
        write_row(r, c, m->n == 1 ? m->lives[0] : NULL, m->n);
    if (m->n == 1 && makes_one_mail(c))
        write_pair(r, c, m->lives[0]);
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
        write_links(s->r, g->claims[i], &s->matches[i]);
}

/* The claims and lives of `n` collectors each that are in one stream. */
static enum ms_status join_stream(struct resolving *s, struct ms_spool *const *claims, struct ms_spool *const *lives,
                                  size_t n, size_t stream, struct by_message *by_message, struct ms_error *err)
{
    struct join j = {.by_message = by_message};
    enum ms_status st = MS_OK;
    for (size_t w = 0; st == MS_OK && w < n; w++)
        st = ms_spool_drain(claims[w], stream, load_claims, &j, err);
    for (size_t w = 0; st == MS_OK && w < n; w++)
        st = ms_spool_drain(lives[w], stream, load_lives, &j, err);
    for (size_t i = 0; st == MS_OK && i < j.n_slots; i++)
        if (j.ids[i].hash != 0)
            judge(s, &j.ids[i]);
    free(j.ids);
    ms_arena_fini(&j.arena);
    return st;
}

/* Claims that only a message-id can settle: first, so that the filter is there when the lives pass. */
static enum ms_status prepare_by_message(struct by_message *m, const struct ms_resolve *r, struct ms_links *const *all,
                                         size_t n, struct ms_error *err)
{
    enum ms_status st = MS_OK;
    ms_spool_init(&m->claims, MS_LINK_STREAMS, ROW_BLOCK_BYTES, r->limit_bytes, r->dir_fd);
    ms_spool_init(&m->lives, MS_LINK_STREAMS, ROW_BLOCK_BYTES, r->limit_bytes, r->dir_fd);
    for (size_t w = 0; st == MS_OK && w < n; w++) {
        st = ms_spool_end(&all[w]->by_message, err);
        if (st == MS_OK)
            st = ms_spool_drain(&all[w]->by_message, 0, sort_by_message, m, err);
    }
    return st == MS_OK ? ms_spool_end(&m->claims, err) : st;
}

static enum ms_status join_all(struct resolving *s, struct ms_links *const *all, size_t n, struct by_message *m,
                               struct ms_error *err)
{
    struct ms_spool **claims = ms_malloc(n * sizeof *claims + 1), **lives = ms_malloc(n * sizeof *lives + 1);
    struct ms_spool *message_claims = &m->claims, *message_lives = &m->lives;
    enum ms_status st = MS_OK;
    for (size_t w = 0; st == MS_OK && w < n; w++) {
        claims[w] = &all[w]->claims;
        lives[w] = &all[w]->lives;
        st = ms_spool_end(claims[w], err);
        if (st == MS_OK)
            st = ms_spool_end(lives[w], err);
    }
    for (size_t i = 0; st == MS_OK && i < MS_LINK_STREAMS; i++)
        st = join_stream(s, claims, lives, n, i, m, err);
    if (st == MS_OK)
        st = ms_spool_end(&m->lives, err);
    for (size_t i = 0; st == MS_OK && i < MS_LINK_STREAMS; i++)
        st = join_stream(s, &message_claims, &message_lives, 1, i, NULL, err);
    free(claims);
    free(lives);
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

enum ms_status ms_links_resolve(struct ms_resolve *r, struct ms_links *const *all, size_t n, struct ms_error *err)
{
    uint64_t seed = n > 0 ? all[0]->seed : 0;
    uint32_t *labels = make_host_labels(r->names, seed);
    struct resolving s = {.r = r, .host_labels = labels, .localhost = ms_link_label(MS_SPAN_LIT("localhost"), seed)};
    struct by_message by_message = {.host_labels = labels, .n_hosts = ms_names_n_hosts(r->names)};
    ms_spool_init(&r->rows, r->n_places, ROW_BLOCK_BYTES, r->limit_bytes, r->dir_fd);
    ms_mails_init(&r->mails, r->dir_fd, r->limit_bytes);
    enum ms_status st = prepare_by_message(&by_message, r, all, n, err);
    if (st == MS_OK)
        st = join_all(&s, all, n, &by_message, err);
    if (st == MS_OK)
        st = ms_spool_end(&r->rows, err);
    ms_spool_fini(&by_message.claims);
    ms_spool_fini(&by_message.lives);
    free(by_message.filter);
    free(labels);
    free(s.matches);
    free(s.group.claims);
    free(s.group.lives);
    return st;
}

/* ---- rows ---- */

struct place {
    struct ms_arena arena;
    const struct row_record **rows;
    size_t n, cap;
};

static void load_rows(void *place, const char *records, size_t n_bytes)
{
    struct place *p = place;
    for (size_t at = 0; at < n_bytes;) {
        struct row_record row;
        memcpy(&row, records + at, sizeof row);
        size_t n = sizeof row + row.n_from_id + row.n_to_id + row.n_recipient;
        char *copy = ms_arena_alloc(&p->arena, n);
        memcpy(copy, records + at, n);
        p->rows = ms_grow(p->rows, &p->cap, p->n + 1, sizeof *p->rows);
        p->rows[p->n++] = (const struct row_record *)(const void *)copy;
        at += rounded(n);
    }
}

static int by_key(const void *a, const void *b)
{
    const struct row_record *x = *(const struct row_record *const *)a, *y = *(const struct row_record *const *)b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (x->to_txn_id != y->to_txn_id) /* weak links of one line */
        return x->to_txn_id < y->to_txn_id ? -1 : 1;
    return (x->from_txn_id > y->from_txn_id) - (x->from_txn_id < y->from_txn_id);
}

static int64_t host_cell(const struct ms_names *names, struct ms_dict *dict, uint32_t host_id)
{
    return host_id == NOBODY ? MS_NULL_I64 : ms_code_cell(ms_dict_add(dict, ms_names_host(names, host_id)));
}

static void append_row(const struct row_record *r, const struct ms_names *names, struct ms_dict *dict,
                       struct ms_arena *arena, struct ms_rows *rows)
{
    int64_t v[MS_N_COL_links];
    const char *texts = (const char *)(r + 1);
    struct ms_span recipient = text_at(texts + r->n_from_id + r->n_to_id, r->n_recipient);
    v[MS_COL_links_from_txn_id] = r->from_txn_id ? (int64_t)r->from_txn_id : MS_NULL_I64;
    v[MS_COL_links_to_txn_id] = r->to_txn_id ? (int64_t)r->to_txn_id : MS_NULL_I64;
    v[MS_COL_links_from_host] = host_cell(names, dict, r->from_host_id);
    v[MS_COL_links_to_host] = host_cell(names, dict, r->to_host_id);
    v[MS_COL_links_from_queue_id] = ms_text_cell(arena, text_at(texts, r->n_from_id));
    v[MS_COL_links_to_queue_id] = ms_text_cell(arena, text_at(texts + r->n_from_id, r->n_to_id));
    v[MS_COL_links_recipient] = r->has_recipient ? ms_code_cell(ms_dict_add(dict, recipient)) : MS_NULL_I64;
    v[MS_COL_links_kind] = ms_code_cell(ms_dict_add(dict, ms_span_str(kind_names[r->kind])));
    v[MS_COL_links_evidence] = ms_code_cell(ms_dict_add(dict, ms_span_str(evidence_names[r->evidence])));
    v[MS_COL_links_candidates] = r->candidates;
    v[MS_COL_links_file_id] = ms_row_file(r->key);
    v[MS_COL_links_line_offset] = ms_row_offset(r->key);
    ms_rows_append(rows, r->key, v);
}

enum ms_status ms_links_rows(struct ms_resolve *r, size_t place, struct ms_dict *dict, struct ms_arena *arena,
                             struct ms_rows *rows, struct ms_error *err)
{
    struct place p = {0};
    enum ms_status st = ms_spool_drain(&r->rows, place, load_rows, &p, err);
    if (st == MS_OK && p.n)
        qsort(p.rows, p.n, sizeof *p.rows, by_key);
    for (size_t i = 0; st == MS_OK && i < p.n; i++)
        append_row(p.rows[i], r->names, dict, arena, rows);
    free(p.rows);
    ms_arena_fini(&p.arena);
    return st;
}

void ms_resolve_fini(struct ms_resolve *r)
{
    ms_spool_fini(&r->rows);
    ms_mails_fini(&r->mails);
}
