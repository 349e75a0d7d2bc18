/* Fingerprints of stretches: equal exactly where the lines are, wherever the stretch stands. The twin compares the lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pipeline/copies.h"

#define N 60

static uint64_t state = 88172645463325252u;
static uint64_t random_number(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static bool same(const uint64_t *a, const uint64_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

static void test_stretches(void **test_state)
{
    (void)test_state;
    size_t n_same = 0;
    for (int round = 0; round < 20; round++) {
        struct ms_prints p = ms_prints_of(round < 2 ? (uint64_t)round - 1 : random_number());
        uint64_t kinds[2] = {random_number(), round % 3 ? random_number() : UINT64_MAX};
        uint64_t line[N], print[N + 1] = {0};
        for (size_t i = 0; i < N; i++) {
            line[i] = kinds[random_number() % 2]; /* few kinds: many stretches are alike */
            print[i + 1] = ms_prints_add(&p, print[i], line[i]);
        }
        for (size_t a = 0; a < N; a++)
            for (size_t b = a; b < N; b++)
                for (size_t n = 0; b + n <= N; n++) {
                    bool is_same = same(line + a, line + b, n);
                    assert_int_equal(ms_prints_between(&p, print[a], print[a + n], n) ==
                                         ms_prints_between(&p, print[b], print[b + n], n),
                                     is_same);
                    n_same += is_same && a != b && n > 2;
                }
    }
    assert_true(n_same > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_stretches)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
