/* Kernels on whole columns: NULLs out, ranges, differences, bloom filters. */
#include "simd/rows.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,bmi,bmi2,popcnt")))

/* For each mask of 4: the 32-bit halves of the chosen 64-bit values, moved to the front. */
static const uint32_t front4[16][8] __attribute__((aligned(32))) = {
    {0, 1, 2, 3, 4, 5, 6, 7}, {0, 1, 2, 3, 4, 5, 6, 7}, {2, 3, 0, 1, 4, 5, 6, 7}, {0, 1, 2, 3, 4, 5, 6, 7},
    {4, 5, 0, 1, 2, 3, 6, 7}, {0, 1, 4, 5, 2, 3, 6, 7}, {2, 3, 4, 5, 0, 1, 6, 7}, {0, 1, 2, 3, 4, 5, 6, 7},
    {6, 7, 0, 1, 2, 3, 4, 5}, {0, 1, 6, 7, 2, 3, 4, 5}, {2, 3, 6, 7, 0, 1, 4, 5}, {0, 1, 2, 3, 6, 7, 4, 5},
    {4, 5, 6, 7, 0, 1, 2, 3}, {0, 1, 4, 5, 6, 7, 2, 3}, {2, 3, 4, 5, 6, 7, 0, 1}, {0, 1, 2, 3, 4, 5, 6, 7}};

/* The last values, fewer than a vector, one by one; the word of bits they belong to has been begun by the caller. */
#define TAKE_REST(in, i, n, absent, out, taken, word)                                                                  \
    for (; (i) < (n); (i)++) {                                                                                         \
        uint64_t is_there = (in)[i] != (absent);                                                                       \
        (word) |= is_there << (i) % 64;                                                                                \
        (out)[taken] = (in)[i];                                                                                        \
        (taken) += is_there;                                                                                           \
    }

TARGET size_t ms_simd_take_i64_avx2(const int64_t *in, size_t n, int64_t absent, int64_t *out, uint64_t *there)
{
    const __m256i missing = _mm256_set1_epi64x(absent);
    size_t taken = 0, i = 0;
    uint64_t word = 0;
    for (; i + 4 <= n; i += 4) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(in + i));
        __m256i is_missing = _mm256_cmpeq_epi64(v, missing);
        unsigned mask = (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(is_missing)) ^ 15u;
        __m256i order = _mm256_load_si256((const __m256i *)front4[mask]);
        _mm256_storeu_si256((__m256i *)(out + taken), _mm256_permutevar8x32_epi32(v, order));
        taken += (unsigned)__builtin_popcount(mask);
        word |= (uint64_t)mask << i % 64;
        if (i % 64 == 60) {
            there[i / 64] = word;
            word = 0;
        }
    }
    TAKE_REST(in, i, n, absent, out, taken, word)
    if (n % 64)
        there[n / 64] = word;
    return taken;
}

/* Eight at a time: the order comes from PEXT over the identity, a nibble each. */
TARGET size_t ms_simd_take_u32_avx2(const uint32_t *in, size_t n, uint32_t absent, uint32_t *out, uint64_t *there)
{
    const __m256i missing = _mm256_set1_epi32((int)absent);
    size_t taken = 0, i = 0;
    uint64_t word = 0;
    for (; i + 8 <= n; i += 8) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(in + i));
        __m256i is_missing = _mm256_cmpeq_epi32(v, missing);
        unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(is_missing)) ^ 0xffu;
        if (mask != 0xff) {
            uint64_t bytes = _pdep_u64(mask, 0x0101010101010101u) * 0xff;
            uint64_t order = _pext_u64(0x0706050403020100u, bytes);
            v = _mm256_permutevar8x32_epi32(v, _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)order)));
        }
        _mm256_storeu_si256((__m256i *)(out + taken), v);
        taken += (unsigned)__builtin_popcount(mask);
        word |= (uint64_t)mask << i % 64;
        if (i % 64 == 56) {
            there[i / 64] = word;
            word = 0;
        }
    }
    TAKE_REST(in, i, n, absent, out, taken, word)
    if (n % 64)
        there[n / 64] = word;
    return taken;
}

TARGET static inline __m256i lesser(__m256i a, __m256i b)
{
    return _mm256_blendv_epi8(a, b, _mm256_cmpgt_epi64(a, b));
}

TARGET static inline __m256i greater(__m256i a, __m256i b)
{
    return _mm256_blendv_epi8(b, a, _mm256_cmpgt_epi64(a, b));
}

TARGET void ms_simd_range_i64_avx2(const int64_t *v, size_t n, int64_t *min, int64_t *max)
{
    __m256i low = _mm256_set1_epi64x(v[0]), high = low;
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        __m256i x = _mm256_loadu_si256((const __m256i *)(v + i));
        low = lesser(low, x);
        high = greater(high, x);
    }
    int64_t lows[4], highs[4];
    _mm256_storeu_si256((__m256i *)lows, low);
    _mm256_storeu_si256((__m256i *)highs, high);
    *min = lows[0];
    *max = highs[0];
    for (unsigned k = 1; k < 4; k++) {
        *min = lows[k] < *min ? lows[k] : *min;
        *max = highs[k] > *max ? highs[k] : *max;
    }
    for (; i < n; i++) {
        *min = v[i] < *min ? v[i] : *min;
        *max = v[i] > *max ? v[i] : *max;
    }
}

TARGET int64_t ms_simd_deltas_i64_avx2(const int64_t *v, size_t n, int64_t *out)
{
    __m256i low = _mm256_set1_epi64x(INT64_MAX);
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        __m256i x = _mm256_loadu_si256((const __m256i *)(v + i));
        __m256i before = _mm256_loadu_si256((const __m256i *)(v + i - 1));
        __m256i d = _mm256_sub_epi64(x, before);
        _mm256_storeu_si256((__m256i *)(out + i), d);
        low = lesser(low, d);
    }
    int64_t lows[4], least = INT64_MAX;
    _mm256_storeu_si256((__m256i *)lows, low);
    for (unsigned k = 0; k < 4; k++)
        least = lows[k] < least ? lows[k] : least;
    for (; i < n; i++) {
        out[i] = (int64_t)((uint64_t)v[i] - (uint64_t)(v - 1)[i]);
        least = out[i] < least ? out[i] : least;
    }
    return least;
}

TARGET uint64_t ms_simd_above_i64_avx2(const int64_t *v, size_t n, int64_t base, uint32_t *out)
{
    const __m256i all_base = _mm256_set1_epi64x(base);
    __m256i any = _mm256_setzero_si256();
    uint64_t parts[4], all;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256i a = _mm256_sub_epi64(_mm256_loadu_si256((const __m256i *)(v + i)), all_base);
        __m256i b = _mm256_sub_epi64(_mm256_loadu_si256((const __m256i *)(v + i + 4)), all_base);
        any = _mm256_or_si256(any, _mm256_or_si256(a, b));
        /* the lower halves: 0 1 4 5, 2 3 6 7 */
        __m256 low = _mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), 0x88);
        _mm256_storeu_si256((__m256i *)(out + i), _mm256_permute4x64_epi64(_mm256_castps_si256(low), 0xd8));
    }
    _mm256_storeu_si256((__m256i *)parts, any);
    all = parts[0] | parts[1] | parts[2] | parts[3];
    for (; i < n; i++) {
        uint64_t above = (uint64_t)v[i] - (uint64_t)base;
        out[i] = (uint32_t)above;
        all |= above;
    }
    return all;
}

TARGET void ms_simd_bloom_insert_avx2(uint32_t *words, uint64_t n_blocks, const uint64_t *hashes, size_t n)
{
    const __m256i salt = _mm256_loadu_si256((const __m256i *)ms_bloom_salt), one = _mm256_set1_epi32(1);
    for (size_t i = 0; i < n; i++) {
        if (i + MS_BLOOM_AHEAD < n)
            __builtin_prefetch(ms_bloom_block(words, n_blocks, hashes[i + MS_BLOOM_AHEAD]), 1);
        __m256i *block = (__m256i *)ms_bloom_block(words, n_blocks, hashes[i]);
        __m256i key = _mm256_set1_epi32((int)(uint32_t)hashes[i]);
        __m256i bits = _mm256_sllv_epi32(one, _mm256_srli_epi32(_mm256_mullo_epi32(key, salt), 27));
        _mm256_storeu_si256(block, _mm256_or_si256(_mm256_loadu_si256(block), bits));
    }
}
#endif
