/* Exim's message IDs: seconds, pid and a part of a second, in base 62 (exim-log-lines.md 2). */
#include "parse/exim_id.h"

#include "parse/fields.h"

enum { NO_DIGIT = 0xff, SHORT_BYTES = 16, LONG_BYTES = 23, TIME_DIGITS = 6 };

/* 0-9, A-Z, a-z are 0 to 61. */
static unsigned digit_of(char ch)
{
    if (ms_is_digit(ch))
        return (unsigned)(ch - '0');
    if ((unsigned char)(ch - 'A') < 26)
        return (unsigned)(ch - 'A') + 10;
    return (unsigned char)(ch - 'a') < 26 ? (unsigned)(ch - 'a') + 36 : NO_DIGIT;
}

static bool are_digits(const char *p, size_t n)
{
    unsigned all = 0;
    for (size_t i = 0; i < n; i++)
        all |= digit_of(p[i]);
    return (all & 0x80) == 0;
}

static bool is_id(const char *p, size_t n)
{
    size_t middle = n == SHORT_BYTES ? 6 : 11, last = n == SHORT_BYTES ? 2 : 4;
    return p[6] == '-' && p[7 + middle] == '-' && are_digits(p, 6) && are_digits(p + 7, middle) &&
           are_digits(p + 8 + middle, last);
}

size_t ms_exim_id_length(const char *p, size_t n)
{
    if (n < SHORT_BYTES || p[TIME_DIGITS] != '-')
        return 0;
    size_t length = p[13] == '-' ? SHORT_BYTES : LONG_BYTES;
    if (n < length || !is_id(p, length))
        return 0;
    bool goes_on = n > length && (digit_of(p[length]) != NO_DIGIT || p[length] == '-');
    return goes_on ? 0 : length;
}

bool ms_exim_id_valid(struct ms_span id)
{
    return id.n > 0 && ms_exim_id_length(id.p, id.n) == id.n;
}

bool ms_exim_id_time(struct ms_span id, int64_t *time_us)
{
    if (!ms_exim_id_valid(id) || id.p[0] > '2') /* another base, on systems that know no capitals, or no ID */
        return false;
    int64_t seconds = 0;
    for (int i = 0; i < TIME_DIGITS; i++)
        seconds = seconds * 62 + digit_of(id.p[i]);
    int64_t us = 0;
    if (id.n == LONG_BYTES) { /* of the short form, the unit of the last part depends on the version */
        int64_t part = 0;
        for (int i = LONG_BYTES - 4; i < LONG_BYTES; i++)
            part = part * 62 + digit_of(id.p[i]);
        us = part < 1000000 ? part : 0; /* more: a host's number is in it, and another unit */
    }
    *time_us = seconds * 1000000 + us;
    return true;
}
