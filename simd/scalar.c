/* The plain twins: what the other rows must equal. */
#include "simd/rows.h"

static bool supported(void)
{
    return true;
}

static size_t newline_index(const char *p, size_t n, uint32_t *out)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        if (p[i] == '\n')
            out[found++] = (uint32_t)i;
    return found;
}

static size_t newline_count(const char *p, size_t n)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        found += p[i] == '\n';
    return found;
}

static void pack_bits(const uint32_t *codes, size_t n, unsigned width, uint8_t *out)
{
    uint64_t bits = 0; /* not yet written; fewer than 8 between two values */
    unsigned n_bits = 0;
    for (size_t i = 0; i < n; i++) {
        bits |= (uint64_t)codes[i] << n_bits;
        for (n_bits += width; n_bits >= 8; n_bits -= 8) {
            *out++ = (uint8_t)bits;
            bits >>= 8;
        }
    }
}

static size_t repeat_run(const uint32_t *v, size_t n)
{
    size_t run = 0;
    while (run < n && v[run] == v[0])
        run++;
    return run;
}

#define TAKE(name, type)                                                                                               \
    static size_t take_##name(const type *in, size_t n, type absent, type *out, uint64_t *there)                       \
    {                                                                                                                  \
        size_t taken = 0;                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                                               \
            uint64_t is_there = in[i] != absent;                                                                       \
            there[i / 64] = (i % 64 ? there[i / 64] : 0) | is_there << i % 64;                                         \
            out[taken] = in[i];                                                                                        \
            taken += is_there;                                                                                         \
        }                                                                                                              \
        return taken;                                                                                                  \
    }
TAKE(i64, int64_t)
TAKE(u32, uint32_t)
#undef TAKE

static void range_i64(const int64_t *v, size_t n, int64_t *min, int64_t *max)
{
    *min = *max = v[0];
    for (size_t i = 1; i < n; i++) {
        *min = v[i] < *min ? v[i] : *min;
        *max = v[i] > *max ? v[i] : *max;
    }
}

static int64_t deltas_i64(const int64_t *v, size_t n, int64_t *out)
{
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < n; i++) {
        out[i] = (int64_t)((uint64_t)v[i] - (uint64_t)(v - 1)[i]);
        least = out[i] < least ? out[i] : least;
    }
    return least;
}

static uint64_t above_i64(const int64_t *v, size_t n, int64_t base, uint32_t *out)
{
    uint64_t all = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t above = (uint64_t)v[i] - (uint64_t)base;
        out[i] = (uint32_t)above;
        all |= above;
    }
    return all;
}

static void bloom_insert(uint32_t *words, uint64_t n_blocks, const uint64_t *hashes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i + MS_BLOOM_AHEAD < n)
            __builtin_prefetch(ms_bloom_block(words, n_blocks, hashes[i + MS_BLOOM_AHEAD]), 1);
        uint32_t *block = ms_bloom_block(words, n_blocks, hashes[i]);
        for (unsigned w = 0; w < 8; w++)
            block[w] |= UINT32_C(1) << ((uint32_t)hashes[i] * ms_bloom_salt[w] >> 27);
    }
}

const struct ms_simd_ops ms_simd_scalar = {
    .name = "scalar",
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
