#include <stdlib.h>

#include <lzma.h>

#include "input/input_impl.h"

struct xz {
    lzma_stream lzma;
    lzma_action action; /* LZMA_FINISH once the stored bytes have ended */
    uint8_t in[MS_STORED_CHUNK_BYTES];
};

static void set_trouble(struct ms_inflate *z, lzma_ret code)
{
    const struct xz *x = z->state;
    unsigned long long at = z->stored->offset - x->lzma.avail_in;
    switch (code) {
    case LZMA_BUF_ERROR:
        ms_trouble_set(&z->trouble, MS_SOURCE_TRUNCATED, "xz: cut short at byte %llu", at);
        break;
    case LZMA_MEMLIMIT_ERROR:
        ms_trouble_set(&z->trouble, MS_SOURCE_UNREADABLE,
                       "xz: needs %llu MiB of memory to unpack at byte %llu, the limit is %llu",
                       (unsigned long long)(lzma_memusage(&x->lzma) >> 20), at,
                       (unsigned long long)(MS_XZ_MEMORY_LIMIT_BYTES >> 20));
        break;
    case LZMA_MEM_ERROR:
        ms_trouble_set(&z->trouble, MS_SOURCE_UNREADABLE, "xz: no memory to unpack at byte %llu", at);
        break;
    case LZMA_OPTIONS_ERROR:
        ms_trouble_set(&z->trouble, MS_SOURCE_UNREADABLE,
                       "xz: uses features that this version cannot unpack, at byte %llu", at);
        break;
    default:
        ms_trouble_set(&z->trouble, MS_SOURCE_CORRUPT, "xz: damaged data before byte %llu", at);
    }
}

static void open_xz(struct ms_inflate *z)
{
    struct xz *x = ms_malloc(sizeof *x);
    x->lzma = (lzma_stream)LZMA_STREAM_INIT;
    x->action = LZMA_RUN;
    z->state = x;
    lzma_ret code = lzma_stream_decoder(&x->lzma, MS_XZ_MEMORY_LIMIT_BYTES, LZMA_CONCATENATED);
    if (code != LZMA_OK)
        set_trouble(z, code);
}

static void close_xz(struct ms_inflate *z)
{
    struct xz *x = z->state;
    if (x != NULL)
        lzma_end(&x->lzma);
    free(x);
    z->state = NULL;
}

static size_t read_xz(struct ms_inflate *z, char *to, size_t n)
{
    struct xz *x = z->state;
    x->lzma.next_out = (uint8_t *)to;
    x->lzma.avail_out = n;
    while (x->lzma.avail_out == n) {
        if (x->lzma.avail_in == 0 && x->action == LZMA_RUN) {
            x->lzma.next_in = x->in;
            x->lzma.avail_in = ms_stored_read(z->stored, x->in, sizeof x->in, &z->trouble);
            if (x->lzma.avail_in == 0)
                x->action = LZMA_FINISH;
        }
        lzma_ret code = lzma_code(&x->lzma, x->action);
        if (code == LZMA_STREAM_END) {
            z->is_end = true;
            break;
        }
        if (code != LZMA_OK) {
            set_trouble(z, code);
            break;
        }
    }
    return n - x->lzma.avail_out;
}

const struct ms_inflate_ops ms_inflate_xz = {open_xz, read_xz, close_xz, NULL};
