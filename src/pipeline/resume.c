#include "pipeline/resume.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "parse/repeats.h"
#include "pipeline/append.h"
#include "pipeline/resume_parts.h"

enum ms_status ms_run_publish(struct ms_run *run, enum ms_publish_mode mode, struct ms_error *err)
{
    const struct ms_config *config = run->config;
    return config->resume ? ms_publish_resume(&run->publish, config->dataset, mode, err)
                          : ms_publish_begin(&run->publish, config->dataset, mode, err);
}

bool ms_resume_goes_on(const struct ms_run *run)
{
    return run->resume->in.fd >= 0;
}

uint64_t ms_resume_seed(const struct ms_run *run, uint64_t fresh)
{
    return ms_resume_goes_on(run) ? run->resume->seed : fresh;
}

struct ms_resume *ms_resume_create(void)
{
    struct ms_resume *r = ms_calloc(1, sizeof *r);
    r->in.fd = -1;
    return r;
}

void ms_resume_end(struct ms_resume *r)
{
    if (r->in.fd >= 0)
        close(r->in.fd);
    ms_state_in_fini(&r->in);
    ms_arena_fini(&r->arena);
    free(r->ends);
    free(r->sources);
    free(r->by_path);
    free(r->parts);
    free(r);
}

static enum ms_status damaged(const struct ms_run *run, struct ms_error *err)
{
    return ms_fail(err, MS_ERR_FORMAT,
                   "the checkpoint in %s is damaged, so nothing can go on from it; begin anew without --resume",
                   run->config->dataset);
}

/* ---- the head ---- */

static const char *get_string(struct ms_resume *r)
{
    struct ms_span text = ms_state_get_text(&r->in, &r->arena);
    if (text.p == NULL)
        return NULL;
    ((char *)(uintptr_t)text.p)[text.n] = '\0'; /* (there is room for it) */
    return text.p;
}

static void get_source(struct ms_resume *r, struct ms_resume_saved *s)
{
    *s = (struct ms_resume_saved){.path = get_string(r)};
    ms_state_get(&r->in, &s->source, sizeof s->source);
    if (s->source.is_done) {
        ms_state_get(&r->in, &s->done, sizeof s->done);
        s->error = get_string(r);
    }
    s->done.digest[32] = s->done.text_digest[32] = '\0';
    s->done.sha256[MS_SHA256_TEXT - 1] = s->done.text_sha256[MS_SHA256_TEXT - 1] = '\0';
    if (s->path == NULL || s->done.status > MS_SOURCE_UNREADABLE)
        r->in.is_bad = true;
}

static int by_path(const void *a, const void *b)
{
    return strcmp((*(const struct ms_resume_saved *const *)a)->path, (*(const struct ms_resume_saved *const *)b)->path);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct ms_resume_part *)a)->name, ((const struct ms_resume_part *)b)->name);
}

static void get_sources(struct ms_resume *r)
{
    size_t cap = 0;
    for (uint64_t n = ms_state_get_count(&r->in); n > 0 && !r->in.is_bad; n--) {
        r->sources = ms_grow(r->sources, &cap, r->n_sources + 1, sizeof *r->sources);
        get_source(r, &r->sources[r->n_sources++]);
    }
    if (r->in.is_bad || r->place.file_id >= r->n_sources) {
        r->in.is_bad = true;
        return;
    }
    r->by_path = ms_malloc(r->n_sources * sizeof *r->by_path);
    for (size_t i = 0; i < r->n_sources; i++)
        r->by_path[i] = &r->sources[i];
    qsort(r->by_path, r->n_sources, sizeof *r->by_path, by_path);
}

static void get_parts(struct ms_resume *r)
{
    size_t cap = 0;
    while (ms_state_get_count(&r->in) == 1) {
        struct ms_resume_part part = {.name = get_string(r)};
        part.size_bytes = ms_state_get_number(&r->in);
        if (part.name == NULL)
            r->in.is_bad = true;
        else {
            r->parts = ms_grow(r->parts, &cap, r->n_parts + 1, sizeof *r->parts);
            r->parts[r->n_parts++] = part;
        }
    }
    if (r->n_parts > 0)
        qsort(r->parts, r->n_parts, sizeof *r->parts, by_name);
}

static enum ms_status check_options(struct ms_run *run, struct ms_error *err)
{
    struct ms_resume *r = run->resume;
    struct ms_buffer now = {0};
    ms_resume_describe(run, &now);
    struct ms_span before = ms_state_get_text(&r->in, &r->arena);
    bool same = ms_span_eq(before, ms_span_of(now.data, now.size_bytes));
    ms_buffer_fini(&now);
    if (r->in.is_bad)
        return damaged(run, err);
    return same ? MS_OK
                : ms_fail(err, MS_ERR_USAGE,
                          "the run that was interrupted in %s had other options; give the same ones (and files for "
                          "--host-map, --reasons and --patterns), or begin anew without --resume",
                          run->config->dataset);
}

static enum ms_status read_head(struct ms_run *run, struct ms_error *err)
{
    struct ms_resume *r = run->resume;
    char magic[sizeof ms_checkpoint_magic];
    ms_state_get(&r->in, magic, sizeof magic);
    uint64_t version = ms_state_get_number(&r->in), layout = ms_state_get_number(&r->in);
    if (r->in.is_bad || memcmp(magic, ms_checkpoint_magic, sizeof magic) != 0)
        return damaged(run, err);
    if (version != MS_CHECKPOINT_VERSION || layout != ms_state_layout())
        return ms_fail(err, MS_ERR_FORMAT,
                       "the run that was interrupted in %s was one of another version of mailstrata, whose checkpoint "
                       "this one cannot read; begin anew without --resume",
                       run->config->dataset);
    enum ms_status st = check_options(run, err);
    if (st != MS_OK)
        return st;
    r->seed = ms_state_get_number(&r->in);
    r->n_names = ms_state_get_number(&r->in);
    ms_state_get(&r->in, &r->place, sizeof r->place);
    ms_state_get(&r->in, r->table_has_part, sizeof r->table_has_part);
    r->dataset_bytes = ms_state_get_number(&r->in);
    get_sources(r);
    get_parts(r);
    return r->in.is_bad ? damaged(run, err) : MS_OK;
}

enum ms_status ms_resume_begin(struct ms_run *run, struct ms_error *err)
{
    const struct ms_config *config = run->config;
    enum ms_status st = MS_OK;
    if (!config->resume)
        return MS_OK;
    if (run->publish == NULL)
        st = ms_run_publish(run, config->force ? MS_PUBLISH_REPLACE : MS_PUBLISH_NEW, err);
    if (st != MS_OK || !ms_publish_is_resumed(run->publish))
        return st;
    run->resume->in.fd = ms_publish_checkpoint_open(run->publish, err);
    return run->resume->in.fd >= 0 ? read_head(run, err) : MS_ERR_IO;
}

/* ---- the sources ---- */

static const struct ms_resume_saved *find_saved(const struct ms_resume *r, const char *path)
{
    const struct ms_resume_saved wanted = {.path = path}, *key = &wanted;
    const struct ms_resume_saved **found = bsearch(&key, r->by_path, r->n_sources, sizeof *r->by_path, by_path);
    return found != NULL ? *found : NULL;
}

void ms_resume_limit(struct ms_run *run)
{
    for (uint32_t i = 0; ms_resume_goes_on(run) && i < ms_input_n_sources(run->input); i++) {
        const struct ms_source *s = ms_input_source(run->input, i);
        const struct ms_resume_saved *saved = find_saved(run->resume, s->path);
        if (saved != NULL && s->compression == MS_PLAIN && s->size_bytes > saved->source.size_bytes)
            ms_input_take_as_before(run->input, i, saved->source.size_bytes, saved->source.written_s);
    }
}

enum ms_status ms_resume_need_news(const struct ms_run *run, struct ms_error *err)
{
    if (!ms_resume_goes_on(run))
        return MS_OK;
    return ms_fail(err, MS_ERR_USAGE,
                   "the run that was interrupted in %s was reading new logs, and what is given now has none; give the "
                   "sources that it had, or leave --resume out",
                   run->config->dataset);
}

static enum ms_status other_sources(const struct ms_run *run, const char *path, const char *what, struct ms_error *err)
{
    return ms_fail(err, MS_ERR_USAGE,
                   "%s %s since the run in %s was interrupted; give the sources that it had, as they were, or begin "
                   "anew without --resume",
                   path, what, run->config->dataset);
}

static bool is_same(const struct ms_run *run, const struct ms_source *s, const struct ms_resume_source *saved)
{
    struct ms_ends ends = {0};
    if (s->size_bytes != saved->size_bytes || s->compression != saved->compression ||
        s->is_absent != saved->is_absent || s->text_start != saved->text_start)
        return false;
    if (s->is_absent)
        return true;
    ends = ms_input_ends(run->input, s->file_id);
    run->resume->ends[s->file_id] = ends;
    return s->written_s == saved->written_s && memcmp(&ends, &saved->ends, sizeof ends) == 0;
}

static enum ms_status check_sources(const struct ms_run *run, struct ms_error *err)
{
    struct ms_resume *r = run->resume;
    size_t n = ms_input_n_sources(run->input);
    bool *is_there = ms_calloc(r->n_sources, sizeof *is_there);
    enum ms_status st = MS_OK;
    r->ends = ms_calloc(n + 1, sizeof *r->ends);
    for (size_t i = 0; i < n && st == MS_OK; i++) {
        const struct ms_source *s = ms_input_source(run->input, i);
        const struct ms_resume_saved *saved = find_saved(r, s->path);
        if (saved == NULL)
            st = other_sources(run, s->path, "has come", err);
        else if (!is_same(run, s, &saved->source))
            st = other_sources(run, s->path, "has been changed", err);
        else
            is_there[saved - r->sources] = true;
    }
    for (size_t i = 0; i < r->n_sources && st == MS_OK; i++)
        if (!is_there[i])
            st = other_sources(run, r->sources[i].path, "has gone", err);
    for (size_t i = 0; i < n && st == MS_OK; i++)
        if (strcmp(ms_input_source(run->input, i)->path, r->sources[i].path) != 0)
            st = other_sources(run, r->sources[i].path, "has come to stand elsewhere in time", err);
    free(is_there);
    return st;
}

static void go_on(struct ms_run *run)
{
    const struct ms_resume *r = run->resume;
    struct ms_progress *progress = run->config->progress;
    for (uint32_t i = 0; i < r->n_sources; i++) {
        const struct ms_resume_saved *s = &r->sources[i];
        if (!s->source.is_done)
            continue;
        struct ms_source done = {.text_bytes = s->done.text_bytes,
                                 .held_bytes = s->done.held_bytes,
                                 .status = s->done.status,
                                 .error = (char *)(uintptr_t)s->error};
        memcpy(done.digest, s->done.digest, sizeof done.digest);
        memcpy(done.text_digest, s->done.text_digest, sizeof done.text_digest);
        memcpy(done.sha256, s->done.sha256, sizeof done.sha256);
        memcpy(done.text_sha256, s->done.text_sha256, sizeof done.text_sha256);
        ms_input_set_done(run->input, i, &done);
        if (progress != NULL)
            progress->stored_bytes -= ms_input_source(run->input, i)->size_bytes;
    }
    ms_input_go_on(run->input, &r->place);
    run->stripe = r->place.stripe;
}

enum ms_status ms_resume_go_on(struct ms_run *run, struct ms_error *err)
{
    struct ms_resume *r = run->resume;
    r->is_able = ms_input_is_repeatable(run->input);
    ms_resume_wait(run, 0);
    if (run->config->resume && !r->is_able)
        return ms_fail(err, MS_ERR_USAGE, "what comes through a pipe cannot be read again, so --resume needs files");
    if (!ms_resume_goes_on(run))
        return MS_OK;
    enum ms_status st = check_sources(run, err);
    if (st != MS_OK)
        return st;
    if (!ms_state_load_same_names(run->names, &r->in) ||
        !ms_state_load_clock(&run->correlate.clock, ms_names_n_hosts(run->names), &r->in) ||
        !ms_state_load_repeats(&run->correlate, r->n_sources, &r->in))
        return damaged(run, err);
    go_on(run);
    return MS_OK;
}

/* ---- what was open, and the parts ---- */

static bool look_for_part(void *resume, const char *table, const char *name, uint64_t size_bytes)
{
    struct ms_resume *r = resume;
    char *whole = ms_sprintf("%s/%s", table, name);
    const struct ms_resume_part key = {.name = whole};
    struct ms_resume_part *part =
        r->n_parts > 0 ? bsearch(&key, r->parts, r->n_parts, sizeof *r->parts, by_name) : NULL;
    if (part != NULL && part->size_bytes == size_bytes)
        part->is_found = true;
    free(whole);
    return true;
}

static bool is_of_checkpoint(void *arg, const char *table, const char *name, uint64_t size_bytes)
{
    const struct ms_run *run = arg;
    const struct ms_resume *r = run->resume;
    (void)size_bytes;
    if (strcmp(table, "resume") == 0)
        return strcmp(name, "run.state") == 0 || ms_state_names_file(&run->correlate, name);
    char *whole = ms_sprintf("%s/%s", table, name);
    const struct ms_resume_part key = {.name = whole};
    bool keeps = r->n_parts > 0 && bsearch(&key, r->parts, r->n_parts, sizeof *r->parts, by_name) != NULL;
    free(whole);
    return keeps;
}

/* All parts of the checkpoint are there; others were written after it, and are removed. */
static enum ms_status take_parts(struct ms_run *run, struct ms_error *err)
{
    struct ms_resume *r = run->resume;
    enum ms_status st = ms_publish_files(run->publish, look_for_part, r, err);
    for (size_t i = 0; i < r->n_parts && st == MS_OK; i++)
        if (!r->parts[i].is_found)
            st = damaged(run, err);
    if (st == MS_OK)
        st = ms_publish_files(run->publish, is_of_checkpoint, run, err);
    for (unsigned t = 0; t < MS_N_TABLES; t++)
        run->table_has_part[t] |= r->table_has_part[t];
    run->dataset_bytes = r->dataset_bytes;
    return st;
}

enum ms_status ms_resume_load(struct ms_run *run, struct ms_error *err)
{
    struct ms_resume *r = run->resume;
    struct ms_correlator *c = run->workers[0].correlator;
    int dir_fd = ms_publish_resume_dir(run->publish, err);
    if (dir_fd < 0)
        return MS_ERR_IO;
    for (size_t i = 0; i < r->n_sources; i++)
        ms_state_get(&r->in, &c->files[i], sizeof c->files[i]);
    if (!ms_state_load_stripe(c, dir_fd, &r->in))
        return damaged(run, err);
    return take_parts(run, err);
}

bool ms_resume_name(struct ms_run *run, struct ms_correlator *c, int *dir_fd)
{
    struct ms_error ignored;
    char name[32];
    int fd = run->resume->is_able ? ms_publish_resume_dir(run->publish, &ignored) : -1;
    if (fd < 0)
        return false;
    snprintf(name, sizeof name, "%llu", (unsigned long long)run->resume->n_names++);
    ms_links_name(&c->links, name);
    ms_verdicts_name(&c->verdicts, name);
    *dir_fd = fd;
    return true;
}

void ms_resume_sum_up(const struct ms_run *run, struct ms_summary *summary)
{
    summary->resumed_bytes = ms_resume_goes_on(run) ? run->resume->place.position : 0;
    summary->has_nothing_to_resume = run->config->resume && !ms_resume_goes_on(run);
    summary->has_dropped = ms_publish_has_dropped(run->publish);
}
