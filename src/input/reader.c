/* Cuts segments and stripes, in canonical order, one thread at a time (is_cutting). What costs time per byte happens without
 * the lock: of a plain file (page faults, digest) in the thread that took the segment; of a packed one in the thread that is
 * cutting, while others parse what they have. Who comes for a segment meanwhile inflates pieces of the same file, where it can be
 * divided (pieces.h), or the beginning of a later source. */
#include "input/input_impl.h"

#define AHEAD_SOURCES 4 /* a window of text each */

/* The next source that has text becomes the current one. Looking before the last segment of the one before is handed out
 * is what lets every flag last_of_* be true. */
static void advance(struct ms_input *in)
{
    in->current = NULL;
    while (in->current == NULL && in->next_source < in->n_sources && !ms_input_is_cancelled(in)) {
        struct ms_source *s = &in->sources[in->next_source++];
        const struct ms_reading *r = ms_source_impl(s)->reading;
        while (r != NULL && r->is_busy) /* with another thread, which has begun it ahead */
            pthread_cond_wait(&in->changed, &in->lock);
        if (r == NULL && !ms_source_start(in, s))
            continue;
        if (ms_source_has_more(in, s))
            in->current = s;
        else
            ms_source_over(in, s);
    }
}

/* Its number of lines. */
static uint64_t cut_text(struct ms_input *in, struct ms_source *s, struct ms_segment *out)
{
    uint64_t n_lines = 1, left = in->options.stripe_lines - in->stripe_lines;
    struct ms_reading *r = ms_source_impl(s)->reading;
    uint64_t to_border = in->options.stripe_bytes - in->position % in->options.stripe_bytes;
    size_t target = to_border < in->options.segment_bytes ? (size_t)to_border : in->options.segment_bytes;
    size_t begin, length = 0;
    enum ms_cut cut;
    while ((cut = ms_cut_lines(r->window->text + r->at, ms_reading_left(r), r->is_end, target, &length)) ==
           MS_CUT_MORE) {
        size_t more = ms_reading_left(r) + MS_FILL_SLACK_BYTES;
        ms_source_fill(in, s, more > in->fill_bytes ? more : in->fill_bytes);
        if (ms_input_is_cancelled(in))
            return 0;
    }
    if (cut == MS_CUT_LINES) {
        begin = r->at;
        if (in->options.stripe_lines != UINT64_MAX)
            length = ms_cut_count(r->window->text + begin, length, left < in->segment_lines ? left : in->segment_lines,
                                  &n_lines);
        r->at += length;
        out->covers_bytes = length;
    } else {
        out->covers_bytes = ms_source_pass_long_line(in, s, &begin);
        out->is_long_line = true;
        length = MS_LINE_MAX_BYTES;
    }
    out->text = ms_span_of(r->window->text + begin, length);
    return n_lines;
}

static void cut_segment(struct ms_input *in, struct ms_segment *out)
{
    struct ms_source *s = in->current;
    struct ms_reading *r = ms_source_impl(s)->reading;
    *out = (struct ms_segment){
        .number = in->number++, .stripe = in->stripe, .file_id = s->file_id, .text_offset = s->text_bytes};
    ms_source_check_truncated(s, r->window);
    if (ms_reading_left(r) > 0)
        in->stripe_lines += cut_text(in, s, out);
    else
        out->text = ms_span_of(r->window->text + r->at, 0);
    out->impl = r->window;
    r->window->n_refs++;
    r->n_out++;
    s->text_bytes += out->covers_bytes;
    uint64_t told = r->told_bytes;
    r->told_bytes = r->is_mapped ? told + out->covers_bytes : ms_source_impl(s)->stored.offset;
    out->stored_bytes = r->told_bytes - told;

    uint64_t stripe_before = in->position / in->options.stripe_bytes;
    in->position += out->covers_bytes;
    out->last_of_stripe =
        in->position / in->options.stripe_bytes != stripe_before || in->stripe_lines == in->options.stripe_lines;
    in->stripe += out->last_of_stripe;
    in->stripe_lines = out->last_of_stripe ? 0 : in->stripe_lines;
    if (!ms_source_has_more(in, s)) {
        out->last_of_source = true;
        ms_source_over(in, s);
        out->stored_bytes = s->size_bytes > told ? s->size_bytes - told : 0;
        advance(in);
    }
    out->last_of_run = in->current == NULL;
    out->last_of_stripe |= out->last_of_run;
}

static void give_back(struct ms_input *in, struct ms_segment *seg)
{
    ms_window_release(in, seg->impl);
    ms_source_segment_done(&in->sources[seg->file_id]);
    seg->impl = NULL;
}

static enum ms_status next_locked(struct ms_input *in, struct ms_segment *out, struct ms_error *err)
{
    if (!in->is_started && !ms_input_is_cancelled(in)) {
        in->is_started = true;
        advance(in);
    }
    if (in->current != NULL && !ms_input_is_cancelled(in)) {
        cut_segment(in, out);
        if (!ms_input_is_cancelled(in))
            return MS_OK;
        give_back(in, out); /* its flags may be wrong */
    }
    return ms_input_is_cancelled(in) ? ms_fail(err, MS_ERR_CANCELLED, "stopped while reading logs") : MS_END;
}

/* Pieces of the file that the other thread is reading. */
static bool help_current(struct ms_input *in)
{
    const struct ms_reading *r = in->current != NULL ? ms_source_impl(in->current)->reading : NULL;
    struct ms_pieces *pieces = r != NULL ? ms_pieces_of(&r->inflate) : NULL;
    if (pieces == NULL)
        return false;
    ms_pieces_enter(pieces);
    pthread_mutex_unlock(&in->lock);
    bool helped = ms_pieces_help(pieces);
    ms_pieces_leave(pieces);
    pthread_mutex_lock(&in->lock);
    return helped;
}

/* Something useful for a thread whose segment another one is still on its way to. */
static bool work_ahead(struct ms_input *in)
{
    if (help_current(in))
        return true;
    size_t end = in->next_source + AHEAD_SOURCES < in->n_sources ? in->next_source + AHEAD_SOURCES : in->n_sources;
    for (size_t i = in->next_source; i < end; i++)
        if (ms_source_fill_ahead(in, &in->sources[i])) {
            pthread_cond_broadcast(&in->changed);
            return true;
        }
    return false;
}

enum ms_status ms_input_next(struct ms_input *in, struct ms_segment *out, struct ms_error *err)
{
    pthread_mutex_lock(&in->lock);
    while (in->is_cutting)
        if ((ms_input_is_cancelled(in) || !work_ahead(in)) &&
            in->is_cutting) /* still: looking for work gave the lock away */
            pthread_cond_wait(&in->changed, &in->lock);
    in->is_cutting = true;
    enum ms_status st = next_locked(in, out, err);
    in->is_cutting = false;
    pthread_cond_broadcast(&in->changed);
    pthread_mutex_unlock(&in->lock);
    return st;
}

/* Each MiB of a mapped file is digested by the thread that had the segment in which it begins, which is also the best time:
 * the bytes are warm. */
static void digest_mapped(struct ms_input *in, const struct ms_segment *seg)
{
    struct ms_window *w = seg->impl;
    struct ms_source *s = &in->sources[seg->file_id];
    uint64_t end = seg->text_offset + seg->covers_bytes;
    pthread_mutex_lock(&in->lock);
    ms_source_check_truncated(s, w);
    size_t size = w->n_bytes + (size_t)s->held_bytes;
    pthread_mutex_unlock(&in->lock);
    struct ms_reading *r = ms_source_impl(s)->reading;
    if (!r->no_digest)
        ms_digest_set_range(&r->digest, w->text, size, seg->text_offset, end);
    ms_window_forget(w, (size_t)seg->text_offset, (size_t)end);
}

void ms_segment_done(struct ms_input *in, struct ms_segment *seg)
{
    if (seg->impl == NULL)
        return;
    const struct ms_window *w = seg->impl;
    if (w->region != NULL)
        digest_mapped(in, seg);
    pthread_mutex_lock(&in->lock);
    if (w->region != NULL)
        ms_source_check_guard(&in->sources[seg->file_id], w);
    give_back(in, seg);
    pthread_mutex_unlock(&in->lock);
}
