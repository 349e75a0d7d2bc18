/* Time stamps of log lines to microseconds and back. The head (date and time to the second) is converted only when its text
 * differs from the last line's, and a stamp of which only the microseconds are new is known as a whole.
 *
 * Forms: `Nov  3 10:00:00`, `Nov 03`, `Nov 3` (also `Nov  3 2024 10:00:00`, `Nov  3 10:00:00 2024`, `2024 Nov 3 10:00:00`);
 * `2024-05-01T12:34:56` with T or a blank, then an offset `Z`, `+02:00`, `+0200`, `+02` or none; `2024:05:01-12:34:56`.
 * Each may have a fraction of up to 9 digits behind `.` or `,`, of which microseconds are kept.
 *
 * Thread rule: pure but for the memo, which has one owner. Never reads outside the span. */
#ifndef MS_PARSE_STAMP_H
#define MS_PARSE_STAMP_H

#include "base/span.h"
#include "parse/words.h"

#define MS_STAMP_STAND_IN_YEAR 2000 /* a leap year, so that Feb 29 has a place */
#define MS_STAMP_HEAD_MAX 20        /* `Nov  3 2024 10:00:00` */
#define MS_STAMP_TEXT_MAX 48        /* room for ms_stamp_format */

enum ms_stamp_year {                 /* what a stamp says of year and zone: members `has_year` */
                     MS_STAMP_OPEN,  /* neither */
                     MS_STAMP_WHOLE, /* both */
                     MS_STAMP_LOCAL  /* the year, not the zone */
};

struct ms_stamp {
    int64_t us;       /* UTC; without a zone as if it were UTC, without a year in the stand-in year */
    uint8_t has_year; /* enum ms_stamp_year */
    uint32_t n_bytes; /* length of its text; a blank or the end follows */
};

struct ms_stamp_head { /* what the head says */
    int64_t us;        /* of the head alone, as if in UTC */
    int64_t us_of_day;
    uint8_t n_bytes;
    uint8_t month, day;
    bool has_year, is_iso;
};

#define MS_STAMP_WHOLE_MAX 33 /* `2024-05-01T12:34:56.123456+02:00 ` */

struct ms_stamp_whole { /* a whole stamp with the blank behind it, but for the digits of a fraction of six */
    char text[32];
    uint32_t open;                 /* the bits of bytes that are not compared */
    uint8_t blank_at, fraction_at; /* where the six digits stand; 0: none, or compared like the rest */
    uint8_t has_year;
    int64_t us;      /* without those digits */
    uint64_t serial; /* same number, same time; 0: has digits that are not compared */
};

struct ms_stamp_memo { /* {0} is the empty memo */
    char text[MS_STAMP_HEAD_MAX];
    struct ms_stamp_head head; /* n_bytes 0: nothing remembered */
    /* The last two: lines of hosts whose clocks differ come mixed. */
    struct ms_stamp_whole wholes[2];
    unsigned older; /* of the two */
    uint64_t n_serials;
};

#define MS_STAMP_KNOWN_BYTES 48 /* what ms_stamp_known may look at */

/* The stamp at the start of `text`; false (out untouched) if there is none or a part is out of range. A NULL memo converts
 * afresh; the result is the same. */
bool ms_stamp_read(struct ms_stamp_memo *memo, struct ms_span text, struct ms_stamp *out);

/* The text starts as the last one did. Three overlapping loads cover any head of 14 to 20 bytes; a call of memcmp with a
 * length that varies costs more. At least 20 bytes are readable. */
static inline bool ms_stamp_same_head(const struct ms_stamp_memo *memo, const char *p)
{
    uint32_t n = memo->head.n_bytes;
    if (n == 0)
        return false;
    uint32_t last = n - 8, middle = last < 8 ? last : 8;
    return ((ms_load8(memo->text) ^ ms_load8(p)) | (ms_load8(memo->text + middle) ^ ms_load8(p + middle)) |
            (ms_load8(memo->text + last) ^ ms_load8(p + last))) == 0;
}

static inline bool ms_stamp_is_whole(const struct ms_stamp_whole *w, const char *p)
{
    return (ms_bytes_same(w->text, p) | w->open) == UINT32_MAX;
}

/* From now on other serials: whoever has kept one has nothing in hand. */
void ms_stamp_memo_renew(struct ms_stamp_memo *memo);

/* A stamp that is the last one or the one before it, but for its microseconds, and a blank behind, NULL if ms_stamp_read has to
 * look; when it does not, it would say *us and the result's has_year, unless what follows could be a year behind the clock.
 * MS_STAMP_KNOWN_BYTES are readable; what is believed is of one line, since none of it is a line end. */
__attribute__((always_inline)) static inline const struct ms_stamp_whole *
ms_stamp_known(const struct ms_stamp_memo *memo, const char *p, int64_t *us)
{
    const struct ms_stamp_whole *w = memo->wholes;
    if (!ms_stamp_is_whole(w, p) && !ms_stamp_is_whole(++w, p))
        return NULL;
    *us = w->us;
    if (w->fraction_at) {
        uint32_t fraction;
        if (!ms_word_digits(ms_load8(p + w->fraction_at) << 16 | MS_EACH_BYTE('0') >> 48, &fraction))
            return NULL;
        *us += fraction;
    }
    return p[w->blank_at] == ' ' ? w : NULL;
}

/* `2024-05-01T10:34:56.000000Z`; returns the length. Any int64 has a text. */
size_t ms_stamp_format(int64_t us, char out[MS_STAMP_TEXT_MAX]);

#endif
