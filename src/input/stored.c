#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "input/input_impl.h"

void ms_trouble_set(struct ms_trouble *t, enum ms_source_status status, const char *format, ...)
{
    if (t->status != MS_SOURCE_OK)
        return;
    t->status = status;
    va_list args;
    va_start(args, format);
    vsnprintf(t->what, sizeof t->what, format, args);
    va_end(args);
}

static bool is_cancelled(const struct ms_stored *s)
{
    return s->cancelled != NULL && *s->cancelled;
}

/* One read that survives signals and a pipe that was left non-blocking. What a file server loses once it mostly has the next
 * time; what fails twice fails whenever it is read, first for the year and the order and then for the lines, and so is never
 * overlooked. -1: errno says why. */
static ssize_t read_some(const struct ms_stored *s, void *to, size_t n)
{
    bool again = true;
    while (!is_cancelled(s)) {
        ssize_t got = s->is_stream ? read(s->fd, to, n) : pread(s->fd, to, n, (off_t)(s->base + s->offset));
        if (got >= 0)
            return got;
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            poll(&(struct pollfd){.fd = s->fd, .events = POLLIN}, 1, 1000);
        else if (errno == EIO && again)
            again = false;
        else if (errno != EINTR)
            return -1;
    }
    return 0;
}

static size_t read_kept(struct ms_stored *s, void *to, size_t n)
{
    size_t left = s->kept.size_bytes - (size_t)s->offset;
    size_t got = n < left ? n : left;
    memcpy(to, s->kept.data + s->offset, got);
    return got;
}

size_t ms_stored_read(struct ms_stored *s, void *to, size_t n, struct ms_trouble *trouble)
{
    ssize_t got;
    if (n > s->limit_bytes - s->offset)
        n = (size_t)(s->limit_bytes - s->offset);
    if (n == 0 || (s->is_recording && s->offset >= MS_KEPT_MAX_BYTES))
        return 0;
    if (s->offset < s->kept.size_bytes) {
        got = (ssize_t)read_kept(s, to, n);
    } else {
        got = read_some(s, to, n);
        if (got < 0) {
            ms_trouble_set(trouble, MS_SOURCE_TRUNCATED, "cannot be read on from byte %llu: %s",
                           (unsigned long long)s->offset, strerror(errno));
            return 0;
        }
        if (s->is_recording)
            ms_buffer_append(&s->kept, to, (size_t)got);
        else
            ms_buffer_fini(&s->kept);
        if (got == 0 && !s->is_stream && !is_cancelled(s))
            ms_trouble_set(trouble, MS_SOURCE_TRUNCATED, "was cut to %llu of %llu bytes while it was read",
                           (unsigned long long)s->offset, (unsigned long long)s->limit_bytes);
    }
    if (s->digest != NULL)
        ms_digest_append(s->digest, to, (size_t)got);
    if (s->sha256 != NULL)
        ms_sha256_append(s->sha256, to, (size_t)got);
    s->offset += (uint64_t)got;
    return (size_t)got;
}

void ms_stored_rewind(struct ms_stored *s)
{
    MS_ASSERT(!s->is_stream || s->offset == 0 || s->is_recording);
    s->offset = 0;
}

void ms_stored_close(struct ms_stored *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    ms_buffer_fini(&s->kept);
}
