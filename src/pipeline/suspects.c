/* Which sources may hold lines of each other: those of which one begins where another one, that has lines of the same host and
 * program, has not ended, as far as beginnings and (of plain files) ends tell. An ordinary archive has none, and is read once. */
#include <stdlib.h>

#include "base/memory.h"
#include "parse/stamp.h"
#include "pipeline/copies.h"

#define HEAD_BYTES ((size_t)64 << 10)

struct looking {
    struct ms_run *run;
    struct ms_parser *parser;
    struct ms_stretches *seen;
    size_t from; /* the first of the source that is looked at */
    bool is_head;
};

enum ms_status ms_copies_parse(struct ms_parser *parser, uint32_t file_id, struct ms_span text, uint64_t text_offset,
                               ms_event_fn fn, void *user, struct ms_error *err)
{
    struct ms_segment segment = {.file_id = file_id, .text = text, .text_offset = text_offset, .covers_bytes = text.n};
    return text.n > 0 ? ms_parse_segment(parser, &segment, fn, user, err) : MS_OK;
}

enum ms_status ms_copies_parse_copy(struct ms_parser *parser, uint32_t file_id, const struct ms_buffer *text,
                                    ms_event_fn fn, void *user, struct ms_error *err)
{
    char *padded = ms_calloc(1, text->size_bytes + 128);
    if (text->size_bytes > 0)
        memcpy(padded + 64, text->data, text->size_bytes);
    struct ms_span copy = ms_span_of(padded + 64, text->size_bytes);
    enum ms_status st = ms_copies_parse(parser, file_id, copy, 0, fn, user, err);
    free(padded);
    return st;
}

int64_t ms_copies_second(const struct ms_run *run, uint32_t file_id, const struct ms_event *e, int n_turns)
{
    const struct ms_clock *clock = &run->correlate.clock;
    const struct ms_clock_file *file = &clock->files[file_id];
    if (e->has_year == MS_STAMP_WHOLE)
        return e->stamp_us / 1000000;
    int64_t local_us = e->has_year == MS_STAMP_OPEN ? ms_clock_in_year(e->stamp_us, file->year + n_turns) : e->stamp_us;
    bool is_double = false;
    return ms_clock_utc_us(clock, file, ms_run_host(run, e), local_us, MS_CLOCK_NEVER, &is_double) / 1000000;
}

static void see(void *user, const struct ms_event *e)
{
    struct looking *l = user;
    struct ms_stretches *all = l->seen;
    uint32_t file_id = all->items[l->from].file_id;
    uint64_t key = ms_copies_key(e);
    size_t i = l->from + 1;
    if (e->stamp_us == MS_NONE)
        return;
    int64_t second = ms_copies_second(l->run, file_id, e, 0);
    while (i < all->n && all->items[i].key != key)
        i++;
    if (i == all->n) {
        all->items = ms_grow(all->items, &all->cap, all->n + 1, sizeof *all->items);
        all->items[all->n++] = (struct ms_stretch){key, file_id, l->is_head, second, second, second, second, false};
    }
    struct ms_stretch *s = &all->items[i];
    s->first_s = second < s->first_s ? second : s->first_s;
    s->begin_s = s->first_s;
    s->last_s = second > s->last_s ? second : s->last_s;
    s->head_last_s = l->is_head && second > s->head_last_s ? second : s->head_last_s;
}

/* What was seen at the end of a file only, may have begun anywhere in it; no earlier than the file. */
static void be_early(struct ms_stretches *all, size_t from)
{
    int64_t first_s = INT64_MAX;
    for (size_t i = from; i < all->n; i++)
        first_s = all->items[i].first_s < first_s ? all->items[i].first_s : first_s;
    for (size_t i = from; i < all->n; i++)
        if (!all->items[i].is_in_head)
            all->items[i].begin_s = first_s;
}

static enum ms_status look_into(struct looking *l, uint32_t file_id, struct ms_error *err)
{
    const struct ms_source *source = ms_input_source(l->run->input, file_id);
    struct ms_buffer text = {0};
    struct ms_stretches *all = l->seen;
    l->from = all->n;
    all->items = ms_grow(all->items, &all->cap, all->n + 1, sizeof *all->items);
    all->items[all->n++] = (struct ms_stretch){.key = UINT64_MAX, .file_id = file_id}; /* says whose those behind are */
    l->is_head = true;
    enum ms_status st = ms_input_head(l->run->input, file_id, HEAD_BYTES, &text, err);
    if (st == MS_OK)
        st = ms_copies_parse_copy(l->parser, file_id, &text, see, l, err);
    /* (Of text that is packed, it is not known how much there is.) */
    bool is_part = source->compression == MS_PLAIN && source->size_bytes > 0 ? source->size_bytes > 2 * HEAD_BYTES
                                                                             : text.size_bytes > HEAD_BYTES / 2;
    l->is_head = false;
    if (st == MS_OK && source->size_bytes > HEAD_BYTES)
        st = ms_input_piece(l->run->input, file_id, source->size_bytes - HEAD_BYTES, HEAD_BYTES, &text, err);
    if (st == MS_OK && source->size_bytes > HEAD_BYTES)
        st = ms_copies_parse_copy(l->parser, file_id, &text, see, l, err);
    ms_buffer_fini(&text);
    all->items[l->from] = all->items[--all->n];
    be_early(all, l->from);
    for (size_t i = l->from; i < all->n; i++)
        all->items[i].is_of_part = is_part;
    return st == MS_ERR_IO ? MS_OK : st; /* gone or unreadable by now: that is said when its turn comes */
}

static int compare(const void *a, const void *b)
{
    const struct ms_stretch *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (x->first_s != y->first_s)
        return x->first_s < y->first_s ? -1 : 1;
    return (x->file_id > y->file_id) - (x->file_id < y->file_id);
}

/* Those of one key, by first second. The end of one file and the beginning of the next may share a second. */
static bool judge(const struct ms_stretch *s, size_t n, bool *suspect)
{
    size_t by_head = 0, by_end = 0;
    bool is_any = false;
    for (size_t i = 1; i < n; i++) {
        if (s[i].first_s <= s[by_head].head_last_s)
            is_any = suspect[s[i].file_id] = suspect[s[by_head].file_id] = true;
        if (s[i].first_s + 1 < s[by_end].last_s)
            is_any = suspect[s[i].file_id] = suspect[s[by_end].file_id] = true;
        by_head = s[i].head_last_s > s[by_head].head_last_s ? i : by_head;
        by_end = s[i].last_s > s[by_end].last_s ? i : by_end;
    }
    return is_any;
}

enum ms_status ms_copies_suspect(struct ms_run *run, struct ms_parser *parser, bool *suspect, struct ms_stretches *seen,
                                 struct ms_error *err)
{
    struct looking l = {.run = run, .parser = parser, .seen = seen};
    enum ms_status st = MS_OK;
    size_t n_files = ms_input_n_sources(run->input);
    for (uint32_t i = 0; st == MS_OK && i < n_files; i++)
        st = look_into(&l, i, err);
    if (seen->n > 0)
        qsort(seen->items, seen->n, sizeof *seen->items, compare);
    for (size_t from = 0, to; st == MS_OK && from < seen->n; from = to) {
        for (to = from + 1; to < seen->n && seen->items[to].key == seen->items[from].key; to++)
            ;
        /* Where two are copies, others may be, whose ends are not known. */
        if (judge(seen->items + from, to - from, suspect))
            for (size_t i = from; i < to; i++)
                suspect[seen->items[i].file_id] = true;
    }
    return st;
}
