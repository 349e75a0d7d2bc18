/* One log line to the JSON object that `mailstrata parse` prints, and its fields one by one. For tests. */
#ifndef MS_TESTS_LINE_JSON_H
#define MS_TESTS_LINE_JSON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parse/parse.h"

/* The caller frees. The line is read from a block of exactly its size, so that ASan sees a read behind its end. */
static inline char *line_json(struct ms_parser *parser, struct ms_names *names, const char *line)
{
    size_t n = strlen(line), size;
    char *copy = malloc(n ? n : 1), *text = NULL;
    assert_non_null(copy);
    memcpy(copy, line, n);
    struct ms_event e;
    memset(&e.u, 0xa5, sizeof e.u); /* the dialect must fill what the role promises */
    ms_parse_line(parser, ms_span_of(copy, n), 0, &e);
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    ms_event_print_json(out, &e, names, "-", e.stamp_us);
    assert_int_equal(fclose(out), 0);
    free(copy);
    return text;
}

/* The value of a field as JSON text (a string with its quotes) in `out`; false: the object has no such field. */
static inline bool json_field(const char *json, const char *name, char *out, size_t size)
{
    char key[64];
    int n_key = snprintf(key, sizeof key, "\"%s\": ", name);
    bool quoted = false;
    for (const char *p = json; *p; p++) {
        if (!quoted && strncmp(p, key, (size_t)n_key) == 0) {
            const char *value = p + n_key, *end = value;
            if (*end == '"') {
                for (end++; *end != '"'; end++)
                    end += *end == '\\';
                end++;
            } else {
                end += strcspn(end, ",}");
            }
            assert_true((size_t)(end - value) < size);
            memcpy(out, value, (size_t)(end - value));
            out[end - value] = '\0';
            return true;
        }
        if (quoted && *p == '\\')
            p++;
        else if (*p == '"')
            quoted = !quoted;
    }
    return false;
}

#endif
