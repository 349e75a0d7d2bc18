/* The lists of one segment, by key, in one worker's hands. Emptied for each segment, memory kept. One owner. */
#ifndef MS_CORRELATE_LOCALMAP_H
#define MS_CORRELATE_LOCALMAP_H

#include <stddef.h>

#include "correlate/fact.h"
#include "correlate/key.h"

struct ms_local_list {
    struct ms_key key;
    struct ms_fact *first, *last;
    uint32_t n;
};

struct ms_localmap {
    uint64_t *slots; /* hash tag << 32 | list number + 1; 0: empty */
    size_t n_slots;
    struct ms_local_list *lists; /* in the order of their first line */
    size_t n_lists, cap_lists;
};

void ms_localmap_append(struct ms_localmap *m, const struct ms_key *key, struct ms_fact *fact);
void ms_localmap_reset(struct ms_localmap *m);
void ms_localmap_fini(struct ms_localmap *m);

#endif
