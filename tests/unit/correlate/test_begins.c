/* Where sources begin to speak of a host; the clock of a source beside others; the order of lines of one second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "columnar/rows.h"
#include "correlate/clock.h"
#include "correlate/interleave.h"
#include "parse/stamp.h"

#define T0 INT64_C(1700000000)

static void begins(void **state)
{
    (void)state;
    struct ms_begins b = {0};
    assert_int_equal(ms_begins_after(&b, 1, 0), INT64_MAX);
    ms_begins_add(&b, 2, 5, 50);
    ms_begins_add(&b, 1, 3, 300);
    ms_begins_add(&b, 1, 0, 100);
    ms_begins_add(&b, 1, 7, 200);
    ms_begins_add(&b, 1, 3, 250);
    ms_begins_sort(&b);
    assert_int_equal(b.n, 4);
    assert_int_equal(ms_begins_in(&b, 1, 3), 250);
    assert_int_equal(ms_begins_in(&b, 1, 4), INT64_MAX);
    assert_int_equal(ms_begins_in(&b, 2, 3), INT64_MAX);
    assert_int_equal(ms_begins_after(&b, 1, 0), 200);
    assert_int_equal(ms_begins_after(&b, 1, 3), 200);
    assert_int_equal(ms_begins_after(&b, 1, 7), INT64_MAX);
    assert_int_equal(ms_begins_after(&b, 2, UINT32_MAX), INT64_MAX);
    assert_false(ms_begins_is_beside(&b, 1, 3));
    ms_begins_set_beside(&b, 1, 4);
    assert_false(b.any_beside);
    ms_begins_set_beside(&b, 1, 3);
    assert_true(ms_begins_is_beside(&b, 1, 3));
    assert_false(ms_begins_is_beside(&b, 1, 7));
    ms_begins_fini(&b);
}

/* One line of host 0; gives its effective second. */
static int64_t pass(struct ms_clock *c, uint32_t file_id, int64_t second, struct ms_clock_window *w)
{
    struct ms_line_stamp item = {.stamp_us = second * 1000000, .has_year = MS_STAMP_WHOLE};
    uint32_t of_line = 0;
    struct ms_stamps stamps = {.items = &item, .of_line = &of_line, .n = 1};
    ms_clock_pass(c, file_id, &stamps, 1, w);
    return item.eff_s;
}

static void clock_beside(void **state)
{
    (void)state;
    struct ms_clock c;
    struct ms_clock_window w = {0};
    ms_clock_init(&c, 4);
    ms_begins_add(&c.begins, 0, 0, T0);
    ms_begins_add(&c.begins, 0, 1, T0 + 100);
    ms_begins_add(&c.begins, 0, 2, T0 + 990); /* not beside: a few lines late */
    ms_begins_sort(&c.begins);
    assert_int_equal(pass(&c, 0, T0, &w), T0);
    assert_false(ms_clock_is_beside(&w, 0));
    assert_int_equal(ms_clock_settled(&c, 0), T0);
    assert_int_equal(pass(&c, 0, T0 + 500, &w), T0 + 500);
    assert_true(ms_clock_is_beside(&w, 0)); /* file 1 has lines of that time */
    assert_int_equal(ms_clock_settled(&c, 0), T0 + 99);
    assert_int_equal(pass(&c, 1, T0 + 100, &w), T0 + 100);
    assert_int_equal(pass(&c, 1, T0 + 90, &w), T0 + 100);
    assert_true(ms_clock_is_beside(&w, 0));
    assert_int_equal(ms_clock_now(&c, 0), T0 + 500);
    assert_int_equal(ms_clock_settled(&c, 0), T0 + 99);
    assert_int_equal(pass(&c, 1, T0 + 1000, &w), T0 + 1000); /* up with the others */
    assert_int_equal(ms_clock_settled(&c, 0), T0 + 989);
    assert_int_equal(pass(&c, 2, T0 + 990, &w), T0 + 1000);
    assert_false(ms_clock_is_beside(&w, 0));
    assert_int_equal(ms_clock_settled(&c, 0), T0 + 1000);
    assert_int_equal(pass(&c, 3, T0 + 10, &w), T0 + 1000); /* of which nothing was told: late lines */
    assert_false(ms_clock_is_beside(&w, 0));
    ms_clock_window_fini(&w);
    ms_clock_fini(&c);
}

static struct ms_fact fact(unsigned role, uint32_t file_id, uint64_t offset, int64_t time_us)
{
    return (struct ms_fact){
        .key = ms_row_key(file_id, offset), .role = (uint8_t)role, .eff_s = time_us / 1000000, .time_us = time_us};
}

static void check_order(struct ms_begins *b, bool is_session, struct ms_fact *items, size_t n, const char *wanted)
{
    struct ms_fact *list[8];
    char got[9] = {0};
    for (size_t i = 0; i < n; i++)
        list[i] = &items[i];
    ms_facts_interleave(b, 0, is_session, list, n);
    for (size_t i = 0; i < n; i++)
        got[i] = (char)('a' + (list[i] - items));
    assert_string_equal(got, wanted);
}

static void one_second(void **state)
{
    (void)state;
    struct ms_begins b = {0};
    const int64_t t = T0 * 1000000;
    struct ms_fact mail[] = {fact(MS_ROLE_ACTIVE, 0, 10, t), fact(MS_ROLE_REMOVED, 0, 20, t),
                             fact(MS_ROLE_CLIENT, 1, 10, t), fact(MS_ROLE_MESSAGE_ID, 1, 20, t),
                             fact(MS_ROLE_DELIVERY, 2, 10, t)};
    ms_begins_add(&b, 0, 1, T0);
    ms_begins_add(&b, 0, 2, T0);
    ms_begins_sort(&b);
    check_order(&b, false, mail, 5, "abcde"); /* files that follow one another */
    ms_begins_set_beside(&b, 0, 1);
    check_order(&b, false, mail, 5, "cdabe");
    ms_begins_set_beside(&b, 0, 2);
    check_order(&b, false, mail, 5, "cdaeb");
    struct ms_fact again[] = {fact(MS_ROLE_CLIENT, 0, 10, t - 1000000), fact(MS_ROLE_CLIENT, 0, 20, t),
                              fact(MS_ROLE_REMOVED, 1, 10, t)};
    check_order(&b, false, again, 3, "acb"); /* what is open ends first */
    struct ms_fact sessions[] = {fact(MS_ROLE_CONNECT, 0, 10, t - 1000000), fact(MS_ROLE_CONNECT, 0, 20, t),
                                 fact(MS_ROLE_REJECT, 1, 10, t), fact(MS_ROLE_DISCONNECT, 1, 20, t)};
    check_order(&b, true, sessions, 4, "acdb");
    struct ms_fact fine[] = {fact(MS_ROLE_REMOVED, 0, 10, t + 500), fact(MS_ROLE_CLIENT, 1, 10, t + 700),
                             fact(MS_ROLE_ACTIVE, 1, 20, t + 900)};
    check_order(&b, false, fine, 3, "abc"); /* time says it */
    ms_begins_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(begins), cmocka_unit_test(clock_beside),
                                       cmocka_unit_test(one_second)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
