#include "input/input_impl.h"

#define STAMP_MAX_LINES 1000
#define STAMP_MAX_BYTES ((size_t)1 << 20)

/* Asks after each piece of text whether that is enough. */
typedef bool enough_fn(void *ctx, struct ms_span text, bool is_end);

/* The beginning of the text, up to max_bytes or until `enough` (NULL: never). True: that is all of it. */
static bool read_text(const struct ms_input *in, enum ms_compression compression, struct ms_stored *stored,
                      uint64_t text_start, size_t max_bytes, struct ms_buffer *out, enough_fn *enough, void *ctx)
{
    struct ms_inflate z;
    bool is_enough = false;
    ms_inflate_open(&z, compression, stored);
    ms_inflate_pass(in, &z, text_start);
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

/* MTIME of a gzip header (RFC 1952): 0 if the packer read from a pipe. */
static int64_t gzip_time(const char *first, size_t n)
{
    int64_t seconds = 0;
    for (size_t i = 7; n >= 10 && i >= 4; i--)
        seconds = seconds << 8 | (unsigned char)first[i];
    return seconds != 0 ? seconds : INT64_MIN;
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
    if (s->compression == MS_GZIP)
        s->original_written_s = gzip_time(first, n);
    return s->status != MS_SOURCE_UNREADABLE;
}

struct ms_stored *ms_head_stored(const struct ms_input *in, const struct ms_source *s, struct ms_stored *file,
                                 struct ms_error *why)
{
    struct ms_source_impl *impl = ms_source_impl(s);
    *file = (struct ms_stored){.fd = -1};
    if (impl->is_stream)
        return &impl->stored;
    return ms_source_open_file(in, s, file, why) ? file : NULL;
}

/* What kind of archive the text is, before it is taken for lines. */
static enum ms_archive recognise_archive(const struct ms_input *in, const struct ms_source *s, struct ms_stored *stored)
{
    struct ms_buffer text = {0};
    ms_stored_rewind(stored);
    (void)read_text(in, s->compression, stored, 0, MS_MAGIC_BYTES, &text, NULL, NULL);
    enum ms_archive kind = ms_archive_of(text.data, text.size_bytes);
    ms_buffer_fini(&text);
    return kind;
}

enum ms_archive ms_head_probe(struct ms_input *in, struct ms_source *s)
{
    struct ms_stored file, *stored;
    struct ms_error why;
    enum ms_archive kind = MS_ARCHIVE_NONE;
    s->first_stamp_us = INT64_MIN;
    if (s->status == MS_SOURCE_UNREADABLE)
        return kind;
    if ((stored = ms_head_stored(in, s, &file, &why)) == NULL) {
        ms_source_trouble(s, MS_SOURCE_UNREADABLE, why.text);
        return kind;
    }
    if (recognise(s, stored) && (kind = recognise_archive(in, s, stored)) == MS_ARCHIVE_NONE &&
        in->options.first_stamp != NULL) {
        struct ms_buffer text = {0};
        struct stamp_search search = {.in = in, .source = s};
        ms_stored_rewind(stored);
        (void)read_text(in, s->compression, stored, 0, STAMP_MAX_BYTES, &text, find_stamp, &search);
        ms_buffer_fini(&text);
    }
    ms_stored_close(&file);
    return kind;
}

/* Whether there is a beginning to read at all; *is_gone: a pipe whose turn has come. */
static bool has_head(struct ms_input *in, const struct ms_source *s, bool *is_gone)
{
    pthread_mutex_lock(&in->lock);
    bool is_unreadable = s->status == MS_SOURCE_UNREADABLE || s->is_absent;
    *is_gone = !is_unreadable && ms_source_impl(s)->is_stream && !ms_source_impl(s)->stored.is_recording;
    pthread_mutex_unlock(&in->lock);
    return !is_unreadable && !*is_gone;
}

enum ms_status ms_input_head(struct ms_input *in, size_t file_id, size_t max_bytes, struct ms_buffer *out,
                             struct ms_error *err)
{
    const struct ms_source *s = ms_input_source(in, file_id);
    struct ms_stored file, *stored;
    struct ms_error why;
    bool is_gone;
    out->size_bytes = 0;
    if (!has_head(in, s, &is_gone))
        return is_gone ? ms_fail(err, MS_ERR_USAGE, "%s: the beginning of a pipe cannot be read again", s->path)
                       : MS_OK;
    if ((stored = ms_head_stored(in, s, &file, &why)) == NULL)
        return ms_fail(err, MS_ERR_IO, "%s: %s", s->path, why.text);
    ms_stored_rewind(stored);
    if (!read_text(in, s->compression, stored, s->text_start, max_bytes < UINT32_MAX ? max_bytes : UINT32_MAX, out,
                   NULL, NULL)) {
        const char *end = out->size_bytes ? memrchr(out->data, '\n', out->size_bytes) : NULL;
        out->size_bytes = end != NULL ? (size_t)(end + 1 - out->data) : 0;
    }
    ms_stored_close(&file);
    return ms_input_is_cancelled(in) ? ms_fail(err, MS_ERR_CANCELLED, "stopped while reading %s", s->path) : MS_OK;
}

/* Drops what is in front of the first line that begins in the text, and behind the last that ends there. */
static void keep_whole_lines(struct ms_buffer *text, bool is_end)
{
    const char *begin = text->size_bytes ? memchr(text->data, '\n', text->size_bytes) : NULL;
    const char *end = text->size_bytes ? memrchr(text->data, '\n', text->size_bytes) : NULL;
    size_t from = begin != NULL ? (size_t)(begin + 1 - text->data) : text->size_bytes;
    size_t to = is_end || end == NULL ? text->size_bytes : (size_t)(end + 1 - text->data);
    text->size_bytes = to - from;
    if (to > from)
        memmove(text->data, text->data + from, to - from);
}

enum ms_status ms_input_piece(struct ms_input *in, size_t file_id, uint64_t offset, size_t max_bytes,
                              struct ms_buffer *out, struct ms_error *err)
{
    const struct ms_source *s = ms_input_source(in, file_id);
    struct ms_stored file;
    struct ms_error why;
    out->size_bytes = 0;
    if (s->status == MS_SOURCE_UNREADABLE || s->is_absent || s->compression != MS_PLAIN ||
        ms_source_impl(s)->is_stream || offset >= s->size_bytes)
        return MS_OK;
    if (!ms_source_open_file(in, s, &file, &why))
        return ms_fail(err, MS_ERR_IO, "%s: %s", s->path, why.text);
    file.offset = offset;
    bool is_end = read_text(in, MS_PLAIN, &file, 0, max_bytes < UINT32_MAX ? max_bytes : UINT32_MAX, out, NULL, NULL);
    keep_whole_lines(out, is_end);
    ms_stored_close(&file);
    return ms_input_is_cancelled(in) ? ms_fail(err, MS_ERR_CANCELLED, "stopped while reading %s", s->path) : MS_OK;
}
