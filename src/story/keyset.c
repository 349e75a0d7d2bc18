#include "story/keyset.h"

#include <stdlib.h>

#include "base/memory.h"

static size_t slot_of(const struct ms_keyset *s, const struct ms_key *key)
{
    size_t at = key->hash & (s->n_slots - 1);
    while (s->slots[at] != 0 && !ms_key_eq(&s->items[s->slots[at] - 1], key))
        at = (at + 1) & (s->n_slots - 1);
    return at;
}

static void grow(struct ms_keyset *s)
{
    size_t n = s->n_slots ? s->n_slots * 2 : 64;
    free(s->slots);
    s->slots = ms_calloc(n, sizeof *s->slots);
    s->n_slots = n;
    for (size_t i = 0; i < s->n; i++)
        s->slots[slot_of(s, &s->items[i])] = (uint32_t)i + 1;
}

bool ms_keyset_add(struct ms_keyset *s, const struct ms_key *key)
{
    if (s->n * 2 >= s->n_slots)
        grow(s);
    size_t at = slot_of(s, key);
    if (s->slots[at] != 0)
        return false;
    s->items = ms_grow(s->items, &s->cap, s->n + 1, sizeof *s->items);
    s->items[s->n] = *key;
    s->items[s->n].queue_id = ms_arena_copy(&s->texts, key->queue_id);
    s->slots[at] = (uint32_t)++s->n;
    return true;
}

size_t ms_keyset_find(const struct ms_keyset *s, const struct ms_key *key)
{
    if (s->n == 0)
        return SIZE_MAX;
    uint32_t slot = s->slots[slot_of(s, key)];
    return slot != 0 ? slot - 1 : SIZE_MAX;
}

void ms_keyset_add_all(struct ms_keyset *s, const struct ms_keyset *more)
{
    for (size_t i = 0; i < more->n; i++)
        ms_keyset_add(s, &more->items[i]);
}

void ms_keyset_clear(struct ms_keyset *s)
{
    s->n = 0;
    if (s->slots != NULL)
        memset(s->slots, 0, s->n_slots * sizeof *s->slots);
    ms_arena_reset(&s->texts);
}

void ms_keyset_fini(struct ms_keyset *s)
{
    free(s->items);
    free(s->slots);
    ms_arena_fini(&s->texts);
    *s = (struct ms_keyset){0};
}

/* ---- with times ---- */

void ms_times_add(struct ms_times *t, const struct ms_key *key, int64_t from_s, int64_t to_s)
{
    bool is_new = ms_keyset_add(&t->keys, key);
    size_t at = ms_keyset_find(&t->keys, key);
    t->first = ms_grow(t->first, &t->cap_first, t->keys.n, sizeof *t->first);
    if (is_new)
        t->first[at] = 0;
    for (uint32_t i = t->first[at]; i != 0; i = t->ranges[i - 1].next)
        if (t->ranges[i - 1].from_s <= from_s && t->ranges[i - 1].to_s >= to_s)
            return;
    t->ranges = ms_grow(t->ranges, &t->cap, t->n + 1, sizeof *t->ranges);
    t->ranges[t->n] = (struct ms_time_range){from_s, to_s, t->first[at]};
    t->first[at] = (uint32_t)++t->n;
}

bool ms_times_has(const struct ms_times *t, const struct ms_key *key, int64_t second)
{
    size_t at = ms_keyset_find(&t->keys, key);
    if (at == SIZE_MAX)
        return false;
    for (uint32_t i = t->first[at]; i != 0; i = t->ranges[i - 1].next)
        if (t->ranges[i - 1].from_s <= second && second <= t->ranges[i - 1].to_s)
            return true;
    return false;
}

void ms_times_add_all(struct ms_times *t, const struct ms_times *more)
{
    for (size_t i = 0; i < more->keys.n; i++)
        for (uint32_t k = more->first[i]; k != 0; k = more->ranges[k - 1].next)
            ms_times_add(t, &more->keys.items[i], more->ranges[k - 1].from_s, more->ranges[k - 1].to_s);
}

void ms_times_clear(struct ms_times *t)
{
    ms_keyset_clear(&t->keys);
    t->n = 0;
}

void ms_times_fini(struct ms_times *t)
{
    ms_keyset_fini(&t->keys);
    free(t->first);
    free(t->ranges);
    *t = (struct ms_times){0};
}
