/* What the sendmail*.c files share. Only for parse/. Every reader sets e->role, e->kind and e->u itself, and returns false
 * (nothing set) if the line is not of its kind. Facts: reference/sendmail-log-lines.md. */
#ifndef MS_PARSE_SENDMAIL_H
#define MS_PARSE_SENDMAIL_H

#include "parse/dialect.h"
#include "parse/fields.h"
#include "parse/kinds.h"

struct ms_sendmail_line {
    struct ms_event *e;
    struct ms_cursor body; /* behind `QID: `, `QID[N]: ` or `NOQUEUE: ` */
    bool noqueue;          /* `NOQUEUE: ` stood there */
    bool is_timed;         /* the queue ID is one of 8.10 and later */
    int64_t part;          /* N: part of a line that was too long; 0: the line is whole */
};

/* Sets kind and the role that the kind has. */
static inline void ms_sendmail_name(struct ms_event *e, enum ms_kind_id kind)
{
    e->kind = (uint16_t)kind;
    e->role = (uint8_t)ms_kinds[kind].role;
}

/* A line that goes to `events` only, about no peer. */
static inline bool ms_sendmail_event(struct ms_event *e, enum ms_kind_id kind)
{
    ms_sendmail_name(e, kind);
    e->u.event = ms_event_peer_none();
    return true;
}

/* `192.0.2.7`, `IPv6:2001:db8::7`; NULL: neither. */
static inline struct ms_span ms_sendmail_ip(struct ms_span s)
{
    if (ms_span_starts(s, "IPv6:"))
        s = ms_span_of(s.p + 5, s.n - 5);
    return ms_ip_valid(s) ? s : MS_SPAN_NULL;
}

/* A refusal of which nothing is known yet but that it is one. */
void ms_sendmail_reject_new(struct ms_event *e, enum ms_kind_id kind, const char *action, const char *stage);
/* `CODE X.Y.Z <addr>... TEXT`: what a client was told. The text keeps its code. */
void ms_sendmail_reject_text(struct ms_event *e, struct ms_span reply);

bool ms_sendmail_from(struct ms_sendmail_line *l);
bool ms_sendmail_to(struct ms_sendmail_line *l);
bool ms_sendmail_queue(struct ms_sendmail_line *l);   /* reports, copies, the end */
bool ms_sendmail_policy(struct ms_sendmail_line *l);  /* rulesets, milters, refusals */
bool ms_sendmail_session(struct ms_sendmail_line *l); /* connections, TLS, logins */
bool ms_sendmail_small(struct ms_sendmail_line *l);   /* the rest, to `events` */

/* `[D+]HH:MM:SS`, parts may be negative; false leaves the cursor where it is. */
bool ms_sendmail_delay(struct ms_cursor *c, int64_t *ms);

/* What a stat= says, as a word of deliveries.status; NULL: no wording that is known. */
const char *ms_sendmail_status(struct ms_span stat);

#endif
