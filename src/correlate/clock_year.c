#include "correlate/clock_year.h"

#include <stdlib.h>

#include "parse/stamp.h"

#define SECOND_US INT64_C(1000000)
#define DAY_S INT64_C(86400)
#define GAP_YEARS 20                  /* in which a file was not written to */
#define STEP_S (2 * 3600)             /* inside a file; a lesser one is no gap of a year, or one that nobody can tell */
#define GAP_DAYS 300                  /* of which no ID tells one */
#define STAND_IN_S INT64_C(946684800) /* 2000-01-01T00:00:00Z */

static bool is_leap(int y)
{
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

/* Days from 1970-01-01 to 1 January of year y. */
static int64_t days_to_year(int y)
{
    int64_t p = y - 1;
    return 365 * (int64_t)(y - 1970) + (p / 4 - 492) - (p / 100 - 19) + (p / 400 - 4);
}

int64_t ms_clock_in_year(int64_t stamp_us, int year)
{
    int64_t in_year = stamp_us - STAND_IN_S * SECOND_US;
    int64_t day = in_year / (DAY_S * SECOND_US);
    if (day >= 60 && !is_leap(year))
        in_year -= DAY_S * SECOND_US;
    return days_to_year(year) * DAY_S * SECOND_US + in_year;
}

int64_t ms_clock_year_start(const struct ms_clock_file *f, int year)
{
    return ms_clock_in_year(STAND_IN_S * SECOND_US, year) - f->offset_us;
}

/* Do IDs in the file tell that local day, or one beside it? */
static bool is_told(const struct ms_clock_file *f, int64_t local_us)
{
    int64_t day = local_us / (DAY_S * SECOND_US);
    size_t low = 0, high = f->n_days;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (f->days[middle] < day - 1)
            low = middle + 1;
        else
            high = middle;
    }
    return low < f->n_days && f->days[low] <= day + 1;
}

/* After a gap of months, stamps alone do not tell whether time went on or back. The next year for which an ID speaks, or the one
 * before; 0: none does. */
static int told_year(const struct ms_clock_file *f, int64_t stamp_us)
{
    for (int y = f->year; f->n_days > 0 && y <= f->year + GAP_YEARS; y++) {
        int64_t local_us = ms_clock_in_year(stamp_us, y);
        if (local_us > f->reference_us - MS_CLOCK_TRUSTED_US && is_told(f, local_us))
            return y;
    }
    return f->n_days > 0 && is_told(f, ms_clock_in_year(stamp_us, f->year)) ? f->year : 0;
}

/* The first day later than that one and its neighbour that IDs tell; n_days: there is none. */
static size_t told_after(const struct ms_clock_file *f, int64_t day)
{
    size_t low = 0, high = f->n_days;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (f->days[middle] <= day + 1)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Is it a day behind which no ID tells one for the better part of a year? Then *behind is the first one told. */
static bool is_before_gap(const struct ms_clock_file *f, int64_t local_us, int64_t *behind)
{
    int64_t day = local_us / (DAY_S * SECOND_US);
    size_t next = told_after(f, day);
    if (next == f->n_days || f->days[next] - day < GAP_DAYS)
        return false;
    *behind = f->days[next];
    return true;
}

/* A step of days, of a file in which eleven months or more are missing from here on, may be a step over those: back, if a year
 * less those days leads no further than to what IDs tell then; forth, only if it leads there. `t`: what it looks like. The year; 0: it
 * is as it looks. */
static int year_behind_gap(const struct ms_clock_file *f, int64_t stamp_us, int64_t t)
{
    int64_t behind, step_us = t - f->reference_us;
    if (f->n_days == 0 || llabs(step_us) < STEP_S * SECOND_US || !is_before_gap(f, f->reference_us, &behind))
        return 0;
    for (int y = f->year + GAP_YEARS; y >= f->year; y--) {
        int64_t day = ms_clock_in_year(stamp_us, y) / (DAY_S * SECOND_US);
        if (day <= behind + 1)
            return (step_us < 0 || day >= behind - 1) && day > t / (DAY_S * SECOND_US) + 1 ? y : 0;
    }
    return 0;
}

int64_t ms_clock_resolve(struct ms_clock_file *f, const struct ms_zone *zone, int64_t stamp_us, bool *is_double)
{
    int64_t near_us = f->reference_us;
    int64_t t = ms_clock_zone_utc_us(zone, f, ms_clock_in_year(stamp_us, f->year), near_us, is_double);
    if (f->reference_us == MS_CLOCK_NEVER) {
        f->reference_us = t;
        return t;
    }
    int64_t best = llabs(t - f->reference_us);
    if (best > MS_CLOCK_TRUSTED_US)
        for (int y = f->year - 1; y <= f->year + 1; y += 2) {
            int64_t other = ms_clock_zone_utc_us(zone, f, ms_clock_in_year(stamp_us, y), near_us, is_double);
            if (llabs(other - f->reference_us) < best) {
                best = llabs(other - f->reference_us);
                t = other;
            }
        }
    int told = best > MS_CLOCK_TRUSTED_US ? told_year(f, stamp_us) : year_behind_gap(f, stamp_us, t);
    if (told != 0) {
        t = ms_clock_zone_utc_us(zone, f, ms_clock_in_year(stamp_us, told), near_us, is_double);
        best = 0;
    }
    /* Far away in every year: one odd stamp, or a real gap that the next line confirms. */
    if (best > MS_CLOCK_TRUSTED_US &&
        (f->doubtful_us == MS_CLOCK_NEVER || llabs(t - f->doubtful_us) > DAY_S * SECOND_US)) {
        f->doubtful_us = t;
        return t;
    }
    f->doubtful_us = MS_CLOCK_NEVER;
    f->reference_us = t;
    while (t >= ms_clock_year_start(f, f->year + 1))
        f->year++;
    while (t < ms_clock_year_start(f, f->year))
        f->year--;
    return t;
}

bool ms_clock_may_step_over_gap(const struct ms_clock_file *f, int64_t least_us, int64_t most_us)
{
    int64_t behind;
    for (int64_t us = least_us; f->n_days > 0 && us < most_us + DAY_S * SECOND_US; us += DAY_S * SECOND_US)
        if (is_before_gap(f, us, &behind))
            return true;
    return false;
}
