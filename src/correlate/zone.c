#include "correlate/zone.h"

#include <stdio.h>
#include <stdlib.h>

#define DAY_US (INT64_C(86400) * 1000000)
#define LATE_US (INT64_C(60) * 1000000) /* a line may be so much out of order */

static int64_t end_of(const struct ms_zone *z, size_t i)
{
    return i + 1 < z->n ? z->steps[i + 1].from_us : INT64_MAX;
}

/* The last step that had surely come when a clock of the zone showed `local_us`: none is a day from UTC. */
static size_t first_candidate(const struct ms_zone *z, int64_t local_us)
{
    size_t low = 0, high = z->n;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (z->steps[middle].from_us <= local_us - DAY_US)
            low = middle;
        else
            high = middle;
    }
    return low;
}

int64_t ms_zone_utc_us(const struct ms_zone *z, int64_t local_us, int64_t near_us, bool *is_double)
{
    size_t first = first_candidate(z, local_us);
    int64_t found_us = 0, skipped_us = local_us - z->steps[first].offset_us;
    bool found = false;
    for (size_t i = first; i < z->n; i++) {
        int64_t t = local_us - z->steps[i].offset_us;
        if (t < z->steps[i].from_us)
            break; /* and earlier than all that follow, or in the hour that was left out */
        skipped_us = t;
        if (t >= end_of(z, i))
            continue;
        *is_double |= found;
        if (!found || (near_us != INT64_MIN && found_us < near_us - LATE_US))
            found_us = t;
        found = true;
    }
    return found ? found_us : skipped_us;
}

int64_t ms_zone_offset_us(const struct ms_zone *z, int64_t utc_us)
{
    size_t i = 0;
    while (i + 1 < z->n && utc_us >= z->steps[i + 1].from_us)
        i++;
    return z->steps[i].offset_us;
}

void ms_zone_offset_text(int64_t offset_us, char out[MS_ZONE_TEXT])
{
    int minutes = (int)(llabs(offset_us) / 60000000);
    snprintf(out, MS_ZONE_TEXT, "%c%02d:%02d", offset_us < 0 ? '-' : '+', minutes / 60 % 100, minutes % 60);
}
