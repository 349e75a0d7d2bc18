/* What a list of facts is about: a queue file (host, instance, queue ID) or a session (host, program, pid).
 * Plain data; queue_id borrows. */
#ifndef MS_CORRELATE_KEY_H
#define MS_CORRELATE_KEY_H

#include "base/span.h"

struct ms_key {
    uint64_t hash;  /* of all below, seeded at random per run; never output */
    uint64_t scope; /* queue file: stable hash of the instance's name; session: the tag's run-wide id */
    uint32_t host_id;
    uint32_t pid;            /* session */
    struct ms_span queue_id; /* queue file; NULL for a session */
};

static inline bool ms_key_eq(const struct ms_key *a, const struct ms_key *b)
{
    return a->hash == b->hash && a->scope == b->scope && a->host_id == b->host_id && a->pid == b->pid &&
           (a->queue_id.p == NULL) == (b->queue_id.p == NULL) && ms_span_eq(a->queue_id, b->queue_id);
}

struct ms_key ms_key_queue(uint32_t host_id, uint64_t instance, struct ms_span queue_id, uint64_t seed);
struct ms_key ms_key_session(uint32_t host_id, uint32_t tag_id, uint32_t pid, uint64_t seed);

#endif
