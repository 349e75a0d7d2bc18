/* What is counted of each line: outcomes and times of its file, hours of its host and program. Shared by correlate.c and
 * usual.c. Thread rule: one worker. */
#ifndef MS_CORRELATE_COUNT_H
#define MS_CORRELATE_COUNT_H

#include "correlate/correlate.h"

static inline void ms_count_time(struct ms_correlator *c, int64_t t)
{
    c->counts_now.first_us = t < c->counts_now.first_us ? t : c->counts_now.first_us;
    c->counts_now.last_us = t > c->counts_now.last_us ? t : c->counts_now.last_us;
}

__attribute__((always_inline)) static inline struct ms_origin *
ms_count_line(struct ms_correlator *c, enum ms_line_outcome outcome, uint32_t host_id, uint32_t tag_id, int64_t t)
{
    c->counts_now.lines[outcome]++;
    ms_count_time(c, t);
    struct ms_origin *origin = ms_origin_of(&c->origins, c->run->names, host_id, tag_id);
    ms_coverage_add(&c->coverage, &origin->coverage, host_id, tag_id, t, c->year_known);
    return origin;
}

#endif
