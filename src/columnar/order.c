#include "columnar/order.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    FEW = 32,     /* so many are sorted by insertion */
    A_BUCKET = 8, /* items in a bucket, on average, if the keys are spread evenly */
    MAX_BITS = 22 /* of the number of buckets: their counts stay in the cache */
};

static void insertion_sort(struct ms_order_item *items, uint64_t n)
{
    for (uint64_t i = 1; i < n; i++) {
        struct ms_order_item item = items[i];
        uint64_t at = i;
        for (; at > 0 && items[at - 1].key > item.key; at--)
            items[at] = items[at - 1];
        items[at] = item;
    }
}

static unsigned bits_of(uint64_t v)
{
    return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

/* The least and the greatest key; whether they are in order already. */
static bool in_order(const struct ms_order_item *items, uint64_t n, uint64_t *least, uint64_t *greatest)
{
    bool ordered = true;
    *least = *greatest = items[0].key;
    for (uint64_t i = 1; i < n; i++) {
        uint64_t key = items[i].key;
        ordered &= items[i - 1].key <= key;
        *least = key < *least ? key : *least;
        *greatest = key > *greatest ? key : *greatest;
    }
    return ordered;
}

/* One pass puts the items into buckets of equal width, small ones if keys are spread as offsets of lines are; a bucket that
 * is still large is treated in the same way. Each level halves the width at least, so there are 64 at most. */
void ms_order_sort(struct ms_order_item *items, struct ms_order_item *spare, uint64_t n)
{
    uint64_t least, greatest;
    if (n <= FEW) {
        insertion_sort(items, n);
        return;
    }
    if (in_order(items, n, &least, &greatest))
        return;
    unsigned width = bits_of(greatest - least), bits = bits_of(n / A_BUCKET);
    bits = bits < MAX_BITS ? bits : MAX_BITS;
    unsigned shift = width > bits ? width - bits : 0;
    uint64_t n_buckets = ((greatest - least) >> shift) + 1;
    uint64_t *ends = ms_calloc(n_buckets + 1, sizeof *ends); /* of bucket b, in the end, at b */
    for (uint64_t i = 0; i < n; i++)
        ends[((items[i].key - least) >> shift) + 1]++;
    for (uint64_t b = 1; b < n_buckets; b++)
        ends[b] += ends[b - 1];
    for (uint64_t i = 0; i < n; i++)
        spare[ends[(items[i].key - least) >> shift]++] = items[i];
    memcpy(items, spare, n * sizeof *items);
    for (uint64_t b = 0, start = 0; b < n_buckets; start = ends[b++])
        ms_order_sort(items + start, spare + start, ends[b] - start);
    free(ends);
}
