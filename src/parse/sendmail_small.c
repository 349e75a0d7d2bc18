/* Everything else that sendmail says: it goes to `events` (reference/sendmail-log-lines.md 7.1, 7.5). */
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
    {"collect: ", MS_K_SENDMAIL_COLLECT, WARNING},
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
};

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

/* `RELAY: VRFY root`, `RELAY: possible SMTP attack: ...`. */
static bool read_behind_peer(struct ms_sendmail_line *l)
{
    static const char *const commands[] = {": VRFY ", ": EXPN ", ": ETRN ", ": vrfy ", ": expn ", ": etrn "};
    const char *p = l->body.p, *end = l->body.end, *at = NULL;
    enum ms_kind_id kind = MS_K_SENDMAIL_ABUSE;
    if (l->e->queue_id.p == NULL)
        return false;
    for (size_t i = 0; at == NULL && i < sizeof behind_peer / sizeof *behind_peer; i++)
        at = ms_find_text(p, end, behind_peer[i], strlen(behind_peer[i]));
    for (size_t i = 0; at == NULL && i < sizeof commands / sizeof *commands; i++)
        if ((at = ms_find_text(p, end, commands[i], strlen(commands[i]))) != NULL)
            kind = MS_K_SENDMAIL_COMMAND;
    if (at == NULL)
        return false;
    struct ms_endpoint peer = ms_endpoint_of_spaced(ms_span_of(p, (size_t)(at - p)));
    if (peer.ip.p == NULL && (at == p || memchr(p, ' ', (size_t)(at - p)) != NULL))
        return false; /* not a peer's name */
    (void)ms_sendmail_event(l->e, kind);
    l->e->severity = kind == MS_K_SENDMAIL_ABUSE ? WARNING : INFO;
    l->e->u.event.client = peer;
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

/* `rejecting commands from PEER due to ...`, `tcpwrappers (NAME, IP) rejection`; names are what DNS says. */
static struct ms_endpoint abuser_of(struct ms_cursor c)
{
    struct ms_endpoint peer = ms_endpoint_none();
    if (MS_SKIP(&c, "tcpwrappers (")) {
        struct ms_span name = ms_read_until(&c, ',');
        (void)MS_SKIP(&c, ", ");
        struct ms_span ip = ms_read_until(&c, ')');
        if (ms_ip_valid(ip))
            peer = (struct ms_endpoint){.name = name.n ? name : MS_SPAN_NULL, .ip = ip, .port = peer.port};
        return peer;
    }
    if (!MS_SKIP(&c, "rejecting commands from "))
        return peer;
    (void)MS_SKIP(&c, " "); /* no name */
    const char *due = MS_FIND(c.p, c.end, " due to ");
    return due != NULL ? ms_endpoint_of_spaced(ms_span_of(c.p, (size_t)(due - c.p))) : peer;
}

bool ms_sendmail_small(struct ms_sendmail_line *l)
{
    struct ms_span body = ms_cursor_rest(&l->body);
    if (l->part > 1)
        return ms_sendmail_event(l->e, MS_K_SENDMAIL_PART);
    if (read_daemon(l) || read_message_id(l) || read_aliases(l))
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
