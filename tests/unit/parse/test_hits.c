/* Hits by line: what ms_parsed_hits says of a segment against a search line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "parse/parse.h"

static const char *const words[] = {"needle", "eed", "status=sent", "zz"};
enum { N_WORDS = sizeof words / sizeof *words, FIRST_KEPT = 1 };

static struct ms_buffer text_make(unsigned seed, size_t n_bytes, size_t longest)
{
    static const char *const pieces[] = {
        "needle", "nee", "dle", "eedeed", "status=", "sent", "zzz", " ", "x", "Mar  2 "};
    struct ms_buffer b = {0};
    srand(seed);
    while (b.size_bytes < n_bytes) {
        size_t line = (size_t)rand() % (rand() % 50 == 0 ? longest : 80), end = b.size_bytes + line;
        while (b.size_bytes < end) {
            const char *piece = pieces[(size_t)rand() % (sizeof pieces / sizeof *pieces)];
            ms_buffer_append(&b, piece, strlen(piece));
        }
        ms_buffer_push(&b, '\n');
    }
    b.size_bytes -= rand() % 2; /* perhaps without the last line's end */
    return b;
}

static void check(struct ms_parser *parser, struct ms_span text, bool is_long_line)
{
    struct ms_buffer padded = {0};
    char pad[64] = {0};
    ms_buffer_append(&padded, pad, sizeof pad);
    ms_buffer_append(&padded, text.p, text.n);
    ms_buffer_append(&padded, pad, sizeof pad);
    struct ms_segment segment = {
        .text = ms_span_of(padded.data + 64, text.n), .covers_bytes = text.n, .is_long_line = is_long_line};
    struct ms_error err;
    size_t n, at = 0;
    uint32_t line = 0;
    assert_int_equal(ms_parse_headers(parser, &segment, &err), MS_OK);
    const struct ms_line_hit *hits = ms_parsed_hits(parser, &n);
    for (const char *p = text.p, *end = p + text.n; p < end; line++) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t length = stop ? (size_t)(stop - p) : (size_t)(end - p);
        bool wanted[N_WORDS] = {false};
        for (unsigned w = FIRST_KEPT; w < N_WORDS; w++)
            wanted[w] = memmem(p, length, words[w], strlen(words[w])) != NULL;
        for (; at < n && hits[at].line == line; at++) {
            assert_true(wanted[hits[at].pattern_id]); /* and each once */
            wanted[hits[at].pattern_id] = false;
        }
        for (unsigned w = 0; w < N_WORDS; w++)
            assert_false(wanted[w]);
        p += length + 1;
    }
    assert_int_equal(at, n);
    assert_int_equal(line, ms_parsed_lines(parser));
    ms_buffer_fini(&padded);
}

static void test_hits_belong_to_their_lines(void **unused)
{
    (void)unused;
    struct ms_pattern patterns[N_WORDS];
    struct ms_patterns *set;
    struct ms_parser *parser;
    struct ms_error err;
    for (uint32_t w = 0; w < N_WORDS; w++)
        patterns[w] = (struct ms_pattern){.id = w, .text = words[w], .text_bytes = (uint32_t)strlen(words[w])};
    assert_int_equal(ms_patterns_create(&set, patterns, N_WORDS, MS_SCAN_HYPERSCAN, NULL, &err), MS_OK);
    struct ms_names *names = ms_names_create();
    assert_int_equal(ms_parser_create(&parser, names, set, NULL, &err), MS_OK);
    ms_parser_keep_hits(parser, FIRST_KEPT);
    for (unsigned seed = 0; seed < 60; seed++) { /* several blocks, lines as long as a block */
        struct ms_buffer b = text_make(seed, seed < 50 ? 4000 : 600000, seed % 2 ? 2000 : 300000);
        check(parser, ms_span_of(b.data, b.size_bytes), false);
        ms_buffer_fini(&b);
    }
    check(parser, MS_SPAN_LIT("a line that is too long, with a needle"), true);
    ms_parser_destroy(parser);
    ms_names_destroy(names);
    ms_patterns_destroy(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_hits_belong_to_their_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
