#include "parse/shortened.h"

#include "parse/envelope.h"
#include "parse/fields.h"
#include "parse/kinds.h"

/* Of a whole packet or line: AIX, RFC 3164 (BSD, Solaris, UDP), RFC 5424, postlogd, rsyslog (8 KiB, and what it makes of that). */
static const uint32_t limits[] = {900, 1024, 2048, 4096, 8096, 8192};

enum {
    PRI_BYTES = 5,           /* `<191>`; mail has four */
    TRADITIONAL_STAMP = 15,  /* `Nov  3 04:05:06` */
    POSTFIX_TEXT_MAX = 2000, /* it cuts its own texts */
};

/* A packet of n bytes, or of so many with the PRI that the file lacks; one less where a NUL had to find room. */
static bool is_at_limit(uint32_t n)
{
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (n <= limits[i] && n + PRI_BYTES + 1 >= limits[i])
            return true;
    return false;
}

/* The stamp in front, PRI included; 0: it can't be told. */
static uint32_t stamp_bytes(struct ms_span line)
{
    unsigned pri;
    uint32_t at = line.n > 0 && line.p[0] == '<' ? (uint32_t)ms_envelope_read_pri(line, &pri) : 0;
    const char *blank = line.n > at ? memchr(line.p + at, ' ', line.n - at < 40 ? line.n - at : 40) : NULL;
    bool is_iso = blank != NULL && line.p[at] >= '0' && line.p[at] <= '9' && blank - line.p > at + 8;
    return is_iso ? (uint32_t)(blank - line.p) : blank != NULL ? at + TRADITIONAL_STAMP : 0;
}

bool ms_line_may_be_cut(struct ms_span line, struct ms_span text, enum ms_mta mta)
{
    if (line.n < MS_SHORTENED_MIN)
        return false;
    if (mta == MS_MTA_POSTFIX && text.n == POSTFIX_TEXT_MAX)
        return true;
    if (is_at_limit(line.n))
        return true;
    /* A receiver writes a stamp of its own form, and the host's name where a local packet had none. */
    uint32_t stamp = stamp_bytes(line), host = 0;
    if (stamp == 0)
        return false;
    uint32_t packet = line.n - stamp + TRADITIONAL_STAMP;
    const char *p = line.p + stamp, *end = line.p + line.n;
    while (p + host < end && p[host] == ' ')
        host++;
    while (p + host < end && p[host] != ' ')
        host++;
    return is_at_limit(packet) || is_at_limit(packet - host);
}

/* Without what stands from the last `<` on, if nothing closes it. */
static uint32_t before_open_address(struct ms_span text)
{
    const char *open = text.n > 0 ? memrchr(text.p, '<', text.n) : NULL;
    bool is_flag = open != NULL && text.p + text.n - open > 2 && memcmp(open, "<= ", 3) == 0; /* Exim: a mail comes */
    bool is_closed = open == NULL || is_flag || memchr(open, '>', (size_t)(text.p + text.n - open)) != NULL;
    return is_closed ? text.n : (uint32_t)(open - text.p);
}

struct ms_span ms_text_before_cut(struct ms_span text)
{
    uint32_t n = before_open_address(text);
    if (n > 0 && strchr(")>]}", text.p[n - 1]) != NULL)
        return ms_span_of(text.p, n);
    while (n > 0 && strchr(" ,\t", text.p[n - 1]) == NULL)
        n--;
    while (n > 0 && strchr(" ,\t;", text.p[n - 1]) != NULL)
        n--;
    return ms_span_of(text.p, n);
}

/* How many bytes at the end of the text stand for one control character; 0: none do. */
static uint32_t control_at_end(struct ms_span text)
{
    const char *end = text.p + text.n;
    if (text.n >= 4 && (end[-4] == '#' || end[-4] == '\\') && end[-3] == '0' && end[-2] >= '0' && end[-2] <= '3' &&
        end[-1] >= '0' && end[-1] <= '7')
        return 4;
    return text.n >= 2 && end[-2] == '^' && (end[-1] == 'J' || end[-1] == 'M') ? 2 : 0;
}

struct ms_span ms_text_without_controls(struct ms_span text)
{
    for (uint32_t n; (n = control_at_end(text)) > 0;)
        text.n -= n;
    return text;
}

/* ---- what is sure ---- */

static void keep_event(struct ms_event *e)
{
    static const uint16_t kinds[] = {[MS_MTA_NONE] = MS_K_OTHER,
                                     [MS_MTA_POSTFIX] = MS_K_POSTFIX_OTHER,
                                     [MS_MTA_SENDMAIL] = MS_K_SENDMAIL_OTHER,
                                     [MS_MTA_QMAIL] = MS_K_QMAIL_OTHER,
                                     [MS_MTA_EXIM] = MS_K_EXIM_OTHER};
    if (e->role != MS_ROLE_EVENT || e->daemon == MS_D_HELPER)
        e->kind = kinds[e->mta];
    if (e->mta == MS_MTA_NONE)
        e->queue_id = MS_SPAN_NULL;
    e->role = MS_ROLE_EVENT;
    e->u.event = ms_event_peer_none();
}

/* Does a field that Exim writes follow the address? It may hold blanks. */
static bool is_followed(const struct ms_event *e, struct ms_span value)
{
    static const char *const next[] = {" <", " F=", " P=", " R=", " T=", " H=", " U="};
    const char *end = e->text.p + e->text.n, *p = value.p != NULL ? value.p + value.n : end;
    for (size_t i = 0; i < sizeof next / sizeof *next; i++)
        if (ms_span_starts(ms_span_of(p, (size_t)(end - p)), next[i]))
            return true;
    return false;
}

static void keep_exim_delivery(struct ms_event *e)
{
    if (!is_followed(e, e->u.delivery.recipient))
        e->u.delivery.recipient = e->u.delivery.orig_recipient = MS_SPAN_NULL;
    if (ms_find_text(e->text.p, e->text.p + e->text.n, " T=", 3) == NULL)
        e->u.delivery.agent = MS_SPAN_NULL; /* that of the router stood in for it */
    e->u.delivery.said = e->u.delivery.next_queue_id = MS_SPAN_NULL;
    e->u.delivery.reply_code = MS_NONE;
}

static void keep_delivery(struct ms_event *e)
{
    e->u.delivery.truncated = true;
    struct ms_span next = e->u.delivery.next_queue_id;
    if (next.p != NULL && next.p + next.n == e->text.p + e->text.n) /* an ID may hold a comma, and go on behind it */
        e->u.delivery.next_queue_id = MS_SPAN_NULL;
    if (e->mta == MS_MTA_EXIM)
        keep_exim_delivery(e);
    if (e->mta == MS_MTA_SENDMAIL) {
        if (e->u.delivery.said.p != NULL) /* the server's words may hold a result, too */
            e->u.delivery.status = e->u.delivery.said = e->u.delivery.reply = MS_SPAN_NULL;
        e->u.delivery.next_queue_id = MS_SPAN_NULL;
    }
    if (e->u.delivery.recipient.p == NULL)
        keep_event(e);
}

/* The message-id is a stranger's, and all else stands behind it. */
static void keep_accepted(struct ms_event *e)
{
    struct ms_span sender = e->u.accepted.sender;
    int64_t size_bytes = e->u.accepted.size_bytes, nrcpt = e->u.accepted.nrcpt, class = e->u.accepted.class;
    bool is_sendmail = e->mta == MS_MTA_SENDMAIL, is_local = e->u.accepted.is_local;
    memset(&e->u.accepted, 0, sizeof e->u.accepted);
    e->u.accepted.client = ms_endpoint_none();
    e->u.accepted.sender = is_sendmail || is_followed(e, sender) ? sender : MS_SPAN_NULL;
    e->u.accepted.size_bytes = is_sendmail ? size_bytes : MS_NONE;
    e->u.accepted.nrcpt = is_sendmail ? nrcpt : MS_NONE;
    e->u.accepted.class = is_sendmail ? class : MS_NONE;
    e->u.accepted.uid = MS_NONE;
    e->u.accepted.is_local = is_local;
}

static void keep_reject(struct ms_event *e)
{
    e->u.reject.blocklist = e->u.reject.sender = e->u.reject.recipient = e->u.reject.protocol = e->u.reject.helo =
        e->u.reject.sasl_method = e->u.reject.sasl_username = e->u.reject.subject = MS_SPAN_NULL;
}

static void keep_client(struct ms_event *e)
{
    e->u.client.sasl_username = e->u.client.sasl_sender = e->u.client.orig_queue_id = e->u.client.orig_client =
        MS_SPAN_NULL;
}

void ms_keep_before_cut(struct ms_event *e)
{
    bool is_postfix = e->mta == MS_MTA_POSTFIX;
    if (e->role == MS_ROLE_DELIVERY && e->mta != MS_MTA_QMAIL)
        keep_delivery(e);
    else if (e->role == MS_ROLE_ACCEPTED && e->mta != MS_MTA_QMAIL)
        keep_accepted(e);
    else if (e->role == MS_ROLE_REJECT && is_postfix && e->daemon != MS_D_CLEANUP)
        keep_reject(e);
    else if (e->role == MS_ROLE_CLIENT)
        keep_client(e);
    else if (e->role == MS_ROLE_SASL && is_postfix)
        e->u.login.reason = e->u.login.username = MS_SPAN_NULL;
    else if (e->role != MS_ROLE_UNPARSED)
        keep_event(e);
}
