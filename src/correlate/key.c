#include "correlate/key.h"

#include "base/hash.h"

static uint64_t mix(uint64_t a, uint64_t b, uint64_t seed)
{
    uint64_t h = ms_hash_mix(ms_hash_mix(a ^ seed, UINT64_C(0x9E3779B97F4A7C15)) ^ b, seed | 1);
    return h ? h : 1;
}

struct ms_key ms_key_queue(uint32_t host_id, uint64_t instance, struct ms_span queue_id, uint64_t seed)
{
    struct ms_key k = {.scope = instance, .host_id = host_id, .queue_id = queue_id};
    k.hash = mix(ms_hash(queue_id.p, queue_id.n, seed), instance ^ host_id, seed);
    return k;
}

struct ms_key ms_key_session(uint32_t host_id, uint32_t tag_id, uint32_t pid, uint64_t seed)
{
    struct ms_key k = {.scope = tag_id, .host_id = host_id, .pid = pid};
    k.hash = mix((uint64_t)host_id << 32 | tag_id, pid, seed);
    return k;
}
