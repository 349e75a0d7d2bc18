#include "parquet/bloom.h"

#include <stdlib.h>

#define XXH_INLINE_ALL /* a call costs as much as the hash of a short string */
#include <xxhash.h>

#include "base/memory.h"
#include "parquet/thrift.h"
#include "simd/simd.h"

enum { WORDS = 8, BLOCK_BYTES = 32, MIN_BITS_PER_VALUE = 12, BATCH = 256 /* hashes on their way into a filter */ };
static const size_t MAX_BYTES = (size_t)128 << 20;

void ms_bloom_init(struct ms_bloom *b, uint64_t n_values)
{
    b->n_bytes = BLOCK_BYTES;
    while (b->n_bytes < MAX_BYTES && b->n_bytes * 8 < n_values * MIN_BITS_PER_VALUE)
        b->n_bytes *= 2;
    b->words = ms_calloc(1, b->n_bytes);
}

void ms_bloom_fini(struct ms_bloom *b)
{
    free(b->words);
    *b = (struct ms_bloom){0};
}

uint64_t ms_bloom_hash_string(struct ms_span s)
{
    return XXH64(s.p, s.n, 0);
}

uint64_t ms_bloom_hash_int(int64_t v, unsigned width_bytes)
{
    return width_bytes == 8 ? XXH64(&v, 8, 0) : XXH64(&v, 4, 0);
}

void ms_bloom_add_strings(struct ms_bloom *b, const struct ms_span *strings, size_t n)
{
    uint64_t hashes[BATCH];
    for (size_t i = 0; i < n;) {
        size_t k = 0;
        for (; k < BATCH && i < n; i++)
            hashes[k++] = ms_bloom_hash_string(strings[i]);
        ms_bloom_insert(b, hashes, k);
    }
}

void ms_bloom_add_ints(struct ms_bloom *b, const int64_t *values, size_t n, unsigned width_bytes)
{
    uint64_t hashes[BATCH];
    for (size_t i = 0; i < n;) {
        size_t k = 0;
        for (; k < BATCH && i < n; i++) {
            hashes[k] = ms_bloom_hash_int(values[i], width_bytes);
            k += i == 0 || values[i] != values[i - 1]; /* rows of one mail stand together */
        }
        ms_bloom_insert(b, hashes, k);
    }
}

void ms_bloom_insert(struct ms_bloom *b, const uint64_t *hashes, size_t n)
{
    ms_simd->bloom_insert(b->words, b->n_bytes / BLOCK_BYTES, hashes, n);
}

static uint64_t count_bits(const uint32_t *words, size_t n)
{
    uint64_t count = 0;
    for (size_t i = 0; i < n; i += WORDS) { /* a block: at most 256 */
        uint64_t bytes = 0;
        for (unsigned k = 0; k < WORDS; k += 2) {
            uint64_t v;
            memcpy(&v, words + i + k, sizeof v);
            v -= v >> 1 & UINT64_C(0x5555555555555555);
            v = (v & UINT64_C(0x3333333333333333)) + (v >> 2 & UINT64_C(0x3333333333333333));
            bytes += (v + (v >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
        }
        bytes = (bytes & UINT64_C(0x00ff00ff00ff00ff)) + (bytes >> 8 & UINT64_C(0x00ff00ff00ff00ff));
        count += bytes * UINT64_C(0x0001000100010001) >> 48;
    }
    return count;
}

/* With c bits a value, a bit is set with probability 1 - exp(-8 / c). At twice the least c that is 0.2835: sparser than
 * that, and the filter of half the size still has the least c. */
static bool is_too_sparse(const struct ms_bloom *b)
{
    uint64_t n_set = count_bits(b->words, b->n_bytes / sizeof *b->words);
    return n_set * 10000 < (uint64_t)b->n_bytes * 8 * 2835;
}

/* The block of a hash is given by its upper bits, so in a filter of half the size blocks 2k and 2k+1 are block k. */
void ms_bloom_fold(struct ms_bloom *b)
{
    while (b->n_bytes > BLOCK_BYTES && is_too_sparse(b)) {
        b->n_bytes /= 2;
        for (size_t block = 0; block < b->n_bytes / BLOCK_BYTES; block++) {
            for (unsigned i = 0; i < WORDS; i++)
                b->words[block * WORDS + i] = b->words[2 * block * WORDS + i] | b->words[(2 * block + 1) * WORDS + i];
        }
    }
    b->words = ms_realloc(b->words, b->n_bytes);
}

void ms_bloom_write(const struct ms_bloom *b, struct ms_buffer *out)
{
    struct ms_thrift t;
    ms_thrift_init(&t, out);
    ms_thrift_i32(&t, 1, (int32_t)b->n_bytes);
    for (int id = 2; id <= 4; id++) { /* BLOCK, XXHASH, UNCOMPRESSED: unions whose first and only choice is taken */
        ms_thrift_begin(&t, id);
        ms_thrift_empty(&t, 1);
        ms_thrift_end(&t);
    }
    ms_thrift_end(&t);
    ms_buffer_append(out, b->words, b->n_bytes);
}
