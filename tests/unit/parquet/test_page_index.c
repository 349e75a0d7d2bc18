/* ColumnIndex and OffsetIndex, byte by byte. */
#include "unit/parquet/parquet_support.h"

#include "parquet/footer.h"

static const struct ms_column i32 = {"i", MS_T_I32, false, false, true, "", ""};

static struct ms_data_page page(int64_t min, int64_t max)
{
    return (struct ms_data_page){.range = {true, min, max}};
}

static void test_column_index(void **state)
{
    (void)state;
    struct ms_data_page pages[] = {page(1, 2), {.n_nulls = 9}, page(2, 5)};
    pages[2].n_nulls = 1;
    struct ms_chunk c = {.column = &i32, .pages = pages, .n_pages = 3};
    struct ms_buffer out = {0};
    ms_column_index_write(&c, &out);
    static const unsigned char expected[] = {
        0x19, 0x32, 0x02, 0x01, 0x02,                                 /* null_pages: no, yes, no */
        0x19, 0x38, 0x04, 1,    0,    0,   0, 0x00, 0x04, 2, 0, 0, 0, /* min_values */
        0x19, 0x38, 0x04, 2,    0,    0,   0, 0x00, 0x04, 5, 0, 0, 0, /* max_values */
        0x15, 0x02,                                                   /* ascending */
        0x19, 0x36, 0x00, 0x12, 0x02, 0x00};                          /* null_counts */
    test_bytes_equal(&out, expected, sizeof expected);
    ms_buffer_fini(&out);
}

/* The byte behind the bounds of pages that all hold a value. */
static int order_of(struct ms_data_page *pages, size_t n)
{
    struct ms_chunk c = {.column = &i32, .pages = pages, .n_pages = n};
    struct ms_buffer out = {0};
    ms_column_index_write(&c, &out);
    int order = out.data[2 + n + 2 * (2 + 5 * n) + 1];
    ms_buffer_fini(&out);
    return order / 2;
}

static void test_boundary_order(void **state)
{
    (void)state;
    struct ms_data_page up[] = {page(1, 5), page(1, 6), page(3, 6)};
    struct ms_data_page down[] = {page(7, 9), page(7, 8), page(1, 8)};
    struct ms_data_page inside[] = {page(1, 9), page(2, 8), page(3, 7)};
    struct ms_data_page back[] = {page(1, 2), page(3, 4), page(2, 3)};
    assert_int_equal(order_of(up, 3), MS_ORDER_ASCENDING);
    assert_int_equal(order_of(up, 1), MS_ORDER_ASCENDING);
    assert_int_equal(order_of(down, 3), MS_ORDER_DESCENDING);
    assert_int_equal(order_of(inside, 3), MS_ORDER_NONE);
    assert_int_equal(order_of(back, 3), MS_ORDER_NONE);
}

static void test_who_has_a_column_index(void **state)
{
    (void)state;
    static const struct ms_column columns[] = {
        {"b", MS_T_BOOL, true, false, true, "", ""}, {"i", MS_T_I32, true, false, true, "", ""},
        {"l", MS_T_I64, true, false, true, "", ""},  {"t", MS_T_TIME, true, false, true, "", ""},
        {"d", MS_T_DICT, true, false, true, "", ""}, {"u", MS_T_UNIQUE, true, false, true, "", ""}};
    static const bool wanted[] = {false, true, true, true, false, false};
    for (int i = 0; i < 6; i++) {
        struct ms_chunk c = {.column = &columns[i]};
        assert_false(ms_column_index_wanted(&c)); /* nothing but NULLs */
        c.stats.min.present = true;
        assert_int_equal(ms_column_index_wanted(&c), wanted[i]);
    }
}

static void test_offset_index(void **state)
{
    (void)state;
    struct ms_data_page pages[] = {{.offset = 10, .n_bytes = 60, .first_row = 0},
                                   {.offset = 70, .n_bytes = 5, .first_row = 16384}};
    struct ms_chunk c = {.column = &i32, .pages = pages, .n_pages = 2, .file_offset = 4};
    struct ms_buffer out = {0};
    ms_offset_index_write(&c, &out);
    static const unsigned char expected[] = {0x19, 0x2c, 0x16, 0x1c, 0x15, 0x78, 0x16, 0x00, 0x00, 0x16,
                                             0x94, 0x01, 0x15, 0x0a, 0x16, 0x80, 0x80, 0x02, 0x00, 0x00};
    test_bytes_equal(&out, expected, sizeof expected);
    ms_buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_column_index),
        cmocka_unit_test(test_boundary_order),
        cmocka_unit_test(test_who_has_a_column_index),
        cmocka_unit_test(test_offset_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
