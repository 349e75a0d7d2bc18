/* FileMetaData, byte by byte, for one row group of one column of strings and one of times. */
#include "unit/parquet/parquet_support.h"

#include "parquet/footer.h"

static const struct ms_column columns[] = {{"s", MS_T_DICT, false, true, true, "", ""},
                                           {"t", MS_T_TIME, true, false, true, "", ""}};
static const struct ms_table table = {"tab", "a row", columns, 2};

static void test_bytes(void **state)
{
    (void)state;
    struct ms_chunk s = {.column = &columns[0],
                         .n_rows = 3,
                         .compressed_bytes = 40,
                         .uncompressed_bytes = 30,
                         .has_dictionary = true,
                         .dictionary_bytes = 20,
                         .encoding = MS_ENCODING_RLE_DICTIONARY,
                         .stats = {.n_nulls = 1},
                         .n_pages = 1,
                         .file_offset = 4,
                         .bloom_offset = 100,
                         .bloom_bytes = 47,
                         .offset_index_offset = 150,
                         .offset_index_bytes = 10};
    struct ms_chunk t = {.column = &columns[1],
                         .n_rows = 3,
                         .compressed_bytes = 33,
                         .uncompressed_bytes = 22,
                         .encoding = MS_ENCODING_DELTA_BINARY_PACKED,
                         .n_pages = 2,
                         .file_offset = 44,
                         .offset_index_offset = 160,
                         .offset_index_bytes = 11,
                         .column_index_offset = 170,
                         .column_index_bytes = 12};
    struct ms_row_group group = {.n_rows = 3, .chunks = (struct ms_chunk *[]){&s, &t}};
    static const unsigned char expected[] = {
        0x15, 0x02,                                              /* version 1 */
        0x19, 0x3c, 0x48, 3,    't',  'a',  'b',  0x15, 0x04, 0, /* schema: root with two children */
        0x15, 0x0c, 0x25, 0x02, 0x18, 1,    's',  0x25, 0x00, 0x4c, 0x1c, 0,    0,    0, /* BYTE_ARRAY OPTIONAL UTF8 STRING */
        0x15, 0x04, 0x25, 0x00, 0x18, 1,    't',  0x25, 0x14, 0x4c, 0x8c, 0x11, 0x1c, 0x2c, 0,    0,    0,
        0,    0,                                                    /* INT64 REQUIRED */
        0x16, 0x06, 0x19, 0x1c,                                     /* 3 rows, one row group */
        0x19, 0x2c,                                                 /* two chunks */
        0x26, 0x00, 0x1c, 0x15, 0x0c, 0x19, 0x35, 0x00, 0x06, 0x10, /* PLAIN, RLE, RLE_DICTIONARY */
        0x19, 0x18, 1,    's',  0x15, 0x0c, 0x16, 0x06, 0x16, 60,   0x16, 80,   0x26, 48,   0x26, 0x08, /* ZSTD, sizes, pages at 24 and 4 */
        0x1c, 0x36, 0x02, 0x00, /* one NULL, no bounds */
        0x19, 0x2c, 0x15, 0x04, 0x15, 0x00, 0x15, 0x02, 0,    0x15, 0x00, 0x15, 0x10, 0x15, 0x02, 0, /* encoding_stats */
        0x16, 0xc8, 0x01, 0x15, 94,   0,                /* bloom filter at 100, 47 bytes */
        0x16, 0xac, 0x02, 0x15, 20,   0,                /* offset index at 150 */
        0x26, 0x00, 0x1c, 0x15, 0x04, 0x19, 0x15, 0x0a, /* INT64, DELTA_BINARY_PACKED alone */
        0x19, 0x18, 1,    't',  0x15, 0x0c, 0x16, 0x06, 0x16, 44,   0x16, 66,   0x26, 88, /* no dictionary */
        0x3c, 0x36, 0x00, 0x00, 0x19, 0x1c, 0x15, 0x00, 0x15, 0x0a, 0x15, 0x04, 0,    0,    0x16, 0xc0, 0x02,
        0x15, 22,   0x16, 0xd4, 0x02, 0x15, 24,   0,                          /* both indexes */
        0x16, 104,  0x16, 0x06, 0x26, 0x08, 0x16, 0x92, 0x01, 0x14, 0x00, 0}; /* group: sizes, rows, offset, ordinal */
    static const char made_by[] = "mailstrata version " MS_VERSION " (build 0)";
    static const unsigned char orders[] = {0x19, 0x2c, 0x1c, 0, 0, 0x1c, 0, 0, 0}; /* TYPE_ORDER for each column; end */
    struct ms_buffer out = {0};
    ms_footer_write(&table, &group, 1, &out);
    assert_int_equal(out.size_bytes, sizeof expected + 2 + sizeof made_by - 1 + sizeof orders);
    assert_memory_equal(out.data, expected, sizeof expected);
    const char *p = out.data + sizeof expected;
    assert_int_equal(p[0], 0x28);
    assert_int_equal(p[1], sizeof made_by - 1);
    assert_memory_equal(p + 2, made_by, sizeof made_by - 1);
    assert_memory_equal(p + 2 + sizeof made_by - 1, orders, sizeof orders);
    ms_buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
