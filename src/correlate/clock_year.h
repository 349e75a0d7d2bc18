/* The year of stamps that have none, line by line: the one in which a stamp lies nearest to what its file said last, and behind
 * gaps of months what IDs in the file tell. Of clock.c. Thread rule: the clock's turn. */
#ifndef MS_CORRELATE_CLOCK_YEAR_H
#define MS_CORRELATE_CLOCK_YEAR_H

#include "correlate/clock.h"

#define MS_CLOCK_TRUSTED_US (INT64_C(40) * 86400 * 1000000) /* a jump inside a file that needs no second witness */

static inline int64_t ms_clock_zone_utc_us(const struct ms_zone *zone, const struct ms_clock_file *f, int64_t local_us,
                                           int64_t near_us, bool *is_double)
{
    return zone == NULL ? local_us - f->offset_us : ms_zone_utc_us(zone, local_us, near_us, is_double);
}

/* The time of a stamp without year; moves the file's year and reference on. */
int64_t ms_clock_resolve(struct ms_clock_file *f, const struct ms_zone *zone, int64_t stamp_us, bool *is_double);

int64_t ms_clock_year_start(const struct ms_clock_file *f, int year);

/* May a step of a year lie between such times, so that the order of all lines matters? */
bool ms_clock_may_step_over_gap(const struct ms_clock_file *f, int64_t least_us, int64_t most_us);

#endif
