/* The interner: distinct byte strings of one worker and one stripe, numbered as they come. Values are repaired to valid UTF-8
 * once, when they are new. What is derived from a value (key, domain, canonical address) is worked out once per distinct
 * value and remembered beside it.
 *
 * Codes depend on threads and timing: they never reach the output (columnar/assemble.h renumbers them). The hash is seeded at
 * random per run, so that log text cannot aim at it. Thread rule: one owner. */
#ifndef MS_COLUMNAR_DICT_H
#define MS_COLUMNAR_DICT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"

#define MS_NO_CODE UINT32_MAX

struct ms_dict_value {
    const char *p; /* repaired bytes, in the dictionary's arena */
    uint32_t n;
    uint32_t derived[3]; /* which is which: enum ms_derived */
    uint64_t hash;       /* of the repaired bytes */
    uint32_t check;
};

/* KEY, DOMAIN: codes, MS_NO_CODE if there is none. NOTE: a number that the owner keeps with the value. MS_NOT_ASKED at first. */
enum ms_derived { MS_DERIVED_KEY, MS_DERIVED_DOMAIN, MS_DERIVED_NOTE };
#define MS_NOT_ASKED (UINT32_MAX - 1)

/* A slot knows 96 bits of a value's hashes, and with them its length: two values are the same if these are. (Two different
 * ones among a million of a stripe agree by chance once in 10^17 stripes; the seed keeps anybody from aiming at it.) */
struct ms_dict_slot {
    uint64_t hash; /* 0: empty */
    uint32_t check;
    uint32_t code;
};

struct ms_dict_index { /* linear probing; holds no strings */
    struct ms_dict_slot *slots;
    uint32_t n_slots, n_used; /* a power of two, or 0 */
};

/* Values never move, so that other threads may read those made before a barrier while the owner adds more: chunk k holds
 * MS_DICT_CHUNK << k of them. */
#define MS_DICT_CHUNK 1024u
#define MS_DICT_CHUNKS 22u

struct ms_dict_word { /* a constant of the program, known by its address */
    const char *word;
    uint32_t code;
};

/* What a log says of the other end: `name[address]:port`. */
struct ms_dict_endpoint {
    uint32_t name, ip; /* codes; the address in its RFC 5952 form */
    int32_t port;      /* INT32_MIN: not told */
};

/* The same as spans of the token, for ms_dict_endpoint. */
struct ms_dict_parts {
    struct ms_span name, ip;
    int32_t port;
};

struct ms_dict {
    struct ms_dict_word words[256];
    struct ms_dict_index values;    /* -> code */
    struct ms_dict_index addresses; /* as logged -> code of the canonical form */
    struct ms_dict_index tokens;    /* -> position in `endpoints` */
    struct ms_dict_endpoint *endpoints;
    size_t n_endpoints, cap_endpoints;
    struct ms_dict_value *chunks[MS_DICT_CHUNKS];
    uint32_t n_values;
    struct ms_arena bytes;
    uint64_t seed;
};

static inline struct ms_dict_value *ms_dict_value(const struct ms_dict *d, uint32_t code)
{
    uint32_t at = code + MS_DICT_CHUNK;
    unsigned k = 31u - (unsigned)__builtin_clz(at) - 10u;
    return &d->chunks[k][at - (MS_DICT_CHUNK << k)];
}

void ms_dict_init(struct ms_dict *d, uint64_t seed);
void ms_dict_fini(struct ms_dict *d);
void ms_dict_reset(struct ms_dict *d); /* empty again, memory kept */

/* The code of a raw log string; MS_NO_CODE for the NULL span. */
uint32_t ms_dict_add(struct ms_dict *d, struct ms_span raw);
/* The same for a constant of the program or a name that lives as long as the run: found by its address. NULL: MS_NO_CODE. */
uint32_t ms_dict_word(struct ms_dict *d, const char *word);
/* The code in `d` of value `code` of another dictionary with the same seed (no second hashing). */
uint32_t ms_dict_import(struct ms_dict *d, const struct ms_dict *from, uint32_t code);
struct ms_span ms_dict_text(const struct ms_dict *d, uint32_t code);

/* Lower case with needless quotes removed / the lower-case domain (NULL code if there is none). */
uint32_t ms_dict_address_key(struct ms_dict *d, uint32_t code);
uint32_t ms_dict_address_domain(struct ms_dict *d, uint32_t code);
/* Both at once. MS_NO_CODE has neither. */
static inline void ms_dict_address(struct ms_dict *d, uint32_t code, uint32_t *key, uint32_t *domain)
{
    *key = ms_dict_address_key(d, code);
    *domain = ms_dict_address_domain(d, code);
}

/* RFC 5952 form of an address that the parser has accepted; worked out once for each way of writing it. */
uint32_t ms_dict_add_ip(struct ms_dict *d, struct ms_span raw);

/* The codes of a whole token. `split` (a pure function) is asked once per distinct token; the answer is kept for the pair of
 * token and function, so that a token seen before costs one hash. The NULL span: no codes, no port. */
struct ms_dict_endpoint ms_dict_endpoint(struct ms_dict *d, struct ms_span token,
                                         void (*split)(struct ms_span token, struct ms_dict_parts *parts));

#endif
