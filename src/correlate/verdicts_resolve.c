#include "correlate/verdicts_resolve.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "correlate/links_match.h"
#include "correlate/verdicts_answer.h"

#define BLOCK_BYTES 4096u
#define FILTER_BITS (UINT64_C(1) << 26)

/* What is asked: a verdict's key of one kind. Its own queue ID and the next one follow, where a link is to be made of them. */
struct probe {
    uint64_t hash, key, message_hash;
    int64_t time_us, took_us;
    uint32_t ordinal, host_id;
    uint32_t n_own, n_next;
    uint8_t ground, rank; /* the lower rank is believed first */
    bool is_long;
};

/* Who may be meant: a life by its queue ID or message-id, or a delivery of it by the session in its reply. */
struct subject {
    uint64_t hash, txn_id, message_hash;
    int64_t begin_us, last_us;
    uint32_t host_id, instance;
    uint8_t ground;
};

struct asking {
    struct ms_verdicts_resolve *r;
    uint64_t seed;
    struct ms_links *links; /* which gets the claims */
    struct ms_spool probes, subjects;
    uint64_t *filter; /* of the hashes that are asked for */
    bool any_session, any_message;
};

static size_t rounded(size_t n)
{
    return (n + 7) / 8 * 8;
}

/* ---- the verdicts: to their places, and what they ask ---- */

static void filter_add(struct asking *a, uint64_t hash)
{
    a->filter[hash / 64 % (FILTER_BITS / 64)] |= UINT64_C(1) << (hash & 63);
}

static bool filter_has(const struct asking *a, uint64_t hash)
{
    return a->filter[hash / 64 % (FILTER_BITS / 64)] >> (hash & 63) & 1;
}

static void ask(struct asking *a, struct probe p, enum ms_ground ground, uint64_t hash, struct ms_span own,
                struct ms_span next)
{
    p.ground = (uint8_t)ground;
    p.hash = hash;
    p.n_own = next.n ? own.n : 0;
    p.n_next = next.n;
    char *to = ms_spool_add(&a->probes, ms_link_stream(hash), sizeof p + p.n_own + p.n_next);
    memcpy(to, &p, sizeof p);
    if (next.n) {
        memcpy(to + sizeof p, own.p, own.n);
        memcpy(to + sizeof p + own.n, next.p, next.n);
    }
    filter_add(a, hash);
}

static void ask_session(struct asking *a, struct probe p, struct ms_span id)
{
    const char *colon = memchr(id.p, ':', id.n); /* Dovecot counts the recipients of a session behind it */
    a->any_session = true;
    p.rank = 1;
    ask(a, p, MS_BY_SESSION, ms_hash(id.p, id.n, a->seed), MS_SPAN_NULL, MS_SPAN_NULL);
    p.rank = 2;
    if (colon != NULL && colon > id.p)
        ask(a, p, MS_BY_SESSION, ms_hash(id.p, (size_t)(colon - id.p), a->seed), MS_SPAN_NULL, MS_SPAN_NULL);
}

static void take_record(struct asking *a, const struct ms_verdict_record *v)
{
    struct ms_span own = ms_verdict_text(v, MS_VERDICT_QUEUE_ID), session = ms_verdict_text(v, MS_VERDICT_SESSION);
    struct probe p = {.key = v->key,
                      .message_hash = ms_link_message_hash(ms_verdict_text(v, MS_VERDICT_MESSAGE_ID), a->seed),
                      .time_us = v->time_us,
                      .took_us = v->took_us,
                      .ordinal = v->ordinal,
                      .host_id = v->host_id};
    int64_t ignored_us;
    size_t n = ms_verdict_bytes(v);
    size_t place = a->r->place_of(a->r->place_arg, v->key, v->time_us);
    if (place != MS_PLACE_TOLD)
        memcpy(ms_spool_add(&a->r->records, place, n), v, n);
    if (own.n > 0) {
        /* A link is made once for the line. */
        struct ms_span next = v->ordinal == 0 ? ms_verdict_text(v, MS_VERDICT_NEXT_QUEUE_ID) : MS_SPAN_NULL;
        p.is_long = ms_queue_id_time(own, &ignored_us);
        ask(a, p, MS_BY_QUEUE_ID, ms_hash(own.p, own.n, a->seed), own, next);
    }
    if (session.n > 0)
        ask_session(a, p, session);
    p.rank = 3;
    a->any_message |= p.message_hash != 0;
    if (p.message_hash != 0)
        ask(a, p, MS_BY_MESSAGE_ID, p.message_hash, MS_SPAN_NULL, MS_SPAN_NULL);
}

static void take_records(void *asking, const char *records, size_t n_bytes)
{
    for (size_t at = 0; at < n_bytes;) {
        const struct ms_verdict_record *v = (const struct ms_verdict_record *)(const void *)(records + at);
        take_record(asking, v);
        at += ms_verdict_bytes(v);
    }
}

/* ---- the lives ---- */

static void add_subject(struct asking *a, const struct subject *s)
{
    if (filter_has(a, s->hash))
        memcpy(ms_spool_add(&a->subjects, ms_link_stream(s->hash), sizeof *s), s, sizeof *s);
}

static void see_lives(void *asking, const char *records, size_t n_bytes)
{
    struct asking *a = asking;
    for (size_t at = 0; at < n_bytes;) {
        struct ms_link_life_record l;
        memcpy(&l, records + at, sizeof l);
        struct subject s = {l.hash,    l.txn_id,  l.message_hash, l.begin_us,
                            l.last_us, l.host_id, l.instance,     MS_BY_QUEUE_ID};
        add_subject(a, &s);
        s.hash = l.message_hash;
        s.ground = MS_BY_MESSAGE_ID;
        if (s.hash != 0)
            add_subject(a, &s);
        at += rounded(sizeof l + l.n_queue_id);
    }
}

/* A session in an MTA's reply is what it takes for the ID at the next hop. */
static void see_claims(void *asking, const char *records, size_t n_bytes)
{
    struct asking *a = asking;
    for (size_t at = 0; at < n_bytes;) {
        struct ms_link_claim_record c;
        memcpy(&c, records + at, sizeof c);
        struct subject s = {c.hash,    c.txn_id,  c.message_hash, c.time_us - c.before_us,
                            c.time_us, c.host_id, c.instance,     MS_BY_SESSION};
        if (c.kind == MS_LINK_NEXT_HOP)
            add_subject(a, &s);
        at += rounded(sizeof c + c.n_queue_id + c.n_other + c.n_recipient);
    }
}

/* ---- one stream ---- */

static void load_probes(void *list, const char *records, size_t n_bytes)
{
    for (size_t at = 0; at < n_bytes;) {
        struct probe p;
        memcpy(&p, records + at, sizeof p);
        size_t n = sizeof p + p.n_own + p.n_next;
        ms_record_list_add(list, records + at, n);
        at += rounded(n);
    }
}

static void load_subjects(void *list, const char *records, size_t n_bytes)
{
    for (size_t at = 0; at < n_bytes; at += sizeof(struct subject))
        ms_record_list_add(list, records + at, sizeof(struct subject));
}

/* ---- the judgement ---- */

/* How far a line may be stamped from the life that it is about: not at all, late, and with another clock. */
#define SECOND_US INT64_C(1000000)
static const int64_t slacks_us[] = {0, 3 * SECOND_US, 120 * SECOND_US};
#define BATCH_US                                                                                                       \
    (3600 * SECOND_US) /* MailScanner looks at mails that wait in a queue, whose MTA says nothing meanwhile */

enum { NO_FIT = -1, FITS, FITS_WELL, N_LEVELS };

static int level_of(const struct probe *p, const struct subject *s)
{
    bool known = p->message_hash != 0 && s->message_hash != 0, same = known && p->message_hash == s->message_hash;
    if (p->ground != s->ground || (known && !same))
        return NO_FIT;
    if (p->ground == MS_BY_SESSION)
        return same ? FITS_WELL : FITS;
    if (s->host_id == p->host_id)
        return FITS_WELL;
    return p->ground == MS_BY_MESSAGE_ID || same || p->is_long ? FITS : NO_FIT;
}

/* How many lives fit at this level; *found is one of them. */
static size_t count_fits(const struct probe *p, struct subject *const *subjects, size_t n, int level, int64_t slack_us,
                         const struct subject **found)
{
    size_t n_fits = 0;
    for (size_t i = 0; i < n && n_fits < 2; i++) {
        const struct subject *s = subjects[i];
        if (s->begin_us - slack_us > p->time_us || s->last_us + slack_us < p->time_us || level_of(p, s) != level)
            continue;
        n_fits += n_fits == 0 || s->txn_id != (*found)->txn_id;
        *found = s;
    }
    return n_fits;
}

static const struct subject *judge(const struct probe *p, struct subject *const *subjects, size_t n)
{
    const struct subject *found = NULL;
    for (int level = FITS_WELL; level >= FITS; level--) {
        size_t n_fits = 0;
        for (size_t i = 0; i < sizeof slacks_us / sizeof *slacks_us && n_fits == 0; i++)
            n_fits = count_fits(p, subjects, n, level, slacks_us[i], &found);
        if (n_fits == 0 && level == FITS_WELL && p->ground == MS_BY_QUEUE_ID)
            n_fits = count_fits(p, subjects, n, level, BATCH_US, &found);
        if (n_fits > 0)
            return n_fits == 1 ? found : NULL;
    }
    return NULL;
}

/* ---- what comes of it ---- */

static void claim(struct asking *a, const struct probe *p, const struct subject *s, struct ms_span own,
                  struct ms_span next)
{
    int64_t ignored_us;
    struct ms_link_claim_record c = {
        .hash = ms_hash(next.p, next.n, a->seed),
        .key = p->key,
        .txn_id = s->txn_id,
        .message_hash = s->message_hash,
        .begin_us = s->begin_us,
        .last_us = s->last_us,
        .time_us = p->time_us,
        .before_us = p->took_us,
        .host_id = s->host_id,
        .instance = s->instance,
        .n_queue_id = own.n,
        .n_other = next.n,
        .kind = MS_LINK_NEXT_HOP,
        .loopback = true,
        .by_helper = true,
        .is_long = ms_queue_id_time(next, &ignored_us),
    };
    char *to = ms_spool_add(&a->links->claims, ms_link_stream(c.hash), sizeof c + own.n + next.n);
    memcpy(to, &c, sizeof c);
    memcpy(to + sizeof c, own.p, own.n);
    memcpy(to + sizeof c + own.n, next.p, next.n);
}

/* amavis gives `ID/ID` for a mail that it has divided. */
static void claim_all(struct asking *a, const struct probe *p, const struct subject *s)
{
    const char *texts = (const char *)(p + 1), *at = texts + p->n_own, *end = at + p->n_next;
    while (at < end) {
        const char *slash = memchr(at, '/', (size_t)(end - at)), *stop = slash ? slash : end;
        if (stop > at)
            claim(a, p, s, ms_span_of(texts, p->n_own), ms_span_of(at, (size_t)(stop - at)));
        at = stop + 1;
    }
}

static void settle(struct asking *a, const struct probe *p, struct subject *const *subjects, size_t n)
{
    const struct subject *s = judge(p, subjects, n);
    if (s == NULL)
        return;
    struct ms_verdict_answer answer = {p->key, s->txn_id, p->ordinal, p->ground, p->rank};
    size_t place = a->r->place_of(a->r->place_arg, p->key, p->time_us);
    if (place != MS_PLACE_TOLD)
        memcpy(ms_spool_add(&a->r->answers, place, sizeof answer), &answer, sizeof answer);
    claim_all(a, p, s);
}

static int by_hash_of_probe(const void *x, const void *y)
{
    const struct probe *a = *(struct probe *const *)x, *b = *(struct probe *const *)y;
    return (a->hash > b->hash) - (a->hash < b->hash);
}

static int by_hash_of_subject(const void *x, const void *y)
{
    const struct subject *a = *(struct subject *const *)x, *b = *(struct subject *const *)y;
    return (a->hash > b->hash) - (a->hash < b->hash);
}

static void join(struct asking *a, struct ms_record_list *probes, struct ms_record_list *subjects)
{
    struct probe **p = (struct probe **)probes->items;
    struct subject **s = (struct subject **)subjects->items;
    if (probes->n == 0 || subjects->n == 0)
        return;
    ms_record_list_sort(probes, by_hash_of_probe);
    ms_record_list_sort(subjects, by_hash_of_subject);
    for (size_t i = 0, first = 0, end = 0; i < probes->n; i++) {
        if (i == 0 || p[i]->hash != p[i - 1]->hash) {
            while (end < subjects->n && s[end]->hash < p[i]->hash)
                end++;
            for (first = end; end < subjects->n && s[end]->hash == p[i]->hash;)
                end++;
        }
        if (end > first && end - first <= MS_LINK_MAX_LIVES) /* what so many share says nothing */
            settle(a, p[i], s + first, end - first);
    }
}

static enum ms_status join_all(struct asking *a, struct ms_error *err)
{
    struct ms_record_list probes = {0}, subjects = {0};
    enum ms_status st = MS_OK;
    for (size_t i = 0; st == MS_OK && i < MS_LINK_STREAMS; i++) {
        st = ms_spool_drain(&a->probes, i, load_probes, &probes, err);
        if (st == MS_OK)
            st = ms_spool_drain(&a->subjects, i, load_subjects, &subjects, err);
        if (st == MS_OK)
            join(a, &probes, &subjects);
        ms_record_list_clear(&probes);
        ms_record_list_clear(&subjects);
    }
    ms_record_list_fini(&probes);
    ms_record_list_fini(&subjects);
    return st;
}

static enum ms_status see_all(struct asking *a, struct ms_links *links, struct ms_error *err)
{
    enum ms_status st = ms_spool_end(&links->lives, err);
    if (st == MS_OK)
        st = ms_spool_end(&links->claims, err);
    for (size_t i = 0; st == MS_OK && i < MS_LINK_STREAMS; i++) {
        st = ms_spool_read(&links->lives, i, see_lives, a, err);
        if (st == MS_OK && a->any_session)
            st = ms_spool_read(&links->claims, i, see_claims, a, err);
    }
    return st;
}

static enum ms_status ask_all(struct asking *a, struct ms_verdicts *const *all, size_t n, struct ms_links *const *links,
                              size_t n_links, struct ms_error *err)
{
    enum ms_status st = MS_OK;
    for (size_t w = 0; st == MS_OK && w < n; w++) {
        st = ms_spool_end(&all[w]->records, err);
        if (st == MS_OK)
            st = ms_spool_drain(&all[w]->records, 0, take_records, a, err);
    }
    for (size_t w = 0; st == MS_OK && w < n_links; w++)
        st = see_all(a, links[w], err);
    if (st == MS_OK)
        st = ms_spool_end(&a->probes, err);
    if (st == MS_OK)
        st = ms_spool_end(&a->subjects, err);
    return st == MS_OK ? join_all(a, err) : st;
}

enum ms_status ms_verdicts_resolve(struct ms_verdicts_resolve *r, struct ms_verdicts *const *all, size_t n,
                                   struct ms_links *const *links, size_t n_links, struct ms_error *err)
{
    uint64_t n_records = 0;
    for (size_t w = 0; w < n; w++)
        n_records += all[w]->n;
    ms_spool_init(&r->records, r->n_places, BLOCK_BYTES, r->limit_bytes, r->dir_fd);
    ms_spool_init(&r->answers, r->n_places, BLOCK_BYTES, r->limit_bytes, r->dir_fd);
    if (n_records == 0)
        return MS_OK;
    struct asking a = {.r = r, .seed = links[0]->seed, .links = links[0]};
    a.filter = ms_calloc(FILTER_BITS / 64, sizeof *a.filter);
    ms_spool_init(&a.probes, MS_LINK_STREAMS, BLOCK_BYTES, r->limit_bytes, r->dir_fd);
    ms_spool_init(&a.subjects, MS_LINK_STREAMS, BLOCK_BYTES, r->limit_bytes, r->dir_fd);
    enum ms_status st = ask_all(&a, all, n, links, n_links, err);
    if (st == MS_OK)
        st = ms_spool_end(&r->records, err);
    if (st == MS_OK)
        st = ms_spool_end(&r->answers, err);
    ms_spool_fini(&a.probes);
    ms_spool_fini(&a.subjects);
    free(a.filter);
    return st;
}

void ms_verdicts_resolve_fini(struct ms_verdicts_resolve *r)
{
    ms_spool_fini(&r->records);
    ms_spool_fini(&r->answers);
}
