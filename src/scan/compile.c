/* Patterns to Hyperscan databases. */
#include "scan/patterns.h"

#include <stdlib.h>

#include "base/buffer.h"

/* The arguments of hs_compile_*_multi, for the patterns that go into one database. */
struct set {
    unsigned n;
    char **texts; /* escaped */
    unsigned *flags, *ids;
    size_t *sizes;
};

/* A literal as a regular expression: whatever is no letter or digit is named by its code. */
static char *literal_escape(const struct ms_pattern *p)
{
    static const char hex[] = "0123456789abcdef";
    struct ms_buffer b = {0};
    for (uint32_t i = 0; i < p->text_bytes; i++) {
        unsigned char c = (unsigned char)p->text[i];
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
            ms_buffer_push(&b, (char)c);
        else
            ms_buffer_append(&b, (char[]){'\\', 'x', hex[c >> 4], hex[c & 15]}, 4);
    }
    ms_buffer_push(&b, '\0');
    return b.data;
}

static struct set set_make(const struct ms_patterns *p, bool regexes_only)
{
    struct set s = {.texts = ms_calloc(p->n, sizeof *s.texts),
                    .flags = ms_calloc(p->n, sizeof *s.flags),
                    .ids = ms_calloc(p->n, sizeof *s.ids),
                    .sizes = ms_calloc(p->n, sizeof *s.sizes)};
    bool escape = p->n_regexes > 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct ms_pattern *one = &p->items[i];
        if (regexes_only && !one->is_regex)
            continue;
        if (escape && !one->is_regex) {
            s.texts[s.n] = literal_escape(one);
        } else {
            s.texts[s.n] = ms_malloc((size_t)one->text_bytes + 1);
            memcpy(s.texts[s.n], one->text, (size_t)one->text_bytes + 1);
        }
        /* No HS_FLAG_DOTALL, and MULTILINE so that ^ and $ are borders of lines inside a block too. */
        s.flags[s.n] = (one->caseless ? HS_FLAG_CASELESS : 0) | (one->is_regex ? HS_FLAG_MULTILINE : 0);
        s.sizes[s.n] = one->text_bytes;
        s.ids[s.n++] = (unsigned)i;
    }
    return s;
}

static void set_fini(struct set *s)
{
    for (unsigned i = 0; i < s->n; i++)
        free(s->texts[i]);
    free(s->texts);
    free(s->flags);
    free(s->ids);
    free(s->sizes);
}

static enum ms_status compile_fail(const struct ms_patterns *p, const struct set *s, const hs_compile_error_t *why,
                                   struct ms_error *err)
{
    char text[80];
    if (why == NULL || why->expression < 0 || (unsigned)why->expression >= s->n)
        return ms_fail(err, MS_ERR_LIBRARY, "Hyperscan cannot compile %u patterns: %s", s->n,
                       why ? why->message : "no reason given");
    return ms_fail(err, MS_ERR_USAGE, "pattern %s: %s", ms_pattern_show(&p->items[s->ids[why->expression]], text),
                   why->message);
}

static enum ms_status compile(const struct ms_patterns *p, bool regexes_only, hs_database_t **out, struct ms_error *err)
{
    struct set s = set_make(p, regexes_only);
    hs_compile_error_t *why = NULL;
    const char *const *texts = (const char *const *)s.texts;
    hs_error_t rc = p->n_regexes == 0
                        ? hs_compile_lit_multi(texts, s.flags, s.ids, s.sizes, s.n, HS_MODE_BLOCK, NULL, out, &why)
                        : hs_compile_multi(texts, s.flags, s.ids, s.n, HS_MODE_BLOCK, NULL, out, &why);
    enum ms_status st = rc == HS_SUCCESS ? MS_OK : compile_fail(p, &s, why, err);
    hs_free_compile_error(why);
    set_fini(&s);
    return st;
}

/* Hyperscan itself refuses a*, but takes ^a*. One that it cannot even parse is left to the compiler, which says why. */
static enum ms_status refuse_empty_matches(const struct ms_patterns *p, struct ms_error *err)
{
    for (size_t i = 0; i < p->n; i++) {
        hs_expr_info_t *info = NULL;
        hs_compile_error_t *why = NULL;
        if (!p->items[i].is_regex)
            continue;
        bool empty =
            hs_expression_info(p->items[i].text, HS_FLAG_MULTILINE, &info, &why) == HS_SUCCESS && info->min_width == 0;
        free(info);
        hs_free_compile_error(why);
        if (empty) {
            char text[80];
            return ms_fail(err, MS_ERR_USAGE, "pattern %s: " MS_PATTERN_EMPTY, ms_pattern_show(&p->items[i], text));
        }
    }
    return MS_OK;
}

enum ms_status ms_databases_compile(struct ms_patterns *p, struct ms_error *err)
{
    enum ms_status st = refuse_empty_matches(p, err);
    if (st == MS_OK)
        st = compile(p, false, &p->blocks_db, err);
    if (p->n_regexes == p->n)
        p->line_db = p->blocks_db;
    else if (st == MS_OK && p->n_regexes > 0)
        st = compile(p, true, &p->line_db, err);
    return st;
}
