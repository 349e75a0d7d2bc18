#include "input/input_impl.h"

static void open_plain(struct ms_inflate *z)
{
    (void)z;
}

static size_t read_plain(struct ms_inflate *z, char *to, size_t n)
{
    return ms_stored_read(z->stored, to, n, &z->trouble);
}

const struct ms_inflate_ops ms_inflate_plain = {open_plain, read_plain, open_plain};

static const struct ms_inflate_ops *ops_of(enum ms_compression c)
{
    switch (c) {
    case MS_PLAIN:
        return &ms_inflate_plain;
    case MS_GZIP:
        return &ms_inflate_gzip;
    case MS_XZ:
        return &ms_inflate_xz;
    default:
        return NULL;
    }
}

bool ms_compression_is_supported(enum ms_compression c)
{
    return ops_of(c) != NULL;
}

void ms_inflate_open(struct ms_inflate *z, enum ms_compression c, struct ms_stored *stored)
{
    *z = (struct ms_inflate){.ops = ops_of(c), .stored = stored};
    z->ops->open(z);
}

size_t ms_inflate_read(struct ms_inflate *z, char *to, size_t n)
{
    if (z->is_end)
        return 0;
    size_t got = z->trouble.status == MS_SOURCE_OK ? z->ops->read(z, to, n) : 0;
    if (got == 0)
        z->is_end = true;
    return got;
}

void ms_inflate_close(struct ms_inflate *z)
{
    if (z->ops != NULL)
        z->ops->close(z);
    z->ops = NULL;
}
