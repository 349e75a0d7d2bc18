/* Exim's message IDs, times of day and hosts. Whole lines: tests/golden/exim*.log. */
#include "support/line_json.h"

#include "parse/exim.h"
#include "parse/hostless.h"

static void check_id_time(const char *id, int64_t seconds)
{
    int64_t us;
    assert_true(ms_exim_id_valid(ms_span_str(id)));
    assert_true(ms_exim_id_time(ms_span_str(id), &us));
    assert_int_equal(us / 1000000, seconds);
}

static void test_id_times(void **state)
{
    (void)state;
    check_id_time("1UlasQ-0001yA-Ra", 1370766086); /* 2013-06-09 08:21:26 */
    check_id_time("17SXDU-0001yA-00", 1026368056);
    check_id_time("1VxPit-0001yA-00", 1388359483);
    check_id_time("0zvs0W-0001yA-00", 915148800); /* 1999-01-01 */
    check_id_time("1AbqFs-0001yA-00", 1072915200);
    check_id_time("1rK5iq-00000000a1B-2c3D", 1704067200);
    check_id_time("1xUoso-0000000000N-49FY", 1795282094);
    int64_t us;
    assert_true(ms_exim_id_time(MS_SPAN_LIT("1rK5iq-00000000a1B-0001"), &us));
    assert_int_equal(us, INT64_C(1704067200000001));
}

static void test_no_ids(void **state)
{
    (void)state;
    static const char *const none[] = {"",
                                       "1UlasQ",
                                       "1UlasQ-0001yA-R",
                                       "1UlasQ-0001yA-Ra1",
                                       "1UlasQ-0001yA-Ra-",
                                       "1UlasQ_0001yA-Ra",
                                       "1Ulas.-0001yA-Ra",
                                       "1UlasQ-00000000a1B-2c3",
                                       "1UlasQ-00000000a1B-2c3DD",
                                       "1UlasQ-000000000a1B-2c3D",
                                       "1UlasQ-0001\xff"
                                       "A-Ra"};
    int64_t us;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(ms_exim_id_valid(ms_span_str(none[i])));
    /* capitals and digits of a system that knows no others: an ID, of another base */
    assert_true(ms_exim_id_valid(MS_SPAN_LIT("SUZPKG-0001YA-RA")));
    assert_false(ms_exim_id_time(MS_SPAN_LIT("SUZPKG-0001YA-RA"), &us));
    assert_int_equal(ms_exim_id_length("1UlasQ-0001yA-Ra <= a", 21), 16);
    assert_int_equal(ms_exim_id_length("1UlasQ-0001yA-Ra", 15), 0);
}

static void test_tai64n(void **state)
{
    (void)state;
    int64_t us;
    assert_true(ms_tai64n_read("400000004c91b044"
                               "00000000",
                               &us));
    assert_int_equal(us, INT64_C(1284616250000000)); /* 2010-09-16 05:50:50 */
    assert_true(ms_tai64n_read("400000004C91B044"
                               "3b9ac9ff",
                               &us));
    assert_int_equal(us, INT64_C(1284616250999999));
    assert_true(ms_tai64n_read("400000000000000a"
                               "00000000",
                               &us));
    assert_int_equal(us, 0);
    assert_false(ms_tai64n_read("400000004c91b044"
                                "3b9aca00",
                                &us)); /* a whole second of nanoseconds */
    assert_false(ms_tai64n_read("4000000000000009"
                                "00000000",
                                &us));
    assert_false(ms_tai64n_read("ffffffffffffffff"
                                "00000000",
                                &us));
    assert_false(ms_tai64n_read("400000004c91b04g"
                                "00000000",
                                &us));
}

static void test_durations(void **state)
{
    (void)state;
    assert_int_equal(ms_exim_duration_ms(MS_SPAN_LIT("0s")), 0);
    assert_int_equal(ms_exim_duration_ms(MS_SPAN_LIT("0.304s")), 304);
    assert_int_equal(ms_exim_duration_ms(MS_SPAN_LIT("1w2d3h4m5s")), 788645000);
    assert_int_equal(ms_exim_duration_ms(MS_SPAN_LIT("2m7s")), 127000);
    static const char *const none[] = {"", "s", "5", "5x", "5s4m", "5s5s", "-5s", "99999999999999w", "1s "};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_true(ms_exim_duration_ms(ms_span_str(none[i])) == MS_NONE);
}

static void check_host(const char *text, const char *name, const char *helo, const char *ip, int64_t port,
                       size_t n_read)
{
    struct ms_span s = ms_span_str(text);
    struct ms_cursor c = ms_cursor_of(s);
    struct ms_exim_host host;
    assert_true(ms_exim_read_host(&c, NULL, &host));
    assert_int_equal((size_t)(c.p - text), n_read);
    struct ms_endpoint e = ms_endpoint_of(host.token);
    assert_true(name ? ms_span_is(e.name, name) : e.name.p == NULL);
    assert_true(helo ? ms_span_is(host.helo, helo) : host.helo.p == NULL);
    assert_true(ms_span_is(e.ip, ip));
    assert_true(e.port == port);
}

static void test_hosts(void **state)
{
    (void)state;
    check_host("mx.example.org [192.0.2.7] P=smtp", "mx.example.org", NULL, "192.0.2.7", MS_NONE, 26);
    check_host("mx.example.org (helo) [192.0.2.7]:25 P", "mx.example.org", "helo", "192.0.2.7", 25, 36);
    check_host("(helo) [192.0.2.7]", NULL, "helo", "192.0.2.7", MS_NONE, 18);
    check_host("([192.0.2.9]) [192.0.2.7]", NULL, "[192.0.2.9]", "192.0.2.7", MS_NONE, 25);
    check_host("() [192.0.2.7]", NULL, "", "192.0.2.7", MS_NONE, 14);
    check_host("[192.0.2.7]:4711", NULL, NULL, "192.0.2.7", 4711, 16);
    check_host("[2001:db8::7]:4711 I=[::1]:25", NULL, NULL, "2001:db8::7", 4711, 18);
    check_host("mx.example.org DS [192.0.2.7]", "mx.example.org DS", NULL, "192.0.2.7", MS_NONE, 29);
    static const char *const none[] = {
        "", "mx.example.org", "mx [x]", "a b [192.0.2.7]", "x[192.0.2.7]", "(helo [192.0.2.7]"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        struct ms_cursor c = ms_cursor_of(ms_span_str(none[i]));
        struct ms_exim_host host;
        assert_false(ms_exim_read_host(&c, NULL, &host));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_id_times),  cmocka_unit_test(test_no_ids), cmocka_unit_test(test_tai64n),
        cmocka_unit_test(test_durations), cmocka_unit_test(test_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
