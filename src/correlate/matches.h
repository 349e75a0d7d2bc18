/* Table `matches`: hits of the user's patterns. A line that belongs to no queue file makes its rows at once. One that does waits for
 * its life, which tells the txn_id and may be sealed by another worker, stripes later: its fact has a flag, and what matched is
 * kept here, by the place of the line, until then. Memory: by what is open.
 * Thread rule: any thread (a lock for each part of the places); create and destroy from one. */
#ifndef MS_CORRELATE_MATCHES_H
#define MS_CORRELATE_MATCHES_H

#include "correlate/lives.h"
#include "correlate/statefile.h"
#include "parse/parse.h"

struct ms_correlator;
struct ms_matches;

/* `names[pattern_id - first_id]` is what column pattern_id shows; borrowed. */
struct ms_matches *ms_matches_create(const char *const *names, size_t n, uint32_t first_id);
size_t ms_matches_n(const struct ms_matches *m); /* of patterns; 0 for NULL */
void ms_matches_destroy(struct ms_matches *m);

/* What waits at the end of a run (m NULL: nothing); false: what is read is not what this run's patterns can have left. One thread. */
void ms_matches_save(const struct ms_matches *m, struct ms_state_out *out);
MS_NODISCARD bool ms_matches_load(struct ms_matches *m, size_t n_patterns, struct ms_state_in *in);

/* The hits of the segment in hand, by line (ms_parsed_hits); theirs until its end. */
void ms_correlator_hits(struct ms_correlator *c, const struct ms_line_hit *hits, size_t n);

/* The line in hand has hits (c->next_hit_line says so). Its rows now; `f` is NULL where nothing could be made of it. */
void ms_match_line(struct ms_correlator *c, const struct ms_event *e, const struct ms_fact *f);
/* No rows: it is a copy of another line. */
void ms_match_leave_out(struct ms_correlator *c);
/* The same when its life is known: now only the flag. */
void ms_match_wait(struct ms_correlator *c, struct ms_fact *f);
/* The life is known. */
void ms_match_emit(struct ms_correlator *c, struct ms_fact *const *facts, const struct ms_life *life, int64_t txn_id,
                   bool open);

#endif
