#include "parquet/page.h"

#include <isa-l/crc.h>

#include "parquet/encode.h"
#include "parquet/thrift.h"
#include "simd/simd.h"

/* Pages are 32-bit in the format; readers use signed numbers and want room. */
static const size_t MAX_BODY_BYTES = (size_t)1 << 30;

/* Writes each value, and goes on only if it is there: no branch to mispredict. */
static uint32_t take_strings(const struct ms_span *in, uint32_t n, struct ms_span *out, uint64_t *there)
{
    uint32_t taken = 0;
    for (uint32_t i = 0; i < n; i += 64) {
        uint64_t word = 0;
        uint32_t n_bits = n - i < 64 ? n - i : 64;
        for (uint32_t bit = 0; bit < n_bits; bit++) {
            uint64_t is_there = in[i + bit].p != NULL;
            out[taken] = in[i + bit];
            taken += (uint32_t)is_there;
            word |= is_there << bit;
        }
        there[i / 64] = word;
    }
    return taken;
}

/* NULL is the least number of all: if the least is another one, there is no NULL to be taken out. */
static void take_ints(struct ms_page_rows *rows, struct ms_encoder *e, const int64_t *ints)
{
    ms_int_range_add(&rows->range, ints, rows->n_rows);
    rows->n = rows->n_rows;
    rows->ints = ints;
    if (!rows->range.any || rows->range.min != MS_NULL_I64)
        return;
    rows->n = (uint32_t)ms_simd->take_i64(ints, rows->n_rows, MS_NULL_I64, e->ints, e->there);
    rows->ints = e->ints;
    rows->range = (struct ms_int_range){0};
    ms_int_range_add(&rows->range, e->ints, rows->n);
}

void ms_page_rows_take(struct ms_page_rows *rows, struct ms_encoder *e, const struct ms_values *v, uint64_t first,
                       uint32_t n)
{
    MS_ASSERT(n <= MS_PAGE_ROWS);
    *rows = (struct ms_page_rows){.n_rows = n};
    if (v->all_null)
        return;
    switch (v->column->type) {
    case MS_T_BOOL:
    case MS_T_I32:
    case MS_T_I64:
    case MS_T_TIME:
    case MS_T_DOUBLE:
        take_ints(rows, e, v->ints + first);
        break;
    case MS_T_DICT:
        rows->n = v->no_null ? n : (uint32_t)ms_simd->take_u32(v->codes + first, n, MS_NULL_CODE, e->codes, e->there);
        rows->codes = rows->n == n ? v->codes + first : e->codes;
        break;
    case MS_T_UNIQUE:
        rows->n = v->no_null ? n : take_strings(v->strings + first, n, e->strings, e->there);
        rows->strings = rows->n == n ? v->strings + first : e->strings;
        break;
    }
}

void ms_page_levels(struct ms_buffer *body, const struct ms_page_rows *rows, const uint64_t *there)
{
    size_t start = body->size_bytes;
    uint32_t n_bytes = 0;
    ms_buffer_append(body, &n_bytes, sizeof n_bytes);
    if (rows->n == rows->n_rows || rows->n == 0) /* one run: DuckDB has a short way for exactly that */
        ms_encode_run(body, rows->n != 0, rows->n_rows, 1);
    else
        ms_encode_bits(body, there, rows->n_rows);
    n_bytes = (uint32_t)(body->size_bytes - start - sizeof n_bytes);
    memcpy(body->data + start, &n_bytes, sizeof n_bytes);
}

/* A frame with its size in the header and raw blocks: what has been packed already does not shrink further, and this costs
 * a copy (reference/parquet-writer.md 6). */
static void store(struct ms_buffer *frame, const struct ms_buffer *body)
{
    enum { BLOCK = 1 << 17 };
    static const unsigned char magic[5] = {0x28, 0xb5, 0x2f, 0xfd, 0xa0};
    uint32_t size = (uint32_t)body->size_bytes;
    ms_buffer_append(frame, magic, sizeof magic);
    ms_buffer_append(frame, &size, sizeof size);
    size_t at = 0;
    do {
        size_t n = body->size_bytes - at < BLOCK ? body->size_bytes - at : BLOCK;
        uint32_t header = (uint32_t)n << 3 | (at + n == body->size_bytes);
        ms_buffer_append(frame, &header, 3);
        ms_buffer_append(frame, body->data + at, n);
        at += n;
    } while (at < body->size_bytes);
}

/* The setting outlives a page: to set it up again costs more than a small page. */
static void set_level(struct ms_encoder *e, int level)
{
    if (e->zstd_level == level)
        return;
    /* A library that knows no such setting compresses all the same, only less: nothing to report. ZSTD_c_experimentalParam5
     * is ZSTD_c_literalCompressionMode: 0 leaves it to the level, 1 is always. */
    (void)ZSTD_CCtx_setParameter(e->zstd, ZSTD_c_compressionLevel, level);
    (void)ZSTD_CCtx_setParameter(e->zstd, ZSTD_c_experimentalParam5, level == MS_LEVEL_TEXT);
    /* Shorter repeats keep codes by frequency from doing their work: queue IDs come out larger, and slower. 0: the level's. */
    (void)ZSTD_CCtx_setParameter(e->zstd, ZSTD_c_minMatch, level == MS_LEVEL_TEXT ? 7 : 0);
    e->zstd_level = level;
}

enum ms_status ms_page_compress(struct ms_encoder *e, const struct ms_buffer *body, int level, struct ms_error *err)
{
    if (body->size_bytes > MAX_BODY_BYTES)
        return ms_fail(err, MS_ERR_LIMIT, "a Parquet page of %zu bytes is too large", body->size_bytes);
    e->frame.size_bytes = 0;
    if (level == MS_STORED || e->store_all) {
        store(&e->frame, body);
        return MS_OK;
    }
    ms_buffer_reserve(&e->frame, ZSTD_compressBound(body->size_bytes));
    set_level(e, level);
    size_t n = ZSTD_compress2(e->zstd, e->frame.data, e->frame.capacity_bytes, body->data, body->size_bytes);
    if (ZSTD_isError(n))
        return ms_fail(err, MS_ERR_LIBRARY, "zstd could not compress a page: %s", ZSTD_getErrorName(n));
    e->frame.size_bytes = n;
    return MS_OK;
}

static void write_header(struct ms_buffer *out, const struct ms_page *page, size_t body_bytes,
                         const struct ms_buffer *frame)
{
    struct ms_thrift t;
    ms_thrift_init(&t, out);
    ms_thrift_i32(&t, 1, page->type);
    ms_thrift_i32(&t, 2, (int32_t)body_bytes);
    ms_thrift_i32(&t, 3, (int32_t)frame->size_bytes);
    ms_thrift_i32(&t, 4, (int32_t)crc32_gzip_refl(0, (const unsigned char *)frame->data, frame->size_bytes));
    ms_thrift_begin(&t, page->type == MS_PAGE_DATA ? 5 : 7);
    ms_thrift_i32(&t, 1, (int32_t)page->n_values);
    ms_thrift_i32(&t, 2, page->encoding);
    if (page->type == MS_PAGE_DATA) {
        ms_thrift_i32(&t, 3, MS_ENCODING_RLE); /* definition levels */
        ms_thrift_i32(&t, 4, MS_ENCODING_RLE); /* repetition levels */
    }
    ms_thrift_end(&t);
    ms_thrift_end(&t);
}

enum ms_status ms_page_append(struct ms_encoder *e, const struct ms_page *page, struct ms_buffer *out,
                              uint64_t *uncompressed_bytes, struct ms_error *err)
{
    enum ms_status st = ms_page_compress(e, &e->body, page->level, err);
    if (st != MS_OK)
        return st;
    size_t start = out->size_bytes;
    write_header(out, page, e->body.size_bytes, &e->frame);
    *uncompressed_bytes += out->size_bytes - start + e->body.size_bytes;
    ms_buffer_append(out, e->frame.data, e->frame.size_bytes);
    return MS_OK;
}
