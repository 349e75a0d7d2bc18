/* Dictionaries of whole seconds: when they pay, and what their codes stand for. */
#include "unit/parquet/parquet_support.h"

#include <stdlib.h>

#include "columnar/values.h"
#include "parquet/seconds.h"

enum { N = 5000 };
static const int64_t BEGIN_US = INT64_C(1767225600) * 1000000, SECOND_US = 1000000;

static void shuffled(int64_t *out, size_t n, unsigned n_seconds, uint64_t seed)
{
    for (size_t i = 0; i < n; i++)
        out[i] = BEGIN_US + (int64_t)(test_random(&seed) % n_seconds) * SECOND_US;
}

static bool pay(const int64_t *values, size_t n)
{
    struct ms_seconds s = {0};
    bool pays = ms_seconds_pay(&s, values, n);
    ms_seconds_fini(&s);
    return pays;
}

static void check_codes(struct ms_seconds *s, const int64_t *values, size_t n)
{
    int64_t *dict = calloc(s->n_codes, sizeof *dict);
    int64_t *there = calloc(n, sizeof *there);
    uint32_t *codes = calloc(n, sizeof *codes);
    assert_true(dict && there && codes);
    size_t n_there = 0;
    for (size_t i = 0; i < n; i++)
        if (values[i] != MS_NULL_I64)
            there[n_there++] = values[i];
    ms_seconds_values(s, dict);
    ms_seconds_codes(s, there, n_there, codes);
    unsigned char *used = calloc(s->n_codes, 1);
    assert_non_null(used);
    for (size_t i = 0; i < n_there; i++) {
        assert_true(codes[i] < s->n_codes);
        assert_int_equal(dict[codes[i]], there[i]);
        used[codes[i]] = 1;
    }
    for (uint32_t k = 0; k < s->n_codes; k++)
        assert_true(used[k] && (k == 0 || dict[k] > dict[k - 1]));
    free(dict);
    free(there);
    free(codes);
    free(used);
}

static void test_codes_stand_for_the_values(void **state)
{
    (void)state;
    static int64_t values[N];
    struct ms_seconds s = {0}; /* used again: nothing of the column before may be left */
    for (unsigned round = 0; round < 20; round++) {
        shuffled(values, N, 1000 >> round % 9, round);
        if (round % 3 == 0)
            for (size_t i = 0; i < N; i += 7)
                values[i] = MS_NULL_I64;
        if (round % 3 == 1)
            for (size_t i = 0; i < N; i++)
                values[i] -= 2 * BEGIN_US; /* before 1970 */
        assert_true(ms_seconds_pay(&s, values, N));
        check_codes(&s, values, N);
    }
    ms_seconds_fini(&s);
}

static void test_what_does_not_pay(void **state)
{
    (void)state;
    static int64_t values[N];
    assert_false(pay(values, 0));
    shuffled(values, N, 1, 1); /* one value: no differences at all */
    assert_false(pay(values, N));
    shuffled(values, N, 3000, 2); /* hardly one comes again */
    assert_false(pay(values, N));
    for (size_t i = 0; i < N; i++) /* in order */
        values[i] = BEGIN_US + (int64_t)(i / 10) * SECOND_US;
    assert_false(pay(values, N));
    for (size_t i = 0; i < N; i++)
        values[i] = MS_NULL_I64;
    assert_false(pay(values, N));
    shuffled(values, N, 100, 3);
    assert_true(pay(values, N));
    values[N - 1] += INT64_C(400000) * SECOND_US; /* far away */
    assert_false(pay(values, N));
    values[N - 1] = INT64_MAX;
    assert_false(pay(values, N));
    values[N - 1] = INT64_MIN + 1;
    assert_false(pay(values, N));
}

static void test_parts_of_a_second_are_seen_anywhere(void **state)
{
    (void)state;
    static int64_t values[N];
    for (size_t i = 0; i < N; i += 499) {
        shuffled(values, N, 100, i);
        values[i] += i % 2 ? 1 : 999999;
        assert_false(pay(values, N));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_codes_stand_for_the_values),
                                       cmocka_unit_test(test_what_does_not_pay),
                                       cmocka_unit_test(test_parts_of_a_second_are_seen_anywhere)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
