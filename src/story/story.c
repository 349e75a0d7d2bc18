#include "story/story.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/memory.h"
#include "pipeline/copies.h"
#include "pipeline/host_map.h"
#include "story/search.h"

/* Two for the mails of a session and the sessions of a mail; with hops, a chain of hosts as long as mails may pass. */
enum { MAX_PASSES = 100 };

static unsigned available_cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

/* Years, names and the order of the files, as ingest settles them. */
static enum ms_status begin(struct ms_stories *s, struct ms_error *err)
{
    const struct ms_story_config *config = s->config;
    struct ms_input_options options = {.segment_bytes = config->segment_bytes,
                                       .stripe_lines = UINT64_MAX, /* the first pass keeps nothing of a line */
                                       .n_threads = s->n_workers,
                                       .no_digest = true,
                                       .is_dataset = ms_dataset_is,
                                       .first_stamp = ms_first_stamp};
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        return ms_fail(err, MS_ERR_IO, "cannot get random bytes from the system");
    enum ms_status st = ms_input_open(&s->run.input, config->paths, config->n_paths, &options, err);
    if (st != MS_OK)
        return st;
    s->n_files = ms_input_n_sources(s->run.input);
    s->run.names = ms_names_create();
    ms_correlate_init(&s->run.correlate, s->run.names, s->n_files, true, seed);
    st = config->host_map != NULL ? ms_host_map_read(s->run.names, config->host_map, err) : MS_OK;
    if (st == MS_OK)
        st = ms_run_prescan(&s->run, err);
    if (st == MS_OK)
        st = ms_run_find_copies(&s->run, err);
    s->paths = ms_calloc(s->n_files + 1, sizeof *s->paths);
    s->problems = ms_calloc(s->n_files + 1, sizeof *s->problems);
    s->file_matched = ms_calloc(s->n_files + 1, sizeof *s->file_matched);
    s->clocks = ms_calloc(s->n_files + 1, sizeof *s->clocks);
    for (size_t i = 0; i < s->n_files; i++) {
        s->paths[i] = ms_strdup(ms_input_source(s->run.input, i)->path);
        s->clocks[i] = s->run.correlate.clock.files[i];
    }
    return st;
}

static enum ms_status search(struct ms_stories *s, struct ms_error *err)
{
    enum ms_status st = ms_search_match(s, err);
    if (st == MS_OK && s->n_matched > 0)
        st = ms_fold_init(s, err);
    bool more = s->n_matched > 0;
    while (st == MS_OK && more) {
        st = ms_search_collect(s, err);
        if (st != MS_OK)
            break;
        ms_fold_lines(s);
        more = ms_choose(s) && s->n_passes < MAX_PASSES;
    }
    if (st == MS_OK)
        ms_tell(s);
    return st;
}

enum ms_status ms_stories_find(struct ms_stories **out, const struct ms_story_config *config, struct ms_error *err)
{
    struct ms_stories *s = ms_calloc(1, sizeof *s);
    s->config = config;
    s->n_workers = config->threads != 0 ? config->threads : available_cores();
    s->run_config = (struct ms_config){.paths = config->paths,
                                       .n_paths = config->n_paths,
                                       .zones = config->zones,
                                       .n_zones = config->n_zones,
                                       .year = config->year,
                                       .host = config->host,
                                       .host_map = config->host_map,
                                       .engine = config->engine};
    s->run.config = &s->run_config;
    pthread_mutex_init(&s->run.lock, NULL);
    enum ms_status st = begin(s, err);
    if (st == MS_OK)
        st = search(s, err);
    if (st == MS_OK)
        *out = s;
    else
        ms_stories_destroy(s);
    return st;
}

static void quest_fini(struct ms_quest *q)
{
    ms_keyset_fini(&q->queues);
    ms_times_fini(&q->processes);
    ms_keyset_fini(&q->ids);
}

void ms_stories_destroy(struct ms_stories *s)
{
    quest_fini(&s->wanted);
    quest_fini(&s->have);
    ms_fold_fini(&s->fold);
    if (s->run.correlate.lives != NULL)
        ms_correlate_fini(&s->run.correlate);
    for (size_t i = 0; s->run.years != NULL && i < s->n_files; i++) {
        free(s->run.years[i].note);
        free(s->run.years[i].hosts);
    }
    free(s->run.years);
    ms_names_destroy(s->run.names);
    ms_input_close(s->run.input);
    pthread_mutex_destroy(&s->run.lock);
    ms_needles_destroy(s->needles);
    for (size_t i = 0; i < s->n_files; i++) {
        free(s->paths != NULL ? s->paths[i] : NULL);
        free(s->problems != NULL ? s->problems[i] : NULL);
    }
    free(s->paths);
    free(s->problems);
    free((void *)s->file_matched);
    free(s->clocks);
    free(s->matched);
    free(s->lines.items);
    ms_arena_fini(&s->texts);
    free(s->told);
    free(s);
}

/* ---- what was found ---- */

size_t ms_stories_count(const struct ms_stories *s)
{
    return s->n_stories;
}

unsigned ms_stories_passes(const struct ms_stories *s)
{
    return s->n_passes;
}

size_t ms_stories_n_lines(const struct ms_stories *s)
{
    return s->n_told;
}

struct ms_story_line ms_stories_line(const struct ms_stories *s, size_t i)
{
    const struct ms_line *line = &s->lines.items[s->told[i].line];
    uint32_t file = ms_row_file(line->key);
    bool is_known = line->time_us != MS_NONE && (line->has_year || s->clocks[file].year_known);
    struct ms_span host = line->host_id == MS_NO_NAME ? MS_SPAN_NULL : ms_names_host(s->run.names, line->host_id);
    return (struct ms_story_line){.story = s->told[i].story,
                                  .file = file,
                                  .offset = (uint64_t)ms_row_offset(line->key),
                                  .time_us = is_known ? line->time_us : MS_NONE,
                                  .host = host,
                                  .queue_id = line->queue_id,
                                  .text = line->text,
                                  .matched = line->matched};
}

size_t ms_stories_n_files(const struct ms_stories *s)
{
    return s->n_files;
}

const char *ms_stories_path(const struct ms_stories *s, size_t file)
{
    return s->paths[file];
}

bool ms_stories_file_matched(const struct ms_stories *s, size_t file)
{
    return s->file_matched[file];
}

const char *ms_stories_problem(const struct ms_stories *s, size_t file)
{
    return s->problems[file];
}
