/* How many lines a host and program logged in each hour. One owner a counter; merged when all workers are done. */
#ifndef MS_CORRELATE_COVERAGE_H
#define MS_CORRELATE_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ms_coverage_cell {
    uint32_t host_id, tag_id;
    int64_t hour; /* hours since 1970; INT64_MIN: time unknown */
    uint64_t n_lines, n_lost;
    int64_t first_us, last_us;
};

struct ms_coverage {
    struct ms_coverage_cell *cells;
    uint32_t *slots; /* cell number + 1 */
    size_t n_cells, cap_cells, n_slots;
};

/* The cell of a host and program that was used last: lines come in order of time, so it is nearly always the next, too. */
struct ms_coverage_memo {
    int64_t from_us, to_us; /* of the hour; {0} matches no time that is known by this memo */
    uint32_t cell;
};

/* The slow way of ms_coverage_add: another hour. */
void ms_coverage_turn(struct ms_coverage *c, struct ms_coverage_memo *memo, uint32_t host_id, uint32_t tag_id,
                      int64_t time_us, bool time_known);

/* Counts one line; time_known false: the year of its time is not known. `memo`: {0} at first, the same one always for the
 * same host and program. */
static inline void ms_coverage_add(struct ms_coverage *c, struct ms_coverage_memo *memo, uint32_t host_id,
                                   uint32_t tag_id, int64_t time_us, bool time_known)
{
    if (!time_known || time_us < memo->from_us || time_us >= memo->to_us)
        ms_coverage_turn(c, memo, host_id, tag_id, time_us, time_known);
    struct ms_coverage_cell *cell = &c->cells[memo->cell];
    cell->n_lines++;
    cell->first_us = time_us < cell->first_us ? time_us : cell->first_us;
    cell->last_us = time_us > cell->last_us ? time_us : cell->last_us;
}

/* Of the line that was added last by this memo: it says that so many others were lost. */
static inline void ms_coverage_lose(struct ms_coverage *c, const struct ms_coverage_memo *memo, int64_t n_lost)
{
    c->cells[memo->cell].n_lost += (uint64_t)n_lost;
}

/* The hour is over before final_us. */
static inline bool ms_coverage_is_final(const struct ms_coverage_cell *c, int64_t final_us)
{
    return final_us == INT64_MAX || (c->hour != INT64_MIN && (c->hour + 1) * INT64_C(3600000000) <= final_us);
}

/* Adds what was counted before. */
void ms_coverage_put(struct ms_coverage *into, const struct ms_coverage_cell *f);
void ms_coverage_merge(struct ms_coverage *into, const struct ms_coverage *from);
void ms_coverage_fini(struct ms_coverage *c);

#endif
