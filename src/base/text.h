/* Log text as DESIGN 4 writes it: valid UTF-8 as it is; a byte that is none becomes \xNN, and a backslash in such a value
 * becomes two. Thread rule: pure. */
#ifndef MS_BASE_TEXT_H
#define MS_BASE_TEXT_H

#include "base/span.h"

/* Whether all bytes are below 0x80. Reads only [p, p + n): the last word overlaps the one before. */
static inline bool ms_text_is_ascii(const char *p, size_t n)
{
    uint64_t a, b, high = 0;
    if (n >= 16) {
        for (size_t i = 0; i + 16 <= n; i += 16) {
            memcpy(&a, p + i, 8);
            memcpy(&b, p + i + 8, 8);
            high |= a | b;
        }
        memcpy(&a, p + n - 16, 8);
        memcpy(&b, p + n - 8, 8);
        high |= a | b;
    } else if (n >= 8) {
        memcpy(&a, p, 8);
        memcpy(&b, p + n - 8, 8);
        high = a | b;
    } else {
        for (size_t i = 0; i < n; i++)
            high |= (unsigned char)p[i];
    }
    return (high & UINT64_C(0x8080808080808080)) == 0;
}

/* Writes the repaired text and gives its length (at most 4 * text.n). `out` may be NULL to ask only for the length;
 * it is text.n exactly if the text is fine as it is. */
size_t ms_text_repair(struct ms_span text, char *out);

#endif
