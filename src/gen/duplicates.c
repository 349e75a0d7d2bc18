#include "gen/duplicates.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "gen/files.h"
#include "gen/gzip.h"

static enum ms_status read_piece(int from, char *text, uint64_t offset, size_t *n, const char *name,
                                 struct ms_error *err)
{
    ssize_t done;
    do
        done = pread(from, text, MS_GZIP_BLOCK_MAX, (off_t)offset);
    while (done < 0 && errno == EINTR);
    *n = done > 0 ? (size_t)done : 0;
    return done >= 0 ? MS_OK : ms_fail(err, MS_ERR_IO, "cannot read %s: %s", name, strerror(errno));
}

static enum ms_status copy_from(int from, int to, uint64_t offset, struct ms_gzip *gzip, const char *name,
                                uint64_t *n_lines, struct ms_error *err)
{
    char *text = ms_malloc(MS_GZIP_BLOCK_MAX);
    enum ms_status st;
    size_t n;
    *n_lines = 0;
    while ((st = read_piece(from, text, offset, &n, name, err)) == MS_OK && n > 0) {
        unsigned char block[MS_GZIP_BLOCK];
        if (gzip != NULL) {
            ms_gzip_block(gzip, text, (uint16_t)n, block);
            st = ms_gen_write_all(to, (const char *)block, sizeof block, name, err);
        }
        if (st == MS_OK)
            st = ms_gen_write_all(to, text, n, name, err);
        if (st != MS_OK)
            break;
        for (size_t i = 0; i < n; i++)
            *n_lines += text[i] == '\n';
        offset += n;
    }
    free(text);
    return st;
}

enum ms_status ms_gen_copy_end(int from, int to, uint64_t n_bytes, const char *name, uint64_t *n_lines,
                               struct ms_error *err)
{
    char *text = ms_malloc(MS_GZIP_BLOCK_MAX);
    struct stat about;
    *n_lines = 0;
    uint64_t size = fstat(from, &about) == 0 ? (uint64_t)about.st_size : 0,
             offset = size > n_bytes ? size - n_bytes : 0;
    size_t n = 0;
    enum ms_status st = read_piece(from, text, offset, &n, name, err);
    const char *end = n > 0 ? memchr(text, '\n', n) : NULL; /* (lines are shorter) */
    if (st == MS_OK && end != NULL)
        st = copy_from(from, to, offset > 0 ? offset + (uint64_t)(end + 1 - text) : 0, NULL, name, n_lines, err);
    free(text);
    return st;
}

enum ms_status ms_gen_copy_file(int from, int to, bool packed, const char *name, uint64_t *n_lines,
                                struct ms_error *err)
{
    struct ms_gzip gzip = {0};
    unsigned char header[MS_GZIP_HEADER], trailer[MS_GZIP_BLOCK + MS_GZIP_TRAILER];
    ms_gzip_header(header);
    enum ms_status st = packed ? ms_gen_write_all(to, (const char *)header, sizeof header, name, err) : MS_OK;
    *n_lines = 0;
    if (st == MS_OK)
        st = copy_from(from, to, 0, packed ? &gzip : NULL, name, n_lines, err);
    ms_gzip_trailer(&gzip, trailer);
    return st == MS_OK && packed ? ms_gen_write_all(to, (const char *)trailer, sizeof trailer, name, err) : st;
}
