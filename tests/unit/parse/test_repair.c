#include "parse/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static void assert_repaired(struct ms_span text, const char *want)
{
    char *out = malloc(4 * (size_t)text.n + 1);
    size_t asked = ms_text_repair(text, NULL), n = ms_text_repair(text, out);
    assert_int_equal(n, asked);
    out[n] = 0;
    assert_int_equal(n, strlen(want));
    assert_string_equal(out, want);
    free(out);
}

static void test_good_text_stays(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "plain ascii text of some length",
                                        "a\\b",
                                        "K\xC3\xB6ln",
                                        "\xE8\xA6\x8B",
                                        "\xF0\x9F\x93\xAC mail",
                                        "\xF4\x8F\xBF\xBF",
                                        "\xEF\xBF\xBD",
                                        "\xC2\x80",
                                        "\xED\x9F\xBF",
                                        "\xEE\x80\x80"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(ms_text_repair(ms_span_str(texts[i]), NULL), strlen(texts[i]));
        assert_repaired(ms_span_str(texts[i]), texts[i]);
    }
}

static void test_bad_bytes_are_written_out(void **state)
{
    (void)state;
    assert_repaired(MS_SPAN_LIT("K\xF6ln"), "K\\xf6ln");
    assert_repaired(MS_SPAN_LIT("K\xF6ln \\ \xC3\xB6"), "K\\xf6ln \\\\ \xC3\xB6");
    assert_repaired(MS_SPAN_LIT("\xC0\xAF"), "\\xc0\\xaf");                   /* overlong */
    assert_repaired(MS_SPAN_LIT("\xE0\x80\xAF"), "\\xe0\\x80\\xaf");          /* overlong */
    assert_repaired(MS_SPAN_LIT("\xF0\x8F\xBF\xBF"), "\\xf0\\x8f\\xbf\\xbf"); /* overlong */
    assert_repaired(MS_SPAN_LIT("\xED\xA0\x80"), "\\xed\\xa0\\x80");          /* surrogate */
    assert_repaired(MS_SPAN_LIT("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
    assert_repaired(MS_SPAN_LIT("\xF5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80");
    assert_repaired(MS_SPAN_LIT("abc\xE8\xA6"), "abc\\xe8\\xa6"); /* cut at the end */
    assert_repaired(MS_SPAN_LIT("\xC3z"), "\\xc3z");
}

/* The rule, as slowly as it can be written: decode each code point and see whether its shortest form is what stands there. */
static size_t plain_sequence(const unsigned char *p, size_t n)
{
    static const struct {
        unsigned mask, lead, low, high;
    } forms[] = {
        {0x80, 0, 0, 0x7F}, {0xE0, 0xC0, 0x80, 0x7FF}, {0xF0, 0xE0, 0x800, 0xFFFF}, {0xF8, 0xF0, 0x10000, 0x10FFFF}};
    for (size_t len = 1; len <= 4; len++) {
        if ((p[0] & forms[len - 1].mask) != forms[len - 1].lead || n < len)
            continue;
        unsigned code = p[0] & ~forms[len - 1].mask & 0xFF;
        for (size_t i = 1; i < len; i++) {
            if ((p[i] >> 6) != 2)
                return 0;
            code = code << 6 | (p[i] & 63);
        }
        bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
        return code >= forms[len - 1].low && code <= forms[len - 1].high && !is_surrogate ? len : 0;
    }
    return 0;
}

static size_t plain_repair(const unsigned char *p, size_t n, char *out)
{
    bool is_fine = true;
    for (size_t i = 0, len; i < n && is_fine; i += len) {
        len = plain_sequence(p + i, n - i);
        is_fine = len != 0;
    }
    size_t at = 0;
    for (size_t i = 0; i < n;) {
        size_t len = plain_sequence(p + i, n - i);
        if (len == 0) {
            char text[8];
            snprintf(text, sizeof text, "\\x%02x", p[i++]);
            memcpy(out + at, text, 4);
            at += 4;
            continue;
        }
        if (p[i] == '\\' && !is_fine)
            out[at++] = '\\';
        memcpy(out + at, p + i, len);
        at += len;
        i += len;
    }
    return at;
}

static void test_equals_plain_rule(void **state)
{
    (void)state;
    static const unsigned char common[] = "ab\\\x80\xBF\xC2\xC3\xE0\xA0\xED\x9F\xEE\xF0\x90\xF4\x8F";
    unsigned seed = 5, n_damaged = 0;
    for (int round = 0; round < 200000; round++) {
        size_t n = (size_t)rand_r(&seed) % 24;
        unsigned char *text = malloc(n ? n : 1);
        for (size_t i = 0; i < n; i++)
            text[i] =
                rand_r(&seed) % 8 ? common[(size_t)rand_r(&seed) % (sizeof common - 1)] : (unsigned char)rand_r(&seed);
        if (round % 2)
            memset(text, 'a', n < 16 ? n : 16); /* the way by eight bytes */
        char want[100], got[100];
        size_t n_want = plain_repair(text, n, want);
        struct ms_span span = ms_span_of((char *)text, n);
        assert_int_equal(ms_text_repair(span, NULL), n_want);
        assert_int_equal(ms_text_repair(span, got), n_want);
        assert_memory_equal(got, want, n_want);
        n_damaged += n_want != n;
        free(text);
    }
    assert_true(n_damaged > 10000 && n_damaged < 190000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_text_stays),
        cmocka_unit_test(test_bad_bytes_are_written_out),
        cmocka_unit_test(test_equals_plain_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
