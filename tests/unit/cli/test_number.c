/* Guards: numbers, zones, years and the nearest word, as people type them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "cli/nearest.h"
#include "cli/number.h"
#include "cli/years.h"

static void expect_number(const char *text, uint64_t expected)
{
    uint64_t value = 0;
    assert_int_equal(ms_number_parse(text, 0, UINT64_MAX, &value, NULL), MS_OK);
    assert_int_equal(value, expected);
}

static void expect_no_number(const char *text, uint64_t min, uint64_t max)
{
    uint64_t value = 77;
    struct ms_error err = {{0}};
    assert_int_equal(ms_number_parse(text, min, max, &value, &err), MS_ERR_USAGE);
    assert_int_equal(value, 77);
    assert_non_null(strstr(err.text, text));
}

static void numbers(void **state)
{
    (void)state;
    expect_number("0", 0);
    expect_number("007", 7);
    expect_number("4k", 4096);
    expect_number("3M", 3 << 20);
    expect_number("2G", (uint64_t)2 << 30);
    expect_number("1T", (uint64_t)1 << 40);
    expect_number("18446744073709551615", UINT64_MAX);
    const char *const wrong[] = {"",
                                 "K",
                                 "-1",
                                 "+1",
                                 " 1",
                                 "1 ",
                                 "1KB",
                                 "1.5G",
                                 "0x10",
                                 "12a",
                                 "1e3",
                                 "18446744073709551616",
                                 "99999999999999999999999",
                                 "18014398509481984K"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect_no_number(wrong[i], 0, UINT64_MAX);
    expect_no_number("0", 1, 8);
    expect_no_number("9", 1, 8);
}

static void zones(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int seconds;
    } good[] = {{"UTC", 0},    {"Z", 0},          {"+01:00", 3600}, {"-0530", -19800},
                {"+02", 7200}, {"-00:30", -1800}, {"+14", 50400},   {"+00:00", 0}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int seconds = -1;
        assert_int_equal(ms_zone_parse(good[i].text, &seconds, NULL), MS_OK);
        assert_int_equal(seconds, good[i].seconds);
    }
    const char *const wrong[] = {"",      "utc ",   "Europe/Berlin", "CET",    "+1",    "+1:00",   "+01:",
                                 "+01:0", "+01:60", "+15",           "+14:01", "01:00", "+01:00x", "+-1:00"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int seconds = -1;
        struct ms_error err = {{0}};
        assert_int_equal(ms_zone_parse(wrong[i], &seconds, &err), MS_ERR_USAGE);
        assert_non_null(strstr(err.text, "UTC"));
    }
}

static size_t distance(const char *a, const char *b)
{
    return ms_edit_distance(a, strlen(a), b, strlen(b));
}

static void distances(void **state)
{
    (void)state;
    assert_int_equal(distance("", ""), 0);
    assert_int_equal(distance("threads", "threads"), 0);
    assert_int_equal(distance("tread", "threads"), 2);
    assert_int_equal(distance("kitten", "sitting"), 3);
    assert_int_equal(distance("", "abc"), 3);
    char huge[200];
    memset(huge, 'x', sizeof huge);
    assert_int_equal(ms_edit_distance(huge, sizeof huge, "x", 1), 62); /* cut at 63 letters, never past its row */
    struct ms_nearest nearest = ms_nearest_to("forc", 4);
    ms_nearest_try(&nearest, "format");
    ms_nearest_try(&nearest, "force");
    ms_nearest_try(&nearest, "host");
    assert_string_equal(nearest.best, "force");
}

#define DAY_US ((int64_t)86400 * 1000000)
#define Y2000_US ((int64_t)946684800 * 1000000) /* 2000-01-01 */

static void years_roll_over(void **state)
{
    (void)state;
    struct ms_years years = {.year = 2018};
    int64_t t = 0;
    assert_true(ms_years_apply(&years, Y2000_US + 364 * DAY_US + 7, &t)); /* Dec 30 */
    assert_int_equal(t, (int64_t)1546128000 * 1000000 + 7);               /* 2018-12-30 */
    assert_true(ms_years_apply(&years, Y2000_US, &t));                    /* Jan 1 */
    assert_int_equal(t, (int64_t)1546300800 * 1000000);                   /* 2019-01-01 */
    assert_true(ms_years_apply(&years, Y2000_US + 365 * DAY_US, &t));     /* a late line of Dec 31 */
    assert_int_equal(t, (int64_t)1546214400 * 1000000);                   /* 2018-12-31 */
    assert_true(ms_years_apply(&years, Y2000_US + DAY_US, &t));
    assert_int_equal(t, (int64_t)1546387200 * 1000000); /* 2019-01-02 */
    assert_true(ms_years_apply(&years, Y2000_US, &t));  /* a step back within the year stays in it */
    assert_int_equal(t, (int64_t)1546300800 * 1000000);
}

static void years_never_guess(void **state)
{
    (void)state;
    struct ms_years unknown = {0}, common = {.year = 2019}, leap = {.year = 2020};
    int64_t t = 0, feb29 = Y2000_US + 59 * DAY_US;
    assert_false(ms_years_apply(&unknown, Y2000_US, &t));
    assert_false(ms_years_apply(&common, feb29, &t));
    assert_true(ms_years_apply(&leap, feb29, &t));
    assert_int_equal(t, (int64_t)1582934400 * 1000000); /* 2020-02-29 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),           cmocka_unit_test(zones),
        cmocka_unit_test(distances),         cmocka_unit_test(years_roll_over),
        cmocka_unit_test(years_never_guess),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
