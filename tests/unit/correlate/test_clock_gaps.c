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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_gap_that_ids_tell)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
