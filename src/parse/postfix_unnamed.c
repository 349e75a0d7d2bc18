/* Lines whose tag says `postfix` and no program. rsyslog's RFC 5424 templates write so: their APP-NAME ends at the '/' of
 * `postfix/smtpd`. The text then tells the daemon, since hardly two of them write the same. Where they do, this is taken:
 *
 *   `QID: removed`           qmgr; postsuper says that, too
 *   connect, disconnect, client=   smtpd; qmqpd says that, too
 *   `DISCONNECT [ADDR]:PORT` postscreen; tlsproxy says that, too
 *   `TLS connection established to`  smtp; lmtp and tlsproxy say that, too
 *
 * A status record (`to=<R>, relay=...`) does not say whose it is, and stays without a daemon. */
#include "parse/postfix.h"

static bool try(struct ms_postfix_line *l, uint8_t daemon, bool (*read)(struct ms_postfix_line *))
{
    struct ms_cursor body = l->body;
    l->e->daemon = daemon;
    if (read(l))
        return true;
    l->body = body;
    l->e->daemon = MS_D_POSTFIX_OTHER;
    return false;
}

/* cleanup takes the code off a milter's reply, smtpd leaves it; what a milter does to a whole mail is cleanup's. */
static bool is_cleanups(const struct ms_event *e)
{
    if (e->role != MS_ROLE_REJECT)
        return true;
    if (ms_span_is(e->u.reject.action, "milter-reject"))
        return e->u.reject.reply_code == MS_NONE;
    bool of_milter =
        ms_span_starts(e->u.reject.action, "milter-") && !ms_span_starts(e->u.reject.action, "milter-header-");
    return !of_milter || ms_span_is(e->u.reject.stage, "END-OF-MESSAGE");
}

static bool cleanup(struct ms_postfix_line *l)
{
    return ms_postfix_cleanup(l) && is_cleanups(l->e);
}

static bool with_id(struct ms_postfix_line *l)
{
    return try(l, MS_D_CLEANUP, cleanup) || try(l, MS_D_SMTPD, ms_postfix_smtpd) ||
           try(l, MS_D_QMGR, ms_postfix_qmgr) || try(l, MS_D_PICKUP, ms_postfix_pickup) ||
           try(l, MS_D_BOUNCE, ms_postfix_bounce) || try(l, MS_D_POSTSUPER, ms_postfix_postsuper) ||
           try(l, MS_D_SMTP, ms_postfix_client) || try(l, MS_D_QMQPD, ms_postfix_qmqpd);
}

/* postscreen and tlsproxy name their clients by address alone. */
static bool is_bare_client(const struct ms_cursor *c)
{
    const char *from = MS_FIND(c->p, c->end, " from ");
    return from && from + 6 < c->end && from[6] == '[';
}

static bool without_id(struct ms_postfix_line *l)
{
    bool is_connect = MS_AT(&l->body, "CONNECT from [") && !MS_FIND(l->body.p, l->body.end, " to [");
    bool is_tls = MS_AT(&l->body, "SSL_") || MS_AT(&l->body, "setting up TLS ") ||
                  MS_FIND(l->body.p, l->body.end, " TLS connection established ");
    if ((is_connect || is_tls) && is_bare_client(&l->body) && try(l, MS_D_POSTFIX_OTHER, ms_postfix_small))
        return true;
    if ((is_bare_client(&l->body) || MS_AT(&l->body, "[")) && try(l, MS_D_POSTSCREEN, ms_postfix_postscreen))
        return true;
    bool outbound = MS_AT(&l->body, "setting up TLS connection to ") || MS_AT(&l->body, "SSL_connect error to ");
    if (outbound && try(l, MS_D_SMTP, ms_postfix_client))
        return true;
    return try(l, MS_D_SMTPD, ms_postfix_smtpd) || try(l, MS_D_POSTSCREEN, ms_postfix_postscreen) ||
           try(l, MS_D_SMTP, ms_postfix_client) || try(l, MS_D_POSTSUPER, ms_postfix_postsuper) ||
           try(l, MS_D_POSTFIX_OTHER, ms_postfix_small);
}

bool ms_postfix_unnamed(struct ms_postfix_line *l)
{
    if (l->e->queue_id.p && MS_AT(&l->body, "to="))
        return false; /* the shared status record */
    if (l->e->queue_id.p ? !with_id(l) : !without_id(l))
        return false;
    if (l->e->role == MS_ROLE_DAEMON)
        l->e->daemon = MS_D_MASTER;
    return true;
}
