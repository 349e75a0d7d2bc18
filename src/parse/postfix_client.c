/* What the smtp and lmtp clients say, and the local delivery agents' status records (postfix-log-lines.md 2.8, 2.10, 2.11). */
#include "parse/postfix.h"
#include "parse/postfix_checks.h"

bool ms_postfix_agent(struct ms_postfix_line *l)
{
    static const uint16_t kind_of[MS_N_DAEMONS] = {
        [MS_D_LOCAL] = MS_K_LOCAL_DELIVERY, [MS_D_VIRTUAL] = MS_K_VIRTUAL_DELIVERY,
        [MS_D_PIPE] = MS_K_PIPE_DELIVERY,   [MS_D_ERROR] = MS_K_ERROR_DELIVERY,
        [MS_D_RETRY] = MS_K_RETRY_DELIVERY, [MS_D_DISCARD] = MS_K_DISCARD_DELIVERY,
    };
    return l->e->queue_id.p && ms_postfix_delivery(l, kind_of[l->e->daemon]);
}

/* The peer stands at the cursor and ends at a blank; a ':' behind it is no part of it. */
static bool event_peer_next(struct ms_postfix_line *l, enum ms_kind_id kind)
{
    return ms_postfix_event_peer(l->e, kind, ms_without_colon(ms_read_until(&l->body, ' ')));
}

/* Soft failure at one server while others are still to be tried: the text that would be a status text. */
static bool read_attempt(struct ms_postfix_line *l)
{
    static const char *const before_peer[] = {"host ", "Protocol error: host ", "lost connection with ",
                                              "conversation with "};
    static const char *const no_peer[] = {"Cannot start TLS: ",
                                          "TLS is required, ",
                                          "SASL ",
                                          "Server certificate ",
                                          "TLSA lookup ",
                                          "client TLS ",
                                          "Host or domain name not found",
                                          "message size ",
                                          "SMTPUTF8 is required, ",
                                          "Name service error for ",
                                          "local data error while "};
    struct ms_cursor *c = &l->body;
    for (size_t i = 0; i < sizeof before_peer / sizeof before_peer[0]; i++) {
        if (ms_cursor_skip(c, before_peer[i], strlen(before_peer[i])))
            return event_peer_next(l, MS_K_SMTP_ATTEMPT);
    }
    for (size_t i = 0; i < sizeof no_peer / sizeof no_peer[0]; i++) {
        if (ms_cursor_at(c, no_peer[i], strlen(no_peer[i])))
            return ms_postfix_event(l->e, MS_K_SMTP_ATTEMPT);
    }
    return false;
}

static bool parse_with_id(struct ms_postfix_line *l)
{
    struct ms_cursor *c = &l->body;
    struct ms_event *e = l->e;
    if (MS_AT(c, "to="))
        return ms_postfix_delivery(l, e->daemon == MS_D_LMTP ? MS_K_LMTP_DELIVERY : MS_K_SMTP_DELIVERY);
    if (read_attempt(l))
        return true;
    if (MS_AT(c, "enabling PIX "))
        return ms_postfix_event(e, MS_K_SMTP_PIX);
    if (MS_AT(c, "breaking line > "))
        return ms_postfix_event(e, MS_K_SMTP_LONG_LINE);
    return ms_postfix_client_check(l);
}

static bool read_tls(struct ms_postfix_line *l)
{
    struct ms_tls t;
    enum ms_tls_verb verb = ms_postfix_tls(l->body, &t);
    if (verb != MS_TLS_TO && verb != MS_TLS_REUSED)
        return false;
    ms_postfix_name(l->e, verb == MS_TLS_REUSED ? MS_K_SMTP_TLS_REUSED : MS_K_SMTP_TLS);
    l->e->u.tls = t;
    return true;
}

/* `PEER: replacing server reply ...` */
static bool read_replace(struct ms_postfix_line *l)
{
    const char *at = MS_FIND(l->body.p, l->body.end, ": replacing server reply ");
    struct ms_span peer = ms_span_of(l->body.p, at ? (size_t)(at - l->body.p) : 0);
    return at && ms_postfix_event_peer(l->e, MS_K_SMTP_REPLACE_REPLY, peer);
}

bool ms_postfix_client(struct ms_postfix_line *l)
{
    static const struct ms_tls_kinds tls_kinds = {
        .setup = MS_K_SMTP_TLS_SETUP,
        .error = MS_K_SMTP_TLS_ERROR,
        .unverified = MS_K_SMTP_TLS_UNVERIFIED,
        .certificate = MS_K_SMTP_TLS_CERTIFICATE,
        .session = MS_K_SMTP_TLS_DETAIL,
        .detail = MS_K_SMTP_TLS_DETAIL,
    };
    struct ms_cursor *c = &l->body;
    struct ms_event *e = l->e;
    if (e->queue_id.p)
        return parse_with_id(l);
    if (!MS_AT(c, "connect to subsystem ") && MS_SKIP(c, "connect to ")) /* that is verbose talk */
        return event_peer_next(l, MS_K_SMTP_CONNECT_FAILED);
    if (read_tls(l))
        return true;
    if (MS_AT(c, "Host offered STARTTLS: "))
        return ms_postfix_event(e, MS_K_SMTP_TLS_OFFERED);
    if (MS_AT(c, "TLSRPT: "))
        return ms_postfix_event(e, MS_K_SMTP_TLSRPT);
    if (MS_AT(c, "discarding EHLO keywords: "))
        return ms_postfix_event(e, MS_K_SMTP_EHLO_KEYWORDS);
    if (MS_SKIP(c, "host ") && MS_FIND(c->p, c->end, " offers SMTPUTF8 support, but not 8BITMIME"))
        return event_peer_next(l, MS_K_SMTP_UTF8_ODD);
    if (MS_AT(c, "SMTPS wrappermode "))
        return ms_postfix_event(e, MS_K_SMTP_WRAPPERMODE);
    return read_replace(l) || ms_postfix_tls_event(l, &tls_kinds);
}
