/* The positions of the set bits of a 64-bit mask: shared by the avx2 and avx512 rows. Nobody else includes this. */
#ifndef MS_SIMD_STORE_POSITIONS_H
#define MS_SIMD_STORE_POSITIONS_H

#include <immintrin.h>
#include <stdint.h>

/* Log lines are longer than 32 bytes, so 64 bytes hold mostly none, one or two line ends: two positions are always stored, and
 * a (well predicted) branch is taken only for a third. out has room for max(2, bits set): true in newline_index, because
 * no more positions than bytes went before and 64 bytes are still there. */
__attribute__((target("bmi,popcnt"))) static inline size_t ms_store_positions(uint64_t mask, uint32_t base,
                                                                              uint32_t *out)
{
    size_t n = (size_t)_mm_popcnt_u64(mask);
    out[0] = base + (uint32_t)_tzcnt_u64(mask); /* 64 for an empty mask: never read */
    mask = _blsr_u64(mask);
    out[1] = base + (uint32_t)_tzcnt_u64(mask);
    if (__builtin_expect(n > 2, 0)) {
        mask = _blsr_u64(mask);
        for (size_t i = 2; i < n; i++, mask = _blsr_u64(mask))
            out[i] = base + (uint32_t)_tzcnt_u64(mask);
    }
    return n;
}

#endif
