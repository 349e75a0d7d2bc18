/* Which encoding a chunk gets, at the borders of each rule. */
#include "unit/parquet/parquet_support.h"

#include <stdlib.h>

#include "parquet/page.h"
#include "parquet/plan.h"
#include "parquet/writer.h"

enum { MAX = 4000 };

static int set_up(void **state)
{
    *state = ms_encoder_create();
    return 0;
}

static int tear_down(void **state)
{
    ms_encoder_destroy(*state);
    return 0;
}

static void test_dictionary_rule(void **state)
{
    (void)state;
    /* strings of 11 bytes: up to 0.57 distinct a value; of 37 bytes: 0.85 (reference/parquet-writer.md 5) */
    const uint64_t n = 1 << 20;
    assert_true(ms_chunk_plan_dictionary_pays(n, (uint32_t)(n * 56 / 100), 11 * (n * 56 / 100)));
    assert_false(ms_chunk_plan_dictionary_pays(n, (uint32_t)(n * 59 / 100), 11 * (n * 59 / 100)));
    assert_true(ms_chunk_plan_dictionary_pays(n, (uint32_t)(n * 84 / 100), 37 * (n * 84 / 100)));
    assert_false(ms_chunk_plan_dictionary_pays(n, (uint32_t)(n * 87 / 100), 37 * (n * 87 / 100)));
    assert_false(ms_chunk_plan_dictionary_pays(1, 1, 5)); /* one value: nothing repeats */
    assert_true(ms_chunk_plan_dictionary_pays(1000, 1, 5));
}

static void test_dictionary_limits(void **state)
{
    (void)state;
    const uint64_t many = UINT64_C(1) << 40;
    const uint64_t dict_bytes = UINT64_C(7) << 23; /* mean length 3.5: pays with 24 bits, and would with 25 */
    assert_true(ms_chunk_plan_dictionary_pays(many, UINT32_C(1) << 24, dict_bytes));
    assert_false(ms_chunk_plan_dictionary_pays(many, (UINT32_C(1) << 24) + 1, dict_bytes));
    assert_true(ms_chunk_plan_dictionary_pays(many, 1, ((uint64_t)128 << 20) - 4)); /* 128 MiB with lengths */
    assert_false(ms_chunk_plan_dictionary_pays(many, 1, ((uint64_t)128 << 20) - 3));
}

static struct ms_chunk_plan plan_of(struct ms_encoder *e, enum ms_type type, const int64_t *ints,
                                    const struct ms_span *strings, size_t n)
{
    struct ms_column column = {"c", type, false, false, true, "", ""};
    struct ms_values v = {.column = &column, .n_rows = n, .ints = ints, .strings = strings};
    struct ms_chunk_plan plan;
    ms_chunk_plan_make(&plan, e, &v);
    return plan;
}

static void test_ints(void **state)
{
    static int64_t ints[MAX];
    uint64_t seed = 9;
    for (int i = 0; i < MAX; i++)
        ints[i] = (int64_t)test_random(&seed);
    assert_int_equal(plan_of(*state, MS_T_I64, ints, NULL, MAX).encoding,
                     MS_ENCODING_PLAIN); /* hashes have no short deltas */
    for (int i = 0; i < MAX; i++)
        ints[i] = i * 1000;
    assert_int_equal(plan_of(*state, MS_T_I64, ints, NULL, MAX).encoding, MS_ENCODING_DELTA_BINARY_PACKED);
    assert_int_equal(plan_of(*state, MS_T_TIME, ints, NULL, MAX).encoding, MS_ENCODING_DELTA_BINARY_PACKED);
    assert_int_equal(plan_of(*state, MS_T_I32, ints, NULL, MAX).encoding, MS_ENCODING_DELTA_BINARY_PACKED);
    assert_int_equal(plan_of(*state, MS_T_BOOL, ints, NULL, MAX).encoding, MS_ENCODING_PLAIN);
    ints[0] = ints[3000] = MS_NULL_I64;
    assert_int_equal(plan_of(*state, MS_T_I64, ints, NULL, MAX).n_values, MAX); /* an upper bound */
    for (int i = 0; i < MAX; i++)
        ints[i] = MS_NULL_I64;
    struct ms_chunk_plan plan = plan_of(*state, MS_T_I64, ints, NULL, MAX);
    assert_int_equal(plan.encoding, MS_ENCODING_PLAIN);
    assert_int_equal(plan.n_values, 0);
}

static void test_unique(void **state)
{
    static struct ms_span strings[MAX];
    for (int i = 0; i < MAX; i++)
        strings[i] = MS_SPAN_LIT("0123456789ABCDEF");
    struct ms_chunk_plan plan = plan_of(*state, MS_T_UNIQUE, NULL, strings, MAX);
    assert_int_equal(plan.encoding, MS_ENCODING_DELTA_LENGTH_BYTE_ARRAY);
    assert_int_equal(plan.level, MS_LEVEL_TEXT);
    assert_int_equal(plan.string_bytes, 16 * MAX);
    strings[7] = MS_SPAN_NULL;
    plan = plan_of(*state, MS_T_UNIQUE, NULL, strings, MAX);
    assert_int_equal(plan.n_values, MAX - 1);
    assert_int_equal(plan.string_bytes, 16 * (MAX - 1));
    for (int i = 0; i < MAX; i++)
        strings[i] = MS_SPAN_NULL;
    assert_int_equal(plan_of(*state, MS_T_UNIQUE, NULL, strings, MAX).encoding, MS_ENCODING_PLAIN);
}

static void test_dict(void **state)
{
    static uint32_t codes[MAX];
    static struct ms_span dict[MAX];
    struct ms_column column = {"c", MS_T_DICT, false, false, true, "", ""};
    struct ms_values v = {.column = &column, .n_rows = MAX, .codes = codes, .dict = dict, .n_dict = 17};
    struct ms_chunk_plan plan;
    for (uint32_t i = 0; i < MAX; i++) {
        codes[i] = i % 17;
        dict[i] = MS_SPAN_LIT("someone@example.com");
    }
    ms_chunk_plan_make(&plan, *state, &v);
    assert_int_equal(plan.encoding, MS_ENCODING_RLE_DICTIONARY);
    assert_int_equal(plan.code_width, 5);
    for (uint32_t i = 0; i < MAX; i++)
        codes[i] = i;
    v.n_dict = MAX;
    ms_chunk_plan_make(&plan, *state, &v);
    assert_int_equal(plan.encoding, MS_ENCODING_DELTA_LENGTH_BYTE_ARRAY);
    assert_int_equal(plan.level, MS_LEVEL_TEXT);
    assert_int_equal(plan.string_bytes, 19 * MAX);
    for (uint32_t i = 0; i < MAX; i++)
        codes[i] = MS_NULL_CODE;
    v.n_dict = 0;
    ms_chunk_plan_make(&plan, *state, &v);
    assert_int_equal(plan.encoding, MS_ENCODING_PLAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dictionary_rule),
        cmocka_unit_test(test_dictionary_limits),
        cmocka_unit_test(test_ints),
        cmocka_unit_test(test_unique),
        cmocka_unit_test(test_dict),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
