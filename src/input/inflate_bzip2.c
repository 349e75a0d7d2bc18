#include <stdlib.h>

#include <bzlib.h>

#include "input/input_impl.h"

struct bzip2 {
    bz_stream library;
    bool is_between; /* streams, as `cat a.bz2 b.bz2` and pbzip2 make them */
    uint64_t stream_at;
    char bytes[MS_STORED_CHUNK_BYTES];
};

static void open_bzip2(struct ms_inflate *z)
{
    struct bzip2 *b = ms_malloc(sizeof *b);
    b->library = (bz_stream){0};
    b->is_between = true;
    b->stream_at = 0;
    z->state = b;
}

static void close_bzip2(struct ms_inflate *z)
{
    struct bzip2 *b = z->state;
    if (b != NULL && !b->is_between)
        BZ2_bzDecompressEnd(&b->library);
    free(b);
    z->state = NULL;
}

static unsigned long long stored_at(const struct ms_inflate *z)
{
    const struct bzip2 *b = z->state;
    return z->stored->offset - b->library.avail_in;
}

static bool refill(struct ms_inflate *z)
{
    struct bzip2 *b = z->state;
    b->library.next_in = b->bytes;
    b->library.avail_in = (unsigned)ms_stored_read(z->stored, b->bytes, sizeof b->bytes, &z->trouble);
    return b->library.avail_in > 0;
}

static bool next_stream(struct ms_inflate *z)
{
    struct bzip2 *b = z->state;
    char *next_in = b->library.next_in;
    unsigned avail_in = b->library.avail_in;
    b->stream_at = stored_at(z);
    b->library = (bz_stream){0};
    if (BZ2_bzDecompressInit(&b->library, 0, 0) != BZ_OK) {
        ms_trouble_set(&z->trouble, MS_SOURCE_UNREADABLE, "bzip2: no memory to unpack at byte %llu",
                       (unsigned long long)b->stream_at);
        return false;
    }
    b->library.next_in = next_in;
    b->library.avail_in = avail_in;
    b->is_between = false;
    z->n_parts++;
    return true;
}

static void set_trouble(struct ms_inflate *z, int code)
{
    const struct bzip2 *b = z->state;
    if (code == BZ_DATA_ERROR_MAGIC)
        ms_trouble_set(&z->trouble, MS_SOURCE_CORRUPT, "is not bzip2 any more from byte %llu on",
                       (unsigned long long)b->stream_at);
    else if (code == BZ_MEM_ERROR)
        ms_trouble_set(&z->trouble, MS_SOURCE_UNREADABLE, "bzip2: no memory to unpack at byte %llu", stored_at(z));
    else
        ms_trouble_set(&z->trouble, MS_SOURCE_CORRUPT, "bzip2: damaged data before byte %llu (stream %llu)",
                       stored_at(z), ms_inflate_part(z));
}

static size_t read_bzip2(struct ms_inflate *z, char *to, size_t n)
{
    struct bzip2 *b = z->state;
    size_t got = 0;
    bool may_hold_more = true; /* first what the library still holds, then more input */
    if (n > UINT32_MAX / 2)
        n = UINT32_MAX / 2;
    while (got == 0) {
        if (b->library.avail_in == 0 && (b->is_between || !may_hold_more) && !refill(z)) {
            if (!b->is_between)
                ms_trouble_set(&z->trouble, MS_SOURCE_TRUNCATED, "bzip2: cut short at byte %llu", stored_at(z));
            break;
        }
        if (b->is_between && !next_stream(z))
            break;
        unsigned before = b->library.avail_in;
        b->library.next_out = to;
        b->library.avail_out = (unsigned)n;
        int code = BZ2_bzDecompress(&b->library);
        got = n - b->library.avail_out;
        may_hold_more = b->library.avail_in < before;
        if (code == BZ_STREAM_END) {
            BZ2_bzDecompressEnd(&b->library); /* leaves next_in and avail_in as they are */
            b->is_between = true;
        } else if (code != BZ_OK) {
            set_trouble(z, code);
            break;
        }
    }
    return got;
}

const struct ms_inflate_ops ms_inflate_bzip2 = {open_bzip2, read_bzip2, close_bzip2, NULL};
