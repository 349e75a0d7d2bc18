/* Sources that run side by side: of one host, and of the same time (docs/decisions/0020-side-by-side.md). */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "parse/stamp.h"
#include "pipeline/copies.h"

#define BESIDE_S 60        /* as the clock has it */
#define PACKED_LATE_S 3600 /* behind the last line, perhaps, and behind the first ones of the next file */
#define PACKED_WITHIN_S (INT64_C(62) * 86400)

void ms_whole_copies_add(struct ms_whole_copies *w, uint64_t key, uint32_t file_id)
{
    w->items = ms_grow(w->items, &w->cap, w->n + 1, sizeof *w->items);
    w->items[w->n++] = (struct ms_whole_copy){key, file_id};
}

static int compare(const void *a, const void *b)
{
    const struct ms_whole_copy *x = a, *y = b;
    if (x->file_id != y->file_id)
        return x->file_id < y->file_id ? -1 : 1;
    return (x->key > y->key) - (x->key < y->key);
}

static bool is_whole_copy(const struct ms_run *run, uint32_t file_id)
{
    struct ms_copies of_file = ms_copies_of_file(&run->correlate.copies, file_id);
    return of_file.n > 0 && of_file.items[0].host_id == MS_COPY_ALL;
}

static bool is_copy(const struct ms_run *run, const struct ms_stretch *s, const struct ms_whole_copies *wholes)
{
    struct ms_whole_copy key = {s->key, s->file_id};
    return is_whole_copy(run, s->file_id) ||
           (wholes->n > 0 && bsearch(&key, wholes->items, wholes->n, sizeof *wholes->items, compare) != NULL);
}

/* Is it of a program whose lines make mails and sessions, or may be? */
static bool is_of_mail(const struct ms_run *run, uint32_t tag_id)
{
    return tag_id == MS_NO_NAME || ms_names_tag(run->names, tag_id)->dialect != MS_DIALECT_NONE;
}

void ms_stretches_add_first(struct ms_stretches *seen, const struct ms_run *run, uint32_t file_id,
                            const struct ms_event *e, int n_turns)
{
    int64_t second = ms_copies_second(run, file_id, e, n_turns);
    seen->items = ms_grow(seen->items, &seen->cap, seen->n + 1, sizeof *seen->items);
    seen->items[seen->n++] = (struct ms_stretch){.key = ms_copies_key(e),
                                                 .file_id = file_id,
                                                 .first_s = second,
                                                 .head_last_s = second,
                                                 .last_s = second,
                                                 .begin_s = second};
}

/* ---- hosts that are first named where nobody has looked ---- */

struct reach { /* of a source's lines of one host, as far as is known */
    uint32_t host_id, file_id;
    int64_t begin_s, end_s;
    bool is_of_part;
};

static int by_host(const void *a, const void *b)
{
    const struct reach *x = a, *y = b;
    if (x->host_id != y->host_id)
        return x->host_id < y->host_id ? -1 : 1;
    if (x->begin_s != y->begin_s)
        return x->begin_s < y->begin_s ? -1 : 1;
    return (x->file_id > y->file_id) - (x->file_id < y->file_id);
}

/* A packed file was full when it was packed, if that was soon. */
static int64_t end_of(const struct ms_run *run, const struct ms_stretch *s)
{
    int64_t packed_s = ms_input_source(run->input, s->file_id)->original_written_s;
    bool is_near = packed_s > s->last_s + PACKED_LATE_S && packed_s - s->begin_s < PACKED_WITHIN_S;
    return is_near ? packed_s - PACKED_LATE_S : s->last_s;
}

/* Sources that were not seen in full, hold lines of several hosts, and run beside others. */
static void choose(const struct ms_run *run, const struct ms_stretches *seen, bool *wanted)
{
    struct reach *all = ms_malloc(seen->n * sizeof *all + 1);
    uint32_t *first_host = ms_malloc(ms_input_n_sources(run->input) * sizeof *first_host + 1);
    bool *several = ms_calloc(ms_input_n_sources(run->input), sizeof *several);
    size_t n = 0, last = 0;
    memset(first_host, 0xff, ms_input_n_sources(run->input) * sizeof *first_host);
    for (size_t i = 0; i < seen->n; i++) {
        const struct ms_stretch *s = &seen->items[i];
        uint32_t host_id = (uint32_t)(s->key >> 32);
        if (!is_of_mail(run, (uint32_t)s->key))
            continue;
        all[n++] = (struct reach){host_id, s->file_id, s->begin_s, end_of(run, s), s->is_of_part};
        several[s->file_id] |= first_host[s->file_id] != MS_NO_NAME && first_host[s->file_id] != host_id;
        first_host[s->file_id] = host_id;
    }
    if (n > 0)
        qsort(all, n, sizeof *all, by_host);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || all[last].host_id != all[i].host_id) {
            last = i;
            continue;
        }
        if (all[last].file_id != all[i].file_id && all[i].begin_s + BESIDE_S < all[last].end_s) {
            wanted[all[i].file_id] |= all[i].is_of_part && several[all[i].file_id];
            wanted[all[last].file_id] |= all[last].is_of_part && several[all[last].file_id];
        }
        last = all[i].end_s > all[last].end_s ? i : last;
    }
    free(all);
    free(first_host);
    free(several);
}

struct reading {
    struct ms_run *run;
    struct ms_parser *parser;
    struct ms_stretches *seen;
    struct ms_copy_lines lines;
    uint32_t file_id;
    bool *has_host; /* by host_id: it has been named in this file */
    size_t cap;
    enum ms_status status;
    struct ms_error *err;
};

static void take_line(void *user, const struct ms_event *e)
{
    struct reading *r = user;
    size_t host = e->host_id == MS_NO_NAME ? 0 : (size_t)e->host_id + 1, was = r->cap;
    if (e->stamp_us == MS_NONE)
        return;
    if (e->has_year == MS_STAMP_OPEN)
        (void)ms_copy_calendar_second(&r->lines, e, ms_copy_second_of_year(&r->lines, e));
    r->has_host = ms_grow(r->has_host, &r->cap, host + 1, sizeof *r->has_host);
    memset(r->has_host + was, 0, (r->cap - was) * sizeof *r->has_host);
    if (r->has_host[host] || !is_of_mail(r->run, e->tag_id))
        return;
    r->has_host[host] = true;
    ms_stretches_add_first(r->seen, r->run, r->file_id, e, r->lines.n_turns);
}

static void take_piece(void *user, struct ms_span text, uint64_t offset)
{
    struct reading *r = user;
    if (r->status == MS_OK)
        r->status = ms_copies_parse(r->parser, r->file_id, text, offset, take_line, r, r->err);
}

static enum ms_status read_all(struct ms_run *run, struct ms_parser *parser, struct ms_stretches *seen,
                               const bool *is_read, struct ms_error *err)
{
    size_t n_files = ms_input_n_sources(run->input);
    bool *wanted = ms_calloc(n_files, sizeof *wanted);
    enum ms_status st = MS_OK;
    choose(run, seen, wanted);
    for (uint32_t i = 0; st == MS_OK && i < n_files; i++) {
        if (!wanted[i] || is_read[i] || is_whole_copy(run, i))
            continue;
        struct reading r = {.run = run, .parser = parser, .seen = seen, .file_id = i, .err = err};
        r.lines = ms_copy_lines_of(run, i, 0);
        st = ms_input_read(run->input, i, take_piece, &r, err);
        st = r.status != MS_OK ? r.status : st == MS_ERR_IO ? MS_OK : st; /* said when its turn comes */
        free(r.has_host);
    }
    free(wanted);
    return st;
}

enum ms_status ms_copies_find_beside(struct ms_run *run, struct ms_parser *parser, struct ms_stretches *seen,
                                     struct ms_whole_copies *wholes, const bool *is_read, struct ms_error *err)
{
    struct ms_begins *begins = &run->correlate.clock.begins;
    enum ms_status st = read_all(run, parser, seen, is_read, err);
    if (wholes->n > 0)
        qsort(wholes->items, wholes->n, sizeof *wholes->items, compare);
    for (size_t i = 0; st == MS_OK && i < seen->n; i++) {
        const struct ms_stretch *s = &seen->items[i];
        uint32_t host_id = (uint32_t)(s->key >> 32);
        if (!is_of_mail(run, (uint32_t)s->key) || is_copy(run, s, wholes))
            continue;
        ms_begins_add(begins, host_id == MS_NO_NAME ? run->correlate.no_host_id : host_id, s->file_id, s->begin_s);
    }
    ms_begins_sort(begins);
    return st;
}
