#include "correlate/zone.h"

#include <stdlib.h>

static int64_t end_of(const struct ms_zone *z, size_t i)
{
    return i + 1 < z->n ? z->steps[i + 1].from_us : INT64_MAX;
}

static uint64_t distance(int64_t a, int64_t b)
{
    return a < b ? (uint64_t)b - (uint64_t)a : (uint64_t)a - (uint64_t)b;
}

int64_t ms_zone_utc_us(const struct ms_zone *z, int64_t local_us, int64_t near_us, bool *is_double)
{
    int64_t found_us = 0, skipped_us = local_us - z->steps[0].offset_us;
    bool found = false;
    for (size_t i = 0; i < z->n; i++) {
        int64_t t = local_us - z->steps[i].offset_us;
        if (t < z->steps[i].from_us)
            break; /* and earlier than all that follow, or in the hour that was left out */
        skipped_us = t;
        if (t >= end_of(z, i))
            continue;
        if (!found) {
            found_us = t;
        } else {
            *is_double = true;
            if (near_us != INT64_MIN && distance(t, near_us) < distance(found_us, near_us))
                found_us = t;
        }
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
