/* What the qmail*.c files share. Facts: reference/qmail-log-lines.md. Only for parse/. Every reader sets e->role, e->kind and e->u
 * itself, and returns false if the line is not of its kind (queue_id and severity may be set then). */
#ifndef MS_PARSE_QMAIL_H
#define MS_PARSE_QMAIL_H

#include "parse/dialect.h"
#include "parse/fields.h"
#include "parse/kinds.h"

static inline void ms_qmail_name(struct ms_event *e, enum ms_kind_id kind)
{
    e->kind = (uint16_t)kind;
    e->role = (uint8_t)ms_kinds[kind].role;
}

/* A line that goes to `events` only, about the client with this address (NULL, or no address: nobody). */
static inline bool ms_qmail_event(struct ms_event *e, enum ms_kind_id kind, struct ms_span ip)
{
    ms_qmail_name(e, kind);
    e->u.event = ms_event_peer_none();
    if (ms_ip_valid(ip))
        e->u.event.client.ip = ip;
    return true;
}

/* The decimal digits at the cursor (20 at most), which moves behind them; NULL: none. */
struct ms_span ms_qmail_number(struct ms_cursor *c);

/* `starting delivery D: ...`, `delivery D: ...` */
bool ms_qmail_delivery(struct ms_cursor *c, struct ms_event *e);

/* tcpserver, rblsmtpd, chkuser, spamdyke: what stands in front of qmail-smtpd, which itself logs nothing. */
bool ms_qmail_front(struct ms_cursor *c, struct ms_event *e);

#endif
