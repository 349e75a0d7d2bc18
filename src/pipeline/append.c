#include "pipeline/append_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "parse/repeats.h"
#include "pipeline/prescan.h"

/* A source may begin so much before the last line of its host: lines of one moment are turned around, files overlap a little. */
#define OVERLAP_S 120

/* ---- the options that rows depend on must stay ---- */

static enum ms_status check_options(struct ms_run *run, struct ms_error *err)
{
    struct ms_append *a = run->append;
    struct ms_buffer now = {0};
    ms_append_describe_options(run, &now);
    struct ms_span before = ms_state_get_text(&a->in, &a->arena);
    bool same = ms_span_eq(before, ms_span_of(now.data, now.size_bytes));
    ms_buffer_fini(&now);
    if (a->in.is_bad || same)
        return MS_OK;
    return ms_fail(
        err, MS_ERR_USAGE,
        "%s was made with other options; give the same --tz, --host, --host-map, --patterns and --reasons as "
        "at first, or make it anew with --reopen",
        run->config->dataset);
}

/* ---- reading: the head, names and sources ---- */

enum ms_status ms_append_damaged(const struct ms_run *run, struct ms_error *err)
{
    return ms_fail(
        err, MS_ERR_FORMAT,
        "the state in %s/current/state is damaged, so nothing can be appended; make the dataset anew from all "
        "logs with --force",
        run->config->dataset);
}

static enum ms_status open_state(struct ms_run *run, struct ms_error *err)
{
    struct ms_append *a = run->append;
    int current = ms_publish_current(run->publish);
    if (current < 0)
        return MS_OK;
    a->in.fd = openat(current, "state/" MS_STATE_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (a->in.fd >= 0)
        return MS_OK;
    if (errno != ENOENT)
        return ms_fail(err, MS_ERR_IO, "cannot open the state in %s: %s", run->config->dataset, strerror(errno));
    return ms_fail(err, MS_ERR_USAGE,
                   "%s was made without --append, so it does not know where it ended; make it anew from all logs with "
                   "--append --force",
                   run->config->dataset);
}

static enum ms_status read_head(struct ms_run *run, struct ms_error *err)
{
    struct ms_append *a = run->append;
    char found[sizeof ms_append_magic];
    ms_state_get(&a->in, found, sizeof found);
    uint64_t version = ms_state_get_number(&a->in), layout = ms_state_get_number(&a->in);
    if (a->in.is_bad || memcmp(found, ms_append_magic, sizeof ms_append_magic) != 0)
        return ms_append_damaged(run, err);
    if (version != MS_STATE_VERSION || layout != ms_state_layout())
        return ms_fail(
            err, MS_ERR_FORMAT,
            "%s was written by another version of mailstrata, whose state this one cannot read; make it anew "
            "from all logs with --force",
            run->config->dataset);
    a->horizon.told_us = (int64_t)ms_state_get_number(&a->in);
    a->seed = ms_state_get_number(&a->in);
    a->n_stripes = (uint32_t)ms_state_get_number(&a->in);
    ms_state_get(&a->in, &a->base, sizeof a->base);
    return MS_OK;
}

static char *get_string(struct ms_append *a)
{
    struct ms_span text = ms_state_get_text(&a->in, &a->arena);
    if (text.p == NULL)
        return NULL;
    ((char *)(uintptr_t)text.p)[text.n] = '\0'; /* (there is room for it) */
    return (char *)(uintptr_t)text.p;
}

static const char *anchor_of(const char *name)
{
    for (unsigned i = 0; name != NULL && i < MS_N_ANCHORS; i++)
        if (strcmp(ms_anchor_names[i], name) == 0)
            return ms_anchor_names[i];
    return NULL;
}

static void get_file(struct ms_append *a, struct ms_append_file *f)
{
    ms_state_get(&a->in, &f->known, sizeof f->known);
    f->known.digest[32] = f->known.prefix_digest[32] = '\0';
    f->known.sha256[MS_SHA256_TEXT - 1] = f->known.text_sha256[MS_SHA256_TEXT - 1] = '\0';
    f->known.path = get_string(a);
    f->known.error = get_string(a);
    ms_state_get(&a->in, &f->counts, sizeof f->counts);
    ms_state_get(&a->in, &f->clock, sizeof f->clock);
    f->anchor = anchor_of(get_string(a));
    f->note = get_string(a);
    f->host_id = (uint32_t)ms_state_get_number(&a->in);
    f->is_zoneless = ms_state_get_number(&a->in) != 0;
    f->n_hosts = (size_t)ms_state_get_count(&a->in);
    if (f->n_hosts > MS_LOOK_HOSTS || f->known.path == NULL || f->known.status > MS_SOURCE_UNREADABLE ||
        f->known.compression > MS_COMPRESS)
        a->in.is_bad = true;
    if (a->in.is_bad)
        f->n_hosts = 0;
    f->hosts = ms_arena_alloc(&a->arena, f->n_hosts * sizeof *f->hosts + 1);
    ms_state_get(&a->in, f->hosts, f->n_hosts * sizeof *f->hosts);
}

static enum ms_status read_files(struct ms_run *run, struct ms_error *err)
{
    struct ms_append *a = run->append;
    size_t cap = 0;
    for (uint64_t n = ms_state_get_count(&a->in); n > 0 && !a->in.is_bad; n--) {
        a->files = ms_grow(a->files, &cap, a->n_files + 1, sizeof *a->files);
        get_file(a, &a->files[a->n_files++]);
    }
    if (a->in.is_bad)
        return ms_append_damaged(run, err);
    a->known = ms_malloc(a->n_files * sizeof *a->known + 1);
    for (size_t i = 0; i < a->n_files; i++)
        a->known[i] = a->files[i].known;
    return MS_OK;
}

static bool read_zones(struct ms_run *run)
{
    struct ms_append *a = run->append;
    size_t cap = 0;
    struct ms_zones zones = {0};
    for (uint64_t n = ms_state_get_count(&a->in); n > 0 && !a->in.is_bad; n--) {
        struct ms_zone_record r;
        ms_state_get(&a->in, &r, sizeof r);
        if (r.host_id != MS_NO_NAME && r.host_id >= ms_names_n_hosts(run->names))
            a->in.is_bad = true;
        zones.records = ms_grow(zones.records, &cap, zones.n_records + 1, sizeof r);
        zones.records[zones.n_records++] = r;
    }
    ms_append_keep_zones(a, &zones);
    ms_zones_fini(&zones);
    return !a->in.is_bad;
}

enum ms_status ms_append_begin(struct ms_run *run, struct ms_error *err)
{
    struct ms_append *a = run->append = ms_calloc(1, sizeof *a);
    a->in.fd = -1;
    a->horizon.told_us = INT64_MIN;
    enum ms_publish_mode mode = run->config->force ? MS_PUBLISH_REPLACE : MS_PUBLISH_APPEND;
    enum ms_status st = ms_run_publish(run, mode, err);
    if (st == MS_OK)
        st = open_state(run, err);
    if (st != MS_OK || a->in.fd < 0)
        return st;
    st = read_head(run, err);
    if (st == MS_OK)
        st = read_files(run, err);
    if (st == MS_OK && !run->config->reopen)
        st = check_options(run, err);
    if (st == MS_OK && !run->config->reopen && !(ms_state_load_names(run->names, &a->in) && read_zones(run)))
        st = ms_append_damaged(run, err);
    return st;
}

void ms_append_end(struct ms_append *a)
{
    if (a == NULL)
        return;
    if (a->in.fd >= 0)
        close(a->in.fd);
    ms_state_in_fini(&a->in);
    ms_arena_fini(&a->arena);
    for (size_t i = 0; i < a->n_paths; i++)
        free(a->paths[i]);
    free(a->paths);
    free(a->files);
    free(a->known);
    free(a);
}

/* ---- the sources ---- */

/* Whether all that the dataset was made of can be read again; a source may have grown, or be packed by now. */
static enum ms_status check_all_there(struct ms_run *run, struct ms_error *err)
{
    struct ms_append *a = run->append;
    struct ms_input *in = NULL;
    struct ms_input_options options = {.cancelled = run->config->cancelled, .no_digest = true};
    enum ms_status st = ms_input_open(&in, (const char *const *)a->paths, a->n_paths, &options, err);
    if (st == MS_OK)
        st = ms_input_know(in, a->known, a->n_files, err);
    for (size_t i = 0; st == MS_OK && i < a->n_files; i++)
        if (!ms_input_source(in, i)->is_found || ms_input_source(in, i)->is_unreadable_now)
            st = ms_fail(err, MS_ERR_USAGE,
                         "--reopen reads all logs again, but %s is no longer what was read, and nothing that was given "
                         "holds its text",
                         a->known[i].path);
    ms_input_close(in);
    return st;
}

static void add_path(struct ms_append *a, size_t *cap, const char *path)
{
    a->paths = ms_grow(a->paths, cap, a->n_paths + 1, sizeof *a->paths);
    a->paths[a->n_paths++] = ms_strdup(path);
}

enum ms_status ms_append_paths(struct ms_run *run, const char *const **paths, size_t *n, struct ms_error *err)
{
    const struct ms_config *config = run->config;
    struct ms_append *a = run->append;
    size_t cap = 0;
    *paths = config->paths;
    *n = config->n_paths;
    if (a == NULL || !config->reopen || a->in.fd < 0)
        return MS_OK;
    for (size_t i = 0; i < a->n_files; i++)
        if (access(a->files[i].known.path, F_OK) == 0 || strchr(a->files[i].known.path, '!') != NULL)
            add_path(a, &cap, a->files[i].known.path);
    for (size_t i = 0; i < config->n_paths; i++)
        add_path(a, &cap, config->paths[i]);
    enum ms_status st = check_all_there(run, err);
    /* From here on this is a run over everything. */
    close(a->in.fd);
    a->in.fd = -1;
    a->n_files = 0;
    a->n_stripes = 0;
    a->base = (struct ms_counts){0};
    a->horizon.told_us = INT64_MIN;
    *paths = (const char *const *)a->paths;
    *n = a->n_paths;
    return st;
}

enum ms_status ms_append_know(struct ms_run *run, bool *has_news, struct ms_error *err)
{
    struct ms_append *a = run->append;
    *has_news = true;
    if (a == NULL || a->in.fd < 0)
        return MS_OK;
    enum ms_status st = ms_input_know(run->input, a->known, a->n_files, err);
    *has_news = false;
    for (size_t i = 0; st == MS_OK && i < ms_input_n_sources(run->input); i++)
        *has_news |= !ms_input_source(run->input, i)->is_absent;
    return st;
}

static bool read_has_lines(struct ms_append *a)
{
    a->n_has_lines = (size_t)ms_state_get_count(&a->in);
    if (a->in.is_bad || a->n_has_lines > MS_NAMES_CAP)
        return false;
    a->has_lines = ms_arena_alloc(&a->arena, a->n_has_lines + 1);
    ms_state_get(&a->in, a->has_lines, a->n_has_lines);
    return !a->in.is_bad;
}

enum ms_status ms_append_restore(struct ms_run *run, struct ms_error *err)
{
    struct ms_append *a = run->append;
    struct ms_correlate *c = &run->correlate;
    if (a == NULL)
        return MS_OK;
    c->keeps_open = true;
    ms_repeat_memory_keep_files(c->repeats);
    if (a->in.fd < 0)
        return MS_OK;
    if (!ms_state_load_hosts(&c->clock, ms_names_n_hosts(run->names), &a->in) || !read_has_lines(a) ||
        !ms_state_load_repeats(c, a->n_files, &a->in))
        return ms_append_damaged(run, err);
    a->n_clocks = c->clock.n_hosts;
    a->clocks = ms_arena_alloc(&a->arena, a->n_clocks * sizeof *a->clocks + 1);
    memcpy(a->clocks, c->clock.hosts, a->n_clocks * sizeof *a->clocks);
    for (size_t i = 0; i < a->n_files; i++) {
        struct ms_append_file *f = &a->files[i];
        struct ms_file_year *y = &run->years[i];
        c->clock.files[i] = f->clock;
        ms_run_tell_zone(run, (uint32_t)i, &c->clock.files[i]);
        y->anchor = f->anchor;
        y->note = f->note != NULL ? ms_strdup(f->note) : NULL;
        y->host_id = f->host_id;
        y->is_zoneless = f->is_zoneless;
        y->n_hosts = f->n_hosts;
        y->hosts = ms_malloc(f->n_hosts * sizeof *y->hosts + 1);
        memcpy(y->hosts, f->hosts, f->n_hosts * sizeof *y->hosts);
    }
    return MS_OK;
}

struct ms_zones ms_append_zones(const struct ms_append *a)
{
    struct ms_zones zones = {0};
    if (a == NULL || a->n_zones == 0)
        return zones;
    zones.records = ms_grow(NULL, &zones.cap_records, a->n_zones, sizeof *zones.records);
    memcpy(zones.records, a->zones, a->n_zones * sizeof *zones.records);
    zones.n_records = a->n_zones;
    return zones;
}

void ms_append_keep_zones(struct ms_append *a, const struct ms_zones *zones)
{
    if (a == NULL)
        return;
    a->zones = ms_arena_alloc(&a->arena, zones->n_records * sizeof *a->zones + 1);
    a->n_zones = zones->n_records;
    if (a->n_zones > 0)
        memcpy(a->zones, zones->records, a->n_zones * sizeof *a->zones);
}

static void time_text(int64_t second, char out[32])
{
    time_t t = (time_t)second;
    struct tm tm = {0};
    (void)gmtime_r(&t, &tm);
    (void)strftime(out, 32, "%Y-%m-%d %H:%M:%S", &tm);
}

enum ms_status ms_append_check_order(const struct ms_run *run, struct ms_error *err)
{
    if (run->append == NULL || run->append->in.fd < 0)
        return MS_OK;
    for (uint32_t i = 0; i < ms_input_n_sources(run->input); i++) {
        const struct ms_source *s = ms_input_source(run->input, i);
        const struct ms_file_year *y = &run->years[i];
        for (size_t k = 0; !s->is_known && k < y->n_hosts; k++) {
            uint32_t host = y->hosts[k].host_id == MS_NO_NAME ? run->correlate.no_host_id : y->hosts[k].host_id;
            int64_t now_s = ms_clock_now(&run->correlate.clock, ms_names_one_host(run->names, host));
            if (y->hosts[k].first_us == MS_NONE || now_s == MS_CLOCK_NEVER ||
                y->hosts[k].first_us / 1000000 + OVERLAP_S >= now_s)
                continue;
            char begins[32], ends[32];
            time_text(y->hosts[k].first_us / 1000000, begins);
            time_text(now_s, ends);
            struct ms_span name = ms_names_host(run->names, ms_names_one_host(run->names, host));
            return ms_fail(err, MS_ERR_USAGE,
                           "%s has lines of host %.*s from %s UTC on, but the dataset already ends at %s UTC for it: "
                           "appending goes forward in time only; --reopen makes the dataset anew from all its sources",
                           s->path, (int)name.n, name.p, begins, ends);
        }
    }
    return MS_OK;
}

enum ms_status ms_append_load(struct ms_run *run, struct ms_error *err)
{
    struct ms_append *a = run->append;
    struct ms_correlator *c = run->workers[0].correlator;
    if (a == NULL || a->in.fd < 0)
        return MS_OK;
    for (size_t i = 0; i < a->n_files; i++)
        c->files[i] = a->files[i].counts;
    return ms_state_load_open(c, &a->in) ? MS_OK : ms_append_damaged(run, err);
}
