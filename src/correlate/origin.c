#include "correlate/origin.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/memory.h"
#include "columnar/rows.h"

#define FIRST_SLOTS 256u

static const char *const mta_names[] = {[MS_MTA_NONE] = "unknown",
                                        [MS_MTA_POSTFIX] = "postfix",
                                        [MS_MTA_SENDMAIL] = "sendmail",
                                        [MS_MTA_QMAIL] = "qmail",
                                        [MS_MTA_EXIM] = "exim"};

void ms_origins_init(struct ms_origins *o)
{
    *o = (struct ms_origins){.n_slots = FIRST_SLOTS, .stripe = 1};
    o->slots = ms_calloc(o->n_slots, sizeof *o->slots);
}

void ms_origins_fini(struct ms_origins *o)
{
    for (size_t i = 0; i < o->n_slots; i++)
        free(o->slots[i].origin);
    free(o->slots);
    *o = (struct ms_origins){0};
}

void ms_origins_next_stripe(struct ms_origins *o)
{
    o->stripe++;
}

static void insert(struct ms_origins *o, struct ms_origin *origin)
{
    size_t at = ms_origin_slot(o, origin->id);
    while (o->slots[at].origin != NULL)
        at = (at + 1) & (o->n_slots - 1);
    o->slots[at] = (struct ms_origin_slot){origin->id, origin};
}

static void grow(struct ms_origins *o)
{
    struct ms_origin_slot *old = o->slots;
    size_t n = o->n_slots;
    o->n_slots *= 4;
    o->slots = ms_calloc(o->n_slots, sizeof *o->slots);
    for (size_t i = 0; i < n; i++)
        if (old[i].origin != NULL)
            insert(o, old[i].origin);
    free(old);
}

static struct ms_origin *origin_new(const struct ms_names *names, uint64_t id)
{
    struct ms_origin *origin = ms_calloc(1, sizeof *origin);
    uint32_t host_id = (uint32_t)(id >> 32);
    struct ms_span host = ms_names_host(names, host_id);
    const struct ms_tag *tag = ms_names_tag(names, (uint32_t)id);
    origin->id = id;
    origin->tag = tag;
    origin->instance_hash = XXH3_64bits(tag->instance.p, tag->instance.n);
    origin->txn_seed = XXH3_64bits_withSeed(tag->instance.p, tag->instance.n, XXH3_64bits_withSeed(host.p, host.n, 1));
    origin->session_seed = XXH3_64bits_withSeed(tag->tag.p, tag->tag.n, XXH3_64bits_withSeed(host.p, host.n, 2));
    return origin;
}

struct ms_origin *ms_origin_find(struct ms_origins *o, const struct ms_names *names, uint64_t id)
{
    for (size_t at = ms_origin_slot(o, id); o->slots[at].origin != NULL; at = (at + 1) & (o->n_slots - 1))
        if (o->slots[at].id == id)
            return o->slots[at].origin;
    if (++o->n_used * 4 > o->n_slots)
        grow(o);
    struct ms_origin *origin = origin_new(names, id);
    insert(o, origin);
    return origin;
}

void ms_origin_fill(struct ms_origins *o, const struct ms_names *names, struct ms_dict *dict, struct ms_origin *origin)
{
    const struct ms_tag *tag = origin->tag;
    origin->stripe = o->stripe;
    origin->host = ms_code_cell(ms_dict_add(dict, ms_names_host(names, (uint32_t)(origin->id >> 32))));
    origin->service = ms_code_cell(ms_dict_add(dict, tag->tag));
    origin->program = ms_code_cell(ms_dict_add(dict, tag->program));
    origin->instance = ms_code_cell(ms_dict_add(dict, tag->instance));
    origin->mta = ms_code_cell(ms_dict_add(dict, ms_span_str(mta_names[tag->mta])));
}
