/* An encoded column chunk: its bytes, and all that the indexes and the footer say about it. Internal to this layer; plain
 * data with one owner. */
#ifndef MS_PARQUET_CHUNK_H
#define MS_PARQUET_CHUNK_H

#include "columnar/schema.h"
#include "parquet/bloom.h"
#include "parquet/format.h"
#include "parquet/stats.h"
#include "parquet/writer.h"

struct ms_data_page {
    uint64_t offset;  /* of its header, from the chunk's first byte */
    uint32_t n_bytes; /* with the header */
    uint64_t first_row;
    uint32_t n_nulls;
    struct ms_int_range range; /* integers only */
};

struct ms_chunk {
    const struct ms_column *column;
    uint64_t n_rows;
    struct ms_buffer bytes; /* [dictionary page] data pages; given back once they are in the file */
    uint64_t compressed_bytes, uncompressed_bytes; /* both with page headers */
    bool has_dictionary;
    uint64_t dictionary_bytes; /* the dictionary page with its header: the first data page starts here */
    enum ms_encoding encoding; /* of the data pages */
    struct ms_stats stats;
    struct ms_data_page *pages;
    size_t n_pages;
    struct ms_bloom bloom; /* no words: no filter */

    /* Known once it is in the file: set by the writer. */
    uint64_t file_offset;
    uint64_t bloom_offset, offset_index_offset, column_index_offset;
    uint32_t bloom_bytes, offset_index_bytes, column_index_bytes; /* 0: not there */
};

/* How this column stands in a file. */
static inline enum ms_physical ms_column_physical(const struct ms_column *c)
{
    switch (c->type) {
    case MS_T_BOOL:
        return MS_PHYSICAL_BOOLEAN;
    case MS_T_I32:
        return MS_PHYSICAL_INT32;
    case MS_T_I64:
    case MS_T_TIME:
        return MS_PHYSICAL_INT64;
    case MS_T_DOUBLE:
        return MS_PHYSICAL_DOUBLE;
    case MS_T_DICT:
    case MS_T_UNIQUE:
        break;
    }
    return MS_PHYSICAL_BYTE_ARRAY;
}

static inline bool ms_column_is_string(const struct ms_column *c)
{
    return ms_column_physical(c) == MS_PHYSICAL_BYTE_ARRAY;
}

/* Bytes of a PLAIN number; 1 for a boolean's statistics. */
static inline unsigned ms_column_width(const struct ms_column *c)
{
    return c->type == MS_T_BOOL ? 1 : c->type == MS_T_I32 ? 4 : 8;
}

/* Bounds as a file holds them. */
static inline void ms_column_bounds(const struct ms_column *c, struct ms_bound *min, struct ms_bound *max,
                                    struct ms_int_range range)
{
    if (c->type == MS_T_DOUBLE && range.any) {
        range.min = ms_double_bits(range.min);
        range.max = ms_double_bits(range.max);
    }
    ms_bounds_of_ints(min, max, &range, ms_column_width(c));
}

#endif
