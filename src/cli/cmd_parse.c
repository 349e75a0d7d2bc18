#include <stdlib.h>

#include "base/buffer.h"
#include "cli/command.h"
#include "cli/years.h"
#include "dataset/dataset.h"
#include "parse/parse.h"
#include "parse/stamp.h"
#include "query/escape.h"

struct printing {
    const struct ms_args *args;
    const struct ms_names *names;
    const char *path; /* of the source that the lines come from */
    uint32_t file_id;
    struct ms_years years;
    const struct ms_told_zone *zone; /* of the source; NULL: nothing is told */
    int64_t last_us;                 /* of the last line whose stamp has none; INT64_MIN: there was none */
    struct ms_buffer line;           /* CSV */
};

static int64_t time_of(struct printing *p, const struct ms_event *e)
{
    int64_t time_us = MS_NONE;
    if (e->stamp_us == MS_NONE || e->has_year == MS_STAMP_WHOLE)
        return e->stamp_us;
    if (e->has_year == MS_STAMP_LOCAL)
        time_us = e->stamp_us;
    else if (!ms_years_apply(&p->years, e->stamp_us, &time_us))
        return MS_NONE;
    return p->last_us = p->zone != NULL ? ms_told_zone_utc_us(p->zone, time_us, p->last_us) : time_us;
}

/* ---- CSV: what all lines share ---- */

static void push_field(struct ms_buffer *line, struct ms_span text)
{
    if (line->size_bytes > 0)
        ms_buffer_push(line, ',');
    if (text.p != NULL)
        ms_escape_csv(line, text);
}

static void push_number(struct ms_buffer *line, int64_t n)
{
    if (n == MS_NONE)
        ms_buffer_push(line, ',');
    else
        ms_buffer_printf(line, ",%lld", (long long)n);
}

static void push_time(struct ms_buffer *line, int64_t time_us)
{
    char text[MS_STAMP_TEXT_MAX];
    ms_buffer_push(line, ',');
    if (time_us != MS_NONE)
        ms_buffer_append(line, text, ms_stamp_format(time_us, text));
}

static void print_csv(struct printing *p, const struct ms_event *e, int64_t time_us)
{
    struct ms_buffer *line = &p->line;
    struct ms_span host = e->host_id == MS_NO_NAME ? MS_SPAN_NULL : ms_names_host(p->names, e->host_id);
    struct ms_span program = e->tag_id == MS_NO_NAME ? MS_SPAN_NULL : ms_names_tag(p->names, e->tag_id)->tag;
    line->size_bytes = 0;
    push_field(line, ms_span_str(p->path));
    push_number(line, (int64_t)e->offset);
    push_time(line, time_us);
    push_field(line, host);
    push_field(line, program);
    push_number(line, e->pid);
    push_field(line, e->queue_id);
    push_field(line, ms_span_str(ms_kinds[e->kind].name));
    push_field(line, e->text);
    ms_buffer_push(line, '\n');
    fwrite(line->data, 1, line->size_bytes, stdout);
}

/* ---- the lines ---- */

static void print_event(void *user, const struct ms_event *e)
{
    struct printing *p = user;
    if (ferror(stdout)) /* nobody reads any more */
        return;
    int64_t time_us = time_of(p, e);
    if (p->args->has_format && p->args->format == MS_FORMAT_CSV)
        print_csv(p, e, time_us);
    else
        ms_event_print_json(stdout, e, p->names, p->path, time_us);
}

static void begin_source(struct printing *p, const struct ms_input *in, uint32_t file_id)
{
    p->file_id = file_id;
    p->path = ms_input_source(in, file_id)->path;
    p->years = (struct ms_years){.year = (int)p->args->year};
    p->zone = ms_told_zone_of(p->args->zones, p->args->n_zones, p->path);
    p->last_us = INT64_MIN;
}

static enum ms_status print_segments(struct printing *p, struct ms_input *in, struct ms_parser *parser,
                                     struct ms_error *err)
{
    struct ms_segment segment;
    enum ms_status st;
    while ((st = ms_input_next(in, &segment, err)) == MS_OK) {
        if (p->path == NULL || segment.file_id != p->file_id)
            begin_source(p, in, segment.file_id);
        st = ms_parse_segment(parser, &segment, print_event, p, err);
        ms_segment_done(in, &segment);
        if (st != MS_OK || ferror(stdout))
            break;
    }
    return st == MS_END ? MS_OK : st;
}

static bool name_bad_sources(const struct ms_input *in)
{
    bool any = false;
    for (size_t i = 0; i < ms_input_n_sources(in); i++) {
        const struct ms_source *source = ms_input_source(in, i);
        if (source->status == MS_SOURCE_OK)
            continue;
        ms_say("%s", source->error != NULL ? source->error : source->path);
        any = true;
    }
    return any;
}

static enum ms_status print_input(const struct ms_args *args, struct ms_input *in, bool *incomplete,
                                  struct ms_error *err)
{
    struct ms_names *names = ms_names_create();
    struct ms_parser *parser = NULL;
    struct printing p = {.args = args, .names = names};
    enum ms_status st = ms_parser_create(&parser, names, NULL, args->host, err);
    if (st == MS_OK && args->has_format && args->format == MS_FORMAT_CSV)
        puts("file,offset,time,host,program,pid,queue_id,kind,text");
    if (st == MS_OK)
        st = print_segments(&p, in, parser, err);
    if (st == MS_OK)
        *incomplete = name_bad_sources(in);
    ms_parser_destroy(parser);
    ms_names_destroy(names);
    ms_buffer_fini(&p.line);
    return st;
}

enum ms_status ms_cmd_parse(const struct ms_args *args, bool *incomplete, struct ms_error *err)
{
    if (args->kinds) {
        ms_kinds_print(args->format, stdout);
        return MS_OK;
    }
    const struct ms_input_options options = {.is_dataset = ms_dataset_is, .first_stamp = ms_first_stamp};
    struct ms_input *in = NULL;
    enum ms_status st = ms_input_open(&in, args->operands, args->n_operands, &options, err);
    if (st != MS_OK)
        return st;
    st = print_input(args, in, incomplete, err);
    ms_input_close(in);
    return st;
}
