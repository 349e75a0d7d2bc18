#include "query/result.h"

#include <errno.h>
#include <stdlib.h>

#include "base/arena.h"
#include "query/escape.h"
#include "query/printer.h"

enum ms_status ms_fail_duckdb(struct ms_error *err, enum ms_status st, const char *message)
{
    struct ms_buffer text = {0};
    ms_escape_message(&text, ms_span_str(message != NULL ? message : "DuckDB gives no reason"));
    ms_buffer_push(&text, '\0');
    ms_fail(err, st, "%s", text.data);
    ms_buffer_fini(&text);
    return st;
}

/* ---- columns ---- */

struct columns {
    struct ms_cell_type *types;
    size_t n;
};

static enum ms_status columns_init(struct columns *c, duckdb_result *result, struct ms_error *err)
{
    size_t n = duckdb_column_count(result);
    c->types = ms_calloc(n, sizeof *c->types);
    enum ms_status st = MS_OK;
    for (c->n = 0; c->n < n && st == MS_OK; c->n++)
        st = ms_cell_type_init(&c->types[c->n], duckdb_column_name(result, c->n),
                               duckdb_column_logical_type(result, c->n), err);
    return st;
}

static void columns_fini(struct columns *c)
{
    for (size_t i = 0; i < c->n; i++)
        ms_cell_type_fini(&c->types[i]);
    free(c->types);
}

enum ms_status ms_result_ended(duckdb_result *result, struct ms_error *err)
{
    const char *why = duckdb_result_error(result);
    return why != NULL && *why != '\0' ? ms_fail_duckdb(err, MS_ERR_USAGE, why) : MS_OK;
}

/* ---- printed ---- */

static void print_chunk(struct ms_printer *printer, struct ms_cell_reader *reader, const struct columns *c,
                        duckdb_data_chunk chunk)
{
    idx_t n_rows = duckdb_data_chunk_get_size(chunk);
    for (idx_t row = 0; row < n_rows; row++) {
        for (size_t i = 0; i < c->n; i++)
            ms_printer_cell(printer, ms_cell_read(reader, &c->types[i], duckdb_data_chunk_get_vector(chunk, i), row));
        ms_printer_row_end(printer);
    }
}

/* A reader that went away is no error; a full disk is. */
static enum ms_status write_status(int write_errno, struct ms_error *err)
{
    if (write_errno == 0 || write_errno == EPIPE)
        return MS_OK;
    return ms_fail(err, MS_ERR_IO, "cannot write the output: %s", strerror(write_errno));
}

static enum ms_status print_rows(duckdb_result *result, const struct columns *c, enum ms_format format, FILE *out,
                                 uint64_t *n_rows, struct ms_error *err)
{
    struct ms_printer *printer = ms_printer_create(format, out, c->types, c->n);
    struct ms_cell_reader reader = {0};
    duckdb_data_chunk chunk = NULL;
    while (!ferror(out) && (chunk = duckdb_fetch_chunk(*result)) != NULL) {
        print_chunk(printer, &reader, c, chunk);
        *n_rows += duckdb_data_chunk_get_size(chunk);
        duckdb_destroy_data_chunk(&chunk);
    }
    enum ms_status st = write_status(ms_printer_finish(printer), err);
    ms_printer_destroy(printer);
    ms_cell_reader_fini(&reader);
    enum ms_status ended = ms_result_ended(result, err);
    return ended != MS_OK ? ended : st;
}

enum ms_status ms_result_print(duckdb_result *result, enum ms_format format, FILE *out, uint64_t *n_rows,
                               struct ms_error *err)
{
    struct columns columns = {0};
    enum ms_status st = columns_init(&columns, result, err);
    if (st == MS_OK)
        st = print_rows(result, &columns, format, out, n_rows, err);
    columns_fini(&columns);
    return st;
}

/* ---- handed on ---- */

int64_t ms_field_number(struct ms_span field)
{
    char text[24] = "";
    if (field.p != NULL && field.n < sizeof text)
        memcpy(text, field.p, field.n);
    return strtoll(text, NULL, 10);
}

static enum ms_status hand_on_chunk(duckdb_data_chunk chunk, const struct columns *c, struct ms_cell_reader *reader,
                                    ms_row_fn each, void *user, struct ms_error *err)
{
    struct ms_span *fields = ms_calloc(c->n, sizeof *fields);
    struct ms_arena arena = {0}; /* a cell's text lasts until the next cell is read */
    idx_t n_rows = duckdb_data_chunk_get_size(chunk);
    enum ms_status st = MS_OK;
    for (idx_t row = 0; row < n_rows && st == MS_OK; row++) {
        ms_arena_reset(&arena);
        for (size_t i = 0; i < c->n; i++)
            fields[i] = ms_arena_copy(
                &arena, ms_cell_read(reader, &c->types[i], duckdb_data_chunk_get_vector(chunk, i), row).text);
        st = each(user, fields, c->n, err);
    }
    ms_arena_fini(&arena);
    free(fields);
    return st;
}

enum ms_status ms_result_each(duckdb_result *result, ms_row_fn each, void *user, struct ms_error *err)
{
    struct columns columns = {0};
    struct ms_cell_reader reader = {0};
    duckdb_data_chunk chunk = NULL;
    enum ms_status st = columns_init(&columns, result, err);
    while (st == MS_OK && (chunk = duckdb_fetch_chunk(*result)) != NULL) {
        st = hand_on_chunk(chunk, &columns, &reader, each, user, err);
        duckdb_destroy_data_chunk(&chunk);
    }
    if (st == MS_OK)
        st = ms_result_ended(result, err);
    ms_cell_reader_fini(&reader);
    columns_fini(&columns);
    return st;
}
