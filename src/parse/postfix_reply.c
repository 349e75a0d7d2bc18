/* What the text of a delivery tells: the remote server's reply code, and the name that the next hop gave to the mail
 * (postfix-log-lines.md 2.10, 2.10.1, 3.4). */
#include "parse/postfix.h"

/* Text that Postfix puts in front of another server's words. */
static void skip_wrappers(struct ms_cursor *c)
{
    while (MS_SKIP(c, "delivery temporarily suspended: ") || MS_SKIP(c, "SOFT BOUNCE - ") ||
           MS_SKIP(c, "unverified address: ") || MS_SKIP(c, "undeliverable address: ")) {
    }
}

/* Behind `host H[A] said: ` and its relatives; false if the text is Postfix's own. H[A] holds no blank, so that the first
 * of these words is Postfix's, whatever the server says. */
static bool skip_speaker(struct ms_cursor *c)
{
    if (!MS_AT(c, "host ") && !MS_AT(c, "Protocol error: host ") && !MS_AT(c, "SASL ") &&
        !MS_AT(c, "TLS is required, but host ") && !MS_AT(c, "connect to "))
        return false;
    const char *colon = MS_FIND(c->p, c->end, ": ");
    while (colon) {
        struct ms_cursor before = {c->p, colon + 2};
        size_t n = ms_cursor_left(&before);
        if ((n > 7 && memcmp(colon - 5, " said", 5) == 0) || (n > 8 && memcmp(colon - 6, " to me", 6) == 0) ||
            (n > 12 && memcmp(colon - 10, " start TLS", 10) == 0)) {
            c->p = colon + 2;
            return true;
        }
        colon = MS_FIND(colon + 2, c->end, ": ");
    }
    return false;
}

/* To the remote server's own words. */
static bool skip_to_reply(struct ms_cursor *c, bool remote)
{
    if (c->p < c->end && ms_is_digit(*c->p))
        return remote;
    skip_wrappers(c);
    return skip_speaker(c);
}

int64_t ms_postfix_reply_code(struct ms_span text, bool remote)
{
    struct ms_cursor c = ms_cursor_of(text);
    return skip_to_reply(&c, remote) ? ms_read_reply_code(&c) : MS_NONE;
}

struct ms_span ms_postfix_reply_dsn(struct ms_span text, bool remote)
{
    struct ms_cursor c = ms_cursor_of(text);
    struct ms_span dsn = MS_SPAN_NULL;
    if (!skip_to_reply(&c, remote) || ms_read_reply_code(&c) == MS_NONE || c.p == c.end)
        return dsn;
    c.p++; /* a blank, or the '-' of a reply of several lines */
    return ms_read_dsn(&c, &dsn) && (c.p == c.end || *c.p == ' ') ? dsn : MS_SPAN_NULL;
}

enum { ALNUM = 1, INSIDE = 2 };
static const uint8_t id_class[256] = {
    ['0' ... '9'] = ALNUM | INSIDE,
    ['A' ... 'Z'] = ALNUM | INSIDE,
    ['a' ... 'z'] = ALNUM | INSIDE,
    ['-'] = INSIDE,
    ['_'] = INSIDE,
    ['.'] = INSIDE,
    [','] = INSIDE,
    [':'] = INSIDE,
};

static bool is_alnum(char ch)
{
    return id_class[(unsigned char)ch] & ALNUM;
}

/* The token at `p`: letters, digits and what stands inside IDs of other systems, without trailing punctuation. */
static struct ms_span id_token(const char *p, const char *end)
{
    const char *q = p;
    while (q < end && (id_class[(unsigned char)*q] & INSIDE))
        q++;
    while (q > p && !is_alnum(q[-1]))
        q--;
    return q > p ? ms_span_of(p, (size_t)(q - p)) : MS_SPAN_NULL;
}

static bool all_alnum(const char *p, size_t n)
{
    uint8_t all = ALNUM;
    for (size_t i = 0; i < n; i++)
        all &= id_class[(unsigned char)p[i]];
    return all;
}

/* 6-6-2 characters, since Exim 4.97 6-11-4. */
static bool is_exim_id(struct ms_span s)
{
    size_t middle = s.n == 16 ? 6 : s.n == 23 ? 11 : 0;
    if (middle == 0 || s.p[6] != '-' || s.p[7 + middle] != '-')
        return false;
    return all_alnum(s.p, 6) && all_alnum(s.p + 7, middle) && all_alnum(s.p + 8 + middle, s.n - 8 - middle);
}

/* `... ID Message accepted for delivery`: Sendmail, OpenSMTPD, Proofpoint. */
static struct ms_span id_before(const char *begin, const char *at, ptrdiff_t min_bytes)
{
    const char *p = at;
    while (p > begin && (is_alnum(p[-1]) || p[-1] == '-'))
        p--;
    if (at - p < min_bytes || (p > begin && p[-1] != ' '))
        return MS_SPAN_NULL;
    return ms_span_of(p, (size_t)(at - p));
}

/* What `open` and `close` enclose: `SESSIONID=<ID>`, `Queued (ID)`. No blank inside. */
static struct ms_span id_between(const char *p, const char *end, char close)
{
    struct ms_cursor c = {p, end};
    struct ms_span id = ms_read_until(&c, close);
    return c.p < end && id.n > 0 && !memchr(id.p, ' ', id.n) ? id : MS_SPAN_NULL;
}

/* The last word in front of `tail`, with which the reply ends. The end of an address is no ID: Dovecot may leave its session
 * out. */
static struct ms_span word_before(struct ms_span reply, const char *tail)
{
    size_t n = strlen(tail);
    if (reply.n <= n || memcmp(reply.p + reply.n - n, tail, n) != 0)
        return MS_SPAN_NULL;
    const char *end = reply.p + reply.n - n, *blank = memrchr(reply.p, ' ', (size_t)(end - reply.p));
    return blank && blank + 1 < end && end[-1] != '>' ? ms_span_of(blank + 1, (size_t)(end - blank - 1)) : MS_SPAN_NULL;
}

static struct ms_span number_at(const char *p, const char *end)
{
    const char *q = p;
    while (q < end && ms_is_digit(*q))
        q++;
    return q > p ? ms_span_of(p, (size_t)(q - p)) : MS_SPAN_NULL;
}

/* `1700000000 qp 12345`: only the time makes qmail-queue's pid a name. */
static struct ms_span qmail_id(struct ms_span text)
{
    const char *end = text.p + text.n;
    struct ms_span time = number_at(text.p, end);
    struct ms_cursor c = {text.p + time.n, end};
    if (!time.p || !MS_SKIP(&c, " qp "))
        return MS_SPAN_NULL;
    struct ms_span pid = number_at(c.p, end);
    return pid.p ? ms_span_of(text.p, (size_t)(pid.p + pid.n - text.p)) : MS_SPAN_NULL;
}

/* Behind `250 `; sendmail logs a reply without its code. */
static struct ms_span without_code(struct ms_span reply)
{
    return ms_span_starts(reply, "250 ") ? ms_span_of(reply.p + 4, reply.n - 4) : reply;
}

/* Amazon: `250 Ok ID`, where nothing but its length tells the ID from a word. */
static struct ms_span long_word_at_end(struct ms_span reply)
{
    reply = without_code(reply);
    struct ms_span id = ms_span_starts(reply, "Ok ") ? ms_span_of(reply.p + 3, reply.n - 3) : MS_SPAN_NULL;
    return id.n >= 30 && id_token(id.p, id.p + id.n).n == id.n ? id : MS_SPAN_NULL;
}

/* Systems that don't say `queued as`. The words of each are fixed; the ID stands in front of them or behind. */
static struct ms_span other_id(struct ms_span reply)
{
    const char *p = reply.p, *end = reply.p + reply.n, *at;
    struct ms_span id;
    if ((at = MS_FIND_LAST(p, end, " Message accepted for delivery")))
        return id_before(p, at, 8);
    if ((at = MS_FIND_LAST(p, end, "OK id=")) && is_exim_id(id_token(at + 6, end)))
        return id_token(at + 6, end);
    if ((at = MS_FIND_LAST(p, end, " completed: id=")))
        return id_token(at + 15, end);
    if ((at = MS_FIND(p, end, "queued on ")) && (at = MS_FIND(at, end, " as ")))
        return id_token(at + 4, end);
    if ((at = MS_FIND(p, end, "[InternalId="))) /* Exchange */
        return number_at(at + 12, end);
    if ((at = MS_FIND(p, end, "SESSIONID=<"))) /* Cyrus */
        return id_between(at + 11, end, '>');
    if ((at = MS_FIND(p, end, " Received OK ["))) /* Mimecast */
        return id_between(at + 14, end, ']');
    if ((at = MS_FIND(p, end, " Message Queued ("))) /* Haraka */
        return id_between(at + 17, end, ')');
    if (ms_span_starts(without_code(reply), "ok "))
        return qmail_id(ms_span_of(without_code(reply).p + 3, without_code(reply).n - 3));
    if (ms_span_starts(without_code(reply), "Queued! "))
        return qmail_id(ms_span_of(without_code(reply).p + 8, without_code(reply).n - 8));
    if ((at = MS_FIND(p, end, "ok:  Message "))) /* Cisco */
        return number_at(at + 13, end);
    if ((at = MS_FIND_LAST(p, end, " message accepted for delivery")))
        return id_before(p, at, 5);
    id = word_before(reply, " Saved"); /* Dovecot */
    if (!id.p)
        id = word_before(reply, " - gsmtp");
    return id.p ? id : long_word_at_end(reply);
}

struct ms_span ms_postfix_next_id(struct ms_span reply)
{
    const char *p = reply.p, *end = reply.p + reply.n;
    const char *blank = reply.n > 0 && is_alnum(end[-1]) ? memrchr(p, ' ', reply.n) : NULL;
    if (blank && blank - p >= 9 && memcmp(blank - 9, "queued as ", 10) == 0 &&
        all_alnum(blank + 1, (size_t)(end - blank - 1)))
        return ms_span_of(blank + 1, (size_t)(end - blank - 1)); /* Postfix, as nearly always */
    /* Postfix's own wording ends the reply; a filter in between repeats it, and the last one counts. */
    const char *at = MS_FIND_LAST(p, end, "queued as ");
    return at ? id_token(at + 10, end) : other_id(reply);
}
