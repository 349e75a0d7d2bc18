/* Where mails end, and who reads them: Dovecot, Cyrus, saslauthd. */
#include "parse/helper.h"

/* ---- Dovecot: SERVICE(USER)<PID><SESSION>: TEXT, before 2.3 SERVICE(USER): or SERVICE(PID, USER): ---- */

/* `<PID><SESSION>: ` behind the user. */
static bool read_process(struct ms_cursor *c, struct ms_span *session)
{
    int64_t pid;
    *session = MS_SPAN_NULL;
    if (MS_SKIP(c, ": "))
        return true;
    if (!MS_SKIP(c, "<") || !ms_read_number(c, &pid) || !MS_SKIP(c, "><"))
        return false;
    *session = ms_read_until(c, '>');
    session->p = session->n ? session->p : NULL;
    return MS_SKIP(c, ">: ");
}

/* The text behind the user's name, which may be whatever somebody has written behind RCPT TO: the first place that looks like its
 * end must be the only one. */
static bool skip_user(struct ms_cursor *c, struct ms_span *user, struct ms_span *session)
{
    const char *found = NULL;
    struct ms_cursor text = {NULL, c->end};
    for (const char *p = c->p; (p = ms_find_char(p, c->end, ')')) != NULL; p++) {
        struct ms_cursor behind = {p + 1, c->end};
        struct ms_span id;
        if (!read_process(&behind, &id))
            continue;
        if (found != NULL && id.p != NULL)
            return false;
        if (found != NULL)
            continue; /* `): ` is common in texts; it ends no name if another end stood before */
        found = p;
        text = behind;
        *session = id;
    }
    if (found == NULL)
        return false;
    *user = ms_span_of(c->p, (size_t)(found - c->p));
    const char *blank = MS_FIND_LAST(c->p, found, ", "); /* 2.2: `PID, USER` */
    if (blank != NULL)
        *user = ms_span_of(blank + 2, (size_t)(found - blank - 2));
    c->p = text.p;
    return true;
}

static const struct {
    const char *before; /* stands between the message-id and the mailbox, address or reason */
    const char *verdict;
    bool sieve, names_mailbox, quoted, has_reason;
} mailbox_lines[] = {
    {": saved mail to ", "stored", false, true, false, false},
    {": save failed to ", "failed", false, true, false, true},
    {": stored mail into mailbox '", "stored", true, true, true, false},
    {": left message in mailbox '", "stored", true, true, true, false},
    {": failed to store into mailbox ", "failed", true, true, false, true},
    {": forwarded to ", "forwarded", true, false, false, false},
    {": Marked message to be discarded if not explicitly delivered (discard action)", "discarded", true, false, false,
     false},
    {": discarded duplicate forward to ", "duplicate", true, false, false, false},
    {": discarded duplicate vacation response to ", "duplicate", true, false, false, false},
    {": sent vacation response to ", "vacation", true, false, false, false},
    {": rejected message from ", "rejected", true, false, false, false},
};
enum { N_MAILBOX_LINES = sizeof mailbox_lines / sizeof *mailbox_lines };

/* Which of them it is, if the text has the sign of just one of them, once. */
static const char *find_mailbox_line(struct ms_cursor c, bool sieve, size_t *which)
{
    const char *found = NULL;
    for (size_t i = 0; i < N_MAILBOX_LINES; i++) {
        const char *sign = mailbox_lines[i].before, *at = ms_find_text(c.p, c.end, sign, strlen(sign));
        if (at == NULL || mailbox_lines[i].sieve != sieve)
            continue;
        if (found != NULL || ms_find_text(at + 1, c.end, sign, strlen(sign)) != NULL)
            return NULL;
        found = at;
        *which = i;
    }
    return found;
}

static struct ms_span mailbox_of(struct ms_cursor c, size_t which)
{
    if (mailbox_lines[which].quoted) {
        const char *quote = memrchr(c.p, '\'', ms_cursor_left(&c));
        return quote ? ms_span_of(c.p, (size_t)(quote - c.p)) : MS_SPAN_NULL;
    }
    if (mailbox_lines[which].has_reason) {
        const char *colon = MS_FIND(c.p, c.end, ": ");
        c.end = colon ? colon : c.end;
    }
    (void)MS_SKIP(&c, "'");
    struct ms_span box = ms_cursor_rest(&c);
    box.n -= box.n > 0 && box.p[box.n - 1] == '\'';
    return box;
}

/* `KEY=` of what sites add to deliver_log_format. */
static bool is_key(struct ms_cursor c)
{
    const char *from = c.p;
    while (c.p < c.end && (*c.p == '_' || (unsigned char)(*c.p - 'a') < 26))
        c.p++;
    return c.p > from && MS_AT(&c, "=");
}

/* The message-id in `msgid=<M>[: KIND action]` or `[KEY=VALUE, ]msgid=<M>[, KEY=VALUE]`; `end`: of all that stands in front of the
 * outcome. NULL: not told, or there are several places where it could be. */
static struct ms_span message_id_in(struct ms_cursor c, const char *end, bool sieve)
{
    const char *at = MS_AT(&c, "msgid=") ? c.p - 2 : MS_FIND_ONLY(c.p, end, ", msgid=");
    if (at == NULL)
        return MS_SPAN_NULL;
    c.p = at + 8;
    if (sieve && end - c.p > 7 && memcmp(end - 7, " action", 7) == 0) { /* 2.4: `fileinto action` */
        const char *colon = MS_FIND_LAST(c.p, end, ">: ");
        if (colon != NULL && memchr(colon + 3, ' ', (size_t)(end - colon - 3)) == end - 7)
            return ms_helper_message_id(ms_span_of(c.p, (size_t)(colon + 1 - c.p)));
    }
    for (const char *p = c.p; !sieve && (p = MS_FIND(p, end, ", ")) != NULL; p++)
        if ((p[-1] == '>' || !MS_AT(&c, "<")) && is_key((struct ms_cursor){p + 2, end})) {
            end = p;
            break;
        }
    return ms_helper_message_id(ms_span_of(c.p, (size_t)(end - c.p)));
}

static bool read_mailbox_line(struct ms_cursor c, struct ms_span user, struct ms_span session, struct ms_event *e)
{
    bool sieve = MS_SKIP(&c, "sieve: ");
    size_t which = 0;
    if (!MS_AT(&c, "msgid=") && (sieve || !is_key(c)))
        return false;
    const char *at = find_mailbox_line(c, sieve, &which);
    if (at == NULL)
        return false;
    (void)ms_helper_verdict(e, sieve ? MS_K_DOVECOT_SIEVE : MS_K_DOVECOT_DELIVERY);
    e->u.verdict.verdict = ms_span_str(mailbox_lines[which].verdict);
    e->u.verdict.message_id = message_id_in(c, at, sieve);
    e->u.verdict.recipient = user.n ? user : MS_SPAN_NULL;
    e->u.verdict.session = session;
    c.p = at + strlen(mailbox_lines[which].before);
    if (mailbox_lines[which].names_mailbox)
        e->u.verdict.mailbox = mailbox_of(c, which);
    return true;
}

/* `[user=<U>, ][method=M, ]rip=IP, lip=IP, ...`: the user is what the client said. */
static void read_login_fields(struct ms_cursor c, struct ms_event *e)
{
    const char *method = MS_AT(&c, "method=") ? c.p - 2 : MS_FIND_ONLY(c.p, c.end, ", method=");
    const char *rip = MS_AT(&c, "rip=") ? c.p - 2 : MS_FIND_ONLY(c.p, c.end, ", rip=");
    const char *user_end = method ? method : rip;
    if (user_end != NULL && MS_SKIP(&c, "user=<") && user_end > c.p && user_end[-1] == '>' && user_end - 1 > c.p)
        e->u.login.username = ms_span_of(c.p, (size_t)(user_end - 1 - c.p));
    struct ms_cursor field = {method ? method + 9 : c.end, c.end};
    if (method != NULL)
        e->u.login.method = ms_helper_word(&field);
    field.p = rip ? rip + 6 : c.end;
    if (rip != NULL)
        e->u.login.client.ip = ms_helper_ip(&field);
}

/* The fields behind `WHY (...): `; `from` on, since what stands in front is Dovecot's own. NULL: there are none. */
static const char *find_fields(const char *from, const char *end)
{
    static const char *const firsts[] = {"): user=<", "): method=", "): rip="};
    const char *found = NULL;
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        const char *at = ms_find_text(from, found ? found : end, firsts[i], strlen(firsts[i]));
        found = at ? at : found;
    }
    return found;
}

/* `Aborted login (auth failed, 2 attempts in 4 secs): user=...`, 2.4: `Login aborted: ... (auth failed, ...) (auth_failed): user=...`.
 * Without a failure, as `Disconnected (no auth attempts in 2 secs): user=<>, rip=IP, ...`, it is no login at all. */
static bool read_login(struct ms_cursor c, struct ms_event *e)
{
    if (MS_SKIP(&c, "Login: ") || MS_SKIP(&c, "Logged in: ")) {
        (void)ms_helper_login(e, MS_K_DOVECOT_LOGIN, true);
        read_login_fields(c, e);
        return true;
    }
    const char *fields = find_fields(c.p, c.end), *why = fields ? MS_FIND(c.p, fields, "(auth failed") : NULL;
    if (fields == NULL)
        return false;
    if (why == NULL) {
        const char *rip = MS_FIND_ONLY(fields, c.end, " rip=");
        struct ms_cursor ip = {rip ? rip + 5 : c.end, c.end};
        (void)ms_helper_event(e, MS_K_DOVECOT_NO_LOGIN);
        e->u.event.client.ip = ms_helper_ip(&ip);
        return true;
    }
    const char *close = ms_find_char(why, fields + 1, ')');
    (void)ms_helper_login(e, MS_K_DOVECOT_LOGIN_FAILED, false);
    e->u.login.reason = ms_span_of(why + 1, (size_t)(close - why - 1));
    read_login_fields((struct ms_cursor){fields + 3, c.end}, e);
    return true;
}

/* `auth: ` or `auth-worker(PID): [conn ...: auth-worker<N>: ]DATABASE(USER,IP[,<SESSION>]): WHY`. The login's own line follows, from
 * the login process or the MTA; here is what the database said. */
static bool read_auth(struct ms_cursor c, struct ms_event *e)
{
    const char *worker = MS_AT(&c, "conn ") ? MS_FIND(c.p, c.end, "): auth-worker<") : NULL;
    if (worker != NULL) {
        c.p = worker + 15;
        (void)ms_read_until(&c, '>');
        (void)MS_SKIP(&c, ">: ");
    }
    const char *close = MS_FIND_ONLY(c.p, c.end, "): "), *comma;
    if (close == NULL)
        return false;
    comma = memrchr(c.p, ',', (size_t)(close - c.p));
    if (comma != NULL && close[-1] == '>' && comma[1] == '<') {
        close = comma;
        comma = memrchr(c.p, ',', (size_t)(close - c.p));
    }
    if (comma == NULL)
        return false;
    struct ms_span ip = ms_span_of(comma + 1, (size_t)(close - comma - 1));
    if (!ms_ip_valid(ip))
        return false;
    (void)ms_helper_event(e, MS_K_DOVECOT_AUTH);
    e->u.event.client.ip = ip;
    return true;
}

static bool is_login_service(struct ms_span service)
{
    return service.n > 6 && memcmp(service.p + service.n - 6, "-login", 6) == 0;
}

/* In Dovecot's own log file: `imap-login: Info: Login: ...` */
static bool read_own_file(struct ms_helper_line *l)
{
    struct ms_cursor c = l->body;
    if (!MS_SKIP(&c, "Info: "))
        (void)MS_SKIP(&c, "Warning: ");
    return read_login(c, l->e);
}

/* Behind `auth` or `auth-worker`. */
static bool read_auth_service(struct ms_cursor c, struct ms_event *e)
{
    if (MS_SKIP(&c, "(")) { /* a worker's pid, or 1.x: the configuration's name */
        (void)ms_read_until(&c, ')');
        (void)MS_SKIP(&c, ")");
    }
    return MS_SKIP(&c, ": ") && read_auth(c, e);
}

static void skip_severity(struct ms_cursor *c)
{
    (void)(MS_SKIP(c, "Info: ") || MS_SKIP(c, "Warning: ") || MS_SKIP(c, "Error: "));
}

/* 2.2: `SESSION: msgid=...` */
static void take_old_session(struct ms_cursor *c, struct ms_span *session)
{
    struct ms_cursor id = *c;
    struct ms_span word = ms_read_until(&id, ':');
    if (word.n == 0 || memchr(word.p, ' ', word.n) != NULL || memchr(word.p, '=', word.n) != NULL ||
        !MS_SKIP(&id, ": "))
        return;
    skip_severity(&id);
    if (!MS_AT(&id, "msgid=") && !MS_AT(&id, "sieve: "))
        return;
    *session = word;
    *c = id;
}

bool ms_helper_dovecot(struct ms_helper_line *l)
{
    struct ms_cursor c = l->body;
    if (is_login_service(l->tag))
        return read_own_file(l);
    const char *from = c.p;
    while (c.p < c.end && (*c.p == '-' || (unsigned char)(*c.p - 'a') < 26 || ms_is_digit(*c.p)))
        c.p++;
    struct ms_span service = ms_span_of(from, (size_t)(c.p - from)), user = MS_SPAN_NULL, session = MS_SPAN_NULL;
    if (is_login_service(service)) {
        if (!MS_SKIP(&c, ": "))
            return false;
        skip_severity(&c);
        return read_login(c, l->e);
    }
    if (ms_span_is(service, "auth") || ms_span_is(service, "auth-worker"))
        return read_auth_service(c, l->e);
    if (!ms_span_is(service, "lmtp") && !ms_span_is(service, "lda") && !ms_span_is(service, "deliver") &&
        !ms_span_is(service, "imap"))
        return false;
    if (!MS_SKIP(&c, "(") || !skip_user(&c, &user, &session))
        return false;
    skip_severity(&c);
    if (session.p == NULL && !MS_AT(&c, "msgid=") && !MS_AT(&c, "sieve: "))
        take_old_session(&c, &session);
    return read_mailbox_line(c, user, session, l->e);
}

/* ---- Cyrus ---- */

/* `KEY=<VALUE>` of the newer forms; the message-id is the only value that a sender chooses. */
static struct ms_span value_of(struct ms_cursor c, const char *key)
{
    const char *at = ms_find_only(c.p, c.end, key, strlen(key));
    if (at == NULL)
        return MS_SPAN_NULL;
    c.p = at + strlen(key);
    struct ms_span v = ms_read_until(&c, '>');
    return MS_AT(&c, ">") && v.n ? v : MS_SPAN_NULL;
}

static bool read_cyrus_delivered(struct ms_cursor c, struct ms_event *e)
{
    (void)ms_helper_verdict(e, MS_K_CYRUS_DELIVERED);
    e->u.verdict.verdict = MS_SPAN_LIT("stored");
    const char *to = MS_FIND_ONLY(c.p, c.end, " to mailbox: ");
    if (to == NULL) {
        e->u.verdict.session = value_of(c, "sessionid=<");
        e->u.verdict.message_id = value_of(c, "messageid=<<");
        if (e->u.verdict.message_id.p == NULL)
            e->u.verdict.message_id = value_of(c, "messageid=<");
        e->u.verdict.recipient = value_of(c, "userid=<");
        e->u.verdict.mailbox = value_of(c, "mailbox=<");
        return true;
    }
    e->u.verdict.mailbox = ms_span_of(to + 13, (size_t)(c.end - to - 13));
    if (MS_SKIP(&c, "sessionid=<")) {
        e->u.verdict.session = ms_read_until(&c, '>');
        (void)(MS_SKIP(&c, "> ") || MS_SKIP(&c, ">"));
    }
    if (c.p < to && *c.p == '<')
        e->u.verdict.message_id = ms_helper_message_id(ms_span_of(c.p, (size_t)(to - c.p)));
    return true;
}

/* `dupelim: eliminated duplicate message to MBOX id <M> date D (delivery)` */
static bool read_cyrus_duplicate(struct ms_cursor c, struct ms_event *e)
{
    const char *id = MS_FIND_ONLY(c.p, c.end, " id <"), *date = MS_FIND_LAST(c.p, c.end, "> date ");
    if (id == NULL)
        return false;
    (void)ms_helper_verdict(e, MS_K_CYRUS_DUPLICATE);
    e->u.verdict.verdict = MS_SPAN_LIT("duplicate");
    e->u.verdict.mailbox = ms_span_of(c.p, (size_t)(id - c.p));
    const char *stop = date != NULL ? date + 1 : c.end;
    if (stop > id + 4 && stop[-1] == '>')
        e->u.verdict.message_id = ms_helper_message_id(ms_span_of(id + 4, (size_t)(stop - id - 4)));
    return true;
}

/* In front of `[SASL(-13): WHY]` or `SASL(-13): WHY`: `USER` or `(USER)`, if there is one; it may be whatever somebody has typed. */
static struct ms_span take_cyrus_user(struct ms_cursor *c)
{
    const char *why = MS_FIND_ONLY(c->p, c->end, "SASL(");
    if (why == NULL || why - c->p < 2)
        return MS_SPAN_NULL;
    why -= why[-1] == '[';
    if (why - c->p < 2 || why[-1] != ' ')
        return MS_SPAN_NULL;
    struct ms_span user = ms_span_of(c->p, (size_t)(why - 1 - c->p));
    c->p = why;
    if (user.n > 2 && user.p[0] == '(' && user.p[user.n - 1] == ')')
        user = ms_span_of(user.p + 1, user.n - 2);
    return user;
}

/* `HOST [IP] USER MECH User logged in`; a user's name may hold blanks, which makes the rest uncertain. */
static bool read_cyrus_login(struct ms_cursor c, bool ok, struct ms_event *e)
{
    const char *bracket = ms_find_char(c.p, c.end, '[');
    if (bracket == NULL)
        return false;
    (void)ms_helper_login(e, ok ? MS_K_CYRUS_LOGIN : MS_K_CYRUS_LOGIN_FAILED, ok);
    struct ms_span host = ms_span_of(c.p, (size_t)(bracket - c.p));
    host.n -= host.n > 0 && host.p[host.n - 1] == ' ';
    e->u.login.client.name = host.n ? host : MS_SPAN_NULL;
    c.p = bracket + 1;
    e->u.login.client.ip = ms_helper_ip(&c);
    if (!MS_SKIP(&c, "] "))
        return true;
    struct ms_span first = ms_helper_word(&c);
    if (!ok) {
        e->u.login.method = first;
        if (MS_SKIP(&c, " ") && c.p < c.end) {
            e->u.login.username = take_cyrus_user(&c);
            e->u.login.reason = ms_cursor_rest(&c);
        }
        return true;
    }
    const char *tail = MS_FIND(c.p, c.end, " User logged in");
    if (!MS_SKIP(&c, " ") || tail == NULL || tail < c.p || memchr(c.p, ' ', (size_t)(tail - c.p)) != NULL)
        return true;
    e->u.login.username = first;
    e->u.login.method = ms_span_of(c.p, (size_t)(tail - c.p));
    return true;
}

bool ms_helper_cyrus(struct ms_helper_line *l)
{
    struct ms_cursor c = l->body;
    if (MS_SKIP(&c, "Delivered: "))
        return read_cyrus_delivered(c, l->e);
    if (MS_SKIP(&c, "dupelim: eliminated duplicate message to "))
        return read_cyrus_duplicate(c, l->e);
    if (MS_SKIP(&c, "login: "))
        return read_cyrus_login(c, true, l->e);
    return MS_SKIP(&c, "badlogin: ") && read_cyrus_login(c, false, l->e);
}

/* ---- saslauthd: do_auth         : auth failure: [user=U] [service=S] [realm=R] [mech=M] [reason=T] ---- */

bool ms_helper_saslauthd(struct ms_helper_line *l)
{
    struct ms_cursor c = l->body;
    const char *at = MS_FIND(c.p, c.end, ": auth failure: [user=");
    if (at == NULL)
        return false;
    c.p = at + 22;
    (void)ms_helper_login(l->e, MS_K_SASLAUTHD_FAILURE, false);
    const char *service = MS_FIND_ONLY(c.p, c.end, "] [service="), *mech = MS_FIND_ONLY(c.p, c.end, "] [mech=");
    const char *reason = MS_FIND_ONLY(c.p, c.end, "] [reason=");
    if (service != NULL && service > c.p)
        l->e->u.login.username = ms_span_of(c.p, (size_t)(service - c.p));
    if (mech != NULL && reason != NULL && reason > mech + 8)
        l->e->u.login.method = ms_span_of(mech + 8, (size_t)(reason - mech - 8));
    if (reason != NULL && c.end[-1] == ']' && c.end - 1 > reason + 10)
        l->e->u.login.reason = ms_span_of(reason + 10, (size_t)(c.end - 1 - reason - 10));
    return true;
}
