#include "pipeline/user_patterns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

/* Few patterns: a search through all names will do. */
static uint32_t id_of(struct ms_user_patterns *p, const char *name)
{
    size_t i = 0;
    while (i < p->n_names && strcmp(p->names[i], name) != 0)
        i++;
    if (i == p->n_names) {
        p->names = ms_grow(p->names, &p->cap_names, p->n_names + 1, sizeof *p->names);
        p->names[p->n_names++] = ms_strdup(name);
    }
    return MS_USER_PATTERN + (uint32_t)i;
}

static enum ms_status add(struct ms_user_patterns *p, char *line, const char *where, struct ms_error *err)
{
    char *tab = strchr(line, '\t');
    const char *text = tab != NULL ? tab + 1 : line;
    if (tab != NULL)
        *tab = '\0';
    if (*line == '\0' || *text == '\0')
        return ms_fail(err, MS_ERR_USAGE, "%s: give a pattern, or a name, a tab and a pattern", where);
    p->items = ms_grow(p->items, &p->cap, p->n + 1, sizeof *p->items);
    p->items[p->n] = (struct ms_pattern){
        .id = id_of(p, line), .text = ms_strdup(text), .text_bytes = (uint32_t)strlen(text), .is_regex = true};
    p->n++;
    return MS_OK;
}

static enum ms_status read_lines(struct ms_user_patterns *p, FILE *file, const char *path, struct ms_error *err)
{
    enum ms_status st = MS_OK;
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    for (unsigned number = 1; st == MS_OK && (n = getline(&line, &cap, file)) >= 0; number++) {
        char *where = ms_sprintf("%s:%u", path, number);
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = '\0';
        if (strlen(line) != (size_t)n)
            st = ms_fail(err, MS_ERR_USAGE, "%s: a zero byte in a pattern; write \\x00", where);
        else if (n > UINT16_MAX)
            st = ms_fail(err, MS_ERR_USAGE, "%s: this line is too long", where);
        else if (n > 0 && line[0] != '#')
            st = add(p, line, where, err);
        free(where);
    }
    if (st == MS_OK && ferror(file))
        st = ms_fail(err, MS_ERR_IO, "%s: %s", path, strerror(errno));
    free(line);
    return st;
}

enum ms_status ms_user_patterns_read(struct ms_user_patterns **out, const char *path, struct ms_error *err)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return ms_fail(err, MS_ERR_USAGE, "%s: %s", path, strerror(errno));
    struct ms_user_patterns *p = ms_calloc(1, sizeof *p);
    enum ms_status st = read_lines(p, file, path, err);
    fclose(file);
    if (st == MS_OK && p->n == 0)
        st = ms_fail(err, MS_ERR_USAGE, "%s holds no pattern", path);
    if (st == MS_OK)
        *out = p;
    else
        ms_user_patterns_destroy(p);
    return st;
}

void ms_user_patterns_destroy(struct ms_user_patterns *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->n; i++)
        free((char *)p->items[i].text);
    for (size_t i = 0; i < p->n_names; i++)
        free(p->names[i]);
    free(p->items);
    free(p->names);
    free(p);
}
