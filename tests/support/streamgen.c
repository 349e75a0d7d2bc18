/* The simulation's heart: the queue of events, and the output stage that numbers lines, moves some, and keeps the truth
 * of what it moved. */
#include "support/streamgen_internal.h"

#include <stdlib.h>
#include <string.h>

#define OUT_BLOCK ((size_t)1 << 20)

static bool earlier(const struct event *a, const struct event *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

void plan(struct gen *g, int64_t in_us, event_fn fn, void *object, int arg)
{
    if (g->n_heap == g->cap_heap) {
        size_t cap = g->cap_heap ? g->cap_heap * 2 : 1024;
        struct event *heap = realloc(g->heap, cap * sizeof *heap);
        if (!heap)
            abort();
        g->heap = heap;
        g->cap_heap = cap;
    }
    struct event e = {g->now + in_us, g->n_planned++, fn, object, arg};
    size_t i = g->n_heap++;
    for (; i > 0 && earlier(&e, &g->heap[(i - 1) / 2]); i = (i - 1) / 2)
        g->heap[i] = g->heap[(i - 1) / 2];
    g->heap[i] = e;
}

static struct event next_event(struct gen *g)
{
    struct event first = g->heap[0], last = g->heap[--g->n_heap];
    size_t i = 0;
    for (size_t c = 1; c < g->n_heap; c = 2 * i + 1) {
        if (c + 1 < g->n_heap && earlier(&g->heap[c + 1], &g->heap[c]))
            c++;
        if (!earlier(&g->heap[c], &last))
            break;
        g->heap[i] = g->heap[c];
        i = c;
    }
    g->heap[i] = last;
    return first;
}

static void flush(struct gen *g)
{
    if (g->n_out && !g->sink(g->user, g->out, g->n_out))
        g->stop = g->failed = true;
    g->n_out = 0;
}

/* What a written line tells of its life, its session, its refusal. */
static void account(struct gen *g, struct line *line, uint64_t number)
{
    struct life *l = line->life;
    if (l) {
        if (line->kind == L_ACTIVE || line->kind == L_HEADER || line->has_reject ||
            (line->kind == L_CLIENT && l->origin == O_PICKUP))
            l->logged |= LOGGED_SENDER;
        l->first_line = l->first_line ? l->first_line : number;
        l->last_line = number;
        l->n_lines++;
        if (line->kind == L_CLIENT)
            l->logged |= LOGGED_CLIENT;
        if (line->kind == L_REMOVED)
            l->end_line = number;
        if (line->kind == L_STATUS) {
            struct rcpt *r = &l->rcpt[line->rcpt];
            r->line[r->n_tries] = number;
            r->tls[r->n_tries] = line->tls;
            r->tried[r->n_tries++] = line->status;
            l->n_tries++;
        }
    }
    if (line->session) {
        line->session->first_line = line->session->first_line ? line->session->first_line : number;
        line->session->last_line = number;
    }
    if (line->has_reject) {
        g->n_rejects++;
        if (g->truth)
            truth_reject(g, line, number);
    }
    if (line->has_login && g->truth)
        truth_login(g, line, number);
    g->n_other += !l && !line->session && !line->has_reject;
}

static void write_line(struct gen *g, struct line *line)
{
    account(g, line, ++g->n_lines);
    if (g->n_out + line->n > g->cap_out)
        flush(g);
    memcpy(g->out + g->n_out, line->text, line->n);
    g->n_out += line->n;
    g->n_bytes += line->n;
    line->n = 0;
    if (line->life)
        life_release(g, line->life);
    if (line->session)
        session_release(g, line->session);
}

static void write_lagging(struct gen *g, void *object, int arg)
{
    struct line *line = object;
    (void)arg;
    write_line(g, line);
    free(line);
}

/* May the later line `b` be written in front of `a` without making the truth a matter of opinion? */
static bool may_swap(const struct gen *g, const struct line *a, const struct line *b)
{
    if (g->o.hostile)
        return true;
    if (a->host == b->host && a->pid == b->pid)
        return false;
    if (a->life && b->life && a->life != b->life && strcmp(a->life->id, b->life->id) == 0)
        return false;
    if (a->life && a->life == b->life)
        return a->kind == L_STATUS && (b->kind == L_REMOVED || b->kind == L_STATUS);
    return true;
}

static bool may_lag(const struct gen *g, const struct line *line)
{
    return g->o.hostile || (!line->stay && (line->kind == L_STATUS || (line->kind == L_OTHER && !line->session)));
}

void line_begin(struct gen *g, struct host *h, const char *program, uint32_t pid, enum line_kind kind)
{
    struct line *line = g->cur;
    int64_t at = g->now;
    memset(&line->n, 0, sizeof *line - offsetof(struct line, n));
    line->kind = (uint8_t)kind;
    line->at = g->now;
    line->host = h;
    line->pid = pid;
    if (g->o.hostile && chance(g, 0.0003)) /* a clock that ran ahead for a moment */
        at += (int64_t)(1 + below(g, 300)) * 86400 * SECOND;
    stamp_put(g, h, at);
    put(g, " ");
    put(g, h->name);
    put(g, " ");
    put(g, program);
    put(g, "[");
    put_u(g, pid);
    put(g, "]: ");
    h->n_lines++;
}

void life_line(struct gen *g, struct life *l, const char *program, uint32_t pid, enum line_kind kind)
{
    line_begin(g, l->host, program, pid, kind);
    g->cur->life = l;
    put(g, l->id);
    put(g, ": ");
}

void line_end(struct gen *g)
{
    struct line *line = g->cur;
    line->text[line->n++] = '\n';
    if (line->n > LINE_CAP)
        abort();
    if (line->life)
        line->life->refs++;
    if (line->session)
        line->session->refs++;
    if (chance(g, g->o.swap)) {
        struct line *copy;
        if (chance(g, 0.5)) {
            if (g->wait->n && line->at - g->wait->at <= 2 * SECOND && may_swap(g, g->wait, line)) {
                write_line(g, line);
                return;
            }
        } else if (may_lag(g, line) && (copy = malloc(sizeof *copy)) != NULL) {
            memcpy(copy, line, sizeof *copy);
            plan(g, SECOND + (int64_t)below(g, SECOND), write_lagging, copy, 0);
            return;
        }
    }
    if (g->wait->n)
        write_line(g, g->wait);
    g->cur = g->wait;
    g->wait = line;
}

static void junk_line(struct gen *g, struct host *h)
{
    static const char *const junk[] = {"",
                                       "\r",
                                       "Mar",
                                       "last message repeated 3 times",
                                       "\x01\x02\xff\xfe",
                                       "[",
                                       ": : :",
                                       "Jan 32 25:61:61 x y[z]: to=<>",
                                       "2026-13-01T00:00:00Z h p[1]: x"};
    line_begin(g, h, "junk", 1, L_OTHER);
    g->cur->n = 0;
    put(g, junk[below(g, sizeof junk / sizeof *junk)]);
    line_end(g);
}

static void other_line(struct gen *g, struct host *h)
{
    struct client c = {pick_client(g), NULL};
    char text[64];
    switch (below(g, 5)) {
    case 0:
        line_begin(g, h, "postfix/anvil", h->anvil_pid, L_OTHER);
        put(g, "statistics: max connection rate ");
        put_u(g, 1 + below(g, 9));
        put(g, "/60s for (smtp:");
        text[client_ip(text, c)] = '\0';
        put(g, text);
        put(g, ") at ");
        put(g, g->stamp3164);
        break;
    case 1:
        line_begin(g, h, "postfix/smtp", 500 + (uint32_t)below(g, 32), L_OTHER);
        put(g, "connect to mx.d");
        put_u(g, below(g, 61));
        put(g, ".example[203.0.113.");
        put_u(g, 1 + below(g, 250));
        put(g, "]:25: Connection timed out");
        break;
    case 2:
        line_begin(g, h, "dovecot", 77, L_OTHER);
        put(g,
            "imap-login: Disconnected: Inactivity (no auth attempts in 180 secs): user=<>, rip=10.0.0.1, lip=10.0.0.2");
        break;
    case 3:
        line_begin(g, h, "postfix/scache", h->anvil_pid + 1, L_OTHER);
        put(g, "statistics: domain lookup hits=");
        put_u(g, below(g, 99));
        put(g, " miss=0 success=100%");
        break;
    default:
        line_begin(g, h, "CRON", 9000 + (uint32_t)below(g, 999), L_OTHER);
        put(g, "(root) CMD (/usr/sbin/logcheck)");
    }
    line_end(g);
}

static void arrive(struct gen *g, void *object, int arg)
{
    struct host *h = object;
    if (g->o.mails && g->n_mails >= g->o.mails)
        return;
    if (chance(g, g->o.local))
        life_pickup(g, h);
    else
        session_start(g, h, NULL, 0);
    for (int i = 0; i < 8; i++)
        if (chance(g, g->o.other))
            other_line(g, h);
    if (g->o.hostile && chance(g, 0.01))
        junk_line(g, h);
    uint64_t gap_us = (uint64_t)((double)SECOND * (1 + g->o.mails_per_session) / 2 / g->o.rate);
    plan(g, (int64_t)below(g, 2 * gap_us), arrive, h, arg);
}

static bool host_make(struct gen *g, int number)
{
    struct host *h = calloc(1, sizeof *h);
    if (!h)
        return false;
    g->hosts[number] = h;
    snprintf(h->name, sizeof h->name, "mx%d", number + 1);
    snprintf(h->domain, sizeof h->domain, "mx%d.farm.example", number + 1);
    snprintf(h->ip, sizeof h->ip, "192.0.2.%d", 10 + number);
    h->number = number;
    h->long_ids = g->o.ids == STREAMGEN_LONG || (g->o.ids == STREAMGEN_BOTH && number % 2 == 1);
    h->inode = 0x1c0000 + below(g, 0x10000);
    h->pid_base = h->next_pid = 1000;
    h->pid_range = g->o.pid_reuse ? 300 : 60000;
    h->qmgr_pid = 301;
    h->bounce_pid = 310;
    h->pickup_pid = 305;
    h->anvil_pid = 320;
    h->pid_used = calloc(h->pid_range, 1);
    return h->pid_used != NULL;
}

static bool begin(struct gen *g)
{
    uint64_t x = g->o.seed;
    for (int i = 0; i < 4; i++)
        g->random[i] = mix64(x += 0x9e3779b97f4a7c15u);
    g->now = g->o.start * SECOND;
    g->stamp_second = INT64_MIN;
    g->lives.prev = g->lives.next = &g->lives;
    g->sessions.prev = g->sessions.next = &g->sessions;
    g->cur = &g->slot[0];
    g->wait = &g->slot[1];
    g->cap_out = OUT_BLOCK;
    g->out = malloc(g->cap_out);
    g->hosts = calloc((size_t)g->o.hosts, sizeof *g->hosts);
    if (!g->out || !g->hosts)
        return false;
    for (int i = 0; i < g->o.hosts; i++) {
        if (!host_make(g, i))
            return false;
        plan(g, (int64_t)below(g, SECOND), arrive, g->hosts[i], 0);
    }
    return true;
}

static void end(struct gen *g)
{
    if (g->wait->n)
        write_line(g, g->wait);
    flush(g);
    for (size_t i = 0; i < g->n_heap; i++)
        if (g->heap[i].fn == write_lagging)
            free(g->heap[i].object);
    for (struct session *s = g->sessions.next, *next; s != &g->sessions; s = next) {
        next = s->next;
        if (g->truth && s->first_line) {
            truth_session(g, s);
            g->n_sessions++;
        }
        free(s);
    }
    for (struct life *l = g->lives.next, *next; l != &g->lives; l = next) {
        next = l->next;
        if (g->truth && l->first_line) {
            truth_life(g, l);
            g->n_lives++;
        }
        free(l);
    }
    if (g->truth)
        truth_total(g);
    for (int i = 0; g->hosts && i < g->o.hosts && g->hosts[i]; i++) {
        free(g->hosts[i]->pid_used);
        free(g->hosts[i]);
    }
    free(g->hosts);
    free(g->heap);
    free(g->out);
}

bool streamgen_run(const struct streamgen_options *o, streamgen_sink sink, void *user, FILE *truth)
{
    struct gen *g = calloc(1, sizeof *g);
    if (!g)
        return false;
    g->o = *o;
    g->sink = sink;
    g->user = user;
    g->truth = truth;
    g->failed = !begin(g);
    while (!g->failed && !g->stop && g->n_heap) {
        struct event e = next_event(g);
        g->now = e.at;
        e.fn(g, e.object, e.arg);
        g->stop |= (o->bytes && g->n_bytes >= o->bytes) || (o->cut && o->mails && g->n_mails >= o->mails);
    }
    end(g);
    bool ok = !g->failed;
    free(g);
    return ok;
}

void streamgen_defaults(struct streamgen_options *o)
{
    *o = (struct streamgen_options){
        .seed = 1,
        .hosts = 1,
        .start = 1772323200 /* 2026-03-01 */,
        .rate = 20,
        .mails_per_session = 2,
        .reuse = 0.02,
        .late = 0.02,
        .swap = 0.01,
        .abort = 0.02,
        .deferred = 0.05,
        .bounces = 0.02,
        .rejects = 0.1,
        .local = 0.05,
        .hops = 0.2,
        .tls = 0.5,
        .other = 0.02,
    };
}
