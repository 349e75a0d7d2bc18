/* From the staged rows of all workers to the columns of one part, in an order and with a numbering that depend on the rows
 * alone: rows by the line they cite (messages of one line by txn_id), dictionary codes by first appearance in the column.
 *
 * Thread rule: ms_assembly_init from one thread; ms_assembly_column from any number of threads, one ms_column_scratch each. */
#ifndef MS_COLUMNAR_ASSEMBLE_H
#define MS_COLUMNAR_ASSEMBLE_H

#include "columnar/dict.h"
#include "columnar/rows.h"
#include "columnar/values.h"

/* The same string under one number, whichever worker's dictionary holds it: unified[w][code]. */
struct ms_unified {
    uint32_t **codes; /* NULL for a single worker: its codes are the numbers */
    struct ms_span *texts;
    uint32_t n_texts;
    size_t n_workers;
};

void ms_unified_init(struct ms_unified *u, const struct ms_dict *const *dicts, size_t n_workers);
void ms_unified_fini(struct ms_unified *u);

struct ms_assembly {             /* of one table */
    struct ms_rows *const *rows; /* one a worker, borrowed */
    size_t n_workers;
    const struct ms_unified *unified;
    const char **order; /* the rows' addresses (ms_rows_at) */
    uint16_t *workers;  /* whose they are; NULL for a single worker */
    uint64_t n_rows;
    /* By index in `filled` of the rows. A column that does not vary: the cell of all rows, a code as a unified number. */
    bool varied[MS_MAX_COLUMNS];
    int64_t same[MS_MAX_COLUMNS];
};

/* Settles the rows. */
void ms_assembly_init(struct ms_assembly *a, struct ms_rows *const *rows, size_t n_workers,
                      const struct ms_unified *unified);
void ms_assembly_fini(struct ms_assembly *a);

struct ms_column_scratch { /* a thread's; {0} is empty */
    int64_t *ints;
    uint32_t *codes;
    struct ms_span *strings, *dict;
    size_t cap_rows, cap_dict;
    uint32_t *seen; /* unified number -> code of this column + base; what was before this column is less than base */
    size_t cap_seen;
    uint32_t base;
};

void ms_column_scratch_fini(struct ms_column_scratch *s);

/* The values of column `c`, rows [first, first + n). Borrow the scratch until its next use. */
void ms_assembly_column(const struct ms_assembly *a, size_t c, uint64_t first, uint64_t n, struct ms_column_scratch *s,
                        struct ms_values *out);

#endif
