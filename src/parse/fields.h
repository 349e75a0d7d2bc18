/* Small readers that every dialect shares: a cursor over borrowed bytes, addresses between `<` and `>`, numbers. None of them reads outside [p, end), none allocates, all are pure. The hot ones are inline. */
#ifndef MS_PARSE_FIELDS_H
#define MS_PARSE_FIELDS_H

#include "parse/endpoint.h"
#include "parse/event.h"
#include "parse/words.h"

struct ms_cursor {
    const char *p, *end;
};

static inline struct ms_cursor ms_cursor_of(struct ms_span s)
{
    return (struct ms_cursor){s.p, s.p + s.n};
}

static inline size_t ms_cursor_left(const struct ms_cursor *c)
{
    return (size_t)(c->end - c->p);
}

static inline struct ms_span ms_cursor_rest(const struct ms_cursor *c)
{
    return ms_span_of(c->p, ms_cursor_left(c));
}

static inline bool ms_cursor_at(const struct ms_cursor *c, const char *literal, size_t n)
{
    return ms_cursor_left(c) >= n && memcmp(c->p, literal, n) == 0;
}

static inline bool ms_cursor_skip(struct ms_cursor *c, const char *literal, size_t n)
{
    if (!ms_cursor_at(c, literal, n))
        return false;
    c->p += n;
    return true;
}

/* With string literals only: the length is a constant, so the compare is a few instructions. */
#define MS_AT(c, literal) ms_cursor_at((c), (literal), sizeof(literal) - 1)
#define MS_SKIP(c, literal) ms_cursor_skip((c), (literal), sizeof(literal) - 1)

static inline const char *ms_find_char(const char *p, const char *end, char what)
{
    return p < end ? memchr(p, what, (size_t)(end - p)) : NULL;
}

/* The byte of a literal by which it is looked for: not the blank in front, which log text is full of. */
static inline size_t ms_find_pivot(const char *literal, size_t n)
{
    return n > 1 && literal[0] == ' ' ? 1 : 0;
}

/* First occurrence of `literal` in [p, end), or NULL. With a constant literal, this is memchr and a compare of words. */
static inline const char *ms_find_text(const char *p, const char *end, const char *literal, size_t n)
{
    size_t pivot = ms_find_pivot(literal, n);
    if ((size_t)(end - p) < n)
        return NULL;
    const char *stop = end - n + pivot + 1;
    for (const char *at = p + pivot; (at = ms_find_char(at, stop, literal[pivot])) != NULL; at++)
        if (memcmp(at - pivot, literal, n) == 0)
            return at - pivot;
    return NULL;
}
#define MS_FIND(p, end, literal) ms_find_text((p), (end), (literal), sizeof(literal) - 1)

/* Last occurrence of `literal` in [p, end), or NULL. */
static inline const char *ms_find_last(const char *p, const char *end, const char *literal, size_t n)
{
    size_t pivot = ms_find_pivot(literal, n);
    while ((size_t)(end - p) >= n) {
        const char *at = memrchr(p + pivot, literal[pivot], (size_t)(end - p) - n + 1);
        if (!at)
            return NULL;
        if (memcmp(at - pivot, literal, n) == 0)
            return at - pivot;
        end = at - pivot + n - 1;
    }
    return NULL;
}
#define MS_FIND_LAST(p, end, literal) ms_find_last((p), (end), (literal), sizeof(literal) - 1)

/* The bytes up to `stop` or the end; the cursor stands at `stop` afterwards (not behind it). */
static inline struct ms_span ms_read_until(struct ms_cursor *c, char stop)
{
    const char *at = ms_find_char(c->p, c->end, stop);
    struct ms_span s = ms_span_of(c->p, (size_t)((at ? at : c->end) - c->p));
    c->p += s.n;
    return s;
}

static inline bool ms_is_digit(char ch)
{
    return (unsigned char)(ch - '0') < 10;
}

/* Unsigned decimal number of at least one digit. False (cursor unchanged) if there is none or it has over 18. */
static inline bool ms_read_number(struct ms_cursor *c, int64_t *out)
{
    const char *p = c->p;
    if (ms_cursor_left(c) >= 8) { /* of up to 7 digits: without a loop */
        uint64_t word = ms_load8(p), others = ms_word_not_digit(word);
        if (others != 0) {
            unsigned n = ms_word_first(others);
            if (n == 0)
                return false;
            *out = ms_word_decimal(word, n);
            c->p = p + n;
            return true;
        }
    }
    int64_t v = 0;
    for (; p < c->end && ms_is_digit(*p); p++) {
        if (p - c->p == 18)
            return false; /* 18 digits always fit */
        v = v * 10 + (*p - '0');
    }
    if (p == c->p)
        return false;
    c->p = p;
    *out = v;
    return true;
}

/* Decimal seconds (`0`, `0.01`, `-3`, `172801`; the first 6 decimals count) as milliseconds, rounded to nearest. False
 * (cursor unchanged) if there is no number, or one of over 15 digits. _plain is the twin that reads
 * every form. */
static inline bool ms_read_delay_ms_plain(struct ms_cursor *c, int64_t *out_ms)
{
    static const int32_t micros_per_unit[] = {0, 100000, 10000, 1000, 100, 10, 1};
    const char *p = c->p, *end = c->end;
    bool negative = p < end && *p == '-';
    p += negative;
    const char *start = p;
    int64_t seconds = 0;
    int32_t decimals = 0, n = 0;
    for (; p < end && ms_is_digit(*p); p++)
        seconds = (int64_t)((uint64_t)seconds * 10 + (uint64_t)(*p - '0'));
    if (p == start || p - start > 15)
        return false;
    if (p < end && *p == '.') {
        for (p++; p < end && ms_is_digit(*p); p++) {
            if (n == 6)
                continue;
            decimals = decimals * 10 + (*p - '0');
            n++;
        }
    }
    int64_t ms = seconds * 1000 + (decimals * micros_per_unit[n] + 500) / 1000;
    *out_ms = negative ? -ms : ms;
    c->p = p;
    return true;
}

/* The usual ones: up to 7 digits, 3 decimals at most. */
static inline bool ms_read_delay_ms(struct ms_cursor *c, int64_t *out_ms)
{
    const char *start = c->p, *p = start;
    if (ms_cursor_left(c) < 16 || !ms_is_digit(*p))
        return ms_read_delay_ms_plain(c, out_ms);
    int32_t ms = 0;
    for (; ms_is_digit(*p) && p - start < 7; p++)
        ms = ms * 10 + (*p - '0');
    if (p - start == 7)
        return ms_read_delay_ms_plain(c, out_ms);
    ms *= 1000;
    if (*p == '.') {
        p++;
        for (int32_t unit = 100; unit > 0 && ms_is_digit(*p); unit /= 10)
            ms += (*p++ - '0') * unit;
        if (ms_is_digit(*p))
            return ms_read_delay_ms_plain(c, out_ms);
    }
    *out_ms = ms;
    c->p = p;
    return true;
}

/* `[245].N.N` with one to three digits each, at the cursor; false leaves the cursor where it is. */
bool ms_read_dsn(struct ms_cursor *c, struct ms_span *out);

/* Three digits that a blank, '-' or the end follows. MS_NONE if there are none. The cursor moves behind the digits. */
int64_t ms_read_reply_code(struct ms_cursor *c);

/* Behind the '>' of an address: is this a legal way to go on in this kind of line? */
typedef bool (*ms_follow_fn)(const char *p, const char *end);

/* End of a quoted local part: the first '>' behind the closing quote, or NULL. `p` stands on the opening quote. */
const char *ms_quoted_end(const char *p, const char *end);

/* `<ADDR>` at the cursor, in external form (3.5+: quoted local part) or internal form (the address may hold `>`): the first
 * end that `follows` agrees with (postfix-log-lines.md 3.2). False leaves the cursor where it is. */
static inline bool ms_read_address(struct ms_cursor *c, ms_follow_fn follows, struct ms_span *out)
{
    if (c->p >= c->end || *c->p != '<')
        return false;
    const char *start = c->p + 1;
    const char *gt = start < c->end && *start == '"' ? ms_quoted_end(start, c->end) : NULL;
    if (!gt || !follows(gt + 1, c->end)) {
        gt = ms_find_char(start, c->end, '>');
        while (gt && !follows(gt + 1, c->end))
            gt = ms_find_char(gt + 1, c->end, '>');
        if (!gt)
            return false;
    }
    *out = ms_span_of(start, (size_t)(gt - start));
    c->p = gt + 1;
    return true;
}

/* Is it an address as Postfix 3.5+ writes one: empty, or a quoted or plain local part and no stray `<`, `>` or blank? */
bool ms_address_well_formed(struct ms_span a);

#endif
