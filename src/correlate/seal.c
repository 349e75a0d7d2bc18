/* The end of a stripe: partial lists of one key, from all workers and from the stripe before, become one list; what is
 * complete becomes rows, the rest moves on. The order of partials in the tables is a matter of timing; sorting the facts by
 * the place of their line makes it a function of the input. */
#include "correlate/correlate.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/room.h"
#include "correlate/carry.h"
#include "correlate/emit.h"
#include "correlate/interleave.h"
#include "correlate/local.h"
#include "correlate/outbound.h"
#include "correlate/parts.h"
#include "correlate/started.h"
#include "correlate/told.h"

struct sealing {
    struct ms_correlator *c;
    enum ms_carried which;
    void (*list)(struct sealing *s, const struct ms_key *key, struct ms_fact **facts, size_t n);
};

static int by_place(const void *a, const void *b)
{
    return ms_fact_order(*(struct ms_fact *const *)a, *(struct ms_fact *const *)b);
}

/* Facts of one key, in order, with codes of this worker's dictionary. */
static struct ms_fact **gather(struct ms_correlator *c, bool is_session, struct ms_partial *const *partials,
                               size_t n_partials, size_t *n)
{
    bool sorted = true;
    *n = 0;
    for (size_t i = 0; i < n_partials; i++) {
        const struct ms_partial *p = partials[i];
        for (struct ms_fact *f = p->first; f != NULL; f = f->next) {
            c->list = ms_room_grow(c->list, &c->cap_list, *n + 1, sizeof *c->list);
            c->list[*n] = p->dict == &c->dict ? f : ms_fact_copy(f, &c->shard_arena, p->dict, &c->dict);
            sorted &= *n == 0 || (c->list[*n - 1]->key < f->key && c->list[*n - 1]->eff_s <= f->eff_s);
            ++*n;
        }
    }
    if (!sorted)
        qsort(c->list, *n, sizeof *c->list, by_place);
    if (*n > 1 && c->run->clock.begins.any_beside)
        ms_facts_interleave(&c->run->clock.begins, partials[0]->key.host_id, is_session, c->list, *n);
    return c->list;
}

static int by_key(const void *a, const void *b)
{
    const struct ms_key *x = &(*(struct ms_partial *const *)a)->key, *y = &(*(struct ms_partial *const *)b)->key;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    if (x->scope != y->scope)
        return x->scope < y->scope ? -1 : 1;
    if (x->host_id != y->host_id)
        return x->host_id < y->host_id ? -1 : 1;
    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    uint32_t n = x->queue_id.n < y->queue_id.n ? x->queue_id.n : y->queue_id.n;
    int order = n ? memcmp(x->queue_id.p, y->queue_id.p, n) : 0;
    return order ? order : (x->queue_id.n > y->queue_id.n) - (x->queue_id.n < y->queue_id.n);
}

/* One slot of a table: nearly always one key; groups are made for the rare others (and for the twin's long lists). */
static void seal_slot(void *user, struct ms_partial *head)
{
    struct sealing *s = user;
    struct ms_partial *few[16], **partials = few;
    size_t n = 0, n_facts;
    for (struct ms_partial *p = head; p != NULL; p = p->next)
        n++;
    if (n > sizeof few / sizeof *few)
        partials = ms_malloc(n * sizeof *partials);
    n = 0;
    for (struct ms_partial *p = head; p != NULL; p = p->next)
        partials[n++] = p;
    if (n > 1)
        qsort(partials, n, sizeof *partials, by_key);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && ms_key_eq(&partials[i]->key, &partials[end]->key); end++)
            ;
        struct ms_fact **facts = gather(s->c, s->which == MS_CARRIED_SESSIONS, partials + i, end - i, &n_facts);
        for (size_t k = i; k < end; k++)
            ms_told_apply(s->c, partials[k]->told, facts, n_facts);
        if (n_facts > 0)
            s->list(s, &partials[i]->key, facts, n_facts);
    }
    if (partials != few)
        free(partials);
}

/* ---- what moves on ---- */

/* A list whose life or session is open: its first fact says so, from now on. */
static void carry_open(struct ms_correlator *c, enum ms_carried which, const struct ms_key *key,
                       struct ms_fact *const *facts, size_t n, uint32_t ordinal)
{
    facts[0]->flags |= MS_FACT_BEGIN;
    facts[0]->ordinal = ordinal;
    ms_carry_list(c, which, key, facts, n);
}

/* How many facts nothing that comes can get in front of; the rest has to wait. */
static size_t count_settled(const struct sealing *s, struct ms_fact *const *facts, size_t n, int64_t now_s)
{
    while (!s->c->run->all_read && n > 0 && facts[n - 1]->eff_s > now_s)
        n--;
    return n;
}

static struct ms_counts counts_now(const struct ms_correlator *c)
{
    struct ms_counts now = {.n_facts = c->n_facts_out};
    memcpy(now.messages, c->messages, sizeof now.messages);
    memcpy(now.deliveries, c->deliveries, sizeof now.deliveries);
    memcpy(now.n_rows, c->n_rows, sizeof now.n_rows);
    return now;
}

/* What came since `before` is of something open. */
static void count_open(struct ms_correlator *c, const struct ms_counts *before)
{
    struct ms_counts now = counts_now(c), *open = &c->open_counts;
    for (unsigned i = 0; i < MS_N_STATES; i++)
        open->messages[i] += now.messages[i] - before->messages[i];
    for (unsigned i = 0; i < MS_N_DELIVERED; i++)
        open->deliveries[i] += now.deliveries[i] - before->deliveries[i];
    for (unsigned i = 0; i < MS_N_TABLES; i++)
        open->n_rows[i] += now.n_rows[i] - before->n_rows[i];
    open->n_facts += now.n_facts - before->n_facts;
}

static struct ms_fact *tombstone_new(struct ms_correlator *c, const struct ms_closed *item)
{
    struct ms_fact *t = ms_fact_new(&c->epoch_arena, MS_ROLE_TOMBSTONE);
    t->key = item->place;
    t->eff_s = item->begin_s;
    t->host_id = item->key.host_id;
    t->ordinal = item->ordinal;
    t->u.tombstone.begin_s = item->begin_s;
    return t;
}

/* A closed life is remembered over the end of the stripe while a line of the second in which it began can still come: that
 * line would begin another life of the same second. */
static void carry_tombstone(struct ms_correlator *c, const struct ms_closed *item)
{
    if (item->begin_s < ms_clock_settled(&c->run->clock, item->key.host_id))
        return;
    struct ms_fact *t = tombstone_new(c, item);
    ms_carry_list(c, MS_CARRIED_LIVES, &item->key, &t, 1);
}

/* ---- sessions ---- */

/* The lines of a session are told once what they say of mails that are parked. */
static bool is_news(struct ms_fact *client, const struct ms_verdict *v)
{
    if (client->role != MS_ROLE_CLIENT)
        return !client->u.accepted.session_known;
    const struct ms_fact_client *cl = &client->u.client;
    return !cl->session_known || cl->moved_on_s != v->moved_on_s || cl->lost != v->lost ||
           cl->discarded != v->discarded || !ms_span_eq(cl->tls_version, v->tls_version) ||
           !ms_span_eq(cl->tls_cipher, v->tls_cipher);
}

/* A session's verdict on a mail whose list is in the table: the client= line is found again by its place. */
static void tell_table(struct ms_correlator *c, struct ms_fact *client, const struct ms_verdict *v)
{
    struct ms_span queue_id = client->role == MS_ROLE_CLIENT ? client->u.client.queue_id : client->u.accepted.queue_id;
    bool is_there = false;
    if (queue_id.p == NULL)
        return;
    struct ms_key key = ms_life_key(c, client, queue_id);
    for (struct ms_partial *p = ms_table_find_mp(c->run->lives, key.hash); p != NULL; p = p->next) {
        if (!ms_key_eq(&p->key, &key))
            continue;
        for (struct ms_fact *f = p->first; f != NULL; f = f->next)
            if (f->role == client->role && f->key == client->key) {
                ms_verdict_apply(c, f, v);
                is_there = true;
            }
    }
    if (!is_there && ms_parked_maybe(&c->run->parked[MS_CARRIED_LIVES], key.hash) && is_news(client, v))
        ms_told_verdict(c, &key, client, v);
    if (is_there || ms_parked_is_used(&c->run->parked[MS_CARRIED_LIVES]))
        ms_verdict_apply(c, client, v);
}

/* What a process that delivers was doing, or a number of qmail's: of both a few facts at most stay open. */
static void seal_process_list(struct sealing *s, const struct ms_key *key, struct ms_fact **facts, size_t n_settled,
                              size_t n, int64_t now_s)
{
    struct ms_correlator *c = s->c;
    size_t n_open = 0;
    if (n_settled > 0)
        n_open = facts[0]->role == MS_ROLE_OUTBOUND ? ms_outbound_seal(c, facts, n_settled, now_s)
                                                    : ms_started_seal(c, facts, n_settled, now_s);
    memmove(facts + n_open, facts + n_settled, (n - n_settled) * sizeof *facts);
    n_open += n - n_settled;
    if (n_open > 0)
        ms_carry_list(c, s->which, key, facts, n_open);
}

static void seal_session_list(struct sealing *s, const struct ms_key *key, struct ms_fact **facts, size_t n)
{
    struct ms_correlator *c = s->c;
    int64_t now_s = ms_carry_now(c->run, key->host_id);
    size_t n_settled = count_settled(s, facts, n, now_s), n_splits;
    if (facts[0]->role == MS_ROLE_OUTBOUND || ms_key_is_started(key)) {
        seal_process_list(s, key, facts, n_settled, n, now_s);
        return;
    }
    struct ms_session_life *splits = ms_split_room(c, n, sizeof *splits);
    n_splits = ms_sessions_split(facts, n_settled, now_s, splits);
    for (size_t i = 0; i < n_splits; i++) {
        struct ms_session_life *life = &splits[i];
        if (life->tombstone)
            continue;
        int64_t id = ms_session_id(c, facts[life->first], life->begin_s, life->ordinal);
        ms_session_verdicts(c, facts, life, id, tell_table);
        if (life->sealed)
            ms_emit_session(c, facts, life, id);
        else /* (it is the last one) */
            carry_open(c, s->which, key, facts + life->first, n - life->first, life->ordinal);
    }
    if (n_settled < n && (n_splits == 0 || splits[n_splits - 1].sealed))
        ms_carry_list(c, s->which, key, facts + n_settled, n - n_settled);
}

static void seal_shard(struct sealing *s, unsigned shard)
{
    struct ms_correlate *run = s->c->run;
    ms_table_walk_mp(s->which == MS_CARRIED_LIVES ? run->lives : run->sessions, shard, seal_slot, s);
    ms_arena_reset(&s->c->shard_arena);
}

void ms_correlator_seal_sessions(struct ms_correlator *c, unsigned shard)
{
    struct sealing s = {c, MS_CARRIED_SESSIONS, seal_session_list};
    ms_carry_fetch(c, MS_CARRIED_SESSIONS, shard);
    seal_shard(&s, shard);
}

/* ---- lives ---- */

static void seal_life_list(struct sealing *s, const struct ms_key *key, struct ms_fact **facts, size_t n)
{
    struct ms_correlator *c = s->c;
    int64_t now_s = ms_carry_now(c->run, key->host_id);
    size_t n_settled = count_settled(s, facts, n, now_s);
    struct ms_life *splits = ms_split_room(c, n, sizeof *splits);
    if (ms_lives_have_no_end(facts, n_settled))
        ms_parts_join(c, facts, n_settled);
    size_t n_splits = ms_lives_split(facts, n_settled, now_s, splits);
    struct ms_key mine = *key;
    for (size_t i = 0; i < n_splits; i++) {
        struct ms_life *life = &splits[i];
        if (life->tombstone)
            continue;
        if (!life->sealed) { /* (it is the last one) */
            carry_open(c, s->which, key, facts + life->first, n - life->first, life->ordinal);
            continue;
        }
        ms_emit_life(c, &mine, facts, life, false);
        c->n_lives++;
        c->n_border_lives++;
    }
    const struct ms_life *last = n_splits > 0 ? &splits[n_splits - 1] : NULL;
    if (n_settled < n && (last == NULL || last->sealed))
        ms_carry_list(c, s->which, key, facts + n_settled, n - n_settled);
    if (last != NULL && last->sealed)
        carry_tombstone(c, &(struct ms_closed){*key, facts[last->first]->key, last->begin_s, last->ordinal});
}

void ms_correlator_seal_lives(struct ms_correlator *c, unsigned shard)
{
    struct sealing s = {c, MS_CARRIED_LIVES, seal_life_list};
    ms_carry_fetch(c, MS_CARRIED_LIVES, shard);
    seal_shard(&s, shard);
}

/* ---- what is open where the logs end ---- */

static void open_session_list(struct sealing *s, const struct ms_key *key, struct ms_fact **facts, size_t n)
{
    struct ms_correlator *c = s->c;
    if (facts[0]->role == MS_ROLE_OUTBOUND || ms_key_is_started(key))
        return;
    struct ms_session_life *splits = ms_split_room(c, n, sizeof *splits);
    size_t n_splits = ms_sessions_split(facts, n, ms_clock_now(&c->run->clock, key->host_id), splits);
    struct ms_counts before = counts_now(c);
    for (size_t i = 0; i < n_splits; i++)
        if (!splits[i].tombstone)
            ms_emit_session(c, facts, &splits[i],
                            ms_session_id(c, facts[splits[i].first], splits[i].begin_s, splits[i].ordinal));
    count_open(c, &before);
}

static void open_life_list(struct sealing *s, const struct ms_key *key, struct ms_fact **facts, size_t n)
{
    struct ms_correlator *c = s->c;
    struct ms_life *splits = ms_split_room(c, n, sizeof *splits);
    if (ms_lives_have_no_end(facts, n))
        ms_parts_join(c, facts, n);
    size_t n_splits = ms_lives_split(facts, n, ms_clock_now(&c->run->clock, key->host_id), splits);
    struct ms_key mine = *key;
    struct ms_counts before = counts_now(c);
    for (size_t i = 0; i < n_splits; i++) {
        if (splits[i].tombstone)
            continue;
        ms_emit_life(c, &mine, facts, &splits[i], true);
        c->n_lives++;
        c->n_border_lives++;
    }
    count_open(c, &before);
}

void ms_correlator_open_shard(struct ms_correlator *c, unsigned shard, const struct ms_open_round *round)
{
    struct sealing lives = {c, MS_CARRIED_LIVES, open_life_list},
                   sessions = {c, MS_CARRIED_SESSIONS, open_session_list};
    ms_carry_fetch_round(c, MS_CARRIED_SESSIONS, shard, round);
    seal_shard(&sessions, shard);
    ms_carry_fetch_round(c, MS_CARRIED_LIVES, shard, round);
    seal_shard(&lives, shard);
}

/* ---- tombstones: lists closed by a worker, remembered where an older list of the key is still open ---- */

static void bury(struct ms_correlator *c, enum ms_carried which, const struct ms_localmap *map)
{
    struct ms_queue_table *table = which == MS_CARRIED_LIVES ? c->run->lives : c->run->sessions;
    const struct ms_parked *parked = &c->run->parked[which];
    for (size_t i = 0; i < map->n_closed; i++) {
        const struct ms_closed *item = &map->closed[i];
        if (item->key.hash == 0)
            continue;
        struct ms_partial *p = ms_table_find_mp(table, item->key.hash);
        while (p != NULL && !ms_key_eq(&p->key, &item->key))
            p = p->next;
        if (p == NULL && !ms_parked_maybe(parked, item->key.hash)) {
            if (table == c->run->lives) /* (a session is closed only in a later second) */
                carry_tombstone(c, item);
            continue;
        }
        struct ms_fact *t = tombstone_new(c, item);
        ms_partial_insert(c, table, &item->key, &t, 1, NULL);
    }
}

void ms_correlator_tombstones(struct ms_correlator *c)
{
    bury(c, MS_CARRIED_LIVES, &c->life_map);
    bury(c, MS_CARRIED_SESSIONS, &c->session_map);
    bury(c, MS_CARRIED_SESSIONS, &c->started_map);
}

/* ---- on to the next epoch, and to the next stripe ---- */

void ms_correlate_next_epoch(struct ms_correlate *run)
{
    ms_table_reset(run->lives);
    ms_table_reset(run->sessions);
}

static void insert_all(struct ms_queue_table *table, struct ms_partial *list)
{
    for (struct ms_partial *p = list, *next; p != NULL; p = next) {
        next = p->next;
        ms_table_insert_mp(table, p);
    }
}

/* What the tables held. */
static void forget_epoch(struct ms_correlator *c)
{
    ms_arena_reset(&c->epoch_arena);
    ms_localmap_next_epoch(&c->life_map);
    ms_localmap_next_epoch(&c->session_map);
    ms_localmap_next_epoch(&c->started_map);
}

/* And what rows have. */
static void forget_stripe(struct ms_correlator *c)
{
    forget_epoch(c);
    for (unsigned t = 0; t < MS_N_TABLES; t++)
        ms_rows_reset(&c->rows[t]);
    ms_arena_reset(&c->stripe_arena);
    ms_dict_reset(&c->dict);
    ms_origins_next_stripe(&c->origins);
    ms_emit_next_stripe(c);
    ms_links_forget_names(&c->links);
    ms_links_forget_names(&c->open_links);
    memset(c->briefs, 0, sizeof c->briefs);
}

void ms_correlator_next_epoch(struct ms_correlator *c, bool is_next_stripe)
{
    struct ms_carry *used = &c->carry[c->carry_now];
    if (is_next_stripe)
        forget_stripe(c);
    else
        forget_epoch(c);
    ms_arena_reset(&used->arena);
    ms_dict_reset(&used->dict);
    used->lives = used->sessions = NULL;
    used->n_bytes = 0;
    c->carry_now ^= 1;
    insert_all(c->run->lives, c->carry[c->carry_now].lives);
    insert_all(c->run->sessions, c->carry[c->carry_now].sessions);
}

void ms_correlator_open_begin(struct ms_correlator *c, const struct ms_open_round *round)
{
    forget_stripe(c);
    ms_arena_fini(&c->epoch_arena); /* no stripe comes any more: rows may have what its facts needed */
    ms_arena_fini(&c->stripe_arena);
    ms_arena_fini(&c->segment_arena);
    ms_carry_insert_round(c, MS_CARRIED_LIVES, round);
    ms_carry_insert_round(c, MS_CARRIED_SESSIONS, round);
}
