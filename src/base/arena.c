#include "base/arena.h"

#include "base/room.h"

struct ms_arena_block {
    struct ms_arena_block *next;
    size_t size_bytes;
    char data[];
};

/* With its head no more than a round number: allocators round up to such, and pages that were used before stay with the rest. */
#define BLOCK_BYTES (((size_t)1 << 20) - MS_ROOM_HEAD_BYTES - sizeof(struct ms_arena_block))

static struct ms_arena_block *block_new(struct ms_arena *a, size_t need)
{
    size_t n = need > BLOCK_BYTES ? need : BLOCK_BYTES;
    struct ms_arena_block *b = ms_room_alloc(sizeof *b + n);
    b->next = NULL;
    b->size_bytes = n;
    a->total_bytes += n;
    return b;
}

void *ms_arena_alloc_slow(struct ms_arena *a, size_t n)
{
    /* A kept block that is too small for this piece is skipped until the next reset. */
    struct ms_arena_block *b = a->current ? a->current->next : a->first;
    if (b == NULL || b->size_bytes < n) {
        struct ms_arena_block *fresh = block_new(a, n);
        fresh->next = b;
        if (a->current)
            a->current->next = fresh;
        else
            a->first = fresh;
        b = fresh;
    }
    a->current = b;
    a->used_bytes += b->size_bytes;
    a->next = b->data + n;
    a->end = b->data + b->size_bytes;
    return b->data;
}

struct ms_span ms_arena_copy(struct ms_arena *a, struct ms_span s)
{
    if (s.p == NULL)
        return s;
    char *p = ms_arena_alloc(a, s.n ? s.n : 1);
    memcpy(p, s.p, s.n);
    return ms_span_of(p, s.n);
}

void ms_arena_reset(struct ms_arena *a)
{
    a->current = NULL;
    a->next = a->end = NULL;
    a->used_bytes = 0;
}

void ms_arena_fini(struct ms_arena *a)
{
    for (struct ms_arena_block *b = a->first, *next; b; b = next) {
        next = b->next;
        ms_room_free(b);
    }
    *a = (struct ms_arena){0};
}
