/* Time stamps of log lines to microseconds and back. The head (date and time to the second) is converted only when its text
 * differs from the last line's; fraction, offset and a trailing year are read each time.
 *
 * Forms: `Nov  3 10:00:00`, `Nov 03`, `Nov 3` (also `Nov  3 2024 10:00:00`, `Nov  3 10:00:00 2024`, `2024 Nov 3 10:00:00`);
 * `2024-05-01T12:34:56` with T or a blank, then an offset `Z`, `+02:00`, `+0200`, `+02` or none; `2024:05:01-12:34:56`.
 * Each may have a fraction of up to 9 digits behind `.` or `,`, of which microseconds are kept.
 *
 * A stamp with a year but no offset is local time of an unknown zone: read as UTC for now, with has_year set.
 * Thread rule: pure but for the memo, which has one owner. Never reads outside the span. */
#ifndef MS_PARSE_STAMP_H
#define MS_PARSE_STAMP_H

#include "base/span.h"

#define MS_STAMP_STAND_IN_YEAR 2000 /* a leap year, so that Feb 29 has a place */
#define MS_STAMP_HEAD_MAX 20        /* `Nov  3 2024 10:00:00` */
#define MS_STAMP_TEXT_MAX 48        /* room for ms_stamp_format */

struct ms_stamp {
    int64_t us; /* UTC; without a year: stand-in year, the source's zone */
    bool has_year;
    uint32_t n_bytes; /* length of its text; a blank or the end follows */
};

struct ms_stamp_head { /* what the head says */
    int64_t us;        /* of the head alone, as if in UTC */
    int64_t us_of_day;
    uint8_t n_bytes;
    uint8_t month, day;
    bool has_year, is_iso;
};

struct ms_stamp_memo { /* {0} is the empty memo */
    char text[MS_STAMP_HEAD_MAX];
    struct ms_stamp_head head; /* n_bytes 0: nothing remembered */
};

/* The stamp at the start of `text`; false (out untouched) if there is none or a part is out of range. A NULL memo converts
 * afresh; the result is the same. */
bool ms_stamp_read(struct ms_stamp_memo *memo, struct ms_span text, struct ms_stamp *out);

/* `2024-05-01T10:34:56.000000Z`; returns the length. Any int64 has a text. */
size_t ms_stamp_format(int64_t us, char out[MS_STAMP_TEXT_MAX]);

#endif
