/* Rows out of finished lists. Facts must hold codes of the worker's own dictionary (ms_seal translates before).
 * Thread rule: one worker. */
#ifndef MS_CORRELATE_EMIT_H
#define MS_CORRELATE_EMIT_H

#include "correlate/correlate.h"

/* One row of messages, its deliveries, rejects, events; its claims and itself for the links. `open`: it goes on, for
 * all that the logs say. key->queue_id moves to the stripe's arena. */
void ms_emit_life(struct ms_correlator *c, struct ms_key *key, struct ms_fact *const *facts, const struct ms_life *life,
                  bool open);

/* One row of sessions and the rejects without queue ID. */
void ms_emit_session(struct ms_correlator *c, struct ms_fact *const *facts, const struct ms_session_life *s,
                     int64_t session_id);

/* The logins of that session. A failure is known by its own line; a success by the first line of a mail or a refusal that has
 * a new user or method. What only the counter of the disconnect line tells (`auth=GOOD/ALL`), beyond those rows, makes rows
 * that cite this line and name nobody: at most MS_LOGINS_COUNTED of a line, whatever number somebody has written there.
 * `client_ip` (a code), `n_ok`, `n_all`: of the session; MS_NULL_I64: no counter. */
#define MS_LOGINS_COUNTED 100
void ms_emit_logins(struct ms_correlator *c, struct ms_fact *const *facts, const struct ms_session_life *s,
                    int64_t session_id, uint32_t client_ip, int64_t n_ok, int64_t n_all);
/* A failed login of which no process is known. */
void ms_emit_login(struct ms_correlator *c, const struct ms_fact *f);

/* A line that is a row of its own: an event, a refusal without session, an unparsed line. */
void ms_emit_event(struct ms_correlator *c, const struct ms_fact *f, struct ms_span queue_id, int64_t txn_id);
void ms_emit_reject(struct ms_correlator *c, const struct ms_fact *f, int64_t txn_id, int64_t session_id);
void ms_emit_unparsed(struct ms_correlator *c, const struct ms_event *e);
/* One of the first unparsed lines, perhaps; `text` is the correlator's from now on. */
void ms_sample_keep(struct ms_correlator *c, uint64_t key, char *text);

/* Where the next row of the table goes; counts it. */
struct ms_rows *ms_rows_of(struct ms_correlator *c, enum ms_table_id table);
const struct ms_origin *ms_fact_origin(struct ms_correlator *c, const struct ms_fact *f);

int64_t ms_session_id(struct ms_correlator *c, const struct ms_fact *f, int64_t begin_s, uint32_t ordinal);
int64_t ms_txn_id(const struct ms_origin *origin, struct ms_span queue_id, const struct ms_life *life);

/* The dictionary was emptied (or is new): what hangs on its codes is forgotten. */
void ms_emit_next_stripe(struct ms_correlator *c);

/* The time of a fact as the dataset shows it: NULL where the year is unknown. */
int64_t ms_fact_time(const struct ms_correlator *c, const struct ms_fact *f);

#endif
