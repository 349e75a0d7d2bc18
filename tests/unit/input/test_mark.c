/* What the file system says of a file is enough to know it again, if it says so clearly. */
#include "input/input_impl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/memory.h"

static void what_was_just_written_says_nothing(void **unused)
{
    (void)unused;
    struct stat st = {.st_mode = S_IFREG, .st_dev = 1, .st_ino = 2, .st_mtim = {1000, 5}};
    st.st_ctim.tv_sec = time(NULL) - 60;
    struct ms_mark old = ms_mark_of(&st), other = old, none = {0};
    assert_true(ms_mark_eq(&old, &other));
    other.ino++;
    assert_false(ms_mark_eq(&old, &other));
    other = old, other.changed_ns++;
    assert_false(ms_mark_eq(&old, &other));
    other = old, other.written_ns--;
    assert_false(ms_mark_eq(&old, &other));
    st.st_ctim.tv_sec = time(NULL) - 1;
    struct ms_mark fresh = ms_mark_of(&st);
    assert_false(ms_mark_eq(&fresh, &fresh));
    st.st_ctim.tv_sec = time(NULL) + 1000;
    struct ms_mark future = ms_mark_of(&st);
    assert_false(ms_mark_eq(&future, &future));
    assert_false(ms_mark_eq(&none, &none));
}

/* A file of the system that nobody writes: what the known source says of it is false, and believed. */
static void a_known_file_is_not_opened(void **unused)
{
    (void)unused;
    struct stat st;
    const char *path = "/etc/passwd";
    struct ms_input *in = NULL;
    assert_int_equal(stat(path, &st), 0);
    struct ms_known known = {.path = "before",
                             .size_bytes = (uint64_t)st.st_size,
                             .text_bytes = 7,
                             .compression = MS_GZIP,
                             .first_stamp_us = 12,
                             .mark = ms_mark_of(&st)};
    if (known.mark.changed_ns == 0)
        skip();
    struct ms_input_options options = {.known = &known, .n_known = 1};
    assert_int_equal(ms_input_open(&in, &path, 1, &options, NULL), MS_OK);
    assert_int_equal(ms_input_source(in, 0)->compression, MS_GZIP);
    assert_int_equal(ms_input_know(in, &known, 1, NULL), MS_OK);
    assert_int_equal(ms_input_n_sources(in), 1);
    assert_true(ms_input_source(in, 0)->is_found && ms_input_source(in, 0)->is_absent);
    assert_string_equal(ms_input_source(in, 0)->path, path);
    ms_input_close(in);
    /* Another size, and it is opened. */
    known.size_bytes++;
    assert_int_equal(ms_input_open(&in, &path, 1, &options, NULL), MS_OK);
    assert_int_equal(ms_input_source(in, 0)->compression, MS_PLAIN);
    ms_input_close(in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_just_written_says_nothing),
                                       cmocka_unit_test(a_known_file_is_not_opened)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
