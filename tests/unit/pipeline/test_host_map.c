#include "pipeline/host_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char path[] = "/tmp/host-map-XXXXXX";

static enum ms_status read_map(struct ms_names *names, const void *text, size_t n, struct ms_error *err)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    fclose(f);
    return ms_host_map_read(names, path, err);
}

static bool is_one(struct ms_names *n, const char *alias, const char *host)
{
    return ms_span_is(ms_names_host(n, ms_names_add_host(n, ms_span_str(alias))), host);
}

static void test_lines(void **state)
{
    (void)state;
    static const char text[] = "# names\n\n  \t\na b\n\tc \t d \r\ne f # since 2020\ng h#i\nx x\n\xff\xe4 y\nlast one";
    struct ms_names *n = ms_names_create();
    struct ms_error err = {""};
    assert_int_equal(read_map(n, text, sizeof text - 1, &err), MS_OK);
    assert_true(is_one(n, "a", "b"));
    assert_true(is_one(n, "c", "d"));
    assert_true(is_one(n, "e", "f"));
    assert_true(is_one(n, "g", "h#i"));
    assert_true(is_one(n, "x", "x"));
    assert_true(is_one(n, "\xff\xe4", "y"));
    assert_true(is_one(n, "last", "one"));
    assert_true(is_one(n, "other", "other"));
    ms_names_destroy(n);
}

/* Each text ends the reading in the line that is given. */
static void test_bad_lines(void **state)
{
    (void)state;
    char longest[600];
    memset(longest, 'x', sizeof longest);
    memcpy(longest + 256, " b", 2);
#define BAD(text, line)                                                                                                \
    {                                                                                                                  \
        text, sizeof text - 1, line                                                                                    \
    }
    const struct {
        const char *text;
        size_t n;
        unsigned line;
    } bad[] = {BAD("a", 1),
               BAD("a b\na b c\n", 2),
               BAD("a #b\n", 1),
               BAD("a\0 b\n", 1),
               BAD("a b\x01\n", 1),
               BAD("a\x7f b\n", 1),
               BAD("a b\n\n#\na c\n", 4),
               BAD("a b\nb a\n", 2),
               BAD("a b\nb c\nc d\nd b\n", 4),
               {longest, 258, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ms_names *n = ms_names_create();
        struct ms_error err = {""};
        char *where = NULL;
        assert_int_equal(read_map(n, bad[i].text, bad[i].n, &err), MS_ERR_USAGE);
        assert_true(asprintf(&where, "%s:%u: ", path, bad[i].line) > 0);
        if (strncmp(err.text, where, strlen(where)) != 0)
            fail_msg("`%s` is said of `%s`", err.text, bad[i].text);
        free(where);
        ms_names_destroy(n);
    }
}

static void test_too_large(void **state)
{
    (void)state;
    struct ms_names *n = ms_names_create();
    struct ms_error err = {""};
    size_t size = 100000;
    char *text = malloc(size);
    memset(text, 'a', size);
    assert_int_equal(read_map(n, text, size, &err), MS_ERR_USAGE);
    free(text);
    FILE *f = fopen(path, "w"); /* more names than the table holds */
    for (int i = 0; i < 70000; i++)
        fprintf(f, "a%d host\n", i);
    fclose(f);
    assert_int_equal(ms_host_map_read(n, path, &err), MS_ERR_USAGE);
    assert_int_equal(ms_host_map_read(n, "/nowhere/map", &err), MS_ERR_IO);
    assert_int_equal(ms_host_map_read(n, "/", &err), MS_ERR_IO);
    ms_names_destroy(n);
}

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines), cmocka_unit_test(test_bad_lines),
                                       cmocka_unit_test(test_too_large)};
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
