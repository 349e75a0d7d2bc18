/* What the files of simd/ share among themselves. Nobody else includes this. */
#ifndef MS_SIMD_ROWS_H
#define MS_SIMD_ROWS_H

#include "simd/simd.h"

extern const struct ms_simd_ops ms_simd_scalar;
#if defined(__x86_64__)
extern const struct ms_simd_ops ms_simd_sse42, ms_simd_avx2, ms_simd_avx512;
#endif

/* Bit packing by AVX2 and PEXT, also used by the avx512 row (a wider load gained nothing: PEXT is the limit). */
void ms_simd_pack_bits_bmi2(const uint32_t *codes, size_t n, unsigned width, uint8_t *out);

#endif
