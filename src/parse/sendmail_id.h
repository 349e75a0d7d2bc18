/* Queue IDs of sendmail (reference/sendmail-log-lines.md 2). Pure; any thread.
 *
 * Since 8.10 an ID holds a time in UTC and a process: year mod 60, month, day, hour, minute, second (a character each), one or
 * two of a sequence, and the pid. The time is when the process began to count, so a lower bound of the mail's own: the first
 * mail of a connection has it to the second, later ones repeat it. Such IDs come again after 60 years only. Before 8.10:
 * hour, a counter, the pid; those come again the next day. 5.x: `AA` and the pid. */
#ifndef MS_PARSE_SENDMAIL_ID_H
#define MS_PARSE_SENDMAIL_ID_H

#include <stdint.h>

#include "base/span.h"

enum ms_sendmail_id {
    MS_SENDMAIL_ID_NONE,
    MS_SENDMAIL_ID_TIMED, /* 8.10 and later */
    MS_SENDMAIL_ID_HOURLY /* before, and 5.x */
};

/* The form of the ID that the text starts with, and its length: up to the first byte that no ID holds. */
enum ms_sendmail_id ms_sendmail_id_at(const char *p, size_t n, size_t *length);
enum ms_sendmail_id ms_sendmail_id_of(struct ms_span id);

/* The time inside (UTC, of the years 2000 to 2059). False if there is none. */
bool ms_sendmail_id_time(struct ms_span id, int64_t *time_us);

/* No timed ID looks otherwise; most IDs of other systems do. */
static inline bool ms_sendmail_id_may_be_timed(struct ms_span id)
{
    return id.n >= 12 && id.n <= 18 && id.p[id.n - 1] >= '0' && id.p[id.n - 1] <= '9' && id.p[id.n - 4] >= '0' &&
           id.p[id.n - 4] <= '9';
}

/* A number that the IDs given out by one process, in the course of one connection, share; 0: not known. */
uint32_t ms_sendmail_connection(struct ms_span id);

#endif
