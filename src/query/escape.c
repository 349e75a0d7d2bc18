#include "query/escape.h"

#include <stdbool.h>

struct character {
    int32_t code;       /* code point; -1: a byte that is no valid UTF-8 */
    uint32_t len_bytes; /* 1..4 */
};

static bool continues(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* The character at text.p[at]. Overlong forms, surrogates and code points over 10FFFF are no valid UTF-8. */
static struct character character_at(struct ms_span text, uint32_t at)
{
    static const int32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t *p = (const uint8_t *)text.p + at;
    uint32_t left = text.n - at;
    if (p[0] < 0x80)
        return (struct character){p[0], 1};
    uint32_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || len > left)
        return (struct character){-1, 1};
    int32_t code = p[0] & (0xff >> (len + 1));
    for (uint32_t i = 1; i < len; i++) {
        if (!continues(p[i]))
            return (struct character){-1, 1};
        code = code << 6 | (p[i] & 0x3f);
    }
    if (code < least[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return (struct character){-1, 1};
    return (struct character){code, len};
}

static bool within(int32_t code, int32_t first, int32_t last)
{
    return code >= first && code <= last;
}

/* Steers a terminal, breaks a line, or makes text look like other text. */
static bool is_hidden(int32_t code)
{
    return code < 0x20 || within(code, 0x7f, 0x9f) || code == 0xad || within(code, 0x200b, 0x200f) ||
           within(code, 0x2028, 0x202e) || within(code, 0x2060, 0x206f) || code == 0xfeff ||
           within(code, 0xfff9, 0xfffb) || within(code, 0xe0000, 0xe0fff);
}

/* Terminal columns, near enough to align a table: combining marks 0, East Asian wide characters and pictographs 2. */
static size_t columns_of(int32_t code)
{
    if (within(code, 0x300, 0x36f) || within(code, 0xfe00, 0xfe0f))
        return 0;
    bool wide = within(code, 0x1100, 0x115f) || within(code, 0x2e80, 0xa4cf) || within(code, 0xac00, 0xd7a3) ||
                within(code, 0xf900, 0xfaff) || within(code, 0xfe30, 0xfe6f) || within(code, 0xff00, 0xff60) ||
                within(code, 0xffe0, 0xffe6) || within(code, 0x1f300, 0x1faff) || within(code, 0x20000, 0x3fffd);
    return wide ? 2 : 1;
}

static void append_hex_bytes(struct ms_buffer *out, const char *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        ms_buffer_printf(out, "\\x%02X", (uint8_t)p[i]);
}

static bool is_plain_ascii(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f;
}

/* Appends one character in the form for people; gives its columns. */
static size_t append_shown(struct ms_buffer *out, const char *p, struct character c)
{
    if (is_hidden(c.code)) {
        append_hex_bytes(out, p, c.len_bytes);
        return (size_t)4 * c.len_bytes;
    }
    ms_buffer_append(out, p, c.len_bytes);
    return columns_of(c.code);
}

size_t ms_escape_shown(struct ms_buffer *out, struct ms_span text, size_t max_width)
{
    static const char ellipsis[] = "…";
    size_t width = 0, cut_at = out->size_bytes, cut_width = 0; /* where the ellipsis would go */
    for (uint32_t at = 0; at < text.n;) {
        struct character c = character_at(text, at);
        size_t begin = out->size_bytes;
        size_t columns = append_shown(out, text.p + at, c);
        if (width + columns > max_width) {
            out->size_bytes = cut_at;
            ms_buffer_append(out, ellipsis, sizeof ellipsis - 1);
            return cut_width + 1;
        }
        if (width + 1 <= max_width) {
            cut_at = begin;
            cut_width = width;
        }
        width += columns;
        if (width + 1 <= max_width) {
            cut_at = out->size_bytes;
            cut_width = width;
        }
        at += c.len_bytes;
    }
    return width;
}

void ms_escape_message(struct ms_buffer *out, struct ms_span text)
{
    for (uint32_t at = 0; at < text.n;) {
        struct character c = character_at(text, at);
        if (c.code == '\n')
            ms_buffer_push(out, '\n');
        else
            append_shown(out, text.p + at, c);
        at += c.len_bytes;
    }
}

static void append_json_unit(struct ms_buffer *out, int32_t unit)
{
    ms_buffer_printf(out, "\\u%04x", (unsigned)unit);
}

static void append_json_hidden(struct ms_buffer *out, const char *p, struct character c)
{
    if (c.code < 0)
        ms_buffer_printf(out, "\\\\x%02X", (uint8_t)*p);
    else if (c.code == '\n' || c.code == '\t' || c.code == '\r')
        ms_buffer_append(out, c.code == '\n' ? "\\n" : c.code == '\t' ? "\\t" : "\\r", 2);
    else if (c.code < 0x10000)
        append_json_unit(out, c.code);
    else {
        append_json_unit(out, 0xd800 + ((c.code - 0x10000) >> 10));
        append_json_unit(out, 0xdc00 + ((c.code - 0x10000) & 0x3ff));
    }
}

void ms_escape_json(struct ms_buffer *out, struct ms_span text)
{
    ms_buffer_push(out, '"');
    for (uint32_t at = 0; at < text.n;) {
        uint32_t begin = at;
        while (at < text.n && is_plain_ascii((uint8_t)text.p[at]) && text.p[at] != '"' && text.p[at] != '\\')
            at++;
        ms_buffer_append(out, text.p + begin, at - begin);
        if (at == text.n)
            break;
        struct character c = character_at(text, at);
        if (is_hidden(c.code)) {
            append_json_hidden(out, text.p + at, c);
        } else {
            if (c.code == '"' || c.code == '\\')
                ms_buffer_push(out, '\\');
            ms_buffer_append(out, text.p + at, c.len_bytes);
        }
        at += c.len_bytes;
    }
    ms_buffer_push(out, '"');
}

static bool csv_needs_quotes(struct ms_span text)
{
    if (text.n == 0)
        return true;
    for (uint32_t i = 0; i < text.n; i++)
        if (text.p[i] == '"' || text.p[i] == ',')
            return true;
    return text.p[0] == ' ' || text.p[text.n - 1] == ' '; /* some readers trim */
}

void ms_escape_csv(struct ms_buffer *out, struct ms_span text)
{
    bool quotes = csv_needs_quotes(text);
    if (quotes)
        ms_buffer_push(out, '"');
    for (uint32_t at = 0; at < text.n;) {
        struct character c = character_at(text, at);
        if (c.code == '"')
            ms_buffer_push(out, '"');
        append_shown(out, text.p + at, c);
        at += c.len_bytes;
    }
    if (quotes)
        ms_buffer_push(out, '"');
}
