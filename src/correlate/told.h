/* What the lists of sessions and numbers tell lists of mails that are parked: it waits in the table of lives, where it also says
 * that the list is wanted, until their shard is sealed. Thread rule: told by one worker, applied by another after a barrier. */
#ifndef MS_CORRELATE_TOLD_H
#define MS_CORRELATE_TOLD_H

#include "correlate/local.h"

/* `client`: the line of the session, whose twin the mail's list has. */
void ms_told_verdict(struct ms_correlator *c, const struct ms_key *key, const struct ms_fact *client,
                     const struct ms_verdict *v);

/* Anything else: `apply` gets the list of the key (n may be 0), and what was told, which lives as long as the stripe. */
typedef void (*ms_told_fn)(struct ms_correlator *c, struct ms_fact *const *facts, size_t n, void *what);
void ms_told_add(struct ms_correlator *c, const struct ms_key *key, ms_told_fn apply, void *what);

/* NULL: nothing was told. */
void ms_told_apply(struct ms_correlator *c, const struct ms_told *told, struct ms_fact *const *facts, size_t n);

#endif
