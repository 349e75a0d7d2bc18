/* Encoders against decoders written from the format's text (parquet_support.h), and against vectors made elsewhere. */
#include "unit/parquet/parquet_support.h"

#include <stdlib.h>

#include "parquet/encode.h"
#include "simd/simd.h"

enum { MAX = 5000 };

static void test_code_width(void **state)
{
    (void)state;
    assert_int_equal(ms_code_width(0), 1);
    assert_int_equal(ms_code_width(1), 1);
    assert_int_equal(ms_code_width(2), 1);
    assert_int_equal(ms_code_width(3), 2);
    for (unsigned k = 1; k < 32; k++) {
        assert_int_equal(ms_code_width(UINT32_C(1) << k), k);
        assert_int_equal(ms_code_width((UINT32_C(1) << k) + 1), k + 1);
    }
}

static void check_hybrid(const uint32_t *values, size_t n, unsigned width)
{
    static uint32_t back[MAX];
    struct ms_buffer out = {0};
    ms_encode_hybrid(&out, values, n, width);
    struct test_reader r = test_reader_of(&out);
    test_decode_hybrid(&r, back, n, width);
    assert_int_equal(r.at, r.n);
    assert_memory_equal(back, values, n * sizeof *values);
    ms_buffer_fini(&out);
}

/* Random values in runs of random length, every width, every length around a group. */
static void test_hybrid_round_trip(void **state)
{
    (void)state;
    static uint32_t values[MAX];
    uint64_t seed = 42;
    for (unsigned width = 1; width <= 32; width++) {
        uint32_t mask = width == 32 ? UINT32_MAX : (UINT32_C(1) << width) - 1;
        for (size_t n = 1; n < 700; n += n < 40 ? 1 : 61) {
            for (unsigned longest = 1; longest <= 64; longest *= 4) {
                for (size_t i = 0; i < n;) {
                    uint32_t v = (uint32_t)test_random(&seed) & mask;
                    for (size_t run = 1 + test_random(&seed) % longest; run > 0 && i < n; run--)
                        values[i++] = v;
                }
                check_hybrid(values, n, width);
            }
        }
    }
}

static void test_hybrid_run_borders(void **state)
{
    (void)state;
    static uint32_t values[MAX];
    for (size_t before = 0; before < 20; before++) {
        for (size_t run = 0; run < 60; run++) {
            for (size_t after = 0; after < 20; after++) {
                size_t n = 0;
                for (size_t i = 0; i < before; i++)
                    values[n++] = i % 2;
                for (size_t i = 0; i < run; i++)
                    values[n++] = 3;
                for (size_t i = 0; i < after; i++)
                    values[n++] = i % 2;
                check_hybrid(values, n, 2);
                check_hybrid(values, n, 19);
            }
        }
    }
}

/* Words of all kinds in runs, every length of the last word. */
static void test_bits_round_trip(void **state)
{
    (void)state;
    static uint32_t back[MAX];
    uint64_t words[MAX / 64], seed = 77;
    for (size_t n = 1; n <= 64 * 12; n++) {
        for (int round = 0; round < 8; round++) {
            memset(words, 0, sizeof words);
            for (size_t i = 0; i < (n + 63) / 64; i++) {
                uint64_t kind = test_random(&seed) % 4;
                words[i] = kind == 0 ? 0 : kind == 1 ? UINT64_MAX : kind == 2 && i ? words[i - 1] : test_random(&seed);
            }
            if (n % 64)
                words[n / 64] &= (UINT64_C(1) << n % 64) - 1;
            struct ms_buffer out = {0};
            ms_encode_bits(&out, words, n);
            struct test_reader r = test_reader_of(&out);
            test_decode_hybrid(&r, back, n, 1);
            assert_int_equal(r.at, r.n);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(back[i], words[i / 64] >> i % 64 & 1);
            ms_buffer_fini(&out);
        }
    }
}

static void test_delta_equal(void **state)
{
    (void)state;
    static int64_t values[MAX];
    static const int64_t each[] = {0, 1, -1, 1700000000000000, INT64_MAX, INT64_MIN + 1};
    for (size_t k = 0; k < sizeof each / sizeof *each; k++) {
        for (size_t i = 0; i < MAX; i++)
            values[i] = each[k];
        for (size_t n = 0; n < 400; n++) {
            struct ms_buffer out = {0}, same = {0};
            ms_encode_delta(&out, values, n, false);
            ms_encode_delta_equal(&same, each[k], n);
            test_bytes_equal(&same, out.data, out.size_bytes);
            ms_buffer_fini(&out);
            ms_buffer_fini(&same);
        }
    }
}

/* Every length around the copies that overlap, flush against the end of their memory. */
static void test_plain_strings(void **state)
{
    (void)state;
    struct ms_buffer out = {0};
    struct ms_span strings[100];
    for (uint32_t n = 0; n < 100; n++) {
        char *p = malloc(n + 1);
        for (uint32_t i = 0; i < n; i++)
            p[1 + i] = (char)(n * 7 + i);
        strings[n] = ms_span_of(p + 1, n);
    }
    ms_encode_plain_strings(&out, strings, 100);
    struct test_reader r = test_reader_of(&out);
    for (uint32_t n = 0; n < 100; n++) {
        assert_int_equal(test_little_endian(&r, 4), n);
        assert_true(r.at + n <= r.n);
        assert_memory_equal(r.p + r.at, strings[n].p, n);
        r.at += n;
        free((char *)(uintptr_t)strings[n].p - 1);
    }
    assert_int_equal(r.at, r.n);
    ms_buffer_fini(&out);
}

static void test_hybrid_is_small(void **state)
{
    (void)state;
    static uint32_t values[MAX];
    struct ms_buffer out = {0};
    for (size_t i = 0; i < MAX; i++)
        values[i] = 7;
    ms_encode_hybrid(&out, values, MAX, 3);
    static const unsigned char constant[] = {0x90, 0x4e, 0x07}; /* 5000 << 1, value */
    test_bytes_equal(&out, constant, sizeof constant);
    out.size_bytes = 0;
    for (size_t i = 0; i < 8; i++)
        values[i] = (uint32_t)i;
    ms_encode_hybrid(&out, values, 8, 3);
    static const unsigned char packed[] = {0x03, 0x88, 0xc6, 0xfa}; /* the example of the format's text */
    test_bytes_equal(&out, packed, sizeof packed);
    out.size_bytes = 0;
    for (size_t i = 0; i < MAX; i++)
        values[i] = i / 9 % 2; /* runs too short to be worth a header at one bit a value */
    ms_encode_hybrid(&out, values, MAX, 1);
    assert_int_equal(out.size_bytes, 2 + MAX / 8);
    ms_buffer_fini(&out);
}

/* Every kernel of this machine gives the bytes of the plain one. */
static void test_hybrid_by_every_kernel(void **state)
{
    (void)state;
    static uint32_t values[MAX];
    uint64_t seed = 77;
    for (unsigned width = 1; width <= 32; width++) {
        for (size_t n = 1; n < MAX; n = n * 5 / 3 + 1) {
            for (size_t i = 0; i < n; i++)
                values[i] = i % 97 < 40 ? 1 : (uint32_t)(test_random(&seed) >> (64 - width));
            struct ms_buffer plain = {0};
            assert_true(ms_simd_select_name("scalar", NULL, 0));
            ms_encode_hybrid(&plain, values, n, width);
            for (const struct ms_simd_ops *const *row = ms_simd_rows(); *row != NULL; row++) {
                if (!ms_simd_select_name((*row)->name, NULL, 0))
                    continue;
                struct ms_buffer out = {0};
                ms_encode_hybrid(&out, values, n, width);
                test_bytes_equal(&out, plain.data, plain.size_bytes);
                ms_buffer_fini(&out);
            }
            ms_buffer_fini(&plain);
        }
    }
    assert_true(ms_simd_select_name("scalar", NULL, 0));
}

static void test_delta_vector(void **state)
{
    (void)state;
    static const int64_t values[] = {7, 5, 3, 1, 2, 3, 4, 5};
    static const unsigned char expected[] = {0x80, 0x01, 0x04, 0x08, 0x0e, 0x03, 0x02, 0x00, 0x00,
                                             0x00, 0xc0, 0x3f, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00};
    struct ms_buffer out = {0};
    ms_encode_delta(&out, values, 8, false);
    test_bytes_equal(&out, expected, sizeof expected);
    out.size_bytes = 0;
    ms_encode_delta(&out, values, 8, true);
    test_bytes_equal(&out, expected, sizeof expected);
    out.size_bytes = 0;
    ms_encode_delta(&out, values, 0, false);
    test_bytes_equal(&out, "\x80\x01\x04\x00\x00", 5);
    ms_buffer_fini(&out);
}

static void check_delta(const int64_t *values, size_t n, bool is_int32)
{
    static int64_t back[MAX];
    struct ms_buffer out = {0};
    ms_encode_delta(&out, values, n, is_int32);
    struct test_reader r = test_reader_of(&out);
    assert_int_equal(test_decode_delta(&r, back, MAX, is_int32), n);
    assert_int_equal(r.at, r.n);
    assert_memory_equal(back, values, n * sizeof *values);
    ms_buffer_fini(&out);
}

/* Every width to 64 bits, lengths around miniblocks and blocks, deltas that wrap. */
static void test_delta_round_trip(void **state)
{
    (void)state;
    static int64_t values[MAX];
    static const size_t lengths[] = {0, 1, 2, 31, 32, 33, 34, 64, 127, 128, 129, 130, 256, 257, 258, 1000};
    uint64_t seed = 7;
    for (unsigned bits = 0; bits <= 64; bits++) {
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
            for (size_t i = 0; i < lengths[l]; i++) {
                uint64_t v = test_random(&seed);
                values[i] = bits == 0 ? 5 : (int64_t)v >> (64 - bits); /* with sign */
            }
            check_delta(values, lengths[l], false);
            for (size_t i = 0; i < lengths[l]; i++)
                values[i] = (int32_t)(uint32_t)values[i];
            check_delta(values, lengths[l], true);
        }
    }
}

static void test_delta_extremes(void **state)
{
    (void)state;
    static int64_t values[MAX];
    static const int64_t edges[] = {INT64_MAX, INT64_MIN, 0, -1, INT64_MAX, INT64_MAX, INT64_MIN, 1};
    static const int64_t edges32[] = {INT32_MAX, INT32_MIN, 0, -1, INT32_MAX, INT32_MAX, INT32_MIN, 1};
    for (size_t i = 0; i < 1000; i++)
        values[i] = edges[i * i % 8];
    check_delta(values, 1000, false);
    for (size_t i = 0; i < 1000; i++)
        values[i] = edges32[i * i % 8];
    check_delta(values, 1000, true);
    for (size_t i = 0; i < 1000; i++)
        values[i] = INT64_C(1600000000000000) - (int64_t)i * 1000003; /* time going backwards */
    check_delta(values, 1000, false);
}

static void test_delta_strings(void **state)
{
    (void)state;
    static const struct ms_span strings[] = {{"Hello", 5}, {"", 0}, {"World", 5}, {"Foobar", 6}};
    struct ms_buffer out = {0};
    int64_t lengths[4], back[4];
    ms_encode_delta_lengths(&out, strings, 4, lengths);
    ms_encode_texts(&out, strings, 1);
    ms_encode_texts(&out, strings + 1, 3);
    struct test_reader r = test_reader_of(&out);
    assert_int_equal(test_decode_delta(&r, back, 4, true), 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(back[i], strings[i].n);
    assert_int_equal(r.n - r.at, 16);
    assert_memory_equal(r.p + r.at, "HelloWorldFoobar", 16);
    ms_buffer_fini(&out);
}

static void test_plain(void **state)
{
    (void)state;
    static const int64_t ints[] = {1, -2, INT32_MAX};
    struct ms_buffer out = {0};
    ms_encode_plain_ints(&out, ints, 3, true);
    test_bytes_equal(&out, "\x01\0\0\0\xfe\xff\xff\xff\xff\xff\xff\x7f", 12);
    out.size_bytes = 0;
    ms_encode_plain_ints(&out, ints, 2, false);
    test_bytes_equal(&out, "\x01\0\0\0\0\0\0\0\xfe\xff\xff\xff\xff\xff\xff\xff", 16);
    static const int64_t bools[] = {1, 0, 1, 1, 0, 0, 0, 1, 0, 1};
    out.size_bytes = 0;
    ms_encode_plain_bools(&out, bools, 10);
    test_bytes_equal(&out, "\x8d\x02", 2);
    out.size_bytes = 0;
    ms_encode_plain_bools(&out, bools, 0);
    assert_int_equal(out.size_bytes, 0);
    ms_buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code_width),
        cmocka_unit_test(test_hybrid_round_trip),
        cmocka_unit_test(test_hybrid_run_borders),
        cmocka_unit_test(test_bits_round_trip),
        cmocka_unit_test(test_delta_equal),
        cmocka_unit_test(test_plain_strings),
        cmocka_unit_test(test_hybrid_is_small),
        cmocka_unit_test(test_hybrid_by_every_kernel),
        cmocka_unit_test(test_delta_vector),
        cmocka_unit_test(test_delta_round_trip),
        cmocka_unit_test(test_delta_extremes),
        cmocka_unit_test(test_delta_strings),
        cmocka_unit_test(test_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
