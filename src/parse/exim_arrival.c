/* `<=`: all that Exim says of a mail's arrival, in one line (exim-log-lines.md 4). HELO, ident, message-id, subject and addresses
 * are a stranger's words. Of the ways to read the host only one takes the rest of the line apart to its end; if none does,
 * the sender alone is believed. */
#include "parse/exim.h"

enum { HOSTS_MAX = 16 }; /* a line with more hosts in it is hostile */

struct arrival {
    struct ms_exim_items items;
    struct ms_exim_host host;
    struct ms_span id, subject;
    int64_t nrcpt;
};

/* An address that no <> enclose: up to the first blank outside of quotes. False: a quote is not closed. */
static bool read_bare_address(struct ms_cursor *c, struct ms_span *out)
{
    const char *start = c->p, *p = start;
    for (; p < c->end && *p != ' '; p++) {
        if (*p != '"')
            continue;
        p = ms_exim_quote_end(p + 1, c->end);
        if (p == NULL)
            return false;
    }
    *out = ms_span_of(start, (size_t)(p - start));
    c->p = p;
    return out->n > 0;
}

/* `for A B C`, to the end. A word that can't be an address is not of the list. */
static bool read_recipients(struct ms_cursor *c, int64_t *n)
{
    bool cut = false;
    *n = 0;
    while (c->p < c->end) {
        struct ms_span a;
        if (!MS_SKIP(c, " ") || !read_bare_address(c, &a))
            return false;
        cut |= ms_span_is(a, "<trunc>");
        bool odd = a.p[0] == '[' || (memchr(a.p, '@', a.n) == NULL && memchr(a.p, '=', a.n) != NULL);
        if (odd)
            return false;
        ++*n;
    }
    if (cut || *n == 0)
        *n = MS_NONE;
    return true;
}

static bool follows_blank(const char *p, const char *end)
{
    return p == end || *p == ' ';
}

/* ` id=`, ` T="..."`, ` from <...>`, ` for ...`: to the end. */
static bool read_tail(struct ms_cursor *c, struct arrival *a)
{
    if (MS_SKIP(c, " id=") || MS_SKIP(c, " id*="))
        if (!read_bare_address(c, &a->id))
            return false;
    ms_exim_read_items(c, &a->items); /* T, and what other versions write behind id= */
    a->subject = a->items.of[MS_EXIM_T];
    struct ms_span raw_sender;
    if (MS_SKIP(c, " from ") && !(c->p < c->end && *c->p == '<' ? ms_read_address(c, follows_blank, &raw_sender)
                                                                : read_bare_address(c, &raw_sender)))
        return false;
    a->nrcpt = MS_NONE;
    if (MS_SKIP(c, " for") && !read_recipients(c, &a->nrcpt))
        return false;
    return c->p == c->end && !a->items.odd;
}

/* Behind the sender. */
static bool read_rest(struct ms_cursor *c, struct arrival *a)
{
    struct ms_cursor at = *c;
    struct ms_span parent = MS_SPAN_NULL;
    *a = (struct arrival){.nrcpt = MS_NONE};
    if (MS_SKIP(&at, " R="))
        parent = ms_read_until(&at, ' ');
    (void)MS_SKIP(&at, " DS");
    if (!MS_SKIP(&at, " H=")) {
        ms_exim_read_items(&at, &a->items);
        a->items.of[MS_EXIM_R] = parent;
        return read_tail(&at, a);
    }
    const char *from = NULL;
    for (int i = 0; i < HOSTS_MAX; i++) {
        struct ms_cursor rest = at;
        *a = (struct arrival){.nrcpt = MS_NONE};
        if (!ms_exim_read_host(&rest, from, &a->host))
            return false;
        from = rest.p;
        ms_exim_read_items(&rest, &a->items);
        bool has_all = a->items.of[MS_EXIM_P].p != NULL && a->items.of[MS_EXIM_S].p != NULL;
        if (has_all && a->items.of[MS_EXIM_R].p == NULL && read_tail(&rest, a)) {
            a->items.of[MS_EXIM_R] = parent;
            return true;
        }
    }
    return false;
}

/* `AUTHENTICATOR[:ID[:SENDER]]` */
static void tell_login(struct ms_event *e, struct ms_span a)
{
    if (a.p == NULL)
        return;
    struct ms_cursor c = ms_cursor_of(a);
    e->u.accepted.sasl_method = ms_read_until(&c, ':');
    if (MS_SKIP(&c, ":") && c.p < c.end)
        e->u.accepted.sasl_username = ms_read_until(&c, ':');
}

static int64_t number_of(struct ms_span s)
{
    struct ms_cursor c = ms_cursor_of(s);
    int64_t n;
    return s.n > 0 && ms_read_number(&c, &n) && c.p == c.end ? n : MS_NONE;
}

static void tell(struct ms_event *e, const struct arrival *a)
{
    const struct ms_span *of = a->items.of;
    if (a->host.token.p != NULL)
        e->u.accepted.client = ms_endpoint_of(a->host.token);
    e->u.accepted.is_local = a->host.token.p == NULL;
    e->u.accepted.helo = a->host.helo;
    e->u.accepted.ident = of[MS_EXIM_U];
    e->u.accepted.protocol = of[MS_EXIM_P];
    e->u.accepted.size_bytes = number_of(of[MS_EXIM_S]);
    e->u.accepted.nrcpt = a->nrcpt;
    e->u.accepted.message_id = a->id;
    e->u.accepted.subject = a->subject;
    if (ms_exim_id_valid(of[MS_EXIM_R]))
        e->u.accepted.parent_queue_id = of[MS_EXIM_R];
    tell_login(e, of[MS_EXIM_A]);
    ms_exim_tls(of[MS_EXIM_X], &e->u.accepted.tls_version, &e->u.accepted.tls_cipher);
}

bool ms_exim_arrival(struct ms_exim_line *l)
{
    struct ms_cursor *c = &l->body;
    struct ms_event *e = l->e;
    bool refused_in_words = MS_AT(c, "(= ");
    if (!MS_SKIP(c, "<= ") && !MS_SKIP(c, "(= "))
        return false;
    ms_exim_name(e, refused_in_words ? MS_K_EXIM_FAKEREJECT : MS_K_EXIM_ARRIVAL);
    memset(&e->u.accepted, 0, sizeof e->u.accepted);
    e->u.accepted.client = ms_endpoint_none();
    e->u.accepted.size_bytes = e->u.accepted.nrcpt = e->u.accepted.class = e->u.accepted.uid = MS_NONE;
    struct ms_span sender;
    if (MS_SKIP(c, "<>"))
        sender = ms_span_of(c->p - 1, 0);
    else if (!read_bare_address(c, &sender))
        return true;
    e->u.accepted.sender = sender;
    struct arrival a;
    if (read_rest(c, &a))
        tell(e, &a);
    return true;
}
