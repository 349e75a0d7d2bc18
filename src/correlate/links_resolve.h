/* The join at the end of the run: claims of all workers against lives of all workers, into rows of `links` by place in the
 * input, and into pairs of lives that are certainly one mail (mails.h). The result depends on claims and lives alone.
 * Thread rule: ms_links_resolve from one thread, it makes others; then ms_links_rows of one place and of another, and
 * ms_mails_make, from any. */
#ifndef MS_CORRELATE_LINKS_RESOLVE_H
#define MS_CORRELATE_LINKS_RESOLVE_H

#include "columnar/dict.h"
#include "columnar/rows.h"
#include "correlate/links.h"
#include "correlate/mails.h"

struct ms_resolve { /* fill in the first six, the rest {0} */
    const struct ms_names *names;
    unsigned n_threads; /* at least 1 */
    int dir_fd;         /* as ms_links_spill_to; -1: memory only */
    size_t limit_bytes;
    /* Where a row belongs: which of `n_places` parts, told from its line's key (a function of the input, rising with it) and time;
     * MS_PLACE_TOLD: an earlier run has written it. From open_place on rows are not final: the next run judges them anew. */
    size_t n_places, open_place;
    size_t (*place_of)(const void *arg, uint64_t key, int64_t time_us);
    const void *place_arg;
    struct ms_spool *rows; /* one a thread; by place */
    struct ms_mails mails;
};

/* Empties the collectors. */
MS_NODISCARD enum ms_status ms_links_resolve(struct ms_resolve *r, struct ms_links *const *all, size_t n,
                                             struct ms_error *err);
bool ms_links_has_rows(const struct ms_resolve *r, size_t place);
/* The rows of one place, in the order of the lines that say so; texts live in `dict` and `arena`. */
MS_NODISCARD enum ms_status ms_links_rows(struct ms_resolve *r, size_t place, struct ms_dict *dict,
                                          struct ms_arena *arena, struct ms_rows *rows, struct ms_error *err);
void ms_resolve_fini(struct ms_resolve *r);

#endif
