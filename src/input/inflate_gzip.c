#include <stdlib.h>

#include <isa-l/igzip_lib.h>

#include "input/input_impl.h"

#define LONGEST_COPY 258 /* of deflate: one length, one distance */

/* The library counts the bytes of a copy before it sees that its distance reaches in front of the text, and leaves there what the
 * memory held. So the last LONGEST_COPY bytes are told only when what follows them has turned out to be good. */
struct gzip {
    struct inflate_state isal;
    bool is_between;           /* members */
    bool is_garbled;           /* the trouble is of that kind */
    struct ms_trouble trouble; /* told behind what is held */
    size_t n_held, n_safe;     /* n_safe > 0: these are to be told first */
    char held[4 * LONGEST_COPY];
    uint8_t in[MS_STORED_CHUNK_BYTES];
};

static void open_gzip(struct ms_inflate *z)
{
    struct gzip *g = ms_malloc(sizeof *g);
    isal_inflate_init(&g->isal);
    g->isal.avail_in = 0;
    g->is_between = true;
    g->is_garbled = false;
    g->trouble = (struct ms_trouble){0};
    g->n_held = g->n_safe = 0;
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
    g->isal.avail_in = (uint32_t)ms_stored_read(z->stored, g->in, sizeof g->in, &g->trouble);
    return g->isal.avail_in > 0;
}

static uint64_t at_gzip(const struct ms_inflate *z)
{
    const struct gzip *g = z->state;
    return z->stored->offset - g->isal.avail_in;
}

/* Begins the next member, as `cat a.gz b.gz` makes them. Zero bytes between and behind are padding (tapes, block devices).
 * False: there is none, or it pauses in front of it. */
static bool next_member(struct ms_inflate *z)
{
    struct gzip *g = z->state;
    do {
        while (g->isal.avail_in > 0 && *g->isal.next_in == 0) {
            g->isal.next_in++;
            g->isal.avail_in--;
        }
    } while (g->isal.avail_in == 0 && refill(z));
    if (g->isal.avail_in == 0) {
        z->trouble = g->trouble; /* none, mostly */
        return false;
    }
    if (*g->isal.next_in != 0x1f) {
        ms_trouble_set(&z->trouble, MS_SOURCE_CORRUPT, "is not gzip any more from byte %llu on",
                       (unsigned long long)at_gzip(z));
        return false;
    }
    if (ms_inflate_pauses(z))
        return false;
    uint8_t *next_in = g->isal.next_in;
    uint32_t avail_in = g->isal.avail_in;
    isal_inflate_reset(&g->isal);
    g->isal.next_in = next_in;
    g->isal.avail_in = avail_in;
    g->isal.crc_flag = ISAL_GZIP; /* header, trailer and its checksum */
    g->is_between = false;
    z->n_parts++;
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
    int code = isal_inflate(&g->isal); /* first what it still holds, then more input */
    size_t got = n - g->isal.avail_out;
    if (code < 0) {
        ms_trouble_set(&g->trouble, MS_SOURCE_CORRUPT, "gzip: %s before byte %llu (member %llu)", reason(code),
                       (unsigned long long)at_gzip(z), ms_inflate_part(z));
        g->is_garbled = code == ISAL_INVALID_LOOKBACK || code == ISAL_INVALID_SYMBOL;
    } else if (g->isal.block_state == ISAL_BLOCK_FINISH) {
        g->is_between = true;
    } else if (got == 0 && g->isal.avail_in == 0 && !refill(z)) {
        ms_trouble_set(&g->trouble, MS_SOURCE_TRUNCATED, "gzip: cut short at byte %llu",
                       (unsigned long long)at_gzip(z));
    }
    return got;
}

/* How many of the n bytes that are not yet told are safe. */
static size_t count_safe(const struct gzip *g, size_t n)
{
    bool is_all = g->is_between || (g->trouble.status != MS_SOURCE_OK && !g->is_garbled);
    return is_all ? n : n > LONGEST_COPY ? n - LONGEST_COPY : 0;
}

static size_t step_into(struct ms_inflate *z, char *to, size_t n)
{
    struct gzip *g = z->state;
    memcpy(to, g->held, g->n_held);
    size_t total = g->n_held + step(z, to + g->n_held, n - g->n_held);
    size_t safe = count_safe(g, total);
    g->n_held = g->is_garbled ? 0 : total - safe;
    memcpy(g->held, to + safe, g->n_held);
    return safe;
}

static size_t tell_held(struct gzip *g, char *to, size_t n)
{
    size_t told = g->n_safe < n ? g->n_safe : n;
    memcpy(to, g->held, told);
    g->n_held -= told;
    g->n_safe -= told;
    memmove(g->held, g->held + told, g->n_held);
    return told;
}

static size_t read_gzip(struct ms_inflate *z, char *to, size_t n)
{
    struct gzip *g = z->state;
    size_t got = 0;
    if (n > UINT32_MAX / 2)
        n = UINT32_MAX / 2;
    while (got == 0) {
        if (g->n_safe > 0)
            return tell_held(g, to, n);
        if (g->trouble.status != MS_SOURCE_OK) {
            z->trouble = g->trouble;
            break;
        }
        if (g->is_between && !next_member(z))
            break;
        if (n >= sizeof g->held) {
            got = step_into(z, to, n);
        } else { /* too little room to hold anything back in it */
            g->n_held += step(z, g->held + g->n_held, sizeof g->held - g->n_held);
            g->n_safe = count_safe(g, g->n_held);
            g->n_held = g->is_garbled ? g->n_safe : g->n_held;
        }
    }
    return got;
}

const struct ms_inflate_ops ms_inflate_gzip = {open_gzip, read_gzip, close_gzip, at_gzip};
