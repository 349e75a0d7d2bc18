/* Years for stamps that have none, for `parse --year`: the first such line of a file is in that year, and a step of more than
 * half a year back (December to January) begins the next one. (ingest knows better anchors; parse looks at lines one by one.)
 * Thread rule: plain data. */
#ifndef MS_CLI_YEARS_H
#define MS_CLI_YEARS_H

#include <stdbool.h>
#include <stdint.h>

struct ms_years {
    int year;        /* of the last line; 0: not known, no line gets a time */
    int64_t last_us; /* stamp of the last line, in the stand-in year */
    bool has_last;
};

/* `stamp_us`: month, day and time in the stand-in year 2000. False if the year is not known or has no such day. */
bool ms_years_apply(struct ms_years *years, int64_t stamp_us, int64_t *time_us);

/* The same month, day and time of another year; false for Feb 29 where there is none (then 1 March). */
bool ms_years_move(int64_t stamp_us, int year, int64_t *time_us);

#endif
