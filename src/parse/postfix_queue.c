/* Lines about a queue file from pickup, cleanup (without its checks), qmgr, bounce and postsuper. */
#include "parse/postfix.h"
#include "parse/postfix_checks.h"

/* Without one enclosing pair of `<>`. */
static struct ms_span strip_angle(struct ms_span s)
{
    if (s.n >= 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
        return ms_span_of(s.p + 1, s.n - 2);
    return s;
}

/* ---- pickup: `uid=N from=<S>[ orig_id=QID]` ---- */

static bool follows_pickup(const char *p, const char *end)
{
    struct ms_cursor c = {p, end};
    return p == end || MS_AT(&c, " orig_id=");
}

bool ms_postfix_pickup(struct ms_postfix_line *l)
{
    struct ms_cursor *c = &l->body;
    int64_t uid;
    struct ms_span sender;
    if (!l->e->queue_id.p || !MS_SKIP(c, "uid=") || !ms_read_number(c, &uid))
        return false;
    struct ms_cursor from = *c;
    if (!MS_SKIP(&from, " from="))
        return false;
    if (!ms_read_address(&from, follows_pickup, &sender))
        sender = ms_read_until(&from, ' ');
    ms_postfix_name(l->e, MS_K_PICKUP);
    l->e->u.pickup.uid = uid;
    l->e->u.pickup.sender = sender;
    l->e->u.pickup.orig_queue_id = MS_SKIP(&from, " orig_id=") ? ms_cursor_rest(&from) : MS_SPAN_NULL;
    return true;
}

/* ---- cleanup ---- */

static bool read_message_id(struct ms_postfix_line *l, enum ms_kind_id kind)
{
    ms_postfix_name(l->e, kind);
    l->e->u.message_id.id = strip_angle(ms_cursor_rest(&l->body));
    l->e->u.message_id.resent = kind == MS_K_CLEANUP_RESENT_ID;
    return true;
}

static bool read_removed(struct ms_postfix_line *l, enum ms_kind_id kind, struct ms_span how)
{
    ms_postfix_name(l->e, kind);
    l->e->u.removed.how = how;
    return true;
}

bool ms_postfix_cleanup(struct ms_postfix_line *l)
{
    struct ms_cursor *c = &l->body;
    if (!l->e->queue_id.p || c->p == c->end)
        return false;
    if (MS_SKIP(c, "message-id="))
        return read_message_id(l, MS_K_CLEANUP_MESSAGE_ID);
    if (MS_SKIP(c, "resent-message-id="))
        return read_message_id(l, MS_K_CLEANUP_RESENT_ID);
    if (MS_SKIP(c, "removed ("))
        return read_removed(l, MS_K_CLEANUP_REMOVED, ms_read_until(c, ')'));
    if (MS_AT(c, "to="))
        return ms_postfix_delivery(l, MS_K_CLEANUP_DELIVERY);
    return ms_postfix_check(l);
}

/* ---- qmgr ---- */

static bool follows_sender(const char *p, const char *end)
{
    struct ms_cursor c = {p, end};
    return MS_AT(&c, ", size=") || MS_AT(&c, ", status=");
}

/* `from=<S>`, or the damaged `from=` without `<>`. */
static bool read_sender(struct ms_cursor *c, struct ms_span *out)
{
    if (ms_read_address(c, follows_sender, out))
        return true;
    if (c->p < c->end && *c->p == '<')
        return false;
    *out = ms_read_until(c, ',');
    return true;
}

/* `, size=N, nrcpt=N (queue active)`, up to the end of the line. */
static bool read_size(struct ms_cursor *c, int64_t *size_bytes, int64_t *nrcpt)
{
    *nrcpt = MS_NONE;
    if (!MS_SKIP(c, ", size=") || !ms_read_number(c, size_bytes))
        return false;
    if (MS_SKIP(c, ", nrcpt=") && !ms_read_number(c, nrcpt))
        return false;
    return MS_SKIP(c, " (queue active)") && c->p == c->end;
}

static bool read_active(struct ms_postfix_line *l)
{
    struct ms_cursor c = l->body;
    struct ms_event *e = l->e;
    struct ms_span sender;
    int64_t size_bytes, nrcpt;
    if (!read_sender(&c, &sender))
        return false;
    /* A sender in internal form may hold a forged `>, size=`: the true one is the last, and stands at the end. */
    struct ms_cursor tail = c;
    if (!read_size(&tail, &size_bytes, &nrcpt)) {
        const char *at = MS_FIND_LAST(l->body.p, l->body.end, ">, size=");
        if (!at)
            return false;
        tail.p = at + 1;
        if (!read_size(&tail, &size_bytes, &nrcpt))
            return false;
        sender = ms_span_of(l->body.p + 1, (size_t)(at - l->body.p - 1));
    }
    ms_postfix_name(e, MS_K_QMGR_ACTIVE);
    e->u.active.sender = sender;
    e->u.active.size_bytes = size_bytes;
    e->u.active.nrcpt = nrcpt;
    e->u.active.forced = false;
    return true;
}

static bool read_expired(struct ms_postfix_line *l)
{
    struct ms_cursor c = l->body;
    struct ms_event *e = l->e;
    struct ms_span sender;
    if (!read_sender(&c, &sender) || !MS_SKIP(&c, ", status="))
        return false;
    bool forced = MS_SKIP(&c, "force-");
    if (!MS_SKIP(&c, "expired"))
        return false;
    ms_postfix_name(e, forced ? MS_K_QMGR_FORCE_EXPIRED : MS_K_QMGR_EXPIRED);
    e->u.active.sender = sender;
    e->u.active.size_bytes = e->u.active.nrcpt = MS_NONE;
    e->u.active.forced = forced;
    return true;
}

bool ms_postfix_qmgr(struct ms_postfix_line *l)
{
    struct ms_cursor *c = &l->body;
    if (!l->e->queue_id.p || c->p == c->end)
        return false;
    switch (*c->p) {
    case 'r':
        if (ms_cursor_left(c) == 7 && MS_AT(c, "removed"))
            return read_removed(l, MS_K_QMGR_REMOVED, MS_SPAN_NULL);
        return false;
    case 'f':
        return MS_SKIP(c, "from=") && (read_active(l) || read_expired(l));
    case 't':
        return ms_postfix_delivery(l, MS_K_QMGR_DELIVERY);
    case 's':
        return MS_AT(c, "skipped, still being delivered") && ms_postfix_event(l->e, MS_K_QMGR_SKIPPED);
    default:
        return false;
    }
}

/* ---- bounce ---- */

static bool read_notice(struct ms_postfix_line *l, enum ms_kind_id kind, bool delay_notice)
{
    struct ms_span id = ms_cursor_rest(&l->body);
    ms_postfix_name(l->e, kind);
    ms_notice_set(l->e, ms_queue_id_valid(id) ? id : MS_SPAN_NULL, delay_notice ? MS_NOTICE_DELAY : MS_NOTICE_BOUNCE);
    return true;
}

bool ms_postfix_bounce(struct ms_postfix_line *l)
{
    struct ms_cursor *c = &l->body;
    if (!l->e->queue_id.p)
        return false;
    if (MS_SKIP(c, "sender non-delivery notification: "))
        return read_notice(l, MS_K_BOUNCE_NOTICE, false);
    if (MS_SKIP(c, "postmaster non-delivery notification: "))
        return read_notice(l, MS_K_BOUNCE_POSTMASTER, false);
    if (MS_SKIP(c, "sender delivery status notification: "))
        return read_notice(l, MS_K_BOUNCE_SUCCESS, false);
    if (MS_SKIP(c, "sender delay notification: "))
        return read_notice(l, MS_K_BOUNCE_DELAY, true);
    if (MS_SKIP(c, "postmaster delay notification: "))
        return read_notice(l, MS_K_BOUNCE_DELAY, true);
    return MS_AT(c, "not sending trace/success ") && ms_postfix_event(l->e, MS_K_BOUNCE_SUPPRESSED);
}

/* ---- postsuper ---- */

static bool is_total(const struct ms_cursor *c)
{
    return MS_AT(c, "Deleted: ") || MS_AT(c, "Requeued: ") || MS_AT(c, "Placed on hold: ") ||
           MS_AT(c, "Released from hold: ") || MS_AT(c, "Force-expired: ") ||
           MS_AT(c, "Renamed to match inode number: ") || MS_AT(c, "Renamed to ");
}

bool ms_postfix_postsuper(struct ms_postfix_line *l)
{
    struct ms_span text = ms_cursor_rest(&l->body);
    if (!l->e->queue_id.p)
        return is_total(&l->body) && ms_postfix_event(l->e, MS_K_POSTSUPER_TOTAL);
    if (ms_span_is(text, "removed"))
        return read_removed(l, MS_K_POSTSUPER_REMOVED, MS_SPAN_LIT("postsuper"));
    if (ms_span_is(text, "requeued"))
        return ms_postfix_name(l->e, MS_K_POSTSUPER_REQUEUED), true;
    if (ms_span_is(text, "placed on hold"))
        return ms_postfix_name(l->e, MS_K_POSTSUPER_HELD), true;
    if (ms_span_is(text, "released from hold"))
        return ms_postfix_name(l->e, MS_K_POSTSUPER_RELEASED), true;
    return ms_span_is(text, "expired") && ms_postfix_event(l->e, MS_K_POSTSUPER_EXPIRED);
}
