/* What stands in front of a header, and the stamp of a line that nobody has read yet. */
#include "parse/envelope.h"
#include "parse/hostless.h"
#include "parse/prefix.h"
#include "parse/rfc5424.h"

size_t ms_envelope_skip_junk(struct ms_span line)
{
    size_t at = 0;
    for (;;) {
        if (at < line.n && line.p[at] == 0)
            at++;
        else if (line.n - at >= 3 && memcmp(line.p + at, "\xEF\xBB\xBF", 3) == 0)
            at += 3;
        else
            return at;
    }
}

size_t ms_envelope_read_pri(struct ms_span text, unsigned *pri)
{
    unsigned value = 0;
    size_t at = 1;
    if (text.n < 3 || text.p[0] != '<')
        return 0;
    while (at < text.n && at < 4 && (unsigned char)(text.p[at] - '0') <= 9)
        value = value * 10 + (unsigned)(text.p[at++] - '0');
    if (at == 1 || at >= text.n || text.p[at] != '>' || value > 191)
        return 0;
    *pri = value;
    return at + 1;
}

static bool first_stamp_of_json(struct ms_span line, int64_t *stamp_us, bool *has_year)
{
    struct ms_json_reader *r = ms_json_reader_create();
    struct ms_json_line j;
    bool found = ms_json_line_read(r, line, &j) == NULL;
    if (found && j.has_stamp) {
        *stamp_us = j.stamp_us;
        *has_year = j.has_year;
    } else if (found) {
        found = !ms_json_line_may_be(j.text) && ms_first_stamp(j.text, stamp_us, has_year);
    }
    ms_json_reader_destroy(r);
    return found;
}

bool ms_first_stamp(struct ms_span line, int64_t *stamp_us, bool *has_year)
{
    struct ms_stamp stamp;
    struct ms_hostless h;
    unsigned pri;
    size_t at = ms_envelope_skip_junk(line);
    if (ms_json_line_may_be(ms_span_of(line.p + at, line.n - at)))
        return first_stamp_of_json(ms_span_of(line.p + at, line.n - at), stamp_us, has_year);
    size_t pri_bytes = ms_envelope_read_pri(ms_span_of(line.p + at, line.n - at), &pri);
    at += pri_bytes;
    struct ms_span rest = ms_span_of(line.p + at, line.n - at);
    if (pri_bytes && ms_rfc5424_is(rest))
        rest = ms_span_of(rest.p + 2, rest.n - 2);
    if (ms_hostless_may_be(rest) && ms_hostless_read(rest, &h)) {
        *stamp_us = h.stamp_us;
        *has_year = h.has_year;
        return true;
    }
    if (!ms_stamp_read(NULL, rest, &stamp)) {
        struct ms_prefixed found;
        ms_prefix_read(rest, &found);
        if (found.rest.p == NULL)
            return false;
        stamp = found.stamp;
    }
    *stamp_us = stamp.us;
    *has_year = stamp.has_year;
    return true;
}
