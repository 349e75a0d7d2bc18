/* Tails are masked loads: bytes whose mask bit is 0 are not touched, even in a page that is not there. valgrind does not know
 * these instructions: run it with MAILSTRATA_SIMD=avx2. */
#include "simd/rows.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "simd/store_positions.h"

#define TARGET __attribute__((target("avx512f,avx512bw,avx2,bmi,bmi2,popcnt")))

static bool supported(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && ms_simd_avx2.supported();
}

TARGET static size_t newline_index(const char *p, size_t n, uint32_t *out)
{
    const __m512i newline = _mm512_set1_epi8('\n');
    size_t found = 0, i = 0;
    for (; i + 64 <= n; i += 64) {
        uint64_t mask = _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(p + i), newline);
        found += ms_store_positions(mask, (uint32_t)i, out + found);
    }
    if (i < n) { /* exact stores: `out` may end here */
        uint64_t there = ~(uint64_t)0 >> (64 - (n - i));
        uint64_t mask = _mm512_mask_cmpeq_epi8_mask(there, _mm512_maskz_loadu_epi8(there, p + i), newline);
        for (; mask; mask = _blsr_u64(mask))
            out[found++] = (uint32_t)i + (uint32_t)_tzcnt_u64(mask);
    }
    return found;
}

TARGET static size_t newline_count(const char *p, size_t n)
{
    const __m512i newline = _mm512_set1_epi8('\n');
    size_t found = 0, i = 0;
    for (; i + 64 <= n; i += 64)
        found += (size_t)_mm_popcnt_u64(_mm512_cmpeq_epi8_mask(_mm512_loadu_si512(p + i), newline));
    if (i < n) {
        uint64_t there = ~(uint64_t)0 >> (64 - (n - i));
        found +=
            (size_t)_mm_popcnt_u64(_mm512_mask_cmpeq_epi8_mask(there, _mm512_maskz_loadu_epi8(there, p + i), newline));
    }
    return found;
}

TARGET static size_t repeat_run(const uint32_t *v, size_t n)
{
    if (n == 0)
        return 0;
    const __m512i first = _mm512_set1_epi32((int)v[0]);
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        unsigned differ = _mm512_cmpneq_epi32_mask(_mm512_loadu_si512(v + i), first);
        if (differ)
            return i + (size_t)__builtin_ctz(differ);
    }
    if (i < n) {
        __mmask16 there = (__mmask16)(0xffffu >> (16 - (n - i)));
        unsigned differ = _mm512_mask_cmpneq_epi32_mask(there, _mm512_maskz_loadu_epi32(there, v + i), first);
        if (differ)
            return i + (size_t)__builtin_ctz(differ);
    }
    return n;
}

const struct ms_simd_ops ms_simd_avx512 = {
    .name = "avx512",
    .supported = supported,
    .newline_index = newline_index,
    .newline_count = newline_count,
    .pack_bits = ms_simd_pack_bits_bmi2,
    .repeat_run = repeat_run,
    .take_i64 = ms_simd_take_i64_avx2,
    .take_u32 = ms_simd_take_u32_avx2,
    .range_i64 = ms_simd_range_i64_avx2,
    .deltas_i64 = ms_simd_deltas_i64_avx2,
    .above_i64 = ms_simd_above_i64_avx2,
    .bloom_insert = ms_simd_bloom_insert_avx2,
};
#endif
