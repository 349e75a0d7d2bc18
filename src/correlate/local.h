/* What a worker can finish on its own, and what it must hand to the tables (DESIGN 3, local first).
 *
 * A complete mail is closed with its last line, a session with the next one of its process, so that facts are used again
 * while they are in the cache; the rest is looked at once more at the end of the segment.
 *
 * A list of one key falls into: a prefix, which may continue something older; complete lives, which nothing before or after
 * the segment can touch; a suffix, which may go on. Prefix and suffix go to the table; complete lives become rows, and leave
 * a tombstone for the case that an older list of the key is still open. Thread rule: one worker. */
#ifndef MS_CORRELATE_LOCAL_H
#define MS_CORRELATE_LOCAL_H

#include "correlate/correlate.h"

/* Facts of the segment: from the arena, or used again; only `role` is filled in. A twin stands in the session's list for the same line. */
static inline struct ms_fact *ms_fact_take(struct ms_correlator *c, unsigned role)
{
    struct ms_fact *f = c->free_facts[role];
    if (f != NULL) {
        c->free_facts[role] = f->next;
        return f;
    }
    f = ms_fact_room(&c->segment_arena, role);
    f->role = (uint8_t)role;
    return f;
}
void ms_fact_give_back(struct ms_correlator *c, struct ms_fact *f);
struct ms_fact *ms_fact_twin(struct ms_correlator *c, struct ms_fact *f);

/* Is nothing of this host closed by the worker? So it is where lines of other files stand between those of the segment: then lists
 * are whole only at the seal, which puts them into order. */
static inline bool ms_local_is_whole(const struct ms_correlator *c, uint32_t host_id)
{
    return c->run->whole_lists || ms_clock_is_beside(&c->window, host_id);
}

void ms_local_add_to_session(struct ms_correlator *c, struct ms_fact *f);
void ms_local_add_to_life(struct ms_correlator *c, struct ms_fact *f, const struct ms_origin *origin,
                          struct ms_span queue_id);

/* The end of the segment. */
void ms_local_close_sessions(struct ms_correlator *c);
void ms_local_close_lives(struct ms_correlator *c);

/* Shared with the seal: what a session tells its mails. `split` is known from its begin on. Calls `tell` for each client=
 * fact with what is to be filled in. */
struct ms_verdict {
    int64_t session_id;
    struct ms_span tls_version, tls_cipher;
    int64_t moved_on_s; /* MS_NONE: the session is still at this mail */
    bool lost, discarded;
    const struct ms_fact_login *login; /* for an accepted fact: who has logged in; NULL: nobody */
};
typedef void (*ms_verdict_fn)(struct ms_correlator *c, struct ms_fact *client, const struct ms_verdict *v);
void ms_session_verdicts(struct ms_correlator *c, struct ms_fact *const *facts, const struct ms_session_life *s,
                         int64_t session_id, ms_verdict_fn tell);
/* The texts of the verdict are those of c's dictionary. */
void ms_verdict_apply(struct ms_correlator *c, struct ms_fact *client, const struct ms_verdict *v);

/* The key of the life that a line with this queue ID belongs to. */
struct ms_key ms_life_key(struct ms_correlator *c, const struct ms_fact *f, struct ms_span queue_id);

/* Room for splits of one list in the worker's scratch; valid until the next call. */
void *ms_split_room(struct ms_correlator *c, size_t n, size_t item_size);

/* Makes a partial in the stripe's arena (facts copied there if `copy`) and inserts it. */
void ms_partial_insert(struct ms_correlator *c, struct ms_queue_table *table, const struct ms_key *key,
                       struct ms_fact *const *facts, size_t n, const struct ms_fact *tombstone);

#endif
