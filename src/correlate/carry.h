/* What is open at the end of a stripe: carry.c. Thread rule: one worker; the lists of a shard by the worker that seals it. */
#ifndef MS_CORRELATE_CARRY_H
#define MS_CORRELATE_CARRY_H

#include "correlate/correlate.h"
#include "correlate/pack.h"
#include "correlate/statefile.h"

enum ms_carried { MS_CARRIED_LIVES, MS_CARRIED_SESSIONS }; /* also the index in struct ms_correlate's `parked` */

/* Up to here all lines of the host are known, whatever sources are still to come. */
static inline int64_t ms_carry_now(const struct ms_correlate *run, uint32_t host_id)
{
    return run->all_read ? ms_clock_now(&run->clock, host_id) : ms_clock_settled(&run->clock, host_id);
}

/* Into the next stripe. The facts have codes of c's dictionary. */
void ms_carry_list(struct ms_correlator *c, enum ms_carried which, const struct ms_key *key,
                   struct ms_fact *const *facts, size_t n);

/* Before a shard is sealed: those of its parked lists of which something was said, or which are due, into the table. They live in
 * c's shard_arena. */
void ms_carry_fetch(struct ms_correlator *c, enum ms_carried which, unsigned shard);

/* A round of what is open where the logs end (ms_correlator_open_begin): what is in memory; what a shard has in the file. */
void ms_carry_insert_round(struct ms_correlator *c, enum ms_carried which, const struct ms_open_round *round);
void ms_carry_fetch_round(struct ms_correlator *c, enum ms_carried which, unsigned shard,
                          const struct ms_open_round *round);

/* What a worker carries in memory, one list after the other: 1, the list as parked, its bytes. */
void ms_carry_save(struct ms_correlator *c, enum ms_carried which, struct ms_state_out *out);
/* The same for what is parked. */
void ms_carry_save_parked(struct ms_correlate *run, enum ms_carried which, struct ms_state_out *out);
/* A list of an earlier run, before the first stripe; false: damaged. */
MS_NODISCARD bool ms_carry_restore(struct ms_correlator *c, enum ms_carried which, const struct ms_parked_list *list,
                                   const char *bytes);

#endif
