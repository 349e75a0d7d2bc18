/* The lists of one segment, by key, in one worker's hands. A list that is emptied because what it held is finished (its lives
 * are rows now) is given back at once and used for the next key, so that what is worked on stays in the cache; what must be
 * known of the finished ones stays behind in a few bytes. Emptied for each segment, memory kept. One owner. */
#ifndef MS_CORRELATE_LOCALMAP_H
#define MS_CORRELATE_LOCALMAP_H

#include <stddef.h>

#include "correlate/fact.h"
#include "correlate/key.h"

/* What is remembered of a key whose last life or session is closed. */
struct ms_closed {
    struct ms_key key; /* hash 0: nothing; the key has a list again */
    uint64_t place;    /* key of the first line of the last one that was closed */
    int64_t begin_s;
    uint32_t ordinal;
};

#define MS_LOCAL_FEW 8u

struct ms_outbound {            /* what is known of an smtp or lmtp process (outbound.h) */
    const struct ms_fact *tls;  /* the TLS line of the connection that may be in use; NULL: none */
    const struct ms_fact *mail; /* the first line with a queue ID after it */
};

struct ms_local_list { /* what each line asks for stands first */
    struct ms_key key;
    uint32_t n;
    bool clean;         /* owes nothing to lines before the segment: what is sealed here is sealed for good */
    bool closed;        /* a life or session of it was closed already; the last one: last_* */
    bool live, discard; /* see below */
    struct ms_fact *few[MS_LOCAL_FEW], **many; /* the facts in order: in `few` while there are no more than fit */
    uint32_t cap_many, last_ordinal;
    int64_t last_begin_s;
    uint64_t last_place; /* key of its first line */
    uint32_t next_free;  /* number + 1 of the next list that is not in use */
    /* sessions: the one that is open, if it is known from its begin on and not yet disconnected (live); the mail that comes
     * next will be thrown away (discard) */
    int64_t session_id;
    struct ms_span tls_version, tls_cipher;
    /* processes that deliver (live: a TLS line is known) */
    struct ms_outbound outbound;
    uint32_t n_waiting; /* facts that need to know what came before the segment */
};

/* Two small tables instead of a big one: every line asks for an open list, and those are few at a time; who is closed is
 * asked only for a key that has no list. Both: hash tag << 32 | number + 1; 0: empty; linear probing. */
struct ms_localmap_index {
    uint64_t *slots;
    size_t n_slots, n_used;
};

struct ms_localmap {
    struct ms_localmap_index open, shut;
    struct ms_local_list *lists; /* those not in use have n == 0 */
    size_t n_lists, n_made, cap_lists;
    uint32_t first_free;      /* number + 1 */
    struct ms_closed *closed; /* of the epoch; those of the segment are in `shut` */
    size_t n_closed, cap_closed;
};

/* For ms_localmap_get: the key has no list. */
struct ms_local_list *ms_localmap_get_new(struct ms_localmap *m, const struct ms_key *key);

/* The list of the key, made empty if it has none. Valid until the next call. */
static inline __attribute__((always_inline)) struct ms_local_list *ms_localmap_get(struct ms_localmap *m,
                                                                                   const struct ms_key *key)
{
    const uint64_t *slots = m->open.slots;
    for (size_t at = key->hash, slot; slots != NULL && (slot = slots[at & (m->open.n_slots - 1)]) != 0; at++)
        if (slot >> 32 == key->hash >> 32) {
            struct ms_local_list *l = &m->lists[(uint32_t)slot - 1];
            if (ms_key_eq(&l->key, key))
                return l;
        }
    struct ms_key in_memory = *key; /* that of the caller can stay in registers */
    return ms_localmap_get_new(m, &in_memory);
}

/* The list is empty and something of it was closed: remembers that, and gives the list back. */
void ms_localmap_close(struct ms_localmap *m, struct ms_local_list *l);
void ms_localmap_reset(struct ms_localmap *m);      /* the next segment; `closed` stays */
void ms_localmap_next_epoch(struct ms_localmap *m); /* `closed` is emptied, too */
void ms_localmap_fini(struct ms_localmap *m);

/* The slow way of ms_local_list_append: where `few` is full. */
void ms_local_list_append_many(struct ms_local_list *l, struct ms_fact *fact);

static inline void ms_local_list_append(struct ms_local_list *l, struct ms_fact *fact)
{
    if (l->n < MS_LOCAL_FEW)
        l->few[l->n++] = fact;
    else
        ms_local_list_append_many(l, fact);
}

static inline struct ms_fact **ms_local_facts(struct ms_local_list *l)
{
    return l->n > MS_LOCAL_FEW ? l->many : l->few;
}

/* Facts of a list were taken one by one, lines apart, and lie anywhere: all are asked for before the first is looked at. */
static inline void ms_local_list_prefetch(struct ms_local_list *l)
{
    struct ms_fact **facts = ms_local_facts(l);
    for (uint32_t i = 0; i < l->n; i++)
        for (size_t at = 0; at <= 128; at += 64)
            __builtin_prefetch((const char *)facts[i] + at);
}

#endif
