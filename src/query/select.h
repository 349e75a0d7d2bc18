/* From selectors to mails: the only place where selectors become SQL. What was typed is bound as values, never part of a
 * statement.
 *
 * Selectors all hold within one mail, each in any of its lives; recipient, relay, reason, status and with them host and time
 * hold within one delivery attempt (or one refusal of a recipient). A mail that was turned away before it had a queue ID is a
 * row of `rejects` alone: a refusal.
 *
 * What is found is left in tables of the session, in the schema `shown`, with the columns of the dataset's tables:
 *   picked(mail, mail_id, file_id, line_offset)   the mails and refusals to show, numbered 1.. in the order of time;
 *                                                 mail_id is NULL for a refusal, which is the reject line at that place
 *   asked(txn_id, recipient)                      the recipients of --to
 *   lives(mail, txn_id)                           the lives of the picked mails
 *   messages, deliveries, mails, rejects          the rows of these lives, and the refusals
 *   links, sessions, events                       the same, if the whole story is wanted
 * Thread rule: as the session. */
#ifndef MS_QUERY_SELECT_H
#define MS_QUERY_SELECT_H

#include "query/query.h"
#include "query/selectors.h"

/* A selector, or those that hold within one delivery, on its own. */
struct ms_term {
    unsigned selectors; /* bits 1u << enum ms_selector */
    int64_t n_mails;
};

struct ms_selection {
    int64_t n_mails, n_messages, n_refusals; /* that match */
    int64_t n_shown;                         /* mails and refusals in `picked` */
    struct ms_term terms[MS_N_SELECTORS];
    size_t n_terms;
};

/* The zone in which times are shown and zoneless times are meant: UTC if NULL, else a name of the time zone database or a
 * whole number of hours (+01:00). Makes the macros shown_second(t) and shown_time(t, with milliseconds), text in that zone.
 * Before ms_select_mails. MS_ERR_USAGE: unknown. */
MS_NODISCARD enum ms_status ms_select_zone(struct ms_query *q, const char *zone, struct ms_error *err);

/* Finds and counts; once a session. */
MS_NODISCARD enum ms_status ms_select_mails(struct ms_query *q, const struct ms_selectors *s, struct ms_selection *out,
                                            struct ms_error *err);

/* Picks the first `limit` of them (0: all) and copies their rows. */
MS_NODISCARD enum ms_status ms_select_rows(struct ms_query *q, uint64_t limit, bool whole_story,
                                           struct ms_selection *selection, struct ms_error *err);

#endif
