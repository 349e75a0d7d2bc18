/* From qmail's text to its kind. qmail-send's lines are fixed phrases (qmail-log-lines.md 2); in addresses and answers every blank,
 * control or 8-bit byte and `%` is `_`, and a line end is `/`. In front may stand splogger's stamp. */
#include "parse/qmail.h"

/* `SEC.USEC6 ` is splogger's stamp; `SEC.USEC6+` stands in front of what goes on from the piece before. */
static bool skip_stamp(struct ms_cursor *c, bool *goes_on)
{
    struct ms_cursor r = *c;
    int64_t seconds, us;
    *goes_on = false;
    if (!ms_read_number(&r, &seconds) || !MS_SKIP(&r, "."))
        return false;
    const char *fraction = r.p;
    if (!ms_read_number(&r, &us) || r.p - fraction != 6 || r.p == r.end || (*r.p != ' ' && *r.p != '+'))
        return false;
    *goes_on = *r.p == '+';
    c->p = r.p + 1;
    return true;
}

struct ms_span ms_qmail_number(struct ms_cursor *c)
{
    const char *start = c->p;
    while (c->p < c->end && ms_is_digit(*c->p) && c->p - start < 20)
        c->p++;
    return c->p > start ? ms_span_of(start, (size_t)(c->p - start)) : MS_SPAN_NULL;
}

/* A decimal number that the text must have here; the message number, mostly. */
static bool read_message(struct ms_cursor *c, struct ms_event *e)
{
    e->queue_id = ms_qmail_number(c);
    return e->queue_id.p != NULL;
}

static bool read_new(struct ms_cursor *c, struct ms_event *e)
{
    if (!MS_SKIP(c, "new msg ") || !read_message(c, e) || c->p < c->end)
        return false;
    ms_qmail_name(e, MS_K_QMAIL_NEW);
    return true;
}

static bool read_end(struct ms_cursor *c, struct ms_event *e)
{
    if (!MS_SKIP(c, "end msg ") || !read_message(c, e) || c->p < c->end)
        return false;
    ms_qmail_name(e, MS_K_QMAIL_END);
    e->u.removed.how = MS_SPAN_NULL;
    return true;
}

/* `info msg M: bytes B from <SENDER> qp Q uid U`. SENDER may hold anything but blanks: what stands behind it is read from the right. */
static bool read_info(struct ms_cursor *c, struct ms_event *e)
{
    int64_t bytes, uid;
    if (!MS_SKIP(c, "info msg ") || !read_message(c, e) || !MS_SKIP(c, ": bytes ") || !ms_read_number(c, &bytes) ||
        !MS_SKIP(c, " from <"))
        return false;
    const char *behind = MS_FIND_LAST(c->p, c->end, "> qp ");
    if (behind == NULL)
        return false;
    struct ms_cursor r = {behind + 2, c->end};
    struct ms_span qp = {r.p, 0};
    r.p += 3;
    if (ms_qmail_number(&r).p == NULL)
        return false;
    qp.n = (uint32_t)(r.p - qp.p);
    if (!MS_SKIP(&r, " uid ") || !ms_read_number(&r, &uid) || r.p < r.end)
        return false;
    ms_qmail_name(e, MS_K_QMAIL_INFO);
    memset(&e->u.accepted, 0, sizeof e->u.accepted);
    e->u.accepted.client = ms_endpoint_none();
    e->u.accepted.nrcpt = e->u.accepted.class = MS_NONE;
    e->u.accepted.sender = ms_span_of(c->p, (size_t)(behind - c->p));
    e->u.accepted.size_bytes = bytes;
    e->u.accepted.uid = uid;
    e->u.accepted.second_id = qp;
    return true;
}

/* `bounce msg M qp Q` */
static bool read_bounce(struct ms_cursor *c, struct ms_event *e)
{
    if (!MS_SKIP(c, "bounce msg ") || !read_message(c, e) || !MS_AT(c, " qp "))
        return false;
    const char *qp = c->p + 1;
    c->p += 4;
    if (ms_qmail_number(c).p == NULL || c->p < c->end)
        return false;
    ms_qmail_name(e, MS_K_QMAIL_BOUNCE);
    ms_notice_set(e, ms_span_of(qp, (size_t)(c->p - qp)), MS_NOTICE_BOUNCE);
    return true;
}

/* The message number at the end of a path: `mess/12/3456`, perhaps with `;` and words behind. */
static struct ms_span number_of_path(struct ms_cursor c)
{
    static const char *const folders[] = {"todo/", "mess/", "info/", "local/", "remote/", "bounce/"};
    for (const char *p = c.p; p < c.end; p++) {
        if (p > c.p && p[-1] != ' ')
            continue;
        struct ms_cursor at = {p, c.end};
        size_t i = 0;
        while (i < sizeof folders / sizeof *folders && !ms_cursor_skip(&at, folders[i], strlen(folders[i])))
            i++;
        if (i == sizeof folders / sizeof *folders)
            continue;
        struct ms_span number = ms_qmail_number(&at);
        while (MS_SKIP(&at, "/"))
            number = ms_qmail_number(&at);
        bool ends = at.p == at.end || *at.p == ';' || *at.p == ' ' || *at.p == '!';
        return ends ? number : MS_SPAN_NULL;
    }
    return MS_SPAN_NULL;
}

static bool read_remark(struct ms_cursor *c, struct ms_event *e)
{
    if (MS_SKIP(c, "status: "))
        return ms_qmail_event(e, MS_K_QMAIL_STATUS, MS_SPAN_NULL);
    if (MS_SKIP(c, "triple bounce: discarding ")) {
        e->queue_id = number_of_path(*c);
        return ms_qmail_event(e, MS_K_QMAIL_TRIPLE_BOUNCE, MS_SPAN_NULL);
    }
    bool is_alert = MS_SKIP(c, "alert: ");
    if (!is_alert && !MS_SKIP(c, "warning: "))
        return false;
    e->queue_id = number_of_path(*c);
    e->severity = is_alert ? 2 : 1;
    return ms_qmail_event(e, is_alert ? MS_K_QMAIL_ALERT : MS_K_QMAIL_WARNING, MS_SPAN_NULL);
}

static bool read_any(struct ms_cursor body, struct ms_event *e)
{
    static bool (*const readers[])(struct ms_cursor * c, struct ms_event * e) = {
        read_remark, ms_qmail_delivery, read_new, read_info, read_end, read_bounce, ms_qmail_front};
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        struct ms_cursor c = body;
        e->queue_id = MS_SPAN_NULL;
        e->severity = 0;
        if (readers[i](&c, e))
            return true;
    }
    e->queue_id = MS_SPAN_NULL;
    return false;
}

/* indimail runs several queues, and says behind each line which one: ` queue5`. Its number, -1 if there is none. */
static int64_t take_queue_off(struct ms_cursor *c)
{
    const char *at = MS_FIND_LAST(c->p, c->end, " queue");
    int64_t queue;
    if (at == NULL || c->end - at > 12)
        return -1;
    struct ms_cursor r = {at + 6, c->end};
    if (!ms_read_number(&r, &queue) || r.p < r.end)
        return -1;
    c->end = at;
    return queue;
}

/* Each queue counts its deliveries by itself. */
#define DELIVERIES_OF_QUEUE INT64_C(1000000000000)

static bool read_queued(struct ms_cursor body, struct ms_event *e)
{
    int64_t queue = take_queue_off(&body);
    if (!read_any(body, e))
        return false;
    if (queue >= 0 && (e->kind == MS_K_QMAIL_START || e->kind == MS_K_QMAIL_DELIVERY))
        e->u.delivery.number += queue * DELIVERIES_OF_QUEUE;
    return true;
}

void ms_qmail_parse(const struct ms_tag *tag, struct ms_event *e)
{
    struct ms_cursor body = ms_cursor_of(e->text);
    bool goes_on;
    (void)tag;
    (void)skip_stamp(&body, &goes_on);
    if (goes_on)
        (void)ms_qmail_event(e, MS_K_QMAIL_CONTINUED, MS_SPAN_NULL);
    else if (!read_queued(body, e))
        (void)ms_qmail_event(e, MS_K_QMAIL_OTHER, MS_SPAN_NULL);
}

bool ms_qmail_knows_stamped(struct ms_span text)
{
    struct ms_cursor c = ms_cursor_of(text);
    bool goes_on;
    return text.n > 18 && text.p[10] == '.' && skip_stamp(&c, &goes_on) && !goes_on &&
           ms_qmail_knows(ms_cursor_rest(&c));
}

bool ms_qmail_knows(struct ms_span text)
{
    struct ms_event e = {.text = text};
    return read_queued(ms_cursor_of(text), &e);
}
