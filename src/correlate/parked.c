#include "correlate/parked.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/spool.h"

/* A filter of two bits a list: 128 KiB a shard, good for tens of millions of lists and never wrong beyond. */
enum { FILTER_BITS = 1 << 20 };
/* Lists of a shard are written anew when more than half of its bytes, and more than so much, are of lists that are gone. */
enum { MIN_DEAD_EXTENTS = 8 };

struct extents {
    int64_t *items;
    size_t n, cap;
};

struct ms_parked_shard {
    struct extents entries;      /* full ones */
    struct ms_parked_list *last; /* the entries that are still to be written */
    size_t n_last;
    struct extents bodies, spare; /* spare: not in use any more */
    char *tail;                   /* of the last of `bodies`, still to be written */
    size_t tail_bytes;
    uint64_t live_bytes, all_bytes;
    char pad[64]; /* neighbours belong to other threads */
};

/* In the extent of a shard's entries. */
static size_t n_entries(const struct ms_parked *p)
{
    return p->extent_bytes / sizeof(struct ms_parked_list);
}

void ms_parked_init(struct ms_parked *p, int dir_fd, size_t extent_bytes)
{
    *p = (struct ms_parked){.dir_fd = dir_fd, .fd = -1, .extent_bytes = extent_bytes};
    p->shards = ms_calloc(MS_TABLE_SHARDS, sizeof *p->shards);
    p->filters = ms_calloc(MS_TABLE_SHARDS, sizeof *p->filters);
    pthread_mutex_init(&p->lock, NULL);
}

void ms_parked_fini(struct ms_parked *p)
{
    if (p->shards == NULL)
        return;
    for (unsigned i = 0; i < MS_TABLE_SHARDS; i++) {
        struct ms_parked_shard *s = &p->shards[i];
        free(s->entries.items);
        free(s->last);
        free(s->bodies.items);
        free(s->spare.items);
        free(s->tail);
        free(p->filters[i]);
    }
    free(p->shards);
    free(p->filters);
    if (p->fd >= 0)
        close(p->fd);
    pthread_mutex_destroy(&p->lock);
    *p = (struct ms_parked){0};
}

/* ---- the file ---- */

static void fail(struct ms_parked *p, int error)
{
    int none = 0;
    atomic_compare_exchange_strong(&p->failure, &none, error ? error : EIO);
}

void ms_parked_damaged(struct ms_parked *p)
{
    fail(p, EIO);
}

enum ms_status ms_parked_check(const struct ms_parked *p, struct ms_error *err)
{
    if (p->failure == 0)
        return MS_OK;
    return ms_fail_at(err, p->failure, "use a temporary file in", p->dir_fd, NULL);
}

static bool make_file(struct ms_parked *p)
{
    pthread_mutex_lock(&p->lock);
    if (p->fd < 0)
        p->fd = ms_spool_file(p->dir_fd);
    bool ok = p->fd >= 0;
    if (!ok)
        fail(p, errno);
    pthread_mutex_unlock(&p->lock);
    return ok;
}

static void write_at(struct ms_parked *p, const void *from, size_t n, int64_t offset)
{
    if (p->failure == 0 && !ms_spool_write_at(p->fd, from, n, offset))
        fail(p, errno);
}

static void read_at(struct ms_parked *p, void *to, size_t n, int64_t offset)
{
    if (p->failure == 0 && !ms_spool_read_at(p->fd, to, n, offset))
        fail(p, errno);
}

static void add_extent(struct extents *e, int64_t offset)
{
    e->items = ms_grow(e->items, &e->cap, e->n + 1, sizeof *e->items);
    e->items[e->n++] = offset;
}

/* n of them in a row. */
static int64_t extents_new(struct ms_parked *p, struct ms_parked_shard *s, size_t n)
{
    if (n == 1 && s->spare.n > 0)
        return s->spare.items[--s->spare.n];
    return atomic_fetch_add(&p->end, (int64_t)(n * p->extent_bytes));
}

/* ---- filters ---- */

static uint32_t bit_of(uint64_t hash, unsigned i)
{
    return (uint32_t)(hash >> (20 * i)) & (FILTER_BITS - 1);
}

static void filter_add(struct ms_parked *p, uint64_t hash)
{
    uint64_t **filter = &p->filters[ms_table_shard_of(hash)];
    if (*filter == NULL)
        *filter = ms_calloc(FILTER_BITS / 64, sizeof **filter);
    for (unsigned i = 0; i < 2; i++)
        (*filter)[bit_of(hash, i) / 64] |= UINT64_C(1) << bit_of(hash, i) % 64;
}

bool ms_parked_maybe(const struct ms_parked *p, uint64_t hash)
{
    const uint64_t *filter = p->filters != NULL ? p->filters[ms_table_shard_of(hash)] : NULL;
    if (filter == NULL)
        return false;
    for (unsigned i = 0; i < 2; i++)
        if (!(filter[bit_of(hash, i) / 64] >> bit_of(hash, i) % 64 & 1))
            return false;
    return true;
}

/* ---- putting ---- */

static void put_entry(struct ms_parked *p, struct ms_parked_shard *s, const struct ms_parked_list *list,
                      struct extents *spare)
{
    if (s->last == NULL)
        s->last = ms_malloc(n_entries(p) * sizeof *s->last);
    if (s->n_last == n_entries(p)) {
        int64_t offset = spare->n > 0 ? spare->items[--spare->n] : extents_new(p, s, 1);
        write_at(p, s->last, n_entries(p) * sizeof *s->last, offset);
        add_extent(&s->entries, offset);
        s->n_last = 0;
    }
    s->last[s->n_last++] = *list;
    filter_add(p, list->hash);
}

static void flush_tail(struct ms_parked *p, struct ms_parked_shard *s)
{
    if (s->tail_bytes > 0)
        write_at(p, s->tail, s->tail_bytes, s->bodies.items[s->bodies.n - 1]);
    s->tail_bytes = 0;
}

/* Where the bytes are found again. */
static int64_t put_body(struct ms_parked *p, struct ms_parked_shard *s, const char *bytes, size_t n)
{
    s->live_bytes += n;
    if (n > p->extent_bytes) {
        size_t n_extents = (n + p->extent_bytes - 1) / p->extent_bytes;
        int64_t offset = extents_new(p, s, n_extents);
        flush_tail(p, s);
        for (size_t i = 0; i < n_extents; i++)
            add_extent(&s->bodies, offset + (int64_t)(i * p->extent_bytes));
        s->all_bytes += n_extents * p->extent_bytes;
        write_at(p, bytes, n, offset);
        free(s->tail); /* the last extent is not its own any more */
        s->tail = NULL;
        return offset;
    }
    if (s->tail == NULL || n > p->extent_bytes - s->tail_bytes) {
        flush_tail(p, s);
        if (s->tail == NULL)
            s->tail = ms_malloc(p->extent_bytes);
        add_extent(&s->bodies, extents_new(p, s, 1));
        s->all_bytes += p->extent_bytes;
    }
    memcpy(s->tail + s->tail_bytes, bytes, n);
    s->tail_bytes += n;
    return s->bodies.items[s->bodies.n - 1] + (int64_t)(s->tail_bytes - n);
}

void ms_parked_put(struct ms_parked *p, struct ms_parked_list list, const char *bytes)
{
    struct ms_parked_shard *s = &p->shards[ms_table_shard_of(list.hash)];
    if (p->failure != 0 || (p->fd < 0 && !make_file(p)))
        return;
    list.offset = put_body(p, s, bytes, list.n_bytes);
    put_entry(p, s, &list, &s->spare);
}

/* ---- visiting ---- */

static void read_body(struct ms_parked *p, const struct ms_parked_shard *s, const struct ms_parked_list *list, char *to)
{
    int64_t tail = s->tail != NULL && s->bodies.n > 0 ? s->bodies.items[s->bodies.n - 1] : INT64_MAX;
    if (list->offset >= tail && list->offset - tail < (int64_t)p->extent_bytes)
        memcpy(to, s->tail + (list->offset - tail), list->n_bytes);
    else
        read_at(p, to, list->n_bytes, list->offset);
}

struct visiting {
    struct ms_parked *p;
    struct ms_parked_shard *s;
    const struct ms_parked_visit *visit;
    struct extents freed; /* of entries that have been looked at */
    struct extents old;   /* bodies, if the lists are written anew */
    bool rewrites;
    char *body;
    size_t cap_body;
};

static void visit_list(struct visiting *v, struct ms_parked_list *list)
{
    struct ms_parked_shard *s = v->s;
    bool wanted = v->visit->wants(v->visit->user, list), stays = !wanted || v->visit->keeps;
    if ((wanted && v->visit->list != NULL) || (stays && v->rewrites)) {
        v->body = ms_grow(v->body, &v->cap_body, list->n_bytes, 1);
        read_body(v->p, s, list, v->body);
        if (v->p->failure != 0)
            return;
    }
    if (wanted && v->visit->list != NULL)
        v->visit->list(v->visit->user, list, v->body);
    if (!stays) {
        s->live_bytes -= v->rewrites ? 0 : list->n_bytes;
        return;
    }
    if (v->rewrites)
        list->offset = put_body(v->p, s, v->body, list->n_bytes);
    put_entry(v->p, s, list, &v->freed);
}

/* All extents of bodies are old now. */
static void begin_rewrite(struct visiting *v)
{
    struct ms_parked_shard *s = v->s;
    flush_tail(v->p, s);
    v->rewrites = true;
    v->old = s->bodies;
    s->bodies = (struct extents){0};
    free(s->tail);
    s->tail = NULL;
    s->live_bytes = s->all_bytes = 0;
}

static void take_spare(struct ms_parked_shard *s, struct extents *e)
{
    for (size_t i = 0; i < e->n; i++)
        add_extent(&s->spare, e->items[i]);
    free(e->items);
}

static void look_through(struct visiting *v, const struct ms_parked_list *lists, size_t n)
{
    for (size_t i = 0; i < n && v->p->failure == 0; i++) {
        struct ms_parked_list list = lists[i];
        visit_list(v, &list);
    }
}

void ms_parked_visit(struct ms_parked *p, unsigned shard, const struct ms_parked_visit *visit)
{
    if (p->shards == NULL)
        return;
    struct ms_parked_shard *s = &p->shards[shard];
    size_t n_last = s->n_last;
    if (s->entries.n + n_last == 0 || p->failure != 0)
        return;
    struct visiting v = {.p = p, .s = s, .visit = visit};
    struct extents entries = s->entries;
    struct ms_parked_list *last = s->last, *read = ms_malloc(n_entries(p) * sizeof *read);
    s->entries = (struct extents){0};
    s->last = NULL;
    s->n_last = 0;
    memset(p->filters[shard], 0, FILTER_BITS / 8);
    if (s->all_bytes > 2 * s->live_bytes + MIN_DEAD_EXTENTS * p->extent_bytes)
        begin_rewrite(&v);
    for (size_t i = 0; i < entries.n && p->failure == 0; i++) {
        read_at(p, read, n_entries(p) * sizeof *read, entries.items[i]);
        add_extent(&v.freed, entries.items[i]);
        look_through(&v, read, n_entries(p));
    }
    look_through(&v, last, n_last);
    take_spare(s, &v.freed);
    take_spare(s, &v.old);
    free(entries.items);
    free(last);
    free(read);
    free(v.body);
}
