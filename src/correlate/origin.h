/* What a worker remembers of one program of one host, so that no line asks twice: the cells of its names, the parts of its
 * keys and ids, and the hour that is being counted for `coverage`. One owner. */
#ifndef MS_CORRELATE_ORIGIN_H
#define MS_CORRELATE_ORIGIN_H

#include <stddef.h>

#include "columnar/dict.h"
#include "correlate/coverage.h"
#include "parse/parse.h"

struct ms_origin {
    uint64_t id; /* host_id << 32 | tag_id */
    const struct ms_tag *tag;
    uint64_t instance_hash;           /* stable hash of the instance's name: the scope of queue IDs */
    uint64_t txn_seed, session_seed;  /* stable hashes of host and instance, of host and tag */
    struct ms_coverage_memo coverage; /* where the last line was counted */
    uint32_t stripe;                  /* for which the cells below hold */
    int64_t host, service, program, instance, mta;
};

struct ms_origin_slot {
    uint64_t id;
    struct ms_origin *origin; /* NULL: empty */
};

struct ms_origins {
    struct ms_origin_slot *slots; /* a power of two, linear probing */
    size_t n_slots, n_used;
    uint32_t stripe; /* number of the dictionary that the cells belong to, from 1 */
};

void ms_origins_init(struct ms_origins *o);
void ms_origins_fini(struct ms_origins *o);
void ms_origins_next_stripe(struct ms_origins *o); /* the dictionary was emptied */

/* The slow ways of the two below. */
struct ms_origin *ms_origin_find(struct ms_origins *o, const struct ms_names *names, uint64_t id);
void ms_origin_fill(struct ms_origins *o, const struct ms_names *names, struct ms_dict *dict, struct ms_origin *origin);

static inline size_t ms_origin_slot(const struct ms_origins *o, uint64_t id)
{
    return (id * UINT64_C(0x9E3779B97F4A7C15)) >> 40 & (o->n_slots - 1);
}

/* Valid until fini. `tag_id` may be MS_NO_NAME. */
static inline struct ms_origin *ms_origin_of(struct ms_origins *o, const struct ms_names *names, uint32_t host_id,
                                             uint32_t tag_id)
{
    uint64_t id = (uint64_t)host_id << 32 | tag_id;
    const struct ms_origin_slot *slot = &o->slots[ms_origin_slot(o, id)];
    return slot->origin != NULL && slot->id == id ? slot->origin : ms_origin_find(o, names, id);
}

/* The same with the cells of this stripe's dictionary. */
static inline const struct ms_origin *ms_origin_cells(struct ms_origins *o, const struct ms_names *names,
                                                      struct ms_dict *dict, uint32_t host_id, uint32_t tag_id)
{
    struct ms_origin *origin = ms_origin_of(o, names, host_id, tag_id);
    if (origin->stripe != o->stripe)
        ms_origin_fill(o, names, dict, origin);
    return origin;
}

#endif
