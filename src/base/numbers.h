/* Sorted arrays of numbers: keys of rows, IDs of lives. Any thread. */
#ifndef MS_BASE_NUMBERS_H
#define MS_BASE_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void ms_numbers_sort(uint64_t *p, size_t n);
/* Of sorted ones: the index of the first that is not less; n: all are. */
size_t ms_numbers_find(const uint64_t *p, size_t n, uint64_t least);
static inline bool ms_numbers_has(const uint64_t *p, size_t n, uint64_t number)
{
    size_t at = ms_numbers_find(p, n, number);
    return at < n && p[at] == number;
}

#endif
