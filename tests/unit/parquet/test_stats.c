/* Bounds: order of strings, cutting at characters, raising a cut maximum. */
#include "unit/parquet/parquet_support.h"

#include "parquet/stats.h"

static void check_bound(const struct ms_bound *b, const void *expected, size_t n, bool exact)
{
    assert_true(b->present);
    assert_int_equal(b->n_bytes, n);
    assert_memory_equal(b->bytes, expected, n);
    assert_int_equal(b->exact, exact);
}

static void bounds_of(const struct ms_span *strings, size_t n, struct ms_bound *min, struct ms_bound *max)
{
    struct ms_string_range r = {0};
    for (size_t i = 0; i < n; i++)
        ms_string_range_add(&r, &strings[i], 1);
    ms_bounds_of_strings(min, max, &r);
}

static void test_ints(void **state)
{
    (void)state;
    static const int64_t values[] = {5, -3, 9};
    struct ms_int_range r = {0};
    struct ms_bound min, max;
    ms_int_range_add(&r, values, 0);
    ms_bounds_of_ints(&min, &max, &r, 8);
    assert_false(min.present || max.present);
    ms_int_range_add(&r, values, 3);
    ms_int_range_merge(&r, &(struct ms_int_range){.any = false, .min = -100, .max = 100});
    ms_bounds_of_ints(&min, &max, &r, 8);
    check_bound(&min, "\xfd\xff\xff\xff\xff\xff\xff\xff", 8, true);
    check_bound(&max, "\x09\0\0\0\0\0\0\0", 8, true);
    ms_bounds_of_ints(&min, &max, &r, 4);
    check_bound(&min, "\xfd\xff\xff\xff", 4, true);
    ms_int_range_merge(&r, &(struct ms_int_range){.any = true, .min = INT64_MIN + 1, .max = 3});
    assert_true(r.min == INT64_MIN + 1 && r.max == 9);
}

static void test_strings_order_by_bytes(void **state)
{
    (void)state;
    static const struct ms_span strings[] = {MS_SPAN_LIT("abcdefgh"), MS_SPAN_LIT("abcdefghi"), MS_SPAN_LIT("abcdefg"),
                                             MS_SPAN_LIT("\xc3\xa4"), MS_SPAN_LIT("zz"),        MS_SPAN_LIT("B")};
    struct ms_bound min, max;
    bounds_of(strings, 6, &min, &max);
    check_bound(&min, "B", 1, true);
    check_bound(&max, "\xc3\xa4", 2, true);
    bounds_of(strings, 3, &min, &max);
    check_bound(&min, "abcdefg", 7, true);
    check_bound(&max, "abcdefghi", 9, true);
    static const struct ms_span zeros[] = {MS_SPAN_LIT("a\0b"), MS_SPAN_LIT("a"), MS_SPAN_LIT("a\0")};
    bounds_of(zeros, 3, &min, &max); /* a zero byte is not the end */
    check_bound(&min, "a", 1, true);
    check_bound(&max, "a\0b", 3, true);
    static const struct ms_span empty[] = {MS_SPAN_LIT(""), MS_SPAN_LIT("x")};
    bounds_of(empty, 2, &min, &max);
    check_bound(&min, "", 0, true);
    bounds_of(empty, 0, &min, &max);
    assert_false(min.present || max.present);
}

/* Against sorting by memcmp, on short strings of few letters, where ties and prefixes are common. */
static void test_strings_random(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int round = 0; round < 2000; round++) {
        char bytes[20][12];
        struct ms_span strings[20], least, most;
        for (int i = 0; i < 20; i++) {
            uint32_t n = (uint32_t)(test_random(&seed) % 12);
            for (uint32_t k = 0; k < n; k++)
                bytes[i][k] = "a\x01z"[test_random(&seed) % 3];
            strings[i] = ms_span_of(bytes[i], n);
        }
        least = most = strings[0];
        for (int i = 1; i < 20; i++) {
            struct ms_span s = strings[i];
            int c = memcmp(s.p, least.p, s.n < least.n ? s.n : least.n);
            least = c < 0 || (c == 0 && s.n < least.n) ? s : least;
            c = memcmp(s.p, most.p, s.n < most.n ? s.n : most.n);
            most = c > 0 || (c == 0 && s.n > most.n) ? s : most;
        }
        struct ms_bound min, max;
        bounds_of(strings, 20, &min, &max);
        check_bound(&min, least.p, least.n, true);
        check_bound(&max, most.p, most.n, true);
    }
}

static void test_long_strings_are_cut(void **state)
{
    (void)state;
    char s[200];
    memset(s, 'a', sizeof s);
    struct ms_bound min, max;
    struct ms_span span = {s, 64};
    bounds_of(&span, 1, &min, &max);
    check_bound(&max, s, 64, true); /* 64 bytes still fit */
    span.n = 65;
    bounds_of(&span, 1, &min, &max);
    check_bound(&min, s, 64, false);
    s[63] = 'b';
    check_bound(&max, s, 64, false); /* raised */
    memset(s, 'a', sizeof s);
    memcpy(s + 62, "\xe2\x82\xac", 3); /* a character across the border is dropped whole */
    bounds_of(&span, 1, &min, &max);
    check_bound(&min, s, 62, false);
    s[61] = 'b';
    check_bound(&max, s, 62, false);
}

static void check_raised(const char *last, const char *expected)
{
    char s[80];
    size_t n = strlen(last);
    memset(s, 'x', sizeof s);
    memcpy(s + 64 - n, last, n);
    struct ms_span span = {s, 70};
    struct ms_bound min, max;
    bounds_of(&span, 1, &min, &max);
    memcpy(s + 64 - n, expected, strlen(expected));
    check_bound(&max, s, 64 - n + strlen(expected), false);
}

static void test_raised_characters(void **state)
{
    (void)state;
    check_raised("\x7f", "\xc2\x80");                 /* one byte more */
    check_raised("\xdf\xbf", "\xe0\xa0\x80");         /* U+07FF */
    check_raised("\xed\x9f\xbf", "\xee\x80\x80");     /* U+D7FF: over the surrogates */
    check_raised("\xef\xbf\xbf", "\xf0\x90\x80\x80"); /* U+FFFF */
    check_raised("a\xf4\x8f\xbf\xbf", "b");           /* U+10FFFF has no next one */
    char s[80];
    for (int i = 0; i < 20; i++)
        memcpy(s + (size_t)4 * i, "\xf4\x8f\xbf\xbf", 4);
    struct ms_span span = {s, 80};
    struct ms_bound min, max;
    bounds_of(&span, 1, &min, &max);
    check_bound(&min, s, 64, false);
    assert_false(max.present); /* nothing is greater */
}

static void test_written_form(void **state)
{
    (void)state;
    struct ms_stats s = {.n_nulls = 3, .n_distinct = 2};
    struct ms_bound b = {.present = true, .exact = true, .n_bytes = 1, .bytes = "b"};
    s.max = b;
    s.min = b;
    s.min.bytes[0] = 'a';
    s.min.exact = false;
    struct ms_buffer out = {0};
    struct ms_thrift t;
    ms_thrift_init(&t, &out);
    ms_stats_write(&t, 12, &s);
    static const unsigned char expected[] = {0xcc, 0x36, 0x06, 0x16, 0x04, 0x18, 0x01,
                                             'b',  0x18, 0x01, 'a',  0x11, 0x12, 0x00};
    test_bytes_equal(&out, expected, sizeof expected);
    ms_buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ints),
        cmocka_unit_test(test_strings_order_by_bytes),
        cmocka_unit_test(test_strings_random),
        cmocka_unit_test(test_long_strings_are_cut),
        cmocka_unit_test(test_raised_characters),
        cmocka_unit_test(test_written_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
