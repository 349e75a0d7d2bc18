/* For machines of 2009 to 2013. */
#include "simd/rows.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("sse4.2,popcnt")))

static bool supported(void)
{
    return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
}

TARGET static size_t newline_index(const char *p, size_t n, uint32_t *out)
{
    const __m128i newline = _mm_set1_epi8('\n');
    size_t found = 0, i = 0;
    for (; i + 16 <= n; i += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(p + i));
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, newline));
        for (; mask; mask &= mask - 1)
            out[found++] = (uint32_t)i + (uint32_t)__builtin_ctz(mask);
    }
    for (; i < n; i++)
        if (p[i] == '\n')
            out[found++] = (uint32_t)i;
    return found;
}

TARGET static size_t newline_count(const char *p, size_t n)
{
    const __m128i newline = _mm_set1_epi8('\n');
    size_t found = 0, i = 0;
    for (; i + 16 <= n; i += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(p + i));
        found += (size_t)_mm_popcnt_u32((unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, newline)));
    }
    for (; i < n; i++)
        found += p[i] == '\n';
    return found;
}

/* The shift is a constant for the compiler only if it sees the width, so the plain loop is the best there is without PEXT. */
static void pack_bits(const uint32_t *codes, size_t n, unsigned width, uint8_t *out)
{
    ms_simd_scalar.pack_bits(codes, n, width, out);
}

/* Two values a vector gain nothing over the plain loops. */
static size_t take_i64(const int64_t *in, size_t n, int64_t absent, int64_t *out, uint64_t *there)
{
    return ms_simd_scalar.take_i64(in, n, absent, out, there);
}

static size_t take_u32(const uint32_t *in, size_t n, uint32_t absent, uint32_t *out, uint64_t *there)
{
    return ms_simd_scalar.take_u32(in, n, absent, out, there);
}

static void range_i64(const int64_t *v, size_t n, int64_t *min, int64_t *max)
{
    ms_simd_scalar.range_i64(v, n, min, max);
}

static int64_t deltas_i64(const int64_t *v, size_t n, int64_t *out)
{
    return ms_simd_scalar.deltas_i64(v, n, out);
}

static uint64_t above_i64(const int64_t *v, size_t n, int64_t base, uint32_t *out)
{
    return ms_simd_scalar.above_i64(v, n, base, out);
}

static void bloom_insert(uint32_t *words, uint64_t n_blocks, const uint64_t *hashes, size_t n)
{
    ms_simd_scalar.bloom_insert(words, n_blocks, hashes, n);
}

TARGET static size_t repeat_run(const uint32_t *v, size_t n)
{
    if (n == 0)
        return 0;
    const __m128i first = _mm_set1_epi32((int)v[0]);
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        __m128i same = _mm_cmpeq_epi32(_mm_loadu_si128((const __m128i *)(v + i)), first);
        unsigned differ = (unsigned)_mm_movemask_ps(_mm_castsi128_ps(same)) ^ 0xfu;
        if (differ)
            return i + (size_t)__builtin_ctz(differ);
    }
    while (i < n && v[i] == v[0])
        i++;
    return i;
}

const struct ms_simd_ops ms_simd_sse42 = {
    .name = "sse42",
    .supported = supported,
    .newline_index = newline_index,
    .newline_count = newline_count,
    .pack_bits = pack_bits,
    .repeat_run = repeat_run,
    .take_i64 = take_i64,
    .take_u32 = take_u32,
    .range_i64 = range_i64,
    .deltas_i64 = deltas_i64,
    .above_i64 = above_i64,
    .bloom_insert = bloom_insert,
};
#endif
