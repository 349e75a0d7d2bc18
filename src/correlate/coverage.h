/* How many lines a host and program logged in each hour. One owner a counter; merged when all workers are done. */
#ifndef MS_CORRELATE_COVERAGE_H
#define MS_CORRELATE_COVERAGE_H

#include <stddef.h>
#include <stdint.h>

struct ms_coverage_cell {
    uint32_t host_id, tag_id;
    int64_t hour; /* hours since 1970; INT64_MIN: time unknown */
    uint64_t n_lines;
    int64_t first_us, last_us;
};

struct ms_coverage {
    struct ms_coverage_cell *cells;
    uint32_t *slots; /* cell number + 1 */
    size_t n_cells, cap_cells, n_slots;
};

/* Counts one line; time_known false: the year of its time is not known. */
void ms_coverage_add(struct ms_coverage *c, uint32_t host_id, uint32_t tag_id, int64_t time_us, int time_known);
void ms_coverage_merge(struct ms_coverage *into, const struct ms_coverage *from);
void ms_coverage_fini(struct ms_coverage *c);

#endif
