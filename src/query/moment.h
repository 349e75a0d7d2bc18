/* Times as people write them, ISO 8601, cut short where they like: 2026, 2026-03, 2026-03-01, 2026-03-01T10:15 (or a blank for
 * the T), with seconds, with a fraction; behind a time of day perhaps Z or an offset (+01:00, +0100, +01). Thread rule: pure. */
#ifndef MS_QUERY_MOMENT_H
#define MS_QUERY_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

struct ms_moment { /* [begin, end) in microseconds since 1970, as the clock of the zone shows it */
    int64_t begin_us, end_us;
    bool has_offset;
    int64_t offset_us; /* east of UTC is positive */
};

/* False (out untouched) if the text is no time, or names a day that does not exist. Years 1970 to 9998. */
bool ms_moment_parse(const char *text, struct ms_moment *out);

#endif
