/* The rows of one result of DuckDB, printed or handed on one by one. Internal to query/. Thread rule: one thread. */
#ifndef MS_QUERY_RESULT_H
#define MS_QUERY_RESULT_H

#include <stdio.h>

#include "query/duckdb_api.h"
#include "query/query.h"

/* Chunk by chunk, so that memory does not depend on the number of rows; ends early when nobody reads `out` any more. */
MS_NODISCARD enum ms_status ms_result_print(duckdb_result *result, enum ms_format format, FILE *out, uint64_t *n_rows,
                                            struct ms_error *err);

MS_NODISCARD enum ms_status ms_result_each(duckdb_result *result, ms_row_fn each, void *user, struct ms_error *err);

/* By column; the result has the columns of the table. */
MS_NODISCARD enum ms_status ms_result_columns(duckdb_result *result, const struct ms_table *table, ms_columns_fn each,
                                              void *user, struct ms_error *err);

/* A streamed result may fail between two chunks. */
MS_NODISCARD enum ms_status ms_result_ended(duckdb_result *result, struct ms_error *err);

/* DuckDB's message, made fit for a terminal: it may quote log text. */
enum ms_status ms_fail_duckdb(struct ms_error *err, enum ms_status st, const char *message);

#endif
