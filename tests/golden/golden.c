/* golden LOG            prints each line of LOG as one JSON object
 * golden LOG EXPECTED   compares that with EXPECTED, shows the first difference, exit 1 if there is one */
#include <stdlib.h>

#include "parse/parse.h"

static bool read_log(FILE *log, const char *name, FILE *out)
{
    struct ms_names *names = ms_names_create();
    struct ms_parser *parser;
    struct ms_error err;
    if (ms_parser_create(&parser, names, NULL, NULL, &err) != MS_OK) {
        fprintf(stderr, "golden: %s\n", err.text);
        return false;
    }
    char *line = NULL;
    size_t cap = 0;
    uint64_t offset = 0;
    for (ssize_t n; (n = getline(&line, &cap, log)) > 0; offset += (uint64_t)n) {
        struct ms_event e;
        ms_parse_line(parser, ms_span_of(line, (size_t)n - (line[n - 1] == '\n')), offset, &e);
        ms_event_print_json(out, &e, names, name, e.stamp_us);
    }
    free(line);
    ms_parser_destroy(parser);
    ms_names_destroy(names);
    return true;
}

static char *read_all(FILE *f)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    for (int ch; out && (ch = getc(f)) != EOF;)
        putc(ch, out);
    if (!out || fclose(out) != 0)
        abort();
    return text;
}

/* Both are NUL-terminated: JSON text holds no NUL. */
static int compare(const char *got, const char *want)
{
    for (unsigned line = 1; *got || *want; line++) {
        size_t a = strcspn(got, "\n"), b = strcspn(want, "\n");
        if (a != b || memcmp(got, want, a) != 0) {
            fprintf(stderr, "line %u\n-%.*s\n+%.*s\nIf the new reading is right: tests/golden/bless.sh BUILD\n", line,
                    (int)b, want, (int)a, got);
            return 1;
        }
        got += a + (got[a] == '\n');
        want += b + (want[b] == '\n');
    }
    return 0;
}

int main(int argc, char **argv)
{
    FILE *log = argc > 1 ? fopen(argv[1], "r") : NULL;
    FILE *expected = argc > 2 ? fopen(argv[2], "r") : NULL;
    if (!log || (argc > 2 && !expected)) {
        fprintf(stderr, "usage: golden LOG [EXPECTED]\n");
        return 2;
    }
    const char *slash = strrchr(argv[1], '/'), *name = slash ? slash + 1 : argv[1];
    int result = 0;
    if (!expected) {
        result = read_log(log, name, stdout) ? 0 : 1;
    } else {
        char *got = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&got, &n);
        char *want = read_all(expected);
        result = out && read_log(log, name, out) && fclose(out) == 0 ? compare(got, want) : 1;
        free(got);
        free(want);
        fclose(expected);
    }
    fclose(log);
    return result;
}
