/* Frames of texts: what zstd makes of them again, and how they stand beside what zstd makes itself. */
#include "unit/parquet/parquet_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#include "parquet/text_frame.h"

enum { MOST_STRINGS = 20000 };

struct page {
    struct ms_buffer body;
    struct ms_span strings[MOST_STRINGS]; /* only the lengths are set */
    struct ms_texts texts;
};

static struct page *page_new(size_t prefix)
{
    struct page *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->texts = (struct ms_texts){.strings = p->strings, .prefix = prefix};
    for (size_t i = 0; i < prefix; i++)
        ms_buffer_push(&p->body, (char)(i * 7));
    return p;
}

static void page_free(struct page *p)
{
    ms_buffer_fini(&p->body);
    free(p);
}

static void add(struct page *p, const char *s, size_t n)
{
    assert_true(p->texts.n < MOST_STRINGS);
    ms_buffer_append(&p->body, s, n);
    p->strings[p->texts.n++].n = (uint32_t)n;
}

/* Body -> frame -> body, behind something that stays; gives the frame's size, 0: it was refused. */
static size_t round_trip(struct page *p)
{
    struct ms_text_frame *t = ms_text_frame_create();
    struct ms_buffer out = {0};
    ms_buffer_append(&out, "before", 6);
    ms_buffer_reserve(&p->body, MS_LITERALS_SLACK);
    bool done = ms_text_frame_append(t, &out, &p->body, &p->texts);
    size_t n = out.size_bytes - 6;
    assert_memory_equal(out.data, "before", 6);
    if (done) {
        assert_int_equal(ZSTD_getFrameContentSize(out.data + 6, n), p->body.size_bytes);
        assert_int_equal(ZSTD_findFrameCompressedSize(out.data + 6, n), n);
        char *again = malloc(p->body.size_bytes + 1);
        assert_non_null(again);
        assert_int_equal(ZSTD_decompress(again, p->body.size_bytes + 1, out.data + 6, n), p->body.size_bytes);
        assert_memory_equal(again, p->body.data, p->body.size_bytes);
        free(again);
    } else {
        assert_int_equal(n, 0);
    }
    ms_text_frame_destroy(t);
    ms_buffer_fini(&out);
    return done ? n : 0;
}

static size_t by_library(const struct page *p, int level)
{
    size_t bound = ZSTD_compressBound(p->body.size_bytes);
    char *out = malloc(bound);
    assert_non_null(out);
    size_t n = ZSTD_compress(out, bound, p->body.data, p->body.size_bytes, level);
    assert_false(ZSTD_isError(n));
    free(out);
    return n;
}

/* ---- strings ---- */

static size_t queue_id(char *to, uint64_t *seed)
{
    return (size_t)sprintf(to, "%X%05X", (unsigned)(test_random(seed) % 200000),
                           (unsigned)(test_random(seed) % 1000000));
}

static size_t message_id(char *to, uint64_t *seed)
{
    return (size_t)sprintf(to, "%016llx.%llu@mail%u.example", (unsigned long long)test_random(seed),
                           (unsigned long long)(test_random(seed) % 1000000000), (unsigned)(test_random(seed) % 40));
}

static size_t reply(char *to, uint64_t *seed)
{
    static const char *const starts[] = {"delivered to maildir", "250 2.0.0 OK accepted - gw",
                                         "250 2.0.0 Ok: queued as ", "forwarded as "};
    unsigned which = test_random(seed) % 4;
    size_t n = (size_t)sprintf(to, "%s", starts[which]);
    return which < 2 ? n : n + queue_id(to + n, seed);
}

/* Any bytes below 128 (or `most`), few of them or many, and pieces of what went before. */
static size_t anything(char *to, uint64_t *seed)
{
    size_t n = test_random(seed) % (test_random(seed) % 8 == 0 ? 300 : 30);
    unsigned most = 1 + test_random(seed) % 128;
    for (size_t i = 0; i < n; i++)
        to[i] = (char)(test_random(seed) % most);
    return n;
}

static size_t one_letter(char *to, uint64_t *seed)
{
    size_t n = test_random(seed) % 7; /* too short to be looked up: all of them are literals */
    memset(to, 'x', n);
    return n;
}

/* Each byte twice as rare as the one before: codes would be longer than the format's limit. */
static size_t ever_rarer(char *to, uint64_t *seed)
{
    size_t n = test_random(seed) % 8;
    for (size_t i = 0; i < n; i++)
        to[i] = (char)('A' + __builtin_ctzll(test_random(seed) | UINT64_C(1) << 40));
    return n;
}

static const struct {
    size_t (*make)(char *, uint64_t *);
    double most; /* times what the library makes at level 1 */
} kinds[] = {{queue_id, 1.15}, {message_id, 1.35}, {reply, 1.5}, {anything, 1.2}, {one_letter, 60}, {ever_rarer, 1.6}};

static void test_texts_come_back(void **state)
{
    (void)state;
    uint64_t seed = 5;
    char s[400], before[400] = "";
    size_t n_before = 0;
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        for (unsigned round = 0; round < 40; round++) {
            size_t n_strings = round < 10 ? round : 1 + test_random(&seed) % (round == 39 ? MOST_STRINGS - 1 : 1500);
            struct page *p = page_new(test_random(&seed) % 3 * 9);
            for (size_t i = 0; i < n_strings; i++) {
                bool again = test_random(&seed) % 5 == 0;
                size_t n = again ? n_before : kinds[kind].make(s, &seed);
                add(p, again ? before : s, n);
                if (!again)
                    memcpy(before, s, n_before = n);
            }
            size_t n = round_trip(p);
            assert_true(n != 0);
            if (p->body.size_bytes > 20000 && n > by_library(p, 1) * kinds[kind].most)
                fail_msg("kind %zu: %zu bytes become %zu, level 1 of zstd makes %zu", kind, p->body.size_bytes, n,
                         by_library(p, 1));
            page_free(p);
        }
    }
}

static void test_what_repeats_costs_little(void **state)
{
    (void)state;
    struct page *p = page_new(0);
    for (size_t i = 0; i < MOST_STRINGS; i++)
        add(p, "250 2.0.0 Ok: queued as 4F8A1C1234", 34);
    size_t n = round_trip(p);
    assert_true(n > 0 && n < p->body.size_bytes / 8);
    page_free(p);
}

/* Blocks have 128 KiB at most, strings half of it. */
static void test_long_strings(void **state)
{
    (void)state;
    static char s[(1 << 16) + 1];
    uint64_t seed = 9;
    for (size_t i = 0; i < sizeof s; i++)
        s[i] = (char)('a' + test_random(&seed) % 20);
    struct page *p = page_new(0);
    for (size_t i = 0; i < 9; i++)
        add(p, s, (1 << 16) - 3 * (i % 3));
    add(p, s, 1 << 16);
    add(p, "short", 5);
    assert_true(round_trip(p) != 0);
    add(p, s, sizeof s);
    assert_int_equal(round_trip(p), 0);
    page_free(p);
}

static void test_what_is_not_ascii_is_refused(void **state)
{
    (void)state;
    for (unsigned byte = 120; byte < 256; byte++) {
        struct page *p = page_new(3);
        char s[100];
        memset(s, 'a', sizeof s);
        s[50] = (char)byte;
        add(p, s, sizeof s);
        assert_int_equal(round_trip(p) != 0, byte <= 128);
        page_free(p);
    }
}

static void test_nearly_nothing(void **state)
{
    (void)state;
    struct page *p = page_new(0);
    assert_true(round_trip(p) != 0);
    add(p, "", 0);
    assert_true(round_trip(p) != 0);
    page_free(p);
    p = page_new(20);
    add(p, "", 0);
    assert_true(round_trip(p) != 0);
    page_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_come_back), cmocka_unit_test(test_what_repeats_costs_little),
        cmocka_unit_test(test_long_strings), cmocka_unit_test(test_what_is_not_ascii_is_refused),
        cmocka_unit_test(test_nearly_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
