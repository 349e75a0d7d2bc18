#include "parse/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "parse/names.h"
#include "simd/simd.h"

static struct ms_names *names;
static struct ms_parser *parser, *twin_parser;

static int set_up(void **state)
{
    (void)state;
    names = ms_names_create();
    assert_int_equal(ms_parser_create(&parser, names, NULL, NULL, NULL), MS_OK);
    assert_int_equal(ms_parser_create(&twin_parser, names, NULL, NULL, NULL), MS_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ms_parser_destroy(parser);
    ms_parser_destroy(twin_parser);
    ms_names_destroy(names);
    return 0;
}

/* ---- the passes against ms_parse_line ---- */

struct walk { /* the test's own way through the text, line by line */
    struct ms_segment seg;
    uint32_t at;
    size_t n_lines, n_unparsed;
    FILE *mine, *twins; /* both events as JSON */
    char *mine_text, *twins_text;
    size_t mine_bytes, twins_bytes;
};

/* The same place in the line; what is decoded is not in it, but of each parser's own. */
static bool is_same_span(const struct ms_event *e, struct ms_span a, struct ms_span b)
{
    bool in_line = a.p == NULL || (a.p >= e->line.p && a.p <= e->line.p + e->line.n);
    return in_line ? a.p == b.p && a.n == b.n : ms_span_eq(a, b);
}

static bool is_same_event(const struct ms_event *a, const struct ms_event *b)
{
    return a->offset == b->offset && a->line.p == b->line.p && a->line.n == b->line.n &&
           is_same_span(a, a->text, b->text) && a->stamp_us == b->stamp_us && a->has_year == b->has_year &&
           a->severity == b->severity && a->mta == b->mta && a->daemon == b->daemon && a->role == b->role &&
           a->kind == b->kind && a->host_id == b->host_id && a->tag_id == b->tag_id && a->pid == b->pid &&
           is_same_span(a, a->queue_id, b->queue_id) && a->reason == b->reason;
}

static void compare_event(void *user, const struct ms_event *e)
{
    struct walk *w = user;
    const char *from = w->seg.text.p + w->at, *lf = memchr(from, '\n', w->seg.text.n - w->at);
    struct ms_span line = ms_span_of(from, lf ? (size_t)(lf - from) : w->seg.text.n - w->at);
    struct ms_event twin;
    memset(&twin, 0xA5, sizeof twin);
    ms_parse_line(twin_parser, line, w->seg.text_offset + w->at, &twin);
    rewind(w->mine);
    rewind(w->twins);
    ms_event_print_json(w->mine, e, names, "f", e->stamp_us);
    ms_event_print_json(w->twins, &twin, names, "f", twin.stamp_us);
    fflush(w->mine);
    fflush(w->twins);
    if (!is_same_event(e, &twin) || w->mine_bytes != w->twins_bytes ||
        memcmp(w->mine_text, w->twins_text, w->mine_bytes) != 0)
        fail_msg("at %u: %.*s%.*s", w->at, (int)w->mine_bytes, w->mine_text, (int)w->twins_bytes, w->twins_text);
    w->at += line.n + (lf != NULL);
    w->n_lines++;
    w->n_unparsed += e->role == MS_ROLE_UNPARSED;
}

/* Every line once, in order, as its twin; gives back their number, the unparsed ones in *n_unparsed. */
static size_t assert_same_as_lines(const struct ms_segment *seg, size_t *n_unparsed)
{
    struct walk w = {.seg = *seg};
    w.mine = open_memstream(&w.mine_text, &w.mine_bytes);
    w.twins = open_memstream(&w.twins_text, &w.twins_bytes);
    assert_int_equal(ms_parse_segment(parser, seg, compare_event, &w, NULL), MS_OK);
    assert_int_equal(w.at, seg->text.n);
    fclose(w.mine);
    fclose(w.twins);
    free(w.mine_text);
    free(w.twins_text);
    *n_unparsed += w.n_unparsed;
    return w.n_lines;
}

/* A segment as input/ gives it: 64 bytes around it can be read, but what they hold, here whatever could go on with a line, must
 * not matter. */
static struct ms_segment segment_of(struct ms_span text)
{
    static const char around[] = "0]: x[42]: connect from a[1.2.3.4]: postfix/smtpd[42]: 0ABCDEF: x";
    _Static_assert(sizeof around > 64, "fills the room");
    char *p = malloc(text.n + 128);
    memcpy(p, around, 64);
    if (text.n)
        memcpy(p + 64, text.p, text.n);
    memcpy(p + 64 + text.n, around, 64);
    return (struct ms_segment){.text = ms_span_of(p + 64, text.n), .text_offset = 1000};
}

static void segment_free(struct ms_segment *seg)
{
    free((void *)(seg->text.p - 64));
}

static size_t compare_text(struct ms_span text)
{
    size_t n_unparsed = 0;
    struct ms_segment seg = segment_of(text);
    size_t n = assert_same_as_lines(&seg, &n_unparsed);
    segment_free(&seg);
    return n;
}

static void test_line_ends(void **state)
{
    (void)state;
#define A "Nov  3 10:25:30 mx1 postfix/smtpd[42]: connect from a[1.2.3.4]"
    assert_int_equal(compare_text(MS_SPAN_LIT("")), 0);
    assert_int_equal(compare_text(MS_SPAN_LIT("\n")), 1);
    assert_int_equal(compare_text(MS_SPAN_LIT("\n\r\n\n")), 3);
    assert_int_equal(compare_text(MS_SPAN_LIT(A)), 1);
    assert_int_equal(compare_text(MS_SPAN_LIT(A "\n")), 1);
    assert_int_equal(compare_text(MS_SPAN_LIT(A "\r\n" A "\r\n")), 2);
    assert_int_equal(compare_text(MS_SPAN_LIT(A "\n" A)), 2);
    assert_int_equal(compare_text(MS_SPAN_LIT("\xEF\xBB\xBF" A "\n\0\0\0" A "\n\r")), 3);
#undef A
}

/* Each header more than once, so that it is known by memory, among others that differ from it in little. */
static void test_headers_known_and_nearly(void **state)
{
    (void)state;
    static const char *const stamps[] = {"Nov  3 10:25:30 ", "Nov  3 10:25:31 ", "Nov  3 10:25:30 2024 ",
                                         "2024-05-01T12:34:56.789012+02:00 ", "2024-05-01T12:34:56+02:00 "};
    static const char *const hosts[] = {"mx1 ", "mx2 ", "2024 ", "2024 mx1 ", "1mx2 ", ""};
    static const char *const pids[] = {"[42]: ",         "[7]: ", "[1234567]: ", "[12345678]: ", "[123456789012]: ",
                                       "[4294967295]: ", "[]: ",  "[4 2]: ",     "[42] ",        "[42]:  "};
    struct ms_buffer text = {0};
    for (unsigned i = 0; i < 4000; i++)
        ms_buffer_printf(&text, "%s%spostfix/smtpd%sconnect from a[192.0.2.1]\n", stamps[i / 16 % 5],
                         hosts[i * 7 / 3 % 6], pids[i % 97 % (i % 3 ? 3 : 10)]);
    assert_int_equal(compare_text(ms_span_of(text.data, text.size_bytes)), 4000);
    ms_buffer_fini(&text);
}

/* What each field of one line is, once; everything else is compared with this twin. */
static void test_one_line(void **state)
{
    (void)state;
    struct ms_span line = MS_SPAN_LIT(
        "2024-05-01T12:34:56.789012+02:00 mx1 postfix/submission/smtpd[42]: connect from a.test[192.0.2.1]\r");
    struct ms_event e;
    ms_parse_line(parser, line, 77, &e);
    assert_int_equal(e.offset, 77);
    assert_int_equal(e.line.n, line.n - 1);
    assert_int_equal(e.stamp_us, 1714559696789012);
    assert_true(e.has_year);
    assert_int_equal(e.role, MS_ROLE_CONNECT);
    assert_int_equal(e.mta, MS_MTA_POSTFIX);
    assert_int_equal(e.daemon, MS_D_SMTPD);
    assert_true(ms_span_is(ms_names_host(names, e.host_id), "mx1"));
    assert_true(ms_span_is(ms_names_tag(names, e.tag_id)->service, "submission"));
    assert_int_equal(e.pid, 42);
    assert_null(e.reason);
    assert_true(ms_span_is(e.text, "connect from a.test[192.0.2.1]"));
    assert_true(ms_span_is(ms_endpoint_of(e.u.session.client).ip, "192.0.2.1"));
}

static void test_other_programs_and_junk(void **state)
{
    (void)state;
    struct ms_event e;
    ms_parse_line(parser, MS_SPAN_LIT("Nov  3 10:25:30 store1 systemd: Started a timer"), 0, &e);
    assert_int_equal(e.role, MS_ROLE_EVENT);
    assert_string_equal(ms_kinds[e.kind].name, "other");
    assert_int_equal(e.mta, MS_MTA_NONE);
    assert_null(e.u.event.client.ip.p);
    ms_parse_line(parser, MS_SPAN_LIT("Nov  3 10:25:30 mx1 last message repeated 3 times"), 0, &e);
    assert_int_equal(e.role, MS_ROLE_EVENT);
    assert_int_equal(e.tag_id, MS_NO_NAME);
    ms_parse_line(parser, MS_SPAN_LIT("junk"), 0, &e);
    assert_int_equal(e.role, MS_ROLE_UNPARSED);
    assert_string_equal(ms_kinds[e.kind].name, "unparsed");
    assert_string_equal(e.reason, "no envelope");
    assert_true(ms_span_is(e.text, "junk"));
    ms_parse_line(parser, MS_SPAN_LIT("\r"), 0, &e);
    assert_string_equal(e.reason, "empty line");
}

static void test_host_option(void **state)
{
    (void)state;
    struct ms_parser *p;
    struct ms_event e;
    struct ms_error err;
    assert_int_equal(ms_parser_create(&p, names, NULL, "given", &err), MS_OK);
    ms_parse_line(p, MS_SPAN_LIT("Nov  3 10:25:30 postfix/qmgr[1]: x"), 0, &e);
    assert_true(ms_span_is(ms_names_host(names, e.host_id), "given"));
    ms_parser_destroy(p);
    char long_name[MS_NAME_MAX_BYTES + 2];
    memset(long_name, 'h', sizeof long_name);
    long_name[sizeof long_name - 1] = 0;
    assert_int_equal(ms_parser_create(&p, names, NULL, long_name, &err), MS_ERR_USAGE);
    assert_int_equal(ms_parser_create(&p, names, NULL, "", &err), MS_ERR_USAGE);
}

/* ---- blocks ---- */

static void append_line(struct ms_buffer *b, size_t n)
{
    static const char head[] = "Nov  3 10:25:30 mx1 postfix/smtpd[42]: ";
    size_t had = n < sizeof head - 1 ? n : sizeof head - 1;
    ms_buffer_append(b, head, had);
    for (size_t i = had; i < n; i++)
        ms_buffer_push(b, 'x');
    ms_buffer_push(b, '\n');
}

/* Lines whose ends fall just before, on and just behind a block's border, and lines longer than blocks. */
static void test_block_borders(void **state)
{
    (void)state;
    const size_t block = MS_SCAN_BLOCK_BYTES;
    const size_t sizes[][4] = {{block - 2, 50, 3, 0},
                               {block - 1, 50, 3, 0},
                               {block, 50, 3, 0},
                               {block + 1, 50, 3, 0},
                               {50, block - 51, 50, 50},
                               {50, block - 52, 50, 50},
                               {50, block - 50, 50, 50},
                               {50, 3 * block, 50, 0},
                               {5 * block, 0, 0, 7 * block},
                               {0, 0, 0, 0},
                               {60, 60, block * 8 - 1, 1}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct ms_buffer text = {0};
        for (int k = 0; k < 4; k++)
            append_line(&text, sizes[i][k]);
        assert_int_equal(compare_text(ms_span_of(text.data, text.size_bytes)), 4);
        assert_int_equal(compare_text(ms_span_of(text.data, text.size_bytes - 1)), sizes[i][3] ? 4 : 3);
        ms_buffer_fini(&text);
    }
}

/* A log cut anywhere: its last line has no end, and what stands behind it in memory goes on as the line did. */
static void test_cut_anywhere(void **state)
{
    (void)state;
    static const char lines[] =
        "Nov  3 10:25:30 mx1 postfix/smtpd[42]: disconnect from a.test[192.0.2.1] ehlo=1 quit=1 commands=2\n"
        "Nov  3 10:25:30 mx1 postfix/smtpd[42]: disconnect from a.test[192.0.2.1] ehlo=1 quit=1 commands=2\n";
    const size_t n = sizeof lines - 1, first = n / 2;
    char *memory = malloc(n + 128);
    memset(memory, 0, n + 128);
    memcpy(memory + 64, lines, n);
    for (size_t cut = first; cut < n; cut++) {
        struct ms_segment seg = {.text = ms_span_of(memory + 64, cut), .text_offset = 1000};
        size_t n_unparsed = 0;
        assert_int_equal(assert_same_as_lines(&seg, &n_unparsed), cut > first ? 2 : 1);
    }
    free(memory);
}

static void test_many_short_lines(void **state)
{
    (void)state;
    struct ms_buffer text = {0};
    for (size_t i = 0; i < 3 * MS_SCAN_BLOCK_BYTES; i++)
        ms_buffer_push(&text, i % 1000 == 999 ? 'x' : '\n');
    assert_int_equal(compare_text(ms_span_of(text.data, text.size_bytes)),
                     3 * MS_SCAN_BLOCK_BYTES - 3 * MS_SCAN_BLOCK_BYTES / 1000);
    ms_buffer_fini(&text);
}

static void keep_event(void *user, const struct ms_event *e)
{
    struct ms_event *events = user;
    assert_int_equal(events->line.n, 0); /* the first */
    *events = *e;
}

static void test_long_line(void **state)
{
    (void)state;
    struct ms_buffer text = {0};
    append_line(&text, MS_LINE_MAX_BYTES - 1);
    struct ms_segment seg = {.text = ms_span_of(text.data, text.size_bytes), .text_offset = 5, .is_long_line = true};
    struct ms_event e = {0};
    assert_int_equal(ms_parse_segment(parser, &seg, keep_event, &e, NULL), MS_OK);
    assert_int_equal(e.role, MS_ROLE_UNPARSED);
    assert_string_equal(e.reason, "line longer than 1 MiB");
    assert_int_equal(e.offset, 5);
    assert_int_equal(e.line.n, MS_LINE_MAX_BYTES - 1);
    assert_int_equal(e.text.n, MS_LINE_MAX_BYTES - 1);
    assert_int_equal(e.stamp_us, MS_NONE);
    ms_buffer_fini(&text);
}

static void test_patterns_run_along(void **state)
{
    (void)state;
    const struct ms_pattern pattern = {.id = 1, .text = "evil", .text_bytes = 4};
    struct ms_patterns *patterns;
    assert_int_equal(ms_patterns_create(&patterns, &pattern, 1, MS_SCAN_PLAIN, NULL, NULL), MS_OK);
    struct ms_parser *plain = parser;
    assert_int_equal(ms_parser_create(&parser, names, patterns, NULL, NULL), MS_OK);
    assert_int_equal(
        compare_text(MS_SPAN_LIT("Nov  3 10:25:30 mx1 postfix/smtpd[42]: connect from evil[1.2.3.4]\nevil\n")), 2);
    ms_parser_destroy(parser);
    parser = plain;
    ms_patterns_destroy(patterns);
}

/* ---- real logs, and damaged ones ---- */

static void compare_source_files(const char *folder, size_t segment_bytes)
{
    char path[1024];
    const char *shared = getenv("MAILSTRATA_SHARED");
    snprintf(path, sizeof path, "%s/data/%s", shared ? shared : MS_SOURCE_DIR "/../shared", folder);
    if (access(path, R_OK) != 0) {
        print_message("%s is not here: nothing compared\n", path);
        skip();
    }
    struct ms_input_options options = {.segment_bytes = segment_bytes, .first_stamp = ms_first_stamp};
    const char *paths[] = {path};
    struct ms_input *in;
    struct ms_error err;
    struct ms_segment seg;
    size_t n_lines = 0, n_unparsed = 0;
    if (ms_input_open(&in, paths, 1, &options, &err) != MS_OK)
        fail_msg("%s", err.text);
    while (ms_input_next(in, &seg, &err) == MS_OK) {
        n_lines += assert_same_as_lines(&seg, &n_unparsed);
        ms_segment_done(in, &seg);
    }
    ms_input_close(in);
    print_message("%s: %zu lines, %zu unparsed, %u hosts, %u tags\n", folder, n_lines, n_unparsed,
                  ms_names_n_hosts(names), ms_names_n_tags(names));
    assert_true(n_lines > 30);
}

static void test_walkthrough(void **state)
{
    (void)state;
    compare_source_files("walkthrough", 0);
    assert_true(ms_names_n_hosts(names) >= 5);
}

static void test_farm_hosts(void **state)
{
    (void)state;
    compare_source_files("farm/logs/mx1", 0);
    compare_source_files("farm/logs/relay1", 4000);
    compare_source_files("farm/logs/store1", 300000);
    compare_source_files("farm/logs/sm1", 0);
    assert_int_equal(ms_names_n_hosts(names), 4);
}

static void test_farm_central(void **state)
{
    (void)state;
    compare_source_files("farm/logs/central", 0);
    assert_int_equal(ms_names_n_hosts(names), 6); /* in three envelopes the same */
}

static const char *const samples[] = {
    "Nov  3 10:25:30 mx1 postfix/smtpd[42]: connect from a[1.2.3.4]",
    "Nov  3 10:25:30 mx1 postfix/smtpd[42]: ABCDE12345: client=a.test[192.0.2.1]:4711, sasl_method=PLAIN, "
    "sasl_username=u",
    "Nov  3 10:25:31 mx1 postfix/cleanup[43]: ABCDE12345: message-id=<a@b>",
    "Nov  3 10:25:31 mx1 postfix/qmgr[44]: ABCDE12345: from=<a@b>, size=1234, nrcpt=1 (queue active)",
    "Nov  3 10:25:32 mx1 postfix/smtp[45]: ABCDE12345: to=<c@d>, orig_to=<e>, relay=mx.d[192.0.2.7]:25, conn_use=2, "
    "delay=1.2, "
    "delays=0.1/0/0.5/0.6, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4SVLCh0sf8zyN2)",
    "2024-05-01T12:34:56.789012+02:00 mx1 postfix/smtpd[42]: NOQUEUE: reject: RCPT from a[1.2.3.4]: 554 5.7.1 <c@d>: "
    "Relay "
    "access denied; from=<a@b> to=<c@d> proto=ESMTP helo=<x>",
    "<22>1 2024-05-01T10:34:56Z mx1 postfix/smtpd 42 - - disconnect from a[1.2.3.4] ehlo=1 quit=1 commands=2",
    "Nov  3 10:25:33 mx1 postfix/qmgr[44]: ABCDE12345: removed\r",
    "\xEF\xBB\xBFNov  3 10:25:30 dovecot: x",
    "{\"time\":\"2026-11-21T17:34:30Z\", \"host\":\"mx1\", \"tag\":\"postfix\\/qmgr[4]:\", \"msg\":\" ABCDE12345: "
    "removed\"}",
    "{\"log\":\"Nov 21 10:00:00 mx1 postfix/smtpd[42]: connect from "
    "a.test[192.0.2.1]\\n\",\"time\":\"2026-11-21T17:34:30Z\"}",
    "{\"__REALTIME_TIMESTAMP\":\"1714559696789012\",\"SYSLOG_IDENTIFIER\":\"postfix/smtpd\",\"MESSAGE\":[1,2,255]}",
    "",
};

static void test_mutated_lines(void **state)
{
    (void)state;
    unsigned seed = 9;
    size_t n_lines = 0, n_unparsed = 0;
    for (time_t end = time(NULL) + 2; time(NULL) < end;) {
        struct ms_buffer text = {0};
        for (int i = rand_r(&seed) % 60; i >= 0; i--) {
            const char *line = samples[(size_t)rand_r(&seed) % (sizeof samples / sizeof *samples)];
            ms_buffer_append(&text, line, strlen(line));
            ms_buffer_push(&text, '\n');
        }
        for (int i = rand_r(&seed) % 40; i > 0; i--)
            text.data[(size_t)rand_r(&seed) % text.size_bytes] = "\n\r\0 []<>:=,()"[rand_r(&seed) % 13];
        for (int i = rand_r(&seed) % 20; i > 0; i--)
            text.data[(size_t)rand_r(&seed) % text.size_bytes] = (char)rand_r(&seed);
        struct ms_segment seg = segment_of(ms_span_of(text.data, text.size_bytes - (size_t)rand_r(&seed) % 2));
        n_lines += assert_same_as_lines(&seg, &n_unparsed);
        segment_free(&seg);
        ms_buffer_fini(&text);
    }
    assert_true(n_unparsed > n_lines / 100 && n_unparsed < n_lines);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_line_ends),    TEST(test_headers_known_and_nearly),
        TEST(test_one_line),     TEST(test_other_programs_and_junk),
        TEST(test_host_option),  TEST(test_block_borders),
        TEST(test_cut_anywhere), TEST(test_many_short_lines),
        TEST(test_long_line),    TEST(test_patterns_run_along),
        TEST(test_walkthrough),  TEST(test_farm_hosts),
        TEST(test_farm_central), TEST(test_mutated_lines),
    };
    return ms_simd_select(NULL, 0) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
