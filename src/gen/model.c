/* What happens to mails: who sends what to whom, which way it goes, what becomes of it. In no dialect. */
#include "gen/world.h"
#include "gen/writer.h"

enum { FIRST_RETRY_MS = 300 * 1000, LAST_RETRY_MS = 4000 * 1000, QUEUE_LIFETIME_MS = 5 * 86400 * 1000, MAX_HOPS = 2 };

static void plan(struct ms_gen *g, struct ms_gen_life *l, enum ms_gen_step step, uint64_t min_ms, uint32_t spread_ms)
{
    ms_gen_plan(&g->wheel, &l->task, step, g->now_ms + min_ms + ms_gen_below(&g->random, spread_ms));
}

struct ms_gen_life *ms_gen_life_new(struct ms_gen *g, struct ms_gen_host *h, enum ms_gen_origin origin)
{
    struct ms_gen_life *l = ms_gen_slab_take(&g->lives);
    l->used = true;
    l->host = h;
    l->origin = (uint8_t)origin;
    l->made_ms = g->now_ms;
    return l;
}

/* ---- which way ---- */

static struct ms_gen_host *other_host(struct ms_gen *g, const struct ms_gen_host *h)
{
    unsigned n = g->o->hosts;
    return &g->hosts[(h->number + 1 + ms_gen_below(&g->random, n - 1)) % n];
}

static void set_way(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_group *group)
{
    uint32_t rcpt = l->rcpt[group->first];
    group->domain = ms_gen_domain_of(rcpt);
    group->agent = (rcpt & MS_GEN_OWN) != 0 ? AGENT_LOCAL : AGENT_REMOTE;
    if (g->o->hosts > 1 && l->hops < MAX_HOPS && CHANCE(g, hops)) {
        group->agent = AGENT_HOP;
        group->next_host = other_host(g, l->host);
    }
}

static void add_group(struct ms_gen *g, struct ms_gen_life *l, unsigned first, unsigned n)
{
    struct ms_gen_group *group = &l->group[l->n_groups++];
    group->first = (uint8_t)first;
    group->n = (uint8_t)n;
    set_way(g, l, group);
}

static bool is_recipient(const struct ms_gen_life *l, uint32_t address)
{
    for (unsigned i = 0; i < l->n_rcpt; i++)
        if (l->rcpt[i] == address)
            return true;
    return false;
}

/* Most mails have one recipient; the rest go in up to three groups. Nobody gets a mail twice. */
static void add_recipients(struct ms_gen *g, struct ms_gen_life *l, bool own)
{
    uint64_t dice = ms_gen_next(&g->random);
    unsigned n = (dice & 7) != 0 ? 1 : 2 + (unsigned)(((dice >> 3 & 1023) * (dice >> 13 & 1023) * 7) >> 20);
    for (unsigned drawn = 0; drawn < n; drawn++) {
        uint32_t rcpt = own ? ms_gen_pick_own(g) : ms_gen_pick_world(g);
        if (is_recipient(l, rcpt))
            continue;
        if (own && (ms_gen_next(&g->random) & 31) == 0) /* an alias */
            l->original[l->n_rcpt] = ms_gen_pick_own(g);
        l->rcpt[l->n_rcpt++] = rcpt;
    }
    n = l->n_rcpt;
    unsigned groups = n == 1 || own ? 1 : 1 + (unsigned)(dice >> 32) % (n < MS_GEN_MAX_GROUPS ? n : MS_GEN_MAX_GROUPS);
    unsigned first = 0;
    for (unsigned i = 0; i < groups; i++) {
        unsigned size = i + 1 == groups ? n - first : n / groups;
        add_group(g, l, first, size);
        first += size;
    }
}

void ms_gen_own_message_id(struct ms_gen *g, struct ms_gen_life *l)
{
    l->message_id_kind = MESSAGE_ID_OWN;
    l->message_id_queue_id = l->id;
    l->message_id_host = l->host;
    l->message_id_seconds = (int64_t)(g->now_ms / 1000);
}

void ms_gen_life_fill(struct ms_gen *g, struct ms_gen_life *l)
{
    uint64_t dice = ms_gen_next(&g->random);
    bool outbound = l->origin == ORIGIN_PICKUP ? (dice & 15) < 8 : l->user != 0;
    l->mail = ++g->n_mails;
    if (l->user != 0)
        l->sender = l->user;
    else if (l->origin == ORIGIN_PICKUP)
        l->sender = ms_gen_pick_own(g);
    else
        l->sender = (dice >> 4 & 15) == 0 ? 0 : ms_gen_pick_world(g);
    add_recipients(g, l, !outbound);
    uint32_t size = (uint32_t)(dice >> 8) & 0xfff;
    l->size_bytes = 600 + size * size / (1 + ((uint32_t)(dice >> 20) & 31)); /* few large ones */
    l->message_id_kind = (dice >> 40 & 255) == 0 ? MESSAGE_ID_NONE : MESSAGE_ID_FOREIGN;
    l->message_id = ms_gen_next(&g->random);
}

void ms_gen_life_follow(struct ms_gen *g, struct ms_gen_life *l, const struct ms_gen_life *from, unsigned which)
{
    const struct ms_gen_group *group = &from->group[which];
    l->mail = from->mail;
    l->hops = (uint8_t)(from->hops + 1);
    l->sender = from->sender;
    l->size_bytes = from->size_bytes + 200 + (uint32_t)(from->mail & 63);
    l->message_id_kind = from->message_id_kind;
    l->message_id = from->message_id;
    l->message_id_queue_id = from->message_id_queue_id;
    l->message_id_host = from->message_id_host;
    l->message_id_seconds = from->message_id_seconds;
    l->n_rcpt = group->n;
    memcpy(l->rcpt, from->rcpt + group->first, group->n * sizeof *l->rcpt);
    add_group(g, l, 0, l->n_rcpt);
}

void ms_gen_pickup(struct ms_gen *g, struct ms_gen_host *h)
{
    struct ms_gen_life *l = ms_gen_life_new(g, h, ORIGIN_PICKUP);
    ms_gen_life_fill(g, l);
    l->uid = 1000 + (uint32_t)ms_gen_mix64(l->sender) % 500;
    l->pid = ms_gen_new_pid(g, h);
    h->writer->queue_id(g, l, NULL);
    if ((ms_gen_next(&g->random) & 1) != 0)
        ms_gen_own_message_id(g, l);
    if (h->writer->announced != NULL)
        h->writer->announced(g, l, NULL);
    plan(g, l, STEP_LIFE_CONTENT, 1, 40);
}

/* ---- what becomes of it ---- */

static enum ms_gen_result draw_result(struct ms_gen *g, const struct ms_gen_group *group)
{
    uint64_t dice = ms_gen_next(&g->random) >> 32;
    if (group->dead)
        return RESULT_DEFERRED;
    if (group->attempts > 0) /* most of what was put off goes through the next time */
        return dice < UINT64_C(0xa0000000)   ? RESULT_SENT
               : dice < UINT64_C(0xa4000000) ? RESULT_BOUNCED
                                             : RESULT_DEFERRED;
    if (dice < g->share.deferred)
        return RESULT_DEFERRED;
    return group->agent != AGENT_HOP && dice < g->share.deferred + g->share.bounced ? RESULT_BOUNCED : RESULT_SENT;
}

static enum ms_gen_reason draw_reason(struct ms_gen *g, const struct ms_gen_group *group)
{
    static const uint8_t deferred[4] = {REASON_GREYLISTED, REASON_GREYLISTED, REASON_MAILBOX_FULL, REASON_TIMEOUT};
    static const uint8_t bounced[4] = {REASON_USER_UNKNOWN, REASON_USER_UNKNOWN, REASON_SPAM, REASON_NO_HOST};
    unsigned dice = (unsigned)(ms_gen_next(&g->random) >> 62);
    if (group->result == RESULT_SENT)
        return REASON_NONE;
    if (group->agent == AGENT_LOCAL)
        return group->result == RESULT_DEFERRED ? REASON_MAILBOX_FULL : REASON_USER_UNKNOWN;
    if (group->agent == AGENT_HOP)
        return REASON_TIMEOUT;
    return group->result == RESULT_DEFERRED ? deferred[dice] : bounced[dice];
}

static void try_group(struct ms_gen *g, struct ms_gen_life *l)
{
    l->at_group = (uint8_t)__builtin_ctz(l->todo);
    l->todo &= (uint8_t)(l->todo - 1);
    struct ms_gen_group *group = &l->group[l->at_group];
    l->try_ms = g->now_ms;
    group->result = (uint8_t)draw_result(g, group);
    if (group->result == RESULT_DEFERRED && group->attempts == 0)
        group->dead = (ms_gen_next(&g->random) & 15) == 0;
    group->reason = (uint8_t)draw_reason(g, group);
    group->attempts += group->attempts < UINT8_MAX;
    if (l->host->writer->trying != NULL)
        l->host->writer->trying(g, l, group);
    if (group->agent == AGENT_HOP && group->result == RESULT_SENT)
        ms_gen_session_hop(g, l, l->at_group); /* plans our result when it has taken the mail */
    else if (group->reason == REASON_TIMEOUT)
        plan(g, l, STEP_LIFE_RESULT, 30000, 50);
    else
        plan(g, l, STEP_LIFE_RESULT, 5, group->agent == AGENT_LOCAL ? 300 : 3000);
}

void ms_gen_life_queued(struct ms_gen *g, struct ms_gen_life *l)
{
    l->todo = (uint8_t)((1u << l->n_groups) - 1);
    try_group(g, l);
}

static bool any(const struct ms_gen_life *l, enum ms_gen_result result)
{
    for (unsigned i = 0; i < l->n_groups; i++)
        if (l->group[i].result == result)
            return true;
    return false;
}

/* The sender is told of what failed since the last time, by a mail of its own. */
static void report_failure(struct ms_gen *g, struct ms_gen_life *l)
{
    bool due = false;
    for (unsigned i = 0; i < l->n_groups; i++) {
        due |= l->group[i].bounce_due;
        l->group[i].bounce_due = false;
    }
    if (!due || l->sender == 0)
        return;
    struct ms_gen_life *notice = ms_gen_life_new(g, l->host, ORIGIN_BOUNCE);
    notice->mail = ++g->n_mails;
    notice->n_rcpt = 1;
    notice->rcpt[0] = l->sender;
    notice->size_bytes = 2400 + l->size_bytes / 2;
    notice->pid = l->pid;
    notice->hops = MAX_HOPS - 1;
    add_group(g, notice, 0, 1);
    l->host->writer->queue_id(g, notice, NULL);
    ms_gen_own_message_id(g, notice);
    if (l->host->writer->content != NULL)
        l->host->writer->content(g, notice);
    l->host->writer->noticed(g, l, notice);
    plan(g, notice, STEP_LIFE_ACCEPT, 1, 25);
}

static void put_off(struct ms_gen *g, struct ms_gen_life *l)
{
    if (g->now_ms - l->made_ms >= QUEUE_LIFETIME_MS) {
        for (unsigned i = 0; i < l->n_groups; i++)
            if (l->group[i].result == RESULT_DEFERRED) {
                l->group[i].result = RESULT_EXPIRED;
                l->group[i].bounce_due = true;
            }
        if (l->host->writer->expired != NULL)
            l->host->writer->expired(g, l);
        report_failure(g, l);
        plan(g, l, STEP_LIFE_DONE, 1, 10);
        return;
    }
    uint64_t wait = FIRST_RETRY_MS;
    for (unsigned i = 1; i < l->n_retries && wait < LAST_RETRY_MS; i++)
        wait *= 2;
    plan(g, l, STEP_LIFE_RETRY, wait < LAST_RETRY_MS ? wait : LAST_RETRY_MS, 60000);
}

static void result(struct ms_gen *g, struct ms_gen_life *l)
{
    struct ms_gen_group *group = &l->group[l->at_group];
    group->took_ms = (uint32_t)(g->now_ms - l->try_ms);
    group->bounce_due = group->result == RESULT_BOUNCED;
    l->host->writer->tried(g, l, group);
    if (l->todo != 0) {
        plan(g, l, STEP_LIFE_TRY, 1, 20);
        return;
    }
    report_failure(g, l);
    if (any(l, RESULT_DEFERRED))
        put_off(g, l);
    else
        plan(g, l, STEP_LIFE_DONE, 1, 10);
}

static void retry(struct ms_gen *g, struct ms_gen_life *l)
{
    l->n_retries += l->n_retries < UINT8_MAX;
    if (l->host->writer->retried != NULL)
        l->host->writer->retried(g, l);
    for (unsigned i = 0; i < l->n_groups; i++)
        if (l->group[i].result == RESULT_DEFERRED)
            l->todo |= (uint8_t)(1u << i);
    plan(g, l, STEP_LIFE_TRY, 1, 60);
}

void ms_gen_life_end(struct ms_gen *g, struct ms_gen_life *l)
{
    ms_gen_truth_life(g, l);
    if (l->done)
        ms_gen_park_id(g, l);
    l->used = false;
    ms_gen_slab_give(&g->lives, l);
}

void ms_gen_life_step(struct ms_gen *g, struct ms_gen_life *l)
{
    const struct ms_gen_writer *w = l->host->writer;
    switch (l->task.step) {
    case STEP_LIFE_CONTENT:
        if (w->content != NULL)
            w->content(g, l);
        plan(g, l, STEP_LIFE_ACCEPT, 1, 40);
        return;
    case STEP_LIFE_ACCEPT:
        w->accepted(g, l);
        ms_gen_life_queued(g, l);
        return;
    case STEP_LIFE_TRY:
        try_group(g, l);
        return;
    case STEP_LIFE_RESULT:
        result(g, l);
        return;
    case STEP_LIFE_RETRY:
        retry(g, l);
        return;
    default:
        if (w->done != NULL)
            w->done(g, l);
        l->done = true;
        ms_gen_life_end(g, l);
    }
}
