/* The life of a queue file: made, activated, delivered, put off, bounced, forwarded, removed. */
#include "support/streamgen_internal.h"

#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000)

static void deliver(struct gen *g, void *object, int i);

void life_plan(struct gen *g, struct life *l, int64_t in_us, event_fn fn, int arg)
{
    l->refs++;
    plan(g, in_us, fn, l, arg);
}

static void park(struct gen *g, struct host *h, const char *id)
{
    bool soon = chance(g, 0.5);
    struct parked *ring = soon ? h->soon : h->hours;
    uint32_t *head = soon ? &h->soon_head : &h->hours_head, *n = soon ? &h->soon_n : &h->hours_n;
    if (*n == PARKED_MAX) {
        *head = (*head + 1) % PARKED_MAX;
        --*n;
    }
    struct parked *p = &ring[(*head + (*n)++) % PARKED_MAX];
    strcpy(p->id, id);
    p->free_at = g->now + (int64_t)(soon ? below(g, 5 * SECOND) : 3600 * SECOND + below(g, 7200 * SECOND));
}

/* The oldest parked ID that is free; from `soon` only while it really is soon. */
static bool unpark(struct gen *g, struct host *h, bool soon, char *id)
{
    struct parked *ring = soon ? h->soon : h->hours;
    uint32_t *head = soon ? &h->soon_head : &h->hours_head, *n = soon ? &h->soon_n : &h->hours_n;
    while (*n && ring[*head].free_at <= g->now) {
        struct parked *p = &ring[*head];
        *head = (*head + 1) % PARKED_MAX;
        --*n;
        if (soon && p->free_at + 10 * SECOND < g->now)
            continue;
        strcpy(id, p->id);
        return true;
    }
    return false;
}

/* One reference less; at the last the truth is told, and the ID may be used again. */
void life_release(struct gen *g, struct life *l)
{
    if (--l->refs > 0 || !(l->ended || l->aborted || l->rejected || l->held))
        return;
    if (g->truth)
        truth_life(g, l);
    g->n_lives++;
    if (!l->host->long_ids && g->o.reuse > 0 && !g->o.hostile && !l->held)
        park(g, l->host, l->id);
    l->prev->next = l->next;
    l->next->prev = l->prev;
    free(l);
}

struct life *life_create(struct gen *g, struct host *h, enum origin origin, bool may_reuse)
{
    struct life *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    l->prev = g->lives.prev;
    l->next = &g->lives;
    l->prev->next = g->lives.prev = l;
    l->host = h;
    l->origin = (uint8_t)origin;
    bool soon = chance(g, 0.5);
    l->reused = may_reuse && chance(g, g->o.reuse) && (unpark(g, h, soon, l->id) || unpark(g, h, !soon, l->id));
    if (!l->reused)
        queue_id_make(g, h, l->id);
    l->made = g->now;
    l->sender = pick_address(g);
    l->null_sender = origin == O_BOUNCE || (origin == O_SMTPD && chance(g, 0.03));
    l->mid = rnd(g) >> 20;
    l->mid_kind = chance(g, 0.01) ? MID_EMPTY : chance(g, 0.01) ? MID_ODD : origin == O_PICKUP ? MID_OWN : MID_NORMAL;
    l->size_bytes = 400 + (uint32_t)below(g, 60000);
    l->uid = chance(g, 0.3) ? 0 : 1000 + (uint32_t)below(g, 40);
    l->subject = chance(g, 0.1) ? 1 + (uint32_t)below(g, 1000) : 0;
    l->n_rcpt = (uint8_t)(chance(g, 0.75) ? 1 : 1 + below(g, MAX_RCPT));
    for (int i = 0; i < l->n_rcpt; i++) {
        struct rcpt *r = &l->rcpt[i];
        static const uint8_t agents[16] = {AG_LMTP, AG_LMTP, AG_LMTP, AG_LOCAL, AG_LOCAL, AG_VIRTUAL, AG_PIPE};
        r->address = pick_address(g) + 50000;
        for (int j = 0; j < i; j++) /* Postfix delivers to an address once */
            if (l->rcpt[j].address / 2 == r->address / 2) {
                r->address += 9973;
                j = -1;
            }
        unsigned a = (unsigned)(mix64(r->address) >> 20) % 16;
        r->agent = a < 7 ? agents[a] : AG_SMTP;
        r->original = r->agent != AG_SMTP && chance(g, 0.2) ? r->address + 1 : 0;
        r->late = i == 0 && chance(g, g->o.late / 2);
    }
    return l;
}

static uint32_t cleanup_pid(struct gen *g)
{
    return 400 + (uint32_t)below(g, 8);
}

void life_message_id(struct gen *g, struct life *l)
{
    char text[256];
    message_id_text(text, sizeof text, l);
    life_line(g, l, "postfix/cleanup", cleanup_pid(g), L_MESSAGE_ID);
    put(g, "message-id=");
    put(g, l->mid_kind == MID_ODD ? "" : "<");
    put(g, text);
    put(g, l->mid_kind == MID_ODD ? "" : ">");
    line_end(g);
    l->logged |= LOGGED_MESSAGE_ID;
}

/* Cleanup's lines while the content comes in; then qmgr takes over. */
void life_content(struct gen *g, struct life *l, bool say_message_id)
{
    if (l->subject) {
        static const char *const subject[] = {"hello", "Re: status=sent (250 ok)", "to=<x@y.example>, relay=none",
                                              "=?utf-8?B?R3LDvMOfZQ==?=", "from=<a@b>"};
        life_line(g, l, "postfix/cleanup", cleanup_pid(g), L_HEADER);
        put(g, "info: header Subject: ");
        put(g, subject[l->subject % 5]);
        put(g, " from ");
        if (l->origin == O_SMTPD)
            put_client(g, l->client);
        else
            put(g, "local");
        put(g, "; from=<");
        if (!l->null_sender)
            put_address(g, l->sender);
        put(g, "> to=<");
        put_address(g, l->rcpt[l->n_rcpt - 1].address);
        put(g, l->origin == O_SMTPD ? "> proto=ESMTP helo=<mail.example>" : ">");
        line_end(g);
    }
    if (say_message_id)
        life_message_id(g, l);
    life_plan(g, l, 2 * MS + (int64_t)below(g, 80 * MS), life_active, 0);
}

void life_active(struct gen *g, void *object, int arg)
{
    struct life *l = object;
    if (l->ended || l->held)
        goto out;
    life_line(g, l, "postfix/qmgr", l->host->qmgr_pid, L_ACTIVE);
    put(g, "from=<");
    if (!l->null_sender)
        put_address(g, l->sender);
    put(g, ">, size=");
    put_u(g, l->size_bytes);
    put(g, ", nrcpt=");
    put_u(g, l->n_rcpt);
    put(g, " (queue active)");
    line_end(g);
    l->logged |= LOGGED_FROM;
    l->n_activations++;
    if (l->upstream && l->n_activations == 1) {
        life_plan(g, l->upstream, MS + (int64_t)below(g, 30 * MS), life_handed_over, l->upstream_rcpt);
        life_release(g, l->upstream); /* the one this life held */
        l->upstream = NULL;
    }
    for (int i = 0; i < l->n_rcpt; i++)
        if (l->rcpt[i].status == ST_NONE || l->rcpt[i].status == ST_DEFERRED) {
            l->n_pending++;
            life_plan(g, l, 10 * MS + (int64_t)below(g, chance(g, 0.2) ? 8 * SECOND : SECOND), deliver, i);
        }
out:
    (void)arg;
    life_release(g, l);
}

void put_relay(struct gen *g, const struct life *l, const struct rcpt *r)
{
    unsigned d = (unsigned)(mix64(r->address) >> 8) % 61;
    switch (r->agent) {
    case AG_LMTP:
        put(g, l->host->domain);
        put(g, "[private/dovecot-lmtp]");
        return;
    case AG_LOCAL:
        put(g, "local");
        return;
    case AG_VIRTUAL:
        put(g, "virtual");
        return;
    case AG_PIPE:
        put(g, "spamfilter");
        return;
    default:
        break;
    }
    if (r->next_host) {
        put(g, r->next_host->domain);
        put(g, "[");
        put(g, r->next_host->ip);
        put(g, "]:25");
        return;
    }
    put(g, "mx.d");
    put_u(g, d);
    put(g, d % 9 == 0 ? ".example[2001:db8:25::" : ".example[203.0.113.");
    put_u(g, 1 + d);
    put(g, "]:25");
}

static void put_reply(struct gen *g, const struct life *l, const struct rcpt *r, enum status st)
{
    if (st == ST_DEFERRED || st == ST_BOUNCED) {
        if (r->agent == AG_SMTP) {
            put(g, "host ");
            put_relay(g, l, r);
            g->cur->n -= 3; /* without :25 */
            put(g, st == ST_DEFERRED ? " said: 450 4.2.0 <" : " said: 550 5.1.1 <");
            put_address(g, r->address);
            put(g, st == ST_DEFERRED ? ">: Recipient address rejected: Greylisted" : ">... no such user :-) (really");
            put(g, " (in reply to RCPT TO command)");
        } else {
            put(g, st == ST_DEFERRED ? "temporary failure" : "unknown user: \"");
            if (st == ST_BOUNCED) {
                put_u(g, r->address);
                put(g, "\"");
            }
        }
        return;
    }
    switch (r->agent) {
    case AG_LMTP:
        put(g, "250 2.0.0 <");
        put_address(g, r->address);
        put(g, "> Saved");
        return;
    case AG_LOCAL:
        put(g, r->next_id[0] ? "forwarded as " : "delivered to maildir");
        put(g, r->next_id);
        return;
    case AG_VIRTUAL:
        put(g, "delivered to mailbox");
        return;
    case AG_PIPE:
        put(g, "delivered via spamfilter service");
        return;
    default:
        put(g, r->next_id[0] ? "250 2.0.0 Ok: queued as " : "250 2.0.0 OK accepted - gw");
        put(g, r->next_id);
    }
}

static void status_line(struct gen *g, struct life *l, int i, enum status st)
{
    static const char *const program[] = {"postfix/smtp", "postfix/lmtp", "postfix/local", "postfix/virtual",
                                          "postfix/pipe"};
    static const uint32_t pid[] = {500, 540, 560, 580, 600};
    struct rcpt *r = &l->rcpt[i];
    bool relay = r->agent == AG_SMTP && r->next_host;
    const char *name = relay ? "postfix/relay/smtp" : program[r->agent];
    uint32_t its_pid = pid[r->agent] + (uint32_t)below(g, 16);
    bool told = r->agent == AG_SMTP && g->o.client_tls > 0, conn_use = false;
    if (told) /* two requests for one mail by one process within the rounding of delays= can't be told apart */
        its_pid = pid[AG_SMTP] + 2 * (uint32_t)i + its_pid % 2;
    enum tls tls = told ? client_tls(g, l, r, name, its_pid, &conn_use) : TLS_UNTOLD;
    life_line(g, l, name, its_pid, L_STATUS);
    g->cur->tls = (uint8_t)tls;
    g->cur->stay = told;
    g->cur->rcpt = (uint8_t)i;
    g->cur->status = (uint8_t)st;
    put(g, "to=<");
    put_address(g, r->address);
    if (r->original) {
        put(g, ">, orig_to=<");
        put_address(g, r->original);
    }
    put(g, ">, relay=");
    put_relay(g, l, r);
    int64_t all = g->now - l->made, in = all / 4, wait = all / 8;
    if (conn_use || (!told && r->agent == AG_SMTP && st == ST_SENT && chance(g, 0.05)))
        put(g, ", conn_use=2");
    put(g, ", delay=");
    put_seconds(g, all);
    put(g, ", delays=");
    put_seconds(g, in);
    put(g, "/");
    put_seconds(g, wait);
    put(g, "/0/");
    put_seconds(g, all - in - wait);
    put(g, st == ST_SENT       ? ", dsn=2.0.0, status=sent ("
           : st == ST_DEFERRED ? ", dsn=4.2.0, status=deferred ("
                               : ", dsn=5.1.1, status=bounced (");
    put_reply(g, l, r, st);
    put(g, ")");
    line_end(g);
}

static void late_status(struct gen *g, void *object, int i)
{
    struct life *l = object;
    status_line(g, l, i, ST_SENT);
    life_release(g, l);
}

static void removed(struct gen *g, void *object, int by_admin)
{
    struct life *l = object;
    if (l->ended || (by_admin && l->n_pending)) {
        life_release(g, l);
        return;
    }
    life_line(g, l, by_admin ? "postfix/postsuper" : "postfix/qmgr", by_admin ? 700 : l->host->qmgr_pid, L_REMOVED);
    put(g, "removed");
    l->ended = true;
    l->deleted = by_admin;
    line_end(g);
    for (int i = 0; i < l->n_rcpt; i++)
        if (l->rcpt[i].late && l->rcpt[i].status == ST_SENT)
            life_plan(g, l, (int64_t)below(g, 5 * SECOND), late_status, i);
    if (g->o.hostile && g->o.reuse > 0 && !l->host->long_ids)
        park(g, l->host, l->id); /* before its late lines */
    life_release(g, l);
}

static void notification(struct gen *g, void *object, int is_delay)
{
    struct life *l = object;
    if (!l->ended) {
        life_line(g, l, "postfix/bounce", l->host->bounce_pid, L_LIFE_OTHER);
        put(g, is_delay ? "sender delay notification: " : "sender non-delivery notification: ");
        put(g, l->notice);
        line_end(g);
        if (!is_delay)
            life_plan(g, l, MS + (int64_t)below(g, 5 * MS), removed, 0);
    }
    life_release(g, l);
}

/* The notice is accepted, and perhaps on its way, before the parent's line names it. */
static void send_notice(struct gen *g, struct life *l, bool is_delay)
{
    struct life *n = life_create(g, l->host, O_BOUNCE, g->o.hostile);
    n->n_rcpt = 1;
    n->mid_kind = MID_OWN;
    n->subject = 0;
    n->rcpt[0] = (struct rcpt){.address = l->sender, .agent = AG_SMTP};
    strcpy(l->notice, n->id);
    life_content(g, n, true);
    life_plan(g, l, MS + (int64_t)below(g, 40 * MS), notification, is_delay);
}

static void finish(struct gen *g, struct life *l, bool failed)
{
    if (failed && !l->null_sender)
        send_notice(g, l, false);
    else
        life_plan(g, l, MS + (int64_t)below(g, 10 * MS), removed, 0);
}

static void expire(struct gen *g, struct life *l)
{
    life_line(g, l, "postfix/qmgr", l->host->qmgr_pid, L_LIFE_OTHER);
    put(g, "from=<");
    if (!l->null_sender)
        put_address(g, l->sender);
    put(g, ">, status=expired, returned to sender");
    line_end(g);
    l->expired = true;
    finish(g, l, true);
}

static void hold(struct gen *g, void *object, int arg)
{
    struct life *l = object;
    (void)arg;
    if (!l->ended && !l->n_pending) {
        life_line(g, l, "postfix/postsuper", 701, L_LIFE_OTHER);
        put(g, "placed on hold");
        line_end(g);
        l->held = true;
    }
    life_release(g, l);
}

/* All recipients of this activation have an answer: done, or put off. */
static void settle(struct gen *g, struct life *l)
{
    bool open = false, failed = false;
    for (int i = 0; i < l->n_rcpt; i++) {
        open |= l->rcpt[i].status == ST_DEFERRED;
        failed |= l->rcpt[i].status == ST_BOUNCED;
    }
    if (!open) {
        finish(g, l, failed);
        return;
    }
    for (int i = 0; i < l->n_rcpt; i++)
        if (l->rcpt[i].late && l->rcpt[i].status == ST_SENT) { /* `removed` is far away: only seconds late is real */
            status_line(g, l, i, ST_SENT);
            l->rcpt[i].late = false;
        }
    if (l->n_activations >= 6) {
        expire(g, l);
        return;
    }
    int64_t wait = (300 + (int64_t)below(g, 120)) * SECOND << (l->n_activations - 1);
    if (l->n_activations == 2 && !l->null_sender && chance(g, 0.3))
        send_notice(g, l, true);
    if (chance(g, 0.03))
        life_plan(g, l, wait / 2, chance(g, 0.5) ? hold : removed, 1);
    life_plan(g, l, wait, life_active, 0);
}

static void answered(struct gen *g, struct life *l)
{
    if (--l->n_pending == 0)
        settle(g, l);
}

static void answer(struct gen *g, struct life *l, int i, enum status st)
{
    struct rcpt *r = &l->rcpt[i];
    r->status = (uint8_t)st;
    if (!(r->late && st == ST_SENT))
        status_line(g, l, i, st);
    answered(g, l);
}

void life_handed_over(struct gen *g, void *object, int i)
{
    struct life *l = object;
    answer(g, l, i, ST_SENT);
    life_release(g, l);
}

static void forward(struct gen *g, struct life *l, int i)
{
    struct rcpt *r = &l->rcpt[i];
    struct life *n = life_create(g, l->host, O_FORWARD, g->o.hostile);
    n->sender = l->sender;
    n->null_sender = l->null_sender;
    n->mid = l->mid;
    n->mid_kind = l->mid_kind == MID_OWN ? MID_NORMAL : l->mid_kind;
    n->subject = 0;
    n->n_rcpt = 1;
    n->rcpt[0].agent = AG_SMTP;
    n->rcpt[0].original = 0;
    strcpy(r->next_id, n->id);
    r->next_host = l->host;
    life_content(g, n, true);
    life_plan(g, l, MS + (int64_t)below(g, 60 * MS), life_handed_over, i);
}

static void deliver(struct gen *g, void *object, int i)
{
    struct life *l = object;
    struct rcpt *r = &l->rcpt[i];
    bool tried = r->n_planned++ > 0;
    if (chance(g, tried ? (g->o.deferred > 0 ? 0.55 : 0) : g->o.deferred)) {
        answer(g, l, i, ST_DEFERRED);
    } else if (chance(g, g->o.bounces)) {
        answer(g, l, i, ST_BOUNCED);
    } else if (r->agent == AG_SMTP && l->origin != O_BOUNCE && !tried && g->o.hosts > 1 && chance(g, g->o.hops)) {
        r->next_host =
            g->hosts[((uint64_t)l->host->number + 1 + below(g, (uint64_t)g->o.hosts - 1)) % (uint64_t)g->o.hosts];
        session_start(g, r->next_host, l, i);
    } else if (r->agent == AG_LOCAL && !tried && chance(g, 0.3)) {
        forward(g, l, i);
    } else {
        if (r->agent == AG_SMTP && chance(g, 0.7)) /* an ID of a foreign host */
            snprintf(r->next_id, sizeof r->next_id, "%llX", (unsigned long long)(rnd(g) >> 24 | UINT64_C(1) << 39));
        answer(g, l, i, ST_SENT);
    }
    life_release(g, l);
}

void life_pickup(struct gen *g, struct host *h)
{
    struct life *l = life_create(g, h, O_PICKUP, true);
    g->n_mails++;
    l->null_sender = false;
    life_line(g, l, "postfix/pickup", h->pickup_pid, L_CLIENT);
    put(g, "uid=");
    put_u(g, l->uid);
    put(g, " from=<");
    put_address(g, l->sender);
    put(g, ">");
    line_end(g);
    life_content(g, l, true);
}
