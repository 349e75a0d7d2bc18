/* Local time of a clock that goes over. (That it does not matter where the stream is cut: test_clock.c.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "clock_zones.h"
#include "correlate/clock.h"
#include "parse/stamp.h"

#define HOUR (3600 * SECOND)

/* Berlin in 2026: two hours ahead from March to October. */
static struct ms_zone_step berlin_steps[3];
static const struct ms_zone berlin = {.n = 3, .steps = berlin_steps};

static void make_berlin(void)
{
    berlin_steps[0] = (struct ms_zone_step){INT64_MIN, HOUR};
    berlin_steps[1] = (struct ms_zone_step){utc(2026, 3, 29, 1, 0, 0), 2 * HOUR};
    berlin_steps[2] = (struct ms_zone_step){utc(2026, 10, 25, 1, 0, 0), HOUR};
}

static void a_clock_that_goes_over(void **state)
{
    (void)state;
    static const struct {
        int month, day, hour, minute; /* what the clock shows */
        int near_hour, near_minute;   /* UTC, of the same day; -1: nothing was before */
        int want_hour, want_minute;
        bool is_double;
    } cases[] = {
        {1, 5, 12, 0, -1, 0, 11, 0, false},    {7, 5, 12, 0, -1, 0, 10, 0, false},  {3, 29, 1, 59, -1, 0, 0, 59, false},
        {3, 29, 3, 0, -1, 0, 1, 0, false},     {3, 29, 2, 30, -1, 0, 1, 30, false}, /* never shown */
        {10, 25, 1, 59, -1, 0, 23, 59, false}, {10, 25, 2, 0, -1, 0, 0, 0, true},   {10, 25, 2, 0, 0, 20, 1, 0, true},
        {10, 25, 2, 0, 0, 59, 1, 0, true},     {10, 25, 2, 59, 0, 50, 0, 59, true}, {10, 25, 2, 59, 1, 40, 1, 59, true},
        {10, 25, 3, 0, -1, 0, 2, 0, false},
    };
    make_berlin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool is_double = false;
        int day = cases[i].day - (cases[i].want_hour == 23);
        int64_t near_us = cases[i].near_hour < 0
                              ? MS_CLOCK_NEVER
                              : utc(2026, cases[i].month, cases[i].day, cases[i].near_hour, cases[i].near_minute, 0);
        int64_t t = ms_zone_utc_us(&berlin, utc(2026, cases[i].month, cases[i].day, cases[i].hour, cases[i].minute, 0),
                                   near_us, &is_double);
        if (t != utc(2026, cases[i].month, day, cases[i].want_hour, cases[i].want_minute, 0) ||
            is_double != cases[i].is_double)
            fail_msg("case %zu: %lld, %d", i, (long long)(t / SECOND), is_double);
    }
    assert_int_equal(ms_zone_offset_us(&berlin, utc(2026, 3, 29, 0, 59, 59)), HOUR);
    assert_int_equal(ms_zone_offset_us(&berlin, utc(2026, 3, 29, 1, 0, 0)), 2 * HOUR);
    assert_int_equal(ms_zone_offset_us(&berlin, utc(2030, 7, 1, 0, 0, 0)), HOUR);
}

static void pass(struct ms_clock *c, struct ms_line_stamp *lines, size_t n, struct ms_clock_window *w)
{
    uint32_t of_line[240];
    for (size_t i = 0; i < n; i++)
        of_line[i] = (uint32_t)i;
    ms_clock_pass(c, 0, &(struct ms_stamps){.items = lines, .n = n, .of_line = of_line}, n, w);
}

/* The hour that is there twice, line by line: time never goes back. */
static void an_hour_that_is_there_twice(void **state)
{
    (void)state;
    struct ms_clock c;
    struct ms_clock_window w = {0};
    struct ms_line_stamp lines[240];
    make_berlin();
    for (size_t round = 0; round < 2; round++) { /* without year; with it */
        ms_clock_init(&c, 1);
        c.files[0].year = 2026;
        c.n_zones = 1;
        c.zones = calloc(1, sizeof(struct ms_zone *));
        c.zones[0] = malloc(sizeof berlin);
        *c.zones[0] = (struct ms_zone){.n = 3, .steps = malloc(sizeof berlin_steps)};
        memcpy(c.zones[0]->steps, berlin_steps, sizeof berlin_steps);
        for (int i = 0; i < 240; i++) { /* a line a minute from 1:00 to 3:59 */
            int shown = i < 120 ? 60 + i : i;
            lines[i] = (struct ms_line_stamp){.stamp_us = utc(2000, 10, 25, shown / 60, shown % 60, 0)};
            if (round == 1) {
                lines[i].stamp_us = utc(2026, 10, 25, shown / 60, shown % 60, 0);
                lines[i].has_year = MS_STAMP_LOCAL;
            }
        }
        assert_true(ms_clock_enter(&c, 0));
        pass(&c, lines, 100, &w);
        pass(&c, lines + 100, 140, &w);
        ms_clock_leave(&c);
        for (int i = 0; i < 240; i++)
            assert_int_equal(lines[i].time_us, utc(2026, 10, 24, 23, 0, 0) + i * 60 * SECOND);
        ms_clock_fini(&c);
    }
    ms_clock_window_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_that_goes_over),
        cmocka_unit_test(an_hour_that_is_there_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
