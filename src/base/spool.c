#include "base/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

struct ms_spool_block {
    struct ms_spool_block *next;
    char *data; /* NULL: in the file, at `offset` */
    int64_t offset;
    size_t used_bytes, cap_bytes;
};

/* What is staged fits the cache. AHEAD: so many records before their turn, the end of their stream is asked for. */
enum { STAGED_BYTES = 1 << 16, AHEAD = 8 };

struct staged { /* in front of each staged record */
    uint32_t stream, n_bytes;
};

void ms_spool_init(struct ms_spool *s, size_t n_streams, size_t block_bytes, size_t limit_bytes, int dir_fd)
{
    *s = (struct ms_spool){.n_streams = n_streams,
                           .block_bytes = block_bytes,
                           .limit_bytes = limit_bytes,
                           .dir_fd = dir_fd,
                           .fd = -1,
                           .streams = ms_calloc(n_streams, sizeof *s->streams)};
}

static void free_stream(struct ms_spool *s, struct ms_spool_stream *stream)
{
    for (struct ms_spool_block *b = stream->first, *next; b != NULL; b = next) {
        next = b->next;
        if (b->data != NULL)
            s->memory_bytes -= b->cap_bytes;
        free(b->data);
        free(b);
    }
    *stream = (struct ms_spool_stream){0};
}

void ms_spool_fini(struct ms_spool *s)
{
    if (s->streams == NULL)
        return;
    for (size_t i = 0; i < s->n_streams; i++)
        free_stream(s, &s->streams[i]);
    free(s->streams);
    free(s->staged);
    if (s->fd >= 0)
        close(s->fd);
    *s = (struct ms_spool){.fd = -1};
}

/* Where the file system can't make one without a name, the name is taken away at once. */
int ms_spool_file(int dir_fd)
{
    int fd = openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    for (unsigned i = 0; fd < 0 && i < 10000; i++) {
        char name[32];
        snprintf(name, sizeof name, "spool-%u.tmp", i);
        fd = openat(dir_fd, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
        if (fd >= 0)
            unlinkat(dir_fd, name, 0);
        else if (errno != EEXIST)
            break;
    }
    return fd;
}

bool ms_spool_write_at(int fd, const void *from, size_t n, int64_t offset)
{
    const char *p = from;
    errno = 0;
    while (n > 0) {
        ssize_t done = pwrite(fd, p, n, offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
        offset += done;
    }
    return true;
}

static int make_file(const struct ms_spool *s)
{
    return s->name[0] == '\0' ? ms_spool_file(s->dir_fd)
                              : openat(s->dir_fd, s->name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
}

/* Takes the block's memory away from it; NULL if it cannot be written. */
static char *write_out(struct ms_spool *s, struct ms_spool_block *b)
{
    if (s->fd < 0)
        s->fd = make_file(s);
    if (s->fd < 0 || !ms_spool_write_at(s->fd, b->data, b->used_bytes, s->file_bytes)) {
        s->failure = errno ? errno : EIO;
        return NULL;
    }
    b->offset = s->file_bytes;
    s->file_bytes += (int64_t)b->used_bytes;
    s->memory_bytes -= b->cap_bytes;
    char *data = b->data;
    b->data = NULL;
    return data;
}

static struct ms_spool_block *add_block(struct ms_spool *s, struct ms_spool_stream *stream, size_t n_bytes)
{
    struct ms_spool_block *full = stream->last, *b = ms_calloc(1, sizeof *b);
    b->cap_bytes = n_bytes > s->block_bytes ? n_bytes : s->block_bytes;
    if (full != NULL && full->data != NULL && s->memory_bytes >= s->limit_bytes && s->dir_fd >= 0 && s->failure == 0) {
        size_t cap_bytes = full->cap_bytes;
        b->data = write_out(s, full);
        if (b->data != NULL && cap_bytes != b->cap_bytes) {
            free(b->data);
            b->data = NULL;
        }
    }
    if (b->data == NULL)
        b->data = ms_malloc(b->cap_bytes);
    s->memory_bytes += b->cap_bytes;
    if (full != NULL)
        full->next = b;
    else
        stream->first = b;
    stream->last = b;
    return b;
}

static void *add_to_stream(struct ms_spool *s, size_t stream, size_t n_bytes)
{
    struct ms_spool_block *b = s->streams[stream].last;
    if (b == NULL || b->cap_bytes - b->used_bytes < n_bytes)
        b = add_block(s, &s->streams[stream], n_bytes);
    void *p = b->data + b->used_bytes;
    b->used_bytes += n_bytes;
    return p;
}

static struct staged staged_at(const struct ms_spool *s, size_t at)
{
    struct staged record;
    memcpy(&record, s->staged + at, sizeof record);
    return record;
}

static void ask_for(const struct ms_spool *s, size_t stream)
{
    const struct ms_spool_block *b = s->streams[stream].last;
    if (b == NULL || b->data == NULL)
        return;
    for (size_t i = 0; i <= 128; i += 64) /* most records are no longer */
        __builtin_prefetch(b->data + b->used_bytes + i, 1);
}

static void distribute(struct ms_spool *s)
{
    size_t ahead = 0, n_ahead = 0;
    for (size_t at = 0; at < s->staged_bytes; n_ahead--) {
        for (; n_ahead < AHEAD && ahead < s->staged_bytes; n_ahead++) {
            struct staged later = staged_at(s, ahead);
            ask_for(s, later.stream);
            ahead += sizeof later + later.n_bytes;
        }
        struct staged record = staged_at(s, at);
        at += sizeof record;
        memcpy(add_to_stream(s, record.stream, record.n_bytes), s->staged + at, record.n_bytes);
        at += record.n_bytes;
    }
    s->staged_bytes = 0;
}

void *ms_spool_add(struct ms_spool *s, size_t stream, size_t n_bytes)
{
    struct staged record = {(uint32_t)stream, (uint32_t)((n_bytes + 7) / 8 * 8)};
    bool at_once = s->n_streams == 1 || n_bytes > STAGED_BYTES / 2;
    if (at_once || sizeof record + record.n_bytes > STAGED_BYTES - s->staged_bytes)
        distribute(s); /* records of a stream stay in order */
    if (at_once)
        return add_to_stream(s, stream, (n_bytes + 7) / 8 * 8);
    if (s->staged == NULL)
        s->staged = ms_malloc(STAGED_BYTES);
    memcpy(s->staged + s->staged_bytes, &record, sizeof record);
    void *p = s->staged + s->staged_bytes + sizeof record;
    s->staged_bytes += sizeof record + record.n_bytes;
    return p;
}

enum ms_status ms_spool_end(struct ms_spool *s, struct ms_error *err)
{
    distribute(s);
    if (s->failure == 0)
        return MS_OK;
    return ms_fail_at(err, s->failure, "write a temporary file in", s->dir_fd, NULL);
}

bool ms_spool_read_at(int fd, void *to, size_t n, int64_t offset)
{
    char *p = to;
    errno = 0;
    while (n > 0) {
        ssize_t done = pread(fd, p, n, offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
        offset += done;
    }
    return true;
}

static enum ms_status fetch(const struct ms_spool *s, struct ms_spool_block *b, struct ms_error *err)
{
    b->data = ms_malloc(b->cap_bytes);
    bool ok = ms_spool_read_at(s->fd, b->data, b->used_bytes, b->offset);
    return ok ? MS_OK : ms_fail_at(err, errno ? errno : EIO, "read back a temporary file in", s->dir_fd, NULL);
}

enum ms_status ms_spool_drain(struct ms_spool *s, size_t stream,
                              void (*piece)(void *arg, const char *records, size_t n_bytes), void *arg,
                              struct ms_error *err)
{
    if (s->streams == NULL)
        return MS_OK;
    MS_ASSERT(s->staged_bytes == 0);
    struct ms_spool_stream *all = &s->streams[stream];
    while (all->first != NULL) {
        struct ms_spool_block *b = all->first;
        bool in_file = b->data == NULL;
        enum ms_status st = in_file ? fetch(s, b, err) : MS_OK;
        if (st == MS_OK)
            piece(arg, b->data, b->used_bytes);
        if (!in_file)
            s->memory_bytes -= b->cap_bytes;
        all->first = b->next;
        free(b->data);
        free(b);
        if (st != MS_OK)
            return st;
    }
    all->last = NULL;
    return MS_OK;
}

enum ms_status ms_spool_read(const struct ms_spool *s, size_t stream,
                             void (*piece)(void *arg, const char *records, size_t n_bytes), void *arg,
                             struct ms_error *err)
{
    if (s->streams == NULL)
        return MS_OK;
    for (struct ms_spool_block *b = s->streams[stream].first; b != NULL; b = b->next) {
        bool in_file = b->data == NULL;
        enum ms_status st = in_file ? fetch(s, b, err) : MS_OK;
        if (st == MS_OK)
            piece(arg, b->data, b->used_bytes);
        if (in_file) {
            free(b->data);
            b->data = NULL;
        }
        if (st != MS_OK)
            return st;
    }
    return MS_OK;
}

/* ---- spools that outlive the process ---- */

void ms_spool_name(struct ms_spool *s, const char *name)
{
    snprintf(s->name, sizeof s->name, "%s", name);
}

static void store_stream(struct ms_spool *s, struct ms_spool_stream *stream)
{
    for (struct ms_spool_block *b = stream->first; b != NULL && s->failure == 0; b = b->next)
        if (b->data != NULL) {
            free(write_out(s, b));
            b->cap_bytes = b->used_bytes; /* it is over */
        }
}

enum ms_status ms_spool_store(struct ms_spool *s, struct ms_error *err)
{
    distribute(s);
    for (size_t i = 0; i < s->n_streams; i++)
        store_stream(s, &s->streams[i]);
    if (s->failure == 0 && s->fd >= 0 && fdatasync(s->fd) != 0)
        s->failure = errno;
    return ms_spool_end(s, err);
}

void ms_spool_pieces(const struct ms_spool *s, size_t stream,
                     void (*piece)(void *arg, int64_t offset, uint64_t n_bytes), void *arg)
{
    for (const struct ms_spool_block *b = s->streams[stream].first; b != NULL; b = b->next)
        piece(arg, b->offset, b->used_bytes);
}

bool ms_spool_restore(struct ms_spool *s, size_t n_streams, int dir_fd, const char *name)
{
    struct stat st;
    ms_spool_init(s, n_streams, 0, 0, dir_fd);
    ms_spool_name(s, name);
    s->fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (s->fd < 0 || fstat(s->fd, &st) != 0)
        return false;
    s->file_bytes = st.st_size;
    return true;
}

bool ms_spool_restore_piece(struct ms_spool *s, size_t stream, int64_t offset, uint64_t n_bytes)
{
    struct ms_spool_stream *all = &s->streams[stream];
    if (n_bytes == 0 || offset < 0 || n_bytes > (uint64_t)s->file_bytes ||
        (uint64_t)offset > (uint64_t)s->file_bytes - n_bytes)
        return false;
    struct ms_spool_block *b = ms_calloc(1, sizeof *b);
    b->offset = offset;
    b->used_bytes = b->cap_bytes = (size_t)n_bytes;
    if (all->last != NULL)
        all->last->next = b;
    else
        all->first = b;
    all->last = b;
    return true;
}
