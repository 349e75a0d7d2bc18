/* The lines of qmail-send through splogger, by ../shared/reference/qmail-log-lines.md. Its qmail-smtpd logs nothing. */
#include "gen/writer.h"

enum { QMAIL };

static void host(struct ms_gen *g, struct ms_gen_host *h)
{
    (void)g;
    h->pools[QMAIL].program = "qmail"; /* serves, but never speaks */
    h->fixed[QMAIL] = h->name;
    memcpy(h->fixed[QMAIL].text + h->name.n, " qmail: ", 8);
    h->fixed[QMAIL].n = (uint8_t)(h->name.n + 8);
}

/* multilog's files: TAI64N, and nothing else before the text. */
static void bare_host(struct ms_gen *g, struct ms_gen_host *h)
{
    (void)g;
    h->pools[QMAIL].program = NULL;
    ms_gen_prefix(h, QMAIL, NULL);
}

/* The inode of the queue file, which the next mail takes up again. */
static void queue_id(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_session *s)
{
    (void)s;
    l->pid = ms_gen_new_pid(g, l->host); /* of qmail-queue: the `qp` */
    if (ms_gen_next_parked(g, l))
        return;
    char text[64];
    l->id.n = (uint8_t)(ms_gen_put_u(text, l->host->inode++) - text);
    memcpy(l->id.text, text, l->id.n);
}

/* ---- pieces ---- */

static char *line(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_host *h)
{
    char *p = l != NULL ? ms_gen_life_line(g, l, &h->fixed[QMAIL]) : ms_gen_line(g, &h->fixed[QMAIL]);
    uint32_t us = (uint32_t)(g->us % 1000000);
    if (h->writer->stamp == MS_GEN_STAMP_NONE) {
        p = ms_gen_put_hex(MS_GEN_PUT(p, "@"), UINT64_C(4611686018427387914) + (uint64_t)(g->us / 1000000), 16);
        return MS_GEN_PUT(ms_gen_put_hex(p, us * UINT64_C(1000), 8), " ");
    }
    p = ms_gen_put_u(p, (uint64_t)(g->us / 1000000));
    *p++ = '.';
    p = ms_gen_put_2(p, us / 10000);
    p = ms_gen_put_2(p, us / 100 % 100);
    return MS_GEN_PUT(ms_gen_put_2(p, us % 100), " ");
}

static char *put_safe(char *p, const char *text, const char *end) /* blanks become underscores */
{
    for (; text < end; text++)
        *p++ = *text == ' ' ? '_' : *text;
    return p;
}

static void status(struct ms_gen *g, struct ms_gen_host *h)
{
    char *p = ms_gen_put_u(MS_GEN_PUT(line(g, NULL, h), "status: local "), h->n_running[0]);
    p = ms_gen_put_u(MS_GEN_PUT(p, "/20 remote "), h->n_running[1]);
    ms_gen_line_end(g, MS_GEN_PUT(p, "/255"));
}

/* ---- lives ---- */

static void arrived(struct ms_gen *g, struct ms_gen_life *l)
{
    static const uint32_t uids[] = {[ORIGIN_SMTPD] = 64011, [ORIGIN_BOUNCE] = 64015};
    char *p = ms_gen_put_id(MS_GEN_PUT(line(g, l, l->host), "new msg "), &l->id);
    ms_gen_line_end(g, p);
    p = ms_gen_put_id(MS_GEN_PUT(line(g, l, l->host), "info msg "), &l->id);
    p = ms_gen_put_u(MS_GEN_PUT(p, ": bytes "), l->size_bytes);
    p = ms_gen_put_address(&g->names, MS_GEN_PUT(p, " from <"), l->sender, false);
    p = ms_gen_put_u(MS_GEN_PUT(p, "> qp "), l->pid);
    p = ms_gen_put_u(MS_GEN_PUT(p, " uid "), l->origin == ORIGIN_PICKUP ? l->uid : uids[l->origin]);
    ms_gen_line_end(g, p);
    ms_gen_say(g, l, SAID_SENDER | SAID_SIZE);
}

static void trying(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_group *group)
{
    struct ms_gen_host *h = l->host;
    group->delivery = h->n_deliveries + 1;
    for (unsigned i = 0; i < group->n; i++) {
        char *p = ms_gen_put_u(MS_GEN_PUT(line(g, l, h), "starting delivery "), ++h->n_deliveries);
        p = ms_gen_put_id(MS_GEN_PUT(p, ": msg "), &l->id);
        p = group->agent == AGENT_LOCAL ? MS_GEN_PUT(p, " to local ") : MS_GEN_PUT(p, " to remote ");
        ms_gen_line_end(g, ms_gen_put_address(&g->names, p, l->rcpt[group->first + i], false));
        h->n_running[group->agent != AGENT_LOCAL]++;
        status(g, h);
    }
}

static char *put_local_report(char *p, const struct ms_gen_group *group)
{
    if (group->result == RESULT_SENT)
        return MS_GEN_PUT(p, "success: did_1+0+0/");
    if (group->result == RESULT_DEFERRED)
        return MS_GEN_PUT(p, "deferral: Temporary_error_on_maildir_delivery._(#4.3.0)/");
    return MS_GEN_PUT(p, "failure: Sorry,_no_mailbox_here_by_that_name._(#5.1.1)/");
}

static char *put_remote_report(struct ms_gen *g, char *p, const struct ms_gen_life *l, const struct ms_gen_group *group,
                               uint32_t rcpt)
{
    char text[512];
    if (group->result == RESULT_SENT) {
        p = ms_gen_put_relay_ip(g, MS_GEN_PUT(p, "success: "), group);
        p = MS_GEN_PUT(p, "_accepted_message./Remote_host_said:_");
        return MS_GEN_PUT(put_safe(p, text, ms_gen_put_accepting(g, text, l, group)), "/");
    }
    if (group->reason == REASON_TIMEOUT)
        return MS_GEN_PUT(p, "deferral: Sorry,_I_wasn't_able_to_establish_an_SMTP_connection._(#4.4.1)/");
    if (group->reason == REASON_NO_HOST) {
        p = ms_gen_put_domain(&g->names, MS_GEN_PUT(p, "failure: Sorry,_I_couldn't_find_any_host_named_"),
                              group->domain);
        return MS_GEN_PUT(p, "._(#5.1.2)/");
    }
    p = group->result == RESULT_DEFERRED ? MS_GEN_PUT(p, "deferral: ") : MS_GEN_PUT(p, "failure: ");
    p = MS_GEN_PUT(ms_gen_put_relay_ip(g, p, group), "_does_not_like_recipient./Remote_host_said:_");
    p = put_safe(p, text, ms_gen_put_refusing(g, text, group, rcpt));
    p = ms_gen_put_relay_ip(g, MS_GEN_PUT(p, "/Giving_up_on_"), group);
    return MS_GEN_PUT(p, "./");
}

static void tried(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_group *group)
{
    for (unsigned i = 0; i < group->n; i++) {
        char *p = ms_gen_put_u(MS_GEN_PUT(line(g, l, l->host), "delivery "), group->delivery + i);
        p = MS_GEN_PUT(p, ": ");
        unsigned rcpt = group->first + i;
        p = group->agent == AGENT_LOCAL ? put_local_report(p, group) : put_remote_report(g, p, l, group, l->rcpt[rcpt]);
        ms_gen_line_end(g, p);
        if (g->truth)
            ms_gen_truth_attempt(g, l, group, rcpt);
        l->host->n_running[group->agent != AGENT_LOCAL]--;
        status(g, l->host);
    }
}

static void noticed(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_life *notice)
{
    char *p = ms_gen_put_id(MS_GEN_PUT(line(g, l, l->host), "bounce msg "), &l->id);
    ms_gen_line_end(g, ms_gen_put_u(MS_GEN_PUT(p, " qp "), notice->pid));
    ms_gen_say(g, notice, SAID_BOUNCE);
}

static void done(struct ms_gen *g, struct ms_gen_life *l)
{
    ms_gen_line_end(g, ms_gen_put_id(MS_GEN_PUT(line(g, l, l->host), "end msg "), &l->id));
}

static char *put_own_message_id(struct ms_gen *g, char *p, const struct ms_gen_life *l)
{
    p = MS_GEN_PUT(ms_gen_put_digits(g, p, l->message_id_seconds, 6), ".");
    return MS_GEN_PUT(ms_gen_put_id(p, &l->message_id_queue_id), ".qmail");
}

static char *put_taken(struct ms_gen *g, char *p, const struct ms_gen_life *l)
{
    p = ms_gen_put_u(MS_GEN_PUT(p, "250 ok "), g->now_ms / 1000);
    return ms_gen_put_u(MS_GEN_PUT(p, " qp "), l->pid);
}

static const char *agent(const struct ms_gen_group *group)
{
    return group->agent == AGENT_LOCAL ? "local" : "remote";
}

/* clang-format off */
#define HOOKS \
    .mta = "qmail", \
    .session_pool = QMAIL, \
    .queue_id = queue_id, \
    .accepted = arrived, \
    .trying = trying, \
    .tried = tried, \
    .noticed = noticed, \
    .done = done, \
    .put_own_message_id = put_own_message_id, \
    .put_taken = put_taken, \
    .agent = agent
/* clang-format on */

const struct ms_gen_writer ms_gen_qmail = {.name = "qmail", .host = host, HOOKS};
const struct ms_gen_writer ms_gen_qmail_multilog = {
    .name = "qmail-multilog", .host = bare_host, .stamp = MS_GEN_STAMP_NONE, HOOKS};
