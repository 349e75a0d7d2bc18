/* Times in whole seconds that come again and again out of order, as a dictionary: mails end seconds to hours after they began,
 * so the differences from row to row are wide, but there are few seconds in all. Thread rule: one owner. */
#ifndef MS_PARQUET_SECONDS_H
#define MS_PARQUET_SECONDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ms_seconds { /* scratch; all zero at first */
    int64_t first_us;
    uint32_t *codes; /* by seconds since first_us */
    size_t capacity;
    uint32_t n_range, n_codes;
};

void ms_seconds_fini(struct ms_seconds *s);

/* Whether a dictionary of these values (MS_NULL_I64: none) is worth while; s then holds it, in rising order. */
bool ms_seconds_pay(struct ms_seconds *s, const int64_t *values, size_t n);

/* The dictionary's s->n_codes values. */
void ms_seconds_values(const struct ms_seconds *s, int64_t *out);

/* Codes of n values, none of them NULL, all among those that the dictionary was made of. */
void ms_seconds_codes(const struct ms_seconds *s, const int64_t *values, size_t n, uint32_t *out);

#endif
