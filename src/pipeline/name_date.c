#include "pipeline/name_date.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

struct date {
    int year, month, day; /* day 0: the month */
};

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

static size_t n_digits(const char *p)
{
    size_t n = 0;
    while (is_digit(p[n]))
        n++;
    return n;
}

static int number(const char *p, size_t n)
{
    int v = 0;
    for (size_t i = 0; i < n; i++)
        v = v * 10 + (p[i] - '0');
    return v;
}

static bool is_separator(char c)
{
    return c == '-' || c == '_' || c == '.' || c == '/';
}

/* Microseconds of the day behind the date; false if there is no such day. */
static bool end_of(const struct date *d, int64_t *end_us)
{
    if (d->year < 1980 || d->year > 2199 || d->month < 1 || d->month > 12 || d->day < 0 || d->day > 31)
        return false;
    struct tm tm = {.tm_year = d->year - 1900, .tm_mon = d->month - 1, .tm_mday = d->day};
    if (d->day == 0) {
        tm.tm_mon++; /* timegm carries */
        tm.tm_mday = 1;
    }
    int64_t seconds = timegm(&tm);
    if (d->day != 0) {
        if (tm.tm_mon != d->month - 1)
            return false;
        seconds += 86400;
    }
    *end_us = seconds * 1000000;
    return true;
}

/* The digits at p, n of them, as a date written without signs: day, or day with hour, minute and second, or month. */
static bool read_compact(const char *p, size_t n, struct date *d)
{
    if (n != 6 && n != 8 && n != 10 && n != 12 && n != 14)
        return false;
    *d = (struct date){number(p, 4), number(p + 4, 2), n > 6 ? number(p + 6, 2) : 0};
    bool is_time = n <= 8 || (number(p + 8, 2) < 24 && (n < 12 || number(p + 10, 2) < 60));
    return is_time && (n == 6 || d->day > 0);
}

/* 2024-01-07, 2024/01. */
static bool read_spaced(const char *p, struct date *d)
{
    if (n_digits(p) != 4 || !is_separator(p[4]) || n_digits(p + 5) != 2)
        return false;
    *d = (struct date){number(p, 4), number(p + 5, 2), 0};
    if (is_separator(p[7]) && n_digits(p + 8) == 2)
        d->day = number(p + 8, 2);
    return true;
}

bool ms_name_date(const char *path, int64_t *end_us)
{
    bool has_day = false, found = false;
    for (const char *p = path; *p != '\0';) {
        size_t n = n_digits(p);
        struct date d;
        int64_t us;
        if (n == 0) {
            p++;
            continue;
        }
        if ((n == 4 ? read_spaced(p, &d) : read_compact(p, n, &d)) && end_of(&d, &us) && (d.day > 0 || !has_day)) {
            *end_us = us;
            has_day = d.day > 0;
            found = true;
        }
        p += n;
    }
    return found;
}
