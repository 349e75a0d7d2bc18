/* Guards: what people type after find and trace (query/selectors.h, query/moment.h, query/network.h), and that each selector
 * becomes conditions on some table, with its text bound (query/conditions.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "query/conditions.h"
#include "query/moment.h"
#include "query/network.h"
#include "query/selectors.h"

#define S ((int64_t)1000000)
#define DAY (86400 * S)
#define MARCH_1 (20513 * DAY) /* 2026-03-01 */

static void takes(enum ms_selector which, const char *word, enum ms_match match, const char *text)
{
    struct ms_selectors s = {0};
    struct ms_error err = {{0}};
    if (ms_selectors_set(&s, which, word, &err) != MS_OK)
        fail_msg("%s: %s", word, err.text);
    assert_int_equal(s.wanted[which].match, match);
    assert_string_equal(s.wanted[which].text, text);
    assert_string_equal(s.wanted[which].given, word);
    assert_false(ms_selectors_empty(&s));
    ms_selectors_fini(&s);
    assert_true(ms_selectors_empty(&s));
}

static void refuses(enum ms_selector which, const char *word)
{
    struct ms_selectors s = {0};
    struct ms_error err = {{0}};
    if (ms_selectors_set(&s, which, word, &err) != MS_ERR_USAGE)
        fail_msg("%s is taken", word);
    assert_true(err.text[0] != '\0');
    assert_true(ms_selectors_empty(&s));
    ms_selectors_fini(&s);
}

static void addresses_become_keys(void **state)
{
    (void)state;
    takes(MS_SEL_FROM, "Bob@Example.ORG", MS_MATCH_EXACT, "bob@example.org");
    takes(MS_SEL_FROM, "<Bob@Example.ORG>", MS_MATCH_EXACT, "bob@example.org");
    takes(MS_SEL_FROM, "\"bob\"@example.org", MS_MATCH_EXACT, "bob@example.org");
    takes(MS_SEL_FROM, "\"b b\"@example.org", MS_MATCH_EXACT, "\"b b\"@example.org");
    takes(MS_SEL_TO, "@Example.org", MS_MATCH_DOMAIN, "example.org");
    takes(MS_SEL_TO, "@", MS_MATCH_EXACT, "@");
    takes(MS_SEL_TO, "/^B.b@/", MS_MATCH_REGEX, "^B.b@");
    takes(MS_SEL_TO, "/", MS_MATCH_EXACT, "/");
    takes(MS_SEL_TO, "//", MS_MATCH_EXACT, "//");
    takes(MS_SEL_DOMAIN, "@Example.org", MS_MATCH_EXACT, "example.org");
    refuses(MS_SEL_DOMAIN, "@");
    refuses(MS_SEL_DOMAIN, "a@b");
    refuses(MS_SEL_TO, "");
}

static void null_sender_has_two_spellings(void **state)
{
    (void)state;
    takes(MS_SEL_FROM, "<>", MS_MATCH_EXACT, "");
    takes(MS_SEL_FROM, "", MS_MATCH_EXACT, "");
}

static void clients_are_ips_networks_or_names(void **state)
{
    (void)state;
    takes(MS_SEL_CLIENT, "192.0.2.1", MS_MATCH_ADDRESS, "192.0.2.1");
    takes(MS_SEL_CLIENT, "[192.0.2.1]", MS_MATCH_ADDRESS, "192.0.2.1");
    takes(MS_SEL_CLIENT, "2001:DB8:0:0::1", MS_MATCH_ADDRESS, "2001:db8::1");
    takes(MS_SEL_CLIENT, "192.0.2.0/24", MS_MATCH_NETWORK, "192.0.2.0/24");
    takes(MS_SEL_CLIENT, "2001:db8:0::/32", MS_MATCH_NETWORK, "2001:db8::/32");
    takes(MS_SEL_CLIENT, "Mail.Example.org", MS_MATCH_EXACT, "mail.example.org");
    takes(MS_SEL_CLIENT, "/mx[0-9]/", MS_MATCH_REGEX, "mx[0-9]");
    takes(MS_SEL_RELAY, "/mx[0-9]/", MS_MATCH_REGEX, "mx[0-9]");
    takes(MS_SEL_RELAY, "none", MS_MATCH_EXACT, "none");
    refuses(MS_SEL_CLIENT, "192.0.2.256");
    refuses(MS_SEL_CLIENT, "192.0.2.0/33");
    refuses(MS_SEL_CLIENT, "192.0.2.0/");
    refuses(MS_SEL_CLIENT, "2001:db8::/129");
    refuses(MS_SEL_CLIENT, "2001:db8::x");
    refuses(MS_SEL_CLIENT, "a b");
}

static void the_others_are_taken_as_logged(void **state)
{
    (void)state;
    takes(MS_SEL_MESSAGE_ID, "<A@b>", MS_MATCH_EXACT, "A@b");
    takes(MS_SEL_QUEUE_ID, "4fPWt70rV3zyQY", MS_MATCH_EXACT, "4fPWt70rV3zyQY");
    takes(MS_SEL_USER, "Alice", MS_MATCH_EXACT, "Alice");
    takes(MS_SEL_SUBJECT, "50% off", MS_MATCH_PART, "50% off");
    takes(MS_SEL_STATUS, "deferred", MS_MATCH_EXACT, "deferred");
    refuses(MS_SEL_STATUS, "Deferred?");
}

static void bytes_are_repaired_as_in_the_dataset(void **state)
{
    (void)state;
    struct ms_selectors s = {0};
    assert_int_equal(ms_selectors_set(&s, MS_SEL_SUBJECT, "a\xff", NULL), MS_OK);
    assert_non_null(strstr(s.wanted[MS_SEL_SUBJECT].text, "a\\x"));
    ms_selectors_fini(&s);
}

static void a_selector_has_one_value(void **state)
{
    (void)state;
    struct ms_selectors s = {0};
    assert_int_equal(ms_selectors_set(&s, MS_SEL_TO, "a@b", NULL), MS_OK);
    assert_int_equal(ms_selectors_set(&s, MS_SEL_TO, "c@d", NULL), MS_ERR_USAGE);
    assert_string_equal(s.wanted[MS_SEL_TO].text, "a@b");
    ms_selectors_fini(&s);
}

static void is_moment(const char *text, int64_t begin_us, int64_t end_us)
{
    struct ms_moment m;
    if (!ms_moment_parse(text, &m))
        fail_msg("%s is no time", text);
    assert_int_equal(m.begin_us - m.offset_us, begin_us);
    assert_int_equal(m.end_us - m.offset_us, end_us);
}

static void times_are_as_long_as_they_are_written(void **state)
{
    (void)state;
    is_moment("2026", MARCH_1 - 59 * DAY, MARCH_1 + 306 * DAY);
    is_moment("2026-03", MARCH_1, MARCH_1 + 31 * DAY);
    is_moment("2026-12", MARCH_1 + 275 * DAY, MARCH_1 + 306 * DAY);
    is_moment("2026-03-01", MARCH_1, MARCH_1 + DAY);
    is_moment("2026-12-31", MARCH_1 + 305 * DAY, MARCH_1 + 306 * DAY);
    is_moment("2024-02-29", MARCH_1 - 731 * DAY, MARCH_1 - 730 * DAY);
    is_moment("2026-03-01T01:00", MARCH_1 + 3600 * S, MARCH_1 + 3660 * S);
    is_moment("2026-03-01 01:00:59", MARCH_1 + 3659 * S, MARCH_1 + 3660 * S);
    is_moment("2026-03-01T00:00:00.5", MARCH_1 + S / 2, MARCH_1 + 6 * S / 10);
    is_moment("2026-03-01T00:00:00.000001Z", MARCH_1 + 1, MARCH_1 + 2);
    is_moment("2026-03-01T01:00:00+01:00", MARCH_1, MARCH_1 + S);
    is_moment("2026-02-28T19:30:00-0430", MARCH_1, MARCH_1 + S);
    is_moment("2026-03-01T01:00+01", MARCH_1, MARCH_1 + 60 * S);
    is_moment("1970-01-01", 0, DAY);
}

static void other_words_are_no_times(void **state)
{
    (void)state;
    static const char *const words[] = {
        "",
        "yesterday",
        "26-03-01",
        "2026-3-1",
        "2026-13",
        "2026-00",
        "2026-02-29",
        "2026-04-31",
        "2026-03-01T",
        "2026-03-01T24:00",
        "2026-03-01T1:00",
        "2026-03-01T01",
        "2026-03-01T01:60",
        "2026-03-01T01:00:60",
        "2026-03-01T01:00:00.",
        "2026-03-01T01:00 ",
        "2026-03-01T01:00+",
        "2026-03-01T01:00+1",
        "2026-03-01T01:00+15:00",
        "2026-03-01Z",
        "2026T01:00",
        "1969",
        "2026-03-01T01:00:00+01:60",
        "2026-03-01T01:00:00.1234567",
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct ms_moment m = {.begin_us = 7};
        if (ms_moment_parse(words[i], &m) || m.begin_us != 7)
            fail_msg("'%s' is taken", words[i]);
    }
}

static bool holds(const char *network, const char *ip)
{
    return ms_network_holds(ms_span_str(network), ms_span_str(ip));
}

static void networks_hold_by_their_first_bits(void **state)
{
    (void)state;
    assert_true(holds("192.0.2.0/24", "192.0.2.255"));
    assert_false(holds("192.0.2.0/24", "192.0.3.0"));
    assert_true(holds("192.0.2.129/25", "192.0.2.255"));
    assert_false(holds("192.0.2.129/25", "192.0.2.127"));
    assert_true(holds("192.0.2.7/32", "192.0.2.7"));
    assert_false(holds("192.0.2.7/32", "192.0.2.6"));
    assert_true(holds("0.0.0.0/0", "203.0.113.9"));
    assert_false(holds("0.0.0.0/0", "2001:db8::1"));
    assert_true(holds("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(holds("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(holds("::/0", "::1"));
    assert_false(holds("192.0.2.0/24", NULL));
    assert_false(holds("192.0.2.0/24", ""));
    assert_false(holds("192.0.2.0/24", "192.0.2.1 "));
    assert_false(holds("192.0.2.0/24", "unknown"));
    assert_false(holds("192.0.2.0/24", "2001:db8:2001:db8:2001:db8:2001:db8:2001:db8:2001:db8"));
    assert_false(holds("192.0.2.0", "192.0.2.0"));
    assert_false(holds("192.0.2.0/", "192.0.2.0"));
    assert_false(holds("192.0.2.0/x", "192.0.2.0"));
    assert_false(holds("192.0.2.0/33", "192.0.2.0"));
    assert_false(holds("192.0.2.0/0032", "192.0.2.0"));
    assert_false(holds(NULL, "192.0.2.0"));
}

/* A word for each selector that has the text of an attack in it, where any text is taken. */
static void conditions_bind_what_was_typed(void **state)
{
    (void)state;
    static const char attack[] = "x' or 1=1 --";
    static const char *const words[MS_N_SELECTORS] = {
        [MS_SEL_FROM] = attack,    [MS_SEL_TO] = attack,          [MS_SEL_DOMAIN] = attack,   [MS_SEL_CLIENT] = "host",
        [MS_SEL_RELAY] = "host",   [MS_SEL_MESSAGE_ID] = attack,  [MS_SEL_QUEUE_ID] = attack, [MS_SEL_USER] = attack,
        [MS_SEL_SUBJECT] = attack, [MS_SEL_STATUS] = "held",      [MS_SEL_REASON] = attack,   [MS_SEL_HOST] = attack,
        [MS_SEL_SINCE] = "2026",   [MS_SEL_UNTIL] = "2026-03-01",
    };
    for (enum ms_selector which = 0; which < MS_N_SELECTORS; which++) {
        struct ms_selectors s = {0};
        const struct ms_period period = {1, 2};
        struct ms_sql sql = {0};
        bool applies = false;
        assert_int_equal(ms_selectors_set(&s, which, words[which], NULL), MS_OK);
        for (enum ms_searched t = MS_SEARCH_MESSAGES; t <= MS_SEARCH_REJECTS; t++) {
            if (!ms_conditions_apply(&s, 1u << which, t))
                continue;
            applies = true;
            ms_conditions_append(&sql, &s, &period, 1u << which, t, "txn_id", "true");
        }
        ms_buffer_push(&sql.text, '\0');
        assert_true(applies);
        assert_true(sql.n_values > 0);
        assert_null(strstr(sql.text.data, "1=1"));
        assert_non_null(strstr(sql.text.data, "$1"));
        for (size_t i = 0; i < sql.n_values; i++)
            assert_true(sql.values[i].kind == MS_VALUE_TIME || sql.values[i].text.n >= 4);
        ms_sql_fini(&sql);
        ms_selectors_fini(&s);
    }
}

/* Bloom filters answer `=` alone: two ways to hold are two statements. */
static void ways_are_statements_of_their_own(void **state)
{
    (void)state;
    struct ms_selectors s = {0};
    const struct ms_period period = {0};
    struct ms_sql sql = {0};
    unsigned set = 1u << MS_SEL_TO | 1u << MS_SEL_STATUS;
    assert_int_equal(ms_selectors_set(&s, MS_SEL_TO, "a@b", NULL), MS_OK);
    assert_int_equal(ms_selectors_set(&s, MS_SEL_STATUS, "sent", NULL), MS_OK);
    assert_true(ms_conditions_apply(&s, set, MS_SEARCH_DELIVERIES));
    assert_false(ms_conditions_apply(&s, set, MS_SEARCH_MESSAGES));
    assert_false(ms_conditions_apply(&s, set, MS_SEARCH_REJECTS));
    ms_conditions_append(&sql, &s, &period, set, MS_SEARCH_DELIVERIES, "txn_id", "true");
    ms_buffer_push(&sql.text, '\0');
    assert_string_equal(
        sql.text.data,
        " union all select txn_id from deliveries where true and recipient_key = $1 and status = $2"
        " union all select txn_id from deliveries where true and orig_recipient_key = $3 and status = $4");
    ms_sql_fini(&sql);
    ms_selectors_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_become_keys),
        cmocka_unit_test(null_sender_has_two_spellings),
        cmocka_unit_test(clients_are_ips_networks_or_names),
        cmocka_unit_test(the_others_are_taken_as_logged),
        cmocka_unit_test(bytes_are_repaired_as_in_the_dataset),
        cmocka_unit_test(a_selector_has_one_value),
        cmocka_unit_test(times_are_as_long_as_they_are_written),
        cmocka_unit_test(other_words_are_no_times),
        cmocka_unit_test(networks_hold_by_their_first_bits),
        cmocka_unit_test(conditions_bind_what_was_typed),
        cmocka_unit_test(ways_are_statements_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
