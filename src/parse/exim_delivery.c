/* `=>`, `->`, `>>`, `**`, `==`: what became of one recipient (exim-log-lines.md 5). The address and its parents stand in front of
 * the items; an address is a stranger's, quotes and all, the rest is Exim's but for the answer of a server. */
#include "parse/exim.h"
#include "parse/postfix.h"

struct target {
    struct ms_span address, orig;
};

static bool follows_orig(const char *p, const char *end)
{
    return p == end || *p == ' ' || (*p == ':' && (p + 1 == end || p[1] == ' '));
}

/* Behind ` |COMMAND WITH ARGUMENTS`: only an item shows that the command is over. */
static bool follows_command(const char *p, const char *end)
{
    struct ms_cursor c = {p, end};
    return p == end || MS_AT(&c, ": ") || MS_AT(&c, " F=<") || MS_AT(&c, " P=<") || MS_AT(&c, " R=") ||
           MS_AT(&c, " T=") || MS_AT(&c, " Q=");
}

/* Behind the closing parenthesis of ` (PARENT, PARENT)`; NULL if there is none. */
static const char *skip_parents(const char *p, const char *end)
{
    for (p += 2; p < end && *p != ')'; p++) {
        if (*p != '"')
            continue;
        p = ms_exim_quote_end(p + 1, end);
        if (p == NULL)
            return NULL;
    }
    return p < end ? p + 1 : NULL;
}

static void read_command(struct ms_cursor *c, struct target *t)
{
    const char *start = c->p;
    for (const char *at = start; (at = MS_FIND(at, c->end, " <")) != NULL; at++) {
        struct ms_cursor r = {at + 1, c->end};
        if (!ms_read_address(&r, follows_command, &t->orig))
            continue;
        t->address = ms_span_of(start, (size_t)(at - start));
        c->p = r.p;
        return;
    }
    const char *at = start;
    while (at < c->end && !follows_command(at, c->end))
        at++;
    t->orig = MS_SPAN_NULL;
    t->address = ms_span_of(start, (size_t)(at - start));
    c->p = at;
}

/* Is `plain` the address `quoted` without its quotes, or the local part of that? */
static bool is_unquoted(struct ms_span plain, struct ms_span quoted)
{
    const char *p = plain.p, *p_end = p + plain.n, *q = quoted.p + 1, *q_end = quoted.p + quoted.n;
    for (; q < q_end && *q != '"'; q++, p++) {
        q += *q == '\\' && q + 1 < q_end;
        if (p == p_end || *p != *q)
            return false;
    }
    if (q == q_end)
        return false;
    return p == p_end || ms_span_eq(ms_span_of(p, (size_t)(p_end - p)), ms_span_of(q + 1, (size_t)(q_end - q - 1)));
}

/* `a b@c <"a b"@c>`: Exim takes the quotes off an address, which then may imitate all that follows one; the original shows
 * where it ends. */
static bool read_unquoted(struct ms_cursor *c, struct target *t)
{
    const char *start = c->p;
    for (const char *at = start; (at = MS_FIND(at, c->end, " <\"")) != NULL; at++) {
        struct ms_cursor r = {at + 1, c->end};
        struct ms_span address = ms_span_of(start, (size_t)(at - start)), orig;
        if (!ms_read_address(&r, follows_orig, &orig) || !is_unquoted(address, orig))
            continue;
        *t = (struct target){address, orig};
        c->p = r.p;
        return true;
    }
    return false;
}

/* The address that no <> enclose, up to a blank or `: ` outside of quotes. NULL: a quote is not closed. */
static const char *address_end(const char *p, const char *end)
{
    bool is_special = *p == ':'; /* `:blackhole:` */
    for (; p < end && *p != ' ' && (is_special || *p != ':' || p + 1 == end || p[1] != ' '); p++) {
        if (*p != '"')
            continue;
        p = ms_exim_quote_end(p + 1, end);
        if (p == NULL)
            return NULL;
    }
    return p;
}

/* ADDRESS[ (PARENTS)][ <ORIG>] */
static bool read_target(struct ms_cursor *c, struct target *t)
{
    *t = (struct target){MS_SPAN_NULL, MS_SPAN_NULL};
    if (c->p == c->end)
        return false;
    if (read_unquoted(c, t))
        return true;
    if (*c->p == '|') {
        read_command(c, t);
        return t->address.n > 0;
    }
    const char *p = address_end(c->p, c->end);
    if (p == NULL)
        return false;
    t->address = ms_span_of(c->p, (size_t)(p - c->p));
    c->p = p;
    if (MS_AT(c, " (")) {
        p = skip_parents(c->p, c->end);
        if (p == NULL)
            return false;
        c->p = p;
    }
    if (MS_AT(c, " <")) {
        c->p++;
        if (!ms_read_address(c, follows_orig, &t->orig))
            c->p--;
    }
    return t->address.n > 0;
}

struct ms_span ms_exim_answer(struct ms_span text, struct ms_span *host)
{
    struct ms_cursor c = ms_cursor_of(text);
    *host = MS_SPAN_NULL;
    if (!MS_SKIP(&c, "SMTP error from remote mail"))
        return MS_SPAN_NULL;
    const char *after = MS_FIND(c.p, c.end, " after ");
    if (after == NULL)
        return MS_SPAN_NULL;
    c.p = after + 7;
    (void)MS_SKIP(&c, "pipelined ");
    struct ms_span address;
    if ((MS_SKIP(&c, "RCPT TO:") || MS_SKIP(&c, "MAIL FROM:")) && !ms_read_address(&c, follows_orig, &address))
        return MS_SPAN_NULL;
    const char *colon = MS_FIND(c.p, c.end, ": ");
    if (colon == NULL)
        return MS_SPAN_NULL;
    c.p = colon + 2;
    struct ms_cursor r = c;
    struct ms_exim_host server;
    if (MS_SKIP(&r, "host ") && ms_exim_read_host(&r, NULL, &server) && server.helo.p == NULL && MS_SKIP(&r, ": ")) {
        *host = server.token;
        c = r;
    }
    return ms_cursor_rest(&c);
}

/* Before 4.88 the server stands in the reason only. */
static struct ms_span tell_server(struct ms_event *e, struct ms_span reason)
{
    struct ms_cursor c = ms_cursor_of(reason);
    struct ms_exim_host host = {MS_SPAN_NULL, MS_SPAN_NULL};
    struct ms_span said = ms_exim_answer(reason, &host.token);
    (void)MS_SKIP(&c, "Connection timed out: ");
    if (said.p == NULL && MS_SKIP(&c, "SMTP timeout while connected to ") &&
        (!ms_exim_read_host(&c, NULL, &host) || host.helo.p != NULL))
        host.token = MS_SPAN_NULL;
    if (e->u.delivery.relay.p == NULL)
        e->u.delivery.relay = host.token;
    return said;
}

static void tell_answer(struct ms_event *e, struct ms_span words)
{
    e->u.delivery.reply_code = ms_postfix_reply_code(words, true);
    if (e->u.delivery.reply_code != MS_NONE)
        e->u.delivery.dsn = ms_postfix_reply_dsn(words, true);
}

static void tell_items(struct ms_event *e, const struct ms_exim_items *items)
{
    const struct ms_span *of = items->of;
    e->u.delivery.agent = of[MS_EXIM_T].p ? of[MS_EXIM_T] : of[MS_EXIM_R];
    e->u.delivery.relay = of[MS_EXIM_H];
    ms_exim_tls(of[MS_EXIM_X], &e->u.delivery.tls_version, &e->u.delivery.tls_cipher);
    e->u.delivery.delay_ms = ms_exim_duration_ms(of[MS_EXIM_QT]);
    e->u.delivery.xdelay_ms = ms_exim_duration_ms(of[MS_EXIM_DT]);
    e->u.delivery.reply = of[MS_EXIM_C];
}

/* ` DT=0s` behind a reason is Exim's own again. */
static void take_times_off(struct ms_cursor *c, struct ms_exim_items *items)
{
    for (int i = 0; i < 2; i++) {
        const char *blank = memrchr(c->p, ' ', ms_cursor_left(c));
        if (blank == NULL)
            return;
        struct ms_cursor last = {blank, c->end};
        enum ms_exim_key key = MS_SKIP(&last, " DT=")   ? MS_EXIM_DT
                               : MS_SKIP(&last, " QT=") ? MS_EXIM_QT
                                                        : MS_EXIM_OTHER;
        if (key == MS_EXIM_OTHER || items->of[key].p != NULL || ms_exim_duration_ms(ms_cursor_rest(&last)) == MS_NONE)
            return;
        items->of[key] = ms_cursor_rest(&last);
        c->end = blank;
    }
}

/* `TEXT OF errno[ H=...][ DT=...][: REASON]`: that text holds neither colon nor item. */
static void read_errno(struct ms_cursor *c, struct ms_exim_items *items, struct ms_span *reason)
{
    const char *text = c->p, *colon = MS_FIND(c->p, c->end, ": ");
    for (const char *p = text; p < (colon ? colon : c->end); p++) {
        struct ms_cursor r = {p, c->end};
        if (!MS_AT(&r, " H=") && !MS_AT(&r, " DT="))
            continue;
        ms_exim_read_items(&r, items);
        if (r.p == r.end)
            *reason = ms_span_of(text, (size_t)(p - text));
        else if (MS_SKIP(&r, ": "))
            *reason = ms_cursor_rest(&r);
        return;
    }
}

/* `[ routing] defer[ (WHY)][: TEXT OF errno][ H=...][ DT=...][: REASON]`; true if it is one. The reason, else what else says why. */
static bool read_defer(struct ms_cursor *c, struct ms_exim_items *items, struct ms_span *reason)
{
    const char *defer = MS_FIND(c->p, c->end, " defer");
    if (defer == NULL || (defer > c->p && (*c->p != ' ' || ms_find_char(c->p + 1, defer, ' '))))
        return false; /* at most one word in front */
    c->p = defer + 6;
    *reason = MS_SPAN_NULL;
    bool is_errno = false;
    if (MS_SKIP(c, " (")) {
        is_errno = c->p < c->end && ms_is_digit(*c->p); /* Exim's own numbers are negative */
        *reason = ms_read_until(c, ')');
        if (!MS_SKIP(c, ")"))
            return false;
    }
    ms_exim_read_items(c, items);
    if (!MS_SKIP(c, ": "))
        return c->p == c->end;
    *reason = ms_cursor_rest(c);
    if (is_errno)
        read_errno(c, items, reason);
    return true;
}

static void clear_delivery(struct ms_event *e)
{
    memset(&e->u.delivery, 0, sizeof e->u.delivery);
    e->u.delivery.conn_use = e->u.delivery.delay_ms = e->u.delivery.delay_in_ms = e->u.delivery.delay_queue_ms =
        e->u.delivery.delay_conn_ms = e->u.delivery.delay_xmit_ms = e->u.delivery.xdelay_ms = e->u.delivery.priority =
            e->u.delivery.reply_code = MS_NONE;
}

/* The ACL or a filter threw all recipients away, and names none of them. */
static bool read_thrown_away(struct ms_exim_line *l)
{
    struct ms_cursor *c = &l->body;
    if (!MS_AT(c, "=> blackhole (") || MS_FIND(c->p, c->end, " discarded recipients)") == NULL)
        return false;
    struct ms_event *e = l->e;
    c->p += 3;
    ms_exim_name(e, MS_K_EXIM_DISCARDED);
    memset(&e->u.reject, 0, sizeof e->u.reject);
    e->u.reject.action = MS_SPAN_LIT("discard");
    e->u.reject.stage = MS_SPAN_LIT("END-OF-MESSAGE");
    e->u.reject.client = ms_endpoint_none();
    e->u.reject.reply_code = MS_NONE;
    e->u.reject.text = ms_cursor_rest(c);
    return true;
}

static const struct flag {
    char sign[3];
    const char *status;
    enum ms_kind_id kind;
} flags[] = {
    {"=>", "sent", MS_K_EXIM_DELIVERY},  {"->", "sent", MS_K_EXIM_DELIVERY_ALSO}, {">>", "sent", MS_K_EXIM_CUTTHROUGH},
    {"**", "bounced", MS_K_EXIM_FAILED}, {"==", "deferred", MS_K_EXIM_DEFERRED},
};

static const struct flag *flag_at(const struct ms_cursor *c)
{
    for (size_t i = 0; ms_cursor_left(c) > 3 && c->p[2] == ' ' && i < sizeof flags / sizeof *flags; i++)
        if (memcmp(c->p, flags[i].sign, 2) == 0)
            return &flags[i];
    return NULL;
}

bool ms_exim_delivery(struct ms_exim_line *l)
{
    struct ms_cursor *c = &l->body;
    struct ms_event *e = l->e;
    const struct flag *flag = flag_at(c);
    struct target t;
    struct ms_exim_items items = {0};
    if (read_thrown_away(l))
        return true;
    if (flag == NULL)
        return false;
    c->p += 3;
    if (!read_target(c, &t))
        return false;
    ms_exim_name(e, flag->kind);
    clear_delivery(e);
    e->u.delivery.recipient = t.address;
    e->u.delivery.orig_recipient = t.orig;
    ms_exim_read_items(c, &items);
    struct ms_span reason = MS_SPAN_NULL;
    bool whole = true;
    if (flag->kind == MS_K_EXIM_DEFERRED) {
        whole = read_defer(c, &items, &reason);
    } else if (flag->kind == MS_K_EXIM_FAILED) {
        take_times_off(c, &items);
        whole = c->p == c->end || MS_SKIP(c, ": ");
        reason = c->p < c->end ? ms_cursor_rest(c) : MS_SPAN_NULL;
    } else {
        whole = c->p == c->end || MS_AT(c, " ("); /* `ST=shadow (error)` */
    }
    e->u.delivery.status = ms_span_str(flag->status);
    e->u.delivery.truncated = !whole;
    tell_items(e, &items);
    if (flag->kind == MS_K_EXIM_FAILED || flag->kind == MS_K_EXIM_DEFERRED) {
        e->u.delivery.reply = reason;
        e->u.delivery.said = tell_server(e, reason);
        e->u.delivery.is_untried = flag->kind == MS_K_EXIM_DEFERRED && ms_span_starts(reason, "retry time not reached");
        tell_answer(e, e->u.delivery.said);
    } else if (e->u.delivery.reply.p != NULL) {
        tell_answer(e, e->u.delivery.reply);
        e->u.delivery.next_queue_id = ms_postfix_next_id(e->u.delivery.reply);
    }
    return true;
}
