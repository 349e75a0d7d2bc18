/* A thread's scratch for encoding: made once, used for every page. Internal to this layer. */
#ifndef MS_PARQUET_ENCODER_H
#define MS_PARQUET_ENCODER_H

#include <stdbool.h>
#include <zstd.h>

#include "base/buffer.h"
#include "base/span.h"
#include "parquet/seconds.h"

/* Rows of a data page, at the same boundaries in every column: a multiple of DuckDB's 2,048-row vector, and small enough
 * that a reader which finds one row decodes little else. */
enum { MS_PAGE_ROWS = 16384 };

/* A page that would grow beyond this ends earlier (sizes are 32-bit in the format, and a reader holds a whole page). */
static const uint64_t MS_PAGE_BYTES = (uint64_t)32 << 20;

/* Arrays whose starts are a power of two apart share cache sets: the gaps keep them apart. */
enum { MS_PAGE_GAP = 16 };

struct ms_encoder {
    ZSTD_CCtx *zstd;
    int zstd_level;         /* what `zstd` is set to; 0: not yet */
    bool store_all;         /* nothing is compressed: for bench_parquet, which tells encoding and zstd apart */
    struct ms_buffer body;  /* a page before compression */
    struct ms_buffer frame; /* and after it */
    uint64_t there[MS_PAGE_ROWS / 64]; /* definition levels, a bit each */
    uint32_t codes[MS_PAGE_ROWS + MS_PAGE_GAP];
    int64_t ints[MS_PAGE_ROWS + MS_PAGE_GAP];
    struct ms_span strings[MS_PAGE_ROWS + MS_PAGE_GAP];
    struct ms_seconds seconds; /* the dictionary of a column of times, if its plan says so */
};

#endif
