/* What the files of simd/ share among themselves. Nobody else includes this. */
#ifndef MS_SIMD_ROWS_H
#define MS_SIMD_ROWS_H

#include "simd/simd.h"

extern const struct ms_simd_ops ms_simd_scalar;
#if defined(__x86_64__)
extern const struct ms_simd_ops ms_simd_sse42, ms_simd_avx2, ms_simd_avx512;
#elif defined(__aarch64__)
extern const struct ms_simd_ops ms_simd_neon;
#endif

/* Bit packing by AVX2 and PEXT, also used by the avx512 row (a wider load gained nothing: PEXT is the limit). */
void ms_simd_pack_bits_bmi2(const uint32_t *codes, size_t n, unsigned width, uint8_t *out);

/* Kernels on columns by AVX2, also used by the avx512 row. */
size_t ms_simd_take_i64_avx2(const int64_t *in, size_t n, int64_t absent, int64_t *out, uint64_t *there);
size_t ms_simd_take_u32_avx2(const uint32_t *in, size_t n, uint32_t absent, uint32_t *out, uint64_t *there);
void ms_simd_range_i64_avx2(const int64_t *v, size_t n, int64_t *min, int64_t *max);
int64_t ms_simd_deltas_i64_avx2(const int64_t *v, size_t n, int64_t *out);
uint64_t ms_simd_above_i64_avx2(const int64_t *v, size_t n, int64_t base, uint32_t *out);
void ms_simd_bloom_insert_avx2(uint32_t *words, uint64_t n_blocks, const uint64_t *hashes, size_t n);

/* Where a hash lives in a filter, and what is set there. */
static const uint32_t ms_bloom_salt[8] = {0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d,
                                          0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31};
static inline uint32_t *ms_bloom_block(uint32_t *words, uint64_t n_blocks, uint64_t hash)
{
    return words + ((hash >> 32) * n_blocks >> 32) * 8;
}

/* Nearly every insert into a filter of megabytes misses the cache: its line is asked for so many inserts ahead. */
enum { MS_BLOOM_AHEAD = 16 };

#endif
