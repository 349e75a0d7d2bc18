#include "columnar/rows.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"

static size_t cell_bytes(enum ms_type type)
{
    return type == MS_T_DICT ? sizeof(uint32_t) : sizeof(int64_t);
}

int64_t ms_text_cell(struct ms_arena *arena, struct ms_span raw)
{
    if (raw.p == NULL)
        return 0;
    size_t n = ms_text_repair(raw, NULL);
    struct ms_text *t = ms_arena_alloc(arena, sizeof *t + (n == raw.n ? n : (size_t)raw.n * 4));
    if (n == raw.n)
        memcpy(t->p, raw.p, n);
    else
        n = ms_text_repair(raw, t->p);
    t->n = (uint32_t)n;
    return (int64_t)(intptr_t)t;
}

void ms_rows_init(struct ms_rows *r, const struct ms_table *table)
{
    *r = (struct ms_rows){.table = table, .n_columns = table->n_columns};
    for (size_t c = 0; c < table->n_columns; c++) {
        if (!table->columns[c].filled)
            continue;
        if (table->columns[c].type == MS_T_DICT)
            r->dicts[r->n_dicts++] = (uint16_t)c;
        else
            r->ints[r->n_ints++] = (uint16_t)c;
        r->null[c] = MS_NULL_CELL(table->columns[c].type);
    }
    MS_ASSERT(table->n_columns <= MS_MAX_COLUMNS);
}

void ms_rows_fini(struct ms_rows *r)
{
    free(r->keys);
    for (size_t c = 0; c < MS_MAX_COLUMNS; c++)
        free(r->columns[c]);
    *r = (struct ms_rows){0};
}

void ms_rows_reset(struct ms_rows *r)
{
    r->n = 0;
    memset(r->seen, 0, sizeof r->seen);
}

static void reserve(struct ms_rows *r)
{
    size_t cap = r->cap ? r->cap * 2 : 1024;
    r->keys = ms_realloc(r->keys, cap * sizeof *r->keys);
    /* Odd lengths keep the starts of the columns from lying a power of two apart (scan-performance.md 7). */
    for (size_t c = 0; c < r->table->n_columns; c++)
        r->columns[c] = ms_realloc(r->columns[c], cap * cell_bytes(r->table->columns[c].type) + 64 * (c + 1));
    r->cap = cap;
}

void ms_rows_append(struct ms_rows *r, uint64_t key, const int64_t *cells)
{
    if (r->n == r->cap)
        reserve(r);
    uint64_t i = r->n++;
    r->keys[i] = key;
    for (size_t k = 0; k < r->n_dicts; k++) { /* MS_NULL_I64 becomes MS_NULL_CODE */
        unsigned c = r->dicts[k];
        ((uint32_t *)r->columns[c])[i] = cells[c] < 0 ? MS_NULL_CODE : (uint32_t)cells[c];
        r->seen[c] |= cells[c] != MS_NULL_I64;
    }
    for (size_t k = 0; k < r->n_ints; k++) {
        unsigned c = r->ints[k];
        ((int64_t *)r->columns[c])[i] = cells[c];
        r->seen[c] |= cells[c] ^ r->null[c];
    }
}
