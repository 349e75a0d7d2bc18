/* How --memory is shared out (docs/decisions/0021-memory.md). What one stripe needs is there in any case; what would grow with the
 * input beside it gets a fixed share, and goes to files beyond. */
#include <unistd.h>

#include "pipeline/run.h"

/* Of --memory. What is open between two stripes is there twice, while it moves on. */
enum { SPOOL_SHARE = 32, CARRY_SHARE = 32, EPOCH_SHARE = 4, EXTENT_SHARE = 1 << 14 };
enum { MAX_EXTENT = 1 << 16 };

static uint64_t default_bytes(void)
{
    const uint64_t most = UINT64_C(1) << 30;
    long n_pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
    if (n_pages <= 0 || page_bytes <= 0)
        return most;
    uint64_t quarter = (uint64_t)n_pages * (uint64_t)page_bytes / 4;
    return quarter < most ? quarter : most;
}

void ms_run_share_memory(struct ms_run *run)
{
    uint64_t bytes = run->config->memory_bytes > 0 ? run->config->memory_bytes : default_bytes();
    run->spool_bytes = (size_t)(bytes / SPOOL_SHARE);
    run->epoch_bytes = (size_t)(bytes / EPOCH_SHARE / run->n_workers);
    run->correlate.carry_limit_bytes = (size_t)(bytes / CARRY_SHARE / run->n_workers);
    size_t extent = (size_t)(bytes / EXTENT_SHARE / 8 * 8);
    extent = extent < MS_PARKED_EXTENT ? MS_PARKED_EXTENT : extent < MAX_EXTENT ? extent : MAX_EXTENT;
    for (unsigned i = 0; i < 2; i++)
        ms_parked_init(&run->correlate.parked[i], run->table_dirs[MS_LINKS], extent);
}
