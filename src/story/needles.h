/* The user's patterns, made ready for the matcher. Regular expressions go to it as they are. Of literals only a window of some bytes
 * goes there, one that ends in a rare trigram, and a hit is confirmed against the whole: it filters by the last bytes, and
 * addresses that end as many others do would let it stop at every line (reference/scan-performance.md 2).
 * Thread rule: immutable, shared; a ms_scanner of ms_needles_patterns belongs to one thread. */
#ifndef MS_STORY_NEEDLES_H
#define MS_STORY_NEEDLES_H

#include "scan/scan.h"

struct ms_needles;

/* `sample`: some of the text that will be searched; only the speed depends on it. Patterns are copied. */
MS_NODISCARD enum ms_status ms_needles_create(struct ms_needles **out, const struct ms_pattern *patterns, size_t n,
                                              enum ms_scan_engine engine, struct ms_span sample, struct ms_error *err);
void ms_needles_destroy(struct ms_needles *n);

const struct ms_patterns *ms_needles_patterns(const struct ms_needles *n);
/* Does a hit in this text, as the matcher gives it, stand for a match within [begin, stop), the line of the hit? */
bool ms_needles_confirm(const struct ms_needles *n, struct ms_span text, const struct ms_hit *hit, uint32_t begin,
                        uint32_t stop);

#endif
