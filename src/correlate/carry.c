/* What is open at the end of a stripe moves on into the next one: in memory as long as there is room, else in a file, from which
 * it comes back when something is said of it, or when its time has come. Which way it goes shows in no row. */
#include "correlate/carry.h"

#include "base/memory.h"
#include "base/room.h"
#include "correlate/lives.h"
#include "correlate/local.h"
#include "correlate/started.h"

/* ---- when something becomes of a list by itself ---- */

#define DAY_S INT64_C(86400)

static size_t split(enum ms_carried which, struct ms_fact *const *facts, size_t n, int64_t now_s, void *splits)
{
    return which == MS_CARRIED_LIVES ? ms_lives_split(facts, n, now_s, splits)
                                     : ms_sessions_split(facts, n, now_s, splits);
}

static bool is_sealed(enum ms_carried which, const void *splits, size_t i)
{
    return which == MS_CARRIED_LIVES ? ((const struct ms_life *)splits)[i].sealed
                                     : ((const struct ms_session_life *)splits)[i].sealed;
}

static bool is_open_at(enum ms_carried which, struct ms_fact *const *facts, size_t n, int64_t now_s, void *splits)
{
    size_t n_splits = split(which, facts, n, now_s, splits);
    return n_splits == 1 && !is_sealed(which, splits, 0);
}

/* What is open at some time was so at all times before: lists are sealed by the clock once and for good. */
static int64_t due_s(struct ms_correlator *c, enum ms_carried which, struct ms_fact *const *facts, size_t n,
                     int64_t now_s)
{
    static const int64_t ahead_s[] = {44 * DAY_S, 30 * DAY_S, 14 * DAY_S, 5 * DAY_S, 2 * DAY_S, DAY_S / 2, DAY_S / 5,
                                      3300,       1200,       300,        60,        25,        5};
    size_t item = which == MS_CARRIED_LIVES ? sizeof(struct ms_life) : sizeof(struct ms_session_life);
    c->dues = ms_room_grow(c->dues, &c->cap_dues, (n + 1) * item, 1);
    if (facts[n - 1]->eff_s > now_s)
        return INT64_MIN;
    if (is_open_at(which, facts, n, INT64_MAX / 2, c->dues))
        return INT64_MAX;
    for (size_t i = 0; i < sizeof ahead_s / sizeof *ahead_s; i++)
        if (is_open_at(which, facts, n, now_s + ahead_s[i], c->dues))
            return now_s + ahead_s[i] + 1;
    return INT64_MIN;
}

/* ---- in the file ---- */

static struct ms_parked *store_of(struct ms_correlate *run, enum ms_carried which)
{
    return &run->parked[which];
}

static bool has_rows(const struct ms_key *key, const struct ms_fact *first)
{
    return first->role != MS_ROLE_OUTBOUND && first->role != MS_ROLE_TOMBSTONE && !ms_key_is_started(key);
}

/* The list as bytes, in c->packed, and what stands for them. */
static struct ms_parked_list pack(struct ms_correlator *c, const struct ms_key *key, struct ms_fact *const *facts,
                                  size_t n, const struct ms_dict *dict)
{
    c->packed.size_bytes = 0;
    ms_list_pack(&c->packed, key, facts, n, dict);
    return (struct ms_parked_list){.hash = key->hash,
                                   .first_key = facts[0]->key,
                                   .due_s = INT64_MIN,
                                   .n_bytes = c->packed.size_bytes,
                                   .host_id = key->host_id,
                                   .n_facts = has_rows(key, facts[0]) ? (uint32_t)n : 0};
}

static void park(struct ms_correlator *c, enum ms_carried which, const struct ms_key *key, struct ms_fact *const *facts,
                 size_t n)
{
    struct ms_parked_list list = pack(c, key, facts, n, &c->dict);
    if (list.n_facts > 0)
        list.due_s = due_s(c, which, facts, n, ms_carry_now(c->run, key->host_id));
    ms_parked_put(store_of(c->run, which), list, c->packed.data);
}

static struct ms_queue_table *table_of(struct ms_correlate *run, enum ms_carried which)
{
    return which == MS_CARRIED_LIVES ? run->lives : run->sessions;
}

struct unparking {
    struct ms_correlator *c;
    enum ms_carried which;
    const struct ms_open_round *round; /* NULL: of what was said of in the stripe */
};

static bool is_wanted(void *user, const struct ms_parked_list *list)
{
    const struct unparking *u = user;
    return list->due_s == INT64_MIN || ms_carry_now(u->c->run, list->host_id) >= list->due_s ||
           ms_table_find_mp(table_of(u->c->run, u->which), list->hash) != NULL;
}

static void unpark(void *user, const struct ms_parked_list *list, const char *bytes)
{
    const struct unparking *u = user;
    struct ms_partial *p = ms_list_unpack(bytes, list->n_bytes, &u->c->shard_arena, &u->c->dict);
    if (p != NULL)
        ms_table_insert_mp(table_of(u->c->run, u->which), p);
    else
        ms_parked_damaged(store_of(u->c->run, u->which));
}

void ms_carry_fetch(struct ms_correlator *c, enum ms_carried which, unsigned shard)
{
    struct unparking u = {c, which, NULL};
    struct ms_parked_visit visit = {.wants = is_wanted, .list = unpark, .user = &u};
    ms_parked_visit(store_of(c->run, which), shard, &visit);
}

/* ---- in memory ---- */

enum { VALUE_BYTES = 120 }; /* of a dictionary: text, value and slots, about */

static size_t bytes_of(const struct ms_fact *f)
{
    const struct ms_fact_shape *shape = &ms_fact_shapes[f->role];
    const struct ms_span *spans = (const struct ms_span *)(const void *)((const char *)f + shape->span_offset);
    size_t n = shape->size_bytes;
    for (unsigned i = 0; i < shape->n_spans; i++)
        n += spans[i].p != NULL ? spans[i].n : 0;
    return n;
}

static void keep(struct ms_carry *carry, struct ms_partial **head, const struct ms_key *key,
                 struct ms_fact *const *facts, size_t n, const struct ms_dict *dict)
{
    struct ms_partial *p = ms_arena_alloc(&carry->arena, sizeof *p);
    uint32_t n_values = carry->dict.n_values;
    *p = (struct ms_partial){.next = *head, .key = *key, .dict = &carry->dict};
    p->key.queue_id = ms_arena_copy(&carry->arena, key->queue_id);
    carry->n_bytes += sizeof *p + key->queue_id.n;
    for (size_t i = 0; i < n; i++) {
        struct ms_fact *f = ms_fact_copy(facts[i], &carry->arena, dict, &carry->dict);
        if (p->last)
            p->last->next = f;
        else
            p->first = f;
        p->last = f;
        carry->n_bytes += bytes_of(f);
    }
    carry->n_bytes += (size_t)(carry->dict.n_values - n_values) * VALUE_BYTES;
    *head = p;
}

static struct ms_partial **head_of(struct ms_carry *carry, enum ms_carried which)
{
    return which == MS_CARRIED_LIVES ? &carry->lives : &carry->sessions;
}

/* A tombstone is needed where a line may ask for it before the stripe's end. */
static bool is_full(const struct ms_correlator *c, const struct ms_carry *carry, const struct ms_fact *first)
{
    return carry->n_bytes >= c->run->carry_limit_bytes && first->role != MS_ROLE_TOMBSTONE;
}

void ms_carry_list(struct ms_correlator *c, enum ms_carried which, const struct ms_key *key,
                   struct ms_fact *const *facts, size_t n)
{
    struct ms_carry *next = &c->carry[c->carry_now ^ 1];
    if (is_full(c, next, facts[0]))
        park(c, which, key, facts, n);
    else
        keep(next, head_of(next, which), key, facts, n, &c->dict);
}

/* ---- where the logs end ---- */

struct weighing {
    void (*add)(void *arg, uint64_t first_key, uint32_t n_facts);
    void *arg;
};

static bool weigh_parked(void *user, const struct ms_parked_list *list)
{
    const struct weighing *w = user;
    if (list->n_facts > 0)
        w->add(w->arg, list->first_key, list->n_facts);
    return false;
}

void ms_correlate_open_weigh(struct ms_correlate *run, struct ms_correlator *const *workers, size_t n,
                             void (*add)(void *arg, uint64_t first_key, uint32_t n_facts), void *arg)
{
    struct weighing w = {add, arg};
    struct ms_parked_visit visit = {.wants = weigh_parked, .user = &w, .keeps = true};
    for (unsigned which = 0; which < 2; which++)
        for (unsigned shard = 0; shard < MS_TABLE_SHARDS; shard++)
            ms_parked_visit(store_of(run, which), shard, &visit);
    for (size_t i = 0; i < 2 * n; i++) {
        struct ms_correlator *c = workers[i / 2];
        for (struct ms_partial *p = *head_of(&c->carry[c->carry_now ^ 1], i % 2); p != NULL; p = p->next) {
            uint32_t n_facts = 0;
            for (const struct ms_fact *f = p->first; f != NULL; f = f->next)
                n_facts++;
            if (has_rows(&p->key, p->first))
                add(arg, p->first->key, n_facts);
        }
    }
}

/* The lists themselves stay, for the state. */
void ms_carry_insert_round(struct ms_correlator *c, enum ms_carried which, const struct ms_open_round *round)
{
    for (struct ms_partial *p = *head_of(&c->carry[c->carry_now ^ 1], which); p != NULL; p = p->next) {
        if (p->first->role != MS_ROLE_TOMBSTONE &&
            !(has_rows(&p->key, p->first) && round->has(round->arg, p->first->key)))
            continue;
        struct ms_partial *again = ms_arena_alloc(&c->epoch_arena, sizeof *again);
        *again = *p;
        ms_table_insert_mp(table_of(c->run, which), again);
    }
}

static bool is_in_round(void *user, const struct ms_parked_list *list)
{
    const struct unparking *u = user;
    return list->n_facts > 0 && u->round->has(u->round->arg, list->first_key);
}

void ms_carry_fetch_round(struct ms_correlator *c, enum ms_carried which, unsigned shard,
                          const struct ms_open_round *round)
{
    struct unparking u = {c, which, round};
    struct ms_parked_visit visit = {.wants = is_in_round, .list = unpark, .user = &u, .keeps = c->run->keeps_open};
    ms_parked_visit(store_of(c->run, which), shard, &visit);
}

/* ---- from the state of an earlier run ---- */

bool ms_carry_restore(struct ms_correlator *c, enum ms_carried which, const struct ms_parked_list *list,
                      const char *bytes)
{
    struct ms_carry *now = &c->carry[c->carry_now];
    if (now->n_bytes >= c->run->carry_limit_bytes) {
        ms_parked_put(store_of(c->run, which), *list, bytes);
        return true;
    }
    struct ms_partial *p = ms_list_unpack(bytes, list->n_bytes, &now->arena, &now->dict), **head = head_of(now, which);
    if (p == NULL)
        return false;
    now->n_bytes += list->n_bytes;
    p->next = *head;
    *head = p;
    ms_table_insert_mp(table_of(c->run, which), p);
    return true;
}

static void save_bytes(struct ms_state_out *out, const struct ms_parked_list *list, const char *bytes)
{
    ms_state_put_number(out, 1);
    ms_state_put(out, list, sizeof *list);
    ms_state_put(out, bytes, list->n_bytes);
}

static bool is_any(void *user, const struct ms_parked_list *list)
{
    (void)user;
    (void)list;
    return true;
}

static void save_parked(void *out, const struct ms_parked_list *list, const char *bytes)
{
    save_bytes(out, list, bytes);
}

void ms_carry_save_parked(struct ms_correlate *run, enum ms_carried which, struct ms_state_out *out)
{
    struct ms_parked_visit visit = {.wants = is_any, .list = save_parked, .user = out, .keeps = true};
    for (unsigned shard = 0; shard < MS_TABLE_SHARDS; shard++)
        ms_parked_visit(store_of(run, which), shard, &visit);
}

void ms_carry_save(struct ms_correlator *c, enum ms_carried which, struct ms_state_out *out)
{
    struct ms_carry *next = &c->carry[c->carry_now ^ 1];
    for (struct ms_partial *p = *head_of(next, which); p != NULL; p = p->next) {
        size_t n = 0;
        for (struct ms_fact *f = p->first; f != NULL; f = f->next) {
            c->list = ms_room_grow(c->list, &c->cap_list, n + 1, sizeof *c->list);
            c->list[n++] = f;
        }
        struct ms_parked_list list = pack(c, &p->key, c->list, n, p->dict);
        save_bytes(out, &list, c->packed.data);
    }
}
