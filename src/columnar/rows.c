#include "columnar/rows.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"

/* Bytes from a column's cells to the next one's in a block. Not a power of two: arrays that far apart share cache sets
 * (scan-performance.md 7). */
enum { SLOT = sizeof(uint64_t), COLUMN_BYTES = MS_ROWS_BLOCK * SLOT + 64 };

static bool is_narrow(enum ms_type type)
{
    return type == MS_T_DICT || type == MS_T_I32 || type == MS_T_BOOL;
}

int64_t ms_text_cell(struct ms_arena *arena, struct ms_span raw)
{
    if (raw.p == NULL)
        return 0;
    size_t n = ms_text_is_ascii(raw.p, raw.n) ? raw.n : ms_text_repair(raw, NULL);
    struct ms_text *t = ms_arena_alloc(arena, sizeof *t + (n == raw.n ? n : (size_t)raw.n * 4));
    if (n == raw.n)
        memcpy(t->p, raw.p, n);
    else
        n = ms_text_repair(raw, t->p);
    t->n = (uint32_t)n;
    return (int64_t)(intptr_t)t;
}

/* A slot of 8 bytes a row, the same distance in all columns: so one address finds all cells of a row. Narrow columns share
 * slots by two. */
void ms_rows_init(struct ms_rows *r, const struct ms_table *table)
{
    *r = (struct ms_rows){.table = table};
    MS_ASSERT(table->n_columns <= MS_MAX_COLUMNS);
    uint32_t next = COLUMN_BYTES, half = 0; /* the keys come first */
    for (size_t c = 0; c < table->n_columns; c++) {
        if (!table->columns[c].filled)
            continue;
        r->filled[r->n_filled++] = (uint16_t)c;
        if (is_narrow(table->columns[c].type) && half != 0) {
            r->place[c] = half;
            half = 0;
            continue;
        }
        r->place[c] = next;
        half = is_narrow(table->columns[c].type) ? next + SLOT / 2 : half;
        next += COLUMN_BYTES;
    }
    r->block_bytes = next;
    r->batch = ms_malloc(MS_ROWS_BATCH * table->n_columns * sizeof *r->batch);
}

void ms_rows_fini(struct ms_rows *r)
{
    for (size_t i = 0; i < r->n_blocks; i++)
        free(r->blocks[i]);
    free(r->blocks);
    free(r->batch);
    *r = (struct ms_rows){0};
}

void ms_rows_reset(struct ms_rows *r)
{
    r->n = 0;
    memset(r->seen, 0, sizeof r->seen);
}

/* ---- a batch of rows to the columns: n cells, `stride` apart, become one each slot ---- */

static bool has_value(const int64_t *from, size_t stride, size_t n, int64_t null)
{
    int64_t any = 0;
    for (size_t i = 0; i < n; i++)
        any |= from[i * stride] ^ null;
    return any != 0;
}

static inline void put_wide(char *to, int64_t v)
{
    memcpy(to, &v, sizeof v);
}

static inline void put_code(char *to, int64_t v)
{
    uint32_t code = (uint32_t)(v | v >> 63); /* MS_NULL_I64 becomes MS_NULL_CODE */
    memcpy(to, &code, sizeof code);
}

static inline void put_narrow(char *to, int64_t v)
{
    int32_t narrow = (int32_t)v == v ? (int32_t)v : INT32_MIN;
    memcpy(to, &narrow, sizeof narrow);
}

/* By four: the loop itself costs as much as a cell. */
#define PUT_ALL(name)                                                                                                  \
    static void put_all_##name(char *to, const int64_t *from, size_t stride, size_t n)                                 \
    {                                                                                                                  \
        size_t i = 0;                                                                                                  \
        for (; i + 4 <= n; i += 4, from += 4 * stride, to += 4 * SLOT) {                                               \
            put_##name(to, from[0]);                                                                                   \
            put_##name(to + SLOT, from[stride]);                                                                       \
            put_##name(to + 2 * SLOT, from[2 * stride]);                                                               \
            put_##name(to + 3 * SLOT, from[3 * stride]);                                                               \
        }                                                                                                              \
        for (; i < n; i++, from += stride, to += SLOT)                                                                 \
            put_##name(to, from[0]);                                                                                   \
    }
PUT_ALL(wide)
PUT_ALL(code)
PUT_ALL(narrow)
#undef PUT_ALL

static void put(const struct ms_rows *r, size_t c, char *to, const int64_t *from, size_t stride, size_t n)
{
    enum ms_type type = r->table->columns[c].type;
    if (type == MS_T_DICT)
        put_all_code(to + r->place[c], from, stride, n);
    else if (is_narrow(type))
        put_all_narrow(to + r->place[c], from, stride, n);
    else
        put_all_wide(to + r->place[c], from, stride, n);
}

/* NULL in the first n rows. */
static void put_nulls(const struct ms_rows *r, size_t c, uint64_t n)
{
    int64_t null = MS_NULL_CELL(r->table->columns[c].type);
    for (uint64_t i = 0; i < n; i++)
        put(r, c, (char *)ms_rows_at(r, i), &null, 0, 1);
}

static void put_batch(struct ms_rows *r, uint64_t first, size_t n)
{
    char *to = (char *)ms_rows_at(r, first);
    size_t stride = r->table->n_columns;
    for (size_t k = 0; k < r->n_filled; k++) {
        unsigned c = r->filled[k];
        if (!r->seen[c]) {
            if (!has_value(r->batch + c, stride, n, MS_NULL_CELL(r->table->columns[c].type)))
                continue;
            put_nulls(r, c, first);
            r->seen[c] = true;
        }
        put(r, c, to, r->batch + c, stride, n);
    }
}

static void next_block(struct ms_rows *r)
{
    r->blocks = ms_grow(r->blocks, &r->cap_blocks, r->n_blocks + 1, sizeof *r->blocks);
    r->blocks[r->n_blocks++] = ms_malloc(r->block_bytes);
}

void ms_rows_append(struct ms_rows *r, uint64_t key, const int64_t *cells)
{
    uint64_t i = r->n++;
    size_t n = i % MS_ROWS_BATCH;
    if (i / MS_ROWS_BLOCK == r->n_blocks)
        next_block(r);
    memcpy((char *)ms_rows_at(r, i), &key, sizeof key);
    memcpy(r->batch + n * r->table->n_columns, cells, r->table->n_columns * sizeof *cells);
    if (n == MS_ROWS_BATCH - 1)
        put_batch(r, i - n, MS_ROWS_BATCH);
}

/* The batch stays: rows that follow complete it, and then it goes to the columns as a whole. */
void ms_rows_settle(struct ms_rows *r)
{
    size_t n = r->n % MS_ROWS_BATCH;
    if (n != 0)
        put_batch(r, r->n - n, n);
}

void ms_rows_settle_column(struct ms_rows *r, size_t column)
{
    if (!r->seen[column] && r->table->columns[column].filled)
        put_nulls(r, column, r->n);
    r->seen[column] |= r->table->columns[column].filled;
}

int64_t ms_rows_cell(const struct ms_rows *r, uint64_t i, size_t column)
{
    enum ms_type type = r->table->columns[column].type;
    const char *p = ms_rows_at(r, i) + r->place[column];
    int64_t wide;
    int32_t narrow;
    if (!r->seen[column])
        return MS_NULL_CELL(type);
    if (!is_narrow(type)) {
        memcpy(&wide, p, sizeof wide);
        return wide;
    }
    memcpy(&narrow, p, sizeof narrow);
    if (type == MS_T_DICT)
        return ms_code_cell((uint32_t)narrow);
    return narrow == INT32_MIN ? MS_NULL_I64 : narrow;
}
