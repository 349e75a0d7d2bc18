/* Refusals: rulesets, milters, and what a client was told (reference/sendmail-log-lines.md 7.2, 7.3). */
#include "parse/lists.h"
#include "parse/sendmail.h"

static const struct {
    const char *ruleset, *stage;
} stages[] = {
    {"check_relay", "CONNECT"}, {"check_helo", "HELO"}, {"check_mail", "MAIL"},          {"check_rcpt", "RCPT"},
    {"check_compat", "RCPT"},   {"check_data", "DATA"}, {"check_eom", "END-OF-MESSAGE"}, {"check_vrfy", "VRFY"},
    {"check_expn", "EXPN"},     {"check_etrn", "ETRN"}, {"check_other", "UNKNOWN"},      {"tls_client", "STARTTLS"},
    {"trust_auth", "AUTH"},
};

/* Rulesets that judge the server that a mail goes to. */
static bool is_outbound(struct ms_span ruleset)
{
    return ms_span_is(ruleset, "tls_server") || ms_span_is(ruleset, "tls_rcpt") || ms_span_is(ruleset, "try_tls");
}

static const char *stage_of(struct ms_span ruleset)
{
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        if (ms_span_is(ruleset, stages[i].ruleset))
            return stages[i].stage;
    return "header"; /* the site's own name for a rule on a header */
}

struct decision {
    struct ms_span arg1, arg2, relay, reply;
    const char *action;
};

/* `, reject=REPLY`, `, discard`, `, quarantine=TEXT` at the cursor. */
static bool read_action(struct ms_cursor c, struct decision *d)
{
    d->reply = MS_SPAN_NULL;
    if (MS_SKIP(&c, ", reject="))
        d->action = "reject";
    else if (MS_SKIP(&c, ", quarantine="))
        d->action = "hold";
    else if (MS_SKIP(&c, ", discard") && c.p == c.end)
        d->action = "discard";
    else
        return false;
    if (c.p < c.end)
        d->reply = ms_cursor_rest(&c);
    return true;
}

/* Where `, reject=` or its like stands from `p` on; NULL. */
static const char *find_action(const char *p, const char *end)
{
    struct decision d;
    for (; (p = MS_FIND(p, end, ", ")) != NULL; p++)
        if (read_action((struct ms_cursor){p, end}, &d))
            return p;
    return NULL;
}

/* The end of an argument that is whatever a client typed: an address whose quotes close, in front of a key that follows. Else the
 * last `, relay=` that a decision follows: nothing inside it can then stand behind it. */
static const char *argument_end(const char *p, const char *end)
{
    const char *stop = ms_list_address_end(p, end), *last = NULL;
    struct decision d;
    struct ms_cursor c = {stop, end};
    bool closed = stop > p && (*p != '<' || stop[-1] == '>');
    if (closed && (MS_AT(&c, ", arg2=") || MS_AT(&c, ", relay=") || read_action(c, &d)))
        return stop;
    for (const char *at = p; (at = MS_FIND(at, end, ", relay=")) != NULL; at++)
        if (find_action(at + 1, end) != NULL)
            last = at;
    return last != NULL ? last : find_action(p, end);
}

static bool read_decision(struct ms_cursor c, struct decision *d)
{
    const char *stop;
    if (!MS_SKIP(&c, ", arg1=") || (stop = argument_end(c.p, c.end)) == NULL)
        return false;
    d->arg1 = ms_span_of(c.p, (size_t)(stop - c.p));
    c.p = stop;
    if (MS_SKIP(&c, ", arg2=")) {
        if ((stop = argument_end(c.p, c.end)) == NULL)
            return false;
        d->arg2 = ms_span_of(c.p, (size_t)(stop - c.p));
        c.p = stop;
    }
    if (MS_SKIP(&c, ", relay=")) {
        if ((stop = find_action(c.p, c.end)) == NULL)
            return false;
        d->relay = ms_span_of(c.p, (size_t)(stop - c.p));
        c.p = stop;
    }
    return read_action(c, d);
}

static struct ms_span address_of(struct ms_span argument)
{
    struct ms_span rest = argument, address = MS_SPAN_NULL;
    return ms_list_address(&rest, &address) ? address : MS_SPAN_NULL;
}

static bool read_ruleset(struct ms_sendmail_line *l)
{
    struct ms_cursor c = l->body;
    struct ms_event *e = l->e;
    struct decision d = {0};
    if (!MS_SKIP(&c, "ruleset="))
        return false;
    struct ms_span ruleset = ms_read_until(&c, ',');
    if (is_outbound(ruleset) || !read_decision(c, &d))
        return ms_sendmail_event(e, MS_K_SENDMAIL_RULESET_OTHER);
    const char *stage = stage_of(ruleset);
    ms_sendmail_reject_new(e, MS_K_SENDMAIL_RULESET, d.action, stage);
    if (d.reply.p != NULL)
        ms_sendmail_reject_text(e, d.reply);
    e->u.reject.client = ms_endpoint_of_spaced(d.relay);
    if (strcmp(stage, "MAIL") == 0 || ms_span_is(ruleset, "check_compat"))
        e->u.reject.sender = address_of(d.arg1);
    if (strcmp(stage, "RCPT") == 0)
        e->u.reject.recipient = address_of(ms_span_is(ruleset, "check_compat") ? d.arg2 : d.arg1);
    if (strcmp(stage, "CONNECT") == 0 && d.relay.p == NULL && ms_sendmail_ip(d.arg2).p != NULL) {
        e->u.reject.client.ip = ms_sendmail_ip(d.arg2);
        if (d.arg1.n > 0 && d.arg1.p[0] != '[')
            e->u.reject.client.name = d.arg1;
    }
    return true;
}

/* `<addr>... TEXT` and texts of the same sort: what a client was told at once, without the code. */
static bool read_user_error(struct ms_sendmail_line *l)
{
    static const char *const texts[] = {"Syntax error in mailbox address ", "Domain name required for sender address ",
                                        "Too many recipients"};
    struct ms_span body = ms_cursor_rest(&l->body), address = MS_SPAN_NULL;
    if (l->e->queue_id.p == NULL || l->part > 0)
        return false;
    bool bracketed = body.n > 0 && body.p[0] == '<';
    const char *behind = bracketed ? ms_list_address_end(body.p, l->body.end) : l->body.end;
    const char *dots = bracketed ? MS_FIND(body.p, behind, ">... ") : MS_FIND(body.p, behind, "... ");
    if (dots != NULL && !bracketed && (dots == body.p || ms_find_char(body.p, dots, ' ') || dots + 4 == behind))
        dots = NULL; /* no address that a client would type */
    if (dots != NULL)
        address = ms_span_of(body.p + bracketed, (size_t)(dots - body.p - bracketed));
    bool known = dots != NULL;
    for (size_t i = 0; !known && i < sizeof texts / sizeof *texts; i++)
        known = ms_span_starts(body, texts[i]);
    if (!known)
        return false;
    bool of_sender = MS_FIND(body.p, l->body.end, "ender") != NULL;
    ms_sendmail_reject_new(l->e, MS_K_SENDMAIL_REFUSED, "reject", address.p == NULL || of_sender ? "MAIL" : "RCPT");
    if (address.p == NULL)
        l->e->u.reject.stage = MS_SPAN_NULL;
    l->e->u.reject.text = body;
    if (of_sender)
        l->e->u.reject.sender = address;
    else
        l->e->u.reject.recipient = address;
    return true;
}

/* `SMTP MAIL command (ARG) from RELAY tempfailed (due to previous checks)`. */
static bool read_tempfailed(struct ms_sendmail_line *l)
{
    struct ms_cursor c = l->body;
    const char *over = MS_FIND_LAST(c.p, c.end, " tempfailed (due to previous checks)");
    if (over == NULL || over + 36 != c.end || !MS_SKIP(&c, "SMTP "))
        return false;
    struct ms_span command = ms_read_until(&c, ' ');
    const char *from = MS_FIND_LAST(c.p, over, ") from ");
    if (!MS_SKIP(&c, " command (") || from == NULL || from < c.p)
        return false;
    ms_sendmail_reject_new(l->e, MS_K_SENDMAIL_REFUSED, "reject", NULL);
    l->e->u.reject.stage = command;
    l->e->u.reject.text = ms_cursor_rest(&l->body);
    l->e->u.reject.client = ms_endpoint_of_spaced(ms_span_of(from + 7, (size_t)(over - from - 7)));
    if (ms_span_is(command, "MAIL"))
        l->e->u.reject.sender = address_of(ms_span_of(c.p, (size_t)(from - c.p)));
    return true;
}

/* ---- milters ---- */

/* `rejecting commands`, `temp failing commands[=REPLY]`, `shutdown[=REPLY]`: the whole connection. */
static bool read_milter_hang_up(struct ms_cursor c, struct decision *d)
{
    const char *words = c.p + 2;
    if (!MS_SKIP(&c, ", rejecting commands") && !MS_SKIP(&c, ", temp failing commands") && !MS_SKIP(&c, ", shutdown"))
        return false;
    d->action = "reject";
    d->reply = ms_span_of(words, (size_t)(c.p - words));
    if (MS_SKIP(&c, "="))
        d->reply = ms_cursor_rest(&c);
    return c.p == c.end || d->reply.p == c.p;
}

/* `Milter: WHAT, reject=REPLY`, `Milter: WHAT, discard`. */
static bool read_milter_decision(struct ms_sendmail_line *l, struct ms_cursor c)
{
    struct decision d = {0};
    const char *stage = NULL, *stop = NULL;
    struct ms_span address = MS_SPAN_NULL, host = MS_SPAN_NULL, ip = MS_SPAN_NULL;
    if (MS_SKIP(&c, "connect: host=")) {
        stage = "CONNECT";
        const char *addr = MS_FIND(c.p, c.end, ", addr=");
        if (addr != NULL) {
            host = ms_span_of(c.p, (size_t)(addr - c.p));
            c.p = addr + 7;
            ip = ms_sendmail_ip(ms_read_until(&c, ','));
        }
    } else if (MS_SKIP(&c, "helo=")) {
        stage = "HELO";
        for (const char *at = c.p; (at = find_action(at, c.end)) != NULL; at++)
            stop = at; /* nothing but a HELO name holds a comma in front of the last one */
    } else if (MS_AT(&c, "from=") || MS_AT(&c, "to=")) {
        stage = *c.p == 'f' ? "MAIL" : "RCPT";
        c.p = memchr(c.p, '=', ms_cursor_left(&c)) + 1;
        stop = argument_end(c.p, c.end);
        address = stop != NULL ? address_of(ms_span_of(c.p, (size_t)(stop - c.p))) : address;
    } else if (MS_SKIP(&c, "cmd=data") || MS_SKIP(&c, "data")) {
        stage = c.p[-5] == '=' ? "DATA" : "END-OF-MESSAGE";
    } else if (MS_SKIP(&c, "header") || MS_SKIP(&c, "eoh") || MS_SKIP(&c, "body")) {
        stage = "END-OF-MESSAGE";
    }
    if (stop != NULL)
        c.p = stop;
    if (stage == NULL || !(read_action(c, &d) || (ip.p != NULL && read_milter_hang_up(c, &d))))
        return false;
    ms_sendmail_reject_new(l->e, MS_K_SENDMAIL_MILTER_REJECT,
                           *d.action == 'r'   ? "milter-reject"
                           : *d.action == 'd' ? "milter-discard"
                                              : "milter-hold",
                           stage);
    if (ms_span_starts(d.reply, "421, ")) /* `421, errormode=4` */
        ms_sendmail_reject_text(l->e, ms_span_of(d.reply.p, 3));
    else if (d.reply.p != NULL)
        ms_sendmail_reject_text(l->e, d.reply);
    if (d.reply.p != NULL)
        l->e->u.reject.text = d.reply;
    l->e->u.reject.sender = strcmp(stage, "MAIL") == 0 ? address : MS_SPAN_NULL;
    l->e->u.reject.recipient = strcmp(stage, "RCPT") == 0 ? address : MS_SPAN_NULL;
    if (host.n > 0 && host.p[0] != '[')
        l->e->u.reject.client.name = host;
    l->e->u.reject.client.ip = ip;
    return true;
}

static bool read_milter(struct ms_sendmail_line *l)
{
    struct ms_cursor c = l->body;
    struct ms_event *e = l->e;
    if (MS_AT(&c, "Milter: initialization failed, ")) {
        e->severity = 2;
        return ms_sendmail_event(e, MS_K_SENDMAIL_MILTER_ERROR);
    }
    if (MS_SKIP(&c, "Milter: "))
        return read_milter_decision(l, c) || ms_sendmail_event(e, MS_K_SENDMAIL_MILTER);
    if (MS_AT(&c, "Milter (") || MS_AT(&c, "milter_")) {
        bool error = MS_AT(&c, "milter_") || MS_FIND(c.p, c.end, "): timeout ") || MS_FIND(c.p, c.end, "): error ") ||
                     MS_FIND(c.p, c.end, "): read returned") || MS_FIND(c.p, c.end, "): to error state") ||
                     MS_FIND(c.p, c.end, "): init failed");
        e->severity = error ? 2 : 0;
        return ms_sendmail_event(e, error ? MS_K_SENDMAIL_MILTER_ERROR : MS_K_SENDMAIL_MILTER);
    }
    if (MS_SKIP(&c, "milter=")) {
        (void)ms_read_until(&c, ',');
        struct decision d = {0};
        if (MS_AT(&c, ", quarantine=") && read_action(c, &d)) {
            ms_sendmail_reject_new(e, MS_K_SENDMAIL_MILTER_REJECT, "milter-hold", "END-OF-MESSAGE");
            e->u.reject.text = d.reply;
            return true;
        }
        return ms_sendmail_event(e, MS_K_SENDMAIL_MILTER); /* the decision has a line of its own */
    }
    return MS_AT(&c, "Milter ") && ms_sendmail_event(e, MS_K_SENDMAIL_MILTER);
}

bool ms_sendmail_policy(struct ms_sendmail_line *l)
{
    if (l->part > 1)
        return false;
    const char *mark = l->part == 1 ? MS_FIND_LAST(l->body.p, l->body.end, " ...") : NULL;
    if (mark != NULL && mark + 4 == l->body.end) /* more follows, as an event */
        l->body.end = mark;
    return read_ruleset(l) || read_milter(l) || read_tempfailed(l) || read_user_error(l);
}
