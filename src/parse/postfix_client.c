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
    struct ms_span peer = ms_read_until(&l->body, ' ');
    if (peer.n > 0 && peer.p[peer.n - 1] == ':')
        peer.n--;
    return ms_postfix_event_peer(l->e, kind, peer);
}

/* Soft failure at one server while others are still to be tried: the text that would be a status text. */
static bool read_attempt(struct ms_postfix_line *l)
{
    static const char *const before_peer[] = {"host ", "lost connection with ", "conversation with "};
    static const char *const no_peer[] = {"Cannot start TLS: ",           "TLS is required, ", "SASL ",
                                          "Server certificate ",          "TLSA lookup ",      "client TLS ",
                                          "Host or domain name not found"};
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

/* `PEER: WORDS` */
static bool read_peer_first(struct ms_postfix_line *l)
{
    struct ms_cursor c = l->body;
    struct ms_span peer = ms_read_until(&c, ' ');
    if (peer.n < 2 || peer.p[peer.n - 1] != ':' || !MS_SKIP(&c, " "))
        return false;
    peer.n--;
    if (MS_AT(&c, "subject_CN=") || MS_AT(&c, "Verified: subject_CN=") || MS_AT(&c, "Unverified: subject_CN="))
        return ms_postfix_event_peer(l->e, MS_K_SMTP_TLS_CERTIFICATE, peer);
    if (MS_AT(&c, "Matched ") || MS_AT(&c, "depth=") || MS_AT(&c, "TLS cipher list ") || MS_AT(&c, "SNI hostname: ") ||
        MS_AT(&c, "re-using session ") || MS_AT(&c, "Reusing old session"))
        return ms_postfix_event_peer(l->e, MS_K_SMTP_TLS_DETAIL, peer);
    if (MS_AT(&c, "replacing server reply "))
        return ms_postfix_event_peer(l->e, MS_K_SMTP_REPLACE_REPLY, peer);
    return false;
}

static bool read_verification(struct ms_postfix_line *l)
{
    struct ms_cursor *c = &l->body;
    const char *at = MS_FIND(c->p, c->end, "certificate verification failed for ");
    if (at && at - c->p <= 8) {
        c->p = at + 36;
        return event_peer_next(l, MS_K_SMTP_TLS_UNVERIFIED);
    }
    return MS_AT(c, "certificate peer name verification failed for ") &&
           ms_postfix_event(l->e, MS_K_SMTP_TLS_UNVERIFIED);
}

bool ms_postfix_client(struct ms_postfix_line *l)
{
    struct ms_cursor *c = &l->body;
    struct ms_event *e = l->e;
    if (e->queue_id.p)
        return parse_with_id(l);
    if (MS_SKIP(c, "connect to "))
        return event_peer_next(l, MS_K_SMTP_CONNECT_FAILED);
    if (read_tls(l) || read_verification(l))
        return true;
    if (MS_SKIP(c, "SSL_connect error to "))
        return event_peer_next(l, MS_K_SMTP_TLS_ERROR);
    if (MS_SKIP(c, "setting up TLS connection to "))
        return event_peer_next(l, MS_K_SMTP_TLS_SETUP);
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
    return read_peer_first(l);
}
