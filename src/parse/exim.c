/* From Exim's text to its kind. What stands in front of the message: `[1/2] ` where syslog got a long line in pieces, Exim's own
 * stamp, `[pid] `, the message ID. Facts: reference/exim-log-lines.md. */
#include "parse/exim.h"

/* ---- what stands in front ---- */

struct piece {
    bool is_marked, is_first, is_line; /* is_line: `\`, a line of an entry of several; else a piece of one line */
};

/* `[I/N] ` or `[I\N] ` */
static struct piece skip_mark(struct ms_cursor *c)
{
    struct ms_cursor r = *c;
    int64_t i, n;
    struct piece none = {false, true, false};
    if (!MS_SKIP(&r, "[") || !ms_read_number(&r, &i) || r.p == r.end || (*r.p != '/' && *r.p != '\\'))
        return none;
    bool is_line = *r.p++ == '\\';
    if (!ms_read_number(&r, &n) || !MS_SKIP(&r, "] ") || i < 1 || i > n)
        return none;
    *c = r;
    return (struct piece){true, i == 1, is_line};
}

/* `YYYY-MM-DD HH:MM:SS[.mmm][ +ZZZZ] `: the same as the envelope's. */
static void skip_stamp(struct ms_cursor *c)
{
    static const char form[] = "dddd-dd-dd dd:dd:dd";
    struct ms_cursor r = *c;
    if (ms_cursor_left(&r) < sizeof form)
        return;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == 'd' ? !ms_is_digit(r.p[i]) : r.p[i] != form[i])
            return;
    r.p += sizeof form - 1;
    if (MS_SKIP(&r, "."))
        while (r.p < r.end && ms_is_digit(*r.p))
            r.p++;
    if (!MS_SKIP(&r, " "))
        return;
    *c = r;
    if (ms_cursor_left(&r) > 6 && (*r.p == '+' || *r.p == '-') && r.p[5] == ' ' && ms_is_digit(r.p[1]))
        c->p += 6;
}

static void skip_pid(struct ms_exim_line *l)
{
    struct ms_cursor r = l->body;
    int64_t pid;
    if (!MS_SKIP(&r, "[") || !ms_read_number(&r, &pid) || !MS_SKIP(&r, "] "))
        return;
    if (l->e->pid == MS_NONE)
        l->e->pid = pid;
    l->body = r;
}

static void skip_id(struct ms_exim_line *l)
{
    struct ms_cursor *c = &l->body;
    size_t n = ms_exim_id_length(c->p, ms_cursor_left(c));
    if (n == 0 || ms_cursor_left(c) < n + 2 || c->p[n] != ' ')
        return;
    l->e->queue_id = ms_span_of(c->p, n);
    c->p += n + 1;
}

/* ---- lines known by their first words ---- */

static const struct rule {
    const char *starts;
    enum ms_kind_id kind;
    const char *how; /* of MS_ROLE_REMOVED and MS_ROLE_DAEMON */
} of_messages[] =
    {
        {"Completed", MS_K_EXIM_COMPLETED, NULL},
        {"Message is frozen", MS_K_EXIM_FROZEN, NULL},
        {"Frozen", MS_K_EXIM_FROZEN, NULL},
        {"frozen by ", MS_K_EXIM_FROZEN, NULL},
        {"Unfrozen by ", MS_K_EXIM_UNFROZEN, NULL},
        {"unfrozen by ", MS_K_EXIM_UNFROZEN, NULL},
        {"removed by ", MS_K_EXIM_REMOVED, "postsuper"},
        {"cancelled by timeout_frozen_after", MS_K_EXIM_REMOVED, "postsuper"},
        {"Message abandoned: ", MS_K_EXIM_REMOVED, "postsuper"},
        {"SMTP connection lost after final dot", MS_K_EXIM_RESCINDED, "canceled"},
        {"rescind the above message-accept", MS_K_EXIM_RESCINDED, "canceled"},
        {"cancelled by ", MS_K_EXIM_ADMIN, NULL},
        {"address ", MS_K_EXIM_ADMIN, NULL},
        {"recipient ", MS_K_EXIM_ADMIN, NULL},
        {"sender address changed ", MS_K_EXIM_ADMIN, NULL},
        {"all addresses marked ", MS_K_EXIM_ADMIN, NULL},
        {"*> ", MS_K_EXIM_NOT_DELIVERED, NULL},
        {"error ignored", MS_K_EXIM_ERROR_IGNORED, NULL},
        {"Spool file is locked ", MS_K_EXIM_POSTPONED, NULL},
        {"no immediate delivery: ", MS_K_EXIM_POSTPONED, NULL},
},
  of_exim[] = {
      {"Start queue run: ", MS_K_EXIM_QUEUE_RUN, NULL},
      {"Start '", MS_K_EXIM_QUEUE_RUN, NULL}, /* of a named queue, as the next */
      {"End '", MS_K_EXIM_QUEUE_RUN, NULL},
      {"End queue run: ", MS_K_EXIM_QUEUE_RUN, NULL},
      {"cwd=", MS_K_EXIM_ARGUMENTS, NULL},
      {"Warning: ", MS_K_EXIM_REMARK, NULL},
      {"SMTP connection identification ", MS_K_EXIM_REMARK, NULL}, /* cPanel */
      {"daemon: fork of ", MS_K_EXIM_REMARK, NULL},
      {"Failed to create spool file ", MS_K_EXIM_REMARK, NULL},
      {"Failed to get write lock for ", MS_K_EXIM_REMARK, NULL},
      {"socket bind() to port ", MS_K_EXIM_REMARK, NULL},
      {"Exim configuration error", MS_K_EXIM_REMARK, NULL},
      {"exim user lost privilege ", MS_K_EXIM_REMARK, NULL},
      {"spam acl condition: ", MS_K_EXIM_REMARK, NULL},
      {"malware acl condition: ", MS_K_EXIM_REMARK, NULL},
};

static bool name_by_rule(struct ms_exim_line *l, const struct rule *rules, size_t n)
{
    struct ms_span text = ms_cursor_rest(&l->body);
    for (const struct rule *r = rules; r < rules + n; r++) {
        if (text.n == 0 || text.p[0] != r->starts[0] || !ms_span_starts(text, r->starts))
            continue;
        ms_exim_name(l->e, r->kind);
        if (l->e->role == MS_ROLE_REMOVED)
            l->e->u.removed.how = ms_span_str(r->how);
        else
            l->e->u.event = ms_event_peer_none();
        return true;
    }
    return false;
}

/* `exim 4.98.2 daemon started: pid=19, ...`, `pid 19: SIGHUP received: re-exec daemon` */
static bool read_daemon(struct ms_exim_line *l)
{
    struct ms_cursor c = l->body;
    const char *what = NULL;
    int64_t pid;
    if (MS_SKIP(&c, "exim ")) {
        (void)ms_read_until(&c, ' ');
        what = MS_AT(&c, " daemon started: ") ? "started" : NULL;
    } else if (MS_SKIP(&c, "pid ") && ms_read_number(&c, &pid)) {
        what = MS_AT(&c, ": SIGHUP received") ? "reload" : NULL;
    }
    if (what == NULL)
        return false;
    ms_exim_name(l->e, MS_K_EXIM_DAEMON);
    l->e->u.daemon_state.what = ms_span_str(what);
    return true;
}

/* `ADDRESS: error ignored` */
static bool read_error_ignored(struct ms_exim_line *l)
{
    static const char end[] = ": error ignored";
    const size_t n = sizeof end - 1;
    struct ms_span text = ms_cursor_rest(&l->body);
    return text.n > n && memcmp(text.p + text.n - n, end, n) == 0 &&
           ms_exim_event(l->e, MS_K_EXIM_ERROR_IGNORED, ms_endpoint_none());
}

/* `DKIM: d=... [verification succeeded]`: one signature of several. */
static bool read_dkim(struct ms_exim_line *l)
{
    struct ms_cursor *c = &l->body;
    if (!MS_AT(c, "DKIM: "))
        return false;
    ms_exim_name(l->e, MS_K_EXIM_DKIM);
    memset(&l->e->u.verdict, 0, sizeof l->e->u.verdict);
    if (MS_FIND(c->p, c->end, "[verification succeeded]"))
        l->e->u.verdict.dkim = MS_SPAN_LIT("pass");
    else if (MS_FIND(c->p, c->end, "[verification failed"))
        l->e->u.verdict.dkim = MS_SPAN_LIT("fail");
    else if (MS_FIND(c->p, c->end, "[invalid"))
        l->e->u.verdict.dkim = MS_SPAN_LIT("permerror");
    return true;
}

/* sa-exim, behind `SA: Action: `: `WHAT: score=S required=R[ trigger=T] (scanned in ...`; what follows is the message's own. */
static bool read_sa_exim(struct ms_exim_line *l)
{
    struct ms_cursor c = l->body;
    if (!MS_SKIP(&c, "SA: Action: "))
        return false;
    const char *score = MS_FIND(c.p, c.end, ": score=");
    if (score == NULL)
        return false;
    ms_exim_name(l->e, MS_K_EXIM_SA);
    memset(&l->e->u.verdict, 0, sizeof l->e->u.verdict);
    l->e->u.verdict.took_ms = MS_NONE;
    l->e->u.verdict.action = ms_span_of(c.p, (size_t)(score - c.p));
    c.p = score + 8;
    l->e->u.verdict.score = ms_read_until(&c, ' ');
    if (MS_SKIP(&c, " required="))
        l->e->u.verdict.threshold = ms_read_until(&c, ' ');
    return true;
}

/* What an attempt met, before Exim wrote H=: `NAME [IP][:PORT][:] TEXT`, also behind a few words. */
static bool read_old_attempt(struct ms_exim_line *l)
{
    struct ms_cursor c = l->body;
    struct ms_exim_host host;
    if (MS_AT(&c, "SMTP error from remote mail")) {
        struct ms_span answer = ms_exim_answer(ms_cursor_rest(&c), &host.token);
        return answer.p != NULL && ms_exim_event(l->e, MS_K_EXIM_ATTEMPT, ms_endpoint_of(host.token));
    }
    bool is_told = MS_SKIP(&c, "SMTP timeout while connected to ") || MS_SKIP(&c, "Failed to connect to ") ||
                   MS_SKIP(&c, "Remote host ");
    const char *blank = ms_find_char(c.p, c.end, ' ');
    if (blank == NULL || blank + 1 == c.end || blank[1] != '[' || !ms_exim_read_host(&c, NULL, &host) ||
        host.token.p + (blank - host.token.p) + 1 != (const char *)memchr(host.token.p, '[', host.token.n)) {
        host.token = MS_SPAN_NULL;
        return is_told && ms_exim_event(l->e, MS_K_EXIM_ATTEMPT, ms_endpoint_none());
    }
    bool goes_on = c.p < c.end && (*c.p == ' ' || *c.p == ':');
    return (is_told || goes_on) && ms_exim_event(l->e, MS_K_EXIM_ATTEMPT, ms_endpoint_of(host.token));
}

typedef bool (*reader_fn)(struct ms_exim_line *l);

static bool read_with(struct ms_exim_line *l, const reader_fn *readers, size_t n)
{
    const struct ms_cursor body = l->body;
    for (size_t i = 0; i < n; i++) {
        l->body = body;
        if (readers[i](l))
            return true;
    }
    l->body = body;
    return false;
}

static bool read_of_message(struct ms_exim_line *l)
{
    static const reader_fn readers[] = {ms_exim_arrival,    ms_exim_delivery, read_dkim,    ms_exim_refusal,
                                        read_error_ignored, ms_exim_session,  read_sa_exim, read_old_attempt};
    return name_by_rule(l, of_messages, sizeof of_messages / sizeof *of_messages) ||
           read_with(l, readers, sizeof readers / sizeof *readers);
}

static bool read_of_exim(struct ms_exim_line *l)
{
    static const reader_fn readers[] = {ms_exim_refusal, ms_exim_session, read_daemon};
    return name_by_rule(l, of_exim, sizeof of_exim / sizeof *of_exim) ||
           read_with(l, readers, sizeof readers / sizeof *readers);
}

void ms_exim_parse(const struct ms_tag *tag, struct ms_event *e)
{
    struct ms_exim_line l = {.e = e, .body = ms_cursor_of(e->text)};
    (void)tag;
    if (e->stamp_us == MS_NONE) { /* a header below the first line of an entry in the rejectlog */
        (void)ms_exim_event(e, MS_K_EXIM_REJECTLOG, ms_endpoint_none());
        return;
    }
    struct piece piece = skip_mark(&l.body);
    if (!piece.is_first) {
        (void)ms_exim_event(e, piece.is_line ? MS_K_EXIM_REJECTLOG : MS_K_EXIM_CONTINUED, ms_endpoint_none());
        return;
    }
    skip_stamp(&l.body);
    skip_pid(&l);
    skip_id(&l);
    if (!(e->queue_id.p ? read_of_message(&l) : read_of_exim(&l)))
        (void)ms_exim_event(e, MS_K_EXIM_OTHER, ms_endpoint_none());
    if (piece.is_marked && !piece.is_line && e->role == MS_ROLE_ACCEPTED)
        e->u.accepted.nrcpt = MS_NONE; /* the list of recipients goes on in the next piece */
}

bool ms_exim_said(struct ms_span text, struct ms_span *said)
{
    struct ms_event e = {.text = text, .pid = MS_NONE};
    struct ms_exim_line l = {.e = &e, .body = ms_cursor_of(text)};
    if (!skip_mark(&l.body).is_first)
        return false;
    skip_stamp(&l.body);
    skip_pid(&l);
    *said = ms_cursor_rest(&l.body);
    return true;
}

bool ms_exim_knows(struct ms_span text)
{
    struct ms_event e = {.text = text, .pid = MS_NONE};
    struct ms_exim_line l = {.e = &e, .body = ms_cursor_of(text)};
    skip_pid(&l);
    skip_id(&l);
    return e.pid != MS_NONE || e.queue_id.p != NULL || read_of_exim(&l);
}
