/* A set of keys (correlate/key.h); it owns their texts. Thread rule: one owner; any number of readers while nobody adds. */
#ifndef MS_STORY_KEYSET_H
#define MS_STORY_KEYSET_H

#include <stddef.h>

#include "base/arena.h"
#include "correlate/key.h"

struct ms_keyset {        /* {0} is the empty set */
    struct ms_key *items; /* in the order in which they came */
    size_t n, cap;
    uint32_t *slots; /* number + 1 */
    size_t n_slots;
    struct ms_arena texts;
};

bool ms_keyset_add(struct ms_keyset *s, const struct ms_key *key); /* true: it is new */
/* Its number; SIZE_MAX: it is not there. */
size_t ms_keyset_find(const struct ms_keyset *s, const struct ms_key *key);
void ms_keyset_add_all(struct ms_keyset *s, const struct ms_keyset *more);
void ms_keyset_clear(struct ms_keyset *s);
void ms_keyset_fini(struct ms_keyset *s);

static inline bool ms_keyset_has(const struct ms_keyset *s, const struct ms_key *key)
{
    return s->n > 0 && ms_keyset_find(s, key) != SIZE_MAX;
}

/* Keys with ranges of time. */
struct ms_time_range {
    int64_t from_s, to_s; /* both belong to it */
    uint32_t next;        /* number + 1 of another one of the same key; 0: none */
};

struct ms_times { /* {0} is empty */
    struct ms_keyset keys;
    uint32_t *first; /* by key: number + 1 */
    size_t cap_first;
    struct ms_time_range *ranges;
    size_t n, cap;
};

void ms_times_add(struct ms_times *t, const struct ms_key *key, int64_t from_s, int64_t to_s);
/* Is this second in one of the key's ranges? */
bool ms_times_has(const struct ms_times *t, const struct ms_key *key, int64_t second);
void ms_times_add_all(struct ms_times *t, const struct ms_times *more);
void ms_times_clear(struct ms_times *t);
void ms_times_fini(struct ms_times *t);

#endif
