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
    char key[MS_HEADER_KEY_MAX];
    uint32_t shape; /* length and form; 0: empty */
    uint32_t host_id, tag_id;
    const struct ms_tag *tag; /* of tag_id */
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

static inline uint32_t ms_header_shape(uint32_t n_bytes, enum ms_header_form form)
{
    return n_bytes | (uint32_t)form << 8;
}

/* The shape of a key, which tells a host like `2024`, too: behind the clock it could be the year. */
static inline uint32_t ms_header_shape_of(struct ms_span key, enum ms_header_form form)
{
    uint32_t year = key.p[4] == ' ' && (unsigned char)(key.p[0] - '0') <= 9;
    return ms_header_shape(key.n, form) | year << 16;
}

/* First and last 8 bytes tell headers apart: `mx1 postfix/smtp`, `mx2 postfix/smtp`, `mx1 postfix/smtpd`. */
static inline size_t ms_header_memo_set(struct ms_span key)
{
    uint64_t first = ms_load8(key.p), last = ms_load8(key.p + key.n - 8);
    return (first * 0x9E3779B97F4A7C15 + last * 0xC2B2AE3D27D4EB4F) >> 55;
}

static inline const struct ms_header_slot *ms_header_memo_find(const struct ms_header_memo *m, enum ms_header_form form,
                                                               struct ms_span key)
{
    if (key.n < MS_HEADER_KEY_MIN || key.n > MS_HEADER_KEY_MAX)
        return NULL;
    const struct ms_header_slot *set = m->slots[ms_header_memo_set(key)];
    for (int i = 0; i < 2; i++)
        if (set[i].shape == ms_header_shape_of(key, form) && memcmp(set[i].key, key.p, key.n) == 0)
            return &set[i];
    return NULL;
}

/* The same for a traditional key of 8 to 31 bytes, whose host can be no year, when 32 are readable: one compare of all, of which
 * `key.n` bits count. */
static inline const struct ms_header_slot *ms_header_memo_find_short(const struct ms_header_memo *m, const char *p,
                                                                     uint32_t n)
{
    const struct ms_header_slot *slot = m->slots[ms_header_memo_set(ms_span_of(p, n))], *end = slot + 2;
    uint32_t others = UINT32_MAX << n;
    for (; slot < end; slot++)
        if ((ms_bytes_same(slot->key, p) | others) == UINT32_MAX &&
            slot->shape == ms_header_shape(n, MS_HEADER_TRADITIONAL))
            return slot;
    return NULL;
}

/* Offset of the first '[' in the bytes that a key can have, 8 at a time; UINT32_MAX: none. */
static inline uint32_t ms_header_find_bracket(const char *p, uint32_t n)
{
    const uint32_t room = n < MS_HEADER_KEY_MAX + 8 ? n : MS_HEADER_KEY_MAX + 8;
    for (uint32_t i = 0; i + 8 <= room; i += 8) {
        uint64_t found = ms_word_find(ms_load8(p + i), '[');
        if (found)
            return i + ms_word_first(found);
    }
    return UINT32_MAX;
}

/* 1 to 7 digits, whatever follows: gives back what does, else NULL. Without a loop, whose length nobody could predict: the digits
 * are shifted to the top of a word, zeros go below. 8 bytes are readable. */
static inline const char *ms_header_digits(const char *p, int64_t *number)
{
    uint64_t x = ms_load8(p) ^ MS_EACH_BYTE('0');
    uint64_t others = (x | (x + MS_EACH_BYTE(0x80 - 10))) & MS_EACH_BYTE(0x80); /* right up to the first one */
    unsigned n_bits = (unsigned)__builtin_ctzll(others | 1ULL << 63) - 7;
    if (n_bits == 0 || others == 0)
        return NULL;
    *number = ms_word_value(x << (64 - n_bits));
    return p + n_bits / 8;
}

/* `[digits]`, and then `:` or a blank: gives back what stands behind `]`, else NULL. 10 bytes are readable. */
static inline const char *ms_header_plain_pid(const char *p, int64_t *pid)
{
    p = ms_header_digits(p + 1, pid);
    return p != NULL && p[0] == ']' && (p[1] == ':' || p[1] == ' ') ? p + 1 : NULL;
}

#endif
