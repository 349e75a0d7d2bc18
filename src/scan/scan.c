/* One pass of Hyperscan over each block; what it finds of literals is final. What it finds of a regular expression only says
 * "this line may have one", because an expression such as `a\s+b` or `x[^y]*z` runs across line ends, and would match or not
 * depending on where a block was cut. So each such line is matched again by itself (line_db). Nothing gets lost: a match
 * within a line is also a match within the block. Expressions hit few lines, so the second look costs next to nothing. */
#include "scan/scan.h"

#include <stdlib.h>

#include "scan/patterns.h"

struct line {
    uint32_t begin, end; /* end: of its '\n', or of the text */
};

struct ms_scanner {
    const struct ms_patterns *patterns;
    struct ms_plain *plain; /* MS_SCAN_PLAIN only */

    hs_scratch_t *scratch;
    struct line *lines; /* of this block, with a regex hit; the same one may stand there twice */
    size_t n_lines, cap_lines;
    uint32_t *first_end; /* by index of the pattern, UINT32_MAX: not in this line */
    uint32_t *seen;      /* indexes of patterns found in this line */
    size_t n_seen;
};

/* What a callback needs; lives during one hs_scan. */
struct pass {
    struct ms_scanner *scanner;
    struct ms_span text;
    uint32_t offset; /* of the block or line that is scanned, in text */
    struct ms_hits *hits;
};

enum ms_status ms_scanner_create(struct ms_scanner **out, const struct ms_patterns *p, struct ms_error *err)
{
    struct ms_scanner *s = ms_calloc(1, sizeof *s);
    enum ms_status st = MS_OK;
    s->patterns = p;
    s->first_end = ms_malloc(p->n * sizeof *s->first_end);
    s->seen = ms_malloc(p->n * sizeof *s->seen);
    memset(s->first_end, 0xff, p->n * sizeof *s->first_end);
    if (p->engine == MS_SCAN_PLAIN)
        st = ms_plain_create(&s->plain, p, err);
    else if (p->scratch != NULL && hs_clone_scratch(p->scratch, &s->scratch) != HS_SUCCESS)
        st = ms_fail(err, MS_ERR_LIBRARY, "Hyperscan cannot copy its scratch space: out of memory");
    if (st == MS_OK)
        *out = s;
    else
        ms_scanner_destroy(s);
    return st;
}

void ms_scanner_destroy(struct ms_scanner *s)
{
    if (s == NULL)
        return;
    ms_plain_destroy(s->plain);
    hs_free_scratch(s->scratch);
    free(s->lines);
    free(s->first_end);
    free(s->seen);
    free(s);
}

void ms_hits_fini(struct ms_hits *hits)
{
    free(hits->items);
    *hits = (struct ms_hits){0};
}

/* Notes the line of the byte before `end`. Ends come nearly in order, so a second hit in one line is mostly seen at once. */
static void line_note(struct pass *pass, uint32_t end)
{
    struct ms_scanner *s = pass->scanner;
    const char *text = pass->text.p;
    uint32_t last = end - 1;
    if (s->n_lines > 0 && last >= s->lines[s->n_lines - 1].begin && last < s->lines[s->n_lines - 1].end)
        return;
    if (text[last] == '\n') /* no match of a line has its end behind the line end */
        return;
    const char *before = memrchr(text, '\n', last), *behind = memchr(text + last, '\n', pass->text.n - last);
    s->lines = ms_grow(s->lines, &s->cap_lines, s->n_lines + 1, sizeof *s->lines);
    s->lines[s->n_lines++] =
        (struct line){before ? (uint32_t)(before + 1 - text) : 0, behind ? (uint32_t)(behind - text) : pass->text.n};
}

static int block_hit(unsigned index, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
    (void)from;
    (void)flags;
    struct pass *pass = context;
    const struct ms_pattern *p = &pass->scanner->patterns->items[index];
    uint32_t end = pass->offset + (uint32_t)to;
    if (!p->is_regex)
        ms_hits_push(pass->hits, p->id, end);
    else if (to > 0)
        line_note(pass, end);
    return 0;
}

static int line_hit(unsigned index, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
    (void)from;
    (void)flags;
    struct pass *pass = context;
    struct ms_scanner *s = pass->scanner;
    uint32_t end = pass->offset + (uint32_t)to;
    if (s->first_end[index] == UINT32_MAX)
        s->seen[s->n_seen++] = index;
    if (end < s->first_end[index])
        s->first_end[index] = end;
    return 0;
}

static enum ms_status run(struct pass *pass, const hs_database_t *db, uint32_t begin, uint32_t end,
                          match_event_handler on_hit, struct ms_error *err)
{
    pass->offset = begin;
    hs_error_t rc = hs_scan(db, pass->text.p + begin, end - begin, 0, pass->scanner->scratch, on_hit, pass);
    return rc == HS_SUCCESS ? MS_OK
                            : ms_fail(err, MS_ERR_LIBRARY, "Hyperscan stopped with error %d; please report this", rc);
}

static enum ms_status line_scan(struct pass *pass, struct line line, struct ms_error *err)
{
    struct ms_scanner *s = pass->scanner;
    enum ms_status st = run(pass, s->patterns->line_db, line.begin, line.end, line_hit, err);
    for (size_t i = 0; i < s->n_seen; i++) {
        ms_hits_push(pass->hits, s->patterns->items[s->seen[i]].id, s->first_end[s->seen[i]]);
        s->first_end[s->seen[i]] = UINT32_MAX;
    }
    s->n_seen = 0;
    return st;
}

static int line_compare(const void *a, const void *b)
{
    uint32_t x = ((const struct line *)a)->begin, y = ((const struct line *)b)->begin;
    return (x > y) - (x < y);
}

static enum ms_status lines_scan(struct pass *pass, struct ms_error *err)
{
    struct ms_scanner *s = pass->scanner;
    enum ms_status st = MS_OK;
    qsort(s->lines, s->n_lines, sizeof *s->lines, line_compare);
    for (size_t i = 0; i < s->n_lines && st == MS_OK; i++)
        if (i == 0 || s->lines[i].begin != s->lines[i - 1].begin)
            st = line_scan(pass, s->lines[i], err);
    return st;
}

static int hit_compare(const void *a, const void *b)
{
    const struct ms_hit *x = a, *y = b;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return (x->pattern_id > y->pattern_id) - (x->pattern_id < y->pattern_id);
}

/* Sorts hits[from..] and drops repeats: Hyperscan promises neither order nor one report a match. */
static void hits_settle(struct ms_hits *hits, size_t from)
{
    struct ms_hit *h = hits->items;
    bool settled = true;
    for (size_t i = from + 1; i < hits->n && settled; i++)
        settled = hit_compare(&h[i - 1], &h[i]) < 0;
    if (settled)
        return;
    qsort(h + from, hits->n - from, sizeof *h, hit_compare);
    size_t kept = from;
    for (size_t i = from; i < hits->n; i++)
        if (i == from || hit_compare(&h[kept - 1], &h[i]) != 0)
            h[kept++] = h[i];
    hits->n = kept;
}

/* The end of the block that begins at `begin`: behind the last line end within MS_SCAN_BLOCK_BYTES; a longer line is one block. */
static uint32_t block_end(struct ms_span text, uint32_t begin)
{
    const char *p = text.p + begin;
    size_t left = text.n - begin;
    if (left <= MS_SCAN_BLOCK_BYTES)
        return text.n;
    const char *cut = memrchr(p, '\n', MS_SCAN_BLOCK_BYTES);
    if (cut == NULL)
        cut = memchr(p + MS_SCAN_BLOCK_BYTES, '\n', left - MS_SCAN_BLOCK_BYTES);
    return cut ? (uint32_t)(cut + 1 - text.p) : text.n;
}

static enum ms_status block_scan(struct pass *pass, uint32_t begin, uint32_t end, struct ms_error *err)
{
    size_t first_hit = pass->hits->n;
    struct ms_scanner *s = pass->scanner;
    s->n_lines = 0;
    if (s->patterns->line_db == s->patterns->blocks_db && !memchr(pass->text.p + begin, '\n', end - begin)) {
        enum ms_status st = line_scan(pass, (struct line){begin, end}, err); /* a block that is one line, already */
        hits_settle(pass->hits, first_hit);
        return st;
    }
    enum ms_status st = run(pass, s->patterns->blocks_db, begin, end, block_hit, err);
    if (st == MS_OK && s->n_lines > 0)
        st = lines_scan(pass, err);
    hits_settle(pass->hits, first_hit);
    return st;
}

enum ms_status ms_scanner_scan(struct ms_scanner *s, struct ms_span text, struct ms_hits *hits, struct ms_error *err)
{
    if (text.n == 0 || s->patterns->n == 0)
        return MS_OK;
    if (s->plain != NULL) {
        size_t first_hit = hits->n;
        ms_plain_scan(s->plain, text, hits);
        hits_settle(hits, first_hit);
        return MS_OK;
    }
    struct pass pass = {.scanner = s, .text = text, .hits = hits};
    enum ms_status st = MS_OK;
    for (uint32_t begin = 0, end; begin < text.n && st == MS_OK; begin = end) {
        end = block_end(text, begin);
        st = block_scan(&pass, begin, end, err);
    }
    return st;
}
