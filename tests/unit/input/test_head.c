/* What is read of a source before its turn: its beginning, pieces from the middle, when it was written to. */
#include <fcntl.h>

#include "input_support.h"

static const struct ms_input_options small = {.segment_bytes = 1000, .stripe_bytes = 100000};

static void test_head(void **state)
{
    (void)state;
    struct ms_buffer text = {0}, stored = {0}, head = {0};
    struct ms_error err;
    for (int i = 0; i < 100000; i++)
        ms_buffer_printf(&text, "line %d\n", i);
    ms_buffer_append(&text, "end", 3);
    for (int kind = MS_PLAIN; kind <= LAST_COMPRESSION; kind++) {
        store_text(&stored, (enum ms_compression)kind, text, 2);
        const char *path = write_file("head", stored.data, stored.size_bytes);
        struct ms_input *in = open_paths(&path, 1, &small);
        assert_int_equal(ms_input_head(in, 0, 20, &head, &err), MS_OK);
        assert_int_equal(head.size_bytes, 14);
        assert_memory_equal(head.data, "line 0\nline 1\n", 14);
        assert_int_equal(ms_input_head(in, 0, 4, &head, &err), MS_OK);
        assert_int_equal(head.size_bytes, 0);
        struct ms_segment seg;
        assert_int_equal(ms_input_next(in, &seg, &err), MS_OK);
        assert_int_equal(ms_input_head(in, 0, SIZE_MAX, &head, &err), MS_OK); /* reading does not disturb it */
        assert_int_equal(head.size_bytes, text.size_bytes);
        assert_memory_equal(head.data, text.data, text.size_bytes);
        ms_segment_done(in, &seg);
        ms_input_close(in);
    }
    ms_buffer_fini(&text);
    ms_buffer_fini(&stored);
    ms_buffer_fini(&head);
}

/* From any place, what a look into the middle gives is what follows the next line end. */
static void test_piece(void **state)
{
    (void)state;
    struct ms_buffer stored = {0}, piece = {0};
    struct ms_error err;
    static const char text[] = "one\n\ntwo two\nthree";
    size_t n = sizeof text - 1;
    const char *path = write_file("piece", text, n);
    struct ms_input *in = open_paths(&path, 1, &small);
    for (size_t from = 0; from <= n + 1; from++)
        for (size_t most = 0; most <= n + 1; most++) {
            const char *begin = from < n ? strchr(text + from, '\n') : NULL, *end = text + n;
            begin = begin != NULL ? begin + 1 : end;
            if (most <= n - (from < n ? from : n)) /* the end was not seen: only whole lines */
                for (end = text + (from < n ? from : n) + most; end > begin && end[-1] != '\n';)
                    end--;
            size_t expected = end > begin ? (size_t)(end - begin) : 0;
            assert_int_equal(ms_input_piece(in, 0, from, most, &piece, &err), MS_OK);
            if (piece.size_bytes != expected || (expected > 0 && memcmp(piece.data, begin, expected) != 0))
                fail_msg("from %zu, %zu bytes: %zu bytes, not %zu", from, most, piece.size_bytes, expected);
        }
    ms_input_close(in);
    store_text(&stored, MS_GZIP, (struct ms_buffer){(char *)(uintptr_t)text, n, n}, 1);
    path = write_file("piece.gz", stored.data, stored.size_bytes);
    in = open_paths(&path, 1, &small);
    assert_int_equal(ms_input_piece(in, 0, 0, 100, &piece, &err), MS_OK);
    assert_int_equal(piece.size_bytes, 0);
    ms_input_close(in);
    ms_buffer_fini(&stored);
    ms_buffer_fini(&piece);
}

/* When files were written to: by the file system, and by the header of a gzip archive. */
static void test_times(void **state)
{
    (void)state;
    struct ms_buffer stored = {0};
    static const char text[] = "one\n";
    const struct timespec then[2] = {{1000000000, 0}, {1000000000, 0}};
    store_text(&stored, MS_GZIP, (struct ms_buffer){(char *)(uintptr_t)text, 4, 4}, 1);
    memcpy(stored.data + 4, "\x00\x00\x00\x00", 4);
    const char *paths[3] = {write_file("times-1.gz", stored.data, stored.size_bytes)};
    memcpy(stored.data + 4, "\x80\x91\xd0\xf0", 4);
    char *first = ms_strdup(paths[0]), *second = ms_strdup(write_file("times-2.gz", stored.data, stored.size_bytes));
    paths[0] = first;
    paths[1] = second;
    paths[2] = write_file("times-3", text, 4);
    assert_int_equal(utimensat(AT_FDCWD, paths[2], then, 0), 0);
    struct ms_input *in = open_paths(paths, 3, &small);
    assert_int_equal(ms_input_source(in, 0)->original_written_s, INT64_MIN);
    assert_int_equal(ms_input_source(in, 1)->original_written_s, INT64_C(0xf0d09180));
    assert_int_equal(ms_input_source(in, 2)->original_written_s, INT64_MIN);
    assert_int_equal(ms_input_source(in, 2)->written_s, 1000000000);
    assert_true(ms_input_source(in, 0)->written_s > 1000000000);
    ms_input_close(in);
    free(first);
    free(second);
    ms_buffer_fini(&stored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_head), cmocka_unit_test(test_piece),
                                       cmocka_unit_test(test_times)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
