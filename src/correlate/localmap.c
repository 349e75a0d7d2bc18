#include "correlate/localmap.h"

#include <stdlib.h>

#include "base/memory.h"

#define FIRST_SLOTS 1024u

/* ---- the two tables ---- */

static uint64_t slot_value(uint64_t hash, size_t number)
{
    return (hash >> 32) << 32 | (uint32_t)(number + 1);
}

static size_t slot_number(uint64_t slot)
{
    return (uint32_t)slot - 1;
}

static inline bool slot_may_be(uint64_t slot, uint64_t hash)
{
    return slot >> 32 == hash >> 32;
}

static void put(struct ms_localmap_index *t, uint64_t hash, size_t number)
{
    size_t at = hash & (t->n_slots - 1);
    while (t->slots[at])
        at = (at + 1) & (t->n_slots - 1);
    t->slots[at] = slot_value(hash, number);
}

typedef uint64_t (*hash_of_fn)(const struct ms_localmap *m, size_t number);

static uint64_t hash_of_open(const struct ms_localmap *m, size_t number)
{
    return m->lists[number].key.hash;
}

static uint64_t hash_of_shut(const struct ms_localmap *m, size_t number)
{
    return m->closed[number].key.hash;
}

static void make_room(const struct ms_localmap *m, struct ms_localmap_index *t, hash_of_fn hash_of)
{
    if (++t->n_used * 2 <= t->n_slots)
        return;
    uint64_t *old = t->slots;
    size_t n = t->n_slots;
    t->n_slots = n ? n * 2 : FIRST_SLOTS;
    t->slots = ms_calloc(t->n_slots, sizeof *t->slots);
    for (size_t i = 0; i < n; i++)
        if (old[i])
            put(t, hash_of(m, slot_number(old[i])), slot_number(old[i]));
    free(old);
}

/* Empties slot `at`: what was pushed past it by the probing moves back. */
static void take_out(const struct ms_localmap *m, struct ms_localmap_index *t, size_t at, hash_of_fn hash_of)
{
    size_t mask = t->n_slots - 1, hole = at;
    for (size_t i = (at + 1) & mask; t->slots[i]; i = (i + 1) & mask) {
        size_t home = hash_of(m, slot_number(t->slots[i])) & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            t->slots[hole] = t->slots[i];
            hole = i;
        }
    }
    t->slots[hole] = 0;
    t->n_used--;
}

static void empty(struct ms_localmap_index *t)
{
    if (t->n_used)
        memset(t->slots, 0, t->n_slots * sizeof *t->slots);
    t->n_used = 0;
}

/* ---- lists ---- */

static struct ms_local_list *list_new(struct ms_localmap *m, const struct ms_key *key)
{
    size_t number;
    if (m->first_free) {
        number = m->first_free - 1;
        m->first_free = m->lists[number].next_free;
    } else {
        number = m->n_lists++;
        m->lists = ms_grow(m->lists, &m->cap_lists, m->n_lists, sizeof *m->lists);
        if (number == m->n_made)
            m->lists[m->n_made++] = (struct ms_local_list){0};
    }
    struct ms_local_list *l = &m->lists[number];
    l->key = *key;
    l->n = 0;
    l->clean = l->closed = l->live = false;
    l->outbound = (struct ms_outbound){0};
    l->n_waiting = 0;
    make_room(m, &m->open, hash_of_open);
    put(&m->open, key->hash, number);
    return l;
}

/* The key had lives before that are closed: takes over what is known of the last one. */
static void remember(struct ms_localmap *m, struct ms_local_list *l)
{
    uint64_t hash = l->key.hash;
    size_t mask = m->shut.n_slots - 1;
    for (size_t at = hash & mask; m->shut.n_slots && m->shut.slots[at]; at = (at + 1) & mask) {
        if (!slot_may_be(m->shut.slots[at], hash))
            continue;
        struct ms_closed *closed = &m->closed[slot_number(m->shut.slots[at])];
        if (!ms_key_eq(&closed->key, &l->key))
            continue;
        l->key = closed->key; /* its queue ID lives on, whatever becomes of the segment */
        l->closed = l->clean = true;
        l->last_place = closed->place;
        l->last_begin_s = closed->begin_s;
        l->last_ordinal = closed->ordinal;
        take_out(m, &m->shut, at, hash_of_shut);
        closed->key.hash = 0;
        return;
    }
}

struct ms_local_list *ms_localmap_get_new(struct ms_localmap *m, const struct ms_key *key)
{
    struct ms_local_list *l = list_new(m, key);
    remember(m, l);
    return l;
}

void ms_local_list_append_many(struct ms_local_list *l, struct ms_fact *fact)
{
    size_t cap = l->cap_many;
    l->many = ms_grow(l->many, &cap, l->n + 1, sizeof *l->many);
    l->cap_many = (uint32_t)cap;
    if (l->n == MS_LOCAL_FEW)
        memcpy(l->many, l->few, sizeof l->few);
    l->many[l->n++] = fact;
}

void ms_localmap_close(struct ms_localmap *m, struct ms_local_list *l)
{
    size_t number = (size_t)(l - m->lists), mask = m->open.n_slots - 1, at = l->key.hash & mask;
    while (slot_number(m->open.slots[at]) != number)
        at = (at + 1) & mask;
    take_out(m, &m->open, at, hash_of_open);
    m->closed = ms_grow(m->closed, &m->cap_closed, m->n_closed + 1, sizeof *m->closed);
    m->closed[m->n_closed++] = (struct ms_closed){l->key, l->last_place, l->last_begin_s, l->last_ordinal};
    make_room(m, &m->shut, hash_of_shut);
    put(&m->shut, l->key.hash, m->n_closed - 1);
    l->n = 0;
    l->next_free = m->first_free;
    m->first_free = (uint32_t)number + 1;
}

void ms_localmap_reset(struct ms_localmap *m)
{
    empty(&m->open);
    empty(&m->shut);
    m->n_lists = m->first_free = 0;
}

void ms_localmap_next_epoch(struct ms_localmap *m)
{
    m->n_closed = 0;
}

void ms_localmap_fini(struct ms_localmap *m)
{
    for (size_t i = 0; i < m->n_made; i++)
        free(m->lists[i].many);
    free(m->open.slots);
    free(m->shut.slots);
    free(m->lists);
    free(m->closed);
    *m = (struct ms_localmap){0};
}
