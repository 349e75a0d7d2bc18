/* What verdicts_resolve.c hands to verdicts_rows.c. Inside correlate/ only; one owner. */
#ifndef MS_CORRELATE_VERDICTS_ANSWER_H
#define MS_CORRELATE_VERDICTS_ANSWER_H

#include <stdlib.h>

#include "base/arena.h"
#include "base/memory.h"

enum ms_ground { MS_BY_QUEUE_ID, MS_BY_SESSION, MS_BY_MESSAGE_ID, MS_N_GROUNDS };

/* A row's key has found its life. */
struct ms_verdict_answer {
    uint64_t key, txn_id;
    uint32_t ordinal;
    uint8_t ground, rank; /* enum ms_ground; the lower rank is believed first */
};

/* Copies of records, in an order of their own. */
struct ms_record_list {
    struct ms_arena arena;
    void **items;
    size_t n, cap;
};

static inline void ms_record_list_add(struct ms_record_list *l, const char *record, size_t n_bytes)
{
    void *copy = ms_arena_alloc(&l->arena, n_bytes);
    memcpy(copy, record, n_bytes);
    l->items = ms_grow(l->items, &l->cap, l->n + 1, sizeof *l->items);
    l->items[l->n++] = copy;
}

static inline void ms_record_list_sort(struct ms_record_list *l, int (*compare)(const void *, const void *))
{
    if (l->n > 0)
        qsort(l->items, l->n, sizeof *l->items, compare);
}

static inline void ms_record_list_clear(struct ms_record_list *l)
{
    ms_arena_reset(&l->arena);
    l->n = 0;
}

static inline void ms_record_list_fini(struct ms_record_list *l)
{
    ms_arena_fini(&l->arena);
    free(l->items);
}

#endif
