#include <stdlib.h>

#include <lz4frame.h>

#include "input/input_impl.h"

#define FRAME_BEGIN_BYTES 7

struct lz4 {
    LZ4F_dctx *context;
    const char *next;
    size_t n_left;
    size_t
        wanted; /* as much as the library can use at once: a block. If that one is damaged, no text in front of it is lost */
    bool is_between; /* frames; skippable ones the library passes over by itself */
    uint64_t n_frames, frame_at;
    char bytes[MS_STORED_CHUNK_BYTES];
};

static void open_lz4(struct ms_inflate *z)
{
    struct lz4 *l = ms_malloc(sizeof *l);
    MS_ASSERT(!LZ4F_isError(LZ4F_createDecompressionContext(&l->context, LZ4F_VERSION)));
    l->next = l->bytes;
    l->n_left = 0;
    l->wanted = FRAME_BEGIN_BYTES;
    l->is_between = true;
    l->n_frames = l->frame_at = 0;
    z->state = l;
}

static void close_lz4(struct ms_inflate *z)
{
    struct lz4 *l = z->state;
    if (l != NULL)
        LZ4F_freeDecompressionContext(l->context);
    free(l);
    z->state = NULL;
}

static unsigned long long stored_at(const struct ms_inflate *z)
{
    const struct lz4 *l = z->state;
    return z->stored->offset - l->n_left;
}

static bool refill(struct ms_inflate *z)
{
    struct lz4 *l = z->state;
    l->next = l->bytes;
    l->n_left = ms_stored_read(z->stored, l->bytes, sizeof l->bytes, &z->trouble);
    return l->n_left > 0;
}

/* The library names its errors, but gives their numbers to its own programs only. */
static void set_trouble(struct ms_inflate *z, size_t code)
{
    const struct lz4 *l = z->state;
    const char *name = LZ4F_getErrorName(code);
    if (strcmp(name, "ERROR_frameType_unknown") == 0)
        ms_trouble_set(&z->trouble, MS_SOURCE_CORRUPT, "is not lz4 any more from byte %llu on",
                       (unsigned long long)l->frame_at);
    else if (strcmp(name, "ERROR_allocation_failed") == 0)
        ms_trouble_set(&z->trouble, MS_SOURCE_UNREADABLE, "lz4: no memory to unpack at byte %llu", stored_at(z));
    else
        ms_trouble_set(&z->trouble, MS_SOURCE_CORRUPT, "lz4: %s before byte %llu (frame %llu)",
                       strstr(name, "hecksum") != NULL ? "wrong checksum" : "damaged data", stored_at(z),
                       (unsigned long long)l->n_frames);
}

static size_t read_lz4(struct ms_inflate *z, char *to, size_t n)
{
    struct lz4 *l = z->state;
    size_t got = 0;
    bool may_hold_more = true; /* first what the library still holds, then more input */
    while (got == 0) {
        if (l->n_left == 0 && (l->is_between || !may_hold_more) && !refill(z)) {
            if (!l->is_between)
                ms_trouble_set(&z->trouble, MS_SOURCE_TRUNCATED, "lz4: cut short at byte %llu", stored_at(z));
            break;
        }
        if (l->is_between) {
            l->frame_at = stored_at(z);
            l->n_frames++;
        }
        size_t taken = l->n_left < l->wanted ? l->n_left : l->wanted;
        got = n;
        size_t code = LZ4F_decompress(l->context, to, &got, l->next, &taken, NULL);
        if (LZ4F_isError(code)) {
            set_trouble(z, code);
            return 0; /* `got` says nothing then */
        }
        l->next += taken;
        l->n_left -= taken;
        l->is_between = code == 0;
        l->wanted = code > 0 ? code : FRAME_BEGIN_BYTES;
        may_hold_more = taken > 0;
    }
    return got;
}

const struct ms_inflate_ops ms_inflate_lz4 = {open_lz4, read_lz4, close_lz4, NULL};
