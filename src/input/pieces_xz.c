/* Blocks of xz, which the index behind them tells. Each can be unpacked by itself; that they are those of the index, and that the
 * index is whole, is what makes them the text. */
#include <stdlib.h>

#include "input/pieces.h"

#define INDEX_LIMIT_BYTES ((uint64_t)16 << 20) /* some hundred thousand blocks */

/* ---- the scout ---- */

struct scout {
    lzma_index *index;
    lzma_index_iter next;
    size_t piece_bytes;
    bool has_next;
};

/* Reads the index, or those of several streams. NULL: there is none, or it is damaged. */
static lzma_index *read_index(const struct ms_stored *file)
{
    struct ms_stored stored = *file;
    struct ms_trouble trouble = {0};
    lzma_stream lzma = LZMA_STREAM_INIT;
    lzma_index *index = NULL;
    lzma_ret code = lzma_file_info_decoder(&lzma, &index, INDEX_LIMIT_BYTES, stored.limit_bytes);
    uint8_t *bytes = ms_malloc(MS_STORED_CHUNK_BYTES);
    while (code == LZMA_OK) {
        if (lzma.avail_in == 0) {
            lzma.next_in = bytes;
            lzma.avail_in = ms_stored_read(&stored, bytes, MS_STORED_CHUNK_BYTES, &trouble);
            if (lzma.avail_in == 0)
                break;
        }
        code = lzma_code(&lzma, LZMA_RUN);
        if (code == LZMA_SEEK_NEEDED) {
            stored.offset = lzma.seek_pos;
            lzma.avail_in = 0;
            code = LZMA_OK;
        }
    }
    lzma_end(&lzma);
    free(bytes);
    if (code == LZMA_STREAM_END)
        return index;
    lzma_index_end(index, NULL); /* NULL is allowed */
    return NULL;
}

static void *open_scout(const struct ms_stored *stored, size_t piece_bytes)
{
    if (stored->limit_bytes < 2 * piece_bytes)
        return NULL;
    lzma_index *index = read_index(stored);
    if (index == NULL)
        return NULL;
    if (lzma_index_block_count(index) < 2) {
        lzma_index_end(index, NULL);
        return NULL;
    }
    struct scout *s = ms_calloc(1, sizeof *s);
    s->index = index;
    s->piece_bytes = piece_bytes;
    lzma_index_iter_init(&s->next, index);
    return s;
}

/* Small blocks together, as long as they are of one stream. */
static enum ms_scouted next_piece(void *scout, uint64_t behind, struct ms_piece *out)
{
    struct scout *s = scout;
    lzma_index_iter ahead = s->next;
    (void)behind;
    if (lzma_index_iter_next(&ahead, LZMA_INDEX_ITER_BLOCK))
        return MS_SCOUT_END;
    out->xz = s->next;
    out->begin = ahead.block.compressed_file_offset;
    out->restart_at = ahead.stream.compressed_offset;
    out->restart_parts = 0;
    lzma_vli stream = ahead.stream.number;
    do {
        s->next = ahead;
        out->end = ahead.block.compressed_file_offset + ahead.block.total_size;
    } while (out->end - out->begin < s->piece_bytes && !lzma_index_iter_next(&ahead, LZMA_INDEX_ITER_BLOCK) &&
             ahead.stream.number == stream);
    return MS_SCOUT_FOUND;
}

static void close_scout(void *scout)
{
    struct scout *s = scout;
    lzma_index_end(s->index, NULL);
    free(s);
}

/* ---- the inflater of a piece ---- */

struct blocks {
    lzma_stream lzma;
    lzma_index_iter at; /* the block that is under way */
    lzma_block block;
    lzma_filter filters[LZMA_FILTERS_MAX + 1];
    bool is_in_block;
    uint8_t in[MS_STORED_CHUNK_BYTES];
};

static void open_blocks(struct ms_inflate *z)
{
    struct blocks *b = ms_malloc(sizeof *b);
    b->lzma = (lzma_stream)LZMA_STREAM_INIT;
    b->at = z->piece->xz;
    b->is_in_block = false;
    z->state = b;
}

static void close_blocks(struct ms_inflate *z)
{
    struct blocks *b = z->state;
    if (b != NULL)
        lzma_end(&b->lzma);
    free(b);
    z->state = NULL;
}

static bool refill(struct ms_inflate *z)
{
    struct blocks *b = z->state;
    b->lzma.next_in = b->in;
    b->lzma.avail_in = ms_stored_read(z->stored, b->in, sizeof b->in, &z->trouble);
    return b->lzma.avail_in > 0;
}

/* A sentence that nobody reads: whoever goes on finds the same, and says it better. */
static bool fail(struct ms_inflate *z)
{
    ms_trouble_set(&z->trouble, MS_SOURCE_CORRUPT, "xz: damaged block");
    return false;
}

static void free_filters(struct blocks *b)
{
    for (size_t i = 0; i < LZMA_FILTERS_MAX && b->filters[i].id != LZMA_VLI_UNKNOWN; i++)
        free(b->filters[i].options);
    b->filters[0].id = LZMA_VLI_UNKNOWN;
}

static bool read_header(struct ms_inflate *z, uint8_t header[LZMA_BLOCK_HEADER_SIZE_MAX])
{
    struct blocks *b = z->state;
    for (size_t n = 0, size = 1; n < size; n++) {
        if (b->lzma.avail_in == 0 && !refill(z))
            return fail(z);
        header[n] = *b->lzma.next_in++;
        b->lzma.avail_in--;
        if (n == 0 && header[0] == 0)
            return fail(z);
        if (n == 0)
            size = b->block.header_size = lzma_block_header_size_decode(header[0]);
    }
    return true;
}

/* What one that goes from the beginning takes for a block, and no other. */
static bool begin_block(struct ms_inflate *z)
{
    struct blocks *b = z->state;
    uint8_t header[LZMA_BLOCK_HEADER_SIZE_MAX];
    if (lzma_index_iter_next(&b->at, LZMA_INDEX_ITER_BLOCK) || b->at.stream.flags == NULL)
        return fail(z);
    b->block = (lzma_block){.version = 1, .check = b->at.stream.flags->check, .filters = b->filters};
    b->filters[0].id = LZMA_VLI_UNKNOWN;
    if (!read_header(z, header) || lzma_block_header_decode(&b->block, NULL, header) != LZMA_OK)
        return fail(z);
    uint64_t memory = lzma_raw_decoder_memusage(b->filters);
    bool is_good = memory != UINT64_MAX && memory <= MS_XZ_MEMORY_LIMIT_BYTES &&
                   lzma_block_compressed_size(&b->block, b->at.block.unpadded_size) == LZMA_OK &&
                   lzma_block_decoder(&b->lzma, &b->block) == LZMA_OK;
    free_filters(b);
    b->is_in_block = true;
    return is_good || fail(z);
}

static bool is_block_as_told(const struct blocks *b)
{
    return lzma_block_unpadded_size(&b->block) == b->at.block.unpadded_size &&
           b->block.uncompressed_size == b->at.block.uncompressed_size;
}

static bool is_at_end(const struct ms_inflate *z)
{
    const struct blocks *b = z->state;
    return !b->is_in_block && z->stored->offset - b->lzma.avail_in >= z->piece->end;
}

static size_t read_blocks(struct ms_inflate *z, char *to, size_t n)
{
    struct blocks *b = z->state;
    b->lzma.next_out = (uint8_t *)to;
    b->lzma.avail_out = n;
    while (b->lzma.avail_out == n && !is_at_end(z)) {
        if (!b->is_in_block && !begin_block(z))
            break;
        bool has_more = b->lzma.avail_in > 0 || refill(z);
        lzma_ret code = lzma_code(&b->lzma, LZMA_RUN);
        if (code == LZMA_STREAM_END)
            b->is_in_block = false;
        if ((code != LZMA_STREAM_END && (code != LZMA_OK || !has_more)) ||
            (code == LZMA_STREAM_END && !is_block_as_told(b))) {
            fail(z);
            break;
        }
    }
    return n - b->lzma.avail_out;
}

static const struct ms_inflate_ops inflate_blocks = {open_blocks, read_blocks, close_blocks, NULL};
const struct ms_division ms_division_xz = {&inflate_blocks, false, open_scout, next_piece, close_scout};
