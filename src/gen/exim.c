/* The lines of Exim in syslog (no pid and date of its own), by ../shared/reference/exim-log-lines.md. */
#include "gen/writer.h"

enum { EXIM }; /* pool, and prefix of processes that deliver one message */

static void host(struct ms_gen *g, struct ms_gen_host *h)
{
    (void)g;
    h->pools[EXIM].program = "exim";
    ms_gen_prefix(h, EXIM, "exim");
}

/* The mainlog: what Exim writes itself, with date and time, but neither host nor process. */
static void bare_host(struct ms_gen *g, struct ms_gen_host *h)
{
    (void)g;
    h->pools[EXIM].program = NULL;
    ms_gen_prefix(h, EXIM, NULL);
}

static char *put_base62(char *p, uint64_t v, int digits)
{
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (int i = digits - 1; i >= 0; i--, v /= 62)
        p[i] = alphabet[v % 62];
    return p + digits;
}

/* Seconds, process, fraction: since 4.97 in 6, 11 and 4 characters, before in 6, 6 and 2. */
static void queue_id(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_session *s)
{
    char text[64], *p = put_base62(text, g->now_ms / 1000, 6);
    uint32_t ms = (uint32_t)(g->now_ms % 1000);
    uint32_t pid = s != NULL ? l->pid : ms_gen_new_pid(g, l->host); /* what is made here has a process of its own */
    l->pid = pid;
    *p++ = '-';
    p = put_base62(p, pid, l->host->long_ids ? 11 : 6);
    *p++ = '-';
    p = l->host->long_ids ? put_base62(p, ms * 1000 + ms_gen_below(&g->random, 1000), 4) : put_base62(p, ms / 5, 2);
    l->id.n = (uint8_t)(p - text);
    memcpy(l->id.text, text, l->id.n);
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
    *p++ = '[';
    p = ms_gen_put_peer_ip(g, p, c);
    *p++ = ']';
    return p;
}

static char *life(struct ms_gen *g, struct ms_gen_life *l, uint32_t pid)
{
    return ms_gen_put_id(ms_gen_pid_line(g, l, &l->host->fixed[EXIM], pid), &l->id);
}

/* ---- sessions ---- */

static void connected(struct ms_gen *g, struct ms_gen_session *s)
{
    if (s->client.host != NULL || ms_gen_client_named(s->client.number))
        return;
    char *p = MS_GEN_PUT(ms_gen_line(g, &s->proc->tag), "no host name found for IP address ");
    ms_gen_line_end(g, ms_gen_put_peer_ip(g, p, s->client));
}

static void refused(struct ms_gen *g, struct ms_gen_session *s, const struct ms_gen_refusal *r)
{
    char *p = MS_GEN_PUT(ms_gen_line(g, &s->proc->tag), "H=");
    p = put_client(g, p, s->client);
    p = put_address(g, MS_GEN_PUT(p, " F=<"), r->sender);
    bool for_now = ms_gen_replies[r->reason].code[0] == '4';
    p = for_now ? MS_GEN_PUT(p, "> temporarily rejected RCPT <") : MS_GEN_PUT(p, "> rejected RCPT <");
    p = put_address(g, p, r->rcpt);
    switch (r->reason) {
    case REASON_BLOCKLISTED:
        p = MS_GEN_PUT(p, ">: ");
        p = ms_gen_put_peer_ip(g, p, s->client);
        p = MS_GEN_PUT(p, " is in a black list at zen.dnsbl.example");
        break;
    case REASON_RELAY_DENIED:
        p = MS_GEN_PUT(p, ">: relay not permitted");
        break;
    case REASON_GREYLISTED:
        p = MS_GEN_PUT(p, ">: greylisted, try again later");
        break;
    case REASON_SENDER_DOMAIN:
        p = MS_GEN_PUT(p, ">: Could not complete sender verify");
        break;
    default:
        p = MS_GEN_PUT(p, ">: Unrouteable address");
    }
    ms_gen_line_end(g, p);
    if (g->truth)
        ms_gen_truth_refusal(g, s, r);
}

static void closed(struct ms_gen *g, struct ms_gen_session *s)
{
    if (!s->lost)
        return;
    char *p = MS_GEN_PUT(ms_gen_line(g, &s->proc->tag), "unexpected disconnection while reading SMTP command from ");
    p = put_client(g, p, s->client);
    p = ms_gen_put_u(MS_GEN_PUT(p, " D="), (g->now_ms - s->began_ms) / 1000);
    *p++ = 's';
    ms_gen_line_end(g, p);
}

/* ---- lives ---- */

static char *put_origin(struct ms_gen *g, char *p, const struct ms_gen_life *l)
{
    if (l->origin != ORIGIN_SMTPD) {
        p = ms_gen_put_u(MS_GEN_PUT(p, " U=u"), l->uid);
        return MS_GEN_PUT(p, " P=local");
    }
    p = put_client(g, MS_GEN_PUT(p, " H="), l->client);
    if (l->user == 0)
        return MS_GEN_PUT(p, " P=esmtp");
    p = MS_GEN_PUT(p, " P=esmtpsa X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no A=plain_server:");
    return put_address(g, p, l->user);
}

static void arrived(struct ms_gen *g, struct ms_gen_life *l)
{
    if (l->origin == ORIGIN_BOUNCE) /* noticed() has told it */
        return;
    char *p = MS_GEN_PUT(life(g, l, l->pid), " <= ");
    p = l->sender != 0 ? put_address(g, p, l->sender) : MS_GEN_PUT(p, "<>");
    p = put_origin(g, p, l);
    p = ms_gen_put_u(MS_GEN_PUT(p, " S="), l->size_bytes);
    if (l->message_id_kind != MESSAGE_ID_NONE) {
        char *value = MS_GEN_PUT(p, " id=") - 1; /* without <> */
        p = ms_gen_put_message_id(g, value, l) - 1;
        *value = '=';
        ms_gen_say(g, l, SAID_MESSAGE_ID);
    }
    p = MS_GEN_PUT(p, " for");
    for (unsigned i = 0; i < l->n_rcpt; i++) {
        *p++ = ' ';
        p = put_address(g, p, l->original[i] != 0 ? l->original[i] : l->rcpt[i]);
    }
    ms_gen_line_end(g, p);
    ms_gen_say(g, l, SAID_SENDER | SAID_SIZE | SAID_NRCPT | (l->origin == ORIGIN_SMTPD ? SAID_CLIENT : SAID_LOCAL));
}

static char *put_who(struct ms_gen *g, char *p, const struct ms_gen_life *l, const struct ms_gen_group *group,
                     unsigned i)
{
    bool local = group->agent == AGENT_LOCAL;
    if (local && group->result == RESULT_SENT) {
        p = ms_gen_put_local_part(&g->names, p, l->rcpt[i], false);
        p = MS_GEN_PUT(p, " <");
        p = put_address(g, p, l->original[i] != 0 ? l->original[i] : l->rcpt[i]);
        *p++ = '>';
    } else {
        p = put_address(g, p, l->rcpt[i]);
        if (l->original[i] != 0) {
            p = put_address(g, MS_GEN_PUT(p, " <"), l->original[i]);
            *p++ = '>';
        }
    }
    if (group->reason == REASON_NO_HOST || (local && group->reason == REASON_USER_UNKNOWN))
        return p; /* not routed */
    return local ? MS_GEN_PUT(p, " R=localuser T=local_delivery") : MS_GEN_PUT(p, " R=dnslookup T=remote_smtp");
}

static char *put_relay(struct ms_gen *g, char *p, const struct ms_gen_group *group)
{
    p = ms_gen_put_relay_name(g, MS_GEN_PUT(p, " H="), group);
    p = ms_gen_put_relay_ip(g, MS_GEN_PUT(p, " ["), group);
    *p++ = ']';
    return p;
}

static char *put_sent(struct ms_gen *g, char *p, const struct ms_gen_life *l, const struct ms_gen_group *group,
                      unsigned i)
{
    p = put_who(g, p, l, group, i);
    if (group->agent == AGENT_LOCAL)
        return p;
    p = put_relay(g, p, group);
    p = ms_gen_put_accepting(g, MS_GEN_PUT(p, " C=\""), l, group);
    return MS_GEN_PUT(p, "\"");
}

static char *put_failed(struct ms_gen *g, char *p, const struct ms_gen_life *l, const struct ms_gen_group *group,
                        unsigned i)
{
    bool deferred = group->result == RESULT_DEFERRED;
    p = put_who(g, p, l, group, i);
    if (group->agent == AGENT_LOCAL)
        return deferred
                   ? MS_GEN_PUT(p, " defer (-22): mailbox is full (MTA-imposed quota exceeded while writing to file)")
                   : MS_GEN_PUT(p, ": Unknown user");
    if (group->reason == REASON_NO_HOST)
        return MS_GEN_PUT(p, ": Unrouteable address");
    if (group->reason == REASON_TIMEOUT)
        return MS_GEN_PUT(put_relay(g, MS_GEN_PUT(p, " defer (110)"), group), ": Connection timed out");
    if (deferred)
        p = MS_GEN_PUT(p, " defer (-44)");
    p = put_relay(g, p, group);
    p = MS_GEN_PUT(p, ": SMTP error from remote mail server after RCPT TO:<");
    p = put_address(g, p, l->rcpt[i]);
    return ms_gen_put_refusing(g, MS_GEN_PUT(p, ">: "), group, l->rcpt[i]);
}

static void tried(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_group *group)
{
    l->delivery_pid = ms_gen_new_pid(g, l->host);
    for (unsigned i = 0; i < group->n; i++) {
        char *p = life(g, l, l->delivery_pid);
        unsigned rcpt = group->first + i;
        if (group->result == RESULT_SENT) {
            bool further = i > 0 && group->agent != AGENT_LOCAL;
            p = put_sent(g, further ? MS_GEN_PUT(p, " -> ") : MS_GEN_PUT(p, " => "), l, group, rcpt);
        } else {
            bool deferred = group->result == RESULT_DEFERRED;
            p = put_failed(g, deferred ? MS_GEN_PUT(p, " == ") : MS_GEN_PUT(p, " ** "), l, group, rcpt);
        }
        ms_gen_line_end(g, p);
        if (g->truth)
            ms_gen_truth_attempt(g, l, group, rcpt);
    }
}

static void expired(struct ms_gen *g, struct ms_gen_life *l)
{
    for (unsigned k = 0; k < l->n_groups; k++)
        for (unsigned i = 0; l->group[k].result == RESULT_EXPIRED && i < l->group[k].n; i++) {
            char *p = put_address(g, MS_GEN_PUT(life(g, l, l->delivery_pid), " ** "), l->rcpt[l->group[k].first + i]);
            ms_gen_line_end(g, MS_GEN_PUT(p, ": retry timeout exceeded"));
        }
}

static void noticed(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_life *notice)
{
    char *p = ms_gen_put_id(MS_GEN_PUT(life(g, notice, notice->pid), " <= <> R="), &l->id);
    p = ms_gen_put_u(MS_GEN_PUT(p, " U=Debian-exim P=local S="), notice->size_bytes);
    p = put_address(g, MS_GEN_PUT(p, " for "), l->sender);
    ms_gen_line_end(g, p);
    ms_gen_say(g, notice, SAID_SENDER | SAID_SIZE | SAID_NRCPT | SAID_BOUNCE);
}

static void done(struct ms_gen *g, struct ms_gen_life *l)
{
    ms_gen_line_end(g, MS_GEN_PUT(life(g, l, l->delivery_pid), " Completed"));
}

static char *put_own_message_id(struct ms_gen *g, char *p, const struct ms_gen_life *l)
{
    (void)g;
    return ms_gen_put_id(MS_GEN_PUT(p, "E"), &l->message_id_queue_id);
}

static char *put_taken(struct ms_gen *g, char *p, const struct ms_gen_life *l)
{
    (void)g;
    return ms_gen_put_id(MS_GEN_PUT(p, "250 OK id="), &l->id);
}

static const char *agent(const struct ms_gen_group *group)
{
    if (group->reason == REASON_NO_HOST || (group->agent == AGENT_LOCAL && group->reason == REASON_USER_UNKNOWN))
        return NULL;
    return group->agent == AGENT_LOCAL ? "local_delivery" : "remote_smtp";
}

/* clang-format off */
#define HOOKS \
    .mta = "exim", \
    .session_pool = EXIM, \
    .serves = 1, \
    .connected = connected, \
    .refused = refused, \
    .closed = closed, \
    .queue_id = queue_id, \
    .accepted = arrived, \
    .tried = tried, \
    .expired = expired, \
    .noticed = noticed, \
    .done = done, \
    .put_taken = put_taken, \
    .agent = agent, \
    .originals = true, \
    .users = true, \
    .id_in_reply = true, \
    .put_own_message_id = put_own_message_id, \
    .local_parts = true, \
    .relay_host = true, \
    .relay_ip = true, \
    .refusal_sender = true
/* clang-format on */

const struct ms_gen_writer ms_gen_exim = {.name = "exim", .host = host, HOOKS};
const struct ms_gen_writer ms_gen_exim_mainlog = {
    .name = "exim-mainlog", .host = bare_host, .stamp = MS_GEN_STAMP_SPACED, HOOKS};
