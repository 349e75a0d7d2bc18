/* The lines of Postfix 3.5 and later, by ../shared/reference/postfix-log-lines.md. */
#include "gen/writer.h"

enum { SMTPD, CLEANUP, SMTP, LOCAL }; /* pools */
enum { QMGR, PICKUP, BOUNCE, ANVIL }; /* fixed daemons */

static void host(struct ms_gen *g, struct ms_gen_host *h)
{
    h->pools[SMTPD].program = "postfix/smtpd";
    h->pools[CLEANUP].program = "postfix/cleanup";
    h->pools[SMTP].program = "postfix/smtp";
    h->pools[LOCAL].program = "postfix/local";
    ms_gen_fixed_daemon(g, h, QMGR, "postfix/qmgr");
    ms_gen_fixed_daemon(g, h, PICKUP, "postfix/pickup");
    ms_gen_fixed_daemon(g, h, BOUNCE, "postfix/bounce");
    ms_gen_fixed_daemon(g, h, ANVIL, "postfix/anvil");
}

/* ---- queue IDs ---- */

/* `base` is a constant where this is called, so that no division is one. */
static inline __attribute__((always_inline)) char *put_base(char *p, uint64_t v, unsigned base, int digits)
{
    static const char alphabet[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    char tmp[24];
    int n = 0;
    do
        tmp[n++] = alphabet[v % base];
    while ((v /= base) != 0);
    while (n < digits)
        tmp[n++] = '0';
    while (n > 0)
        *p++ = tmp[--n];
    return p;
}

/* Short: five hex digits of microseconds and the inode; long: seconds, microseconds, `z`, inode. The inode is a new one each
 * time, so that no ID comes twice but by the option for it. */
static void queue_id(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_session *s)
{
    struct ms_gen_host *h = l->host;
    (void)s;
    if (!h->long_ids && g->share.reuse > 0 && ms_gen_reuse_id(g, l))
        return;
    uint32_t us = (uint32_t)(g->now_ms % 1000 * 1000) + ms_gen_below(&g->random, 1000);
    uint64_t inode = h->inode++;
    char text[64], *p = text;
    if (h->long_ids) {
        if (g->now_ms / 1000 != h->id_second) {
            h->id_second = g->now_ms / 1000;
            put_base(h->id_second_text, h->id_second, 52, 6);
        }
        p = ms_gen_put_n(p, h->id_second_text, 6);
        p = put_base(p, us, 52, 4);
        *p++ = 'z';
        p = put_base(p, inode, 51, 0);
    } else {
        p = ms_gen_put_hex(p, us, -5);
        p = ms_gen_put_hex(p, inode, inode >> 24 != 0 ? -8 : -6);
    }
    l->id.n = (uint8_t)(p - text);
    memcpy(l->id.text, text, l->id.n);
}

/* ---- pieces ---- */

static char *put_client(struct ms_gen *g, char *p, struct ms_gen_peer c) /* name[ip] */
{
    p = ms_gen_put_peer_name(g, p, c);
    *p++ = '[';
    p = ms_gen_put_peer_ip(g, p, c);
    *p++ = ']';
    return p;
}

static char *life(struct ms_gen *g, struct ms_gen_life *l, const struct ms_gen_tag *tag)
{
    char *p = ms_gen_put_id(ms_gen_life_line(g, l, tag), &l->id);
    return MS_GEN_PUT(p, ": ");
}

static char *put_address(struct ms_gen *g, char *p, uint32_t address)
{
    return ms_gen_put_address(&g->names, p, address, false);
}

/* A delay has two digits that count, and not more than hundredths. */
static uint64_t round_delay(uint64_t ms)
{
    uint64_t unit = ms < 1000 ? 10 : ms < 10000 ? 100 : 1000;
    return ms / unit * unit;
}

static char *put_delay(char *p, uint64_t ms)
{
    ms = round_delay(ms);
    p = ms_gen_put_u(p, ms / 1000);
    unsigned rest = (unsigned)(ms % 1000) / 10;
    if (rest == 0)
        return p;
    *p++ = '.';
    p = ms_gen_put_2(p, rest);
    return rest % 10 == 0 ? p - 1 : p;
}

/* ---- sessions ---- */

static void connected(struct ms_gen *g, struct ms_gen_session *s)
{
    uint64_t dice = s->client.host != NULL ? UINT64_MAX : ms_gen_next(&g->random);
    if ((dice & 31) == 0 && !ms_gen_client_named(s->client.number)) {
        char *p = ms_gen_line(g, &s->proc->tag);
        p = MS_GEN_PUT(p, "warning: hostname ");
        p = ms_gen_put_client_name(&g->names, p, s->client.number);
        p = MS_GEN_PUT(p, " does not resolve to address ");
        p = ms_gen_put_peer_ip(g, p, s->client);
        ms_gen_line_end(g, p);
    }
    char *p = ms_gen_line(g, &s->proc->tag);
    p = MS_GEN_PUT(p, "connect from ");
    ms_gen_line_end(g, put_client(g, p, s->client));
    if (s->tls) {
        p = ms_gen_line(g, &s->proc->tag);
        p = MS_GEN_PUT(p, "Anonymous TLS connection established from ");
        p = put_client(g, p, s->client);
        p = MS_GEN_PUT(
            p, ": TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature "
               "RSA-PSS (2048 bits) server-digest SHA256");
        ms_gen_line_end(g, p);
    }
    if ((dice >> 8 & 127) == 0) { /* what anvil(8) counts, now and then */
        p = ms_gen_line(g, &s->host->fixed[ANVIL]);
        p = MS_GEN_PUT(p, "statistics: max connection rate ");
        p = ms_gen_put_u(p, 1 + (dice >> 20 & 15));
        p = MS_GEN_PUT(p, "/60s for (smtp:");
        p = ms_gen_put_peer_ip(g, p, s->client);
        p = MS_GEN_PUT(p, ") at ");
        p = ms_gen_put_n(p, g->stamp.text, 15);
        ms_gen_line_end(g, p);
    }
}

static char *put_refused_rcpt(struct ms_gen *g, char *p, const struct ms_gen_refusal *r)
{
    p = MS_GEN_PUT(p, " <");
    p = put_address(g, p, r->rcpt);
    return MS_GEN_PUT(p, ">: ");
}

static char *put_refusal(struct ms_gen *g, char *p, const struct ms_gen_session *s, const struct ms_gen_refusal *r)
{
    const struct ms_gen_reply *reply = &ms_gen_replies[r->reason];
    p = ms_gen_put_n(p, reply->code, 3);
    *p++ = ' ';
    p = ms_gen_put_n(p, reply->dsn, 5);
    switch (r->reason) {
    case REASON_BLOCKLISTED:
        p = MS_GEN_PUT(p, " Service unavailable; Client host [");
        p = ms_gen_put_peer_ip(g, p, s->client);
        p = MS_GEN_PUT(p, "] blocked using zen.dnsbl.example; https://www.dnsbl.example/query/ip/");
        return ms_gen_put_peer_ip(g, p, s->client);
    case REASON_SENDER_DOMAIN:
        p = MS_GEN_PUT(p, " <");
        p = put_address(g, p, r->sender);
        return MS_GEN_PUT(p, ">: Sender address rejected: Domain not found");
    case REASON_RELAY_DENIED:
        return MS_GEN_PUT(put_refused_rcpt(g, p, r), "Relay access denied");
    case REASON_GREYLISTED:
        return MS_GEN_PUT(put_refused_rcpt(g, p, r),
                          "Recipient address rejected: Greylisted, see http://postgrey.example/help");
    default:
        return MS_GEN_PUT(put_refused_rcpt(g, p, r),
                          "Recipient address rejected: User unknown in virtual mailbox table");
    }
}

static void refused(struct ms_gen *g, struct ms_gen_session *s, const struct ms_gen_refusal *r)
{
    char *p =
        s->life != NULL ? life(g, s->life, &s->proc->tag) : MS_GEN_PUT(ms_gen_line(g, &s->proc->tag), "NOQUEUE: ");
    p = MS_GEN_PUT(p, "reject: RCPT from ");
    p = put_client(g, p, s->client);
    p = MS_GEN_PUT(p, ": ");
    p = put_refusal(g, p, s, r);
    p = MS_GEN_PUT(p, "; from=<");
    p = put_address(g, p, r->sender);
    p = MS_GEN_PUT(p, "> to=<");
    p = put_address(g, p, r->rcpt);
    p = MS_GEN_PUT(p, "> proto=ESMTP helo=<");
    p = ms_gen_put_client_name(&g->names, p, s->client.number);
    *p++ = '>';
    ms_gen_line_end(g, p);
    if (g->truth)
        ms_gen_truth_refusal(g, s, r);
}

static char *put_counts(char *p, const struct ms_gen_session *s)
{
    unsigned n_ehlo = s->tls ? 2 : 1, n_mail = s->n_mails + (s->life != NULL || (s->n_mails == 0 && s->n_refused > 0));
    unsigned n_auth = s->user != 0, n_all = s->n_rcpt + s->n_refused;
    bool quit = !s->lost;
    p = MS_GEN_PUT(p, " ehlo=");
    p = ms_gen_put_u(p, n_ehlo);
    if (s->tls)
        p = MS_GEN_PUT(p, " starttls=1");
    if (n_auth)
        p = MS_GEN_PUT(p, " auth=1");
    if (n_mail > 0) {
        p = ms_gen_put_u(MS_GEN_PUT(p, " mail="), n_mail);
        p = ms_gen_put_u(MS_GEN_PUT(p, " rcpt="), s->n_rcpt);
        if (s->n_refused > 0)
            p = ms_gen_put_u(MS_GEN_PUT(p, "/"), n_all);
    }
    if (s->n_mails > 0)
        p = ms_gen_put_u(MS_GEN_PUT(p, " data="), s->n_mails);
    if (s->life != NULL)
        p = ms_gen_put_u((s->n_mails > 0 ? MS_GEN_PUT(p, "/") : MS_GEN_PUT(p, " data=0/")), s->n_mails + 1u);
    if (quit)
        p = MS_GEN_PUT(p, " quit=1");
    unsigned ok = n_ehlo + s->tls + n_auth + n_mail + s->n_rcpt + s->n_mails + quit;
    unsigned all = ok + s->n_refused + (s->life != NULL);
    p = ms_gen_put_u(MS_GEN_PUT(p, " commands="), ok);
    return all > ok ? ms_gen_put_u(MS_GEN_PUT(p, "/"), all) : p;
}

static void closed(struct ms_gen *g, struct ms_gen_session *s)
{
    char *p;
    if (s->lost) {
        p = ms_gen_line(g, &s->proc->tag);
        p = MS_GEN_PUT(p, "lost connection after ");
        if (s->life != NULL)
            p = MS_GEN_PUT(p, "DATA (0 bytes)");
        else if (s->n_refused > 0)
            p = MS_GEN_PUT(p, "RCPT");
        else
            p = MS_GEN_PUT(p, "EHLO");
        p = MS_GEN_PUT(p, " from ");
        ms_gen_line_end(g, put_client(g, p, s->client));
    }
    p = ms_gen_line(g, &s->proc->tag);
    p = MS_GEN_PUT(p, "disconnect from ");
    p = put_client(g, p, s->client);
    ms_gen_line_end(g, put_counts(p, s));
}

/* ---- lives ---- */

static void announced(struct ms_gen *g, struct ms_gen_life *l, const struct ms_gen_session *s)
{
    if (s == NULL) {
        char *p = life(g, l, &l->host->fixed[PICKUP]);
        p = MS_GEN_PUT(p, "uid=");
        p = ms_gen_put_u(p, l->uid);
        p = MS_GEN_PUT(p, " from=<");
        p = put_address(g, p, l->sender);
        *p++ = '>';
        ms_gen_line_end(g, p);
        ms_gen_say(g, l, SAID_UID);
        return;
    }
    char *p = life(g, l, &s->proc->tag);
    p = MS_GEN_PUT(p, "client=");
    p = put_client(g, p, l->client);
    if (l->user != 0) {
        p = MS_GEN_PUT(p, ", sasl_method=PLAIN, sasl_username=");
        p = put_address(g, p, l->user);
    }
    ms_gen_line_end(g, p);
    ms_gen_say(g, l, SAID_CLIENT);
}

static void content(struct ms_gen *g, struct ms_gen_life *l)
{
    char *p = life(g, l, &ms_gen_proc_any(g, l->host, CLEANUP)->tag);
    p = MS_GEN_PUT(p, "message-id=");
    p = l->message_id_kind == MESSAGE_ID_NONE ? MS_GEN_PUT(p, "<>") : ms_gen_put_message_id(g, p, l);
    ms_gen_line_end(g, p);
    ms_gen_say(g, l, SAID_MESSAGE_ID);
}

static void active(struct ms_gen *g, struct ms_gen_life *l)
{
    char *p = life(g, l, &l->host->fixed[QMGR]);
    p = MS_GEN_PUT(p, "from=<");
    p = put_address(g, p, l->sender);
    p = MS_GEN_PUT(p, ">, size=");
    p = ms_gen_put_u(p, l->size_bytes);
    p = MS_GEN_PUT(p, ", nrcpt=");
    p = ms_gen_put_u(p, l->n_rcpt);
    p = MS_GEN_PUT(p, " (queue active)");
    ms_gen_line_end(g, p);
    ms_gen_say(g, l, SAID_SENDER | SAID_SIZE | SAID_NRCPT);
}

static char *put_relay(struct ms_gen *g, char *p, const struct ms_gen_group *group)
{
    if (group->agent == AGENT_LOCAL)
        return MS_GEN_PUT(p, "local");
    if (ms_gen_replies[group->reason].code == NULL)
        return MS_GEN_PUT(p, "none");
    p = MS_GEN_PUT(ms_gen_put_relay_name(g, p, group), "[");
    return MS_GEN_PUT(ms_gen_put_relay_ip(g, p, group), "]:25");
}

static char *put_failure(struct ms_gen *g, char *p, const struct ms_gen_group *group, uint32_t rcpt)
{
    const struct ms_gen_reply *reply = &ms_gen_replies[group->reason];
    if (group->agent == AGENT_LOCAL) {
        if (group->reason != REASON_USER_UNKNOWN)
            return MS_GEN_PUT(
                p, "cannot update mailbox: unable to lock for exclusive access: Resource temporarily unavailable");
        p = MS_GEN_PUT(p, "unknown user: \"");
        p = ms_gen_put_local_part(&g->names, p, rcpt, false);
        return MS_GEN_PUT(p, "\"");
    }
    if (group->reason == REASON_NO_HOST) {
        p = MS_GEN_PUT(p, "Host or domain name not found. Name service error for name=");
        p = ms_gen_put_domain(&g->names, p, group->domain);
        return MS_GEN_PUT(p, " type=AAAA: Host not found");
    }
    if (reply->code == NULL) {
        p = MS_GEN_PUT(p, "connect to ");
        struct ms_gen_group there = *group;
        there.reason = REASON_NONE;
        return MS_GEN_PUT(put_relay(g, p, &there), ": Connection timed out");
    }
    p = MS_GEN_PUT(p, "host ");
    p = put_relay(g, p, group) - 3; /* without the port */
    p = MS_GEN_PUT(p, " said: ");
    p = ms_gen_put_refusing(g, p, group, rcpt);
    return MS_GEN_PUT(p, " (in reply to RCPT TO command)");
}

static void try_one(struct ms_gen *g, struct ms_gen_life *l, const struct ms_gen_group *group, unsigned i,
                    const struct ms_gen_proc *proc)
{
    uint64_t total = g->now_ms - l->made_ms, before = l->try_ms - l->made_ms;
    char *p = life(g, l, &proc->tag);
    p = MS_GEN_PUT(p, "to=<");
    p = put_address(g, p, l->rcpt[i]);
    if (l->original[i] != 0) {
        p = MS_GEN_PUT(p, ">, orig_to=<");
        p = put_address(g, p, l->original[i]);
    }
    p = MS_GEN_PUT(p, ">, relay=");
    p = put_relay(g, p, group);
    p = put_delay(MS_GEN_PUT(p, ", delay="), total);
    p = put_delay(MS_GEN_PUT(p, ", delays="), before - before / 16);
    p = put_delay(MS_GEN_PUT(p, "/"), before / 16);
    p = put_delay(MS_GEN_PUT(p, "/"), group->took_ms / 4);
    p = put_delay(MS_GEN_PUT(p, "/"), group->took_ms - group->took_ms / 4);
    p = MS_GEN_PUT(p, ", dsn=");
    p = ms_gen_put_n(p, ms_gen_replies[group->reason].dsn, 5);
    switch (group->result) {
    case RESULT_SENT:
        p = MS_GEN_PUT(p, ", status=sent (");
        p = group->agent == AGENT_LOCAL ? MS_GEN_PUT(p, "delivered to mailbox") : ms_gen_put_accepting(g, p, l, group);
        break;
    case RESULT_DEFERRED:
        p = put_failure(g, MS_GEN_PUT(p, ", status=deferred ("), group, l->rcpt[i]);
        break;
    default:
        p = put_failure(g, MS_GEN_PUT(p, ", status=bounced ("), group, l->rcpt[i]);
    }
    *p++ = ')';
    ms_gen_line_end(g, p);
    if (g->truth)
        ms_gen_truth_attempt(g, l, group, i);
}

static void tried(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_group *group)
{
    const struct ms_gen_proc *proc = ms_gen_proc_any(g, l->host, group->agent == AGENT_LOCAL ? LOCAL : SMTP);
    for (unsigned i = 0; i < group->n; i++)
        try_one(g, l, group, group->first + i, proc);
}

static void expired(struct ms_gen *g, struct ms_gen_life *l)
{
    char *p = life(g, l, &l->host->fixed[QMGR]);
    p = MS_GEN_PUT(p, "from=<");
    p = put_address(g, p, l->sender);
    p = MS_GEN_PUT(p, ">, status=expired, returned to sender");
    ms_gen_line_end(g, p);
}

static void noticed(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_life *notice)
{
    char *p = life(g, l, &l->host->fixed[BOUNCE]);
    p = MS_GEN_PUT(p, "sender non-delivery notification: ");
    ms_gen_line_end(g, ms_gen_put_id(p, &notice->id));
    ms_gen_say(g, notice, SAID_BOUNCE);
}

static void done(struct ms_gen *g, struct ms_gen_life *l)
{
    char *p = life(g, l, &l->host->fixed[QMGR]);
    ms_gen_line_end(g, MS_GEN_PUT(p, "removed"));
}

static char *put_taken(struct ms_gen *g, char *p, const struct ms_gen_life *l)
{
    (void)g;
    return ms_gen_put_id(MS_GEN_PUT(p, "250 2.0.0 Ok: queued as "), &l->id);
}

static const char *agent(const struct ms_gen_group *group)
{
    return group->agent == AGENT_LOCAL ? "local" : "smtp";
}

const struct ms_gen_writer ms_gen_postfix = {
    .name = "postfix",
    .mta = "postfix",
    .session_pool = SMTPD,
    .host = host,
    .connected = connected,
    .refused = refused,
    .closed = closed,
    .queue_id = queue_id,
    .announced = announced,
    .content = content,
    .accepted = active,
    .retried = active,
    .tried = tried,
    .expired = expired,
    .noticed = noticed,
    .done = done,
    .put_taken = put_taken,
    .agent = agent,
    .delay = round_delay,
    .relay_host = true,
    .relay_ip = true,
    .relay_port = true,
    .relay_words = true,
    .unknown_names = true,
    .sent_code = true,
    .failure_code = true,
    .originals = true,
    .users = true,
    .id_in_reply = true,
    .dsn = true,
    .refusal_code = true,
    .refusal_sender = true,
    .refusal_helo = true,
    .refusal_queue_id = true,
};
