/* Postfix queue IDs: the short form (microseconds and inode in hex) and the long form (seconds, microseconds, 'z', inode,
 * in a base-52 alphabet without vowels). Grammar and vectors: reference/postfix-log-lines.md 1.5. */
#include "parse/queue_id.h"

#include <string.h>

#include "parse/exim_id.h"

/* Each byte's value as a base-52 digit, and which alphabets it is in. Bytes of no alphabet are 0. */
enum { VALUE = 0x3f, HEX = 0x40, LONG = 0x80, BOTH = HEX | LONG };

static const uint8_t digit_of[256] = {
    ['0'] = BOTH | 0,  ['1'] = BOTH | 1,  ['2'] = BOTH | 2,  ['3'] = BOTH | 3,  ['4'] = BOTH | 4,  ['5'] = BOTH | 5,
    ['6'] = BOTH | 6,  ['7'] = BOTH | 7,  ['8'] = BOTH | 8,  ['9'] = BOTH | 9,  ['A'] = HEX,       ['B'] = BOTH | 10,
    ['C'] = BOTH | 11, ['D'] = BOTH | 12, ['E'] = HEX,       ['F'] = BOTH | 13, ['G'] = LONG | 14, ['H'] = LONG | 15,
    ['J'] = LONG | 16, ['K'] = LONG | 17, ['L'] = LONG | 18, ['M'] = LONG | 19, ['N'] = LONG | 20, ['P'] = LONG | 21,
    ['Q'] = LONG | 22, ['R'] = LONG | 23, ['S'] = LONG | 24, ['T'] = LONG | 25, ['V'] = LONG | 26, ['W'] = LONG | 27,
    ['X'] = LONG | 28, ['Y'] = LONG | 29, ['Z'] = LONG | 30, ['b'] = LONG | 31, ['c'] = LONG | 32, ['d'] = LONG | 33,
    ['f'] = LONG | 34, ['g'] = LONG | 35, ['h'] = LONG | 36, ['j'] = LONG | 37, ['k'] = LONG | 38, ['l'] = LONG | 39,
    ['m'] = LONG | 40, ['n'] = LONG | 41, ['p'] = LONG | 42, ['q'] = LONG | 43, ['r'] = LONG | 44, ['s'] = LONG | 45,
    ['t'] = LONG | 46, ['v'] = LONG | 47, ['w'] = LONG | 48, ['x'] = LONG | 49, ['y'] = LONG | 50, ['z'] = LONG | 51,
};

enum { SHORT_MIN = 6, SHORT_MAX = 21, LONG_MAX_BYTES = 32, TIME_MIN = 10, USEC_DIGITS = 4 };

/* Value of base-52 digits; the alphabet is checked before. */
static int64_t base52(const char *p, size_t n)
{
    int64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v * 52 + (digit_of[(unsigned char)p[i]] & VALUE);
    return v;
}

/* Splits at the last 'z' ([p, p+n) is in the alphabet): the length of seconds + microseconds, 0 if it is no long ID. */
static size_t long_time_length(const char *p, size_t n)
{
    if (n < TIME_MIN + 2 || n > LONG_MAX_BYTES)
        return 0;
    const char *z = memrchr(p, 'z', n);
    if (!z || z - p < TIME_MIN || z + 1 == p + n)
        return 0;
    size_t len = (size_t)(z - p);
    return len <= 12 && base52(z - USEC_DIGITS, USEC_DIGITS) < 1000000 ? len : 0;
}

size_t ms_queue_id_length(const char *p, size_t n)
{
    uint8_t all = BOTH;
    size_t i = 0;
    for (; i < n; i++) {
        uint8_t c = digit_of[(unsigned char)p[i]];
        if (c == 0)
            break;
        all &= c;
    }
    if (all & HEX)
        return i >= SHORT_MIN && i <= SHORT_MAX ? i : 0;
    if (all & LONG)
        return long_time_length(p, i) ? i : 0;
    return 0;
}

bool ms_queue_id_valid(struct ms_span id)
{
    return id.n > 0 && ms_queue_id_length(id.p, id.n) == id.n;
}

bool ms_queue_id_time(struct ms_span id, int64_t *time_us)
{
    if (id.n > 6 && id.p[6] == '-')
        return ms_exim_id_time(id, time_us);
    if (id.n == 0 || memchr(id.p, 'z', id.n) == NULL || !ms_queue_id_valid(id))
        return false;
    size_t len = long_time_length(id.p, id.n);
    *time_us = base52(id.p, len - USEC_DIGITS) * 1000000 + base52(id.p + len - USEC_DIGITS, USEC_DIGITS);
    return true;
}
