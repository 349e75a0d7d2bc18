/* Staging of rows, column by column, until their stripe is assembled. A row is given as one array of int64_t, a cell each:
 * numbers as they are (MS_T_DOUBLE by ms_double_cell), MS_T_DICT as a code of the worker's dictionary, MS_T_UNIQUE as a `const struct ms_text *` (NULL: 0).
 * MS_NULL_I64 is NULL everywhere else. Thread rule: one owner. */
#ifndef MS_COLUMNAR_ROWS_H
#define MS_COLUMNAR_ROWS_H

#include "base/arena.h"
#include "columnar/schema.h"
#include "columnar/values.h"

struct ms_text { /* bytes with their length, in an arena; valid UTF-8 */
    uint32_t n;
    char p[];
};

/* A repaired copy in the arena, as a cell of a MS_T_UNIQUE column (0 for the NULL span). */
int64_t ms_text_cell(struct ms_arena *arena, struct ms_span raw);

#define MS_MAX_COLUMNS 48

/* The cell that means NULL. */
#define MS_NULL_CELL(type) ((type) == MS_T_UNIQUE ? 0 : MS_NULL_I64)

/* Columns stand in blocks that never move and are used again for the next stripe: fresh pages and copies of what has grown
 * cost more than the rows themselves. A row is made in place behind the rows before it, and each batch goes to the columns
 * together. A column in which all rows so far are alike (most often NULL) is one value, and no cell of it is written. */
enum { MS_ROWS_BLOCK = 1024, MS_ROWS_BATCH = 16 };

/* A column's cells in a batch. Columns of a batch lie one behind the other, so what is done with 16 cells is done by vectors; a row
 * begins at its cell of the first one: `*cells[column]`. */
typedef int64_t ms_cells[MS_ROWS_BATCH];

enum ms_cell_kind { MS_CELL_WIDE, MS_CELL_CODE, MS_CELL_NARROW };

struct ms_filled_column {
    uint16_t column;
    uint8_t kind; /* enum ms_cell_kind */
    bool varied;  /* its cells are written; false: all are `same` */
    uint32_t place;
    int64_t same; /* as it would be appended; a number that does not fit is MS_NULL_I64 */
};

struct ms_rows {
    const struct ms_table *table;
    uint64_t n;
    size_t n_filled, n_batch;
    struct ms_filled_column filled[MS_MAX_COLUMNS]; /* the columns that this version fills */
    uint8_t filled_as[MS_MAX_COLUMNS];              /* by column: index in `filled`, MS_NOT_FILLED */
    char **blocks;
    size_t n_blocks, cap_blocks, block_bytes;
    ms_cells *batch; /* cells of the last rows, n_batch of them, by column */
    int64_t *nulls;  /* a row without values */
};
#define MS_NOT_FILLED UINT8_MAX

void ms_rows_init(struct ms_rows *r, const struct ms_table *table);
void ms_rows_fini(struct ms_rows *r);
void ms_rows_reset(struct ms_rows *r); /* no rows, memory kept */
/* A new row: its cells, all NULL, to be filled in before the next call for the same table. */
ms_cells *ms_rows_begin(struct ms_rows *r, uint64_t key);
/* The same for cells that stand elsewhere. */
void ms_rows_append(struct ms_rows *r, uint64_t key, const int64_t *cells);
/* Before the columns are read: all rows are in them. */
void ms_rows_settle(struct ms_rows *r);
/* The same for a column in which all rows are alike here: its cells are written then. */
void ms_rows_settle_column(struct ms_rows *r, size_t column);

/* NULL: the column is not filled. */
static inline const struct ms_filled_column *ms_rows_column(const struct ms_rows *r, size_t column)
{
    return r->filled_as[column] == MS_NOT_FILLED ? NULL : &r->filled[r->filled_as[column]];
}

/* The address of a settled row: of its key. The cell of a varied column stands at `place` bytes from it; it is an int64_t (I64,
 * TIME, DOUBLE; MS_NULL_I64 is NULL), an int32_t (I32, BOOL; INT32_MIN is NULL: a number that does not fit is not known), a uint32_t
 * (DICT) or a `const struct ms_text *` (UNIQUE). */
static inline const char *ms_rows_at(const struct ms_rows *r, uint64_t i)
{
    return r->blocks[i / MS_ROWS_BLOCK] + i % MS_ROWS_BLOCK * sizeof(uint64_t);
}
/* One cell of a settled row, in the form in which it was appended. The slow way; columns are read by ms_rows_at. */
int64_t ms_rows_cell(const struct ms_rows *r, uint64_t i, size_t column);

/* The key of the line at `offset` of file `file_id`. */
static inline uint64_t ms_row_key(uint32_t file_id, uint64_t offset)
{
    return (uint64_t)file_id << 44 | offset;
}

static inline uint32_t ms_row_file(uint64_t key)
{
    return (uint32_t)(key >> 44);
}

static inline int64_t ms_row_offset(uint64_t key)
{
    return (int64_t)(key & ((UINT64_C(1) << 44) - 1));
}

/* Numbers as facts and events hold them: their marks for "not there" become NULL. */
static inline int64_t ms_small_cell(int32_t n)
{
    return n == INT32_MIN ? MS_NULL_I64 : n;
}

/* All cells NULL; `table` is one of ms_tables. */
static inline void ms_cells_clear(int64_t *cells, const struct ms_table *table)
{
    memcpy(cells, ms_null_cells[table - ms_tables], table->n_columns * sizeof *cells);
}

static inline int64_t ms_code_cell(uint32_t code)
{
    return code == MS_NULL_CODE ? MS_NULL_I64 : (int64_t)code;
}

#endif
