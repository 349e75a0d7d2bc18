/* One page: what is in it, levels, compression, header, checksum. Thread rule: one encoder, one thread. */
#ifndef MS_PARQUET_PAGE_H
#define MS_PARQUET_PAGE_H

#include "base/status.h"
#include "columnar/values.h"
#include "parquet/encoder.h"
#include "parquet/format.h"
#include "parquet/stats.h"

/* Rows of a column with the NULLs taken out. The arrays borrow from the values, or from the encoder if NULLs had to go. */
struct ms_page_rows {
    uint32_t n_rows;
    uint32_t n; /* values: n_rows minus NULLs */
    const int64_t *ints;
    const uint32_t *codes;
    const struct ms_span *strings;
    struct ms_int_range range; /* of ints */
};

/* Rows first .. first + n_rows - 1, n_rows <= MS_PAGE_ROWS. Fills e->there if there are NULLs. */
void ms_page_rows_take(struct ms_page_rows *rows, struct ms_encoder *e, const struct ms_values *v, uint64_t first,
                       uint32_t n_rows);

/* Appends the definition levels of an OPTIONAL column as a V1 page has them: length, then the hybrid encoding. */
void ms_page_levels(struct ms_buffer *body, const struct ms_page_rows *rows, const uint64_t *there);

/* Level 0: a zstd frame that holds the bytes as they are. Else a level of zstd. Negative levels leave bytes that repeat
 * nothing as they are; only MS_LEVEL_TEXT goes on to code them by frequency, which suits text as nothing else does. */
enum { MS_STORED = 0, MS_LEVEL_TEXT = -10, MS_LEVEL_DICTIONARY = 1 };

/* Puts body, packed, into a zstd frame in e->frame. */
MS_NODISCARD enum ms_status ms_page_compress(struct ms_encoder *e, const struct ms_buffer *body, int level,
                                             struct ms_error *err);

struct ms_page {
    enum ms_page_type type;
    uint32_t n_values; /* with NULLs */
    enum ms_encoding encoding;
    int level;
};

/* Compresses e->body and appends header and page to `out`. Adds header and body size to *uncompressed_bytes. */
MS_NODISCARD enum ms_status ms_page_append(struct ms_encoder *e, const struct ms_page *page, struct ms_buffer *out,
                                           uint64_t *uncompressed_bytes, struct ms_error *err);

#endif
