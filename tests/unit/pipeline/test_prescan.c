#include "pipeline/prescan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

static void test_message_id(void **state)
{
    (void)state;
    int64_t us;
    struct ms_span id = MS_SPAN_LIT("4AB12C3D");
    assert_true(ms_message_id_time(MS_SPAN_LIT("20240229235959.4AB12C3D@mx1.example.net"), id, &us));
    assert_int_equal(us, INT64_C(1709251199) * 1000000);
    assert_true(ms_message_id_time(MS_SPAN_LIT("20240107000000.4AB12C3D@"), id, &us));
    static const char *const others[] = {"",
                                         "20240107000000.4AB12C3D",
                                         "20240107000000.4AB12C3E@mx1",
                                         "20240107000000.4AB12C3D1@mx1",
                                         "20240107000000.4AB12C@mx1",
                                         "20240107000000@mx1",
                                         "2024010700000.4AB12C3D@mx1",
                                         "20240230000000.4AB12C3D@mx1",
                                         "20241307000000.4AB12C3D@mx1",
                                         "20240107240000.4AB12C3D@mx1",
                                         "20240107006000.4AB12C3D@mx1",
                                         "20240107000060.4AB12C3D@mx1",
                                         "2024010700000x.4AB12C3D@mx1",
                                         "19700107000000.4AB12C3D@mx1",
                                         "20240107000000 4AB12C3D@mx1",
                                         "<20240107000000.4AB12C3D@mx1"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (ms_message_id_time(ms_span_str(others[i]), id, &us))
            fail_msg("%s has no time", others[i]);
    assert_false(ms_message_id_time(MS_SPAN_LIT("20240107000000.@mx1"), MS_SPAN_NULL, &us));
}

/* ---- looks at files ---- */

static char folder[] = "/tmp/prescan-XXXXXX";

struct looked {
    struct ms_look look;
    struct ms_names *names;
};

static struct looked look_at_file(const char *path, bool is_year_wanted)
{
    static const struct ms_input_options options = {.first_stamp = ms_first_stamp};
    struct looked l = {.names = ms_names_create()};
    struct ms_input *in = NULL;
    struct ms_parser *parser = NULL;
    struct ms_error err = {""};
    assert_int_equal(ms_input_open(&in, &path, 1, &options, &err), MS_OK);
    assert_int_equal(ms_parser_create(&parser, l.names, NULL, NULL, &err), MS_OK);
    assert_int_equal(ms_prescan_file(in, parser, 0, 0, is_year_wanted, NULL, &l.look, &err), MS_OK);
    ms_parser_destroy(parser);
    ms_input_close(in);
    return l;
}

static bool has_host(struct ms_names *names, const char *name)
{
    uint32_t n = ms_names_n_hosts(names);
    return ms_names_add_host(names, ms_span_str(name)) < n;
}

/* A line for each step of so many seconds from a day in 2019 on; `special` is added behind line `at`: its stamp, and the same
 * with the year. */
__attribute__((format(printf, 5, 0))) static char *write_log(const char *name, int n_lines, int step_s, int at,
                                                             const char *special)
{
    char *path = NULL;
    time_t seconds = 1561939200; /* 2019-07-01 */
    assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (int i = 0; i < n_lines; i++, seconds += step_s) {
        struct tm tm;
        char stamp[32], full[32];
        strftime(stamp, sizeof stamp, "%b %e %H:%M:%S", gmtime_r(&seconds, &tm));
        fprintf(f,
                "%s mx1 postfix/qmgr[1]: 4AB12C3D: from=<billing@sender.example>, size=4519, nrcpt=2 (queue active)\n",
                stamp);
        strftime(full, sizeof full, "%Y%m%d%H%M%S", &tm);
        if (i == at)
            fprintf(f, special, stamp, full);
    }
    fclose(f);
    return path;
}

static void end_look(struct looked *l, char *path)
{
    ms_names_destroy(l->names);
    unlink(path);
    free(path);
}

static void test_names_everywhere(void **state)
{
    (void)state;
    /* 4 MB: head, tail, and in between only where the year is looked for. */
    static const char line[] = "%s other postfix/qmgr[1]: %s: removed\n";
    static const struct {
        int at;
        bool always;
    } places[] = {{100, true}, {39990, true}, {20000, false}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *path = write_log("names", 40000, 1, places[i].at, line);
        struct looked l = look_at_file(path, false);
        assert_int_equal(has_host(l.names, "other"), places[i].always);
        assert_true(has_host(l.names, "mx1"));
        end_look(&l, path);
    }
    char *path = write_log("names", 40000, 1, 20000, line);
    struct looked l = look_at_file(path, true); /* 4 MB of head */
    assert_true(has_host(l.names, "other"));
    assert_int_equal(ms_names_n_hosts(l.names), 2); /* no half name at the border of a piece */
    end_look(&l, path);
}

/* Three New Years between the first line and the one that tells the year, most of them where nobody looks. */
static void test_year_far_on(void **state)
{
    (void)state;
    static const char line[] = "%s mx1 postfix/cleanup[1]: 4AB12C3E: message-id=<%s.4AB12C3E@mx1>\n";
    static const char other[] = "%s mx1 postfix/cleanup[1]: 4AB12C3E: message-id=<20150910120000.4AB12C3E@mx1>\n";
    int n_lines = 120000, step_s = 3 * 365 * 86400 / n_lines; /* 12 MB, to July 2022 */
    char *path = write_log("far", n_lines, step_s, n_lines - 10, line);
    struct looked l = look_at_file(path, true);
    assert_int_equal(l.look.n_turns, 3);
    assert_int_equal(l.look.years[MS_ANCHOR_MESSAGE_ID], 2019);
    end_look(&l, path);
    path = write_log("far", 10, 86400 * 120, 9, other); /* September is not June */
    l = look_at_file(path, true);
    assert_int_equal(l.look.n_turns, 3);
    assert_int_equal(l.look.years[MS_ANCHOR_MESSAGE_ID], 0);
    end_look(&l, path);
}

static void test_late_december(void **state)
{
    (void)state;
    char *path = NULL;
    assert_true(asprintf(&path, "%s/late", folder) > 0);
    FILE *f = fopen(path, "w");
    static const char *const days[] = {"Dec 31 23:59:59", "Jan  1 00:00:01", "Dec 31 23:59:58", "Jan  1 00:00:02"};
    for (int i = 0; i < 4; i++)
        fprintf(f, "%s mx1 postfix/qmgr[1]: 4AB12C3D: removed\n", days[i]);
    fprintf(f, "Jan  1 00:00:03 mx1 postfix/cleanup[1]: 4AB12C3E: message-id=<20240101000003.4AB12C3E@mx1>\n");
    fprintf(f, "2024-01-02T00:00:00Z mx1 postfix/qmgr[1]: 4AB12C3D: removed\n");
    fprintf(f, "Jan  1 00:00:03 mx1 postfix/cleanup[1]: 4AB12C3F: message-id=<20250101000003.4AB12C3F@mx1>\n");
    fclose(f);
    struct looked l = look_at_file(path, true);
    assert_int_equal(l.look.n_turns, 1);
    assert_int_equal(l.look.years[MS_ANCHOR_MESSAGE_ID], 2023);
    assert_int_equal(l.look.others[MS_ANCHOR_MESSAGE_ID], 2024);
    assert_int_equal(l.look.years[MS_ANCHOR_STAMP], 2023);
    assert_int_equal(l.look.years[MS_ANCHOR_QUEUE_ID], 0);
    end_look(&l, path);
}

/* ---- gaps ---- */

enum { N_BURST = 40000, STEP_S = 400, TELLS = 50 }; /* half a year in 4 MB; a line of so many holds its date */

/* Two bursts of lines, so many days apart, the last line of the first one and the first of the second at 00:00. */
static char *write_bursts(int first_day, int second_day)
{
    char *path = NULL;
    assert_true(asprintf(&path, "%s/bursts", folder) > 0);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (int i = 0; i < 2 * N_BURST; i++) {
        time_t seconds = i < N_BURST ? (time_t)first_day * 86400 - (time_t)(N_BURST - 1 - i) * STEP_S
                                     : (time_t)second_day * 86400 + (time_t)(i - N_BURST) * STEP_S;
        struct tm tm;
        char stamp[32], full[32];
        strftime(stamp, sizeof stamp, "%b %e %H:%M:%S", gmtime_r(&seconds, &tm));
        strftime(full, sizeof full, "%Y%m%d%H%M%S", &tm);
        if (i % TELLS == 0 || i % TELLS == TELLS - 1)
            fprintf(f, "%s mx1 postfix/cleanup[1]: 4AB12C3E: message-id=<%s.4AB12C3E@mx1>\n", stamp, full);
        else
            fprintf(
                f,
                "%s mx1 postfix/qmgr[1]: 4AB12C3D: from=<billing@sender.example>, size=4519, nrcpt=2 (queue active)\n",
                stamp);
    }
    fclose(f);
    return path;
}

/* The days on both sides of the longest gap. */
static void check_gap(const struct ms_look *look, int from, int to)
{
    size_t at = 1;
    for (size_t i = 1; i < look->n_days; i++)
        if (look->days[i] - look->days[i - 1] > look->days[at] - look->days[at - 1])
            at = i;
    assert_true(look->n_days > 2);
    assert_int_equal(look->days[at - 1], from);
    assert_int_equal(look->days[at], to);
}

/* Nobody looks there at first: behind the head, before the tail. Of a packed file, all is read. */
static void test_gap(void **state)
{
    (void)state;
    static const int days[][2] = {{17897, 18255}, {17897, 18290}, {17897, 20000}}; /* from 1 January 2019 on */
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        char *path = write_bursts(days[i][0], days[i][1]), *command = NULL;
        struct looked l = look_at_file(path, true);
        check_gap(&l.look, days[i][0], days[i][1]);
        ms_names_destroy(l.names);
        assert_true(asprintf(&command, "gzip -1 %s", path) > 0);
        assert_int_equal(system(command), 0);
        free(command);
        assert_true(asprintf(&command, "%s.gz", path) > 0);
        free(path);
        l = look_at_file(command, true);
        check_gap(&l.look, days[i][0], days[i][1]);
        assert_int_equal(l.look.years[MS_ANCHOR_MESSAGE_ID], 2018);
        end_look(&l, command);
    }
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_message_id), cmocka_unit_test(test_names_everywhere),
                                       cmocka_unit_test(test_year_far_on), cmocka_unit_test(test_late_december),
                                       cmocka_unit_test(test_gap)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
