/* The status record of all delivery agents (postfix-log-lines.md 2.8): fields by name in any order up to `status=`, then
 * free text in one pair of parentheses. */
#include "parse/postfix.h"

#define AT(p, end, literal)                                                                                            \
    ((size_t)((end) - (p)) >= sizeof(literal) - 1 && memcmp((p), literal, sizeof(literal) - 1) == 0)

static bool follows_to(const char *p, const char *end)
{
    return AT(p, end, ", relay=") || AT(p, end, ", orig_to=");
}

static bool follows_orig_to(const char *p, const char *end)
{
    return AT(p, end, ", relay=");
}

/* The recipient at the cursor, also in the damaged form that lost its `<>`. NULL if the line ends inside. */
static struct ms_span read_recipient(struct ms_cursor *c, ms_follow_fn follows)
{
    struct ms_span s = MS_SPAN_NULL;
    if (c->p < c->end && *c->p == '<') {
        if (!ms_read_address(c, follows, &s))
            c->p = c->end;
        return s;
    }
    const char *at = ms_find_char(c->p, c->end, ',');
    while (at && !follows(at, c->end))
        at = ms_find_char(at + 1, c->end, ',');
    if (at)
        s = ms_span_of(c->p, (size_t)(at - c->p));
    c->p = at ? at : c->end;
    return s;
}

/* The value up to `, `; the cursor stands there. NULL if the line ends first: what is there may be cut. */
static struct ms_span read_value(struct ms_cursor *c)
{
    const char *at = ms_find_char(c->p, c->end, ',');
    while (at && (at + 1 == c->end || at[1] != ' '))
        at = ms_find_char(at + 1, c->end, ',');
    struct ms_span s = at ? ms_span_of(c->p, (size_t)(at - c->p)) : MS_SPAN_NULL;
    c->p = at ? at : c->end;
    return s;
}

static bool status_known(struct ms_span s)
{
    static const char *const words[] = {"sent",        "deferred",      "bounced", "SOFTBOUNCE",
                                        "deliverable", "undeliverable", "expired", "undeliverable-but-not-cached"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (ms_span_is(s, words[i]))
            return true;
    }
    return false;
}

/* `STATUS (TEXT)` to the end of the line. Up to 2.2 the parentheses may be missing; else their absence means a cut line. */
static void read_status(struct ms_cursor *c, struct ms_event *e)
{
    struct ms_span status = ms_read_until(c, ' ');
    if (!MS_SKIP(c, " (")) {
        if (c->p == c->end && status_known(status))
            e->u.delivery.status = status;
        e->u.delivery.truncated = !e->u.delivery.status.p || e->u.delivery.dsn.p;
        return;
    }
    e->u.delivery.status = status;
    e->u.delivery.truncated = c->p == c->end || c->end[-1] != ')';
    if (!e->u.delivery.truncated)
        c->end--;
    e->u.delivery.reply = ms_cursor_rest(c);
}

/* delays=A/B/C/D. What `,` does not follow may be cut, here and below: then nothing is taken. */
static void read_delays(struct ms_cursor *c, struct ms_event *e)
{
    const char *start = c->p;
    int64_t in, queue, conn, xmit;
    if (ms_read_delay_ms(c, &in) && MS_SKIP(c, "/") && ms_read_delay_ms(c, &queue) && MS_SKIP(c, "/") &&
        ms_read_delay_ms(c, &conn) && MS_SKIP(c, "/") && ms_read_delay_ms(c, &xmit) && MS_AT(c, ",")) {
        e->u.delivery.delay_in_ms = in;
        e->u.delivery.delay_queue_ms = queue;
        e->u.delivery.delay_conn_ms = conn;
        e->u.delivery.delay_xmit_ms = xmit;
    } else {
        c->p = start;
    }
}

static void read_dsn(struct ms_cursor *c, struct ms_event *e)
{
    const char *start = c->p;
    if (ms_read_dsn(c, &e->u.delivery.dsn) && MS_AT(c, ", "))
        return;
    c->p = start;
    e->u.delivery.dsn = read_value(c);
}

static void read_delay(struct ms_cursor *c, struct ms_event *e)
{
    const char *start = c->p;
    int64_t ms;
    if (ms_read_delay_ms(c, &ms) && MS_AT(c, ","))
        e->u.delivery.delay_ms = ms;
    else
        c->p = start;
}

static void read_conn_use(struct ms_cursor *c, struct ms_event *e)
{
    const char *start = c->p;
    int64_t uses;
    if (ms_read_number(c, &uses) && MS_AT(c, ","))
        e->u.delivery.conn_use = uses;
    else
        c->p = start;
}

/* The fields in the order in which Postfix writes them, by one word compare each. True once `status=` has taken the rest of
 * the line; else read_field() goes on at the cursor. */
static inline bool read_usual(struct ms_cursor *c, struct ms_event *e)
{
    if (!MS_SKIP(c, ", relay="))
        return false;
    e->u.delivery.relay = read_value(c);
    if (MS_SKIP(c, ", delay=")) {
        read_delay(c, e);
        if (MS_SKIP(c, ", delays=")) {
            read_delays(c, e);
            if (MS_SKIP(c, ", dsn=")) {
                read_dsn(c, e);
                if (MS_SKIP(c, ", status="))
                    return read_status(c, e), true;
            }
        }
    }
    if (!MS_AT(c, ", "))
        (void)read_value(c); /* an odd value, as in read_field */
    return false;
}

/* One `NAME=VALUE` behind `, `. False once `status=` has taken the rest of the line. */
static bool read_field(struct ms_cursor *c, struct ms_event *e)
{
    switch (c->p < c->end ? *c->p : '\0') {
    case 'r':
        if (MS_SKIP(c, "relay="))
            e->u.delivery.relay = read_value(c);
        break;
    case 'd':
        if (MS_SKIP(c, "delay="))
            read_delay(c, e);
        else if (MS_SKIP(c, "delays="))
            read_delays(c, e);
        else if (MS_SKIP(c, "dsn="))
            read_dsn(c, e);
        break;
    case 's':
        if (MS_SKIP(c, "status="))
            return read_status(c, e), false;
        break;
    case 'o':
        if (MS_SKIP(c, "orig_to="))
            e->u.delivery.orig_recipient = read_recipient(c, follows_orig_to);
        break;
    case 'c':
        if (MS_SKIP(c, "conn_use="))
            read_conn_use(c, e);
        break;
    case 't':
        if (MS_SKIP(c, "tls="))
            e->u.delivery.tls_features = read_value(c);
        break;
    default:
        break;
    }
    if (!MS_AT(c, ", "))
        (void)read_value(c); /* a field that we don't know, or one with an odd value */
    return true;
}

void ms_postfix_delivery_text(struct ms_event *e)
{
    struct ms_span text = e->u.delivery.reply;
    e->u.delivery.next_queue_id = MS_SPAN_NULL;
    e->u.delivery.forwarded = false;
    bool unnamed =
        e->daemon == MS_D_POSTFIX_OTHER; /* the tag has lost its program: the relay tells, HOST[ADDR] or a word */
    bool remote = e->daemon == MS_D_SMTP || e->daemon == MS_D_LMTP;
    if (unnamed)
        remote = e->u.delivery.relay.n > 0 && memchr(e->u.delivery.relay.p, '[', e->u.delivery.relay.n);
    e->u.delivery.reply_code = ms_postfix_reply_code(text, remote);
    if (!ms_span_is(e->u.delivery.status, "sent"))
        return;
    if (remote) {
        e->u.delivery.next_queue_id = ms_postfix_next_id(text);
    } else if ((e->daemon == MS_D_LOCAL || unnamed) && ms_span_starts(text, "forwarded as ")) {
        struct ms_span id = ms_span_of(text.p + 13, text.n - 13);
        if (ms_queue_id_valid(id))
            e->u.delivery.next_queue_id = id;
        e->u.delivery.forwarded = true;
    }
}

/* Member by member: gcc makes plain stores of it, where it makes a slow `rep stos` of a memset of this size. */
static inline void clear_delivery(struct ms_event *e)
{
    e->u.delivery.recipient = e->u.delivery.orig_recipient = e->u.delivery.relay = MS_SPAN_NULL;
    e->u.delivery.conn_use = e->u.delivery.delay_ms = e->u.delivery.delay_in_ms = e->u.delivery.delay_queue_ms =
        MS_NONE;
    e->u.delivery.delay_conn_ms = e->u.delivery.delay_xmit_ms = e->u.delivery.reply_code = MS_NONE;
    e->u.delivery.tls_features = e->u.delivery.dsn = e->u.delivery.status = e->u.delivery.reply = MS_SPAN_NULL;
    e->u.delivery.next_queue_id = MS_SPAN_NULL;
    e->u.delivery.forwarded = e->u.delivery.truncated = false;
}

bool ms_postfix_delivery(struct ms_postfix_line *l, enum ms_kind_id kind)
{
    struct ms_cursor *c = &l->body;
    struct ms_event *e = l->e;
    if (!MS_SKIP(c, "to="))
        return false;
    ms_postfix_name(e, kind);
    clear_delivery(e);
    e->u.delivery.recipient = read_recipient(c, follows_to);
    for (bool done = read_usual(c, e); !done;) {
        if (!MS_SKIP(c, ", ")) {
            e->u.delivery.truncated = true;
            return true;
        }
        done = !read_field(c, e);
    }
    if (e->u.delivery.reply.p)
        ms_postfix_delivery_text(e);
    return true;
}
