/* Times and zones for tests of the clock. */
#ifndef TESTS_CLOCK_ZONES_H
#define TESTS_CLOCK_ZONES_H

#include <stdlib.h>
#include <time.h>

#include "correlate/clock.h"

#define SECOND INT64_C(1000000)

static inline int64_t utc(int year, int month, int day, int hour, int minute, int second)
{
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_sec = second};
    return (int64_t)timegm(&tm) * SECOND;
}

/* The clock of one host stands still, one goes over and back so often that the stamps see it, of the others none is known. */
static inline void set_zones(struct ms_clock *c)
{
    enum { N_STEPS = 400, APART_S = 10000 };
    int64_t begin_us = utc(2000, 12, 15, 0, 0, 0);
    c->n_zones = 41;
    c->zones = calloc(c->n_zones, sizeof(struct ms_zone *));
    for (size_t i = 0; i < c->n_zones; i += 40) {
        struct ms_zone *z = c->zones[i] = malloc(sizeof *z);
        *z = (struct ms_zone){.n = i == 0 ? 1 : N_STEPS, .steps = calloc(N_STEPS, sizeof *z->steps)};
        for (size_t k = 0; k < z->n; k++)
            z->steps[k] = (struct ms_zone_step){k == 0 ? INT64_MIN : begin_us + (int64_t)k * APART_S * SECOND,
                                                (3600 + (int64_t)(k % 2) * 3600) * SECOND};
    }
}

#endif
