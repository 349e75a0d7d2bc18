#include "parquet/bloom.h"

#include <stdlib.h>

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

/* ---- XXH64 with seed 0, as the format wants: inlined, and without the library's detours for short strings ---- */

static const uint64_t P1 = UINT64_C(0x9E3779B185EBCA87), P2 = UINT64_C(0xC2B2AE3D27D4EB4F),
                      P3 = UINT64_C(0x165667B19E3779F9), P4 = UINT64_C(0x85EBCA77C2B2AE63),
                      P5 = UINT64_C(0x27D4EB2F165667C5);

static inline uint64_t rotated(uint64_t v, unsigned n)
{
    return v << n | v >> (64 - n);
}

static inline uint64_t add_8(uint64_t h, uint64_t v)
{
    return rotated(h ^ rotated(v * P2, 31) * P1, 27) * P1 + P4;
}

static inline uint64_t add_4(uint64_t h, uint32_t v)
{
    return rotated(h ^ v * P1, 23) * P2 + P3;
}

static inline uint64_t finished(uint64_t h)
{
    h = (h ^ h >> 33) * P2;
    h = (h ^ h >> 29) * P3;
    return h ^ h >> 32;
}

static inline uint64_t load_8(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint64_t lane(uint64_t acc, uint64_t v)
{
    return rotated(acc + v * P2, 31) * P1;
}

/* Four lanes over the whole 32s of a long string, and these folded into one. */
static inline uint64_t add_32s(const char *p, uint32_t n)
{
    uint64_t a = P1 + P2, b = P2, c = 0, d = 0 - P1;
    for (uint32_t i = 0; i + 32 <= n; i += 32) {
        a = lane(a, load_8(p + i));
        b = lane(b, load_8(p + i + 8));
        c = lane(c, load_8(p + i + 16));
        d = lane(d, load_8(p + i + 24));
    }
    uint64_t h = rotated(a, 1) + rotated(b, 7) + rotated(c, 12) + rotated(d, 18);
    h = (h ^ lane(0, a)) * P1 + P4;
    h = (h ^ lane(0, b)) * P1 + P4;
    h = (h ^ lane(0, c)) * P1 + P4;
    return (h ^ lane(0, d)) * P1 + P4;
}

static inline uint64_t hash_string(struct ms_span s)
{
    uint64_t h = (s.n < 32 ? P5 : add_32s(s.p, s.n)) + s.n;
    uint32_t i = s.n & ~31u;
    for (; i + 8 <= s.n; i += 8)
        h = add_8(h, load_8(s.p + i));
    if (i + 4 <= s.n) {
        uint32_t v;
        memcpy(&v, s.p + i, sizeof v);
        h = add_4(h, v);
        i += 4;
    }
    for (; i < s.n; i++)
        h = rotated(h ^ (unsigned char)s.p[i] * P5, 11) * P1;
    return finished(h);
}

uint64_t ms_bloom_hash_string(struct ms_span s)
{
    return hash_string(s);
}

uint64_t ms_bloom_hash_int(int64_t v, unsigned width_bytes)
{
    return finished(width_bytes == 8 ? add_8(P5 + 8, (uint64_t)v) : add_4(P5 + 4, (uint32_t)v));
}

void ms_bloom_add_strings(struct ms_bloom *b, const struct ms_span *strings, size_t n)
{
    uint64_t hashes[BATCH];
    const char *last = NULL; /* rows of one mail stand together, and cite one copy of its strings */
    for (size_t i = 0; i < n;) {
        size_t k = 0;
        for (; k < BATCH && i < n; i++) {
            if (strings[i].p == last && strings[i].n == strings[i - 1].n)
                continue;
            hashes[k++] = hash_string(strings[i]);
            last = strings[i].p;
        }
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
