/* What Exim refused, warned of or left: `H=HOST[ ITEMS] [temporarily ]rejected STAGE[ <ARG>][: REASON]` and its relatives, with a
 * message ID once DATA has begun (exim-log-lines.md 6). There are no reply codes: `temporarily` is all that tells 4xx. */
#include "parse/exim.h"

static bool goes_on_refused(const struct ms_cursor *c)
{
    return MS_AT(c, " rejected ") || MS_AT(c, " temporarily rejected ");
}

static bool goes_on_warning(const struct ms_cursor *c)
{
    return MS_AT(c, " Warning: ");
}

static bool goes_on_incomplete(const struct ms_cursor *c)
{
    return MS_AT(c, " incomplete transaction (");
}

static bool goes_on_verify(const struct ms_cursor *c)
{
    return MS_AT(c, " sender verify ");
}

static bool goes_on_tls_error(const struct ms_cursor *c)
{
    return MS_AT(c, " TLS error on connection ");
}

static bool goes_on_text(const struct ms_cursor *c)
{
    return c->p == c->end || *c->p == ' ' || *c->p == ':';
}

static bool goes_on_reason(const struct ms_cursor *c)
{
    return MS_AT(c, ": ") || MS_AT(c, " (") || c->p == c->end;
}

static bool goes_on_refused_connection(const struct ms_cursor *c)
{
    return MS_AT(c, " refused: ");
}

/* Stages have the names that Postfix gives them; what comes with the message is its end. */
static struct ms_span stage_of(struct ms_cursor c)
{
    static const struct {
        const char *words, *stage;
    } named[] = {
        {"EHLO", "HELO"},
        {"connection", "CONNECT"},
        {"after ", "END-OF-MESSAGE"},
        {"during ", "END-OF-MESSAGE"},
        {"DKIM", "END-OF-MESSAGE"},
        {"predata", "DATA"},
        {"by local_scan", "END-OF-MESSAGE"},
        {"PRDR", "END-OF-MESSAGE"},
        {"by non-SMTP", "END-OF-MESSAGE"},
        {"from ", "END-OF-MESSAGE"},
    };
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (ms_cursor_at(&c, named[i].words, strlen(named[i].words)))
            return ms_span_str(named[i].stage);
    const char *p = c.p;
    while (p < c.end && (unsigned char)(*p - 'A') < 26)
        p++;
    bool is_word = p > c.p && (p == c.end || *p == ' ' || *p == ':');
    return is_word ? ms_span_of(c.p, (size_t)(p - c.p)) : MS_SPAN_NULL;
}

static bool follows_argument(const char *p, const char *end)
{
    return p == end || *p == ':' || *p == ' ';
}

/* What came behind RCPT TO: or MAIL FROM:, as the client has sent it: `<A>`, or an address without the brackets, which then holds no
 * blank and ends the line or stands in front of the reason. */
static bool read_argument(struct ms_cursor *c, struct ms_span *address)
{
    (void)(MS_SKIP(c, "TO:") || MS_SKIP(c, "FROM:"));
    if (MS_AT(c, "<"))
        return ms_read_address(c, follows_argument, address);
    const char *colon = MS_FIND(c->p, c->end, ": "), *end = colon != NULL ? colon : c->end;
    *address = ms_span_of(c->p, (size_t)(end - c->p));
    return address->n > 0 && memchr(address->p, ' ', address->n) == NULL && memchr(address->p, '@', address->n) != NULL;
}

static void new_reject(struct ms_event *e, enum ms_kind_id kind, const char *action)
{
    ms_exim_name(e, kind);
    memset(&e->u.reject, 0, sizeof e->u.reject);
    e->u.reject.action = ms_span_str(action);
    e->u.reject.client = ms_endpoint_none();
    e->u.reject.reply_code = MS_NONE;
}

static void tell_peer(struct ms_event *e, const struct ms_exim_host *host, const struct ms_exim_items *items)
{
    if (host->token.p == NULL) /* none, or doubtful, and the items with it */
        return;
    e->u.reject.client = ms_endpoint_of(host->token);
    e->u.reject.helo = host->helo;
    e->u.reject.sender = items->of[MS_EXIM_F];
    struct ms_cursor login = ms_cursor_of(items->of[MS_EXIM_A]);
    if (login.p != NULL) {
        e->u.reject.sasl_method = ms_read_until(&login, ':');
        if (MS_SKIP(&login, ":"))
            e->u.reject.sasl_username = ms_read_until(&login, ':');
    }
}

/* At ` [temporarily ]rejected `. */
static bool read_refused(struct ms_exim_line *l, const struct ms_exim_host *host, const struct ms_exim_items *items,
                         bool is_doubtful)
{
    struct ms_cursor c = l->body;
    struct ms_event *e = l->e;
    new_reject(e, MS_K_EXIM_REJECTED, "reject");
    c.p++;
    e->u.reject.text = ms_cursor_rest(&c);
    (void)MS_SKIP(&c, "temporarily ");
    (void)MS_SKIP(&c, "rejected ");
    e->u.reject.stage = stage_of(c);
    tell_peer(e, host, items);
    if (is_doubtful)
        return true;
    if (host->token.p == NULL && items->of[MS_EXIM_F].p != NULL)
        e->u.reject.sender = items->of[MS_EXIM_F];
    bool rcpt = ms_span_is(e->u.reject.stage, "RCPT"), mail = ms_span_is(e->u.reject.stage, "MAIL");
    struct ms_span argument;
    c.p += rcpt || mail ? 4 : 0;
    if ((rcpt || mail) && MS_SKIP(&c, " ") && read_argument(&c, &argument)) {
        if (rcpt)
            e->u.reject.recipient = argument;
        else
            e->u.reject.sender = argument;
    }
    return true;
}

static bool read_warning(struct ms_exim_line *l, const struct ms_exim_host *host, const struct ms_exim_items *items)
{
    new_reject(l->e, MS_K_EXIM_WARNING, "warn");
    l->body.p++;
    l->e->u.reject.text = ms_cursor_rest(&l->body);
    tell_peer(l->e, host, items);
    return true;
}

/* What an attempt met at one server, with a message ID: ` H=HOST [IP][: ]TEXT`. */
static bool read_attempt(struct ms_exim_line *l, const struct ms_exim_host *host)
{
    if (l->e->queue_id.p == NULL || host->helo.p != NULL || host->token.p == NULL)
        return false;
    return ms_exim_event(l->e, MS_K_EXIM_ATTEMPT, ms_endpoint_of(host->token));
}

static bool read_host_line(struct ms_exim_line *l)
{
    struct ms_cursor *c = &l->body;
    struct ms_exim_host host;
    struct ms_exim_items items;
    if (ms_exim_read_peer(c, goes_on_refused, &host, &items))
        return read_refused(l, &host, &items, host.token.p == NULL);
    if (ms_exim_read_peer(c, goes_on_warning, &host, &items))
        return read_warning(l, &host, &items);
    if (ms_exim_read_peer(c, goes_on_incomplete, &host, &items))
        return ms_exim_event(l->e, MS_K_EXIM_INCOMPLETE, ms_endpoint_of(host.token));
    if (ms_exim_read_peer(c, goes_on_verify, &host, &items))
        return ms_exim_event(l->e, MS_K_EXIM_VERIFY, ms_endpoint_of(host.token));
    if (l->e->queue_id.p == NULL && ms_exim_read_peer(c, goes_on_tls_error, &host, &items))
        return ms_exim_event(l->e, MS_K_EXIM_TLS_ERROR, ms_endpoint_of(host.token));
    if (ms_exim_read_peer(c, goes_on_text, &host, &items) && read_attempt(l, &host))
        return true;
    return false;
}

/* `rejected from <SENDER> H=HOST: WHY` (too big, too many Received headers, a syntax error), `rejected MAIL FROM:<SENDER>
 * H=HOST: WHY`, `rejected EHLO from HOST: WHY`. What the client has sent stands in front of the host. */
static bool read_rejected(struct ms_exim_line *l)
{
    struct ms_cursor c = l->body;
    struct ms_event *e = l->e;
    struct ms_exim_host host;
    struct ms_exim_items items;
    struct ms_span sender = MS_SPAN_NULL;
    new_reject(e, MS_K_EXIM_REJECTED, "reject");
    e->u.reject.text = ms_cursor_rest(&c);
    (void)(MS_SKIP(&c, "temporarily ") && MS_SKIP(&c, "rejected "));
    (void)MS_SKIP(&c, "rejected ");
    e->u.reject.stage = stage_of(c);
    bool is_helo = MS_SKIP(&c, "EHLO from ") || MS_SKIP(&c, "HELO from ");
    if (!is_helo) {
        (void)(MS_SKIP(&c, "from ") || MS_SKIP(&c, "MAIL FROM:"));
        if (!ms_read_address(&c, follows_argument, &sender) || !MS_SKIP(&c, " H="))
            return true;
    }
    if (!ms_exim_read_peer(&c, goes_on_reason, &host, &items))
        return true;
    tell_peer(e, &host, &items);
    e->u.reject.sender = sender;
    return true;
}

static bool read_refused_connection(struct ms_exim_line *l, ms_exim_follow_fn goes_on)
{
    struct ms_exim_host host;
    struct ms_exim_items items;
    struct ms_span text = l->e->text;
    if (!ms_exim_read_peer(&l->body, goes_on, &host, &items))
        return false;
    new_reject(l->e, MS_K_EXIM_REFUSED, "reject");
    l->e->u.reject.stage = MS_SPAN_LIT("CONNECT");
    l->e->u.reject.text = text;
    tell_peer(l->e, &host, &items);
    return true;
}

/* `F=SENDER H=HOST P=esmtp rejected by local_scan(): WHY`, the sender in <> or not. */
static bool read_scanned(struct ms_exim_line *l)
{
    struct ms_cursor c = l->body;
    struct ms_exim_host host;
    struct ms_exim_items items;
    struct ms_span sender;
    if (!MS_SKIP(&c, "F="))
        return false;
    if (!ms_read_address(&c, follows_argument, &sender))
        sender = ms_read_until(&c, ' ');
    if (!MS_SKIP(&c, " H=") || !ms_exim_read_peer(&c, goes_on_refused, &host, &items))
        return false;
    l->body = c;
    items.of[MS_EXIM_F] = sender;
    return read_refused(l, &host, &items, host.token.p == NULL);
}

/* `U=root F=<S> rejected by local_scan(): WHY`: of a mail that came by no connection. */
static bool read_local_refusal(struct ms_exim_line *l)
{
    struct ms_exim_items items = {0};
    struct ms_exim_host nobody = {MS_SPAN_NULL, MS_SPAN_NULL};
    if (l->body.p == l->e->text.p)
        return false;
    l->body.p--; /* the blank in front of the first item */
    ms_exim_read_items(&l->body, &items);
    return goes_on_refused(&l->body) && read_refused(l, &nobody, &items, false);
}

bool ms_exim_refusal(struct ms_exim_line *l)
{
    struct ms_cursor *c = &l->body;
    if (MS_SKIP(c, "H="))
        return read_host_line(l);
    if (MS_AT(c, "rejected ") || MS_AT(c, "temporarily rejected "))
        return read_rejected(l);
    if (MS_SKIP(c, "refused connection from ") && (MS_SKIP(c, "H=") || true))
        return read_refused_connection(l, goes_on_reason);
    if (MS_SKIP(c, "Connection from "))
        return read_refused_connection(l, goes_on_refused_connection);
    if (MS_AT(c, "U=") || MS_AT(c, "F="))
        return read_scanned(l) || read_local_refusal(l);
    return false;
}
