/* Years for files whose stamps have none (DESIGN 3, "Years"): before any row is made, the beginning of each such file is
 * searched for a line that tells the year. Known here: stamps that have a year, the time inside long queue IDs, --year. */
#include <stdlib.h>

#include "base/memory.h"
#include "pipeline/run.h"

#define DAY_US (INT64_C(86400) * 1000000)
#define FIRST_LOOK_BYTES ((size_t)256 << 10)
#define LAST_LOOK_BYTES ((size_t)4 << 20)

struct look {
    const struct ms_config *config;
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
    if (l->anchor == NULL && made_now && !e->has_year && e->queue_id.p != NULL && ms_queue_id_time(e->queue_id, &l->told_us))
        l->anchor = "queue_id";
}

static enum ms_status look_into(struct ms_run *run, struct ms_parser *parser, uint32_t file_id, size_t max_bytes, struct look *l,
                                struct ms_error *err)
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

enum ms_status ms_run_anchor_years(struct ms_run *run, struct ms_error *err)
{
    const struct ms_config *config = run->config;
    size_t n = ms_input_n_sources(run->input);
    int64_t offset_us = config->has_utc_offset ? config->utc_offset_seconds * INT64_C(1000000) : 0;
    int64_t last_first_us = MS_NONE;
    int last_year = config->year ? config->year : 2000;
    struct ms_parser *parser = NULL;
    enum ms_status st = ms_parser_create(&parser, run->names, NULL, config->host, err);
    run->anchors = ms_calloc(n, sizeof *run->anchors);
    for (uint32_t i = 0; st == MS_OK && i < n; i++) {
        const struct ms_source *source = ms_input_source(run->input, i);
        struct ms_clock_file *file = &run->correlate.clock.files[i];
        file->offset_us = offset_us;
        if (source->first_stamp_us == INT64_MIN)
            continue;
        if (source->first_stamp_has_year) {
            file->year_known = true;
            run->anchors[i] = "stamp";
            continue;
        }
        struct look look = {.config = config, .first_us = MS_NONE, .line_us = MS_NONE};
        st = look_into(run, parser, i, FIRST_LOOK_BYTES, &look, err);
        if (st == MS_OK && look.anchor == NULL && config->year == 0) {
            look = (struct look){.config = config, .first_us = MS_NONE, .line_us = MS_NONE};
            st = look_into(run, parser, i, LAST_LOOK_BYTES, &look, err);
        }
        int64_t first_us = source->first_stamp_us;
        if (look.anchor != NULL)
            file->year = year_from(&look, offset_us);
        else
            file->year = year_after(first_us, last_first_us, last_year);
        run->anchors[i] = look.anchor ? look.anchor : config->year ? "option" : NULL;
        file->year_known = run->anchors[i] != NULL;
        if (look.anchor == NULL) {
            last_first_us = first_us;
            last_year = file->year;
        }
    }
    ms_parser_destroy(parser);
    return st;
}
