/* Two tables, hosts and tags; and which names of hosts are one (settled before the workers start, then constant). Names are never moved or removed: entries stand in chunks, found by id, and an open-addressing
 * index of {high half of the hash, id + 1} finds the id. Readers take no lock:
 *
 *   empty slot --(lock held: entry written, then R1)--> slot with id, for ever
 *
 * Names come from the log, so the hash is keyed with random bytes (and ids never reach output). */
#include "parse/names.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "parse/keyed_hash.h"

#define CHUNK 256u
#define SLOTS (2u * MS_NAMES_CAP) /* at most half full */

struct table {
    _Atomic(struct ms_tag *) chunks[MS_NAMES_CAP / CHUNK]; /* of hosts, only the field `tag` is used */
    _Atomic uint64_t slots[SLOTS];
    _Atomic uint32_t n;
};

struct ms_names {
    struct table hosts, tags;
    uint32_t *
        same; /* by id of a host name: 0 nothing is said, else 1 + the name it goes by (itself: it stands alone); NULL: no
                       alias at all */
    bool is_mapped;       /* some of it by ms_names_set_alias */
    pthread_mutex_t lock; /* held to add */
    uint64_t key[2];      /* of the hash; random */
};

struct ms_names *ms_names_create(void)
{
    struct ms_names *n = ms_calloc(1, sizeof *n);
    MS_ASSERT(getentropy(n->key, sizeof n->key) == 0);
    pthread_mutex_init(&n->lock, NULL);
    return n;
}

static void free_table(struct table *t)
{
    uint32_t n = atomic_load_explicit(&t->n, memory_order_relaxed);
    for (uint32_t id = 0; id < n; id++)
        free((void *)t->chunks[id / CHUNK][id % CHUNK].tag.p);
    for (size_t c = 0; c < MS_NAMES_CAP / CHUNK; c++)
        free(t->chunks[c]);
}

void ms_names_destroy(struct ms_names *n)
{
    if (n == NULL)
        return;
    free_table(&n->hosts);
    free_table(&n->tags);
    free(n->same);
    pthread_mutex_destroy(&n->lock);
    free(n);
}

static const struct ms_tag *entry_of(const struct table *t, uint32_t id)
{
    /* A2 pairs with R2: whoever knows an id, from whatever thread, sees its entry. */
    MS_ASSERT(id < atomic_load_explicit(&t->n, memory_order_acquire));
    return &atomic_load_explicit(&t->chunks[id / CHUNK], memory_order_relaxed)[id % CHUNK];
}

/* The id, or MS_NO_NAME with *at the slot where it belongs. */
static uint32_t find(const struct table *t, struct ms_span name, uint64_t hash, size_t *at)
{
    for (size_t i = hash % SLOTS;; i = (i + 1) % SLOTS) {
        uint64_t slot = atomic_load_explicit(&t->slots[i], memory_order_acquire); /* A1 pairs with R1 */
        if (slot == 0) {
            *at = i;
            return MS_NO_NAME;
        }
        uint32_t id = (uint32_t)slot - 1;
        if (slot >> 32 == hash >> 32 && ms_span_eq(entry_of(t, id)->tag, name))
            return id;
    }
}

static void write_entry(struct table *t, uint32_t id, struct ms_span name)
{
    struct ms_tag *chunk = atomic_load_explicit(&t->chunks[id / CHUNK], memory_order_relaxed);
    if (chunk == NULL) {
        chunk = ms_calloc(CHUNK, sizeof *chunk);
        atomic_store_explicit(&t->chunks[id / CHUNK], chunk, memory_order_relaxed);
    }
    char *copy = ms_malloc(name.n + 1);
    if (name.n)
        memcpy(copy, name.p, name.n);
    copy[name.n] = 0;
    ms_tag_describe(ms_span_of(copy, name.n), &chunk[id % CHUNK]);
}

static uint32_t add(struct ms_names *n, struct table *t, struct ms_span name)
{
    MS_ASSERT(name.n <= MS_NAME_MAX_BYTES);
    uint64_t hash = ms_keyed_hash(n->key, name);
    size_t at;
    uint32_t id = find(t, name, hash, &at);
    if (id != MS_NO_NAME)
        return id;
    pthread_mutex_lock(&n->lock);
    id = find(t, name, hash, &at); /* another thread may have been first */
    uint32_t count = atomic_load_explicit(&t->n, memory_order_relaxed);
    if (id == MS_NO_NAME && count < MS_NAMES_CAP) {
        id = count;
        write_entry(t, id, name);
        atomic_store_explicit(&t->n, count + 1,
                              memory_order_release); /* R2 publishes the entry to ms_names_n_*; pairs with A2 */
        atomic_store_explicit(&t->slots[at], (hash >> 32 << 32) | (id + 1),
                              memory_order_release); /* R1 publishes it to find */
    }
    pthread_mutex_unlock(&n->lock);
    return id;
}

/* No circles: ms_names_set_alias sees to that. */
uint32_t ms_names_one_host(const struct ms_names *n, uint32_t id)
{
    if (n->same == NULL || id == MS_NO_NAME)
        return id;
    while (n->same[id] != 0 && n->same[id] != id + 1)
        id = n->same[id] - 1;
    return id;
}

uint32_t ms_names_add_host(struct ms_names *n, struct ms_span host)
{
    return ms_names_one_host(n, add(n, &n->hosts, host));
}

uint32_t ms_names_mapped_host(const struct ms_names *n, struct ms_span name)
{
    size_t at;
    if (!n->is_mapped || name.n > MS_NAME_MAX_BYTES)
        return MS_NO_NAME;
    uint32_t id = find(&n->hosts, name, ms_keyed_hash(n->key, name), &at);
    return id != MS_NO_NAME && ms_names_is_settled(n, id) ? ms_names_one_host(n, id) : MS_NO_NAME;
}

bool ms_names_join(struct ms_names *n, uint32_t from, uint32_t to)
{
    if (from == MS_NO_NAME || to == MS_NO_NAME)
        return false;
    if (n->same == NULL)
        n->same = ms_calloc(MS_NAMES_CAP, sizeof *n->same);
    bool is_said = n->same[from] != 0 && n->same[from] != from + 1;
    if (is_said || (from != to && ms_names_one_host(n, to) == from)) /* twice, or in a circle */
        return n->same[from] == to + 1;
    n->same[from] = to + 1;
    if (n->same[to] == 0)
        n->same[to] = to + 1;
    return true;
}

bool ms_names_set_alias(struct ms_names *n, struct ms_span alias, struct ms_span host)
{
    n->is_mapped = true;
    return ms_names_join(n, add(n, &n->hosts, alias), add(n, &n->hosts, host));
}

bool ms_names_is_settled(const struct ms_names *n, uint32_t id)
{
    return n->same != NULL && n->same[id] != 0;
}

static bool restore(struct ms_names *n, struct table *t, struct ms_span name)
{
    uint32_t id = atomic_load_explicit(&t->n, memory_order_relaxed);
    return name.p != NULL && name.n <= MS_NAME_MAX_BYTES && add(n, t, name) == id && id < MS_NAMES_CAP;
}

bool ms_names_restore_host(struct ms_names *n, struct ms_span host)
{
    return restore(n, &n->hosts, host);
}

bool ms_names_restore_tag(struct ms_names *n, struct ms_span tag)
{
    return restore(n, &n->tags, tag);
}

bool ms_names_restore_alias(struct ms_names *n, uint32_t alias, uint32_t host)
{
    uint32_t n_hosts = ms_names_n_hosts(n);
    return alias < n_hosts && host < n_hosts && ms_names_join(n, alias, host);
}

uint32_t ms_names_add_tag(struct ms_names *n, struct ms_span tag)
{
    return add(n, &n->tags, tag);
}

struct ms_span ms_names_host(const struct ms_names *n, uint32_t host_id)
{
    return host_id == MS_NO_NAME ? MS_SPAN_NULL : entry_of(&n->hosts, host_id)->tag;
}

const struct ms_tag *ms_names_tag(const struct ms_names *n, uint32_t tag_id)
{
    static const struct ms_tag none;
    return tag_id == MS_NO_NAME ? &none : entry_of(&n->tags, tag_id);
}

uint32_t ms_names_n_hosts(const struct ms_names *n)
{
    return atomic_load_explicit(&n->hosts.n, memory_order_acquire);
}

uint32_t ms_names_n_tags(const struct ms_names *n)
{
    return atomic_load_explicit(&n->tags.n, memory_order_acquire);
}
