#include "query/cell.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "query/escape.h"

/* ---- types ---- */

static bool ends_in_id(const char *name)
{
    size_t n = strlen(name);
    return n >= 3 && strcmp(name + n - 3, "_id") == 0;
}

static bool is_wide_integer(duckdb_type id)
{
    return id == DUCKDB_TYPE_BIGINT || id == DUCKDB_TYPE_UBIGINT || id == DUCKDB_TYPE_HUGEINT ||
           id == DUCKDB_TYPE_UHUGEINT;
}

static enum ms_status init_child(struct ms_cell_type *type, size_t i, const char *name, duckdb_logical_type logical,
                                 struct ms_error *err)
{
    type->n_children = i + 1;
    return ms_cell_type_init(&type->children[i], name, logical, err);
}

static enum ms_status init_fields(struct ms_cell_type *type, struct ms_error *err)
{
    size_t n = duckdb_struct_type_child_count(type->logical);
    type->children = ms_calloc(n, sizeof *type->children);
    enum ms_status st = MS_OK;
    for (size_t i = 0; i < n && st == MS_OK; i++) {
        char *name = duckdb_struct_type_child_name(type->logical, i);
        st = init_child(type, i, name, duckdb_struct_type_child_type(type->logical, i), err);
        duckdb_free(name);
    }
    return st;
}

static enum ms_status init_entry(struct ms_cell_type *type, duckdb_logical_type entry, struct ms_error *err)
{
    type->children = ms_calloc(1, sizeof *type->children);
    return init_child(type, 0, type->name, entry, err);
}

enum ms_status ms_cell_type_init(struct ms_cell_type *type, const char *name, duckdb_logical_type logical,
                                 struct ms_error *err)
{
    *type = (struct ms_cell_type){.name = ms_strdup(name), .id = duckdb_get_type_id(logical), .logical = logical};
    type->is_id = is_wide_integer(type->id) && ends_in_id(name);
    switch (type->id) {
    case DUCKDB_TYPE_DECIMAL:
        type->storage = duckdb_decimal_internal_type(logical);
        type->scale = duckdb_decimal_scale(logical);
        return MS_OK;
    case DUCKDB_TYPE_ENUM:
        type->storage = duckdb_enum_internal_type(logical);
        return MS_OK;
    case DUCKDB_TYPE_STRUCT:
        return init_fields(type, err);
    case DUCKDB_TYPE_LIST:
    case DUCKDB_TYPE_MAP: /* stored as a list of structs {key, value} */
        return init_entry(type, duckdb_list_type_child_type(logical), err);
    case DUCKDB_TYPE_ARRAY:
        type->array_size = duckdb_array_type_array_size(logical);
        return init_entry(type, duckdb_array_type_child_type(logical), err);
    case DUCKDB_TYPE_INVALID:
    case DUCKDB_TYPE_UNION:
    case DUCKDB_TYPE_BIT:
    case DUCKDB_TYPE_BIGNUM:
    case DUCKDB_TYPE_ANY:
        break;
    default:
        if (type->id <= DUCKDB_TYPE_TIME_NS)
            return MS_OK;
    }
    return ms_fail(err, MS_ERR_USAGE,
                   "the column \"%s\" is of a type that has no text form here: write CAST(... AS VARCHAR)", name);
}

void ms_cell_type_fini(struct ms_cell_type *type)
{
    for (size_t i = 0; i < type->n_children; i++)
        ms_cell_type_fini(&type->children[i]);
    free(type->children);
    free(type->name);
    if (type->logical != NULL)
        duckdb_destroy_logical_type(&type->logical);
    *type = (struct ms_cell_type){0};
}

/* ---- scalars ---- */

static void append_int128(struct ms_buffer *out, bool negative, unsigned __int128 magnitude, unsigned scale)
{
    char digits[48];
    size_t at = sizeof digits;
    unsigned n = 0;
    while (magnitude != 0 || n <= scale) { /* at least one digit in front of the point */
        if (n == scale && scale > 0)
            digits[--at] = '.';
        digits[--at] = (char)('0' + (int)(magnitude % 10));
        magnitude /= 10;
        n++;
    }
    if (negative)
        digits[--at] = '-';
    ms_buffer_append(out, digits + at, sizeof digits - at);
}

static void append_signed(struct ms_buffer *out, __int128 value, unsigned scale)
{
    append_int128(out, value < 0, value < 0 ? -(unsigned __int128)value : (unsigned __int128)value, scale);
}

/* Any integer but the unsigned one of 128 bits. */
static __int128 integer_at(duckdb_type id, const void *data, idx_t row)
{
    switch (id) {
    case DUCKDB_TYPE_TINYINT:
        return ((const int8_t *)data)[row];
    case DUCKDB_TYPE_SMALLINT:
        return ((const int16_t *)data)[row];
    case DUCKDB_TYPE_INTEGER:
        return ((const int32_t *)data)[row];
    case DUCKDB_TYPE_BIGINT:
        return ((const int64_t *)data)[row];
    case DUCKDB_TYPE_UTINYINT:
        return ((const uint8_t *)data)[row];
    case DUCKDB_TYPE_USMALLINT:
        return ((const uint16_t *)data)[row];
    case DUCKDB_TYPE_UINTEGER:
        return ((const uint32_t *)data)[row];
    case DUCKDB_TYPE_UBIGINT:
        return ((const uint64_t *)data)[row];
    case DUCKDB_TYPE_HUGEINT: {
        duckdb_hugeint h = ((const duckdb_hugeint *)data)[row];
        return (__int128)((unsigned __int128)(uint64_t)h.upper << 64 | h.lower);
    }
    default:
        MS_ASSERT(!"integer type");
    }
}

/* The shortest text that reads back as the same number; false if it is no JSON number (infinite, not a number). */
static bool append_double(struct ms_buffer *out, double value, bool is_float)
{
    if (!isfinite(value)) {
        ms_buffer_printf(out, "%s", isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
        return false;
    }
    char text[40];
    for (int digits = is_float ? 6 : 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (is_float ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value)
            break;
    }
    ms_buffer_append(out, text, strlen(text));
    return true;
}

static void append_date(struct ms_buffer *out, duckdb_date date)
{
    if (!duckdb_is_finite_date(date)) {
        ms_buffer_printf(out, "%s", date.days < 0 ? "-infinity" : "infinity");
        return;
    }
    duckdb_date_struct d = duckdb_from_date(date);
    ms_buffer_printf(out, "%04d-%02d-%02d", (int)d.year, (int)d.month, (int)d.day);
}

static void append_timestamp(struct ms_buffer *out, duckdb_timestamp stamp, const char *zone)
{
    if (!duckdb_is_finite_timestamp(stamp)) {
        ms_buffer_printf(out, "%s", stamp.micros < 0 ? "-infinity" : "infinity");
        return;
    }
    duckdb_timestamp_struct t = duckdb_from_timestamp(stamp);
    ms_buffer_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%06d%s", (int)t.date.year, (int)t.date.month, (int)t.date.day,
                     (int)t.time.hour, (int)t.time.min, (int)t.time.sec, (int)t.time.micros, zone);
}

/* Rare types are left to DuckDB's own text. Takes over the value. */
static void append_by_duckdb(struct ms_buffer *out, duckdb_value value)
{
    char *text = duckdb_get_varchar(value);
    if (text != NULL)
        ms_buffer_append(out, text, strlen(text));
    duckdb_free(text);
    duckdb_destroy_value(&value);
}

static duckdb_value rare_value_at(duckdb_type id, void *data, idx_t row)
{
    switch (id) {
    case DUCKDB_TYPE_TIME:
        return duckdb_create_time(((duckdb_time *)data)[row]);
    case DUCKDB_TYPE_TIME_NS:
        return duckdb_create_time_ns(((duckdb_time_ns *)data)[row]);
    case DUCKDB_TYPE_TIME_TZ:
        return duckdb_create_time_tz_value(((duckdb_time_tz *)data)[row]);
    case DUCKDB_TYPE_TIMESTAMP_S:
        return duckdb_create_timestamp_s(((duckdb_timestamp_s *)data)[row]);
    case DUCKDB_TYPE_TIMESTAMP_MS:
        return duckdb_create_timestamp_ms(((duckdb_timestamp_ms *)data)[row]);
    case DUCKDB_TYPE_TIMESTAMP_NS:
        return duckdb_create_timestamp_ns(((duckdb_timestamp_ns *)data)[row]);
    case DUCKDB_TYPE_INTERVAL:
        return duckdb_create_interval(((duckdb_interval *)data)[row]);
    case DUCKDB_TYPE_BLOB: {
        duckdb_string_t *s = (duckdb_string_t *)data + row;
        return duckdb_create_blob((const uint8_t *)duckdb_string_t_data(s), duckdb_string_t_length(*s));
    }
    case DUCKDB_TYPE_UUID: { /* stored with the top bit turned round, so that it sorts as a signed number */
        duckdb_uhugeint u = ((duckdb_uhugeint *)data)[row];
        u.upper ^= (uint64_t)1 << 63;
        return duckdb_create_uuid(u);
    }
    default:
        MS_ASSERT(!"type let through by ms_cell_type_init");
    }
}

static void append_enum(struct ms_buffer *out, const struct ms_cell_type *type, const void *data, idx_t row)
{
    char *name = duckdb_enum_dictionary_value(type->logical, (idx_t)integer_at(type->storage, data, row));
    ms_buffer_append(out, name, strlen(name));
    duckdb_free(name);
}

static struct ms_cell finished(enum ms_cell_kind kind, const struct ms_buffer *b)
{
    return (struct ms_cell){kind, ms_span_of(b->data ? b->data : "", b->size_bytes)};
}

static struct ms_cell read_scalar(struct ms_buffer *b, const struct ms_cell_type *type, void *data, idx_t row)
{
    b->size_bytes = 0;
    switch (type->id) {
    case DUCKDB_TYPE_BOOLEAN:
        return (struct ms_cell){MS_CELL_BOOL, ms_span_str(((const bool *)data)[row] ? "true" : "false")};
    case DUCKDB_TYPE_VARCHAR: {
        duckdb_string_t *s = (duckdb_string_t *)data + row;
        return (struct ms_cell){MS_CELL_TEXT, ms_span_of(duckdb_string_t_data(s), duckdb_string_t_length(*s))};
    }
    case DUCKDB_TYPE_UHUGEINT: {
        duckdb_uhugeint u = ((const duckdb_uhugeint *)data)[row];
        append_int128(b, false, (unsigned __int128)u.upper << 64 | u.lower, 0);
        return finished(MS_CELL_NUMBER, b);
    }
    case DUCKDB_TYPE_DECIMAL:
        append_signed(b, integer_at(type->storage, data, row), type->scale);
        return finished(MS_CELL_NUMBER, b);
    case DUCKDB_TYPE_FLOAT:
        return finished(append_double(b, ((const float *)data)[row], true) ? MS_CELL_NUMBER : MS_CELL_TEXT, b);
    case DUCKDB_TYPE_DOUBLE:
        return finished(append_double(b, ((const double *)data)[row], false) ? MS_CELL_NUMBER : MS_CELL_TEXT, b);
    case DUCKDB_TYPE_DATE:
        append_date(b, ((const duckdb_date *)data)[row]);
        return finished(MS_CELL_TEXT, b);
    case DUCKDB_TYPE_TIMESTAMP:
        append_timestamp(b, ((const duckdb_timestamp *)data)[row], ""); /* no zone is known: none is claimed */
        return finished(MS_CELL_TEXT, b);
    case DUCKDB_TYPE_TIMESTAMP_TZ:
        append_timestamp(b, ((const duckdb_timestamp *)data)[row], "Z");
        return finished(MS_CELL_TEXT, b);
    case DUCKDB_TYPE_ENUM:
        append_enum(b, type, data, row);
        return finished(MS_CELL_TEXT, b);
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
        append_signed(b, integer_at(type->id, data, row), 0);
        return finished(MS_CELL_NUMBER, b);
    default:
        append_by_duckdb(b, rare_value_at(type->id, data, row));
        return finished(MS_CELL_TEXT, b);
    }
}

/* ---- nested values ---- */

static void append_nested(struct ms_cell_reader *reader, const struct ms_cell_type *type, duckdb_vector vector,
                          idx_t row);

static bool is_null(duckdb_vector vector, idx_t row)
{
    uint64_t *validity = duckdb_vector_get_validity(vector);
    return validity != NULL && !duckdb_validity_row_is_valid(validity, row);
}

static bool is_nested(duckdb_type id)
{
    return id == DUCKDB_TYPE_LIST || id == DUCKDB_TYPE_STRUCT || id == DUCKDB_TYPE_MAP || id == DUCKDB_TYPE_ARRAY;
}

static void append_any(struct ms_cell_reader *reader, const struct ms_cell_type *type, duckdb_vector vector, idx_t row)
{
    if (is_null(vector, row))
        ms_buffer_append(&reader->nested, "null", 4);
    else if (is_nested(type->id))
        append_nested(reader, type, vector, row);
    else
        ms_cell_json(&reader->nested, type, read_scalar(&reader->scalar, type, duckdb_vector_get_data(vector), row));
}

static void append_entries(struct ms_cell_reader *reader, const struct ms_cell_type *entry, duckdb_vector entries,
                           idx_t first, idx_t n)
{
    ms_buffer_push(&reader->nested, '[');
    for (idx_t i = 0; i < n; i++) {
        if (i > 0)
            ms_buffer_push(&reader->nested, ',');
        append_any(reader, entry, entries, first + i);
    }
    ms_buffer_push(&reader->nested, ']');
}

static void append_nested(struct ms_cell_reader *reader, const struct ms_cell_type *type, duckdb_vector vector,
                          idx_t row)
{
    if (type->id == DUCKDB_TYPE_ARRAY) {
        append_entries(reader, type->children, duckdb_array_vector_get_child(vector), row * type->array_size,
                       type->array_size);
        return;
    }
    if (type->id != DUCKDB_TYPE_STRUCT) {
        duckdb_list_entry entry = ((duckdb_list_entry *)duckdb_vector_get_data(vector))[row];
        append_entries(reader, type->children, duckdb_list_vector_get_child(vector), entry.offset, entry.length);
        return;
    }
    for (size_t i = 0; i < type->n_children; i++) {
        ms_buffer_push(&reader->nested, i == 0 ? '{' : ',');
        ms_escape_json(&reader->nested, ms_span_str(type->children[i].name));
        ms_buffer_push(&reader->nested, ':');
        append_any(reader, &type->children[i], duckdb_struct_vector_get_child(vector, i), row);
    }
    ms_buffer_push(&reader->nested, '}');
}

struct ms_cell ms_cell_read(struct ms_cell_reader *reader, const struct ms_cell_type *type, duckdb_vector vector,
                            idx_t row)
{
    if (is_null(vector, row))
        return (struct ms_cell){MS_CELL_NULL, MS_SPAN_NULL};
    if (!is_nested(type->id))
        return read_scalar(&reader->scalar, type, duckdb_vector_get_data(vector), row);
    reader->nested.size_bytes = 0;
    append_nested(reader, type, vector, row);
    return finished(MS_CELL_JSON, &reader->nested);
}

void ms_cell_reader_fini(struct ms_cell_reader *reader)
{
    ms_buffer_fini(&reader->scalar);
    ms_buffer_fini(&reader->nested);
}

void ms_cell_json(struct ms_buffer *out, const struct ms_cell_type *type, struct ms_cell cell)
{
    if (cell.kind == MS_CELL_NULL)
        ms_buffer_append(out, "null", 4);
    else if (cell.kind == MS_CELL_TEXT || type->is_id)
        ms_escape_json(out, cell.text);
    else
        ms_buffer_append(out, cell.text.p, cell.text.n);
}
