/* The list of a key as bytes, with all its texts: what it takes to put it into a file and to have it back, in another dictionary
 * and arena. Layouts are those of memory (state.h tells which program may read them). Thread rule: pure. */
#ifndef MS_CORRELATE_PACK_H
#define MS_CORRELATE_PACK_H

#include "base/buffer.h"
#include "correlate/table.h"

/* Appends to `out`. The codes are those of `dict`. */
void ms_list_pack(struct ms_buffer *out, const struct ms_key *key, struct ms_fact *const *facts, size_t n,
                  const struct ms_dict *dict);
/* In `arena`, with codes of `dict`; NULL: the bytes are damaged. */
struct ms_partial *ms_list_unpack(const char *bytes, size_t n_bytes, struct ms_arena *arena, struct ms_dict *dict);

#endif
