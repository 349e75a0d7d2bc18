/* Frames of zstd for texts that stand one behind the other. What repeats is looked for where a column's strings repeat each other,
 * at their beginnings and ends, and not at every byte: that, and a coder for just these bytes, costs a third of what
 * the library takes (docs/decisions/0023). The twin is the library: whatever this does not do goes there. Thread rule: one owner. */
#ifndef MS_PARQUET_TEXT_FRAME_H
#define MS_PARQUET_TEXT_FRAME_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/span.h"
#include "parquet/huffman.h"
#include "parquet/sequences.h"

enum { MS_TEXT_FRAME_BITS = 12 };

struct ms_text_frame { /* scratch */
    struct ms_sequence_machines *machines;
    uint32_t heads[1 << MS_TEXT_FRAME_BITS], long_heads[1 << MS_TEXT_FRAME_BITS], tails[1 << MS_TEXT_FRAME_BITS];
    size_t n_sequences, n_literals;
    struct ms_sequence sequences[MS_SEQUENCES_MOST];
    char literals[MS_LITERALS_MOST + MS_LITERALS_SLACK];
};

struct ms_text_frame *ms_text_frame_create(void);
void ms_text_frame_destroy(struct ms_text_frame *t); /* NULL is allowed */

/* What a body holds: `prefix` bytes, and n strings one behind the other, up to its end. Of the strings only the lengths are read. */
struct ms_texts {
    const struct ms_span *strings;
    size_t n, prefix;
};

/* Appends a frame with `body`, behind which MS_LITERALS_SLACK bytes may be read, to `out`. False: the texts are not for this (one is very long, or has bytes that are not
 * ASCII); `out` is as it was. */
bool ms_text_frame_append(struct ms_text_frame *t, struct ms_buffer *out, const struct ms_buffer *body,
                          const struct ms_texts *texts);

#endif
