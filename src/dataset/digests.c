#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sha256.h"
#include "dataset/folder.h"
#include "dataset/publish.h"

#define CHUNK_BYTES ((size_t)1 << 20)

/* False with errno. */
static bool digest_file(int dir_fd, const char *name, char *chunk, char out[MS_SHA256_TEXT])
{
    int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct ms_sha256 *h = ms_sha256_create();
    ssize_t n = -1;
    while (fd >= 0 && ((n = read(fd, chunk, CHUNK_BYTES)) > 0 || (n < 0 && errno == EINTR)))
        if (n > 0)
            ms_sha256_append(h, chunk, (size_t)n);
    int why = errno;
    if (fd >= 0)
        close(fd);
    ms_sha256_text(h, out);
    ms_sha256_destroy(h);
    errno = why;
    return n == 0;
}

enum ms_status ms_publish_digests(const struct ms_publish *p,
                                  void (*each)(void *user, const char *table, const char *part, const char *sha256),
                                  void *user, struct ms_error *err)
{
    char *chunk = ms_malloc(CHUNK_BYTES);
    enum ms_status st = MS_OK;
    for (size_t i = 0; i < p->n_tables && st == MS_OK; i++) {
        struct ms_entries parts = {0};
        if (!ms_entries_list(&parts, p->tables[i].fd))
            st = ms_fail(err, MS_ERR_IO, "cannot read the parts in %s/%s: %s", p->path, p->tables[i].name,
                         strerror(errno));
        for (size_t k = 0; k < parts.n && st == MS_OK; k++) {
            char sha256[MS_SHA256_TEXT];
            if (!ms_name_is_part(parts.items[k]))
                continue;
            if (digest_file(p->tables[i].fd, parts.items[k], chunk, sha256))
                each(user, p->tables[i].name, parts.items[k], sha256);
            else
                st = ms_fail(err, MS_ERR_IO, "cannot read %s/%s/%s again: %s", p->path, p->tables[i].name,
                             parts.items[k], strerror(errno));
        }
        ms_entries_fini(&parts);
    }
    free(chunk);
    return st;
}
