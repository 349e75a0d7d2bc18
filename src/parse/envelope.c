#include "parse/envelope.h"

#include <stdlib.h>

#include "base/memory.h"
#include "parse/dialect.h"
#include "parse/envelope_parts.h"
#include "parse/header.h"
#include "parse/hostless.h"
#include "parse/prefix.h"
#include "parse/records.h"
#include "parse/repeats.h"
#include "parse/rfc5424.h"
#include "parse/words.h"

static const char too_many[] = "too many hosts or programs";

void ms_envelope_init(struct ms_envelope_reader *r, struct ms_names *names, const char *host, bool use_memo)
{
    memset(r, 0, sizeof *r);
    r->names = names;
    r->use_memo = use_memo;
    r->host_id = host ? ms_names_add_host(names, ms_span_str(host)) : MS_NO_NAME;
}

void ms_envelope_fini(struct ms_envelope_reader *r)
{
    ms_json_reader_destroy(r->json);
    r->json = NULL;
}

void ms_envelope_reset(struct ms_envelope_reader *r)
{
    ms_stamp_memo_renew(&r->stamp);
    ms_json_reader_reset(r->json);
}

/* Why a line without a readable stamp is unparsed: other envelopes are named. */
static const char *reason_without_stamp(struct ms_span t)
{
    if (t.n == 0)
        return "empty line";
    size_t i = 0;
    while (i < t.n && i < 64 && (t.p[i] == '_' || (unsigned char)(t.p[i] - 'A') < 26))
        i++;
    if (i >= 3 && i < t.n && t.p[i] == '=')
        return "a field of a journal export, without its entry";
    if (t.p[0] == '"' && memmem(t.p, t.n < 512 ? t.n : 512, "\",\"", 3) != NULL)
        return "a row of CSV, which is not read: give text or JSON";
    struct ms_header h;
    ms_header_read(t, &h);
    if (ms_header_is_sure(&h, t.p + t.n) && *h.after_tag == '[')
        return "no time stamp";
    return "no envelope";
}

/* ---- host and tag: the memo in front of header.c ---- */

/* Names become ids only when the whole header is good, so that junk does not fill the table. */
void ms_envelope_intern(struct ms_envelope_reader *r, const struct ms_header *h, struct ms_envelope *out)
{
    bool full = false;
    if (out->host_id == MS_NO_NAME && h->host.p != NULL) {
        out->host_id = ms_names_add_host(r->names, h->host);
        full = out->host_id == MS_NO_NAME;
    }
    if (h->tag.p != NULL) {
        out->tag_id = ms_names_add_tag(r->names, h->tag);
        full |= out->tag_id == MS_NO_NAME;
        out->tag = ms_names_tag(r->names, out->tag_id);
    }
    if (full)
        out->reason = too_many;
}

static void remember(struct ms_envelope_reader *r, enum ms_header_form form, struct ms_span key,
                     const struct ms_envelope *env)
{
    if (ms_repeat_is_syslog(env->tag->tag))
        return; /* ms_envelope_read_lines asks such lines what they say */
    struct ms_header_slot *slot = ms_header_memo_keep(&r->headers, form, key, env->host_id, env->tag_id);
    if (slot != NULL)
        slot->tag = env->tag;
}

/* Gives back what follows the tag, NULL if out->reason is set. */
static const char *read_host_and_tag(struct ms_envelope_reader *r, struct ms_span rest, struct ms_header *h,
                                     struct ms_envelope *out)
{
    ms_header_read(rest, h);
    out->reason = h->reason;
    if (h->tag.n > 4 && ms_hostless_is_dovecot(h->tag)) {
        h->after_tag = h->tag.p;
        h->tag = MS_SPAN_LIT("dovecot");
    }
    if (h->reason == NULL)
        ms_envelope_intern(r, h, out);
    return out->reason ? NULL : h->after_tag;
}

/* The same by memory, if a plain `[PID]` follows: header.c then looks at nothing behind the bracket. Reads that pid too. */
static const char *find_host_and_tag(struct ms_envelope_reader *r, struct ms_span rest, struct ms_envelope *out)
{
    struct ms_header h;
    int64_t pid;
    uint32_t bracket = r->use_memo ? ms_header_find_bracket(rest.p, rest.n) : UINT32_MAX;
    bool has_room = rest.n >= 10 && bracket <= rest.n - 10;
    const char *after = has_room ? ms_header_plain_pid(rest.p + bracket, &pid) : NULL;
    if (after == NULL)
        return read_host_and_tag(r, rest, &h, out);
    struct ms_span key = ms_span_of(rest.p, bracket);
    const struct ms_header_slot *slot = ms_header_memo_find(&r->headers, MS_HEADER_TRADITIONAL, key);
    if (slot != NULL) {
        out->host_id = slot->host_id;
        out->tag_id = slot->tag_id;
        out->tag = slot->tag;
        out->pid = pid;
        return after;
    }
    const char *p = read_host_and_tag(r, rest, &h, out);
    if (p == rest.p + bracket && h.host.p != NULL && h.tag.p != NULL)
        remember(r, MS_HEADER_TRADITIONAL, key, out);
    return p;
}

/* The same for RFC 5424, where host and tag stand side by side. */
static void find_host_and_app(struct ms_envelope_reader *r, const struct ms_rfc5424 *h, struct ms_envelope *out)
{
    struct ms_span key = MS_SPAN_NULL;
    if (r->use_memo && h->host.p != NULL)
        key = ms_span_of(h->host.p, (size_t)(h->tag.p + h->tag.n - h->host.p));
    const struct ms_header_slot *slot = ms_header_memo_find(&r->headers, MS_HEADER_RFC5424, key);
    if (slot != NULL) {
        out->host_id = slot->host_id;
        out->tag_id = slot->tag_id;
        out->tag = slot->tag;
        return;
    }
    out->reason = ms_rfc5424_check_names(h);
    if (out->reason == NULL)
        ms_envelope_intern(r, &(struct ms_header){.host = h->host, .tag = h->tag}, out);
    if (out->reason == NULL)
        remember(r, MS_HEADER_RFC5424, key, out);
}

/* ---- the whole ---- */

static void take_stamp(const struct ms_stamp *stamp, struct ms_envelope *out)
{
    out->stamp_us = stamp->us;
    out->has_year = stamp->has_year;
}

static void intern_tag(struct ms_envelope_reader *r, const char *tag, struct ms_envelope *out)
{
    out->reason = NULL;
    if (tag != NULL)
        ms_envelope_intern(r, &(struct ms_header){.tag = ms_span_str(tag)}, out);
}

/* No header: the file may be some program's own. False: `out` is as it was. */
static bool read_own(struct ms_envelope_reader *r, struct ms_span behind_stamp, struct ms_envelope *out)
{
    struct ms_hostless h;
    if (!ms_hostless_read_own(behind_stamp, &h))
        return false;
    intern_tag(r, h.tag, out);
    out->pid = h.pid;
    out->text_at = (uint32_t)(behind_stamp.p - out->line.p) + h.text_at;
    return true;
}

static void read_traditional(struct ms_envelope_reader *r, struct ms_span rest, struct ms_envelope *out)
{
    struct ms_stamp stamp;
    if (!ms_stamp_read(r->use_memo ? &r->stamp : NULL, rest, &stamp)) {
        out->reason = reason_without_stamp(rest);
        return;
    }
    take_stamp(&stamp, out);
    const char *p = rest.p + stamp.n_bytes, *end = rest.p + rest.n;
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    struct ms_span behind_stamp = ms_span_of(p, (size_t)(end - p));
    p = find_host_and_tag(r, behind_stamp, out);
    if (out->reason != NULL) {
        if (out->reason != too_many)
            (void)read_own(r, behind_stamp, out);
        return;
    }
    if (out->tag_id != MS_NO_NAME)
        p = ms_header_skip_message_id(ms_header_read_pid(p, end, &out->pid), end);
    out->text_at = (uint32_t)(p - out->line.p);
}

/* A relay that did not understand the old header has put all of it into the text. */
static void read_header_inside(struct ms_envelope_reader *r, const struct ms_rfc5424 *outer, struct ms_envelope *out)
{
    struct ms_stamp stamp;
    struct ms_header h;
    const char *p = outer->text.p, *end = p + outer->text.n;
    bool has_stamp = ms_stamp_read(NULL, outer->text, &stamp);
    if (has_stamp)
        for (p += stamp.n_bytes; p < end && *p == ' ';)
            p++;
    ms_header_read(ms_span_of(p, (size_t)(end - p)), &h);
    bool is_header = has_stamp || (h.reason == NULL && h.host.p == NULL && h.after_tag < end && *h.after_tag == '[');
    if (!is_header || !ms_header_is_sure(&h, end))
        return;
    if (h.host.p == NULL && outer->host.p != NULL && ms_header_is_name(outer->host))
        h.host = outer->host;
    out->reason = NULL;
    ms_envelope_intern(r, &h, out);
    p = ms_header_skip_message_id(ms_header_read_pid(h.after_tag, end, &out->pid), end);
    out->text_at = (uint32_t)(p - out->line.p);
}

static void read_rfc5424(struct ms_envelope_reader *r, struct ms_span rest, struct ms_envelope *out)
{
    struct ms_rfc5424 h;
    out->reason = ms_rfc5424_read(rest, r->use_memo ? &r->stamp : NULL, &h);
    if (out->reason != NULL)
        return;
    take_stamp(&h.stamp, out);
    out->pid = h.pid;
    find_host_and_app(r, &h, out);
    if (out->reason == NULL)
        out->text_at = (uint32_t)(h.text.p - out->line.p);
    else if (ms_span_is(h.tag, "-"))
        read_header_inside(r, &h, out);
}

struct known {
    const struct ms_header_slot *slot;
    const struct ms_stamp_whole *stamp;
    const char *text;
    int64_t stamp_us, pid;
};

/* How far the next function looks, at most: stamp, header, `[`, pid, `: x`. */
#define KNOWN_BYTES (MS_STAMP_WHOLE_MAX + 31 + 8 + 3)

/* Nearly every line: its stamp is one of the last ones, host and tag are known, `[PID]: ` follows. False if any of this is not
 * so; the line is then read as if this function were not there. KNOWN_BYTES are readable, of which all up to k->text, which is
 * believed, stand side by side and hold no line end: they are of the line if k->text is. */
__attribute__((always_inline)) static inline bool read_known(const struct ms_envelope_reader *r, const char *line,
                                                             struct known *k)
{
    k->stamp = ms_stamp_known(&r->stamp, line, &k->stamp_us);
    if (k->stamp == NULL)
        return false;
    const char *p = line + k->stamp->blank_at + 1;
    uint32_t bracket = (uint32_t)__builtin_ctz(ms_bytes_equal(p, '[') | 1u << 31);
    if (bracket - MS_HEADER_KEY_MIN > 30 - MS_HEADER_KEY_MIN)
        return false;
    k->slot = ms_header_memo_find_short(&r->headers, p, bracket);
    if (k->slot == NULL)
        return false;
    p = ms_header_digits(p + bracket + 1, &k->pid);
    if (p == NULL || memcmp(p, "]: ", 3) != 0 || p[3] <= ' ' || p[3] == '[')
        return false;
    k->text = p + 3;
    return true;
}

/* multilog's line of a program that writes as if to syslog: `TAG[PID]: ` */
static void read_tag_inside(struct ms_envelope_reader *r, struct ms_envelope *out)
{
    struct ms_header h;
    int64_t pid = MS_NONE;
    const char *p = out->line.p + out->text_at, *end = out->line.p + out->line.n;
    ms_header_read(ms_span_of(p, (size_t)(end - p)), &h);
    if (h.reason != NULL || h.host.p != NULL || h.tag.p == NULL || h.after_tag == end || *h.after_tag != '[')
        return;
    p = ms_header_read_pid(h.after_tag, end, &pid);
    if (pid == MS_NONE)
        return;
    ms_envelope_intern(r, &h, out);
    out->pid = pid;
    out->text_at = (uint32_t)(p - out->line.p);
}

/* Log files that have no syslog header, and lines that go on from the one before (hostless.h). */
static bool read_hostless(struct ms_envelope_reader *r, struct ms_span rest, struct ms_envelope *out)
{
    struct ms_hostless h;
    if (!ms_hostless_read(rest, &h))
        return false;
    out->stamp_us = h.stamp_us;
    out->has_year = h.has_year;
    out->pid = h.pid;
    out->text_at = (uint32_t)(rest.p - out->line.p) + h.text_at;
    intern_tag(r, h.tag, out);
    if (h.tag == NULL)
        read_tag_inside(r, out);
    return true;
}

void ms_envelope_begin(const struct ms_envelope_reader *r, struct ms_span line, struct ms_envelope *out)
{
    *out = (struct ms_envelope){.stamp_us = MS_NONE,
                                .pid = MS_NONE,
                                .line = line,
                                .host_id = r->host_id,
                                .tag_id = MS_NO_NAME,
                                .tag = ms_names_tag(r->names, MS_NO_NAME)};
}

/* A line that another tool has written something in front of (prefix.h). False: `out` is as it was. */
static bool read_prefixed(struct ms_envelope_reader *r, struct ms_span text, struct ms_envelope *out)
{
    struct ms_prefixed found;
    struct ms_envelope e;
    struct ms_header h;
    unsigned pri = 0;
    ms_prefix_read(text, &found);
    ms_envelope_begin(r, out->line, &e);
    if (found.line.p != text.p && ms_hostless_may_be(found.line) && read_hostless(r, found.line, &e)) {
        if (found.has_outer)
            take_stamp(&found.stamp, &e);
        if (e.tag_id != MS_NO_NAME)
            *out = e;
        return e.tag_id != MS_NO_NAME;
    }
    if (found.rest.p == NULL) {
        size_t n = ms_envelope_read_pri(found.line, &pri);
        struct ms_span rest = ms_span_of(found.line.p + n, found.line.n - n);
        if (n == 0 || found.line.p == text.p || !ms_rfc5424_is(rest))
            return false;
        read_rfc5424(r, rest, &e);
    } else {
        const char *end = found.rest.p + found.rest.n;
        ms_header_read(found.rest, &h);
        if (read_own(r, found.rest, &e)) {
            take_stamp(&found.stamp, &e);
            *out = e;
            return e.reason == NULL;
        }
        if (ms_qmail_knows(found.rest)) /* behind seconds since 1970 */
            h = (struct ms_header){.tag = MS_SPAN_LIT("qmail"), .after_tag = found.rest.p};
        else if (!ms_header_is_sure(&h, end))
            return false;
        ms_envelope_intern(r, &h, &e);
        take_stamp(&found.stamp, &e);
        e.text_at = (uint32_t)(ms_header_skip_message_id(ms_header_read_pid(h.after_tag, end, &e.pid), end) - e.line.p);
    }
    if (e.reason == NULL)
        *out = e;
    return e.reason == NULL;
}

void ms_envelope_read_plain(struct ms_envelope_reader *r, struct ms_span line, struct ms_envelope *out)
{
    ms_envelope_begin(r, line, out);
    unsigned pri;
    size_t at = line.n && (line.p[0] == 0 || line.p[0] == '\xEF') ? ms_envelope_skip_junk(line) : 0;
    if (at < line.n && line.p[at] == '<')
        at += ms_envelope_read_pri(ms_span_of(line.p + at, line.n - at), &pri);
    struct ms_span rest = ms_span_of(line.p + at, line.n - at);
    if (at > 0 && ms_rfc5424_is(rest) && line.p[at - 1] == '>')
        read_rfc5424(r, rest, out);
    else if (!ms_hostless_may_be(rest) || !read_hostless(r, rest, out))
        read_traditional(r, rest, out);
    if (out->reason != NULL && out->reason != too_many && read_prefixed(r, rest, out))
        return;
    if (out->reason != NULL && out->stamp_us == MS_NONE) {
        if (ms_hostless_is_rejectlog(rest))
            intern_tag(r, "exim", out);
        else if (ms_hostless_is_continuation(rest))
            out->reason = NULL;
    }
}

/* Apart, so that the registers that it needs are not saved for every line. */
__attribute__((noinline)) static void read_unknown(struct ms_envelope_reader *r, struct ms_span line,
                                                   struct ms_envelope *out)
{
    size_t at = line.n && (line.p[0] == 0 || line.p[0] == '\xEF') ? ms_envelope_skip_junk(line) : 0;
    struct ms_span rest = ms_span_of(line.p + at, line.n - at);
    if (!ms_json_line_may_be(rest)) {
        ms_envelope_read_plain(r, line, out);
        return;
    }
    ms_envelope_begin(r, line, out);
    ms_envelope_read_json(r, rest, false, out);
}

void ms_envelope_read(struct ms_envelope_reader *r, struct ms_span line, struct ms_envelope *out)
{
    char room[KNOWN_BYTES] = {0};
    struct known k;
    if (line.n)
        memcpy(room, line.p, line.n < sizeof room ? line.n : sizeof room);
    if (!r->use_memo || !read_known(r, room, &k)) {
        read_unknown(r, line, out);
        return;
    }
    *out = (struct ms_envelope){.stamp_us = k.stamp_us,
                                .pid = k.pid,
                                .line = line,
                                .text_at = (uint32_t)(k.text - room),
                                .host_id = k.slot->host_id,
                                .tag_id = k.slot->tag_id,
                                .has_year = k.stamp->has_year,
                                .tag = k.slot->tag};
}

/* ---- the lines of a segment ---- */

__attribute__((noinline)) static void add_unknown(struct ms_envelope_reader *r, struct ms_span line, uint32_t at,
                                                  struct ms_records *out)
{
    struct ms_envelope env;
    read_unknown(r, line, &env);
    ms_records_put(out, &env, at);
}

void ms_envelope_read_lines(struct ms_envelope_reader *r, struct ms_span block, uint32_t at, const uint32_t *ends,
                            size_t n_lines, struct ms_records *out)
{
    ms_records_reserve(out, n_lines);
    const char *segment = block.p - at, *line = block.p;
    const uint64_t first_of_repeat = ms_load8("message repeated ");
    struct ms_record *record = out->items + out->n;
    uint32_t *stamp = out->stamps.of_line + out->n;
    for (const uint32_t *ends_end = ends + n_lines; ends < ends_end; ends++) {
        const char *next = block.p + *ends, *end = next;
        struct known k;
        /* What was believed is of the line, as no line end is; but the last line may have none, and then anything follows. */
        if (end - line >= KNOWN_BYTES - 64 && read_known(r, line, &k) && k.text < end &&
            ms_load8(k.text) != first_of_repeat) {
            const struct ms_header_slot *slot = k.slot;
            end -= end[-1] == '\r';
            *stamp++ = ms_records_stamp_known(out, slot->host_id, k.stamp_us, k.stamp);
            *record++ = (struct ms_record){.tag = slot->tag,
                                           .pid = k.pid,
                                           .at = (uint32_t)(line - segment),
                                           .n = (uint32_t)(end - line),
                                           .text_at = (uint32_t)(k.text - line),
                                           .host_id = slot->host_id,
                                           .tag_id = slot->tag_id};
        } else {
            end -= end > line && end[-1] == '\r';
            out->n = (size_t)(record++ - out->items);
            stamp++;
            add_unknown(r, ms_span_of(line, (size_t)(end - line)), (uint32_t)(line - segment), out);
        }
        line = next + 1;
    }
    out->n = (size_t)(record - out->items);
}
