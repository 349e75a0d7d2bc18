#include "input/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "input/input_impl.h"

#define SEGMENT_BYTES ((size_t)16 << 20)
#define SEGMENT_SHARED_BYTES ((size_t)1 << 20) /* mails that cross its ends make it dearer by 9 % */
#define SEGMENTS_PER_THREAD 4                  /* of a stripe: the last ones to end are not waited for long */
#define SHORT_LINE_BYTES 64                 /* what the lines of a segment have on average, or it is cut sooner ... */
#define SEGMENT_MIN_LINES 4096              /* ... behind so many */
#define SEGMENT_MAX_BYTES ((size_t)1 << 30) /* a span counts to 4 GiB */

static size_t usual_segment(uint64_t stripe_bytes, unsigned n_threads)
{
    uint64_t share = stripe_bytes / SEGMENTS_PER_THREAD / (n_threads > 0 ? n_threads : 1);
    return share > SEGMENT_BYTES ? SEGMENT_BYTES : share < SEGMENT_SHARED_BYTES ? SEGMENT_SHARED_BYTES : (size_t)share;
}

static void set_options(struct ms_input *in, const struct ms_input_options *options)
{
    struct ms_input_options *o = &in->options;
    *o = *options;
    if (o->stripe_bytes == 0)
        o->stripe_bytes = MS_STRIPE_BYTES;
    if (o->segment_bytes == 0)
        o->segment_bytes = usual_segment(o->stripe_bytes, o->n_threads);
    if (o->segment_bytes > SEGMENT_MAX_BYTES)
        o->segment_bytes = SEGMENT_MAX_BYTES;
    if (o->stripe_lines == 0)
        o->stripe_lines = MS_STRIPE_LINES;
    in->segment_lines = o->segment_bytes / SHORT_LINE_BYTES;
    if (in->segment_lines < SEGMENT_MIN_LINES)
        in->segment_lines = SEGMENT_MIN_LINES;
    in->fill_bytes =
        (o->segment_bytes > MS_LINE_MAX_BYTES ? o->segment_bytes : MS_LINE_MAX_BYTES) + MS_FILL_SLACK_BYTES;
    in->window_bytes = in->fill_bytes + MS_LINE_MAX_BYTES + MS_FILL_SLACK_BYTES;
}

/* A pipe is opened once and stays open; what the probe takes from it is kept. */
static void open_stream(struct ms_input *in, struct ms_source *s)
{
    struct ms_source_impl *impl = ms_source_impl(s);
    int fd = strcmp(s->path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                       : open(s->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        ms_source_trouble(s, MS_SOURCE_UNREADABLE, strerror(errno));
    impl->stored = (struct ms_stored){.fd = fd,
                                      .is_stream = true,
                                      .is_recording = true,
                                      .limit_bytes = UINT64_MAX,
                                      .cancelled = in->options.cancelled};
}

/* Whatever has to be known of it is known. */
static void add_known(struct ms_input *in, struct ms_source *s, const struct ms_known *known)
{
    ms_source_impl(s)->known_by_mark = known;
    s->compression = known->compression;
    s->first_stamp_us = known->first_stamp_us;
    s->first_stamp_has_year = known->first_stamp_has_year;
    ms_members_keep(in, s);
}

static void add_source(struct ms_input *in, struct ms_found *found)
{
    struct ms_source source, *s = &source;
    struct ms_source_impl *impl = ms_calloc(1, sizeof *impl);
    *impl =
        (struct ms_source_impl){.dev = found->dev, .ino = found->ino, .is_stream = found->is_stream, .stored.fd = -1};
    *s = (struct ms_source){.path = found->path,
                            .size_bytes = found->is_stream ? 0 : found->size_bytes,
                            .written_s = found->is_stream ? INT64_MIN : found->written_s,
                            .original_written_s = INT64_MIN,
                            .impl = impl};
    found->path = NULL;
    s->mark = found->mark;
    const struct ms_known *known = found->member == NULL ? ms_marks_find(in, &found->mark, s->size_bytes) : NULL;
    if (known != NULL) {
        add_known(in, s, known);
        return;
    }
    if (found->error != 0)
        ms_source_trouble(s, MS_SOURCE_UNREADABLE, strerror(found->error));
    else if (found->is_stream)
        open_stream(in, s);
    ms_members_add(in, s, found->member, 0);
}

enum ms_status ms_input_open(struct ms_input **out, const char *const *paths, size_t n_paths,
                             const struct ms_input_options *options, struct ms_error *err)
{
    struct ms_found_list found = {0};
    struct ms_input *in = ms_calloc(1, sizeof *in);
    pthread_mutex_init(&in->lock, NULL);
    pthread_cond_init(&in->changed, NULL);
    in->spool = -1;
    set_options(in, options);
    ms_marks_sort(in);

    enum ms_status st = ms_discover(&found, paths, n_paths, &in->options, err);
    if (st == MS_OK) {
        for (size_t i = 0; i < found.n && !ms_input_is_cancelled(in); i++)
            add_source(in, &found.items[i]);
        if (ms_input_is_cancelled(in))
            st = ms_fail(err, MS_ERR_CANCELLED, "stopped while looking at log files");
    }
    ms_found_list_fini(&found);
    free(in->marked);
    in->marked = NULL;
    in->n_marked = 0;
    if (st != MS_OK) {
        ms_input_close(in);
        return st;
    }
    ms_sources_order(in->sources, in->n_sources);
    *out = in;
    return MS_OK;
}

void ms_input_reorder(struct ms_input *in, const int64_t *first_us, uint32_t *was)
{
    ms_sources_reorder(in->sources, in->n_known, in->n_sources, first_us, was);
}

size_t ms_input_n_sources(const struct ms_input *in)
{
    return in->n_sources;
}

void ms_input_limit(struct ms_input *in, size_t file_id, uint64_t size_bytes)
{
    MS_ASSERT(file_id < in->n_sources && !in->is_started);
    struct ms_source *s = &in->sources[file_id];
    const struct ms_source_impl *impl = ms_source_impl(s);
    if (!impl->is_stream && !impl->is_archive && impl->file == NULL && !impl->is_spooled && s->size_bytes > size_bytes)
        s->size_bytes = size_bytes;
}

const struct ms_source *ms_input_source(const struct ms_input *in, size_t file_id)
{
    MS_ASSERT(file_id < in->n_sources);
    return &in->sources[file_id];
}

void ms_input_close(struct ms_input *in)
{
    if (in == NULL)
        return;
    for (size_t i = 0; i < in->n_sources; i++)
        ms_source_fini(in, &in->sources[i]);
    ms_window_pool_fini(in);
    if (in->spool >= 0)
        close(in->spool);
    pthread_cond_destroy(&in->changed);
    pthread_mutex_destroy(&in->lock);
    free(in->sources);
    free(in);
}
