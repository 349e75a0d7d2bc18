#include "cli/reread.h"

#include <ctype.h>

static enum ms_status step(struct ms_reread *r, struct ms_error *err)
{
    if (r->has_segment)
        ms_segment_done(r->in, &r->segment);
    enum ms_status st = ms_input_next(r->in, &r->segment, err);
    r->has_segment = st == MS_OK;
    return st;
}

static bool is_before(const struct ms_segment *s, uint32_t file_id, uint64_t offset)
{
    return s->file_id < file_id || (s->file_id == file_id && s->text_offset + s->covers_bytes <= offset);
}

/* Segments hold whole lines. */
enum ms_status ms_reread_line(struct ms_reread *r, uint32_t file_id, uint64_t offset, struct ms_span *line,
                              struct ms_error *err)
{
    while (!r->has_segment || is_before(&r->segment, file_id, offset)) {
        enum ms_status st = step(r, err);
        if (st != MS_OK)
            return st;
    }
    const struct ms_segment *s = &r->segment;
    if (s->file_id != file_id || offset < s->text_offset || offset - s->text_offset >= s->text.n)
        return MS_END;
    const char *begin = s->text.p + (offset - s->text_offset), *end = s->text.p + s->text.n;
    if (offset > s->text_offset && begin[-1] != '\n')
        return MS_END;
    const char *line_end = memchr(begin, '\n', (size_t)(end - begin));
    *line = ms_span_of(begin, (size_t)((line_end != NULL ? line_end : end) - begin));
    return MS_OK;
}

enum ms_status ms_reread_rest(struct ms_reread *r, struct ms_error *err)
{
    enum ms_status st;
    while ((st = step(r, err)) == MS_OK)
        ;
    return st == MS_END ? MS_OK : st;
}

void ms_reread_close(struct ms_reread *r)
{
    if (r->has_segment)
        ms_segment_done(r->in, &r->segment);
    ms_input_close(r->in);
    *r = (struct ms_reread){0};
}

static bool is_word_byte(const char *p, const char *begin, const char *end)
{
    return p >= begin && p < end && isalnum((unsigned char)*p);
}

bool ms_line_holds_word(struct ms_span line, struct ms_span word)
{
    const char *end = line.p + line.n;
    for (const char *p = line.p; word.n > 0 && (p = memmem(p, (size_t)(end - p), word.p, word.n)) != NULL; p++)
        if (!is_word_byte(p - 1, line.p, end) && !is_word_byte(p + word.n, line.p, end))
            return true;
    return word.n == 0;
}
