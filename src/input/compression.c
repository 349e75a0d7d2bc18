#include "input/input_impl.h"

static const struct {
    enum ms_compression compression;
    const char *name;
    unsigned char n_magic; /* 0: the fallback */
    unsigned char
        min_bytes; /* so many bytes of the magic are proof: no text begins so, and a cut archive may hold no more */
    unsigned char magic[9];
} formats[] = {
    {MS_GZIP, "gzip", 3, 2, {0x1f, 0x8b, 0x08}},
    {MS_XZ, "xz", 6, 3, {0xfd, '7', 'z', 'X', 'Z', 0x00}},
    {MS_ZSTD, "zstd", 4, 4, {0x28, 0xb5, 0x2f, 0xfd}},
    {MS_LZ4, "lz4", 4, 4, {0x04, 0x22, 0x4d, 0x18}},
    {MS_BZIP2, "bzip2", 3, 3, {'B', 'Z', 'h'}},
    {MS_COMPRESS, "compress", 2, 2, {0x1f, 0x9d}},
    {MS_JOURNAL, "journal", 9, 9, {'_', '_', 'C', 'U', 'R', 'S', 'O', 'R', '='}}, /* an export, as it is */
    {MS_PLAIN, "none", 0, 0, {0}},
};

/* "BZh" alone could begin a line: a level and the mark of a block (pi) or of the end (its square root) must follow. */
static bool is_bzip2(const unsigned char *p, size_t n)
{
    static const unsigned char block[6] = {0x31, 0x41, 0x59, 0x26, 0x53, 0x59};
    static const unsigned char end[6] = {0x17, 0x72, 0x45, 0x38, 0x50, 0x90};
    return n >= 10 && p[3] >= '1' && p[3] <= '9' && (memcmp(p + 4, block, 6) == 0 || memcmp(p + 4, end, 6) == 0);
}

/* Frames that unpackers pass over may stand in front of the others, in zstd (pzstd begins each of its own so) and in lz4 alike.
 * Steps behind them as far as they can be seen. */
static size_t pass_skippable(const unsigned char *p, size_t n)
{
    size_t at = 0;
    while (n - at >= 8 && (p[at] & 0xf0) == 0x50 && p[at + 1] == 0x2a && p[at + 2] == 0x4d && p[at + 3] == 0x18) {
        size_t size = (size_t)p[at + 4] | (size_t)p[at + 5] << 8 | (size_t)p[at + 6] << 16 | (size_t)p[at + 7] << 24;
        at = size < n - at - 8 ? at + 8 + size : n;
    }
    return at;
}

enum ms_compression ms_compression_of(const void *bytes, size_t n_bytes)
{
    size_t skipped = pass_skippable(bytes, n_bytes), n = n_bytes - skipped;
    const unsigned char *first_bytes = (const unsigned char *)bytes + skipped;
    if (skipped > 0 && n < 4)
        return MS_ZSTD; /* what follows is out of sight; zstd is the one that does this */
    for (size_t i = 0; formats[i].n_magic > 0; i++) {
        size_t compared = n < formats[i].n_magic ? n : formats[i].n_magic;
        if (compared < formats[i].min_bytes || memcmp(first_bytes, formats[i].magic, compared) != 0)
            continue;
        if (formats[i].compression != MS_BZIP2 || is_bzip2(first_bytes, n))
            return formats[i].compression;
    }
    return MS_PLAIN;
}

const char *ms_compression_name(enum ms_compression c)
{
    size_t i = 0;
    while (formats[i].compression != c && formats[i].n_magic > 0)
        i++;
    return formats[i].name;
}
