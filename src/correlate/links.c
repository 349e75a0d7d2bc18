#include "correlate/links.h"

#include <stdlib.h>
#include <strings.h>
#include <xxhash.h>

#include "base/memory.h"

#define SKEW_US INT64_C(120000000) /* clocks of two hosts may differ by so much */

static const char *const kind_names[] = {"next_hop", "forward", "requeue", "bounce", "delay_notice"};

void ms_links_add_life(struct ms_links *l, struct ms_span queue_id, uint64_t instance, uint32_t host_id, uint64_t txn_id, int64_t begin_us)
{
    l->lives = ms_grow(l->lives, &l->cap_lives, l->n_lives + 1, sizeof *l->lives);
    l->lives[l->n_lives++] = (struct ms_link_life){XXH3_64bits_withSeed(queue_id.p, queue_id.n, l->seed), instance, txn_id,
                                                   begin_us, host_id};
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

/* Do a relay's name and a log's host name mean one host? Compared up to the first dot. */
static bool same_host(struct ms_span a, struct ms_span b)
{
    const char *dot_a = a.n ? memchr(a.p, '.', a.n) : NULL, *dot_b = b.n ? memchr(b.p, '.', b.n) : NULL;
    size_t na = dot_a ? (size_t)(dot_a - a.p) : a.n, nb = dot_b ? (size_t)(dot_b - b.p) : b.n;
    return na > 0 && na == nb && strncasecmp(a.p, b.p, na) == 0;
}

struct match {
    const struct ms_link_life *life;
    int32_t n;
};

/* The lives that a claim can mean: by queue ID and time; then by host, where the line or the kind tells it. */
static struct match match_claim(const struct ms_link_claim *c, const struct ms_link_life *lives, size_t n, uint64_t seed,
                                const struct ms_names *names)
{
    uint64_t hash = XXH3_64bits_withSeed(c->other_queue_id.p, c->other_queue_id.n, seed);
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (lives[mid].queue_hash < hash)
            low = mid + 1;
        else
            high = mid;
    }
    bool here = c->kind != MS_LINK_NEXT_HOP || c->loopback;
    struct match all = {0}, named = {0};
    for (; low < n && lives[low].queue_hash == hash; low++) {
        const struct ms_link_life *l = &lives[low];
        if (l->txn_id == c->txn_id || l->begin_us > c->time_us + SKEW_US || l->begin_us < c->time_us - c->before_us)
            continue;
        if (here && l->host_id != c->host_id)
            continue;
        if (here && c->kind != MS_LINK_NEXT_HOP && l->instance != c->instance)
            continue;
        all.n++;
        all.life = l;
        if (!here && same_host(c->relay_host, ms_names_host(names, l->host_id))) {
            named.n++;
            named.life = l;
        }
    }
    return named.n ? named : all;
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
    v[MS_COL_links_evidence] = ms_code_cell(ms_dict_add(dict, c->kind == MS_LINK_NEXT_HOP ? MS_SPAN_LIT("queued_as") : MS_SPAN_LIT("log_line")));
    v[MS_COL_links_candidates] = m.n;
    v[MS_COL_links_file_id] = (int64_t)(c->key >> 44);
    v[MS_COL_links_line_offset] = (int64_t)(c->key & ((UINT64_C(1) << 44) - 1));
    ms_rows_append(rows, c->key, v);
}

void ms_links_resolve(struct ms_links *const *all, size_t n, const struct ms_names *names, struct ms_dict *dict,
                      struct ms_arena *arena, struct ms_rows *rows)
{
    size_t n_lives = 0, n_claims = 0;
    for (size_t w = 0; w < n; w++) {
        n_lives += all[w]->n_lives;
        n_claims += all[w]->n_claims;
    }
    struct ms_link_life *lives = ms_malloc(n_lives * sizeof *lives + 1);
    struct ms_link_claim *claims = ms_malloc(n_claims * sizeof *claims + 1);
    n_lives = n_claims = 0;
    for (size_t w = 0; w < n; w++) {
        if (all[w]->n_lives)
            memcpy(lives + n_lives, all[w]->lives, all[w]->n_lives * sizeof *lives);
        if (all[w]->n_claims)
            memcpy(claims + n_claims, all[w]->claims, all[w]->n_claims * sizeof *claims);
        n_lives += all[w]->n_lives;
        n_claims += all[w]->n_claims;
    }
    qsort(lives, n_lives, sizeof *lives, by_hash);
    qsort(claims, n_claims, sizeof *claims, by_key);
    for (size_t i = 0; i < n_claims; i++) {
        struct match m = match_claim(&claims[i], lives, n_lives, n ? all[0]->seed : 0, names);
        /* A next hop that no log here knows is told by deliveries.next_queue_id; a row of links has two ends. */
        if (m.n > 0 || claims[i].kind != MS_LINK_NEXT_HOP)
            link_row(&claims[i], m, names, dict, arena, rows);
    }
    free(lives);
    free(claims);
}
