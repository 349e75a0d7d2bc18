/* Hyperscan against the plain twin: random patterns over random texts of few letters, where overlaps and near misses abound;
 * blocks and their borders; order and repeats; what is refused. */
#include "scan/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

static uint64_t seed, rng_state;

static uint32_t below(uint32_t n)
{
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return (uint32_t)(rng_state >> 16) % n;
}

static struct ms_pattern literal(uint32_t id, const char *text)
{
    return (struct ms_pattern){.id = id, .text = text, .text_bytes = (uint32_t)strlen(text)};
}

static struct ms_pattern regex(uint32_t id, const char *text)
{
    struct ms_pattern p = literal(id, text);
    p.is_regex = true;
    return p;
}

static enum ms_status try_scan(const struct ms_pattern *patterns, size_t n, enum ms_scan_engine engine,
                               struct ms_span text, struct ms_hits *hits, struct ms_error *err)
{
    struct ms_patterns *p = NULL;
    struct ms_scanner *s = NULL;
    enum ms_status st = ms_patterns_create(&p, patterns, n, engine, NULL, err);
    if (st == MS_OK)
        st = ms_scanner_create(&s, p, err);
    if (st == MS_OK)
        st = ms_scanner_scan(s, text, hits, err);
    ms_scanner_destroy(s);
    ms_patterns_destroy(p);
    return st;
}

static struct ms_hits scan(const struct ms_pattern *patterns, size_t n, enum ms_scan_engine engine, struct ms_span text)
{
    struct ms_error err = {""};
    struct ms_hits hits = {0};
    enum ms_status st = try_scan(patterns, n, engine, text, &hits, &err);
    if (st != MS_OK)
        fail_msg("status %d: %s", (int)st, err.text);
    return hits;
}

static void assert_hits_equal(struct ms_hits got, struct ms_hits want, const char *what)
{
    size_t n = got.n < want.n ? got.n : want.n;
    for (size_t i = 0; i < n; i++)
        if (got.items[i].end != want.items[i].end || got.items[i].pattern_id != want.items[i].pattern_id)
            fail_msg("%s: hit %zu is {%u, %u}, not {%u, %u}; seed %llu", what, i, got.items[i].pattern_id,
                     got.items[i].end, want.items[i].pattern_id, want.items[i].end, (unsigned long long)seed);
    if (got.n != want.n)
        fail_msg("%s: %zu hits, not %zu; seed %llu", what, got.n, want.n, (unsigned long long)seed);
}

#define ASSERT_HITS(hits, ...)                                                                                         \
    do {                                                                                                               \
        struct ms_hit want_[] = {__VA_ARGS__};                                                                         \
        assert_hits_equal(hits, (struct ms_hits){want_, sizeof want_ / sizeof *want_, 0}, __func__);                   \
        ms_hits_fini(&(hits));                                                                                         \
    } while (0)

static const enum ms_scan_engine both[] = {MS_SCAN_HYPERSCAN, MS_SCAN_PLAIN};

/* Worked out by hand, for both engines: neither judges itself. */
static void known_answers(void **state)
{
    (void)state;
    struct ms_pattern caseless = literal(9, "AB");
    caseless.caseless = true;
    for (int i = 0; i < 2; i++) {
        const struct ms_pattern literals[] = {literal(7, "aa"), literal(3, "a"), literal(5, "a"), caseless};
        struct ms_hits hits = scan(literals, 4, both[i], MS_SPAN_LIT("aaaB\na"));
        ASSERT_HITS(hits, {3, 1}, {5, 1}, {3, 2}, {5, 2}, {7, 2}, {3, 3}, {5, 3}, {7, 3}, {9, 4}, {3, 6}, {5, 6});

        const struct ms_pattern one_id[] = {literal(1, "ab"), literal(1, "b"), literal(1, "ab"), regex(2, "a"),
                                            regex(2, "[ab]")};
        hits = scan(one_id, 5, both[i], MS_SPAN_LIT("abab"));
        ASSERT_HITS(hits, {2, 1}, {1, 2}, {1, 4});

        const struct ms_pattern mixed[] = {regex(1, "^b.*c"), literal(2, "c.c"), regex(3, "[^x]$"), regex(4, "c[^x]b")};
        hits = scan(mixed, 4, both[i], MS_SPAN_LIT("bcc\nbabc\nc.c\nx"));
        ASSERT_HITS(hits, {1, 2}, {3, 3}, {1, 8}, {3, 8}, {2, 12}, {3, 12});
    }
}

static void odd_bytes_in_literals(void **state)
{
    (void)state;
    const struct ms_pattern p[] = {{.id = 1, .text = "\0\xff", .text_bytes = 2},
                                   literal(2, ".*"),
                                   {.id = 3, .text = "\\\0.", .text_bytes = 3},
                                   regex(4, "zz")}; /* a regex beside them: literals are escaped then */
    for (size_t n = 3; n <= 4; n++)
        for (int i = 0; i < 2; i++) {
            struct ms_hits hits = scan(p, n, both[i], MS_SPAN_LIT("\0\xff.*\\\0.\\0.\0\xfe"));
            ASSERT_HITS(hits, {1, 2}, {2, 4}, {3, 7});
        }
}

/* Text that ends at a page which traps. */
static char *guarded_text(size_t n_bytes, char **room, size_t *room_bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (n_bytes + page - 1) / page * page;
    *room_bytes = whole + page;
    *room = mmap(NULL, *room_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(*room != MAP_FAILED);
    assert_int_equal(mprotect(*room + whole, page, PROT_NONE), 0);
    return *room + whole - n_bytes;
}

static void compare_engines(const struct ms_pattern *patterns, size_t n, struct ms_span text, const char *what)
{
    struct ms_hits fast = scan(patterns, n, MS_SCAN_HYPERSCAN, text), plain = scan(patterns, n, MS_SCAN_PLAIN, text);
    assert_hits_equal(fast, plain, what);
    ms_hits_fini(&fast);
    ms_hits_fini(&plain);
}

static void random_literals(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        const char *alphabet = round % 2 ? "ab\n" : "aAbB.\\\n\0xyz\xff";
        uint32_t letters = round % 2 ? 3 : 12;
        char texts[12][8];
        struct ms_pattern patterns[12];
        size_t n = 1 + below(12);
        for (size_t i = 0; i < n; i++) {
            uint32_t bytes = 1 + below(sizeof texts[i]);
            for (uint32_t k = 0; k < bytes; k++)
                while ((texts[i][k] = alphabet[below(letters)]) == '\n')
                    ;
            patterns[i] = (struct ms_pattern){
                .id = below(20), .text = texts[i], .text_bytes = bytes, .caseless = below(3) == 0}; /* ids may repeat */
        }
        size_t n_bytes = below(2000), room_bytes;
        char *room, *text = guarded_text(n_bytes, &room, &room_bytes);
        for (size_t i = 0; i < n_bytes; i++)
            text[i] = alphabet[below(letters)];
        compare_engines(patterns, n, ms_span_of(text, n_bytes), "random literals");
        munmap(room, room_bytes);
    }
}

/* A random expression of what both engines read alike; may well be one that Hyperscan refuses. */
static size_t regex_make(char *out, size_t room, int depth)
{
    static const char *atoms[] = {"a", "b", "c", ".", "[ab]", "[^a]", "[^bc]", "\\.", "\\\\"};
    static const char *repeats[] = {"", "", "", "", "*", "+", "?", "{2}", "{1,3}"};
    size_t used = 0;
    uint32_t pieces = 1 + below(3);
    out[0] = '\0';
    for (uint32_t i = 0; i < pieces && used + 64 < room; i++) {
        if (depth > 0 && below(3) == 0) {
            out[used++] = '(';
            used += regex_make(out + used, (room - used) / 2, depth - 1);
            out[used++] = '|';
            used += regex_make(out + used, (room - used) / 2, depth - 1);
            out[used++] = ')';
        } else {
            used += (size_t)snprintf(out + used, room - used, "%s", atoms[below(9)]);
        }
        used += (size_t)snprintf(out + used, room - used, "%s", repeats[below(9)]);
    }
    return used;
}

static void random_regexes(void **state)
{
    (void)state;
    static const char alphabet[] = "aabbcC.\\\n\n\0\xff";
    int compared = 0, matching = 0;
    for (int round = 0; round < 600; round++) {
        char body[512], text[400], anchored[520];
        regex_make(body, sizeof body, 2);
        snprintf(anchored, sizeof anchored, "%s%s%s", below(4) ? "" : "^", body, below(4) ? "" : "$");
        struct ms_pattern patterns[] = {regex(1, anchored), literal(2, "ab"), regex(3, "b[^a]c")};
        patterns[0].caseless = below(2);
        size_t n_bytes = below(sizeof text);
        for (size_t i = 0; i < n_bytes; i++)
            text[i] = alphabet[below(sizeof alphabet - 1)];
        struct ms_hits fast = {0}, plain = {0};
        if (try_scan(patterns, 3, MS_SCAN_HYPERSCAN, ms_span_of(text, n_bytes), &fast, NULL) == MS_OK) {
            struct ms_error err = {""};
            if (try_scan(patterns, 3, MS_SCAN_PLAIN, ms_span_of(text, n_bytes), &plain, &err) != MS_OK)
                fail_msg("the twin refuses %s: %s; seed %llu", anchored, err.text, (unsigned long long)seed);
            assert_hits_equal(fast, plain, anchored);
            compared++;
            matching += fast.n > 0;
        }
        ms_hits_fini(&fast);
        ms_hits_fini(&plain);
    }
    assert_true(compared > 200); /* the rest match the empty text, or never */
    assert_true(matching > 150);
}

/* Expressions that can eat line ends, with lines around the borders of blocks, and lines longer than a block: the hits are
 * those of each line by itself. */
static void blocks_do_not_show(void **state)
{
    (void)state;
    const struct ms_pattern patterns[] = {literal(1, "needle"), regex(2, "key[^x]*value"), regex(3, "^head"),
                                          regex(4, "tail$"), literal(5, "tail")};
    for (int round = 0; round < 12; round++) {
        size_t n_bytes = 3 * MS_SCAN_BLOCK_BYTES + below(5000), line_bytes = round < 10 ? 40 + below(200) : 300000;
        char *text = malloc(n_bytes);
        static const char *words[] = {"needle", "key", "value", "head", "tail", "x", "abc", "keyx"};
        for (size_t i = 0; i < n_bytes;) {
            const char *word = words[below(8)];
            size_t n = strlen(word) < n_bytes - i ? strlen(word) : n_bytes - i;
            memcpy(text + i, word, n);
            i += n;
            if (i < n_bytes && below((uint32_t)line_bytes / 4) == 0)
                text[i++] = '\n';
        }
        struct ms_hits whole = scan(patterns, 5, MS_SCAN_HYPERSCAN, ms_span_of(text, n_bytes)), lines = {0};
        struct ms_patterns *p;
        struct ms_scanner *s;
        assert_int_equal(ms_patterns_create(&p, patterns, 5, MS_SCAN_HYPERSCAN, NULL, NULL), MS_OK);
        assert_int_equal(ms_scanner_create(&s, p, NULL), MS_OK);
        for (size_t begin = 0; begin < n_bytes;) {
            char *newline = memchr(text + begin, '\n', n_bytes - begin);
            size_t end = newline ? (size_t)(newline + 1 - text) : n_bytes, first = lines.n;
            assert_int_equal(ms_scanner_scan(s, ms_span_of(text + begin, end - begin), &lines, NULL), MS_OK);
            for (size_t i = first; i < lines.n; i++)
                lines.items[i].end += (uint32_t)begin;
            begin = end;
        }
        assert_true(whole.n > 100);
        assert_hits_equal(whole, lines, "whole text against line by line");
        if (round == 0)
            compare_engines((const struct ms_pattern[]){patterns[0], patterns[4]}, 2, ms_span_of(text, n_bytes),
                            "blocks, literals");
        ms_hits_fini(&whole);
        ms_hits_fini(&lines);
        ms_scanner_destroy(s);
        ms_patterns_destroy(p);
        free(text);
    }
}

/* `a.*` has a match end at every byte behind an a; only the first may be kept, else a long line fills the memory. */
static void regex_hits_stay_few(void **state)
{
    (void)state;
    static char text[400000];
    memset(text, 'a', sizeof text);
    const struct ms_pattern p = regex(1, "a.*");
    struct ms_hits hits = scan(&p, 1, MS_SCAN_HYPERSCAN, ms_span_of(text, sizeof text));
    ASSERT_HITS(hits, {1, 1});
}

static void appends_and_accepts_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct ms_hits hits = scan(NULL, 0, both[i], MS_SPAN_LIT("text"));
        assert_int_equal(hits.n, 0);
        const struct ms_pattern p = literal(1, "t");
        assert_int_equal(try_scan(&p, 1, both[i], MS_SPAN_LIT(""), &hits, NULL), MS_OK);
        assert_int_equal(try_scan(&p, 1, both[i], MS_SPAN_LIT("xt"), &hits, NULL), MS_OK);
        assert_int_equal(try_scan(&p, 1, both[i], MS_SPAN_LIT("t"), &hits, NULL), MS_OK);
        ASSERT_HITS(hits, {1, 2}, {1, 1}); /* earlier hits stay as they are */
    }
}

static void assert_refused(struct ms_pattern p, enum ms_scan_engine engine, const char *says)
{
    struct ms_error err = {""};
    struct ms_hits hits = {0};
    const struct ms_pattern two[] = {literal(1, "fine"), p};
    if (try_scan(two, 2, engine, MS_SPAN_LIT("x"), &hits, &err) != MS_ERR_USAGE || !strstr(err.text, says))
        fail_msg("%s was not refused with '%s' but: %s", p.text, says, err.text);
}

static void refusals_name_the_pattern(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_refused(literal(2, ""), both[i], "empty pattern");
        assert_refused(literal(2, "end\n"), both[i], "pattern end\\x0a: ");
        assert_refused(regex(2, "a\\Ab"), both[i], "\\A");
        assert_refused(regex(2, "(?i-m)a"), both[i], "(?-m)");
        assert_refused(regex(2, "(*UTF8)a"), both[i], "bytes");
        assert_refused(regex(2, "open(here"), both[i], "pattern open(here: ");
        assert_refused(regex(2, "a*"), both[i], "pattern a*: it matches the empty");
        assert_refused(regex(2, "^a*"), both[i], "pattern ^a*: it matches the empty");
        assert_refused((struct ms_pattern){.id = 2, .text = "a\0b", .text_bytes = 3, .is_regex = true}, both[i],
                       "zero byte");
    }
    assert_refused(regex(2, "(a)\\1"), MS_SCAN_HYPERSCAN, "pattern (a)\\1: "); /* back references */
    assert_refused(regex(2, "\\d+"), MS_SCAN_PLAIN, "[0-9]");
    assert_refused(regex(2, "(?:a)"), MS_SCAN_PLAIN, "(?...)");
    assert_refused(regex(2, "ba+?"), MS_SCAN_PLAIN, "lazy");
    assert_refused(regex(2, "[\\w]"), MS_SCAN_PLAIN, "inside [ ]");

    struct ms_hits hits =
        scan(&(struct ms_pattern){1, "\\\\A(?i)x", 8, true, false}, 1, MS_SCAN_HYPERSCAN, MS_SPAN_LIT("\\AX"));
    ASSERT_HITS(hits, {1, 3}); /* an escaped backslash before an A is no anchor */
}

int main(void)
{
    const char *given = getenv("MS_TEST_SEED");
    seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) ^ (uint64_t)getpid() << 32;
    rng_state = seed ? seed : 1;
    print_message("seed %llu (MS_TEST_SEED=... repeats it)\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(odd_bytes_in_literals),
        cmocka_unit_test(random_literals),
        cmocka_unit_test(random_regexes),
        cmocka_unit_test(blocks_do_not_show),
        cmocka_unit_test(regex_hits_stay_few),
        cmocka_unit_test(appends_and_accepts_nothing),
        cmocka_unit_test(refusals_name_the_pattern),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
