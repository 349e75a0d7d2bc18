/* Records come back as they were added, from memory and from the file; failures of the disk are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/spool.h"

#define N_STREAMS 5

struct back {
    size_t stream, n;
};

static size_t length_of(size_t stream, size_t n)
{
    size_t long_one = n % 300 == 299 ? 40000 : n % 400 == 399 ? 70000 : 5000; /* more than a block, or than is staged */
    return 16 + (stream * 31 + n * 17) % 200 + (n % 100 == 99 ? long_one : 0);
}

static void fill(struct ms_spool *s, size_t n_records)
{
    for (size_t n = 0; n < n_records; n++)
        for (size_t stream = 0; stream < N_STREAMS; stream += 2) { /* some streams stay empty */
            uint32_t length = (uint32_t)length_of(stream, n);
            char *to = ms_spool_add(s, stream, length);
            assert_int_equal((uintptr_t)to % 8, 0);
            memset(to, (int)(stream + n), length);
            memcpy(to, &length, sizeof length);
        }
}

static void check(void *back, const char *records, size_t n_bytes)
{
    struct back *b = back;
    for (size_t at = 0; at < n_bytes;) {
        uint32_t length;
        memcpy(&length, records + at, sizeof length);
        assert_int_equal(length, length_of(b->stream, b->n));
        for (size_t i = 4; i < length; i++)
            assert_int_equal((unsigned char)records[at + i], (unsigned char)(b->stream + b->n));
        at += (length + 7) / 8 * 8;
        b->n++;
    }
}

static void round_trip(int dir_fd, size_t limit_bytes, bool in_file)
{
    struct ms_spool s;
    struct ms_error err = {0};
    ms_spool_init(&s, N_STREAMS, 1024, limit_bytes, dir_fd);
    fill(&s, 1000);
    assert_int_equal(ms_spool_end(&s, &err), MS_OK);
    assert_int_equal(s.file_bytes > 0, in_file);
    if (in_file) /* a block for each stream, one of them perhaps a long one */
        assert_true(s.memory_bytes <= limit_bytes + N_STREAMS * (1024 + 75300));
    for (size_t stream = 0; stream < N_STREAMS; stream++) {
        struct back b = {stream, 0};
        assert_int_equal(ms_spool_drain(&s, stream, check, &b, &err), MS_OK);
        assert_int_equal(b.n, stream % 2 == 0 ? 1000 : 0);
    }
    assert_int_equal(s.memory_bytes, 0);
    fill(&s, 10); /* drained streams can be used again */
    assert_int_equal(ms_spool_end(&s, &err), MS_OK);
    struct back b = {2, 0};
    assert_int_equal(ms_spool_drain(&s, 2, check, &b, &err), MS_OK);
    assert_int_equal(b.n, 10);
    ms_spool_fini(&s);
}

static void memory_and_file(void **state)
{
    (void)state;
    int dir_fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir_fd >= 0);
    round_trip(-1, SIZE_MAX, false);
    round_trip(dir_fd, SIZE_MAX, false);
    round_trip(dir_fd, 50000, true);
    round_trip(dir_fd, 0, true);
    close(dir_fd);
}

static void a_disk_that_refuses_is_told(void **state)
{
    (void)state;
    struct ms_spool s;
    struct ms_error err = {0};
    int not_a_folder = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ms_spool_init(&s, N_STREAMS, 1024, 0, not_a_folder);
    fill(&s, 100);
    assert_int_equal(ms_spool_end(&s, &err), MS_ERR_IO);
    assert_non_null(strstr(err.text, "Not a directory"));
    ms_spool_fini(&s);
    close(not_a_folder);
}

static void never_begun(void **state)
{
    (void)state;
    struct ms_spool s = {0};
    struct ms_error err = {0};
    assert_int_equal(ms_spool_end(&s, &err), MS_OK);
    ms_spool_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_and_file),
        cmocka_unit_test(a_disk_that_refuses_is_told),
        cmocka_unit_test(never_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
