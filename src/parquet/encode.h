/* Parquet's value encodings: values without NULLs in, bytes appended to `out`. Pure; thread rule: one owner of `out`. */
#ifndef MS_PARQUET_ENCODE_H
#define MS_PARQUET_ENCODE_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/span.h"

/* Bits that the largest of `n` codes 0 .. n-1 needs; at least 1 (a width of 0 is legal, but nobody else writes it). */
unsigned ms_code_width(uint32_t n);

/* RLE/bit-packed hybrid. Every value < 2^width, 1 <= width <= 32. Levels and dictionary codes alike; a length or width in
 * front of it is the caller's. */
void ms_encode_hybrid(struct ms_buffer *out, const uint32_t *values, size_t n, unsigned width);
/* The same for `n` equal values: one run. */
void ms_encode_run(struct ms_buffer *out, uint32_t value, size_t n, unsigned width);

/* The same for bits, 64 in a word, least significant first; those behind the last of `n` are 0. */
void ms_encode_bits(struct ms_buffer *out, const uint64_t *words, size_t n);

/* DELTA_BINARY_PACKED in blocks of 128 values, 4 miniblocks. `is_int32`: the values are INT32 and deltas wrap at 32 bits. If no two
 * of them differ by more than INT32_MAX, none wraps, and `false` gives the same bytes sooner. */
void ms_encode_delta(struct ms_buffer *out, const int64_t *values, size_t n, bool is_int32);
/* The same for `n` equal values. */
void ms_encode_delta_equal(struct ms_buffer *out, int64_t value, size_t n);

/* DELTA_LENGTH_BYTE_ARRAY: the lengths of all strings, and behind them their bytes, which may be appended some strings at a
 * time. `lengths` is scratch for n numbers. Every string < 2^31 bytes. */
void ms_encode_delta_lengths(struct ms_buffer *out, const struct ms_span *strings, size_t n, int64_t *lengths);
void ms_encode_texts(struct ms_buffer *out, const struct ms_span *strings, size_t n);

/* PLAIN: 4 bytes of length and the bytes, each. */
void ms_encode_plain_strings(struct ms_buffer *out, const struct ms_span *strings, size_t n);
void ms_encode_plain_ints(struct ms_buffer *out, const int64_t *values, size_t n, bool is_int32);
/* Cells of ms_double_cell; 8 bytes each. */
void ms_encode_plain_doubles(struct ms_buffer *out, const int64_t *cells, size_t n);
void ms_encode_plain_bools(struct ms_buffer *out, const int64_t *values, size_t n); /* one bit each, nonzero is true */

#endif
