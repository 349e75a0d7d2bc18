/* Everything else that sendmail says: it goes to `events` (reference/sendmail-log-lines.md 7.1, 7.5). */
#include <strings.h>

#include "parse/sendmail.h"

enum severity { INFO, WARNING, ERROR };

/* Texts that begin so. */
static const struct {
    const char *begin;
    uint16_t kind;
    uint8_t severity;
} begins[] = {
    {"SYSERR(", MS_K_SENDMAIL_SYSERR, ERROR},
    {"SYSERR:", MS_K_SENDMAIL_SYSERR, ERROR},
    {"Authentication-Warning: ", MS_K_SENDMAIL_AUTH_WARNING, WARNING},
    {"message size (", MS_K_SENDMAIL_COLLECT, WARNING}, /* the refusal has a line of its own */
    {"alias database ", MS_K_SENDMAIL_ALIASES, INFO},
    {"alias ", MS_K_SENDMAIL_EXPAND, INFO},
    {"forward ", MS_K_SENDMAIL_EXPAND, INFO},
    {"expand ", MS_K_SENDMAIL_EXPAND, INFO},
    {"hesiod ", MS_K_SENDMAIL_EXPAND, INFO},
    {"grew WorkList ", MS_K_SENDMAIL_QUEUE_RUN, INFO},
    {"WorkList for ", MS_K_SENDMAIL_QUEUE_RUN, INFO},
    {"runqueue: ", MS_K_SENDMAIL_QUEUE_RUN, INFO},
    {"rejecting connections on ", MS_K_SENDMAIL_LOAD, WARNING},
    {"deferring connections on ", MS_K_SENDMAIL_LOAD, WARNING},
    {"delaying connections on ", MS_K_SENDMAIL_LOAD, WARNING},
    {"accepting connections again ", MS_K_SENDMAIL_LOAD, INFO},
    {"have been rejecting connections ", MS_K_SENDMAIL_LOAD, WARNING},
    {"rejecting new messages: ", MS_K_SENDMAIL_LOAD, WARNING},
    {"low on space ", MS_K_SENDMAIL_LOAD, WARNING},
    {"rejecting ", MS_K_SENDMAIL_ABUSE, WARNING},
    {"POSSIBLE ATTACK ", MS_K_SENDMAIL_ABUSE, WARNING},
    {"tcpwrappers (", MS_K_SENDMAIL_ABUSE, WARNING},
    {"deliver: mailer=", MS_K_SENDMAIL_ATTEMPT, INFO},
    {"tls_srv_features=", MS_K_SENDMAIL_TLS_EVENT, INFO},
    {"tls_clt_features=", MS_K_SENDMAIL_TLS_EVENT, INFO},
    {"TLSA=", MS_K_SENDMAIL_TLS_EVENT, INFO},
    {"bogus queue file", MS_K_SENDMAIL_TROUBLE, ERROR},
    {"queueup: ", MS_K_SENDMAIL_TROUBLE, ERROR},
    {"Saved message in ", MS_K_SENDMAIL_TROUBLE, WARNING},
    {"smtpquit: ", MS_K_SENDMAIL_TROUBLE, WARNING},
    {"ERROR: inconsistent ", MS_K_SENDMAIL_TROUBLE, WARNING},
    {"Truncated MIME ", MS_K_SENDMAIL_ABUSE, WARNING},
    {"Fixed MIME ", MS_K_SENDMAIL_ABUSE, WARNING},
    {"started as: ", MS_K_SENDMAIL_STARTUP, INFO},
    {"File descriptors missing on startup", MS_K_SENDMAIL_STARTUP, WARNING},
    {"unable to qualify my own domain name ", MS_K_SENDMAIL_STARTUP, WARNING},
    {"My unqualified host name ", MS_K_SENDMAIL_STARTUP, WARNING},
    {"daemon invoked without full pathname", MS_K_SENDMAIL_STARTUP, WARNING},
    {"<-- ", MS_K_SENDMAIL_DIALOGUE, INFO},
    {"--- ", MS_K_SENDMAIL_DIALOGUE, INFO},
    {"--> ", MS_K_SENDMAIL_DIALOGUE, INFO},
};

/* Texts with a peer in front of these words. */
static const char *const behind_peer[] = {
    ": possible SMTP attack: ",
    ": Possible SMTP RCPT flood",
    ": probable open proxy: ",
    ": SMTP violation, ",
    " attack?", /* before 8.10: `RELAY: VRFY attack?` */
};

/* `RELAY: VRFY root`: the command as it was typed. NULL, or the colon. */
static const char *find_command(const char *p, const char *end)
{
    for (; (p = MS_FIND(p, end, ": ")) != NULL; p++)
        if (end - p >= 6 && (p + 6 == end || p[6] == ' ') &&
            (strncasecmp(p + 2, "VRFY", 4) == 0 || strncasecmp(p + 2, "EXPN", 4) == 0 ||
             strncasecmp(p + 2, "ETRN", 4) == 0))
            return p;
    return NULL;
}

static bool read_daemon(struct ms_sendmail_line *l)
{
    struct ms_cursor c = l->body;
    const char *what = MS_AT(&c, "starting daemon (")                                ? "started"
                       : MS_AT(&c, "stopping daemon, ")                              ? "terminating"
                       : MS_AT(&c, "restarting ") && MS_FIND(c.p, c.end, " due to ") ? "reload"
                                                                                     : NULL;
    if (what == NULL || l->e->queue_id.p != NULL)
        return false;
    ms_sendmail_name(l->e, MS_K_SENDMAIL_DAEMON);
    l->e->u.daemon_state.what = ms_span_str(what);
    return true;
}

/* An event about the peer that stands in [p, end); false if that is no name or address. */
static bool event_of_peer(struct ms_sendmail_line *l, enum ms_kind_id kind, uint8_t severity, const char *p,
                          const char *end)
{
    struct ms_endpoint peer = ms_endpoint_of_spaced(ms_span_of(p, (size_t)(end - p)));
    if (peer.ip.p == NULL && (end == p || memchr(p, ' ', (size_t)(end - p)) != NULL))
        return false;
    (void)ms_sendmail_event(l->e, kind);
    l->e->severity = severity;
    l->e->u.event.client = peer;
    return true;
}

/* `RELAY: VRFY root`, `RELAY: possible SMTP attack: ...`, `RELAY: SMTP DATA-2 protocol error: ...`. */
static bool read_behind_peer(struct ms_sendmail_line *l)
{
    const char *p = l->body.p, *end = l->body.end, *at = NULL;
    enum ms_kind_id kind = MS_K_SENDMAIL_ABUSE;
    for (size_t i = 0; at == NULL && i < sizeof behind_peer / sizeof *behind_peer; i++)
        at = ms_find_text(p, end, behind_peer[i], strlen(behind_peer[i]));
    if (at != NULL && *at == ' ') { /* behind the command */
        const char *colon = MS_FIND_LAST(p, at, ": ");
        at = colon != NULL ? colon : at;
    }
    if (at == NULL && (at = MS_FIND(p, end, ": SMTP ")) != NULL) {
        const char *error = MS_FIND(at, end, " protocol error: ");
        kind = MS_K_SENDMAIL_PROTOCOL;
        at = error != NULL && memchr(at + 7, ' ', (size_t)(error - at - 7)) == NULL ? at : NULL;
    }
    if (at == NULL) {
        at = find_command(p, end);
        kind = MS_K_SENDMAIL_COMMAND;
    }
    return at != NULL && event_of_peer(l, kind,
                                       kind == MS_K_SENDMAIL_PROTOCOL ? ERROR
                                       : kind == MS_K_SENDMAIL_ABUSE  ? WARNING
                                                                      : INFO,
                                       p, at);
}

/* `"wiz" command from RELAY (IP)`. */
static bool read_wizard(struct ms_sendmail_line *l)
{
    static const char words[] = "\" command from ";
    struct ms_cursor c = l->body;
    if (!MS_SKIP(&c, "\""))
        return false;
    (void)ms_read_until(&c, '"');
    if (!MS_SKIP(&c, words) || c.p == c.end)
        return false;
    const char *ip = c.end[-1] == ')' ? MS_FIND_LAST(c.p, c.end, "] (") : NULL; /* RELAY has it, too */
    return event_of_peer(l, MS_K_SENDMAIL_ABUSE, WARNING, c.p, ip != NULL ? ip + 1 : c.end);
}

/* `collect: relay=HOST, from=ADDR, info=TEXT[, where=W][, status=S]`, before 8.18 `collect: TEXT on connection from HOST, sender=ADDR`,
 * and `collect: premature EOM: TEXT`. But for odd line ends that were put right the mail is broken off. */
static bool read_collect(struct ms_sendmail_line *l)
{
    struct ms_cursor c = l->body;
    if (!MS_SKIP(&c, "collect: "))
        return false;
    const char *from = MS_FIND(c.p, c.end, " on connection from "), *stop, *info = MS_FIND(c.p, c.end, ", info=Bare ");
    bool over = MS_AT(&c, "premature EOM") || from != NULL;
    struct ms_span host = MS_SPAN_NULL;
    if (MS_SKIP(&c, "relay=")) {
        stop = MS_FIND(c.p, c.end, ", from=");
        host = ms_span_of(c.p, (size_t)((stop ? stop : c.p) - c.p));
        over = info == NULL || MS_FIND(info, c.end, ", status=tempfail") != NULL;
    } else if (from != NULL) {
        stop = MS_FIND_LAST(from, c.end, ", sender=");
        host = ms_span_of(from + 20, (size_t)((stop ? stop : c.end) - from - 20));
    }
    (void)ms_sendmail_event(l->e, over && l->part == 0 ? MS_K_SENDMAIL_BROKEN_OFF : MS_K_SENDMAIL_COLLECT);
    l->e->severity = WARNING;
    if (host.n > 0)
        l->e->u.event.client = ms_endpoint_of_spaced(host);
    return true;
}

/* 5.x: a record of its own. */
static bool read_message_id(struct ms_sendmail_line *l)
{
    struct ms_cursor c = l->body;
    if (l->e->queue_id.p == NULL || !MS_SKIP(&c, "message-id="))
        return false;
    struct ms_span id = ms_cursor_rest(&c);
    if (id.n >= 2 && id.p[0] == '<' && id.p[id.n - 1] == '>')
        id = ms_span_of(id.p + 1, id.n - 2);
    ms_sendmail_name(l->e, MS_K_SENDMAIL_MESSAGE_ID);
    l->e->u.message_id.id = id;
    l->e->u.message_id.resent = false;
    return true;
}

/* `FILE: 12 aliases, longest 40 bytes, 380 bytes total`, of newaliases. */
static bool read_aliases(struct ms_sendmail_line *l)
{
    static const char words[] = " aliases, longest ";
    const char *p = l->body.p, *end = l->body.end, *at = ms_find_text(p, end, words, sizeof words - 1);
    if (l->e->queue_id.p != NULL || at == NULL || at == p || at[-1] < '0' || at[-1] > '9')
        return false;
    return ms_sendmail_event(l->e, MS_K_SENDMAIL_ALIASES);
}

/* `rejecting commands from PEER due to ...`, `rejecting DATA from ...`, `POSSIBLE ATTACK from HOST: newline in ...`,
 * `tcpwrappers (NAME, IP) rejection`; names are what DNS says. */
static struct ms_endpoint abuser_of(struct ms_cursor c)
{
    struct ms_endpoint peer = ms_endpoint_none();
    const char *stop = NULL;
    if (MS_SKIP(&c, "tcpwrappers (")) {
        struct ms_span name = ms_read_until(&c, ',');
        (void)MS_SKIP(&c, ", ");
        struct ms_span ip = ms_sendmail_ip(ms_read_until(&c, ')'));
        if (ip.p != NULL)
            peer = (struct ms_endpoint){.name = name.n ? name : MS_SPAN_NULL, .ip = ip, .port = peer.port};
        return peer;
    }
    if (MS_SKIP(&c, "POSSIBLE ATTACK from ")) {
        stop = MS_FIND(c.p, c.end, ": newline in string ");
    } else if (MS_SKIP(&c, "rejecting ")) {
        (void)ms_read_until(&c, ' '); /* a command */
        if (!MS_SKIP(&c, " from "))
            return peer;
        (void)MS_SKIP(&c, " "); /* no name */
        stop = MS_FIND(c.p, c.end, " due to ");
    }
    return stop != NULL ? ms_endpoint_of_spaced(ms_span_of(c.p, (size_t)(stop - c.p))) : peer;
}

bool ms_sendmail_small(struct ms_sendmail_line *l)
{
    struct ms_span body = ms_cursor_rest(&l->body);
    if (l->part > 1)
        return ms_sendmail_event(l->e, MS_K_SENDMAIL_PART);
    if (read_daemon(l) || read_message_id(l) || read_aliases(l) || read_collect(l) || read_wizard(l))
        return true;
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (ms_span_starts(body, begins[i].begin)) {
            (void)ms_sendmail_event(l->e, begins[i].kind);
            l->e->severity = begins[i].severity;
            if (begins[i].kind == MS_K_SENDMAIL_ABUSE)
                l->e->u.event.client = abuser_of(l->body);
            return true;
        }
    return read_behind_peer(l);
}
