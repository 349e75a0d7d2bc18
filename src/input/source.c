#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "input/input_impl.h"

bool ms_source_open_file(const struct ms_input *in, const struct ms_source *s, struct ms_stored *out,
                         struct ms_error *why)
{
    const struct ms_source_impl *impl = ms_source_impl(s);
    struct stat st;
    *out = (struct ms_stored){.base = impl->base, .limit_bytes = s->size_bytes, .cancelled = in->options.cancelled};
    if (impl->is_spooled) {
        if ((out->fd = fcntl(in->spool, F_DUPFD_CLOEXEC, 3)) >= 0)
            return true;
        (void)ms_fail(why, MS_ERR_IO, "%s", strerror(errno));
        return false;
    }
    /* Non-blocking: should a pipe have taken the file's place, opening it must not wait for a writer. */
    out->fd = open(impl->file ? impl->file : s->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (out->fd < 0 || fstat(out->fd, &st) != 0)
        (void)ms_fail(why, MS_ERR_IO, "%s", strerror(errno));
    else if (st.st_dev != impl->dev || st.st_ino != impl->ino)
        (void)ms_fail(why, MS_ERR_IO, "was replaced by another file before it was read (log rotation?)");
    else
        return true;
    ms_stored_close(out);
    return false;
}

void ms_source_trouble(struct ms_source *s, enum ms_source_status status, const char *what)
{
    if (s->status != MS_SOURCE_OK || status == MS_SOURCE_OK)
        return;
    s->status = status;
    s->error = ms_sprintf("%s: %s", s->path, what);
}

/* What no segment will cover belongs to the digest all the same. */
static void pass_known(struct ms_source *s, uint64_t held_bytes)
{
    struct ms_reading *r = ms_source_impl(s)->reading;
    struct ms_window *w = r->window;
    size_t whole = w->n_bytes;
    s->held_bytes = whole == s->size_bytes && held_bytes <= whole ? held_bytes : 0;
    w->n_bytes -= (size_t)s->held_bytes;
    r->at = s->text_bytes < w->n_bytes ? (size_t)s->text_bytes : w->n_bytes;
    if (r->no_digest)
        return;
    ms_digest_set_range(&r->digest, w->text, whole, 0, r->at);
    ms_digest_set_range(&r->digest, w->text, whole, w->n_bytes, whole);
}

static void map_or_stream(const struct ms_input *in, struct ms_source *s, bool evidence)
{
    struct ms_source_impl *impl = ms_source_impl(s);
    struct ms_reading *r = impl->reading;
    if (s->compression == MS_PLAIN && !impl->is_stream && s->size_bytes > 0 && !evidence)
        r->window = ms_window_map(impl->stored.fd, impl->base, (size_t)s->size_bytes);
    if (r->window != NULL) {
        r->is_mapped = r->is_end = true;
        ms_digest_set_size(&r->digest, s->size_bytes);
        uint64_t held_bytes = s->held_bytes;
        s->held_bytes = 0;
        ms_source_check_truncated(s, r->window);
        pass_known(s, held_bytes);
        return;
    }
    /* What is held back is read in the end, for the digest. */
    s->held_bytes = s->held_bytes <= s->size_bytes && s->compression == MS_PLAIN ? s->held_bytes : 0;
    impl->stored.limit_bytes -= s->held_bytes;
    r->skip_bytes = s->text_bytes;
    r->has_text_digest = in->options.keep_text_digest && !r->no_digest;
    impl->stored.digest = r->no_digest ? NULL : &r->digest;
    if (evidence) {
        impl->stored.sha256 = r->sha256 = ms_sha256_create();
        r->text_sha256 = s->compression == MS_PLAIN ? NULL : ms_sha256_create();
    }
    if (impl->is_stream || in->options.serial ||
        !ms_pieces_open(&r->inflate, s->compression, &impl->stored, &in->options))
        ms_inflate_open(&r->inflate, s->compression, &impl->stored);
}

bool ms_source_start(struct ms_input *in, struct ms_source *s)
{
    struct ms_source_impl *impl = ms_source_impl(s);
    struct ms_error why;
    if (s->status == MS_SOURCE_UNREADABLE || impl->is_archive || s->is_absent)
        return false;
    if (!impl->is_stream && !ms_source_open_file(in, s, &impl->stored, &why)) {
        ms_source_trouble(s, MS_SOURCE_UNREADABLE, why.text);
        return false;
    }
    if (impl->is_stream) {
        ms_stored_rewind(&impl->stored);
        impl->stored.is_recording = false;
    }
    impl->reading = ms_calloc(1, sizeof *impl->reading);
    impl->reading->no_digest = in->options.no_digest;
    map_or_stream(in, s, in->options.evidence);
    return true;
}

/* A window in which `want` bytes have room behind `at`, and which no segment borrows. One window is used over and over if
 * its segments come back in time: a small footprint in the cache. */
static void make_room(struct ms_input *in, struct ms_reading *r, size_t want)
{
    struct ms_window *old = r->window;
    bool is_ours = old != NULL && old->n_refs == 1;
    if (is_ours && old->capacity_bytes - r->at >= want)
        return;
    size_t left = ms_reading_left(r);
    struct ms_window *w = is_ours ? old : ms_window_take(in);
    if (left > 0)
        memmove(w->text, old->text + r->at, left);
    if (old != NULL && !is_ours)
        ms_window_release(in, old);
    w->n_bytes = left;
    r->window = w;
    r->at = 0;
}

/* One piece more at the end of the window; false at the end of the text. Others go on meanwhile: nobody else touches a source
 * that is busy, nor the window, which no segment borrows. */
static bool inflate_some(struct ms_input *in, struct ms_source *s)
{
    struct ms_reading *r = ms_source_impl(s)->reading;
    struct ms_window *w = r->window;
    r->is_busy = true;
    pthread_mutex_unlock(&in->lock);
    size_t got = ms_inflate_read(&r->inflate, w->text + w->n_bytes, w->capacity_bytes - w->n_bytes);
    if (r->text_sha256 != NULL)
        ms_sha256_append(r->text_sha256, w->text + w->n_bytes, got);
    if (r->has_text_digest)
        ms_digest_append(&r->text_digest, w->text + w->n_bytes, got);
    if (r->skip_bytes > 0) {
        size_t passed = got < r->skip_bytes ? got : (size_t)r->skip_bytes;
        memmove(w->text + w->n_bytes, w->text + w->n_bytes + passed, got - passed);
        r->skip_bytes -= passed;
        got -= passed;
    }
    pthread_mutex_lock(&in->lock);
    if (ms_pieces_of(&r->inflate) != NULL)
        pthread_cond_broadcast(&in->changed); /* there may be something to do again for who has helped */
    r->is_busy = false;
    w->n_bytes += got;
    r->is_end = r->inflate.is_end;
    if (r->is_end)
        ms_source_trouble(s, r->inflate.trouble.status, r->inflate.trouble.what);
    return !r->is_end;
}

void ms_source_fill(struct ms_input *in, struct ms_source *s, size_t want)
{
    struct ms_reading *r = ms_source_impl(s)->reading;
    if (r->is_end || ms_reading_left(r) >= want)
        return;
    MS_ASSERT(want <= in->window_bytes);
    make_room(in, r, want);
    while (ms_reading_left(r) < want && inflate_some(in, s) && !ms_input_is_cancelled(in))
        ;
}

bool ms_source_fill_ahead(struct ms_input *in, struct ms_source *s)
{
    struct ms_source_impl *impl = ms_source_impl(s);
    size_t want = in->fill_bytes;
    if (impl->is_stream || s->status == MS_SOURCE_UNREADABLE || impl->is_archive || s->is_absent ||
        s->compression == MS_PLAIN)
        return false;
    if (impl->reading == NULL && !ms_source_start(in, s))
        return false;
    struct ms_reading *r = impl->reading;
    if (r->is_busy || r->is_end || r->is_over || ms_reading_left(r) >= want)
        return false;
    make_room(in, r, want);
    while (inflate_some(in, s) && ms_reading_left(r) < want && in->is_cutting && s->file_id >= in->next_source &&
           !ms_input_is_cancelled(in))
        ;
    return true;
}

bool ms_source_has_more(struct ms_input *in, struct ms_source *s)
{
    struct ms_reading *r = ms_source_impl(s)->reading;
    if (ms_reading_left(r) == 0)
        ms_source_fill(in, s, 1);
    return ms_reading_left(r) > 0;
}

uint64_t ms_source_pass_long_line(struct ms_input *in, struct ms_source *s, size_t *begin)
{
    struct ms_reading *r = ms_source_impl(s)->reading;
    if (!r->is_mapped) /* the space behind the line's beginning is written over again and again */
        make_room(in, r, in->window_bytes);
    struct ms_window *w = r->window;
    size_t rest = r->at + MS_LINE_MAX_BYTES; /* seen up to here */
    uint64_t length = MS_LINE_MAX_BYTES;
    *begin = r->at;
    for (;;) {
        const char *end = memchr(w->text + rest, '\n', w->n_bytes - rest);
        if (end != NULL) {
            r->at = (size_t)(end + 1 - w->text);
            return length + (uint64_t)(r->at - rest);
        }
        length += w->n_bytes - rest;
        r->at = w->n_bytes;
        if (r->is_end || ms_input_is_cancelled(in))
            return length;
        w->n_bytes = rest;
        (void)inflate_some(in, s);
    }
}

void ms_source_check_truncated(struct ms_source *s, struct ms_window *w)
{
    struct ms_source_impl *impl = ms_source_impl(s);
    struct ms_reading *r = impl->reading;
    struct stat st;
    if (!r->is_mapped || fstat(impl->stored.fd, &st) != 0 ||
        (uint64_t)st.st_size >= impl->base + w->n_bytes + s->held_bytes)
        return;
    struct ms_error what;
    uint64_t left = (uint64_t)st.st_size > impl->base ? (uint64_t)st.st_size - impl->base : 0;
    (void)ms_fail(&what, MS_ERR_IO, "was cut to %llu of %llu bytes before it was read", (unsigned long long)left,
                  (unsigned long long)s->size_bytes);
    ms_source_trouble(s, MS_SOURCE_TRUNCATED, what.text);
    ms_digest_set_size(&r->digest, left);
    s->held_bytes = left > w->n_bytes ? left - w->n_bytes : 0;
    w->n_bytes = left < w->n_bytes ? (size_t)left : w->n_bytes;
    if (r->at > w->n_bytes)
        r->at = w->n_bytes;
}

void ms_source_check_guard(struct ms_source *s, const struct ms_window *w)
{
    size_t fault = ms_guard_fault(w->guard);
    if (fault == SIZE_MAX)
        return;
    size_t before = (size_t)(w->text - (const char *)w->region) - ms_window_page_bytes(); /* in the file's first page */
    fault = fault > before ? fault - before : 0;
    struct ms_error what;
    (void)ms_fail(&what, MS_ERR_IO,
                  "could not be read at byte %zu (cut, or a failing disk); zero bytes stand in its place", fault);
    ms_source_trouble(s, MS_SOURCE_TRUNCATED, what.text);
}

/* Stored bytes that the inflater left (behind damage, say) belong to the digest, too. */
static void read_to_the_end(struct ms_source *s)
{
    struct ms_source_impl *impl = ms_source_impl(s);
    struct ms_trouble trouble = {0};
    char *bytes = ms_malloc(MS_STORED_CHUNK_BYTES);
    impl->stored.limit_bytes += s->held_bytes;
    while (ms_stored_read(&impl->stored, bytes, MS_STORED_CHUNK_BYTES, &trouble) > 0)
        ;
    free(bytes);
    if (impl->is_stream)
        s->size_bytes = impl->stored.offset;
}

static void reading_free(struct ms_source_impl *impl)
{
    struct ms_reading *r = impl->reading;
    ms_digest_fini(&r->digest);
    ms_digest_fini(&r->text_digest);
    ms_sha256_destroy(r->sha256);
    ms_sha256_destroy(r->text_sha256);
    free(r);
    impl->reading = NULL;
}

static void finish(struct ms_source *s)
{
    struct ms_source_impl *impl = ms_source_impl(s);
    struct ms_reading *r = impl->reading;
    if (s->status != MS_SOURCE_UNREADABLE && !r->no_digest)
        ms_digest_finish(&r->digest, s->digest);
    if (s->status != MS_SOURCE_UNREADABLE && r->sha256 != NULL) {
        ms_sha256_text(r->sha256, s->sha256);
        ms_sha256_text(r->text_sha256 != NULL ? r->text_sha256 : r->sha256, s->text_sha256);
    }
    if (r->has_text_digest)
        ms_digest_finish(&r->text_digest, s->text_digest);
    ms_stored_close(&impl->stored);
    reading_free(impl);
}

void ms_source_over(struct ms_input *in, struct ms_source *s)
{
    struct ms_reading *r = ms_source_impl(s)->reading;
    r->is_over = true;
    if (!r->is_mapped)
        read_to_the_end(s);
    ms_inflate_close(&r->inflate);
    if (r->window != NULL)
        ms_window_release(in, r->window);
    r->window = NULL;
    if (s->status == MS_SOURCE_UNREADABLE && s->text_bytes > 0)
        s->status = MS_SOURCE_TRUNCATED; /* not from the start */
    if (r->n_out == 0)
        finish(s);
}

void ms_source_segment_done(struct ms_source *s)
{
    struct ms_reading *r = ms_source_impl(s)->reading;
    MS_ASSERT(r != NULL && r->n_out > 0);
    if (--r->n_out == 0 && r->is_over)
        finish(s);
}

void ms_source_fini(struct ms_input *in, struct ms_source *s)
{
    struct ms_source_impl *impl = ms_source_impl(s);
    if (impl->reading != NULL) { /* left in the middle */
        struct ms_reading *r = impl->reading;
        ms_inflate_close(&r->inflate);
        if (r->window != NULL)
            ms_window_release(in, r->window);
        reading_free(impl);
    }
    ms_stored_close(&impl->stored);
    free(impl->file);
    free(impl);
    free(s->path);
    free(s->error);
}
