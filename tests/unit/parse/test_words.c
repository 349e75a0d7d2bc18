#include "parse/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static bool is_hex(int c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

/* Every byte value at every place: no byte disturbs its neighbours. */
static void test_each_byte(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        for (unsigned at = 0; at < 32; at++) {
            char text[32];
            memset(text, 'A', sizeof text);
            text[at] = (char)c;
            assert_int_equal(ms_bytes_equal(text, (char)c), c == 'A' ? UINT32_MAX : 1u << at);
            assert_int_equal(ms_bytes_hex(text), is_hex(c) || at >= 16 ? 16 : at);
            assert_int_equal(ms_bytes_hex_plain(text), is_hex(c) || at >= 16 ? 16 : at);
            if (at < 8)
                assert_int_equal(ms_word_not_hex(ms_load8(text)), is_hex(c) ? 0 : UINT64_C(0x80) << (8 * at));
        }
    }
}

static void test_twins(void **state)
{
    (void)state;
    static const char often[] = "0123456789ABCDEF[]:@G/`\x80\xFF";
    uint64_t seed = 42;
    for (int round = 0; round < 100000; round++) {
        char text[32];
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = round % 2 ? (char)next(&seed) : often[next(&seed) % (sizeof often - 1)];
        char c = text[next(&seed) % 32];
        assert_int_equal(ms_bytes_equal(text, c), ms_bytes_equal_plain(text, c));
        assert_int_equal(ms_bytes_hex(text), ms_bytes_hex_plain(text));
        char other[32];
        for (size_t i = 0; i < sizeof other; i++)
            other[i] = next(&seed) % 4 ? text[i] : (char)next(&seed);
        assert_int_equal(ms_bytes_same(text, other), ms_bytes_same_plain(text, other));
        assert_int_equal(ms_bytes_same(text, text), UINT32_MAX);
        uint64_t found = ms_word_find(ms_load8(text), c);
        const char *at = memchr(text, c, 8);
        assert_int_equal(found != 0, at != NULL);
        if (at != NULL)
            assert_int_equal(ms_word_first(found), at - text);
    }
}

static void test_digits(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int round = 0; round < 100000; round++) {
        char text[9];
        uint32_t want = (uint32_t)(next(&seed) % 100000000), value;
        snprintf(text, sizeof text, "%08u", want);
        assert_true(ms_word_digits(ms_load8(text), &value));
        assert_int_equal(value, want);
        text[next(&seed) % 8] = (char)next(&seed);
        bool are_digits = strspn(text, "0123456789") == 8;
        assert_int_equal(ms_word_digits(ms_load8(text), &value), are_digits);
    }
    assert_true(ms_word_digits(ms_load8("99999999"), &(uint32_t){0}));
}

/* Numbers of every length, with and without room behind them, against the twin and strtoll. */
static void test_numbers(void **state)
{
    (void)state;
    static const char often[] = "00123456789..,/-";
    uint64_t seed = 3;
    for (int round = 0; round < 200000; round++) {
        char text[25] = {0};
        size_t n = next(&seed) % 25;
        for (size_t i = 0; i < n; i++)
            text[i] = i < next(&seed) % 12 ? (char)('0' + next(&seed) % 10) : often[next(&seed) % (sizeof often - 1)];
        int64_t mine = -7, twins = -7;
        struct ms_cursor a = {text, text + n}, b = a;
        assert_int_equal(ms_read_delay_ms(&a, &mine), ms_read_delay_ms_plain(&b, &twins));
        assert_int_equal(mine, twins);
        assert_ptr_equal(a.p, b.p);
        a.p = text;
        size_t digits = strspn(text, "0123456789");
        assert_int_equal(ms_read_number(&a, &mine), digits > 0 && digits <= 18);
        if (digits > 0 && digits <= 18) {
            assert_int_equal(mine, strtoll(text, NULL, 10));
            assert_ptr_equal(a.p, text + digits);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_byte),
        cmocka_unit_test(test_twins),
        cmocka_unit_test(test_digits),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
