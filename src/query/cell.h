/* One value of a DuckDB vector as text. Internal to query/.
 * A nested value (list, struct, map, array) is JSON in every output format.
 * Thread rule: types are constant once made; a reader belongs to one thread. */
#ifndef MS_QUERY_CELL_H
#define MS_QUERY_CELL_H

#include "base/buffer.h"
#include "base/status.h"
#include "query/duckdb_api.h"

/* A column, or a part of a nested column. */
struct ms_cell_type {
    char *name;
    duckdb_type id;
    duckdb_type storage;           /* DECIMAL, ENUM: the integer type that holds it */
    duckdb_logical_type logical;   /* owned; the names of an ENUM are asked of it */
    uint8_t scale;                 /* DECIMAL */
    bool is_id;                    /* 64-bit identifier: a string in JSON, whose readers lose digits past 2^53 */
    uint64_t array_size;           /* ARRAY */
    struct ms_cell_type *children; /* LIST, ARRAY, MAP: one (the entry); STRUCT: its fields */
    size_t n_children;
};

/* Takes over `logical`, even on failure. MS_ERR_USAGE: a type that has no text here; the sentence says how to cast it. */
MS_NODISCARD enum ms_status ms_cell_type_init(struct ms_cell_type *type, const char *name, duckdb_logical_type logical,
                                              struct ms_error *err);
void ms_cell_type_fini(struct ms_cell_type *type);

enum ms_cell_kind { MS_CELL_NULL, MS_CELL_NUMBER, MS_CELL_BOOL, MS_CELL_TEXT, MS_CELL_JSON };

struct ms_cell {
    enum ms_cell_kind kind;
    struct ms_span text; /* borrows the vector or the reader: valid until the next read */
};

struct ms_cell_reader { /* {0} is ready */
    struct ms_buffer scalar, nested;
};

struct ms_cell ms_cell_read(struct ms_cell_reader *reader, const struct ms_cell_type *type, duckdb_vector vector,
                            idx_t row);
void ms_cell_reader_fini(struct ms_cell_reader *reader);

/* The value as JSON, as NDJSON rows and nested values hold it. */
void ms_cell_json(struct ms_buffer *out, const struct ms_cell_type *type, struct ms_cell cell);

#endif
