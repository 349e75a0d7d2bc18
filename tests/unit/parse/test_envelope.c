#include "parse/envelope.h"
#include "parse/stamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "parse/event.h"

static struct ms_names *names;
static struct ms_envelope_reader *reader;

static int set_up(void **state)
{
    (void)state;
    names = ms_names_create();
    reader = malloc(sizeof *reader);
    ms_envelope_init(reader, names, NULL, true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ms_envelope_fini(reader);
    free(reader);
    ms_names_destroy(names);
    return 0;
}

/* A copy without a spare byte on either side, so that a sanitizer sees a read outside. */
static struct ms_span exact_copy(struct ms_span s)
{
    char *p = malloc(s.n ? s.n : 1);
    if (s.n)
        memcpy(p, s.p, s.n);
    return ms_span_of(p, s.n);
}

static bool same(struct ms_span got, const char *want)
{
    return want == NULL ? got.p == NULL : ms_span_is(got, want);
}

#define AT 973247130000000LL /* Nov  3 10:25:30 of the year 2000 */

/* Twice each: the second time the memos know the line. */
static void assert_line(struct ms_span line, const char *host, const char *tag, int64_t pid, const char *text)
{
    for (int round = 0; round < 2; round++) {
        struct ms_span copy = exact_copy(line);
        struct ms_envelope e;
        ms_envelope_read(reader, copy, &e);
        struct ms_span got = ms_span_of(copy.p + e.text_at, copy.n - e.text_at);
        if (e.reason != NULL || !same(ms_names_host(names, e.host_id), host) || e.pid != pid || !same(got, text) ||
            !same(ms_names_tag(names, e.tag_id)->tag, tag))
            fail_msg("`%.*s`, round %d: reason %s, host `%.*s`, tag `%.*s`, pid %lld, text `%.*s`", (int)line.n, line.p,
                     round, e.reason, (int)ms_names_host(names, e.host_id).n, ms_names_host(names, e.host_id).p,
                     (int)ms_names_tag(names, e.tag_id)->tag.n, ms_names_tag(names, e.tag_id)->tag.p, (long long)e.pid,
                     (int)got.n, got.p);
        free((void *)copy.p);
    }
}

static void assert_at(const char *line, int64_t stamp_us, enum ms_stamp_year has_year)
{
    struct ms_envelope e;
    int64_t first_us = 0;
    bool first_has_year = has_year == MS_STAMP_OPEN;
    ms_envelope_read(reader, ms_span_str(line), &e);
    assert_int_equal(e.stamp_us, stamp_us);
    assert_int_equal(e.has_year, has_year);
    assert_true(ms_first_stamp(ms_span_str(line), &first_us, &first_has_year));
    assert_int_equal(first_us, stamp_us);
    assert_int_equal(first_has_year, has_year != MS_STAMP_OPEN);
}

static void assert_unparsed(struct ms_span line, const char *reason)
{
    uint32_t n_names = ms_names_n_hosts(names) + ms_names_n_tags(names);
    struct ms_envelope e;
    ms_envelope_read(reader, line, &e);
    if (e.reason == NULL || strcmp(e.reason, reason) != 0)
        fail_msg("`%.*s`: reason `%s`, not `%s`", (int)line.n, line.p, e.reason, reason);
    assert_int_equal(e.host_id, MS_NO_NAME);
    assert_int_equal(e.tag_id, MS_NO_NAME);
    assert_int_equal(e.text_at, 0);
    assert_int_equal(ms_names_n_hosts(names) + ms_names_n_tags(names), n_names); /* junk leaves no names */
}

#define LINE(s) MS_SPAN_LIT(s)

static void test_traditional(void **state)
{
    (void)state;
    assert_line(LINE("Nov  3 10:25:30 mx1 postfix/smtpd[42]: connect from a[1.2.3.4]"), "mx1", "postfix/smtpd", 42,
                "connect from a[1.2.3.4]");
    assert_line(LINE("Nov 03 10:25:30 mx1 postfix/qmgr[7]: X: removed"), "mx1", "postfix/qmgr", 7, "X: removed");
    assert_line(LINE("Nov  3 10:25:30.123 mx1 dovecot: lmtp(7): x"), "mx1", "dovecot", MS_NONE, "lmtp(7): x");
    assert_line(LINE("Nov  3 10:25:30 2001:db8::1 postfix/smtp[1]: x"), "2001:db8::1", "postfix/smtp", 1, "x");
    assert_line(LINE("Nov  3 10:25:30 2001:db8:: postfix/smtp[1]: x"), "2001:db8::", "postfix/smtp", 1, "x");
    assert_line(LINE("Nov  3 10:25:30 [2001:db8::1] postfix/smtp[1]: x"), "[2001:db8::1]", "postfix/smtp", 1, "x");
    assert_line(LINE("Nov  3 10:25:30 src@mx1/loghost postfix/smtp[1]: x"), "src@mx1/loghost", "postfix/smtp", 1, "x");
    assert_line(LINE("Nov  3 10:25:30 mx1 postfix/[::1]:10025/smtpd[1]: x"), "mx1", "postfix/[::1]:10025/smtpd", 1,
                "x");
    assert_line(LINE("Nov  3 10:25:30 mx1 postfix/127.0.0.1:25/smtpd[1]: x"), "mx1", "postfix/127.0.0.1:25/smtpd", 1,
                "x");
    assert_line(LINE("Nov  3 10:25:30 mx1 postfix/smtpd[42]:"), "mx1", "postfix/smtpd", 42, "");
    assert_line(LINE("Nov  3 10:25:30 mx1 postfix/smtpd[42]: "), "mx1", "postfix/smtpd", 42, "");
    assert_line(LINE("Nov  3 10:25:30 mx1 postfix/smtpd[4194304]: a"), "mx1", "postfix/smtpd", 4194304, "a");
    assert_at("Nov  3 10:25:30 mx1 postfix/smtpd[42]: x", AT, MS_STAMP_OPEN);
    assert_at("Nov  3 10:25:30.5 mx1 postfix/smtpd[42]: x", AT + 500000, MS_STAMP_OPEN);
}

static void test_missing_parts(void **state)
{
    (void)state;
    assert_line(LINE("Nov  3 10:25:30 postfix/smtpd[42]: x"), NULL, "postfix/smtpd", 42, "x");
    assert_line(LINE("Nov  3 10:25:30 postfix/smtpd[42] x"), NULL, "postfix/smtpd", 42, "x");
    assert_line(LINE("Nov  3 10:25:30 dovecot: x"), NULL, "dovecot", MS_NONE, "x");
    assert_line(LINE("Nov  3 10:25:30 mx1 postfix/smtpd[42] x: y"), "mx1", "postfix/smtpd", 42, "x: y");
    assert_line(LINE("Nov  3 10:25:30 mx1 postfix/smtpd: x"), "mx1", "postfix/smtpd", MS_NONE, "x");
    assert_line(LINE("Nov  3 10:25:30 mx1 postfix/smtpd x"), "mx1", "postfix/smtpd", MS_NONE, "x");
    assert_line(LINE("Nov  3 10:25:30 mx1 kernel:x y"), "mx1", "kernel", MS_NONE, "x y");
    assert_line(LINE("Nov  3 10:25:30 mx1 app[main]: x"), "mx1", "app", MS_NONE, "x");
    assert_line(LINE("Nov  3 10:25:30 mx1 app[12345678901234]: x"), "mx1", "app", MS_NONE, "x");
    assert_line(LINE("Nov  3 10:25:30 mx1 last message repeated 2 times"), "mx1", NULL, MS_NONE,
                "last message repeated 2 times");
    assert_line(LINE("Nov  3 10:25:30 mx1 -- MARK --"), "mx1", NULL, MS_NONE, "-- MARK --");
}

/* rsyslog keeps 32 bytes of `TAG[PID]:`; a pid that may have lost digits is not told. */
static void test_cut_tags(void **state)
{
    (void)state;
    assert_line(LINE("Nov  3 10:25:30 mx1 postfix-out/submission/smtpd[1234 x"), "mx1", "postfix-out/submission/smtpd",
                MS_NONE, "x");
    assert_line(LINE("Nov  3 10:25:30 mx1 postfix-out/submission/smtpd[123]x"), "mx1", "postfix-out/submission/smtpd",
                123, "x");
    assert_line(LINE("Nov  3 10:25:30 mx1 postfix-out/submission/smtpd[123connect from"), "mx1",
                "postfix-out/submission/smtpd", MS_NONE, "connect from");
    assert_line(LINE("Nov  3 10:25:30 mx1 postfix-out1/submission/smtpd[12 x"), "mx1", "postfix-out1/submission/smtpd",
                MS_NONE, "x");
    assert_line(LINE("Nov  3 10:25:30 mx1 postfix-out1/submissions/smtpd[ x"), "mx1", "postfix-out1/submissions/smtpd",
                MS_NONE, "x");
    assert_unparsed(LINE("Nov  3 10:25:30 mx1 postfix-outbound/submission/smtp connect"),
                    "program name cut at 32 bytes");
}

static void test_facility_words(void **state)
{
    (void)state;
    assert_line(LINE("Nov  3 10:25:30 mx1 mail.info postfix/smtpd[42]: x"), "mx1", "postfix/smtpd", 42, "x");
    assert_line(LINE("Nov  3 10:25:30 mx1 mail:info sendmail[42]: x"), "mx1", "sendmail", 42, "x");
    assert_line(LINE("Nov  3 10:25:30 mx1 auth|security:info sshd[42]: x"), "mx1", "sshd", 42, "x");
    assert_line(LINE("Nov  3 10:25:30 <2.6> mx1 sendmail[42]: x"), "mx1", "sendmail", 42, "x");
    assert_line(LINE("Nov  3 10:25:30 <mail.info> mx1 sendmail[42]: x"), "mx1", "sendmail", 42, "x");
    assert_line(LINE("Nov  3 10:25:30 mail.info postfix/smtpd[42]: x"), "mail.info", "postfix/smtpd", 42,
                "x"); /* a host */
    assert_line(LINE("Nov  3 10:25:30 Message forwarded from mx1: sendmail[42]: x"), "mx1", "sendmail", 42, "x");
    assert_line(LINE("Nov  3 10:25:30 From mx1: sendmail[42]: x"), "mx1", "sendmail", 42, "x");
    assert_line(LINE("Nov  3 10:25:30 mx1 sendmail[42]: [ID 801593 mail.info] x"), "mx1", "sendmail", 42, "x");
    assert_line(LINE("Nov  3 10:25:30 sendmail[42]: [ID 801593 mail.info] x"), NULL, "sendmail", 42, "x");
    assert_line(LINE("Nov  3 10:25:30 mx1 sendmail[42]: [ID x] y"), "mx1", "sendmail", 42, "[ID x] y");
}

static void test_pri_and_junk_in_front(void **state)
{
    (void)state;
    assert_line(LINE("<22>Nov  3 10:25:30 mx1 postfix/smtpd[42]: x"), "mx1", "postfix/smtpd", 42, "x");
    assert_line(LINE("<22>2024-05-01T12:34:56Z mx1 postfix/smtpd[42]: x"), "mx1", "postfix/smtpd", 42, "x");
    assert_line(LINE("\xEF\xBB\xBFNov  3 10:25:30 mx1 postfix/smtpd[42]: x"), "mx1", "postfix/smtpd", 42, "x");
    assert_line(LINE("\0\0\0\0Nov  3 10:25:30 mx1 postfix/smtpd[42]: x"), "mx1", "postfix/smtpd", 42, "x");
    assert_line(LINE("\0\0\xEF\xBB\xBF<22>Nov  3 10:25:30 mx1 postfix/smtpd[42]: x"), "mx1", "postfix/smtpd", 42, "x");
    assert_at("\xEF\xBB\xBF<22>Nov  3 10:25:30 mx1 postfix/smtpd[42]: x", AT, MS_STAMP_OPEN);
    assert_unparsed(LINE("<192>Nov  3 10:25:30 mx1 postfix/smtpd[42]: x"), "no envelope");
    assert_unparsed(LINE("<>Nov  3 10:25:30 mx1 postfix/smtpd[42]: x"), "no envelope");
    assert_unparsed(LINE("<2"), "no envelope");
}

static void test_iso(void **state)
{
    (void)state;
    assert_line(LINE("2024-05-01T12:34:56.789012+02:00 mx1 postfix/smtpd[42]: x"), "mx1", "postfix/smtpd", 42, "x");
    assert_line(LINE("2024-05-01 12:34:56,7 mx1 postfix/smtpd[42]: x"), "mx1", "postfix/smtpd", 42, "x");
    assert_at("2024-05-01T12:34:56.789012+02:00 mx1 postfix/smtpd[42]: x", 1714559696789012, MS_STAMP_WHOLE);
    assert_at("2024-05-01T10:34:56.789012Z mx1 postfix/smtpd[42]: x", 1714559696789012, MS_STAMP_WHOLE);
    assert_at("2024-05-01 10:34:56 mx1 postfix/smtpd[42]: x", 1714559696000000, MS_STAMP_LOCAL);
}

static void test_rfc5424(void **state)
{
    (void)state;
    assert_line(LINE("<22>1 2024-05-01T10:34:56Z mx1 postfix/smtpd 42 - - x: y"), "mx1", "postfix/smtpd", 42, "x: y");
    assert_line(LINE("<22>1 2024-05-01T10:34:56Z mx1 postfix/smtpd 42 - -  x"), "mx1", "postfix/smtpd", 42, "x");
    assert_line(LINE("<22>1 2024-05-01T10:34:56Z mx1 postfix/smtpd 42 ID7 - \xEF\xBB\xBFx"), "mx1", "postfix/smtpd", 42,
                "x");
    assert_line(LINE("<22>1 2024-05-01T10:34:56Z - postfix/smtpd - - -"), NULL, "postfix/smtpd", MS_NONE, "");
    assert_line(LINE("<22>1 2024-05-01T10:34:56Z mx1 app 7x - [a@1 k=\"]\\\"]\" l=\"\"][b] x"), "mx1", "app", MS_NONE,
                "x");
    assert_at("<22>1 2024-05-01T10:34:56.789012Z mx1 postfix/smtpd 42 - - x", 1714559696789012, MS_STAMP_WHOLE);
    assert_unparsed(LINE("<22>1 - mx1 postfix/smtpd 42 - - x"), "no envelope");
    assert_unparsed(LINE("<22>1 2024-05-01T10:34:56Z mx1 - 42 - - x"), "no program name");
    assert_unparsed(LINE("<22>1 2024-05-01T10:34:56Z"), "no host or program name");
    assert_unparsed(LINE("<22>1 2024-05-01T10:34:56Z mx1 app 1 - [a k=\"x] y"), "structured data is not closed");
    assert_unparsed(LINE("<22>1 "), "no envelope");
}

static void test_unparsed(void **state)
{
    (void)state;
    assert_unparsed(LINE(""), "empty line");
    assert_unparsed(LINE("\0\0\0"), "empty line");
    assert_unparsed(LINE("    continued text of the line above"), "no envelope");
    assert_unparsed(LINE("{\"time\":\"2026-11-21T17:32:24+00:00\"}"), "no message in the JSON object");
    assert_unparsed(LINE("{\"time\":\"2026-11-21T17:32:24+00:00\""), "malformed JSON");
    assert_unparsed(LINE("@4000000052a1e3f83b9aca0g new msg 1234"), "no envelope");
    assert_unparsed(LINE("__REALTIME_TIMESTAMP=1714559696789012"), "a field of a journal export, without its entry");
    assert_unparsed(LINE("MESSAGE=x"), "a field of a journal export, without its entry");
    assert_unparsed(LINE("@400000"), "no envelope");
    assert_unparsed(LINE("Nov  3 10:25:30"), "no host or program name");
    assert_unparsed(LINE("Nov  3 10:25:30 mx1"), "no program name");
    assert_unparsed(LINE("Nov  3 10:25:30 mx1 some words of text"), "no program name");
    assert_unparsed(LINE("Nov  3 10:25:30 mx1 <a@b>: x"), "no program name");
}

static void check_hostless(struct ms_span line, const char *tag, int64_t us, const char *text)
{
    struct ms_envelope e;
    ms_envelope_read(reader, line, &e);
    assert_null(e.reason);
    assert_int_equal(e.host_id, MS_NO_NAME);
    assert_true(tag ? ms_span_is(e.tag->tag, tag) : e.tag_id == MS_NO_NAME);
    assert_true(e.stamp_us == us);
    assert_true(ms_span_is(ms_span_of(line.p + e.text_at, line.n - e.text_at), text));
}

/* Exim's own files and multilog's name neither host nor program: the text tells. */
static void test_hostless(void **state)
{
    (void)state;
    const int64_t us = INT64_C(1795282349000000); /* 2026-11-21 17:32:29 */
    check_hostless(LINE("2026-11-21 17:32:29 [855] Warning: x"), "exim", us, "[855] Warning: x");
    check_hostless(LINE("2026-11-21 17:32:29 1xUouq-0000000006c-3HP6 Completed"), "exim", us,
                   "1xUouq-0000000006c-3HP6 Completed");
    check_hostless(LINE("2026-11-21 18:32:29.5 +0100 1xUouq-0000000006c-3HP6 DKIM: x"), "exim", us + 500000,
                   "1xUouq-0000000006c-3HP6 DKIM: x");
    check_hostless(LINE("2026-11-21 17:32:29 H=(c1) [192.0.2.7] Warning: x"), "exim", us,
                   "H=(c1) [192.0.2.7] Warning: x");
    check_hostless(LINE("@400000004c91b04400000000 x"), NULL, INT64_C(1284616250000000), "x");
    check_hostless(LINE("\tid 1xUouq-0000000006c-3HP6"), NULL, MS_NONE, "\tid 1xUouq-0000000006c-3HP6");
    check_hostless(LINE("  Subject: x"), "exim", MS_NONE, "  Subject: x");
    assert_unparsed(LINE("2026-11-21 17:32:29 H=c1.example Warning: x"), "no host or program name");
    assert_unparsed(LINE("2026-11-21 17:32:29 nobody knows this"), "no program name");
    assert_unparsed(LINE("@400000004c91b0440000000"), "no envelope");
}

/* What other tools put in front, or in between. */
static void test_prefixes(void **state)
{
    (void)state;
    assert_line(LINE("mail-1  | Nov  3 10:25:30 mx1 postfix/smtpd[42]: x"), "mx1", "postfix/smtpd", 42, "x");
    assert_line(LINE("\x1b[36mmail_1 |\x1b[0m Nov  3 10:25:30 mx1 app: x"), "mx1", "app", MS_NONE, "x");
    assert_line(LINE("[pod/mail-0/mta] Nov  3 10:25:30 mx1 app: x"), "mx1", "app", MS_NONE, "x");
    assert_line(LINE("2000-11-03T10:25:30Z stdout F postfix/smtpd[42]: x"), NULL, "postfix/smtpd", 42, "x");
    assert_line(LINE("/var/log/mail.log-20001104:7:Nov  3 10:25:30 mx1 app[42]: x"), "mx1", "app", 42, "x");
    assert_line(LINE("mainlog:2000-11-03 10:25:30 1xUouq-0000000006c-3HP6 Completed"), NULL, "exim", MS_NONE,
                "1xUouq-0000000006c-3HP6 Completed");
    assert_line(LINE(">>  Nov  3 10:25:30 mx1 app[42]: x"), "mx1", "app", 42, "x");
    assert_line(LINE("Nov  3 10:25:30 loghost Nov  3 10:25:29 mx1 app[42]: x"), "mx1", "app", 42, "x");
    assert_line(LINE("Nov  3 10:25:30 CET mx1 app[42]: x"), "mx1", "app", 42, "x");
    assert_line(LINE("99 <22>1 2000-11-03T10:25:30Z mx1 app 42 - - x"), "mx1", "app", 42, "x");
    assert_line(LINE("Nov  3 10:25:30 [192.0.2.7] app[42]: x"), "[192.0.2.7]", "app", 42, "x");
    assert_at("mail-1  | Nov  3 10:25:30 mx1 app: x", AT, MS_STAMP_OPEN);
    assert_at("Fri 2000-11-03 11:25:30 CET mx1 app: x", AT, MS_STAMP_WHOLE);
    assert_at("Fri 2000-11-03 10:25:30 EST mx1 app: x", AT, MS_STAMP_LOCAL); /* some zone's, as without one */
    assert_at("973247130.000000 mx1 app: x", AT, MS_STAMP_WHOLE);
    assert_at("nov. 03 10:25:30 mx1 app: x", AT, MS_STAMP_OPEN);
    assert_at("2000-11-03T10:25:30.000000000Z Nov  3 11:25:31 mx1 app: x", AT, MS_STAMP_WHOLE);
    assert_at("2000-11-03T10:25:30.000000000Z 2000-11-03 11:25:31 [42] Completed", AT, MS_STAMP_WHOLE);
    assert_unparsed(LINE("foo | bar: x"), "no envelope");
    assert_unparsed(LINE("> he wrote: Nov  3 10:25:30 mx1 app[42]: x"), "no envelope");
    assert_unparsed(LINE("    Nov  3 10:25:30 and some words: x"), "no envelope");
    assert_unparsed(LINE("Nov  3 10:25:30 one two app[42]: x"), "no program name");
    assert_unparsed(LINE("2000-11-03T10:25:30Z mx1 10:25:30 x"), "no program name");
}

static void test_too_long_names(void **state)
{
    (void)state;
    char line[2000] = "Nov  3 10:25:30 ";
    memset(line + 16, 'h', MS_NAME_MAX_BYTES);
    strcpy(line + 16 + MS_NAME_MAX_BYTES, " app[1]: x");
    char host[300] = {0};
    memset(host, 'h', MS_NAME_MAX_BYTES);
    assert_line(ms_span_str(line), host, "app", 1, "x");
    memset(line + 16, 'h', MS_NAME_MAX_BYTES + 1);
    strcpy(line + 17 + MS_NAME_MAX_BYTES, " app[1]: x");
    assert_unparsed(ms_span_str(line), "no host or program name");
    memset(line + 16, 'h', 1500);
    strcpy(line + 1516, "[1]: x");
    assert_unparsed(ms_span_str(line), "no host or program name");
}

static void test_host_option(void **state)
{
    (void)state;
    ms_envelope_init(reader, names, "given", true);
    assert_line(LINE("Nov  3 10:25:30 mx1 postfix/smtpd[42]: x"), "given", "postfix/smtpd", 42, "x");
    assert_line(LINE("Nov  3 10:25:30 postfix/smtpd[42]: x"), "given", "postfix/smtpd", 42, "x");
    assert_line(LINE("<22>1 2024-05-01T10:34:56Z mx1 app 1 - - x"), "given", "app", 1, "x");
    assert_int_equal(ms_names_n_hosts(names), 1);
}

static void test_full_tables(void **state)
{
    (void)state;
    char line[80];
    for (int i = 0; i < MS_NAMES_CAP; i++) {
        struct ms_envelope e;
        sprintf(line, "Nov  3 10:25:30 host%d postfix/smtpd[42]: x", i);
        ms_envelope_read(reader, ms_span_str(line), &e);
        assert_null(e.reason);
    }
    struct ms_envelope e;
    ms_envelope_read(reader, LINE("Nov  3 10:25:30 onemore postfix/smtpd[42]: x"), &e);
    assert_string_equal(e.reason, "too many hosts or programs");
    assert_int_equal(e.text_at, 0);
    assert_line(LINE("Nov  3 10:25:30 host77 postfix/smtpd[42]: x"), "host77", "postfix/smtpd", 42, "x");
}

/* Pids of every length, with and without room for the way by eight bytes behind them. */
static void test_pids(void **state)
{
    (void)state;
    for (int64_t pid = 0; pid < 100000000; pid = pid * 3 + 1) {
        for (int room = 0; room < 12; room++) {
            char line[100], text[16] = "            ";
            text[room] = 0;
            text[room ? room - 1 : 0] = room ? 'x' : 0;
            sprintf(line, "Nov  3 10:25:30 mx1 postfix/smtpd[%lld]:%s", (long long)pid, text);
            assert_line(ms_span_str(line), "mx1", "postfix/smtpd", pid, room ? "x" : "");
            sprintf(line, "Nov  3 10:25:30 mx1 postfix/smtpd[%07lld] %sx", (long long)pid, text);
            assert_line(ms_span_str(line), "mx1", "postfix/smtpd", pid, room ? "xx" : "x");
        }
    }
    assert_line(LINE("Nov  3 10:25:30 mx1 postfix/smtpd[12:34]: xxxxxxxx"), "mx1", "postfix/smtpd", MS_NONE,
                "xxxxxxxx");
    assert_line(LINE("Nov  3 10:25:30 mx1 postfix/smtpd[12/34]: xxxxxxxx"), "mx1", "postfix/smtpd", MS_NONE,
                "xxxxxxxx");
}

/* The memo has the header after the first line, and not what only looks like one. */
static void test_memo_is_used(void **state)
{
    (void)state;
    struct ms_envelope e;
    struct ms_span key = LINE("mx1 postfix/smtpd");
    assert_null(ms_header_memo_find(&reader->headers, MS_HEADER_TRADITIONAL, key));
    ms_envelope_read(reader, LINE("Nov  3 10:25:30 mx1 postfix/smtpd[42]: some text"), &e);
    const struct ms_header_slot *slot = ms_header_memo_find(&reader->headers, MS_HEADER_TRADITIONAL, key);
    assert_non_null(slot);
    assert_int_equal(slot->tag_id, e.tag_id);
    assert_null(ms_header_memo_find(&reader->headers, MS_HEADER_RFC5424, key));
    ms_envelope_read(reader, LINE("<22>1 2024-05-01T10:34:56Z mx1 postfix/smtpd 42 - - x"), &e);
    assert_non_null(ms_header_memo_find(&reader->headers, MS_HEADER_RFC5424, key));
    ms_envelope_read(reader, LINE("Nov  3 10:25:30 mx1 app: text [42]: some text"), &e);
    assert_null(ms_header_memo_find(&reader->headers, MS_HEADER_TRADITIONAL, LINE("mx1 app: text ")));
    /* two headers of one set stay both; a third drives the older out */
    struct ms_header_memo *m = calloc(1, sizeof *m);
    for (uint32_t i = 0; i < 3 * MS_HEADER_SETS; i++) {
        char text[32];
        struct ms_span other = ms_span_of(text, (size_t)sprintf(text, "host%u postfix/smtpd", i));
        ms_header_memo_keep(m, MS_HEADER_TRADITIONAL, other, i, i);
        slot = ms_header_memo_find(m, MS_HEADER_TRADITIONAL, other);
        assert_true(slot != NULL && slot->host_id == i);
    }
    free(m);
}

/* ---- mutated lines: with and without memos the same, no byte outside read ---- */

static const char *const seeds[] = {
    "Nov  3 10:25:30 mx1 postfix/smtpd[42]: connect from a[1.2.3.4]",
    "Nov 03 10:25:30 mx1 postfix/qmgr[7]: 4SVLCh0sf8zyN2: removed",
    "Nov  3 10:25:30 mx1 postfix/qmgr[7]: 4SVLCh0sf8zyN2: removed",
    "2024-05-01T12:34:56.789012+02:00 mx1 postfix/submission/smtpd[42]: disconnect",
    "<22>Nov  3 10:25:30 mx1 mail.info sendmail[42]: [ID 801593 mail.info] x",
    "<22>1 2024-05-01T10:34:56Z mx1 app 7 - [a@1 k=\"]\\\"]\" l=\"\"][b] x",
    "Nov  3 10:25:30 From mx1: sendmail[42]: x",
    "Nov  3 10:25:30 mx1 postfix-out/submission/smtpd[1234 x",
    "Nov  3 2024 10:25:30 postfix/smtpd[42] x",
    "Nov  3 10:25:30 mx1 last message repeated 2 times",
    "\x1b[36mmail-1  | \x1b[0m2024-05-01T10:34:56Z Nov  3 10:25:30 mx1 postfix/qmgr[7]: x",
    "mail.log:17:Fri 2024-05-01 10:34:56 CEST mx1 postfix/qmgr[7]: x",
    "  > Okt  3 10:25:30 mail.info loghost Nov  3 10:25:30 mx1 postfix/qmgr[7]: x",
    "[pod/mail-0/mta] 99 <22>1 2024-05-01T10:34:56Z mx1 app 7 - - x",
    "1714559696.789012 mx1 postfix/qmgr[7]: x",
};

static struct ms_span mutate(struct ms_span from, unsigned *seed)
{
    static const char bytes[] = "[]:<> 0/.\t\0\xEF\xBB\xBF-Z\"\\";
    size_t n = from.n, room = n + 8;
    char *p = malloc(room);
    memcpy(p, from.p, n);
    for (int i = rand_r(seed) % 4; i > 0 && n > 0; i--) {
        size_t at = (size_t)rand_r(seed) % n;
        switch (rand_r(seed) % 4) {
        case 0:
            p[at] = bytes[(size_t)rand_r(seed) % (sizeof bytes - 1)];
            break;
        case 1:
            p[at] = (char)rand_r(seed);
            break;
        case 2:
            memmove(p + at, p + at + 1, --n - at);
            break;
        default:
            n = rand_r(seed) % 4 ? n : at;
        }
    }
    struct ms_span copy = exact_copy(ms_span_of(p, n));
    free(p);
    return copy;
}

static bool is_same_envelope(const struct ms_envelope *a, const struct ms_envelope *b)
{
    return a->stamp_us == b->stamp_us && a->pid == b->pid && a->reason == b->reason && a->text_at == b->text_at &&
           a->host_id == b->host_id && a->tag_id == b->tag_id && a->has_year == b->has_year && a->line.p == b->line.p &&
           a->line.n == b->line.n;
}

static void test_memo_equals_plain(void **state)
{
    (void)state;
    struct ms_envelope_reader *plain = malloc(sizeof *plain);
    ms_envelope_init(plain, names, NULL, false);
    unsigned seed = 3, n_good = 0, n_bad = 0;
    for (time_t end = time(NULL) + 2; time(NULL) < end;) {
        for (int i = 0; i < 2000; i++) {
            struct ms_span line =
                mutate(ms_span_str(seeds[(size_t)rand_r(&seed) % (sizeof seeds / sizeof *seeds)]), &seed);
            struct ms_envelope a, b;
            ms_envelope_read(reader, line, &a);
            ms_envelope_read(plain, line, &b);
            if (!is_same_envelope(&a, &b) || a.text_at > line.n)
                fail_msg("`%.*s`: %s / %s, text at %u / %u", (int)line.n, line.p, a.reason, b.reason, a.text_at,
                         b.text_at);
            *(a.reason ? &n_bad : &n_good) += 1;
            free((void *)line.p);
        }
    }
    assert_true(n_good > 500 && n_bad > 500);
    ms_envelope_fini(plain);
    free(plain);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_traditional),
        TEST(test_missing_parts),
        TEST(test_cut_tags),
        TEST(test_facility_words),
        TEST(test_iso),
        TEST(test_rfc5424),
        TEST(test_unparsed),
        TEST(test_pri_and_junk_in_front),
        TEST(test_hostless),
        TEST(test_prefixes),
        TEST(test_host_option),
        TEST(test_full_tables),
        TEST(test_too_long_names),
        TEST(test_memo_equals_plain),
        TEST(test_memo_is_used),
        TEST(test_pids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
