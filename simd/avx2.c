#include "simd/rows.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "simd/store_positions.h"

#define TARGET __attribute__((target("avx2,bmi,bmi2,popcnt")))

static bool supported(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("popcnt");
}

TARGET static inline uint64_t newline_mask64(const char *p)
{
    const __m256i newline = _mm256_set1_epi8('\n');
    __m256i low = _mm256_loadu_si256((const __m256i *)p), high = _mm256_loadu_si256((const __m256i *)(p + 32));
    uint32_t in_low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, newline));
    uint32_t in_high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, newline));
    return in_low | (uint64_t)in_high << 32;
}

TARGET static size_t newline_index(const char *p, size_t n, uint32_t *out)
{
    size_t found = 0, i = 0;
    for (; i + 64 <= n; i += 64)
        found += ms_store_positions(newline_mask64(p + i), (uint32_t)i, out + found);
    for (; i < n; i++)
        if (p[i] == '\n')
            out[found++] = (uint32_t)i;
    return found;
}

TARGET static size_t newline_count(const char *p, size_t n)
{
    size_t found = 0, i = 0;
    for (; i + 64 <= n; i += 64)
        found += (size_t)_mm_popcnt_u64(newline_mask64(p + i));
    for (; i < n; i++)
        found += p[i] == '\n';
    return found;
}

/* Eight codes of up to 8 bits: their low bytes side by side in one word, then PEXT squeezes out the unused bits. */
TARGET static inline uint64_t pack8_narrow(const uint32_t *codes, uint64_t keep)
{
    const __m256i low_bytes =
        _mm256_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, /* next lane */
                         0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
    __m256i bytes = _mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i *)codes), low_bytes);
    uint64_t word = (uint32_t)_mm256_extract_epi32(bytes, 0) | (uint64_t)(uint32_t)_mm256_extract_epi32(bytes, 4) << 32;
    return _pext_u64(word, keep);
}

/* Eight codes of 9 to 16 bits: two words of four codes each, up to 128 bits together. */
TARGET static inline unsigned __int128 pack8_wide(const uint32_t *codes, unsigned width, uint64_t keep)
{
    const __m256i low_words = _mm256_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1, /* next lane */
                                               0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1);
    __m256i words = _mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i *)codes), low_words);
    uint64_t first = _pext_u64((uint64_t)_mm256_extract_epi64(words, 0), keep);
    uint64_t second = _pext_u64((uint64_t)_mm256_extract_epi64(words, 2), keep);
    return first | (unsigned __int128)second << (4 * width);
}

/* Eight codes of 17 to 32 bits, two at a time as one number of 2 * width bits; they go out eight bytes at a time, the last
 * ones up to 8 bytes too far. */
TARGET static inline void pack8_broad(const uint32_t *codes, unsigned width, uint64_t keep, uint8_t *out)
{
    uint64_t acc = 0;
    unsigned fill = 0;
    for (unsigned k = 0; k < 8; k += 2) {
        uint64_t pair;
        memcpy(&pair, codes + k, 8);
        pair = _pext_u64(pair, keep);
        acc |= pair << fill;
        memcpy(out, &acc, 8);
        fill += 2 * width;
        if (fill >= 64) {
            out += 8;
            fill -= 64;
            acc = fill ? pair >> (2 * width - fill) : 0;
        }
    }
    memcpy(out, &acc, 8);
}

TARGET static inline void pack8(const uint32_t *codes, unsigned width, uint64_t keep, uint8_t *out)
{
    if (width <= 8) {
        uint64_t word = pack8_narrow(codes, keep);
        memcpy(out, &word, 8);
    } else if (width <= 16) {
        unsigned __int128 word = pack8_wide(codes, width, keep);
        memcpy(out, &word, 16);
    } else {
        pack8_broad(codes, width, keep, out);
    }
}

/* The bits of a code that PEXT keeps, in each lane that a code lies in. */
static inline uint64_t kept_bits(unsigned width)
{
    uint64_t one = (UINT64_C(1) << width) - 1;
    return one * (width <= 8    ? UINT64_C(0x0101010101010101)
                  : width <= 16 ? UINT64_C(0x0001000100010001)
                                : UINT64_C(0x0000000100000001));
}

/* Stores go farther than the width bytes that a group of 8 needs, by 8 at most: the next group overwrites the rest. Near the
 * end of `out` that would write behind it, so the last groups are packed elsewhere and copied. */
TARGET void ms_simd_pack_bits_bmi2(const uint32_t *codes, size_t n, unsigned width, uint8_t *out)
{
    enum { TOO_FAR = 8 };
    if (width == 0)
        return;
    const uint64_t keep = kept_bits(width);
    size_t left = n / 8 * width;
    for (; left >= width + TOO_FAR; left -= width, codes += 8, out += width)
        pack8(codes, width, keep, out);
    uint8_t rest[32 + 2 * TOO_FAR]; /* fewer than width + 8 bytes, and what goes too far */
    uint8_t *p = rest;
    for (size_t at = 0; at < left; at += width, codes += 8, p += width)
        pack8(codes, width, keep, p);
    memcpy(out, rest, left);
}

TARGET static size_t repeat_run(const uint32_t *v, size_t n)
{
    if (n == 0)
        return 0;
    const __m256i first = _mm256_set1_epi32((int)v[0]);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256i same = _mm256_cmpeq_epi32(_mm256_loadu_si256((const __m256i *)(v + i)), first);
        unsigned differ = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(same)) ^ 0xffu;
        if (differ)
            return i + (size_t)__builtin_ctz(differ);
    }
    while (i < n && v[i] == v[0])
        i++;
    return i;
}

const struct ms_simd_ops ms_simd_avx2 = {
    .name = "avx2",
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
