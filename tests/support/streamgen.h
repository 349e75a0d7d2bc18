/* Seeded generator of Postfix log streams whose truth is known: for the property tests, the bundled corpus and the bench.
 *
 * A small discrete-event simulation of mail hosts: sessions, queue files and deliveries are objects that act at simulated
 * times, so that the lines of concurrent mails interleave as on a farm. Same options, same bytes, on every machine (no
 * libc randomness, no floating point in the stream). Memory depends on what is open at once, never on the size.
 *
 * Truth: one JSON object a line, written when nothing more can happen to its subject (see streamgen_truth.c):
 *   {"t":"life", ...}     a life of a queue ID     {"t":"session", ...}   an SMTP connection
 *   {"t":"reject", ...}   a refusal                {"t":"login", ...}     logins that one line tells of
 *   {"t":"total", ...}    last: what the stream holds
 * Line numbers start at 1 and count the lines of the stream as written.
 *
 * Thread rule: one thread a generator; no globals. */
#ifndef MS_TESTS_STREAMGEN_H
#define MS_TESTS_STREAMGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum streamgen_form { STREAMGEN_RFC3164, STREAMGEN_RFC3339, STREAMGEN_MIXED };
enum streamgen_ids { STREAMGEN_SHORT, STREAMGEN_LONG, STREAMGEN_BOTH };

/* Rates are shares from 0 to 1 of what they name. */
struct streamgen_options {
    uint64_t seed;
    uint64_t mails;           /* stop after so many mails were offered (0: no such bound) */
    uint64_t bytes;           /* stop after so many bytes (0: no such bound); what is open then stays open */
    bool cut;                 /* with `mails`: stop at once instead of letting open lives end */
    int hosts;                /* 1..64 */
    enum streamgen_form form; /* mixed: a host changes to RFC3339 after its 1,500th line, as an upgraded machine does */
    enum streamgen_ids ids;   /* both: long queue IDs on every second host */
    int64_t start;            /* Unix seconds of the first line */
    double rate;              /* mails per second and host */
    int mails_per_session;    /* at most so many mails in a session, 1..8 */
    double reuse;             /* lives that take the queue ID of an ended one: half of them within seconds */
    double late;  /* lives with a line out of place: a status= after `removed` (up to 5 s), message-id before client= */
    double swap;  /* lines that change place with the next, or come 1-2 s late */
    double abort; /* mails whose client goes away, or starts anew, before the end of the data */
    double deferred;    /* recipients that are put off, and tried again minutes and hours later */
    double bounces;     /* recipients that are refused for good */
    double rejects;     /* mails refused at RCPT (NOQUEUE), and further refused recipients of accepted ones */
    double local;       /* mails that come by pickup */
    double hops;        /* recipients whose next hop is another host of the stream */
    double tls;         /* sessions with TLS */
    double logins;      /* sessions in which somebody tries passwords (0: no such lines, and the stream is as ever) */
    double client_tls;  /* deliveries by smtp with lines about TLS (0: likewise) */
    double other;       /* lines that carry no mail: anvil, warnings, other programs */
    bool pid_reuse;     /* few process IDs, soon used again, now and then after a crash without `disconnect` */
    bool distinct_high; /* nearly every address new; else a few thousand, some of them popular */
    bool hostile;       /* also what no correlator can decide for sure (any swap, late lines into a reused ID, stamps
                                  in the future, junk lines): for tests of invariance only, the truth is not exact then */
};

/* Defaults: a calm farm of one host; every special rate at a small value. */
void streamgen_defaults(struct streamgen_options *o);

/* Takes a block of text (whole lines); false stops the generator. */
typedef bool (*streamgen_sink)(void *user, const char *text, size_t bytes);

/* Writes the stream to `sink`, and the truth to `truth` (may be NULL). False: the sink stopped it or memory is out. */
bool streamgen_run(const struct streamgen_options *o, streamgen_sink sink, void *user, FILE *truth);

#endif
