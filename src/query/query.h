/* DuckDB over a published dataset: the tables as views, rows out as table, NDJSON or CSV. Only home of <duckdb.h>.
 * Thread rule: one thread a session, but for ms_query_interrupt. */
#ifndef MS_QUERY_QUERY_H
#define MS_QUERY_QUERY_H

#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

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

/* Ends the statement that runs now, and all that follow: ms_query_run gives MS_ERR_CANCELLED. From any thread, but not from
 * a signal handler. */
void ms_query_interrupt(struct ms_query *q);

#endif
