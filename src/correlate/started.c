#include "correlate/started.h"

#include "correlate/carry.h"
#include "correlate/emit.h"
#include "correlate/intake.h"
#include "correlate/local.h"
#include "correlate/told.h"

/* ---- a result as one text: it goes to a fact that may belong to another dictionary ---- */

enum { DSN, IP, NEXT_ID, REPLY, N_PARTS };

static struct ms_span join(struct ms_arena *arena, const struct ms_span parts[N_PARTS])
{
    size_t n = N_PARTS - 1;
    for (int i = 0; i < N_PARTS; i++)
        n += parts[i].n;
    char *text = ms_arena_alloc(arena, n), *to = text;
    for (int i = 0; i < N_PARTS; i++) {
        if (i > 0)
            *to++ = '\n'; /* no part of a line holds one */
        if (parts[i].n > 0)
            memcpy(to, parts[i].p, parts[i].n);
        to += parts[i].n;
    }
    return ms_span_of(text, n);
}

/* An empty part is one that the line does not have. */
static void split(struct ms_span text, struct ms_span parts[N_PARTS])
{
    const char *p = text.p, *end = text.p + text.n;
    for (int i = 0; i < N_PARTS; i++) {
        const char *stop = i < REPLY ? memchr(p, '\n', (size_t)(end - p)) : end;
        parts[i] = stop > p ? ms_span_of(p, (size_t)(stop - p)) : MS_SPAN_NULL;
        p = stop + (i < REPLY);
    }
}

void ms_started_take(struct ms_correlator *c, const struct ms_event *e, struct ms_fact *f)
{
    bool has_number = e->u.delivery.number >= 0 && e->u.delivery.number < UINT32_MAX;
    uint32_t number = has_number ? (uint32_t)e->u.delivery.number : UINT32_MAX;
    if (e->role == MS_ROLE_STARTED) {
        f->u.started = (struct ms_fact_started){.recipient = ms_dict_add(&c->dict, e->u.delivery.recipient),
                                                .agent = ms_dict_add(&c->dict, e->u.delivery.agent),
                                                .queue_id = e->queue_id,
                                                .number = number};
        return;
    }
    struct ms_span parts[N_PARTS] = {[DSN] = e->u.delivery.dsn,
                                     [IP] = ms_endpoint_of(e->u.delivery.relay).ip,
                                     [NEXT_ID] = e->u.delivery.next_queue_id,
                                     [REPLY] = e->u.delivery.reply};
    f->u.finished = (struct ms_fact_finished){
        .text = e->text,
        .result = join(&c->segment_arena, parts),
        .number = number,
        .outcome = ms_outcome_of_status(e->u.delivery.status),
        .reply_code = e->u.delivery.reply_code == MS_NONE ? INT32_MIN : (int32_t)e->u.delivery.reply_code,
        .forwarded = e->u.delivery.forwarded};
}

/* ---- a start and its result ---- */

static void tell(struct ms_fact *start, const struct ms_fact *result)
{
    struct ms_fact_started *s = &start->u.started;
    s->is_known = true;
    if (result == NULL)
        return;
    const struct ms_fact_finished *r = &result->u.finished;
    s->has_result = true;
    s->text = r->text;
    s->result = r->result;
    s->outcome = r->outcome;
    s->reply_code = r->reply_code;
    s->forwarded = r->forwarded;
    s->result_key = result->key;
    s->result_us = result->time_us;
    s->result_eff_s = result->eff_s;
    s->result_kind = result->kind;
}

static void emit_orphan_result(struct ms_correlator *c, const struct ms_fact *result);

struct result { /* of a start in a list that is parked */
    uint64_t start_key;
    const struct ms_fact *result;
};

static void tell_parked(struct ms_correlator *c, struct ms_fact *const *facts, size_t n, void *what)
{
    const struct result *r = what;
    for (size_t i = 0; i < n; i++)
        if (facts[i]->role == MS_ROLE_STARTED && facts[i]->key == r->start_key) {
            tell(facts[i], r->result);
            return;
        }
    emit_orphan_result(c, r->result);
}

/* The start stands in its mail's list in the table: it is found again by its place. False: that mail is closed. */
static bool tell_table(struct ms_correlator *c, const struct ms_fact *start, const struct ms_fact *result)
{
    struct ms_key key = ms_life_key(c, start, start->u.started.queue_id);
    for (struct ms_partial *p = ms_table_find_mp(c->run->lives, key.hash); p != NULL; p = p->next) {
        if (!ms_key_eq(&p->key, &key))
            continue;
        for (struct ms_fact *f = p->first; f != NULL; f = f->next)
            if (f->role == MS_ROLE_STARTED && f->key == start->key) {
                /* (The result itself may be gone when the mail's list is sealed.) */
                tell(f, ms_fact_copy(result, &c->epoch_arena, &c->dict, &c->dict));
                return true;
            }
    }
    if (!ms_parked_maybe(&c->run->parked[MS_CARRIED_LIVES], key.hash))
        return false;
    struct result *later = ms_arena_alloc(&c->epoch_arena, sizeof *later);
    *later = (struct result){start->key, ms_fact_copy(result, &c->epoch_arena, &c->dict, &c->dict)};
    ms_told_add(c, &key, tell_parked, later);
    return true;
}

/* Nobody knows what was delivered: the line is an event after all. `line`: a fact with its place and time. */
static void emit_orphan(struct ms_correlator *c, const struct ms_fact *line, uint16_t kind, struct ms_span text)
{
    struct ms_fact *event = ms_fact_new(&c->epoch_arena, MS_ROLE_EVENT);
    memcpy(event, line, offsetof(struct ms_fact, u));
    event->role = MS_ROLE_EVENT;
    event->kind = kind;
    event->u.event.client_ip = MS_NO_CODE;
    event->u.event.text = text;
    ms_emit_event(c, event, MS_SPAN_NULL, MS_NULL_I64);
    uint64_t *lines = c->files[ms_row_file(line->key)].lines;
    lines[MS_LINE_MESSAGE]--; /* as which it was counted; sums over all workers are right */
    lines[MS_LINE_EVENT]++;
}

static void emit_orphan_result(struct ms_correlator *c, const struct ms_fact *result)
{
    emit_orphan(c, result, result->kind, result->u.finished.text);
}

static bool is_in_time(const struct ms_fact *start, const struct ms_fact *result)
{
    return result->eff_s <= start->eff_s + MS_STARTED_S;
}

/* ---- a worker's list of a number: results that wait, then the start that has none ---- */

static struct ms_local_list *list_of(struct ms_correlator *c, const struct ms_fact *f, uint32_t number)
{
    struct ms_key key = ms_key_started(f->host_id, f->tag_id, number, c->run->seed);
    return ms_localmap_get(&c->started_map, &key);
}

static struct ms_fact *open_start(struct ms_local_list *l)
{
    struct ms_fact *last = l->n > 0 ? ms_local_facts(l)[l->n - 1] : NULL;
    return last != NULL && last->role == MS_ROLE_STARTED ? last : NULL;
}

static void take_off(struct ms_local_list *l)
{
    struct ms_fact **facts = ms_local_facts(l);
    l->n--;
    if (l->n == MS_LOCAL_FEW) /* it is in `few` that the rest is looked for now */
        memcpy(l->few, facts, sizeof l->few);
}

void ms_started_begin(struct ms_correlator *c, struct ms_fact *f)
{
    if (f->u.started.number == UINT32_MAX) {
        tell(f, NULL);
        return;
    }
    struct ms_local_list *l = list_of(c, f, f->u.started.number);
    struct ms_fact *before = open_start(l);
    if (before != NULL && !ms_local_is_whole(c, f->host_id)) { /* of a run that was killed */
        tell(before, NULL);
        take_off(l);
    }
    ms_local_list_append(l, f);
}

void ms_started_finish(struct ms_correlator *c, struct ms_fact *f)
{
    if (f->u.finished.number == UINT32_MAX) {
        emit_orphan_result(c, f);
        return;
    }
    struct ms_local_list *l = list_of(c, f, f->u.finished.number);
    bool is_whole = ms_local_is_whole(c, f->host_id);
    struct ms_fact *start = is_whole ? NULL : open_start(l);
    if (start == NULL && (is_whole || !l->closed)) {
        ms_local_list_append(l, f);
        return;
    }
    bool fits = start != NULL && is_in_time(start, f);
    if (start != NULL) {
        tell(start, fits ? f : NULL);
        take_off(l);
        l->closed = true;
        l->last_place = start->key;
        l->last_begin_s = start->eff_s;
    }
    if (!fits) /* the number's last start has its result */
        emit_orphan_result(c, f);
    if (l->n == 0) /* (again, where it was closed already) */
        ms_localmap_close(&c->started_map, l);
}

static struct ms_fact *tombstone_of(struct ms_correlator *c, const struct ms_local_list *l)
{
    struct ms_fact *t = ms_fact_new(&c->segment_arena, MS_ROLE_TOMBSTONE);
    t->key = l->last_place;
    t->eff_s = l->last_begin_s;
    t->host_id = l->key.host_id;
    return t;
}

void ms_started_end_segment(struct ms_correlator *c)
{
    for (size_t i = 0; i < c->started_map.n_lists; i++) {
        struct ms_local_list *l = &c->started_map.lists[i];
        if (l->n > 0)
            ms_partial_insert(c, c->run->sessions, &l->key, ms_local_facts(l), l->n,
                              l->closed ? tombstone_of(c, l) : NULL);
    }
}

/* ---- the seal ---- */

size_t ms_started_seal(struct ms_correlator *c, struct ms_fact **facts, size_t n, int64_t now_s)
{
    struct ms_fact *start = NULL;
    for (size_t i = 0; i < n; i++) {
        struct ms_fact *f = facts[i];
        if (f->role == MS_ROLE_TOMBSTONE) {
            start = NULL;
        } else if (f->role == MS_ROLE_STARTED) {
            start = f;
        } else {
            if (start == NULL || !is_in_time(start, f) || !tell_table(c, start, f))
                emit_orphan_result(c, f);
            start = NULL;
        }
    }
    if (start == NULL || now_s > start->eff_s + MS_STARTED_S)
        return 0;
    facts[0] = start;
    return 1;
}

/* ---- the delivery ---- */

static struct ms_fact *delivery_of(struct ms_correlator *c, const struct ms_fact *f)
{
    const struct ms_fact_started *s = &f->u.started;
    struct ms_fact *made = ms_fact_new(&c->epoch_arena, MS_ROLE_DELIVERY);
    struct ms_fact_delivery *d = &made->u.delivery;
    struct ms_span parts[N_PARTS] = {MS_SPAN_NULL, MS_SPAN_NULL, MS_SPAN_NULL, MS_SPAN_NULL};
    memcpy(made, f, offsetof(struct ms_fact, u));
    made->role = MS_ROLE_DELIVERY;
    d->orig_recipient = d->relay_host = d->relay_ip = d->dsn = d->status = MS_NO_CODE;
    d->delay_ms = d->delay_in_ms = d->delay_queue_ms = d->delay_conn_ms = d->delay_xmit_ms = MS_NONE;
    d->relay_port = d->conn_use = d->reply_code = INT32_MIN;
    d->outcome = MS_NO_STATUS;
    d->ctladdr = MS_NO_CODE;
    d->xdelay_ms = d->priority = MS_NONE;
    d->tls_known = true;
    d->agent = s->agent;
    d->recipient = s->recipient;
    if (!s->has_result)
        return made;
    made->key = s->result_key;
    made->time_us = s->result_us;
    split(s->result, parts);
    d->outcome = s->outcome;
    d->status = ms_outcome_status(&c->dict, s->outcome);
    d->dsn = ms_dict_add(&c->dict, parts[DSN]);
    d->relay_ip = ms_dict_add_ip(&c->dict, parts[IP]);
    d->next_queue_id = parts[NEXT_ID];
    d->reply = parts[REPLY];
    d->reply_code = s->reply_code;
    d->forwarded = s->forwarded;
    return made;
}

static bool comes_too_late(const struct ms_fact_started *s, const struct ms_life *life)
{
    return s->result_eff_s > life->settled_s || s->result_eff_s > life->before_s ||
           (s->result_eff_s == life->before_s && s->result_key >= life->before_key);
}

size_t ms_started_become_deliveries(struct ms_correlator *c, struct ms_fact **facts, const struct ms_life *life)
{
    size_t n_results = 0;
    for (size_t i = life->first; i < life->end; i++) {
        if (facts[i]->role != MS_ROLE_STARTED)
            continue;
        struct ms_fact_started *s = &facts[i]->u.started;
        if (s->has_result && comes_too_late(s, life)) {
            struct ms_fact line = *facts[i];
            line.key = s->result_key;
            line.time_us = s->result_us;
            emit_orphan(c, &line, s->result_kind, s->text);
            s->has_result = false;
        }
        n_results += s->has_result;
        facts[i] = delivery_of(c, facts[i]);
    }
    return n_results;
}
