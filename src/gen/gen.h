/* Mail logs that never were, with known truth: for benchmarks of any log parser, and for our own tests.
 *
 * A small simulation of a mail farm (model.c, session.c: what happens to mails, in no dialect), told as log lines by one
 * *writer* a dialect (writer.h), and as NDJSON by truth.c. Lines of concurrent mails interleave as they do on a farm. Truth
 * comes from the simulation, never from reading the lines back: this layer knows nothing of parse or correlate.
 * Same options, same bytes, on every machine: no libc randomness, no clock, integer arithmetic (and IEEE sums and divisions
 * where tables are filled). Memory depends on what is open at once, never on the size. One thread a generator; no globals. */
#ifndef MS_GEN_GEN_H
#define MS_GEN_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum ms_gen_dialect {
    MS_GEN_POSTFIX,
    MS_GEN_SENDMAIL,
    MS_GEN_EXIM,
    MS_GEN_EXIM_MAINLOG, /* not through syslog: a file of one host */
    MS_GEN_QMAIL,
    MS_GEN_QMAIL_MULTILOG, /* likewise */
    MS_GEN_N_DIALECTS
};
enum ms_gen_stamp { MS_GEN_RFC3164, MS_GEN_RFC3339 };
enum ms_gen_ids { MS_GEN_SHORT_IDS, MS_GEN_LONG_IDS, MS_GEN_BOTH_IDS }; /* both: long ones on every second host */

enum { MS_GEN_MAX_HOSTS = 64 };

/* Shares are from 0 to 1. */
struct ms_gen_options {
    uint64_t seed;
    uint64_t size_bytes; /* no new mail after so many bytes (0: no such bound) ... */
    uint64_t lines;      /* ... or so many lines (0: likewise) */
    unsigned hosts;      /* 1 .. MS_GEN_MAX_HOSTS */
    enum ms_gen_dialect dialects[MS_GEN_MAX_HOSTS];
    unsigned n_dialects; /* host k speaks dialects[k % n_dialects] */
    enum ms_gen_stamp stamp;
    enum ms_gen_ids ids;   /* of Postfix */
    int64_t start_seconds; /* Unix time of the first line */
    int64_t
        span_seconds; /* the log covers so long: mail comes in busy hours with nothing between. 0: as long as it takes */
    double rate;      /* arrivals (connections and local submissions) a second over the farm, while it is busy */
    int utc_offset_seconds; /* of the stamps */
    bool summer_time;       /* an hour more in summer, by the rule of the EU */
    double new_addresses; /* addresses, clients and message-ids that were never seen before; the rest repeats by Zipf */
    double pickup, refused,
        empty; /* arrivals that are local submissions; sessions refused; sessions without a mail. The rest
                                      brings mail */
    double bounced, deferred; /* deliveries that fail for good, for now */
    double hops;              /* deliveries that go to another host of the farm first */
    double gaps;              /* stretches of 20 seconds in which the lines of a host are lost */
    double reuse;             /* queue files that take the ID of one that ended (short IDs of Postfix) */
};

/* The mix of one real farm, as far as it is published (smtpd 36 %, qmgr 26 %, cleanup 13 % ... of the lines). */
void ms_gen_defaults(struct ms_gen_options *o);

enum ms_gen_stream { MS_GEN_LOG, MS_GEN_MESSAGES, MS_GEN_DELIVERIES, MS_GEN_REJECTS, MS_GEN_GAPS, MS_GEN_N_STREAMS };

/* Takes whole lines of a stream. What it returns other than MS_OK stops the generator, which gives it back. */
typedef enum ms_status (*ms_gen_sink)(void *user, enum ms_gen_stream stream, const char *text, size_t n_bytes,
                                      struct ms_error *err);

struct ms_gen_totals {
    uint64_t bytes, lines, messages, deliveries, rejects;
    int64_t first_us, last_us; /* Unix time of the first and the last line */
};

/* Calls `sink` for the log, and for the tables of the truth if `truth`. */
MS_NODISCARD enum ms_status ms_gen_run(const struct ms_gen_options *o, bool truth, ms_gen_sink sink, void *user,
                                       struct ms_gen_totals *totals, struct ms_error *err);

const char *ms_gen_dialect_name(enum ms_gen_dialect d);
/* The dialect of that name, or MS_GEN_N_DIALECTS. */
enum ms_gen_dialect ms_gen_dialect_named(const char *name, size_t n);

#endif
