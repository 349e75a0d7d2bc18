/* Filters that look at the content: amavis, rspamd, SpamAssassin's spamd, clamav-milter. */
#include "parse/helper.h"

/* ---- amavis: (AM_ID) Passed|Blocked CATEGORY {ACTIONS}, ... <S> -> <R>,<R>, Queue-ID: Q, Message-ID: <M>, ... ---- */

static const struct {
    const char *logged;
    const char *verdict;
} categories[] = {
    {"CLEAN", "clean"},         {"SPAMMY", "spammy"},           {"SPAM", "spam"},
    {"INFECTED", "infected"},   {"BANNED", "banned"},           {"BAD-HEADER", "bad_header"},
    {"OVERSIZED", "oversized"}, {"MTA-BLOCKED", "mta_blocked"}, {"UNCHECKED", "unchecked"},
    {"OTHER", "other"},
};

static bool skip_category(struct ms_cursor *c, struct ms_span *verdict)
{
    for (size_t i = 0; i < sizeof categories / sizeof *categories; i++)
        if (ms_cursor_skip(c, categories[i].logged, strlen(categories[i].logged))) {
            *verdict = ms_span_str(categories[i].verdict);
            while (c->p < c->end && *c->p != ' ' && *c->p != ',') /* BAD-HEADER-3, UNCHECKED-ENCRYPTED */
                c->p++;
            return true;
        }
    return false;
}

/* ` (NAME)` of a virus or a forbidden file: up to the only place where the line can go on. False: there are several, and a
 * sender who names his file well could have made up all of the rest. */
static bool skip_name(struct ms_cursor *c, struct ms_span *found)
{
    if (!MS_SKIP(c, " ("))
        return true;
    const char *by_brace = MS_FIND(c->p, c->end, ") {"), *by_comma = MS_FIND(c->p, c->end, "),");
    if ((by_brace != NULL) == (by_comma != NULL))
        return false;
    const char *at = by_brace != NULL ? MS_FIND_ONLY(c->p, c->end, ") {") : MS_FIND_ONLY(c->p, c->end, "),");
    if (at == NULL)
        return false;
    *found = ms_span_of(c->p, (size_t)(at - c->p));
    c->p = at + 1;
    return true;
}

static bool goes_to(const char *p, const char *end)
{
    return end - p > 4 && memcmp(p, " -> ", 4) == 0;
}

static bool is_list_on(const char *p, const char *end)
{
    return p == end || (*p == ',' && end - p > 1 && (p[1] == '<' || p[1] == ' '));
}

/* `[IP]:PORT` of the client, behind words for where it is. */
static struct ms_span amavis_client(struct ms_cursor c)
{
    (void)ms_read_until(&c, '[');
    if (!MS_SKIP(&c, "["))
        return MS_SPAN_NULL;
    struct ms_span ip = ms_helper_ip(&c);
    return MS_AT(&c, "]") ? ip : MS_SPAN_NULL;
}

/* Behind the message-id nothing is the sender's: `mail_id: ID, Hits: N[, size: N], queued_as: ID, ... N ms`. */
static void read_amavis_end(struct ms_cursor c, struct ms_event *e)
{
    int64_t number;
    (void)MS_SKIP(&c, ", ");
    if (MS_SKIP(&c, "mail_id: ")) {
        ms_helper_word(&c);
        (void)MS_SKIP(&c, ", ");
    }
    if (!MS_SKIP(&c, "Hits: "))
        return;
    e->u.verdict.score = ms_helper_number(&c);
    (void)MS_SKIP(&c, "-");
    if (MS_SKIP(&c, ", size: ") && !ms_read_number(&c, &number)) /* before 2.7 there is none */
        return;
    if (MS_SKIP(&c, ", pt: "))
        ms_helper_word(&c);
    if (MS_SKIP(&c, ", queued_as: "))
        e->u.verdict.next_queue_id = ms_helper_word(&c);
    const char *comma = MS_FIND_LAST(c.p, c.end, ", "); /* the time is last, but for a list of tests */
    for (; comma != NULL; comma = ms_find_last(c.p, comma, ", ", 2)) {
        struct ms_cursor t = {comma + 2, c.end};
        if (ms_read_number(&t, &number) && MS_SKIP(&t, " ms") && (t.p == t.end || *t.p == ',')) {
            e->u.verdict.took_ms = number;
            return;
        }
    }
}

/* Where the message-id ends: at the only sign of what follows it. */
static const char *amavis_id_end(const char *p, const char *end)
{
    const char *at = MS_FIND(p, end, ", mail_id: ");
    return at != NULL ? MS_FIND_ONLY(p, end, ", mail_id: ") : MS_FIND_ONLY(p, end, ", Hits: ");
}

static void read_amavis_keys(struct ms_cursor c, struct ms_event *e)
{
    if (MS_SKIP(&c, ", quarantine: ") || MS_SKIP(&c, ", quarantine "))
        ms_helper_word(&c);
    if (MS_SKIP(&c, ", Queue-ID: ")) {
        struct ms_span id = ms_helper_word(&c);
        e->queue_id = id.n ? id : MS_SPAN_NULL;
    }
    if (!MS_SKIP(&c, ", Message-ID: ")) {
        read_amavis_end(c, e);
        return;
    }
    const char *stop = amavis_id_end(c.p, c.end);
    if (stop == NULL)
        return;
    const char *resent = MS_FIND(c.p, stop, ", Resent-Message-ID: ");
    if (resent == NULL || (resent = MS_FIND_ONLY(c.p, stop, ", Resent-Message-ID: ")) != NULL)
        e->u.verdict.message_id = ms_helper_message_id(ms_span_of(c.p, (size_t)((resent ? resent : stop) - c.p)));
    read_amavis_end((struct ms_cursor){stop, c.end}, e);
}

/* `<S> -> <R>,<R>`: the cursor stands behind the recipients then. */
static bool read_amavis_addresses(struct ms_cursor *c, struct ms_event *e)
{
    struct ms_span address;
    const char *sender = ms_find_char(c->p, c->end, '<');
    if (sender == NULL)
        return false;
    e->u.verdict.client_ip = amavis_client((struct ms_cursor){c->p, sender});
    c->p = sender;
    if (!ms_read_address(c, goes_to, &address) || !MS_SKIP(c, " -> "))
        return false;
    const char *from = c->p;
    while (ms_read_address(c, is_list_on, &address) && ms_cursor_left(c) > 1 && c->p[1] == '<')
        c->p++;
    if (c->p == from)
        return false;
    e->u.verdict.recipients = ms_span_of(from, (size_t)(c->p - from));
    return true;
}

/* `Passed CLEAN`, `Blocked SPAM`; of old versions `Passed, `, or the category alone in front of what it found or of the client. */
static bool skip_outcome(struct ms_cursor *c, struct ms_span *verdict, struct ms_span *action)
{
    *action = MS_SKIP(c, "Passed")    ? MS_SPAN_LIT("Passed")
              : MS_SKIP(c, "Blocked") ? MS_SPAN_LIT("Blocked")
                                      : MS_SPAN_NULL;
    *verdict = MS_SPAN_NULL;
    if (action->p == NULL)
        return skip_category(c, verdict) && (MS_AT(c, " (") || MS_AT(c, ", <") || MS_AT(c, ", ["));
    return MS_SKIP(c, " ") ? skip_category(c, verdict) : MS_AT(c, ", ");
}

bool ms_helper_amavis(struct ms_helper_line *l)
{
    struct ms_cursor c = l->body;
    struct ms_event *e = l->e;
    struct ms_span verdict, action, found = MS_SPAN_NULL;
    if (!MS_SKIP(&c, "("))
        return false;
    (void)ms_read_until(&c, ')');
    if (!MS_SKIP(&c, ") ") || !skip_outcome(&c, &verdict, &action))
        return false;
    (void)ms_helper_verdict(e, MS_K_AMAVIS_VERDICT);
    e->u.verdict.verdict = verdict;
    e->u.verdict.action = action;
    if (!skip_name(&c, &found))
        return true;
    e->u.verdict.virus = found;
    if (MS_SKIP(&c, " {"))
        (void)ms_read_until(&c, '}');
    (void)MS_SKIP(&c, "}");
    if (!MS_SKIP(&c, ", "))
        return true;
    if (read_amavis_addresses(&c, e))
        read_amavis_keys(c, e);
    return true;
}

/* ---- rspamd: <TAG>; task; rspamd_task_write_log: id: <M>, qid: <Q>, ip: IP, ... (default: F (ACTION): [S/T] [...]), ... ---- */

/* Of a task that came by no connection: up to the only place where a user, a sender or the result can follow. */
static const char *rspamd_id_end(struct ms_cursor c)
{
    static const char *const follows[] = {">, user: ", ">, from: <"};
    const char *found = NULL;
    for (size_t i = 0; i < 2; i++) {
        const char *at = ms_find_text(c.p, c.end, follows[i], strlen(follows[i]));
        if (at != NULL && ms_find_text(at + 1, c.end, follows[i], strlen(follows[i])) != NULL)
            return NULL;
        found = at != NULL && (found == NULL || at < found) ? at : found;
    }
    if (found != NULL)
        return found + 1;
    return c.end - c.p > 2 && c.end[-3] == '>' ? c.end - 2 : NULL; /* `<M>, ` */
}

/* What stands in front of the result. The first field, the message-id, is the sender's own, and so may be the later ones: each is
 * believed only if the line has its sign once. */
static void read_rspamd_keys(struct ms_cursor c, struct ms_event *e)
{
    const char *qid = MS_FIND_ONLY(c.p, c.end, ">, qid: <"), *ip = MS_FIND_ONLY(c.p, c.end, ", ip: ");
    const char *id_end = qid != NULL ? qid + 1 : MS_FIND(c.p, c.end, ", qid: <") ? NULL : ip;
    if (id_end == NULL && qid == NULL && MS_FIND(c.p, c.end, ", qid: <") == NULL &&
        MS_FIND(c.p, c.end, ", ip: ") == NULL)
        id_end = rspamd_id_end(c);
    if (MS_AT(&c, "<") && id_end != NULL)
        e->u.verdict.message_id = ms_helper_message_id(ms_span_of(c.p, (size_t)(id_end - c.p)));
    if (qid != NULL) {
        struct ms_cursor q = {qid + 9, c.end};
        struct ms_span id = ms_read_until(&q, '>');
        e->queue_id = id.n ? id : MS_SPAN_NULL;
    }
    if (ip != NULL) {
        struct ms_cursor q = {ip + 6, c.end};
        e->u.verdict.client_ip = ms_helper_ip(&q);
    }
}

static void read_rspamd_result(struct ms_cursor c, struct ms_event *e)
{
    e->u.verdict.verdict = MS_SKIP(&c, "T ")   ? MS_SPAN_LIT("spam")
                           : MS_SKIP(&c, "F ") ? MS_SPAN_LIT("clean")
                           : MS_SKIP(&c, "S ") ? MS_SPAN_LIT("skipped")
                                               : MS_SPAN_NULL;
    if (!MS_SKIP(&c, "("))
        return;
    e->u.verdict.action = ms_read_until(&c, ')');
    if (!MS_SKIP(&c, "): ["))
        return;
    struct ms_span score = ms_read_until(&c, '/');
    if (!MS_SKIP(&c, "/"))
        return;
    e->u.verdict.score = score;
    struct ms_span required = ms_read_until(&c, ']');
    e->u.verdict.threshold = MS_AT(&c, "]") ? required : MS_SPAN_NULL;
}

bool ms_helper_rspamd(struct ms_helper_line *l)
{
    struct ms_cursor c = l->body;
    const char *at = MS_FIND(c.p, c.end, "rspamd_task_write_log: id: ");
    if (at == NULL)
        return false;
    struct ms_event *e = l->e;
    (void)ms_helper_verdict(e, MS_K_RSPAMD_VERDICT);
    c.p = at + 27;
    const char *result = MS_FIND_ONLY(c.p, c.end, ", (default: ");
    if (result == NULL) /* cut, or forged */
        return true;
    read_rspamd_keys((struct ms_cursor){c.p, result + 2}, e);
    read_rspamd_result((struct ms_cursor){result + 12, c.end}, e);
    const char *rcpts = MS_FIND_ONLY(result, c.end, ">, rcpts: <");
    if (rcpts != NULL) {
        struct ms_cursor r = {rcpts + 11, c.end};
        struct ms_span list = ms_read_until(&r, '>');
        e->u.verdict.recipients = MS_AT(&r, ">") && list.n ? list : MS_SPAN_NULL;
    }
    return true;
}

/* ---- spamd ---- */

static struct ms_span spamd_message_id(struct ms_cursor c)
{
    const char *at = MS_FIND(c.p, c.end, ",mid=");
    if (at == NULL)
        return MS_SPAN_NULL;
    c.p = at + 5;
    const char *stop = MS_FIND(c.p, c.end, ",rmid=");
    if (stop != NULL)
        stop = MS_FIND_ONLY(c.p, c.end, ",rmid=");
    else if (MS_AT(&c, "<"))
        stop = (stop = memrchr(c.p, '>', ms_cursor_left(&c))) != NULL ? stop + 1 : NULL;
    return stop != NULL ? ms_helper_message_id(ms_span_of(c.p, (size_t)(stop - c.p))) : MS_SPAN_NULL;
}

/* `result: Y 12 - TESTS scantime=1.2,size=...,required_score=5.0,rhost=...,raddr=IP,rport=N,mid=<M>,...` */
static bool read_spamd_result(struct ms_cursor c, struct ms_event *e)
{
    bool spam = MS_SKIP(&c, "Y ");
    if (!spam && !MS_SKIP(&c, ". "))
        return false;
    (void)ms_helper_verdict(e, MS_K_SPAMD_RESULT);
    e->u.verdict.verdict = spam ? MS_SPAN_LIT("spam") : MS_SPAN_LIT("clean");
    e->u.verdict.score = ms_helper_number(&c);
    const char *mid = MS_FIND(c.p, c.end, ",mid="), *stop = mid ? mid : c.end;
    const char *required = MS_FIND_ONLY(c.p, stop, ",required_score=");
    if (required != NULL) {
        struct ms_cursor r = {required + 16, stop};
        e->u.verdict.threshold = ms_helper_number(&r);
    }
    e->u.verdict.message_id = spamd_message_id(c);
    return true;
}

/* `clean message (1.2/5.0) for USER:UID in ...`. Since 3.0 `result:` says the same, and whose mail it is. */
static bool read_spamd_summary(struct ms_cursor c, bool alone, struct ms_event *e)
{
    bool spam = MS_SKIP(&c, "identified spam (");
    if (!spam && !MS_SKIP(&c, "clean message ("))
        return false;
    if (!alone)
        return ms_helper_event(e, MS_K_SPAMD_SUMMARY);
    (void)ms_helper_verdict(e, MS_K_SPAMD_VERDICT);
    e->u.verdict.verdict = spam ? MS_SPAN_LIT("spam") : MS_SPAN_LIT("clean");
    e->u.verdict.score = ms_read_until(&c, '/');
    if (MS_SKIP(&c, "/"))
        e->u.verdict.threshold = ms_read_until(&c, ')');
    return true;
}

bool ms_helper_spamd(struct ms_helper_line *l)
{
    struct ms_cursor c = l->body;
    bool named = MS_SKIP(&c, "spamd: ");
    if (MS_SKIP(&c, "result: "))
        return read_spamd_result(c, l->e);
    return read_spamd_summary(c, !named, l->e);
}

/* ---- clamav-milter: [Clean m|M]essage QID from <S> to <R> with subject 'S' message-id 'M' date 'D' [infected by V] ---- */

static bool is_clamav_sender(const char *p, const char *end)
{
    return end - p > 4 && memcmp(p, " to ", 4) == 0;
}

static bool is_clamav_recipient(const char *p, const char *end)
{
    static const char *const follows[] = {" with subject '", " infected by "};
    if (p == end)
        return true;
    for (size_t i = 0; i < 2; i++)
        if ((size_t)(end - p) >= strlen(follows[i]) && memcmp(p, follows[i], strlen(follows[i])) == 0)
            return true;
    return false;
}

/* Subject, message-id and date are the sender's: believed if they can be told apart in one way only. */
static struct ms_span clamav_message_id(struct ms_cursor c)
{
    const char *id = MS_FIND_ONLY(c.p, c.end, "' message-id '"), *date = MS_FIND_ONLY(c.p, c.end, "' date '");
    if (id == NULL || date == NULL || date < id + 14)
        return MS_SPAN_NULL;
    return ms_helper_message_id(ms_span_of(id + 14, (size_t)(date - id - 14)));
}

bool ms_helper_clamav_milter(struct ms_helper_line *l)
{
    struct ms_cursor c = l->body;
    struct ms_event *e = l->e;
    const char *arrow = MS_FIND(c.p, c.end, " -> "); /* of its own log file: a date in front */
    if (arrow != NULL && arrow - c.p == 24)
        c.p = arrow + 4;
    bool clean = MS_SKIP(&c, "Clean message ");
    if (!clean && !MS_SKIP(&c, "Message "))
        return false;
    struct ms_span id = MS_SPAN_NULL, address;
    if (!MS_SKIP(&c, "from ")) {
        id = ms_helper_word(&c);
        if (!MS_SKIP(&c, " from "))
            return false;
    }
    /* The virus is the last word, and no virus has a blank in its name. */
    const char *by = clean ? NULL : MS_FIND_LAST(c.p, c.end, " infected by ");
    if (!clean && (by == NULL || memchr(by + 13, ' ', (size_t)(c.end - by - 13)) != NULL))
        return false;
    (void)ms_helper_verdict(e, MS_K_CLAMAV_MILTER_VERDICT);
    e->u.verdict.verdict = clean ? MS_SPAN_LIT("clean") : MS_SPAN_LIT("infected");
    e->queue_id = id.n ? id : MS_SPAN_NULL;
    if (by != NULL)
        e->u.verdict.virus = ms_span_of(by + 13, (size_t)(c.end - by - 13));
    if (!ms_read_address(&c, is_clamav_sender, &address) || !MS_SKIP(&c, " to "))
        return true;
    if (ms_read_address(&c, is_clamav_recipient, &address)) {
        e->u.verdict.recipient = address;
        e->u.verdict.message_id = clamav_message_id(c);
    }
    return true;
}
