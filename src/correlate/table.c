#include "correlate/table.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/status.h"

/* A shard is a chain of levels, each four times as large as the one before. A key lives in the first of its PROBES slots,
 * counted through the levels, that was free or its own when it came. Slots are never freed before reset, so every thread
 * finds the same place:
 *
 *     EMPTY (hash 0) --A1: CAS by the first inserter--> CLAIMED (hash h, for ever)
 *     head NULL      --A2: CAS, any inserter of h-----> head -> partial -> partial ...
 *
 * A level is made by whoever needs it first (A3). Nothing depends on who wins a race: lists are sorted by whoever walks.
 * tests/model/table.pml is this protocol for Spin. */
#define FIRST_LEVEL_SLOTS 1024u
#define PROBES 8u
#define MAX_LEVELS 12u

struct slot {
    _Atomic uint64_t hash;
    _Atomic(struct ms_partial *) head;
};

struct level {
    uint64_t n_slots; /* power of two */
    struct slot slots[];
};

struct shard {
    _Atomic(struct level *) levels[MAX_LEVELS];
    char pad[64]; /* no two shards' level pointers in one cache line */
};

struct ms_queue_table {
    enum ms_table_kind kind;
    struct shard shards[MS_TABLE_SHARDS]; /* lock-free */
    pthread_mutex_t lock;                 /* twin: one list a shard, searched from the front */
    struct ms_partial *lists[MS_TABLE_SHARDS][256];
};

static struct level *level_new(unsigned i)
{
    uint64_t n = (uint64_t)FIRST_LEVEL_SLOTS << (2 * i);
    struct level *l = ms_calloc(1, sizeof *l + n * sizeof l->slots[0]);
    l->n_slots = n;
    return l;
}

struct ms_queue_table *ms_table_create(enum ms_table_kind kind)
{
    struct ms_queue_table *t = ms_calloc(1, sizeof *t);
    t->kind = kind;
    pthread_mutex_init(&t->lock, NULL);
    return t;
}

void ms_table_destroy(struct ms_queue_table *t)
{
    if (t == NULL)
        return;
    for (unsigned s = 0; s < MS_TABLE_SHARDS; s++)
        for (unsigned i = 0; i < MAX_LEVELS; i++)
            free(atomic_load_explicit(&t->shards[s].levels[i], memory_order_relaxed));
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static struct level *level_get(struct shard *s, unsigned i)
{
    /* A3 acquire: pairs with the release of the thread that made the level, so its zeroed slots are seen. */
    struct level *l = atomic_load_explicit(&s->levels[i], memory_order_acquire);
    if (l != NULL)
        return l;
    struct level *fresh = level_new(i);
    if (atomic_compare_exchange_strong_explicit(&s->levels[i], &l, fresh, memory_order_acq_rel, memory_order_acquire))
        return fresh;
    free(fresh);
    return l;
}

static struct slot *slot_claim(struct shard *s, uint64_t hash)
{
    for (unsigned i = 0; i < MAX_LEVELS; i++) {
        struct level *l = level_get(s, i);
        for (unsigned k = 0; k < PROBES; k++) {
            struct slot *slot = &l->slots[(hash + k) & (l->n_slots - 1)];
            uint64_t seen = atomic_load_explicit(&slot->hash, memory_order_relaxed);
            if (seen == 0)
                /* A1 relaxed: the hash is all there is to see; the partials behind head have their own order (A2). */
                if (atomic_compare_exchange_strong_explicit(&slot->hash, &seen, hash, memory_order_relaxed,
                                                            memory_order_relaxed))
                    return slot;
            if (seen == hash)
                return slot;
        }
    }
    /* 8 probes in a level of 4 G slots all taken by others: not reached before memory is. */
    MS_ASSERT(!"queue-ID table has no more levels");
    return NULL;
}

static void insert_locked(struct ms_queue_table *t, struct ms_partial *p)
{
    struct ms_partial **list = &t->lists[ms_table_shard_of(p->key.hash)][p->key.hash & 255];
    pthread_mutex_lock(&t->lock);
    p->next = *list;
    *list = p;
    pthread_mutex_unlock(&t->lock);
}

void ms_table_insert_mp(struct ms_queue_table *t, struct ms_partial *p)
{
    if (t->kind == MS_TABLE_LOCKED) {
        insert_locked(t, p);
        return;
    }
    struct slot *slot = slot_claim(&t->shards[ms_table_shard_of(p->key.hash)], p->key.hash);
    struct ms_partial *head = atomic_load_explicit(&slot->head, memory_order_relaxed);
    do
        p->next = head;
    /* A2 release: publishes the partial and its facts; pairs with the acquire loads in find and walk. */
    while (!atomic_compare_exchange_weak_explicit(&slot->head, &head, p, memory_order_release, memory_order_relaxed));
}

struct ms_partial *ms_table_find_mp(const struct ms_queue_table *t, uint64_t hash)
{
    const struct shard *s = &t->shards[ms_table_shard_of(hash)];
    if (t->kind == MS_TABLE_LOCKED)
        return t->lists[ms_table_shard_of(hash)][hash & 255];
    for (unsigned i = 0; i < MAX_LEVELS; i++) {
        const struct level *l = atomic_load_explicit(&s->levels[i], memory_order_acquire);
        if (l == NULL)
            return NULL;
        for (unsigned k = 0; k < PROBES; k++) {
            const struct slot *slot = &l->slots[(hash + k) & (l->n_slots - 1)];
            uint64_t seen = atomic_load_explicit(&slot->hash, memory_order_relaxed);
            if (seen == hash)
                return atomic_load_explicit(&slot->head, memory_order_acquire);
            if (seen == 0)
                return NULL;
        }
    }
    return NULL;
}

void ms_table_walk_mp(const struct ms_queue_table *t, unsigned shard, ms_table_walk_fn fn, void *user)
{
    if (t->kind == MS_TABLE_LOCKED) {
        for (unsigned i = 0; i < 256; i++)
            if (t->lists[shard][i] != NULL)
                fn(user, t->lists[shard][i]);
        return;
    }
    for (unsigned i = 0; i < MAX_LEVELS; i++) {
        const struct level *l = atomic_load_explicit(&t->shards[shard].levels[i], memory_order_acquire);
        for (uint64_t k = 0; l != NULL && k < l->n_slots; k++) {
            struct ms_partial *head = atomic_load_explicit(&l->slots[k].head, memory_order_acquire);
            if (head != NULL)
                fn(user, head);
        }
    }
}

void ms_table_reset(struct ms_queue_table *t)
{
    memset(t->lists, 0, sizeof t->lists);
    for (unsigned s = 0; s < MS_TABLE_SHARDS; s++) {
        for (unsigned i = 0; i < MAX_LEVELS; i++) {
            struct level *l = atomic_load_explicit(&t->shards[s].levels[i], memory_order_relaxed);
            if (l == NULL)
                break;
            if (i < 2)
                memset(l->slots, 0, l->n_slots * sizeof l->slots[0]);
            else { /* a wide level was an exception: give it up */
                free(l);
                atomic_store_explicit(&t->shards[s].levels[i], NULL, memory_order_relaxed);
            }
        }
    }
}
