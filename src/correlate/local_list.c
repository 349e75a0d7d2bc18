/* Facts and lists of the segment in hand: taking, giving back, handing over. */
#include "base/room.h"
#include "correlate/local.h"

void ms_fact_give_back(struct ms_correlator *c, struct ms_fact *f)
{
    if (f->role == MS_ROLE_CLIENT && f->u.client.twin != NULL)
        f->u.client.twin->u.client.twin = NULL;
    if (f->role == MS_ROLE_ACCEPTED && f->u.accepted.twin != NULL)
        f->u.accepted.twin->u.accepted.twin = NULL;
    f->next = c->free_facts[f->role];
    c->free_facts[f->role] = f;
}

struct ms_fact *ms_fact_twin(struct ms_correlator *c, struct ms_fact *f)
{
    struct ms_fact *twin = ms_fact_take(c, f->role);
    memcpy(twin, f, ms_fact_shapes[f->role].size_bytes);
    if (f->role == MS_ROLE_CLIENT) {
        twin->u.client.twin = f;
        f->u.client.twin = twin;
    } else if (f->role == MS_ROLE_ACCEPTED) {
        twin->u.accepted.twin = f;
        f->u.accepted.twin = twin;
        f->u.accepted.waits = true;
    } else {
        twin->flags |= MS_FACT_COUNT_ONLY;
    }
    return twin;
}

struct ms_key ms_life_key(struct ms_correlator *c, const struct ms_fact *f, struct ms_span queue_id)
{
    const struct ms_origin *origin = ms_origin_of(&c->origins, c->run->names, f->host_id, f->tag_id);
    return ms_key_queue(f->host_id, origin->instance_hash, queue_id, c->run->seed);
}

void *ms_split_room(struct ms_correlator *c, size_t n, size_t item_size)
{
    return c->splits = ms_room_grow(c->splits, &c->cap_splits, (n + 1) * item_size, 1);
}

void ms_partial_insert(struct ms_correlator *c, struct ms_queue_table *table, const struct ms_key *key,
                       struct ms_fact *const *facts, size_t n, const struct ms_fact *tombstone)
{
    struct ms_arena *arena = &c->epoch_arena;
    struct ms_partial *p = ms_arena_alloc(arena, sizeof *p);
    *p = (struct ms_partial){.key = *key, .dict = &c->dict};
    p->key.queue_id = ms_arena_copy(arena, key->queue_id);
    for (size_t i = 0; i < n + (tombstone != NULL); i++) {
        struct ms_fact *f = ms_fact_copy(i < n ? facts[i] : tombstone, arena, &c->dict, &c->dict);
        if (f->role == MS_ROLE_CLIENT)
            f->u.client.twin = NULL;
        else if (f->role == MS_ROLE_ACCEPTED)
            f->u.accepted.twin = NULL;
        if (p->last)
            p->last->next = f;
        else
            p->first = f;
        p->last = f;
    }
    ms_table_insert_mp(table, p);
}
