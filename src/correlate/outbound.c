#include "correlate/outbound.h"

#include "base/memory.h"
#include "correlate/carry.h"
#include "correlate/local.h"
#include "correlate/told.h"
#include "parse/kinds.h"

/* ---- the rule ---- */

static bool same_request(const struct ms_fact *mail, const struct ms_fact *f)
{
    const struct ms_fact_outbound *a = &mail->u.outbound, *b = &f->u.outbound;
    if (!ms_span_eq(a->queue_id, b->queue_id))
        return false;
    return a->what != MS_OUT_DELIVERY || b->what != MS_OUT_DELIVERY ||
           (a->delay_in_ms == b->delay_in_ms && a->delay_queue_ms == b->delay_queue_ms);
}

/* Before 2.5 the TLS line had no port, before that perhaps no address. */
static bool same_peer(const struct ms_fact_outbound *tls, const struct ms_fact_outbound *d)
{
    return tls->name == d->name && (tls->ip == d->ip || tls->ip == MS_NO_CODE) &&
           (tls->port == d->port || tls->port == INT32_MIN);
}

enum ms_tls_evidence ms_outbound_step(struct ms_outbound *s, const struct ms_fact *f)
{
    const struct ms_fact_outbound *o = &f->u.outbound;
    if (o->what == MS_OUT_TLS) {
        *s = (struct ms_outbound){.tls = f};
        return MS_TLS_NOT_LOGGED;
    }
    bool fits = s->tls != NULL && o->what != MS_OUT_OVER && f->eff_s <= s->tls->eff_s + MS_REQUEST_S &&
                (s->mail == NULL || same_request(s->mail, f));
    if (fits && o->what == MS_OUT_DELIVERY)
        fits = same_peer(&s->tls->u.outbound, o) && (o->conn_use >= 2) == s->tls->u.outbound.reused;
    if (!fits) {
        *s = (struct ms_outbound){0};
        return MS_TLS_NOT_LOGGED;
    }
    if (s->mail == NULL || s->mail->u.outbound.what == MS_OUT_MAIL)
        s->mail = f;
    if (o->what != MS_OUT_DELIVERY)
        return MS_TLS_NOT_LOGGED;
    return s->tls->u.outbound.reused ? MS_TLS_SAME_CONNECTION : MS_TLS_LINE;
}

/* ---- verdicts ---- */

/* `tls=none`, `tls=may:none`: the first item, and there the level that was reached. */
static bool says_clear(const struct ms_fact_delivery *d)
{
    if (d->tls_evidence != MS_TLS_FIELD)
        return false;
    struct ms_span level = {d->tls.p + 2, d->tls.n - 2}; /* behind "\n\n" */
    const char *slash = memchr(level.p, '/', level.n);
    if (slash != NULL)
        level.n = (uint32_t)(slash - level.p);
    const char *before = memrchr(level.p, ':', level.n);
    if (before == NULL && level.n > 0 && level.p[0] == '!')
        before = level.p;
    if (before != NULL)
        level = ms_span_of(before + 1, (size_t)(level.p + level.n - before - 1));
    return ms_span_is(level, "none");
}

static void tell(struct ms_fact_delivery *d, enum ms_tls_evidence evidence, struct ms_span tls)
{
    d->tls_known = true;
    if (evidence == MS_TLS_NOT_LOGGED || says_clear(d))
        return;
    d->tls_evidence = evidence;
    d->tls = tls;
}

struct request { /* what is told of its deliveries */
    uint64_t first_key, last_key;
    uint32_t pid, tag_id;
    enum ms_tls_evidence evidence;
    struct ms_span tls; /* of c's dictionary: it stays as long as the stripe */
};

static void tell_fact(const struct request *r, struct ms_fact *f)
{
    /* What may change comes last: it is this process's own, and other threads seal other processes. */
    if (f->role == MS_ROLE_DELIVERY && f->pid == r->pid && f->tag_id == r->tag_id && f->key >= r->first_key &&
        f->key <= r->last_key && !f->u.delivery.tls_known)
        tell(&f->u.delivery, r->evidence, r->tls);
}

static void tell_parked(struct ms_correlator *c, struct ms_fact *const *facts, size_t n, void *request)
{
    (void)c;
    for (size_t i = 0; i < n; i++)
        tell_fact(request, facts[i]);
}

/* The deliveries of one request that wait in the table of lives, or are parked: a request that another source may still have lines
 * in front of is judged stripes later. */
static void tell_deliveries(struct ms_correlator *c, const struct ms_fact *o, enum ms_tls_evidence evidence,
                            struct ms_span tls)
{
    struct ms_key key = ms_life_key(c, o, o->u.outbound.queue_id);
    struct request r = {o->key, o->u.outbound.last_key, o->pid, o->tag_id, evidence, tls};
    for (struct ms_partial *p = ms_table_find_mp(c->run->lives, key.hash); p != NULL; p = p->next) {
        if (!ms_key_eq(&p->key, &key))
            continue;
        for (struct ms_fact *f = p->first; f != NULL; f = f->next)
            tell_fact(&r, f);
    }
    if (!ms_parked_maybe(&c->run->parked[MS_CARRIED_LIVES], key.hash))
        return;
    struct request *later = ms_arena_alloc(&c->stripe_arena, sizeof *later);
    *later = r;
    ms_told_add(c, &key, tell_parked, later);
}

/* ---- facts ---- */

static struct ms_fact *fact_new(struct ms_correlator *c, const struct ms_fact *line, enum ms_outbound_what what,
                                struct ms_span queue_id)
{
    struct ms_fact *f = ms_fact_take(c, MS_ROLE_OUTBOUND);
    memcpy(f, line, offsetof(struct ms_fact, u));
    f->role = MS_ROLE_OUTBOUND;
    f->u.outbound = (struct ms_fact_outbound){.name = MS_NO_CODE,
                                              .ip = MS_NO_CODE,
                                              .tls = MS_NO_CODE,
                                              .queue_id = queue_id,
                                              .last_key = line->key,
                                              .what = (uint8_t)what};
    return f;
}

static struct ms_fact *fact_of_tls(struct ms_correlator *c, const struct ms_event *e, const struct ms_fact *line)
{
    const struct ms_tls *t = &e->u.tls;
    struct ms_fact *f = fact_new(c, line, MS_OUT_TLS, MS_SPAN_NULL);
    struct ms_fact_outbound *o = &f->u.outbound;
    o->name = ms_dict_add(&c->dict, t->peer.name);
    o->ip = ms_dict_add_ip(&c->dict, t->peer.ip);
    o->port = t->peer.port >= 0 && t->peer.port <= INT32_MAX ? (int32_t)t->peer.port : INT32_MIN;
    o->reused = e->kind == MS_K_SMTP_TLS_REUSED;
    const struct ms_span parts[] = {t->version, t->cipher, t->trust};
    char *text = ms_arena_alloc(&c->segment_arena, (size_t)t->version.n + t->cipher.n + t->trust.n + 2), *to = text;
    for (unsigned i = 0; i < 3; i++) {
        if (i > 0)
            *to++ = '\n';
        if (parts[i].n > 0)
            memcpy(to, parts[i].p, parts[i].n);
        to += parts[i].n;
    }
    o->tls = ms_dict_add(&c->dict, ms_span_of(text, (size_t)(to - text)));
    return f;
}

static struct ms_fact *fact_of_delivery(struct ms_correlator *c, const struct ms_event *e, const struct ms_fact *line)
{
    const struct ms_fact_delivery *d = &line->u.delivery;
    struct ms_fact *f = fact_new(c, line, MS_OUT_DELIVERY, e->queue_id);
    struct ms_fact_outbound *o = &f->u.outbound;
    o->name = d->relay_host;
    o->ip = d->relay_ip;
    o->port = d->relay_port;
    o->delay_in_ms = d->delay_in_ms;
    o->delay_queue_ms = d->delay_queue_ms;
    o->conn_use = d->conn_use;
    return f;
}

/* A server's answer for some recipients leaves the connection as it is; all else that is said of a server is its end. */
static struct ms_fact *fact_of_line(struct ms_correlator *c, const struct ms_event *e, const struct ms_fact *line)
{
    if (e->role == MS_ROLE_CLIENT_TLS)
        return fact_of_tls(c, e, line);
    if (e->role == MS_ROLE_DELIVERY)
        return fact_of_delivery(c, e, line);
    bool over = e->role == MS_ROLE_ATTEMPT && memmem(e->text.p, e->text.n, " said: ", 7) == NULL;
    return fact_new(c, line, over ? MS_OUT_OVER : MS_OUT_MAIL, e->queue_id);
}

/* ---- a worker's list of a process: what waits (n_waiting), then what is needed of the present state ---- */

/* Does the line belong to the request that was under way when the segment began, so that it depends on what came before? */
static bool waits(const struct ms_local_list *l, const struct ms_fact *f)
{
    if (f->u.outbound.what == MS_OUT_TLS || f->u.outbound.what == MS_OUT_OVER)
        return false;
    if (l->n == 0)
        return true;
    const struct ms_fact *last = ms_local_facts((struct ms_local_list *)l)[l->n - 1];
    const struct ms_fact_outbound *a = &last->u.outbound, *b = &f->u.outbound;
    if (!same_request(last, f) || f->eff_s > last->eff_s + MS_REQUEST_S)
        return false;
    return a->what != MS_OUT_DELIVERY || b->what != MS_OUT_DELIVERY ||
           (a->name == b->name && a->ip == b->ip && a->port == b->port && (a->conn_use >= 2) == (b->conn_use >= 2));
}

/* What waits is one fact for all lines alike. */
static void wait_for_seal(struct ms_correlator *c, struct ms_local_list *l, struct ms_fact *f)
{
    struct ms_fact *last = l->n > 0 ? ms_local_facts(l)[l->n - 1] : NULL;
    if (last == NULL || (last->u.outbound.what == MS_OUT_MAIL && f->u.outbound.what == MS_OUT_DELIVERY)) {
        f->u.outbound.waits = true;
        ms_local_list_append(l, f);
        l->n_waiting = l->n;
        return;
    }
    if (last->u.outbound.what == f->u.outbound.what)
        last->u.outbound.last_key = f->key;
    ms_fact_give_back(c, f);
}

/* Known from here on: nothing is under way, or what a TLS line says. */
static void keep_state(struct ms_correlator *c, struct ms_local_list *l, struct ms_fact *f)
{
    bool live = l->outbound.tls != NULL;
    bool anew = !live || l->outbound.tls == f; /* what was known before this line is of no use any more */
    if (!live)
        f->u.outbound.what = MS_OUT_OVER;
    while (anew && l->n > l->n_waiting)
        ms_fact_give_back(c, ms_local_facts(l)[--l->n]);
    if (anew || l->outbound.mail == f)
        ms_local_list_append(l, f);
    else
        ms_fact_give_back(c, f);
    l->clean = true;
    l->live = live;
}

static void take_slowly(struct ms_correlator *c, struct ms_local_list *l, const struct ms_event *e,
                        struct ms_fact *line)
{
    struct ms_fact *f = fact_of_line(c, e, line);
    if (ms_local_is_whole(c, f->host_id)) {
        f->u.outbound.waits = true;
        ms_local_list_append(l, f);
        return;
    }
    if (!l->clean && waits(l, f)) {
        wait_for_seal(c, l, f);
        return;
    }
    enum ms_tls_evidence evidence = ms_outbound_step(&l->outbound, f);
    if (f->u.outbound.what == MS_OUT_DELIVERY)
        tell(&line->u.delivery, evidence,
             evidence ? ms_dict_text(&c->dict, l->outbound.tls->u.outbound.tls) : MS_SPAN_NULL);
    keep_state(c, l, f);
}

void ms_outbound_line(struct ms_correlator *c, const struct ms_event *e, struct ms_fact *f)
{
    if (f->pid == MS_NO_PID || f->tag_id == MS_NO_NAME || (e->queue_id.p == NULL && e->role != MS_ROLE_CLIENT_TLS))
        return;
    struct ms_key key = ms_key_outbound(f->host_id, f->tag_id, f->pid, c->run->seed);
    struct ms_local_list *l = ms_localmap_get(&c->outbound_map, &key);
    if (l->n == 0 && !l->clean && ms_clock_start(&c->window, f->host_id) == MS_CLOCK_NEVER &&
        !ms_local_is_whole(c, f->host_id))
        l->clean = true;
    if (f->role == MS_ROLE_DELIVERY)
        f->u.delivery.tls_known = l->clean;
    if (!l->clean || l->live || e->role == MS_ROLE_CLIENT_TLS)
        take_slowly(c, l, e, f);
}

void ms_outbound_end_segment(struct ms_correlator *c)
{
    for (size_t i = 0; i < c->outbound_map.n_lists; i++) {
        struct ms_local_list *l = &c->outbound_map.lists[i];
        if (l->n > 0)
            ms_partial_insert(c, c->run->sessions, &l->key, ms_local_facts(l), l->n, NULL);
    }
}

size_t ms_outbound_seal(struct ms_correlator *c, struct ms_fact **facts, size_t n, int64_t now_s)
{
    struct ms_outbound s = {0};
    for (size_t i = 0; i < n; i++) {
        enum ms_tls_evidence evidence = ms_outbound_step(&s, facts[i]);
        if (facts[i]->u.outbound.waits && facts[i]->u.outbound.what == MS_OUT_DELIVERY)
            tell_deliveries(c, facts[i], evidence,
                            evidence ? ms_dict_text(&c->dict, s.tls->u.outbound.tls) : MS_SPAN_NULL);
    }
    if (s.tls == NULL || now_s > s.tls->eff_s + MS_REQUEST_S)
        return 0;
    struct ms_fact *tls = (struct ms_fact *)s.tls, *mail = (struct ms_fact *)s.mail;
    facts[0] = tls;
    if (mail == NULL)
        return 1;
    mail->u.outbound.waits = false;
    facts[1] = mail;
    return 2;
}

/* ---- the columns ---- */

struct ms_tls_cells ms_tls_cells(struct ms_correlator *c, struct ms_span tls)
{
    uint32_t text = ms_dict_add(&c->dict, tls);
    struct ms_tls_memo *memo = &c->tls_memo[text % (sizeof c->tls_memo / sizeof *c->tls_memo)];
    if (memo->text != text) {
        uint32_t parts[3] = {MS_NO_CODE, MS_NO_CODE, MS_NO_CODE};
        for (uint32_t k = 0, i = 0, end; k < 3 && i <= tls.n; k++, i = end + 1) {
            for (end = i; end < tls.n && tls.p[end] != '\n'; end++)
                ;
            if (end > i)
                parts[k] = ms_dict_add(&c->dict, ms_span_of(tls.p + i, end - i));
        }
        *memo = (struct ms_tls_memo){text, parts[0], parts[1], parts[2]};
    }
    return (struct ms_tls_cells){memo->version, memo->cipher, memo->trust};
}
