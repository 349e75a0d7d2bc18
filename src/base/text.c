#include "base/text.h"

/* Length of the valid UTF-8 sequence at p (n > 0 bytes left), 0 if there is none: no overlong forms, no surrogates, nothing
 * above U+10FFFF. */
static size_t sequence_bytes(const unsigned char *p, size_t n)
{
    unsigned char c = p[0], low = 0x80, high = 0xBF;
    if (c < 0x80)
        return 1;
    size_t len = c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
    if (len == 0 || n < len)
        return 0;
    if (c == 0xE0)
        low = 0xA0;
    else if (c == 0xED)
        high = 0x9F;
    else if (c == 0xF0)
        low = 0x90;
    else if (c == 0xF4)
        high = 0x8F;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return len;
}

static bool is_valid(const unsigned char *p, size_t n)
{
    for (size_t i = 0, len; i < n; i += len) {
        len = sequence_bytes(p + i, n - i);
        if (len == 0)
            return false;
    }
    return true;
}

static size_t put_escaped(char *out, size_t at, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    if (out != NULL)
        memcpy(out + at, (char[]){'\\', 'x', digits[c >> 4], digits[c & 15]}, 4);
    return at + 4;
}

static size_t put_bytes(char *out, size_t at, const unsigned char *p, size_t n)
{
    if (out != NULL)
        memcpy(out + at, p, n);
    return at + n;
}

size_t ms_text_repair(struct ms_span text, char *out)
{
    const unsigned char *p = (const unsigned char *)text.p;
    if (text.n == 0)
        return 0;
    if (ms_text_is_ascii(text.p, text.n) || is_valid(p, text.n))
        return put_bytes(out, 0, p, text.n);
    size_t at = 0;
    for (size_t i = 0; i < text.n;) {
        size_t len = sequence_bytes(p + i, text.n - i);
        if (len == 0) {
            at = put_escaped(out, at, p[i++]);
            continue;
        }
        if (p[i] == '\\')
            at = put_bytes(out, at, p + i, 1);
        at = put_bytes(out, at, p + i, len);
        i += len;
    }
    return at;
}
