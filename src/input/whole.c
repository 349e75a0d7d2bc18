#include <stdlib.h>

#include "input/input_impl.h"

#define WANTED_BYTES ((size_t)1 << 20) /* of a piece, and the longest line */

struct whole {
    char *text; /* room for a piece, and padding around it */
    size_t n_bytes;
    uint64_t offset; /* of the piece in the source */
    bool is_in_long_line;
    void (*piece)(void *user, struct ms_span text, uint64_t text_offset);
    void *user;
};

/* Hands out the whole lines that are there; what is left moves to the beginning. */
static void hand_out(struct whole *w, bool is_end)
{
    char *line = w->text, *end = w->text + w->n_bytes;
    char *last = w->n_bytes > 0 ? memrchr(w->text, '\n', w->n_bytes) : NULL;
    char *until = is_end ? end : last != NULL ? last + 1 : line;
    if (w->is_in_long_line && until > line) { /* its rest */
        char *rest = memchr(line, '\n', (size_t)(until - line));
        line = rest != NULL ? rest + 1 : until;
        w->is_in_long_line = rest == NULL;
    }
    if (until > line)
        w->piece(w->user, ms_span_of(line, (size_t)(until - line)), w->offset + (uint64_t)(line - w->text));
    if (until == w->text && w->n_bytes == WANTED_BYTES) {
        w->is_in_long_line = true;
        until = end;
    }
    w->offset += (uint64_t)(until - w->text);
    w->n_bytes = (size_t)(end - until);
    memmove(w->text, until, w->n_bytes);
}

enum ms_status ms_input_read(struct ms_input *in, size_t file_id,
                             void (*piece)(void *user, struct ms_span text, uint64_t text_offset), void *user,
                             struct ms_error *err)
{
    const struct ms_source *s = ms_input_source(in, file_id);
    struct ms_stored file;
    struct ms_inflate z;
    struct ms_error why;
    if (s->status == MS_SOURCE_UNREADABLE || ms_source_impl(s)->is_stream || ms_source_impl(s)->is_archive ||
        s->is_absent)
        return MS_OK;
    if (!ms_source_open_file(in, s, &file, &why))
        return ms_fail(err, MS_ERR_IO, "%s: %s", s->path, why.text);
    char *room = ms_calloc(1, WANTED_BYTES + 2 * MS_PAD_BYTES);
    struct whole w = {.text = room + MS_PAD_BYTES, .piece = piece, .user = user};
    file.limit_bytes -= s->held_bytes < file.limit_bytes ? s->held_bytes : 0;
    w.offset = s->text_start;
    ms_inflate_open(&z, s->compression, &file);
    ms_inflate_pass(in, &z, s->text_start);
    while (!z.is_end && !ms_input_is_cancelled(in)) {
        w.n_bytes += ms_inflate_read(&z, w.text + w.n_bytes, WANTED_BYTES - w.n_bytes);
        if (w.n_bytes == WANTED_BYTES || z.is_end)
            hand_out(&w, z.is_end);
    }
    w.piece(user, ms_span_of(w.text, 0), w.offset);
    ms_inflate_close(&z);
    ms_stored_close(&file);
    free(room);
    return ms_input_is_cancelled(in) ? ms_fail(err, MS_ERR_CANCELLED, "stopped while reading %s", s->path) : MS_OK;
}
