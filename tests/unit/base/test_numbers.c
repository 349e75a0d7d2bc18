#include "base/numbers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MOST = 70 };

static void sorts_and_finds(void **state)
{
    (void)state;
    uint64_t numbers[MOST], all[] = {UINT64_MAX, 0, UINT64_C(1) << 63, 5, 5};
    ms_numbers_sort(all, 5);
    assert_true(all[0] == 0 && all[1] == 5 && all[2] == 5 && all[3] == UINT64_C(1) << 63 && all[4] == UINT64_MAX);
    ms_numbers_sort(NULL, 0);
    assert_int_equal(ms_numbers_find(NULL, 0, 7), 0);
    assert_false(ms_numbers_has(NULL, 0, 0));
    for (size_t n = 0; n <= MOST; n++) {
        for (size_t i = 0; i < n; i++)
            numbers[i] = (uint64_t)rand() % 50;
        ms_numbers_sort(numbers, n);
        for (size_t i = 1; i < n; i++)
            assert_true(numbers[i - 1] <= numbers[i]);
        for (uint64_t wanted = 0; wanted <= 51; wanted++) { /* the plain way */
            size_t at = 0;
            while (at < n && numbers[at] < wanted)
                at++;
            assert_int_equal(ms_numbers_find(numbers, n, wanted), at);
            assert_int_equal(ms_numbers_has(numbers, n, wanted), at < n && numbers[at] == wanted);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sorts_and_finds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
