#include "query/query.h"

#include <duckdb.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "query/escape.h"
#include "query/printer.h"
#include "query/views.h"

struct ms_query {
    duckdb_database db;
    duckdb_connection con;
    char *dir;   /* of the generation */
    char *spill; /* folder of ours for what does not fit in memory; NULL: none could be made, nothing is spilled */
    atomic_bool interrupted;
};

/* DuckDB's messages may quote log text. */
static enum ms_status fail_with(struct ms_error *err, enum ms_status st, const char *message)
{
    struct ms_buffer text = {0};
    ms_escape_message(&text, ms_span_str(message != NULL ? message : "DuckDB gives no reason"));
    ms_buffer_push(&text, '\0');
    ms_fail(err, st, "%s", text.data);
    ms_buffer_fini(&text);
    return st;
}

/* ---- the session ---- */

/* Only we may look into it, and nobody can have made it before us. */
static char *make_spill_folder(void)
{
    const char *tmp = getenv("TMPDIR");
    char *folder = ms_sprintf("%s/mailstrata-sql-XXXXXX", tmp != NULL && *tmp == '/' ? tmp : "/tmp");
    if (mkdtemp(folder) != NULL)
        return folder;
    free(folder);
    return NULL;
}

/* Nothing is fetched or loaded behind the user's back, and spilled data goes where temporary files belong, not into the
 * current folder. Files stay readable and writable as for any program of the user: the SQL is the user's own. */
static duckdb_config settings(const char *spill)
{
    const char *const pairs[][2] = {{"autoinstall_known_extensions", "false"},
                                    {"autoload_known_extensions", "false"},
                                    {"allow_community_extensions", "false"},
                                    {"temp_directory", spill != NULL ? spill : ""}};
    duckdb_config config = NULL;
    if (duckdb_create_config(&config) == DuckDBSuccess)
        for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
            duckdb_set_config(config, pairs[i][0], pairs[i][1]);
    return config;
}

static enum ms_status connect_memory(struct ms_query *q, struct ms_error *err)
{
    q->spill = make_spill_folder();
    duckdb_config config = settings(q->spill);
    char *why = NULL;
    enum ms_status st = MS_OK;
    if (duckdb_open_ext(NULL, &q->db, config, &why) != DuckDBSuccess)
        st = fail_with(err, MS_ERR_LIBRARY, why);
    else if (duckdb_connect(q->db, &q->con) != DuckDBSuccess)
        st = ms_fail(err, MS_ERR_LIBRARY, "DuckDB gives no connection");
    duckdb_free(why);
    duckdb_destroy_config(&config);
    return st;
}

/* Parts that were written by another version may lack columns that these views need: then they are not there, but the tables
 * can still be read. */
static void make_mail_views(struct ms_query *q)
{
    struct ms_buffer sql = {0};
    ms_mail_views_sql(&sql);
    ms_buffer_push(&sql, '\0');
    duckdb_result result;
    (void)duckdb_query(q->con, sql.data, &result);
    duckdb_destroy_result(&result);
    ms_buffer_fini(&sql);
}

static enum ms_status prepare_session(struct ms_query *q, struct ms_error *err)
{
    struct ms_buffer sql = {0};
    ms_buffer_printf(&sql, "set TimeZone = 'UTC';\n");
    for (size_t i = 0; i < MS_N_TABLES; i++)
        ms_view_sql(&sql, q->dir, &ms_tables[i]);
    ms_buffer_push(&sql, '\0');
    duckdb_result result;
    enum ms_status st = MS_OK;
    if (duckdb_query(q->con, sql.data, &result) != DuckDBSuccess)
        st = fail_with(err, MS_ERR_FORMAT, duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    ms_buffer_fini(&sql);
    if (st == MS_OK)
        make_mail_views(q);
    return st;
}

static enum ms_status resolve(struct ms_query *q, const char *dataset, struct ms_error *err)
{
    char *current = ms_sprintf("%s/current", dataset);
    q->dir = realpath(current, NULL);
    free(current);
    if (q->dir != NULL)
        return MS_OK;
    if (errno != ENOENT && errno != ENOTDIR)
        return ms_fail(err, MS_ERR_IO, "%s: cannot open the dataset: %s", dataset, strerror(errno));
    return ms_fail(err, MS_ERR_USAGE,
                   "%s: no dataset here (a dataset is a folder that holds `current`; "
                   "make one with `mailstrata ingest PATH... -o DATASET`)",
                   dataset);
}

enum ms_status ms_query_open(struct ms_query **out, const char *dataset, struct ms_error *err)
{
    struct ms_query *q = ms_calloc(1, sizeof *q);
    enum ms_status st = resolve(q, dataset, err);
    if (st == MS_OK)
        st = connect_memory(q, err);
    if (st == MS_OK)
        st = prepare_session(q, err);
    if (st == MS_OK)
        *out = q;
    else
        ms_query_close(q);
    return st;
}

void ms_query_close(struct ms_query *q)
{
    if (q == NULL)
        return;
    duckdb_disconnect(&q->con);
    duckdb_close(&q->db);
    if (q->spill != NULL)
        rmdir(q->spill); /* DuckDB has removed its files */
    free(q->spill);
    free(q->dir);
    free(q);
}

/* ---- one result ---- */

struct result_columns {
    struct ms_cell_type *types;
    size_t n;
};

static enum ms_status columns_init(struct result_columns *c, duckdb_result *result, struct ms_error *err)
{
    size_t n = duckdb_column_count(result);
    c->types = ms_calloc(n, sizeof *c->types);
    enum ms_status st = MS_OK;
    for (c->n = 0; c->n < n && st == MS_OK; c->n++)
        st = ms_cell_type_init(&c->types[c->n], duckdb_column_name(result, c->n),
                               duckdb_column_logical_type(result, c->n), err);
    return st;
}

static void columns_fini(struct result_columns *c)
{
    for (size_t i = 0; i < c->n; i++)
        ms_cell_type_fini(&c->types[i]);
    free(c->types);
}

static void print_chunk(struct ms_printer *printer, struct ms_cell_reader *reader, const struct result_columns *c,
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

/* Chunk by chunk, so that memory does not depend on the number of rows; ends early when nobody reads any more. */
static enum ms_status print_rows(duckdb_result *result, const struct result_columns *c, enum ms_format format,
                                 FILE *out, uint64_t *n_rows, struct ms_error *err)
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
    const char *why = duckdb_result_error(result); /* a streamed result may fail between two chunks */
    return why != NULL && *why != '\0' ? fail_with(err, MS_ERR_USAGE, why) : st;
}

static enum ms_status print_result(duckdb_result *result, enum ms_format format, FILE *out, uint64_t *n_rows,
                                   struct ms_error *err)
{
    struct result_columns columns = {0};
    enum ms_status st = columns_init(&columns, result, err);
    if (st == MS_OK)
        st = print_rows(result, &columns, format, out, n_rows, err);
    columns_fini(&columns);
    return st;
}

/* ---- statements ---- */

struct run {
    enum ms_format format;
    FILE *out;
    uint64_t n_rows;   /* of the last statement */
    bool printed_rows; /* an earlier statement has printed a result */
};

static enum ms_status run_prepared(duckdb_prepared_statement statement, struct run *run, struct ms_error *err)
{
    duckdb_result result;
    enum ms_status st = MS_OK;
    if (duckdb_execute_prepared_streaming(statement, &result) != DuckDBSuccess) {
        st = fail_with(err, MS_ERR_USAGE, duckdb_result_error(&result));
    } else if (duckdb_result_return_type(result) == DUCKDB_RESULT_TYPE_QUERY_RESULT) {
        if (run->printed_rows && run->format != MS_FORMAT_NDJSON)
            fputc('\n', run->out);
        run->printed_rows = true;
        st = print_result(&result, run->format, run->out, &run->n_rows, err);
    }
    duckdb_destroy_result(&result);
    return st;
}

static enum ms_status run_statement(struct ms_query *q, duckdb_extracted_statements statements, idx_t i,
                                    struct run *run, struct ms_error *err)
{
    duckdb_prepared_statement statement = NULL;
    enum ms_status st;
    run->n_rows = 0;
    if (duckdb_prepare_extracted_statement(q->con, statements, i, &statement) != DuckDBSuccess)
        st = fail_with(err, MS_ERR_USAGE, duckdb_prepare_error(statement));
    else
        st = run_prepared(statement, run, err);
    duckdb_destroy_prepare(&statement);
    return st;
}

enum ms_status ms_query_run(struct ms_query *q, const char *sql, enum ms_format format, FILE *out, uint64_t *n_rows,
                            struct ms_error *err)
{
    duckdb_extracted_statements statements = NULL;
    struct run run = {.format = format, .out = out};
    idx_t n = duckdb_extract_statements(q->con, sql, &statements);
    enum ms_status st = MS_OK;
    if (n == 0) {
        const char *why = duckdb_extract_statements_error(statements);
        st = why != NULL ? fail_with(err, MS_ERR_USAGE, why)
                         : ms_fail(err, MS_ERR_USAGE, "there is no SQL statement to run");
    }
    for (idx_t i = 0; i < n && st == MS_OK && !ferror(out) && !q->interrupted; i++)
        st = run_statement(q, statements, i, &run, err);
    if (q->interrupted)
        st = ms_fail(err, MS_ERR_CANCELLED, "interrupted");
    duckdb_destroy_extracted(&statements);
    if (n_rows != NULL)
        *n_rows = run.n_rows;
    return st;
}

void ms_query_interrupt(struct ms_query *q)
{
    q->interrupted = true;
    duckdb_interrupt(q->con);
}
