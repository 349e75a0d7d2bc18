/* Values inside sendmail's lines: queue IDs, lists of addresses, delays, statuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parse/lists.h"
#include "parse/sendmail.h"
#include "parse/sendmail_id.h"

static void test_ids(void **state)
{
    static const struct {
        const char *text;
        enum ms_sendmail_id form;
    } cases[] = {
        {"k9LE1v98001811", MS_SENDMAIL_ID_TIMED},
        {"e9LE1v901811", MS_SENDMAIL_ID_TIMED},
        {"xA32R2PQ3529566", MS_SENDMAIL_ID_TIMED},
        {"k9LE1v980018112345", MS_SENDMAIL_ID_TIMED},
        {"k9LE1v9801811", MS_SENDMAIL_ID_TIMED},
        {"MAA01090", MS_SENDMAIL_ID_HOURLY},
        {"X[Z012345", MS_SENDMAIL_ID_HOURLY},
        {"AA01090", MS_SENDMAIL_ID_HOURLY},
        {"kCLE1v98001811", MS_SENDMAIL_ID_NONE},
        {"k90E1v98001811", MS_SENDMAIL_ID_NONE},
        {"k9Wx1v98001811", MS_SENDMAIL_ID_NONE},
        {"k9LEzv98001811", MS_SENDMAIL_ID_NONE},
        {"y9LE1v98001811", MS_SENDMAIL_ID_NONE},
        {"k9LE1v9800181x", MS_SENDMAIL_ID_NONE},
        {"k9LE1v9800181123456", MS_SENDMAIL_ID_NONE},
        {"YAA01090", MS_SENDMAIL_ID_NONE},
        {"MAA0109", MS_SENDMAIL_ID_NONE},
        {"BB01090", MS_SENDMAIL_ID_NONE},
        {"4SVLCh0sf8zyN2", MS_SENDMAIL_ID_NONE},
        {"F3A53220685", MS_SENDMAIL_ID_NONE},
        {"1xUoz1-000000000N5-0aYT", MS_SENDMAIL_ID_NONE},
        {"", MS_SENDMAIL_ID_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *copy = strndup(cases[i].text, 64); /* of its own size: ASan sees a read behind it */
        struct ms_span id = ms_span_of(copy, strlen(copy));
        if (ms_sendmail_id_of(id) != cases[i].form)
            fail_msg("%s: form %d", copy, ms_sendmail_id_of(id));
        if (cases[i].form == MS_SENDMAIL_ID_TIMED && !ms_sendmail_id_may_be_timed(id))
            fail_msg("%s: ruled out", copy);
        free(copy);
    }
}

static void test_id_times(void **state)
{
    static const struct {
        const char *id;
        int64_t seconds;                          /* date -u +%s */
    } cases[] = {{"k9LE1v98001811", 1161439317},  /* 2006-10-21 14:01:57 */
                 {"e0100098000001", 946684800},   /* 2000-01-01 */
                 {"xBVNxx98000001", 1577836799},  /* 2019-12-31 23:59:59 */
                 {"0010001A000001", 1577836800},  /* 2020-01-01 */
                 {"61S0001A000001", 1772236800}}; /* 2026-02-28 */
    int64_t us;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(ms_sendmail_id_time(ms_span_str(cases[i].id), &us));
        assert_int_equal(us / 1000000, cases[i].seconds);
    }
    assert_false(ms_sendmail_id_time(ms_span_str("61T0001A000001"), &us)); /* 2026-02-29 */
    assert_false(ms_sendmail_id_time(ms_span_str("MAA01090"), &us));
}

static void test_connections(void **state)
{
    (void)state;
    uint32_t a = ms_sendmail_connection(ms_span_str("k9LE1v98001811")),
             b = ms_sendmail_connection(ms_span_str("k9LE1v99001811")),
             c = ms_sendmail_connection(ms_span_str("k9LE1w98001811"));
    assert_int_equal(a, b);
    assert_int_not_equal(a, c);
    assert_int_not_equal(a, 0);
    assert_int_equal(ms_sendmail_connection(ms_span_str("MAA01090")), 0);
    assert_int_equal(ms_sendmail_connection(MS_SPAN_NULL), 0);
}

static void check_list(const char *text, const char *want)
{
    char *copy = strndup(text, 4096), got[4096] = "";
    struct ms_span rest = ms_span_of(copy, strlen(copy)), item;
    while (ms_list_address(&rest, &item)) {
        strncat(got, item.p, item.n);
        strcat(got, "|");
    }
    if (strcmp(got, want) != 0)
        fail_msg("%s gives %s, not %s", text, got, want);
    free(copy);
}

static void test_address_lists(void **state)
{
    (void)state;
    check_list("<a@b>", "a@b|");
    check_list("<a@b>,c@d,\\user", "a@b|c@d|\\user|");
    check_list("<a@b>, <c@d>", "a@b|c@d|");
    check_list("\"|/prog -a, -b\",/var/mail/x,:include:/l", "\"|/prog -a, -b\"|/var/mail/x|:include:/l|");
    check_list("<\"x, y\"@b>,<c@d>", "\"x, y\"@b|c@d|");
    check_list("<@h1,@h2:u@h>,c@d", "@h1,@h2:u@h|c@d|");
    check_list("@h1,@h2:u@h,c@d", "@h1,@h2:u@h|c@d|");
    check_list("@h1,c@d", "@h1|c@d|");
    check_list("\"a\\\"b,c\"@d,e", "\"a\\\"b,c\"@d|e|");     /* before 8.12 */
    check_list("\"a\\\\\"b,c\"@d,e", "\"a\\\\\"b,c\"@d|e|"); /* since: a backslash is two */
    check_list("\"a\\\\\\\\\",e", "\"a\\\\\\\\\"|e|");       /* a backslash that is escaped, then the end */
    check_list("<\"a>,b\"@c>,d", "\"a>,b\"@c|d|");
    check_list("\"open,b", "\"open|b|");
    check_list("<open,b", "<open|b|");
    check_list("<>", "|");
    check_list("", "");
}

/* The time for lists that nobody writes is bounded by their length. */
static void test_long_lists(void **state)
{
    static const char *const units[] = {"<", "\"", "<a,", "\"a,", "@", "\\", "<\"", ","};
    (void)state;
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        size_t n = 1 << 17, unit = strlen(units[u]), items = 0;
        char *text = malloc(n);
        for (size_t i = 0; i < n; i++)
            text[i] = units[u][i % unit];
        struct ms_span rest = ms_span_of(text, n), item;
        for (; items <= n && ms_list_address(&rest, &item); items++)
            assert_true(item.p >= text && item.p + item.n <= text + n);
        assert_in_range(items, 1, n);
        free(text);
    }
}

static void test_id_lists(void **state)
{
    struct ms_span rest = MS_SPAN_LIT("k9LE1v98001811; k9LE1v99001811;x"), item;
    (void)state;
    assert_true(ms_list_queue_id(&rest, &item) && ms_span_is(item, "k9LE1v98001811"));
    assert_true(ms_list_queue_id(&rest, &item) && ms_span_is(item, "k9LE1v99001811"));
    assert_true(ms_list_queue_id(&rest, &item) && ms_span_is(item, "x"));
    assert_false(ms_list_queue_id(&rest, &item));
}

static void test_delays(void **state)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1: no delay */
    } cases[] = {{"00:00:04", 4000},
                 {"5+00:02:08", 432128000},
                 {"100:00:00", 360000000},
                 {"00:00:-5", -5000},
                 {"00:00", -1},
                 {"1+00:00", -1},
                 {"x", -1},
                 {"", -1},
                 {"1+2+00:00:00", -1},
                 {"99999999:00:00", -1}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ms_cursor c = ms_cursor_of(ms_span_str(cases[i].text));
        int64_t ms = 77;
        bool ok = ms_sendmail_delay(&c, &ms);
        if (ok != (cases[i].ms != -1) || (ok ? ms != cases[i].ms : c.p != cases[i].text))
            fail_msg("%s: %d, %lld ms", cases[i].text, ok, (long long)ms);
    }
}

static void test_statuses(void **state)
{
    static const char *const cases[][2] = {{"Sent", "sent"},
                                           {"Sent (ok)", "sent"},
                                           {"Deferred: x", "deferred"},
                                           {"I/O error: x", "deferred"},
                                           {"Host unknown (Name server: x)", "bounced"},
                                           {"unknown mailer error 1", "bounced"},
                                           {"quarantined", "held"},
                                           {"queued", "queued"},
                                           {"discarded", "filtered"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(ms_sendmail_status(ms_span_str(cases[i][0])), cases[i][1]);
    assert_null(ms_sendmail_status(ms_span_str("Sentinel")));
    assert_null(ms_sendmail_status(ms_span_str("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids),           cmocka_unit_test(test_id_times),   cmocka_unit_test(test_connections),
        cmocka_unit_test(test_address_lists), cmocka_unit_test(test_long_lists), cmocka_unit_test(test_id_lists),
        cmocka_unit_test(test_delays),        cmocka_unit_test(test_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
