#include "correlate/matches.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "correlate/emit.h"

enum { N_PARTS = 64, FIRST_SLOTS = 64 };

struct waiting { /* what matched in one line */
    struct waiting *next;
    uint64_t key;
    size_t n;
    uint32_t patterns[];
};

struct part {
    pthread_mutex_t lock;
    struct waiting **slots;
    size_t n_slots, n;
};

struct ms_matches {
    const char *const *names;
    size_t n_names;
    uint32_t first_id;
    struct part parts[N_PARTS];
};

static uint64_t mix(uint64_t key)
{
    return key * UINT64_C(0x9E3779B97F4A7C15);
}

static struct part *part_of(struct ms_matches *m, uint64_t key)
{
    return &m->parts[mix(key) >> 58];
}

struct ms_matches *ms_matches_create(const char *const *names, size_t n, uint32_t first_id)
{
    struct ms_matches *m = ms_calloc(1, sizeof *m);
    m->names = names;
    m->n_names = n;
    m->first_id = first_id;
    for (unsigned i = 0; i < N_PARTS; i++) {
        pthread_mutex_init(&m->parts[i].lock, NULL);
        m->parts[i].n_slots = FIRST_SLOTS;
        m->parts[i].slots = ms_calloc(FIRST_SLOTS, sizeof *m->parts[i].slots);
    }
    return m;
}

void ms_matches_destroy(struct ms_matches *m)
{
    if (m == NULL)
        return;
    for (unsigned i = 0; i < N_PARTS; i++) {
        for (size_t k = 0; k < m->parts[i].n_slots; k++)
            for (struct waiting *w = m->parts[i].slots[k], *next; w != NULL; w = next) {
                next = w->next;
                free(w);
            }
        free(m->parts[i].slots);
        pthread_mutex_destroy(&m->parts[i].lock);
    }
    free(m);
}

size_t ms_matches_n(const struct ms_matches *m)
{
    return m != NULL ? m->n_names : 0;
}

static struct waiting **slot_of(struct part *p, uint64_t key)
{
    return &p->slots[(mix(key) >> 20) & (p->n_slots - 1)];
}

static void push(struct part *p, struct waiting *w)
{
    struct waiting **slot = slot_of(p, w->key);
    w->next = *slot;
    *slot = w;
}

static void grow(struct part *p)
{
    struct waiting **old = p->slots;
    size_t n = p->n_slots;
    p->n_slots *= 4;
    p->slots = ms_calloc(p->n_slots, sizeof *p->slots);
    for (size_t i = 0; i < n; i++)
        for (struct waiting *w = old[i], *next; w != NULL; w = next) {
            next = w->next;
            push(p, w);
        }
    free(old);
}

static void put(struct ms_matches *m, struct waiting *w)
{
    struct part *p = part_of(m, w->key);
    pthread_mutex_lock(&p->lock);
    if (p->n++ >= p->n_slots)
        grow(p);
    push(p, w);
    pthread_mutex_unlock(&p->lock);
}

/* The caller's from now on; NULL: nothing waits for this line (any more). */
static struct waiting *take(struct ms_matches *m, uint64_t key)
{
    struct part *p = part_of(m, key);
    pthread_mutex_lock(&p->lock);
    struct waiting **at = slot_of(p, key);
    while (*at != NULL && (*at)->key != key)
        at = &(*at)->next;
    struct waiting *w = *at;
    if (w != NULL) {
        *at = w->next;
        p->n--;
    }
    pthread_mutex_unlock(&p->lock);
    return w;
}

/* The same, for what is open: it waits on. */
static struct waiting *look_up(struct ms_matches *m, uint64_t key)
{
    struct part *p = part_of(m, key);
    pthread_mutex_lock(&p->lock);
    struct waiting *w = *slot_of(p, key);
    while (w != NULL && w->key != key)
        w = w->next;
    pthread_mutex_unlock(&p->lock);
    return w;
}

/* ---- what waits when the run ends, for the next one ---- */

void ms_matches_save(const struct ms_matches *m, struct ms_state_out *out)
{
    uint64_t n = 0;
    for (unsigned i = 0; m != NULL && i < N_PARTS; i++)
        n += m->parts[i].n;
    ms_state_put_number(out, n);
    for (unsigned i = 0; n > 0 && i < N_PARTS; i++)
        for (size_t k = 0; k < m->parts[i].n_slots; k++)
            for (const struct waiting *w = m->parts[i].slots[k]; w != NULL; w = w->next) {
                ms_state_put_number(out, w->key);
                ms_state_put_number(out, w->n);
                ms_state_put(out, w->patterns, w->n * sizeof *w->patterns);
            }
}

bool ms_matches_load(struct ms_matches *m, size_t n_patterns, struct ms_state_in *in)
{
    for (uint64_t n = ms_state_get_count(in); n > 0 && !in->is_bad; n--) {
        uint64_t key = ms_state_get_number(in), n_hits = ms_state_get_count(in);
        if (in->is_bad || m == NULL || n_hits > n_patterns)
            return false;
        struct waiting *w = ms_malloc(sizeof *w + n_hits * sizeof *w->patterns);
        *w = (struct waiting){.key = key, .n = n_hits};
        ms_state_get(in, w->patterns, n_hits * sizeof *w->patterns);
        for (size_t i = 0; i < n_hits; i++)
            if (w->patterns[i] < m->first_id || w->patterns[i] - m->first_id >= n_patterns) {
                free(w);
                return false;
            }
        put(m, w);
    }
    return !in->is_bad;
}

/* ---- lines ---- */

void ms_correlator_hits(struct ms_correlator *c, const struct ms_line_hit *hits, size_t n)
{
    c->hits = hits;
    c->n_hits = n;
    c->next_hit_line = n > 0 ? hits[0].line : SIZE_MAX;
}

/* The hits of the line in hand, which are passed. */
static const struct ms_line_hit *pass(struct ms_correlator *c, size_t *n)
{
    const struct ms_line_hit *first = c->hits;
    *n = 0;
    while (*n < c->n_hits && first[*n].line == first->line)
        ++*n;
    ms_correlator_hits(c, first + *n, c->n_hits - *n);
    return first;
}

void ms_match_leave_out(struct ms_correlator *c)
{
    size_t n;
    (void)pass(c, &n);
}

static void emit(struct ms_correlator *c, uint32_t pattern_id, uint64_t key, int64_t time_us, int64_t host,
                 int64_t txn_id)
{
    const struct ms_matches *m = c->run->matches;
    int64_t v[MS_N_COL_matches];
    v[MS_COL_matches_pattern_id] = ms_code_cell(ms_dict_add(&c->dict, ms_span_str(m->names[pattern_id - m->first_id])));
    v[MS_COL_matches_txn_id] = txn_id;
    v[MS_COL_matches_time] = time_us;
    v[MS_COL_matches_host] = host;
    v[MS_COL_matches_file_id] = ms_row_file(key);
    v[MS_COL_matches_line_offset] = ms_row_offset(key);
    ms_rows_append(ms_rows_of(c, MS_MATCHES), key, v);
}

void ms_match_line(struct ms_correlator *c, const struct ms_event *e, const struct ms_fact *f)
{
    size_t n;
    const struct ms_line_hit *hits = pass(c, &n);
    uint64_t key = ms_row_key(c->segment->file_id, e->offset);
    bool has_time = f != NULL && e->time_us != MS_NONE;
    for (size_t i = 0; i < n; i++)
        emit(c, hits[i].pattern_id, key, has_time ? ms_fact_time(c, f) : MS_NULL_I64,
             f != NULL ? ms_fact_origin(c, f)->host : MS_NULL_I64, MS_NULL_I64);
}

void ms_match_wait(struct ms_correlator *c, struct ms_fact *f)
{
    size_t n;
    const struct ms_line_hit *hits = pass(c, &n);
    struct waiting *w = ms_malloc(sizeof *w + n * sizeof *w->patterns);
    *w = (struct waiting){.key = f->key, .n = n};
    for (size_t i = 0; i < n; i++)
        w->patterns[i] = hits[i].pattern_id;
    put(c->run->matches, w);
    f->flags |= MS_FACT_MATCHED;
}

void ms_match_emit(struct ms_correlator *c, struct ms_fact *const *facts, const struct ms_life *life, int64_t txn_id,
                   bool open)
{
    for (size_t i = life->first; i < life->end; i++) {
        const struct ms_fact *f = facts[i];
        bool waits_on = open && c->run->keeps_open;
        if (!(f->flags & MS_FACT_MATCHED))
            continue;
        struct waiting *w = waits_on ? look_up(c->run->matches, f->key) : take(c->run->matches, f->key);
        for (size_t k = 0; w != NULL && k < w->n; k++)
            emit(c, w->patterns[k], f->key, ms_fact_time(c, f), ms_fact_origin(c, f)->host, txn_id);
        if (!waits_on)
            free(w);
    }
}
