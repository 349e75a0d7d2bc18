/* Many literals, cut to windows: every place where one stands is found and confirmed, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "story/needles.h"

enum { N = 300 };

static char texts[N][48];
static struct ms_pattern patterns[N];

static void patterns_make(unsigned seed, bool caseless)
{
    static const char *const forms[] = {"user%u@example.com", "a%ub%u", "%u", "User.%u@EXAMPLE.com", "x%uy\001%u"};
    srand(seed);
    for (uint32_t i = 0; i < N; i++) {
        unsigned a = (unsigned)rand() % 2000, b = (unsigned)rand() % 10;
        size_t n = (size_t)snprintf(texts[i], sizeof texts[i], forms[rand() % 5], a, b);
        char *zero = memchr(texts[i], '\001', n);
        if (zero != NULL)
            *zero = '\0'; /* literals may hold any byte */
        patterns[i] = (struct ms_pattern){.id = 7, .text = texts[i], .text_bytes = (uint32_t)n, .caseless = caseless};
    }
}

static struct ms_buffer text_make(void)
{
    struct ms_buffer b = {0};
    for (unsigned i = 0; i < 3000; i++) {
        const struct ms_pattern *p = &patterns[rand() % N];
        uint32_t from = (uint32_t)rand() % 3 ? 0 : (uint32_t)rand() % p->text_bytes; /* often only a part of one */
        ms_buffer_append(&b, p->text + from, p->text_bytes - from);
        if (rand() % 4 == 0)
            b.data[b.size_bytes - 1] ^= 0x20;
        if (rand() % 3 == 0)
            ms_buffer_push(&b, "\n <>"[rand() % 4]);
    }
    return b;
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static bool equal(const char *a, const char *b, size_t n, bool caseless)
{
    for (size_t i = 0; i < n; i++)
        if (caseless ? lower(a[i]) != lower(b[i]) : a[i] != b[i])
            return false;
    return true;
}

static bool line_matches(struct ms_span line, bool caseless)
{
    for (uint32_t i = 0; i < N; i++)
        for (uint32_t at = 0; at + patterns[i].text_bytes <= line.n; at++)
            if (equal(line.p + at, patterns[i].text, patterns[i].text_bytes, caseless))
                return true;
    return false;
}

static void check(unsigned seed, bool caseless)
{
    struct ms_error err;
    struct ms_needles *needles;
    struct ms_scanner *scanner;
    struct ms_hits hits = {0};
    patterns_make(seed, caseless);
    struct ms_buffer b = text_make();
    struct ms_span text = ms_span_of(b.data, b.size_bytes);
    struct ms_span sample = seed % 2 ? text : MS_SPAN_NULL;
    unsigned n_matching = 0, n_other = 0;
    assert_int_equal(ms_needles_create(&needles, patterns, N, MS_SCAN_HYPERSCAN, sample, &err), MS_OK);
    assert_int_equal(ms_scanner_create(&scanner, ms_needles_patterns(needles), &err), MS_OK);
    assert_int_equal(ms_scanner_scan(scanner, text, &hits, &err), MS_OK);
    size_t hit = 0;
    for (uint32_t begin = 0, stop; begin < text.n; begin = stop + 1) {
        const char *end = memchr(text.p + begin, '\n', text.n - begin);
        stop = end ? (uint32_t)(end - text.p) : text.n;
        bool found = false;
        for (; hit < hits.n && hits.items[hit].end <= stop; hit++)
            found |= ms_needles_confirm(needles, text, &hits.items[hit], begin, stop);
        bool matches = line_matches(ms_span_of(text.p + begin, stop - begin), caseless);
        assert_int_equal(found, matches);
        n_matching += matches;
        n_other += !matches;
    }
    assert_int_equal(hit, hits.n);
    assert_true(n_matching > 20 && n_other > 5);
    ms_hits_fini(&hits);
    ms_scanner_destroy(scanner);
    ms_needles_destroy(needles);
    ms_buffer_fini(&b);
}

static void test_windows_find_what_the_whole_does(void **unused)
{
    (void)unused;
    for (unsigned seed = 0; seed < 6; seed++)
        check(seed, seed % 3 == 0);
}

static void test_bad_patterns_are_named(void **unused)
{
    (void)unused;
    struct ms_error err;
    struct ms_needles *needles;
    patterns_make(1, false);
    patterns[40].text_bytes = 0;
    assert_int_equal(ms_needles_create(&needles, patterns, N, MS_SCAN_HYPERSCAN, MS_SPAN_NULL, &err), MS_ERR_USAGE);
    patterns[40] = (struct ms_pattern){.text = "a\nb", .text_bytes = 3};
    assert_int_equal(ms_needles_create(&needles, patterns, N, MS_SCAN_HYPERSCAN, MS_SPAN_NULL, &err), MS_ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_windows_find_what_the_whole_does),
                                       cmocka_unit_test(test_bad_patterns_are_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
