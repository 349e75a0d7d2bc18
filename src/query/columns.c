/* Part files back into columns, for what writes them again. */
#include <stdlib.h>

#include "base/memory.h"
#include "columnar/values.h"
#include "query/result.h"
#include "query/views.h"

void ms_part_rows_sql(struct ms_buffer *sql, const struct ms_table *table, const char *const *paths, size_t n_paths)
{
    for (size_t i = 0; i < table->n_columns; i++)
        ms_buffer_printf(sql, "%s \"%s\"", i == 0 ? "select" : ",", table->columns[i].name);
    ms_buffer_printf(sql, " from read_parquet([");
    for (size_t i = 0; i < n_paths; i++) {
        char *literal = ms_glob_literal(paths[i]);
        ms_buffer_printf(sql, "%s", i == 0 ? "" : ", ");
        ms_sql_quote(sql, literal);
        free(literal);
    }
    ms_buffer_printf(sql, "])");
    ms_buffer_push(sql, '\0');
}

/* What DuckDB makes of a column of this type when it reads a file of ours. */
static duckdb_type type_of(enum ms_type type)
{
    static const duckdb_type types[] = {
        [MS_T_BOOL] = DUCKDB_TYPE_BOOLEAN,      [MS_T_I32] = DUCKDB_TYPE_INTEGER,   [MS_T_I64] = DUCKDB_TYPE_BIGINT,
        [MS_T_TIME] = DUCKDB_TYPE_TIMESTAMP_TZ, [MS_T_DOUBLE] = DUCKDB_TYPE_DOUBLE, [MS_T_DICT] = DUCKDB_TYPE_VARCHAR,
        [MS_T_UNIQUE] = DUCKDB_TYPE_VARCHAR,
    };
    return types[type];
}

static enum ms_status check_types(duckdb_result *result, const struct ms_table *table, struct ms_error *err)
{
    for (size_t i = 0; i < table->n_columns; i++)
        if (duckdb_column_type(result, i) != type_of(table->columns[i].type))
            return ms_fail(err, MS_ERR_FORMAT, "column %s of a part of %s has another type than this version writes",
                           table->columns[i].name, table->name);
    return MS_OK;
}

struct column {
    int64_t *ints;
    struct ms_span *strings;
};

static int64_t int_at(enum ms_type type, const void *data, idx_t i)
{
    switch (type) {
    case MS_T_BOOL:
        return ((const bool *)data)[i];
    case MS_T_I32:
        return ((const int32_t *)data)[i];
    case MS_T_DOUBLE:
        return ms_double_cell(((const double *)data)[i]);
    case MS_T_I64:
    case MS_T_TIME:
    case MS_T_DICT:
    case MS_T_UNIQUE:
        break;
    }
    return ((const int64_t *)data)[i];
}

static void read_vector(const struct column *out, enum ms_type type, duckdb_vector vector, idx_t n)
{
    void *data = duckdb_vector_get_data(vector);
    uint64_t *validity = duckdb_vector_get_validity(vector);
    for (idx_t i = 0; i < n; i++) {
        bool is_null = validity != NULL && !duckdb_validity_row_is_valid(validity, i);
        if (out->ints != NULL) {
            out->ints[i] = is_null ? MS_NULL_I64 : int_at(type, data, i);
        } else if (is_null) {
            out->strings[i] = MS_SPAN_NULL;
        } else {
            duckdb_string_t *text = (duckdb_string_t *)data + i;
            out->strings[i] = ms_span_of(duckdb_string_t_data(text), duckdb_string_t_length(*text));
        }
    }
}

static enum ms_status hand_on(duckdb_data_chunk chunk, const struct ms_table *table, struct column *columns,
                              ms_columns_fn each, void *user, struct ms_error *err)
{
    idx_t n = duckdb_data_chunk_get_size(chunk);
    struct ms_column_rows *rows = ms_malloc(table->n_columns * sizeof *rows);
    for (size_t i = 0; i < table->n_columns; i++) {
        read_vector(&columns[i], table->columns[i].type, duckdb_data_chunk_get_vector(chunk, i), n);
        rows[i] = (struct ms_column_rows){columns[i].ints, columns[i].strings};
    }
    enum ms_status st = each(user, rows, n, err);
    free(rows);
    return st;
}

enum ms_status ms_result_columns(duckdb_result *result, const struct ms_table *table, ms_columns_fn each, void *user,
                                 struct ms_error *err)
{
    struct column *columns = ms_calloc(table->n_columns, sizeof *columns);
    duckdb_data_chunk chunk = NULL;
    enum ms_status st = check_types(result, table, err);
    for (size_t i = 0; i < table->n_columns; i++)
        if (type_of(table->columns[i].type) == DUCKDB_TYPE_VARCHAR)
            columns[i].strings = ms_malloc(duckdb_vector_size() * sizeof *columns[i].strings);
        else
            columns[i].ints = ms_malloc(duckdb_vector_size() * sizeof *columns[i].ints);
    while (st == MS_OK && (chunk = duckdb_fetch_chunk(*result)) != NULL) {
        st = hand_on(chunk, table, columns, each, user, err);
        duckdb_destroy_data_chunk(&chunk);
    }
    if (st == MS_OK)
        st = ms_result_ended(result, err);
    for (size_t i = 0; i < table->n_columns; i++) {
        free(columns[i].ints);
        free(columns[i].strings);
    }
    free(columns);
    return st;
}
