/* Refusals and other access decisions: `ACTION: STAGE from CLIENT: BODY; TAIL` (postfix-log-lines.md 2.2, 2.5). BODY and
 * the addresses are a stranger's words and may imitate a tail, so the tail is looked for from the right, and an address
 * that Postfix would not write like that is no address (3.2, rule 3). */
#include "parse/postfix.h"

/* A line with more imitations than this is hostile; the right-most reading so far is taken. Bounds the work per line. */
enum { CANDIDATES_MAX = 64 };

struct action {
    const char *word;
    uint32_t n;
    enum ms_kind_id kind;
};
#define ACTION(word, kind)                                                                                             \
    {                                                                                                                  \
        word, sizeof(word) - 1, MS_K_##kind                                                                            \
    }
#define ACTIONS_END                                                                                                    \
    {                                                                                                                  \
        NULL, 0, MS_K_UNPARSED                                                                                         \
    }

static const struct action smtpd_actions[] = {
    ACTION("reject", SMTPD_REJECT),
    ACTION("reject_warning", SMTPD_REJECT_WARNING),
    ACTION("milter-reject", SMTPD_MILTER_REJECT),
    ACTION("hold", SMTPD_HOLD),
    ACTION("discard", SMTPD_DISCARD),
    ACTION("filter", SMTPD_FILTER),
    ACTION("redirect", SMTPD_REDIRECT),
    ACTION("bcc", SMTPD_BCC),
    ACTION("warn", SMTPD_WARN),
    ACTION("info", SMTPD_INFO),
    ACTION("permit", SMTPD_PERMIT),
    ACTION("delay", SMTPD_DELAY),
    ACTION("hangup", SMTPD_HANGUP),
    ACTION("milter-hold", SMTPD_MILTER_HOLD),
    ACTION("milter-discard", SMTPD_MILTER_DISCARD),
    ACTIONS_END,
};

static const struct action cleanup_actions[] = {
    ACTION("milter-reject", CLEANUP_MILTER_REJECT),
    ACTION("milter-hold", CLEANUP_MILTER_HOLD),
    ACTION("milter-discard", CLEANUP_MILTER_DISCARD),
    ACTIONS_END,
};

static const struct action postscreen_actions[] = {ACTION("reject", POSTSCREEN_REJECT), ACTIONS_END};

static const struct action *find_action(const struct action *a, struct ms_span word)
{
    while (a->word && (a->n != word.n || memcmp(a->word, word.p, word.n) != 0))
        a++;
    return a->word ? a : NULL;
}

/* ---- the tail ---- */

static bool goes_on_blank(const char *p, const char *end)
{
    struct ms_cursor c = {p, end};
    return p == end || (MS_SKIP(&c, " ") &&
                        (MS_AT(&c, "to=<") || MS_AT(&c, "proto=") || MS_AT(&c, "helo=<") || MS_AT(&c, "sasl_")));
}

static bool goes_on_comma(const char *p, const char *end)
{
    struct ms_cursor c = {p, end};
    return p == end || (MS_SKIP(&c, ", ") && (MS_AT(&c, "to=<") || MS_AT(&c, "proto=") || MS_AT(&c, "helo=<")));
}

static bool goes_on_check(const char *p, const char *end)
{
    struct ms_cursor c = {p, end};
    return goes_on_blank(p, end) || MS_AT(&c, ": ");
}

static const ms_follow_fn follow_of[] = {
    [MS_TAIL_BLANK] = goes_on_blank, [MS_TAIL_COMMA] = goes_on_comma, [MS_TAIL_CHECK] = goes_on_check};

/* Takes `KEY` with the separator in front of it; the first item has a blank in every style. */
static inline bool skip_key(struct ms_cursor *c, bool comma, const char *key, size_t n)
{
    struct ms_cursor r = *c;
    if (comma ? !MS_SKIP(&r, ", ") : !MS_SKIP(&r, " "))
        return false;
    if (!ms_cursor_skip(&r, key, n))
        return false;
    *c = r;
    return true;
}
#define SKIP_KEY(c, comma, key) skip_key((c), (comma), (key), sizeof(key) - 1)

/* helo= has blanks, `<>"` and more replaced by `?` since 2.3. */
static bool helo_well_formed(struct ms_span s)
{
    static const uint8_t odd[256] = {
        [' '] = 1, ['<'] = 1, ['>'] = 1, ['"'] = 1, ['('] = 1, [')'] = 1, [';'] = 1, ['\\'] = 1};
    uint8_t any = 0;
    for (uint32_t i = 0; i < s.n; i++)
        any |= odd[(unsigned char)s.p[i]];
    return !any;
}

static struct ms_span read_word(struct ms_cursor *c)
{
    const char *p = c->p;
    while (c->p < c->end &&
           ((unsigned char)((*c->p | 0x20) - 'a') < 26 || ms_is_digit(*c->p) || *c->p == '-' || *c->p == '_'))
        c->p++;
    return ms_span_of(p, (size_t)(c->p - p));
}

/* A login name up to ` sasl_sender=` or the end; milter records put `<>` around it. */
static struct ms_span read_username(struct ms_cursor *c)
{
    const char *at = MS_FIND_LAST(c->p, c->end, " sasl_sender=");
    struct ms_span s = ms_span_of(c->p, (size_t)((at ? at : c->end) - c->p));
    c->p = c->end;
    if (s.n >= 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
        s = ms_span_of(s.p + 1, s.n - 2);
    return s;
}

bool ms_postfix_tail_read(struct ms_cursor c, enum ms_tail_style style, struct ms_postfix_tail *out)
{
    struct ms_postfix_tail t = {.well_formed = true};
    ms_follow_fn follows = follow_of[style];
    bool comma = false; /* in front of the first item stands a blank in every style */
    bool commas = style == MS_TAIL_COMMA;
    if (SKIP_KEY(&c, comma, "from=")) {
        if (!ms_read_address(&c, follows, &t.sender))
            return false;
        t.well_formed = ms_address_well_formed(t.sender);
        comma = commas;
    }
    if (SKIP_KEY(&c, comma, "to=")) {
        if (!ms_read_address(&c, follows, &t.recipient))
            return false;
        t.well_formed = t.well_formed && ms_address_well_formed(t.recipient);
        comma = commas;
    }
    if (SKIP_KEY(&c, comma, "proto=")) {
        t.protocol = read_word(&c);
        comma = commas;
    }
    if (SKIP_KEY(&c, comma, "helo=")) {
        if (!ms_read_address(&c, follows, &t.helo))
            return false;
        t.well_formed = t.well_formed && helo_well_formed(t.helo);
    }
    if (SKIP_KEY(&c, false, "sasl_method="))
        t.sasl_method = read_word(&c);
    if (SKIP_KEY(&c, false, "sasl_username="))
        t.sasl_username = read_username(&c);
    if (style == MS_TAIL_CHECK && MS_SKIP(&c, ": ")) {
        t.text = ms_cursor_rest(&c);
        c.p = c.end;
    }
    if (c.p != c.end && !SKIP_KEY(&c, false, "sasl_sender="))
        return false;
    *out = t;
    return true;
}

static bool tail_may_start(const struct ms_cursor *c)
{
    return c->p == c->end || MS_AT(c, " from=<") || MS_AT(c, " to=<") || MS_AT(c, " proto=") || MS_AT(c, " helo=<");
}

const char *ms_postfix_tail_find(struct ms_cursor body, enum ms_tail_style style, struct ms_postfix_tail *out)
{
    const char *best = NULL;
    int tried = 0;
    memset(out, 0, sizeof *out);
    for (const char *limit = body.end; limit > body.p && tried < CANDIDATES_MAX;) {
        const char *at = memrchr(body.p, ';', (size_t)(limit - body.p));
        if (!at)
            break;
        limit = at;
        struct ms_cursor rest = {at + 1, body.end};
        if (!tail_may_start(&rest))
            continue;
        struct ms_postfix_tail t;
        tried++;
        if (!ms_postfix_tail_read(rest, style, &t))
            continue;
        if (!best || t.well_formed) {
            best = at;
            *out = t;
        }
        if (t.well_formed)
            break;
    }
    return best;
}

/* ---- the record ---- */

static const struct action *actions_of(uint8_t daemon)
{
    if (daemon == MS_D_CLEANUP)
        return cleanup_actions;
    return daemon == MS_D_POSTSCREEN ? postscreen_actions : smtpd_actions;
}

/* CODE and DSN at the beginning of BODY, and what they are about; cleanup's milter records have no code, free texts have neither. */
static void read_codes(struct ms_event *e, const struct ms_postfix_tail *tail)
{
    struct ms_cursor c = ms_cursor_of(e->u.reject.text);
    e->u.reject.reply_code = ms_read_reply_code(&c);
    if (e->u.reject.reply_code != MS_NONE)
        (void)MS_SKIP(&c, " ");
    struct ms_cursor dsn = c;
    if (ms_read_dsn(&dsn, &e->u.reject.dsn)) {
        if (dsn.p == dsn.end || MS_SKIP(&dsn, " "))
            c = dsn;
        else
            e->u.reject.dsn = MS_SPAN_NULL;
    }
    e->u.reject.blocklist = ms_postfix_blocklist(c, tail);
    if (e->daemon == MS_D_SMTPD)
        e->u.reject.class = ms_postfix_class(c, tail);
}

bool ms_postfix_reject(struct ms_postfix_line *l, enum ms_tail_style style)
{
    struct ms_cursor c = l->body;
    struct ms_event *e = l->e;
    struct ms_postfix_tail tail;
    struct ms_span word = ms_read_until(&c, ':');
    const struct action *action = find_action(actions_of(e->daemon), word);
    if (!action || !MS_SKIP(&c, ": "))
        return false;
    const char *from = MS_FIND(c.p, c.end, " from ");
    const char *colon = from ? MS_FIND(from + 6, c.end, ": ") : NULL;
    if (!colon)
        return false;
    struct ms_cursor body = {colon + 2, c.end};
    const char *semicolon = ms_postfix_tail_find(body, style, &tail);
    ms_postfix_name(e, action->kind);
    memset(&e->u.reject, 0, sizeof e->u.reject);
    e->u.reject.action = word;
    e->u.reject.stage = ms_span_of(c.p, (size_t)(from - c.p));
    e->u.reject.client = ms_endpoint_of(ms_span_of(from + 6, (size_t)(colon - from - 6)));
    e->u.reject.text = ms_span_of(body.p, (size_t)((semicolon ? semicolon : body.end) - body.p));
    e->u.reject.sender = tail.sender;
    e->u.reject.recipient = tail.recipient;
    e->u.reject.protocol = tail.protocol;
    e->u.reject.helo = tail.helo;
    e->u.reject.sasl_method = tail.sasl_method;
    e->u.reject.sasl_username = tail.sasl_username;
    read_codes(e, &tail);
    return true;
}

bool ms_postfix_proxy(struct ms_postfix_line *l)
{
    struct ms_cursor c = l->body;
    struct ms_event *e = l->e;
    struct ms_postfix_tail tail;
    bool accepted = MS_SKIP(&c, "proxy-accept: ");
    if (!accepted && !MS_SKIP(&c, "proxy-reject: "))
        return false;
    struct ms_span stage = ms_read_until(&c, ':');
    if (!MS_SKIP(&c, ": "))
        return false;
    const char *semicolon = ms_postfix_tail_find(c, MS_TAIL_BLANK, &tail);
    ms_postfix_name(e, accepted ? MS_K_SMTPD_PROXY_ACCEPT : MS_K_SMTPD_PROXY_REJECT);
    memset(&e->u.proxy, 0, sizeof e->u.proxy);
    e->u.proxy.accepted = accepted;
    e->u.proxy.stage = stage;
    e->u.proxy.reply = ms_span_of(c.p, (size_t)((semicolon ? semicolon : c.end) - c.p));
    e->u.proxy.dsn = ms_postfix_reply_dsn(e->u.proxy.reply, true);
    if (accepted)
        e->u.proxy.next_queue_id = ms_postfix_next_id(e->u.proxy.reply);
    e->u.proxy.sender = tail.sender;
    e->u.proxy.recipient = tail.recipient;
    e->u.proxy.protocol = tail.protocol;
    e->u.proxy.helo = tail.helo;
    e->u.proxy.sasl_username = tail.sasl_username;
    return true;
}
