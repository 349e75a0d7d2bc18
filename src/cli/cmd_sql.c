#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/command.h"
#include "cli/interrupt.h"

#define SQL_MAX_BYTES ((size_t)64 << 20)

/* All of `in`, with a '\0' behind it. */
static enum ms_status read_all(struct ms_buffer *sql, FILE *in, const char *name, struct ms_error *err)
{
    char piece[1 << 14];
    size_t n;
    while ((n = fread(piece, 1, sizeof piece, in)) > 0) {
        if (sql->size_bytes + n > SQL_MAX_BYTES)
            return ms_fail(err, MS_ERR_USAGE, "%s: more than 64 MiB of SQL", name);
        if (memchr(piece, '\0', n) != NULL)
            return ms_fail(err, MS_ERR_USAGE, "%s: this is not text (a NUL byte in it)", name);
        ms_buffer_append(sql, piece, n);
    }
    if (ferror(in))
        return ms_fail(err, MS_ERR_IO, "%s: %s", name, strerror(errno));
    ms_buffer_push(sql, '\0');
    return MS_OK;
}

static enum ms_status read_file(struct ms_buffer *sql, const char *path, struct ms_error *err)
{
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return ms_fail(err, MS_ERR_USAGE, "-f %s: %s", path, strerror(errno));
    enum ms_status st = read_all(sql, in, path, err);
    fclose(in);
    return st;
}

static enum ms_status read_sql(struct ms_buffer *sql, const struct ms_args *args, struct ms_error *err)
{
    if (args->n_operands == 2) {
        ms_buffer_append(sql, args->operands[1], strlen(args->operands[1]) + 1);
        return MS_OK;
    }
    return args->sql_file != NULL ? read_file(sql, args->sql_file, err) : read_all(sql, stdin, "standard input", err);
}

enum ms_status ms_cmd_sql(const struct ms_args *args, bool *incomplete, struct ms_error *err)
{
    (void)incomplete;
    struct ms_buffer sql = {0};
    struct ms_query *query = NULL;
    enum ms_status st = read_sql(&sql, args, err);
    if (st == MS_OK) {
        ms_interrupt_block();
        st = ms_query_open(&query, args->operands[0], err);
    }
    if (st == MS_OK) {
        ms_interrupt_begin(query);
        st = ms_query_run(query, sql.data, args->format, stdout, NULL, err);
        ms_interrupt_end();
    }
    ms_query_close(query);
    ms_buffer_fini(&sql);
    return st;
}
