#include "parquet/footer.h"

/* Readers take the version from this form, and trust bounds only if they can read it. No build has a number of its own: the
 * same input must give the same bytes. */
#define CREATED_BY "mailstrata version " MS_VERSION " (build 0)"

enum { SCHEMA_REPETITION = 3, SCHEMA_NAME = 4, SCHEMA_CHILDREN = 5, SCHEMA_CONVERTED = 6, SCHEMA_LOGICAL = 10 };

/* The logical type says what a column means; DuckDB still takes strings from the older converted type, so both stand here. */
static void column_meaning(struct ms_thrift *t, const struct ms_column *column)
{
    if (ms_column_is_string(column)) {
        ms_thrift_i32(t, SCHEMA_CONVERTED, MS_CONVERTED_UTF8);
        ms_thrift_begin(t, SCHEMA_LOGICAL);
        ms_thrift_empty(t, 1); /* STRING */
        ms_thrift_end(t);
    } else if (column->type == MS_T_TIME) {
        ms_thrift_i32(t, SCHEMA_CONVERTED, MS_CONVERTED_TIMESTAMP_MICROS);
        ms_thrift_begin(t, SCHEMA_LOGICAL);
        ms_thrift_begin(t, 8);      /* TIMESTAMP */
        ms_thrift_bool(t, 1, true); /* UTC */
        ms_thrift_begin(t, 2);      /* unit */
        ms_thrift_empty(t, 2);      /* MICROS */
        ms_thrift_end(t);
        ms_thrift_end(t);
        ms_thrift_end(t);
    }
}

static void schema(struct ms_thrift *t, const struct ms_table *table)
{
    ms_thrift_list(t, 2, MS_THRIFT_STRUCT, table->n_columns + 1);
    ms_thrift_begin(t, 0);
    ms_thrift_binary(t, SCHEMA_NAME, table->name, strlen(table->name));
    ms_thrift_i32(t, SCHEMA_CHILDREN, (int32_t)table->n_columns);
    ms_thrift_end(t);
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct ms_column *column = &table->columns[i];
        ms_thrift_begin(t, 0);
        ms_thrift_i32(t, 1, ms_column_physical(column));
        ms_thrift_i32(t, SCHEMA_REPETITION, column->required ? MS_REPETITION_REQUIRED : MS_REPETITION_OPTIONAL);
        ms_thrift_binary(t, SCHEMA_NAME, column->name, strlen(column->name));
        column_meaning(t, column);
        ms_thrift_end(t);
    }
}

static void encodings(struct ms_thrift *t, const struct ms_chunk *c)
{
    int32_t list[3];
    size_t n = 0;
    if (c->has_dictionary)
        list[n++] = MS_ENCODING_PLAIN;
    if (!c->column->required)
        list[n++] = MS_ENCODING_RLE;
    list[n++] = (int32_t)c->encoding;
    ms_thrift_list(t, 2, MS_THRIFT_I32, n);
    for (size_t i = 0; i < n; i++)
        ms_thrift_item_int(t, list[i]);
}

static void page_encoding(struct ms_thrift *t, enum ms_page_type type, enum ms_encoding encoding, size_t n_pages)
{
    ms_thrift_begin(t, 0);
    ms_thrift_i32(t, 1, (int32_t)type);
    ms_thrift_i32(t, 2, (int32_t)encoding);
    ms_thrift_i32(t, 3, (int32_t)n_pages);
    ms_thrift_end(t);
}

static void column_metadata(struct ms_thrift *t, const struct ms_chunk *c)
{
    ms_thrift_begin(t, 3);
    ms_thrift_i32(t, 1, ms_column_physical(c->column));
    encodings(t, c);
    ms_thrift_list(t, 3, MS_THRIFT_BINARY, 1);
    ms_thrift_item_binary(t, c->column->name, strlen(c->column->name));
    ms_thrift_i32(t, 4, MS_CODEC_ZSTD);
    ms_thrift_i64(t, 5, (int64_t)c->n_rows);
    ms_thrift_i64(t, 6, (int64_t)c->uncompressed_bytes);
    ms_thrift_i64(t, 7, (int64_t)c->compressed_bytes);
    ms_thrift_i64(t, 9, (int64_t)(c->file_offset + c->dictionary_bytes));
    if (c->has_dictionary)
        ms_thrift_i64(t, 11, (int64_t)c->file_offset);
    ms_stats_write(t, 12, &c->stats);
    ms_thrift_list(t, 13, MS_THRIFT_STRUCT, c->has_dictionary ? 2 : 1);
    if (c->has_dictionary)
        page_encoding(t, MS_PAGE_DICTIONARY, MS_ENCODING_PLAIN, 1);
    page_encoding(t, MS_PAGE_DATA, c->encoding, c->n_pages);
    if (c->bloom_bytes != 0) {
        ms_thrift_i64(t, 14, (int64_t)c->bloom_offset);
        ms_thrift_i32(t, 15, (int32_t)c->bloom_bytes);
    }
    ms_thrift_end(t);
}

static void column_chunk(struct ms_thrift *t, const struct ms_chunk *c)
{
    ms_thrift_begin(t, 0);
    ms_thrift_i64(t, 2, 0); /* deprecated, but required */
    column_metadata(t, c);
    ms_thrift_i64(t, 4, (int64_t)c->offset_index_offset);
    ms_thrift_i32(t, 5, (int32_t)c->offset_index_bytes);
    if (c->column_index_bytes != 0) {
        ms_thrift_i64(t, 6, (int64_t)c->column_index_offset);
        ms_thrift_i32(t, 7, (int32_t)c->column_index_bytes);
    }
    ms_thrift_end(t);
}

static void row_group(struct ms_thrift *t, const struct ms_table *table, const struct ms_row_group *g, size_t ordinal)
{
    uint64_t uncompressed_bytes = 0, compressed_bytes = 0;
    ms_thrift_begin(t, 0);
    ms_thrift_list(t, 1, MS_THRIFT_STRUCT, table->n_columns);
    for (size_t i = 0; i < table->n_columns; i++) {
        column_chunk(t, g->chunks[i]);
        uncompressed_bytes += g->chunks[i]->uncompressed_bytes;
        compressed_bytes += g->chunks[i]->compressed_bytes;
    }
    ms_thrift_i64(t, 2, (int64_t)uncompressed_bytes);
    ms_thrift_i64(t, 3, (int64_t)g->n_rows);
    ms_thrift_i64(t, 5, (int64_t)g->chunks[0]->file_offset);
    ms_thrift_i64(t, 6, (int64_t)compressed_bytes);
    if (ordinal <= INT16_MAX)
        ms_thrift_i16(t, 7, (int16_t)ordinal);
    ms_thrift_end(t);
}

void ms_footer_write(const struct ms_table *table, const struct ms_row_group *groups, size_t n_groups,
                     struct ms_buffer *out)
{
    struct ms_thrift t;
    uint64_t n_rows = 0;
    for (size_t i = 0; i < n_groups; i++)
        n_rows += groups[i].n_rows;
    ms_thrift_init(&t, out);
    ms_thrift_i32(&t, 1, 1); /* version: always 1 */
    schema(&t, table);
    ms_thrift_i64(&t, 3, (int64_t)n_rows);
    ms_thrift_list(&t, 4, MS_THRIFT_STRUCT, n_groups);
    for (size_t i = 0; i < n_groups; i++)
        row_group(&t, table, &groups[i], i);
    ms_thrift_binary(&t, 6, CREATED_BY, sizeof CREATED_BY - 1);
    ms_thrift_list(&t, 7, MS_THRIFT_STRUCT, table->n_columns);
    for (size_t i = 0; i < table->n_columns; i++) { /* TYPE_ORDER: without it min and max mean nothing */
        ms_thrift_begin(&t, 0);
        ms_thrift_empty(&t, 1);
        ms_thrift_end(&t);
    }
    ms_thrift_end(&t);
}
