#include <errno.h>
#include <sys/stat.h>

#include "input/input_impl.h"

#define STAMP_MAX_LINES 1000
#define STAMP_MAX_BYTES ((size_t)1 << 20)

static bool read_text(const struct ms_input *in, enum ms_compression compression, struct ms_stored *stored,
                      size_t max_bytes, struct ms_buffer *out, ms_enough_fn *enough, void *ctx)
{
    struct ms_inflate z;
    bool is_enough = false;
    ms_inflate_open(&z, compression, stored);
    while (!is_enough && !z.is_end && out->size_bytes < max_bytes && !ms_input_is_cancelled(in)) {
        size_t room = max_bytes - out->size_bytes;
        size_t want = room < MS_STORED_CHUNK_BYTES ? room : MS_STORED_CHUNK_BYTES;
        ms_buffer_reserve(out, want);
        out->size_bytes += ms_inflate_read(&z, out->data + out->size_bytes, want);
        if (enough != NULL)
            is_enough = enough(ctx, ms_span_of(out->data, out->size_bytes), z.is_end);
    }
    bool is_end = z.is_end;
    ms_inflate_close(&z);
    return is_end;
}

bool ms_head_read(const struct ms_input *in, const struct ms_source *s, size_t max_bytes, struct ms_buffer *out,
                  ms_enough_fn *enough, void *ctx)
{
    struct ms_source_impl *impl = ms_source_impl(s);
    struct ms_stored file = {.fd = -1, .cancelled = in->options.cancelled};
    struct ms_stored *stored = impl->is_stream ? &impl->stored : &file;
    if (s->status == MS_SOURCE_UNREADABLE || (!impl->is_stream && ms_source_open_file(s, &file) != 0))
        return true;
    ms_stored_rewind(stored);
    bool is_end = read_text(in, s->compression, stored, max_bytes, out, enough, ctx);
    if (impl->is_stream)
        ms_stored_rewind(stored);
    else
        ms_stored_close(&file);
    return is_end;
}

struct stamp_search {
    const struct ms_input *in;
    struct ms_source *source;
    size_t at; /* start of the first line not yet looked at */
    unsigned n_lines;
};

static struct ms_span without_line_end(const char *p, size_t n)
{
    if (n > 0 && p[n - 1] == '\n')
        n--;
    if (n > 0 && p[n - 1] == '\r')
        n--;
    return ms_span_of(p, n);
}

static bool find_stamp(void *ctx, struct ms_span text, bool is_end)
{
    struct stamp_search *search = ctx;
    struct ms_source *s = search->source;
    while (search->at < text.n && search->n_lines < STAMP_MAX_LINES) {
        const char *line = text.p + search->at;
        const char *end = memchr(line, '\n', text.n - search->at);
        if (end == NULL && !is_end)
            return false;
        size_t n = end != NULL ? (size_t)(end + 1 - line) : text.n - search->at;
        int64_t stamp;
        bool has_year;
        if (search->in->options.first_stamp(without_line_end(line, n), &stamp, &has_year)) {
            s->first_stamp_us = stamp;
            s->first_stamp_has_year = has_year;
            return true;
        }
        search->at += n;
        search->n_lines++;
    }
    return search->n_lines >= STAMP_MAX_LINES;
}

/* False: there is trouble already at the first bytes. */
static bool recognise(struct ms_source *s, struct ms_stored *stored)
{
    char first[MS_MAGIC_BYTES];
    size_t n = 0, got;
    struct ms_trouble trouble = {0};
    while (n < sizeof first && (got = ms_stored_read(stored, first + n, sizeof first - n, &trouble)) > 0)
        n += got;
    if (trouble.status != MS_SOURCE_OK)
        ms_source_trouble(s, MS_SOURCE_UNREADABLE, trouble.what);
    s->compression = ms_compression_of(first, n);
    if (!ms_compression_is_supported(s->compression)) {
        struct ms_error what;
        (void)ms_fail(&what, MS_ERR_FORMAT, "is a %s archive, which this version cannot unpack; unpack it first",
                      ms_compression_name(s->compression));
        ms_source_trouble(s, MS_SOURCE_UNREADABLE, what.text);
    }
    return s->status == MS_SOURCE_OK;
}

static bool probe_stored(const struct ms_input *in, struct ms_source *s)
{
    struct ms_source_impl *impl = ms_source_impl(s);
    if (impl->is_stream)
        return recognise(s, &impl->stored);
    struct ms_stored file = {.fd = -1, .cancelled = in->options.cancelled};
    int error = ms_source_open_file(s, &file);
    struct stat st;
    if (error == 0 && fstat(file.fd, &st) != 0)
        error = errno;
    if (error == 0)
        s->size_bytes = file.limit_bytes = (uint64_t)st.st_size;
    else
        ms_source_trouble(s, MS_SOURCE_UNREADABLE, strerror(error));
    bool ok = error == 0 && recognise(s, &file);
    ms_stored_close(&file);
    return ok;
}

void ms_head_probe(struct ms_input *in, struct ms_source *s)
{
    s->first_stamp_us = INT64_MIN;
    if (s->status != MS_SOURCE_OK || !probe_stored(in, s) || in->options.first_stamp == NULL)
        return;
    struct ms_buffer text = {0};
    struct stamp_search search = {.in = in, .source = s};
    (void)ms_head_read(in, s, STAMP_MAX_BYTES, &text, find_stamp, &search);
    ms_buffer_fini(&text);
}

enum ms_status ms_input_head(struct ms_input *in, size_t file_id, size_t max_bytes, struct ms_buffer *out,
                             struct ms_error *err)
{
    const struct ms_source *s = ms_input_source(in, file_id);
    out->size_bytes = 0;
    if (ms_source_impl(s)->is_stream && s->status != MS_SOURCE_UNREADABLE && !ms_source_impl(s)->stored.is_recording)
        return ms_fail(err, MS_ERR_USAGE, "%s: the beginning of a pipe cannot be read again", s->path);
    if (max_bytes > UINT32_MAX)
        max_bytes = UINT32_MAX;
    bool is_end = ms_head_read(in, s, max_bytes, out, NULL, NULL);
    if (!is_end) {
        const char *end = out->size_bytes ? memrchr(out->data, '\n', out->size_bytes) : NULL;
        out->size_bytes = end != NULL ? (size_t)(end + 1 - out->data) : 0;
    }
    if (ms_input_is_cancelled(in))
        return ms_fail(err, MS_ERR_CANCELLED, "stopped while reading %s", s->path);
    return MS_OK;
}
