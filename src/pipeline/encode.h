/* Parts of a stripe: staged rows of all workers to Parquet files, in parallel by column, then by file.
 * Thread rule: plan_begin and plan_end from one thread; the tasks from any, between barriers. */
#ifndef MS_PIPELINE_ENCODE_H
#define MS_PIPELINE_ENCODE_H

#include <stdatomic.h>

#include "columnar/assemble.h"
#include "parquet/writer.h"

struct ms_encode_scratch { /* a thread's */
    struct ms_encoder *encoder;
    struct ms_column_scratch columns;
};

void ms_encode_scratch_init(struct ms_encode_scratch *s);
void ms_encode_scratch_fini(struct ms_encode_scratch *s);

struct ms_part { /* one file to be written */
    enum ms_table_id table;
    char name[32];         /* part-00012.parquet */
    struct ms_rows **rows; /* one a worker */
    struct ms_assembly assembly;
    uint64_t n_groups;
    struct ms_chunk **chunks; /* n_groups * n_columns */
};

struct ms_plan {
    struct ms_unified unified;
    struct ms_part *parts;
    size_t n_parts, n_tasks, n_workers;
    atomic_size_t next_sort, next_column, next_file;
    _Atomic uint64_t bytes_written;
    const int *table_dirs; /* file descriptors by table */
};

/* `wanted[i]` says for which table and name; rows[w] are its staged rows. Parts without rows are left out. */
struct ms_wanted {
    enum ms_table_id table;
    const char *prefix; /* part, open */
    uint32_t number;
    struct ms_rows **rows; /* n_workers; the plan takes a copy of the array */
};
void ms_plan_begin(struct ms_plan *p, const struct ms_dict *const *dicts, size_t n_workers,
                   const struct ms_wanted *wanted, size_t n_wanted, const int *table_dirs);
void ms_plan_end(struct ms_plan *p);

/* The three phases; each thread calls them in turn, with a barrier between. */
void ms_plan_sort(struct ms_plan *p);
MS_NODISCARD enum ms_status ms_plan_encode(struct ms_plan *p, struct ms_encode_scratch *s, struct ms_error *err);
MS_NODISCARD enum ms_status ms_plan_write(struct ms_plan *p, struct ms_error *err);

/* A part without rows, so that every table can be read. */
MS_NODISCARD enum ms_status ms_write_empty_part(enum ms_table_id table, int table_dir, uint64_t *bytes,
                                                struct ms_error *err);

#endif
