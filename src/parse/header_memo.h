/* Remembers which bytes of a header meant which host and tag, so that a known header costs one comparison. Two slots for
 * each hash; the older one goes. A collision only costs time, so the hash needs no key. Thread rule: one owner. */
#ifndef MS_PARSE_HEADER_MEMO_H
#define MS_PARSE_HEADER_MEMO_H

#include "base/span.h"

#define MS_HEADER_KEY_MIN 8
#define MS_HEADER_KEY_MAX 64
#define MS_HEADER_SETS 512

enum ms_header_form { MS_HEADER_TRADITIONAL, MS_HEADER_RFC5424 }; /* the same bytes may mean different things */

struct ms_header_slot {
    uint32_t n_bytes; /* 0: empty */
    uint32_t form;
    uint32_t host_id, tag_id;
    char key[MS_HEADER_KEY_MAX];
};

struct ms_header_memo { /* all zero: empty */
    struct ms_header_slot slots[MS_HEADER_SETS][2];
};

/* NULL: not known. A key shorter or longer than the bounds above is never known. */
const struct ms_header_slot *ms_header_memo_find(const struct ms_header_memo *m, enum ms_header_form form,
                                                 struct ms_span key);
void ms_header_memo_keep(struct ms_header_memo *m, enum ms_header_form form, struct ms_span key, uint32_t host_id,
                         uint32_t tag_id);

#endif
