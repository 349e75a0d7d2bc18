#include "parquet/bloom.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/memory.h"
#include "parquet/thrift.h"

enum { WORDS = 8, BLOCK_BYTES = 32, MIN_BITS_PER_VALUE = 12 };
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
    return XXH64(&v, width_bytes, 0);
}

static uint32_t *block_of(const struct ms_bloom *b, uint64_t hash)
{
    uint64_t n_blocks = b->n_bytes / BLOCK_BYTES;
    return b->words + ((hash >> 32) * n_blocks >> 32) * WORDS;
}

static void insert(struct ms_bloom *b, uint64_t hash)
{
    static const uint32_t salt[WORDS] = {0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d,
                                         0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31};
    uint32_t *block = block_of(b, hash);
    uint32_t key = (uint32_t)hash;
    for (unsigned i = 0; i < WORDS; i++)
        block[i] |= UINT32_C(1) << (key * salt[i] >> 27);
}

/* Nearly every insert misses the cache in a filter of megabytes: the lines are asked for some inserts ahead. */
void ms_bloom_insert(struct ms_bloom *b, const uint64_t *hashes, size_t n)
{
    enum { AHEAD = 16 };
    for (size_t i = 0; i < n && i < AHEAD; i++)
        __builtin_prefetch(block_of(b, hashes[i]), 1);
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            __builtin_prefetch(block_of(b, hashes[i + AHEAD]), 1);
        insert(b, hashes[i]);
    }
}

/* With c bits a value, a bit is set with probability 1 - exp(-8 / c). At twice the least c that is 0.2835: sparser than
 * that, and the filter of half the size still has the least c. */
static bool is_too_sparse(const struct ms_bloom *b)
{
    uint64_t n_set = 0;
    for (size_t i = 0; i < b->n_bytes / sizeof *b->words; i++)
        n_set += (uint64_t)__builtin_popcount(b->words[i]);
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
