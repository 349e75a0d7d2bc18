/* Years for files whose stamps have none (DESIGN 3, "Years"), settled before any row is made, and with them the order of the
 * files. Each anchor says a year of its own; the best one is believed, and what others say against it is reported. On the way
 * the names of all hosts are seen, so that short and full ones can be joined. */
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "parse/stamp.h"
#include "pipeline/append.h"
#include "pipeline/name_date.h"
#include "pipeline/prescan.h"
#include "pipeline/run.h"

#define STAND_IN_YEAR 2000
#define STAND_IN_US (INT64_C(946684800) * 1000000) /* its first day */
#define DAY_US (INT64_C(86400) * 1000000)
#define YEAR_US (INT64_C(31556952) * 1000000) /* of a calendar, in the mean */
#define SLACK_US DAY_US
/* What unpackers leave that know no time is 1970. */
#define NO_TIME_S 86400
/* A file is packed when it is full. One that was packed anew years later has some other time. */
#define PACKED_WITHIN_US (62 * DAY_US)
/* A date in a name is the day of the rotation, behind all lines, or the day of the lines, the first of them perhaps. */
#define NAME_SLACK_US (40 * DAY_US)

/* What is known of one file's years, before the files are put in their final order. */
struct anchored {
    struct ms_clock_file clock;
    int years[MS_N_ANCHORS], others[MS_N_ANCHORS]; /* of the first line; 0: the anchor says nothing */
    enum ms_anchor anchor;                         /* the one that is believed; MS_N_ANCHORS: none */
    uint32_t host_id;                              /* of the first line */
    bool is_zoneless;                              /* so is its stamp */
    struct ms_file_host *hosts;
    size_t n_hosts;
    int64_t end_us; /* of the last line, if no New Year was missed; MS_NONE: not known */
};

/* The latest year of the first line in which the last one that was seen is not after `end_us`. */
static int year_until(const struct ms_look *l, int64_t offset_us, int64_t end_us)
{
    time_t seconds = (time_t)((end_us + offset_us) / 1000000);
    struct tm tm;
    if (gmtime_r(&seconds, &tm) == NULL)
        return 0;
    int year = tm.tm_year + 1900;
    if (ms_clock_in_year(l->last_us, year) - offset_us > end_us)
        year--;
    return year - l->n_turns;
}

/* Only if the packed file was last written to soon after a line that was seen. */
static int year_of_packed(const struct ms_look *l, int64_t offset_us, int64_t written_us)
{
    int year = year_until(l, offset_us, written_us + SLACK_US);
    int64_t line_us = ms_clock_in_year(l->last_us, year + l->n_turns) - offset_us;
    return written_us - line_us <= PACKED_WITHIN_US ? year : 0;
}

/* The year in which `stamp_us` is not before the file that came before it in order. */
static int year_after(int64_t stamp_us, int64_t last_first_us, int last_year)
{
    if (last_first_us == MS_NONE)
        return last_year;
    return stamp_us + DAY_US < last_first_us ? last_year + 1 : last_year;
}

static enum ms_anchor best_of(const int years[MS_N_ANCHORS])
{
    enum ms_anchor anchor = MS_ANCHOR_STAMP;
    while (anchor < MS_N_ANCHORS && years[anchor] == 0)
        anchor++;
    return anchor;
}

/* All but what --year says, which depends on the files before. */
static void ask_anchors(const struct ms_source *s, const struct ms_look *look, int64_t offset_us, struct anchored *out)
{
    int64_t end_us;
    memcpy(out->years, look->years, sizeof look->years);
    memcpy(out->others, look->others, sizeof look->others);
    if (look->last_us == MS_NONE)
        return;
    if (ms_name_date(s->path, &end_us))
        out->years[MS_ANCHOR_FILE_NAME] = year_until(look, offset_us, end_us + NAME_SLACK_US);
    if (s->original_written_s != INT64_MIN)
        out->years[MS_ANCHOR_GZIP] = year_of_packed(look, offset_us, s->original_written_s * 1000000);
    if (s->written_s > NO_TIME_S)
        out->years[MS_ANCHOR_MTIME] = year_until(look, offset_us, s->written_s * 1000000 + SLACK_US);
}

#define GAP_US (300 * DAY_US)
#define NEIGHBOURS 10000        /* in which a host's next file is looked for */
#define ADJOINS_US (7 * DAY_US) /* the next file of a host begins so soon; it may have been quiet */

static void add_day(struct ms_clock_file *clock, int64_t us)
{
    size_t i = clock->n_days;
    clock->days = ms_realloc(clock->days, (clock->n_days + 1) * sizeof *clock->days);
    for (; i > 0 && clock->days[i - 1] > us / DAY_US; i--)
        clock->days[i] = clock->days[i - 1];
    clock->days[i] = (int32_t)(us / DAY_US);
    clock->n_days++;
}

/* A file that would end a year, or some, before the next one of its host begins, but on the same days of the year, is taken to
 * go up to it: where its stamps step back, it was not written to for most of that time (clock_year.c). */
static void ask_next_file(struct anchored *files, const uint32_t *was, const int64_t *first_us, size_t n, size_t i)
{
    struct anchored *f = &files[was[i]];
    size_t next = i + 1;
    if (f->end_us == MS_NONE || !f->clock.year_known)
        return;
    while (next < n && next < i + NEIGHBOURS &&
           (files[was[next]].host_id != f->host_id || first_us[was[next]] < f->end_us - DAY_US))
        next++;
    if (next == n || next == i + NEIGHBOURS || first_us[was[next]] < f->end_us + GAP_US)
        return;
    int64_t begin_us = first_us[was[next]], years = (begin_us - f->end_us + DAY_US) / YEAR_US,
            apart_us = begin_us - f->end_us - years * YEAR_US;
    if (years < 1 || apart_us < -DAY_US || apart_us > ADJOINS_US)
        return;
    add_day(&f->clock, first_us[was[i]]);
    add_day(&f->clock, begin_us);
}

struct anchoring {
    struct ms_run *run;
    struct ms_parser *parser;
    struct ms_zones *zones;
    /* of the last file that has no anchor of its own */
    int64_t last_first_us;
    int last_year;
};

/* Who has lines there; their first stamps as they are. */
static void keep_hosts(const struct ms_look *look, struct anchored *out)
{
    out->n_hosts = look->n_hosts;
    out->hosts = ms_malloc(look->n_hosts * sizeof *out->hosts + 1);
    for (size_t i = 0; i < look->n_hosts; i++)
        out->hosts[i] = (struct ms_file_host){look->hosts[i].host_id, look->hosts[i].has_year, look->hosts[i].stamp_us};
}

/* From when on, once zones are known. A year may turn between the first line of a file and a host's first one. */
static void settle_hosts(const struct ms_run *run, struct anchored *f, int64_t first_us)
{
    for (size_t i = 0; i < f->n_hosts; i++) {
        struct ms_file_host *h = &f->hosts[i];
        uint32_t host_id =
            h->host_id == MS_NO_NAME ? run->correlate.no_host_id : ms_names_one_host(run->names, h->host_id);
        int64_t stamp_us = h->first_us;
        bool is_double = false;
        h->host_id = host_id;
        if (first_us == INT64_MIN)
            h->first_us = MS_NONE;
        for (int turn = 0; h->first_us != MS_NONE && h->has_year != MS_STAMP_WHOLE && turn <= 1; turn++) {
            int64_t local_us =
                h->has_year == MS_STAMP_OPEN ? ms_clock_in_year(stamp_us, f->clock.year + turn) : stamp_us;
            h->first_us =
                ms_clock_utc_us(&run->correlate.clock, &f->clock, host_id, local_us, MS_CLOCK_NEVER, &is_double);
            if (h->first_us > first_us - 183 * DAY_US)
                break;
        }
    }
}

static void settle_year(struct anchoring *a, const struct ms_source *source, const struct ms_look *look,
                        struct anchored *out, int64_t *first_us)
{
    const struct ms_config *config = a->run->config;
    if (source->first_stamp_has_year) {
        *first_us = source->first_stamp_us - (look->is_zoneless ? out->clock.offset_us : 0);
        out->anchor = MS_ANCHOR_STAMP;
        out->clock.year_known = true;
        return;
    }
    ask_anchors(source, look, out->clock.offset_us, out);
    if (best_of(out->years) >= MS_ANCHOR_OPTION) {
        a->last_year = year_after(source->first_stamp_us, a->last_first_us, a->last_year);
        a->last_first_us = source->first_stamp_us;
        out->years[MS_ANCHOR_OPTION] = config->year != 0 ? a->last_year : 0;
    }
    out->anchor = best_of(out->years);
    out->clock.year_known = out->anchor != MS_N_ANCHORS;
    out->clock.year = out->clock.year_known ? out->years[out->anchor] : a->last_year;
    if (out->clock.year_known)
        *first_us = ms_clock_in_year(source->first_stamp_us, out->clock.year) - out->clock.offset_us;
}

static enum ms_status anchor_one(struct anchoring *a, uint32_t i, struct anchored *out, int64_t *first_us,
                                 struct ms_error *err)
{
    const struct ms_config *config = a->run->config;
    const struct ms_source *source = ms_input_source(a->run->input, i);
    bool is_open = source->first_stamp_us != INT64_MIN && !source->first_stamp_has_year;
    int64_t offset_us = out->clock.offset_us;
    struct ms_look look;
    enum ms_status st =
        ms_prescan_file(a->run->input, a->parser, i, offset_us, is_open && config->year == 0, a->zones, &look, err);
    *first_us = INT64_MIN;
    out->anchor = MS_N_ANCHORS;
    if (st != MS_OK)
        return st;
    out->host_id = look.host_id;
    out->is_zoneless = look.is_zoneless;
    if (source->first_stamp_us != INT64_MIN)
        settle_year(a, source, &look, out, first_us);
    keep_hosts(&look, out);
    out->end_us = is_open && look.is_to_end && look.last_us != MS_NONE
                      ? ms_clock_in_year(look.last_us, out->clock.year + look.n_turns)
                      : MS_NONE;
    if (is_open && look.n_days > 1) {
        out->clock.days = ms_malloc(look.n_days * sizeof *out->clock.days);
        memcpy(out->clock.days, look.days, look.n_days * sizeof *out->clock.days);
        out->clock.n_days = look.n_days;
    }
    return MS_OK;
}

/* A source whose year is known: what is new in it may tell names and zones. */
static enum ms_status look_at_news(struct anchoring *a, uint32_t i, int64_t offset_us, int64_t *first_us,
                                   struct ms_error *err)
{
    struct ms_look look;
    *first_us = INT64_MIN;
    if (ms_input_source(a->run->input, i)->is_absent)
        return MS_OK;
    return ms_prescan_file(a->run->input, a->parser, i, offset_us, false, a->zones, &look, err);
}

void ms_run_tell_zone(const struct ms_run *run, uint32_t file_id, struct ms_clock_file *clock)
{
    const struct ms_config *config = run->config;
    const struct ms_told_zone *told =
        ms_told_zone_of(config->zones, config->n_zones, ms_input_source(run->input, file_id)->path);
    clock->told = told != NULL ? &told->zone : NULL;
    clock->offset_us = told != NULL ? ms_zone_offset_us(&told->zone, STAND_IN_US) : 0;
}

static enum ms_status anchor_all(struct ms_run *run, struct anchored *files, int64_t *first_us, size_t n,
                                 struct ms_zones *zones, struct ms_error *err)
{
    const struct ms_config *config = run->config;
    struct anchoring a = {
        .run = run, .zones = zones, .last_first_us = MS_NONE, .last_year = config->year ? config->year : STAND_IN_YEAR};
    enum ms_status st = ms_parser_create(&a.parser, run->names, NULL, config->host, err);
    for (uint32_t i = 0; st == MS_OK && i < n; i++) {
        files[i].clock = run->correlate.clock.files[i];
        ms_run_tell_zone(run, i, &files[i].clock);
        if (ms_input_source(run->input, i)->is_known) {
            st = look_at_news(&a, i, files[i].clock.offset_us, &first_us[i], err);
            continue;
        }
        st = anchor_one(&a, i, &files[i], &first_us[i], err);
    }
    ms_parser_destroy(a.parser);
    return st;
}

/* ---- contradictions ---- */

/* What speaks against the anchor that is believed. Not a file's mtime: any copy changes it. NULL: nothing. */
static char *contradiction(const struct anchored *f)
{
    struct ms_buffer note = {0};
    if (f->anchor >= MS_ANCHOR_OPTION || f->years[f->anchor] == 0)
        return NULL;
    int year = f->years[f->anchor];
    for (enum ms_anchor k = f->anchor; k <= MS_ANCHOR_GZIP; k++) {
        if (f->years[k] != 0 && f->years[k] != year)
            ms_buffer_printf(&note, "%s %d by its %s", note.size_bytes ? "," : ", but", f->years[k],
                             ms_anchor_names[k]);
        if (f->others[k] != 0 && f->others[k] != year)
            ms_buffer_printf(&note, "%s %d by another %s", note.size_bytes ? "," : ", but", f->others[k],
                             ms_anchor_names[k]);
    }
    char *whole = note.size_bytes ? ms_sprintf("begins in %d by its %s%.*s", year, ms_anchor_names[f->anchor],
                                               (int)note.size_bytes, note.data)
                                  : NULL;
    ms_buffer_fini(&note);
    return whole;
}

/* What the queue IDs of its host tell, where --tz tells otherwise; of the first line. */
static char *contradicted_zone(const struct ms_clock *clock, const struct anchored *f, uint32_t host_id,
                               int64_t first_us, char *note)
{
    const struct ms_zone *derived = host_id < clock->n_zones ? clock->zones[host_id] : NULL;
    if (derived == NULL || f->clock.told == NULL || !f->is_zoneless || first_us == INT64_MIN)
        return note;
    int64_t by_ids_us = ms_zone_offset_us(derived, first_us), told_us = ms_zone_offset_us(f->clock.told, first_us);
    if (by_ids_us == told_us)
        return note;
    char by_ids[MS_ZONE_TEXT], told[MS_ZONE_TEXT];
    ms_zone_offset_text(by_ids_us, by_ids);
    ms_zone_offset_text(told_us, told);
    char *both = ms_sprintf("%s%sits clock shows %s by queue IDs, but %s by --tz", note != NULL ? note : "",
                            note != NULL ? "; " : "", by_ids, told);
    free(note);
    return both;
}

/* Year of the first line; INT32_MAX: not known. */
static int first_year(const struct anchored *f, const struct ms_source *s)
{
    return f->anchor == MS_N_ANCHORS || s->first_stamp_has_year || s->is_known ? INT32_MAX : f->clock.year;
}

/* --year is the year of the oldest line, whatever told it. Says so of the first file that has another one. */
static void check_option(struct ms_run *run, const struct anchored *files, const uint32_t *was, size_t n)
{
    size_t oldest = 0;
    for (size_t i = 1; i < n; i++)
        if (first_year(&files[was[i]], ms_input_source(run->input, i)) <
            first_year(&files[was[oldest]], ms_input_source(run->input, oldest)))
            oldest = i;
    int year = n > 0 ? first_year(&files[was[oldest]], ms_input_source(run->input, oldest)) : INT32_MAX;
    if (run->config->year == 0 || year == INT32_MAX || year == run->config->year)
        return;
    char *note = run->years[oldest].note;
    run->years[oldest].note = note ? ms_sprintf("%s, %d by --year", note, run->config->year)
                                   : ms_sprintf("begins in %d by its %s, but %d by --year", year,
                                                ms_anchor_names[files[was[oldest]].anchor], run->config->year);
    free(note);
}

/* A file that begins with a year in its stamps may hold others further on: they go on from there. */
static void set_year_of_stamped(struct ms_clock_file *clock, const struct ms_source *source)
{
    time_t seconds = (time_t)(source->first_stamp_us / 1000000);
    struct tm tm;
    if (source->first_stamp_has_year && gmtime_r(&seconds, &tm) != NULL)
        clock->year = tm.tm_year + 1900;
}

/* The first lines' times, as far as zones are known now. */
static void apply_zones(struct ms_run *run, const struct anchored *files, int64_t *first_us, size_t n)
{
    const struct ms_clock *clock = &run->correlate.clock;
    for (size_t i = 0; i < n; i++) {
        uint32_t host_id = files[i].host_id == MS_NO_NAME ? run->correlate.no_host_id
                                                          : ms_names_one_host(run->names, files[i].host_id);
        bool is_double = false;
        if (files[i].is_zoneless && first_us[i] != INT64_MIN)
            first_us[i] = ms_clock_utc_us(clock, &files[i].clock, host_id, first_us[i] + files[i].clock.offset_us,
                                          MS_CLOCK_NEVER, &is_double);
    }
}

enum ms_status ms_run_prescan(struct ms_run *run, struct ms_error *err)
{
    struct ms_zones zones = ms_append_zones(run->append);
    size_t n = ms_input_n_sources(run->input);
    struct anchored *files = ms_calloc(n, sizeof *files);
    int64_t *first_us = ms_malloc(n * sizeof *first_us);
    uint32_t *was = ms_malloc(n * sizeof *was);
    enum ms_status st = anchor_all(run, files, first_us, n, &zones, err);
    if (run->years == NULL)
        run->years = ms_calloc(n, sizeof *run->years);
    if (st == MS_OK) {
        ms_names_join_short(run->names);
        ms_append_keep_zones(run->append, &zones);
        run->correlate.clock.zones = ms_zones_make(&zones, run->names, run->correlate.no_host_id);
        run->correlate.clock.n_zones = ms_names_n_hosts(run->names);
        apply_zones(run, files, first_us, n);
        ms_input_reorder(run->input, first_us, was);
        for (uint32_t i = 0; i < n; i++) {
            struct anchored *f = &files[was[i]];
            if (ms_input_source(run->input, i)->is_known)
                continue; /* (and stays where it is) */
            ask_next_file(files, was, first_us, n, i);
            settle_hosts(run, f, first_us[was[i]]);
            run->years[i].hosts = f->hosts;
            run->years[i].n_hosts = f->n_hosts;
            f->hosts = NULL;
            run->years[i].anchor = f->anchor != MS_N_ANCHORS ? ms_anchor_names[f->anchor] : NULL;
            run->years[i].note = contradiction(f);
            run->years[i].host_id =
                f->host_id == MS_NO_NAME ? run->correlate.no_host_id : ms_names_one_host(run->names, f->host_id);
            run->years[i].is_zoneless = f->is_zoneless;
            run->years[i].note = contradicted_zone(&run->correlate.clock, f, run->years[i].host_id, first_us[was[i]],
                                                   run->years[i].note);
            run->correlate.clock.files[i] = f->clock;
            set_year_of_stamped(&run->correlate.clock.files[i], ms_input_source(run->input, i));
        }
        check_option(run, files, was, n);
    }
    ms_zones_fini(&zones);
    for (size_t i = 0; i < n; i++) {
        free(files[i].hosts);
        if (st != MS_OK)
            free(files[i].clock.days);
    }
    free(files);
    free(first_us);
    free(was);
    return st;
}
