/* The small parts that appends leave, merged into parts of the size that one run writes: the same rows in a new generation.
 * Thread rule: one thread; columns are encoded by threads of its own. */
#ifndef MS_COMPACT_COMPACT_H
#define MS_COMPACT_COMPACT_H

#include <stdint.h>

#include "query/query.h"

/* Neighbours are merged as long as no more rows come together: so many mails are in a stripe of 256 MiB of text. */
#define MS_COMPACT_ROWS (UINT64_C(1) << 18)

struct ms_compact; /* a dataset that is locked, and open for reading */

struct ms_compact_summary {
    uint64_t n_parts_before, n_parts_after; /* but open ones, which the next append replaces */
    uint64_t n_rows;                        /* written anew */
    uint64_t bytes_written;
};

/* MS_ERR_USAGE: there is no dataset; MS_ERR_IO: another run has it. */
MS_NODISCARD enum ms_status ms_compact_begin(struct ms_compact **out, const char *dataset, struct ms_error *err);
/* The session that reads; for ms_query_interrupt. */
struct ms_query *ms_compact_query(const struct ms_compact *c);
/* Merges and publishes. Where no two parts can be merged, the dataset is left as it is. On failure, too. */
MS_NODISCARD enum ms_status ms_compact_run(struct ms_compact *c, uint64_t part_rows, struct ms_compact_summary *summary,
                                           struct ms_error *err);
void ms_compact_end(struct ms_compact *c); /* NULL is accepted */

#endif
