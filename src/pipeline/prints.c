#include "pipeline/copies.h"

#define PRIME ((UINT64_C(1) << 61) - 1)

static uint64_t times(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    uint64_t sum = (uint64_t)(product & PRIME) + (uint64_t)(product >> 61);
    return sum >= PRIME ? sum - PRIME : sum;
}

static uint64_t power(uint64_t base, uint64_t n)
{
    uint64_t result = 1;
    for (; n > 0; n >>= 1, base = times(base, base))
        if (n & 1)
            result = times(result, base);
    return result;
}

struct ms_prints ms_prints_of(uint64_t seed)
{
    return (struct ms_prints){.base = seed % (PRIME - 1000) + 500};
}

uint64_t ms_prints_add(const struct ms_prints *p, uint64_t print, uint64_t line)
{
    uint64_t sum = times(print, p->base) + line % PRIME;
    return sum >= PRIME ? sum - PRIME : sum;
}

uint64_t ms_prints_between(const struct ms_prints *p, uint64_t first, uint64_t all, uint64_t n)
{
    uint64_t shifted = times(first, power(p->base, n));
    return all >= shifted ? all - shifted : all + PRIME - shifted;
}
