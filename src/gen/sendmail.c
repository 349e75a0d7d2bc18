/* The lines of Sendmail 8.18 at its usual LogLevel, by ../shared/reference/sendmail-log-lines.md. */
#include "gen/writer.h"

enum { SENDMAIL }; /* pool, and prefix of processes that deliver one message */

static void host(struct ms_gen *g, struct ms_gen_host *h)
{
    (void)g;
    h->pools[SENDMAIL].program = "sm-mta";
    ms_gen_prefix(h, SENDMAIL, "sm-mta");
}

/* Year, month, day, hour, minute, second in a character each, a sequence number in two, the process. All IDs of a connection
 * have the time at which it began. */
static void make_id(struct ms_gen_id *id, uint64_t began_ms, uint32_t sequence, uint32_t pid)
{
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    int t[6];
    char text[64], *p = text;
    ms_gen_civil((int64_t)(began_ms / 1000), t);
    *p++ = alphabet[(t[0] - 1900) % 60];
    *p++ = alphabet[t[1] - 1];
    for (int i = 2; i < 6; i++)
        *p++ = alphabet[t[i]];
    *p++ = alphabet[sequence / 60 % 60];
    *p++ = alphabet[sequence % 60];
    if (pid < 100000)
        *p++ = '0';
    if (pid < 10000)
        *p++ = '0';
    p = ms_gen_put_u(p, pid);
    id->n = (uint8_t)(p - text);
    memcpy(id->text, text, id->n);
}

static void session_id(struct ms_gen_id *id, struct ms_gen_session *s)
{
    uint32_t first = (uint32_t)ms_gen_mix64(s->serial) % 3000;
    make_id(id, s->began_ms, first + s->n_ids++, s->proc->pid);
}

static void queue_id(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_session *s)
{
    if (s != NULL) {
        session_id(&l->id, s);
        return;
    }
    l->pid = ms_gen_new_pid(g, l->host);
    make_id(&l->id, g->now_ms, ms_gen_below(&g->random, 3600), l->pid);
}

/* ---- pieces ---- */

static char *put_address(struct ms_gen *g, char *p, uint32_t address)
{
    return ms_gen_put_address(&g->names, p, address, false);
}

static char *put_client(struct ms_gen *g, char *p, struct ms_gen_peer c) /* name [ip], or [ip] */
{
    if (c.host != NULL || ms_gen_client_named(c.number)) {
        p = ms_gen_put_peer_name(g, p, c);
        *p++ = ' ';
    }
    bool v6 = c.host == NULL && ms_gen_client_v6(c.number);
    p = v6 ? MS_GEN_PUT(p, "[IPv6:") : MS_GEN_PUT(p, "[");
    p = ms_gen_put_peer_ip(g, p, c);
    *p++ = ']';
    return p;
}

static char *life(struct ms_gen *g, struct ms_gen_life *l, uint32_t pid)
{
    char *p = ms_gen_put_id(ms_gen_pid_line(g, l, &l->host->fixed[SENDMAIL], pid), &l->id);
    return MS_GEN_PUT(p, ": ");
}

static char *put_span(char *p, uint64_t ms) /* [D+]HH:MM:SS */
{
    uint64_t s = ms / 1000;
    if (s >= 86400)
        p = MS_GEN_PUT(ms_gen_put_u(p, s / 86400), "+");
    p = MS_GEN_PUT(ms_gen_put_2(p, (unsigned)(s / 3600 % 24)), ":");
    p = MS_GEN_PUT(ms_gen_put_2(p, (unsigned)(s / 60 % 60)), ":");
    return ms_gen_put_2(p, (unsigned)(s % 60));
}

/* ---- sessions ---- */

static void connected(struct ms_gen *g, struct ms_gen_session *s)
{
    if (!s->tls)
        return;
    char *p = MS_GEN_PUT(ms_gen_line(g, &s->proc->tag), "STARTTLS=server, relay=");
    p = put_client(g, p, s->client);
    p = MS_GEN_PUT(p, ", version=TLSv1.3, verify=NO, cipher=TLS_AES_256_GCM_SHA384, bits=256/256");
    ms_gen_line_end(g, p);
}

static char *put_refused_text(struct ms_gen *g, char *p, const struct ms_gen_session *s, const struct ms_gen_refusal *r)
{
    switch (r->reason) {
    case REASON_BLOCKLISTED:
        p = ms_gen_put_peer_ip(g, MS_GEN_PUT(p, "Rejected: "), s->client);
        return MS_GEN_PUT(p, " listed at zen.dnsbl.example");
    case REASON_RELAY_DENIED:
        return MS_GEN_PUT(p, "Relaying denied");
    case REASON_GREYLISTED:
        return MS_GEN_PUT(p, "Greylisting in action, please come back later");
    case REASON_SENDER_DOMAIN:
        p = put_address(g, MS_GEN_PUT(p, "Domain of sender address "), r->sender);
        return MS_GEN_PUT(p, " does not resolve");
    default:
        return MS_GEN_PUT(p, "User unknown");
    }
}

static void refused(struct ms_gen *g, struct ms_gen_session *s, const struct ms_gen_refusal *r)
{
    const struct ms_gen_reply *reply = &ms_gen_replies[r->reason];
    if (s->life == NULL && s->id.n == 0)
        session_id(&s->id, s);
    char *p = s->life != NULL ? ms_gen_life_line(g, s->life, &s->proc->tag) : ms_gen_line(g, &s->proc->tag);
    p = ms_gen_put_id(p, s->life != NULL ? &s->life->id : &s->id);
    p = put_address(g, MS_GEN_PUT(p, ": ruleset=check_rcpt, arg1=<"), r->rcpt);
    p = put_client(g, MS_GEN_PUT(p, ">, relay="), s->client);
    p = ms_gen_put_n(MS_GEN_PUT(p, ", reject="), reply->code, 3);
    *p++ = ' ';
    p = ms_gen_put_n(p, reply->dsn, 5);
    p = put_address(g, MS_GEN_PUT(p, " <"), r->rcpt);
    p = put_refused_text(g, MS_GEN_PUT(p, ">... "), s, r);
    ms_gen_line_end(g, p);
    if (s->life == NULL && s->id_first_us == 0 && !g->muted)
        s->id_first_us = g->us;
    if (g->truth)
        ms_gen_truth_refusal(g, s, r);
}

static char *put_from(struct ms_gen *g, char *p, const struct ms_gen_life *l, uint64_t size, unsigned nrcpt)
{
    p = put_address(g, MS_GEN_PUT(p, "from=<"), l->sender);
    p = ms_gen_put_u(MS_GEN_PUT(p, ">, size="), size);
    return ms_gen_put_u(MS_GEN_PUT(p, ", class=0, nrcpts="), nrcpt);
}

static char *put_came(struct ms_gen *g, char *p, const struct ms_gen_life *l)
{
    return put_client(g, MS_GEN_PUT(p, ", proto=ESMTP, daemon=MTA-v4, relay="), l->client);
}

/* A transaction that never became a mail has an ID and a `from=`, too. */
static void from_nobody(struct ms_gen *g, struct ms_gen_life *l, uint32_t pid)
{
    char *p = put_from(g, life(g, l, pid), l, 0, 0);
    ms_gen_line_end(g, put_came(g, p, l));
    ms_gen_say(g, l, SAID_SENDER | SAID_NRCPT | SAID_CLIENT);
}

static void closed(struct ms_gen *g, struct ms_gen_session *s)
{
    if (s->life != NULL) { /* it went away before the data */
        char *p = life(g, s->life, s->proc->pid);
        p = put_client(g, MS_GEN_PUT(p, "lost input channel from "), s->client);
        ms_gen_line_end(g, MS_GEN_PUT(p, " to MTA-v4 after rcpt"));
        s->life->n_rcpt = 0;
        from_nobody(g, s->life, s->proc->pid);
    } else if (s->id.n > 0) {
        struct ms_gen_life l = {.host = s->host,
                                .id = s->id,
                                .client = s->client,
                                .sender = s->sender,
                                .rejected = true,
                                .first_us = s->id_first_us};
        l.mail = ++g->n_mails;
        from_nobody(g, &l, s->proc->pid);
        ms_gen_truth_life(g, &l);
    } else if (s->n_mails == 0) {
        struct ms_gen_id id;
        session_id(&id, s);
        char *p = MS_GEN_PUT(ms_gen_put_id(ms_gen_line(g, &s->proc->tag), &id), ": ");
        p = put_client(g, p, s->client);
        ms_gen_line_end(g, MS_GEN_PUT(p, " did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA-v4"));
    }
}

/* ---- lives ---- */

static void accepted(struct ms_gen *g, struct ms_gen_life *l)
{
    if (l->origin == ORIGIN_BOUNCE) /* has no from= */
        return;
    if (l->message_id_kind == MESSAGE_ID_NONE)
        ms_gen_own_message_id(g, l);
    char *p = put_from(g, life(g, l, l->pid), l, l->size_bytes, l->n_rcpt);
    p = ms_gen_put_message_id(g, MS_GEN_PUT(p, ", msgid="), l);
    if (l->origin == ORIGIN_SMTPD) {
        p = put_came(g, p, l);
    } else {
        p = ms_gen_put_local_part(&g->names, MS_GEN_PUT(p, ", relay="), l->sender, false);
        p = MS_GEN_PUT(p, "@localhost");
    }
    ms_gen_line_end(g, p);
    ms_gen_say(g, l,
               SAID_SENDER | SAID_SIZE | SAID_NRCPT | SAID_MESSAGE_ID |
                   (l->origin == ORIGIN_SMTPD ? SAID_CLIENT : SAID_LOCAL));
}

/* A reply without its code and enhanced status. */
static const char *after_codes(const char *text)
{
    text += 4;
    return text[0] >= '2' && text[0] <= '5' && text[1] == '.' && text[3] == '.' && text[5] == ' ' ? text + 6 : text;
}

static char *put_stat(struct ms_gen *g, char *p, const struct ms_gen_life *l, const struct ms_gen_group *group,
                      uint32_t rcpt)
{
    char text[512];
    bool local = group->agent == AGENT_LOCAL;
    if (group->result == RESULT_SENT) {
        if (local)
            return MS_GEN_PUT(p, ", stat=Sent");
        char *end = ms_gen_put_accepting(g, text, l, group);
        const char *rest = after_codes(text);
        p = ms_gen_put_n(MS_GEN_PUT(p, ", stat=Sent ("), rest, (size_t)(end - rest));
        return MS_GEN_PUT(p, ")");
    }
    if (local)
        return group->result == RESULT_DEFERRED
                   ? MS_GEN_PUT(p, ", stat=Deferred: local mailer (/usr/bin/procmail) exited with EX_TEMPFAIL")
                   : MS_GEN_PUT(p, ", stat=User unknown");
    if (group->reason == REASON_TIMEOUT)
        return MS_GEN_PUT(ms_gen_put_relay_name(g, MS_GEN_PUT(p, ", stat=Deferred: Connection timed out with "), group),
                          ".");
    if (group->reason == REASON_NO_HOST) {
        p = ms_gen_put_domain(&g->names, MS_GEN_PUT(p, ", stat=Host unknown (Name server: "), group->domain);
        return MS_GEN_PUT(p, ": host not found)");
    }
    size_t n = (size_t)(ms_gen_put_refusing(g, text, group, rcpt) - text);
    p = ms_gen_put_n(MS_GEN_PUT(p, ", reply="), text, n);
    if (group->result == RESULT_DEFERRED)
        return ms_gen_put_n(MS_GEN_PUT(p, ", stat=Deferred: "), text, n);
    return group->reason == REASON_USER_UNKNOWN ? MS_GEN_PUT(p, ", stat=User unknown")
                                                : MS_GEN_PUT(p, ", stat=Service unavailable");
}

/* `first` to `end` of the recipients on one line. */
static void tell(struct ms_gen *g, struct ms_gen_life *l, const struct ms_gen_group *group, unsigned first,
                 unsigned end)
{
    bool local = group->agent == AGENT_LOCAL;
    char *p = MS_GEN_PUT(life(g, l, l->delivery_pid), "to=");
    for (unsigned i = first; i < end; i++) {
        p = i > first ? MS_GEN_PUT(p, ",<") : MS_GEN_PUT(p, "<");
        p = MS_GEN_PUT(put_address(g, p, l->rcpt[i]), ">");
    }
    p = put_span(MS_GEN_PUT(p, ", delay="), g->now_ms - l->made_ms);
    p = put_span(MS_GEN_PUT(p, ", xdelay="), group->took_ms);
    p = local ? MS_GEN_PUT(p, ", mailer=local, pri=") : MS_GEN_PUT(p, ", mailer=esmtp, pri=");
    p = ms_gen_put_u(p, l->size_bytes + 30000 * l->n_rcpt + UINT64_C(90000) * l->n_retries);
    if (!local && group->reason != REASON_NO_HOST) {
        p = ms_gen_put_relay_name(g, MS_GEN_PUT(p, ", relay="), group);
        bool v6 = group->agent == AGENT_REMOTE && ms_gen_exchanger_v6(group->domain);
        p = v6 ? MS_GEN_PUT(p, ". [IPv6:") : MS_GEN_PUT(p, ". [");
        p = MS_GEN_PUT(ms_gen_put_relay_ip(g, p, group), "]");
    }
    p = ms_gen_put_n(MS_GEN_PUT(p, ", dsn="), ms_gen_replies[group->reason].dsn, 5);
    ms_gen_line_end(g, put_stat(g, p, l, group, l->rcpt[first]));
    for (unsigned i = first; g->truth && i < end; i++)
        ms_gen_truth_attempt(g, l, group, i);
}

static void tried(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_group *group)
{
    unsigned end = group->first + group->n;
    l->delivery_pid = ms_gen_new_pid(g, l->host);
    if (group->result == RESULT_SENT)
        tell(g, l, group, group->first, end);
    else
        for (unsigned i = group->first; i < end; i++)
            tell(g, l, group, i, i + 1);
}

static void noticed(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_life *notice)
{
    char *p = ms_gen_put_id(life(g, l, l->delivery_pid), &notice->id);
    bool expired = false;
    for (unsigned i = 0; i < l->n_groups; i++)
        expired |= l->group[i].result == RESULT_EXPIRED;
    p = expired ? MS_GEN_PUT(p, ": DSN: Cannot send message for 5 days") : MS_GEN_PUT(p, ": DSN: User unknown");
    ms_gen_line_end(g, p);
    if (!g->muted)
        notice->first_us = notice->last_us = g->us; /* its first line, too */
    ms_gen_say(g, notice, SAID_BOUNCE);
}

static char *put_own_message_id(struct ms_gen *g, char *p, const struct ms_gen_life *l)
{
    return ms_gen_put_id(MS_GEN_PUT(ms_gen_put_digits(g, p, l->message_id_seconds, 5), "."), &l->message_id_queue_id);
}

static char *put_taken(struct ms_gen *g, char *p, const struct ms_gen_life *l)
{
    (void)g;
    return MS_GEN_PUT(ms_gen_put_id(MS_GEN_PUT(p, "250 2.0.0 "), &l->id), " Message accepted for delivery");
}

static const char *agent(const struct ms_gen_group *group)
{
    return group->agent == AGENT_LOCAL ? "local" : "esmtp";
}

static uint64_t whole_seconds(uint64_t ms)
{
    return ms / 1000 * 1000;
}

const struct ms_gen_writer ms_gen_sendmail = {
    .name = "sendmail",
    .mta = "sendmail",
    .session_pool = SENDMAIL,
    .serves = 1,
    .host = host,
    .connected = connected,
    .refused = refused,
    .closed = closed,
    .queue_id = queue_id,
    .accepted = accepted,
    .tried = tried,
    .noticed = noticed,
    .put_own_message_id = put_own_message_id,
    .put_taken = put_taken,
    .agent = agent,
    .delay = whole_seconds,
    .relay_ip = true,
    .dsn = true,
    .failure_code = true,
    .id_in_reply = true,
    .refusal_code = true,
    .refusal_queue_id = true,
};
