/* The tables links, mails and verdicts: joined when all is read, then written part by part, so that only one part is in memory. */
#include <stdlib.h>

#include "base/memory.h"
#include "base/numbers.h"
#include "base/parallel.h"
#include "correlate/links_resolve.h"
#include "correlate/verdicts_resolve.h"
#include "pipeline/append.h"
#include "pipeline/resume.h"
#include "pipeline/run.h"

#define MAX_PLACES 4096u
#define MAIL_ROWS (UINT64_C(1) << 20) /* of a part of mails */

struct linking {
    struct ms_run *run;
    struct ms_horizon horizon;
    uint64_t *open_mails; /* lives whose mail has a row that is not final */
    size_t n_open_mails, cap_open_mails;
    struct ms_resolve resolve;
    /* place_of: stripes, or as many of them as keep the number of places in bounds */
    uint64_t *starts; /* of each file in the text of all */
    uint64_t place_bytes;
    /* tasks: 0 makes mails, place + 1 the links of a place */
    atomic_size_t next_task;
    uint32_t *parts; /* by place: how many have rows before it */
    _Atomic uint64_t n_links;
};

struct table { /* a thread's: the rows of one table, from staging to parts */
    struct linking *linking;
    struct ms_encode_scratch *scratch;
    struct ms_dict dict;
    struct ms_arena arena;
    struct ms_rows rows;
    enum ms_table_id id;
    bool is_open;
    uint32_t part;
    uint64_t n_rows; /* of the parts that are written */
};

/* By the text; what is not final comes last, and by the text again. */
static size_t place_of(const void *linking, uint64_t key, int64_t time_us)
{
    const struct linking *l = linking;
    if (ms_append_is_told(l->run, &l->horizon, key, time_us))
        return MS_PLACE_TOLD;
    size_t place = (l->starts[ms_row_file(key)] + (uint64_t)ms_row_offset(key)) / l->place_bytes;
    return time_us < l->horizon.final_us ? place : l->resolve.open_place + place;
}

static bool is_open_place(const struct linking *l, size_t place)
{
    return place >= l->resolve.open_place;
}

/* How many there are, of what is final. */
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

static void begin_table(struct table *t, struct linking *l, enum ms_table_id id, unsigned thread)
{
    *t = (struct table){.linking = l,
                        .scratch = &l->run->workers[thread].scratch,
                        .id = id,
                        .part = ms_publish_next_part(l->run->publish, ms_tables[id].name)};
    ms_dict_init(&t->dict, l->run->correlate.seed);
    ms_rows_init(&t->rows, &ms_tables[id]);
}

static void end_table(struct table *t)
{
    ms_rows_fini(&t->rows);
    ms_dict_fini(&t->dict);
    ms_arena_fini(&t->arena);
}

/* Writes what is staged as the next part, if there is anything. */
static enum ms_status write_part(struct table *t, struct ms_error *err)
{
    struct ms_run *run = t->linking->run;
    struct ms_rows *rows = &t->rows;
    const struct ms_dict *dict = &t->dict;
    struct ms_wanted wanted = {t->id, t->is_open ? "open" : "part", t->part++, &rows};
    struct ms_plan plan;
    if (rows->n == 0)
        return MS_OK;
    ms_plan_begin(&plan, &dict, 1, &wanted, 1, run->table_dirs);
    ms_plan_sort(&plan);
    enum ms_status st = ms_plan_encode(&plan, t->scratch, err);
    if (st == MS_OK)
        st = ms_plan_write(&plan, err);
    pthread_mutex_lock(&run->lock);
    run->table_has_part[t->id] = true;
    run->dataset_bytes += plan.bytes_written;
    pthread_mutex_unlock(&run->lock);
    ms_plan_end(&plan);
    t->n_rows += rows->n;
    ms_rows_reset(&t->rows);
    ms_dict_reset(&t->dict);
    ms_arena_reset(&t->arena);
    return st;
}

struct mail_tables {
    struct table final, open;
};

static enum ms_status add_mail_row(void *tables, uint64_t txn_id, uint64_t mail_id, bool is_final, struct ms_error *err)
{
    struct mail_tables *both = tables;
    struct table *t = is_final ? &both->final : &both->open;
    struct linking *l = t->linking;
    ms_cells *v = ms_rows_begin(&t->rows, t->n_rows + t->rows.n);
    *v[MS_COL_mails_txn_id] = (int64_t)txn_id;
    *v[MS_COL_mails_mail_id] = (int64_t)mail_id;
    if (!is_final && l->run->append != NULL) {
        l->open_mails = ms_grow(l->open_mails, &l->cap_open_mails, l->n_open_mails + 1, sizeof *l->open_mails);
        l->open_mails[l->n_open_mails++] = txn_id;
    }
    return t->rows.n < MAIL_ROWS ? MS_OK : write_part(t, err);
}

static enum ms_status write_mails(struct linking *l, unsigned thread, struct ms_error *err)
{
    struct mail_tables t;
    struct ms_mails *mails = &l->resolve.mails;
    begin_table(&t.final, l, MS_MAILS, thread);
    begin_table(&t.open, l, MS_MAILS, thread);
    t.open.is_open = true;
    t.open.part = 0;
    enum ms_status st = ms_mails_make(mails, ms_append_mails_final_us(l->run, &l->horizon), add_mail_row, &t, err);
    if (st == MS_OK)
        st = write_part(&t.final, err);
    if (st == MS_OK)
        st = write_part(&t.open, err);
    end_table(&t.final);
    end_table(&t.open);
    if (st != MS_OK || l->run->append == NULL)
        return st;
    ms_numbers_sort(l->open_mails, l->n_open_mails);
    return ms_append_save_pairs(l->run, mails, l->open_mails, l->n_open_mails, err);
}

static enum ms_status write_links(struct table *t, size_t place, struct ms_error *err)
{
    struct linking *l = t->linking;
    t->part = l->parts[place];
    t->is_open = is_open_place(l, place);
    enum ms_status st = ms_links_rows(&l->resolve, place, &t->dict, &t->arena, &t->rows, err);
    return st == MS_OK ? write_part(t, err) : st;
}

static void write_tables(void *linking, unsigned thread)
{
    struct linking *l = linking;
    struct ms_run *run = l->run;
    struct table links;
    struct ms_error err = {0};
    size_t task;
    begin_table(&links, l, MS_LINKS, thread);
    while (!run->failed && (task = atomic_fetch_add(&l->next_task, 1)) <= l->resolve.n_places) {
        enum ms_status st = task == 0 ? write_mails(l, thread, &err) : write_links(&links, task - 1, &err);
        if (st != MS_OK)
            ms_run_fail(run, st, &err);
    }
    l->n_links += links.n_rows;
    end_table(&links);
}

static enum ms_status write_verdicts(struct linking *l, struct ms_verdicts_resolve *judge, uint64_t *n_rows,
                                     struct ms_error *err)
{
    enum ms_status st = MS_OK;
    struct table t;
    begin_table(&t, l, MS_VERDICTS, 0);
    for (size_t place = 0; st == MS_OK && place < judge->n_places; place++) {
        t.is_open = is_open_place(l, place);
        t.part = place == l->resolve.open_place ? 0 : t.part;
        st = ms_verdicts_rows(judge, place, &t.dict, &t.arena, &t.rows, err);
        if (st == MS_OK)
            st = write_part(&t, err);
    }
    *n_rows = t.n_rows;
    end_table(&t);
    return st;
}

/* Parts are numbered by place, whoever writes them. */
static void number_parts(struct linking *l)
{
    uint32_t n = ms_publish_next_part(l->run->publish, ms_tables[MS_LINKS].name);
    l->parts = ms_malloc(l->resolve.n_places * sizeof *l->parts + 1);
    for (size_t place = 0; place < l->resolve.n_places; place++) {
        n = place == l->resolve.open_place ? 0 : n;
        l->parts[place] = n;
        n += ms_links_has_rows(&l->resolve, place);
    }
}

void ms_run_bound_links(struct ms_run *run, struct ms_correlator *c)
{
    int links_fd = run->table_dirs[MS_LINKS], verdicts_fd = run->table_dirs[MS_VERDICTS], dir_fd;
    if (ms_resume_name(run, c, &dir_fd))
        links_fd = verdicts_fd = dir_fd;
    ms_links_spill_to(&c->open_links, run->table_dirs[MS_LINKS], run->spool_bytes / run->n_workers);
    ms_links_spill_to(&c->links, links_fd, run->spool_bytes / run->n_workers);
    ms_verdicts_spill_to(&c->verdicts, verdicts_fd, run->spool_bytes / run->n_workers);
}

enum ms_status ms_run_links(struct ms_run *run, struct ms_summary *summary, struct ms_error *err)
{
    struct linking l = {.run = run};
    struct ms_resolve *resolve = &l.resolve;
    size_t n_kept = run->correlate.n_kept, n_verdicts = run->n_workers + n_kept, n_links = n_verdicts + run->n_workers;
    struct ms_links **all = ms_malloc(n_links * sizeof *all);
    struct ms_verdicts **verdicts = ms_malloc(n_verdicts * sizeof *verdicts);
    for (unsigned w = 0; w < run->n_workers; w++) {
        all[w] = &run->workers[w].correlator->links;
        all[run->n_workers + w] = &run->workers[w].correlator->open_links;
        verdicts[w] = &run->workers[w].correlator->verdicts;
    }
    for (size_t i = 0; i < n_kept; i++) {
        all[2 * (size_t)run->n_workers + i] = &run->correlate.kept[i].links;
        verdicts[run->n_workers + i] = &run->correlate.kept[i].verdicts;
    }
    resolve->names = run->names;
    resolve->n_threads = run->n_workers;
    resolve->dir_fd = run->table_dirs[MS_LINKS];
    resolve->limit_bytes = run->spool_bytes;
    l.horizon = ms_append_horizon(run->append);
    resolve->open_place = make_places(&l);
    resolve->n_places = 2 * resolve->open_place;
    resolve->place_of = place_of;
    resolve->place_arg = &l;
    struct ms_verdicts_resolve judge = {.names = run->names,
                                        .dir_fd = run->table_dirs[MS_VERDICTS],
                                        .limit_bytes = run->spool_bytes,
                                        .n_places = resolve->n_places,
                                        .place_of = place_of,
                                        .place_arg = &l};
    enum ms_status st = ms_verdicts_resolve(&judge, verdicts, n_verdicts, all, n_links, err);
    if (st == MS_OK)
        st = ms_links_resolve(resolve, all, n_links, err);
    if (st == MS_OK)
        st = ms_append_load_pairs(run, &resolve->mails, err);
    if (st == MS_OK) {
        number_parts(&l);
        ms_parallel(run->n_workers, write_tables, &l);
        summary->n_links = l.n_links;
        st = run->status == MS_OK ? MS_OK : ms_fail(err, run->status, "%s", run->error.text);
    }
    if (st == MS_OK)
        st = write_verdicts(&l, &judge, &summary->n_verdicts, err);
    ms_verdicts_resolve_fini(&judge);
    ms_resolve_fini(resolve);
    free(all);
    free(verdicts);
    free(l.starts);
    free(l.parts);
    free(l.open_mails);
    return st;
}
