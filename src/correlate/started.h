/* Deliveries that one line starts and another one ends. The first names the mail, the recipient and a number; the second only the
 * number, which counts from 1 in each run of the program (qmail-send; docs/decisions/0014-delivery-numbers.md).
 *
 * Lines with one number are a list like any other: a result belongs to the start that stands before it with no other start or
 * result between, and is told to that fact in the mail's list, as a session tells its mails who the client was. A result whose
 * start the log does not show is an event; a start without a result (the program was killed) is a delivery without status.
 *
 * Threads and borders: a worker pairs what it sees both lines of. A result with no start before it in the segment, and a start
 * with no result after it, wait in the table of sessions for the stripe's seal; a pair in between leaves a tombstone where one
 * of these is there. Thread rule: one worker; after a stripe's barrier whoever seals the list. */
#ifndef MS_CORRELATE_STARTED_H
#define MS_CORRELATE_STARTED_H

#include "correlate/correlate.h"
#include "correlate/lives.h"

/* No delivery takes longer: what comes later is of another run. */
#define MS_STARTED_S 86400

static inline struct ms_key ms_key_started(uint32_t host_id, uint32_t tag_id, uint32_t number, uint64_t seed)
{
    struct ms_key k = {.scope = UINT64_C(2) << 32 | tag_id, .host_id = host_id, .pid = number};
    k.hash = ms_key_mix((uint64_t)host_id << 32 | tag_id, UINT64_C(2) << 32 | number, seed);
    return k;
}

static inline bool ms_key_is_started(const struct ms_key *k)
{
    return k->scope >> 32 == 2;
}

/* Fills the fact of a STARTED or FINISHED line. */
void ms_started_take(struct ms_correlator *c, const struct ms_event *e, struct ms_fact *f);

/* `f`: the fact in its mail's list. */
void ms_started_begin(struct ms_correlator *c, struct ms_fact *f);
/* Takes `f`. */
void ms_started_finish(struct ms_correlator *c, struct ms_fact *f);
void ms_started_end_segment(struct ms_correlator *c);

/* The whole list of a number in one stripe: tells results. Gives the number of facts, moved to the front, that are still needed if
 * lines can follow: the start that has no result yet. */
size_t ms_started_seal(struct ms_correlator *c, struct ms_fact **facts, size_t n, int64_t now_s);

/* A life's starts become the deliveries that they and their results make; gives the number of lines with results. A result that came
 * when the life was over, or its ID was used again, is an event (so that it does not matter whether the life was still at hand). */
size_t ms_started_become_deliveries(struct ms_correlator *c, struct ms_fact **facts, const struct ms_life *life);

#endif
