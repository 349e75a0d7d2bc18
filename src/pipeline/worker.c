#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "pipeline/append.h"
#include "pipeline/resume.h"
#include "pipeline/run.h"

void ms_run_fail(struct ms_run *run, enum ms_status st, const struct ms_error *err)
{
    pthread_mutex_lock(&run->lock);
    if (run->status == MS_OK) {
        run->status = st;
        run->error = *err;
    }
    pthread_mutex_unlock(&run->lock);
    run->failed = true;
    ms_clock_cancel(&run->correlate.clock);
}

static void check(struct ms_run *run, enum ms_status st, const struct ms_error *err)
{
    if (st != MS_OK)
        ms_run_fail(run, st, err);
}

/* ---- the phases of a stripe ---- */

static uint64_t count_messages(const struct ms_worker *w)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < MS_N_STATES; i++)
        n += w->correlator->messages[i];
    return n;
}

/* A stripe may last a minute: what its segments close is told at once. */
static void count_progress(const struct ms_worker *w, const struct ms_segment *segment, uint64_t n_messages_before)
{
    struct ms_progress *p = w->run->config->progress;
    if (p == NULL)
        return;
    p->text_bytes += segment->covers_bytes;
    p->stored_done += segment->stored_bytes;
    p->n_messages += count_messages(w) - n_messages_before;
}

static void read_segment(struct ms_worker *w, struct ms_segment *segment)
{
    struct ms_run *run = w->run;
    struct ms_error err = {0};
    uint64_t n_messages = count_messages(w);
    check(run, ms_parse_headers(w->parser, segment, &err), &err);
    if (!run->failed) {
        size_t n_hits;
        const struct ms_line_hit *hits = ms_parsed_hits(w->parser, &n_hits);
        ms_correlator_begin_segment(w->correlator, segment, ms_parsed_stamps(w->parser), ms_parsed_lines(w->parser));
        ms_correlator_hits(w->correlator, hits, n_hits);
        if (ms_correlator_settle(w->correlator, w->parser)) { /* false only when another worker has failed */
            ms_parse_events(w->parser, segment, ms_correlator_line, w->correlator);
            ms_correlator_end_segment(w->correlator);
        }
    }
    count_progress(w, segment, n_messages);
    ms_segment_done(run->input, segment);
}

/* Reads until a segment of the next stripe comes up; that one waits in the worker's hands. Or until the tables have got as much as
 * memory allows. */
static void read_stripe(struct ms_worker *w)
{
    struct ms_run *run = w->run;
    if (w->has_pending && !run->failed) {
        if (w->pending.stripe != run->stripe) { /* its turn comes later still: others have the stripes between */
            run->n_pending++;
            return;
        }
        w->has_pending = false;
        read_segment(w, &w->pending);
    }
    while (!run->failed) {
        run->epoch_is_full |= ms_correlator_epoch_bytes(w->correlator) > run->epoch_bytes;
        if (run->epoch_is_full) {
            run->n_interrupted++;
            return;
        }
        struct ms_error err = {0};
        enum ms_status st = ms_input_next(run->input, &w->pending, &err);
        if (st == MS_END)
            return;
        if (st != MS_OK) {
            ms_run_fail(run, st, &err);
            return;
        }
        if (w->pending.stripe != run->stripe) {
            w->has_pending = true;
            run->n_pending++;
            return;
        }
        read_segment(w, &w->pending);
    }
}

static void seal(struct ms_worker *w, atomic_uint *next_shard, void (*fn)(struct ms_correlator *, unsigned))
{
    unsigned shard;
    while (!w->run->failed && (shard = atomic_fetch_add(next_shard, 1)) < MS_TABLE_SHARDS)
        fn(w->correlator, shard);
}

/* Tables whose rows belong to stripes. */
static const enum ms_table_id tables[] = {MS_MESSAGES, MS_DELIVERIES, MS_SESSIONS, MS_REJECTS,
                                          MS_LOGINS,   MS_EVENTS,     MS_UNPARSED, MS_MATCHES};
enum { N = sizeof tables / sizeof *tables };

/* And those whose rows are final at some time. */
static const enum ms_table_id later_tables[] = {MS_LINKS, MS_MAILS, MS_VERDICTS, MS_COVERAGE};
enum { N_LATER = sizeof later_tables / sizeof *later_tables };

static void keep_parts(struct ms_run *run, enum ms_table_id table)
{
    ms_publish_keep(run->publish, ms_tables[table].name);
    run->table_has_part[table] = ms_publish_next_part(run->publish, ms_tables[table].name) > 0;
}

void ms_run_keep_parts(struct ms_run *run)
{
    for (unsigned i = 0; i < N; i++)
        keep_parts(run, tables[i]);
    for (unsigned i = 0; i < N_LATER; i++)
        keep_parts(run, later_tables[i]);
}

bool ms_run_keeps_table(const char *table)
{
    bool keeps = false;
    for (unsigned i = 0; i < N; i++)
        keeps |= strcmp(ms_tables[tables[i]].name, table) == 0;
    for (unsigned i = 0; i < N_LATER; i++)
        keeps |= strcmp(ms_tables[later_tables[i]].name, table) == 0;
    return keeps;
}

/* One thread: which parts this stripe makes, or round of what is open. */
static void plan(struct ms_run *run)
{
    bool open = run->open_places != NULL;
    uint32_t number = (ms_append_goes_on(run->append) ? run->append->n_stripes : 0) + run->stripe;
    unsigned n = run->n_workers;
    struct ms_rows **rows = ms_malloc(N * n * sizeof *rows);
    const struct ms_dict **dicts = ms_malloc(n * sizeof *dicts);
    struct ms_wanted wanted[N];
    for (unsigned w = 0; w < n; w++)
        dicts[w] = &run->workers[w].correlator->dict;
    for (unsigned i = 0; i < N; i++) {
        wanted[i] =
            (struct ms_wanted){tables[i], open ? "open" : "part", open ? run->open_round : number, rows + i * n};
        for (unsigned w = 0; w < n; w++)
            wanted[i].rows[w] = &run->workers[w].correlator->rows[tables[i]];
    }
    ms_plan_begin(&run->plan, dicts, n, wanted, N, run->table_dirs);
    for (size_t i = 0; i < run->plan.n_parts; i++)
        run->table_has_part[run->plan.parts[i].table] = true;
    free(dicts);
    free(rows);
}

static void encode(struct ms_worker *w, bool first)
{
    struct ms_run *run = w->run;
    struct ms_error err = {0};
    if (first && !run->failed)
        plan(run);
    pthread_barrier_wait(&run->barrier);
    if (!run->failed)
        ms_plan_sort(&run->plan);
    pthread_barrier_wait(&run->barrier);
    if (!run->failed)
        check(run, ms_plan_encode(&run->plan, &w->scratch, &err), &err);
    pthread_barrier_wait(&run->barrier);
    if (!run->failed)
        check(run, ms_plan_write(&run->plan, &err), &err);
    pthread_barrier_wait(&run->barrier);
}

static void clear_tables(struct ms_run *run)
{
    ms_correlate_next_epoch(&run->correlate);
    run->next_shard_sessions = run->next_shard_lives = 0;
}

/* One thread, between two barriers: everything is ready for the next stripe. */
static void turn_page(struct ms_run *run)
{
    uint64_t n_messages = 0;
    for (unsigned w = 0; w < run->n_workers; w++)
        n_messages += count_messages(&run->workers[w]);
    if (run->config->progress != NULL)
        run->config->progress->n_messages = n_messages;
    run->dataset_bytes += run->plan.bytes_written;
    ms_plan_end(&run->plan);
    run->plan = (struct ms_plan){0};
    clear_tables(run);
}

static void checkpoint(struct ms_run *run)
{
    struct ms_error err = {0};
    check(run, ms_resume_turn(run, &err), &err);
}

/* Lists that have gone to a file and back. */
static void check_parked(struct ms_run *run)
{
    for (unsigned i = 0; i < 2; i++) {
        struct ms_error err = {0};
        check(run, ms_parked_check(&run->correlate.parked[i], &err), &err);
    }
}

static void open_shards(struct ms_worker *w, const struct ms_open_round *round)
{
    unsigned shard;
    while (!w->run->failed && (shard = atomic_fetch_add(&w->run->next_shard_lives, 1)) < MS_TABLE_SHARDS)
        ms_correlator_open_shard(w->correlator, shard, round);
}

/* All is read: what is open becomes rows. */
static void tell_open(struct ms_worker *w, bool first)
{
    struct ms_run *run = w->run;
    if (first)
        run->n_open_rounds = run->failed ? 0 : ms_run_cut_rounds(run);
    pthread_barrier_wait(&run->barrier);
    for (uint32_t i = 0, n = run->n_open_rounds; i < n; i++) {
        struct ms_open_round round = ms_run_open_round(run);
        ms_correlator_open_begin(w->correlator, &round);
        pthread_barrier_wait(&run->barrier);
        open_shards(w, &round);
        pthread_barrier_wait(&run->barrier);
        if (first)
            check_parked(run);
        encode(w, first);
        if (first) {
            turn_page(run);
            run->open_round++;
        }
        pthread_barrier_wait(&run->barrier);
    }
    if (first)
        ms_run_end_rounds(run);
}

/* One thread: how far have the workers come? */
static void look_around(struct ms_run *run)
{
    run->stripe_is_over = run->n_interrupted == 0;
    run->correlate.all_read = run->last_stripe = run->stripe_is_over && run->n_pending == 0;
    run->n_pending = run->n_interrupted = 0;
    run->epoch_is_full = false;
}

/* What a worker does with a stripe, or an epoch of it. A failure is seen by all at the same barrier (`failed` is only read behind one
 * for that purpose), so that nobody waits alone. */
static bool work_stripe(struct ms_worker *w, bool first)
{
    struct ms_run *run = w->run;
    read_stripe(w);
    pthread_barrier_wait(&run->barrier);
    if (first)
        look_around(run);
    pthread_barrier_wait(&run->barrier);
    if (!run->failed)
        ms_correlator_tombstones(w->correlator);
    pthread_barrier_wait(&run->barrier);
    seal(w, &run->next_shard_sessions, ms_correlator_seal_sessions);
    pthread_barrier_wait(&run->barrier);
    seal(w, &run->next_shard_lives, ms_correlator_seal_lives);
    pthread_barrier_wait(&run->barrier);
    if (first)
        check_parked(run);
    bool stripe_is_over = run->stripe_is_over;
    if (stripe_is_over)
        encode(w, first); /* (ends with a barrier) */
    bool over = run->last_stripe || (stripe_is_over && run->failed);
    pthread_barrier_wait(&run->barrier);
    if (first && stripe_is_over) {
        turn_page(run);
        run->stripe++;
        if (!over)
            checkpoint(run);
    } else if (first) {
        clear_tables(run);
    }
    pthread_barrier_wait(&run->barrier);
    if (!over) {
        ms_correlator_next_epoch(w->correlator, stripe_is_over);
        return true;
    }
    if (w->has_pending)
        ms_segment_done(run->input, &w->pending);
    tell_open(w, first);
    return false;
}

static void *work(void *worker)
{
    struct ms_worker *w = worker;
    bool first = w == &w->run->workers[0];
    while (work_stripe(w, first))
        ;
    return NULL;
}

enum ms_status ms_run_workers(struct ms_run *run, struct ms_error *err)
{
    size_t n_files = ms_input_n_sources(run->input);
    run->workers = ms_calloc(run->n_workers, sizeof *run->workers);
    ms_run_share_memory(run);
    for (unsigned i = 0; i < run->n_workers; i++) {
        struct ms_worker *w = &run->workers[i];
        w->run = run;
        enum ms_status st = ms_parser_create(&w->parser, run->names, run->patterns, run->config->host, err);
        if (st != MS_OK)
            return st;
        if (run->user_patterns != NULL)
            ms_parser_keep_hits(w->parser, MS_USER_PATTERN);
        w->correlator = ms_correlator_create(&run->correlate, n_files);
        ms_run_bound_links(run, w->correlator);
        ms_encode_scratch_init(&w->scratch);
        st = ms_reason_memory_create(&w->correlator->reasons, run->reasons, run->correlate.seed, err);
        if (st != MS_OK)
            return st;
    }
    enum ms_status loaded = ms_resume_goes_on(run) ? ms_resume_load(run, err) : ms_append_load(run, err);
    if (loaded != MS_OK)
        return loaded;
    run->is_reading = true;
    pthread_barrier_init(&run->barrier, NULL, run->n_workers);
    for (unsigned i = 1; i < run->n_workers; i++)
        if (pthread_create(&run->workers[i].thread, NULL, work, &run->workers[i]) != 0) {
            /* The others wait for one that will never come: there is no clean way on. */
            fprintf(stderr, "mailstrata: cannot start thread %u of %u; try fewer with --threads\n", i, run->n_workers);
            _exit(3);
        }
    work(&run->workers[0]);
    for (unsigned i = 1; i < run->n_workers; i++)
        pthread_join(run->workers[i].thread, NULL);
    pthread_barrier_destroy(&run->barrier);
    if (run->status != MS_OK)
        return ms_fail(err, run->status, "%s", run->error.text);
    return MS_OK;
}
