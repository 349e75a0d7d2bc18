/* The plain twin: one pattern after the other, the shortest loops that are right. It defines what the fast scanner must find;
 * nobody should wait for it. Regular expressions go to glibc, line by line, in the subset that means the same there. */
#include "scan/patterns.h"

#include <pthread.h>
#include <regex.h>
#include <stdlib.h>

struct ms_plain {
    const struct ms_patterns *patterns;
    struct re_pattern_buffer *regexes; /* by index of the pattern; unused for literals */
};

/* Unlike in POSIX, `.` also matches a zero byte, as it does in Hyperscan. glibc takes the syntax from a global: hence the lock. */
static const char *regex_compile(struct re_pattern_buffer *re, const struct ms_pattern *p)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    re_syntax_options = (RE_SYNTAX_POSIX_EXTENDED & ~(reg_syntax_t)RE_DOT_NOT_NULL) | (p->caseless ? RE_ICASE : 0);
    const char *fault = re_compile_pattern(p->text, p->text_bytes, re);
    pthread_mutex_unlock(&lock);
    if (fault == NULL && re_search(re, "", 0, 0, 0, NULL) >= 0)
        fault = MS_PATTERN_EMPTY;
    return fault;
}

enum ms_status ms_plain_create(struct ms_plain **out, const struct ms_patterns *p, struct ms_error *err)
{
    struct ms_plain *plain = ms_calloc(1, sizeof *plain);
    plain->patterns = p;
    plain->regexes = ms_calloc(p->n, sizeof *plain->regexes);
    for (size_t i = 0; i < p->n; i++) {
        const char *fault = p->items[i].is_regex ? regex_compile(&plain->regexes[i], &p->items[i]) : NULL;
        if (fault) {
            char text[80];
            ms_plain_destroy(plain);
            return ms_fail(err, MS_ERR_USAGE, "pattern %s: %s", ms_pattern_show(&p->items[i], text), fault);
        }
    }
    *out = plain;
    return MS_OK;
}

void ms_plain_destroy(struct ms_plain *plain)
{
    if (plain == NULL)
        return;
    for (size_t i = 0; i < plain->patterns->n; i++)
        regfree(&plain->regexes[i]);
    free(plain->regexes);
    free(plain);
}

static char fold(char c, bool caseless)
{
    return caseless && c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool literal_here(const struct ms_pattern *p, const char *at)
{
    for (uint32_t i = 0; i < p->text_bytes; i++)
        if (fold(at[i], p->caseless) != fold(p->text[i], p->caseless))
            return false;
    return true;
}

static void literal_scan(const struct ms_pattern *p, struct ms_span text, struct ms_hits *hits)
{
    for (size_t i = 0; i + p->text_bytes <= text.n; i++)
        if (literal_here(p, text.p + i))
            ms_hits_push(hits, p->id, (uint32_t)i + p->text_bytes);
}

/* The smallest end of a match is the length of the shortest beginning of the line that has one ($ is true at the whole line's
 * end only). 0: no match. */
static uint32_t first_end(struct re_pattern_buffer *re, const char *line, uint32_t n)
{
    re->not_eol = 0;
    if (n == 0 || re_search(re, line, (int)n, 0, (int)n, NULL) < 0)
        return 0;
    for (uint32_t end = 1; end <= n; end++) {
        re->not_eol = end < n;
        if (re_search(re, line, (int)end, 0, (int)end, NULL) >= 0)
            return end;
    }
    return 0;
}

static void regex_scan(struct re_pattern_buffer *re, uint32_t id, struct ms_span text, struct ms_hits *hits)
{
    for (uint32_t begin = 0, end; begin < text.n; begin = end + 1) {
        const char *newline = memchr(text.p + begin, '\n', text.n - begin);
        end = newline ? (uint32_t)(newline - text.p) : text.n;
        uint32_t match = first_end(re, text.p + begin, end - begin);
        if (match)
            ms_hits_push(hits, id, begin + match);
    }
}

void ms_plain_scan(struct ms_plain *plain, struct ms_span text, struct ms_hits *hits)
{
    for (size_t i = 0; i < plain->patterns->n; i++) {
        const struct ms_pattern *p = &plain->patterns->items[i];
        if (p->is_regex)
            regex_scan(&plain->regexes[i], p->id, text, hits);
        else
            literal_scan(p, text, hits);
    }
}
