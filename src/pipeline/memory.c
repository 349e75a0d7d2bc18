/* How --memory is shared out (docs/decisions/0021-memory.md). What one stripe needs is there in any case; what would grow with the
 * input beside it gets a fixed share, and goes to files beyond. */
#include <unistd.h>

#include "base/room.h"
#include "pipeline/run.h"

/* Of --memory. What is open between two stripes is there twice, while it moves on. */
enum { SPOOL_SHARE = 32, CARRY_SHARE = 32, EPOCH_SHARE = 4, ROOM_SHARE = 3, EXTENT_SHARE = 1 << 14 };
enum { MAX_EXTENT = 1 << 16, MIN_EPOCH = 1 << 14 };

static uint64_t default_bytes(void)
{
    const uint64_t most = UINT64_C(1) << 30;
    long n_pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
    if (n_pages <= 0 || page_bytes <= 0)
        return most;
    uint64_t quarter = (uint64_t)n_pages * (uint64_t)page_bytes / 4;
    return quarter < most ? quarter : most;
}

/* Of measured runs (docs/PERFORMANCE.md): what the stripe has, and what a worker has for its segment, columns and text. */
uint64_t ms_run_memory_floor(unsigned n_workers)
{
    return ((uint64_t)448 << 20) + n_workers * ((uint64_t)64 << 20);
}

void ms_run_share_memory(struct ms_run *run)
{
    uint64_t bytes = run->config->memory_bytes > 0 ? run->config->memory_bytes : default_bytes();
    run->spool_bytes = (size_t)(bytes / SPOOL_SHARE);
    run->epoch_bytes = (size_t)(bytes / EPOCH_SHARE / run->n_workers);
    run->epoch_bytes = run->epoch_bytes > MIN_EPOCH ? run->epoch_bytes : MIN_EPOCH;
    run->correlate.carry_limit_bytes = (size_t)(bytes / CARRY_SHARE / run->n_workers);
    size_t extent = (size_t)(bytes / EXTENT_SHARE / 8 * 8);
    extent = extent < MS_PARKED_EXTENT ? MS_PARKED_EXTENT : extent < MAX_EXTENT ? extent : MAX_EXTENT;
    ms_room_begin(run->table_dirs[MS_LINKS], (size_t)(bytes / ROOM_SHARE), (size_t)bytes);
    for (unsigned i = 0; i < 2; i++)
        ms_parked_init(&run->correlate.parked[i], run->table_dirs[MS_LINKS], extent);
}
