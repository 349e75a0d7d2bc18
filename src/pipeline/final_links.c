/* The tables links and mails: joined when all is read, then written part by part, so that only one part is in memory. */
#include <stdlib.h>

#include "base/memory.h"
#include "correlate/links_resolve.h"
#include "pipeline/run.h"

#define LIMIT_BYTES (UINT64_C(64) << 20)
#define MAX_PLACES 4096u
#define MAIL_ROWS (UINT64_C(1) << 20) /* of a part of mails */

struct linking {
    struct ms_run *run;
    struct ms_summary *summary;
    struct ms_dict dict;
    struct ms_arena arena;
    struct ms_rows rows;
    enum ms_table_id table;
    uint32_t part;
    /* place_of: stripes, or as many of them as keep the number of places in bounds */
    uint64_t *starts; /* of each file in the text of all */
    uint64_t place_bytes;
    uint64_t n_mail_rows;
};

static size_t place_of(const void *linking, uint64_t key)
{
    const struct linking *l = linking;
    return (l->starts[ms_row_file(key)] + (uint64_t)ms_row_offset(key)) / l->place_bytes;
}

static size_t make_places(struct linking *l)
{
    const struct ms_config *config = l->run->config;
    uint64_t stripe = config->stripe_bytes ? config->stripe_bytes : MS_STRIPE_BYTES, total = 0;
    size_t n_files = ms_input_n_sources(l->run->input);
    l->starts = ms_malloc(n_files * sizeof *l->starts + 1);
    for (uint32_t i = 0; i < n_files; i++) {
        l->starts[i] = total;
        total += ms_input_source(l->run->input, i)->text_bytes;
    }
    uint64_t n_stripes = total / stripe + 1;
    l->place_bytes = stripe * ((n_stripes + MAX_PLACES - 1) / MAX_PLACES);
    return (size_t)(total / l->place_bytes) + 1;
}

static void begin_table(struct linking *l, enum ms_table_id table)
{
    ms_dict_init(&l->dict, l->run->correlate.seed);
    ms_rows_init(&l->rows, &ms_tables[table]);
    l->table = table;
    l->part = 0;
}

static void end_table(struct linking *l)
{
    ms_rows_fini(&l->rows);
    ms_dict_fini(&l->dict);
    ms_arena_fini(&l->arena);
}

/* Writes what is staged as the next part, if there is anything. */
static enum ms_status write_part(struct linking *l, struct ms_error *err)
{
    struct ms_run *run = l->run;
    struct ms_rows *rows = &l->rows;
    const struct ms_dict *dict = &l->dict;
    struct ms_wanted wanted = {l->table, "part", l->part++, &rows};
    struct ms_plan plan;
    if (rows->n == 0)
        return MS_OK;
    ms_plan_begin(&plan, &dict, 1, &wanted, 1, run->table_dirs);
    ms_plan_sort(&plan);
    enum ms_status st = ms_plan_encode(&plan, &run->workers[0].scratch, err);
    if (st == MS_OK)
        st = ms_plan_write(&plan, err);
    run->table_has_part[l->table] = true;
    run->dataset_bytes += plan.bytes_written;
    ms_plan_end(&plan);
    ms_rows_reset(&l->rows);
    ms_dict_reset(&l->dict);
    ms_arena_reset(&l->arena);
    return st;
}

static enum ms_status write_links(struct linking *l, struct ms_resolve *resolve, struct ms_error *err)
{
    enum ms_status st = MS_OK;
    begin_table(l, MS_LINKS);
    for (size_t place = 0; st == MS_OK && place < resolve->n_places; place++) {
        st = ms_links_rows(resolve, place, &l->dict, &l->arena, &l->rows, err);
        l->summary->n_links += l->rows.n;
        if (st == MS_OK)
            st = write_part(l, err);
    }
    end_table(l);
    return st;
}

static enum ms_status add_mail_row(void *linking, uint64_t txn_id, uint64_t mail_id, struct ms_error *err)
{
    struct linking *l = linking;
    int64_t v[MS_N_COL_mails] = {[MS_COL_mails_txn_id] = (int64_t)txn_id, [MS_COL_mails_mail_id] = (int64_t)mail_id};
    ms_rows_append(&l->rows, l->n_mail_rows++, v);
    return l->rows.n < MAIL_ROWS ? MS_OK : write_part(l, err);
}

static enum ms_status write_mails(struct linking *l, struct ms_resolve *resolve, struct ms_error *err)
{
    begin_table(l, MS_MAILS);
    enum ms_status st = ms_mails_make(&resolve->mails, add_mail_row, l, err);
    if (st == MS_OK)
        st = write_part(l, err);
    end_table(l);
    return st;
}

void ms_run_bound_links(const struct ms_run *run, struct ms_links *links)
{
    ms_links_spill_to(links, run->table_dirs[MS_LINKS], LIMIT_BYTES / run->n_workers);
}

enum ms_status ms_run_links(struct ms_run *run, struct ms_summary *summary, struct ms_error *err)
{
    struct linking l = {.run = run, .summary = summary};
    struct ms_resolve resolve = {.names = run->names,
                                 .dir_fd = run->table_dirs[MS_LINKS],
                                 .limit_bytes = LIMIT_BYTES,
                                 .n_places = make_places(&l),
                                 .place_of = place_of,
                                 .place_arg = &l};
    struct ms_links **all = ms_malloc(run->n_workers * sizeof *all);
    for (unsigned w = 0; w < run->n_workers; w++)
        all[w] = &run->workers[w].correlator->links;
    enum ms_status st = ms_links_resolve(&resolve, all, run->n_workers, err);
    if (st == MS_OK)
        st = write_links(&l, &resolve, err);
    if (st == MS_OK)
        st = write_mails(&l, &resolve, err);
    ms_resolve_fini(&resolve);
    free(all);
    free(l.starts);
    return st;
}
