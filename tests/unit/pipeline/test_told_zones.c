/* Zones told by --tz: the system's rules as steps, against libc asked second by second; and whose they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "pipeline/told_zones.h"

#define SECOND_US INT64_C(1000000)

static void need_zones(void)
{
    if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) != 0) {
        print_message("no tzdata on this system\n");
        skip();
    }
}

static void expect_as_libc(const char *name)
{
    struct ms_told_zone z = {0};
    assert_int_equal(ms_told_zone_named(&z, name, NULL), MS_OK);
    assert_string_equal(getenv("TZ"), "Asia/Tokyo"); /* as it was */
    setenv("TZ", name, 1);
    tzset();
    for (int64_t s = 3; s < INT64_C(4102444800); s += 7919 * 3 + 1) {
        time_t t = (time_t)s;
        struct tm tm;
        assert_non_null(localtime_r(&t, &tm));
        assert_int_equal(ms_zone_offset_us(&z.zone, s * SECOND_US), tm.tm_gmtoff * SECOND_US);
        /* And back: of an hour that is there twice, the one that goes on. */
        int64_t local_us = (s + tm.tm_gmtoff) * SECOND_US;
        assert_int_equal(ms_told_zone_utc_us(&z, local_us, (s - 1) * SECOND_US), s * SECOND_US);
    }
    setenv("TZ", "Asia/Tokyo", 1);
    tzset();
    ms_told_zone_fini(&z);
}

static void steps_are_the_systems_rules(void **state)
{
    (void)state;
    need_zones();
    setenv("TZ", "Asia/Tokyo", 1);
    expect_as_libc("Europe/Berlin");
    expect_as_libc("America/New_York");
    expect_as_libc("Australia/Lord_Howe"); /* half an hour */
    expect_as_libc("Asia/Kathmandu");
    expect_as_libc("UTC");
}

/* The clock went from 03:00 back to 02:00 on 2021-10-31, at 01:00 UTC. */
static void the_hour_that_is_there_twice(void **state)
{
    static const int64_t change = INT64_C(1635642000), local = change + 3600; /* 02:00 */
    static const struct {
        int64_t stamp_s, near_s, want_s;
    } cases[] = {
        {local + 600, INT64_MIN, change - 3000},                /* nothing said before: the first */
        {local + 600, change - 3001, change - 3000},            /* goes on in the first */
        {local, change - 1, change},                            /* 02:59:59, then 02:00:00: the second */
        {local + 600, change + 599, change + 600},              /* goes on in the second */
        {local + 590, change + 600, change + 590},              /* ten seconds late in the second */
        {local + 1800, change - 600, change + 1800},            /* 02:50, then 02:30: time goes on rising */
        {local + 3599, change + 3700, change + 3599},           /* late, after the fold */
        {local - 3600 - 1800, INT64_MIN, change - 7200 - 1800}, /* an hour that is there once */
    };
    struct ms_told_zone z = {0};
    (void)state;
    need_zones();
    assert_int_equal(ms_told_zone_named(&z, "Europe/Berlin", NULL), MS_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(ms_told_zone_utc_us(&z, cases[i].stamp_s * SECOND_US,
                                             cases[i].near_s == INT64_MIN ? INT64_MIN : cases[i].near_s * SECOND_US),
                         cases[i].want_s * SECOND_US);
    /* 02:30 on 2021-03-28 was left out: as if the clock had gone on. */
    assert_int_equal(ms_told_zone_utc_us(&z, INT64_C(1616898600) * SECOND_US, INT64_MIN),
                     INT64_C(1616895000) * SECOND_US);
    ms_told_zone_fini(&z);
}

static void what_is_no_zone(void **state)
{
    static const char *const names[] = {"",       "Mars/Olympus", "../../etc/passwd",        "/etc/localtime",
                                        "Europe", "CET-1CEST",    "Europe/../Europe/Berlin", ":UTC"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct ms_told_zone z = {0};
        struct ms_error err;
        assert_int_equal(ms_told_zone_named(&z, names[i], &err), MS_ERR_USAGE);
        assert_non_null(strstr(err.text, "is no zone that this system knows"));
        assert_null(z.zone.steps);
    }
}

static void whose_zone_it_is(void **state)
{
    struct ms_told_zone told[] = {{.path = "logs/mx2"}, {.path = NULL}, {.path = "logs/"}, {.path = "a.tar"}};
    static const struct {
        const char *path;
        int which;
    } cases[] = {{"logs/mx2", 0}, {"logs/mx2/a.log", 0}, {"logs/mx22", 2}, {"logs/x", 2},
                 {"log", 1},      {"a.tar!b.log", 3},    {"a.tar.gz", 1},  {"logs", 2}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_ptr_equal(ms_told_zone_of(told, 4, cases[i].path), &told[cases[i].which]);
    assert_null(ms_told_zone_of(told, 1, "other"));
    assert_null(ms_told_zone_of(NULL, 0, "other"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(steps_are_the_systems_rules),
                                       cmocka_unit_test(the_hour_that_is_there_twice),
                                       cmocka_unit_test(what_is_no_zone), cmocka_unit_test(whose_zone_it_is)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
