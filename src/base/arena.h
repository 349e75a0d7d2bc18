/* Bump allocation: many small pieces, one end of life. Blocks are kept by reset and used again (never handed back to the
 * system between stripes: fresh pages are the hidden cost, reference/scan-performance.md 8). One owner, no lock. */
#ifndef MS_BASE_ARENA_H
#define MS_BASE_ARENA_H

#include "base/span.h"

struct ms_arena_block;
struct ms_arena {
    struct ms_arena_block *first, *current;
    char *next, *end;   /* what is free in the current block */
    size_t total_bytes; /* capacity of all blocks */
    size_t used_bytes;  /* of those that are in use since the last reset */
};

void *ms_arena_alloc_slow(struct ms_arena *a, size_t n_bytes); /* for ms_arena_alloc: the current block is full */

/* 8-byte aligned, not zeroed; valid until reset or fini. {0} is the empty arena. */
static inline void *ms_arena_alloc(struct ms_arena *a, size_t n_bytes)
{
    size_t n = (n_bytes + 7) & ~(size_t)7;
    if (n > (size_t)(a->end - a->next) || a->next == NULL)
        return ms_arena_alloc_slow(a, n);
    void *p = a->next;
    a->next += n;
    return p;
}

/* A copy of the bytes; NULL stays NULL. */
struct ms_span ms_arena_copy(struct ms_arena *a, struct ms_span s);
void ms_arena_reset(struct ms_arena *a); /* forgets everything, keeps the blocks */
void ms_arena_fini(struct ms_arena *a);

#endif
