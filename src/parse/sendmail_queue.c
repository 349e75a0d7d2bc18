/* What becomes of a queue ID beside attempts: reports, copies, the end (reference/sendmail-log-lines.md 5, 6). */
#include "parse/lists.h"
#include "parse/sendmail.h"
#include "parse/sendmail_id.h"

/* Tried no more: the text of the report is all there is of it. */
static bool is_given_up(const struct ms_cursor *text)
{
    return MS_AT(text, "Cannot send message for ") || MS_AT(text, "delivery time expired");
}

/* Takes the label of a report off. */
static bool skip_label(struct ms_cursor *c, enum ms_kind_id *kind)
{
    static const struct {
        const char *label;
        enum ms_kind_id kind;
    } labels[] = {{"DSN", MS_K_SENDMAIL_DSN},
                  {"return to sender", MS_K_SENDMAIL_RETURN},
                  {"sender notify", MS_K_SENDMAIL_NOTIFY},
                  {"postmaster notify", MS_K_SENDMAIL_POSTMASTER}};
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (ms_cursor_skip(c, labels[i].label, strlen(labels[i].label))) {
            *kind = labels[i].kind;
            return true;
        }
    return false;
}

static bool take_report(struct ms_sendmail_line *l, const struct ms_cursor *text, struct ms_span id,
                        enum ms_kind_id kind)
{
    bool is_warning = kind == MS_K_SENDMAIL_NOTIFY && MS_AT(text, "Warning: ");
    ms_sendmail_name(l->e, kind);
    ms_notice_set(l->e, id, is_warning ? MS_NOTICE_DELAY : MS_NOTICE_BOUNCE);
    l->e->u.notice.gives_up = is_given_up(text);
    l->e->u.notice.is_born = true;
    return true;
}

/* `NEW: DSN: TEXT` and its like, behind `NEW: `. */
static bool read_report(struct ms_sendmail_line *l, struct ms_cursor *c, struct ms_span id)
{
    enum ms_kind_id kind;
    return skip_label(c, &kind) && MS_SKIP(c, ": ") && take_report(l, c, id, kind);
}

/* The same from builds that number transactions, behind `ta_id=X, `: `qid=NEW, ta_id=Y, dsn_type=DSN, stat=TEXT`. */
static bool read_numbered_report(struct ms_sendmail_line *l)
{
    struct ms_cursor c = l->body;
    enum ms_kind_id kind;
    if (!MS_SKIP(&c, "qid="))
        return false;
    struct ms_span id = ms_read_until(&c, ',');
    if (ms_sendmail_id_of(id) == MS_SENDMAIL_ID_NONE)
        return false;
    if (MS_SKIP(&c, ", ta_id="))
        (void)ms_read_until(&c, ',');
    return MS_SKIP(&c, ", dsn_type=") && skip_label(&c, &kind) && MS_SKIP(&c, ", stat=") &&
           take_report(l, &c, id, kind);
}

/* `NEW: ...` of 8.12 and later, and the order before: `clone OLD, owner=`. */
static bool read_copy(struct ms_sendmail_line *l)
{
    struct ms_cursor c = l->body;
    struct ms_event *e = l->e;
    bool by_child = MS_SKIP(&c, "clone ");
    size_t n = 0;
    if (ms_sendmail_id_at(c.p, ms_cursor_left(&c), &n) == MS_SENDMAIL_ID_NONE)
        return false;
    struct ms_span id = ms_span_of(c.p, n);
    c.p += n;
    if (!by_child && !MS_SKIP(&c, ": "))
        return false;
    if (!by_child && read_report(l, &c, id))
        return true;
    if (by_child ? !(c.p == c.end || MS_AT(&c, ",")) : !MS_AT(&c, "clone: owner="))
        return false;
    ms_sendmail_name(e, MS_K_SENDMAIL_CLONE);
    ms_notice_set(e, id, MS_NOTICE_CLONE);
    e->u.notice.by_child = by_child;
    e->u.notice.is_born = true;
    return true;
}

/* `split: [maxrcpts=N, rcpts=N, ]count=N, id[s]=NEW[; NEW]*`. */
static bool read_split(struct ms_sendmail_line *l)
{
    struct ms_cursor c = l->body;
    if (!MS_SKIP(&c, "split: "))
        return false;
    const char *at = MS_FIND_LAST(c.p, c.end, ", id=");
    if (at == NULL)
        at = MS_FIND_LAST(c.p, c.end, ", ids=");
    if (at == NULL)
        return false;
    const char *ids = memchr(at, '=', (size_t)(c.end - at)) + 1;
    struct ms_span list = ms_span_of(ids, (size_t)(c.end - ids)), id;
    for (struct ms_span rest = list; ms_list_queue_id(&rest, &id);)
        if (ms_sendmail_id_of(id) == MS_SENDMAIL_ID_NONE)
            return false;
    ms_sendmail_name(l->e, MS_K_SENDMAIL_SPLIT);
    ms_notice_set(l->e, list, MS_NOTICE_CLONE);
    l->e->u.notice.is_list = l->e->u.notice.is_born = true;
    return true;
}

static bool read_removed(struct ms_sendmail_line *l, enum ms_kind_id kind, const char *how)
{
    ms_sendmail_name(l->e, kind);
    l->e->u.removed.how = ms_span_str(how);
    return true;
}

/* `quarantine=REASON`, `unquarantine`: what an operator did (sendmail -qQ). */
static bool read_quarantine(struct ms_sendmail_line *l)
{
    bool held = MS_AT(&l->body, "quarantine=");
    if (!held && !ms_span_is(ms_cursor_rest(&l->body), "unquarantine"))
        return false;
    ms_sendmail_name(l->e, held ? MS_K_SENDMAIL_HELD : MS_K_SENDMAIL_RELEASED);
    return true;
}

bool ms_sendmail_queue(struct ms_sendmail_line *l)
{
    struct ms_span body = ms_cursor_rest(&l->body);
    if (l->e->queue_id.p == NULL || l->part > 0)
        return false;
    if (ms_span_is(body, "done") || ms_span_starts(body, "done; delay="))
        return read_removed(l, MS_K_SENDMAIL_DONE, NULL);
    if (ms_span_is(body, "discarded"))
        return read_removed(l, MS_K_SENDMAIL_DISCARDED, "discarded");
    if (ms_span_starts(body, "Losing ") && MS_FIND(l->body.p, l->body.end, ": ") != NULL)
        return ms_sendmail_event(l->e, MS_K_SENDMAIL_LOSING);
    return read_split(l) || read_numbered_report(l) || read_quarantine(l) || read_copy(l);
}
