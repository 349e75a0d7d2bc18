#include "pipeline/loose_copies.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"

#define NONE UINT32_MAX
#define PAIRS_MAX 8u /* of one stream with earlier ones */
#define PARTITIONS 256u
#define BLOCK_BYTES ((size_t)16 << 10)
#define MEMORY_BYTES ((size_t)64 << 20)

struct ms_loose_pair {
    uint32_t earlier, later;
    uint32_t next_as_earlier, next_as_later;
    int64_t from_s, to_s; /* both have lines of this time */
    uint64_t n_earlier, n_later, n_both;
    uint64_t n_exact; /* of n_both: those whose stamps have the same fraction of a second */
    int64_t first_both_s, last_both_s;
    bool is_copy;
    bool is_exact; /* fractions are of the same clock: they tell lines apart */
};

struct record {
    uint64_t print, offset;
    int64_t second;
    uint32_t stream, fraction; /* of the second; 0: none, or as good as none */
};

/* ---- pairs ---- */

static int by_key(const void *a, const void *b, void *streams)
{
    const struct ms_loose_stream *x = (const struct ms_loose_stream *)streams + *(const uint32_t *)a,
                                 *y = (const struct ms_loose_stream *)streams + *(const uint32_t *)b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->file_id > y->file_id) - (x->file_id < y->file_id);
}

static void add_pair(struct ms_loose *l, uint32_t earlier, uint32_t later, int64_t from_s, int64_t to_s)
{
    struct ms_loose_stream *a = &l->streams[earlier], *b = &l->streams[later];
    l->pairs = ms_grow(l->pairs, &l->cap_pairs, l->n_pairs + 1, sizeof *l->pairs);
    l->pairs[l->n_pairs] = (struct ms_loose_pair){.earlier = earlier,
                                                  .later = later,
                                                  .next_as_earlier = a->as_earlier,
                                                  .next_as_later = b->as_later,
                                                  .from_s = from_s,
                                                  .to_s = to_s,
                                                  .first_both_s = INT64_MAX,
                                                  .last_both_s = INT64_MIN};
    a->as_earlier = b->as_later = (uint32_t)l->n_pairs++;
}

/* `later` with those before it that have its key: order[from, to). Whether one of them shares more than a second with it. */
static bool pair_up(struct ms_loose *l, const uint32_t *order, size_t from, size_t to, uint32_t later,
                    ms_loose_known_fn known, void *user)
{
    const struct ms_loose_stream *b = &l->streams[later];
    bool is_any = false;
    unsigned n = 0;
    for (size_t i = from; i < to && n < PAIRS_MAX; i++) {
        const struct ms_loose_stream *a = &l->streams[order[i]];
        int64_t from_s = a->first_s > b->first_s ? a->first_s : b->first_s;
        int64_t to_s = a->last_s < b->last_s ? a->last_s : b->last_s;
        if (a->file_id == b->file_id || from_s > to_s || known(user, a, b))
            continue;
        add_pair(l, order[i], later, from_s, to_s);
        is_any |= from_s < to_s;
        n++;
    }
    return is_any;
}

bool ms_loose_init(struct ms_loose *l, struct ms_loose_stream *streams, size_t n, const char *folder,
                   ms_loose_known_fn known, void *user)
{
    *l = (struct ms_loose){.streams = streams, .n = n, .dir_fd = -1};
    uint32_t *order = ms_malloc(n * sizeof *order + 1);
    bool is_any = false;
    for (uint32_t i = 0; i < n; i++) {
        order[i] = i;
        streams[i].as_earlier = streams[i].as_later = NONE;
        streams[i].n_copies = 0;
    }
    if (n > 0)
        qsort_r(order, n, sizeof *order, by_key, streams);
    for (size_t from = 0, i = 0; i < n; i++) {
        if (streams[order[i]].key != streams[order[from]].key)
            from = i;
        is_any |= pair_up(l, order, from, i, order[i], known, user);
    }
    free(order);
    if (!is_any)
        return false;
    l->dir_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ms_spool_init(&l->records, PARTITIONS, BLOCK_BYTES, MEMORY_BYTES, l->dir_fd);
    return true;
}

void ms_loose_fini(struct ms_loose *l)
{
    ms_spool_fini(&l->records);
    if (l->dir_fd >= 0)
        (void)close(l->dir_fd);
    free(l->pairs);
    *l = (struct ms_loose){.dir_fd = -1};
}

/* ---- lines ---- */

bool ms_loose_wants(const struct ms_loose *l, uint32_t stream)
{
    return l->streams[stream].as_earlier != NONE || l->streams[stream].as_later != NONE;
}

void ms_loose_add(struct ms_loose *l, uint32_t stream, uint64_t print, int64_t second, uint32_t fraction,
                  uint64_t offset)
{
    const struct ms_loose_stream *s = &l->streams[stream];
    bool is_shared = false;
    for (uint32_t i = s->as_earlier; i != NONE; i = l->pairs[i].next_as_earlier) {
        bool is_inside = second >= l->pairs[i].from_s && second <= l->pairs[i].to_s;
        l->pairs[i].n_earlier += is_inside;
        is_shared |= is_inside;
    }
    for (uint32_t i = s->as_later; i != NONE; i = l->pairs[i].next_as_later) {
        bool is_inside = second >= l->pairs[i].from_s && second <= l->pairs[i].to_s;
        l->pairs[i].n_later += is_inside;
        is_shared |= is_inside;
    }
    if (!is_shared)
        return;
    struct record *r = ms_spool_add(&l->records, (size_t)(print >> 56) % PARTITIONS, sizeof *r);
    *r = (struct record){.print = print, .offset = offset, .second = second, .stream = stream, .fraction = fraction};
}

/* ---- the end: records of one line, wherever it stands ---- */

struct partition {
    struct record *items;
    size_t n, cap;
};

static void take(void *partition, const char *records, size_t n_bytes)
{
    struct partition *p = partition;
    size_t n = n_bytes / sizeof *p->items;
    p->items = ms_grow(p->items, &p->cap, p->n + n, sizeof *p->items);
    memcpy(p->items + p->n, records, n_bytes);
    p->n += n;
}

static int by_print(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    if (x->print != y->print)
        return x->print < y->print ? -1 : 1;
    if (x->stream != y->stream)
        return x->stream < y->stream ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

static struct ms_loose_pair *pair_of(const struct ms_loose *l, uint32_t earlier, uint32_t later)
{
    uint32_t i = l->streams[later].as_later;
    while (i != NONE && l->pairs[i].earlier != earlier)
        i = l->pairs[i].next_as_later;
    return i != NONE ? &l->pairs[i] : NULL;
}

/* How often a stream has the line that items[0] is; items[0, n) are one line in all streams. */
static size_t times(const struct record *items, size_t n)
{
    size_t k = 1;
    while (k < n && items[k].stream == items[0].stream)
        k++;
    return k;
}

/* items[0, n): one line, in all streams that have it. */
typedef void (*line_fn)(struct ms_loose *l, const struct record *items, size_t n, struct ms_copies *copies);

static enum ms_status each_line(struct ms_loose *l, line_fn fn, struct ms_copies *copies, struct ms_error *err)
{
    struct partition p = {0};
    enum ms_status st = MS_OK;
    for (unsigned i = 0; st == MS_OK && i < PARTITIONS; i++) {
        p.n = 0;
        st = ms_spool_read(&l->records, i, take, &p, err);
        if (p.n > 0)
            qsort(p.items, p.n, sizeof *p.items, by_print);
        for (size_t from = 0, to; st == MS_OK && from < p.n; from = to) {
            for (to = from + 1; to < p.n && p.items[to].print == p.items[from].print; to++)
                ;
            fn(l, p.items + from, to - from, copies);
        }
    }
    free(p.items);
    return st;
}

static bool has_fraction(const struct record *items, size_t n, uint32_t fraction)
{
    for (size_t i = 0; i < n; i++)
        if (items[i].fraction == fraction)
            return true;
    return false;
}

static void count(struct ms_loose *l, const struct record *items, size_t n, struct ms_copies *copies)
{
    (void)copies;
    for (size_t b = 0, n_b; b < n; b += n_b) {
        n_b = times(items + b, n - b);
        for (size_t a = 0, n_a; a < b; a += n_a) {
            n_a = times(items + a, b - a);
            struct ms_loose_pair *pair = pair_of(l, items[a].stream, items[b].stream);
            if (pair == NULL)
                continue;
            int64_t second = items[b].second;
            pair->n_both += n_a < n_b ? n_a : n_b;
            for (size_t i = 0; i < n_b; i++)
                pair->n_exact += items[b + i].fraction != 0 && has_fraction(items + a, n_a, items[b + i].fraction);
            pair->first_both_s = second < pair->first_both_s ? second : pair->first_both_s;
            pair->last_both_s = second > pair->last_both_s ? second : pair->last_both_s;
        }
    }
}

/* Does an earlier stream have this line, the k-th of those in items[b, ...)? */
static bool is_copy(const struct ms_loose *l, const struct record *items, size_t b, size_t k)
{
    for (size_t a = 0, n_a; a < b; a += n_a) {
        n_a = times(items + a, b - a);
        const struct ms_loose_pair *pair = pair_of(l, items[a].stream, items[b].stream);
        if (pair != NULL && pair->is_copy &&
            (pair->is_exact ? has_fraction(items + a, n_a, items[b + k].fraction) : k < n_a))
            return true;
    }
    return false;
}

static void leave_out(struct ms_loose *l, const struct record *items, size_t n, struct ms_copies *copies)
{
    for (size_t b = 0, n_b; b < n; b += n_b) {
        struct ms_loose_stream *later = &l->streams[items[b].stream];
        n_b = times(items + b, n - b);
        for (size_t k = 0; k < n_b; k++) {
            if (!is_copy(l, items, b, k))
                continue;
            ms_copies_add_line(copies, later->file_id, items[b + k].offset);
            later->n_copies++;
        }
    }
}

static bool is_half(const struct ms_loose_pair *p)
{
    uint64_t fewer = p->n_earlier < p->n_later ? p->n_earlier : p->n_later;
    return p->n_both > 0 && 2 * p->n_both >= fewer;
}

/* The same two files. */
static bool is_like(const struct ms_loose *l, const struct ms_loose_pair *p, const struct ms_loose_pair *q)
{
    const struct ms_loose_stream *s = l->streams;
    return s[p->later].file_id == s[q->later].file_id && s[p->earlier].file_id == s[q->earlier].file_id;
}

static int by_files(const void *a, const void *b, void *loose)
{
    const struct ms_loose *l = loose;
    const struct ms_loose_pair *x = &l->pairs[*(const uint32_t *)a], *y = &l->pairs[*(const uint32_t *)b];
    const struct ms_loose_stream *xb = &l->streams[x->later], *yb = &l->streams[y->later];
    uint32_t xa = l->streams[x->earlier].file_id, ya = l->streams[y->earlier].file_id;
    if (xb->file_id != yb->file_id)
        return xb->file_id < yb->file_id ? -1 : 1;
    return (xa > ya) - (xa < ya);
}

/* What lies in one second proves nothing by itself, but follows what is proven of the two files. */
static void judge(struct ms_loose *l)
{
    uint32_t *order = ms_malloc(l->n_pairs * sizeof *order + 1);
    for (uint32_t i = 0; i < l->n_pairs; i++)
        order[i] = i;
    qsort_r(order, l->n_pairs, sizeof *order, by_files, l);
    for (size_t from = 0, to; from < l->n_pairs; from = to) {
        bool is_proven = false;
        for (to = from; to < l->n_pairs && is_like(l, &l->pairs[order[from]], &l->pairs[order[to]]); to++) {
            const struct ms_loose_pair *p = &l->pairs[order[to]];
            is_proven |= is_half(p) && p->first_both_s < p->last_both_s;
        }
        for (size_t i = from; i < to; i++) {
            struct ms_loose_pair *p = &l->pairs[order[i]];
            p->is_copy = is_proven && is_half(p);
            p->is_exact = 10 * p->n_exact >= 9 * p->n_both;
        }
    }
    free(order);
}

enum ms_status ms_loose_end(struct ms_loose *l, struct ms_copies *copies, struct ms_error *err)
{
    enum ms_status st = ms_spool_end(&l->records, err);
    if (st == MS_OK)
        st = each_line(l, count, NULL, err);
    if (st != MS_OK)
        return st;
    judge(l);
    return each_line(l, leave_out, copies, err);
}
