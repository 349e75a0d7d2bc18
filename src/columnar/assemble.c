#include "columnar/assemble.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/room.h"
#include "base/status.h"
#include "columnar/order.h"

/* ---- one number for one string ---- */

/* A number for each text of a share of all: where they are many, one share after the other, so that the slots stay few. The values'
 * own hashes serve again: the dictionaries of one run share their seed. */
struct unifying {
    struct ms_unified *u;
    const struct ms_dict *const *dicts;
    struct slot {
        uint64_t hash;
        uint32_t number;
    } * slots;
    uint64_t n_slots;
    unsigned share_bits; /* of the hash: which share */
};

static uint32_t number_of(struct unifying *x, struct ms_span text, uint64_t hash)
{
    uint64_t at = hash & (x->n_slots - 1);
    struct ms_unified *u = x->u;
    while (x->slots[at].hash && !(x->slots[at].hash == hash && ms_span_eq(u->texts[x->slots[at].number], text)))
        at = (at + 1) & (x->n_slots - 1);
    if (x->slots[at].hash == 0) {
        x->slots[at] = (struct slot){hash, u->n_texts};
        u->texts[u->n_texts++] = text;
    }
    return x->slots[at].number;
}

static void unify_share(struct unifying *x, uint64_t share)
{
    memset(x->slots, 0, x->n_slots * sizeof *x->slots);
    for (size_t w = 0; w < x->u->n_workers; w++)
        for (uint32_t i = 0; i < x->dicts[w]->n_values; i++) {
            uint64_t hash = ms_dict_value(x->dicts[w], i)->hash;
            if (x->share_bits == 0 || hash >> (64 - x->share_bits) == share)
                x->u->codes[w][i] = number_of(x, ms_dict_text(x->dicts[w], i), hash);
        }
}

enum { SHARE_VALUES = 1 << 21 };

void ms_unified_init(struct ms_unified *u, const struct ms_dict *const *dicts, size_t n_workers)
{
    *u = (struct ms_unified){.n_workers = n_workers};
    uint64_t total = 0;
    for (size_t w = 0; w < n_workers; w++)
        total += dicts[w]->n_values;
    u->texts = ms_room_alloc((total + 1) * sizeof *u->texts);
    if (n_workers == 1) {
        for (uint32_t i = 0; i < dicts[0]->n_values; i++)
            u->texts[i] = ms_dict_text(dicts[0], i);
        u->n_texts = dicts[0]->n_values;
        return;
    }
    u->codes = ms_calloc(n_workers, sizeof *u->codes);
    for (size_t w = 0; w < n_workers; w++)
        u->codes[w] = ms_room_alloc((dicts[w]->n_values + 1ull) * sizeof *u->codes[w]);
    struct unifying x = {.u = u, .dicts = dicts, .n_slots = 64};
    while (total >> x.share_bits > SHARE_VALUES)
        x.share_bits++;
    while (x.n_slots < (total >> x.share_bits) * 2)
        x.n_slots *= 2;
    x.n_slots *= x.share_bits > 0 ? 2 : 1; /* (shares are not quite alike) */
    x.slots = ms_malloc(x.n_slots * sizeof *x.slots);
    for (uint64_t share = 0; share < UINT64_C(1) << x.share_bits; share++)
        unify_share(&x, share);
    free(x.slots);
}

void ms_unified_fini(struct ms_unified *u)
{
    for (size_t w = 0; u->codes && w < u->n_workers; w++)
        ms_room_free(u->codes[w]);
    free(u->codes);
    ms_room_free(u->texts);
    *u = (struct ms_unified){0};
}

/* ---- the order of the rows ---- */

static inline int64_t load_i64(const char *p)
{
    int64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* A row of any worker as one number: blocks are counted over all workers. */
static void list_rows(const struct ms_assembly *a, struct ms_order_item *items)
{
    uint64_t at = 0, first_block = 0;
    for (size_t w = 0; w < a->n_workers; w++) {
        const struct ms_rows *r = a->rows[w];
        for (uint64_t i = 0; i < r->n; i++) {
            memcpy(&items[at].key, ms_rows_at(r, i), sizeof items[at].key);
            items[at++].row = (uint32_t)(first_block * MS_ROWS_BLOCK + i);
        }
        first_block += (r->n + MS_ROWS_BLOCK - 1) / MS_ROWS_BLOCK;
    }
    MS_ASSERT(first_block <= UINT32_MAX / MS_ROWS_BLOCK);
}

struct block {
    const char *p;
    uint16_t worker;
};

static struct block *list_blocks(const struct ms_assembly *a)
{
    struct block *blocks = NULL;
    size_t n = 0, cap = 0;
    for (size_t w = 0; w < a->n_workers; w++)
        for (uint64_t b = 0; b * MS_ROWS_BLOCK < a->rows[w]->n; b++) {
            blocks = ms_grow(blocks, &cap, n + 1, sizeof *blocks);
            blocks[n++] = (struct block){a->rows[w]->blocks[b], (uint16_t)w};
        }
    return blocks;
}

static void find_rows(struct ms_assembly *a, const struct ms_order_item *items)
{
    struct block *blocks = list_blocks(a);
    a->order = ms_room_alloc(a->n_rows * sizeof *a->order + 1);
    if (a->n_workers > 1)
        a->workers = ms_room_alloc(a->n_rows * sizeof *a->workers + 1);
    for (uint64_t i = 0; i < a->n_rows; i++) {
        const struct block *b = &blocks[items[i].row / MS_ROWS_BLOCK];
        a->order[i] = b->p + items[i].row % MS_ROWS_BLOCK * sizeof(uint64_t);
        if (a->workers != NULL)
            a->workers[i] = b->worker;
    }
    free(blocks);
}

/* Where the rows' IDs stand, from their keys; SIZE_MAX: the table has none, or a single row. */
static size_t place_of_id(const struct ms_assembly *a)
{
    const struct ms_filled_column *id =
        a->rows[0]->table == &ms_tables[MS_MESSAGES] ? ms_rows_column(a->rows[0], MS_COL_messages_txn_id) : NULL;
    return id != NULL && a->varied[id - a->rows[0]->filled] ? id->place : SIZE_MAX;
}

/* One line may be the first of several lives (the children of a split mail, a copy and its parent), which any worker may have
 * closed in any order: these rows stand by their IDs. */
static void order_alike(struct ms_assembly *a, const struct ms_order_item *items)
{
    size_t place = place_of_id(a);
    for (uint64_t i = 1; i < a->n_rows && place != SIZE_MAX; i++) {
        if (items[i].key != items[i - 1].key)
            continue;
        const char *row = a->order[i];
        uint16_t worker = a->workers != NULL ? a->workers[i] : 0;
        uint64_t at = i;
        for (;
             at > 0 && items[at - 1].key == items[i].key && load_i64(a->order[at - 1] + place) > load_i64(row + place);
             at--) {
            a->order[at] = a->order[at - 1];
            if (a->workers != NULL)
                a->workers[at] = a->workers[at - 1];
        }
        a->order[at] = row;
        if (a->workers != NULL)
            a->workers[at] = worker;
    }
}

/* The value that all rows of this worker have in column k of those that are filled, in a form that all workers share. */
static int64_t shared_value(const struct ms_assembly *a, size_t w, size_t k)
{
    const struct ms_filled_column *f = &a->rows[w]->filled[k];
    if (f->kind != MS_CELL_CODE || f->same == MS_NULL_I64 || a->unified->codes == NULL)
        return f->same;
    return a->unified->codes[w][f->same];
}

/* A column that varies is written by all workers. */
static void settle(struct ms_assembly *a)
{
    for (size_t w = 0; w < a->n_workers; w++)
        ms_rows_settle(a->rows[w]);
    for (size_t k = 0; k < a->rows[0]->n_filled; k++) {
        bool varies = false, known = false;
        a->same[k] = a->rows[0]->nulls[a->rows[0]->filled[k].column];
        for (size_t w = 0; w < a->n_workers; w++) {
            if (a->rows[w]->n == 0)
                continue;
            int64_t value = shared_value(a, w, k);
            varies |= a->rows[w]->filled[k].varied || (known && value != a->same[k]);
            known = true;
            a->same[k] = value;
        }
        a->varied[k] = varies;
        for (size_t w = 0; w < a->n_workers && varies; w++)
            ms_rows_settle_column(a->rows[w], a->rows[w]->filled[k].column);
    }
}

void ms_assembly_init(struct ms_assembly *a, struct ms_rows *const *rows, size_t n_workers,
                      const struct ms_unified *unified)
{
    *a = (struct ms_assembly){.rows = rows, .n_workers = n_workers, .unified = unified};
    for (size_t w = 0; w < n_workers; w++)
        a->n_rows += rows[w]->n;
    settle(a);
    struct ms_order_item *items = ms_room_alloc(a->n_rows * sizeof *items + 1),
                         *spare = ms_room_alloc(a->n_rows * sizeof *items + 1);
    list_rows(a, items);
    ms_order_sort(items, spare, a->n_rows);
    ms_room_free(spare);
    find_rows(a, items);
    order_alike(a, items);
    ms_room_free(items);
}

void ms_assembly_fini(struct ms_assembly *a)
{
    ms_room_free(a->order);
    ms_room_free(a->workers);
    *a = (struct ms_assembly){0};
}

/* ---- one column ---- */

void ms_column_scratch_fini(struct ms_column_scratch *s)
{
    free(s->ints);
    free(s->codes);
    free(s->strings);
    free(s->dict);
    ms_room_free(s->seen);
    *s = (struct ms_column_scratch){0};
}

static void reserve(struct ms_column_scratch *s, uint64_t n, uint32_t n_texts)
{
    if (n > s->cap_rows) {
        s->ints = ms_realloc(s->ints, n * sizeof *s->ints);
        s->codes = ms_realloc(s->codes, n * sizeof *s->codes);
        s->strings = ms_realloc(s->strings, n * sizeof *s->strings);
        s->cap_rows = n;
    }
    if (n_texts > s->cap_seen) {
        ms_room_free(s->seen);
        s->cap_seen = n_texts;
        s->seen = ms_room_calloc(s->cap_seen, sizeof *s->seen);
        s->base = 1;
    }
    if (s->base > UINT32_MAX - n_texts) { /* the numbers are used up: old ones would look new */
        memset(s->seen, 0, s->cap_seen * sizeof *s->seen);
        s->base = 1;
    }
    s->dict = ms_grow(s->dict, &s->cap_dict, n < n_texts ? n : n_texts, sizeof *s->dict);
}

static inline int64_t load_i32(const char *p)
{
    int32_t v;
    memcpy(&v, p, sizeof v);
    return v == INT32_MIN ? MS_NULL_I64 : v;
}

static inline uint32_t load_u32(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Rows follow each other nearly as their cells do, but not enough for the processor to guess: cells are asked for early, every
 * second one, as eight lie in a cache line. */
enum { AHEAD = 64, TEXT_AHEAD = 32 };

/* By four: the loop itself costs as much as a cell. */
#define GATHER(name, type, load)                                                                                       \
    static void gather_##name(const char *const *order, uint32_t place, uint64_t n, type *out)                         \
    {                                                                                                                  \
        uint64_t i = 0;                                                                                                \
        for (; i + AHEAD + 4 <= n; i += 4) {                                                                           \
            __builtin_prefetch(order[i + AHEAD] + place);                                                              \
            __builtin_prefetch(order[i + AHEAD + 2] + place);                                                          \
            out[i] = load(order[i] + place);                                                                           \
            out[i + 1] = load(order[i + 1] + place);                                                                   \
            out[i + 2] = load(order[i + 2] + place);                                                                   \
            out[i + 3] = load(order[i + 3] + place);                                                                   \
        }                                                                                                              \
        for (; i + 4 <= n; i += 4) {                                                                                   \
            out[i] = load(order[i] + place);                                                                           \
            out[i + 1] = load(order[i + 1] + place);                                                                   \
            out[i + 2] = load(order[i + 2] + place);                                                                   \
            out[i + 3] = load(order[i + 3] + place);                                                                   \
        }                                                                                                              \
        for (; i < n; i++)                                                                                             \
            out[i] = load(order[i] + place);                                                                           \
    }
GATHER(i64, int64_t, load_i64)
GATHER(i32, int64_t, load_i32)
#undef GATHER

/* False: some are NULL. Texts are read in about the order in which they were written, but from several places at a time. */
static bool gather_spans(const char *const *order, uint32_t place, uint64_t n, struct ms_span *out)
{
    bool all = true;
    for (uint64_t i = 0; i < n; i++) {
        const struct ms_text *t;
        if (i + AHEAD < n) {
            __builtin_prefetch(order[i + AHEAD] + place);
            memcpy(&t, order[i + TEXT_AHEAD] + place, sizeof t);
            __builtin_prefetch(t);
        }
        memcpy(&t, order[i] + place, sizeof t);
        all &= t != NULL;
        out[i] = t ? ms_span_of(t->p, t->n) : MS_SPAN_NULL;
    }
    return all;
}

/* Codes of workers to numbers that hold for all of them (a single worker's are such), and these to codes by first
 * appearance. */
static inline void gather_codes(const struct ms_assembly *a, bool single, uint32_t place, uint64_t first, uint64_t n,
                                struct ms_column_scratch *s, struct ms_values *out)
{
    const char *const *order = a->order + first;
    const uint32_t base = s->base;
    uint32_t n_dict = 0, *codes = s->codes, *seen = s->seen;
    bool any_null = false;
    for (uint64_t i = 0; i < n; i++) {
        if (i % 2 == 0 && i + AHEAD < n)
            __builtin_prefetch(order[i + AHEAD] + place);
        uint32_t number = load_u32(order[i] + place);
        if (number == MS_NULL_CODE) {
            any_null = true;
            codes[i] = MS_NULL_CODE;
            continue;
        }
        if (!single)
            number = a->unified->codes[a->workers[first + i]][number];
        uint32_t code = seen[number] - base;
        if (code >= n_dict) { /* of another column, or of none */
            code = n_dict++;
            s->dict[code] = a->unified->texts[number];
            seen[number] = base + code;
        }
        codes[i] = code;
    }
    s->base += n_dict;
    out->no_null = !any_null;
    out->codes = codes;
    out->dict = s->dict;
    out->n_dict = n_dict;
}

/* All rows are alike. */
static void fill_column(const struct ms_assembly *a, int64_t value, uint64_t n, struct ms_column_scratch *s,
                        struct ms_values *out)
{
    const struct ms_text *text = (const struct ms_text *)(intptr_t)value;
    switch (out->column->type) {
    case MS_T_DICT:
        memset(s->codes, 0, n * sizeof *s->codes);
        s->dict[0] = a->unified->texts[value];
        out->codes = s->codes;
        out->dict = s->dict;
        out->n_dict = 1;
        break;
    case MS_T_UNIQUE:
        for (uint64_t i = 0; i < n; i++)
            s->strings[i] = ms_span_of(text->p, text->n);
        out->strings = s->strings;
        break;
    case MS_T_I32:
    case MS_T_BOOL:
    case MS_T_I64:
    case MS_T_TIME:
    case MS_T_DOUBLE:
        for (uint64_t i = 0; i < n; i++)
            s->ints[i] = value;
        out->ints = s->ints;
        break;
    }
    out->no_null = true;
}

void ms_assembly_column(const struct ms_assembly *a, size_t c, uint64_t first, uint64_t n, struct ms_column_scratch *s,
                        struct ms_values *out)
{
    const struct ms_rows *rows = a->rows[0];
    const struct ms_column *column = &rows->table->columns[c];
    const struct ms_filled_column *f = ms_rows_column(rows, c);
    MS_ASSERT(first + n <= a->n_rows);
    *out = (struct ms_values){.column = column, .n_rows = n};
    bool varies = f != NULL && a->varied[f - rows->filled];
    int64_t same = f != NULL ? a->same[f - rows->filled] : MS_NULL_CELL(column->type);
    out->all_null = !varies && same == MS_NULL_CELL(column->type);
    if (out->all_null)
        return;
    reserve(s, n, a->unified->n_texts);
    if (!varies) {
        fill_column(a, same, n, s, out);
        return;
    }
    switch (column->type) {
    case MS_T_DICT:
        if (a->unified->codes == NULL)
            gather_codes(a, true, f->place, first, n, s, out);
        else
            gather_codes(a, false, f->place, first, n, s, out);
        break;
    case MS_T_UNIQUE:
        out->no_null = gather_spans(a->order + first, f->place, n, s->strings);
        out->strings = s->strings;
        break;
    case MS_T_I32:
    case MS_T_BOOL:
        gather_i32(a->order + first, f->place, n, s->ints);
        out->ints = s->ints;
        break;
    case MS_T_I64:
    case MS_T_TIME:
    case MS_T_DOUBLE:
        gather_i64(a->order + first, f->place, n, s->ints);
        out->ints = s->ints;
        break;
    }
}
