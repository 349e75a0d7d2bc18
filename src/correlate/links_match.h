/* Which life a claim means: the judgement on all claims and all lives that share an ID. Pure; any thread. */
#ifndef MS_CORRELATE_LINKS_MATCH_H
#define MS_CORRELATE_LINKS_MATCH_H

#include "correlate/links.h"

/* What so many share says nothing: a server that always answers with the same ID, a spammer's constant message-id. Such claims
 * match nothing; their number must cost neither time nor memory. (Queue IDs of one host repeat a few times in years.) */
#define MS_LINK_MAX_LIVES 1024u
#define MS_LINK_MAX_CLAIMS 16384u
#define MS_LINK_SHOWN 8u /* weak links of a line that are worth a row each */

struct ms_link_group {
    struct ms_link_claim_record **claims;
    const struct ms_link_life_record **lives; /* sorted here by begin, then txn_id */
    size_t n_claims, n_lives;
};

struct ms_link_match {
    uint32_t n; /* how many lives fit; or, if several lives claim one child on equal grounds, how many those are */
    uint32_t n_shown;
    const struct ms_link_life_record *lives[MS_LINK_SHOWN]; /* those that fit, up to n_shown */
    int level;                                              /* how much speaks for them */
    bool is_delay; /* the child was made though nobody has failed: it says that the mail is late */
};

/* `host_labels[host_id]`: ms_link_label of the host's name; `localhost`: that of "localhost". Fills matches[0, n_claims). */
void ms_link_match_group(struct ms_link_group *g, const uint32_t *host_labels, uint32_t localhost,
                         struct ms_link_match *matches);

#endif
