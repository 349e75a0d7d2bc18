/* What `find` and `trace` look for: the words of the command line, checked once. select.h turns them into SQL; nothing else
 * reads them.
 *
 * Texts are kept in the form of the columns that they are compared with (keys of addresses, IPs in RFC 5952 form), so that a
 * search is an equality, which row groups and bloom filters answer. Thread rule: plain data. */
#ifndef MS_QUERY_SELECTORS_H
#define MS_QUERY_SELECTORS_H

#include <stdint.h>

#include "base/status.h"

enum ms_selector {
    MS_SEL_FROM,
    MS_SEL_TO,
    MS_SEL_DOMAIN,
    MS_SEL_CLIENT,
    MS_SEL_RELAY,
    MS_SEL_MESSAGE_ID,
    MS_SEL_QUEUE_ID,
    MS_SEL_USER,
    MS_SEL_SUBJECT,
    MS_SEL_STATUS,
    MS_SEL_REASON,
    MS_SEL_HOST,
    MS_SEL_SINCE,
    MS_SEL_UNTIL,
    MS_N_SELECTORS
};
extern const char *const ms_selector_names[MS_N_SELECTORS]; /* "from": without the dashes */

enum ms_match {
    MS_MATCH_NONE,    /* not given */
    MS_MATCH_EXACT,   /* text */
    MS_MATCH_REGEX,   /* /text/: RE2, somewhere in the value, lower or upper case */
    MS_MATCH_DOMAIN,  /* @text: addresses of that domain */
    MS_MATCH_ADDRESS, /* text is an IP address in RFC 5952 form */
    MS_MATCH_NETWORK, /* text is ADDRESS/BITS */
    MS_MATCH_PART,    /* text, somewhere in the value, lower or upper case */
    MS_MATCH_TIME     /* see begin_us */
};

enum { MS_IN_ATTEMPT = 1, MS_IN_STATE = 2, MS_IN_REFUSAL = 4 }; /* where a --status occurs */

struct ms_wanted {
    enum ms_match match;
    char *text;  /* owned; NULL for a time */
    char *given; /* owned: as typed, for sentences */
    /* MS_MATCH_TIME: [begin, end) of what was written, a year, a day, a second ...: microseconds since 1970 as the clock of
     * the zone shows it. */
    int64_t begin_us, end_us;
    bool has_offset; /* the zone is UTC + offset_us; else the one in which times are shown */
    int64_t offset_us;
    unsigned where; /* MS_SEL_STATUS: MS_IN_* */
};

struct ms_selectors { /* {0}: none given */
    struct ms_wanted wanted[MS_N_SELECTORS];
};

/* Takes the word for one selector. MS_ERR_USAGE: given twice, or a word that cannot mean anything here; the sentence says what
 * can be written (the caller puts the selector's name in front). */
MS_NODISCARD enum ms_status ms_selectors_set(struct ms_selectors *s, enum ms_selector which, const char *word,
                                             struct ms_error *err);
void ms_selectors_fini(struct ms_selectors *s);

bool ms_selectors_empty(const struct ms_selectors *s);

#endif
