/* Lines of sendmail's that were too long and came in parts: `QID[1]: to=..., ...`, `QID[2]: relay=..., stat=Sent` (other lines may
 * stand between; sendmail-log-lines.md 1.4). Each part is a fact of its own, so that it does not matter where the text is cut;
 * when all facts of a queue ID are at hand, the first one of a `from=` or `to=` is told what the others say. Thread rule: whoever
 * seals the list. */
#ifndef MS_CORRELATE_PARTS_H
#define MS_CORRELATE_PARTS_H

#include "correlate/correlate.h"

/* Before the list is split: facts of one key in canonical order, with codes of c's dictionary. The others stay what they are, rows
 * of events. A first part whose others are not there yet stays one. */
void ms_parts_join(struct ms_correlator *c, struct ms_fact *const *facts, size_t n);

#endif
