/* Guards: the table of flags (no duplicates, everything explained) and what the command line accepts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <string.h>

#include "cli/flags.h"

#define ARGV(...) (char *const[]){__VA_ARGS__}, (int)(sizeof((char *[]){__VA_ARGS__}) / sizeof(char *))

static struct ms_args parsed(char *const *argv, int argc)
{
    struct ms_args args;
    struct ms_error err = {{0}};
    if (ms_args_parse(&args, argc, argv, &err) != MS_OK)
        fail_msg("%s", err.text);
    return args;
}

static void expect_refused(char *const *argv, int argc, const char *part)
{
    struct ms_args args;
    struct ms_error err = {{0}};
    assert_int_equal(ms_args_parse(&args, argc, argv, &err), MS_ERR_USAGE);
    if (strstr(err.text, part) == NULL)
        fail_msg("'%s' does not hold '%s'", err.text, part);
    ms_args_fini(&args);
}

static void table_has_no_duplicates(void **state)
{
    (void)state;
    for (size_t i = 0; i < ms_n_flags; i++)
        for (size_t j = i + 1; j < ms_n_flags; j++) {
            if ((ms_flags[i].commands & ms_flags[j].commands) == 0)
                continue;
            assert_string_not_equal(ms_flags[i].name, ms_flags[j].name);
            assert_true(ms_flags[i].letter == 0 || ms_flags[i].letter != ms_flags[j].letter);
        }
    for (enum ms_command i = MS_CMD_NONE; i < MS_N_COMMANDS; i++)
        for (enum ms_command j = i + 1; j < MS_N_COMMANDS; j++)
            assert_string_not_equal(ms_commands[i].name, ms_commands[j].name);
}

static void table_is_complete(void **state)
{
    (void)state;
    for (const struct ms_flag *f = ms_flags; f < ms_flags + ms_n_flags; f++) {
        assert_true(f->commands != 0 && f->commands < 1u << MS_N_COMMANDS);
        assert_true(strlen(f->name) > 1 && f->name[0] != '-' && strchr(f->name, '=') == NULL);
        assert_true(strlen(f->help) > 5);
        assert_non_null(f->apply);
    }
}

/* Of a name: commands may have a flag of the same name each. */
static bool is_shown(const char *name, enum ms_command c, enum ms_help help)
{
    for (const struct ms_flag *f = ms_flags; f < ms_flags + ms_n_flags; f++)
        if (strcmp(f->name, name) == 0 && (f->commands & (1u << c)) != 0)
            return help == MS_HELP_LONG || !f->hidden;
    return false;
}

/* Each flag stands in the help of each command that takes it, the hidden ones in the long help only. */
static void help_names_every_flag(void **state)
{
    (void)state;
    for (enum ms_command c = MS_CMD_NONE; c < MS_N_COMMANDS; c++)
        for (enum ms_help help = MS_HELP_SHORT; help <= MS_HELP_LONG; help++) {
            char *text = NULL;
            size_t n = 0;
            FILE *out = open_memstream(&text, &n);
            ms_help_print(out, c, help);
            fclose(out);
            for (const struct ms_flag *f = ms_flags; f < ms_flags + ms_n_flags; f++) {
                char name[64];
                snprintf(name, sizeof name, "--%s ", f->name);
                assert_int_equal(strstr(text, name) != NULL, is_shown(f->name, c, help));
            }
            free(text);
        }
}

static void forms_of_a_value(void **state)
{
    (void)state;
    struct ms_args a =
        parsed(ARGV("ingest", "-oout", "--threads=3", "--segment-bytes", "4K", "one", "--", "--two", "-"));
    assert_int_equal(a.command, MS_CMD_INGEST);
    assert_string_equal(a.dataset, "out");
    assert_int_equal(a.threads, 3);
    assert_int_equal(a.segment_bytes, 4096);
    assert_int_equal(a.n_operands, 3);
    assert_string_equal(a.operands[0], "one");
    assert_string_equal(a.operands[1], "--two");
    assert_string_equal(a.operands[2], "-");
    ms_args_fini(&a);
}

static void every_flag_reaches_its_field(void **state)
{
    (void)state;
    struct ms_args a = parsed(ARGV("ingest", "p", "--output", "d", "--force", "--year", "2019", "--tz", "-01:30",
                                   "--host", "mx", "--scan", "plain", "--stripe-bytes", "1M", "--whole-lists"));
    assert_true(a.force);
    assert_int_equal(a.year, 2019);
    assert_int_equal(a.n_zones, 1);
    assert_int_equal(a.zones[0].zone.steps[0].offset_us, INT64_C(-5400000000));
    assert_string_equal(a.host, "mx");
    assert_int_equal(a.engine, MS_SCAN_PLAIN);
    assert_int_equal(a.stripe_bytes, 1 << 20);
    assert_true(a.whole_lists);
    ms_args_fini(&a);
    a = parsed(ARGV("sql", "d", "-f", "q.sql", "--format", "csv"));
    assert_string_equal(a.sql_file, "q.sql");
    assert_int_equal(a.format, MS_FORMAT_CSV);
    ms_args_fini(&a);
    a = parsed(ARGV("parse", "--kinds", "--format", "table"));
    assert_true(a.kinds && a.has_format);
    ms_args_fini(&a);
    a = parsed(
        ARGV("find", "d", "--from", "A@b", "--since=2026-03-01", "--limit", "0", "--count", "--display-tz", "UTC"));
    assert_string_equal(a.selectors.wanted[MS_SEL_FROM].text, "a@b");
    assert_int_equal(a.selectors.wanted[MS_SEL_SINCE].match, MS_MATCH_TIME);
    assert_true(a.has_limit && a.limit == 0 && a.count);
    assert_string_equal(a.display_zone, "UTC");
    ms_args_fini(&a);
    a = parsed(ARGV("trace", "d", "--queue-id", "A1", "--raw"));
    assert_true(a.raw);
    assert_string_equal(a.selectors.wanted[MS_SEL_QUEUE_ID].text, "A1");
    ms_args_fini(&a);
    a = parsed(ARGV("grep", "-e", "a", "-F", "-i", "-l", "--hops", "-f", "file", "-e", "b", "p"));
    assert_true(a.is_literal && a.ignore_case && a.files_only && a.hops);
    assert_int_equal(a.n_patterns, 2);
    assert_string_equal(a.patterns[1], "b");
    assert_string_equal(a.pattern_file, "file");
    ms_args_fini(&a);
    a = parsed(ARGV("info", "-h"));
    assert_int_equal(a.help, MS_HELP_SHORT);
    ms_args_fini(&a);
    a = parsed(ARGV("--help"));
    assert_int_equal(a.help, MS_HELP_LONG);
    ms_args_fini(&a);
    a = parsed(ARGV("--version"));
    assert_true(a.version);
    ms_args_fini(&a);
}

static void wrong_usage_is_refused(void **state)
{
    (void)state;
    struct ms_args none;
    assert_int_equal(ms_args_parse(&none, 0, NULL, NULL), MS_ERR_USAGE);
    ms_args_fini(&none);
    expect_refused(ARGV("ingst", "x"), "nearest is ingest");
    expect_refused(ARGV("tracy", "x"), "ingest, parse, grep, info, find, trace, sql");
    expect_refused(ARGV("trace", "x"), "trace needs to know which mail");
    expect_refused(ARGV("--force"), "--force stands behind its command (ingest)");
    expect_refused(ARGV("info", "d", "--year", "2020"), "--year stands behind its command (ingest, parse, grep)");
    expect_refused(ARGV("--forse"), "unknown flag --forse");
    expect_refused(ARGV("ingest", "--thread", "1"), "nearest is --threads");
    expect_refused(ARGV("ingest", "--thread=1"), "unknown flag --thread;");
    expect_refused(ARGV("ingest", "-x"), "unknown flag -x");
    expect_refused(ARGV("ingest", "p", "-o"), "--output needs a value");
    expect_refused(ARGV("ingest", "p", "-o", ""), "--output: ");
    expect_refused(ARGV("ingest", "p"), "-o DATASET");
    expect_refused(ARGV("ingest", "-o", "d"), "PATH...");
    expect_refused(ARGV("ingest", "p", "-o", "d", "--force=1"), "--force takes no value");
    expect_refused(ARGV("ingest", "p", "-o", "d", "--threads", "2x"), "--threads: '2x'");
    expect_refused(ARGV("ingest", "p", "-o", "d", "--threads", "0"), "--threads: 0 is out of range");
    expect_refused(ARGV("ingest", "p", "-o", "d", "--year", "19"), "--year: 19");
    expect_refused(ARGV("ingest", "p", "-o", "d", "--tz", "Mars/Olympus"), "fixed offset");
    expect_refused(ARGV("ingest", "p", "-o", "d", "--scan", "fast"), "neither hyperscan nor plain");
    expect_refused(ARGV("sql", "d", "--format", "xml"), "table, ndjson, csv");
    expect_refused(ARGV("sql", "d", "select 1", "-f", "x"), "not both");
    expect_refused(ARGV("sql", "d", "select", "1"), "sql takes DATASET");
    expect_refused(ARGV("info"), "info takes DATASET");
    expect_refused(ARGV("parse"), "--kinds");
    expect_refused(ARGV("parse", "--kinds", "x"), "--kinds alone");
    expect_refused(ARGV("parse", "x", "--format", "table"), "ndjson or csv");
}

/* Text of an argument may be hostile too (a file name); the flag text is cut at its '='. */
static void long_arguments_do_no_harm(void **state)
{
    (void)state;
    char *huge = malloc(100000);
    memset(huge, 'x', 99999);
    huge[0] = huge[1] = '-';
    huge[99999] = '\0';
    struct ms_args args;
    struct ms_error err;
    assert_int_equal(ms_args_parse(&args, 2, (char *const[]){"ingest", huge}, &err), MS_ERR_USAGE);
    ms_args_fini(&args);
    assert_int_equal(ms_args_parse(&args, 1, (char *const[]){huge + 2}, &err), MS_ERR_USAGE);
    ms_args_fini(&args);
    free(huge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_has_no_duplicates),      cmocka_unit_test(table_is_complete),
        cmocka_unit_test(help_names_every_flag),        cmocka_unit_test(forms_of_a_value),
        cmocka_unit_test(every_flag_reaches_its_field), cmocka_unit_test(wrong_usage_is_refused),
        cmocka_unit_test(long_arguments_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
