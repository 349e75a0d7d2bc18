#include "parquet/chunk.h"

#include <inttypes.h>
#include <stdlib.h>

#include "parquet/encode.h"
#include "parquet/page.h"
#include "parquet/plan.h"

struct ms_encoder *ms_encoder_create(void)
{
    struct ms_encoder *e = ms_calloc(1, sizeof *e);
    e->zstd = ZSTD_createCCtx();
    MS_ASSERT(e->zstd != NULL);
    return e;
}

void ms_encoder_destroy(struct ms_encoder *e)
{
    if (e == NULL)
        return;
    ZSTD_freeCCtx(e->zstd);
    ms_seconds_fini(&e->seconds);
    ms_buffer_fini(&e->body);
    ms_buffer_fini(&e->frame);
    free(e);
}

void ms_chunk_destroy(struct ms_chunk *c)
{
    if (c == NULL)
        return;
    ms_buffer_fini(&c->bytes);
    ms_bloom_fini(&c->bloom);
    free(c->pages);
    free(c);
}

/* All that one call of ms_chunk_encode carries about. */
struct job {
    struct ms_encoder *e;
    const struct ms_values *v;
    struct ms_chunk *c;
    struct ms_chunk_plan plan;
    bool sampled; /* whether the pages are compressed has been settled */
    size_t pages_capacity;
    struct ms_int_range ints;
    struct ms_string_range strings;
};

/* Bounds and filter of strings. */
static void see_strings(struct job *j, const struct ms_span *strings, size_t n)
{
    ms_string_range_add(&j->strings, strings, n);
    if (j->c->bloom.words != NULL)
        ms_bloom_add_strings(&j->c->bloom, strings, n);
}

/* What is in `body`, n values. */
static enum ms_status append_dictionary_page(struct job *j, uint32_t n, struct ms_error *err)
{
    struct ms_page page = {
        .type = MS_PAGE_DICTIONARY, .n_values = n, .encoding = MS_ENCODING_PLAIN, .level = MS_LEVEL_DICTIONARY};
    enum ms_status st = ms_page_append(j->e, &page, &j->c->bytes, &j->c->uncompressed_bytes, err);
    j->c->has_dictionary = true;
    j->c->dictionary_bytes = j->c->bytes.size_bytes;
    return st;
}

static enum ms_status append_strings(struct job *j, struct ms_error *err)
{
    /* One look at each distinct string, also where the pages will not use the dictionary. */
    see_strings(j, j->v->dict, j->v->n_dict);
    j->c->stats.n_distinct = j->v->n_dict;
    if (j->plan.encoding != MS_ENCODING_RLE_DICTIONARY)
        return MS_OK;
    j->e->body.size_bytes = 0;
    ms_encode_plain_strings(&j->e->body, j->v->dict, j->v->n_dict);
    return append_dictionary_page(j, j->v->n_dict, err);
}

static enum ms_status append_seconds(struct job *j, struct ms_error *err)
{
    const struct ms_seconds *s = &j->e->seconds;
    size_t n_bytes = s->n_codes * sizeof(int64_t);
    j->e->body.size_bytes = 0;
    ms_buffer_reserve(&j->e->body, n_bytes);
    ms_seconds_values(s, (int64_t *)(void *)j->e->body.data); /* malloc's memory */
    j->e->body.size_bytes = n_bytes;
    j->c->stats.n_distinct = s->n_codes;
    return append_dictionary_page(j, s->n_codes, err);
}

static enum ms_status append_dictionary(struct job *j, struct ms_error *err)
{
    if (j->plan.n_values == 0)
        return MS_OK;
    if (j->v->column->type == MS_T_DICT)
        return append_strings(j, err);
    return j->plan.encoding == MS_ENCODING_RLE_DICTIONARY ? append_seconds(j, err) : MS_OK;
}

/* The strings that codes stand for; e->strings is free, as a column has codes or strings. */
static const struct ms_span *look_up(struct job *j, const struct ms_page_rows *rows)
{
    for (uint32_t i = 0; i < rows->n; i++)
        j->e->strings[i] = j->v->dict[rows->codes[i]];
    return j->e->strings;
}

static void encode_strings(struct job *j, const struct ms_page_rows *rows)
{
    enum { TOGETHER = 64 }; /* a page of texts is more than a cache holds: all that is done with one is done at once */
    bool interned = j->v->column->type == MS_T_DICT;
    const struct ms_span *strings = interned ? look_up(j, rows) : rows->strings;
    ms_encode_delta_lengths(&j->e->body, strings, rows->n, j->e->ints);
    for (uint32_t i = 0, n; i < rows->n; i += n) {
        n = rows->n - i < TOGETHER ? rows->n - i : TOGETHER;
        for (uint32_t k = i + n; k < rows->n && k < i + 2 * n; k++)
            __builtin_prefetch(strings[k].p);
        if (!interned)
            see_strings(j, strings + i, n);
        ms_encode_texts(&j->e->body, strings + i, n);
    }
}

static void encode_codes(struct job *j, const struct ms_page_rows *rows)
{
    struct ms_buffer *body = &j->e->body;
    ms_buffer_push(body, (char)j->plan.code_width);
    if (j->v->column->type == MS_T_TIME) {
        ms_seconds_codes(&j->e->seconds, rows->ints, rows->n, j->e->codes);
        ms_encode_hybrid(body, j->e->codes, rows->n, j->plan.code_width);
    } else if (j->v->n_dict > 1)
        ms_encode_hybrid(body, rows->codes, rows->n, j->plan.code_width);
    else if (rows->n != 0) {
        ms_encode_run(body, 0, rows->n, j->plan.code_width);
    }
}

static void encode_deltas(struct job *j, const struct ms_page_rows *rows)
{
    const struct ms_int_range *range = &rows->range;
    bool may_wrap = j->v->column->type == MS_T_I32 && range->max - range->min > INT32_MAX;
    if (range->any && range->min == range->max)
        ms_encode_delta_equal(&j->e->body, range->min, rows->n);
    else
        ms_encode_delta(&j->e->body, rows->ints, rows->n, may_wrap);
}

static void encode_values(struct job *j, const struct ms_page_rows *rows)
{
    struct ms_buffer *body = &j->e->body;
    bool is_int32 = j->v->column->type == MS_T_I32;
    switch (j->plan.encoding) {
    case MS_ENCODING_RLE_DICTIONARY:
        encode_codes(j, rows);
        break;
    case MS_ENCODING_DELTA_LENGTH_BYTE_ARRAY:
        encode_strings(j, rows);
        break;
    case MS_ENCODING_DELTA_BINARY_PACKED:
        encode_deltas(j, rows);
        break;
    case MS_ENCODING_PLAIN: /* strings have none left here: only a chunk without values is PLAIN */
        if (j->v->column->type == MS_T_BOOL)
            ms_encode_plain_bools(body, rows->ints, rows->n);
        else if (j->v->column->type == MS_T_DOUBLE)
            ms_encode_plain_doubles(body, rows->ints, rows->n);
        else if (rows->ints != NULL)
            ms_encode_plain_ints(body, rows->ints, rows->n, is_int32);
        break;
    case MS_ENCODING_RLE:
        break;
    }
}

static enum ms_status check_rows(const struct job *j, const struct ms_page_rows *rows, struct ms_error *err)
{
    const struct ms_column *column = j->v->column;
    const struct ms_int_range *range = &rows->range;
    if (column->required && rows->n != rows->n_rows)
        return ms_fail(err, MS_ERR_FORMAT, "column %s is REQUIRED, but a row has no value", column->name);
    int64_t least = column->type == MS_T_BOOL ? 0 : column->type == MS_T_I32 ? INT32_MIN : INT64_MIN;
    int64_t most = column->type == MS_T_BOOL ? 1 : column->type == MS_T_I32 ? INT32_MAX : INT64_MAX;
    if (range->any && (range->min < least || range->max > most))
        return ms_fail(err, MS_ERR_LIMIT, "column %s holds %" PRId64 " to %" PRId64 ", more than its type can",
                       column->name, range->min, range->max);
    return MS_OK;
}

/* Packed pages rarely shrink: one sample decides for the whole chunk, and less than half is not worth the time
 * (docs/decisions/0005). It is the end of a page, as its beginning may be nothing but levels. Pages too small to tell are
 * stored. */
static enum ms_status settle_level(struct job *j, struct ms_error *err)
{
    enum { LEAST_BYTES = 512, SAMPLE_BYTES = 4096 };
    const struct ms_buffer *body = &j->e->body;
    if (j->sampled || j->plan.compress == MS_COMPRESS_ALWAYS || body->size_bytes < LEAST_BYTES)
        return MS_OK;
    j->sampled = true;
    size_t n = body->size_bytes < SAMPLE_BYTES ? body->size_bytes : SAMPLE_BYTES;
    struct ms_buffer sample = {.data = body->data + body->size_bytes - n, .size_bytes = n};
    enum ms_status st = ms_page_compress(j->e, &sample, j->plan.level, err);
    if (st == MS_OK && j->e->frame.size_bytes * 2 < n)
        j->plan.compress = MS_COMPRESS_ALWAYS;
    return st;
}

static void note_page(struct job *j, const struct ms_data_page *page)
{
    struct ms_chunk *c = j->c;
    c->pages = ms_grow(c->pages, &j->pages_capacity, c->n_pages + 1, sizeof *c->pages);
    c->pages[c->n_pages++] = *page;
    c->stats.n_nulls += page->n_nulls;
    ms_int_range_merge(&j->ints, &page->range);
}

static enum ms_status append_page(struct job *j, uint64_t first, uint32_t n_rows, struct ms_error *err)
{
    struct ms_page_rows rows;
    ms_page_rows_take(&rows, j->e, j->v, first, n_rows);
    struct ms_data_page note = {
        .offset = j->c->bytes.size_bytes, .first_row = first, .n_nulls = n_rows - rows.n, .range = rows.range};
    enum ms_status st = check_rows(j, &rows, err);
    if (st != MS_OK)
        return st;
    if (rows.ints != NULL && j->c->bloom.words != NULL)
        ms_bloom_add_ints(&j->c->bloom, rows.ints, rows.n, ms_column_width(j->v->column));
    j->e->body.size_bytes = 0;
    if (!j->v->column->required)
        ms_page_levels(&j->e->body, &rows, j->e->there);
    encode_values(j, &rows);
    st = settle_level(j, err);
    if (st != MS_OK)
        return st;
    int level = j->plan.compress == MS_COMPRESS_ALWAYS ? j->plan.level : MS_STORED;
    struct ms_page page = {.type = MS_PAGE_DATA, .n_values = n_rows, .encoding = j->plan.encoding, .level = level};
    st = ms_page_append(j->e, &page, &j->c->bytes, &j->c->uncompressed_bytes, err);
    note.n_bytes = (uint32_t)(j->c->bytes.size_bytes - note.offset);
    note_page(j, &note);
    return st;
}

static uint64_t string_bytes(const struct ms_values *v, uint64_t row)
{
    if (v->column->type == MS_T_UNIQUE)
        return v->strings[row].p != NULL ? v->strings[row].n : 0;
    return v->codes[row] != MS_NULL_CODE ? v->dict[v->codes[row]].n : 0;
}

/* Up to the next multiple of MS_PAGE_ROWS, or less where strings are huge. */
static uint32_t page_rows(const struct job *j, uint64_t first)
{
    uint64_t n = MS_PAGE_ROWS - first % MS_PAGE_ROWS;
    if (n > j->v->n_rows - first)
        n = j->v->n_rows - first;
    if (j->plan.string_bytes <= MS_PAGE_BYTES)
        return (uint32_t)n;
    uint64_t total_bytes = 0;
    for (uint64_t i = 0; i < n; i++) {
        total_bytes += string_bytes(j->v, first + i);
        if (total_bytes > MS_PAGE_BYTES && i > 0)
            return (uint32_t)i;
    }
    return (uint32_t)n;
}

static void finish_stats(struct job *j)
{
    struct ms_stats *s = &j->c->stats;
    if (ms_column_is_string(j->v->column))
        ms_bounds_of_strings(&s->min, &s->max, &j->strings);
    else
        ms_column_bounds(j->v->column, &s->min, &s->max, j->ints);
    if (j->c->bloom.words != NULL)
        ms_bloom_fold(&j->c->bloom);
}

static enum ms_status encode_chunk(struct job *j, struct ms_error *err)
{
    ms_chunk_plan_make(&j->plan, j->e, j->v);
    j->c->encoding = j->plan.encoding;
    bool interned = j->v->column->type == MS_T_DICT;
    if (j->v->column->bloom)
        ms_bloom_init(&j->c->bloom, interned ? j->v->n_dict : j->plan.n_values);
    enum ms_status st = append_dictionary(j, err);
    for (uint64_t row = 0; st == MS_OK && row < j->v->n_rows;) {
        uint32_t n = page_rows(j, row);
        st = append_page(j, row, n, err);
        row += n;
    }
    j->c->compressed_bytes = j->c->bytes.size_bytes;
    finish_stats(j);
    return st;
}

enum ms_status ms_chunk_encode(struct ms_encoder *e, const struct ms_values *values, struct ms_chunk **out,
                               struct ms_error *err)
{
    MS_ASSERT(values->n_rows >= 1 && values->n_rows <= MS_ROW_GROUP_ROWS);
    MS_ASSERT(!values->column->bloom || (values->column->type != MS_T_BOOL && values->column->type != MS_T_DOUBLE));
    struct ms_chunk *c = ms_calloc(1, sizeof *c);
    c->column = values->column;
    c->n_rows = values->n_rows;
    struct job j = {.e = e, .v = values, .c = c};
    enum ms_status st = encode_chunk(&j, err);
    if (st == MS_OK)
        *out = c;
    else
        ms_chunk_destroy(c);
    return st;
}
