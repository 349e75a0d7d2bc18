/* What archives have twice: a rotated file that begins with the end of the one before, a packed file beside the plain one, a copy
 * under another name. All of one descriptor's text to another. One thread. */
#ifndef MS_GEN_DUPLICATES_H
#define MS_GEN_DUPLICATES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* Whole lines from the last `n_bytes` of `from`, which `name` names. Gives the number of lines. */
MS_NODISCARD enum ms_status ms_gen_copy_end(int from, int to, uint64_t n_bytes, const char *name, uint64_t *n_lines,
                                            struct ms_error *err);
/* All of it, as a gzip file if `packed`. */
MS_NODISCARD enum ms_status ms_gen_copy_file(int from, int to, bool packed, const char *name, uint64_t *n_lines,
                                             struct ms_error *err);

#endif
