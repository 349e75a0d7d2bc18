/* Guards: log text that reaches a terminal, JSON or CSV reader (query/escape.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <locale.h>
#include <wchar.h>

#include "query/escape.h"

static void push_end(struct ms_buffer *b)
{
    ms_buffer_push(b, '\0');
}

static void expect_shown(struct ms_span text, size_t max_width, const char *expected, size_t expected_width)
{
    struct ms_buffer b = {0};
    size_t width = ms_escape_shown(&b, text, max_width);
    push_end(&b);
    assert_string_equal(b.data, expected);
    assert_int_equal(width, expected_width);
    ms_buffer_fini(&b);
}

static void expect_json(struct ms_span text, const char *expected)
{
    struct ms_buffer b = {0};
    ms_escape_json(&b, text);
    push_end(&b);
    assert_string_equal(b.data, expected);
    ms_buffer_fini(&b);
}

static void expect_csv(struct ms_span text, const char *expected)
{
    struct ms_buffer b = {0};
    ms_escape_csv(&b, text);
    push_end(&b);
    assert_string_equal(b.data, expected);
    ms_buffer_fini(&b);
}

static void shown_hides_controls(void **state)
{
    (void)state;
    expect_shown(MS_SPAN_LIT("plain <a@b.example>"), 80, "plain <a@b.example>", 19);
    expect_shown(MS_SPAN_LIT("\x1b[2Jx\0y\n\x7f"), 80, "\\x1B[2Jx\\x00y\\x0A\\x7F", 21);
    expect_shown(MS_SPAN_LIT("\xc2\x9b"
                             "31m"),
                 80, "\\xC2\\x9B31m", 11); /* C1: CSI in one character */
    expect_shown(MS_SPAN_LIT("a\xe2\x80\xae"
                             "b"),
                 80, "a\\xE2\\x80\\xAEb", 14); /* right-to-left override */
    expect_shown(MS_SPAN_LIT("\xff\xc0\xaf\xed\xa0\x80\xe2\x82"), 80, "\\xFF\\xC0\\xAF\\xED\\xA0\\x80\\xE2\\x82", 32);
    expect_shown(MS_SPAN_NULL, 80, "", 0);
}

static void shown_counts_columns(void **state)
{
    (void)state;
    expect_shown(MS_SPAN_LIT("gr\xc3\xbc\xc3\x9f"
                             "e"),
                 80,
                 "gr\xc3\xbc\xc3\x9f"
                 "e",
                 5);
    expect_shown(MS_SPAN_LIT("\xe6\x97\xa5\xe6\x9c\xac"), 80, "\xe6\x97\xa5\xe6\x9c\xac", 4);
    expect_shown(MS_SPAN_LIT("e\xcc\x81"), 80, "e\xcc\x81", 1);
}

static void shown_cuts_to_width(void **state)
{
    (void)state;
    expect_shown(MS_SPAN_LIT("abcde"), 5, "abcde", 5);
    expect_shown(MS_SPAN_LIT("abcdef"), 5, "abcd…", 5);
    expect_shown(MS_SPAN_LIT("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"), 4, "\xe6\x97\xa5…",
                 3); /* never half a character */
    expect_shown(MS_SPAN_LIT("abc\x1b"
                             "d"),
                 5, "abc…", 4); /* never half an escape */
}

static void message_keeps_line_ends(void **state)
{
    (void)state;
    struct ms_buffer b = {0};
    ms_escape_message(&b, MS_SPAN_LIT("one\ntwo\x1b\r"));
    push_end(&b);
    assert_string_equal(b.data, "one\ntwo\\x1B\\x0D");
    ms_buffer_fini(&b);
}

static void json_is_lossless_and_safe(void **state)
{
    (void)state;
    expect_json(MS_SPAN_LIT("a\"b\\c/\xc3\xbc"), "\"a\\\"b\\\\c/\xc3\xbc\"");
    expect_json(MS_SPAN_LIT("\n\r\t\x1b\0"), "\"\\n\\r\\t\\u001b\\u0000\"");
    expect_json(MS_SPAN_LIT("\x7f\xc2\x9b\xe2\x80\xae\xe2\x80\xa8"), "\"\\u007f\\u009b\\u202e\\u2028\"");
    expect_json(MS_SPAN_LIT("\xf3\xa0\x80\x81"), "\"\\udb40\\udc01\""); /* tag character U+E0001 */
    expect_json(MS_SPAN_LIT("\xf0\x9f\x93\xac"), "\"\xf0\x9f\x93\xac\"");
    expect_json(MS_SPAN_LIT("bad\xff"), "\"bad\\\\xFF\"");
    expect_json(MS_SPAN_NULL, "\"\"");
}

static void csv_quotes_where_needed(void **state)
{
    (void)state;
    expect_csv(MS_SPAN_LIT("plain"), "plain");
    expect_csv(MS_SPAN_LIT(""), "\"\"");
    expect_csv(MS_SPAN_LIT("a,b"), "\"a,b\"");
    expect_csv(MS_SPAN_LIT("say \"hi\""), "\"say \"\"hi\"\"\"");
    expect_csv(MS_SPAN_LIT(" x"), "\" x\"");
    expect_csv(MS_SPAN_LIT("two\nlines\x1b"), "two\\x0Alines\\x1B");
}

/* Every string of three bytes out of a nasty alphabet: valid UTF-8 (the C library judges) without control characters. */
static void any_bytes_give_clean_output(void **state)
{
    (void)state;
    static const uint8_t alphabet[] = {0,    0x0a, 0x1b, '"',  ',',  '\\', 'a',  0x7f,
                                       0x80, 0xbf, 0xc2, 0xe2, 0xed, 0xf0, 0xf4, 0xff};
    enum { N = sizeof alphabet };
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    for (unsigned code = 0; code < N * N * N; code++) {
        char text[3] = {(char)alphabet[code % N], (char)alphabet[code / N % N], (char)alphabet[code / N / N]};
        struct ms_buffer b = {0};
        ms_escape_json(&b, ms_span_of(text, 3));
        ms_escape_csv(&b, ms_span_of(text, 3));
        ms_escape_shown(&b, ms_span_of(text, 3), 80);
        push_end(&b);
        wchar_t wide[128];
        size_t n = mbstowcs(wide, b.data, 128);
        assert_true(n < 128);
        for (size_t i = 0; i < n; i++)
            assert_true(wide[i] >= 0x20 && !(wide[i] >= 0x7f && wide[i] <= 0x9f));
        ms_buffer_fini(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shown_hides_controls),        cmocka_unit_test(shown_counts_columns),
        cmocka_unit_test(shown_cuts_to_width),         cmocka_unit_test(message_keeps_line_ends),
        cmocka_unit_test(json_is_lossless_and_safe),   cmocka_unit_test(csv_quotes_where_needed),
        cmocka_unit_test(any_bytes_give_clean_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
