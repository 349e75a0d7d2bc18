/* What an access decision was about: the words of smtpd behind `<WHAT>: ` (postfix-log-lines.md 2.2). */
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
