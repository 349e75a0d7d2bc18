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
    bool clean;  /* owes nothing to lines before the segment: what is sealed here is sealed for good */
    bool closed; /* a life or session of it was closed already; the last one: */
    int64_t last_begin_s;
    uint32_t last_ordinal;
    uint64_t last_place; /* key of its first line */
    /* sessions: the one that is open, if it is known from its begin on and not yet disconnected */
    bool live;
    int64_t session_id;
    struct ms_span tls_version, tls_cipher;
};

struct ms_localmap {
    uint64_t *slots; /* hash tag << 32 | list number + 1; 0: empty */
    size_t n_slots;
    struct ms_local_list *lists; /* in the order of their first line */
    size_t n_lists, cap_lists;
};

/* The list of the key, made empty if it is new. Valid until the next call. */
struct ms_local_list *ms_localmap_get(struct ms_localmap *m, const struct ms_key *key);
void ms_local_list_append(struct ms_local_list *l, struct ms_fact *fact);
void ms_localmap_reset(struct ms_localmap *m);
void ms_localmap_fini(struct ms_localmap *m);

#endif
