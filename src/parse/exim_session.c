/* SMTP connections and logins (exim-log-lines.md 6). */
#include "parse/exim.h"

static bool tell_session(struct ms_event *e, enum ms_kind_id kind, const struct ms_exim_host *host,
                         const char *end_kind, const char *stage)
{
    ms_exim_name(e, kind);
    memset(&e->u.session, 0, sizeof e->u.session);
    e->u.session.client = host->token;
    if (end_kind != NULL)
        e->u.session.end_kind = ms_span_str(end_kind);
    if (stage != NULL)
        e->u.session.end_stage = ms_span_str(stage);
    return true;
}

/* To the end of the line, so that a HELO name that imitates these words is seen to be one. */
static bool goes_on_session(const struct ms_cursor *c)
{
    struct ms_cursor r = *c;
    int64_t n;
    if (MS_SKIP(&r, " (TCP/IP connection count = "))
        return ms_read_number(&r, &n) && MS_SKIP(&r, ")") && r.p == r.end;
    return (MS_SKIP(&r, " closed by ") || MS_SKIP(&r, " lost")) && ms_find_char(r.p, r.end, '[') == NULL;
}

static bool is_over(const struct ms_cursor *c)
{
    return c->p == c->end;
}

/* Perhaps ` (error: WHY) D=5s`. */
static bool is_over_by_error(const struct ms_cursor *c)
{
    struct ms_cursor r = *c;
    return r.p == r.end || (MS_SKIP(&r, " (error: ") && ms_find_char(r.p, r.end, '[') == NULL);
}

static bool goes_on_dropped(const struct ms_cursor *c)
{
    return MS_AT(c, " dropped: ");
}

static bool goes_on_text(const struct ms_cursor *c)
{
    return c->p == c->end || *c->p == ' ' || *c->p == ':';
}

/* `SMTP connection[ Ci=N] from HOST ...`; the cursor is behind the first two words. */
static bool read_connection(struct ms_exim_line *l)
{
    struct ms_cursor *c = &l->body;
    struct ms_exim_host host;
    struct ms_exim_items items = {0};
    ms_exim_read_items(c, &items);
    if (!MS_SKIP(c, " from ") || !ms_exim_read_peer(c, goes_on_session, &host, &items))
        return false;
    if (MS_AT(c, " (TCP"))
        return tell_session(l->e, MS_K_EXIM_CONNECT, &host, NULL, NULL);
    if (MS_SKIP(c, " closed by ")) {
        if (MS_AT(c, "QUIT"))
            return tell_session(l->e, MS_K_EXIM_DISCONNECT, &host, NULL, NULL);
        return tell_session(l->e, MS_K_EXIM_LOST, &host, "error", NULL);
    }
    bool in_data = MS_SKIP(c, " lost while reading message data");
    return tell_session(l->e, MS_K_EXIM_LOST, &host, "lost", in_data ? "DATA" : NULL);
}

static bool read_timeout(struct ms_exim_line *l, const char *stage)
{
    struct ms_exim_host host;
    struct ms_exim_items items;
    return ms_exim_read_peer(&l->body, is_over, &host, &items) &&
           tell_session(l->e, MS_K_EXIM_TIMEOUT, &host, "timeout", stage);
}

static bool read_event(struct ms_exim_line *l, enum ms_kind_id kind, ms_exim_follow_fn goes_on)
{
    struct ms_exim_host host = {MS_SPAN_NULL, MS_SPAN_NULL};
    struct ms_exim_items items;
    if (!ms_exim_read_peer(&l->body, goes_on, &host, &items))
        host.token = MS_SPAN_NULL;
    return ms_exim_event(l->e, kind, ms_endpoint_of(host.token));
}

/* `[H=]HOST[ I=...]: 535 Incorrect authentication data[ (set_id=USER)][: WHY]` behind `DRIVER authenticator failed for `. */
static bool goes_on_login(const struct ms_cursor *c)
{
    return MS_AT(c, ": ");
}

static bool read_login(struct ms_exim_line *l, struct ms_span method)
{
    struct ms_cursor *c = &l->body;
    struct ms_event *e = l->e;
    struct ms_exim_host host;
    struct ms_exim_items items;
    (void)MS_SKIP(c, "H=");
    if (!ms_exim_read_peer(c, goes_on_login, &host, &items))
        return false;
    c->p += 2;
    ms_exim_name(e, MS_K_EXIM_AUTH_FAILED);
    memset(&e->u.login, 0, sizeof e->u.login);
    e->u.login.method = method;
    if (host.token.p == NULL) { /* two readings: nothing behind the driver is believed */
        e->u.login.client = ms_endpoint_none();
        return true;
    }
    e->u.login.client = ms_endpoint_of(host.token);
    const char *user = MS_FIND(c->p, c->end, " (set_id="), *close = user ? MS_FIND(user, c->end, "): ") : NULL;
    bool ends = c->end[-1] == ')';
    if (user != NULL && (close != NULL) != ends && (ends || MS_FIND(close + 1, c->end, "): ") == NULL)) {
        close = ends ? c->end - 1 : close;
        e->u.login.username = ms_span_of(user + 9, (size_t)(close - (user + 9)));
        c->end = user;
    }
    e->u.login.reason = ms_cursor_rest(c);
    return true;
}

/* The command in quotes is raw input, which may hold a host, too: believed is a single one. */
static bool read_protocol_error(struct ms_exim_line *l)
{
    struct ms_cursor *c = &l->body;
    const char *host = MS_FIND(c->p, c->end, " H=");
    if (host == NULL || MS_FIND(host + 1, c->end, " H=") != NULL)
        return ms_exim_event(l->e, MS_K_EXIM_PROTOCOL_ERROR, ms_endpoint_none());
    c->p = host + 3;
    return read_event(l, MS_K_EXIM_PROTOCOL_ERROR, goes_on_text);
}

static bool read_no_name(struct ms_exim_line *l)
{
    struct ms_endpoint client = ms_endpoint_none();
    struct ms_span ip = ms_read_until(&l->body, ' ');
    if (ms_ip_valid(ip))
        client.ip = ip;
    return ms_exim_event(l->e, MS_K_EXIM_NO_HOST, client);
}

static bool is_over_in_parentheses(const struct ms_cursor *c)
{
    return c->end - c->p == 1 && *c->p == ')';
}

/* `NAME[ (during SMTP connection from HOST)]`: the name is the peer's. */
static bool read_no_address(struct ms_exim_line *l)
{
    static const char during[] = " (during SMTP connection from ";
    struct ms_cursor *c = &l->body;
    const char *at = MS_FIND(c->p, c->end, during);
    if (at == NULL || MS_FIND(at + 1, c->end, during) != NULL)
        return ms_exim_event(l->e, MS_K_EXIM_NO_HOST, ms_endpoint_none());
    c->p = at + sizeof during - 1;
    return read_event(l, MS_K_EXIM_NO_HOST, is_over_in_parentheses);
}

bool ms_exim_session(struct ms_exim_line *l)
{
    struct ms_cursor *c = &l->body;
    struct ms_exim_host host;
    struct ms_exim_items items;
    if (MS_SKIP(c, "SMTP connection"))
        return read_connection(l);
    if (MS_SKIP(c, "unexpected disconnection while reading SMTP command from "))
        return ms_exim_read_peer(c, is_over_by_error, &host, &items) &&
               tell_session(l->e, MS_K_EXIM_LOST, &host, "lost", NULL);
    if (MS_SKIP(c, "SMTP command timeout on connection from ") ||
        MS_SKIP(c, "SMTP command timeout on TLS connection from "))
        return read_timeout(l, NULL);
    if (MS_SKIP(c, "SMTP data timeout (message abandoned) on connection from ") ||
        MS_SKIP(c, "SMTP data timeout (message abandoned) on TLS connection from "))
        return read_timeout(l, "DATA");
    if (MS_SKIP(c, "SMTP call from ") || MS_SKIP(c, "Connection from "))
        return ms_exim_read_peer(c, goes_on_dropped, &host, &items) &&
               tell_session(l->e, MS_K_EXIM_DROPPED, &host, "error", NULL);
    if (MS_SKIP(c, "no MAIL in SMTP connection from "))
        return read_event(l, MS_K_EXIM_NO_MAIL, is_over);
    if (MS_SKIP(c, "TLS error on connection from "))
        return read_event(l, MS_K_EXIM_TLS_ERROR, goes_on_text);
    if (MS_AT(c, "TLS "))
        return ms_exim_event(l->e, MS_K_EXIM_TLS_ERROR, ms_endpoint_none());
    if (MS_AT(c, "SMTP protocol ") || MS_AT(c, "SMTP syntax error in "))
        return read_protocol_error(l);
    if (MS_SKIP(c, "no host name found for IP address "))
        return read_no_name(l);
    if (MS_SKIP(c, "no IP address found for host "))
        return read_no_address(l);
    struct ms_cursor first = *c;
    struct ms_span driver = ms_read_until(&first, ' ');
    if (driver.n > 0 && MS_SKIP(&first, " authenticator failed for ")) {
        *c = first;
        return read_login(l, driver);
    }
    return false;
}
