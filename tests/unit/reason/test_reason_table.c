/* A user's table: what it adds, what it overrides, and what is wrong with it, by file and line. */
#include "reason/table.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/ms_reasons_XXXXXX";

static void write_table(const char *table, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(table, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* All in one table, since a table takes a second to compile. xN are words that nobody says. */
static const char rows[] = "# a comment, an empty line, a line end of another system\n\n"
                           "0\tpolicy\treject\ttext\tX0 user unknown\r\n"
                           "0\tpolicy\tdelivery\ttext\tx1 user unknown\n"
                           "0\t-\tany\tregex\tx2 user +unknown$\n"
                           "9999\tpolicy\tany\ttext\tx3 user unknown\n"
                           "7\tspam\tany\ttext\tx4\n"
                           "7\tvirus\tany\ttext\tx4\n"
                           "9\tspam\tany\ttext\tx5\n"
                           "8\tvirus\tany\ttext\tx5\n"
                           "1230\tspam\tany\ttext\tx6 no such user\n"
                           "0\tspam\tany\ttext\tx7.c (d|e) [f]$\n"
                           "0\tvirus\tany\tcode\t59x/RCPT\n"
                           "0\tdkim\tany\tstage\tx9\n"
                           "0\tblocklist\tany\ttext\tx10\n"
                           "0\tblocklist\tany\tlist\tx10 own\town.example\n"
                           "0\tblocklist\tany\tlist\tx10 zone=\n";

struct both {
    struct ms_reasons *reasons[2];
    struct ms_reasoner *reasoners[2];
};

static void expect(const struct both *both, const char *text, const char *stage, const char *word, const char *list)
{
    struct ms_reason_ask ask = {
        .text = ms_span_str(text), .scope = MS_REASON_REJECT, .stage = ms_span_str(stage), .reply_code = INT32_MIN};
    for (int engine = 0; engine < 2; engine++) {
        struct ms_reason got = ms_reason_of(both->reasoners[engine], &ask);
        assert_string_equal(got.word ? got.word : "-", word);
        assert_true(list ? ms_span_is(got.blocklist, list) : got.blocklist.p == NULL);
    }
}

static void rows_of_users(void **state)
{
    (void)state;
    struct both both;
    struct ms_error err = {0};
    write_table(rows, sizeof rows - 1);
    for (int engine = 0; engine < 2; engine++) {
        enum ms_scan_engine which = engine ? MS_SCAN_PLAIN : MS_SCAN_HYPERSCAN;
        if (ms_reasons_create(&both.reasons[engine], path, which, NULL, &err) != MS_OK)
            fail_msg("%s", err.text);
        assert_int_equal(ms_reasoner_create(&both.reasoners[engine], both.reasons[engine], &err), MS_OK);
    }
    expect(&both, "550 5.1.1 <a@b.example>: user unknown", "RCPT", "unknown_user", NULL);
    expect(&both, "550 x0 USER unknown", "RCPT", "policy", NULL);
    expect(&both, "550 x1 user unknown", "RCPT", "unknown_user", NULL); /* the scope is another one */
    expect(&both, "550 x2 user  unknown", "RCPT", "-", NULL);
    expect(&both, "550 x2 user unknown!", "RCPT", "unknown_user", NULL);
    expect(&both, "550 x3 user unknown", "RCPT", "unknown_user", NULL);
    expect(&both, "550 x4", "RCPT", "spam", NULL);              /* the earlier line */
    expect(&both, "550 x5", "RCPT", "virus", NULL);             /* the lower number */
    expect(&both, "550 x6 no such user", "RCPT", "spam", NULL); /* as a built-in one, but a user's */
    expect(&both, "x7.c (d|e) [f]$", "RCPT", "spam", NULL);
    expect(&both, "x7xc d f", "RCPT", "-", NULL);
    expect(&both, "599 foo", "RCPT", "virus", NULL);
    expect(&both, "599 foo", "DATA", "-", NULL);
    expect(&both, "foo", "x9", "dkim", NULL);
    expect(&both, "550 x10 own", "RCPT", "blocklist", "own.example");
    expect(&both, "550 x10 zone=(bl.example.org.)", "RCPT", "blocklist", "bl.example.org");
    expect(&both, "550 x10 zone=192.0.2.1 x10 zone=b.c", "RCPT", "blocklist", "b.c");
    expect(&both, "550 x10 zone=", "RCPT", "blocklist", NULL);
    expect(&both, "550 x10 zone=.a", "RCPT", "blocklist", NULL);
    for (int engine = 0; engine < 2; engine++) {
        ms_reasoner_destroy(both.reasoners[engine]);
        ms_reasons_destroy(both.reasons[engine]);
    }
}

static void status_codes(void **state)
{
    (void)state;
    assert_true(ms_rule_dsn_holds(MS_SPAN_LIT("x.1.1"), MS_SPAN_LIT("5.1.1")));
    assert_true(ms_rule_dsn_holds(MS_SPAN_LIT("4.*.x"), MS_SPAN_LIT("4.7.122")));
    assert_false(ms_rule_dsn_holds(MS_SPAN_LIT("x.1.1"), MS_SPAN_LIT("5.1.10")));
    assert_false(ms_rule_dsn_holds(MS_SPAN_LIT("x.1.1"), MS_SPAN_LIT("5.1")));
    assert_false(ms_rule_dsn_holds(MS_SPAN_LIT("x.x.x"), MS_SPAN_LIT("5.1.a")));
    assert_false(ms_rule_dsn_holds(MS_SPAN_LIT("x.x.x"), MS_SPAN_LIT("5.1.1.1")));
    assert_false(ms_rule_dsn_holds(MS_SPAN_LIT("x.x.x"), MS_SPAN_NULL));
    assert_true(ms_rule_code_holds(MS_SPAN_LIT("45x"), 454, MS_SPAN_NULL));
    assert_false(ms_rule_code_holds(MS_SPAN_LIT("45x"), 465, MS_SPAN_NULL));
    assert_false(ms_rule_code_holds(MS_SPAN_LIT("xxx"), INT32_MIN, MS_SPAN_NULL));
    assert_false(ms_rule_code_holds(MS_SPAN_LIT("xxx"), 1000, MS_SPAN_NULL));
}

static void refuse(const char *table, size_t n, const char *where_and_why)
{
    struct ms_reasons *reasons = NULL;
    struct ms_error err = {0};
    char want[200];
    write_table(table, n);
    assert_int_equal(ms_reasons_create(&reasons, path, MS_SCAN_HYPERSCAN, NULL, &err), MS_ERR_USAGE);
    assert_null(reasons);
    snprintf(want, sizeof want, "%s%s", path, where_and_why);
    if (strncmp(err.text, want, strlen(want)) != 0)
        fail_msg("%s\ninstead of %s", err.text, want);
}
#define REFUSE(table, why) refuse(table, sizeof(table) - 1, why)

static void faults_have_file_and_line(void **state)
{
    (void)state;
    REFUSE("# one\n5\tspam\tany\ttext\n", ":2: a row has five or six columns");
    REFUSE("5\tspam\tany\ttext\tx\ty\tz\n", ":1: a row has five or six columns");
    REFUSE("x\tspam\tany\ttext\tx\n", ":1: the first column is the priority");
    REFUSE("10000\tspam\tany\ttext\tx\n", ":1: the first column is the priority");
    REFUSE("99999999999999999999\tspam\tany\ttext\tx\n", ":1: the first column is the priority");
    REFUSE("\tspam\tany\ttext\tx\n", ":1: the first column is the priority");
    REFUSE("\n\n5\tspamm\tany\ttext\tx", ":3: the second column is not a reason");
    REFUSE("5\tspam\tall\ttext\tx\n", ":1: the third column is the scope");
    REFUSE("5\tspam\tany\tliteral\tx\n", ":1: the fourth column is the kind");
    REFUSE("5\tspam\tany\ttext\t\n", ":1: the pattern is empty");
    REFUSE("5\tspam\tany\ttext\ta\0b\n", ":1: a zero byte");
    REFUSE("5\tspam\tany\tdsn\t5.1\n", ":1: a dsn pattern");
    REFUSE("5\tspam\tany\tdsn\t5.1.1.1\n", ":1: a dsn pattern");
    REFUSE("5\tspam\tany\tcode\t55\n", ":1: a code pattern");
    REFUSE("5\tspam\tany\tcode\t550/\n", ":1: a code pattern");
    REFUSE("5\tspam\tany\ttext\tx\tname\n", ":1: only rows of the kind list");
    REFUSE("5\t-\tany\tlist\tx\tname\n", ":1: a row that names a list");
    REFUSE("5\tspam\tany\tregex\tfine\n6\tspam\tany\tregex\t(\n", ":2: pattern (: ");
    REFUSE("5\tspam\tany\tregex\t(a)\\1\n", ":1: pattern (a)\\1: ");
    REFUSE("5\tspam\tany\tregex\ta*\n", ":1: pattern a*: ");
    REFUSE("5\tspam\tany\tregex\t(((a{900}b?){900}c?){900}\n", ":1: pattern ");
    struct ms_reasons *reasons = NULL;
    struct ms_error err = {0};
    assert_int_equal(ms_reasons_create(&reasons, "/nowhere/at/all", MS_SCAN_HYPERSCAN, NULL, &err), MS_ERR_IO);
}

static int set_up(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_users),
        cmocka_unit_test(status_codes),
        cmocka_unit_test(faults_have_file_and_line),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
