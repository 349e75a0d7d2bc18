/* CONTENT is what a stranger wrote into a header, up to 200 bytes of it, and it can imitate everything that follows
 * (postfix-log-lines.md 2.3 and 3.2, rule 5). */
#include "parse/postfix_checks.h"

enum { CONTENT_MAX = 200 };

struct action {
    const char *word;
    uint32_t n;
    enum ms_kind_id kind;
};
#define ACTION(word, kind)                                                                                             \
    {                                                                                                                  \
        word, sizeof(word) - 1, MS_K_##kind                                                                            \
    }

static const struct action actions[] = {
    ACTION("info", CLEANUP_INFO),         ACTION("warning", CLEANUP_WARNING),
    ACTION("reject", CLEANUP_REJECT),     ACTION("hold", CLEANUP_HOLD),
    ACTION("prepend", CLEANUP_PREPEND),   ACTION("replace", CLEANUP_REPLACE),
    ACTION("discard", CLEANUP_DISCARD),   ACTION("filter", CLEANUP_FILTER),
    ACTION("redirect", CLEANUP_REDIRECT), ACTION("bcc", CLEANUP_BCC),
    ACTION("strip", CLEANUP_STRIP),       ACTION("pass", CLEANUP_PASS),
    ACTION("delay", CLEANUP_DELAY),       ACTION("milter-header-reject", CLEANUP_MILTER_HEADER_REJECT),
};

static bool find_action(struct ms_span word, enum ms_kind_id *kind)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (actions[i].n == word.n && memcmp(actions[i].word, word.p, word.n) == 0) {
            *kind = actions[i].kind;
            return true;
        }
    }
    *kind = MS_K_CLEANUP_MILTER_HEADER;
    return ms_span_starts(word, "milter-header-");
}

/* `header `, `body ` ... at the cursor becomes the stage. */
static bool read_stage(struct ms_cursor *c, struct ms_span *stage)
{
    static const char *const words[] = {"header", "body", "content", "mime-error"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i]);
        if (ms_cursor_left(c) > n && memcmp(c->p, words[i], n) == 0 && c->p[n] == ' ') {
            *stage = ms_span_of(c->p, n);
            c->p += n + 1;
            return true;
        }
    }
    return false;
}

/* A Subject is told apart from other headers, whatever the case of its name. Folded ones hold `?` and stay so. */
static struct ms_span subject_of(struct ms_span content)
{
    if (content.n < 8 || strncasecmp(content.p, "subject:", 8) != 0)
        return MS_SPAN_NULL;
    struct ms_cursor c = {content.p + 8, content.p + content.n};
    (void)MS_SKIP(&c, " ");
    return ms_cursor_rest(&c);
}

/* What a check record says, before it is stored in the shape of its role. */
struct check {
    struct ms_span action, stage, content;
    struct ms_endpoint client;
    struct ms_postfix_tail tail;
};

/* NAMADDR, `local` or `unknown` in front of the ';'. */
static bool is_origin(struct ms_span s)
{
    if (ms_span_is(s, "local") || ms_span_is(s, "unknown"))
        return true;
    return s.n > 2 && memchr(s.p, '[', s.n) && (s.p[s.n - 1] == ']' || ms_is_digit(s.p[s.n - 1])) &&
           !memchr(s.p, ' ', s.n);
}

/* Is there ` from ORIGIN; TAIL` at `at`? */
static bool origin_at(const char *at, const char *end, struct check *k)
{
    struct ms_cursor c = {at + 6, end};
    struct ms_span origin = ms_read_until(&c, ';');
    if (c.p == end || !is_origin(origin))
        return false;
    if (!ms_postfix_tail_read((struct ms_cursor){c.p + 1, end}, MS_TAIL_CHECK, &k->tail))
        return false;
    k->client = ms_endpoint_of(origin);
    return true;
}

/* A quoted address that 3.5+ writes may hold an imitation of ORIGIN and tail. */
static bool holds(struct ms_span address, const char *at)
{
    return address.n > 0 && address.p[0] == '"' && address.p < at && at < address.p + address.n;
}

/* The right-most ORIGIN that starts within reach and whose rest is a tail; but one further left, if that one's tail is
 * well-formed and has the other inside an address. CONTENT can't make a true ORIGIN look so: it would need the closing quote
 * and a domain behind it. */
static bool split_at_origin(struct ms_cursor c, struct check *k)
{
    const char *limit = ms_cursor_left(&c) > CONTENT_MAX + 6 ? c.p + CONTENT_MAX + 6 : c.end;
    const char *best = NULL;
    for (const char *at = MS_FIND_LAST(c.p, limit, " from "); at; at = MS_FIND_LAST(c.p, at + 5, " from ")) {
        struct check other = *k;
        if (!origin_at(at, c.end, &other))
            continue;
        if (best && !(other.tail.well_formed && (holds(other.tail.sender, best) || holds(other.tail.recipient, best))))
            continue;
        best = at;
        *k = other;
        k->content = ms_span_of(c.p, (size_t)(at - c.p));
    }
    return best != NULL;
}

/* 1.x: `CONTENT; from=<S> to=<R>[: TEXT]`. */
static bool split_at_tail(struct ms_cursor c, struct check *k)
{
    const char *at = ms_postfix_tail_find(c, MS_TAIL_CHECK, &k->tail);
    if (!at)
        return false;
    k->content = ms_span_of(c.p, (size_t)(at - c.p));
    return true;
}

static void store_header(struct ms_event *e, const struct check *k)
{
    memset(&e->u.header, 0, sizeof e->u.header);
    e->u.header.action = k->action;
    e->u.header.stage = k->stage;
    e->u.header.content = k->content;
    e->u.header.subject = ms_span_is(k->stage, "header") ? subject_of(k->content) : MS_SPAN_NULL;
    e->u.header.client = k->client;
    e->u.header.sender = k->tail.sender;
    e->u.header.recipient = k->tail.recipient;
    e->u.header.protocol = k->tail.protocol;
    e->u.header.helo = k->tail.helo;
    e->u.header.text = k->tail.text;
}

/* The record has no SMTP code, but smtpd answers content that cleanup refuses for good with 550, for now with 451, and with
 * nothing else. Mail that did not come by SMTP gets no answer. */
static int64_t check_code(const struct ms_event *e, const struct check *k)
{
    bool by_smtp = k->client.name.p && !ms_span_is(k->client.name, "local");
    if (!by_smtp || !ms_span_is(k->action, "reject") || !e->u.reject.dsn.p)
        return MS_NONE;
    return e->u.reject.dsn.p[0] == '5' ? 550 : e->u.reject.dsn.p[0] == '4' ? 451 : MS_NONE;
}

static void store_reject(struct ms_event *e, const struct check *k)
{
    memset(&e->u.reject, 0, sizeof e->u.reject);
    e->u.reject.action = k->action;
    e->u.reject.stage = k->stage;
    e->u.reject.client = k->client;
    e->u.reject.text = k->tail.text.p ? k->tail.text : k->content;
    e->u.reject.subject = ms_span_is(k->stage, "header") ? subject_of(k->content) : MS_SPAN_NULL;
    e->u.reject.sender = k->tail.sender;
    e->u.reject.recipient = k->tail.recipient;
    e->u.reject.protocol = k->tail.protocol;
    e->u.reject.helo = k->tail.helo;
    struct ms_cursor text = ms_cursor_of(k->tail.text);
    if (text.p)
        (void)ms_read_dsn(&text, &e->u.reject.dsn);
    e->u.reject.reply_code = check_code(e, k);
}

bool ms_postfix_check(struct ms_postfix_line *l)
{
    struct ms_cursor c = l->body;
    enum ms_kind_id kind;
    struct check k = {.action = ms_read_until(&c, ':'), .client = ms_endpoint_none()};
    if (!MS_SKIP(&c, ": "))
        return false;
    if (!find_action(k.action, &kind) || !read_stage(&c, &k.stage))
        return ms_postfix_reject(l, MS_TAIL_BLANK);
    if (!split_at_origin(c, &k) && !split_at_tail(c, &k))
        k.content = ms_cursor_rest(&c);
    if (ms_span_is(k.stage, "mime-error"))
        kind = MS_K_CLEANUP_MIME_ERROR;
    ms_postfix_name(l->e, kind);
    if (l->e->role == MS_ROLE_HEADER)
        store_header(l->e, &k);
    else
        store_reject(l->e, &k);
    return true;
}

bool ms_postfix_client_check(struct ms_postfix_line *l)
{
    struct ms_cursor c = l->body;
    enum ms_kind_id kind;
    struct check k = {.action = ms_read_until(&c, ':'), .client = ms_endpoint_none()};
    if (!MS_SKIP(&c, ": ") || !find_action(k.action, &kind) || !read_stage(&c, &k.stage))
        return false;
    k.content = ms_cursor_rest(&c);
    ms_postfix_name(l->e, MS_K_SMTP_HEADER_CHECK);
    store_header(l->e, &k);
    return true;
}
