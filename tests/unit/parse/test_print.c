#include "parse/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static struct ms_names *names;
static struct ms_parser *parser;

static int set_up(void **state)
{
    (void)state;
    names = ms_names_create();
    return ms_parser_create(&parser, names, NULL, NULL, NULL) != MS_OK;
}

static int tear_down(void **state)
{
    (void)state;
    ms_parser_destroy(parser);
    ms_names_destroy(names);
    return 0;
}

static void assert_printed(const struct ms_event *e, const char *file, int64_t time_us, const char *want)
{
    char *text;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    ms_event_print_json(out, e, names, file, time_us);
    fclose(out);
    if (n != strlen(want) || memcmp(text, want, n) != 0)
        fail_msg("\n%snot\n%s", text, want);
    free(text);
}

static void assert_line(struct ms_span line, const char *want)
{
    struct ms_event e;
    memset(&e, 0xA5, sizeof e);
    ms_parse_line(parser, line, 7, &e);
    assert_printed(&e, "mail.log", e.stamp_us == MS_NONE ? MS_NONE : 1714559696789012, want);
}

#define HEAD "Nov  3 10:25:30 mx1 postfix/"
#define JSON_HEAD(program)                                                                                             \
    "{\"file\": \"mail.log\", \"offset\": 7, \"time\": \"2024-05-01T10:34:56.789012Z\", \"host\": \"mx1\", "           \
    "\"program\": \"postfix/" program "\", "

static void test_sessions(void **state)
{
    (void)state;
    assert_line(MS_SPAN_LIT(HEAD "smtpd[42]: connect from a.test[192.0.2.1]"),
                JSON_HEAD("smtpd") "\"pid\": 42, \"kind\": \"postfix.smtpd.connect\", \"client_name\": \"a.test\", "
                                   "\"client_ip\": \"192.0.2.1\"}\n");
    assert_line(MS_SPAN_LIT(HEAD "smtpd[42]: disconnect from a.test[192.0.2.1] ehlo=1 quit=1 commands=2"),
                JSON_HEAD("smtpd") "\"pid\": 42, \"kind\": \"postfix.smtpd.disconnect\", \"client_name\": \"a.test\", "
                                   "\"client_ip\": \"192.0.2.1\", \"commands\": \"ehlo=1 quit=1 commands=2\"}\n");
}

static void test_queue_file(void **state)
{
    (void)state;
    assert_line(MS_SPAN_LIT(HEAD "qmgr[7]: 4SVLCh0sf8zyN2: from=<>, size=1234, nrcpt=2 (queue active)"),
                JSON_HEAD("qmgr") "\"pid\": 7, \"queue_id\": \"4SVLCh0sf8zyN2\", \"kind\": \"postfix.qmgr.active\", "
                                  "\"sender\": \"\", \"size_bytes\": 1234, \"nrcpt\": 2}\n");
    assert_line(
        MS_SPAN_LIT(HEAD "qmgr[7]: 4SVLCh0sf8zyN2: removed"),
        JSON_HEAD("qmgr") "\"pid\": 7, \"queue_id\": \"4SVLCh0sf8zyN2\", \"kind\": \"postfix.qmgr.removed\"}\n");
    assert_line(
        MS_SPAN_LIT(HEAD "smtp[9]: 4SVLCh0sf8zyN2: to=<c@d>, relay=mx.d[192.0.2.7]:25, delay=1.2, "
                         "delays=0.1/0/0.5/0.6, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABCDE12345)"),
        JSON_HEAD(
            "smtp") "\"pid\": 9, \"queue_id\": \"4SVLCh0sf8zyN2\", \"kind\": \"postfix.smtp.delivery\", "
                    "\"recipient\": \"c@d\", \"relay_host\": \"mx.d\", \"relay_ip\": \"192.0.2.7\", "
                    "\"relay_port\": 25, \"delay_ms\": 1200, \"delay_in_ms\": 100, \"delay_queue_ms\": 0, "
                    "\"delay_conn_ms\": 500, \"delay_xmit_ms\": 600, \"dsn\": \"2.0.0\", \"status\": \"sent\", "
                    "\"reply\": \"250 2.0.0 Ok: queued as ABCDE12345\", \"reply_code\": 250, \"reply_dsn\": \"2.0.0\", "
                    "\"next_queue_id\": \"ABCDE12345\"}\n");
}

static void test_unparsed(void **state)
{
    (void)state;
    assert_line(
        MS_SPAN_LIT("junk \"quoted\" \\ \t"),
        "{\"file\": \"mail.log\", \"offset\": 7, \"time\": null, \"kind\": \"unparsed\", \"reason\": \"no envelope\", "
        "\"text\": \"junk \\\"quoted\\\" \\\\ \\t\"}\n");
}

/* What terminals act on, C1 controls too, comes out as \u; what is no UTF-8 as \xNN, with all backslashes doubled. */
static void test_hostile_text(void **state)
{
    (void)state;
#define JUNK_HEAD                                                                                                      \
    "{\"file\": \"mail.log\", \"offset\": 7, \"time\": null, \"kind\": \"unparsed\", \"reason\": \"no envelope\", "    \
    "\"text\": "
    assert_line(MS_SPAN_LIT("\x1b[2J\x7f\xC2\x9B\xC2\xA0\x01z"),
                JUNK_HEAD "\"\\u001b[2J\\u007f\\u009b\xC2\xA0\\u0001z\"}\n");
    assert_line(MS_SPAN_LIT("K\xC3\xB6ln\b\f\v"), JUNK_HEAD "\"K\xC3\xB6ln\\b\\f\\u000b\"}\n");
    assert_line(MS_SPAN_LIT("K\xF6ln \\ \xC3\xB6"), JUNK_HEAD "\"K\\\\xf6ln \\\\\\\\ \xC3\xB6\"}\n");
    assert_line(MS_SPAN_LIT("a\0b"), JUNK_HEAD "\"a\\u0000b\"}\n");
    assert_line(MS_SPAN_LIT("cut \xC2"), JUNK_HEAD "\"cut \\\\xc2\"}\n");
    struct ms_event e;
    ms_parse_line(parser, MS_SPAN_LIT("x"), 7, &e);
    assert_printed(&e, "a\"\xFF\n", 0,
                   "{\"file\": \"a\\\"\\\\xff\\n\", \"offset\": 7, \"time\": \"1970-01-01T00:00:00.000000Z\", "
                   "\"kind\": \"unparsed\", \"reason\": \"no envelope\", \"text\": \"x\"}\n");
}

/* Longer than the writer's buffer, with an escape at every place of its border. */
static void test_long_text(void **state)
{
    (void)state;
    for (size_t n = 3900; n < 4200; n++) {
        char line[4300];
        char want[5000] = JUNK_HEAD "\"";
        memset(line, 'x', n);
        line[n - 1] = '\n';
        memcpy(want + strlen(JUNK_HEAD "\""), line, n - 1); /* the rest of want is zero */
        strcat(want, "\\n\"}\n");
        assert_line(ms_span_of(line, n), want);
    }
    size_t n = 1 << 20;
    char *big = malloc(n), *want = malloc(n + 1000);
    memset(big, 'y', n);
    size_t at = (size_t)sprintf(want, "%s", JUNK_HEAD "\"");
    memcpy(want + at, big, n);
    strcpy(want + at + n, "\"}\n");
    assert_line(ms_span_of(big, n), want);
    free(big);
    free(want);
}

/* Every kind's example prints as one object on one line, whatever its role. */
static void test_every_kind_prints(void **state)
{
    (void)state;
    size_t n_printed = 0;
    for (size_t k = 0; k < ms_n_kinds; k++) {
        struct ms_event e;
        char line[4096], *text;
        size_t n;
        if (ms_kinds[k].example[0] == 0)
            continue;
        static const char *const programs[] = {"smtpd",  "qmgr",      "cleanup", "smtp",       "local",
                                               "bounce", "postsuper", "pickup",  "postscreen", "master"};
        for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
            snprintf(line, sizeof line, HEAD "%s[42]: %s", programs[i], ms_kinds[k].example);
            memset(&e, 0xA5, sizeof e);
            ms_parse_line(parser, ms_span_str(line), 7, &e);
            FILE *out = open_memstream(&text, &n);
            ms_event_print_json(out, &e, names, "f", MS_NONE);
            fclose(out);
            assert_true(text[0] == '{' && text[n - 2] == '}' && memchr(text, '\n', n) == text + n - 1);
            n_printed++;
            free(text);
        }
    }
    assert_true(n_printed > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sessions),  cmocka_unit_test(test_queue_file),
        cmocka_unit_test(test_unparsed),  cmocka_unit_test(test_hostile_text),
        cmocka_unit_test(test_long_text), cmocka_unit_test(test_every_kind_prints),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
