#include "parse/header.h"

#include "parse/names.h"

#define TAG_CUT_BYTES 32 /* rsyslog's forward formats keep so much of `TAG[PID]:` */

static const char no_program[] = "no program name";
static const char cut_program[] = "program name cut at 32 bytes";

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p;
}

/* The word at p: up to a blank or the end. Looks no further than a word may be long. */
static struct ms_span word_at(const char *p, const char *end)
{
    const size_t longest = 2 * MS_NAME_MAX_BYTES;
    size_t n = 0, room = (size_t)(end - p) < longest ? (size_t)(end - p) : longest;
    while (n < room && p[n] != ' ' && p[n] != '\t')
        n++;
    return ms_span_of(p, n);
}

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

bool ms_header_is_name(struct ms_span word)
{
    static const bool never[256] = {
        ['"'] = true, ['\''] = true, ['<'] = true, ['>'] = true,  ['='] = true, [','] = true,
        [';'] = true, ['{'] = true,  ['}'] = true, ['\\'] = true, [127] = true};
    if (word.n == 0 || word.n > MS_NAME_MAX_BYTES)
        return false;
    for (uint32_t i = 0; i < word.n; i++) {
        unsigned char c = (unsigned char)word.p[i];
        if (c <= ' ' || never[c])
            return false;
    }
    return true;
}

/* Exim's own log has `[PID]` in the place of the host; an address in brackets is one (`[192.0.2.5.2.2]` has its port behind it). */
static bool is_host(struct ms_span word)
{
    if (!ms_header_is_name(word))
        return false;
    const char *point = memchr(word.p, '.', word.n);
    return word.p[0] != '[' || memchr(word.p, ':', word.n) != NULL || (point != NULL && point < word.p + 5);
}

/* `2024-01-05T`, `10:00:00`: a stamp in the place of a tag. */
static bool is_stamp(struct ms_span word)
{
    if (word.n < 8 || !is_digit(word.p[0]))
        return false;
    bool is_date = word.n > 10 && word.p[4] == '-' && word.p[7] == '-' && word.p[10] == 'T';
    return is_date || (word.p[2] == ':' && word.p[5] == ':');
}

const char *ms_header_read_pid(const char *p, const char *end, int64_t *pid)
{
    if (p < end && *p == '[') {
        int64_t number = 0;
        const char *digits = ++p;
        while (p < end && is_digit(*p) && p - digits < 12)
            number = number * 10 + (*p++ - '0');
        const char *close = p;
        while (close < end && *close != ']' && *close != ' ')
            close++;
        if (close < end && *close == ']') {
            if (close == p && p > digits) /* else `[main]`, which is no number */
                *pid = number;
            p = close + 1;
        } /* else the tag was cut inside the number, which is then not the whole number */
    }
    if (p < end && *p == ':')
        p++;
    return skip_blanks(p, end);
}

const char *ms_header_skip_message_id(const char *p, const char *end)
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

static bool has_bracket(struct ms_span word)
{
    return word.n && memchr(word.p, '[', word.n) != NULL;
}

/* The `[` at p opens a pid: `[42]`, `[42]:`, or digits where the tag was cut (also with the text right behind the cut). */
static bool opens_pid(struct ms_span word, const char *p)
{
    const char *end = word.p + word.n, *q = p + 1;
    while (q < end && is_digit(*q))
        q++;
    if (q == end || q - word.p == TAG_CUT_BYTES)
        return true;
    return q > p + 1 && *q == ']' && (q + 1 == end || q[1] == ':');
}

/* The `[` at p opens something else that stands in the pid's place: `[main]:`. */
static bool opens_word(struct ms_span word, const char *p)
{
    const char *end = word.p + word.n, *close = memchr(p, ']', (size_t)(end - p));
    return close != NULL && (close + 1 == end || close[1] == ':');
}

/* Where the tag in this word ends by a sure sign: `TAG[PID]`, `TAG[PID]:`, `TAG[12` (cut), `TAG:`. NULL: no such sign. */
static const char *sure_tag_end(struct ms_span word)
{
    const char *end = word.p + word.n;
    if (word.n < 2)
        return NULL;
    for (const char *p = word.p + 1; p < end; p++)
        if (*p == '[' && opens_pid(word, p))
            return p;
    for (const char *p = word.p + 1; p < end; p++)
        if (*p == '[' && opens_word(word, p))
            return p;
    bool is_address = end[-2] == ':'; /* `2001:db8::` */
    return end[-1] == ':' && !is_address ? end - 1 : NULL;
}

static void take_tag(struct ms_header *h, const char *from, const char *to)
{
    h->tag = ms_span_of(from, (size_t)(to - from));
    h->after_tag = to;
    h->reason = ms_header_is_name(h->tag) ? NULL : no_program;
}

/* The tag behind a host. Without bracket or colon at its end it must show itself otherwise. */
static void read_tag(struct ms_span word, struct ms_header *h)
{
    h->reason = no_program;
    if (word.n == 0 || is_stamp(word))
        return;
    const char *end = sure_tag_end(word), *colon = memchr(word.p, ':', word.n);
    if (end != NULL) {
        take_tag(h, word.p, end);
    } else if (word.n == TAG_CUT_BYTES) {
        h->reason = cut_program;
    } else if (colon != NULL && colon > word.p) {
        take_tag(h, word.p, colon); /* `TAG:text` */
    } else if (colon == NULL && memchr(word.p, '/', word.n) != NULL) {
        take_tag(h, word.p, word.p + word.n); /* `postfix/smtpd text` */
    }
}

static bool ends_with_severity(struct ms_span word, char sign)
{
    static const char *const severities[] = {"emerg",   "panic", "alert",  "crit", "err",  "error",
                                             "warning", "warn",  "notice", "info", "debug"};
    const char *at = memrchr(word.p, sign, word.n);
    if (at == NULL || at == word.p)
        return false;
    struct ms_span severity = ms_span_of(at + 1, (size_t)(word.p + word.n - at - 1));
    for (size_t i = 0; i < sizeof severities / sizeof *severities; i++)
        if (ms_span_is(severity, severities[i]))
            return true;
    return false;
}

/* `<2.6>`, `<mail.info>` (BSD), `mail.info`, `mail:info`, `auth|security:info` (AIX). Nothing with a bracket, so that what a
 * header means never depends on what follows its first `[12]` (envelope.c remembers headers up to there). */
static bool is_facility(struct ms_span word)
{
    if (word.n < 3 || has_bracket(word))
        return false;
    if (word.p[0] == '<')
        return word.p[word.n - 1] == '>' && memchr(word.p, '.', word.n) != NULL;
    return ends_with_severity(word, '.') || ends_with_severity(word, ':');
}

/* A facility is only what stands in front of a tag. */
static const char *skip_facility(const char *p, const char *end)
{
    struct ms_span word = word_at(p, end);
    if (!is_facility(word))
        return p;
    const char *next = skip_blanks(word.p + word.n, end);
    return sure_tag_end(word_at(next, end)) != NULL ? next : p;
}

/* `Message forwarded from HOST: ` and `From HOST: ` (AIX) in the place of the host; gives back what follows, or p. */
static const char *read_forwarded(const char *p, const char *end, struct ms_header *h)
{
    static const char *const leads[] = {"Message forwarded from ", "From "};
    for (size_t i = 0; i < 2; i++) {
        if (!ms_span_starts(ms_span_of(p, (size_t)(end - p)), leads[i]))
            continue;
        struct ms_span word = word_at(p + strlen(leads[i]), end);
        if (word.n < 2 || word.p[word.n - 1] != ':' || has_bracket(word))
            continue;
        h->host = ms_span_of(word.p, word.n - 1);
        return skip_blanks(word.p + word.n, end);
    }
    return p;
}

/* What syslog daemons write for themselves, without a tag. */
static bool is_remark(struct ms_span text)
{
    static const char *const leads[] = {"last message repeated ", "message repeated ", "--- last message repeated ",
                                        "-- MARK --"};
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
        if (ms_span_starts(text, leads[i]))
            return true;
    return false;
}

void ms_header_read(struct ms_span rest, struct ms_header *h)
{
    const char *p = rest.p, *end = p + rest.n;
    *h = (struct ms_header){.host = MS_SPAN_NULL, .tag = MS_SPAN_NULL, .after_tag = p};
    if (ms_span_starts(rest, "last message repeated ")) /* and no host at all */
        return;
    struct ms_span word = word_at(p, end);
    if (word.n && word.p[0] == '<' && is_facility(word)) {
        p = skip_blanks(p + word.n, end);
        word = word_at(p, end);
    }
    p = read_forwarded(p, end, h);
    if (h->host.p == NULL) {
        const char *tag_end = word.n ? sure_tag_end(word) : NULL;
        if (tag_end != NULL) { /* no host at all */
            take_tag(h, word.p, tag_end);
            return;
        }
        h->host = word;
        p = skip_blanks(p + word.n, end);
    }
    if (!is_host(h->host)) {
        h->reason = "no host or program name";
        return;
    }
    p = skip_facility(p, end);
    h->after_tag = p;
    if (!is_remark(ms_span_of(p, (size_t)(end - p))))
        read_tag(word_at(p, end), h);
}

bool ms_header_is_sure(const struct ms_header *h, const char *end)
{
    const char *p = h->after_tag;
    return h->reason == NULL && h->tag.p != NULL && p < end &&
           (*p == '[' || (*p == ':' && (p + 1 == end || p[1] == ' ')));
}
