/* Dates in the names of log files. Pure functions; any thread. */
#ifndef MS_PIPELINE_NAME_DATE_H
#define MS_PIPELINE_NAME_DATE_H

#include <stdbool.h>
#include <stdint.h>

/* The last date in a path: 2024-01-07 or 20240107 (perhaps with the time of day behind it), also over folders (2024/01/07);
 * without any, the last month (2024-01, 202401). Gives the end of that day or month, in microseconds UTC; false if there is
 * none. A year alone is none: too much else looks like that. */
bool ms_name_date(const char *path, int64_t *end_us);

#endif
