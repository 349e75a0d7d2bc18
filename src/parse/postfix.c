/* From a Postfix daemon's text to its kind: severity word, queue ID, then one switch on the daemon. What each daemon says
 * is in postfix_*.c. Plain prefixes on the first bytes; no search over the line before the kind is known. */
#include "parse/postfix.h"

#include "parse/queue_id.h"
#include "parse/words.h"

enum { INFO, WARNING, ERROR, FATAL, PANIC };

static uint8_t skip_severity(struct ms_cursor *c)
{
    if (c->p == c->end)
        return INFO;
    switch (*c->p) {
    case 'w':
        return MS_SKIP(c, "warning: ") ? WARNING : INFO;
    case 'e':
        return MS_SKIP(c, "error: ") ? ERROR : INFO;
    case 'f':
        return MS_SKIP(c, "fatal: ") ? FATAL : INFO;
    case 'p':
        return MS_SKIP(c, "panic: ") ? PANIC : INFO;
    default:
        return INFO;
    }
}

/* Takes `QID: ` or `NOQUEUE: ` off the body. */
static void skip_queue_id(struct ms_postfix_line *l)
{
    struct ms_cursor *c = &l->body;
    size_t left = ms_cursor_left(c), n = left >= 16 ? ms_bytes_hex(c->p) : 0;
    if (n < 6 || n > 14 || c->p[n] != ':') /* else the short form, as ms_queue_id_length sees it */
        n = ms_queue_id_length(c->p, left);
    if (n > 0) {
        if (ms_cursor_left(c) < n + 2 || c->p[n] != ':' || c->p[n + 1] != ' ')
            return;
        l->e->queue_id = ms_span_of(c->p, n);
        c->p += n + 2;
    } else {
        l->noqueue = MS_SKIP(c, "NOQUEUE: ");
    }
}

/* postlog(1) writes whatever a script tells it to, the like of any record: nothing in it is a fact about a mail. */
static bool parse_postlog(struct ms_postfix_line *l)
{
    if (!ms_span_is(l->tag->program, "postlog"))
        return false;
    l->e->queue_id = MS_SPAN_NULL;
    return ms_postfix_event(l->e, MS_K_POSTLOG);
}

static bool parse_daemon(struct ms_postfix_line *l)
{
    switch (l->e->daemon) {
    case MS_D_SMTPD:
        return ms_postfix_smtpd(l);
    case MS_D_CLEANUP:
        return ms_postfix_cleanup(l);
    case MS_D_QMGR:
        return ms_postfix_qmgr(l);
    case MS_D_SMTP:
    case MS_D_LMTP:
        return ms_postfix_client(l);
    case MS_D_LOCAL:
    case MS_D_VIRTUAL:
    case MS_D_PIPE:
    case MS_D_ERROR:
    case MS_D_RETRY:
    case MS_D_DISCARD:
        return ms_postfix_agent(l);
    case MS_D_BOUNCE:
        return ms_postfix_bounce(l);
    case MS_D_PICKUP:
        return ms_postfix_pickup(l);
    case MS_D_POSTSCREEN:
        return ms_postfix_postscreen(l);
    case MS_D_POSTSUPER:
        return ms_postfix_postsuper(l);
    case MS_D_QMQPD:
        return ms_postfix_qmqpd(l);
    default:
        return l->unnamed ? ms_postfix_unnamed(l) : parse_postlog(l) || ms_postfix_small(l);
    }
}

/* Texts that any daemon writes. */
static bool parse_shared(struct ms_postfix_line *l)
{
    struct ms_cursor *c = &l->body;
    struct ms_event *e = l->e;
    if (e->queue_id.p && MS_AT(c, "to="))
        return ms_postfix_delivery(l, MS_K_DELIVERY);
    if (e->queue_id.p && MS_AT(c, "status="))
        return ms_postfix_event(e, MS_K_NOTICE_FAILED);
    if (e->queue_id.p && MS_AT(c, "passing <"))
        return ms_postfix_event(e, MS_K_PASSING);
    if (MS_AT(c, "table ") || MS_AT(c, "lookup table has changed"))
        return ms_postfix_event(e, MS_K_TABLE_CHANGED);
    if (MS_AT(c, "using backwards-compatible "))
        return ms_postfix_event(e, MS_K_COMPATIBILITY);
    return false;
}

static bool parse_nothing_known(struct ms_postfix_line *l)
{
    static const uint16_t catch_all[MS_N_DAEMONS] = {
        [MS_D_SMTPD] = MS_K_SMTPD_OTHER,
        [MS_D_CLEANUP] = MS_K_CLEANUP_OTHER,
        [MS_D_QMGR] = MS_K_QMGR_OTHER,
        [MS_D_SMTP] = MS_K_SMTP_OTHER,
        [MS_D_LMTP] = MS_K_SMTP_OTHER,
        [MS_D_LOCAL] = MS_K_LOCAL_OTHER,
        [MS_D_POSTSCREEN] = MS_K_POSTSCREEN_OTHER,
    };
    uint16_t kind = catch_all[l->e->daemon];
    return ms_postfix_event(l->e, kind ? kind : MS_K_POSTFIX_OTHER);
}

void ms_postfix_parse(const struct ms_tag *tag, struct ms_event *e)
{
    struct ms_postfix_line l = {.tag = tag, .e = e, .body = ms_cursor_of(e->text)};
    e->severity = skip_severity(&l.body);
    skip_queue_id(&l);
    if (e->daemon == MS_D_POSTFIX_OTHER)
        l.unnamed = ms_span_is(tag->program, "postfix");
    if (e->severity != INFO) {
        (void)(parse_postlog(&l) || ms_postfix_warning(&l));
        return;
    }
    struct ms_cursor body = l.body;
    if (parse_daemon(&l))
        return;
    l.body = body;
    (void)(parse_shared(&l) || ms_postfix_debug(&l) || parse_nothing_known(&l));
}
