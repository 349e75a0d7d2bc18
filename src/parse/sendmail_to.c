/* `to=`: one attempt for all recipients that had the same result (reference/sendmail-log-lines.md 3.4, 4). The fields stand in a
 * fixed order and are read from the left, each with the grammar of its value; only reply= and stat= hold free text. */
#include <strings.h>

#include "parse/lists.h"
#include "parse/postfix.h"
#include "parse/sendmail.h"

bool ms_sendmail_delay(struct ms_cursor *c, int64_t *ms)
{
    struct ms_cursor at = *c;
    int64_t parts[4] = {0, 0, 0, 0};
    unsigned n = 1;
    for (; n < 4; n++) {
        bool negative = MS_SKIP(&at, "-");
        if (!ms_read_number(&at, &parts[n]) || parts[n] > 1000000)
            return false;
        parts[n] = negative ? -parts[n] : parts[n];
        if (n == 1 && parts[0] == 0 && MS_SKIP(&at, "+")) {
            parts[0] = parts[n--];
            continue;
        }
        if (n < 3 && !MS_SKIP(&at, ":"))
            return false;
    }
    *ms = (((parts[0] * 24 + parts[1]) * 60 + parts[2]) * 60 + parts[3]) * 1000;
    *c = at;
    return true;
}

static const struct {
    const char *begin, *status;
} wordings[] = {
    {"Sent", "sent"},
    {"queued", "queued"},
    {"quarantined", "held"},
    {"Deferred", "deferred"},
    {"Operating system error", "deferred"},
    {"I/O error", "deferred"},
    {"User unknown", "bounced"},
    {"Host unknown", "bounced"},
    {"Service unavailable", "bounced"},
    {"Data format error", "bounced"},
    {"Remote protocol error", "bounced"},
    {"Local configuration error", "bounced"},
    {"Internal error", "bounced"},
    {"System file missing", "bounced"},
    {"Can't create output", "bounced"},
    {"Cannot open input", "bounced"},
    {"Insufficient permission", "bounced"},
    {"Command line usage error", "bounced"},
    {"unknown mailer error", "bounced"},
    {"delivery time expired", "expired"},
    {"Cannot send message for", "expired"},
    {"discarded", "filtered"},
};

const char *ms_sendmail_status(struct ms_span stat)
{
    for (size_t i = 0; i < sizeof wordings / sizeof *wordings; i++) {
        size_t n = strlen(wordings[i].begin);
        if (ms_span_starts(stat, wordings[i].begin) && (stat.n == n || strchr(" :(", stat.p[n]) != NULL))
            return wordings[i].status;
    }
    return NULL;
}

/* ---- fields ---- */

struct delivery {
    struct ms_span to, ctladdr, mailer, relay, dsn, reply, stat;
    bool is_list;
    int64_t delay_ms, xdelay_ms, priority;
};

/* Where the list ends: in front of a key that follows it. */
static bool at_next_field(const char *p, const char *end)
{
    struct ms_cursor c = {p, end};
    return MS_SKIP(&c, ", ") && (MS_AT(&c, "ctladdr=") || MS_AT(&c, "delay=") || MS_AT(&c, "[more]") ||
                                 MS_AT(&c, "relay=") || MS_AT(&c, "stat="));
}

static void read_recipients(struct ms_cursor *c, struct delivery *d)
{
    const char *start = c->p, *p = start;
    for (;;) {
        p = ms_list_address_end(p, c->end);
        if (p == c->end || at_next_field(p, c->end))
            break;
        d->is_list = true;
        p++;
    }
    d->to = ms_span_of(start, (size_t)(p - start));
    c->p = p;
    (void)MS_SKIP(c, ", [more]");
}

/* A value that is short text without a comma; where the line ends, it may be cut. */
static void read_word(struct ms_cursor *c, struct ms_span *out)
{
    struct ms_span word = ms_read_until(c, ',');
    *out = c->p < c->end ? word : MS_SPAN_NULL;
}

/* `<addr> (uid/gid)`; one that was shortened is not known. */
static void read_ctladdr(struct ms_cursor *c, struct delivery *d)
{
    const char *start = c->p, *stop = ms_list_address_end(start, c->end);
    struct ms_cursor behind = {stop, c->end};
    if (!MS_AT(&behind, ", delay=")) {
        const char *at = MS_FIND(start, c->end, ", delay=");
        stop = at != NULL ? at : c->end;
    }
    struct ms_span value = ms_span_of(start, (size_t)(stop - start));
    c->p = stop;
    if (value.n > 0 && value.p[value.n - 1] == ')') { /* who it runs as */
        const char *open = memrchr(value.p, '(', value.n);
        if (open != NULL && open > value.p && open[-1] == ' ')
            value.n = (uint32_t)(open - 1 - value.p);
    }
    if (value.n < 2 || (value.p[0] == '<') != (value.p[value.n - 1] == '>') ||
        (value.n > 70 && MS_FIND(value.p, value.p + value.n, "...") != NULL))
        return;
    d->ctladdr = value.p[0] == '<' ? ms_span_of(value.p + 1, value.n - 2) : value;
}

/* Fields of builds with further options stand between those that are known. */
static void skip_unknown(struct ms_cursor *c)
{
    struct ms_span word;
    while (MS_AT(c, ", tls_verify=") || MS_AT(c, ", tls_version=") || MS_AT(c, ", cipher=") || MS_AT(c, ", ntries=") ||
           MS_AT(c, ", stage=")) {
        c->p += 2;
        read_word(c, &word);
    }
}

/* reply= and stat=: the server's words may hold `, stat=` as well. What it put off is said twice; else stat= is a fixed text,
 * and stands last. */
static void read_reply(struct ms_cursor *c, struct delivery *d)
{
    const char *stat = MS_FIND(c->p, c->end, ", stat=");
    for (const char *at = stat; at != NULL; at = MS_FIND(at + 1, c->end, ", stat=")) {
        struct ms_span reply = ms_span_of(c->p, (size_t)(at - c->p)),
                       text = ms_span_of(at + 7, (size_t)(c->end - at - 7));
        stat = at;
        if (ms_span_starts(text, "Deferred: ") && ms_span_eq(ms_span_of(text.p + 10, text.n - 10), reply))
            break;
    }
    if (stat == NULL)
        return; /* cut */
    d->reply = ms_span_of(c->p, (size_t)(stat - c->p));
    if (d->reply.n > 8 && memcmp(d->reply.p + d->reply.n - 8, ", STS=OK", 8) == 0)
        d->reply.n -= 8;
    c->p = stat;
}

static void read_fields(struct ms_cursor *c, struct delivery *d)
{
    if (MS_SKIP(c, ", ctladdr="))
        read_ctladdr(c, d);
    if (MS_SKIP(c, ", delay=") && !ms_sendmail_delay(c, &d->delay_ms) && MS_SKIP(c, "too long"))
        d->delay_ms = -1000;
    if (MS_SKIP(c, ", xdelay=") && !ms_sendmail_delay(c, &d->xdelay_ms) && MS_SKIP(c, "too long"))
        d->xdelay_ms = -1000;
    if (MS_SKIP(c, ", mailer="))
        read_word(c, &d->mailer);
    skip_unknown(c);
    if (MS_SKIP(c, ", pri=")) {
        bool negative = MS_SKIP(c, "-");
        if (ms_read_number(c, &d->priority) && negative)
            d->priority = -d->priority;
    }
    if (MS_SKIP(c, ", relay="))
        read_word(c, &d->relay);
    else if (MS_SKIP(c, ", quarantine=")) {
        const char *at = MS_FIND_LAST(c->p, c->end, ", stat=");
        c->p = at != NULL ? at : c->end;
    }
    if (MS_SKIP(c, ", dsn=") && !ms_read_dsn(c, &d->dsn))
        read_word(c, &(struct ms_span){NULL, 0});
    skip_unknown(c);
    if (MS_SKIP(c, ", reply="))
        read_reply(c, d);
    (void)MS_SKIP(c, ", STS=OK");
    if (MS_SKIP(c, "...")) /* so long that it was cut here, in the middle of a value */
        (void)0;
    if (MS_SKIP(c, ", stat="))
        d->stat = ms_cursor_rest(c);
}

/* ---- what it means ---- */

/* A command that ended the transaction before the mail was there, as the client typed it. */
static bool is_aborted(struct ms_span stat)
{
    static const char *const commands[] = {"aborted by sender", "RSET", "EHLO", "HELO", "QUIT",
                                           "STARTTLS",          "AUTH", "MAIL"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (stat.n == strlen(commands[i]) && strncasecmp(stat.p, commands[i], stat.n) == 0)
            return true;
    return false;
}

/* The beginning of a text that is known. */
static bool is_cut_wording(struct ms_span stat)
{
    for (size_t i = 0; i < sizeof wordings / sizeof *wordings; i++)
        if (stat.n < strlen(wordings[i].begin) && memcmp(stat.p, wordings[i].begin, stat.n) == 0)
            return true;
    return false;
}

static const char *status_of(const struct delivery *d)
{
    if (d->stat.p == NULL)
        return NULL;
    const char *known = ms_sendmail_status(d->stat);
    if (known != NULL)
        return known;
    if (d->dsn.n > 0)
        return d->dsn.p[0] == '4' ? "deferred" : d->dsn.p[0] == '5' ? "bounced" : NULL;
    return is_cut_wording(d->stat) ? NULL : "bounced";
}

/* The text in the parentheses of `Sent (...)`. */
static struct ms_span answer(struct ms_span stat)
{
    if (!ms_span_starts(stat, "Sent (") || stat.p[stat.n - 1] != ')')
        return MS_SPAN_NULL;
    return ms_span_of(stat.p + 6, stat.n - 7);
}

static int64_t code_of(const struct delivery *d)
{
    struct ms_cursor c = ms_cursor_of(d->reply);
    if (d->reply.p == NULL && ms_span_starts(d->stat, "Deferred: "))
        c = ms_cursor_of(ms_span_of(d->stat.p + 10, d->stat.n - 10));
    return c.p != NULL ? ms_read_reply_code(&c) : MS_NONE;
}

static void take_delivery(struct ms_event *e, const struct delivery *d)
{
    struct ms_span list = d->to, said = answer(d->stat);
    memset(&e->u.delivery, 0, sizeof e->u.delivery);
    e->u.delivery.recipient = d->to;
    e->u.delivery.is_list = d->is_list;
    if (!d->is_list && !ms_list_address(&list, &e->u.delivery.recipient))
        e->u.delivery.recipient = MS_SPAN_NULL;
    if (ms_span_is(d->to, "NO-TO-LIST") || d->to.n == 0)
        e->u.delivery.recipient = MS_SPAN_NULL;
    e->u.delivery.relay = d->relay;
    e->u.delivery.conn_use = e->u.delivery.delay_in_ms = e->u.delivery.delay_queue_ms = MS_NONE;
    e->u.delivery.delay_conn_ms = e->u.delivery.delay_xmit_ms = MS_NONE;
    e->u.delivery.delay_ms = d->delay_ms;
    e->u.delivery.xdelay_ms = d->xdelay_ms;
    e->u.delivery.priority = d->priority;
    e->u.delivery.agent = d->mailer;
    e->u.delivery.ctladdr = d->ctladdr;
    e->u.delivery.dsn = d->dsn;
    e->u.delivery.status = ms_span_str(status_of(d));
    e->u.delivery.reply = d->stat;
    e->u.delivery.said = d->reply;
    e->u.delivery.reply_code = code_of(d);
    e->u.delivery.truncated = d->stat.p == NULL;
    if (said.p != NULL && MS_FIND(said.p, said.p + said.n, "...") == NULL) /* else it was shortened, perhaps in an ID */
        e->u.delivery.next_queue_id = ms_postfix_next_id(said);
}

static void take_refusal(struct ms_event *e, const struct delivery *d)
{
    struct ms_span list = d->to, only;
    ms_sendmail_reject_new(e, MS_K_SENDMAIL_TO_REFUSED, "reject", "END-OF-MESSAGE");
    ms_sendmail_reject_text(e, d->stat);
    if (d->dsn.p != NULL)
        e->u.reject.dsn = d->dsn;
    if (!d->is_list && ms_list_address(&list, &only))
        e->u.reject.recipient = only;
}

bool ms_sendmail_to(struct ms_sendmail_line *l)
{
    struct ms_cursor c = l->body;
    struct ms_event *e = l->e;
    struct delivery d = {.delay_ms = MS_NONE, .xdelay_ms = MS_NONE, .priority = MS_NONE};
    if (e->queue_id.p == NULL || l->part > 1 || !MS_SKIP(&c, "to="))
        return false;
    read_recipients(&c, &d);
    if (l->part == 0 && MS_AT(&c, ", relay=")) /* what a server answered; the attempt has a line of its own */
        return ms_sendmail_event(e, MS_K_SENDMAIL_ATTEMPT);
    read_fields(&c, &d);
    if (l->part > 0)
        d.stat = d.reply = MS_SPAN_NULL; /* the rest stands in the next part */
    if (d.mailer.p == NULL && is_aborted(d.stat)) {
        ms_sendmail_name(e, MS_K_SENDMAIL_TO_ABORTED);
        e->u.removed.how = MS_SPAN_LIT("canceled");
    } else if (d.mailer.p == NULL && d.priority != MS_NONE && d.stat.n > 0 && ms_sendmail_status(d.stat) == NULL) {
        take_refusal(e, &d);
    } else {
        ms_sendmail_name(e, MS_K_SENDMAIL_TO);
        take_delivery(e, &d);
        e->u.delivery.is_part = l->part == 1;
    }
    return true;
}
