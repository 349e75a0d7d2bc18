#include "parse/stamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

/* What libc thinks of the same moment. */
static int64_t utc(int year, int month, int day, int hour, int minute, int second)
{
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_sec = second};
    return (int64_t)timegm(&tm) * 1000000;
}

static void assert_stamp(const char *text, int64_t us, enum ms_stamp_year has_year, uint32_t n_bytes)
{
    struct ms_stamp s;
    if (!ms_stamp_read(NULL, ms_span_str(text), &s))
        fail_msg("no stamp in `%s`", text);
    if (s.us != us || s.has_year != has_year || s.n_bytes != n_bytes)
        fail_msg("`%s`: %lld us, year %d, %u bytes", text, (long long)s.us, s.has_year, s.n_bytes);
}

static void test_traditional(void **state)
{
    (void)state;
    int64_t t = utc(2000, 11, 3, 10, 20, 30);
    assert_stamp("Nov  3 10:20:30 host", t, MS_STAMP_OPEN, 15);
    assert_stamp("Nov 03 10:20:30 host", t, MS_STAMP_OPEN, 15);
    assert_stamp("Nov 3 10:20:30 host", t, MS_STAMP_OPEN, 14);
    assert_stamp("NOV  3 10:20:30", t, MS_STAMP_OPEN, 15);
    assert_stamp("nov  3 10:20:30", t, MS_STAMP_OPEN, 15);
    assert_stamp("Nov  3 10:20:30.123 host", t + 123000, MS_STAMP_OPEN, 19);
    assert_stamp("Nov  3 10:20:30,5 host", t + 500000, MS_STAMP_OPEN, 17);
    assert_stamp("Feb 29 00:00:00 host", utc(2000, 2, 29, 0, 0, 0), MS_STAMP_OPEN, 15);
    assert_stamp("Dec 31 23:59:60 host", utc(2001, 1, 1, 0, 0, 0), MS_STAMP_OPEN, 15);
}

static void test_traditional_with_year(void **state)
{
    (void)state;
    int64_t t = utc(2024, 11, 3, 10, 20, 30);
    assert_stamp("Nov  3 2024 10:20:30 host", t, MS_STAMP_LOCAL, 20);
    assert_stamp("Nov  3 10:20:30 2024 host", t, MS_STAMP_LOCAL, 20);
    assert_stamp("2024 Nov 03 10:20:30 host", t, MS_STAMP_LOCAL, 20);
    assert_stamp("2024 Nov 3 10:20:30 host", t, MS_STAMP_LOCAL, 19);
    assert_stamp("2024:11:03-10:20:30 host", t, MS_STAMP_LOCAL, 19);
    assert_stamp("Nov  3 10:20:30 9999host x", utc(2000, 11, 3, 10, 20, 30), MS_STAMP_OPEN, 15);
    assert_stamp("Feb 29 10:20:30 2024 host", utc(2024, 2, 29, 10, 20, 30), MS_STAMP_LOCAL, 20);
}

static void test_iso(void **state)
{
    (void)state;
    int64_t t = utc(2024, 5, 1, 12, 34, 56);
    const int64_t hour = 3600 * 1000000LL;
    assert_stamp("2024-05-01T12:34:56Z host", t, MS_STAMP_WHOLE, 20);
    assert_stamp("2024-05-01t12:34:56z host", t, MS_STAMP_WHOLE, 20);
    assert_stamp("2024-05-01T12:34:56.789012+02:00 host", t + 789012 - 2 * hour, MS_STAMP_WHOLE, 32);
    assert_stamp("2024-05-01T12:34:56,789-0330 host", t + 789000 + 7 * hour / 2, MS_STAMP_WHOLE, 28);
    assert_stamp("2024-05-01T12:34:56+02 host", t - 2 * hour, MS_STAMP_WHOLE, 22);
    assert_stamp("2024-05-01 12:34:56 host", t, MS_STAMP_LOCAL, 19);
    assert_stamp("2024-05-01 12:34:56.123456789 host", t + 123456, MS_STAMP_LOCAL, 29);
    assert_stamp("2024-05-01 12:34:56. host", t, MS_STAMP_LOCAL, 20);
    assert_stamp("1970-01-01T00:00:00Z", 0, MS_STAMP_WHOLE, 20);
    assert_stamp("1970-01-01T00:00:00+15:00", -15 * hour, MS_STAMP_WHOLE, 25);
    assert_stamp("9999-12-31T23:59:59.999999Z", utc(9999, 12, 31, 23, 59, 59) + 999999, MS_STAMP_WHOLE, 27);
}

static void test_not_a_stamp(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "Nov",
        "Nov  3 10:20:3",
        "Nov  3 10:20:301 host",
        "Nov  3 10:20:30host",
        "Nov  3 24:00:00 host",
        "Nov  3 10:60:00 host",
        "Nov  3 10:20:61 host",
        "Nov  0 10:20:30 host",
        "Nov 31 10:20:30 host",
        "Feb 30 10:20:30 host",
        "Nox  3 10:20:30 host",
        "Nov   3 10:20:30 host",
        "Nov  3  10:20:30 host",
        "Nov  3 1x24 10:20:30 host",
        "Feb 29 2023 10:20:30 host",
        "Feb 29 10:20:30 2023 host",
        "2023 Feb 29 10:20:30 host",
        "2024-13-01T00:00:00Z",
        "2024-00-01T00:00:00Z",
        "2024-02-30T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "2024-05-01x12:34:56Z",
        "2024-05-01T12:34:56.1234567890Z",
        "2024-05-01T12:34:56+2:00",
        "2024-05-01T12:34:56+16:00",
        "2024-05-01T12:34:56+02:60",
        "2024-05-01T12:34:56Zz",
        "2024-05-01T12:34:56+",
        "2024-05-01T12:34:56+02:0",
        "1969-12-31T00:00:00Z",
        "2024-05/01T00:00:00Z",
        "2024:05:01T12:34:56",
        "-024-05-01T12:34:56Z",
        "{\"time\":\"2024-05-01T1",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct ms_stamp s = {.us = 42};
        if (ms_stamp_read(NULL, ms_span_str(texts[i]), &s))
            fail_msg("`%s` was read as a stamp", texts[i]);
        assert_int_equal(s.us, 42);
    }
}

/* Every day of 400 years there and back, against libc. */
static void test_calendar(void **state)
{
    (void)state;
    for (int64_t day = 0; day < 146097; day++) {
        time_t seconds = (time_t)(day * 86400 + day % 86400);
        struct tm tm;
        gmtime_r(&seconds, &tm);
        char want[64], got[MS_STAMP_TEXT_MAX];
        strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S.000000Z", &tm);
        size_t n = ms_stamp_format((int64_t)seconds * 1000000, got);
        assert_int_equal(n, strlen(want));
        assert_string_equal(got, want);
        assert_stamp(want, (int64_t)seconds * 1000000, MS_STAMP_WHOLE, 27);
    }
}

static void test_format_of_any_number(void **state)
{
    (void)state;
    char text[MS_STAMP_TEXT_MAX];
    ms_stamp_format(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
    ms_stamp_format(-62135596800000000, text);
    assert_string_equal(text, "0001-01-01T00:00:00.000000Z");
    assert_true(ms_stamp_format(INT64_MAX, text) < sizeof text);
    assert_string_equal(text, "294247-01-10T04:00:54.775807Z");
    assert_true(ms_stamp_format(INT64_MIN + 1, text) < sizeof text);
}

/* A stamp as logs have them, sometimes damaged; the same form and day for some rounds. */
static size_t make_stamp(char *out, int round, unsigned *seed)
{
    static const char *const forms[] = {"Nov %2d %02d:%02d:%02d",      "Nov %02d %02d:%02d:%02d",
                                        "Nov %d %02d:%02d:%02d",       "2024-11-%02dT%02d:%02d:%02d",
                                        "2024-11-%02d %02d:%02d:%02d", "2024 Nov %d %02d:%02d:%02d",
                                        "Nov %d 2023 %02d:%02d:%02d",  "Feb %d %02d:%02d:%02d"};
    static const char *const tails[] = {
        " host", ".123456+00:00 host", "+02:00 host", "Z", "", " 2023 host", ".5 host", "1 host", ",1"};
    int n =
        sprintf(out, forms[round / 40 % 8], round / 10 % 31 + 1, round / 20 % 25, rand_r(seed) % 2, rand_r(seed) % 2);
    n += sprintf(out + n, "%s", tails[rand_r(seed) % 9]);
    if (rand_r(seed) % 4 == 0)
        out[rand_r(seed) % n] = (char)rand_r(seed);
    return rand_r(seed) % 8 == 0 ? (size_t)(rand_r(seed) % n) : (size_t)n;
}

static void test_memo_equals_plain(void **state)
{
    (void)state;
    unsigned seed = 11, n_read = 0, n_same_head = 0;
    struct ms_stamp_memo memo = {0};
    for (int i = 0; i < 300000; i++) {
        char text[80];
        size_t n = make_stamp(text, i, &seed);
        char *exact = malloc(n ? n : 1); /* so that a sanitizer sees a read behind the end */
        memcpy(exact, text, n);
        struct ms_stamp a = {0}, b = {0};
        bool hit = memo.head.n_bytes && memo.head.n_bytes <= n && memcmp(memo.text, exact, memo.head.n_bytes) == 0;
        bool with = ms_stamp_read(&memo, ms_span_of(exact, n), &a);
        bool without = ms_stamp_read(NULL, ms_span_of(exact, n), &b);
        if (with != without || (with && (a.us != b.us || a.n_bytes != b.n_bytes || a.has_year != b.has_year)))
            fail_msg("round %d: `%.*s`", i, (int)n, exact);
        n_read += with;
        n_same_head += hit;
        free(exact);
    }
    assert_true(n_read > 100000);
    assert_true(n_same_head > 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_traditional),
        cmocka_unit_test(test_traditional_with_year),
        cmocka_unit_test(test_iso),
        cmocka_unit_test(test_not_a_stamp),
        cmocka_unit_test(test_calendar),
        cmocka_unit_test(test_format_of_any_number),
        cmocka_unit_test(test_memo_equals_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
