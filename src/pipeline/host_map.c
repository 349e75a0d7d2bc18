#include "pipeline/host_map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

enum { NAME_MAX_BYTES = 255 }; /* as ms_names_add_host takes it */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next word, NULL span if there is none. A # begins a comment only where a word could begin. */
static struct ms_span next_word(struct ms_span *rest)
{
    while (rest->n > 0 && is_blank(rest->p[0]))
        *rest = ms_span_of(rest->p + 1, rest->n - 1);
    if (rest->n == 0 || rest->p[0] == '#')
        return MS_SPAN_NULL;
    uint32_t n = 0;
    while (n < rest->n && !is_blank(rest->p[n]))
        n++;
    struct ms_span word = ms_span_of(rest->p, n);
    *rest = ms_span_of(rest->p + n, rest->n - n);
    return word;
}

static bool is_name(struct ms_span word)
{
    for (uint32_t i = 0; i < word.n; i++)
        if ((unsigned char)word.p[i] <= ' ' || word.p[i] == 127)
            return false;
    return word.n > 0 && word.n <= NAME_MAX_BYTES;
}

static enum ms_status read_line(struct ms_names *names, struct ms_span line, const char *where, struct ms_error *err)
{
    struct ms_span alias = next_word(&line);
    if (alias.p == NULL)
        return MS_OK;
    struct ms_span host = next_word(&line);
    if (!is_name(alias) || !is_name(host) || next_word(&line).p != NULL)
        return ms_fail(err, MS_ERR_USAGE, "%s: this is not `ALIAS HOST`, two names with a blank between them", where);
    if (!ms_names_set_alias(names, alias, host))
        return ms_fail(err, MS_ERR_USAGE, "%s: %.*s is another host already, or %.*s is one of its names", where,
                       (int)alias.n, alias.p, (int)host.n, host.p);
    return MS_OK;
}

enum ms_status ms_host_map_read(struct ms_names *names, const char *path, struct ms_error *err)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return ms_fail(err, MS_ERR_IO, "%s: %s", path, strerror(errno));
    enum ms_status st = MS_OK;
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    for (unsigned number = 1; st == MS_OK && (n = getline(&line, &cap, file)) >= 0; number++) {
        char *where = ms_sprintf("%s:%u", path, number);
        st = (size_t)n > UINT16_MAX ? ms_fail(err, MS_ERR_USAGE, "%s: this line is too long", where)
                                    : read_line(names, ms_span_of(line, (size_t)n), where, err);
        free(where);
    }
    if (st == MS_OK && ferror(file))
        st = ms_fail(err, MS_ERR_IO, "%s: %s", path, strerror(errno));
    free(line);
    fclose(file);
    return st;
}
