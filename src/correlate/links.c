#include "correlate/links.h"

#include <stdlib.h>
#include <strings.h>

#include "base/hash.h"
#include "base/memory.h"

/* How far apart two lines of one moment may be stamped: on one host, and on hosts whose clocks differ. Stamps may be whole
 * seconds, and lines may be late. */
#define CLOSE_US INT64_C(3000000)
#define SKEW_US INT64_C(120000000)

static const char *const kind_names[] = {"next_hop", "forward", "requeue", "bounce", "delay_notice"};

/* Host names are compared up to the first dot. */
static struct ms_span label_of(struct ms_span name)
{
    const char *dot = name.n ? memchr(name.p, '.', name.n) : NULL;
    return dot ? ms_span_of(name.p, (size_t)(dot - name.p)) : name;
}

static uint64_t label_hash(struct ms_span name, uint64_t seed)
{
    char lower[64];
    struct ms_span label = label_of(name);
    if (label.n == 0 || label.n > sizeof lower)
        return 0;
    for (uint32_t i = 0; i < label.n; i++)
        lower[i] = (char)(label.p[i] >= 'A' && label.p[i] <= 'Z' ? label.p[i] + 32 : label.p[i]);
    return ms_hash(lower, label.n, seed);
}

void ms_links_add_life(struct ms_links *l, const struct ms_link_life *life, struct ms_span queue_id,
                       struct ms_span client_name)
{
    int64_t time_us;
    l->lives = ms_grow(l->lives, &l->cap_lives, l->n_lives + 1, sizeof *l->lives);
    struct ms_link_life *mine = &l->lives[l->n_lives++];
    *mine = *life;
    mine->queue_hash = ms_hash(queue_id.p, queue_id.n, l->seed);
    mine->client_label = label_hash(client_name, l->seed);
    mine->is_long = ms_queue_id_time(queue_id, &time_us);
}

void ms_links_add_claim(struct ms_links *l, const struct ms_link_claim *claim)
{
    l->claims = ms_grow(l->claims, &l->cap_claims, l->n_claims + 1, sizeof *l->claims);
    struct ms_link_claim *c = &l->claims[l->n_claims++];
    *c = *claim;
    c->queue_id = ms_arena_copy(&l->texts, claim->queue_id);
    c->other_queue_id = ms_arena_copy(&l->texts, claim->other_queue_id);
    c->recipient = ms_arena_copy(&l->texts, claim->recipient);
    c->relay_host = ms_arena_copy(&l->texts, claim->relay_host);
}

void ms_links_fini(struct ms_links *l)
{
    free(l->lives);
    free(l->claims);
    ms_arena_fini(&l->texts);
    *l = (struct ms_links){0};
}

static int by_hash(const void *a, const void *b)
{
    const struct ms_link_life *x = a, *y = b;
    if (x->queue_hash != y->queue_hash)
        return x->queue_hash < y->queue_hash ? -1 : 1;
    if (x->begin_us != y->begin_us)
        return x->begin_us < y->begin_us ? -1 : 1;
    return (x->txn_id > y->txn_id) - (x->txn_id < y->txn_id);
}

static int by_key(const void *a, const void *b)
{
    const struct ms_link_claim *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

/* Do a relay's name and a log's host name mean one host? */
static bool same_host(struct ms_span a, struct ms_span b)
{
    a = label_of(a);
    b = label_of(b);
    return a.n > 0 && a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

struct match {
    const struct ms_link_life *life;
    int32_t n;
};

static void match_add(struct match *m, const struct ms_link_life *life)
{
    m->n++;
    m->life = life;
}

struct matching {
    const struct ms_link_claim *claim;
    const struct ms_link_life *lives; /* sorted by hash, then begin */
    size_t n_lives;
    const struct ms_names *names;
    uint64_t seed;
};

static size_t first_of_hash(const struct matching *m, uint64_t hash)
{
    size_t low = 0, high = m->n_lives;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (m->lives[mid].queue_hash < hash)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* A requeued file's parent is whatever life of the ID came last before. */
static struct match match_parent(const struct matching *m, size_t at, uint64_t hash)
{
    const struct ms_link_claim *c = m->claim;
    struct match last = {0};
    for (; at < m->n_lives && m->lives[at].queue_hash == hash; at++) {
        const struct ms_link_life *l = &m->lives[at];
        if (l->txn_id != c->txn_id && l->host_id == c->host_id && l->instance == c->instance &&
            l->begin_us <= c->time_us)
            last = (struct match){l, 1};
    }
    return last;
}

/* Lives of the ID that began while the attempt went on, give or take `slack_us`, on a host that the line can mean: the same
 * host for what happens inside one machine; else a host of the relay's name; else one that knows us as its client, or an ID
 * that is unique by itself. */
static struct match match_child(const struct matching *m, size_t at, uint64_t hash, int64_t slack_us)
{
    const struct ms_link_claim *c = m->claim;
    bool here = c->kind != MS_LINK_NEXT_HOP || c->loopback;
    uint64_t our_label = label_hash(ms_names_host(m->names, c->host_id), m->seed);
    struct match named = {0}, known = {0};
    for (; at < m->n_lives && m->lives[at].queue_hash == hash; at++) {
        const struct ms_link_life *l = &m->lives[at];
        if (l->txn_id == c->txn_id || l->begin_us > c->time_us + slack_us ||
            l->begin_us < c->time_us - c->before_us - slack_us)
            continue;
        if (here) {
            if (l->host_id == c->host_id && (c->kind == MS_LINK_NEXT_HOP || l->instance == c->instance))
                match_add(&named, l);
        } else if (same_host(c->relay_host, ms_names_host(m->names, l->host_id))) {
            match_add(&named, l);
        } else if (l->is_long || (our_label != 0 && l->client_label == our_label)) {
            match_add(&known, l);
        }
    }
    return named.n ? named : known;
}

static struct match match_claim(const struct matching *m)
{
    const struct ms_link_claim *c = m->claim;
    uint64_t hash = ms_hash(c->other_queue_id.p, c->other_queue_id.n, m->seed);
    size_t at = first_of_hash(m, hash);
    if (c->kind == MS_LINK_REQUEUE)
        return match_parent(m, at, hash);
    struct match close = match_child(m, at, hash, CLOSE_US);
    return close.n ? close : match_child(m, at, hash, SKEW_US);
}

static void link_row(const struct ms_link_claim *c, struct match m, const struct ms_names *names, struct ms_dict *dict,
                     struct ms_arena *arena, struct ms_rows *rows)
{
    int64_t v[MS_N_COL_links];
    bool reversed = c->kind == MS_LINK_REQUEUE; /* the child's line names the parent */
    bool certain = m.n == 1;
    int64_t other_txn = certain ? (int64_t)m.life->txn_id : MS_NULL_I64;
    int64_t this_host = ms_code_cell(ms_dict_add(dict, ms_names_host(names, c->host_id)));
    int64_t other_host = certain ? ms_code_cell(ms_dict_add(dict, ms_names_host(names, m.life->host_id)))
                         : c->kind == MS_LINK_NEXT_HOP && !c->loopback ? MS_NULL_I64
                                                                       : this_host;
    const char *kind = kind_names[c->kind];
    if (c->kind == MS_LINK_NEXT_HOP && certain && m.life->host_id == c->host_id)
        kind = "reinject";
    v[MS_COL_links_from_txn_id] = reversed ? other_txn : (int64_t)c->txn_id;
    v[MS_COL_links_to_txn_id] = reversed ? (int64_t)c->txn_id : other_txn;
    v[MS_COL_links_from_host] = reversed ? other_host : this_host;
    v[MS_COL_links_to_host] = reversed ? this_host : other_host;
    v[MS_COL_links_from_queue_id] = ms_text_cell(arena, reversed ? c->other_queue_id : c->queue_id);
    v[MS_COL_links_to_queue_id] = ms_text_cell(arena, reversed ? c->queue_id : c->other_queue_id);
    v[MS_COL_links_recipient] = ms_code_cell(ms_dict_add(dict, c->recipient));
    v[MS_COL_links_kind] = ms_code_cell(ms_dict_add(dict, ms_span_str(kind)));
    v[MS_COL_links_evidence] = ms_code_cell(
        ms_dict_add(dict, c->kind == MS_LINK_NEXT_HOP ? MS_SPAN_LIT("queued_as") : MS_SPAN_LIT("log_line")));
    v[MS_COL_links_candidates] = m.n;
    v[MS_COL_links_file_id] = ms_row_file(c->key);
    v[MS_COL_links_line_offset] = ms_row_offset(c->key);
    ms_rows_append(rows, c->key, v);
}

/* A bit for each claimed queue ID: the few lives that pass are sorted, not all. */
struct wanted_ids {
    uint64_t *bits;
    uint64_t mask;
};

static struct wanted_ids wanted_of(struct ms_links *const *all, size_t n, size_t n_claims)
{
    uint64_t n_bits = 1024;
    while (n_bits < n_claims * 16)
        n_bits *= 2;
    struct wanted_ids w = {ms_calloc(n_bits / 64, sizeof *w.bits), n_bits - 1};
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < all[k]->n_claims; i++) {
            struct ms_span id = all[k]->claims[i].other_queue_id;
            uint64_t h = ms_hash(id.p, id.n, all[k]->seed) & w.mask;
            w.bits[h / 64] |= UINT64_C(1) << (h % 64);
        }
    return w;
}

static bool is_wanted(const struct wanted_ids *w, uint64_t hash)
{
    return w->bits[(hash & w->mask) / 64] >> (hash & w->mask) % 64 & 1;
}

void ms_links_resolve(struct ms_links *const *all, size_t n, const struct ms_names *names, struct ms_dict *dict,
                      struct ms_arena *arena, struct ms_rows *rows)
{
    size_t n_lives = 0, n_claims = 0, cap_lives = 0;
    for (size_t w = 0; w < n; w++)
        n_claims += all[w]->n_claims;
    struct ms_link_claim *claims = ms_malloc(n_claims * sizeof *claims + 1);
    struct ms_link_life *lives = NULL;
    struct wanted_ids wanted = wanted_of(all, n, n_claims);
    n_claims = 0;
    for (size_t w = 0; w < n; w++) {
        if (all[w]->n_claims)
            memcpy(claims + n_claims, all[w]->claims, all[w]->n_claims * sizeof *claims);
        n_claims += all[w]->n_claims;
        for (size_t i = 0; i < all[w]->n_lives; i++) {
            if (!is_wanted(&wanted, all[w]->lives[i].queue_hash))
                continue;
            lives = ms_grow(lives, &cap_lives, n_lives + 1, sizeof *lives);
            lives[n_lives++] = all[w]->lives[i];
        }
    }
    free(wanted.bits);
    if (n_lives)
        qsort(lives, n_lives, sizeof *lives, by_hash);
    qsort(claims, n_claims, sizeof *claims, by_key);
    for (size_t i = 0; i < n_claims; i++) {
        struct matching matching = {&claims[i], lives, n_lives, names, all[0]->seed};
        struct match m = match_claim(&matching);
        /* A next hop that no log here knows is told by deliveries.next_queue_id; a row of links has two ends. */
        if (m.n > 0 || claims[i].kind != MS_LINK_NEXT_HOP)
            link_row(&claims[i], m, names, dict, arena, rows);
    }
    free(lives);
    free(claims);
}
