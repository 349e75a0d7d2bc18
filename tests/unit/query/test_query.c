/* Guards: the way from SQL to printed rows (query/query.h): every type, the three formats, odd paths, errors, closed pipes.
 * The part files are written by DuckDB itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "columnar/schema.h"
#include "query/query.h"

static char *root; /* a temporary folder with every character that SQL or a glob could take amiss */
static struct ms_query *session;

static char *dataset_path(void)
{
    return ms_sprintf("%s/it's [a] \"data\" *set?", root);
}

static void make_folder(const char *path)
{
    assert_int_equal(mkdir(path, 0777), 0);
}

/* An empty generation: every view exists and is empty. */
static void make_dataset(void)
{
    char *dataset = dataset_path();
    char *gen = ms_sprintf("%s/gen-1", dataset), *link = ms_sprintf("%s/current", dataset);
    make_folder(dataset);
    make_folder(gen);
    assert_int_equal(symlink("gen-1", link), 0);
    free(link);
    free(gen);
    free(dataset);
}

static struct ms_query *open_dataset(void)
{
    char *dataset = dataset_path();
    struct ms_query *q = NULL;
    struct ms_error err = {{0}};
    enum ms_status st = ms_query_open(&q, dataset, &err);
    if (st != MS_OK)
        fail_msg("%s", err.text);
    free(dataset);
    return q;
}

static int set_up(void **state)
{
    (void)state;
    char template[] = "/tmp/ms-query-XXXXXX";
    root = ms_strdup(mkdtemp(template));
    make_dataset();
    session = open_dataset();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ms_query_close(session);
    char *command = ms_sprintf("rm -rf '%s'", root); /* the odd names stand below root */
    int rc = system(command);
    free(command);
    free(root);
    return rc;
}

static char *printed(struct ms_query *q, const char *sql, enum ms_format format, uint64_t *n_rows)
{
    char *text = NULL;
    size_t n = 0;
    struct ms_error err = {{0}};
    FILE *out = open_memstream(&text, &n);
    enum ms_status st = ms_query_run(q, sql, format, out, n_rows, &err);
    fclose(out);
    if (st != MS_OK)
        fail_msg("%s: %s", sql, err.text);
    return text;
}

static void expect(const char *sql, enum ms_format format, const char *expected)
{
    char *text = printed(session, sql, format, NULL);
    assert_string_equal(text, expected);
    free(text);
}

static void expect_json_value(const char *expression, const char *expected)
{
    char *sql = ms_sprintf("select %s as v", expression), *line = ms_sprintf("{\"v\":%s}\n", expected);
    expect(sql, MS_FORMAT_NDJSON, line);
    free(line);
    free(sql);
}

static void json_of_every_type(void **state)
{
    (void)state;
    expect_json_value("NULL", "null");
    expect_json_value("true", "true");
    expect_json_value("(-128)::TINYINT", "-128");
    expect_json_value("255::UTINYINT", "255");
    expect_json_value("(-32768)::SMALLINT", "-32768");
    expect_json_value("65535::USMALLINT", "65535");
    expect_json_value("(-2147483648)::INTEGER", "-2147483648");
    expect_json_value("4294967295::UINTEGER", "4294967295");
    expect_json_value("(-9223372036854775808)::BIGINT", "-9223372036854775808");
    expect_json_value("18446744073709551615::UBIGINT", "18446744073709551615");
    expect_json_value("'-170141183460469231731687303715884105728'::HUGEINT",
                      "-170141183460469231731687303715884105728");
    expect_json_value("'340282366920938463463374607431768211455'::UHUGEINT", "340282366920938463463374607431768211455");
    expect_json_value("0.1::DOUBLE", "0.1");
    expect_json_value("1e300::DOUBLE", "1e+300");
    expect_json_value("0.1::FLOAT", "0.1");
    expect_json_value("'nan'::DOUBLE", "\"nan\"");
    expect_json_value("'-inf'::FLOAT", "\"-inf\"");
    expect_json_value("(-0.05)::DECIMAL(4,2)", "-0.05");
    expect_json_value("12345678901234567890.123::DECIMAL(38,3)", "12345678901234567890.123");
    expect_json_value("7::DECIMAL(9,0)", "7");
    expect_json_value("DATE '2026-11-21'", "\"2026-11-21\"");
    expect_json_value("'infinity'::DATE", "\"infinity\"");
    expect_json_value("TIMESTAMP '2026-11-21 17:34:29.508471'", "\"2026-11-21T17:34:29.508471\"");
    expect_json_value("TIMESTAMPTZ '2026-11-21 18:34:29.508471+01'", "\"2026-11-21T17:34:29.508471Z\"");
    expect_json_value("TIMESTAMPTZ '1969-12-31 23:59:59.000001+00'", "\"1969-12-31T23:59:59.000001Z\"");
    expect_json_value("'-infinity'::TIMESTAMPTZ", "\"-infinity\"");
    expect_json_value("'2026-11-21 17:34:29'::TIMESTAMP_S", "\"2026-11-21 17:34:29\"");
    expect_json_value("'2026-11-21 17:34:29.5'::TIMESTAMP_MS", "\"2026-11-21 17:34:29.5\"");
    expect_json_value("'2026-11-21 17:34:29.123456789'::TIMESTAMP_NS", "\"2026-11-21 17:34:29.123456789\"");
    expect_json_value("TIME '17:34:29'", "\"17:34:29\"");
    expect_json_value("'17:34:29+02'::TIMETZ", "\"17:34:29+02\"");
    expect_json_value("INTERVAL 90 MINUTE", "\"01:30:00\"");
    expect_json_value("'a\"b'", "\"a\\\"b\"");
    expect_json_value("repeat('x', 20)", "\"xxxxxxxxxxxxxxxxxxxx\""); /* longer than DuckDB's inlined strings */
    expect_json_value("'ab\\x00'::BLOB", "\"ab\\\\x00\"");
    expect_json_value("'00112233-4455-6677-8899-aabbccddeeff'::UUID", "\"00112233-4455-6677-8899-aabbccddeeff\"");
    expect_json_value("'b'::ENUM('a','b')", "\"b\"");
    expect_json_value("[1, NULL, 3]", "[1,null,3]");
    expect_json_value("[]::INTEGER[]", "[]");
    expect_json_value("[[1],[2,3]]", "[[1],[2,3]]");
    expect_json_value("[1,2]::INTEGER[2]", "[1,2]");
    expect_json_value("{'a': 1, 'b_id': 5::BIGINT, 'c': ['x']}", "{\"a\":1,\"b_id\":\"5\",\"c\":[\"x\"]}");
    expect_json_value("map {'k': 1}", "[{\"key\":\"k\",\"value\":1}]");
}

static void unprintable_type_says_what_to_do(void **state)
{
    (void)state;
    struct ms_error err = {{0}};
    FILE *out = fopen("/dev/null", "w");
    assert_int_equal(ms_query_run(session, "select '101'::BIT as bits", MS_FORMAT_CSV, out, NULL, &err), MS_ERR_USAGE);
    assert_non_null(strstr(err.text, "\"bits\""));
    assert_non_null(strstr(err.text, "CAST"));
    fclose(out);
    expect("select '101'::BIT::VARCHAR as bits", MS_FORMAT_CSV, "bits\n101\n");
}

static void ids_are_strings_in_json_only(void **state)
{
    (void)state;
    const char *sql =
        "select 9007199254740993::BIGINT as txn_id, 7::INTEGER as file_id, 8::BIGINT as size_bytes, 'A1' as queue_id";
    expect(sql, MS_FORMAT_NDJSON,
           "{\"txn_id\":\"9007199254740993\",\"file_id\":7,\"size_bytes\":8,\"queue_id\":\"A1\"}\n");
    expect(sql, MS_FORMAT_CSV, "txn_id,file_id,size_bytes,queue_id\n9007199254740993,7,8,A1\n");
}

static void sum_of_bigint_is_exact(void **state)
{
    (void)state;
    expect("select sum(x) as s from (values (9223372036854775807), (9223372036854775807)) t(x)", MS_FORMAT_NDJSON,
           "{\"s\":18446744073709551614}\n");
}

static void json_keys_are_distinct(void **state)
{
    (void)state;
    expect("select 1 as a, 2 as a, 3 as \"b\"\"c\"", MS_FORMAT_NDJSON, "{\"a\":1,\"a_1\":2,\"b\\\"c\":3}\n");
}

static void csv_tells_null_from_empty(void **state)
{
    (void)state;
    expect("select NULL as a, '' as b, 'x,y' as c, chr(27) || '[2J' as d, [1,2] as e", MS_FORMAT_CSV,
           "a,b,c,d,e\n,\"\",\"x,y\",\\x1B[2J,\"[1,2]\"\n");
}

static void table_is_aligned(void **state)
{
    (void)state;
    expect("select * from (values ('mx1', 5, NULL), ('outgoing', 12345, 'x' || chr(27))) t(host, n, note)",
           MS_FORMAT_TABLE,
           "host          n  note\n"
           "--------  -----  -----\n"
           "mx1           5  NULL\n"
           "outgoing  12345  x\\x1B\n");
    expect("select 1 as a where false", MS_FORMAT_TABLE, "a\n-\n");
}

static void table_cuts_long_cells(void **state)
{
    (void)state;
    char *text = printed(session, "select repeat('x', 200) as a", MS_FORMAT_TABLE, NULL);
    const char *row = strchr(strchr(text, '\n') + 1, '\n') + 1;
    assert_int_equal(strlen(row), 79 + strlen("…\n"));
    free(text);
}

static void statements_follow_each_other(void **state)
{
    (void)state;
    expect("create temp table t(a int); insert into t values (1), (2); select a from t; select 3 as b;", MS_FORMAT_CSV,
           "a\n1\n2\n\nb\n3\n");
    uint64_t n_rows = 99;
    free(printed(session, "select 1; select a from t where a > 1", MS_FORMAT_NDJSON, &n_rows));
    assert_int_equal(n_rows, 1);
    free(printed(session, "select 1; drop table t", MS_FORMAT_NDJSON, &n_rows));
    assert_int_equal(n_rows, 0);
}

static void many_rows_in_order(void **state)
{
    (void)state;
    for (enum ms_format format = MS_FORMAT_TABLE; format <= MS_FORMAT_CSV; format++) {
        uint64_t n_rows = 0, n_lines = 0;
        char *text = printed(session, "select range as n, 'row ' || range as t from range(10000)", format, &n_rows);
        assert_int_equal(n_rows, 10000);
        uint64_t next = 0;
        for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"), n_lines++) {
            char *at = strstr(line, "row ");
            if (at != NULL)
                assert_int_equal(strtoull(at + 4, NULL, 10), next++);
        }
        assert_int_equal(next, 10000);
        assert_int_equal(n_lines, 10000 + (format == MS_FORMAT_TABLE ? 2 : format == MS_FORMAT_CSV ? 1 : 0));
        free(text);
    }
}

static void expect_usage_error(const char *sql, const char *part)
{
    struct ms_error err = {{0}};
    FILE *out = fopen("/dev/null", "w");
    assert_int_equal(ms_query_run(session, sql, MS_FORMAT_CSV, out, NULL, &err), MS_ERR_USAGE);
    if (strstr(err.text, part) == NULL)
        fail_msg("%s: %s", sql, err.text);
    assert_null(strchr(err.text, '\x1b'));
    fclose(out);
}

static void errors_are_sentences(void **state)
{
    (void)state;
    expect_usage_error("selec 1", "syntax error");
    expect_usage_error("select 1; select nothing", "nothing");
    expect_usage_error("", "no SQL statement");
    expect_usage_error("-- only a comment", "no SQL statement");
    expect_usage_error("select case when range < 50000 then 1 else error('too late') end from range(100000)",
                       "too late");
    expect_usage_error("select (chr(27) || '[2J')::INTEGER", "\\x1B[2J"); /* DuckDB quotes the value: log text */
}

static void views_have_the_schema_even_when_empty(void **state)
{
    (void)state;
    for (size_t t = 0; t < MS_N_TABLES; t++) {
        char *sql = ms_sprintf("select * from %s", ms_tables[t].name);
        char *text = printed(session, sql, MS_FORMAT_CSV, NULL), *expected = NULL;
        size_t n = 0;
        FILE *f = open_memstream(&expected, &n);
        for (size_t c = 0; c < ms_tables[t].n_columns; c++)
            fprintf(f, "%s%s", c ? "," : "", ms_tables[t].columns[c].name);
        fputc('\n', f);
        fclose(f);
        assert_string_equal(text, expected);
        free(expected);
        free(text);
        free(sql);
    }
}

/* Parts under an odd path are found; the session stays with the generation that it opened. */
static void views_read_the_parts_of_one_generation(void **state)
{
    (void)state;
    char *dataset = dataset_path();
    char *folder = ms_sprintf("%s/gen-1/links", dataset), *other = ms_sprintf("%s/gen-2", dataset);
    char *current = ms_sprintf("%s/current", dataset), *made = ms_sprintf("%s/made.parquet", root);
    make_folder(folder);
    char *copy = ms_sprintf("copy (select 1::BIGINT as from_txn_id, 'smtp' as kind) to '%s'", made);
    free(printed(session, copy, MS_FORMAT_CSV, NULL));
    for (int i = 0; i < 2; i++) {
        char *part = ms_sprintf("%s/part-0000%d.parquet", folder, i);
        assert_int_equal(link(made, part), 0);
        free(part);
    }
    struct ms_query *q = open_dataset();
    make_folder(other);
    assert_int_equal(unlink(current), 0);
    assert_int_equal(symlink("gen-2", current), 0);
    char *text = printed(q, "select kind, count(*) as n from links group by kind", MS_FORMAT_CSV, NULL);
    assert_string_equal(text, "kind,n\nsmtp,2\n");
    free(text);
    ms_query_close(q);
    q = open_dataset();
    text = printed(q, "select count(*) as n from links", MS_FORMAT_CSV, NULL);
    assert_string_equal(text, "n\n0\n");
    free(text);
    ms_query_close(q);
    free(copy);
    free(made);
    free(current);
    free(other);
    free(folder);
    free(dataset);
}

static void no_dataset_is_a_usage_error(void **state)
{
    (void)state;
    struct ms_query *q = NULL;
    struct ms_error err = {{0}};
    assert_int_equal(ms_query_open(&q, root, &err), MS_ERR_USAGE);
    assert_null(q);
    assert_non_null(strstr(err.text, root));
    assert_non_null(strstr(err.text, "mailstrata ingest"));
}

/* `mailstrata sql ... | head`: the rows end, and that is all. */
static void closed_pipe_is_no_error(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    FILE *out = fdopen(ends[1], "w");
    close(ends[0]);
    struct ms_error err = {{0}};
    uint64_t n_rows = 0;
    assert_int_equal(ms_query_run(session, "select range from range(100000000)", MS_FORMAT_CSV, out, &n_rows, &err),
                     MS_OK);
    assert_true(n_rows < 100000000);
    fclose(out);
}

static void full_disk_is_an_error(void **state)
{
    (void)state;
    FILE *out = fopen("/dev/full", "w");
    struct ms_error err = {{0}};
    assert_int_equal(ms_query_run(session, "select range from range(100000)", MS_FORMAT_NDJSON, out, NULL, &err),
                     MS_ERR_IO);
    assert_non_null(strstr(err.text, "No space left"));
    fclose(out);
    out = fopen("/dev/full", "w");
    assert_int_equal(ms_query_run(session, "select 1", MS_FORMAT_TABLE, out, NULL, &err), MS_ERR_IO);
    fclose(out);
}

static void times_are_utc_wherever_we_are(void **state)
{
    (void)state;
    expect("select extract(hour from TIMESTAMPTZ '2026-11-21 17:34:29+00') as h, "
           "date_trunc('day', TIMESTAMPTZ '2026-11-21 23:34:29+00') as d",
           MS_FORMAT_CSV, "h,d\n17,2026-11-21T00:00:00.000000Z\n");
}

int main(void)
{
    setenv("TZ", "Pacific/Auckland", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_of_every_type),
        cmocka_unit_test(unprintable_type_says_what_to_do),
        cmocka_unit_test(ids_are_strings_in_json_only),
        cmocka_unit_test(sum_of_bigint_is_exact),
        cmocka_unit_test(json_keys_are_distinct),
        cmocka_unit_test(csv_tells_null_from_empty),
        cmocka_unit_test(table_is_aligned),
        cmocka_unit_test(table_cuts_long_cells),
        cmocka_unit_test(statements_follow_each_other),
        cmocka_unit_test(many_rows_in_order),
        cmocka_unit_test(errors_are_sentences),
        cmocka_unit_test(views_have_the_schema_even_when_empty),
        cmocka_unit_test(views_read_the_parts_of_one_generation),
        cmocka_unit_test(no_dataset_is_a_usage_error),
        cmocka_unit_test(closed_pipe_is_no_error),
        cmocka_unit_test(full_disk_is_an_error),
        cmocka_unit_test(times_are_utc_wherever_we_are),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
