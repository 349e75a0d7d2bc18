/* What stands behind the data: page indexes and the footer (FileMetaData). Internal to this layer. Pure: chunks in, bytes
 * appended. */
#ifndef MS_PARQUET_FOOTER_H
#define MS_PARQUET_FOOTER_H

#include "parquet/chunk.h"

struct ms_row_group {
    uint64_t n_rows;
    struct ms_chunk **chunks; /* one a column, owned */
};

/* Whether a ColumnIndex helps: where pages of one chunk differ in a way that prunes. */
bool ms_column_index_wanted(const struct ms_chunk *c);
void ms_column_index_write(const struct ms_chunk *c, struct ms_buffer *out);
void ms_offset_index_write(const struct ms_chunk *c, struct ms_buffer *out);

/* FileMetaData, without the length and the magic that follow it. */
void ms_footer_write(const struct ms_table *table, const struct ms_row_group *groups, size_t n_groups,
                     struct ms_buffer *out);

#endif
