#include "parquet/seconds.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "columnar/values.h"

static const uint64_t SECOND_US = 1000000;

enum {
    SAMPLE = 1024,
    MOST_SECONDS = 1 << 18, /* three days: a table of 1 MiB */
    LEAST_REPEATS = 4,      /* of a second: eight bytes for it, and a code each time */
    IN_ORDER = 8            /* one step backwards in so many rows: short differences, which shrink to nothing */
};

void ms_seconds_fini(struct ms_seconds *s)
{
    free(s->codes);
    *s = (struct ms_seconds){0};
}

/* Whole seconds, and not in order: the beginning tells. */
static bool sample_pays(const int64_t *values, size_t n)
{
    size_t n_values = 0, n_backwards = 0;
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < n; i++) {
        if (values[i] == MS_NULL_I64)
            continue;
        if (values[i] % (int64_t)SECOND_US != 0)
            return false;
        n_values++;
        n_backwards += values[i] < last;
        last = values[i];
    }
    return n_backwards > n_values / IN_ORDER;
}

struct extent {
    int64_t least, most;
    size_t n;
};

static struct extent extent_of(const int64_t *values, size_t n)
{
    struct extent e = {.least = INT64_MAX, .most = INT64_MIN, .n = n};
    for (size_t i = 0; i < n; i++) { /* NULL is the least number of all */
        int64_t v = values[i];
        e.n -= v == MS_NULL_I64;
        e.most = v > e.most ? v : e.most;
        v = v == MS_NULL_I64 ? INT64_MAX : v;
        e.least = v < e.least ? v : e.least;
    }
    return e;
}

/* Notes which seconds occur. False: a value lies between two. */
static bool note_seconds(struct ms_seconds *s, const int64_t *values, size_t n)
{
    uint64_t uneven = 0;
    for (size_t i = 0; i < n; i++) {
        if (values[i] == MS_NULL_I64)
            continue;
        uint64_t us = (uint64_t)values[i] - (uint64_t)s->first_us, second = us / SECOND_US;
        uneven |= us - second * SECOND_US;
        s->codes[second] = 1;
    }
    return uneven == 0;
}

static void number_seconds(struct ms_seconds *s)
{
    s->n_codes = 0;
    for (uint32_t k = 0; k < s->n_range; k++) {
        uint32_t occurs = s->codes[k];
        s->codes[k] = occurs ? s->n_codes : UINT32_MAX;
        s->n_codes += occurs;
    }
}

bool ms_seconds_pay(struct ms_seconds *s, const int64_t *values, size_t n)
{
    if (!sample_pays(values, n < SAMPLE ? n : SAMPLE))
        return false;
    struct extent e = extent_of(values, n); /* there is a value: one was less than another */
    uint64_t range = ((uint64_t)e.most - (uint64_t)e.least) / SECOND_US + 1;
    if (range > MOST_SECONDS || range > e.n * LEAST_REPEATS) /* most seconds of so long a time occur never or once */
        return false;
    s->first_us = e.least;
    s->n_range = (uint32_t)range;
    s->codes = ms_grow(s->codes, &s->capacity, s->n_range, sizeof *s->codes);
    memset(s->codes, 0, s->n_range * sizeof *s->codes);
    if (!note_seconds(s, values, n))
        return false;
    number_seconds(s);
    return s->n_codes > 1 && (uint64_t)s->n_codes * LEAST_REPEATS <= e.n;
}

void ms_seconds_values(const struct ms_seconds *s, int64_t *out)
{
    for (uint32_t k = 0; k < s->n_range; k++)
        if (s->codes[k] != UINT32_MAX)
            out[s->codes[k]] = s->first_us + (int64_t)(k * SECOND_US);
}

void ms_seconds_codes(const struct ms_seconds *s, const int64_t *values, size_t n, uint32_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = s->codes[((uint64_t)values[i] - (uint64_t)s->first_us) / SECOND_US];
}
