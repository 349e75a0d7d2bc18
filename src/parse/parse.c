#include "parse/parse.h"

#include <stdlib.h>

#include "base/memory.h"
#include "parse/dialect.h"
#include "parse/envelope.h"
#include "parse/repeats.h"
#include "parse/shortened.h"
#include "simd/simd.h"

struct ms_parser {
    struct ms_names *names;
    struct ms_scanner *scanner; /* NULL: no patterns */
    struct ms_hits hits;        /* of the block in hand */
    uint32_t first_kept_id;     /* hits of these patterns and later ones are kept; UINT32_MAX: none */
    struct ms_line_hit *kept;   /* of the segment in hand */
    size_t n_kept, cap_kept;
    uint16_t kind_unparsed, kind_other, kind_repeated;
    uint32_t line_ends[MS_SCAN_BLOCK_BYTES];
    struct ms_records records;        /* of the segment in hand */
    struct ms_envelope_reader reader; /* of the passes, with memos */
    struct ms_envelope_reader plain;  /* of ms_parse_line */
    struct ms_arena repeated_lines;   /* of the segments before that are repeated in this one */
    struct ms_event repeated;         /* the one that the event in hand repeats */
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
    p->first_kept_id = UINT32_MAX;
    p->kind_unparsed = ms_kind_find("unparsed");
    p->kind_other = ms_kind_find("other");
    p->kind_repeated = ms_kind_find("syslog.repeated");
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
    ms_records_fini(&p->records);
    ms_envelope_fini(&p->reader);
    ms_envelope_fini(&p->plain);
    ms_arena_fini(&p->repeated_lines);
    free(p->kept);
    free(p);
}

void ms_parser_keep_hits(struct ms_parser *p, uint32_t first_id)
{
    p->first_kept_id = first_id;
}

static struct ms_span without_carriage_return(struct ms_span line)
{
    line.n -= line.n && line.p[line.n - 1] == '\r';
    return line;
}

/* Who reads the texts of which programs. */
static void (*const dialects[MS_N_DIALECTS])(const struct ms_tag *tag, struct ms_event *e) = {
    [MS_DIALECT_NONE] = ms_unclaimed_parse,    [MS_DIALECT_POSTFIX] = ms_postfix_parse,
    [MS_DIALECT_EXIM] = ms_exim_parse,         [MS_DIALECT_QMAIL] = ms_qmail_parse,
    [MS_DIALECT_SENDMAIL] = ms_sendmail_parse, [MS_DIALECT_HELPER] = ms_helper_parse,
};

/* The line's dialect; `has_room`: 64 bytes behind the line are readable. */
static inline void read_event(const struct ms_parser *p, const struct ms_tag *tag, const char *reason, bool has_room,
                              struct ms_event *e)
{
    e->severity = 0;
    e->is_cut = false;
    e->repeats = 0;
    e->queue_id = MS_SPAN_NULL;
    e->reason = reason;
    e->daemon = reason ? (uint8_t)MS_D_OTHER : tag->daemon;
    e->mta = reason ? (uint8_t)MS_MTA_NONE : tag->mta;
    e->is_usual = reason == NULL && tag->dialect == MS_DIALECT_POSTFIX && has_room && ms_postfix_usual(e);
    if (e->is_usual)
        return;
    e->role = reason ? MS_ROLE_UNPARSED : MS_ROLE_EVENT;
    e->kind = reason ? p->kind_unparsed : p->kind_other;
    e->u.event = ms_event_peer_none();
    if (reason != NULL)
        return;
    struct ms_span all = e->text;
    if (tag->dialect != MS_DIALECT_POSTFIX) /* whose texts hold no control characters */
        e->text = ms_text_without_controls(all);
    dialects[tag->dialect](tag, e);
    e->text = all;
}

/* The same for a text that may be but a beginning. */
__attribute__((noinline)) static void read_cut(const struct ms_parser *p, const struct ms_tag *tag, struct ms_event *e)
{
    struct ms_span all = e->text;
    e->text = ms_text_before_cut(all);
    read_event(p, tag, NULL, false, e);
    ms_keep_before_cut(e);
    e->text = all;
    e->is_cut = true;
}

/* The same for a line of any length. */
static void read_text(const struct ms_parser *p, const struct ms_tag *tag, const char *reason, bool has_room,
                      struct ms_event *e)
{
    if (reason == NULL && ms_line_may_be_cut(e->line, e->text, tag->mta))
        read_cut(p, tag, e);
    else
        read_event(p, tag, reason, has_room, e);
}

/* Only daemons' lines that sum up come here: what they repeat is read from their own text, or is another line. */
__attribute__((noinline)) static void read_repeat(const struct ms_parser *p, const struct ms_tag *tag, bool has_text,
                                                  bool is_cut, bool has_room, struct ms_event *e)
{
    if (has_text && is_cut) {
        read_cut(p, tag, e);
        return;
    }
    if (has_text) {
        read_event(p, tag, NULL, has_room, e);
        e->is_usual = false;
        return;
    }
    e->severity = 0;
    e->is_cut = e->is_usual = false;
    e->queue_id = MS_SPAN_NULL;
    e->reason = NULL;
    e->daemon = MS_D_OTHER;
    e->mta = MS_MTA_NONE;
    e->role = MS_ROLE_EVENT;
    e->kind = p->kind_repeated;
    e->u.event = ms_event_peer_none();
}

/* The event of one envelope, without what its place tells. */
static void read_envelope(const struct ms_parser *p, const struct ms_envelope *env, struct ms_event *out)
{
    struct ms_repeat_text said;
    out->line = env->line;
    out->text = env->apart.p ? env->apart : ms_span_of(env->line.p + env->text_at, env->line.n - env->text_at);
    out->stamp_us = env->stamp_us;
    out->time_us = out->eff_s = MS_NONE;
    out->has_year = env->has_year;
    out->host_id = env->host_id;
    out->tag_id = env->tag_id;
    out->pid = env->pid;
    if (env->reason != NULL || !ms_repeat_read(env->tag, env->tag_id != MS_NO_NAME, out->text, &said)) {
        if (env->reason == NULL && env->is_cut)
            read_cut(p, env->tag, out);
        else if (env->apart.p != NULL)
            read_event(p, env->tag, env->reason, false, out);
        else
            read_text(p, env->tag, env->reason, false, out);
        return;
    }
    out->repeat_by = out->text;
    if (said.text.p != NULL)
        out->text = said.text;
    read_repeat(p, env->tag, said.text.p != NULL, said.is_cut, false, out);
    out->repeats = said.said;
    out->times = 1;
    out->repeated = NULL;
}

void ms_parse_line(struct ms_parser *p, struct ms_span line, uint64_t offset, struct ms_event *out)
{
    struct ms_envelope env;
    ms_envelope_reset(&p->plain);
    ms_envelope_read(&p->plain, without_carriage_return(line), &env);
    out->offset = offset;
    read_envelope(p, &env, out);
}

void ms_parse_text(const struct ms_tag *tag, struct ms_span text, struct ms_event *out)
{
    *out = (struct ms_event){.line = text,
                             .text = text,
                             .stamp_us = MS_NONE,
                             .time_us = MS_NONE,
                             .eff_s = MS_NONE,
                             .pid = 0,
                             .host_id = MS_NO_NAME,
                             .tag_id = MS_NO_NAME,
                             .daemon = tag->daemon,
                             .mta = tag->mta,
                             .role = MS_ROLE_EVENT,
                             .u.event = {.client = {.port = MS_NONE}}};
    dialects[tag->dialect](tag, out);
}

/* ---- the passes over a segment ---- */

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

static bool is_kept(const struct ms_parser *p, uint32_t line, uint32_t pattern_id)
{
    for (size_t i = p->n_kept; i-- > 0 && p->kept[i].line == line;)
        if (p->kept[i].pattern_id == pattern_id)
            return true;
    return false;
}

/* Gives the block's hits to its lines, the first of which has the number `first`; ends[] as in ms_envelope_read_lines. */
static void keep_hits(struct ms_parser *p, uint32_t first, const uint32_t *ends, size_t n_lines)
{
    size_t line = 0;
    for (size_t i = 0; i < p->hits.n; i++) { /* in the order of their ends */
        const struct ms_hit *hit = &p->hits.items[i];
        if (hit->pattern_id < p->first_kept_id)
            continue;
        while (line < n_lines && ends[line] < hit->end)
            line++;
        if (line == n_lines || is_kept(p, first + (uint32_t)line, hit->pattern_id))
            continue;
        p->kept = ms_grow(p->kept, &p->cap_kept, p->n_kept + 1, sizeof *p->kept);
        p->kept[p->n_kept++] = (struct ms_line_hit){first + (uint32_t)line, hit->pattern_id};
    }
}

static enum ms_status scan_block(struct ms_parser *p, struct ms_span block, struct ms_error *err)
{
    p->hits.n = 0;
    return p->scanner != NULL ? ms_scanner_scan(p->scanner, block, &p->hits, err) : MS_OK;
}

/* Passes 1 to 3: the matcher, the line ends, the envelopes. */
static enum ms_status run_block(struct ms_parser *p, struct ms_span block, uint32_t at, struct ms_error *err)
{
    uint32_t first = (uint32_t)p->records.n;
    enum ms_status st = scan_block(p, block, err);
    if (st != MS_OK)
        return st;
    if (block.n > MS_SCAN_BLOCK_BYTES) { /* a single line */
        uint32_t end = block.n - (block.p[block.n - 1] == '\n');
        ms_envelope_read_lines(&p->reader, block, at, &end, 1, &p->records);
        keep_hits(p, first, &end, 1);
        return MS_OK;
    }
    size_t n_lines = ms_simd->newline_index(block.p, block.n, p->line_ends);
    if (block.n && block.p[block.n - 1] != '\n')
        p->line_ends[n_lines++] = block.n; /* fits: that last byte is no line end */
    ms_envelope_read_lines(&p->reader, block, at, p->line_ends, n_lines, &p->records);
    if (p->hits.n > 0 && p->first_kept_id != UINT32_MAX)
        keep_hits(p, first, p->line_ends, n_lines);
    return MS_OK;
}

/* A line of more than MS_LINE_MAX_BYTES: one event with its beginning. */
static void read_long_line(struct ms_parser *p, const struct ms_segment *seg)
{
    struct ms_span line = seg->text;
    line.n -= line.n && line.p[line.n - 1] == '\n';
    struct ms_envelope env = {.stamp_us = MS_NONE,
                              .pid = MS_NONE,
                              .reason = "line longer than 1 MiB",
                              .line = line,
                              .host_id = p->reader.host_id,
                              .tag_id = MS_NO_NAME,
                              .tag = ms_names_tag(p->names, MS_NO_NAME)};
    ms_records_add(&p->records, &env, 0);
}

/* Its beginning is looked at, as far as it is here. */
static enum ms_status scan_long_line(struct ms_parser *p, const struct ms_segment *seg, struct ms_error *err)
{
    uint32_t end = seg->text.n;
    enum ms_status st = p->first_kept_id != UINT32_MAX ? scan_block(p, seg->text, err) : MS_OK;
    if (st == MS_OK && p->first_kept_id != UINT32_MAX)
        keep_hits(p, 0, &end, 1);
    return st;
}

enum ms_status ms_parse_headers(struct ms_parser *p, const struct ms_segment *seg, struct ms_error *err)
{
    ms_records_clear(&p->records);
    ms_envelope_reset(&p->reader);
    ms_arena_reset(&p->repeated_lines);
    p->n_kept = 0;
    if (seg->is_long_line) {
        read_long_line(p, seg);
        return scan_long_line(p, seg, err);
    }
    for (uint32_t at = 0; at < seg->text.n;) {
        struct ms_span rest = ms_span_of(seg->text.p + at, seg->text.n - at);
        struct ms_span block = ms_span_of(rest.p, block_bytes(rest));
        enum ms_status st = run_block(p, block, at, err);
        if (st != MS_OK)
            return st;
        at += block.n;
    }
    ms_repeats_find(&p->records, seg->text);
    return MS_OK;
}

void ms_parse_repeats(struct ms_parser *p, const struct ms_segment *seg, struct ms_repeat_memory *memory)
{
    ms_repeats_settle(memory, &p->records, seg, &p->repeated_lines);
}

size_t ms_parsed_lines(const struct ms_parser *p)
{
    return p->records.n;
}

struct ms_stamps *ms_parsed_stamps(struct ms_parser *p)
{
    return &p->records.stamps;
}

const struct ms_line_hit *ms_parsed_hits(const struct ms_parser *p, size_t *n)
{
    *n = p->n_kept;
    return p->kept;
}

const struct ms_record *ms_parsed_records(const struct ms_parser *p)
{
    return p->records.items;
}

/* The line that is repeated, read anew: its host and program are known, and so is who reads it. */
static const struct ms_event *read_repeated(struct ms_parser *p, struct ms_span line)
{
    struct ms_envelope env;
    ms_envelope_read(&p->reader, line, &env);
    p->repeated.offset = 0;
    read_envelope(p, &env, &p->repeated);
    return &p->repeated;
}

/* A record whose text stands apart: decoded, or one that is repeated; or a long one. */
__attribute__((noinline)) static void read_unusual(struct ms_parser *p, size_t i, struct ms_event *e)
{
    const struct ms_record *r = &p->records.items[i];
    if (r->text_at != MS_TEXT_APART) {
        e->text = ms_span_of(e->line.p + r->text_at, r->n - r->text_at);
        read_text(p, r->tag, r->reason, true, e);
        return;
    }
    const struct ms_repeat *repeat = ms_repeats_of_line(&p->records, i);
    const struct ms_apart *apart = ms_records_apart(&p->records, i);
    e->text = apart->text;
    if (repeat == NULL && r->reason == NULL && apart->is_cut) {
        read_cut(p, r->tag, e);
        return;
    }
    if (repeat == NULL) {
        read_event(p, r->tag, r->reason, true, e);
        return;
    }
    read_repeat(p, r->tag, repeat->has_text, repeat->is_cut, true, e);
    e->repeats = repeat->said;
    e->times = repeat->times > 0 ? repeat->times : 1;
    e->repeat_by = repeat->by;
    e->repeated = repeat->of.p != NULL && repeat->times > 0 ? read_repeated(p, repeat->of) : NULL;
}

static inline void read_record(struct ms_parser *p, const struct ms_segment *seg, size_t i, struct ms_event *e)
{
    const struct ms_stamps *stamps = &p->records.stamps;
    const struct ms_record *r = &p->records.items[i];
    const struct ms_line_stamp *stamp = &stamps->items[stamps->of_line[i]];
    e->offset = seg->text_offset + r->at;
    e->line = ms_span_of(seg->text.p + r->at, r->n);
    e->stamp_us = stamp->stamp_us;
    e->time_us = stamp->time_us;
    e->eff_s = stamp->eff_s;
    e->has_year = stamp->has_year;
    e->host_id = r->host_id;
    e->tag_id = r->tag_id;
    e->pid = r->pid;
    if (__builtin_expect((r->text_at == MS_TEXT_APART) | (r->n >= MS_SHORTENED_MIN), false)) {
        read_unusual(p, i, e);
        return;
    }
    e->text = ms_span_of(e->line.p + r->text_at, r->n - r->text_at);
    read_event(p, r->tag, r->reason, true, e);
}

/* Pass 4: kinds and fields. */
void ms_parse_events(struct ms_parser *p, const struct ms_segment *seg, ms_event_fn fn, void *user)
{
    struct ms_event e;
    for (size_t i = 0; i < p->records.n; i++) {
        read_record(p, seg, i, &e);
        fn(user, &e);
    }
}

void ms_parse_event(struct ms_parser *p, const struct ms_segment *seg, size_t line, struct ms_event *out)
{
    MS_ASSERT(line < p->records.n);
    read_record(p, seg, line, out);
}

enum ms_status ms_parse_segment(struct ms_parser *p, const struct ms_segment *seg, ms_event_fn fn, void *user,
                                struct ms_error *err)
{
    enum ms_status st = ms_parse_headers(p, seg, err);
    if (st == MS_OK)
        ms_parse_events(p, seg, fn, user);
    return st;
}
