#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "story/keyset.h"

static struct ms_key key_of(unsigned i)
{
    static char text[32];
    int n = snprintf(text, sizeof text, "Q%u", i / 3);
    return i % 3 == 2 ? ms_key_session(i, 5, 7, 99) : ms_key_queue(i % 3, 4, ms_span_of(text, (size_t)n), 99);
}

static void test_set(void **unused)
{
    (void)unused;
    struct ms_keyset set = {0}, more = {0};
    struct ms_key key = key_of(0);
    assert_false(ms_keyset_has(&set, &key));
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 3000; i += 2) {
            key = key_of(i);
            assert_true(ms_keyset_add(&set, &key));
            assert_false(ms_keyset_add(&set, &key));
        }
        for (unsigned i = 0; i < 3000; i++) {
            key = key_of(i);
            assert_int_equal(ms_keyset_find(&set, &key), i % 2 ? SIZE_MAX : i / 2);
        }
        ms_keyset_add_all(&more, &set);
        assert_int_equal(more.n, 1500);
        ms_keyset_clear(&set);
    }
    ms_keyset_fini(&set);
    ms_keyset_fini(&more);
}

static void test_times(void **unused)
{
    (void)unused;
    struct ms_times times = {0}, more = {0};
    struct ms_key a = key_of(2), b = key_of(5);
    assert_false(ms_times_has(&times, &a, 0));
    ms_times_add(&times, &a, 10, 20);
    ms_times_add(&times, &b, 15, 15);
    ms_times_add(&times, &a, 40, 50);
    ms_times_add(&times, &a, 12, 18); /* known */
    assert_int_equal(times.n, 3);
    ms_times_add_all(&more, &times);
    ms_times_clear(&times);
    assert_false(ms_times_has(&times, &a, 10));
    for (int64_t s = 0; s < 60; s++) {
        assert_int_equal(ms_times_has(&more, &a, s), (s >= 10 && s <= 20) || (s >= 40 && s <= 50));
        assert_int_equal(ms_times_has(&more, &b, s), s == 15);
    }
    ms_times_fini(&times);
    ms_times_fini(&more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_set), cmocka_unit_test(test_times)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
