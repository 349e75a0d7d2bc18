/* The zone of a host, from what its lines tell of the time. */
#include "pipeline/zones.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define QUARTER (15 * MINUTE)

static int64_t utc(int year, int month, int day, int hour)
{
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour};
    return (int64_t)timegm(&tm) * SECOND;
}

struct world {
    struct ms_zones zones;
    struct ms_names *names;
    uint32_t mx, other;
    struct ms_zone **made;
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    w->names = ms_names_create();
    w->mx = ms_names_add_host(w->names, MS_SPAN_LIT("mx"));
    w->other = ms_names_add_host(w->names, MS_SPAN_LIT("other"));
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    for (uint32_t i = 0; w->made != NULL && i < ms_names_n_hosts(w->names); i++) {
        if (w->made[i] != NULL)
            free(w->made[i]->steps);
        free(w->made[i]);
    }
    free(w->made);
    ms_zones_fini(&w->zones);
    ms_names_destroy(w->names);
    free(w);
    return 0;
}

/* `n` lines a minute apart, `quarters` ahead of UTC and each `late_us` behind what it tells. */
static void lines(struct world *w, int64_t from_us, int n, int quarters, int64_t late_us)
{
    for (int i = 0; i < n; i++)
        ms_zones_vote(&w->zones, w->mx, from_us + i * MINUTE + late_us + quarters * QUARTER, from_us + i * MINUTE);
}

static const struct ms_zone *make(struct world *w)
{
    ms_zones_end_piece(&w->zones);
    w->made = ms_zones_make(&w->zones, w->names, w->mx);
    return w->made[w->mx];
}

static void assert_step(const struct ms_zone *z, size_t i, int64_t from_us, int quarters)
{
    assert_true(z != NULL && i < z->n);
    assert_int_equal(z->steps[i].from_us, from_us);
    assert_int_equal(z->steps[i].offset_us, quarters * QUARTER);
}

static void one_line_is_enough(void **state)
{
    lines(*state, utc(2026, 1, 1, 0), 1, 36, 4 * SECOND);
    const struct ms_zone *z = make(*state);
    assert_int_equal(z->n, 1);
    assert_step(z, 0, INT64_MIN, 36);
    assert_null(((struct world *)*state)->made[((struct world *)*state)->other]);
}

static void stamps_are_cut_to_seconds(void **state)
{
    lines(*state, utc(2026, 1, 1, 0) + 999999, 1, -20, -999999);
    assert_step(make(*state), 0, INT64_MIN, -20);
}

static void late_lines_are_not_believed(void **state)
{
    lines(*state, utc(2026, 1, 1, 0), 20, 22, SECOND);
    lines(*state, utc(2026, 1, 1, 1), 40, 22, 70 * MINUTE);
    lines(*state, utc(2026, 1, 1, 2), 1, 22, SECOND);
    const struct ms_zone *z = make(*state);
    assert_int_equal(z->n, 1);
    assert_step(z, 0, INT64_MIN, 22);
}

/* A quarter of an hour is rare: a single late line would look like that. */
static void a_quarter_wants_more_than_one_witness(void **state)
{
    lines(*state, utc(2026, 1, 1, 0), 2, 23, SECOND);
    assert_null(make(*state));
}

static void three_are_enough(void **state)
{
    lines(*state, utc(2026, 1, 1, 0), 3, 23, SECOND);
    assert_step(make(*state), 0, INT64_MIN, 23); /* Kathmandu */
}

static void what_is_no_zone_says_nothing(void **state)
{
    lines(*state, utc(2026, 1, 1, 0), 9, 15 * 4, SECOND);
    lines(*state, utc(2026, 1, 1, 0), 9, -13 * 4, SECOND);
    assert_null(make(*state));
}

/* Seen on both sides of the change only, days apart: it is where such clocks go over. */
static void changes_of_the_clock(void **state)
{
    static const struct {
        int month, day, before, after; /* where lines are seen: then, and 8 days later */
        int want_month, want_day, want_hour;
    } cases[] = {
        {3, 25, 4, 8, 3, 29, 1},   {10, 20, 8, 4, 10, 25, 1},    /* Berlin */
        {3, 3, -20, -16, 3, 8, 7}, {10, 28, -16, -20, 11, 1, 6}, /* New York */
        {4, 1, 44, 40, 4, 4, 16},  {10, 1, 40, 44, 10, 3, 16},   /* Sydney */
        {6, 10, 4, 8, 6, 18, 0}, /* nobody knows why: with the first line that says so */
        {3, 25, 4, 10, 4, 2, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t from_us = utc(2026, cases[i].month, cases[i].day, 0);
        lines(*state, from_us, 5, cases[i].before, SECOND);
        ms_zones_end_piece(&((struct world *)*state)->zones);
        lines(*state, from_us + 8 * DAY, 5, cases[i].after, SECOND);
        const struct ms_zone *z = make(*state);
        assert_int_equal(z->n, 2);
        assert_step(z, 0, INT64_MIN, cases[i].before);
        assert_step(z, 1, utc(2026, cases[i].want_month, cases[i].want_day, cases[i].want_hour), cases[i].after);
        tear_down(state);
        set_up(state);
    }
}

/* Both sides in one piece. */
static void a_change_under_the_eyes(void **state)
{
    lines(*state, utc(2026, 10, 24, 23), 120, 8, SECOND);
    lines(*state, utc(2026, 10, 25, 1), 120, 4, SECOND);
    const struct ms_zone *z = make(*state);
    assert_int_equal(z->n, 2);
    assert_step(z, 1, utc(2026, 10, 25, 1), 4);
}

/* Between two pieces that agree: lines that all came an hour late. */
static void no_clock_goes_over_for_a_day(void **state)
{
    for (int day = 0; day < 3; day++) {
        lines(*state, utc(2026, 7, 1 + day, 0), 5, day == 1 ? 12 : 8, SECOND);
        ms_zones_end_piece(&((struct world *)*state)->zones);
    }
    const struct ms_zone *z = make(*state);
    assert_int_equal(z->n, 1);
    assert_step(z, 0, INT64_MIN, 8);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(one_line_is_enough),
        TEST(stamps_are_cut_to_seconds),
        TEST(late_lines_are_not_believed),
        TEST(a_quarter_wants_more_than_one_witness),
        TEST(three_are_enough),
        TEST(what_is_no_zone_says_nothing),
        TEST(changes_of_the_clock),
        TEST(a_change_under_the_eyes),
        TEST(no_clock_goes_over_for_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
