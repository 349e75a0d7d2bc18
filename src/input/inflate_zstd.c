#include <stdlib.h>

#include <zstd.h>
#include <zstd_errors.h>

#include "input/input_impl.h"

/* What `zstd -d` unpacks without being asked for more: a window of 128 MiB. */
#define WINDOW_LOG_MAX 27
#define FRAME_BEGIN_BYTES 5

struct zstd {
    ZSTD_DCtx *context;
    ZSTD_inBuffer in;
    size_t
        wanted; /* as much as the library can use at once: a block. If that one is damaged, no text in front of it is lost */
    bool is_between; /* frames; skippable ones the library passes over by itself */
    uint64_t frame_at;
    char bytes[MS_STORED_CHUNK_BYTES];
};

static void open_zstd(struct ms_inflate *z)
{
    struct zstd *s = ms_malloc(sizeof *s);
    s->context = ZSTD_createDCtx();
    MS_ASSERT(s->context != NULL);
    MS_ASSERT(!ZSTD_isError(ZSTD_DCtx_setParameter(s->context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)));
    s->in = (ZSTD_inBuffer){.src = s->bytes};
    s->wanted = FRAME_BEGIN_BYTES;
    s->is_between = true;
    s->frame_at = 0;
    z->state = s;
}

static void close_zstd(struct ms_inflate *z)
{
    struct zstd *s = z->state;
    if (s != NULL)
        ZSTD_freeDCtx(s->context);
    free(s);
    z->state = NULL;
}

static uint64_t at_zstd(const struct ms_inflate *z)
{
    const struct zstd *s = z->state;
    return z->stored->offset - (s->in.size - s->in.pos);
}

static bool refill(struct ms_inflate *z)
{
    struct zstd *s = z->state;
    s->in.pos = 0;
    s->in.size = ms_stored_read(z->stored, s->bytes, sizeof s->bytes, &z->trouble);
    return s->in.size > 0;
}

static void set_trouble(struct ms_inflate *z, size_t code)
{
    const struct zstd *s = z->state;
    switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_prefix_unknown:
        ms_trouble_set(&z->trouble, MS_SOURCE_CORRUPT, "is not zstd any more from byte %llu on",
                       (unsigned long long)s->frame_at);
        break;
    case ZSTD_error_frameParameter_windowTooLarge:
        ms_trouble_set(&z->trouble, MS_SOURCE_UNREADABLE,
                       "zstd: needs a window of more than %u MiB to unpack at byte %llu, the limit",
                       1U << (WINDOW_LOG_MAX - 20), (unsigned long long)s->frame_at);
        break;
    case ZSTD_error_dictionary_wrong:
        ms_trouble_set(&z->trouble, MS_SOURCE_UNREADABLE,
                       "zstd: was packed with a dictionary, which is not at hand (byte %llu)",
                       (unsigned long long)s->frame_at);
        break;
    case ZSTD_error_memory_allocation:
        ms_trouble_set(&z->trouble, MS_SOURCE_UNREADABLE, "zstd: no memory to unpack at byte %llu",
                       (unsigned long long)at_zstd(z));
        break;
    case ZSTD_error_checksum_wrong:
        ms_trouble_set(&z->trouble, MS_SOURCE_CORRUPT, "zstd: wrong checksum before byte %llu (frame %llu)",
                       (unsigned long long)at_zstd(z), ms_inflate_part(z));
        break;
    default:
        ms_trouble_set(&z->trouble, MS_SOURCE_CORRUPT, "zstd: damaged data before byte %llu (frame %llu)",
                       (unsigned long long)at_zstd(z), ms_inflate_part(z));
    }
}

static size_t read_zstd(struct ms_inflate *z, char *to, size_t n)
{
    struct zstd *s = z->state;
    ZSTD_outBuffer out = {.dst = to, .size = n};
    bool may_hold_more = true; /* first what the library still holds, then more input */
    while (out.pos == 0) {
        if (s->in.pos == s->in.size && (s->is_between || !may_hold_more) && !refill(z)) {
            if (!s->is_between)
                ms_trouble_set(&z->trouble, MS_SOURCE_TRUNCATED, "zstd: cut short at byte %llu",
                               (unsigned long long)at_zstd(z));
            break;
        }
        if (s->is_between) {
            if (ms_inflate_pauses(z))
                break;
            s->frame_at = at_zstd(z);
            z->n_parts++;
        }
        ZSTD_inBuffer in = s->in;
        in.size = in.size - in.pos < s->wanted ? in.size : in.pos + s->wanted;
        size_t before = in.pos, code = ZSTD_decompressStream(s->context, &out, &in);
        s->in.pos = in.pos;
        if (ZSTD_isError(code)) {
            set_trouble(z, code);
            break;
        }
        s->is_between = code == 0;
        s->wanted = code > 0 ? code : FRAME_BEGIN_BYTES;
        may_hold_more = s->in.pos > before;
    }
    return out.pos;
}

const struct ms_inflate_ops ms_inflate_zstd = {open_zstd, read_zstd, close_zstd, at_zstd};
