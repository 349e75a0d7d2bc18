/* Whole column chunks: page borders, dictionary or not, statistics, errors. The pages are decoded by the test's own decoders;
 * what readers of the world see in them is checked in tests/interop. */
#include "unit/parquet/parquet_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#include "parquet/chunk.h"
#include "parquet/encode.h"
#include "parquet/encoder.h"

enum { MAX = 70000 };

static int set_up(void **state)
{
    *state = ms_encoder_create();
    return 0;
}

static int tear_down(void **state)
{
    ms_encoder_destroy(*state);
    return 0;
}

static struct ms_chunk *encode(struct ms_encoder *e, const struct ms_values *v)
{
    struct ms_chunk *c = NULL;
    struct ms_error err = {""};
    enum ms_status st = ms_chunk_encode(e, v, &c, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(st, MS_OK);
    return c;
}

/* The page's body, decompressed; the caller frees. */
static struct ms_buffer body_of(const struct test_page *page)
{
    struct ms_buffer body = {0};
    assert_int_equal(page->crc, (int32_t)test_crc(page->frame, (size_t)page->frame_bytes));
    ms_buffer_reserve(&body, (size_t)page->body_bytes);
    body.size_bytes = ZSTD_decompress(body.data, (size_t)page->body_bytes, page->frame, (size_t)page->frame_bytes);
    assert_int_equal(body.size_bytes, page->body_bytes);
    return body;
}

/* Levels of a page's rows, all 1 for a REQUIRED column; gives the number of values. */
static size_t levels_of(struct test_reader *r, const struct ms_column *column, uint32_t *levels, size_t n)
{
    if (column->required) {
        for (size_t i = 0; i < n; i++)
            levels[i] = 1;
        return n;
    }
    size_t n_bytes = test_little_endian(r, 4), start = r->at, k = 0;
    test_decode_hybrid(r, levels, n, 1);
    assert_int_equal(r->at - start, n_bytes);
    for (size_t i = 0; i < n; i++)
        k += levels[i];
    return k;
}

/* Decodes a chunk of integers and holds it against v; checks each page's row numbers, NULLs and bounds on the way. */
static void check_ints(const struct ms_chunk *c, const struct ms_values *v)
{
    static uint32_t levels[MS_PAGE_ROWS];
    static int64_t ints[MS_PAGE_ROWS];
    struct test_reader pages = test_reader_of(&c->bytes);
    uint64_t row = 0;
    for (size_t p = 0; p < c->n_pages; p++) {
        assert_int_equal(c->pages[p].offset, pages.at);
        assert_int_equal(c->pages[p].first_row, row);
        assert_int_equal(row % MS_PAGE_ROWS, 0);
        struct test_page page = test_read_page(&pages);
        assert_int_equal(c->pages[p].n_bytes, pages.at - c->pages[p].offset);
        assert_int_equal(page.encoding, c->encoding);
        struct ms_buffer body = body_of(&page);
        struct test_reader r = test_reader_of(&body);
        size_t n = levels_of(&r, v->column, levels, (size_t)page.n_values), k = 0;
        bool is_int32 = v->column->type == MS_T_I32;
        if (page.encoding == MS_ENCODING_DELTA_BINARY_PACKED)
            assert_int_equal(test_decode_delta(&r, ints, MS_PAGE_ROWS, is_int32), n);
        for (size_t i = 0; page.encoding == MS_ENCODING_PLAIN && i < n; i++)
            ints[i] = is_int32 ? (int32_t)test_little_endian(&r, 4) : (int64_t)test_little_endian(&r, 8);
        assert_int_equal(r.at, r.n);
        int64_t min = INT64_MAX, max = INT64_MIN;
        for (int64_t i = 0; i < page.n_values; i++, row++) {
            int64_t value = levels[i] ? ints[k++] : MS_NULL_I64;
            assert_true(value == v->ints[row]);
            min = levels[i] && value < min ? value : min;
            max = levels[i] && value > max ? value : max;
        }
        assert_int_equal(c->pages[p].n_nulls, (size_t)page.n_values - n);
        assert_true(c->pages[p].range.any == (n != 0));
        assert_true(n == 0 || (c->pages[p].range.min == min && c->pages[p].range.max == max));
        ms_buffer_fini(&body);
    }
    assert_int_equal(pages.at, pages.n);
    assert_int_equal(row, v->n_rows);
}

static void test_int_pages(void **state)
{
    static int64_t ints[MAX];
    static const uint64_t sizes[] = {1, 2, 8, 9, 129, 16383, 16384, 16385, 32767, 32768, 32769, MAX};
    static const struct ms_column columns[] = {{"i32", MS_T_I32, false, false, true, "", ""},
                                               {"i64", MS_T_I64, false, false, true, "", ""},
                                               {"time", MS_T_TIME, false, false, true, "", ""},
                                               {"req", MS_T_I64, true, false, true, "", ""}};
    uint64_t seed = 11;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (int kind = 0; kind < 4; kind++) {
            for (int random = 0; random < 2; random++) {
                const struct ms_column *column = &columns[kind];
                for (uint64_t i = 0; i < sizes[s]; i++) {
                    uint64_t r = test_random(&seed);
                    ints[i] = random ? (int64_t)(r | 1) : (int64_t)(i * 3 + r % 10);
                    ints[i] = column->type == MS_T_I32 ? (int32_t)(uint32_t)ints[i] : ints[i];
                    if (!column->required && (r >> 40 & 3) == 0)
                        ints[i] = MS_NULL_I64;
                }
                struct ms_values v = {.column = column, .n_rows = sizes[s], .ints = ints};
                struct ms_chunk *c = encode(*state, &v);
                check_ints(c, &v);
                ms_chunk_destroy(c);
            }
        }
    }
}

static void test_pages_of_nulls(void **state)
{
    static int64_t ints[3 * MS_PAGE_ROWS];
    static const struct ms_column column = {"c", MS_T_I64, false, true, true, "", ""};
    for (int i = 0; i < 3 * MS_PAGE_ROWS; i++)
        ints[i] = i / MS_PAGE_ROWS == 1 ? i : MS_NULL_I64;
    struct ms_values v = {.column = &column, .n_rows = 3 * MS_PAGE_ROWS, .ints = ints};
    struct ms_chunk *c = encode(*state, &v);
    assert_int_equal(c->encoding, MS_ENCODING_DELTA_BINARY_PACKED);
    assert_int_equal(c->stats.n_nulls, 2 * MS_PAGE_ROWS);
    check_ints(c, &v);
    ms_chunk_destroy(c);
    v.n_rows = MS_PAGE_ROWS;
    c = encode(*state, &v);
    assert_int_equal(c->encoding, MS_ENCODING_PLAIN);
    assert_int_equal(c->stats.n_nulls, MS_PAGE_ROWS);
    assert_false(c->stats.min.present || c->stats.max.present);
    assert_int_equal(c->bloom.n_bytes, 32); /* and empty: it excludes everything */
    for (int i = 0; i < 8; i++)
        assert_int_equal(c->bloom.words[i], 0);
    check_ints(c, &v);
    ms_chunk_destroy(c);
}

static void test_int_chunk_bounds(void **state)
{
    static const int64_t ints[] = {3, MS_NULL_I64, -7, 12};
    static const struct ms_column column = {"c", MS_T_I32, false, false, true, "", ""};
    struct ms_values v = {.column = &column, .n_rows = 4, .ints = ints};
    struct ms_chunk *c = encode(*state, &v);
    assert_memory_equal(c->stats.min.bytes, "\xf9\xff\xff\xff", 4);
    assert_memory_equal(c->stats.max.bytes, "\x0c\0\0\0", 4);
    assert_int_equal(c->stats.max.n_bytes, 4);
    assert_int_equal(c->stats.n_nulls, 1);
    ms_chunk_destroy(c);
}

static void test_dictionary_chunk(void **state)
{
    static const struct ms_column column = {"c", MS_T_DICT, false, true, true, "", ""};
    static const struct ms_span dict[] = {MS_SPAN_LIT("sent"), MS_SPAN_LIT(""), MS_SPAN_LIT("deferred")};
    static uint32_t codes[40000], levels[MS_PAGE_ROWS], back[MS_PAGE_ROWS];
    for (uint32_t i = 0; i < 40000; i++)
        codes[i] = i % 11 == 3 ? MS_NULL_CODE : i < 3 ? i : i * i % 3;
    struct ms_values v = {.column = &column, .n_rows = 40000, .codes = codes, .dict = dict, .n_dict = 3};
    struct ms_chunk *c = encode(*state, &v);
    assert_true(c->has_dictionary);
    assert_int_equal(c->stats.n_distinct, 3);
    assert_int_equal(c->stats.min.n_bytes, 0);
    assert_true(c->stats.min.present);
    assert_memory_equal(c->stats.max.bytes, "sent", 4);
    struct test_reader pages = test_reader_of(&c->bytes);
    struct test_page page = test_read_page(&pages);
    assert_int_equal(page.type, MS_PAGE_DICTIONARY);
    assert_int_equal(page.n_values, 3);
    assert_int_equal(pages.at, c->dictionary_bytes);
    struct ms_buffer body = body_of(&page);
    test_bytes_equal(&body, "\x04\0\0\0sent\0\0\0\0\x08\0\0\0deferred", 24);
    ms_buffer_fini(&body);
    for (uint64_t row = 0; row < 40000;) {
        page = test_read_page(&pages);
        assert_int_equal(page.encoding, MS_ENCODING_RLE_DICTIONARY);
        body = body_of(&page);
        struct test_reader r = test_reader_of(&body);
        size_t n = levels_of(&r, &column, levels, (size_t)page.n_values), k = 0;
        assert_int_equal(test_byte(&r), 2);
        test_decode_hybrid(&r, back, n, 2);
        assert_int_equal(r.at, r.n);
        for (int64_t i = 0; i < page.n_values; i++, row++)
            assert_int_equal(levels[i] ? back[k++] : MS_NULL_CODE, codes[row]);
        ms_buffer_fini(&body);
    }
    assert_int_equal(pages.at, pages.n);
    ms_chunk_destroy(c);
}

/* Strings through both columns types must give the same pages where a dictionary does not pay. */
static void test_fallback_is_the_unique_encoding(void **state)
{
    static const struct ms_column interned = {"c", MS_T_DICT, false, true, true, "", ""};
    static const struct ms_column unique = {"c", MS_T_UNIQUE, false, true, true, "", ""};
    static char text[20000][24];
    static struct ms_span dict[20000], strings[20000];
    static uint32_t codes[20000];
    uint32_t n = 0;
    for (uint32_t i = 0; i < 20000; i++) {
        codes[i] = MS_NULL_CODE;
        if (i % 7 == 0)
            continue;
        int len = snprintf(text[i], sizeof text[i], "<%u@example.com>", i * 7919u);
        strings[i] = dict[n] = ms_span_of(text[i], (size_t)len);
        codes[i] = n++;
    }
    struct ms_values a = {.column = &interned, .n_rows = 20000, .codes = codes, .dict = dict, .n_dict = n};
    struct ms_values b = {.column = &unique, .n_rows = 20000, .strings = strings};
    struct ms_chunk *ca = encode(*state, &a), *cb = encode(*state, &b);
    assert_false(ca->has_dictionary);
    test_bytes_equal(&ca->bytes, cb->bytes.data, cb->bytes.size_bytes);
    assert_int_equal(ca->bloom.n_bytes, cb->bloom.n_bytes);
    assert_memory_equal(ca->bloom.words, cb->bloom.words, ca->bloom.n_bytes);
    assert_memory_equal(ca->stats.min.bytes, cb->stats.min.bytes, ca->stats.min.n_bytes);
    assert_memory_equal(ca->stats.max.bytes, cb->stats.max.bytes, ca->stats.max.n_bytes);
    ms_chunk_destroy(ca);
    ms_chunk_destroy(cb);
}

/* Pages of huge strings end early, and a page border still stands at every multiple of MS_PAGE_ROWS. */
static void test_huge_strings_end_pages_early(void **state)
{
    enum { ROWS = MS_PAGE_ROWS + 5, HUGE_BYTES = 1 << 20 };
    static const struct ms_column column = {"c", MS_T_UNIQUE, true, false, true, "", ""};
    static struct ms_span strings[ROWS];
    char *huge = calloc(HUGE_BYTES, 1);
    for (int i = 0; i < ROWS; i++)
        strings[i] = i < 100 ? ms_span_of(huge, HUGE_BYTES) : MS_SPAN_LIT("x");
    struct ms_values v = {.column = &column, .n_rows = ROWS, .strings = strings};
    struct ms_chunk *c = encode(*state, &v);
    static const uint64_t first[] = {0, 32, 64, 96, MS_PAGE_ROWS};
    assert_int_equal(c->n_pages, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(c->pages[i].first_row, first[i]);
    assert_int_equal(c->stats.max.n_bytes, 1); /* "x" */
    assert_int_equal(c->stats.min.n_bytes, MS_BOUND_BYTES);
    assert_false(c->stats.min.exact);
    ms_chunk_destroy(c);
    free(huge);
}

static void test_repeating_pages_are_compressed_others_stored(void **state)
{
    static int64_t ints[MAX];
    static const struct ms_column column = {"c", MS_T_TIME, true, false, true, "", ""};
    struct ms_values v = {.column = &column, .n_rows = MAX, .ints = ints};
    uint64_t seed = 5;
    for (int i = 0; i < MAX; i++)
        ints[i] = INT64_C(1600000000000000) + i / 20 * INT64_C(1000000); /* whole seconds */
    struct ms_chunk *c = encode(*state, &v);
    assert_true(c->compressed_bytes * 4 < c->uncompressed_bytes);
    check_ints(c, &v);
    ms_chunk_destroy(c);
    for (int i = 0; i < MAX; i++)
        ints[i] = INT64_C(1600000000000000) + i * INT64_C(10000) + (int64_t)(test_random(&seed) % 10000);
    c = encode(*state, &v);
    assert_true(c->compressed_bytes >= c->uncompressed_bytes); /* frames around what they hold */
    assert_true(c->compressed_bytes < c->uncompressed_bytes + 100);
    check_ints(c, &v);
    ms_chunk_destroy(c);
}

static void expect_failure(struct ms_encoder *e, const struct ms_values *v, enum ms_status expected, const char *words)
{
    struct ms_chunk *c = NULL;
    struct ms_error err;
    assert_int_equal(ms_chunk_encode(e, v, &c, &err), expected);
    assert_null(c);
    assert_non_null(strstr(err.text, words));
}

static void test_values_that_do_not_fit(void **state)
{
    static const int64_t null[] = {1, MS_NULL_I64}, large[] = {1, INT64_C(1) << 31}, small[] = {INT64_C(-2147483649)},
                         two[] = {2};
    static const struct ms_column required = {"here", MS_T_I64, true, false, true, "", ""};
    static const struct ms_column int32 = {"port", MS_T_I32, false, false, true, "", ""};
    static const struct ms_column flag = {"flag", MS_T_BOOL, false, false, true, "", ""};
    expect_failure(*state, &(struct ms_values){.column = &required, .n_rows = 2, .ints = null}, MS_ERR_FORMAT, "here");
    expect_failure(*state, &(struct ms_values){.column = &int32, .n_rows = 2, .ints = large}, MS_ERR_LIMIT, "port");
    expect_failure(*state, &(struct ms_values){.column = &int32, .n_rows = 1, .ints = small}, MS_ERR_LIMIT,
                   "-2147483649");
    expect_failure(*state, &(struct ms_values){.column = &flag, .n_rows = 1, .ints = two}, MS_ERR_LIMIT, "flag");
}

/* What an encoder did before leaves no trace. */
static void test_scratch_leaves_no_trace(void **state)
{
    static int64_t ints[MAX];
    static const struct ms_column column = {"c", MS_T_I64, false, true, true, "", ""};
    uint64_t seed = 1;
    for (int i = 0; i < MAX; i++)
        ints[i] = test_random(&seed) % 9 ? (int64_t)(test_random(&seed) % 1000) : MS_NULL_I64;
    struct ms_values v = {.column = &column, .n_rows = MAX, .ints = ints};
    struct ms_encoder *fresh = ms_encoder_create();
    struct ms_chunk *a = encode(*state, &v), *b = encode(fresh, &v);
    test_bytes_equal(&a->bytes, b->bytes.data, b->bytes.size_bytes);
    assert_int_equal(a->bloom.n_bytes, b->bloom.n_bytes);
    assert_memory_equal(a->bloom.words, b->bloom.words, a->bloom.n_bytes);
    ms_chunk_destroy(a);
    ms_chunk_destroy(b);
    ms_encoder_destroy(fresh);
}

/* Told that there is nothing, the encoder reads no array, and writes what it writes when it finds nothing. */
static void test_all_null_is_what_nulls_are(void **state)
{
    enum { ROWS = 40000 };
    static int64_t ints[ROWS];
    static uint32_t codes[ROWS];
    static struct ms_span strings[ROWS];
    for (int i = 0; i < ROWS; i++) {
        ints[i] = MS_NULL_I64;
        codes[i] = MS_NULL_CODE;
    }
    for (enum ms_type type = MS_T_BOOL; type <= MS_T_UNIQUE; type++) {
        struct ms_column column = {"c", type, false, type != MS_T_BOOL && type != MS_T_DOUBLE, true, "", ""};
        struct ms_values found = {.column = &column, .n_rows = ROWS, .ints = ints, .codes = codes, .strings = strings};
        struct ms_values told = {.column = &column, .n_rows = ROWS, .all_null = true};
        struct ms_chunk *a = encode(*state, &found), *b = encode(*state, &told);
        test_bytes_equal(&b->bytes, a->bytes.data, a->bytes.size_bytes);
        assert_int_equal(b->stats.n_nulls, ROWS);
        assert_int_equal(b->n_pages, 3);
        assert_false(b->stats.min.present || b->has_dictionary);
        ms_chunk_destroy(a);
        ms_chunk_destroy(b);
        column.required = true;
        struct ms_error err;
        assert_int_equal(ms_chunk_encode(*state, &told, &a, &err), MS_ERR_FORMAT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_int_pages),
        cmocka_unit_test(test_pages_of_nulls),
        cmocka_unit_test(test_int_chunk_bounds),
        cmocka_unit_test(test_dictionary_chunk),
        cmocka_unit_test(test_fallback_is_the_unique_encoding),
        cmocka_unit_test(test_huge_strings_end_pages_early),
        cmocka_unit_test(test_repeating_pages_are_compressed_others_stored),
        cmocka_unit_test(test_values_that_do_not_fit),
        cmocka_unit_test(test_all_null_is_what_nulls_are),
        cmocka_unit_test(test_scratch_leaves_no_trace),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
