/* Queue IDs: the vectors of postfix-log-lines.md 1.5, and what must not pass for one. */
#include "postfix_text.h"

#include "parse/queue_id.h"

static bool valid(const char *s)
{
    return ms_queue_id_valid(ms_span_str(s));
}

static void short_ids(void **state)
{
    (void)state;
    assert_true(valid("0F5383D"));
    assert_true(valid("F3A53220685"));
    assert_true(valid("00000000")); /* anonymised */
    assert_true(valid("ED06590130AA1C9D6D862"));
    assert_false(valid("ED06590130AA1C9D6D8621")); /* 22 */
    assert_false(valid("0F538"));
    assert_false(valid("0f5383d"));
    assert_false(valid("NOQUEUE"));
    assert_false(valid("warning"));
    assert_false(valid(""));
    assert_false(valid("0F5383D "));
}

static void long_ids(void **state)
{
    (void)state;
    assert_true(valid("3Pt2mN2VXxznjll"));
    assert_true(valid("4SVLCh0sf8zyN2"));
    assert_false(valid("4SVLCh0sf8z"));    /* no inode */
    assert_false(valid("SVLCh0sf8zyN2"));  /* the last z stands too early */
    assert_false(valid("4SVLChzzzzzyN2")); /* over 999999 microseconds */
    assert_false(valid("4SVLCh0sf8yyN2")); /* no z */
    assert_false(valid("4SVLCh0sf8zyNa")); /* a vowel */
}

static void time_inside(void **state)
{
    (void)state;
    int64_t t;
    assert_true(ms_queue_id_time(ms_span_str("3Pt2mN2VXxznjll"), &t));
    assert_int_equal(t, INT64_C(1300631508353025));
    assert_true(ms_queue_id_time(ms_span_str("4SVLCh0sf8zyN2"), &t));
    assert_int_equal(t, INT64_C(1700000000123456));
    assert_true(ms_queue_id_time(ms_span_str("4cj3Yr75plzyN2"), &t));
    assert_int_equal(t, INT64_C(1760000000999999));
    assert_false(ms_queue_id_time(ms_span_str("F3A53220685"), &t));
}

static void length_stops_at_the_first_foreign_byte(void **state)
{
    (void)state;
    assert_int_equal(ms_queue_id_length("0F5383D: to=", 12), 7);
    assert_int_equal(ms_queue_id_length("0F5383D", 7), 7);
    assert_int_equal(ms_queue_id_length("4SVLCh0sf8zyN2: removed", 23), 14);
    assert_int_equal(ms_queue_id_length("connect from x", 14), 0);
    assert_int_equal(ms_queue_id_length("", 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_ids),
        cmocka_unit_test(long_ids),
        cmocka_unit_test(time_inside),
        cmocka_unit_test(length_stops_at_the_first_foreign_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
