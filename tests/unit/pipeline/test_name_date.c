#include "pipeline/name_date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

/* `end`: the day behind the date, "" if there is none. */
static void assert_date(const char *path, const char *end)
{
    int64_t us = 0;
    char text[32] = "";
    if (ms_name_date(path, &us)) {
        time_t seconds = (time_t)(us / 1000000);
        struct tm tm;
        gmtime_r(&seconds, &tm);
        strftime(text, sizeof text, us % 1000000 ? "not a second" : "%Y-%m-%d %H:%M:%S", &tm);
        text[10] = text[11] == '0' ? '\0' : '!'; /* midnight */
    }
    if (strcmp(text, end) != 0)
        fail_msg("%s: `%s`, not `%s`", path, text, end);
}

static void test_days(void **state)
{
    (void)state;
    assert_date("maillog-20240107", "2024-01-08");
    assert_date("/var/log/maillog-20240107.gz", "2024-01-08");
    assert_date("mail.log.2024-01-07", "2024-01-08");
    assert_date("mail.log.2024_02_29.xz", "2024-03-01");
    assert_date("mail.2024.12.31", "2025-01-01");
    assert_date("2024/01/07/mx1.log", "2024-01-08");
    assert_date("/logs/2024-01-07/mx1/mail.log", "2024-01-08");
    assert_date("mail.log-2024010710", "2024-01-08");
    assert_date("mail.log-202401071003", "2024-01-08");
    assert_date("postfix.log.20261121-173225.gz", "2026-11-22");
    assert_date("maillog-20240107235960", "2024-01-08");
    assert_date("2023-05-01/mail-20240107", "2024-01-08"); /* the last */
}

static void test_months(void **state)
{
    (void)state;
    assert_date("mail-202401.log", "2024-02-01");
    assert_date("mail-2024-12.log", "2025-01-01");
    assert_date("2024/12/mail.log", "2025-01-01");
    assert_date("2024/12/mail-20241203", "2024-12-04"); /* a day says more */
    assert_date("20241203/201205", "2024-12-04");       /* a time of day, not June 2012's neighbour */
}

static void test_no_date(void **state)
{
    (void)state;
    static const char *const none[] = {"",
                                       "mail.log",
                                       "mail.log.1",
                                       "2024",
                                       "mail-2024.log",
                                       "mail-20240230",
                                       "mail-20241301",
                                       "mail-20240100",
                                       "mail-2024-13",
                                       "mail-2024-1-7",
                                       "mail-1700000000",
                                       "mail-2024010725",
                                       "mail-202401071061",
                                       "mail-120240107",
                                       "mail-19700101",
                                       "mail-99990101",
                                       "10.0.0.1",
                                       "192.168.20.24/1",
                                       "mail-99999999999999999999999999999999"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_date(none[i], "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_days), cmocka_unit_test(test_months),
                                       cmocka_unit_test(test_no_date)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
