/* The input of each pass, and its workers. */
#include <stdlib.h>

#include "base/memory.h"
#include "story/search.h"

static enum ms_status changed(struct ms_error *err)
{
    return ms_fail(err, MS_ERR_IO, "the files changed while they were searched; try again");
}

/* File ids of all passes are those of the first. */
static enum ms_status reorder(struct ms_stories *s, struct ms_error *err)
{
    size_t n = ms_input_n_sources(s->run.input);
    int64_t *rank = ms_malloc((n + 1) * sizeof *rank);
    uint32_t *was = ms_malloc((n + 1) * sizeof *was);
    enum ms_status st = n == s->n_files ? MS_OK : changed(err);
    for (size_t i = 0; st == MS_OK && i < n; i++) {
        const char *path = ms_input_source(s->run.input, i)->path;
        size_t at = 0;
        while (at < n && strcmp(s->paths[at], path) != 0)
            at++;
        rank[i] = (int64_t)at;
        if (at == n)
            st = changed(err);
    }
    if (st == MS_OK)
        ms_input_reorder(s->run.input, rank, was);
    free(rank);
    free(was);
    return st;
}

enum ms_status ms_search_open(struct ms_stories *s, struct ms_error *err)
{
    struct ms_input_options options = {.segment_bytes = s->config->segment_bytes,
                                       .n_threads = s->n_workers,
                                       .no_digest = true,
                                       .is_dataset = ms_dataset_is,
                                       .first_stamp = ms_first_stamp};
    s->n_passes++;
    struct ms_clock *clock = &s->run.correlate.clock;
    clock->turn = 0;
    clock->cancelled = false;
    clock->n_hosts = 0;
    memcpy(clock->files, s->clocks, s->n_files * sizeof *clock->files);
    if (s->run.input != NULL) /* the first pass: opened for the prescan */
        return MS_OK;
    enum ms_status st = ms_input_open(&s->run.input, (const char *const *)s->paths, s->n_files, &options, err);
    return st == MS_OK ? reorder(s, err) : st == MS_ERR_USAGE ? changed(err) : st;
}

void ms_search_close(struct ms_stories *s)
{
    for (size_t i = 0; s->run.input != NULL && i < s->n_files; i++) {
        const struct ms_source *source = ms_input_source(s->run.input, i);
        if (source->status != MS_SOURCE_OK && s->problems[i] == NULL)
            s->problems[i] = ms_strdup(source->error != NULL ? source->error : source->path);
    }
    ms_input_close(s->run.input);
    s->run.input = NULL;
}

/* ---- workers ---- */

struct worker {
    struct ms_stories *s;
    ms_segment_fn fn;
    void *state;
    pthread_t thread;
};

static void *work(void *arg)
{
    struct worker *w = arg;
    struct ms_run *run = &w->s->run;
    struct ms_segment segment;
    struct ms_error err = {{0}};
    while (!run->failed) {
        enum ms_status st = ms_input_next(run->input, &segment, &err);
        if (st == MS_END)
            break;
        if (st == MS_OK) {
            st = w->fn(w->state, &segment, &err);
            ms_segment_done(run->input, &segment);
        }
        if (st != MS_OK)
            ms_run_fail(run, st, &err);
    }
    return NULL;
}

enum ms_status ms_search_pass(struct ms_stories *s, ms_segment_fn fn, char *states, size_t state_bytes,
                              struct ms_error *err)
{
    struct worker *workers = ms_calloc(s->n_workers, sizeof *workers);
    unsigned n_started = 1;
    for (unsigned i = 0; i < s->n_workers; i++)
        workers[i] = (struct worker){.s = s, .fn = fn, .state = states + i * state_bytes};
    while (n_started < s->n_workers && pthread_create(&workers[n_started].thread, NULL, work, &workers[n_started]) == 0)
        n_started++; /* fewer do as well */
    work(&workers[0]);
    for (unsigned i = 1; i < n_started; i++)
        pthread_join(workers[i].thread, NULL);
    free(workers);
    return s->run.status == MS_OK ? MS_OK : ms_fail(err, s->run.status, "%s", s->run.error.text);
}
