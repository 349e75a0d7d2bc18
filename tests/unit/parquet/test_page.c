/* Pages: NULLs taken out, levels, stored and compressed frames, header and checksum. */
#include "unit/parquet/parquet_support.h"

#include <stdlib.h>
#include <zstd.h>

#include "parquet/encode.h"
#include "parquet/page.h"
#include "parquet/writer.h"

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

static void test_rows_without_nulls_are_borrowed(void **state)
{
    static const struct ms_column column = {"c", MS_T_I64, false, false, true, "", ""};
    static const int64_t ints[] = {1, 2, 3, 4};
    struct ms_values v = {.column = &column, .n_rows = 4, .ints = ints};
    struct ms_page_rows rows;
    ms_page_rows_take(&rows, *state, &v, 1, 3);
    assert_int_equal(rows.n, 3);
    assert_ptr_equal(rows.ints, ints + 1);
}

static void test_nulls_are_taken_out(void **state)
{
    static const struct ms_column columns[] = {{"i", MS_T_TIME, false, false, true, "", ""},
                                               {"d", MS_T_DICT, false, false, true, "", ""},
                                               {"u", MS_T_UNIQUE, false, false, true, "", ""}};
    static const int64_t ints[] = {MS_NULL_I64, 7, MS_NULL_I64, 0, 9};
    static const uint32_t codes[] = {MS_NULL_CODE, 7, MS_NULL_CODE, 0, 9};
    static const struct ms_span strings[] = {{NULL, 0}, {"a", 1}, {NULL, 0}, {"", 0}, {"b", 1}};
    struct ms_encoder *e = *state;
    for (int i = 0; i < 3; i++) {
        struct ms_values v = {.column = &columns[i], .n_rows = 5, .ints = ints, .codes = codes, .strings = strings};
        struct ms_page_rows rows;
        ms_page_rows_take(&rows, e, &v, 0, 5);
        assert_int_equal(rows.n_rows, 5);
        assert_int_equal(rows.n, 3);
        assert_int_equal(e->there[0], 0x1a); /* 0, 1, 0, 1, 1 */
        if (i == 0)
            assert_true(rows.ints[0] == 7 && rows.ints[1] == 0 && rows.ints[2] == 9);
        else if (i == 1)
            assert_true(rows.codes[0] == 7 && rows.codes[1] == 0 && rows.codes[2] == 9);
        else
            assert_true(rows.strings[0].p == strings[1].p && rows.strings[1].n == 0 &&
                        rows.strings[2].p == strings[4].p);
    }
}

static void test_all_null_reads_nothing(void **state)
{
    for (enum ms_type type = MS_T_BOOL; type <= MS_T_UNIQUE; type++) {
        struct ms_column column = {"c", type, false, false, true, "", ""};
        struct ms_values v = {.column = &column, .n_rows = 9, .all_null = true};
        struct ms_page_rows rows;
        ms_page_rows_take(&rows, *state, &v, 3, 5);
        assert_int_equal(rows.n_rows, 5);
        assert_int_equal(rows.n, 0);
    }
}

static void test_levels(void **state)
{
    (void)state;
    struct ms_buffer out = {0};
    static const uint64_t there[] = {0x1a};
    ms_page_levels(&out, &(struct ms_page_rows){.n_rows = 16384, .n = 16384}, NULL);
    test_bytes_equal(&out, "\x04\0\0\0\x80\x80\x02\x01", 8); /* one run of ones */
    out.size_bytes = 0;
    ms_page_levels(&out, &(struct ms_page_rows){.n_rows = 5, .n = 0}, NULL);
    test_bytes_equal(&out, "\x02\0\0\0\x0a\x00", 6);
    out.size_bytes = 0;
    ms_page_levels(&out, &(struct ms_page_rows){.n_rows = 5, .n = 3}, there);
    test_bytes_equal(&out, "\x02\0\0\0\x03\x1a", 6);
    ms_buffer_fini(&out);
}

static void check_frame(const void *frame, size_t frame_bytes, const struct ms_buffer *body)
{
    assert_true(ZSTD_getFrameContentSize(frame, frame_bytes) == body->size_bytes);
    char *back = malloc(body->size_bytes + 1);
    assert_int_equal(ZSTD_decompress(back, body->size_bytes, frame, frame_bytes), body->size_bytes);
    assert_memory_equal(back, body->data, body->size_bytes);
    free(back);
}

static void test_stored_frames(void **state)
{
    struct ms_encoder *e = *state;
    static const size_t sizes[] = {0, 1, 255, 256, 131071, 131072, 131073, 262144, 300000};
    uint64_t seed = 1;
    struct ms_buffer body = {0};
    ms_buffer_reserve(&body, 300000);
    for (size_t i = 0; i < 300000; i++)
        body.data[i] = (char)test_random(&seed);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        body.size_bytes = sizes[i];
        assert_int_equal(ms_page_compress(e, &body, MS_STORED, NULL), MS_OK);
        size_t n_blocks = sizes[i] ? (sizes[i] + 131071) / 131072 : 1;
        assert_int_equal(e->frame.size_bytes, 9 + 3 * n_blocks + sizes[i]);
        check_frame(e->frame.data, e->frame.size_bytes, &body);
    }
    ms_buffer_fini(&body);
}

static void check_page(struct ms_encoder *e, int level, enum ms_page_type type)
{
    struct ms_buffer out = {0};
    uint64_t uncompressed_bytes = 0;
    struct ms_page page = {.type = type, .n_values = 77, .encoding = MS_ENCODING_PLAIN, .level = level};
    e->body.size_bytes = 0;
    for (int i = 0; i < 1000; i++)
        ms_buffer_append(&e->body, "the same again ", 15);
    assert_int_equal(ms_page_append(e, &page, &out, &uncompressed_bytes, NULL), MS_OK);
    struct test_reader r = test_reader_of(&out);
    struct test_page seen = test_read_page(&r);
    assert_int_equal(r.at, r.n);
    assert_int_equal(seen.type, type);
    assert_int_equal(seen.n_values, 77);
    assert_int_equal(seen.encoding, 0);
    assert_int_equal(seen.body_bytes, 15000);
    assert_int_equal(seen.crc, (int32_t)test_crc(seen.frame, (size_t)seen.frame_bytes));
    assert_int_equal(uncompressed_bytes, seen.header_bytes + 15000);
    assert_true(level == MS_STORED ? seen.frame_bytes > 15000 : seen.frame_bytes < 500);
    check_frame(seen.frame, (size_t)seen.frame_bytes, &e->body);
    ms_buffer_fini(&out);
}

static void test_pages(void **state)
{
    static const int levels[] = {MS_STORED, 1, -5, MS_LEVEL_TEXT, 3};
    for (int i = 0; i < 5; i++) {
        check_page(*state, levels[i], MS_PAGE_DATA);
        check_page(*state, levels[i], MS_PAGE_DICTIONARY);
    }
}

static void test_too_large_is_an_error(void **state)
{
    struct ms_error err;
    struct ms_buffer body = {.data = NULL, .size_bytes = ((size_t)1 << 30) + 1};
    assert_int_equal(ms_page_compress(*state, &body, 1, &err), MS_ERR_LIMIT);
    assert_non_null(strstr(err.text, "1073741825"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_without_nulls_are_borrowed),
        cmocka_unit_test(test_nulls_are_taken_out),
        cmocka_unit_test(test_all_null_reads_nothing),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_stored_frames),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_too_large_is_an_error),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
