/* For the tests of input/: random log-like text, archives made by the libraries, files in a folder of the test's own. */
#ifndef MS_TESTS_INPUT_SUPPORT_H
#define MS_TESTS_INPUT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <bzlib.h>
#include <cmocka.h>
#include <isa-l/igzip_lib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <xxhash.h>
#include <zstd.h>

#include "input/input_impl.h"

static uint64_t random_state = 0x9e3779b97f4a7c15u;
static inline uint64_t random_below(uint64_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (random_state >> 11) % n;
}

static inline void append_line(struct ms_buffer *b, size_t n, const char *end)
{
    static const char bytes[] = "abc defghi 0123456789<>=,:\0\r\t\xff\xc3\xa4";
    static char block[4096];
    while (block[0] == '\0')
        for (size_t i = 0; i < sizeof block; i++)
            block[i] = bytes[random_below(sizeof bytes)];
    while (n > 0) {
        size_t from = random_below(sizeof block);
        size_t take = n < sizeof block - from ? n : sizeof block - from;
        ms_buffer_append(b, block + from, take);
        n -= take;
    }
    ms_buffer_append(b, end, strlen(end));
}

/* Empty lines, short and longer ones, CRLF, NUL bytes; perhaps without a last line end. Replaces b. */
static inline void random_text(struct ms_buffer *b, size_t about_bytes, size_t max_line)
{
    b->size_bytes = 0;
    while (b->size_bytes < about_bytes)
        append_line(b, random_below(8) == 0 ? 0 : random_below(max_line), random_below(5) == 0 ? "\r\n" : "\n");
    if (random_below(2) == 0)
        append_line(b, 1 + random_below(max_line), "");
}

static inline void append_gzip_member(struct ms_buffer *out, const char *p, size_t n)
{
    struct isal_zstream z;
    isal_deflate_init(&z);
    z.gzip_flag = IGZIP_GZIP;
    z.end_of_stream = 1;
    z.next_in = (uint8_t *)p;
    z.avail_in = (uint32_t)n;
    do {
        ms_buffer_reserve(out, 1 << 16);
        z.next_out = (uint8_t *)out->data + out->size_bytes;
        z.avail_out = (uint32_t)(out->capacity_bytes - out->size_bytes);
        assert_int_equal(isal_deflate(&z), COMP_OK);
        out->size_bytes = (size_t)((char *)z.next_out - out->data);
    } while (z.internal_state.state != ZSTATE_END);
}

static inline void append_xz_stream(struct ms_buffer *out, const char *p, size_t n)
{
    ms_buffer_reserve(out, lzma_stream_buffer_bound(n));
    size_t at = 0;
    assert_int_equal(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC64, NULL, (const uint8_t *)p, n,
                                             (uint8_t *)out->data + out->size_bytes, &at, lzma_stream_buffer_bound(n)),
                     LZMA_OK);
    out->size_bytes += at;
}

static inline void append_zstd_frame(struct ms_buffer *out, const char *p, size_t n)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    ms_buffer_reserve(out, ZSTD_compressBound(n));
    size_t got = ZSTD_compress2(context, out->data + out->size_bytes, ZSTD_compressBound(n), p, n);
    assert_false(ZSTD_isError(got));
    out->size_bytes += got;
    ZSTD_freeCCtx(context);
}

static inline void append_lz4_frame(struct ms_buffer *out, const char *p, size_t n)
{
    const LZ4F_preferences_t with_checksum = {
        .frameInfo = {.blockSizeID = LZ4F_max64KB, .contentChecksumFlag = LZ4F_contentChecksumEnabled}};
    size_t bound = LZ4F_compressFrameBound(n, &with_checksum);
    ms_buffer_reserve(out, bound);
    size_t got = LZ4F_compressFrame(out->data + out->size_bytes, bound, p, n, &with_checksum);
    assert_false(LZ4F_isError(got));
    out->size_bytes += got;
}

static inline void append_bzip2_stream(struct ms_buffer *out, const char *p, size_t n)
{
    unsigned got = (unsigned)(n + n / 50 + 1000);
    ms_buffer_reserve(out, got);
    assert_int_equal(
        BZ2_bzBuffToBuffCompress(out->data + out->size_bytes, &got, (char *)(uintptr_t)p, (unsigned)n, 1, 0, 0), BZ_OK);
    out->size_bytes += got;
}

static inline void append_compress(struct ms_buffer *out, const char *p, size_t n)
{
    struct archive *a = archive_write_new();
    struct archive_entry *e = archive_entry_new();
    size_t used = 0;
    if (n == 0) { /* of which the library makes a byte */
        ms_buffer_append(out, "\x1f\x9d\x90", 3);
        archive_entry_free(e);
        archive_write_free(a);
        return;
    }
    ms_buffer_reserve(out, 2 * n + 10000);
    archive_entry_set_filetype(e, AE_IFREG);
    assert_int_equal(archive_write_add_filter_compress(a), ARCHIVE_OK);
    assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
    archive_write_set_bytes_in_last_block(a, 1);
    assert_int_equal(archive_write_open_memory(a, out->data + out->size_bytes, 2 * n + 10000, &used), ARCHIVE_OK);
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    assert_int_equal(archive_write_data(a, p, n), n);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_entry_free(e);
    archive_write_free(a);
    out->size_bytes += used;
}

#define LAST_COMPRESSION MS_COMPRESS
typedef void append_fn(struct ms_buffer *out, const char *p, size_t n);

/* The text as stored: one member, or cut anywhere into several (which .Z cannot have). Replaces out. */
static inline void store_text(struct ms_buffer *out, enum ms_compression c, struct ms_buffer text, unsigned n_members)
{
    static append_fn *const appenders[] = {
        [MS_GZIP] = append_gzip_member,   [MS_XZ] = append_xz_stream,  [MS_ZSTD] = append_zstd_frame,
        [MS_BZIP2] = append_bzip2_stream, [MS_LZ4] = append_lz4_frame, [MS_COMPRESS] = append_compress};
    out->size_bytes = 0;
    size_t at = 0;
    if (c == MS_COMPRESS)
        n_members = 1;
    for (unsigned i = 0; i < n_members; i++) {
        size_t n = i + 1 == n_members ? text.size_bytes - at : random_below(text.size_bytes - at + 1);
        const char *p = text.size_bytes ? text.data + at : "";
        if (c == MS_PLAIN)
            ms_buffer_append(out, p, n);
        else
            appenders[c](out, p, n);
        at += n;
    }
}

static char folder[64];
static inline int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/ms_test_input_XXXXXX");
    return mkdtemp(folder) == NULL;
}

static inline int remove_folder(void **state)
{
    (void)state;
    char *command = ms_sprintf("chmod -R u+rwx %s; rm -rf %s", folder, folder);
    int rc = system(command);
    free(command);
    return rc;
}

/* A path in the folder; valid until 16 calls later. */
static inline const char *in_folder(const char *name)
{
    static char paths[16][256];
    static unsigned next;
    char *p = paths[next++ % 16];
    snprintf(p, sizeof paths[0], "%s/%s", folder, name);
    return p;
}

static inline const char *write_file(const char *name, const void *p, size_t n)
{
    const char *path = in_folder(name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    if (n > 0)
        assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    return path;
}

/* The definition of the digest, the short way. */
static inline void plain_digest(const char *p, size_t n, char hex[33])
{
    struct ms_buffer leaves = {0};
    XXH128_canonical_t c;
    for (size_t at = 0; at < n; at += 1048576) {
        XXH128_canonicalFromHash(&c, XXH3_128bits(p + at, n - at < 1048576 ? n - at : 1048576));
        ms_buffer_append(&leaves, c.digest, 16);
    }
    XXH128_canonicalFromHash(&c, XXH3_128bits(leaves.data, leaves.size_bytes));
    for (int i = 0; i < 16; i++)
        sprintf(hex + 2 * i, "%02x", c.digest[i]);
    ms_buffer_fini(&leaves);
}

/* All text of a run, by source; counts of segments. Segments are taken and given back one by one. */
struct collected {
    struct ms_buffer text;
    uint64_t covered, n_segments, n_long;
};

static inline void collect(struct ms_input *in, struct collected *out)
{
    struct ms_segment seg;
    struct ms_error err;
    enum ms_status st;
    *out = (struct collected){0};
    while ((st = ms_input_next(in, &seg, &err)) == MS_OK) {
        ms_buffer_append(&out->text, seg.text.p, seg.text.n);
        out->covered += seg.covers_bytes;
        out->n_long += seg.is_long_line;
        out->n_segments++;
        ms_segment_done(in, &seg);
    }
    assert_int_equal(st, MS_END);
    assert_int_equal(ms_input_next(in, &seg, &err), MS_END);
}

static inline struct ms_input *open_paths(const char *const *paths, size_t n, const struct ms_input_options *options)
{
    struct ms_input *in = NULL;
    struct ms_error err = {{0}};
    enum ms_status st = ms_input_open(&in, paths, n, options, &err);
    if (st != MS_OK)
        fail_msg("%s", err.text);
    return in;
}

#endif
