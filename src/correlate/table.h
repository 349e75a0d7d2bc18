/* The sharded queue-ID table: where partial lists of one key from many threads meet.
 *
 * Insert-only within a stripe, then sealed by a barrier, walked, and emptied. A slot knows only the key's 64-bit hash; two
 * keys with the same hash share a slot, and who walks it tells them apart by the key in each partial (so a collision costs a
 * comparison, never a wrong join).
 *
 * LIMITATIONS: nothing is removed before reset; find and walk see everything only after a barrier. In exchange: an insert
 * is one compare-and-swap to claim a slot (only for the first partial of a key) and one to push; no lock, no counter.
 * Thread rule: names ending in _mp from any number of threads at once; all others from one, with a barrier before. */
#ifndef MS_CORRELATE_TABLE_H
#define MS_CORRELATE_TABLE_H

#include "correlate/fact.h"
#include "correlate/key.h"

struct ms_partial {          /* part of the list of one key, in canonical order; owned by its worker's stripe arena */
    struct ms_partial *next; /* the table's */
    struct ms_key key;
    struct ms_fact *first, *last;
    const struct ms_dict *dict; /* whose codes the facts hold */
    struct ms_told *told;       /* what other lists tell this one, where its facts are parked; NULL: nothing */
};

struct ms_told;
struct ms_table_ops; /* lock-free, or the plain twin under one mutex */
struct ms_queue_table;

enum ms_table_kind { MS_TABLE_LOCK_FREE, MS_TABLE_LOCKED };

struct ms_queue_table *ms_table_create(enum ms_table_kind kind);
void ms_table_destroy(struct ms_queue_table *t);
void ms_table_insert_mp(struct ms_queue_table *t, struct ms_partial *p);
/* The partials whose key has this hash (linked by next; other keys among them are possible), or NULL. */
struct ms_partial *ms_table_find_mp(const struct ms_queue_table *t, uint64_t hash);

#define MS_TABLE_SHARDS 64u
static inline unsigned ms_table_shard_of(uint64_t hash)
{
    return (unsigned)(hash >> 58);
}
typedef void (*ms_table_walk_fn)(void *user, struct ms_partial *same_hash);
/* Every slot of one shard; different shards from different threads. */
void ms_table_walk_mp(const struct ms_queue_table *t, unsigned shard, ms_table_walk_fn fn, void *user);
void ms_table_reset(struct ms_queue_table *t); /* empty; memory kept */

#endif
