#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sha256.h"
#include "cli/verify.h"
#include "parse/parse.h"
#include "query/parts.h"

#define CHUNK_BYTES ((size_t)1 << 20)

/* 0, or the errno of what kept us from reading it. */
static int digest_of(const char *path, char out[MS_SHA256_TEXT])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    struct ms_sha256 *h = ms_sha256_create();
    char *chunk = ms_malloc(CHUNK_BYTES);
    ssize_t n;
    while ((n = read(fd, chunk, CHUNK_BYTES)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            ms_sha256_append(h, chunk, (size_t)n);
    int why = n < 0 ? errno : 0;
    ms_sha256_text(h, out);
    ms_sha256_destroy(h);
    free(chunk);
    close(fd);
    return why;
}

static enum ms_status check_part(void *user, const struct ms_span *f, size_t n, struct ms_error *err)
{
    (void)n, (void)err;
    struct ms_verify *v = user;
    char sha256[MS_SHA256_TEXT];
    if (f[1].p == NULL) {
        ms_verify_found(v, false, "part", f[0], MS_SPAN_NULL, MS_NONE, "dataset.json does not name it");
        return MS_OK;
    }
    if (ms_field_number(f[2]) == 0) {
        ms_verify_found(v, false, "part", f[0], MS_SPAN_NULL, MS_NONE, "is gone");
        return MS_OK;
    }
    char *path = ms_sprintf("%s/%.*s", ms_query_folder(v->query), (int)f[0].n, f[0].p);
    int why = digest_of(path, sha256);
    if (why != 0)
        ms_verify_found(v, false, "part", f[0], MS_SPAN_NULL, MS_NONE, "cannot be read: %s", strerror(why));
    else if (!ms_span_is(f[1], sha256))
        ms_verify_found(v, false, "part", f[0], MS_SPAN_NULL, MS_NONE, "has changed: its SHA-256 is %s, was %.*s",
                        sha256, (int)f[1].n, f[1].p);
    v->n_parts++;
    free(path);
    return MS_OK;
}

enum ms_status ms_verify_parts(struct ms_verify *v, struct ms_error *err)
{
    return ms_parts_each(v->query, check_part, v, err);
}
