#include "pipeline/ingest.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>

#include "base/memory.h"
#include "base/room.h"
#include "pipeline/append.h"
#include "pipeline/copies.h"
#include "pipeline/host_map.h"
#include "pipeline/resume.h"
#include "pipeline/run.h"

static unsigned available_cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static double now_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

char *ms_run_folder(const struct ms_config *config)
{
    const char *dataset = config->dataset, *temporary = getenv("TMPDIR");
    if (dataset == NULL) /* of a run that reads only */
        return ms_strdup(temporary != NULL && temporary[0] != 0 ? temporary : "/tmp");
    size_t n = strlen(dataset);
    while (n > 1 && dataset[n - 1] == '/')
        n--;
    const char *slash = memrchr(dataset, '/', n);
    return slash == NULL ? ms_strdup(".") : ms_sprintf("%.*s", slash == dataset ? 1 : (int)(slash - dataset), dataset);
}

static enum ms_status open_input(struct ms_run *run, struct ms_error *err)
{
    const struct ms_config *config = run->config;
    char *folder = ms_run_folder(config);
    const char *const *paths = NULL;
    size_t n_paths = 0;
    enum ms_status st = ms_append_paths(run, &paths, &n_paths, err);
    if (st != MS_OK) {
        free(folder);
        return st;
    }
    struct ms_input_options options = {.segment_bytes = config->segment_bytes,
                                       .n_threads = run->n_workers,
                                       .stripe_bytes = config->stripe_bytes,
                                       .evidence = config->evidence,
                                       .keep_text_digest = config->append,
                                       .cancelled = config->cancelled,
                                       .spool_dir = folder,
                                       .known = ms_append_goes_on(run->append) ? run->append->known : NULL,
                                       .n_known = ms_append_goes_on(run->append) ? run->append->n_files : 0,
                                       .is_dataset = ms_dataset_is,
                                       .first_stamp = ms_first_stamp};
    st = ms_input_open(&run->input, paths, n_paths, &options, err);
    free(folder);
    return st;
}

/* Our own signatures and the user's patterns: one pass over all bytes. */
static enum ms_status make_patterns(struct ms_run *run, struct ms_error *err)
{
    const struct ms_config *config = run->config;
    size_t n;
    const struct ms_pattern *kinds = ms_kind_patterns(&n);
    if (config->patterns == NULL)
        return ms_patterns_create(&run->patterns, kinds, n, config->engine, config->cache_dir, err);
    enum ms_status st = ms_user_patterns_read(&run->user_patterns, config->patterns, err);
    if (st != MS_OK)
        return st;
    const struct ms_user_patterns *users = run->user_patterns;
    struct ms_pattern *all = ms_malloc((n + users->n) * sizeof *all);
    memcpy(all, kinds, n * sizeof *all);
    memcpy(all + n, users->items, users->n * sizeof *all);
    st = ms_patterns_create(&run->patterns, all, n + users->n, config->engine, config->cache_dir, err);
    free(all);
    return st;
}

/* The sources, the years of their stamps, and which of their lines are copies. */
static enum ms_status look_at_input(struct ms_run *run, uint64_t seed, struct ms_error *err)
{
    const struct ms_config *config = run->config;
    size_t n_files = ms_input_n_sources(run->input);
    run->years = ms_calloc(n_files, sizeof *run->years);
    ms_correlate_init(&run->correlate, run->names, n_files, config->whole_lists, seed);
    if (run->user_patterns != NULL)
        run->correlate.matches =
            ms_matches_create((const char *const *)run->user_patterns->names, run->user_patterns->n, MS_USER_PATTERN);
    enum ms_status st = ms_append_restore(run, err);
    if (st == MS_OK && config->host_map != NULL)
        st = ms_host_map_read(run->names, config->host_map, err);
    if (st == MS_OK)
        st = ms_run_prescan(run, err);
    if (st == MS_OK)
        st = ms_append_check_order(run, err);
    if (st == MS_OK)
        ms_run_hold_lines(run);
    return st == MS_OK ? ms_run_find_copies(run, err) : st;
}

static enum ms_status begin_publish(struct ms_run *run, struct ms_error *err)
{
    const struct ms_config *config = run->config;
    enum ms_publish_mode mode = config->force ? MS_PUBLISH_REPLACE : MS_PUBLISH_NEW;
    enum ms_status st = MS_OK;
    if (run->publish == NULL)
        st = ms_run_publish(run, mode, err);
    for (enum ms_table_id t = 0; st == MS_OK && t < MS_N_TABLES; t++) {
        run->table_dirs[t] = ms_publish_table_dir(run->publish, ms_tables[t].name, err);
        if (run->table_dirs[t] < 0)
            st = MS_ERR_IO;
    }
    if (st == MS_OK && ms_append_goes_on(run->append))
        ms_run_keep_parts(run);
    return st;
}

static void count_work(const struct ms_run *run)
{
    struct ms_progress *progress = run->config->progress;
    for (size_t i = 0; progress != NULL && i < ms_input_n_sources(run->input); i++)
        if (!ms_input_source(run->input, i)->is_absent)
            progress->stored_bytes += ms_input_source(run->input, i)->size_bytes;
}

static bool any_readable(const struct ms_run *run)
{
    for (size_t i = 0; i < ms_input_n_sources(run->input); i++)
        if (ms_input_source(run->input, i)->status != MS_SOURCE_UNREADABLE)
            return true;
    return false;
}

static enum ms_status open_run(struct ms_run *run, bool *has_news, struct ms_error *err)
{
    const struct ms_config *config = run->config;
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        return ms_fail(err, MS_ERR_IO, "cannot get random bytes from the system");
    run->names = ms_names_create();
    enum ms_status st = make_patterns(run, err);
    if (st == MS_OK && config->append)
        st = ms_append_begin(run, err);
    if (st == MS_OK)
        st = ms_resume_begin(run, err);
    if (st == MS_OK)
        st = open_input(run, err);
    if (st == MS_OK)
        ms_resume_limit(run);
    if (st == MS_OK)
        st = ms_append_know(run, has_news, err);
    if (st == MS_OK && !*has_news)
        st = ms_resume_need_news(run, err);
    if (st != MS_OK || !*has_news)
        return st;
    if (ms_input_n_sources(run->input) == 0)
        return ms_fail(err, MS_ERR_USAGE, "no log file found in what was given; name files or folders that hold logs");
    if (!config->append && !any_readable(run))
        return ms_fail(err, MS_ERR_IO, "%s; nothing of what was given can be read; see to that, or name other files",
                       ms_input_source(run->input, 0)->error);
    count_work(run);
    st = ms_reasons_create(&run->reasons, config->reasons, config->engine, config->cache_dir, err);
    if (st == MS_OK)
        st = look_at_input(run, ms_resume_seed(run, ms_append_goes_on(run->append) ? run->append->seed : seed), err);
    if (st == MS_OK)
        st = ms_resume_go_on(run, err);
    return st == MS_OK ? begin_publish(run, err) : st;
}

static void add_counts(struct ms_summary *s, const struct ms_counts *c)
{
    for (unsigned i = 0; i < MS_N_STATES; i++) {
        s->messages[i] += c->messages[i];
        s->n_messages += c->messages[i];
    }
    for (unsigned i = 0; i < 5; i++) {
        s->deliveries[i] += c->deliveries[i];
        s->n_deliveries += c->deliveries[i];
    }
    s->deliveries[MS_DEFERRED] += c->deliveries[MS_WAITING];
    s->n_deliveries += c->deliveries[MS_WAITING];
    s->n_sessions += c->n_rows[MS_SESSIONS];
    s->n_rejects += c->n_rows[MS_REJECTS];
    s->n_logins += c->n_rows[MS_LOGINS];
    s->n_events += c->n_rows[MS_EVENTS];
}

/* What the workers counted, by table and state. */
static void sum_up(struct ms_run *run, struct ms_summary *s)
{
    struct ms_sample samples[MS_N_SAMPLES] = {0};
    if (run->append != NULL)
        add_counts(s, &run->append->base);
    for (unsigned w = 0; w < run->n_workers; w++) {
        struct ms_correlator *c = run->workers[w].correlator;
        struct ms_counts counts = {0};
        memcpy(counts.messages, c->messages, sizeof counts.messages);
        memcpy(counts.deliveries, c->deliveries, sizeof counts.deliveries);
        memcpy(counts.n_rows, c->n_rows, sizeof counts.n_rows);
        add_counts(s, &counts);
        for (size_t i = 0; i < c->n_samples; i++) { /* the first ones of the whole input, in order */
            size_t at = s->n_samples < MS_N_SAMPLES ? s->n_samples++ : MS_N_SAMPLES;
            if (at == MS_N_SAMPLES && c->samples[i].key > samples[--at].key)
                continue;
            for (; at > 0 && samples[at - 1].key > c->samples[i].key; at--)
                samples[at] = samples[at - 1];
            samples[at] = c->samples[i];
        }
    }
    for (size_t i = 0; i < s->n_samples; i++) {
        const struct ms_source *source = ms_input_source(run->input, ms_row_file(samples[i].key));
        s->samples[i] =
            ms_sprintf("%s:%llu: %s", source->path, (unsigned long long)ms_row_offset(samples[i].key), samples[i].text);
    }
}

static enum ms_status finish_run(struct ms_run *run, struct ms_summary *summary, struct ms_error *err)
{
    struct ms_correlator **workers = ms_malloc(run->n_workers * sizeof *workers);
    for (unsigned w = 0; w < run->n_workers; w++)
        workers[w] = run->workers[w].correlator;
    enum ms_status st = ms_correlate_balance(workers, run->n_workers, err);
    free(workers);
    if (st != MS_OK)
        return st;
    sum_up(run, summary);
    ms_resume_sum_up(run, summary);
    if (run->append != NULL)
        st = ms_append_save(run, err);
    for (unsigned w = 0; w < run->n_workers; w++) /* the joins that come now use that memory again */
        ms_correlator_end_stripes(run->workers[w].correlator);
    if (st == MS_OK)
        st = ms_run_links(run, summary, err);
    if (st == MS_OK)
        st = ms_run_final_tables(run, summary, err);
    if (st != MS_OK)
        return st;
    summary->dataset_bytes = run->dataset_bytes;
    struct ms_buffer manifest = {0};
    st = ms_run_manifest(run, summary, &manifest, err);
    if (st == MS_OK) {
        struct ms_publish *publish = run->publish;
        run->publish = NULL; /* commit ends it, whatever comes */
        st = ms_publish_commit(publish, manifest.data, manifest.size_bytes, err);
    }
    ms_buffer_fini(&manifest);
    return st;
}

static void close_run(struct ms_run *run)
{
    for (unsigned w = 0; run->workers && w < run->n_workers; w++) {
        ms_parser_destroy(run->workers[w].parser);
        ms_correlator_destroy(run->workers[w].correlator);
        ms_encode_scratch_fini(&run->workers[w].scratch);
    }
    free(run->workers);
    ms_publish_abort(run->publish);
    for (size_t i = 0; run->years && i < ms_input_n_sources(run->input); i++) {
        free(run->years[i].note);
        free(run->years[i].hosts);
    }
    free(run->years);
    ms_append_end(run->append);
    ms_resume_end(run->resume);
    if (run->correlate.lives != NULL)
        ms_correlate_fini(&run->correlate);
    ms_matches_destroy(run->correlate.matches);
    ms_user_patterns_destroy(run->user_patterns);
    ms_patterns_destroy(run->patterns);
    ms_reasons_destroy(run->reasons);
    ms_names_destroy(run->names);
    ms_input_close(run->input);
    ms_room_end();
    pthread_mutex_destroy(&run->lock);
}

static void begin_phase(const struct ms_config *config, enum ms_phase phase)
{
    if (config->progress != NULL)
        config->progress->phase = phase;
}

enum ms_status ms_ingest(const struct ms_config *config, struct ms_summary *summary, struct ms_error *err)
{
    double start = now_seconds();
    struct ms_run run = {.config = config, .n_workers = config->threads ? config->threads : available_cores()};
    *summary = (struct ms_summary){0};
    pthread_mutex_init(&run.lock, NULL);
    run.resume = ms_resume_create();
    bool has_news = true;
    enum ms_status st = open_run(&run, &has_news, err);
    if (st == MS_OK && has_news) {
        begin_phase(config, MS_PHASE_READ);
        st = ms_run_workers(&run, err);
        begin_phase(config, MS_PHASE_JOIN);
        if (st == MS_OK)
            st = finish_run(&run, summary, err);
    }
    if (st != MS_OK && run.is_reading)
        ms_publish_tell_kept(run.publish, err);
    summary->nothing_new = !has_news;
    close_run(&run);
    if (st != MS_OK) {
        ms_summary_fini(summary);
        return st;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    summary->peak_rss_bytes = (uint64_t)usage.ru_maxrss * 1024;
    summary->seconds = now_seconds() - start;
    summary->n_threads = run.n_workers;
    uint64_t floor = ms_run_memory_floor(run.n_workers);
    if (config->memory_bytes > 0 && config->memory_bytes < floor && config->memory_bytes < summary->peak_rss_bytes)
        summary->memory_floor_bytes = floor;
    return MS_OK;
}
