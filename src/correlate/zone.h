/* Zones: how far local time is from UTC, and since when. Pure; any thread. */
#ifndef MS_CORRELATE_ZONE_H
#define MS_CORRELATE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ms_zone_step {
    int64_t from_us;   /* UTC; of the first one INT64_MIN */
    int64_t offset_us; /* local minus UTC from then on */
};

struct ms_zone {
    size_t n; /* at least 1 */
    struct ms_zone_step *steps;
};

/* The time at which a clock of that zone shows `local_us`. Of an hour that the clock showed twice, the one with which time goes on
 * rising from `near_us` (but for a minute; INT64_MIN: the first), and *is_double is set; of one that it has left out, as if it had gone on. */
int64_t ms_zone_utc_us(const struct ms_zone *z, int64_t local_us, int64_t near_us, bool *is_double);
int64_t ms_zone_offset_us(const struct ms_zone *z, int64_t utc_us);

/* "+05:30": local minus UTC, as people write it. */
#define MS_ZONE_TEXT 16
void ms_zone_offset_text(int64_t offset_us, char out[MS_ZONE_TEXT]);

#endif
