#include "parse/envelope.h"

#include "base/memory.h"
#include "parse/header.h"
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

static bool is_hex(char c)
{
    return (unsigned char)(c - '0') <= 9 || (unsigned char)((c | 32) - 'a') <= 5;
}

/* Why a line without a readable stamp is unparsed: other envelopes are named. */
static const char *reason_without_stamp(struct ms_span t)
{
    if (t.n == 0)
        return "empty line";
    if (t.p[0] == '{')
        return "JSON envelope is not read yet";
    if (t.n >= 26 && t.p[0] == '@' && t.p[25] == ' ') {
        size_t i = 1;
        while (i < 25 && is_hex(t.p[i]))
            i++;
        if (i == 25)
            return "TAI64N envelope is not read yet";
    }
    size_t i = 0;
    while (i < t.n && i < 64 && (t.p[i] == '_' || (unsigned char)(t.p[i] - 'A') < 26))
        i++;
    if (i >= 3 && i < t.n && t.p[i] == '=')
        return "journal export is not read yet";
    return "no envelope";
}

/* ---- host and tag: the memo in front of header.c ---- */

/* Offset of the first '[' in the bytes that a key can have, 8 at a time; UINT32_MAX: none. */
static uint32_t find_bracket(const char *p, uint32_t n)
{
    const uint32_t room = n < MS_HEADER_KEY_MAX + 8 ? n : MS_HEADER_KEY_MAX + 8;
    for (uint32_t i = 0; i + 8 <= room; i += 8) {
        uint64_t found = ms_word_find(ms_load8(p + i), '[');
        if (found)
            return i + ms_word_first(found);
    }
    return UINT32_MAX;
}

#define PID_ROOM 12u /* `[1234567]: x` */

/* `[digits]`, at most 7 of them, and then `:` or a blank: gives back what stands behind `]`, else NULL. Without a loop,
 * whose length nobody could predict: the digits are shifted to the top of a word, zeros go below. */
static inline const char *read_plain_pid(const char *p, const char *end, int64_t *pid)
{
    if (end - p < 10)
        return NULL;
    uint64_t x = ms_load8(++p), close = ms_word_find(x, ']');
    if (close == 0 || (close & 0x80))
        return NULL; /* no bracket in sight, or nothing in front of it */
    unsigned n_digits = ms_word_first(close);
    uint32_t number;
    bool are_digits = ms_word_digits(x << (64 - 8 * n_digits) | MS_EACH_BYTE('0') >> (8 * n_digits), &number);
    p += n_digits + 1;
    if (!are_digits || (*p != ':' && *p != ' '))
        return NULL;
    *pid = number;
    return p;
}

/* Names become ids only when the whole header is good, so that junk does not fill the table. */
static void intern(struct ms_envelope_reader *r, const struct ms_header *h, struct ms_envelope *out)
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
    if (h->reason == NULL)
        intern(r, h, out);
    return out->reason ? NULL : h->after_tag;
}

/* The same by memory, if a plain `[PID]` follows: header.c then looks at nothing behind the bracket. Reads that pid too. */
static const char *find_host_and_tag(struct ms_envelope_reader *r, struct ms_span rest, struct ms_envelope *out)
{
    struct ms_header h;
    int64_t pid;
    uint32_t bracket = r->use_memo ? find_bracket(rest.p, rest.n) : UINT32_MAX;
    const char *after = bracket < rest.n ? read_plain_pid(rest.p + bracket, rest.p + rest.n, &pid) : NULL;
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
        intern(r, &(struct ms_header){.host = h->host, .tag = h->tag}, out);
    if (out->reason == NULL)
        remember(r, MS_HEADER_RFC5424, key, out);
}

/* ---- the whole ---- */

/* Solaris puts `[ID 197553 mail.info] ` in front of the text. */
static const char *skip_message_id(const char *p, const char *end)
{
    if (end - p < 8 || memcmp(p, "[ID ", 4) != 0)
        return p;
    const char *q = p + 4;
    while (q < end && (unsigned char)(*q - '0') <= 9)
        q++;
    if (q == p + 4 || q == end || *q != ' ')
        return p;
    q = memchr(q, ']', (size_t)(end - q) < 32 ? (size_t)(end - q) : 32);
    if (q == NULL)
        return p;
    for (q++; q < end && *q == ' ';)
        q++;
    return q;
}

static void read_traditional(struct ms_envelope_reader *r, struct ms_span rest, struct ms_envelope *out)
{
    struct ms_stamp stamp;
    if (!ms_stamp_read(r->use_memo ? &r->stamp : NULL, rest, &stamp)) {
        out->reason = reason_without_stamp(rest);
        return;
    }
    out->stamp_us = stamp.us;
    out->has_year = stamp.has_year;
    const char *p = rest.p + stamp.n_bytes, *end = rest.p + rest.n;
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    p = find_host_and_tag(r, ms_span_of(p, (size_t)(end - p)), out);
    if (out->reason != NULL)
        return;
    if (out->tag_id != MS_NO_NAME)
        p = skip_message_id(ms_header_read_pid(p, end, &out->pid), end);
    out->text_at = (uint32_t)(p - out->line.p);
}

static void read_rfc5424(struct ms_envelope_reader *r, struct ms_span rest, struct ms_envelope *out)
{
    struct ms_rfc5424 h;
    out->reason = ms_rfc5424_read(rest, r->use_memo ? &r->stamp : NULL, &h);
    if (out->reason != NULL)
        return;
    out->stamp_us = h.stamp.us;
    out->has_year = h.stamp.has_year;
    out->pid = h.pid;
    find_host_and_app(r, &h, out);
    if (out->reason == NULL)
        out->text_at = (uint32_t)(h.text.p - out->line.p);
}

/* Nearly every line: the head of its stamp is the last line's, host and tag are known, `[PID]: ` follows. False (*out
 * untouched) if any of this is not so; it is then read as if this function were not there. */
static inline bool read_known(const struct ms_envelope_reader *r, struct ms_span line, struct ms_envelope *out)
{
    int64_t stamp_us, pid;
    if (!r->use_memo || line.n < MS_STAMP_KNOWN_BYTES)
        return false;
    const char *p = ms_stamp_known(&r->stamp, line.p, &stamp_us), *end = line.p + line.n;
    if (p == NULL)
        return false;
    uint32_t n = (uint32_t)(end - p), found = n >= 32 ? ms_bytes_equal(p, '[') : 0;
    uint32_t bracket = found ? (uint32_t)__builtin_ctz(found) : find_bracket(p, n);
    if (n < PID_ROOM || bracket > n - PID_ROOM) /* also if there is none */
        return false;
    const char *after = read_plain_pid(p + bracket, end, &pid);
    if (after == NULL || after[0] != ':' || after[1] != ' ' || after[2] <= ' ' || after[2] == '[')
        return false;
    const struct ms_header_slot *slot = ms_header_memo_find(&r->headers, MS_HEADER_TRADITIONAL, ms_span_of(p, bracket));
    if (slot == NULL)
        return false;
    *out = (struct ms_envelope){.stamp_us = stamp_us,
                                .pid = pid,
                                .line = line,
                                .text_at = (uint32_t)(after + 2 - line.p),
                                .host_id = slot->host_id,
                                .tag_id = slot->tag_id,
                                .has_year = r->stamp.head.has_year,
                                .tag = slot->tag};
    return true;
}

/* Apart, so that the registers that it needs are not saved for every line. */
__attribute__((noinline)) static void read_unknown(struct ms_envelope_reader *r, struct ms_span line,
                                                   struct ms_envelope *out)
{
    *out = (struct ms_envelope){.stamp_us = MS_NONE,
                                .pid = MS_NONE,
                                .line = line,
                                .host_id = r->host_id,
                                .tag_id = MS_NO_NAME,
                                .tag = ms_names_tag(r->names, MS_NO_NAME)};
    size_t at = 0;
    unsigned pri;
    if (line.n && (line.p[0] == 0 || line.p[0] == '\xEF'))
        at = ms_envelope_skip_junk(line);
    if (at < line.n && line.p[at] == '<')
        at += ms_envelope_read_pri(ms_span_of(line.p + at, line.n - at), &pri);
    struct ms_span rest = ms_span_of(line.p + at, line.n - at);
    if (at > 0 && ms_rfc5424_is(rest) && line.p[at - 1] == '>')
        read_rfc5424(r, rest, out);
    else
        read_traditional(r, rest, out);
}

void ms_envelope_read(struct ms_envelope_reader *r, struct ms_span line, struct ms_envelope *out)
{
    if (!read_known(r, line, out))
        read_unknown(r, line, out);
}

bool ms_first_stamp(struct ms_span line, int64_t *stamp_us, bool *has_year)
{
    struct ms_stamp stamp;
    unsigned pri;
    size_t at = ms_envelope_skip_junk(line);
    size_t pri_bytes = ms_envelope_read_pri(ms_span_of(line.p + at, line.n - at), &pri);
    at += pri_bytes;
    struct ms_span rest = ms_span_of(line.p + at, line.n - at);
    if (pri_bytes && ms_rfc5424_is(rest))
        rest = ms_span_of(rest.p + 2, rest.n - 2);
    if (!ms_stamp_read(NULL, rest, &stamp))
        return false;
    *stamp_us = stamp.us;
    *has_year = stamp.has_year;
    return true;
}
