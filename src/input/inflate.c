#include <stdlib.h>

#include "input/input_impl.h"

static void open_plain(struct ms_inflate *z)
{
    (void)z;
}

static size_t read_plain(struct ms_inflate *z, char *to, size_t n)
{
    return ms_stored_read(z->stored, to, n, &z->trouble);
}

const struct ms_inflate_ops ms_inflate_plain = {open_plain, read_plain, open_plain, NULL};

static const struct ms_inflate_ops *const ops_of[] = {
    [MS_PLAIN] = &ms_inflate_plain,       [MS_GZIP] = &ms_inflate_gzip,     [MS_XZ] = &ms_inflate_xz,
    [MS_ZSTD] = &ms_inflate_zstd,         [MS_BZIP2] = &ms_inflate_bzip2,   [MS_LZ4] = &ms_inflate_lz4,
    [MS_COMPRESS] = &ms_inflate_compress, [MS_JOURNAL] = &ms_inflate_plain,
};

void ms_inflate_open(struct ms_inflate *z, enum ms_compression c, struct ms_stored *stored)
{
    *z = (struct ms_inflate){.ops = ops_of[c], .stored = stored};
    z->ops->open(z);
}

/* The text as it was packed. */
static size_t read_packed(struct ms_inflate *z, char *to, size_t n)
{
    return z->trouble.status == MS_SOURCE_OK ? z->ops->read(z, to, n) : 0;
}

/* The first piece, which tells what it is. */
static size_t read_first(struct ms_inflate *z, char *to, size_t n)
{
    size_t most = n < MS_STORED_CHUNK_BYTES ? n : MS_STORED_CHUNK_BYTES, n_read = 0, got;
    do {
        got = read_packed(z, to + n_read, most - n_read);
        n_read += got;
    } while (got > 0 && n_read < MS_JOURNAL_MAGIC_BYTES && n_read < most);
    z->is_begun = true;
    if (!ms_journal_is(to, n_read))
        return n_read;
    z->journal = ms_journal_create(to, n_read);
    return ms_journal_read(z->journal, z, to, n);
}

size_t ms_inflate_read(struct ms_inflate *z, char *to, size_t n)
{
    if (z->is_end)
        return 0;
    size_t got = !z->is_begun         ? read_first(z, to, n)
                 : z->journal != NULL ? ms_journal_read(z->journal, z, to, n)
                                      : read_packed(z, to, n);
    if (got == 0)
        z->is_end = true;
    return got;
}

void ms_inflate_pass(const struct ms_input *in, struct ms_inflate *z, uint64_t n)
{
    if (n == 0)
        return;
    if (z->ops == &ms_inflate_plain && !z->stored->is_stream) {
        z->stored->offset += n < z->stored->limit_bytes ? n : z->stored->limit_bytes;
        return;
    }
    char *room = ms_malloc(MS_STORED_CHUNK_BYTES);
    while (n > 0 && !z->is_end && !ms_input_is_cancelled(in))
        n -= ms_inflate_read(z, room, n < MS_STORED_CHUNK_BYTES ? (size_t)n : MS_STORED_CHUNK_BYTES);
    free(room);
}

void ms_inflate_close(struct ms_inflate *z)
{
    if (z->ops != NULL)
        z->ops->close(z);
    z->ops = NULL;
    free(z->journal);
    z->journal = NULL;
}
