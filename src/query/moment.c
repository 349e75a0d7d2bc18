#include "query/moment.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#define SECOND_US ((int64_t)1000000)

/* Exactly n digits in [min, max]; steps over them. */
static bool number(const char **at, int n, int min, int max, int *out)
{
    int value = 0;
    for (int i = 0; i < n; i++, (*at)++) {
        if (!isdigit((unsigned char)**at))
            return false;
        value = value * 10 + (**at - '0');
    }
    *out = value;
    return value >= min && value <= max;
}

static bool skip(const char **at, const char *any_of)
{
    if (**at == '\0' || strchr(any_of, **at) == NULL)
        return false;
    (*at)++;
    return true;
}

static int64_t us_of(const struct tm *t)
{
    struct tm copy = *t;
    return (int64_t)timegm(&copy) * SECOND_US;
}

static bool read_fraction(const char **at, struct ms_moment *m)
{
    int64_t unit = SECOND_US;
    int digits = 0;
    for (; isdigit((unsigned char)**at) && digits < 6; (*at)++, digits++) {
        unit /= 10;
        m->begin_us += unit * (**at - '0');
    }
    m->end_us = m->begin_us + unit;
    return digits > 0;
}

static bool read_offset(const char **at, struct ms_moment *m)
{
    int hours, minutes = 0, sign = **at == '-' ? -1 : 1;
    m->has_offset = true;
    if (skip(at, "Zz"))
        return true;
    if (!skip(at, "+-") || !number(at, 2, 0, 14, &hours))
        return false;
    if (skip(at, ":") ? !number(at, 2, 0, 59, &minutes) : **at != '\0' && !number(at, 2, 0, 59, &minutes))
        return false;
    m->offset_us = sign * (hours * 60 + minutes) * 60 * SECOND_US;
    return true;
}

/* Hours and what follows. */
static bool read_clock(const char **at, struct tm *t, struct ms_moment *m)
{
    if (!number(at, 2, 0, 23, &t->tm_hour) || !skip(at, ":") || !number(at, 2, 0, 59, &t->tm_min))
        return false;
    m->begin_us = us_of(t);
    m->end_us = m->begin_us + 60 * SECOND_US;
    if (skip(at, ":")) {
        if (!number(at, 2, 0, 59, &t->tm_sec))
            return false;
        m->begin_us = us_of(t);
        m->end_us = m->begin_us + SECOND_US;
        if (skip(at, ".,") && !read_fraction(at, m))
            return false;
    }
    return **at == '\0' || read_offset(at, m);
}

static bool day_exists(const struct tm *t)
{
    struct tm copy = *t;
    timegm(&copy);
    return copy.tm_mday == t->tm_mday;
}

bool ms_moment_parse(const char *text, struct ms_moment *out)
{
    struct tm t = {.tm_mday = 1};
    struct ms_moment m = {0};
    const char *at = text;
    int *unit = &t.tm_year;
    if (!number(&at, 4, 1970, 9998, &t.tm_year))
        return false;
    t.tm_year -= 1900;
    if (skip(&at, "-")) {
        unit = &t.tm_mon;
        if (!number(&at, 2, 1, 12, &t.tm_mon))
            return false;
        t.tm_mon--;
        if (skip(&at, "-")) {
            unit = &t.tm_mday;
            if (!number(&at, 2, 1, 31, &t.tm_mday) || !day_exists(&t))
                return false;
        }
    }
    m.begin_us = us_of(&t);
    if (*at != '\0' && (unit != &t.tm_mday || !skip(&at, "Tt ") || !read_clock(&at, &t, &m)))
        return false;
    if (m.end_us == 0) { /* a date */
        ++*unit;         /* timegm carries */
        m.end_us = us_of(&t);
    }
    if (*at != '\0')
        return false;
    *out = m;
    return true;
}
