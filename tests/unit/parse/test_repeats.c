/* Lines that stand for others: what they say, which line they repeat whatever the cut of the text, and how many copies they are worth. */
#include "parse/repeats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "parse/parse.h"

/* ---- what a line says ---- */

static bool reads(const char *tag, const char *text, uint32_t said, const char *inside)
{
    struct ms_tag of = {.tag = tag ? ms_span_str(tag) : MS_SPAN_NULL};
    struct ms_repeat_text out;
    if (!ms_repeat_read(&of, tag != NULL, ms_span_str(text), &out))
        return false;
    return out.said == said && (inside ? ms_span_is(out.text, inside) : out.text.p == NULL);
}

static void test_texts(void **state)
{
    (void)state;
    struct ms_repeat_text out;
    assert_true(reads(NULL, "last message repeated 2 times", 2, NULL));
    assert_true(reads(NULL, "last message repeated 1 time", 1, NULL));
    assert_true(reads(NULL, "message repeated 12 times", 12, NULL));
    assert_true(reads(NULL, "--- last message repeated 3 times ---", 3, NULL));
    assert_true(reads("syslogd", "last message repeated 3 times", 3, NULL));
    assert_true(reads("postfix/smtpd", "message repeated 3 times: [ connect from a[192.0.2.1]]", 3,
                      "connect from a[192.0.2.1]"));
    assert_true(reads("x", "message repeated 4294967296 times: [ y]", UINT32_MAX, "y"));
    assert_true(reads("x", "message repeated 18446744073709551617 times: [ y]", UINT32_MAX, "y"));
    static const char *const others[] = {
        "last message repeated 0 times",  "last message repeated times",
        "last message repeated -1 times", "last message repeated 2 times more than before",
        "message repeated 2 times: [",    "message repeated 2 times: []",
        "last message repeated 2",        "message repeated"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_false(ms_repeat_read(&(struct ms_tag){0}, false, ms_span_str(others[i]), &out));
        assert_false(ms_repeat_read(&(struct ms_tag){.tag = MS_SPAN_LIT("x")}, true, ms_span_str(others[i]), &out));
    }
    /* Only syslog itself speaks of the last line. */
    assert_false(ms_repeat_read(&(struct ms_tag){.tag = MS_SPAN_LIT("x")}, true,
                                MS_SPAN_LIT("last message repeated 2 times"), &out));
    assert_false(ms_repeat_read(&(struct ms_tag){0}, false, MS_SPAN_LIT("message repeated 2 times: [ x]"), &out));
}

/* ---- which line is repeated ---- */

struct told { /* of all repeats of a text, a line each: copies, what is repeated */
    FILE *out;
    char *text;
    size_t n;
};

static void tell(void *user, const struct ms_event *e)
{
    struct told *t = user;
    if (e->repeats == 0)
        return;
    struct ms_span of = e->text.p != e->repeat_by.p ? e->text : e->repeated ? e->repeated->text : MS_SPAN_LIT("?");
    fprintf(t->out, "%u of %u of %.*s\n", e->times, e->repeats, (int)of.n, of.p);
}

/* Segments of so many lines (0: all in one), each in memory of its own. */
static char *told_of(const char *text, size_t lines_of_segment, uint32_t file_id, struct ms_repeat_memory *memory)
{
    struct ms_names *names = ms_names_create();
    struct ms_parser *parser;
    struct told t = {0};
    assert_int_equal(ms_parser_create(&parser, names, NULL, NULL, NULL), MS_OK);
    t.out = open_memstream(&t.text, &t.n);
    for (const char *p = text, *next; *p; p = next) {
        next = p;
        for (size_t i = 0; *next && (i < lines_of_segment || lines_of_segment == 0); i++)
            next = strchr(next, '\n') + 1;
        size_t n = (size_t)(next - p);
        char *room = calloc(n + 128, 1);
        memcpy(room + 64, p, n);
        struct ms_segment seg = {.text = ms_span_of(room + 64, n),
                                 .text_offset = (uint64_t)(p - text),
                                 .covers_bytes = n,
                                 .file_id = file_id};
        assert_int_equal(ms_parse_headers(parser, &seg, NULL), MS_OK);
        ms_parse_repeats(parser, &seg, memory);
        ms_parse_events(parser, &seg, tell, &t);
        free(room);
    }
    fclose(t.out);
    ms_parser_destroy(parser);
    ms_names_destroy(names);
    return t.text;
}

static void assert_told(const char *text, const char *expected)
{
    static const size_t cuts[] = {0, 1, 2, 3, 5};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        struct ms_repeat_memory *memory = ms_repeat_memory_create();
        char *told = told_of(text, cuts[i], 0, memory);
        if (strcmp(told, expected) != 0)
            fail_msg("segments of %zu lines:\n%s", cuts[i], told);
        free(told);
        ms_repeat_memory_destroy(memory);
    }
}

#define AT "Nov  3 10:25:30 "
#define LAST(host, n) AT host " last message repeated " #n " times\n"

static void test_last_of_host(void **state)
{
    (void)state;
    assert_told(AT "a x[1]: one\n" AT "b y[2]: two\n" AT "a x[1]: three\n" LAST("b", 2) LAST("a", 4) LAST("b", 5)
                    LAST("c", 6),
                "2 of 2 of two\n"
                "4 of 4 of three\n"
                "5 of 5 of two\n"
                "6 of 6 of ?\n");
    /* The text in the line counts, and is a line that can be repeated. */
    assert_told(AT "a x[1]: one\n" AT "a y[2]: message repeated 3 times: [ two]\n" LAST("a", 2),
                "3 of 3 of two\n2 of 2 of two\n");
    /* Without a host: the lines without one. */
    assert_told(AT "x[1]: one\n" AT "a x[1]: two\n" AT "last message repeated 2 times\n", "2 of 2 of one\n");
}

/* A line of which nobody knows whose it is may be the one. */
static void test_unread(void **state)
{
    (void)state;
    assert_told(AT "a x[1]: one\n"
                   "junk\n" LAST("a", 2),
                "2 of 2 of ?\n");
    assert_told(AT "a x[1]: one\n"
                   "junk\n" LAST("a", 2) AT "b y[2]: two\n" LAST("b", 2) LAST("a", 2) AT "a x[1]: three\n" LAST("a", 2),
                "2 of 2 of ?\n2 of 2 of two\n2 of 2 of ?\n2 of 2 of three\n");
}

static void test_long_lines(void **state)
{
    (void)state;
    static char text[2 * MS_REPEATED_LINE_MAX];
    for (int over = 0; over < 2; over++) {
        char tail[64], expected[2 * MS_REPEATED_LINE_MAX];
        int head = sprintf(text, AT "a x[1]: ");
        memset(text + head, 'y', MS_REPEATED_LINE_MAX - (size_t)head + (size_t)over);
        text[MS_REPEATED_LINE_MAX + over] = '\0';
        sprintf(expected, "2 of 2 of %s\n", over ? "?" : text + head);
        sprintf(tail, "\n" LAST("a", 2));
        strcat(text, tail);
        assert_told(text, expected);
    }
}

/* What a file ends with is not what the next begins with. */
static void test_files(void **state)
{
    (void)state;
    struct ms_repeat_memory *memory = ms_repeat_memory_create();
    char *first = told_of(AT "a x[1]: one\n", 0, 0, memory), *second = told_of(LAST("a", 2), 0, 1, memory);
    assert_string_equal(first, "");
    assert_string_equal(second, "2 of 2 of ?\n");
    free(first);
    free(second);
    ms_repeat_memory_destroy(memory);
}

static void keep(void *user, uint32_t file_id, struct ms_span bytes)
{
    struct ms_buffer *kept = user;
    if (file_id == 0)
        ms_buffer_append(kept, bytes.p, bytes.n);
}

/* But where a file goes on, its last line is known, also in another run. */
static void test_files_that_go_on(void **state)
{
    (void)state;
    struct ms_repeat_memory *memory = ms_repeat_memory_create();
    struct ms_buffer kept = {0};
    ms_repeat_memory_keep_files(memory);
    char *told[] = {told_of(AT "a x[1]: one\n", 0, 0, memory), told_of(AT "a x[1]: two\n", 0, 1, memory),
                    told_of(LAST("a", 2) LAST("a", 3), 1, 0, memory)};
    assert_string_equal(told[2], "2 of 2 of one\n3 of 3 of one\n");
    ms_repeat_memory_each(memory, keep, &kept);
    ms_repeat_memory_destroy(memory);
    memory = ms_repeat_memory_create();
    assert_true(ms_repeat_memory_put(memory, 0, ms_span_of(kept.data, kept.size_bytes), 1));
    char *later = told_of(LAST("a", 4), 0, 0, memory);
    assert_string_equal(later, "4 of 4 of one\n");
    for (size_t n = 0; n < kept.size_bytes; n++) /* its number of copies alone is fine */
        assert_int_equal(ms_repeat_memory_put(memory, 0, ms_span_of(kept.data, n), 1), n == sizeof(uint64_t));
    assert_false(ms_repeat_memory_put(memory, 0, ms_span_of(kept.data, kept.size_bytes), 0));
    for (size_t i = 0; i < 3; i++)
        free(told[i]);
    free(later);
    ms_buffer_fini(&kept);
    ms_repeat_memory_destroy(memory);
}

/* ---- how many copies ---- */

static void test_bounds(void **state)
{
    (void)state;
    static char text[40 * 64], expected[40 * 64];
    char *to = text + sprintf(text, AT "a x[1]: one\n"), *want = expected;
    uint64_t n_copies = 0;
    for (unsigned i = 0; i < 20; i++) {
        uint64_t offset = (uint64_t)(to - text), left = MS_REPEATS_OF_FILE + offset / MS_REPEATS_BYTES - n_copies,
                 n = left < MS_REPEATS_OF_LINE ? left : MS_REPEATS_OF_LINE;
        want += sprintf(want, "%u of 4294967295 of one\n", (unsigned)(n > 0 ? n : 1));
        n_copies += n;
        to += sprintf(to, LAST("a", 77777777777));
    }
    assert_true(n_copies < MS_REPEATS_OF_FILE + 100); /* the sum has been reached */
    assert_told(text, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),      cmocka_unit_test(test_last_of_host), cmocka_unit_test(test_unread),
        cmocka_unit_test(test_long_lines), cmocka_unit_test(test_files),        cmocka_unit_test(test_files_that_go_on),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
