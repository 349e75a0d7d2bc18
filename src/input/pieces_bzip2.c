/* Blocks of bzip2. They begin at any bit, with 48 bits that packed data holds by chance once in 30 TB; each is unpacked as a
 * stream of one block, whose end and checksum the library checks. What is left to be checked is the sum over all blocks. */
#include <stdlib.h>

#include <bzlib.h>

#include "input/pieces.h"

#define BLOCK_MARK UINT64_C(0x314159265359) /* pi */
#define END_MARK UINT64_C(0x177245385090)   /* its square root */
#define MARK_BITS 48
#define CRC_BITS 32
#define BLOCK_MOST_BYTES ((uint64_t)4 << 20) /* 900,000 symbols of 20 bits, and tables */
#define STREAM_HEADER_BYTES 4

/* ---- the scout ---- */

struct scout {
    struct ms_stored stored;
    bool is_in_stream;
    uint64_t at;   /* bits: of the mark that was found last, or of the next stream */
    uint64_t mark; /* which that is */
    unsigned level;
    uint64_t stream_at, n_streams;
    uint32_t combined; /* of the blocks' checksums, so far */
    /* By a byte that lies wholly within a mark, and the one in front of it: at which of the 8 alignments that can be. */
    uint8_t last[256], before_last[256];
    unsigned char bytes[MS_STORED_CHUNK_BYTES];
};

static void note_mark(struct scout *s, uint64_t mark)
{
    for (unsigned k = 0; k < 8; k++) {
        s->last[mark << k >> 8 & 0xff] |= (uint8_t)(1U << k);
        s->before_last[mark << k >> 16 & 0xff] |= (uint8_t)(1U << k);
    }
}

static void *open_scout(const struct ms_stored *stored, size_t piece_bytes)
{
    if (stored->limit_bytes < 2 * piece_bytes)
        return NULL;
    struct scout *s = ms_calloc(1, sizeof *s);
    s->stored = *stored;
    note_mark(s, BLOCK_MARK);
    note_mark(s, END_MARK);
    return s;
}

static size_t read_at(struct scout *s, uint64_t offset, void *to, size_t n)
{
    struct ms_trouble trouble = {0};
    size_t n_read = 0, got;
    if (offset >= s->stored.limit_bytes)
        return 0;
    s->stored.offset = offset;
    while (n_read < n && (got = ms_stored_read(&s->stored, (char *)to + n_read, n - n_read, &trouble)) > 0)
        n_read += got;
    return n_read;
}

/* Up to 56 bits from a bit on; false: they are not there. */
static bool bits_at(struct scout *s, uint64_t bit, unsigned n_bits, uint64_t *out)
{
    unsigned char p[8];
    unsigned in_byte = (unsigned)(bit % 8), n_bytes = (in_byte + n_bits + 7) / 8;
    uint64_t bits = 0;
    if (read_at(s, bit / 8, p, n_bytes) < n_bytes)
        return false;
    for (unsigned i = 0; i < n_bytes; i++)
        bits = bits << 8 | p[i];
    *out = bits >> (n_bytes * 8 - in_byte - n_bits) & ((UINT64_C(1) << n_bits) - 1);
    return true;
}

/* The marks in `acc`, whose lowest byte ends at bit `end`; the first that begins at `from` or behind. */
static bool judge(uint64_t acc, unsigned alignments, uint64_t end, uint64_t from, uint64_t *at, uint64_t *mark)
{
    for (unsigned k = 8; k-- > 0;) {
        uint64_t found = acc >> k & ((UINT64_C(1) << MARK_BITS) - 1);
        if ((alignments >> k & 1) == 0 || (found != BLOCK_MARK && found != END_MARK) || end - k - MARK_BITS < from)
            continue;
        *at = end - k - MARK_BITS;
        *mark = found;
        return true;
    }
    return false;
}

/* The next mark that begins at bit `from` or behind. */
static bool find_mark(struct scout *s, uint64_t from, uint64_t *at, uint64_t *mark)
{
    uint64_t acc = 0, offset = from / 8, end = offset + BLOCK_MOST_BYTES;
    size_t n;
    for (; offset < end && (n = read_at(s, offset, s->bytes, sizeof s->bytes)) > 0; offset += n)
        for (size_t i = 0; i < n; i++) {
            acc = acc << 8 | s->bytes[i];
            unsigned alignments = s->last[acc >> 8 & 0xff] & s->before_last[acc >> 16 & 0xff];
            uint64_t bit = (offset + i + 1) * 8;
            if (alignments != 0 && bit - from >= MARK_BITS && judge(acc, alignments, bit, from, at, mark))
                return true;
        }
    return false;
}

static bool begin_stream(struct scout *s)
{
    unsigned char header[STREAM_HEADER_BYTES];
    if (read_at(s, s->at / 8, header, sizeof header) < sizeof header || memcmp(header, "BZh", 3) != 0 ||
        header[3] < '1' || header[3] > '9')
        return false;
    s->stream_at = s->at / 8;
    s->n_streams++;
    s->level = header[3];
    s->combined = 0;
    s->at += STREAM_HEADER_BYTES * 8;
    s->is_in_stream = true;
    return bits_at(s, s->at, MARK_BITS, &s->mark) && (s->mark == BLOCK_MARK || s->mark == END_MARK);
}

static bool end_stream(struct scout *s)
{
    uint64_t crc;
    if (!bits_at(s, s->at + MARK_BITS, CRC_BITS, &crc) || crc != s->combined)
        return false;
    s->at = (s->at + MARK_BITS + CRC_BITS + 7) / 8 * 8;
    s->is_in_stream = false;
    return true;
}

static enum ms_scouted next_block(void *scout, uint64_t behind, struct ms_piece *out)
{
    struct scout *s = scout;
    uint64_t crc;
    (void)behind;
    while (!s->is_in_stream || s->mark == END_MARK) {
        if (!s->is_in_stream && s->at / 8 >= s->stored.limit_bytes)
            return MS_SCOUT_END;
        if (!(s->is_in_stream ? end_stream(s) : begin_stream(s)))
            return MS_SCOUT_TROUBLE;
    }
    out->begin = s->at;
    if (!bits_at(s, s->at + MARK_BITS, CRC_BITS, &crc) || !find_mark(s, s->at + MARK_BITS + CRC_BITS, &s->at, &s->mark))
        return MS_SCOUT_TROUBLE;
    out->end = s->at;
    out->bzip2.level = s->level;
    out->bzip2.crc = (uint32_t)crc;
    out->restart_at = s->stream_at;
    out->restart_parts = s->n_streams - 1;
    s->combined = (s->combined << 1 | s->combined >> 31) ^ (uint32_t)crc;
    return MS_SCOUT_FOUND;
}

/* ---- the inflater of a block ---- */

struct block {
    bz_stream library;
    bool is_open, is_fed; /* is_fed: the library has all, the end mark, too */
    uint64_t n_bits_left; /* of the block, not yet read */
    unsigned shift;       /* of its first bit in a byte */
    unsigned char kept;   /* the byte that was read last, of which only `shift` bits are used */
    unsigned char in[MS_STORED_CHUNK_BYTES + 1], out[MS_STORED_CHUNK_BYTES + 16];
};

static bool fail(struct ms_inflate *z) /* a sentence that nobody reads */
{
    ms_trouble_set(&z->trouble, MS_SOURCE_CORRUPT, "bzip2: damaged block");
    return false;
}

static void open_block(struct ms_inflate *z)
{
    struct block *b = ms_malloc(sizeof *b);
    const struct ms_piece *piece = z->piece;
    b->library = (bz_stream){0};
    b->is_open = BZ2_bzDecompressInit(&b->library, 0, 0) == BZ_OK;
    b->is_fed = false;
    b->n_bits_left = piece->end - piece->begin;
    b->shift = (unsigned)(piece->begin % 8);
    memcpy(b->out, "BZh", 3);
    b->out[3] = (unsigned char)piece->bzip2.level;
    b->library.next_in = (char *)b->out;
    b->library.avail_in = STREAM_HEADER_BYTES;
    z->state = b;
    z->stored->offset = piece->begin / 8;
    if (!b->is_open || (b->shift > 0 && ms_stored_read(z->stored, &b->kept, 1, &z->trouble) != 1))
        fail(z);
}

static void close_block(struct ms_inflate *z)
{
    struct block *b = z->state;
    if (b != NULL && b->is_open)
        BZ2_bzDecompressEnd(&b->library);
    free(b);
    z->state = NULL;
}

/* The block's last bits (fewer than 8, at the upper end of `bits`), the end mark and the checksum. */
static size_t put_end(unsigned char *to, unsigned bits, unsigned n_bits, uint32_t crc)
{
    const uint64_t marks[2] = {END_MARK, crc};
    const unsigned lengths[2] = {MARK_BITS, CRC_BITS};
    size_t n = 0;
    unsigned acc = n_bits > 0 ? bits >> (8 - n_bits) : 0;
    for (unsigned m = 0; m < 2; m++)
        for (unsigned i = lengths[m]; i-- > 0;) {
            acc = acc << 1 | (unsigned)(marks[m] >> i & 1);
            if (++n_bits == 8) {
                to[n++] = (unsigned char)acc;
                n_bits = acc = 0;
            }
        }
    if (n_bits > 0)
        to[n++] = (unsigned char)(acc << (8 - n_bits));
    return n;
}

/* The next bits, shifted to where bytes begin; behind the last, what ends a stream. */
static bool refill(struct ms_inflate *z)
{
    struct block *b = z->state;
    size_t n = 0;
    if (b->n_bits_left > 0) {
        uint64_t n_wanted = (b->n_bits_left + 7) / 8;
        size_t most = n_wanted < MS_STORED_CHUNK_BYTES ? (size_t)n_wanted : MS_STORED_CHUNK_BYTES;
        size_t at = b->shift > 0; /* the byte that was kept stands in front */
        b->in[0] = b->kept;
        size_t got = ms_stored_read(z->stored, b->in + at, most, &z->trouble);
        if (got == 0)
            return fail(z);
        for (size_t i = 0; i < got; i++)
            b->out[i] = at ? (unsigned char)(b->in[i] << b->shift | b->in[i + 1] >> (8 - b->shift)) : b->in[i];
        b->kept = b->in[at + got - 1];
        n = b->n_bits_left >= got * 8 ? got : (size_t)(b->n_bits_left / 8);
        unsigned rest = (unsigned)(b->n_bits_left - n * 8);
        b->n_bits_left = b->n_bits_left >= got * 8 ? b->n_bits_left - got * 8 : 0;
        if (b->n_bits_left == 0)
            n += put_end(b->out + n, b->out[n], rest % 8, z->piece->bzip2.crc);
        b->is_fed = b->n_bits_left == 0;
    }
    b->library.next_in = (char *)b->out;
    b->library.avail_in = (unsigned)n;
    return n > 0;
}

static size_t read_block(struct ms_inflate *z, char *to, size_t n)
{
    struct block *b = z->state;
    size_t got = 0;
    if (n > UINT32_MAX / 2)
        n = UINT32_MAX / 2;
    while (got == 0 && b->is_open) {
        b->library.next_out = to;
        b->library.avail_out = (unsigned)n;
        int code = BZ2_bzDecompress(&b->library);
        got = n - b->library.avail_out;
        if (code == BZ_STREAM_END) {
            BZ2_bzDecompressEnd(&b->library);
            b->is_open = false;
            if (!b->is_fed || b->library.avail_in > 0) /* the block ended before its end */
                fail(z);
        } else if (code != BZ_OK || (got == 0 && b->library.avail_in == 0 && !refill(z))) {
            fail(z);
            break;
        }
    }
    return got;
}

static const struct ms_inflate_ops inflate_block = {open_block, read_block, close_block, NULL};
const struct ms_division ms_division_bzip2 = {&inflate_block, false, open_scout, next_block, free};
