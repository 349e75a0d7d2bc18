/* DuckDB over a published dataset: the tables as views, rows out as table, NDJSON or CSV. Only home of <duckdb.h>.
 * Thread rule: one thread a session, but for ms_query_interrupt. */
#ifndef MS_QUERY_QUERY_H
#define MS_QUERY_QUERY_H

#include <stdint.h>
#include <stdio.h>

#include "base/span.h"
#include "base/status.h"
#include "columnar/schema.h"

enum ms_format { MS_FORMAT_TABLE, MS_FORMAT_NDJSON, MS_FORMAT_CSV };

struct ms_query;

/* Opens DATASET/current (resolved once, so that a new generation published meanwhile does not mix in) and makes one view for
 * each table of the schema. MS_ERR_USAGE: no dataset there, with the sentence what to do. */
MS_NODISCARD enum ms_status ms_query_open(struct ms_query **out, const char *dataset, struct ms_error *err);
void ms_query_close(struct ms_query *q);

/* Runs one or more statements and prints the rows of each to `out`. Log text is escaped: control characters never reach a
 * terminal. INT64 are strings in NDJSON for ids (columns named *_id of 64 bits). n_rows: of the last statement.
 * A closed pipe is no error. MS_ERR_USAGE: DuckDB's message. */
MS_NODISCARD enum ms_status ms_query_run(struct ms_query *q, const char *sql, enum ms_format format, FILE *out,
                                         uint64_t *n_rows, struct ms_error *err);

/* What stands for $1, $2 ... in a statement of ours. What people type goes this way, never into the text of the SQL. */
struct ms_value {
    enum { MS_VALUE_TEXT, MS_VALUE_INT, MS_VALUE_TIME } kind;
    struct ms_span text; /* valid UTF-8; p == NULL is NULL */
    int64_t number;      /* MS_VALUE_TIME: microseconds since 1970, UTC */
};

/* One row: the text of each field, NULL as p == NULL; borrowed until it returns. Anything but MS_OK ends the statement. */
typedef enum ms_status (*ms_row_fn)(void *user, const struct ms_span *fields, size_t n, struct ms_error *err);

/* A field that holds a whole number (fields end without a '\0'); NULL is 0. */
int64_t ms_field_number(struct ms_span field);

/* One statement; its rows go to `each` (NULL: they are not wanted). */
MS_NODISCARD enum ms_status ms_query_each(struct ms_query *q, const char *sql, const struct ms_value *values,
                                          size_t n_values, ms_row_fn each, void *user, struct ms_error *err);

/* Some rows of a table of the schema, by column: of each, the array of its type. */
struct ms_column_rows {
    const int64_t *ints;           /* numbers as cells of columnar/rows.h: MS_NULL_I64, ms_double_cell */
    const struct ms_span *strings; /* MS_T_DICT, MS_T_UNIQUE; p == NULL is NULL */
};

/* Borrowed until it returns. Anything but MS_OK ends the statement. */
typedef enum ms_status (*ms_columns_fn)(void *user, const struct ms_column_rows *columns, uint64_t n_rows,
                                        struct ms_error *err);

/* The rows of these part files of `table`, in their order and in the order of the files. MS_ERR_FORMAT: they cannot be read, or
 * have other columns than the schema. */
MS_NODISCARD enum ms_status ms_query_part_rows(struct ms_query *q, const struct ms_table *table,
                                               const char *const *paths, size_t n_paths, ms_columns_fn each, void *user,
                                               struct ms_error *err);

/* One statement that gives one whole number. */
MS_NODISCARD enum ms_status ms_query_number(struct ms_query *q, const char *sql, const struct ms_value *values,
                                            size_t n_values, int64_t *out, struct ms_error *err);

/* Appends the rows that `next` gives to a table, until it says MS_END. `row` has room for n_columns values. */
MS_NODISCARD enum ms_status ms_query_fill(struct ms_query *q, const char *schema, const char *table, size_t n_columns,
                                          enum ms_status (*next)(void *user, struct ms_value *row,
                                                                 struct ms_error *err),
                                          void *user, struct ms_error *err);

/* Ends the statement that runs now, and all that follow: these functions give MS_ERR_CANCELLED. From any thread, but not from
 * a signal handler. */
void ms_query_interrupt(struct ms_query *q);

#endif
