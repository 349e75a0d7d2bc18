/* Lists of keys that wait in a file: open lives and sessions that nothing has been said of for a while, where memory is short
 * (docs/decisions/0021-memory.md). In memory stays a fixed amount, however many there are: what a shard has to write next, and a
 * filter of hashes. For each list the file has an entry of 48 bytes, all of which are looked through at the end of each stripe,
 * and the list itself, which is read only when it is wanted.
 *
 * Shards are those of the tables (table.h). Thread rule: one thread a shard at a time, any number of shards at once;
 * ms_parked_maybe while nobody puts or takes; init, fini and failure from one thread. */
#ifndef MS_CORRELATE_PARKED_H
#define MS_CORRELATE_PARKED_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/status.h"
#include "correlate/table.h"

struct ms_parked_list {
    uint64_t hash;      /* of its key */
    uint64_t first_key; /* the place of its first line */
    int64_t offset;     /* the store's */
    int64_t due_s;      /* until its host's clock is there, nothing becomes of it but by lines of its own */
    uint64_t n_bytes;
    uint32_t host_id, n_facts; /* n_facts 0: it makes no rows where the logs end */
};

struct ms_parked_shard;
struct ms_parked { /* {0} parks nothing */
    struct ms_parked_shard *shards;
    uint64_t **filters; /* by shard; NULL: it holds nothing */
    int dir_fd;
    atomic_int fd; /* -1: not made yet */
    size_t extent_bytes;
    pthread_mutex_t lock; /* for making the file */
    _Atomic int64_t end;
    atomic_int failure; /* errno of the first call that failed */
};

/* `dir_fd` is borrowed: the file is made there, without a name, when it is needed. It is given out in extents, of
 * which a shard has two in memory; at least MS_PARKED_EXTENT. */
enum { MS_PARKED_EXTENT = 2 * sizeof(struct ms_parked_list) };
void ms_parked_init(struct ms_parked *p, int dir_fd, size_t extent_bytes);
void ms_parked_fini(struct ms_parked *p);

/* False: no list whose key has this hash is there. True: perhaps one is. */
bool ms_parked_maybe(const struct ms_parked *p, uint64_t hash);
/* All of `list` but the offset is filled in. */
void ms_parked_put(struct ms_parked *p, struct ms_parked_list list, const char *bytes);

/* Hands out the lists of a shard for which `wants` says so; with `keeps` they also stay. Nothing may be put meanwhile. */
struct ms_parked_visit {
    bool (*wants)(void *user, const struct ms_parked_list *list);
    void (*list)(void *user, const struct ms_parked_list *list,
                 const char *bytes); /* NULL with `keeps`: never called */
    void *user;
    bool keeps;
};
void ms_parked_visit(struct ms_parked *p, unsigned shard, const struct ms_parked_visit *visit);

static inline bool ms_parked_is_used(const struct ms_parked *p)
{
    return p->end > 0;
}

/* What was read back makes no sense. */
void ms_parked_damaged(struct ms_parked *p);
/* MS_ERR_IO: something could not be written or read back; nothing that was handed out since can be trusted to be all. */
MS_NODISCARD enum ms_status ms_parked_check(const struct ms_parked *p, struct ms_error *err);

#endif
