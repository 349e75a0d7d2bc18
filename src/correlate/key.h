/* What a list of facts is about: a queue file (host, instance, queue ID) or a session (host, program, pid).
 * Plain data; queue_id borrows. */
#ifndef MS_CORRELATE_KEY_H
#define MS_CORRELATE_KEY_H

#include "base/hash.h"
#include "base/span.h"

struct ms_key {
    uint64_t hash;  /* of all below, seeded at random per run; never output */
    uint64_t scope; /* queue file: stable hash of the instance's name; session: the tag's run-wide id */
    uint32_t host_id;
    uint32_t pid;            /* session */
    struct ms_span queue_id; /* queue file; NULL for a session */
};

/* Nearly all queue IDs have 8 to 16 bytes: two words that overlap. */
static inline bool ms_key_same_id(struct ms_span a, struct ms_span b)
{
    if (a.n != b.n)
        return false;
    if (a.n < 8 || a.n > 16)
        return ms_span_eq(a, b);
    return ((ms_hash_load64(a.p) ^ ms_hash_load64(b.p)) |
            (ms_hash_load64(a.p + a.n - 8) ^ ms_hash_load64(b.p + b.n - 8))) == 0;
}

/* (No queue ID is empty, so that its length tells the key of a queue file from that of a session.) */
static inline bool ms_key_eq(const struct ms_key *a, const struct ms_key *b)
{
    return a->hash == b->hash && /* then nearly surely all of it: one branch for the plain parts */
           ((a->scope ^ b->scope) | (a->host_id ^ b->host_id) | (a->pid ^ b->pid)) == 0 &&
           ms_key_same_id(a->queue_id, b->queue_id);
}

static inline uint64_t ms_key_mix(uint64_t a, uint64_t b, uint64_t seed)
{
    uint64_t h = ms_hash_mix(ms_hash_mix(a ^ seed, UINT64_C(0x9E3779B97F4A7C15)) ^ b, seed | 1);
    return h ? h : 1;
}

static inline struct ms_key ms_key_queue(uint32_t host_id, uint64_t instance, struct ms_span queue_id, uint64_t seed)
{
    struct ms_key k = {.scope = instance, .host_id = host_id, .queue_id = queue_id};
    k.hash = ms_hash_salted(queue_id.p, queue_id.n, instance ^ host_id, seed);
    return k;
}

static inline struct ms_key ms_key_session(uint32_t host_id, uint32_t tag_id, uint32_t pid, uint64_t seed)
{
    struct ms_key k = {.scope = tag_id, .host_id = host_id, .pid = pid};
    k.hash = ms_key_mix((uint64_t)host_id << 32 | tag_id, pid, seed);
    return k;
}

/* A process that delivers: a key of its own even where a tag has lost its program. */
static inline struct ms_key ms_key_outbound(uint32_t host_id, uint32_t tag_id, uint32_t pid, uint64_t seed)
{
    struct ms_key k = {.scope = UINT64_C(1) << 32 | tag_id, .host_id = host_id, .pid = pid};
    k.hash = ms_key_mix((uint64_t)host_id << 32 | tag_id, UINT64_C(1) << 32 | pid, seed);
    return k;
}

#endif
