#include "parse/parse.h"

#include <stdlib.h>

#include "base/memory.h"
#include "parse/dialect.h"
#include "parse/envelope.h"
#include "simd/simd.h"

struct ms_parser {
    struct ms_names *names;
    struct ms_scanner *scanner; /* NULL: no patterns */
    struct ms_hits hits;        /* of the block in hand */
    uint16_t kind_unparsed, kind_other;
    uint32_t line_ends[MS_SCAN_BLOCK_BYTES];
    struct ms_envelope *records; /* of the segment in hand */
    size_t n_records, cap_records;
    struct ms_envelope_reader reader; /* of the passes, with memos */
    struct ms_envelope_reader plain;  /* of ms_parse_line */
};

enum ms_status ms_parser_create(struct ms_parser **out, struct ms_names *names, const struct ms_patterns *patterns,
                                const char *host_override, struct ms_error *err)
{
    if (host_override != NULL && (host_override[0] == 0 || strlen(host_override) > MS_NAME_MAX_BYTES))
        return ms_fail(err, MS_ERR_USAGE, "--host %.60s...: give a host name of 1 to %d bytes", host_override,
                       MS_NAME_MAX_BYTES);
    struct ms_parser *p = ms_calloc(1, sizeof *p);
    enum ms_status st = patterns ? ms_scanner_create(&p->scanner, patterns, err) : MS_OK;
    if (st != MS_OK) {
        free(p);
        return st;
    }
    p->names = names;
    p->kind_unparsed = ms_kind_find("unparsed");
    p->kind_other = ms_kind_find("other");
    ms_envelope_init(&p->reader, names, host_override, true);
    ms_envelope_init(&p->plain, names, host_override, false);
    *out = p;
    return MS_OK;
}

void ms_parser_destroy(struct ms_parser *p)
{
    if (p == NULL)
        return;
    ms_scanner_destroy(p->scanner);
    ms_hits_fini(&p->hits);
    free(p->records);
    free(p);
}

static struct ms_span without_carriage_return(struct ms_span line)
{
    line.n -= line.n && line.p[line.n - 1] == '\r';
    return line;
}

/* What is true of every line; the kind is "unparsed" until somebody knows better. */
static void begin_event(const struct ms_parser *p, const struct ms_envelope *env, uint64_t offset, struct ms_event *e)
{
    e->offset = offset;
    e->line = env->line;
    e->stamp_us = env->stamp_us;
    e->has_year = env->has_year;
    e->severity = 0;
    e->mta = MS_MTA_NONE;
    e->daemon = MS_D_OTHER;
    e->role = MS_ROLE_UNPARSED;
    e->kind = p->kind_unparsed;
    e->host_id = env->host_id;
    e->tag_id = env->tag_id;
    e->pid = env->pid;
    e->queue_id = MS_SPAN_NULL;
    e->text = ms_span_of(env->line.p + env->text_at, env->line.n - env->text_at);
    e->reason = env->reason;
}

/* The line's dialect. */
static void read_event(const struct ms_parser *p, const struct ms_envelope *env, uint64_t offset, struct ms_event *e)
{
    begin_event(p, env, offset, e);
    if (env->reason != NULL)
        return;
    const struct ms_tag *tag = env->tag;
    e->daemon = tag->daemon;
    e->mta = tag->mta;
    if (tag->mta == MS_MTA_POSTFIX) {
        ms_postfix_parse(tag, e);
        return;
    }
    e->role = MS_ROLE_EVENT;
    e->kind = p->kind_other;
    e->u.event = ms_event_peer_none();
}

void ms_parse_line(struct ms_parser *p, struct ms_span line, uint64_t offset, struct ms_event *out)
{
    struct ms_envelope env;
    ms_envelope_read(&p->plain, without_carriage_return(line), &env);
    read_event(p, &env, offset, out);
}

/* ---- the passes over a segment ---- */

static struct ms_envelope *new_records(struct ms_parser *p, size_t n)
{
    p->records = ms_grow(p->records, &p->cap_records, p->n_records + n, sizeof *p->records);
    p->n_records += n;
    return &p->records[p->n_records - n];
}

/* Pass 3: the envelopes of lines whose ends (exclusive) are known. */
static void read_envelopes(struct ms_parser *p, struct ms_span block, const uint32_t *ends, size_t n_lines)
{
    uint32_t start = 0;
    struct ms_envelope *records = new_records(p, n_lines);
    for (size_t i = 0; i < n_lines; i++) {
        struct ms_span line = ms_span_of(block.p + start, ends[i] - start);
        ms_envelope_read(&p->reader, without_carriage_return(line), &records[i]);
        start = ends[i] + 1;
    }
}

/* The text up to the last line end within a block's size; a longer first line, or the unfinished last one, whole. */
static uint32_t block_bytes(struct ms_span rest)
{
    if (rest.n <= MS_SCAN_BLOCK_BYTES)
        return rest.n;
    const char *last = memrchr(rest.p, '\n', MS_SCAN_BLOCK_BYTES);
    if (last == NULL)
        last = memchr(rest.p + MS_SCAN_BLOCK_BYTES, '\n', rest.n - MS_SCAN_BLOCK_BYTES);
    return last ? (uint32_t)(last - rest.p + 1) : rest.n;
}

/* Passes 1 and 2: the matcher, then the line ends. */
static enum ms_status run_block(struct ms_parser *p, struct ms_span block, struct ms_error *err)
{
    if (p->scanner != NULL) {
        p->hits.n = 0; /* p->hits then holds the block's matches; table `matches` will take them from here */
        enum ms_status st = ms_scanner_scan(p->scanner, block, &p->hits, err);
        if (st != MS_OK)
            return st;
    }
    if (block.n > MS_SCAN_BLOCK_BYTES) { /* a single line */
        uint32_t end = block.n - (block.p[block.n - 1] == '\n');
        read_envelopes(p, block, &end, 1);
        return MS_OK;
    }
    size_t n_lines = ms_simd->newline_index(block.p, block.n, p->line_ends);
    if (block.n && block.p[block.n - 1] != '\n')
        p->line_ends[n_lines++] = block.n; /* fits: that last byte is no line end */
    read_envelopes(p, block, p->line_ends, n_lines);
    return MS_OK;
}

/* A line of more than MS_LINE_MAX_BYTES: one event with its beginning. */
static void read_long_line(struct ms_parser *p, const struct ms_segment *seg)
{
    struct ms_span line = seg->text;
    line.n -= line.n && line.p[line.n - 1] == '\n';
    *new_records(p, 1) = (struct ms_envelope){.stamp_us = MS_NONE,
                                              .pid = MS_NONE,
                                              .reason = "line longer than 1 MiB",
                                              .line = line,
                                              .host_id = p->reader.host_id,
                                              .tag_id = MS_NO_NAME,
                                              .tag = ms_names_tag(p->names, MS_NO_NAME)};
}

enum ms_status ms_parse_headers(struct ms_parser *p, const struct ms_segment *seg, struct ms_error *err)
{
    p->n_records = 0;
    if (seg->is_long_line) {
        read_long_line(p, seg);
        return MS_OK;
    }
    for (uint32_t at = 0; at < seg->text.n;) {
        struct ms_span rest = ms_span_of(seg->text.p + at, seg->text.n - at);
        struct ms_span block = ms_span_of(rest.p, block_bytes(rest));
        enum ms_status st = run_block(p, block, err);
        if (st != MS_OK)
            return st;
        at += block.n;
    }
    return MS_OK;
}

size_t ms_parsed_lines(const struct ms_parser *p)
{
    return p->n_records;
}

void ms_parsed_stamps(const struct ms_parser *p, struct ms_line_stamp *out)
{
    for (size_t i = 0; i < p->n_records; i++) {
        const struct ms_envelope *env = &p->records[i];
        out[i].stamp_us = env->stamp_us;
        out[i].host_id = env->host_id;
        out[i].has_year = env->has_year;
    }
}

/* Pass 4: kinds and fields. */
void ms_parse_events(struct ms_parser *p, const struct ms_segment *seg, ms_event_fn fn, void *user)
{
    struct ms_event e;
    for (size_t i = 0; i < p->n_records; i++) {
        read_event(p, &p->records[i], seg->text_offset + (uint64_t)(p->records[i].line.p - seg->text.p), &e);
        fn(user, &e);
    }
}

enum ms_status ms_parse_segment(struct ms_parser *p, const struct ms_segment *seg, ms_event_fn fn, void *user,
                                struct ms_error *err)
{
    enum ms_status st = ms_parse_headers(p, seg, err);
    if (st == MS_OK)
        ms_parse_events(p, seg, fn, user);
    return st;
}
