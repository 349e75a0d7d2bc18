#include "parse/fields.h"

#include <string.h>

bool ms_read_dsn(struct ms_cursor *c, struct ms_span *out)
{
    const char *p = c->p;
    if (c->end - p > 5 && p[1] == '.' && p[3] == '.' && ms_is_digit(p[2]) && ms_is_digit(p[4]) && !ms_is_digit(p[5]) &&
        (*p == '2' || *p == '4' || *p == '5')) { /* nearly all */
        *out = ms_span_of(p, 5);
        c->p = p + 5;
        return true;
    }
    if (c->end - p < 5 || (*p != '2' && *p != '4' && *p != '5') || p[1] != '.')
        return false;
    p++;
    for (int part = 0; part < 2; part++) {
        if (p == c->end || *p++ != '.')
            return false;
        int digits = 0;
        for (; p < c->end && ms_is_digit(*p); p++)
            digits++;
        if (digits < 1 || digits > 3)
            return false;
    }
    *out = ms_span_of(c->p, (size_t)(p - c->p));
    c->p = p;
    return true;
}

int64_t ms_read_reply_code(struct ms_cursor *c)
{
    const char *p = c->p;
    if (c->end - p < 3 || *p < '1' || *p > '5' || !ms_is_digit(p[1]) || !ms_is_digit(p[2]))
        return MS_NONE;
    if (c->end - p > 3 && p[3] != ' ' && p[3] != '-')
        return MS_NONE;
    c->p = p + 3;
    return (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
}

const char *ms_quoted_end(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++) {
        if (*p == '\\')
            p++;
    }
    return p < end ? ms_find_char(p, end, '>') : NULL;
}

/* Bytes that Postfix 3.5+ puts into a local part between quotes only; of them, those that no domain holds. */
enum { NOT_IN_LOCAL = 1, NOT_IN_DOMAIN = 2 };
static const uint8_t odd[256] = {
    [' '] = NOT_IN_LOCAL | NOT_IN_DOMAIN,
    ['<'] = NOT_IN_LOCAL | NOT_IN_DOMAIN,
    ['>'] = NOT_IN_LOCAL | NOT_IN_DOMAIN,
    [','] = NOT_IN_LOCAL | NOT_IN_DOMAIN,
    [';'] = NOT_IN_LOCAL | NOT_IN_DOMAIN,
    ['"'] = NOT_IN_LOCAL | NOT_IN_DOMAIN,
    ['('] = NOT_IN_LOCAL,
    [')'] = NOT_IN_LOCAL,
    [':'] = NOT_IN_LOCAL,
    ['\\'] = NOT_IN_LOCAL,
    ['['] = NOT_IN_LOCAL,
    [']'] = NOT_IN_LOCAL,
};

static bool holds_odd(const char *p, const char *end, uint8_t mask)
{
    uint8_t all = 0;
    for (; p < end; p++)
        all |= odd[(unsigned char)*p];
    return all & mask;
}

bool ms_address_well_formed(struct ms_span a)
{
    const char *p = a.p, *end = a.p + a.n;
    bool quoted = a.n > 0 && *p == '"';
    if (quoted) {
        for (p++; p < end && *p != '"'; p++) {
            if (*p == '\\')
                p++;
        }
        if (p >= end)
            return false;
        p++;
        if (p < end && *p != '@')
            return false;
    }
    const char *at = quoted ? p : memrchr(p, '@', (size_t)(end - p));
    if (!at)
        at = end;
    return !holds_odd(p, at, NOT_IN_LOCAL) && !holds_odd(at, end, NOT_IN_DOMAIN);
}
