/* Connections: strangers bring mail, are refused or go away; hosts of the farm hand mail on to each other. */
#include "gen/world.h"
#include "gen/writer.h"

static void plan(struct ms_gen *g, struct ms_gen_session *s, enum ms_gen_step step, uint32_t min_ms, uint32_t spread_ms)
{
    ms_gen_plan(&g->wheel, &s->task, step, g->now_ms + min_ms + ms_gen_below(&g->random, spread_ms));
}

static struct ms_gen_session *new_session(struct ms_gen *g, struct ms_gen_host *h, struct ms_gen_peer client)
{
    struct ms_gen_session *s = ms_gen_slab_take(&g->sessions);
    s->host = h;
    s->client = client;
    s->serial = g->n_sessions++;
    s->began_ms = g->now_ms;
    s->proc = ms_gen_proc_take(g, h, h->writer->session_pool);
    return s;
}

static void next(struct ms_gen *g, struct ms_gen_session *s)
{
    if (s->mails_left > 0)
        plan(g, s, STEP_MAIL, 5, 250);
    else if (s->refusals_left > 0)
        plan(g, s, STEP_REFUSE, 20, 500);
    else
        plan(g, s, STEP_CLOSE, 1, s->n_mails > 0 ? 60 : 2500);
}

static void begin(struct ms_gen *g, struct ms_gen_session *s)
{
    if (s->host->writer->connected != NULL)
        s->host->writer->connected(g, s);
    next(g, s);
}

static struct ms_gen_peer stranger(struct ms_gen *g)
{
    return (struct ms_gen_peer){NULL, ms_gen_pick_client(g)};
}

void ms_gen_session_mail(struct ms_gen *g, struct ms_gen_host *h)
{
    struct ms_gen_session *s = new_session(g, h, stranger(g));
    uint64_t dice = ms_gen_next(&g->random);
    s->mails_left = (uint8_t)(1 + ((dice & 15) == 0 ? dice >> 4 & 3 : 0));
    s->tls = (dice >> 8 & 7) == 0;
    s->lost = (dice >> 16 & 255) == 0;
    if ((dice >> 24 & 15) == 0)
        s->user = ms_gen_pick_own(g);
    begin(g, s);
}

void ms_gen_session_refused(struct ms_gen *g, struct ms_gen_host *h)
{
    static const uint8_t reasons[8] = {REASON_BLOCKLISTED,  REASON_BLOCKLISTED,  REASON_USER_UNKNOWN,
                                       REASON_USER_UNKNOWN, REASON_RELAY_DENIED, REASON_GREYLISTED,
                                       REASON_GREYLISTED,   REASON_SENDER_DOMAIN};
    struct ms_gen_session *s = new_session(g, h, stranger(g));
    uint64_t dice = ms_gen_next(&g->random);
    s->reason = reasons[dice & 7];
    s->refusals_left = (uint8_t)(1 + ((dice >> 8 & 7) == 0 ? dice >> 11 & 3 : 0));
    s->lost = (dice >> 16 & 7) == 0;
    s->sender = (dice >> 24 & 31) == 0 ? 0 : ms_gen_pick_world(g);
    begin(g, s);
}

void ms_gen_session_empty(struct ms_gen *g, struct ms_gen_host *h)
{
    struct ms_gen_session *s = new_session(g, h, stranger(g));
    s->lost = (ms_gen_next(&g->random) & 3) != 0;
    begin(g, s);
}

void ms_gen_session_hop(struct ms_gen *g, struct ms_gen_life *upstream, unsigned group)
{
    struct ms_gen_peer client = {upstream->host, 0};
    struct ms_gen_session *s = new_session(g, upstream->group[group].next_host, client);
    s->upstream = upstream;
    s->upstream_group = (uint8_t)group;
    s->mails_left = 1;
    ms_gen_at(g, s->host);
    begin(g, s);
    ms_gen_at(g, upstream->host);
}

/* ---- steps ---- */

static void refuse(struct ms_gen *g, struct ms_gen_session *s, uint8_t reason, uint32_t sender)
{
    struct ms_gen_refusal r = {.reason = reason, .sender = sender, .rcpt = ms_gen_pick_own(g)};
    if (reason == REASON_RELAY_DENIED)
        r.rcpt = ms_gen_pick_world(g);
    s->n_refused++;
    if (s->host->writer->refused != NULL)
        s->host->writer->refused(g, s, &r);
}

static void mail(struct ms_gen *g, struct ms_gen_session *s)
{
    struct ms_gen_life *l = ms_gen_life_new(g, s->host, ORIGIN_SMTPD);
    s->mails_left--;
    s->life = l;
    l->client = s->client;
    l->user = s->user;
    l->pid = s->proc->pid;
    if (s->upstream != NULL)
        ms_gen_life_follow(g, l, s->upstream, s->upstream_group);
    else
        ms_gen_life_fill(g, l);
    s->n_rcpt = (uint8_t)(s->n_rcpt + l->n_rcpt);
    s->host->writer->queue_id(g, l, s);
    if (s->host->writer->announced != NULL)
        s->host->writer->announced(g, l, s);
    if (s->upstream == NULL && (ms_gen_next(&g->random) & 127) == 0)
        refuse(g, s, REASON_USER_UNKNOWN, l->sender);
    if (s->lost) {
        s->mails_left = 0;
        l->aborted = true;
        plan(g, s, STEP_CLOSE, 500, 4000);
        return;
    }
    plan(g, s, STEP_RECEIVE, 3, 200);
}

static void receive(struct ms_gen *g, struct ms_gen_session *s)
{
    if (s->host->writer->content != NULL)
        s->host->writer->content(g, s->life);
    plan(g, s, STEP_ACCEPT, 2, 60);
}

static void accept_mail(struct ms_gen *g, struct ms_gen_session *s)
{
    struct ms_gen_life *l = s->life, *up = s->upstream;
    s->host->writer->accepted(g, l);
    s->n_mails++;
    s->life = NULL;
    if (up != NULL) {
        char text[256];
        up->next_id = l->id;
        up->taken.n = (uint8_t)(s->host->writer->put_taken(g, text, l) - text);
        memcpy(up->taken.text, text, sizeof up->taken.text);
        ms_gen_plan(&g->wheel, &up->task, STEP_LIFE_RESULT, g->now_ms + 1 + ms_gen_below(&g->random, 20));
        s->upstream = NULL;
    }
    ms_gen_life_queued(g, l);
    next(g, s);
}

static void close_session(struct ms_gen *g, struct ms_gen_session *s)
{
    if (s->life != NULL)
        s->life->lost |= g->muted;
    if (s->host->writer->closed != NULL)
        s->host->writer->closed(g, s);
    if (s->life != NULL)
        ms_gen_life_end(g, s->life);
    ms_gen_proc_give(g, s->host, s->host->writer->session_pool, s->proc);
    ms_gen_slab_give(&g->sessions, s);
}

void ms_gen_session_step(struct ms_gen *g, struct ms_gen_session *s)
{
    switch (s->task.step) {
    case STEP_MAIL:
        mail(g, s);
        return;
    case STEP_RECEIVE:
        receive(g, s);
        return;
    case STEP_ACCEPT:
        accept_mail(g, s);
        return;
    case STEP_REFUSE:
        s->refusals_left--;
        refuse(g, s, s->reason, s->sender);
        next(g, s);
        return;
    default:
        close_session(g, s);
    }
}
