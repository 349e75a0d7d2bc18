/* What a column chunk's Statistics and a page's index entry say: NULLs, least and greatest value. Plain data; one owner. */
#ifndef MS_PARQUET_STATS_H
#define MS_PARQUET_STATS_H

#include <stdbool.h>

#include "base/span.h"
#include "parquet/thrift.h"

/* Longer bounds are cut, and then say that they are not exact. */
enum { MS_BOUND_BYTES = 64 };

struct ms_int_range {
    bool any; /* false: no value seen, the bounds mean nothing */
    int64_t min, max;
};

void ms_int_range_add(struct ms_int_range *r, const int64_t *values, size_t n);
void ms_int_range_merge(struct ms_int_range *r, const struct ms_int_range *other);

/* Strings in the order of their unsigned bytes. The bounds borrow what was added. */
struct ms_string_range {
    bool any;
    struct ms_span min, max;
    uint64_t min_head, max_head; /* first 8 bytes, big-endian: settles nearly every comparison */
};

void ms_string_range_add(struct ms_string_range *r, const struct ms_span *strings, size_t n);

/* One bound as the file holds it: PLAIN bytes without a length. */
struct ms_bound {
    bool present, exact;
    uint8_t n_bytes;
    char bytes[MS_BOUND_BYTES + 4]; /* the last character of a raised bound may be longer than the one it replaces */
};

struct ms_stats {
    uint64_t n_nulls;
    uint64_t n_distinct; /* 0: not known */
    struct ms_bound min, max;
};

/* `width_bytes`: 1 BOOLEAN, 4 INT32, 8 INT64. */
void ms_bounds_of_ints(struct ms_bound *min, struct ms_bound *max, const struct ms_int_range *r, unsigned width_bytes);
void ms_bounds_of_strings(struct ms_bound *min, struct ms_bound *max, const struct ms_string_range *r);

void ms_stats_write(struct ms_thrift *t, int id, const struct ms_stats *s);

#endif
