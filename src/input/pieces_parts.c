/* Where members of gzip and frames of zstd seem to begin. */
#include <stdlib.h>

#include "input/pieces.h"

#define WINDOW_LOG_MAX 27
#define LOOK_BYTES ((size_t)512 << 10)
#define HEADER_BYTES ((size_t)32)             /* enough to judge any */
#define LOOK_AHEAD_BYTES ((uint64_t)16 << 20) /* larger parts are left to the thread that reads the text */

struct scout {
    struct ms_stored stored;
    size_t piece_bytes;
    bool is_zstd;
    bool has_begin; /* of a piece whose end is looked for */
    uint64_t begin;
    uint64_t at; /* looked at up to here */
    char bytes[LOOK_BYTES];
};

/* RFC 1952: three flags are never set; of operating systems 14 are known, and 255. */
static bool is_gzip_header(const unsigned char *p)
{
    return p[1] == 0x8b && p[2] == 8 && (p[3] & 0xe0) == 0 && (p[9] < 14 || p[9] == 255);
}

static size_t find_gzip(const char *bytes, size_t n, size_t from)
{
    while (n >= HEADER_BYTES && from <= n - HEADER_BYTES) {
        const char *p = memchr(bytes + from, 0x1f, n - HEADER_BYTES - from + 1);
        if (p == NULL)
            break;
        if (is_gzip_header((const unsigned char *)p))
            return (size_t)(p - bytes);
        from = (size_t)(p - bytes) + 1;
    }
    return SIZE_MAX;
}

/* RFC 8878: a bit that is never set, a window that is not too large, and then a block of a kind and size that there is. */
static bool is_zstd_header(const unsigned char *p)
{
    static const unsigned char dictionary_bytes[4] = {0, 1, 2, 4};
    unsigned descriptor = p[4], size_code = descriptor >> 6, is_single = descriptor >> 5 & 1;
    if ((descriptor & 8) != 0 || (!is_single && (p[5] >> 3) + 10 > WINDOW_LOG_MAX))
        return false;
    size_t at = 5 + !is_single + dictionary_bytes[descriptor & 3] + (size_code == 0 ? is_single : 1U << size_code);
    unsigned block = p[at] | (unsigned)p[at + 1] << 8 | (unsigned)p[at + 2] << 16;
    return (block >> 1 & 3) != 3 && block >> 3 <= 128U << 10;
}

/* Frames to be passed over are parts, too: pzstd puts one in front of each of its own. */
static size_t find_zstd(const char *bytes, size_t n, size_t from)
{
    size_t best = SIZE_MAX, end = n >= HEADER_BYTES ? n - HEADER_BYTES + 1 : 0;
    for (size_t at = from; at < end; at++) {
        const char *p = memmem(bytes + at, end - at + 3, "\x28\xb5\x2f\xfd", 4);
        if (p == NULL)
            break;
        at = (size_t)(p - bytes);
        if (is_zstd_header((const unsigned char *)p)) {
            best = end = at;
            break;
        }
    }
    for (size_t at = from; at < end; at++) {
        const char *p = memmem(bytes + at + 1, end - at + 2, "\x2a\x4d\x18", 3);
        if (p == NULL)
            break;
        at = (size_t)(p - 1 - bytes);
        if ((bytes[at] & 0xf0) == 0x50 && at < end)
            return at;
    }
    return best;
}

static void *open_scout(const struct ms_stored *stored, size_t piece_bytes, bool is_zstd)
{
    if (stored->limit_bytes < 2 * piece_bytes)
        return NULL;
    struct scout *s = ms_malloc(sizeof *s);
    s->stored = *stored;
    s->piece_bytes = piece_bytes;
    s->is_zstd = is_zstd;
    s->has_begin = false;
    s->begin = s->at = 0;
    return s;
}

static void *open_gzip(const struct ms_stored *stored, size_t piece_bytes)
{
    return open_scout(stored, piece_bytes, false);
}

static void *open_zstd(const struct ms_stored *stored, size_t piece_bytes)
{
    return open_scout(stored, piece_bytes, true);
}

/* The next place from s->at on; false: not in what was looked at. */
static bool look(struct scout *s, uint64_t *found, bool *is_end)
{
    struct ms_trouble trouble = {0};
    size_t n = 0, got;
    s->stored.offset = s->at;
    while (n < LOOK_BYTES && (got = ms_stored_read(&s->stored, s->bytes + n, LOOK_BYTES - n, &trouble)) > 0)
        n += got;
    *is_end = n < LOOK_BYTES;
    size_t at = s->is_zstd ? find_zstd(s->bytes, n, 0) : find_gzip(s->bytes, n, 0);
    if (at == SIZE_MAX) {
        s->at += n >= HEADER_BYTES ? n - HEADER_BYTES + 1 : 0;
        return false;
    }
    *found = s->at + at;
    return true;
}

static enum ms_scouted next_part(void *scout, uint64_t behind, struct ms_piece *out)
{
    struct scout *s = scout;
    uint64_t found = 0;
    bool is_end;
    if (s->has_begin && s->begin <= behind) /* was none, or its turn has come */
        s->has_begin = false;
    if (s->at < behind + s->piece_bytes)
        s->at = behind + s->piece_bytes;
    if (s->at >= s->stored.limit_bytes)
        return MS_SCOUT_END;
    if (s->at > behind + LOOK_AHEAD_BYTES)
        return MS_SCOUT_IDLE;
    bool is_found = look(s, &found, &is_end);
    if (!is_found && !is_end)
        return MS_SCOUT_NOT_YET;
    if (!is_found) {
        found = s->stored.limit_bytes;
        s->at = UINT64_MAX;
    } else {
        s->at = found + s->piece_bytes;
    }
    bool has_piece = s->has_begin;
    out->begin = s->begin;
    out->end = found;
    s->has_begin = true;
    s->begin = found;
    return has_piece ? MS_SCOUT_FOUND : is_found ? MS_SCOUT_NOT_YET : MS_SCOUT_END;
}

const struct ms_division ms_division_gzip = {&ms_inflate_gzip, true, open_gzip, next_part, free};
const struct ms_division ms_division_zstd = {&ms_inflate_zstd, true, open_zstd, next_part, free};
