#include "story/needles.h"

#include <stdlib.h>

#include "base/memory.h"

enum { WINDOW_BYTES = 8, N_TRIGRAMS = 1 << 18 };

struct literal {
    struct ms_pattern whole; /* text is owned */
    uint32_t at, n;          /* its window */
};

struct ms_needles {
    struct ms_patterns *patterns;
    struct literal
        *literals; /* NULL: patterns are whole. Else by window; a hit's id is the first that has the window */
    size_t n;
};

const struct ms_patterns *ms_needles_patterns(const struct ms_needles *n)
{
    return n->patterns;
}

void ms_needles_destroy(struct ms_needles *n)
{
    if (n == NULL)
        return;
    for (size_t i = 0; n->literals != NULL && i < n->n; i++)
        free((char *)n->literals[i].whole.text);
    free(n->literals);
    ms_patterns_destroy(n->patterns);
    free(n);
}

/* ---- windows ---- */

static unsigned char folded(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* In any case, since patterns may be; two trigrams may share a count, which only makes the choice a little worse. */
static uint32_t trigram(const char *p)
{
    uint32_t v = (uint32_t)folded(p[0]) << 16 | (uint32_t)folded(p[1]) << 8 | folded(p[2]);
    return v * UINT32_C(0x9E3779B1) >> 14;
}

static void count(uint32_t *counts, const char *p, size_t n, uint32_t weight)
{
    for (size_t i = 0; i + 3 <= n; i++)
        counts[trigram(p + i)] += weight;
}

/* The window that ends where the text and the other patterns have the rarest trigram; of equals the longest. */
static void window_choose(struct literal *l, const uint32_t *counts)
{
    uint32_t end = l->whole.text_bytes;
    uint64_t best = UINT64_MAX;
    for (uint32_t e = 3; e <= l->whole.text_bytes; e++) {
        uint64_t cost =
            ((uint64_t)counts[trigram(l->whole.text + e - 3)] << 4) + (e < WINDOW_BYTES ? WINDOW_BYTES - e : 0);
        if (cost < best)
            best = cost, end = e;
    }
    l->n = end < WINDOW_BYTES ? end : WINDOW_BYTES;
    l->at = end - l->n;
}

static int compare_folded(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (folded(a[i]) != folded(b[i]))
            return folded(a[i]) < folded(b[i]) ? -1 : 1;
    return 0;
}

static int window_compare(const struct literal *a, const struct literal *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    return a->whole.caseless ? compare_folded(a->whole.text + a->at, b->whole.text + b->at, a->n)
                             : memcmp(a->whole.text + a->at, b->whole.text + b->at, a->n);
}

static int by_window(const void *a, const void *b)
{
    return window_compare(a, b);
}

static void windows_choose(struct ms_needles *n, struct ms_span sample)
{
    uint32_t *counts = ms_calloc(N_TRIGRAMS, sizeof *counts);
    count(counts, sample.p, sample.n, 1);
    for (size_t i = 0; i < n->n; i++)
        count(counts, n->literals[i].whole.text, n->literals[i].whole.text_bytes, 1);
    for (size_t i = 0; i < n->n; i++)
        window_choose(&n->literals[i], counts);
    qsort(n->literals, n->n, sizeof *n->literals, by_window);
    free(counts);
}

static enum ms_status windows_compile(struct ms_needles *n, enum ms_scan_engine engine, struct ms_error *err)
{
    struct ms_pattern *windows = ms_malloc(n->n * sizeof *windows);
    size_t n_windows = 0;
    for (size_t i = 0; i < n->n; i++) {
        const struct literal *l = &n->literals[i];
        if (i == 0 || window_compare(l - 1, l) != 0)
            windows[n_windows++] = (struct ms_pattern){
                .id = (uint32_t)i, .text = l->whole.text + l->at, .text_bytes = l->n, .caseless = l->whole.caseless};
    }
    enum ms_status st = ms_patterns_create(&n->patterns, windows, n_windows, engine, NULL, err);
    free(windows);
    return st;
}

/* ---- patterns ---- */

static bool are_cut(const struct ms_pattern *patterns, size_t n, enum ms_scan_engine engine)
{
    if (engine == MS_SCAN_PLAIN)
        return false;
    for (size_t i = 0; i < n; i++)
        if (patterns[i].is_regex || patterns[i].text_bytes == 0 ||
            memchr(patterns[i].text, '\n', patterns[i].text_bytes) || patterns[i].caseless != patterns[0].caseless)
            return false; /* what is wrong with one is said where all are whole */
    return true;
}

enum ms_status ms_needles_create(struct ms_needles **out, const struct ms_pattern *patterns, size_t n,
                                 enum ms_scan_engine engine, struct ms_span sample, struct ms_error *err)
{
    struct ms_needles *needles = ms_calloc(1, sizeof *needles);
    enum ms_status st;
    needles->n = n;
    if (are_cut(patterns, n, engine)) {
        needles->literals = ms_calloc(n, sizeof *needles->literals);
        for (size_t i = 0; i < n; i++) {
            char *text = ms_malloc(patterns[i].text_bytes);
            memcpy(text, patterns[i].text, patterns[i].text_bytes);
            needles->literals[i].whole = patterns[i];
            needles->literals[i].whole.text = text;
        }
        windows_choose(needles, sample);
        st = windows_compile(needles, engine, err);
    } else {
        st = ms_patterns_create(&needles->patterns, patterns, n, engine, NULL, err);
    }
    if (st == MS_OK)
        *out = needles;
    else
        ms_needles_destroy(needles);
    return st;
}

/* ---- hits ---- */

static bool stands_there(const struct literal *l, struct ms_span text, uint32_t window_end, uint32_t begin,
                         uint32_t stop)
{
    uint32_t in_front = l->at + l->n;
    if (window_end < begin + in_front || window_end - in_front + l->whole.text_bytes > stop)
        return false;
    const char *p = text.p + window_end - in_front;
    return l->whole.caseless ? compare_folded(p, l->whole.text, l->whole.text_bytes) == 0
                             : memcmp(p, l->whole.text, l->whole.text_bytes) == 0;
}

bool ms_needles_confirm(const struct ms_needles *n, struct ms_span text, const struct ms_hit *hit, uint32_t begin,
                        uint32_t stop)
{
    if (n->literals == NULL)
        return true;
    for (size_t i = hit->pattern_id; i < n->n; i++) {
        if (i > hit->pattern_id && window_compare(&n->literals[i - 1], &n->literals[i]) != 0)
            return false;
        if (stands_there(&n->literals[i], text, hit->end, begin, stop))
            return true;
    }
    return false;
}
