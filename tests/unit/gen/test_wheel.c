/* Guards: the order of events (gen/wheel.h) against sorting, the ranks of gen/random.h against their definition,
 * the digits of gen/put.h against their plain twin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "gen/names.h"
#include "gen/random.h"
#include "gen/wheel.h"

enum { TASKS = 500, ROUNDS = 20000 };

/* Tasks plan themselves anew at random distances; each comes exactly when it should, and none before an earlier one. */
static void tasks_come_in_time(void **state)
{
    static struct ms_gen_task tasks[TASKS];
    static const uint64_t spread[] = {1, 3, 50, 8191, 8192, 8193, 100000, 90000000};
    uint64_t due[TASKS], last = 1000000;
    struct ms_gen_wheel w;
    struct ms_gen_random r;
    (void)state;
    ms_gen_random_seed(&r, 3);
    ms_gen_wheel_init(&w, last);
    assert_null(ms_gen_wheel_next(&w));
    for (int i = 0; i < TASKS; i++)
        ms_gen_plan(&w, &tasks[i], STEP_MAIL, due[i] = last + 1 + ms_gen_below(&r, 20000));
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t first = UINT64_MAX;
        for (int i = 0; i < TASKS; i++)
            first = due[i] < first ? due[i] : first;
        struct ms_gen_task *task = ms_gen_wheel_next(&w);
        assert_non_null(task);
        assert_int_equal(task->at_ms, first);
        assert_int_equal(w.now_ms, first);
        uint64_t far = spread[ms_gen_below(&r, 8)];
        due[task - tasks] = first + 1 + ms_gen_below(&r, (uint32_t)far);
        ms_gen_plan(&w, task, STEP_MAIL, due[task - tasks]);
        last = first;
    }
    ms_gen_wheel_fini(&w);
}

static void zipf_is_zipf(void **state)
{
    static struct ms_gen_zipf z;
    static uint32_t seen[1000];
    struct ms_gen_random r;
    double total = 0;
    (void)state;
    ms_gen_random_seed(&r, 9);
    ms_gen_zipf_init(&z, 1000, 4);
    for (int i = 0; i < 1000; i++)
        total += 1.0 / (i + 4);
    for (int i = 0; i < 1000000; i++) {
        uint32_t rank = ms_gen_zipf_pick(&z, &r);
        assert_true(rank < 1000);
        seen[rank]++;
    }
    for (int from = 0; from < 1000; from = from * 2 + 1) { /* octaves, as a cell may be wider than a rank */
        double want = 0, got = 0;
        for (int i = from; i <= 2 * from && i < 1000; i++) {
            want += 1e6 / (i + 4) / total;
            got += seen[i];
        }
        assert_true(got > want * 0.97 - 300 && got < want * 1.03 + 300);
    }
    ms_gen_zipf_init(&z, 1, 1);
    assert_int_equal(ms_gen_zipf_pick(&z, &r), 0);
}

static void numbers_are_digits(void **state)
{
    char fast[64] = "", plain[64] = "";
    struct ms_gen_random r;
    (void)state;
    ms_gen_random_seed(&r, 4);
    for (int i = 0; i < 400000; i++) { /* all lengths, and around the powers of ten */
        uint64_t v = i < 200000 ? (uint64_t)i : ms_gen_next(&r) >> (i % 64);
        *ms_gen_put_u(fast, v) = '\0';
        *ms_gen_put_long(plain, v) = '\0';
        assert_string_equal(fast, plain);
    }
    *ms_gen_put_u(fast, 99999999) = '\0';
    assert_string_equal(fast, "99999999");
    *ms_gen_put_long(plain, UINT64_MAX) = '\0';
    assert_string_equal(plain, "18446744073709551615");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tasks_come_in_time), cmocka_unit_test(zipf_is_zipf),
                                       cmocka_unit_test(numbers_are_digits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
