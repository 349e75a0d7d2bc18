/* The compact protocol, byte by byte, as its text and reference/parquet-writer.md 2 have it. */
#include "unit/parquet/parquet_support.h"

#include "parquet/thrift.h"
#include "parquet/varint.h"

static void test_varint_and_zigzag(void **state)
{
    (void)state;
    struct ms_buffer out = {0};
    ms_varint_append(&out, 0);
    ms_varint_append(&out, 127);
    ms_varint_append(&out, 128);
    ms_varint_append(&out, 300);
    ms_varint_append(&out, UINT64_MAX);
    static const unsigned char expected[] = {0x00, 0x7f, 0x80, 0x01, 0xac, 0x02, 0xff, 0xff,
                                             0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
    test_bytes_equal(&out, expected, sizeof expected);
    assert_int_equal(ms_zigzag(0), 0);
    assert_int_equal(ms_zigzag(-1), 1);
    assert_int_equal(ms_zigzag(1), 2);
    assert_true(ms_zigzag(INT64_MIN) == UINT64_MAX);
    assert_true(ms_zigzag(INT64_MAX) == UINT64_MAX - 1);
    ms_buffer_fini(&out);
}

static void test_page_header(void **state)
{
    (void)state;
    /* V1 page header for 16,384 values, RLE_DICTIONARY, 65 bytes, no CRC */
    static const unsigned char expected[] = {0x15, 0x00, 0x15, 0x82, 0x01, 0x15, 0x82, 0x01, 0x2c, 0x15, 0x80,
                                             0x80, 0x02, 0x15, 0x10, 0x15, 0x06, 0x15, 0x06, 0x00, 0x00};
    struct ms_buffer out = {0};
    struct ms_thrift t;
    ms_thrift_init(&t, &out);
    ms_thrift_i32(&t, 1, 0);
    ms_thrift_i32(&t, 2, 65);
    ms_thrift_i32(&t, 3, 65);
    ms_thrift_begin(&t, 5);
    ms_thrift_i32(&t, 1, 16384);
    ms_thrift_i32(&t, 2, 8);
    ms_thrift_i32(&t, 3, 3);
    ms_thrift_i32(&t, 4, 3);
    ms_thrift_end(&t);
    ms_thrift_end(&t);
    test_bytes_equal(&out, expected, sizeof expected);
    ms_buffer_fini(&out);
}

static void test_timestamp_type(void **state)
{
    (void)state;
    /* field 10 of a struct whose last field was 9: LogicalType TIMESTAMP(micros, UTC) */
    static const unsigned char expected[] = {0x93, 0x05, 0x1c, 0x8c, 0x11, 0x1c, 0x2c, 0x00, 0x00, 0x00, 0x00, 0x00};
    struct ms_buffer out = {0};
    struct ms_thrift t;
    ms_thrift_init(&t, &out);
    ms_buffer_append(&out, "\x93\x05", 2);
    t.last_id[0] = 9;
    ms_thrift_begin(&t, 10);
    ms_thrift_begin(&t, 8);
    ms_thrift_bool(&t, 1, true);
    ms_thrift_begin(&t, 2);
    ms_thrift_empty(&t, 2);
    ms_thrift_end(&t);
    ms_thrift_end(&t);
    ms_thrift_end(&t);
    ms_thrift_end(&t);
    test_bytes_equal(&out, expected, sizeof expected);
    ms_buffer_fini(&out);
}

static void test_far_field_ids(void **state)
{
    (void)state;
    static const unsigned char expected[] = {0xf8, 0x01, 'x', 0x06, 0x3e, 0x01, 0x12, 0x00};
    struct ms_buffer out = {0};
    struct ms_thrift t;
    ms_thrift_init(&t, &out);
    ms_thrift_binary(&t, 15, "x", 1); /* difference 15: still one byte */
    ms_thrift_i64(&t, 31, -1);        /* 16: id follows */
    ms_thrift_bool(&t, 32, false);
    ms_thrift_end(&t);
    test_bytes_equal(&out, expected, sizeof expected);
    ms_buffer_fini(&out);
}

static void test_lists(void **state)
{
    (void)state;
    struct ms_buffer out = {0};
    struct ms_thrift t;
    ms_thrift_init(&t, &out);
    ms_thrift_list(&t, 1, MS_THRIFT_I32, 14);
    ms_thrift_list(&t, 2, MS_THRIFT_I64, 15);
    ms_thrift_list(&t, 3, MS_THRIFT_FALSE, 2);
    ms_thrift_item_bool(&t, true);
    ms_thrift_item_bool(&t, false);
    ms_thrift_i16(&t, 4, 7);
    static const unsigned char expected[] = {0x19, 0xe5, 0x19, 0xf6, 0x0f, 0x19, 0x22, 0x01, 0x02, 0x14, 0x0e};
    test_bytes_equal(&out, expected, sizeof expected);
    ms_buffer_fini(&out);
}

static void test_ids_start_again_in_each_element(void **state)
{
    (void)state;
    struct ms_buffer out = {0};
    struct ms_thrift t;
    ms_thrift_init(&t, &out);
    ms_thrift_list(&t, 1, MS_THRIFT_STRUCT, 2);
    for (int i = 0; i < 2; i++) {
        ms_thrift_begin(&t, 0);
        ms_thrift_i32(&t, 2, i);
        ms_thrift_end(&t);
    }
    ms_thrift_i32(&t, 3, 5); /* goes on after field 1 */
    ms_thrift_end(&t);
    static const unsigned char expected[] = {0x19, 0x2c, 0x25, 0x00, 0x00, 0x25, 0x02, 0x00, 0x25, 0x0a, 0x00};
    test_bytes_equal(&out, expected, sizeof expected);
    ms_buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_varint_and_zigzag),
        cmocka_unit_test(test_page_header),
        cmocka_unit_test(test_timestamp_type),
        cmocka_unit_test(test_far_field_ids),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_ids_start_again_in_each_element),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
