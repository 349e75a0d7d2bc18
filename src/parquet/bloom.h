/* Split-block bloom filter: answers "not in this row group" for equality searches (reference/parquet-writer.md 8).
 *
 * The size is a power of two that gives every distinct value 12 to 24 bits, that is 0.5 % to 0.02 % false positives. Nobody
 * counts the distinct values: the filter starts large enough for all of them and is folded in half while it stays sparse
 * enough. The result depends on the set of values alone. Thread rule: one owner. */
#ifndef MS_PARQUET_BLOOM_H
#define MS_PARQUET_BLOOM_H

#include "base/buffer.h"
#include "base/span.h"

struct ms_bloom {
    uint32_t *words;
    size_t n_bytes; /* power of two, 32 to 128 MiB */
};

/* `n_values`: an upper bound of the distinct values. */
void ms_bloom_init(struct ms_bloom *b, uint64_t n_values);
void ms_bloom_fini(struct ms_bloom *b); /* accepts {0} */

uint64_t ms_bloom_hash_string(struct ms_span s);
uint64_t ms_bloom_hash_int(int64_t v, unsigned width_bytes); /* 4 or 8: the value's PLAIN bytes */
void ms_bloom_insert(struct ms_bloom *b, const uint64_t *hashes, size_t n);

/* Hash and insert. `width_bytes` as above. */
void ms_bloom_add_strings(struct ms_bloom *b, const struct ms_span *strings, size_t n);
void ms_bloom_add_ints(struct ms_bloom *b, const int64_t *values, size_t n, unsigned width_bytes);

/* Halves the filter as long as it wastes space. After the last insert. */
void ms_bloom_fold(struct ms_bloom *b);

/* Header and bits as they stand in the file. */
void ms_bloom_write(const struct ms_bloom *b, struct ms_buffer *out);

#endif
