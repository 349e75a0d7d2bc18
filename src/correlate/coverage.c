#include "correlate/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define HOUR_US (INT64_C(3600) * 1000000)

static uint64_t mix(uint32_t host_id, uint32_t tag_id, int64_t hour)
{
    uint64_t h = ((uint64_t)host_id << 32 | tag_id) * UINT64_C(0x9E3779B97F4A7C15) ^
                 (uint64_t)hour * UINT64_C(0xC2B2AE3D27D4EB4F);
    return h ^ h >> 29;
}

static void insert_number(struct ms_coverage *c, size_t i)
{
    const struct ms_coverage_cell *cell = &c->cells[i];
    size_t at = mix(cell->host_id, cell->tag_id, cell->hour) & (c->n_slots - 1);
    while (c->slots[at])
        at = (at + 1) & (c->n_slots - 1);
    c->slots[at] = (uint32_t)i + 1;
}

static size_t cell_of(struct ms_coverage *c, uint32_t host_id, uint32_t tag_id, int64_t hour)
{
    if (c->n_cells * 2 >= c->n_slots) {
        c->n_slots = c->n_slots ? c->n_slots * 4 : 256;
        free(c->slots);
        c->slots = ms_calloc(c->n_slots, sizeof *c->slots);
        for (size_t i = 0; i < c->n_cells; i++)
            insert_number(c, i);
    }
    for (size_t at = mix(host_id, tag_id, hour) & (c->n_slots - 1); c->slots[at]; at = (at + 1) & (c->n_slots - 1)) {
        const struct ms_coverage_cell *cell = &c->cells[c->slots[at] - 1];
        if (cell->host_id == host_id && cell->tag_id == tag_id && cell->hour == hour)
            return c->slots[at] - 1;
    }
    c->cells = ms_grow(c->cells, &c->cap_cells, c->n_cells + 1, sizeof *c->cells);
    c->cells[c->n_cells] = (struct ms_coverage_cell){host_id, tag_id, hour, 0, 0, INT64_MAX, INT64_MIN};
    insert_number(c, c->n_cells);
    return c->n_cells++;
}

static int64_t hour_of(int64_t us)
{
    return us >= 0 ? us / HOUR_US : -((-us + HOUR_US - 1) / HOUR_US);
}

void ms_coverage_turn(struct ms_coverage *c, struct ms_coverage_memo *memo, uint32_t host_id, uint32_t tag_id,
                      int64_t time_us, bool time_known)
{
    int64_t hour = time_known ? hour_of(time_us) : INT64_MIN;
    memo->cell = (uint32_t)cell_of(c, host_id, tag_id, hour);
    memo->from_us = time_known ? hour * HOUR_US : 0;
    memo->to_us = time_known ? memo->from_us + HOUR_US : 0;
}

void ms_coverage_put(struct ms_coverage *into, const struct ms_coverage_cell *f)
{
    size_t at = cell_of(into, f->host_id, f->tag_id, f->hour); /* may move the cells */
    struct ms_coverage_cell *cell = &into->cells[at];
    cell->n_lines += f->n_lines;
    cell->n_lost += f->n_lost;
    cell->first_us = f->first_us < cell->first_us ? f->first_us : cell->first_us;
    cell->last_us = f->last_us > cell->last_us ? f->last_us : cell->last_us;
}

void ms_coverage_merge(struct ms_coverage *into, const struct ms_coverage *from)
{
    for (size_t i = 0; i < from->n_cells; i++)
        ms_coverage_put(into, &from->cells[i]);
}

void ms_coverage_fini(struct ms_coverage *c)
{
    free(c->cells);
    free(c->slots);
    *c = (struct ms_coverage){0};
}
