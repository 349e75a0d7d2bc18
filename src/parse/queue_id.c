/* Postfix queue IDs: the short form (microseconds and inode in hex) and the long form (seconds, microseconds, 'z', inode,
 * in a base-52 alphabet without vowels). Grammar and vectors: reference/postfix-log-lines.md 1.5. */
#include "parse/queue_id.h"

#include <string.h>

enum { IN_HEX = 1, IN_LONG = 2 };

#define DIGIT (IN_HEX | IN_LONG)
static const uint8_t class_of[256] = {
    ['0'] = DIGIT,   ['1'] = DIGIT,   ['2'] = DIGIT,   ['3'] = DIGIT,   ['4'] = DIGIT,   ['5'] = DIGIT,   ['6'] = DIGIT,
    ['7'] = DIGIT,   ['8'] = DIGIT,   ['9'] = DIGIT,   ['A'] = IN_HEX,  ['B'] = DIGIT,   ['C'] = DIGIT,   ['D'] = DIGIT,
    ['E'] = IN_HEX,  ['F'] = DIGIT,   ['G'] = IN_LONG, ['H'] = IN_LONG, ['J'] = IN_LONG, ['K'] = IN_LONG, ['L'] = IN_LONG,
    ['M'] = IN_LONG, ['N'] = IN_LONG, ['P'] = IN_LONG, ['Q'] = IN_LONG, ['R'] = IN_LONG, ['S'] = IN_LONG, ['T'] = IN_LONG,
    ['V'] = IN_LONG, ['W'] = IN_LONG, ['X'] = IN_LONG, ['Y'] = IN_LONG, ['Z'] = IN_LONG, ['b'] = IN_LONG, ['c'] = IN_LONG,
    ['d'] = IN_LONG, ['f'] = IN_LONG, ['g'] = IN_LONG, ['h'] = IN_LONG, ['j'] = IN_LONG, ['k'] = IN_LONG, ['l'] = IN_LONG,
    ['m'] = IN_LONG, ['n'] = IN_LONG, ['p'] = IN_LONG, ['q'] = IN_LONG, ['r'] = IN_LONG, ['s'] = IN_LONG, ['t'] = IN_LONG,
    ['v'] = IN_LONG, ['w'] = IN_LONG, ['x'] = IN_LONG, ['y'] = IN_LONG, ['z'] = IN_LONG,
};

static const char alphabet[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

enum { SHORT_MIN = 6, SHORT_MAX = 21, LONG_MAX_BYTES = 32, TIME_MIN = 10, USEC_DIGITS = 4 };

/* Value of base-52 digits; the alphabet is checked before. */
static int64_t base52(const char *p, size_t n)
{
    int64_t v = 0;
    for (size_t i = 0; i < n; i++) v = v * 52 + (strchr(alphabet, p[i]) - alphabet);
    return v;
}

/* Splits at the last 'z' ([p, p+n) is in the alphabet): the length of seconds + microseconds, 0 if it is no long ID. */
static size_t long_time_length(const char *p, size_t n)
{
    if (n < TIME_MIN + 2 || n > LONG_MAX_BYTES) return 0;
    const char *z = memrchr(p, 'z', n);
    if (!z || z - p < TIME_MIN || z + 1 == p + n) return 0;
    size_t len = (size_t)(z - p);
    return len <= 12 && base52(z - USEC_DIGITS, USEC_DIGITS) < 1000000 ? len : 0;
}

size_t ms_queue_id_length(const char *p, size_t n)
{
    uint8_t all = DIGIT;
    size_t i = 0;
    for (; i < n; i++) {
        uint8_t c = class_of[(unsigned char)p[i]];
        if (c == 0) break;
        all &= c;
    }
    if (all & IN_HEX) return i >= SHORT_MIN && i <= SHORT_MAX ? i : 0;
    if (all & IN_LONG) return long_time_length(p, i) ? i : 0;
    return 0;
}

bool ms_queue_id_valid(struct ms_span id)
{
    return id.n > 0 && ms_queue_id_length(id.p, id.n) == id.n;
}

bool ms_queue_id_time(struct ms_span id, int64_t *time_us)
{
    if (!ms_queue_id_valid(id) || !memchr(id.p, 'z', id.n)) return false;
    size_t len = long_time_length(id.p, id.n);
    *time_us = base52(id.p, len - USEC_DIGITS) * 1000000 + base52(id.p + len - USEC_DIGITS, USEC_DIGITS);
    return true;
}
