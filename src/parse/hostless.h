/* Lines without a syslog header: Exim's and rspamd's own log files, and what multilog writes, also through tai64nlocal. They name neither host nor
 * program; the program is told by what the text is. Only for the envelope reader, which comes here with what it does not know.
 * Pure; never reads outside the line. */
#ifndef MS_PARSE_HOSTLESS_H
#define MS_PARSE_HOSTLESS_H

#include "parse/event.h"

struct ms_hostless {
    const char *tag;  /* static; NULL: a program that nobody knows */
    int64_t stamp_us; /* MS_NONE: no stamp */
    uint8_t has_year; /* enum ms_stamp_year */
    int64_t pid;      /* MS_NONE: not said, or the text's reader finds it */
    uint32_t text_at;
};

/* Could ms_hostless_read know it? For the first look at a line; true for few others. */
static inline bool ms_hostless_may_be(struct ms_span line)
{
    return line.n > 20 && (line.p[0] == '@' || line.p[10] == ' ');
}

/* A line with a stamp: `2026-11-21 17:28:14[.123][ +0200] [pid] ...`, `... #PID(WORKER) <TAG>; ...`, `@4000...`. False: not of these. */
bool ms_hostless_read(struct ms_span line, struct ms_hostless *out);

/* Behind the stamp of a log file that a program writes itself: Dovecot's `SERVICE(USER)<PID><SESSION>: Info: ...`, SpamAssassin's
 * `[PID] info: ...`, clamav-milter's `-> Message ...`. False: of none of these, nothing is set but by what it is. */
bool ms_hostless_read_own(struct ms_span behind_stamp, struct ms_hostless *out);

/* Dovecot's `SERVICE(USER)`, which is no program's name but the beginning of its text. */
bool ms_hostless_is_dovecot(struct ms_span word);

/* A line without a stamp of an entry of several lines in Exim's rejectlog. */
bool ms_hostless_is_rejectlog(struct ms_span line);

/* A folded header begins with a tab or with one blank, and goes on from the line before. What that one is can't be told from it. */
static inline bool ms_hostless_is_continuation(struct ms_span line)
{
    return line.n > 1 && (line.p[0] == '\t' || (line.p[0] == ' ' && (unsigned char)line.p[1] > ' '));
}

/* TAI64N: the 24 hex digits behind '@' to UTC microseconds. */
bool ms_tai64n_read(const char digits[24], int64_t *us);

#endif
