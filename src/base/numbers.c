#include "base/numbers.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void ms_numbers_sort(uint64_t *p, size_t n)
{
    if (n > 1) /* and of none, p may be NULL */
        qsort(p, n, sizeof *p, compare);
}

size_t ms_numbers_find(const uint64_t *p, size_t n, uint64_t least)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p[middle] < least)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
