/* Filters against the vectors of reference/parquet-writer.md 8, and against counting. */
#include "unit/parquet/parquet_support.h"

#include <xxhash.h>

#include "parquet/bloom.h"

static bool holds(const struct ms_bloom *b, uint64_t hash)
{
    static const uint32_t salt[8] = {0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d,
                                     0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31};
    const uint32_t *block = b->words + ((hash >> 32) * (b->n_bytes / 32) >> 32) * 8;
    for (int i = 0; i < 8; i++) {
        if (!(block[i] >> ((uint32_t)hash * salt[i] >> 27) & 1))
            return false;
    }
    return true;
}

static void insert(struct ms_bloom *b, uint64_t hash)
{
    ms_bloom_insert(b, &hash, 1);
}

static void test_hashes(void **state)
{
    (void)state;
    assert_true(ms_bloom_hash_string(MS_SPAN_LIT("")) == UINT64_C(0xef46db3751d8e999));
    assert_true(ms_bloom_hash_string(MS_SPAN_LIT("abc")) == UINT64_C(0x44bc2cf5ad770999));
    assert_true(ms_bloom_hash_string(MS_SPAN_LIT("needle@example.com")) == UINT64_C(0x760b7484a87089ea));
    assert_true(ms_bloom_hash_int(42, 8) == UINT64_C(0xb556806fb6d14353));
    assert_true(ms_bloom_hash_int(42, 4) != ms_bloom_hash_int(42, 8));
}

/* Our own XXH64 of short strings and numbers against the library's. */
static void test_hashes_like_the_library(void **state)
{
    (void)state;
    unsigned char bytes[100];
    uint64_t x = 88172645463325252;
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            bytes[i] = (unsigned char)(x >> 32);
        }
        for (size_t n = 0; n <= sizeof bytes; n++)
            assert_true(ms_bloom_hash_string(ms_span_of((char *)bytes + sizeof bytes - n, n)) ==
                        XXH64(bytes + sizeof bytes - n, n, 0));
        int64_t v;
        memcpy(&v, bytes, sizeof v);
        assert_true(ms_bloom_hash_int(v, 8) == XXH64(bytes, 8, 0));
        assert_true(ms_bloom_hash_int(v, 4) == XXH64(bytes, 4, 0));
    }
}

/* Strings that share their bytes with the one before are left out: only if they are the same. */
static void test_shared_bytes(void **state)
{
    (void)state;
    static const char text[] = "abcdef";
    const struct ms_span strings[] = {{text, 6}, {text, 6}, {text, 3}, {text + 3, 3}, {text, 0}, {text, 6}};
    struct ms_bloom b;
    ms_bloom_init(&b, 100);
    ms_bloom_add_strings(&b, strings, 6);
    for (size_t i = 0; i < 6; i++)
        assert_true(holds(&b, ms_bloom_hash_string(strings[i])));
    ms_bloom_fini(&b);
}

static void test_bits(void **state)
{
    (void)state;
    static const unsigned bits[8] = {7, 24, 20, 17, 2, 10, 31, 10};
    struct ms_bloom b;
    ms_bloom_init(&b, 32 * 32 * 8 / 24); /* 24 bits a value: 32 blocks */
    assert_int_equal(b.n_bytes, 1024 / 2);
    ms_bloom_fini(&b);
    ms_bloom_init(&b, 32 * 32 * 8 / 12);
    assert_int_equal(b.n_bytes, 1024);
    insert(&b, ms_bloom_hash_string(MS_SPAN_LIT("needle@example.com")));
    for (unsigned i = 0; i < 256; i++)
        assert_int_equal(b.words[i], i / 8 == 14 ? UINT32_C(1) << bits[i % 8] : 0);
    ms_bloom_fini(&b);
}

static void test_sizes(void **state)
{
    (void)state;
    static const struct {
        uint64_t n;
        size_t n_bytes;
    } cases[] = {
        {0, 32}, {1, 32}, {21, 32}, {22, 64}, {1000, 2048}, {1 << 20, 2 << 20}, {UINT64_C(1) << 40, (size_t)128 << 20}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ms_bloom b;
        ms_bloom_init(&b, cases[i].n);
        assert_int_equal(b.n_bytes, cases[i].n_bytes);
        ms_bloom_fini(&b);
    }
}

/* A filter made for many and given few folds to what it would have been if made for few. */
static void test_fold_is_the_smaller_filter(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 200000; n = n * 3 + 1) {
        struct ms_bloom large, exact;
        uint64_t seed = n;
        ms_bloom_init(&large, n * 50);
        for (uint64_t i = 0; i < n; i++)
            insert(&large, test_random(&seed));
        ms_bloom_fold(&large);
        if (n > 300) /* the fill of a handful of blocks is a matter of luck, and so is the border near 12 and 24 bits */
            assert_in_range(large.n_bytes * 8 / n, 11, 25);
        exact = (struct ms_bloom){.words = ms_calloc(1, large.n_bytes), .n_bytes = large.n_bytes};
        seed = n;
        for (uint64_t i = 0; i < n; i++)
            insert(&exact, test_random(&seed));
        assert_memory_equal(large.words, exact.words, exact.n_bytes);
        ms_bloom_fini(&large);
        ms_bloom_fini(&exact);
    }
}

static void test_no_false_negatives_and_few_false_positives(void **state)
{
    (void)state;
    for (int64_t n = 1; n <= 100000; n *= 10) {
        struct ms_bloom b;
        ms_bloom_init(&b, (uint64_t)n);
        static uint64_t hashes[100000];
        for (int64_t i = 0; i < n; i++)
            hashes[i] = ms_bloom_hash_int(i * 17, 8);
        ms_bloom_insert(&b, hashes, (size_t)n);
        ms_bloom_fold(&b);
        for (int64_t i = 0; i < n; i++)
            assert_true(holds(&b, ms_bloom_hash_int(i * 17, 8)));
        int64_t wrong = 0;
        for (int64_t i = 0; i < 100000; i++)
            wrong += holds(&b, ms_bloom_hash_int(-1 - i, 8));
        assert_true(wrong < 1000); /* 1 %; 12 bits a value promise half of that */
        ms_bloom_fini(&b);
    }
}

static void test_header(void **state)
{
    (void)state;
    static const unsigned char header[] = {0x15, 0x40, 0x1c, 0x1c, 0x00, 0x00, 0x1c, 0x1c,
                                           0x00, 0x00, 0x1c, 0x1c, 0x00, 0x00, 0x00};
    struct ms_bloom b;
    struct ms_buffer out = {0};
    ms_bloom_init(&b, 1);
    insert(&b, ms_bloom_hash_int(1, 8));
    ms_bloom_write(&b, &out);
    assert_int_equal(out.size_bytes, sizeof header + 32);
    assert_memory_equal(out.data, header, sizeof header);
    assert_memory_equal(out.data + sizeof header, b.words, 32);
    ms_buffer_fini(&out);
    ms_bloom_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_hashes_like_the_library),
        cmocka_unit_test(test_shared_bytes),
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_fold_is_the_smaller_filter),
        cmocka_unit_test(test_no_false_negatives_and_few_false_positives),
        cmocka_unit_test(test_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
