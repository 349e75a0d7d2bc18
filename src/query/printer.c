#include "query/printer.h"

#include <errno.h>
#include <stdlib.h>

#include "query/escape.h"

struct shown { /* a cell of a table: escaped, cut to width */
    struct ms_span text;
    size_t width;
    bool right; /* numbers stand at the right */
};

struct ms_printer {
    enum ms_format format;
    FILE *out;
    const struct ms_cell_type *columns;
    size_t n_columns;
    size_t at;       /* column of the next cell */
    int write_errno; /* of the first write that failed */
    struct ms_buffer line;
    /* NDJSON: `"name":` of each column; a name that occurs twice gets a number */
    struct ms_buffer *keys;
    /* table: the rows held back until the widths are known, then none */
    struct ms_arena arena;
    struct shown *held;
    size_t n_held, cap_held;
    size_t *widths;
    bool measured;
};

static void print_line(struct ms_printer *p)
{
    ms_buffer_push(&p->line, '\n');
    if (fwrite(p->line.data, 1, p->line.size_bytes, p->out) != p->line.size_bytes && p->write_errno == 0)
        p->write_errno = errno;
    p->line.size_bytes = 0;
}

/* ---- NDJSON ---- */

static bool key_is_taken(const struct ms_printer *p, size_t column)
{
    for (size_t i = 0; i < column; i++)
        if (p->keys[i].size_bytes == p->keys[column].size_bytes &&
            memcmp(p->keys[i].data, p->keys[column].data, p->keys[i].size_bytes) == 0)
            return true;
    return false;
}

static void set_key(struct ms_buffer *key, const char *name, unsigned ordinal)
{
    char *numbered = ordinal ? ms_sprintf("%s_%u", name, ordinal) : ms_strdup(name);
    key->size_bytes = 0;
    ms_escape_json(key, ms_span_str(numbered));
    ms_buffer_push(key, ':');
    free(numbered);
}

static void make_keys(struct ms_printer *p)
{
    p->keys = ms_calloc(p->n_columns, sizeof *p->keys);
    for (size_t i = 0; i < p->n_columns; i++) {
        unsigned ordinal = 0;
        do
            set_key(&p->keys[i], p->columns[i].name, ordinal++);
        while (key_is_taken(p, i));
    }
}

static void push_json(struct ms_printer *p, struct ms_cell cell)
{
    ms_buffer_push(&p->line, p->at == 0 ? '{' : ',');
    ms_buffer_append(&p->line, p->keys[p->at].data, p->keys[p->at].size_bytes);
    ms_cell_json(&p->line, &p->columns[p->at], cell);
}

/* ---- CSV ---- */

static void push_csv(struct ms_printer *p, struct ms_cell cell)
{
    if (p->at > 0)
        ms_buffer_push(&p->line, ',');
    if (cell.kind != MS_CELL_NULL)
        ms_escape_csv(&p->line, cell.text);
}

static void print_csv_header(struct ms_printer *p)
{
    for (p->at = 0; p->at < p->n_columns; p->at++)
        push_csv(p, (struct ms_cell){MS_CELL_TEXT, ms_span_str(p->columns[p->at].name)});
    p->at = 0;
    print_line(p);
}

/* ---- table ---- */

static void pad(struct ms_buffer *line, char with, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ms_buffer_push(line, with);
}

static void print_shown(struct ms_printer *p, const struct shown *row)
{
    for (size_t i = 0; i < p->n_columns; i++) {
        size_t missing = p->widths[i] > row[i].width ? p->widths[i] - row[i].width : 0;
        bool last = i + 1 == p->n_columns;
        pad(&p->line, ' ', i > 0 ? 2 : 0);
        pad(&p->line, ' ', row[i].right ? missing : 0);
        ms_buffer_append(&p->line, row[i].text.p, row[i].text.n);
        pad(&p->line, ' ', row[i].right || last ? 0 : missing);
    }
    print_line(p);
}

static struct shown show(struct ms_printer *p, struct ms_span text, bool right)
{
    size_t begin = p->line.size_bytes;
    size_t width = ms_escape_shown(&p->line, text, MS_PRINTER_MAX_WIDTH);
    struct ms_span escaped = ms_span_of(p->line.data ? p->line.data + begin : "", p->line.size_bytes - begin);
    struct shown shown = {ms_arena_copy(&p->arena, escaped), width, right};
    p->line.size_bytes = begin;
    return shown;
}

static void push_shown(struct ms_printer *p, struct shown shown)
{
    p->held = ms_grow(p->held, &p->cap_held, p->n_held + 1, sizeof *p->held);
    p->held[p->n_held++] = shown;
}

static bool is_number(duckdb_type id)
{
    return (id >= DUCKDB_TYPE_TINYINT && id <= DUCKDB_TYPE_DOUBLE) || id == DUCKDB_TYPE_HUGEINT ||
           id == DUCKDB_TYPE_UHUGEINT || id == DUCKDB_TYPE_DECIMAL;
}

static void print_rule(struct ms_printer *p)
{
    for (size_t i = 0; i < p->n_columns; i++) {
        pad(&p->line, ' ', i > 0 ? 2 : 0);
        pad(&p->line, '-', p->widths[i]);
    }
    print_line(p);
}

static void print_held(struct ms_printer *p)
{
    for (size_t at = 0; at < p->n_held; at += p->n_columns)
        print_shown(p, p->held + at);
    p->n_held = 0;
    ms_arena_reset(&p->arena);
}

/* Takes the widths from what is held (the header is its first row), prints it, and holds nothing back from now on. */
static void measure(struct ms_printer *p)
{
    for (size_t i = 0; i < p->n_held; i++)
        if (p->widths[i % p->n_columns] < p->held[i].width)
            p->widths[i % p->n_columns] = p->held[i].width;
    print_shown(p, p->held);
    print_rule(p);
    for (size_t at = p->n_columns; at < p->n_held; at += p->n_columns)
        print_shown(p, p->held + at);
    p->n_held = 0;
    ms_arena_reset(&p->arena);
    p->measured = true;
}

static void begin_table(struct ms_printer *p)
{
    p->widths = ms_calloc(p->n_columns, sizeof *p->widths);
    for (size_t i = 0; i < p->n_columns; i++)
        push_shown(p, show(p, ms_span_str(p->columns[i].name), is_number(p->columns[i].id)));
}

/* ---- all ---- */

struct ms_printer *ms_printer_create(enum ms_format format, FILE *out, const struct ms_cell_type *columns,
                                     size_t n_columns)
{
    struct ms_printer *p = ms_calloc(1, sizeof *p);
    *p = (struct ms_printer){.format = format, .out = out, .columns = columns, .n_columns = n_columns};
    if (format == MS_FORMAT_NDJSON)
        make_keys(p);
    else if (format == MS_FORMAT_CSV)
        print_csv_header(p);
    else
        begin_table(p);
    return p;
}

void ms_printer_cell(struct ms_printer *p, struct ms_cell cell)
{
    if (p->format == MS_FORMAT_NDJSON)
        push_json(p, cell);
    else if (p->format == MS_FORMAT_CSV)
        push_csv(p, cell);
    else
        push_shown(
            p, show(p, cell.kind == MS_CELL_NULL ? MS_SPAN_LIT("NULL") : cell.text, is_number(p->columns[p->at].id)));
    p->at++;
}

void ms_printer_row_end(struct ms_printer *p)
{
    MS_ASSERT(p->at == p->n_columns);
    p->at = 0;
    if (p->format == MS_FORMAT_NDJSON)
        ms_buffer_push(&p->line, '}');
    if (p->format != MS_FORMAT_TABLE)
        print_line(p);
    else if (p->measured)
        print_held(p);
    else if (p->n_held > MS_PRINTER_MEASURED * p->n_columns)
        measure(p);
}

int ms_printer_finish(struct ms_printer *p)
{
    if (p->format == MS_FORMAT_TABLE && !p->measured)
        measure(p);
    if (fflush(p->out) != 0 && p->write_errno == 0)
        p->write_errno = errno;
    return p->write_errno;
}

void ms_printer_destroy(struct ms_printer *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; p->keys != NULL && i < p->n_columns; i++)
        ms_buffer_fini(&p->keys[i]);
    free(p->keys);
    free(p->held);
    free(p->widths);
    ms_arena_fini(&p->arena);
    ms_buffer_fini(&p->line);
    free(p);
}
