#include "cli/years.h"

#include <time.h>

#define HALF_YEAR_US ((int64_t)183 * 86400 * 1000000)

/* The same month, day and time of another year; false for Feb 29 where there is none. */
bool ms_years_move(int64_t stamp_us, int year, int64_t *time_us)
{
    int64_t us = stamp_us % 1000000;
    time_t seconds = (stamp_us - us) / 1000000;
    struct tm t;
    if (gmtime_r(&seconds, &t) == NULL)
        return false;
    int day = t.tm_mday;
    t.tm_year = year - 1900;
    *time_us = (int64_t)timegm(&t) * 1000000 + us;
    return t.tm_mday == day;
}

bool ms_years_apply(struct ms_years *years, int64_t stamp_us, int64_t *time_us)
{
    if (years->year == 0)
        return false;
    int64_t step = years->has_last ? stamp_us - years->last_us : 0;
    if (step > HALF_YEAR_US) /* a late line of last December; the next line is in this year again */
        return ms_years_move(stamp_us, years->year - 1, time_us);
    if (step < -HALF_YEAR_US)
        years->year++;
    years->last_us = stamp_us;
    years->has_last = true;
    return ms_years_move(stamp_us, years->year, time_us);
}
