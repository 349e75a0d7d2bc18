/* Kernels that exist once for each instruction set, and the one place where a set is chosen.
 *
 * Every kernel has a plain twin in scalar.c: the shortest correct loop, which defines what is right. tests/unit/simd holds
 * every row against it. No kernel reads or writes outside what its comment names: a mapped file may end at a page edge.
 * Thread rule: ms_simd_select() once, in main, before any thread; then ms_simd is constant. simd/ depends on nothing. */
#ifndef MS_SIMD_SIMD_H
#define MS_SIMD_SIMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ms_simd_ops {
    const char *name; /* "avx512", "avx2", "sse42", "neon", "scalar" */
    bool (*supported)(void);

    /* Offsets of every '\n' in [p, p + n), ascending; returns their number. n <= UINT32_MAX. `out` has room for n entries:
     * entries behind the returned number may be overwritten. */
    size_t (*newline_index)(const char *p, size_t n, uint32_t *out);
    /* Only their number. */
    size_t (*newline_count)(const char *p, size_t n);

    /* Parquet's bit packing: n values (a multiple of 8) of `width` bits (0..32), least significant bit first; writes exactly
     * n / 8 * width bytes. Every code is smaller than 2^width. */
    void (*pack_bits)(const uint32_t *codes, size_t n, unsigned width, uint8_t *out);

    /* How many values at the start of v[0..n) are equal to v[0]; 0 for n == 0. */
    size_t (*repeat_run)(const uint32_t *v, size_t n);

    /* Takes the values that are not `absent` out of in[0..n), in order, and returns their number. Bit i % 64 of
     * there[i / 64] says whether in[i] is one of them; the bits behind the last are 0. `out` has room for n values:
     * entries behind the returned number may be overwritten. */
    size_t (*take_i64)(const int64_t *in, size_t n, int64_t absent, int64_t *out, uint64_t *there);
    size_t (*take_u32)(const uint32_t *in, size_t n, uint32_t absent, uint32_t *out, uint64_t *there);

    /* The least and the greatest of v[0..n), n >= 1. */
    void (*range_i64)(const int64_t *v, size_t n, int64_t *min, int64_t *max);

    /* out[i] = v[i] - v[i - 1], wrapping, for i in 0..n; v[-1] is there. Returns the least of them, INT64_MAX for n == 0. */
    int64_t (*deltas_i64)(const int64_t *v, size_t n, int64_t *out);

    /* What v[0..n) are above `base`, wrapping: the lower halves to out[0..n); returns all of them or-ed together. */
    uint64_t (*above_i64)(const int64_t *v, size_t n, int64_t base, uint32_t *out);

    /* Sets the bits of each hash in a split-block bloom filter (the Parquet format's) of n_blocks blocks of 8 words,
     * 1 <= n_blocks < 2^32. */
    void (*bloom_insert)(uint32_t *words, uint64_t n_blocks, const uint64_t *hashes, size_t n);
};

extern const struct ms_simd_ops *ms_simd; /* the scalar row until ms_simd_select() */

/* Takes the best row that this machine supports; the variable MAILSTRATA_SIMD=name forces one. False, with a sentence in
 * `error` (NULL is allowed), if that name is unknown or the machine does not support it; ms_simd is then unchanged. */
bool ms_simd_select(char *error, size_t error_bytes);

/* The same with the name as an argument (NULL or "": the best row); for tests and benchmarks. */
bool ms_simd_select_name(const char *name, char *error, size_t error_bytes);

/* All rows compiled for this architecture, best first, NULL behind the last; the scalar row is always there. */
const struct ms_simd_ops *const *ms_simd_rows(void);

#endif
