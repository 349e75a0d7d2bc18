/* What the TLS engine says in smtpd, smtp, lmtp and tlsproxy: the same texts, from the server's or the client's side
 * (postfix-log-lines.md 2.1.2, 2.5, 2.10). */
#include "parse/postfix.h"

/* A word, and a remark in parentheses behind it (a curve, a size) that is passed over. */
static struct ms_span read_algorithm(struct ms_cursor *c)
{
    struct ms_span word = ms_read_until(c, ' ');
    if (MS_SKIP(c, " (")) {
        (void)ms_read_until(c, ')');
        (void)MS_SKIP(c, ")");
    }
    return word;
}

/* Behind the bits: ` key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256 ...`. */
static void read_algorithms(struct ms_cursor *c, struct ms_tls *t)
{
    while (MS_SKIP(c, " ")) {
        if (MS_SKIP(c, "key-exchange "))
            t->key_exchange = read_algorithm(c);
        else if (MS_SKIP(c, "server-signature "))
            t->server_signature = read_algorithm(c);
        else if (MS_SKIP(c, "client-signature "))
            t->client_signature = read_algorithm(c);
        else if (MS_SKIP(c, "server-digest ") || MS_SKIP(c, "client-digest "))
            (void)read_algorithm(c);
        else
            return;
    }
}

/* `PEER: ` or `PEER to SNI: `; the cursor stands behind it. */
static bool read_peer_and_sni(struct ms_cursor *c, struct ms_tls *t)
{
    struct ms_span peer = ms_read_until(c, ' ');
    if (peer.n > 0 && peer.p[peer.n - 1] == ':') {
        peer.n--;
        (void)MS_SKIP(c, " ");
    } else if (MS_SKIP(c, " to ")) {
        const char *colon = MS_FIND(c->p, c->end, ": ");
        if (!colon)
            return false;
        t->sni = ms_span_of(c->p, (size_t)(colon - c->p));
        c->p = colon + 2;
    } else {
        return false;
    }
    t->peer = ms_endpoint_of(peer);
    return true;
}

enum ms_tls_verb ms_postfix_tls(struct ms_cursor c, struct ms_tls *out)
{
    struct ms_tls t = {.peer = ms_endpoint_none(), .bits = MS_NONE};
    if (!MS_AT(&c, "TLS ")) { /* 2.2-2.4 had no trust word */
        t.trust = ms_read_until(&c, ' ');
        (void)MS_SKIP(&c, " ");
    }
    enum ms_tls_verb verb = MS_SKIP(&c, "TLS connection established from ") ? MS_TLS_FROM
                            : MS_SKIP(&c, "TLS connection established to ") ? MS_TLS_TO
                            : MS_SKIP(&c, "TLS connection reused to ")      ? MS_TLS_REUSED
                                                                            : MS_TLS_NONE;
    if (verb == MS_TLS_NONE || !read_peer_and_sni(&c, &t))
        return MS_TLS_NONE;
    t.version = ms_read_until(&c, ' ');
    if (MS_SKIP(&c, " with cipher "))
        t.cipher = ms_read_until(&c, ' ');
    int64_t bits;
    if (MS_SKIP(&c, " (") && ms_read_number(&c, &bits)) {
        t.bits = bits;
        (void)ms_read_until(&c, ')');
        (void)MS_SKIP(&c, ")");
        read_algorithms(&c, &t);
    }
    *out = t;
    return verb;
}

/* ---- the rest: events about a peer ---- */

/* PEER at the cursor, up to a blank or `: `; 2.2-2.4 wrote `PEER:num=18:...` without a blank. */
static bool event_peer_next(struct ms_postfix_line *l, enum ms_kind_id kind)
{
    struct ms_span peer = ms_read_until(&l->body, ' ');
    const char *bracket = peer.n > 0 ? MS_FIND(peer.p, peer.p + peer.n, "]:") : NULL;
    if (bracket && bracket + 2 < peer.p + peer.n && !ms_is_digit(bracket[2]))
        peer.n = (uint32_t)(bracket + 1 - peer.p);
    return ms_postfix_event_peer(l->e, kind, ms_without_colon(peer));
}

/* Behind `PEER: `, or on their own: what the other side's certificate says. */
static bool is_certificate(const struct ms_cursor *c)
{
    return MS_AT(c, "subject_CN=") || MS_AT(c, "Verified: subject_CN=") || MS_AT(c, "Unverified: subject_CN=") ||
           MS_AT(c, "Trusted: subject_CN=") || MS_AT(c, "Untrusted: subject_CN=") || MS_AT(c, "fingerprint=");
}

/* Texts of higher TLS log levels behind `PEER: `. */
static bool is_detail(const struct ms_cursor *c)
{
    static const char *const texts[] = {
        "Matched ",         "depth=",           "TLS cipher list ",          "SNI hostname: ",
        "re-using session", "Issuing session ", "certificate verification ", "reusing session",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (ms_cursor_at(c, texts[i], strlen(texts[i])))
            return true;
    }
    return false;
}

static bool read_peer_first(struct ms_postfix_line *l, const struct ms_tls_kinds *kinds)
{
    struct ms_cursor c = l->body;
    struct ms_span peer = ms_read_until(&c, ' ');
    if (peer.n < 4 || peer.p[peer.n - 1] != ':' || !memchr(peer.p, '[', peer.n))
        return is_certificate(&l->body) && ms_postfix_event(l->e, kinds->certificate);
    peer.n--;
    (void)MS_SKIP(&c, " ");
    if (is_certificate(&c))
        return ms_postfix_event_peer(l->e, kinds->certificate, peer);
    if (MS_AT(&c, "Reusing old session"))
        return ms_postfix_event_peer(l->e, kinds->session, peer);
    return is_detail(&c) && ms_postfix_event_peer(l->e, kinds->detail, peer);
}

bool ms_postfix_tls_event(struct ms_postfix_line *l, const struct ms_tls_kinds *kinds)
{
    struct ms_cursor *c = &l->body;
    if (MS_SKIP(c, "setting up TLS connection from ") || MS_SKIP(c, "setting up TLS connection to "))
        return event_peer_next(l, kinds->setup);
    if (MS_SKIP(c, "SSL_accept error from ") || MS_SKIP(c, "SSL_connect error to "))
        return event_peer_next(l, kinds->error);
    if (MS_SKIP(c, "certificate peer name verification failed for "))
        return event_peer_next(l, kinds->unverified);
    const char *verify = MS_FIND(c->p, c->end, "certificate verification failed for ");
    if (verify && (size_t)(verify - c->p) <= 8) { /* `CA `, `server `, `client ` may stand in front */
        c->p = verify + 36;
        return event_peer_next(l, kinds->unverified);
    }
    return read_peer_first(l, kinds);
}
