/* From sendmail's text to its kind: queue ID, then the first word. What each theme says is in sendmail_*.c. */
#include "parse/sendmail.h"

#include "parse/sendmail_id.h"

/* `[N]` in front of the colon: part N of a line. False: something else stands in brackets. */
static bool skip_part(struct ms_cursor *c, int64_t *part)
{
    return !MS_SKIP(c, "[") || (ms_read_number(c, part) && *part > 0 && *part < 1000 && MS_SKIP(c, "]"));
}

/* Builds that number sessions and transactions say so first: `se_id=X, ta_id=Y, from=`. */
static void skip_transaction(struct ms_cursor *c)
{
    struct ms_cursor at = *c;
    if (MS_SKIP(&at, "se_id=")) {
        (void)ms_read_until(&at, ',');
        if (!MS_SKIP(&at, ", ta_id="))
            return;
    } else if (!MS_SKIP(&at, "ta_id=")) {
        return;
    }
    struct ms_span id = ms_read_until(&at, ',');
    if (memchr(id.p, ' ', id.n) == NULL && MS_SKIP(&at, ", ") &&
        (MS_AT(&at, "from=") || MS_AT(&at, "to=") || MS_AT(&at, "qid=")))
        *c = at;
}

/* Takes `QID: `, `QID[N]: `, `[N]: ` (a long line without ID) or `NOQUEUE: ` off the body. */
static void skip_queue_id(struct ms_sendmail_line *l)
{
    struct ms_cursor c = l->body;
    size_t n = 0;
    int64_t part = 0;
    enum ms_sendmail_id form = ms_sendmail_id_at(c.p, ms_cursor_left(&c), &n);
    if (form == MS_SENDMAIL_ID_NONE) {
        l->noqueue = MS_SKIP(&l->body, "NOQUEUE: ");
        if (MS_AT(&c, "[") && skip_part(&c, &part) && MS_SKIP(&c, ": ")) {
            l->part = part;
            l->body = c;
        }
        return;
    }
    struct ms_span id = ms_span_of(c.p, n);
    c.p += n;
    if (!skip_part(&c, &part) || !MS_SKIP(&c, ": "))
        return;
    skip_transaction(&c);
    l->part = part;
    l->e->queue_id = id;
    l->is_timed = form == MS_SENDMAIL_ID_TIMED;
    l->body = c;
}

void ms_sendmail_reject_new(struct ms_event *e, enum ms_kind_id kind, const char *action, const char *stage)
{
    ms_sendmail_name(e, kind);
    memset(&e->u.reject, 0, sizeof e->u.reject);
    e->u.reject.client = ms_endpoint_none();
    e->u.reject.reply_code = MS_NONE;
    e->u.reject.action = ms_span_str(action);
    e->u.reject.stage = ms_span_str(stage);
}

void ms_sendmail_reject_text(struct ms_event *e, struct ms_span reply)
{
    struct ms_cursor c = ms_cursor_of(reply);
    e->u.reject.text = reply;
    e->u.reject.reply_code = ms_read_reply_code(&c);
    if (e->u.reject.reply_code != MS_NONE && MS_SKIP(&c, " "))
        (void)ms_read_dsn(&c, &e->u.reject.dsn);
}

/* Texts that have a rule of their own. */
static bool parse_known(struct ms_sendmail_line *l)
{
    return ms_sendmail_from(l) || ms_sendmail_to(l) || ms_sendmail_queue(l) || ms_sendmail_policy(l) ||
           ms_sendmail_session(l);
}

void ms_sendmail_parse(const struct ms_tag *tag, struct ms_event *e)
{
    (void)tag;
    struct ms_sendmail_line l = {.e = e, .body = ms_cursor_of(e->text)};
    skip_queue_id(&l);
    if (!parse_known(&l) && !ms_sendmail_small(&l))
        (void)ms_sendmail_event(e, MS_K_SENDMAIL_OTHER);
}

/* Lines without a queue ID that no other program writes. */
static bool is_own_without_id(const struct ms_sendmail_line *l)
{
    return MS_AT(&l->body, "STARTTLS=server, relay=") || MS_AT(&l->body, "STARTTLS=client, relay=") ||
           MS_AT(&l->body, "AUTH=server, relay=") || MS_AT(&l->body, "ruleset=check_relay, arg1=");
}

/* splogger logs without a pid, and what stands in front of qmail under any tag: smtpd, pop3d. */
static void take_front_end(const struct ms_tag *tag, struct ms_event *e)
{
    if (!ms_qmail_knows_stamped(e->text))
        return;
    struct ms_event own = *e;
    ms_qmail_parse(tag, &own);
    if (own.queue_id.p != NULL || (own.role != MS_ROLE_EVENT && own.role != MS_ROLE_REJECT))
        return; /* qmail-send's, whose tag says qmail */
    *e = own;
    e->daemon = MS_D_QMAIL;
    e->mta = MS_MTA_QMAIL;
}

void ms_unclaimed_parse(const struct ms_tag *tag, struct ms_event *e)
{
    if (e->pid == MS_NONE)
        take_front_end(tag, e);
    if (e->pid == MS_NONE || e->text.n < 12) /* sendmail always logs its pid */
        return;
    struct ms_sendmail_line l = {.e = e, .body = ms_cursor_of(e->text)};
    skip_queue_id(&l);
    if (e->queue_id.p != NULL && !l.is_timed && !MS_AT(&l.body, "from=") && !MS_AT(&l.body, "to=")) {
        e->queue_id = MS_SPAN_NULL; /* eight letters and digits may be anybody's word */
        return;
    }
    if ((e->queue_id.p != NULL || is_own_without_id(&l)) && parse_known(&l)) {
        e->daemon = MS_D_SENDMAIL;
        e->mta = MS_MTA_SENDMAIL;
    } else {
        e->queue_id = MS_SPAN_NULL;
    }
}
