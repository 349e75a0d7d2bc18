#include "pipeline/encode.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

void ms_encode_scratch_init(struct ms_encode_scratch *s)
{
    *s = (struct ms_encode_scratch){.encoder = ms_encoder_create()};
}

void ms_encode_scratch_fini(struct ms_encode_scratch *s)
{
    ms_encoder_destroy(s->encoder);
    ms_column_scratch_fini(&s->columns);
}

void ms_plan_begin(struct ms_plan *p, const struct ms_dict *const *dicts, size_t n_workers,
                   const struct ms_wanted *wanted, size_t n_wanted, const int *table_dirs)
{
    *p = (struct ms_plan){.n_workers = n_workers, .table_dirs = table_dirs};
    ms_unified_init(&p->unified, dicts, n_workers);
    p->parts = ms_calloc(n_wanted, sizeof *p->parts);
    for (size_t i = 0; i < n_wanted; i++) {
        uint64_t n = 0;
        for (size_t w = 0; w < n_workers; w++)
            n += wanted[i].rows[w]->n;
        if (n == 0)
            continue;
        struct ms_part *part = &p->parts[p->n_parts++];
        part->table = wanted[i].table;
        snprintf(part->name, sizeof part->name, "%s-%05u.parquet", wanted[i].prefix, wanted[i].number);
        part->rows = ms_malloc(n_workers * sizeof *part->rows);
        memcpy(part->rows, wanted[i].rows, n_workers * sizeof *part->rows);
        part->n_groups = (n + MS_ROW_GROUP_ROWS - 1) / MS_ROW_GROUP_ROWS;
        part->chunks = ms_calloc(part->n_groups * ms_tables[part->table].n_columns, sizeof(struct ms_chunk *));
        p->n_tasks += part->n_groups * ms_tables[part->table].n_columns;
    }
}

void ms_plan_end(struct ms_plan *p)
{
    for (size_t i = 0; i < p->n_parts; i++) {
        struct ms_part *part = &p->parts[i];
        for (uint64_t k = 0; k < part->n_groups * ms_tables[part->table].n_columns; k++)
            if (part->chunks[k] != NULL)
                ms_chunk_destroy(part->chunks[k]);
        free(part->chunks);
        free(part->rows);
        ms_assembly_fini(&part->assembly);
    }
    free(p->parts);
    ms_unified_fini(&p->unified);
}

void ms_plan_sort(struct ms_plan *p)
{
    size_t i;
    while ((i = atomic_fetch_add(&p->next_sort, 1)) < p->n_parts)
        ms_assembly_init(&p->parts[i].assembly, p->parts[i].rows, p->n_workers, &p->unified);
}

enum ms_status ms_plan_encode(struct ms_plan *p, struct ms_encode_scratch *s, struct ms_error *err)
{
    size_t task;
    enum ms_status st = MS_OK;
    while (st == MS_OK && (task = atomic_fetch_add(&p->next_column, 1)) < p->n_tasks) {
        struct ms_part *part = p->parts;
        for (; task >= part->n_groups * ms_tables[part->table].n_columns; part++)
            task -= part->n_groups * ms_tables[part->table].n_columns;
        size_t n_columns = ms_tables[part->table].n_columns, group = task / n_columns;
        uint64_t first = group * MS_ROW_GROUP_ROWS, n = part->assembly.n_rows - first;
        struct ms_values values;
        ms_assembly_column(&part->assembly, task % n_columns, first, n < MS_ROW_GROUP_ROWS ? n : MS_ROW_GROUP_ROWS,
                           &s->columns, &values);
        st = ms_chunk_encode(s->encoder, &values, &part->chunks[task], err);
    }
    return st;
}

static enum ms_status write_part(struct ms_plan *p, struct ms_part *part, struct ms_error *err)
{
    struct ms_parquet_writer *w;
    size_t n_columns = ms_tables[part->table].n_columns;
    uint64_t bytes = 0, left = part->assembly.n_rows;
    enum ms_status st = ms_parquet_create(&w, p->table_dirs[part->table], part->name, &ms_tables[part->table], err);
    if (st != MS_OK)
        return st;
    for (uint64_t g = 0; g < part->n_groups; g++, left -= MS_ROW_GROUP_ROWS) {
        st = ms_parquet_append(w, part->chunks + g * n_columns, left < MS_ROW_GROUP_ROWS ? left : MS_ROW_GROUP_ROWS,
                               err);
        memset(part->chunks + g * n_columns, 0, n_columns * sizeof *part->chunks); /* the writer has them now */
        if (st != MS_OK) {
            ms_parquet_abort(w);
            return st;
        }
    }
    st = ms_parquet_finish(w, &bytes, err);
    p->bytes_written += bytes;
    return st;
}

enum ms_status ms_plan_write(struct ms_plan *p, struct ms_error *err)
{
    size_t i;
    enum ms_status st = MS_OK;
    while (st == MS_OK && (i = atomic_fetch_add(&p->next_file, 1)) < p->n_parts)
        st = write_part(p, &p->parts[i], err);
    return st;
}

enum ms_status ms_write_empty_part(enum ms_table_id table, int table_dir, uint64_t *bytes, struct ms_error *err)
{
    struct ms_parquet_writer *w;
    enum ms_status st = ms_parquet_create(&w, table_dir, "part-00000.parquet", &ms_tables[table], err);
    return st == MS_OK ? ms_parquet_finish(w, bytes, err) : st;
}
