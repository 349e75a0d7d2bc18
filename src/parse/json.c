#include "parse/json.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "parse/event.h"

static void flush(struct ms_json *j)
{
    fwrite(j->buffer, 1, j->n, j->out);
    j->n = 0;
}

static void put(struct ms_json *j, const char *p, size_t n)
{
    if (j->n + n > sizeof j->buffer)
        flush(j);
    if (n > sizeof j->buffer) {
        fwrite(p, 1, n, j->out);
        return;
    }
    memcpy(j->buffer + j->n, p, n);
    j->n += n;
}

/* 0: as it is; else the letter behind the backslash, 'u' for the form with four digits. */
static char escape_of(unsigned char c)
{
    switch (c) {
    case '"':
    case '\\':
        return (char)c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return c < ' ' || c == 127 ? 'u' : 0;
    }
}

static void put_code_point(struct ms_json *j, unsigned code)
{
    static const char digits[] = "0123456789abcdef";
    char text[] = {'\\', 'u', '0', '0', digits[code >> 4], digits[code & 15]};
    put(j, text, sizeof text);
}

/* `s` is valid UTF-8. */
static void put_string(struct ms_json *j, struct ms_span s)
{
    const char *from = s.p, *end = s.p + s.n;
    put(j, "\"", 1);
    for (const char *p = s.p; p < end; p++) {
        unsigned char c = (unsigned char)*p;
        char escape = escape_of(c);
        bool is_c1 = c == 0xC2 && end - p > 1 && (unsigned char)p[1] < 0xA0; /* U+0080 to U+009F */
        if (!escape && !is_c1)
            continue;
        put(j, from, (size_t)(p - from));
        if (is_c1)
            put_code_point(j, (unsigned char)*++p);
        else if (escape == 'u')
            put_code_point(j, c);
        else
            put(j, (char[]){'\\', escape}, 2);
        from = p + 1;
    }
    put(j, from, (size_t)(end - from));
    put(j, "\"", 1);
}

static void put_name(struct ms_json *j, const char *name)
{
    if (j->any)
        put(j, ", ", 2);
    j->any = true;
    put_string(j, ms_span_str(name));
    put(j, ": ", 2);
}

void ms_json_begin(struct ms_json *j, FILE *out)
{
    j->out = out;
    j->n = 0;
    j->any = false;
    put(j, "{", 1);
}

void ms_json_text(struct ms_json *j, const char *name, struct ms_span text)
{
    if (text.p == NULL)
        return;
    put_name(j, name);
    if (ms_text_repair(text, NULL) == text.n) {
        put_string(j, text);
        return;
    }
    char *repaired = ms_malloc(4 * (size_t)text.n);
    size_t n = ms_text_repair(text, repaired);
    put_string(j, ms_span_of(repaired, n));
    free(repaired);
}

void ms_json_number(struct ms_json *j, const char *name, int64_t value)
{
    if (value == MS_NONE)
        return;
    char text[24];
    put_name(j, name);
    put(j, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)value));
}

void ms_json_null(struct ms_json *j, const char *name)
{
    put_name(j, name);
    put(j, "null", 4);
}

void ms_json_bool(struct ms_json *j, const char *name, bool value)
{
    put_name(j, name);
    put(j, value ? "true" : "false", value ? 4 : 5);
}

void ms_json_end(struct ms_json *j)
{
    put(j, "}\n", 2);
    flush(j);
}
