#include "parse/sendmail_id.h"

#include <time.h>

/* 0-9A-Za-z are the digits 0 to 61, by one more; 0: no digit. */
static const uint8_t digit_of[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,  ['8'] = 9,
    ['9'] = 10, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16, ['G'] = 17, ['H'] = 18,
    ['I'] = 19, ['J'] = 20, ['K'] = 21, ['L'] = 22, ['M'] = 23, ['N'] = 24, ['O'] = 25, ['P'] = 26, ['Q'] = 27,
    ['R'] = 28, ['S'] = 29, ['T'] = 30, ['U'] = 31, ['V'] = 32, ['W'] = 33, ['X'] = 34, ['Y'] = 35, ['Z'] = 36,
    ['a'] = 37, ['b'] = 38, ['c'] = 39, ['d'] = 40, ['e'] = 41, ['f'] = 42, ['g'] = 43, ['h'] = 44, ['i'] = 45,
    ['j'] = 46, ['k'] = 47, ['l'] = 48, ['m'] = 49, ['n'] = 50, ['o'] = 51, ['p'] = 52, ['q'] = 53, ['r'] = 54,
    ['s'] = 55, ['t'] = 56, ['u'] = 57, ['v'] = 58, ['w'] = 59, ['x'] = 60, ['y'] = 61, ['z'] = 62,
};

enum { TIMED_MIN = 12, TIMED_MAX = 18, TIME_DIGITS = 6, HOURLY_MIN = 7, HOURLY_MAX = 12, FIRST_YEAR = 2000 };

static int digit(char c)
{
    return digit_of[(unsigned char)c] - 1;
}

static bool all_decimal(const char *p, const char *end)
{
    for (; p < end; p++)
        if ((unsigned char)(*p - '0') > 9)
            return false;
    return true;
}

/* A day and time of day that there is; all characters are digits of the alphabet. */
static bool is_time(const char *p)
{
    return digit(p[0]) < 60 && digit(p[1]) < 12 && digit(p[2]) >= 1 && digit(p[2]) <= 31 && digit(p[3]) < 24 &&
           digit(p[4]) < 60 && digit(p[5]) < 62;
}

/* [p, p+n) is in the alphabet. 7+5 digits (8.10, 8.11) or 8+6 (8.12), and longer pids. */
static bool is_timed(const char *p, size_t n)
{
    if (n < TIMED_MIN || n > TIMED_MAX || !is_time(p))
        return false;
    return n < 14 ? all_decimal(p + n - 5, p + n) : all_decimal(p + 8, p + n);
}

/* Letter of the hour, two of a counter, pid; or two letters and the pid (5.x). The counter may go on behind `Z`. */
static size_t hourly_length(const char *p, size_t n)
{
    if (n < HOURLY_MIN || p[0] < 'A' || p[0] > 'X' || p[1] < 'A' || p[1] > '~')
        return 0;
    size_t letters = p[2] >= 'A' && p[2] <= 'Z' ? 3 : p[0] == 'A' && p[1] == 'A' ? 2 : 0, i = letters;
    while (letters > 0 && i < n && i < HOURLY_MAX + 1 && (unsigned char)(p[i] - '0') <= 9)
        i++;
    return letters > 0 && i >= letters + 5 && i <= HOURLY_MAX && (letters == 3 || i == 7) ? i : 0;
}

enum ms_sendmail_id ms_sendmail_id_at(const char *p, size_t n, size_t *length)
{
    size_t i = 0;
    while (i < n && i <= TIMED_MAX && digit_of[(unsigned char)p[i]])
        i++;
    *length = i;
    if (is_timed(p, i))
        return MS_SENDMAIL_ID_TIMED;
    *length = hourly_length(p, n);
    return *length > 0 ? MS_SENDMAIL_ID_HOURLY : MS_SENDMAIL_ID_NONE;
}

enum ms_sendmail_id ms_sendmail_id_of(struct ms_span id)
{
    size_t n;
    enum ms_sendmail_id form = id.n > 0 ? ms_sendmail_id_at(id.p, id.n, &n) : MS_SENDMAIL_ID_NONE;
    return form != MS_SENDMAIL_ID_NONE && n == id.n ? form : MS_SENDMAIL_ID_NONE;
}

bool ms_sendmail_id_time(struct ms_span id, int64_t *time_us)
{
    if (ms_sendmail_id_of(id) != MS_SENDMAIL_ID_TIMED)
        return false;
    int year = (digit(id.p[0]) + 1900 - FIRST_YEAR) % 60;
    struct tm tm = {.tm_year = FIRST_YEAR - 1900 + (year < 0 ? year + 60 : year),
                    .tm_mon = digit(id.p[1]),
                    .tm_mday = digit(id.p[2]),
                    .tm_hour = digit(id.p[3]),
                    .tm_min = digit(id.p[4]),
                    .tm_sec = digit(id.p[5])};
    *time_us = (int64_t)timegm(&tm) * 1000000;
    return tm.tm_mon == digit(id.p[1]); /* there is no 30 February */
}

uint32_t ms_sendmail_connection(struct ms_span id)
{
    static const uint32_t bases[TIME_DIGITS] = {60, 12, 32, 24, 60, 62}; /* their product fits */
    uint32_t n = 0;
    if (ms_sendmail_id_of(id) != MS_SENDMAIL_ID_TIMED)
        return 0;
    for (unsigned i = 0; i < TIME_DIGITS; i++)
        n = n * bases[i] + (uint32_t)digit(id.p[i]);
    return n + 1;
}
