/* SMTP connections: one smtpd process serves one client at a time, and the next one soon after. */
#include "support/streamgen_internal.h"

#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000)

enum step { S_CONNECT, S_TLS, S_AUTH, S_MAIL, S_CLIENT, S_RCPT, S_DATA, S_QUIT };
enum end { END_QUIT, END_LOST, END_TIMEOUT };

static void step(struct gen *g, void *object, int arg);

static const char *program(const struct session *s)
{
    return s->submission ? "postfix/submission/smtpd" : "postfix/smtpd";
}

static void next_step(struct gen *g, struct session *s, enum step to, int64_t at_most_us)
{
    s->step = (uint8_t)to;
    s->refs++;
    plan(g, MS + (int64_t)below(g, (uint64_t)at_most_us), step, s, 0);
}

void session_release(struct gen *g, struct session *s)
{
    if (--s->refs > 0 || !(s->ended || s->crashed))
        return;
    if (g->truth)
        truth_session(g, s);
    g->n_sessions++;
    s->prev->next = s->next;
    s->next->prev = s->prev;
    free(s);
}

/* The process that was freed last takes the next client, as Postfix's master does it by and large. */
static bool proc_take(struct gen *g, struct host *h, bool submission, struct session *s)
{
    for (int i = h->n_idle - 1; i >= 0; i--)
        if (h->idle[i].submission == submission) {
            s->pid = h->idle[i].pid;
            s->served = h->idle[i].served;
            memmove(&h->idle[i], &h->idle[i + 1], (size_t)(h->n_idle - 1 - i) * sizeof h->idle[0]);
            h->n_idle--;
            return true;
        }
    for (uint32_t i = 0; i < h->pid_range; i++) {
        uint32_t slot = (h->next_pid++ - h->pid_base) % h->pid_range;
        if (!h->pid_used[slot]) {
            h->pid_used[slot] = 1;
            s->pid = h->pid_base + slot;
            s->served = 0;
            return true;
        }
    }
    (void)g;
    return false;
}

static void proc_free(struct gen *g, struct session *s, bool exits)
{
    struct host *h = s->host;
    if (exits || ++s->served >= (g->o.pid_reuse ? 5 : 100) || h->n_idle == PROCS_MAX)
        h->pid_used[s->pid - h->pid_base] = 0;
    else
        h->idle[h->n_idle++] = (struct proc){s->pid, s->served, s->submission};
}

static void smtpd_line(struct gen *g, struct session *s)
{
    line_begin(g, s->host, program(s), s->pid, L_SMTPD);
    g->cur->session = s;
}

static void life_client_line(struct gen *g, struct session *s)
{
    struct life *l = s->life;
    life_line(g, l, program(s), s->pid, L_CLIENT);
    g->cur->session = s;
    put(g, "client=");
    put_client(g, s->client);
    if (s->submission) {
        put(g, ", sasl_method=PLAIN, sasl_username=");
        put_address(g, l->sender);
        login_of_client(g, s, l->sender);
    }
    line_end(g);
    s->n_messages++;
}

static void reject_line(struct gen *g, struct session *s, struct life *l, uint64_t sender, bool null_sender)
{
    struct reject r = {.has_life = l != NULL,
                       .client = s->client,
                       .sender = sender,
                       .recipient = pick_address(g) + 50000,
                       .null_sender = null_sender,
                       .action = "reject",
                       .stage = "RCPT"};
    bool relay = chance(g, 0.4);
    r.code = relay ? 554 : 550;
    if (l)
        life_line(g, l, program(s), s->pid, L_SMTPD);
    else
        line_begin(g, s->host, program(s), s->pid, L_SMTPD);
    g->cur->session = s;
    g->cur->has_reject = true;
    g->cur->reject = r;
    put(g, l ? "reject: RCPT from " : "NOQUEUE: reject: RCPT from ");
    put_client(g, s->client);
    put(g, relay ? ": 554 5.7.1 <" : ": 550 5.1.1 <");
    put_address(g, r.recipient);
    put(g, relay ? ">: Relay access denied; from=<"
                 : ">: Recipient address rejected: User unknown in virtual mailbox table; from=<");
    if (!null_sender)
        put_address(g, sender);
    put(g, "> to=<");
    put_address(g, r.recipient);
    put(g, "> proto=ESMTP helo=<mail.example>");
    line_end(g);
    s->n_rejects++;
}

static void milter_reject(struct gen *g, struct session *s, struct life *l)
{
    life_line(g, l, "postfix/cleanup", 400 + (uint32_t)below(g, 8), L_LIFE_OTHER);
    g->cur->has_reject = true;
    g->cur->reject = (struct reject){.has_life = true,
                                     .client = s->client,
                                     .sender = l->sender,
                                     .null_sender = l->null_sender,
                                     .no_recipient = true,
                                     .action = "milter-reject",
                                     .stage = "END-OF-MESSAGE"};
    put(g, "milter-reject: END-OF-MESSAGE from ");
    put_client(g, s->client);
    put(g, ": 5.7.1 Spam message rejected; from=<");
    if (!l->null_sender)
        put_address(g, l->sender);
    put(g, "> to=<");
    put_address(g, l->rcpt[0].address);
    put(g, "> proto=ESMTP helo=<mail.example>");
    line_end(g);
    l->rejected = true;
}

static void life_done(struct gen *g, struct session *s)
{
    struct life *l = s->life;
    s->life = NULL;
    life_release(g, l);
}

static void life_abort(struct gen *g, struct session *s)
{
    s->life->aborted = true;
    life_done(g, s);
}

static void lost_line(struct gen *g, struct session *s, enum end how, const char *stage)
{
    smtpd_line(g, s);
    put(g, how == END_LOST ? "lost connection after " : "timeout after ");
    put(g, stage);
    if (strcmp(stage, "DATA") == 0) {
        put(g, " (");
        put_u(g, below(g, 90000));
        put(g, " bytes)");
    }
    put(g, " from ");
    put_client(g, s->client);
    line_end(g);
    s->end_kind = (uint8_t)how;
}

static void counter(struct gen *g, const char *name, unsigned ok, unsigned all)
{
    if (all == 0)
        return;
    put(g, " ");
    put(g, name);
    put(g, "=");
    put_u(g, ok);
    if (ok != all) {
        put(g, "/");
        put_u(g, all);
    }
}

static void disconnect_line(struct gen *g, struct session *s)
{
    unsigned quit = s->end_kind == END_QUIT, ehlo = 1u + s->tls, auth = s->submission, auth_all = auth + s->auth_failed;
    unsigned others = ehlo + s->tls + auth + s->mail + s->rset + quit;
    smtpd_line(g, s);
    put(g, "disconnect from ");
    put_client(g, s->client);
    counter(g, "ehlo", ehlo, ehlo);
    counter(g, "starttls", s->tls, s->tls);
    counter(g, "auth", auth, auth_all);
    login_counters(g, s);
    counter(g, "mail", s->mail, s->mail);
    counter(g, "rcpt", s->rcpt, s->rcpt_all);
    counter(g, "data", s->data, s->data_all);
    counter(g, "rset", s->rset, s->rset);
    counter(g, "quit", quit, quit);
    counter(g, "commands", others + s->rcpt + s->data, others + s->auth_failed + s->rcpt_all + s->data_all);
    line_end(g);
}

static void close_session(struct gen *g, struct session *s)
{
    if (g->o.pid_reuse && !s->life && s->end_kind == END_QUIT && chance(g, 0.02)) {
        line_begin(g, s->host, "postfix/master", 1, L_OTHER);
        g->cur->pid = s->pid; /* not to be swapped with this process's lines */
        put(g, "warning: process /usr/lib/postfix/sbin/smtpd pid ");
        put_u(g, s->pid);
        put(g, " killed by signal 9");
        line_end(g);
        s->crashed = true;
    } else {
        disconnect_line(g, s);
        s->ended = true;
    }
    if (s->life)
        life_abort(g, s);
    proc_free(g, s, s->crashed);
}

static void connect_lines(struct gen *g, struct session *s)
{
    char name[64];
    name[client_name(name, s->client)] = '\0';
    if (strcmp(name, "unknown") == 0 && chance(g, 0.7)) { /* this warning stands before the connect line */
        line_begin(g, s->host, program(s), s->pid, L_OTHER);
        put(g, "warning: hostname c");
        put_u(g, s->client.number);
        put(g, ".ghost.example does not resolve to address ");
        name[client_ip(name, s->client)] = '\0';
        put(g, name);
        line_end(g);
    }
    smtpd_line(g, s);
    put(g, "connect from ");
    put_client(g, s->client);
    line_end(g);
}

static void tls_line(struct gen *g, struct session *s)
{
    smtpd_line(g, s);
    put(g, "Anonymous TLS connection established from ");
    put_client(g, s->client);
    put(g, ": TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS "
           "(2048 bits) server-digest SHA256");
    line_end(g);
}

/* A hop brings what the host before it has: sender, message-id, one recipient. */
static void take_offer(struct session *s, struct life *l)
{
    struct life *from = s->offer;
    struct rcpt *r = &from->rcpt[s->offer_rcpt];
    l->sender = from->sender;
    l->null_sender = from->null_sender;
    l->mid = from->mid;
    l->mid_kind = from->mid_kind == MID_OWN ? MID_NORMAL : from->mid_kind;
    l->size_bytes = from->size_bytes + 180;
    l->n_rcpt = 1;
    l->rcpt[0].address = r->address;
    l->rcpt[0].original = 0;
    l->upstream = from; /* the reference goes over from the session */
    l->upstream_rcpt = s->offer_rcpt;
    strcpy(r->next_id, l->id);
    s->offer = NULL;
}

static void mail_step(struct gen *g, struct session *s)
{
    if (s->mails_left == 0) {
        next_step(g, s, S_QUIT, 150 * MS);
        return;
    }
    s->mails_left--;
    s->mail++;
    g->n_mails++;
    if (!s->offer && chance(g, g->o.rejects)) {
        reject_line(g, s, NULL, pick_address(g), chance(g, 0.05));
        s->rcpt_all++;
        next_step(g, s, S_MAIL, 100 * MS);
        return;
    }
    struct life *l = life_create(g, s->host, O_SMTPD, true);
    bool early = !s->offer && !s->life && (!l->reused || g->o.hostile) && chance(g, g->o.late / 2);
    if (s->life) /* RSET, and a new transaction: its client= line tells that the old one is given up */
        s->rset++;
    l->refs++; /* the session's */
    l->client = s->client;
    l->sasl = s->submission;
    if (s->submission)
        l->null_sender = false;
    if (s->offer)
        take_offer(s, l);
    s->message_id_said = early;
    if (early)
        life_message_id(g, l);
    struct life *old = s->life;
    s->life = l;
    if (!early)
        life_client_line(g, s);
    if (old) {
        old->aborted = true;
        life_release(g, old);
    }
    s->rcpt = (uint16_t)(s->rcpt + l->n_rcpt);
    s->rcpt_all = (uint16_t)(s->rcpt_all + l->n_rcpt);
    next_step(g, s, early ? S_CLIENT : S_RCPT, early ? 600 * MS : 300 * MS);
}

/* The client goes away, or thinks better of it. */
static void abort_step(struct gen *g, struct session *s)
{
    uint64_t how = below(g, 5);
    if (how < 2 && chance(g, 0.5)) { /* the header had come */
        life_message_id(g, s->life);
    }
    if (how == 4 && s->mails_left) {
        next_step(g, s, S_MAIL, 100 * MS);
        return;
    }
    s->mails_left = 0;
    if (how < 3) {
        s->data_all++;
        lost_line(g, s, how == 1 ? END_TIMEOUT : END_LOST, how == 2 ? "RCPT" : "DATA");
        s->data_all = (uint16_t)(s->data_all - (how == 2));
        s->life->aborted = true;
    }
    next_step(g, s, S_QUIT, 20 * MS);
}

static void data_step(struct gen *g, struct session *s)
{
    struct life *l = s->life;
    bool hop = l->upstream != NULL;
    if (!hop && !s->message_id_said && chance(g, g->o.abort)) {
        abort_step(g, s);
        return;
    }
    s->data_all++;
    if (!hop && chance(g, g->o.rejects / 5)) {
        if (!s->message_id_said)
            life_message_id(g, l);
        milter_reject(g, s, l);
    } else {
        life_content(g, l, !s->message_id_said);
        s->data++;
    }
    life_done(g, s);
    next_step(g, s, S_MAIL, 120 * MS);
}

static enum step before_mail(const struct session *s)
{
    return s->auth_failed ? S_AUTH : S_MAIL;
}

static void step(struct gen *g, void *object, int arg)
{
    struct session *s = object;
    int64_t slow = chance(g, 0.1) ? 3 * SECOND : 200 * MS;
    (void)arg;
    switch (s->step) {
    case S_CONNECT:
        connect_lines(g, s);
        if (s->mails_left == 0 && chance(g, 0.5))
            lost_line(g, s, END_LOST, "CONNECT");
        next_step(g, s, s->tls ? S_TLS : before_mail(s), slow);
        break;
    case S_TLS:
        tls_line(g, s);
        next_step(g, s, before_mail(s), slow);
        break;
    case S_AUTH:
        login_failures(g, s, program(s));
        next_step(g, s, S_MAIL, slow);
        break;
    case S_MAIL:
        mail_step(g, s);
        break;
    case S_CLIENT:
        life_client_line(g, s);
        next_step(g, s, S_RCPT, 200 * MS);
        break;
    case S_RCPT:
        if (!s->life->upstream && chance(g, g->o.rejects / 4)) {
            reject_line(g, s, s->life, s->life->sender, s->life->null_sender);
            s->rcpt_all++;
        }
        next_step(g, s, S_DATA, slow);
        break;
    case S_DATA:
        data_step(g, s);
        break;
    default:
        close_session(g, s);
    }
    session_release(g, s);
}

static void start(struct gen *g, void *object, int arg)
{
    struct session *s = object;
    if (!proc_take(g, s->host, s->submission, s)) { /* every process ID is taken: the client waits */
        plan(g, 200 * MS, start, s, arg);
        return;
    }
    s->step = S_CONNECT;
    step(g, s, 0);
}

void session_start(struct gen *g, struct host *h, struct life *offer, int offer_rcpt)
{
    struct session *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->prev = g->sessions.prev;
    s->next = &g->sessions;
    s->prev->next = g->sessions.prev = s;
    s->host = h;
    s->refs = 1; /* the first step's */
    s->offer = offer;
    s->offer_rcpt = (uint8_t)offer_rcpt;
    if (offer) {
        offer->refs++;
        s->client.host = offer->host;
        s->mails_left = 1;
    } else {
        s->client.number = pick_client(g);
        s->mails_left = (uint8_t)(chance(g, 0.04) ? 0 : 1 + below(g, (uint64_t)g->o.mails_per_session));
        s->submission = chance(g, 0.15);
        if (g->o.logins > 0 && chance(g, g->o.logins))
            s->auth_failed = (uint8_t)(1 + below(g, 3));
    }
    s->tls = s->submission || (s->mails_left && chance(g, g->o.tls));
    start(g, s, 0);
}
