/* The first pass: every byte goes through the matcher, and nothing else is done where it finds nothing. Only lines that match are
 * parsed, for their queue IDs. */
#include <stdlib.h>

#include "base/memory.h"
#include "base/numbers.h"
#include "story/search.h"

/* Hits are counted by the byte at worst: a piece bounds them. */
#define PIECE_BYTES ((uint32_t)1 << 20)
#define SAMPLE_BYTES ((size_t)1 << 20)

struct matcher {
    struct ms_stories *s;
    struct ms_scanner *scanner;
    struct ms_parser *parser;
    struct ms_origins origins;
    struct ms_hits hits;
    uint64_t *matched;
    size_t n_matched, cap_matched;
    struct ms_keyset queues;
};

static enum ms_status matcher_init(struct matcher *m, struct ms_stories *s, struct ms_error *err)
{
    m->s = s;
    ms_origins_init(&m->origins);
    enum ms_status st = ms_scanner_create(&m->scanner, ms_needles_patterns(s->needles), err);
    return st == MS_OK ? ms_parser_create(&m->parser, s->run.names, NULL, s->config->host, err) : st;
}

static void matcher_fini(struct matcher *m)
{
    ms_scanner_destroy(m->scanner);
    ms_parser_destroy(m->parser);
    ms_origins_fini(&m->origins);
    ms_hits_fini(&m->hits);
    free(m->matched);
    ms_keyset_fini(&m->queues);
}

static void take_line(struct matcher *m, const struct ms_segment *seg, uint32_t begin, uint32_t stop)
{
    struct ms_event e;
    struct ms_key key;
    uint64_t offset = seg->text_offset + begin;
    struct ms_copies copies = ms_copies_of_file(&m->s->run.correlate.copies, seg->file_id);
    if (!seg->is_long_line)
        ms_parse_line(m->parser, ms_span_of(seg->text.p + begin, stop - begin), offset, &e);
    if (seg->is_long_line ? copies.n > 0 && copies.items[0].host_id == MS_COPY_ALL : ms_copies_has(&copies, &e))
        return; /* found where it was first */
    m->matched = ms_grow(m->matched, &m->cap_matched, m->n_matched + 1, sizeof *m->matched);
    m->matched[m->n_matched++] = ms_row_key(seg->file_id, offset);
    if (seg->is_long_line)
        return;
    if (ms_key_of_queue(m->s, &m->origins, &e, &key))
        ms_keyset_add(&m->queues, &key);
}

/* The lines of the piece [at, at + n) of the segment that match. */
static enum ms_status match_piece(struct matcher *m, const struct ms_segment *seg, uint32_t at, uint32_t n,
                                  struct ms_error *err)
{
    struct ms_span piece = ms_span_of(seg->text.p + at, n);
    uint32_t done = 0; /* lines up to here are known to match or looked at */
    m->hits.n = 0;
    enum ms_status st = ms_scanner_scan(m->scanner, piece, &m->hits, err);
    for (size_t i = 0; st == MS_OK && i < m->hits.n; i++) {
        const struct ms_hit *hit = &m->hits.items[i];
        if (hit->end <= done)
            continue;
        const char *before = memrchr(piece.p, '\n', hit->end - 1),
                   *behind = memchr(piece.p + hit->end - 1, '\n', n - hit->end + 1);
        uint32_t begin = before != NULL ? (uint32_t)(before + 1 - piece.p) : 0,
                 stop = behind != NULL ? (uint32_t)(behind - piece.p) : n;
        if (!ms_needles_confirm(m->s->needles, piece, hit, begin, stop))
            continue;
        done = stop;
        m->s->file_matched[seg->file_id] = true;
        if (m->s->config->files_only)
            return MS_OK;
        take_line(m, seg, at + begin, at + stop);
    }
    return st;
}

static uint32_t piece_bytes(struct ms_span rest)
{
    if (rest.n <= PIECE_BYTES)
        return rest.n;
    const char *last = memrchr(rest.p, '\n', PIECE_BYTES);
    if (last == NULL)
        last = memchr(rest.p + PIECE_BYTES, '\n', rest.n - PIECE_BYTES);
    return last != NULL ? (uint32_t)(last - rest.p + 1) : rest.n;
}

static enum ms_status match_segment(void *state, const struct ms_segment *seg, struct ms_error *err)
{
    struct matcher *m = state;
    enum ms_status st = MS_OK;
    for (uint32_t at = 0, n; st == MS_OK && at < seg->text.n; at += n) {
        if (m->s->config->files_only && m->s->file_matched[seg->file_id])
            return MS_OK;
        n = piece_bytes(ms_span_of(seg->text.p + at, seg->text.n - at));
        st = match_piece(m, seg, at, n, err);
    }
    return st;
}

static void gather(struct ms_stories *s, const struct matcher *m)
{
    s->matched = ms_grow(s->matched, &s->cap_matched, s->n_matched + m->n_matched, sizeof *s->matched);
    if (m->n_matched > 0)
        memcpy(s->matched + s->n_matched, m->matched, m->n_matched * sizeof *s->matched);
    s->n_matched += m->n_matched;
    ms_keyset_add_all(&s->wanted.queues, &m->queues);
}

static enum ms_status make_needles(struct ms_stories *s, struct ms_error *err)
{
    const struct ms_story_config *config = s->config;
    struct ms_buffer sample = {0};
    enum ms_status st = MS_OK;
    if (s->n_files > 0)
        st = ms_input_head(s->run.input, 0, SAMPLE_BYTES, &sample, err);
    if (st == MS_OK || st == MS_ERR_IO) /* one that is gone by now is named later */
        st = ms_needles_create(&s->needles, config->patterns, config->n_patterns, config->engine,
                               ms_span_of(sample.data, sample.size_bytes), err);
    ms_buffer_fini(&sample);
    return st;
}

enum ms_status ms_search_match(struct ms_stories *s, struct ms_error *err)
{
    struct matcher *workers = ms_calloc(s->n_workers, sizeof *workers);
    enum ms_status st = make_needles(s, err);
    for (unsigned i = 0; st == MS_OK && i < s->n_workers; i++)
        st = matcher_init(&workers[i], s, err);
    if (st == MS_OK)
        st = ms_search_open(s, err);
    if (st == MS_OK)
        st = ms_search_pass(s, match_segment, (char *)workers, sizeof *workers, err);
    for (unsigned i = 0; i < s->n_workers; i++) {
        gather(s, &workers[i]);
        matcher_fini(&workers[i]);
    }
    ms_numbers_sort(s->matched, s->n_matched);
    free(workers);
    ms_search_close(s);
    return st;
}
