/* TLS of outgoing connections: which deliveries went over the connection that a TLS line of the smtp or lmtp client speaks of.
 *
 * The client logs `TLS connection established to PEER` (loglevel 1), or, where it takes a kept connection up again,
 * `TLS connection reused to PEER`, and after that the status records of one request of the queue manager: one message, some of
 * its recipients. A process works on one request at a time, so the line belongs to the records that follow it of the same
 * (host, tag, pid), if
 *   - they are of one request: the first queue ID after the line, and the same delays up to the hand-over;
 *   - their relay is the line's peer;
 *   - `conn_use=`, which stands from the second use of a connection on, is there if and only if the line says `reused`.
 * A record that does not fit ends the connection: what comes next has a TLS line of its own, or none. Without `reused`
 * a kept connection is not encrypted: Postfix keeps TLS connections only since 3.4 (smtp_tls_connection_reuse), and logs that line
 * at each use (seen with 3.7.11; src/smtp/smtp_proto.c of older ones keeps none). Not told is NULL, never "clear": with
 * smtp_tls_loglevel 0 there are no such lines.
 *
 * `tls=` of the record itself (3.11+) tells the policy that was reached; the lines tell more, unless it says `none`.
 *
 * Threads and borders: what a process was doing when a segment begins is not known to its worker. Its first request there
 * waits, in the table of sessions, for the stripe's seal, which tells the verdict to the life's facts; all others are told
 * at once. Thread rule: one worker; ms_outbound_step is pure. */
#ifndef MS_CORRELATE_OUTBOUND_H
#define MS_CORRELATE_OUTBOUND_H

#include "correlate/correlate.h"

/* A request takes no longer: Postfix ends a process that does (daemon_timeout). */
#define MS_REQUEST_S 18000

enum ms_outbound_what { /* of a struct ms_fact_outbound */
                        MS_OUT_TLS,
                        MS_OUT_DELIVERY,
                        MS_OUT_MAIL, /* another line with a queue ID */
                        MS_OUT_OVER  /* the connection is gone, or is known not to be the one of the last TLS line */
};

/* Takes the next line of a process, in canonical order; says how the TLS line in *s speaks of this delivery. */
enum ms_tls_evidence ms_outbound_step(struct ms_outbound *s, const struct ms_fact *f);

/* A line of an smtp or lmtp process, or of one that delivers and may be such; `f` is its fact, which the verdict is told if it is a delivery. */
void ms_outbound_line(struct ms_correlator *c, const struct ms_event *e, struct ms_fact *f);
void ms_outbound_end_segment(struct ms_correlator *c);

/* The whole list of a process in one stripe: tells what waits. Gives the number of facts, moved to the front, that are still
 * needed if lines can follow; 0: none. */
size_t ms_outbound_seal(struct ms_correlator *c, struct ms_fact **facts, size_t n, int64_t now_s);

struct ms_tls_cells { /* codes of a text as in struct ms_fact_delivery; MS_NO_CODE: not told */
    uint32_t version, cipher, trust;
};
struct ms_tls_cells ms_tls_cells(struct ms_correlator *c, struct ms_span tls);

#endif
