#include "query/query.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buffer.h"
#include "query/duckdb_api.h"
#include "query/network.h"
#include "query/parts.h"
#include "query/result.h"
#include "query/views.h"

struct ms_query {
    duckdb_database db;
    duckdb_connection con;
    char *dir;   /* of the generation */
    char *spill; /* folder of ours for what does not fit in memory; NULL: none could be made, nothing is spilled */
    atomic_bool interrupted;
};

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
        st = ms_fail_duckdb(err, MS_ERR_LIBRARY, why);
    else if (duckdb_connect(q->db, &q->con) != DuckDBSuccess)
        st = ms_fail(err, MS_ERR_LIBRARY, "DuckDB gives no connection");
    else if (!ms_network_register(q->con))
        st = ms_fail(err, MS_ERR_LIBRARY, "DuckDB does not take the function in_network");
    duckdb_free(why);
    duckdb_destroy_config(&config);
    return st;
}

/* Parts that were written by another version may lack columns that these views need: then they are not there, but the tables
 * can still be read. */
static void make_views(struct ms_query *q, void (*append)(struct ms_buffer *sql))
{
    struct ms_buffer sql = {0};
    append(&sql);
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
        st = ms_fail_duckdb(err, MS_ERR_FORMAT, duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    ms_buffer_fini(&sql);
    if (st == MS_OK) {
        make_views(q, ms_mail_views_sql);
        make_views(q, ms_gap_view_sql);
    }
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
        st = ms_duckdb_load(err);
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
    if (q->con != NULL)
        duckdb_disconnect(&q->con);
    if (q->db != NULL)
        duckdb_close(&q->db);
    if (q->spill != NULL)
        rmdir(q->spill); /* DuckDB has removed its files */
    free(q->spill);
    free(q->dir);
    free(q);
}

const char *ms_query_folder(const struct ms_query *q)
{
    return q->dir;
}

/* ---- statements ---- */

static enum ms_status unless_interrupted(struct ms_query *q, enum ms_status st, struct ms_error *err)
{
    return q->interrupted ? ms_fail(err, MS_ERR_CANCELLED, "interrupted") : st;
}

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
        st = ms_fail_duckdb(err, MS_ERR_USAGE, duckdb_result_error(&result));
    } else if (duckdb_result_return_type(result) == DUCKDB_RESULT_TYPE_QUERY_RESULT) {
        if (run->printed_rows && run->format != MS_FORMAT_NDJSON)
            fputc('\n', run->out);
        run->printed_rows = true;
        st = ms_result_print(&result, run->format, run->out, &run->n_rows, err);
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
        st = ms_fail_duckdb(err, MS_ERR_USAGE, duckdb_prepare_error(statement));
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
        st = why != NULL ? ms_fail_duckdb(err, MS_ERR_USAGE, why)
                         : ms_fail(err, MS_ERR_USAGE, "there is no SQL statement to run");
    }
    for (idx_t i = 0; i < n && st == MS_OK && !ferror(out) && !q->interrupted; i++)
        st = run_statement(q, statements, i, &run, err);
    st = unless_interrupted(q, st, err);
    duckdb_destroy_extracted(&statements);
    if (n_rows != NULL)
        *n_rows = run.n_rows;
    return st;
}

/* ---- statements of ours, with values ---- */

static duckdb_state bind(duckdb_prepared_statement statement, idx_t i, const struct ms_value *v)
{
    switch (v->kind) {
    case MS_VALUE_INT:
        return duckdb_bind_int64(statement, i, v->number);
    case MS_VALUE_TIME:
        return duckdb_bind_timestamp_tz(statement, i, (duckdb_timestamp){v->number});
    case MS_VALUE_TEXT:
        break;
    }
    return v->text.p == NULL ? duckdb_bind_null(statement, i)
                             : duckdb_bind_varchar_length(statement, i, v->text.p, v->text.n);
}

static enum ms_status execute(duckdb_prepared_statement statement, ms_row_fn each, void *user, struct ms_error *err)
{
    duckdb_result result;
    enum ms_status st = MS_OK;
    if (duckdb_execute_prepared_streaming(statement, &result) != DuckDBSuccess)
        st = ms_fail_duckdb(err, MS_ERR_USAGE, duckdb_result_error(&result));
    else if (each != NULL)
        st = ms_result_each(&result, each, user, err);
    duckdb_destroy_result(&result);
    return st;
}

enum ms_status ms_query_each(struct ms_query *q, const char *sql, const struct ms_value *values, size_t n_values,
                             ms_row_fn each, void *user, struct ms_error *err)
{
    duckdb_prepared_statement statement = NULL;
    enum ms_status st = MS_OK;
    if (q->interrupted || duckdb_prepare(q->con, sql, &statement) != DuckDBSuccess)
        st = ms_fail_duckdb(err, MS_ERR_USAGE, duckdb_prepare_error(statement));
    for (size_t i = 0; i < n_values && st == MS_OK; i++)
        if (bind(statement, i + 1, &values[i]) != DuckDBSuccess)
            st = ms_fail(err, MS_ERR_LIBRARY, "DuckDB does not take value %zu of a statement", i + 1);
    if (st == MS_OK)
        st = execute(statement, each, user, err);
    duckdb_destroy_prepare(&statement);
    return unless_interrupted(q, st, err);
}

enum ms_status ms_query_part_rows(struct ms_query *q, const struct ms_table *table, const char *const *paths,
                                  size_t n_paths, ms_columns_fn each, void *user, struct ms_error *err)
{
    struct ms_buffer sql = {0};
    duckdb_result result = {0};
    duckdb_prepared_statement statement = NULL;
    enum ms_status st = MS_OK;
    ms_part_rows_sql(&sql, table, paths, n_paths);
    if (q->interrupted || duckdb_prepare(q->con, sql.data, &statement) != DuckDBSuccess)
        st = ms_fail_duckdb(err, MS_ERR_FORMAT, duckdb_prepare_error(statement));
    else if (duckdb_execute_prepared_streaming(statement, &result) != DuckDBSuccess)
        st = ms_fail_duckdb(err, MS_ERR_FORMAT, duckdb_result_error(&result));
    else
        st = ms_result_columns(&result, table, each, user, err);
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
    ms_buffer_fini(&sql);
    return unless_interrupted(q, st, err);
}

static enum ms_status take_number(void *user, const struct ms_span *fields, size_t n, struct ms_error *err)
{
    (void)n, (void)err;
    int64_t *out = user;
    *out = ms_field_number(fields[0]);
    return MS_OK;
}

enum ms_status ms_query_number(struct ms_query *q, const char *sql, const struct ms_value *values, size_t n_values,
                               int64_t *out, struct ms_error *err)
{
    return ms_query_each(q, sql, values, n_values, take_number, out, err);
}

static duckdb_state append(duckdb_appender appender, const struct ms_value *v)
{
    switch (v->kind) {
    case MS_VALUE_INT:
        return duckdb_append_int64(appender, v->number);
    case MS_VALUE_TIME:
        return duckdb_append_timestamp(appender, (duckdb_timestamp){v->number});
    case MS_VALUE_TEXT:
        break;
    }
    return v->text.p == NULL ? duckdb_append_null(appender)
                             : duckdb_append_varchar_length(appender, v->text.p, v->text.n);
}

static enum ms_status append_row(duckdb_appender appender, const struct ms_value *row, size_t n, struct ms_error *err)
{
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        ok = ok && append(appender, &row[i]) == DuckDBSuccess;
    if (ok && duckdb_appender_end_row(appender) == DuckDBSuccess)
        return MS_OK;
    return ms_fail_duckdb(err, MS_ERR_LIBRARY, duckdb_appender_error(appender));
}

enum ms_status ms_query_fill(struct ms_query *q, const char *schema, const char *table, size_t n_columns,
                             enum ms_status (*next)(void *user, struct ms_value *row, struct ms_error *err), void *user,
                             struct ms_error *err)
{
    duckdb_appender appender = NULL;
    struct ms_value *row = ms_calloc(n_columns, sizeof *row);
    enum ms_status st = MS_OK;
    if (duckdb_appender_create(q->con, schema, table, &appender) != DuckDBSuccess)
        st = ms_fail_duckdb(err, MS_ERR_LIBRARY, duckdb_appender_error(appender));
    while (st == MS_OK && (st = next(user, row, err)) == MS_OK)
        st = append_row(appender, row, n_columns, err);
    if (st == MS_END)
        st = duckdb_appender_close(appender) == DuckDBSuccess
                 ? MS_OK
                 : ms_fail_duckdb(err, MS_ERR_LIBRARY, duckdb_appender_error(appender));
    duckdb_appender_destroy(&appender);
    free(row);
    return unless_interrupted(q, st, err);
}

void ms_query_interrupt(struct ms_query *q)
{
    q->interrupted = true;
    duckdb_interrupt(q->con);
}
