/* What an access decision was about, and which blocklist made it: the words of smtpd behind `<WHAT>: ` (postfix-log-lines.md 2.2). */
#include "parse/postfix.h"

static const char *const classes[] = {
    "Client host",    "Unverified Client host", "Client certificate", "SASL login name", "Helo command",
    "Sender address", "Recipient address",      "Etrn command",       "Data command",    "End-of-data",
};

/* One of the words at the cursor, in front of ` rejected`, ` triggers`, a blank, `=` or the end. */
static struct ms_span class_at(const struct ms_cursor *c)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        size_t n = strlen(classes[i]);
        if (ms_cursor_at(c, classes[i], n) && (ms_cursor_left(c) == n || c->p[n] == ' ' || c->p[n] == '='))
            return ms_span_of(c->p, n);
    }
    return MS_SPAN_NULL;
}

/* Is `what`, in internal form, the address that the tail has in external form (quoted, with backslashes) or as it is? */
static bool is_same_address(struct ms_span what, struct ms_span address)
{
    if (address.n == 0 || address.p[0] != '"')
        return ms_span_eq(what, address);
    const char *p = address.p + 1, *end = address.p + address.n;
    uint32_t n = 0;
    for (; p < end && *p != '"'; p++, n++) {
        if (*p == '\\' && end - p > 1)
            p++;
        if (n >= what.n || what.p[n] != *p)
            return false;
    }
    p += p < end; /* the closing quote */
    return what.n - n == (size_t)(end - p) && memcmp(what.p + n, p, (size_t)(end - p)) == 0;
}

/* `<WHAT>: CLASS ...`. WHAT is a stranger's word and may imitate what follows it: it counts if it is one of the values of the
 * tail, or if there is but one way to read it. */
static struct ms_span class_behind_what(struct ms_cursor c, const struct ms_postfix_tail *tail)
{
    const char *what = c.p + 1;
    struct ms_span only = MS_SPAN_NULL;
    int n = 0;
    for (const char *at = MS_FIND(what, c.end, ">: "); at; at = MS_FIND(at + 1, c.end, ">: ")) {
        struct ms_span word = class_at(&(struct ms_cursor){at + 3, c.end});
        struct ms_span inside = ms_span_of(what, (size_t)(at - what));
        if (!word.p)
            continue;
        if (is_same_address(inside, tail->sender) || is_same_address(inside, tail->recipient) ||
            is_same_address(inside, tail->helo))
            return word;
        only = word;
        n++;
    }
    return n == 1 ? only : MS_SPAN_NULL;
}

/* `... blocked using ZONE[; REASON]`, where `]` closes WHAT. */
static struct ms_span zone_at(const char *p, const char *end)
{
    const char *zone = p;
    while (p < end && *p != ';' && *p != ' ' && *p != ',')
        p++;
    return p > zone ? ms_span_of(zone, (size_t)(p - zone)) : MS_SPAN_NULL;
}

/* `Service unavailable; CLASS [WHAT] blocked using ...`. An address as WHAT may imitate the rest: see class_behind_what(). A
 * client's name or IP address can't. */
static struct ms_span zone_behind_what(const char *what, const char *end, bool is_client,
                                       const struct ms_postfix_tail *tail)
{
    static const char words[] = "] blocked using ";
    struct ms_span only = MS_SPAN_NULL;
    int n = 0;
    for (const char *at = MS_FIND(what, end, words); at; at = MS_FIND(at + 1, end, words)) {
        struct ms_span inside = ms_span_of(what, (size_t)(at - what));
        struct ms_span zone = zone_at(at + sizeof words - 1, end);
        if (is_client || is_same_address(inside, tail->sender) || is_same_address(inside, tail->recipient) ||
            is_same_address(inside, tail->helo))
            return zone;
        only = zone;
        n++;
    }
    return n == 1 ? only : MS_SPAN_NULL;
}

struct ms_span ms_postfix_blocklist(struct ms_cursor body, const struct ms_postfix_tail *tail)
{
    if (body.p < body.end && *body.p == '<')
        return MS_SPAN_NULL; /* a refusal of another kind */
    if (MS_SKIP(&body, "Service unavailable; ")) {
        struct ms_span class = ms_read_until(&body, '[');
        bool is_client = ms_span_is(class, "Client host ") || ms_span_is(class, "Unverified Client host ") ||
                         ms_span_is(class, "client ");
        return body.p < body.end ? zone_behind_what(body.p + 1, body.end, is_client, tail) : MS_SPAN_NULL;
    }
    const char *at = MS_FIND(body.p, body.end, " blocked using "); /* an administrator's own wording */
    return at ? zone_at(at + 15, body.end) : MS_SPAN_NULL;
}

struct ms_span ms_postfix_class(struct ms_cursor body, const struct ms_postfix_tail *tail)
{
    if (body.p < body.end && *body.p == '<')
        return class_behind_what(body, tail);
    if (MS_SKIP(&body, "action=")) { /* permit: `action=RESTRICTION for CLASS=VALUE` */
        (void)ms_read_until(&body, ' ');
        (void)MS_SKIP(&body, " for ");
    } else {
        (void)MS_SKIP(&body, "Service unavailable; ");
    }
    return class_at(&body);
}
