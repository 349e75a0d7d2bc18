/* Remembers which bytes of a header meant which host and tag, so that a known header costs one comparison. Two slots for
 * each hash; the older one goes. A collision only costs time, so the hash needs no key. Thread rule: one owner. */
#ifndef MS_PARSE_HEADER_MEMO_H
#define MS_PARSE_HEADER_MEMO_H

#include "parse/parse.h"
#include "parse/words.h"

#define MS_HEADER_KEY_MIN 8
#define MS_HEADER_KEY_MAX 64
#define MS_HEADER_SETS 512

enum ms_header_form { MS_HEADER_TRADITIONAL, MS_HEADER_RFC5424 }; /* the same bytes may mean different things */

struct ms_header_slot {
    uint32_t n_bytes; /* 0: empty */
    uint32_t form;
    uint32_t host_id, tag_id;
    const struct ms_tag *tag; /* of tag_id */
    char key[MS_HEADER_KEY_MAX];
};

struct ms_header_memo { /* all zero: empty */
    struct ms_header_slot slots[MS_HEADER_SETS][2];
};

/* NULL: not known. A key shorter or longer than the bounds above is never known. */
static inline const struct ms_header_slot *ms_header_memo_find(const struct ms_header_memo *m, enum ms_header_form form,
                                                               struct ms_span key);
/* The slot, whose `tag` is the caller's to set; NULL for a key out of bounds. */
struct ms_header_slot *ms_header_memo_keep(struct ms_header_memo *m, enum ms_header_form form, struct ms_span key,
                                           uint32_t host_id, uint32_t tag_id);

/* First and last 8 bytes tell headers apart: `mx1 postfix/smtp`, `mx2 postfix/smtp`, `mx1 postfix/smtpd`. */
static inline size_t ms_header_memo_set(struct ms_span key)
{
    uint64_t last = ms_load8(key.p + key.n - 8) + key.n;
    return (ms_load8(key.p) ^ (last << 32 | last >> 32)) * 0x9E3779B97F4A7C15 >> 55;
}

/* Keys of 16 to 32 bytes, as nearly all are, by four loads that overlap. */
static inline bool ms_header_memo_equal(const char *a, const char *b, uint32_t n)
{
    if (n - 16 > 16)
        return memcmp(a, b, n) == 0;
    return ((ms_load8(a) ^ ms_load8(b)) | (ms_load8(a + 8) ^ ms_load8(b + 8)) |
            (ms_load8(a + n - 16) ^ ms_load8(b + n - 16)) | (ms_load8(a + n - 8) ^ ms_load8(b + n - 8))) == 0;
}

static inline const struct ms_header_slot *ms_header_memo_find(const struct ms_header_memo *m, enum ms_header_form form,
                                                               struct ms_span key)
{
    if (key.n < MS_HEADER_KEY_MIN || key.n > MS_HEADER_KEY_MAX)
        return NULL;
    const struct ms_header_slot *set = m->slots[ms_header_memo_set(key)];
    for (int i = 0; i < 2; i++)
        if (set[i].n_bytes == key.n && set[i].form == form && ms_header_memo_equal(set[i].key, key.p, key.n))
            return &set[i];
    return NULL;
}

#endif
