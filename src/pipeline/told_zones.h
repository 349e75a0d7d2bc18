/* Zones that the user tells (--tz): fixed offsets, and those of the system's time zone database, of all sources or of those below a
 * path. Thread rule: ms_told_zone_named changes the process's TZ for a moment, so it is called before there are other threads; the
 * rest is pure. */
#ifndef MS_PIPELINE_TOLD_ZONES_H
#define MS_PIPELINE_TOLD_ZONES_H

#include <stddef.h>

#include "base/status.h"
#include "correlate/zone.h"

struct ms_told_zone {
    const char
        *path; /* NULL: of all sources that no other path names; else of this one and what lies below it; owned */
    const char *text; /* as given, borrowed */
    bool is_fixed;
    struct ms_zone zone;
};

void ms_told_zone_fixed(struct ms_told_zone *out, int64_t offset_seconds);
/* MS_ERR_USAGE: the system knows no such zone. */
MS_NODISCARD enum ms_status ms_told_zone_named(struct ms_told_zone *out, const char *name, struct ms_error *err);
void ms_told_zone_fini(struct ms_told_zone *z);

/* The one with the longest path; NULL: nothing is told of this source. */
const struct ms_told_zone *ms_told_zone_of(const struct ms_told_zone *told, size_t n, const char *path);

/* As ms_zone_utc_us. */
int64_t ms_told_zone_utc_us(const struct ms_told_zone *z, int64_t local_us, int64_t near_us);

#endif
