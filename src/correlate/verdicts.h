/* Verdicts of filters and mailboxes: what the workers keep of their lines until the end of the run, when all lives are known and
 * it can be judged whose mail each is about (verdicts_resolve.h).
 *
 * A helper's line is in no list of a mail: it may name the mail by a queue ID without saying of which instance, by a message-id
 * that several lives share, by the session in the MTA's reply, or not at all; and it may come from another host. So nothing of it
 * may touch where lives begin and end. Records are kept in a spool (base/spool.h): about 120 bytes and the texts a line, on disk
 * beyond a fixed amount. Thread rule: one owner a collector. */
#ifndef MS_CORRELATE_VERDICTS_H
#define MS_CORRELATE_VERDICTS_H

#include "base/spool.h"
#include "parse/parse.h"

enum ms_verdict_text {
    MS_VERDICT_QUEUE_ID,
    MS_VERDICT_SESSION,
    MS_VERDICT_NEXT_QUEUE_ID,
    MS_VERDICT_MESSAGE_ID,
    MS_VERDICT_RECIPIENT,
    MS_VERDICT_CLIENT_IP,
    MS_VERDICT_VERDICT,
    MS_VERDICT_ACTION,
    MS_VERDICT_SCORE,
    MS_VERDICT_THRESHOLD,
    MS_VERDICT_SPF,
    MS_VERDICT_DKIM,
    MS_VERDICT_DMARC,
    MS_VERDICT_VIRUS,
    MS_VERDICT_MAILBOX,
    MS_N_VERDICT_TEXTS
};

/* One row of `verdicts`: a line that names several recipients makes one for each of them. */
struct ms_verdict_record {
    uint64_t key;     /* of the line */
    uint32_t ordinal; /* of the row among those of the line */
    uint32_t host_id, tag_id;
    bool time_known;
    int64_t time_us;                      /* in stand-in years if not time_known */
    int64_t took_us;                      /* how long the line says that it took; 0: not said */
    uint32_t lengths[MS_N_VERDICT_TEXTS]; /* of the texts that follow one another; UINT32_MAX: NULL */
};

struct ms_verdicts {
    uint64_t seed;
    struct ms_spool records; /* one stream */
    uint64_t n;
};

void ms_verdicts_init(struct ms_verdicts *v, uint64_t seed);
/* As ms_links_spill_to. */
void ms_verdicts_spill_to(struct ms_verdicts *v, int dir_fd, size_t limit_bytes);
void ms_verdicts_name(struct ms_verdicts *v, const char *name); /* as ms_links_name */
void ms_verdicts_fini(struct ms_verdicts *v);

/* A line of MS_ROLE_VERDICT. At most MS_VERDICT_RECIPIENTS rows, whatever it lists. */
#define MS_VERDICT_RECIPIENTS 10000u
void ms_verdicts_add(struct ms_verdicts *v, const struct ms_event *e, uint64_t key, uint32_t host_id, bool time_known);

/* ---- the records, for verdicts_resolve.c ---- */

size_t ms_verdict_bytes(const struct ms_verdict_record *r); /* with its texts, a multiple of 8 */
struct ms_span ms_verdict_text(const struct ms_verdict_record *r, enum ms_verdict_text which);

#endif
