/* The tables and columns of DESIGN 4 as one table in the source: builders, Parquet, views, docs/SCHEMA.md and tests read it.
 * Constant data; any thread. */
#ifndef MS_COLUMNAR_SCHEMA_H
#define MS_COLUMNAR_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ms_type {
    MS_T_BOOL,   /* BOOLEAN */
    MS_T_I32,    /* INT32 */
    MS_T_I64,    /* INT64 */
    MS_T_TIME,   /* INT64 TIMESTAMP(MICROS, UTC) */
    MS_T_DOUBLE, /* DOUBLE */
    MS_T_DICT,   /* STRING, interned: dictionary page + codes */
    MS_T_UNIQUE  /* STRING, nearly every value new: DELTA_LENGTH_BYTE_ARRAY */
};

struct ms_column {
    const char *name;
    enum ms_type type;
    bool required; /* REQUIRED, else OPTIONAL */
    bool bloom;    /* split-block bloom filter */
    bool filled;   /* false: exists and is NULL in this version; listed in docs/SCHEMA.md */
    const char *unit;
    const char *meaning;
};

enum ms_table_id {
    MS_MESSAGES,
    MS_DELIVERIES,
    MS_SESSIONS,
    MS_REJECTS,
    MS_LOGINS,
    MS_VERDICTS,
    MS_EVENTS,
    MS_LINKS,
    MS_MAILS,
    MS_COVERAGE,
    MS_MATCHES,
    MS_HOSTS,
    MS_FILES,
    MS_UNPARSED,
    MS_N_TABLES
};

struct ms_table {
    const char *name;
    const char *row_is;
    const struct ms_column *columns;
    size_t n_columns;
};

extern const struct ms_table ms_tables[MS_N_TABLES];
extern const int64_t *const ms_null_cells[MS_N_TABLES]; /* a row without values, as rows.h takes it: a cell a column */

/* Column indices, one enum a table: MS_MESSAGES_TXN_ID ... generated from the same X-macro lists (schema_columns.h). */
#include "columnar/schema_columns.h"

#endif
