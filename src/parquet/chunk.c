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

static void flush_hashes(struct job *j)
{
    ms_bloom_insert(&j->c->bloom, j->e->hashes, j->e->n_hashes);
    j->e->n_hashes = 0;
}

static void see_hash(struct job *j, uint64_t hash)
{
    j->e->hashes[j->e->n_hashes++] = hash;
    if (j->e->n_hashes == MS_HASH_BATCH)
        flush_hashes(j);
}

static void see_string(struct job *j, struct ms_span s)
{
    ms_string_range_add(&j->strings, s);
    if (j->c->bloom.words != NULL)
        see_hash(j, ms_bloom_hash_string(s));
}

static void see_ints(struct job *j, const int64_t *values, uint32_t n)
{
    if (j->c->bloom.words == NULL)
        return;
    unsigned width_bytes = ms_column_width(j->v->column);
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || values[i] != values[i - 1])
            see_hash(j, ms_bloom_hash_int(values[i], width_bytes));
    }
}

/* Bounds and filter come from the dictionary, one look at each distinct string, also where the pages will not use it. With
 * `copy`, e->body becomes the PLAIN dictionary: length and bytes. */
static void see_dictionary(struct job *j, bool copy)
{
    enum { AHEAD = 16 };
    const struct ms_span *dict = j->v->dict;
    struct ms_buffer *body = &j->e->body;
    body->size_bytes = 0;
    for (uint32_t i = 0; i < j->v->n_dict; i++) {
        if (i + AHEAD < j->v->n_dict)
            __builtin_prefetch(dict[i + AHEAD].p);
        if (copy) {
            ms_buffer_append(body, &dict[i].n, sizeof dict[i].n);
            ms_buffer_append(body, dict[i].p, dict[i].n);
        }
        see_string(j, dict[i]);
    }
}

static enum ms_status append_dictionary(struct job *j, struct ms_error *err)
{
    see_dictionary(j, j->plan.encoding == MS_ENCODING_RLE_DICTIONARY);
    j->c->stats.n_distinct = j->v->n_dict;
    if (j->plan.encoding != MS_ENCODING_RLE_DICTIONARY)
        return MS_OK;
    struct ms_page page = {
        .type = MS_PAGE_DICTIONARY, .n_values = j->v->n_dict, .encoding = MS_ENCODING_PLAIN, .level = j->plan.level};
    enum ms_status st = ms_page_append(j->e, &page, &j->c->bytes, &j->c->uncompressed_bytes, err);
    j->c->has_dictionary = true;
    j->c->dictionary_bytes = j->c->bytes.size_bytes;
    return st;
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
    bool interned = j->v->column->type == MS_T_DICT;
    const struct ms_span *strings = interned ? look_up(j, rows) : rows->strings;
    for (uint32_t i = 0; !interned && i < rows->n; i++)
        see_string(j, strings[i]);
    ms_encode_delta_strings(&j->e->body, strings, rows->n, j->e->ints);
}

static void encode_values(struct job *j, const struct ms_page_rows *rows)
{
    struct ms_buffer *body = &j->e->body;
    bool is_int32 = j->v->column->type == MS_T_I32;
    switch (j->plan.encoding) {
    case MS_ENCODING_RLE_DICTIONARY:
        ms_buffer_push(body, (char)j->plan.code_width);
        ms_encode_hybrid(body, rows->codes, rows->n, j->plan.code_width);
        break;
    case MS_ENCODING_DELTA_LENGTH_BYTE_ARRAY:
        encode_strings(j, rows);
        break;
    case MS_ENCODING_DELTA_BINARY_PACKED:
        ms_encode_delta(body, rows->ints, rows->n, is_int32);
        break;
    case MS_ENCODING_PLAIN: /* strings have none left here: only a chunk without values is PLAIN */
        if (j->v->column->type == MS_T_BOOL)
            ms_encode_plain_bools(body, rows->ints, rows->n);
        else if (rows->ints != NULL)
            ms_encode_plain_ints(body, rows->ints, rows->n, is_int32);
        break;
    case MS_ENCODING_RLE:
        break;
    }
}

static enum ms_status check_rows(const struct job *j, const struct ms_page_rows *rows, const struct ms_int_range *range,
                                 struct ms_error *err)
{
    const struct ms_column *column = j->v->column;
    if (column->required && rows->n != rows->n_rows)
        return ms_fail(err, MS_ERR_FORMAT, "column %s is REQUIRED, but a row has no value", column->name);
    int64_t least = column->type == MS_T_BOOL ? 0 : column->type == MS_T_I32 ? INT32_MIN : INT64_MIN;
    int64_t most = column->type == MS_T_BOOL ? 1 : column->type == MS_T_I32 ? INT32_MAX : INT64_MAX;
    if (range->any && (range->min < least || range->max > most))
        return ms_fail(err, MS_ERR_LIMIT, "column %s holds %" PRId64 " to %" PRId64 ", more than its type can",
                       column->name, range->min, range->max);
    return MS_OK;
}

/* Packed pages rarely shrink: one sample decides for the whole chunk. Pages too small to tell are stored. */
static enum ms_status settle_level(struct job *j, struct ms_error *err)
{
    enum { SAMPLE_BYTES = 512 };
    if (j->sampled || j->plan.compress == MS_COMPRESS_ALWAYS || j->e->body.size_bytes < SAMPLE_BYTES)
        return MS_OK;
    j->sampled = true;
    enum ms_status st = ms_page_compress(j->e, &j->e->body, j->plan.level, err);
    if (st == MS_OK && j->e->frame.size_bytes * 10 < j->e->body.size_bytes * 9)
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
    struct ms_data_page note = {.offset = j->c->bytes.size_bytes, .first_row = first, .n_nulls = n_rows - rows.n};
    if (rows.ints != NULL)
        ms_int_range_add(&note.range, rows.ints, rows.n);
    enum ms_status st = check_rows(j, &rows, &note.range, err);
    if (st != MS_OK)
        return st;
    if (rows.ints != NULL)
        see_ints(j, rows.ints, rows.n);
    j->e->body.size_bytes = 0;
    if (!j->v->column->required)
        ms_page_levels(&j->e->body, &rows, j->e->levels);
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
    if (j->plan.encoding != MS_ENCODING_DELTA_LENGTH_BYTE_ARRAY)
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
        ms_bounds_of_ints(&s->min, &s->max, &j->ints, ms_column_width(j->v->column));
    if (j->c->bloom.words != NULL) {
        flush_hashes(j);
        ms_bloom_fold(&j->c->bloom);
    }
}

static enum ms_status encode_chunk(struct job *j, struct ms_error *err)
{
    ms_chunk_plan_make(&j->plan, j->e, j->v);
    j->c->encoding = j->plan.encoding;
    bool interned = j->v->column->type == MS_T_DICT;
    if (j->v->column->bloom)
        ms_bloom_init(&j->c->bloom, interned ? j->v->n_dict : j->plan.n_values);
    enum ms_status st = MS_OK;
    if (interned && j->plan.n_values != 0)
        st = append_dictionary(j, err);
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
    MS_ASSERT(!values->column->bloom || values->column->type != MS_T_BOOL);
    struct ms_chunk *c = ms_calloc(1, sizeof *c);
    c->column = values->column;
    c->n_rows = values->n_rows;
    struct job j = {.e = e, .v = values, .c = c};
    e->n_hashes = 0; /* a chunk that failed may have left some */
    enum ms_status st = encode_chunk(&j, err);
    if (st == MS_OK)
        *out = c;
    else
        ms_chunk_destroy(c);
    return st;
}
