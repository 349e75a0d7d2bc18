/* Years for files whose stamps have none (DESIGN 3, "Years"): before any row is made, the beginning of each such file is
 * searched for a line that tells the year. Known here: stamps that have a year, the time inside long queue IDs, --year. */
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "pipeline/run.h"

#define STAND_IN_YEAR 2000
#define DAY_US (INT64_C(86400) * 1000000)
#define FIRST_LOOK_BYTES ((size_t)256 << 10)
#define LAST_LOOK_BYTES ((size_t)4 << 20)

struct look {
    int64_t first_us, line_us; /* stand-in stamps: of the first line, of the line that tells */
    int64_t told_us;           /* the time it tells */
    const char *anchor;        /* NULL: none found */
};

static void look_at(void *user, const struct ms_event *e)
{
    struct look *l = user;
    if (l->anchor != NULL || e->stamp_us == MS_NONE)
        return;
    if (!e->has_year) {
        if (l->first_us == MS_NONE)
            l->first_us = e->stamp_us;
        l->line_us = e->stamp_us;
    } else if (l->line_us != MS_NONE) {
        l->told_us = e->stamp_us;
        l->anchor = "stamp";
    }
    /* Only lines that are written when the file is made: later ones may follow by days. */
    bool made_now = e->role == MS_ROLE_CLIENT || e->role == MS_ROLE_PICKUP || e->role == MS_ROLE_MESSAGE_ID;
    if (l->anchor == NULL && made_now && !e->has_year && e->queue_id.p != NULL &&
        ms_queue_id_time(e->queue_id, &l->told_us))
        l->anchor = "queue_id";
}

static enum ms_status look_into(struct ms_run *run, struct ms_parser *parser, uint32_t file_id, size_t max_bytes,
                                struct look *l, struct ms_error *err)
{
    struct ms_buffer head = {0};
    enum ms_status st = ms_input_head(run->input, file_id, max_bytes, &head, err);
    if (st == MS_OK && head.size_bytes > 0) {
        size_t n = head.size_bytes;
        /* The parser may read 64 bytes past either end of a segment. */
        char *text = ms_calloc(1, n + 128);
        memcpy(text + 64, head.data, n);
        struct ms_segment segment = {.file_id = file_id, .text = ms_span_of(text + 64, n), .covers_bytes = n};
        st = ms_parse_segment(parser, &segment, look_at, l, err);
        free(text);
    }
    ms_buffer_fini(&head);
    return st;
}

/* The year of the file's first line, from what one of its lines tells. */
static int year_from(const struct look *l, int64_t offset_us)
{
    int best = 1970;
    int64_t distance = INT64_MAX;
    for (int year = 1971; year <= 2200; year++) {
        int64_t d = llabs(ms_clock_in_year(l->line_us, year) - offset_us - l->told_us);
        if (d < distance) {
            distance = d;
            best = year;
        }
    }
    return l->first_us > l->line_us + DAY_US ? best - 1 : best; /* New Year lies between the two lines */
}

/* The year in which `stamp_us` is not before the file that came before it in order. */
static int year_after(int64_t stamp_us, int64_t last_first_us, int last_year)
{
    if (last_first_us == MS_NONE)
        return last_year;
    return stamp_us + DAY_US < last_first_us ? last_year + 1 : last_year;
}

/* What is known of one file's years, before the files are put in their final order. */
struct anchored {
    struct ms_clock_file clock;
    const char *anchor;
};

static enum ms_status look_for_anchor(struct ms_run *run, struct ms_parser *parser, uint32_t file_id, struct look *look,
                                      struct ms_error *err)
{
    *look = (struct look){.first_us = MS_NONE, .line_us = MS_NONE};
    enum ms_status st = look_into(run, parser, file_id, FIRST_LOOK_BYTES, look, err);
    if (st != MS_OK || look->anchor != NULL || run->config->year != 0)
        return st;
    *look = (struct look){.first_us = MS_NONE, .line_us = MS_NONE};
    return look_into(run, parser, file_id, LAST_LOOK_BYTES, look, err);
}

static enum ms_status anchor_all(struct ms_run *run, struct anchored *files, int64_t *first_us, size_t n,
                                 struct ms_error *err)
{
    const struct ms_config *config = run->config;
    int64_t offset_us = config->has_utc_offset ? config->utc_offset_seconds * INT64_C(1000000) : 0,
            last_first_us = MS_NONE;
    int last_year = config->year ? config->year : STAND_IN_YEAR;
    struct ms_parser *parser = NULL;
    enum ms_status st = ms_parser_create(&parser, run->names, NULL, config->host, err);
    for (uint32_t i = 0; st == MS_OK && i < n; i++) {
        const struct ms_source *source = ms_input_source(run->input, i);
        struct ms_clock_file *clock = &files[i].clock;
        *clock = run->correlate.clock.files[i];
        clock->offset_us = offset_us;
        first_us[i] = INT64_MIN;
        if (source->first_stamp_us == INT64_MIN)
            continue;
        if (source->first_stamp_has_year) {
            first_us[i] = source->first_stamp_us;
            clock->year_known = true;
            files[i].anchor = "stamp";
            continue;
        }
        struct look look;
        st = look_for_anchor(run, parser, i, &look, err);
        if (look.anchor != NULL) {
            clock->year = year_from(&look, offset_us);
        } else {
            clock->year = last_year = year_after(source->first_stamp_us, last_first_us, last_year);
            last_first_us = source->first_stamp_us;
        }
        files[i].anchor = look.anchor ? look.anchor : config->year ? "option" : NULL;
        clock->year_known = files[i].anchor != NULL;
        if (clock->year_known)
            first_us[i] = ms_clock_in_year(source->first_stamp_us, clock->year) - offset_us;
    }
    ms_parser_destroy(parser);
    return st;
}

/* A file that begins with a year in its stamps may hold others further on: they go on from there. */
static void set_year_of_stamped(struct ms_clock_file *clock, const struct ms_source *source)
{
    time_t seconds = (time_t)(source->first_stamp_us / 1000000);
    struct tm tm;
    if (source->first_stamp_has_year && gmtime_r(&seconds, &tm) != NULL)
        clock->year = tm.tm_year + 1900;
}

enum ms_status ms_run_anchor_years(struct ms_run *run, struct ms_error *err)
{
    size_t n = ms_input_n_sources(run->input);
    struct anchored *files = ms_calloc(n, sizeof *files);
    int64_t *first_us = ms_malloc(n * sizeof *first_us);
    uint32_t *was = ms_malloc(n * sizeof *was);
    enum ms_status st = anchor_all(run, files, first_us, n, err);
    run->anchors = ms_calloc(n, sizeof *run->anchors);
    ms_input_reorder(run->input, first_us, was);
    for (uint32_t i = 0; st == MS_OK && i < n; i++) {
        const struct ms_source *source = ms_input_source(run->input, i);
        run->anchors[i] = files[was[i]].anchor;
        run->correlate.clock.files[i] = files[was[i]].clock;
        set_year_of_stamped(&run->correlate.clock.files[i], source);
    }
    free(files);
    free(first_us);
    free(was);
    return st;
}
