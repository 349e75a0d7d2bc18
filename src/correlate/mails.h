/* Which lives are one mail: the connected components of lives over links that are certain (rows of `mails`).
 *
 * A pair belongs to the quarter of an hour in which the first of its two lives ended. Quarters are taken together to periods of some
 * ten thousands of pairs; these are joined in order, and a component leaves memory when all its lives ended before the period that
 * comes: no later pair can name one of them. So memory goes with the mails that are in queues at once, not with the archive. Thread rule: one owner. */
#ifndef MS_CORRELATE_MAILS_H
#define MS_CORRELATE_MAILS_H

#include <stdbool.h>

#include "base/spool.h"

struct ms_mail_pair { /* two lives of one mail, the parent first */
    uint64_t txn_id[2];
    int64_t begin_us[2], last_us[2];
    bool is_final; /* for who keeps pairs from run to run; nothing here depends on it */
};

struct ms_mail_quarter {
    int64_t number; /* since 1970 */
    uint64_t n_pairs;
};

struct ms_mails {
    struct ms_spool pairs; /* one stream */
    size_t limit_bytes;
    uint64_t period_pairs;            /* as many pairs as a period has, about; tests set others */
    struct ms_mail_quarter *quarters; /* those of the pairs: open addressing, n_pairs 0 is empty */
    size_t n_slots, n_quarters;
};

void ms_mails_init(struct ms_mails *m, int dir_fd, size_t limit_bytes); /* as ms_spool_init */
void ms_mails_fini(struct ms_mails *m);
void ms_mails_add(struct ms_mails *m, const struct ms_mail_pair *pair);

/* Gives each life that is one of several of its mail, with the mail's id: the life from which the others come (by the links; of
 * several, or if they go in a circle, the one that began first). The order depends on the pairs alone, not on when they were
 * added. `is_final`: all lives of the mail ended before final_before_us. `row` may fail, and ends it. The pairs stay. */
MS_NODISCARD enum ms_status ms_mails_make(struct ms_mails *m, int64_t final_before_us,
                                          enum ms_status (*row)(void *arg, uint64_t txn_id, uint64_t mail_id,
                                                                bool is_final, struct ms_error *err),
                                          void *arg, struct ms_error *err);

#endif
