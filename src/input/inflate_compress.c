/* What `compress` of old Unixes made (.Z), by libarchive. It has no checksum and no end mark: only codes that cannot be show
 * damage, and a cut at the right place shows nothing. */
#include <stdlib.h>

#include <archive.h>
#include <archive_entry.h>

#include "input/input_impl.h"

struct compress {
    struct archive *library;
    char bytes[MS_STORED_CHUNK_BYTES];
};

static la_ssize_t give(struct archive *library, void *inflate, const void **bytes)
{
    struct ms_inflate *z = inflate;
    struct compress *c = z->state;
    (void)library;
    *bytes = c->bytes;
    return (la_ssize_t)ms_stored_read(z->stored, c->bytes, sizeof c->bytes, &z->trouble);
}

static void set_trouble(struct ms_inflate *z)
{
    ms_trouble_set(&z->trouble, MS_SOURCE_CORRUPT, "compress: damaged data before byte %llu",
                   (unsigned long long)z->stored->offset);
}

static void open_compress(struct ms_inflate *z)
{
    struct compress *c = ms_malloc(sizeof *c);
    struct archive_entry *entry;
    c->library = archive_read_new();
    MS_ASSERT(c->library != NULL);
    z->state = c;
    archive_read_support_filter_compress(c->library);
    archive_read_support_format_raw(c->library);
    archive_read_support_format_empty(c->library);
    int code = archive_read_open(c->library, z, NULL, give, NULL);
    if (code == ARCHIVE_OK)
        code = archive_read_next_header(c->library, &entry);
    if (code == ARCHIVE_EOF)
        z->is_end = true;
    else if (code != ARCHIVE_OK)
        set_trouble(z);
}

static void close_compress(struct ms_inflate *z)
{
    struct compress *c = z->state;
    if (c != NULL)
        archive_read_free(c->library);
    free(c);
    z->state = NULL;
}

static size_t read_compress(struct ms_inflate *z, char *to, size_t n)
{
    struct compress *c = z->state;
    la_ssize_t got = archive_read_data(c->library, to, n);
    if (got < 0)
        set_trouble(z);
    return got > 0 ? (size_t)got : 0;
}

const struct ms_inflate_ops ms_inflate_compress = {open_compress, read_compress, close_compress, NULL};
