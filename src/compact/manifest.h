/* dataset.json of the generation before, for one that has other parts. Internal to compact/. Pure. */
#ifndef MS_COMPACT_MANIFEST_H
#define MS_COMPACT_MANIFEST_H

#include "base/buffer.h"
#include "base/span.h"

/* `before` as it is, if it has no digests of parts. Else without those of which `drops` says so, and `added` (lines as they
 * stand there, each with a comma behind it) in front of the others. False: it is not a manifest of ours. */
bool ms_manifest_replace(struct ms_span before, bool (*drops)(void *user, const char *table, const char *part),
                         void *user, struct ms_span added, struct ms_buffer *out);

/* One such line. */
void ms_manifest_digest(struct ms_buffer *out, const char *table, const char *part, const char *sha256);

#endif
