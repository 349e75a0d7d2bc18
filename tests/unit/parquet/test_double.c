/* Doubles as integers of the same rank, there and back, and their bounds. */
#include <float.h>
#include <math.h>

#include "unit/parquet/parquet_support.h"

#include "parquet/chunk.h"
#include "parquet/encode.h"

static const double rising[] = {-INFINITY,    -DBL_MAX, -1.5, -DBL_TRUE_MIN, 0.0,
                                DBL_TRUE_MIN, 0.1,      5.0,  DBL_MAX,       INFINITY};
enum { N = sizeof rising / sizeof *rising };

static double written(int64_t cell)
{
    double d;
    int64_t bits = ms_double_bits(cell);
    memcpy(&d, &bits, sizeof d);
    return d;
}

static void test_rank_and_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++) {
        assert_true(written(ms_double_cell(rising[i])) == rising[i]);
        assert_true(ms_double_cell(rising[i]) != MS_NULL_I64);
        assert_true(i == 0 || ms_double_cell(rising[i - 1]) < ms_double_cell(rising[i]));
    }
    assert_true(ms_double_cell(-0.0) == ms_double_cell(0.0));
    assert_true(ms_double_cell(NAN) == MS_NULL_I64 && ms_double_cell(-NAN) == MS_NULL_I64);
}

static void test_bounds(void **state)
{
    (void)state;
    static const struct ms_column column = {"score", MS_T_DOUBLE, false, false, true, "", ""};
    struct ms_int_range r = {.any = true, .min = ms_double_cell(-1.5), .max = ms_double_cell(5)};
    struct ms_bound min, max;
    double least, most;
    ms_column_bounds(&column, &min, &max, r);
    assert_true(min.present && min.n_bytes == 8 && max.n_bytes == 8);
    memcpy(&least, min.bytes, sizeof least);
    memcpy(&most, max.bytes, sizeof most);
    assert_true(least == -1.5 && most == 5);
    ms_column_bounds(&column, &min, &max, (struct ms_int_range){0});
    assert_false(min.present);
}

static void test_plain(void **state)
{
    (void)state;
    struct ms_buffer out = {0};
    int64_t cells[N];
    for (size_t i = 0; i < N; i++)
        cells[i] = ms_double_cell(rising[i]);
    ms_encode_plain_doubles(&out, cells, N);
    assert_int_equal(out.size_bytes, sizeof rising);
    assert_memory_equal(out.data, rising, sizeof rising);
    ms_buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rank_and_value), cmocka_unit_test(test_bounds),
                                       cmocka_unit_test(test_plain)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
