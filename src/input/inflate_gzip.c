#include <stdlib.h>

#include <isa-l/igzip_lib.h>

#include "input/input_impl.h"

struct gzip {
    struct inflate_state isal;
    bool is_between; /* members */
    uint64_t n_members;
    uint8_t in[MS_STORED_CHUNK_BYTES];
};

static void open_gzip(struct ms_inflate *z)
{
    struct gzip *g = ms_malloc(sizeof *g);
    isal_inflate_init(&g->isal);
    g->isal.avail_in = 0;
    g->is_between = true;
    g->n_members = 0;
    z->state = g;
}

static void close_gzip(struct ms_inflate *z)
{
    free(z->state);
    z->state = NULL;
}

static bool refill(struct ms_inflate *z)
{
    struct gzip *g = z->state;
    g->isal.next_in = g->in;
    g->isal.avail_in = (uint32_t)ms_stored_read(z->stored, g->in, sizeof g->in, &z->trouble);
    return g->isal.avail_in > 0;
}

static unsigned long long stored_at(const struct ms_inflate *z)
{
    const struct gzip *g = z->state;
    return z->stored->offset - g->isal.avail_in;
}

/* Begins the next member, as `cat a.gz b.gz` makes them. Zero bytes between and behind are padding (tapes, block devices).
 * False: there is none. */
static bool next_member(struct ms_inflate *z)
{
    struct gzip *g = z->state;
    do {
        while (g->isal.avail_in > 0 && *g->isal.next_in == 0) {
            g->isal.next_in++;
            g->isal.avail_in--;
        }
    } while (g->isal.avail_in == 0 && refill(z));
    if (g->isal.avail_in == 0)
        return false;
    if (*g->isal.next_in != 0x1f) {
        ms_trouble_set(&z->trouble, MS_SOURCE_CORRUPT, "is not gzip any more from byte %llu on", stored_at(z));
        return false;
    }
    uint8_t *next_in = g->isal.next_in;
    uint32_t avail_in = g->isal.avail_in;
    isal_inflate_reset(&g->isal);
    g->isal.next_in = next_in;
    g->isal.avail_in = avail_in;
    g->isal.crc_flag = ISAL_GZIP; /* header, trailer and its checksum */
    g->is_between = false;
    g->n_members++;
    return true;
}

static const char *reason(int code)
{
    switch (code) {
    case ISAL_INVALID_BLOCK:
    case ISAL_INVALID_SYMBOL:
    case ISAL_INVALID_LOOKBACK:
        return "damaged data";
    case ISAL_INCORRECT_CHECKSUM:
        return "wrong checksum";
    case ISAL_INVALID_WRAPPER:
    case ISAL_UNSUPPORTED_METHOD:
        return "damaged header";
    default:
        return "unknown error";
    }
}

/* One call of the library; the text it gave. */
static size_t step(struct ms_inflate *z, char *to, size_t n)
{
    struct gzip *g = z->state;
    g->isal.next_out = (uint8_t *)to;
    g->isal.avail_out = (uint32_t)n;
    int code = isal_inflate(&g->isal);
    size_t got = n - g->isal.avail_out;
    if (code < 0)
        ms_trouble_set(&z->trouble, MS_SOURCE_CORRUPT, "gzip: %s before byte %llu (member %llu)", reason(code),
                       stored_at(z), (unsigned long long)g->n_members);
    else if (g->isal.block_state == ISAL_BLOCK_FINISH)
        g->is_between = true;
    return got;
}

static size_t read_gzip(struct ms_inflate *z, char *to, size_t n)
{
    struct gzip *g = z->state;
    if (n > UINT32_MAX / 2)
        n = UINT32_MAX / 2;
    while (z->trouble.status == MS_SOURCE_OK) {
        if (g->is_between && !next_member(z))
            return 0;
        size_t got = step(z, to, n); /* first what it still holds, then more input */
        if (got > 0)
            return got;
        if (!g->is_between && g->isal.avail_in == 0 && !refill(z))
            ms_trouble_set(&z->trouble, MS_SOURCE_TRUNCATED, "gzip: cut short at byte %llu", stored_at(z));
    }
    return 0;
}

const struct ms_inflate_ops ms_inflate_gzip = {open_gzip, read_gzip, close_gzip};
