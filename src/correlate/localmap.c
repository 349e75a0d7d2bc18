#include "correlate/localmap.h"

#include <stdlib.h>

#include "base/memory.h"

#define FIRST_SLOTS 4096u

static void insert_number(struct ms_localmap *m, uint64_t hash, size_t number)
{
    size_t at = hash & (m->n_slots - 1);
    while (m->slots[at])
        at = (at + 1) & (m->n_slots - 1);
    m->slots[at] = (hash >> 32) << 32 | (uint32_t)(number + 1);
}

static void grow(struct ms_localmap *m)
{
    m->n_slots = m->n_slots ? m->n_slots * 4 : FIRST_SLOTS;
    free(m->slots);
    m->slots = ms_calloc(m->n_slots, sizeof *m->slots);
    for (size_t i = 0; i < m->n_lists; i++)
        insert_number(m, m->lists[i].key.hash, i);
}

static struct ms_local_list *find(struct ms_localmap *m, const struct ms_key *key)
{
    for (size_t at = key->hash & (m->n_slots - 1); m->slots[at]; at = (at + 1) & (m->n_slots - 1)) {
        if (m->slots[at] >> 32 != key->hash >> 32)
            continue;
        struct ms_local_list *l = &m->lists[(uint32_t)m->slots[at] - 1];
        if (ms_key_eq(&l->key, key))
            return l;
    }
    return NULL;
}

struct ms_local_list *ms_localmap_get(struct ms_localmap *m, const struct ms_key *key)
{
    if (m->n_lists * 2 >= m->n_slots)
        grow(m);
    struct ms_local_list *l = find(m, key);
    if (l != NULL)
        return l;
    m->lists = ms_grow(m->lists, &m->cap_lists, m->n_lists + 1, sizeof *m->lists);
    m->lists[m->n_lists] = (struct ms_local_list){.key = *key};
    insert_number(m, key->hash, m->n_lists);
    return &m->lists[m->n_lists++];
}

void ms_local_list_append(struct ms_local_list *l, struct ms_fact *fact)
{
    fact->next = NULL;
    if (l->n++ == 0)
        l->first = fact;
    else
        l->last->next = fact;
    l->last = fact;
}

void ms_localmap_reset(struct ms_localmap *m)
{
    if (m->n_lists)
        memset(m->slots, 0, m->n_slots * sizeof *m->slots);
    m->n_lists = 0;
}

void ms_localmap_fini(struct ms_localmap *m)
{
    free(m->slots);
    free(m->lists);
    *m = (struct ms_localmap){0};
}
