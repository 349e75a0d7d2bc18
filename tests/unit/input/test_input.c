/* Which files become sources, in which order, and what is said of those that are odd, damaged or gone. */
#include "input_support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

static const struct ms_input_options small = {.segment_bytes = 1000, .stripe_bytes = 100000};

static void expect_paths(const struct ms_input *in, const char *const *names, size_t n)
{
    for (size_t i = 0; i < ms_input_n_sources(in) && i < n; i++)
        assert_string_equal(ms_input_source(in, i)->path, in_folder(names[i]));
    assert_int_equal(ms_input_n_sources(in), n);
}

static void make_sub_folder(const char *name)
{
    assert_int_equal(mkdir(in_folder(name), 0755), 0);
}

static void test_discovery(void **state)
{
    (void)state;
    make_sub_folder("logs");
    make_sub_folder("logs/b");
    make_sub_folder("logs/b/c");
    make_sub_folder("logs/.hidden");
    write_file("logs/z.log", "z\n", 2);
    write_file("logs/b/mail.log", "b\n", 2);
    write_file("logs/b/c/mail.log", "c\n", 2);
    write_file("logs/.hidden/mail.log", "h\n", 2);
    write_file("logs/.swp", "h\n", 2);
    write_file("outside.log", "o\n", 2);
    assert_int_equal(mkfifo(in_folder("logs/pipe"), 0600), 0);
    assert_int_equal(symlink(in_folder("logs"), in_folder("logs/b/circle")), 0);
    assert_int_equal(symlink(in_folder("logs/z.log"), in_folder("logs/zz-link")), 0);
    assert_int_equal(symlink(in_folder("outside.log"), in_folder("logs/to-outside")), 0);
    assert_int_equal(link(in_folder("logs/z.log"), in_folder("logs/zzz-hard")), 0);
    char *slash = ms_sprintf("%s/", in_folder("logs"));
    const char *paths[] = {in_folder("logs"), in_folder("logs/b/mail.log"), slash, in_folder("logs/.swp")};
    struct ms_input *in = open_paths(paths, 4, &small);
    static const char *const expected[] = {"logs/.swp", "logs/b/c/mail.log", "logs/b/mail.log", "logs/to-outside",
                                           "logs/z.log"};
    expect_paths(in, expected, 5);
    ms_input_close(in);

    in = open_paths((const char *[]){slash}, 1, &small); /* no doubled slash */
    expect_paths(in, expected + 1, 4);
    ms_input_close(in);
    free(slash);

    struct ms_error err;
    const char *missing[] = {in_folder("outside.log"), in_folder("nothing-here")};
    assert_int_equal(ms_input_open(&in, missing, 2, &small, &err), MS_ERR_USAGE);
    assert_non_null(strstr(err.text, "nothing-here: No such file"));

    make_sub_folder("empty");
    in = open_paths((const char *[]){in_folder("empty")}, 1, &small);
    struct collected c;
    collect(in, &c);
    assert_int_equal(ms_input_n_sources(in), 0);
    assert_int_equal(c.n_segments, 0);
    ms_input_close(in);
}

/* A made-up stamp: "@<seconds>" without, "#<seconds>" with a year. */
static bool test_stamp(struct ms_span line, int64_t *stamp_us, bool *has_year)
{
    if (line.n < 2 || (line.p[0] != '@' && line.p[0] != '#'))
        return false;
    int64_t value = 0;
    for (uint32_t i = 1; i < line.n; i++) {
        assert_in_range(line.p[i], '0', '9'); /* no line end, no CR */
        value = value * 10 + (line.p[i] - '0');
    }
    *stamp_us = value * 1000000;
    *has_year = line.p[0] == '#';
    return true;
}

static const struct ms_input_options stamped = {.first_stamp = test_stamp};

#define DAY(n) ((n)*86400)
static void write_stamp(const char *name, char mark, int64_t seconds, enum ms_compression c)
{
    struct ms_buffer text = {0}, stored = {0};
    ms_buffer_printf(&text, "no stamp\r\n\n%c%lld\r\n@1\n", mark, (long long)seconds);
    store_text(&stored, c, text, 1);
    write_file(name, stored.data, stored.size_bytes);
    ms_buffer_fini(&text);
    ms_buffer_fini(&stored);
}

static void test_order(void **state)
{
    (void)state;
    make_sub_folder("order");
    write_stamp("order/mail.log.3.xz", '@', DAY(310), MS_XZ); /* November */
    write_stamp("order/mail.log.2.gz", '@', DAY(340), MS_GZIP);
    write_stamp("order/mail.log.1", '@', DAY(5), MS_PLAIN); /* January */
    write_stamp("order/mail.log", '@', DAY(40), MS_PLAIN);
    write_stamp("order/b-iso", '#', DAY(9000), MS_GZIP);
    write_stamp("order/a-iso", '#', DAY(9001), MS_PLAIN);
    write_stamp("order/aa-iso", '#', DAY(9000), MS_PLAIN);
    write_file("order/0-none", "nothing\n", 8);
    write_file("order/1-empty", "", 0);
    write_file("order/2-unended", "@3456000", 8); /* the 40th day, too; no line end */
    struct ms_input *in = open_paths((const char *[]){in_folder("order")}, 1, &stamped);
    static const char *const expected[] = {
        "order/aa-iso",     "order/b-iso",     "order/a-iso",    "order/mail.log.3.xz", "order/mail.log.2.gz",
        "order/mail.log.1", "order/2-unended", "order/mail.log", "order/0-none",        "order/1-empty"};
    expect_paths(in, expected, 10);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(ms_input_source(in, i)->file_id, i);
    assert_int_equal(ms_input_source(in, 3)->first_stamp_us, DAY(310) * INT64_C(1000000));
    assert_false(ms_input_source(in, 3)->first_stamp_has_year);
    assert_true(ms_input_source(in, 0)->first_stamp_has_year);
    assert_int_equal(ms_input_source(in, 9)->first_stamp_us, INT64_MIN);
    ms_input_close(in);
}

/* A rotation within a second: what has the higher number is older. */
static void test_order_of_one_moment(void **state)
{
    (void)state;
    make_sub_folder("moment");
    static const char *const names[] = {"moment/mail.log",    "moment/mail.log.1",    "moment/mail.log-20260101",
                                        "moment/mail.log.10", "moment/mail.log.2.gz", "moment/mail.log.20260102"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        write_stamp(names[i], '@', DAY(10), strstr(names[i], ".gz") ? MS_GZIP : MS_PLAIN);
    struct ms_input *in = open_paths((const char *[]){in_folder("moment")}, 1, &stamped);
    static const char *const expected[] = {"moment/mail.log.10",       "moment/mail.log.2.gz",
                                           "moment/mail.log.1",        "moment/mail.log",
                                           "moment/mail.log-20260101", "moment/mail.log.20260102"};
    expect_paths(in, expected, 6);
    ms_input_close(in);
}

static void test_order_keeps_the_calendar(void **state)
{
    (void)state;
    make_sub_folder("calendar");
    write_stamp("calendar/c", '@', DAY(10), MS_PLAIN);
    write_stamp("calendar/b", '@', DAY(20), MS_PLAIN);
    write_stamp("calendar/a", '@', DAY(100), MS_PLAIN);
    struct ms_input *in = open_paths((const char *[]){in_folder("calendar")}, 1, &stamped);
    static const char *const expected[] = {"calendar/c", "calendar/b", "calendar/a"};
    expect_paths(in, expected, 3);
    ms_input_close(in);
}

static unsigned n_asked;
static bool count_lines(struct ms_span line, int64_t *stamp_us, bool *has_year)
{
    (void)line, (void)stamp_us, (void)has_year;
    n_asked++;
    return false;
}

static void test_stamp_search_ends(void **state)
{
    (void)state;
    struct ms_buffer text = {0};
    for (int i = 0; i < 5000; i++)
        ms_buffer_append(&text, "x\n", 2);
    const char *path = write_file("many-lines", text.data, text.size_bytes);
    struct ms_input *in = open_paths(&path, 1, &(struct ms_input_options){.first_stamp = count_lines});
    assert_int_equal(n_asked, 1000);
    ms_input_close(in);
    ms_buffer_fini(&text);
}

static const struct ms_source *only_source(struct ms_input *in)
{
    assert_int_equal(ms_input_n_sources(in), 1);
    return ms_input_source(in, 0);
}

static void test_unreadable_and_the_rest_goes_on(void **state)
{
    (void)state;
    make_sub_folder("odd");
    write_file("odd/a.zst", "\x28\xb5\x2f\xfd\x04\x98", 6);
    write_file("odd/b.log", "good\n", 5);
    assert_int_equal(symlink("/nowhere/at/all", in_folder("odd/c.log")), 0);
    struct ms_input *in = open_paths((const char *[]){in_folder("odd")}, 1, &small);
    struct collected c;
    collect(in, &c);
    assert_int_equal(ms_input_n_sources(in), 3);
    assert_int_equal(ms_input_source(in, 0)->status, MS_SOURCE_UNREADABLE);
    assert_int_equal(ms_input_source(in, 0)->compression, MS_ZSTD);
    assert_non_null(strstr(ms_input_source(in, 0)->error, "odd/a.zst: zstd: needs a window of more than"));
    assert_int_equal(ms_input_source(in, 1)->status, MS_SOURCE_OK);
    assert_int_equal(ms_input_source(in, 2)->status, MS_SOURCE_UNREADABLE);
    assert_non_null(strstr(ms_input_source(in, 2)->error, "odd/c.log: No such file"));
    assert_string_equal(ms_input_source(in, 2)->digest, "");
    assert_int_equal(c.text.size_bytes, 5);
    assert_int_equal(c.n_segments, 1);
    ms_buffer_fini(&c.text);
    ms_input_close(in);
}

static void test_changed_before_reading(void **state)
{
    (void)state;
    make_sub_folder("moving");
    write_file("moving/a", "12345678\n", 9);
    write_file("moving/b", "12345678\n", 9);
    write_file("moving/c", "12345678\n", 9);
    write_file("moving/d", "12345678\n", 9);
    struct ms_input *in = open_paths((const char *[]){in_folder("moving")}, 1, &small);
    write_file("moving/new", "other\n", 6);
    assert_int_equal(rename(in_folder("moving/new"), in_folder("moving/a")), 0); /* rotated */
    assert_int_equal(unlink(in_folder("moving/b")), 0);
    assert_int_equal(truncate(in_folder("moving/c"), 4), 0);
    int fd = open(in_folder("moving/d"), O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "later\n", 6), 6); /* grown: the new lines are another run's */
    close(fd);
    struct collected c;
    collect(in, &c);
    assert_memory_equal(c.text.data, "123412345678\n", 13);
    assert_int_equal(c.text.size_bytes, 13);
    static const enum ms_source_status expected[] = {MS_SOURCE_UNREADABLE, MS_SOURCE_UNREADABLE, MS_SOURCE_TRUNCATED,
                                                     MS_SOURCE_OK};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(ms_input_source(in, i)->status, expected[i]);
    assert_non_null(strstr(ms_input_source(in, 2)->error, "moving/c: was cut to 4 of 9 bytes"));
    char hex[33];
    plain_digest("1234", 4, hex);
    assert_string_equal(ms_input_source(in, 2)->digest, hex);
    ms_buffer_fini(&c.text);
    ms_input_close(in);
}

/* Cut while it is being read: the text that is left, one segment that says that this is the end, and the flag. */
static void test_truncated_while_read(void **state)
{
    (void)state;
    struct ms_buffer text = {0};
    for (int i = 0; i < 1000; i++)
        ms_buffer_append(&text, "123456789\n", 10);
    const char *path = write_file("shrinking", text.data, text.size_bytes);
    struct ms_input *in = open_paths(&path, 1, &(struct ms_input_options){.segment_bytes = 1000});
    struct ms_segment seg;
    struct ms_error err;
    assert_int_equal(ms_input_next(in, &seg, &err), MS_OK);
    assert_int_equal(seg.text.n, 1000);
    assert_int_equal(truncate(path, 995), 0);
    ms_segment_done(in, &seg);
    assert_int_equal(ms_input_next(in, &seg, &err), MS_OK);
    assert_int_equal(seg.covers_bytes, 0);
    assert_int_equal(seg.text.n, 0);
    assert_true(seg.last_of_run && seg.last_of_source && seg.last_of_stripe);
    ms_segment_done(in, &seg);
    assert_int_equal(ms_input_next(in, &seg, &err), MS_END);
    assert_int_equal(only_source(in)->status, MS_SOURCE_TRUNCATED);
    assert_int_equal(strlen(only_source(in)->digest), 32);
    ms_input_close(in);
    ms_buffer_fini(&text);
}

/* The file is cut, touched there, and grows again before anybody could see that it was short. */
static void test_bus_error(void **state)
{
    (void)state;
    struct ms_buffer text = {0};
    while (text.size_bytes < 20 * 4096)
        ms_buffer_append(&text, "123456789\n", 10);
    for (int grows = 0; grows < 2; grows++) {
        const char *path = write_file("vanishing", text.data, text.size_bytes);
        struct ms_input *in = open_paths(&path, 1, &(struct ms_input_options){0});
        struct ms_segment seg;
        struct ms_error err;
        assert_int_equal(ms_input_next(in, &seg, &err), MS_OK);
        assert_int_equal(seg.text.n, text.size_bytes);
        assert_int_equal(truncate(path, 4096), 0);
        assert_memory_equal(seg.text.p, text.data, 4096);
        for (size_t i = 3 * 4096; i < seg.text.n; i++)
            assert_int_equal(seg.text.p[i], 0);
        assert_int_equal(truncate(path, grows ? (off_t)text.size_bytes : 4096), 0);
        ms_segment_done(in, &seg);
        assert_int_equal(ms_input_next(in, &seg, &err), MS_END);
        assert_int_equal(only_source(in)->status, MS_SOURCE_TRUNCATED);
        assert_non_null(
            strstr(only_source(in)->error, grows ? "could not be read at byte 12288" : "was cut to 4096 of"));
        assert_int_equal(strlen(only_source(in)->digest), 32);
        ms_input_close(in);
    }
    ms_buffer_fini(&text);
}

struct feeder {
    int fd;
    struct ms_buffer bytes;
};

/* In odd pieces, as pipes deliver. */
static void *feed(void *arg)
{
    struct feeder *f = arg;
    for (size_t at = 0, n = 1; at < f->bytes.size_bytes; at += n, n = n * 3 % 9973) {
        if (n > f->bytes.size_bytes - at)
            n = f->bytes.size_bytes - at;
        ssize_t done = write(f->fd, f->bytes.data + at, n);
        n = done > 0 ? (size_t)done : 0;
    }
    close(f->fd);
    return NULL;
}

static void check_standard_input(enum ms_compression c, bool with_head)
{
    struct ms_buffer text = {0}, head = {0};
    struct feeder f = {0};
    int ends[2], saved = dup(STDIN_FILENO);
    pthread_t thread;
    ms_buffer_append(&text, "@77\n", 4);
    append_line(&text, 300000, "\n");
    append_line(&text, 30, "");
    store_text(&f.bytes, c, text, 2);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    f.fd = ends[1];
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    pthread_create(&thread, NULL, feed, &f);
    struct ms_input *in = open_paths((const char *[]){"-", "-"}, 2,
                                     &(struct ms_input_options){.segment_bytes = 100, .first_stamp = test_stamp});
    const struct ms_source *s = only_source(in);
    struct ms_error err;
    assert_string_equal(s->path, "-");
    assert_int_equal(s->compression, c);
    assert_int_equal(s->first_stamp_us, 77000000);
    if (with_head) {
        assert_int_equal(ms_input_head(in, 0, 5, &head, &err), MS_OK);
        assert_int_equal(head.size_bytes, 4);
        assert_int_equal(ms_input_head(in, 0, SIZE_MAX, &head, &err), MS_OK);
        assert_int_equal(head.size_bytes, text.size_bytes);
    }
    struct collected all;
    collect(in, &all);
    pthread_join(thread, NULL);
    assert_int_equal(all.text.size_bytes, text.size_bytes);
    assert_memory_equal(all.text.data, text.data, text.size_bytes);
    assert_int_equal(ms_input_head(in, 0, 5, &head, &err), MS_ERR_USAGE);
    char hex[33];
    plain_digest(f.bytes.data, f.bytes.size_bytes, hex);
    assert_string_equal(s->digest, hex);
    assert_int_equal(s->size_bytes, f.bytes.size_bytes);
    assert_int_equal(s->status, MS_SOURCE_OK);
    ms_input_close(in);
    dup2(saved, STDIN_FILENO);
    close(saved);
    ms_buffer_fini(&all.text);
    ms_buffer_fini(&text);
    ms_buffer_fini(&head);
    ms_buffer_fini(&f.bytes);
}

static void test_standard_input(void **state)
{
    (void)state;
    for (int kind = MS_PLAIN; kind <= LAST_COMPRESSION; kind++) {
        check_standard_input((enum ms_compression)kind, false);
        check_standard_input((enum ms_compression)kind, true);
    }
}

/* More sources than descriptors. */
static void test_many_sources(void **state)
{
    (void)state;
    make_sub_folder("many");
    struct ms_buffer gz = {0};
    append_gzip_member(&gz, "@1\n", 3);
    for (int i = 0; i < 2000; i++) {
        char name[32];
        snprintf(name, sizeof name, "many/%04d", i);
        write_file(name, i % 2 ? gz.data : "@1\n", i % 2 ? gz.size_bytes : 3);
    }
    struct ms_input *in = open_paths((const char *[]){in_folder("many")}, 1, &stamped);
    struct collected c;
    collect(in, &c);
    assert_int_equal(ms_input_n_sources(in), 2000);
    assert_int_equal(c.n_segments, 2000);
    for (size_t i = 0; i < 2000; i++)
        assert_int_equal(ms_input_source(in, i)->status, MS_SOURCE_OK);
    ms_buffer_fini(&c.text);
    ms_buffer_fini(&gz);
    ms_input_close(in);
}

static void test_cancelled(void **state)
{
    (void)state;
    volatile bool cancelled = false;
    const struct ms_input_options options = {.segment_bytes = 1, .cancelled = &cancelled};
    const char *path = write_file("cancel", "a\nb\nc\n", 6);
    struct ms_input *in = open_paths(&path, 1, &options);
    struct ms_segment seg;
    struct ms_error err;
    assert_int_equal(ms_input_next(in, &seg, &err), MS_OK);
    cancelled = true;
    struct ms_segment other;
    assert_int_equal(ms_input_next(in, &other, &err), MS_ERR_CANCELLED);
    ms_segment_done(in, &seg);
    ms_input_close(in);
    assert_int_equal(ms_input_open(&in, &path, 1, &options, &err), MS_ERR_CANCELLED);
}

static void test_closed_in_the_middle(void **state)
{
    (void)state;
    struct ms_buffer text = {0}, stored = {0};
    random_text(&text, 300000, 100);
    for (int kind = MS_PLAIN; kind <= LAST_COMPRESSION; kind++) {
        store_text(&stored, (enum ms_compression)kind, text, 1);
        const char *path = write_file("middle", stored.data, stored.size_bytes);
        struct ms_input *in = open_paths(&path, 1, &small);
        struct ms_segment seg;
        struct ms_error err;
        assert_int_equal(ms_input_next(in, &seg, &err), MS_OK);
        ms_segment_done(in, &seg);
        ms_input_close(in); /* the leak checker looks */
    }
    ms_buffer_fini(&text);
    ms_buffer_fini(&stored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_discovery),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_order_of_one_moment),
        cmocka_unit_test(test_order_keeps_the_calendar),
        cmocka_unit_test(test_stamp_search_ends),
        cmocka_unit_test(test_unreadable_and_the_rest_goes_on),
        cmocka_unit_test(test_changed_before_reading),
        cmocka_unit_test(test_truncated_while_read),
        cmocka_unit_test(test_bus_error),
        cmocka_unit_test(test_standard_input),
        cmocka_unit_test(test_many_sources),
        cmocka_unit_test(test_cancelled),
        cmocka_unit_test(test_closed_in_the_middle),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
