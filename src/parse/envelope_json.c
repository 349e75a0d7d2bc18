/* Envelopes that are JSON objects: what their members say, or the line that one of them holds. */
#include "parse/envelope_parts.h"
#include "parse/header.h"
#include "parse/json_line.h"

/* A text that came with a time of its own, but without any in it: `TAG[PID]: TEXT`. */
static bool read_tagged(struct ms_envelope_reader *r, struct ms_span text, bool needs_pid, struct ms_envelope *out)
{
    struct ms_header h;
    ms_header_read(text, &h);
    if (h.reason != NULL || h.host.p != NULL || h.tag.p == NULL)
        return false;
    if (needs_pid && (h.after_tag == text.p + text.n || *h.after_tag != '['))
        return false;
    ms_envelope_intern(r, &h, out);
    const char *p = ms_header_read_pid(h.after_tag, text.p + text.n, &out->pid);
    out->apart = ms_span_of(p, (size_t)(text.p + text.n - p));
    return true;
}

/* The object's text is a line of its own. Its header tells host and program, the object the time, if it has one. */
static void read_inner_line(struct ms_envelope_reader *r, const struct ms_json_line *j, bool is_nested,
                            struct ms_envelope *out)
{
    struct ms_envelope inner = *out;
    if (j->has_stamp && read_tagged(r, j->text, true, &inner)) {
        ; /* (splogger's own stamp behind the tag is not looked for) */
    } else if (!is_nested && ms_json_line_may_be(j->text)) { /* a collector has wrapped what another one had */
        ms_envelope_begin(r, j->text, &inner);
        ms_envelope_read_json(r, j->text, true, &inner);
    } else {
        ms_envelope_read_plain(r, j->text, &inner);
    }
    if (inner.reason == NULL && inner.apart.p != NULL) {
        ; /* is told */
    } else if (inner.reason == NULL) {
        inner.apart = ms_span_of(j->text.p + inner.text_at, j->text.n - inner.text_at);
    } else if (j->has_stamp && inner.stamp_us == MS_NONE) {
        struct ms_envelope tagged = *out;
        if (read_tagged(r, j->text, false, &tagged))
            inner = tagged;
    }
    inner.line = out->line;
    inner.text_at = 0;
    inner.is_cut |= j->is_cut;
    if (j->has_stamp) {
        inner.stamp_us = j->stamp_us;
        inner.has_year = j->has_year;
    }
    if (inner.host_id == MS_NO_NAME && inner.reason == NULL && j->host.p != NULL && ms_header_is_name(j->host))
        inner.host_id = ms_names_add_host(r->names, j->host);
    *out = inner;
}

void ms_envelope_read_json(struct ms_envelope_reader *r, struct ms_span object, bool is_nested, struct ms_envelope *out)
{
    struct ms_json_line j;
    if (r->json == NULL)
        r->json = ms_json_reader_create();
    out->reason = ms_json_line_read(r->json, object, &j);
    if (out->reason != NULL)
        return;
    if (j.is_line) {
        read_inner_line(r, &j, is_nested, out);
        return;
    }
    if ((j.host.p != NULL && !ms_header_is_name(j.host)) || !ms_header_is_name(j.tag)) {
        out->reason = "no host or program name";
        return;
    }
    ms_envelope_intern(r, &(struct ms_header){.host = j.host, .tag = j.tag}, out);
    out->stamp_us = j.stamp_us;
    out->has_year = j.has_year;
    out->pid = j.pid;
    out->apart = j.text;
}
