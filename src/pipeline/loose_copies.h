/* Copies with holes: two sources that both have a host and program's lines of a time, but not all of them, or not in one order:
 * two collectors that each lost some, a file of warnings beside the one that has everything (docs/decisions/0008).
 *
 * Lines are compared one by one, but judged as a whole: of two streams, those in both must be half or more of what the one with
 * fewer lines has in the time that both cover, at two seconds or more. Then the k-th line of a second, process and text
 * in the later source is a copy of the k-th one in the earlier. Thread rule: one owner. */
#ifndef MS_PIPELINE_LOOSE_COPIES_H
#define MS_PIPELINE_LOOSE_COPIES_H

#include "base/spool.h"
#include "correlate/copies.h"

struct ms_loose_stream { /* lines of one host and tag in one source */
    uint64_t key;
    uint32_t file_id;
    uint64_t n_lines;
    int64_t first_s, last_s;
    uint64_t n_copies;             /* out: of its lines */
    uint32_t as_earlier, as_later; /* its first pair */
};

struct ms_loose_pair;

struct ms_loose {
    struct ms_loose_stream *streams; /* borrowed */
    size_t n;
    struct ms_loose_pair *pairs;
    size_t n_pairs, cap_pairs;
    struct ms_spool records;
    int dir_fd;
};

/* Whether earlier and later are known to be copies already, so that they need not be compared. */
typedef bool (*ms_loose_known_fn)(void *user, const struct ms_loose_stream *earlier,
                                  const struct ms_loose_stream *later);

/* `streams`: by file; theirs are the indices below. False: nothing is to be compared, and only ms_loose_fini is to be called.
 * `folder`: where records go that don't fit into 64 MB. */
bool ms_loose_init(struct ms_loose *l, struct ms_loose_stream *streams, size_t n, const char *folder,
                   ms_loose_known_fn known, void *user);
bool ms_loose_wants(const struct ms_loose *l, uint32_t stream);
/* `print`: of second, process and text. `fraction`: microseconds; where both sources have them, and they agree for nine lines of
 * ten, they tell equal lines of one second apart. */
void ms_loose_add(struct ms_loose *l, uint32_t stream, uint64_t print, int64_t second, uint32_t fraction,
                  uint64_t offset);
/* Adds to `copies`, unsorted. MS_ERR_IO: the temporary file can't be written or read. */
MS_NODISCARD enum ms_status ms_loose_end(struct ms_loose *l, struct ms_copies *copies, struct ms_error *err);
void ms_loose_fini(struct ms_loose *l);

#endif
