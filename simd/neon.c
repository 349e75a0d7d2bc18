/* For aarch64, where NEON is always there. Two 64-bit values a vector gain nothing where the plain loop is one pass of compares
 * (take, range: the compiler makes vectors of them), so these are the scalar row's. */
#include "simd/rows.h"

#if defined(__aarch64__)
#include <arm_neon.h>

static bool supported(void)
{
    return true;
}

/* Four bits for each byte that is a line end: the narrowest mask that NEON gives for one instruction. */
static inline uint64_t newline_mask(uint8x16_t block)
{
    uint16x8_t equal = vreinterpretq_u16_u8(vceqq_u8(block, vdupq_n_u8('\n')));
    return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(equal, 4)), 0);
}

static size_t newline_index(const char *p, size_t n, uint32_t *out)
{
    size_t found = 0, i = 0;
    for (; i + 16 <= n; i += 16) {
        uint64_t mask = newline_mask(vld1q_u8((const uint8_t *)p + i)) & 0x8888888888888888u;
        for (; mask; mask &= mask - 1)
            out[found++] = (uint32_t)i + (uint32_t)__builtin_ctzll(mask) / 4;
    }
    for (; i < n; i++)
        if (p[i] == '\n')
            out[found++] = (uint32_t)i;
    return found;
}

static size_t newline_count(const char *p, size_t n)
{
    size_t found = 0, i = 0;
    for (; i + 16 <= n; i += 16)
        found += vaddvq_u8(vshrq_n_u8(vceqq_u8(vld1q_u8((const uint8_t *)p + i), vdupq_n_u8('\n')), 7));
    for (; i < n; i++)
        found += p[i] == '\n';
    return found;
}

static void pack_bits(const uint32_t *codes, size_t n, unsigned width, uint8_t *out)
{
    ms_simd_scalar.pack_bits(codes, n, width, out);
}

static size_t repeat_run(const uint32_t *v, size_t n)
{
    if (n == 0)
        return 0;
    const uint32x4_t first = vdupq_n_u32(v[0]);
    size_t i = 0;
    while (i + 4 <= n && vminvq_u32(vceqq_u32(vld1q_u32(v + i), first)) != 0)
        i += 4;
    while (i < n && v[i] == v[0])
        i++;
    return i;
}

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
    const uint64x2_t bases = vdupq_n_u64((uint64_t)base);
    uint64x2_t all = vdupq_n_u64(0);
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        uint64x2_t low = vsubq_u64(vld1q_u64((const uint64_t *)v + i), bases);
        uint64x2_t high = vsubq_u64(vld1q_u64((const uint64_t *)v + i + 2), bases);
        vst1q_u32(out + i, vcombine_u32(vmovn_u64(low), vmovn_u64(high)));
        all = vorrq_u64(all, vorrq_u64(low, high));
    }
    uint64_t rest = ms_simd_scalar.above_i64(v + i, n - i, base, out + i);
    return vgetq_lane_u64(all, 0) | vgetq_lane_u64(all, 1) | rest;
}

/* Which bit of each of four words: the five upper bits of a product. */
static inline uint32x4_t bloom_bits(uint32_t hash, const uint32_t *salt)
{
    uint32x4_t at = vshrq_n_u32(vmulq_n_u32(vld1q_u32(salt), hash), 27);
    return vshlq_u32(vdupq_n_u32(1), vreinterpretq_s32_u32(at));
}

static void bloom_insert(uint32_t *words, uint64_t n_blocks, const uint64_t *hashes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i + MS_BLOOM_AHEAD < n)
            __builtin_prefetch(ms_bloom_block(words, n_blocks, hashes[i + MS_BLOOM_AHEAD]), 1);
        uint32_t *block = ms_bloom_block(words, n_blocks, hashes[i]);
        for (unsigned half = 0; half < 8; half += 4)
            vst1q_u32(block + half,
                      vorrq_u32(vld1q_u32(block + half), bloom_bits((uint32_t)hashes[i], ms_bloom_salt + half)));
    }
}

const struct ms_simd_ops ms_simd_neon = {
    .name = "neon",
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
