#include "columnar/rows.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/room.h"
#include "base/status.h"
#include "base/text.h"

/* Bytes from a column's cells to the next one's in a block. Not a power of two: arrays that far apart share cache sets
 * (scan-performance.md 7). */
enum { SLOT = sizeof(uint64_t), COLUMN_BYTES = MS_ROWS_BLOCK * SLOT + 64 };

static enum ms_cell_kind kind_of(enum ms_type type)
{
    if (type == MS_T_DICT)
        return MS_CELL_CODE;
    return type == MS_T_I32 || type == MS_T_BOOL ? MS_CELL_NARROW : MS_CELL_WIDE;
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
    r->nulls = ms_malloc(table->n_columns * sizeof *r->nulls);
    r->batch = ms_malloc(table->n_columns * sizeof *r->batch);
    for (size_t c = 0; c < table->n_columns; c++) {
        r->nulls[c] = MS_NULL_CELL(table->columns[c].type);
        r->filled_as[c] = MS_NOT_FILLED;
        if (!table->columns[c].filled)
            continue;
        r->filled_as[c] = (uint8_t)r->n_filled;
        struct ms_filled_column *f = &r->filled[r->n_filled++];
        *f = (struct ms_filled_column){.column = (uint16_t)c, .kind = (uint8_t)kind_of(table->columns[c].type)};
        if (f->kind != MS_CELL_WIDE && half != 0) {
            f->place = half;
            half = 0;
            continue;
        }
        f->place = next;
        half = f->kind != MS_CELL_WIDE ? next + SLOT / 2 : half;
        next += COLUMN_BYTES;
    }
    r->block_bytes = next;
    ms_rows_reset(r);
}

void ms_rows_fini(struct ms_rows *r)
{
    for (size_t i = 0; i < r->n_blocks; i++)
        ms_room_free(r->blocks[i]);
    free(r->blocks);
    free(r->batch);
    free(r->nulls);
    *r = (struct ms_rows){0};
}

void ms_rows_reset(struct ms_rows *r)
{
    r->n = r->n_batch = 0;
    for (size_t k = 0; k < r->n_filled; k++) {
        r->filled[k].varied = false;
        r->filled[k].same = r->nulls[r->filled[k].column];
    }
}

/* ---- a batch of rows to the columns: n cells become one each slot ---- */

static inline int64_t fitting(int64_t v)
{
    return (int32_t)v == v ? v : MS_NULL_I64;
}

static inline __attribute__((always_inline)) void put(enum ms_cell_kind kind, char *to, int64_t v)
{
    if (kind == MS_CELL_WIDE) {
        memcpy(to, &v, sizeof v);
    } else if (kind == MS_CELL_CODE) {
        uint32_t code = (uint32_t)v | (uint32_t)(v >> 63); /* MS_NULL_I64 becomes MS_NULL_CODE */
        memcpy(to, &code, sizeof code);
    } else {
        int32_t narrow = (int32_t)v == v ? (int32_t)v : INT32_MIN;
        memcpy(to, &narrow, sizeof narrow);
    }
}

static inline __attribute__((always_inline)) void put_all(enum ms_cell_kind kind, char *to, const int64_t *from,
                                                          size_t n)
{
    if (kind == MS_CELL_WIDE) {
        memcpy(to, from, n * sizeof *from);
        return;
    }
#pragma GCC unroll 16
    for (size_t i = 0; i < n; i++)
        put(kind, to + i * SLOT, from[i]);
}

static inline __attribute__((always_inline)) bool are_all(const int64_t *from, size_t n, int64_t value)
{
    int64_t other = 0;
#pragma GCC unroll 16
    for (size_t i = 0; i < n; i++)
        other |= from[i] ^ value;
    return other == 0;
}

/* The value that was enough so far, to the first n rows. */
static void begin_to_vary(const struct ms_rows *r, struct ms_filled_column *f, uint64_t n)
{
    f->varied = true;
    for (uint64_t i = 0; i < n; i++)
        put(f->kind, (char *)ms_rows_at(r, i) + f->place, f->same);
}

/* Inlined for whole batches, whose loops then have a length that is known. */
static inline __attribute__((always_inline)) void put_rows(struct ms_rows *r, uint64_t first, size_t n)
{
    char *to = (char *)ms_rows_at(r, first);
    for (size_t k = 0; k < r->n_filled; k++) {
        struct ms_filled_column *f = &r->filled[k];
        const int64_t *from = r->batch[f->column];
        if (!f->varied) {
            if (first == 0)
                f->same = f->kind == MS_CELL_NARROW ? fitting(from[0]) : from[0];
            if (are_all(from, n, f->same))
                continue;
            begin_to_vary(r, f, first);
        }
        /* Where the next batch goes: dozens of places that no processor foresees. */
        __builtin_prefetch(to + f->place + MS_ROWS_BATCH * SLOT, 1);
        __builtin_prefetch(to + f->place + MS_ROWS_BATCH * SLOT + 64, 1);
        if (f->kind == MS_CELL_WIDE)
            put_all(MS_CELL_WIDE, to + f->place, from, n);
        else if (f->kind == MS_CELL_CODE)
            put_all(MS_CELL_CODE, to + f->place, from, n);
        else
            put_all(MS_CELL_NARROW, to + f->place, from, n);
    }
}

static void put_batch(struct ms_rows *r)
{
    put_rows(r, r->n - MS_ROWS_BATCH, MS_ROWS_BATCH);
    r->n_batch = 0;
}

static void next_block(struct ms_rows *r)
{
    r->blocks = ms_grow(r->blocks, &r->cap_blocks, r->n_blocks + 1, sizeof *r->blocks);
    r->blocks[r->n_blocks++] = ms_room_alloc(r->block_bytes);
}

static void begin_batch(struct ms_rows *r)
{
    for (size_t c = 0; c < r->table->n_columns; c++) {
        int64_t null = r->nulls[c];
        for (size_t i = 0; i < MS_ROWS_BATCH; i++)
            r->batch[c][i] = null;
    }
}

ms_cells *ms_rows_begin(struct ms_rows *r, uint64_t key)
{
    if (r->n_batch == MS_ROWS_BATCH)
        put_batch(r);
    if (r->n_batch == 0)
        begin_batch(r);
    if (r->n / MS_ROWS_BLOCK == r->n_blocks)
        next_block(r);
    memcpy((char *)ms_rows_at(r, r->n++), &key, sizeof key);
    return (ms_cells *)(void *)&r->batch[0][r->n_batch++];
}

void ms_rows_append(struct ms_rows *r, uint64_t key, const int64_t *cells)
{
    ms_cells *to = ms_rows_begin(r, key);
    for (size_t c = 0; c < r->table->n_columns; c++)
        *to[c] = cells[c];
}

/* The batch stays: rows that follow complete it, and then it goes to the columns as a whole. */
void ms_rows_settle(struct ms_rows *r)
{
    if (r->n_batch != 0)
        put_rows(r, r->n - r->n_batch, r->n_batch);
}

void ms_rows_settle_column(struct ms_rows *r, size_t column)
{
    uint8_t k = r->filled_as[column];
    if (k != MS_NOT_FILLED && !r->filled[k].varied)
        begin_to_vary(r, &r->filled[k], r->n);
}

int64_t ms_rows_cell(const struct ms_rows *r, uint64_t i, size_t column)
{
    const struct ms_filled_column *f = ms_rows_column(r, column);
    int64_t wide;
    int32_t narrow;
    if (f == NULL)
        return r->nulls[column];
    if (!f->varied)
        return f->same;
    const char *p = ms_rows_at(r, i) + f->place;
    if (f->kind == MS_CELL_WIDE) {
        memcpy(&wide, p, sizeof wide);
        return wide;
    }
    memcpy(&narrow, p, sizeof narrow);
    if (f->kind == MS_CELL_CODE)
        return ms_code_cell((uint32_t)narrow);
    return ms_small_cell(narrow);
}
