#include "pipeline/copies.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "parse/stamp.h"
#include "pipeline/loose_copies.h"

#define NONE UINT32_MAX
#define TRIES_MAX                                                                                                      \
    1000 /* places of a stream where others could begin: many, where the lines of a second are all alike */

struct stream {
    uint64_t key;
    uint32_t file_id;
    uint64_t first_line; /* its hash */
    uint64_t n_lines;
    int64_t first_s, last_s; /* in the calendar (calendar_second) */
    uint32_t next_alike;     /* that begins with a line of the same hash; NONE */
    /* the second pass: of the lines so far */
    uint64_t n, print, n_turns; /* n_turns: to another second */
    int64_t second;
    uint64_t next_try; /* the least `until` of its tries; UINT64_MAX: none */
    uint32_t first_try, n_tries;
};

/* Two streams that perhaps agree: `earlier` from line `begin` on, and `later` from its first one; or the other way round. */
struct
try {
    uint32_t later, earlier_file;
    uint32_t next;  /* of the same stream; NONE */
    bool is_inside; /* the stream that is being read has the other one's first line at `begin`; else it begins there */
    uint64_t begin, n;      /* in that one; how many lines must be the same */
    uint64_t until;         /* line of the stream that is being read at which the print is known */
    uint64_t print, wants;  /* up to begin; of the n lines, once the earlier one is read */
    uint64_t from, n_turns; /* of the later one, at its first line: offset and turns */
    bool is_ready;
};

struct found { /* a stretch of lines that are the same */
    uint32_t earlier_file;
    bool is_proof; /* of two seconds or more */
    bool is_whole; /* all that the later source has of this host and tag */
    struct ms_copy copy;
};

struct search {
    struct ms_run *run;
    struct ms_parser *parser;
    struct ms_prints prints;
    uint32_t file_id; /* that is being read */
    enum { MEASURE, COMPARE, COLLECT } pass;
    bool has_gap;
    struct stream *streams;
    size_t n, cap;
    struct try *tries;
    size_t n_tries, cap_tries;
    struct found *found;
    size_t n_found, cap_found;
    struct ms_whole_copies wholes;
    struct ms_stretches seen;
    uint32_t *by_key, *by_line; /* hash tables of streams: of the file that is being read; of all, by first line */
    size_t n_key_slots, n_line_slots, n_in_file;
    /* of whole files */
    uint64_t print, expected_offset;
    uint64_t *whole; /* by file; 0: not known */
    struct ms_copy_lines lines;
    struct ms_loose_stream *loose_streams;
    struct ms_loose loose;
    struct ms_copies known; /* of the file: what is found already; the run's */
    enum ms_status status;
    struct ms_error *err;
};

/* ---- streams by key and by first line ---- */

static size_t slot_of(const struct search *s, uint64_t hash, size_t n_slots)
{
    return (size_t)(ms_hash_mix(hash, s->prints.base | 1) & (n_slots - 1));
}

static void put_key(struct search *s, uint32_t index)
{
    size_t at = slot_of(s, s->streams[index].key, s->n_key_slots);
    while (s->by_key[at] != NONE)
        at = (at + 1) & (s->n_key_slots - 1);
    s->by_key[at] = index;
    s->n_in_file++;
}

static uint32_t stream_of(const struct search *s, uint64_t key)
{
    size_t at = slot_of(s, key, s->n_key_slots);
    while (s->by_key[at] != NONE && s->streams[s->by_key[at]].key != key)
        at = (at + 1) & (s->n_key_slots - 1);
    return s->by_key[at];
}

static uint32_t *slots(uint32_t *old, size_t n_items, size_t *n_slots)
{
    for (*n_slots = 256; *n_slots < 2 * n_items; *n_slots *= 2)
        ;
    uint32_t *p = ms_realloc(old, *n_slots * sizeof *p);
    memset(p, 0xff, *n_slots * sizeof *p);
    return p;
}

/* The streams of the file that is being read, which stand side by side, with room for as many again. */
static void index_keys(struct search *s)
{
    size_t from = 0, to = s->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (s->streams[middle].file_id < s->file_id)
            from = middle + 1;
        else
            to = middle;
    }
    while (to < s->n && s->streams[to].file_id == s->file_id)
        to++;
    s->by_key = slots(s->by_key, 2 * (to - from), &s->n_key_slots);
    s->n_in_file = 0;
    for (size_t i = from; i < to; i++)
        put_key(s, (uint32_t)i);
}

/* Where the streams that begin so are, or would be. */
static size_t slot_of_beginning(const struct search *s, uint64_t key, uint64_t line)
{
    size_t at = slot_of(s, line ^ key * UINT64_C(0xD6E8FEB86659FD93), s->n_line_slots);
    for (; s->by_line[at] != NONE; at = (at + 1) & (s->n_line_slots - 1)) {
        const struct stream *t = &s->streams[s->by_line[at]];
        if (t->first_line == line && t->key == key)
            break;
    }
    return at;
}

/* Between the passes. Chains are in the order of the files. */
static void index_beginnings(struct search *s)
{
    s->by_line = slots(s->by_line, s->n, &s->n_line_slots);
    for (uint32_t i = (uint32_t)s->n; i-- > 0;) {
        struct stream *t = &s->streams[i];
        size_t at = slot_of_beginning(s, t->key, t->first_line);
        t->next_alike = s->by_line[at];
        s->by_line[at] = i;
    }
}

/* ---- first pass: how each stream begins, and how long it is ---- */

static void measure(struct search *s, const struct ms_event *e)
{
    uint64_t key = ms_copies_key(e);
    uint32_t index = stream_of(s, key);
    int64_t second = ms_copy_second_of_year(&s->lines, e), calendar_s = ms_copy_calendar_second(&s->lines, e, second);
    if (index == NONE) {
        if (2 * (s->n_in_file + 1) > s->n_key_slots)
            index_keys(s);
        index = (uint32_t)s->n;
        s->streams = ms_grow(s->streams, &s->cap, s->n + 1, sizeof *s->streams);
        s->streams[s->n++] = (struct stream){.key = key,
                                             .file_id = s->file_id,
                                             .first_line = ms_copy_print(&s->lines, e, second),
                                             .first_s = calendar_s,
                                             .last_s = calendar_s,
                                             .next_try = UINT64_MAX,
                                             .first_try = NONE};
        put_key(s, index);
        ms_stretches_add_first(&s->seen, s->run, s->file_id, e, s->lines.n_turns);
    }
    struct stream *t = &s->streams[index];
    t->n_lines++;
    t->first_s = calendar_s < t->first_s ? calendar_s : t->first_s;
    t->last_s = calendar_s > t->last_s ? calendar_s : t->last_s;
}

/* ---- second pass ---- */

/* `in` has the first line of `other` where it stands now. */
static void add_try(struct search *s, uint32_t in, uint32_t other, uint64_t offset)
{
    struct stream *t = &s->streams[in], *o = &s->streams[other];
    bool is_later = o->file_id < t->file_id; /* `in` is the copy */
    uint64_t left = t->n_lines - t->n, n = left < o->n_lines ? left : o->n_lines;
    if (t->n_tries == TRIES_MAX)
        return;
    /* A copy that begins inside has all of the other's lines: one that ends inside, too, would come first in order. And what
     * begins at its first line was found when the other one was read. */
    if (is_later && (n != o->n_lines || t->n == 0))
        return;
    s->tries = ms_grow(s->tries, &s->cap_tries, s->n_tries + 1, sizeof *s->tries);
    s->tries[s->n_tries] = (struct try){.later = is_later ? in : other,
                                        .earlier_file = is_later ? o->file_id : t->file_id,
                                        .next = t->first_try,
                                        .is_inside = true,
                                        .begin = t->n,
                                        .n = n,
                                        .until = t->n + n,
                                        .print = t->print,
                                        .wants = is_later ? o->print : 0,
                                        .from = offset,
                                        .n_turns = t->n_turns,
                                        .is_ready = is_later};
    t->first_try = (uint32_t)s->n_tries++;
    t->n_tries++;
    t->next_try = t->n + n < t->next_try ? t->n + n : t->next_try;
}

/* The earlier one has shown what the later one must be from its first line on. */
static void hand_on(struct search *s, uint32_t index, uint64_t print)
{
    struct try *y = &s->tries[index];
    struct stream *later = &s->streams[y->later];
    y->is_ready = true;
    y->is_inside = false;
    y->wants = print;
    y->until = y->n;
    y->from = y->n_turns = 0;
    y->next = later->first_try;
    later->first_try = index;
    later->next_try = y->n < later->next_try ? y->n : later->next_try;
}

static void keep_found(struct search *s, const struct stream *t, const struct try *y, uint64_t offset)
{
    s->found = ms_grow(s->found, &s->cap_found, s->n_found + 1, sizeof *s->found);
    s->found[s->n_found++] = (struct found){.earlier_file = y->earlier_file,
                                            .is_proof = t->n_turns > y->n_turns,
                                            .is_whole = y->n == t->n_lines,
                                            .copy = {.file_id = t->file_id,
                                                     .host_id = (uint32_t)(t->key >> 32),
                                                     .tag_id = (uint32_t)t->key,
                                                     .from = y->from,
                                                     .to = offset + 1}};
}

/* The stream has come to the end of some of its tries. */
static void settle(struct search *s, struct stream *t, uint64_t offset)
{
    uint32_t index = t->first_try, next;
    t->first_try = NONE;
    t->next_try = UINT64_MAX;
    for (; index != NONE; index = next) {
        struct try *y = &s->tries[index];
        next = y->next;
        if (y->until != t->n) { /* later */
            y->next = t->first_try;
            t->first_try = index;
            t->next_try = y->until < t->next_try ? y->until : t->next_try;
            continue;
        }
        uint64_t print = y->is_inside ? ms_prints_between(&s->prints, y->print, t->print, y->n) : t->print;
        if (!y->is_ready)
            hand_on(s, index, print);
        else if (print == y->wants)
            keep_found(s, t, y, offset);
    }
}

static void compare(struct search *s, const struct ms_event *e)
{
    int64_t second = ms_copy_second_of_year(&s->lines, e);
    uint64_t line = ms_copy_print(&s->lines, e, second);
    uint32_t index = stream_of(s, ms_copies_key(e));
    if (index == NONE) /* the file has changed meanwhile */
        return;
    struct stream *t = &s->streams[index];
    t->n_turns += t->n > 0 && second != t->second;
    t->second = second;
    uint32_t other = s->by_line[slot_of_beginning(s, t->key, line)];
    for (; other != NONE; other = s->streams[other].next_alike)
        if (s->streams[other].file_id != t->file_id)
            add_try(s, index, other, e->offset);
    t->print = ms_prints_add(&s->prints, t->print, line);
    t->n++;
    if (t->n == t->next_try)
        settle(s, t, e->offset);
}

/* ---- third pass: what is no copy of a stretch may be one with holes (loose_copies.h) ---- */

static void collect(struct search *s, const struct ms_event *e)
{
    int64_t second = ms_copy_second_of_year(&s->lines, e), calendar_s = ms_copy_calendar_second(&s->lines, e, second);
    uint32_t index = stream_of(s, ms_copies_key(e));
    if (index == NONE || !ms_loose_wants(&s->loose, index))
        return;
    if (ms_copies_any(&s->known) && ms_copies_has(&s->known, e))
        s->loose_streams[index].n_copies++; /* what is left out has no copies */
    else
        ms_loose_add(&s->loose, index, ms_copy_print(&s->lines, e, second), calendar_s,
                     (uint32_t)(e->stamp_us % 1000000), e->offset);
}

/* By the two sources; proofs first. */
static int compare_found(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->copy.file_id != y->copy.file_id)
        return x->copy.file_id < y->copy.file_id ? -1 : 1;
    if (x->earlier_file != y->earlier_file)
        return x->earlier_file < y->earlier_file ? -1 : 1;
    return (int)y->is_proof - (int)x->is_proof;
}

static uint64_t key_of(const struct found *f)
{
    return (uint64_t)f->copy.host_id << 32 | f->copy.tag_id;
}

/* By the two sources and the key. */
static int compare_place(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->copy.file_id != y->copy.file_id || x->earlier_file != y->earlier_file)
        return compare_found(a, b);
    return (key_of(x) > key_of(y)) - (key_of(x) < key_of(y));
}

static bool is_known_copy(void *search, const struct ms_loose_stream *earlier, const struct ms_loose_stream *later)
{
    const struct search *s = search;
    struct found key = {
        .earlier_file = earlier->file_id,
        .copy = {.file_id = later->file_id, .host_id = (uint32_t)(later->key >> 32), .tag_id = (uint32_t)later->key}};
    return s->n_found > 0 && bsearch(&key, s->found, s->n_found, sizeof *s->found, compare_place) != NULL;
}

/* ---- files ---- */

/* Exim's main log has neither the further pieces of a line nor headers of what was refused. */
static bool is_of_no_stream(const struct ms_event *e)
{
    struct ms_span said;
    return e->stamp_us == MS_NONE || (e->mta == MS_MTA_EXIM && !ms_exim_said(e->text, &said));
}

static void take_line(void *user, const struct ms_event *e)
{
    struct search *s = user;
    if (s->pass == MEASURE)
        s->print = ms_prints_add(&s->prints, s->print, ms_hash(e->line.p, e->line.n, s->prints.base) ^ e->offset);
    if (is_of_no_stream(e))
        return;
    if (s->pass == MEASURE)
        measure(s, e);
    else if (s->pass == COMPARE)
        compare(s, e);
    else
        collect(s, e);
}

static void take_piece(void *user, struct ms_span text, uint64_t offset)
{
    struct search *s = user;
    s->has_gap |= offset != s->expected_offset;
    s->expected_offset = offset + text.n;
    if (s->status == MS_OK)
        s->status = ms_copies_parse(s->parser, s->file_id, text, offset, take_line, s, s->err);
}

static enum ms_status read_file(struct search *s, uint32_t file_id)
{
    s->file_id = file_id;
    s->has_gap = false;
    s->print = s->expected_offset = 0;
    s->lines = ms_copy_lines_of(s->run, file_id, s->prints.base);
    if (s->pass == COLLECT)
        s->known = ms_copies_of_file(&s->run->correlate.copies, file_id);
    index_keys(s);
    enum ms_status st = ms_input_read(s->run->input, file_id, take_piece, s, s->err);
    if (s->pass == MEASURE && !s->has_gap && s->expected_offset > 0)
        s->whole[file_id] = s->print | 1;
    return s->status != MS_OK ? s->status : st == MS_ERR_IO ? MS_OK : st;
}

/* Files that are the same from the first to the last byte of their text, however few lines they have. */
static void find_twins(struct search *s, bool *suspect, size_t n_files)
{
    for (uint32_t i = 1; i < n_files; i++)
        for (uint32_t k = 0; k < i && s->whole[i] != 0; k++)
            if (s->whole[k] == s->whole[i]) {
                ms_copies_add(&s->run->correlate.copies, (struct ms_copy){i, MS_COPY_ALL, MS_COPY_ALL, 0, UINT64_MAX});
                suspect[i] = false;
                break;
            }
}

static void drop_twins_streams(struct search *s, const bool *suspect)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++)
        if (suspect[s->streams[i].file_id])
            s->streams[kept++] = s->streams[i];
    s->n = kept;
}

/* What lies in one second proves nothing by itself, but where two sources are known to have lines in common, those of a host and
 * program that spoke for a second only are copies, too. */
static void take_found(struct search *s)
{
    bool is_proven = false;
    size_t n_taken = 0;
    if (s->n_found > 0)
        qsort(s->found, s->n_found, sizeof *s->found, compare_found);
    for (size_t i = 0; i < s->n_found; i++) {
        const struct found *f = &s->found[i], *before = i > 0 ? f - 1 : NULL;
        is_proven = f->is_proof || (before != NULL && before->copy.file_id == f->copy.file_id &&
                                    before->earlier_file == f->earlier_file && is_proven);
        if (!is_proven)
            continue;
        s->found[n_taken++] = *f;
        ms_copies_add(&s->run->correlate.copies, f->copy);
        if (f->is_whole)
            ms_whole_copies_add(&s->wholes, key_of(f), f->copy.file_id);
    }
    s->n_found = n_taken;
    if (n_taken > 0)
        qsort(s->found, n_taken, sizeof *s->found, compare_place);
}

static enum ms_status search_loosely(struct search *s, const bool *suspect, size_t n_files)
{
    enum ms_status st = MS_OK;
    char *folder = ms_run_folder(s->run->config);
    s->pass = COLLECT;
    s->loose_streams = ms_malloc(s->n * sizeof *s->loose_streams + 1);
    for (size_t i = 0; i < s->n; i++) {
        const struct stream *t = &s->streams[i];
        s->loose_streams[i] = (struct ms_loose_stream){
            .key = t->key, .file_id = t->file_id, .n_lines = t->n_lines, .first_s = t->first_s, .last_s = t->last_s};
    }
    if (ms_loose_init(&s->loose, s->loose_streams, s->n, folder, is_known_copy, s)) {
        for (uint32_t i = 0; st == MS_OK && i < n_files; i++)
            if (suspect[i])
                st = read_file(s, i);
        if (st == MS_OK)
            st = ms_loose_end(&s->loose, &s->run->correlate.copies, s->err);
        ms_copies_sort(&s->run->correlate.copies);
    }
    for (size_t i = 0; st == MS_OK && i < s->n; i++)
        if (s->loose_streams[i].n_copies == s->loose_streams[i].n_lines)
            ms_whole_copies_add(&s->wholes, s->streams[i].key, s->streams[i].file_id);
    ms_loose_fini(&s->loose);
    free(s->loose_streams);
    free(folder);
    return st;
}

static enum ms_status search(struct search *s, bool *suspect, size_t n_files)
{
    enum ms_status st = MS_OK;
    for (uint32_t i = 0; st == MS_OK && i < n_files; i++)
        if (suspect[i])
            st = read_file(s, i);
    find_twins(s, suspect, n_files);
    drop_twins_streams(s, suspect);
    index_beginnings(s);
    s->pass = COMPARE;
    for (uint32_t i = 0; st == MS_OK && i < n_files; i++)
        if (suspect[i])
            st = read_file(s, i);
    take_found(s);
    return st;
}

enum ms_status ms_run_find_copies(struct ms_run *run, struct ms_error *err)
{
    size_t n_files = ms_input_n_sources(run->input);
    struct search s = {.run = run, .prints = ms_prints_of(run->correlate.seed), .err = err};
    bool *suspect = ms_calloc(n_files, sizeof *suspect);
    s.whole = ms_calloc(n_files, sizeof *s.whole);
    enum ms_status st = ms_parser_create(&s.parser, run->names, NULL, run->config->host, err);
    if (st == MS_OK && n_files > 1)
        st = ms_copies_suspect(run, s.parser, suspect, &s.seen, err);
    if (st == MS_OK && n_files > 1)
        st = search(&s, suspect, n_files);
    if (st == MS_OK)
        st = ms_copies_of_exim(run, s.parser, err);
    ms_copies_sort(&run->correlate.copies);
    if (st == MS_OK && n_files > 1)
        st = search_loosely(&s, suspect, n_files);
    if (st == MS_OK && n_files > 1)
        st = ms_copies_find_beside(run, s.parser, &s.seen, &s.wholes, suspect, err);
    ms_parser_destroy(s.parser);
    free(suspect);
    free(s.whole);
    free(s.streams);
    free(s.tries);
    free(s.found);
    free(s.wholes.items);
    free(s.seen.items);
    free(s.by_key);
    free(s.by_line);
    return st;
}
