/* Stamps without a year behind a gap of months: back, or on by more? Only where an ID in the file speaks of the day, it is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "clock_zones.h"
#include "correlate/clock.h"
#include "parse/stamp.h"

/* Stamps of 12 September 2019 and 22 and 23 April, with the year of April as it is read. `told`: a year of which an ID tells that
 * 22 April; 0: nothing is told. */
static int year_of_april(int told, size_t n_in_a_pass)
{
    struct ms_clock c;
    struct ms_clock_window w = {0};
    struct ms_line_stamp lines[] = {{.stamp_us = utc(2000, 9, 12, 8, 0, 0)},
                                    {.stamp_us = utc(2000, 4, 22, 9, 0, 0)},
                                    {.stamp_us = utc(2000, 4, 22, 9, 0, 1)},
                                    {.stamp_us = utc(2000, 4, 23, 9, 0, 0)}};
    ms_clock_init(&c, 1);
    c.files[0].year = 2019;
    if (told != 0) {
        c.files[0].n_days = 2;
        c.files[0].days = malloc(2 * sizeof *c.files[0].days);
        assert_non_null(c.files[0].days);
        c.files[0].days[0] = (int32_t)(utc(2019, 1, 1, 0, 0, 0) / (86400 * SECOND));
        c.files[0].days[1] = (int32_t)(utc(told, 4, 22, 0, 0, 0) / (86400 * SECOND));
    }
    for (size_t i = 0; i < 4; i += n_in_a_pass) {
        uint32_t of_line[] = {0, 1, 2, 3};
        struct ms_stamps stamps = {.items = lines + i, .of_line = of_line, .n = n_in_a_pass};
        ms_clock_pass(&c, 0, &stamps, n_in_a_pass, &w);
    }
    assert_int_equal(lines[0].time_us, utc(2019, 9, 12, 8, 0, 0));
    int year = 2018;
    while (year < 2100 && lines[2].time_us != utc(year, 4, 22, 9, 0, 1))
        year++;
    assert_int_equal(lines[3].time_us, utc(year, 4, 23, 9, 0, 0));
    ms_clock_window_fini(&w);
    ms_clock_fini(&c);
    return year;
}

static void a_gap_that_ids_tell(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 4; n *= 2) {
        assert_int_equal(year_of_april(0, n), 2019);
        assert_int_equal(year_of_april(2019, n), 2019);
        assert_int_equal(year_of_april(2020, n), 2020);
        assert_int_equal(year_of_april(2024, n), 2024);
        assert_int_equal(year_of_april(2060, n), 2019); /* of another century's */
    }
}

/* ---- gaps of about a year, which look like a step of days */

struct told_line {
    int64_t time_us; /* the year in it is what must come out */
    bool is_told;    /* by an ID */
};
#define ON(y, m, d, h) utc(y, m, d, h, 0, 0)

static int by_day(const void *a, const void *b)
{
    return *(const int32_t *)a - *(const int32_t *)b;
}

/* Stamps without year of these times, of one host, in passes of so many lines; by the twin, too. */
static void come_out(const struct told_line *lines, size_t n, size_t n_in_a_pass, bool plain, bool goes_back)
{
    struct ms_clock c;
    struct ms_clock_window w = {0};
    struct tm tm;
    time_t first = (time_t)(lines[0].time_us / SECOND);
    ms_clock_init(&c, 1);
    c.files[0].year = gmtime_r(&first, &tm)->tm_year + 1900;
    c.files[0].days = malloc(n * sizeof *c.files[0].days);
    assert_non_null(c.files[0].days);
    for (size_t i = 0; i < n; i++)
        if (lines[i].is_told)
            c.files[0].days[c.files[0].n_days++] = (int32_t)(lines[i].time_us / (86400 * SECOND));
    qsort(c.files[0].days, c.files[0].n_days, sizeof *c.files[0].days, by_day);
    for (size_t i = 0; i < n; i += n_in_a_pass) {
        struct ms_line_stamp items[16];
        uint32_t of_line[16];
        size_t m = n - i < n_in_a_pass ? n - i : n_in_a_pass;
        for (size_t k = 0; k < m; k++) {
            time_t seconds = (time_t)(lines[i + k].time_us / SECOND);
            gmtime_r(&seconds, &tm);
            items[k] = (struct ms_line_stamp){.stamp_us = ON(2000, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour)};
            of_line[k] = (uint32_t)k;
        }
        struct ms_stamps stamps = {.items = items, .of_line = of_line, .n = m};
        if (plain)
            ms_clock_pass_plain(&c, 0, &stamps, m, &w);
        else
            ms_clock_pass(&c, 0, &stamps, m, &w);
        for (size_t k = 0; k < m; k++)
            if (items[k].time_us != lines[i + k].time_us)
                fail_msg("line %zu of %zu in passes of %zu%s: off by %lld h", i + k, n, n_in_a_pass,
                         plain ? ", plain" : "",
                         (long long)((items[k].time_us - lines[i + k].time_us) / SECOND / 3600));
    }
    assert_int_equal(c.files[0].back_to_s != MS_CLOCK_NEVER, goes_back);
    ms_clock_window_fini(&w);
    ms_clock_fini(&c);
}

static void all_come_out(const struct told_line *lines, size_t n, bool goes_back)
{
    for (size_t in_a_pass = 1; in_a_pass <= 16; in_a_pass *= 2)
        for (unsigned plain = 0; plain <= 1; plain++)
            come_out(lines, n, in_a_pass, plain, goes_back);
}
#define ALL_COME_OUT(lines, goes_back) all_come_out(lines, sizeof(lines) / sizeof *(lines), goes_back)

static void a_gap_of_a_year(void **state)
{
    (void)state;
    const struct told_line back[] = {{ON(2019, 9, 1, 8), true},   {ON(2019, 9, 10, 8), true},
                                     {ON(2019, 9, 12, 8), false}, {ON(2019, 9, 11, 23), false},
                                     {ON(2020, 9, 5, 8), false},  {ON(2020, 9, 6, 8), true},
                                     {ON(2020, 9, 14, 8), true}};
    ALL_COME_OUT(back, false);
    const struct told_line forth[] = {{ON(2019, 9, 10, 8), true},
                                      {ON(2019, 9, 12, 8), false},
                                      {ON(2020, 10, 12, 8), true},
                                      {ON(2020, 10, 13, 8), false}};
    ALL_COME_OUT(forth, false);
    const struct told_line many_years[] = {{ON(2012, 2, 29, 8), true},
                                           {ON(2015, 2, 20, 8), true},
                                           {ON(2015, 2, 21, 8), false},
                                           {ON(2024, 3, 30, 8), true}};
    ALL_COME_OUT(many_years, false);
    const struct told_line over_new_year[] = {{ON(2019, 12, 20, 8), true},
                                              {ON(2019, 12, 21, 8), false},
                                              {ON(2021, 1, 10, 8), true}, /* looks like next month */
                                              {ON(2021, 1, 11, 8), false},
                                              {ON(2021, 12, 28, 8), true}};
    ALL_COME_OUT(over_new_year, false);
    const struct told_line backwards[] = {
        {ON(2019, 1, 5, 8), true}, {ON(2019, 12, 29, 8), true}, {ON(2019, 12, 30, 8), false}};
    ALL_COME_OUT(backwards, false);
}

/* Steps that are what they look like, though a year is missing elsewhere, or nothing tells. */
static void steps_of_days(void **state)
{
    (void)state;
    const struct told_line set_back[] = {
        {ON(2019, 9, 1, 8), true},  {ON(2019, 9, 12, 8), true}, {ON(2019, 9, 12, 9), true}, {ON(2019, 9, 5, 8), true},
        {ON(2019, 9, 12, 9), true}, {ON(2019, 9, 14, 9), true}, {ON(2020, 9, 20, 9), true}};
    ALL_COME_OUT(set_back, true);
    const struct told_line quiet[] = {{ON(2019, 9, 1, 8), true},
                                      {ON(2019, 9, 20, 8), false},
                                      {ON(2019, 10, 15, 8), false},
                                      {ON(2020, 11, 2, 8), true}};
    ALL_COME_OUT(quiet, false);
    const struct told_line nothing_told[] = {
        {ON(2019, 9, 12, 8), false}, {ON(2019, 9, 12, 9), false}, {ON(2019, 9, 5, 8), false}};
    ALL_COME_OUT(nothing_told, true);
    const struct told_line late[] = {
        {ON(2019, 9, 12, 8), false}, {ON(2019, 9, 12, 9), false}, {ON(2019, 9, 11, 9), false}};
    ALL_COME_OUT(late, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_gap_that_ids_tell), cmocka_unit_test(a_gap_of_a_year),
                                       cmocka_unit_test(steps_of_days)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
