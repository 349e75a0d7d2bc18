/* What smtpd and qmqpd say about sessions and the mails that they take in (postfix-log-lines.md 2.1, 2.6). */
#include "parse/postfix.h"

/* NAME[ADDR]:PORT holds no blank, so it ends at the first one. */
static struct ms_span read_peer(struct ms_cursor *c)
{
    return ms_read_until(c, ' ');
}

/* Member by member, as in postfix_delivery.c; the client is always set afterwards. */
static inline void clear_session(struct ms_event *e)
{
    e->u.session.end_kind = e->u.session.end_stage = e->u.session.commands = MS_SPAN_NULL;
}

static bool read_connect(struct ms_postfix_line *l, enum ms_kind_id kind)
{
    struct ms_event *e = l->e;
    ms_postfix_name(e, kind);
    clear_session(e);
    e->u.session.client = read_peer(&l->body);
    if (MS_SKIP(&l->body, " ") && e->role == MS_ROLE_DISCONNECT)
        e->u.session.commands = ms_cursor_rest(&l->body);
    return true;
}

/* ---- client= ---- */

/* A login name is not quoted and may hold `, `: it ends where the known keys go on to the end of the line. */
static const char *username_end(const struct ms_cursor *c)
{
    for (const char *p = MS_FIND(c->p, c->end, ", "); p; p = MS_FIND(p + 2, c->end, ", ")) {
        struct ms_cursor r = {p + 2, c->end};
        if (MS_AT(&r, "sasl_sender=") || MS_AT(&r, "orig_queue_id=") || MS_AT(&r, "orig_client="))
            return p;
    }
    return c->end;
}

static struct ms_span read_to_comma(struct ms_cursor *c)
{
    const char *at = MS_FIND(c->p, c->end, ", ");
    struct ms_span s = ms_span_of(c->p, (size_t)((at ? at : c->end) - c->p));
    c->p += s.n;
    return s;
}

static struct ms_span read_username(struct ms_cursor *c)
{
    const char *end = username_end(c);
    struct ms_span s = ms_span_of(c->p, (size_t)(end - c->p));
    c->p = end;
    return s;
}

static bool read_client(struct ms_postfix_line *l, enum ms_kind_id kind)
{
    struct ms_cursor *c = &l->body;
    struct ms_event *e = l->e;
    ms_postfix_name(e, kind);
    e->u.client.sasl_method = e->u.client.sasl_username = e->u.client.sasl_sender = MS_SPAN_NULL;
    e->u.client.orig_queue_id = MS_SPAN_NULL;
    e->u.client.orig_client = MS_SPAN_NULL;
    e->u.client.client = ms_read_until(c, ',');
    while (MS_SKIP(c, ", ")) {
        if (MS_SKIP(c, "sasl_method="))
            e->u.client.sasl_method = read_to_comma(c);
        else if (MS_SKIP(c, "sasl_username="))
            e->u.client.sasl_username = read_username(c);
        else if (MS_SKIP(c, "sasl_sender="))
            e->u.client.sasl_sender = read_to_comma(c);
        else if (MS_SKIP(c, "orig_queue_id="))
            e->u.client.orig_queue_id = read_to_comma(c);
        else if (MS_SKIP(c, "orig_client="))
            e->u.client.orig_client = read_to_comma(c);
        else
            (void)read_to_comma(c);
    }
    return true;
}

/* ---- ends that are not QUIT ---- */

/* `STAGE[ (N bytes)] from NAMADDR` */
static bool read_lost(struct ms_postfix_line *l, enum ms_kind_id kind, struct ms_span end_kind)
{
    struct ms_cursor c = l->body;
    struct ms_event *e = l->e;
    const char *from = MS_FIND_LAST(c.p, c.end, " from ");
    if (!from)
        return false;
    struct ms_cursor stage = {c.p, from};
    ms_postfix_name(e, kind);
    clear_session(e);
    e->u.session.end_kind = end_kind;
    e->u.session.end_stage = ms_read_until(&stage, ' ');
    e->u.session.client = ms_span_of(from + 6, (size_t)(c.end - from - 6));
    return true;
}

/* ---- TLS ---- */

static bool read_tls(struct ms_postfix_line *l)
{
    struct ms_tls t;
    if (ms_postfix_tls(l->body, &t) != MS_TLS_FROM)
        return false;
    ms_postfix_name(l->e, MS_K_SMTPD_TLS);
    l->e->u.tls = t;
    return true;
}

/* ---- the rest ---- */

/* Behind a fixed prefix stands the peer, up to a blank, or up to ": ". */
static bool event_peer_next(struct ms_postfix_line *l, enum ms_kind_id kind)
{
    return ms_postfix_event_peer(l->e, kind, ms_without_colon(ms_read_until(&l->body, ' ')));
}

/* `NAMADDR: replacing command ...` */
static bool read_replace(struct ms_postfix_line *l)
{
    const char *at = MS_FIND(l->body.p, l->body.end, ": replacing command ");
    struct ms_span peer = ms_span_of(l->body.p, at ? (size_t)(at - l->body.p) : 0);
    return at && ms_postfix_event_peer(l->e, MS_K_SMTPD_REPLACE_COMMAND, peer);
}

/* ` after STAGE from NAMADDR[: DATA]` */
static bool read_after_stage(struct ms_postfix_line *l, enum ms_kind_id kind)
{
    const char *from = MS_FIND(l->body.p, l->body.end, " from ");
    if (from)
        l->body.p = from + 6;
    return from ? event_peer_next(l, kind) : ms_postfix_event(l->e, kind);
}

static bool read_sni(struct ms_postfix_line *l)
{
    return MS_FIND(l->body.p, l->body.end, " not matched, using default chain") &&
           read_after_stage(l, MS_K_SMTPD_TLS_SNI);
}

static bool read_rare(struct ms_postfix_line *l)
{
    static const struct ms_tls_kinds tls_kinds = {
        .setup = MS_K_SMTPD_TLS_SETUP,
        .error = MS_K_SMTPD_TLS_ERROR,
        .unverified = MS_K_SMTPD_TLS_UNVERIFIED,
        .certificate = MS_K_SMTPD_TLS_CERTIFICATE,
        .session = MS_K_SMTPD_TLS_SESSION,
        .detail = MS_K_SMTPD_TLS_DETAIL,
    };
    struct ms_cursor *c = &l->body;
    if (MS_SKIP(c, "abort: TLS from "))
        return event_peer_next(l, MS_K_SMTPD_TLS_ABORT);
    if (MS_AT(c, "improper command pipelining after "))
        return read_after_stage(l, MS_K_SMTPD_PIPELINING);
    if (MS_AT(c, "bare <LF> received after "))
        return read_after_stage(l, MS_K_SMTPD_BARE_LF);
    if (MS_AT(c, "discarding EHLO keywords: "))
        return ms_postfix_event(l->e, MS_K_SMTPD_EHLO_KEYWORDS);
    if (MS_AT(c, "mapping DSN status "))
        return ms_postfix_event(l->e, MS_K_SMTPD_DSN_MAPPED);
    if (MS_AT(c, "TLS SNI "))
        return read_sni(l);
    return read_replace(l) || ms_postfix_tls_event(l, &tls_kinds);
}

bool ms_postfix_smtpd(struct ms_postfix_line *l)
{
    struct ms_cursor *c = &l->body;
    if (c->p == c->end)
        return false;
    switch (*c->p) {
    case 'c':
        if (MS_SKIP(c, "connect from "))
            return read_connect(l, MS_K_SMTPD_CONNECT);
        if ((l->e->queue_id.p || l->noqueue) && MS_SKIP(c, "client="))
            return read_client(l, MS_K_SMTPD_CLIENT);
        break;
    case 'd':
        if (MS_SKIP(c, "disconnect from "))
            return read_connect(l, MS_K_SMTPD_DISCONNECT);
        break;
    case 'l':
        if (MS_SKIP(c, "lost connection after "))
            return read_lost(l, MS_K_SMTPD_LOST, MS_SPAN_LIT("lost"));
        break;
    case 't':
        if (MS_SKIP(c, "timeout after "))
            return read_lost(l, MS_K_SMTPD_TIMEOUT, MS_SPAN_LIT("timeout"));
        if (MS_SKIP(c, "too many errors after "))
            return read_lost(l, MS_K_SMTPD_TOO_MANY_ERRORS, MS_SPAN_LIT("error"));
        break;
    case 'p':
        if (MS_AT(c, "proxy-"))
            return ms_postfix_proxy(l);
        break;
    case 'A':
    case 'U':
    case 'T':
    case 'V':
        if (read_tls(l))
            return true;
        break;
    default:
        break;
    }
    return ms_postfix_reject(l, MS_TAIL_BLANK) || read_rare(l);
}

bool ms_postfix_qmqpd(struct ms_postfix_line *l)
{
    struct ms_cursor *c = &l->body;
    if (MS_SKIP(c, "connect from "))
        return read_connect(l, MS_K_QMQPD_CONNECT);
    if (MS_SKIP(c, "disconnect from "))
        return read_connect(l, MS_K_QMQPD_DISCONNECT);
    if (l->e->queue_id.p && MS_SKIP(c, "client="))
        return read_client(l, MS_K_QMQPD_CLIENT);
    const char *colon = MS_FIND(c->p, c->end, ": ");
    const char *while_ = colon ? MS_FIND(colon, c->end, " while ") : NULL;
    if (!while_)
        return false;
    struct ms_event *e = l->e;
    ms_postfix_name(e, MS_K_QMQPD_LOST);
    clear_session(e);
    e->u.session.client = ms_span_of(c->p, (size_t)(colon - c->p));
    bool lost = ms_span_starts(ms_span_of(colon + 2, (size_t)(c->end - colon - 2)), "lost");
    bool timeout = !lost && MS_FIND(colon, while_, "timeout");
    e->u.session.end_kind = lost ? MS_SPAN_LIT("lost") : timeout ? MS_SPAN_LIT("timeout") : MS_SPAN_LIT("error");
    e->u.session.end_stage = ms_span_of(while_ + 7, (size_t)(c->end - while_ - 7));
    return true;
}
