/* Whose mail a verdict is about: the join at the end of the run, of the verdicts of all workers with the lives that they have
 * told to `links`. Must come before ms_links_resolve, which empties those, and which gets a claim for each re-injection that only a
 * filter's line tells. Thread rule: one thread.
 *
 * Grounds, best first; the first by which exactly one life fits is taken, and if none is there, txn_id is NULL:
 *   queue_id    the life has the ID and was there at that time: on the helper's own host, of whatever instance (helpers do not
 *               know any); on another host only if the message-id agrees or the ID is a long one, unique by itself
 *   session_id  a delivery of the life was answered with the session that the mailbox's line names
 *   message_id  the life has it and was there at that time: one on the helper's own host, else anywhere
 * Message-ids that are both known and differ speak against any of them. */
#ifndef MS_CORRELATE_VERDICTS_RESOLVE_H
#define MS_CORRELATE_VERDICTS_RESOLVE_H

#include "columnar/dict.h"
#include "columnar/rows.h"
#include "correlate/links.h"
#include "correlate/verdicts.h"

struct ms_verdicts_resolve { /* fill in all but the spools, as in struct ms_resolve */
    const struct ms_names *names;
    int dir_fd;
    size_t limit_bytes;
    size_t n_places;
    size_t (*place_of)(const void *arg, uint64_t key, int64_t time_us);
    const void *place_arg;
    struct ms_spool records, answers; /* by place */
};

/* Empties the collectors of verdicts; reads those of links, and adds claims to the first of them. */
MS_NODISCARD enum ms_status ms_verdicts_resolve(struct ms_verdicts_resolve *r, struct ms_verdicts *const *all, size_t n,
                                                struct ms_links *const *links, size_t n_links, struct ms_error *err);
/* The rows of one place, in the order of the lines; texts live in `dict` and `arena`. */
MS_NODISCARD enum ms_status ms_verdicts_rows(struct ms_verdicts_resolve *r, size_t place, struct ms_dict *dict,
                                             struct ms_arena *arena, struct ms_rows *rows, struct ms_error *err);
void ms_verdicts_resolve_fini(struct ms_verdicts_resolve *r);

#endif
