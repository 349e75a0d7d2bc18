/* Connections, TLS and logins (reference/sendmail-log-lines.md 7.1, 7.4). */
#include "parse/sendmail.h"

static bool read_session(struct ms_event *e, enum ms_kind_id kind, struct ms_span client, const char *end_kind,
                         struct ms_span stage)
{
    ms_sendmail_name(e, kind);
    memset(&e->u.session, 0, sizeof e->u.session);
    e->u.session.client = client;
    e->u.session.end_kind = ms_span_str(end_kind);
    e->u.session.end_stage = stage;
    return true;
}

/* `lost input channel from RELAY to DAEMON after CMD`. */
static bool read_lost(struct ms_sendmail_line *l, struct ms_cursor c)
{
    const char *to = MS_FIND_LAST(c.p, c.end, " to "), *after = MS_FIND_LAST(c.p, c.end, " after ");
    struct ms_span stage = MS_SPAN_NULL;
    if (after != NULL)
        stage = ms_span_of(after + 7, (size_t)(c.end - after - 7));
    if (to == NULL)
        to = after != NULL ? after : c.end;
    return read_session(l->e, MS_K_SENDMAIL_LOST, ms_span_of(c.p, (size_t)(to - c.p)), "lost", stage);
}

/* `timeout waiting for input from HOST during PHASE`: of the server's phases, the client is meant. */
static bool read_timeout(struct ms_sendmail_line *l, struct ms_cursor c)
{
    const char *during = MS_FIND_LAST(c.p, c.end, " during ");
    if (during == NULL)
        return false;
    struct ms_span phase = ms_span_of(during + 8, (size_t)(c.end - during - 8));
    struct ms_span peer = ms_span_of(c.p, (size_t)(during - c.p));
    if (ms_span_starts(phase, "server "))
        return read_session(l->e, MS_K_SENDMAIL_TIMEOUT, peer, "timeout", MS_SPAN_NULL);
    if (ms_span_starts(phase, "message collect"))
        return read_session(l->e, MS_K_SENDMAIL_TIMEOUT, peer, "timeout", MS_SPAN_LIT("DATA"));
    (void)ms_sendmail_event(l->e, MS_K_SENDMAIL_PEER);
    l->e->u.event.client = ms_endpoint_of_spaced(peer);
    return true;
}

/* `RELAY did not issue MAIL/EXPN/VRFY/ETRN during connection to DAEMON`: said when it is over. */
static bool read_idle(struct ms_sendmail_line *l)
{
    const char *at = MS_FIND_LAST(l->body.p, l->body.end, " did not issue MAIL");
    if (at == NULL)
        return false;
    return read_session(l->e, MS_K_SENDMAIL_NO_MAIL, ms_span_of(l->body.p, (size_t)(at - l->body.p)), NULL,
                        MS_SPAN_NULL);
}

static bool is_tls_event(struct ms_sendmail_line *l)
{
    l->e->severity = MS_FIND(l->body.p, l->body.end, "error") != NULL;
    return ms_sendmail_event(l->e, MS_K_SENDMAIL_TLS_EVENT);
}

/* `STARTTLS=server, relay=R, version=V, verify=X, cipher=C, bits=A/B`: from the right, since the relay is whatever DNS and ident
 * say. */
static bool read_tls(struct ms_sendmail_line *l)
{
    struct ms_cursor c = l->body;
    struct ms_event *e = l->e;
    if (!MS_SKIP(&c, "STARTTLS"))
        return false;
    bool server = MS_SKIP(&c, "=server, relay=");
    if (!server && !MS_SKIP(&c, "=client, relay="))
        return is_tls_event(l);
    const char *at = MS_FIND_LAST(c.p, c.end, ", version=");
    if (at == NULL)
        return is_tls_event(l);
    struct ms_span relay = ms_span_of(c.p, (size_t)(at - c.p)), verify = MS_SPAN_NULL, cipher = MS_SPAN_NULL;
    struct ms_cursor rest = {at + 10, c.end};
    struct ms_span version = ms_read_until(&rest, ',');
    int64_t bits = MS_NONE;
    if (MS_SKIP(&rest, ", verify="))
        verify = ms_read_until(&rest, ',');
    if (MS_SKIP(&rest, ", cipher="))
        cipher = ms_read_until(&rest, ',');
    if (MS_SKIP(&rest, ", bits="))
        (void)ms_read_number(&rest, &bits);
    ms_sendmail_name(e, server ? MS_K_SENDMAIL_TLS_SERVER : MS_K_SENDMAIL_TLS_CLIENT);
    memset(&e->u.tls, 0, sizeof e->u.tls);
    e->u.tls.peer = ms_endpoint_of_spaced(relay);
    e->u.tls.trust = verify;
    e->u.tls.version = version;
    e->u.tls.cipher = cipher;
    e->u.tls.bits = bits;
    return true;
}

static void login_new(struct ms_event *e, enum ms_kind_id kind, struct ms_span relay, bool ok)
{
    ms_sendmail_name(e, kind);
    memset(&e->u.login, 0, sizeof e->u.login);
    e->u.login.client = ms_endpoint_of_spaced(relay);
    e->u.login.ok = ok;
}

/* `AUTH=server, relay=R, authid=U, mech=M, bits=N`. */
static bool read_login(struct ms_sendmail_line *l)
{
    struct ms_cursor c = l->body;
    if (!MS_SKIP(&c, "AUTH="))
        return false;
    const char *user = NULL, *mech = MS_FIND_LAST(c.p, c.end, ", mech=");
    if (MS_SKIP(&c, "server, relay="))
        user = MS_FIND(c.p, c.end, ", authid=");
    if (user == NULL || mech == NULL || mech < user)
        return ms_sendmail_event(l->e, MS_K_SENDMAIL_AUTH_CLIENT);
    struct ms_cursor method = {mech + 7, c.end};
    login_new(l->e, MS_K_SENDMAIL_AUTH, ms_span_of(c.p, (size_t)(user - c.p)), true);
    l->e->u.login.username = ms_span_of(user + 9, (size_t)(mech - user - 9));
    l->e->u.login.method = ms_read_until(&method, ',');
    return true;
}

/* `AUTH failure (MECH): TEXT (N) DETAIL[, user=U], relay=R`: user and detail are the client's. */
static bool read_failed_login(struct ms_sendmail_line *l)
{
    struct ms_cursor c = l->body;
    if (!MS_SKIP(&c, "AUTH failure (") || l->part > 0)
        return false;
    struct ms_span method = ms_read_until(&c, ')');
    if (!MS_SKIP(&c, "): "))
        return false;
    const char *relay = MS_FIND_LAST(c.p, c.end, ", relay="), *end = relay != NULL ? relay : c.end;
    const char *user = MS_FIND(c.p, end, ", user=");
    login_new(l->e, MS_K_SENDMAIL_AUTH_FAILED,
              relay != NULL ? ms_span_of(relay + 8, (size_t)(c.end - relay - 8)) : MS_SPAN_NULL, false);
    l->e->u.login.method = method;
    if (user != NULL)
        l->e->u.login.username = ms_span_of(user + 7, (size_t)(end - user - 7));
    l->e->u.login.reason = ms_span_of(c.p, (size_t)((user != NULL ? user : end) - c.p));
    return true;
}

bool ms_sendmail_session(struct ms_sendmail_line *l)
{
    struct ms_cursor c = l->body;
    if (l->part > 1)
        return false;
    if (MS_SKIP(&c, "lost input channel from "))
        return read_lost(l, c);
    if (MS_SKIP(&c, "timeout waiting for input from "))
        return read_timeout(l, c);
    if (MS_SKIP(&c, "connect from ") || MS_SKIP(&c, "SMTP connect from "))
        return l->e->queue_id.p == NULL &&
               read_session(l->e, MS_K_SENDMAIL_CONNECT, ms_cursor_rest(&c), NULL, MS_SPAN_NULL);
    if (MS_SKIP(&c, "Null connection from "))
        return read_session(l->e, MS_K_SENDMAIL_NO_MAIL, ms_cursor_rest(&c), NULL, MS_SPAN_NULL);
    return read_tls(l) || read_login(l) || read_failed_login(l) || read_idle(l);
}
