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

struct copying { /* the pieces of a stream, into another spool */
    struct ms_spool *to;
    size_t stream;
    bool ok;
};

static void copy_piece(void *arg, int64_t offset, uint64_t n_bytes)
{
    struct copying *c = arg;
    c->ok = ms_spool_restore_piece(c->to, c->stream, offset, n_bytes) && c->ok;
}

/* What was stored is read by another spool, whatever the first one has written behind it since. */
static void outlives_its_owner(void **state)
{
    (void)state;
    struct ms_spool s, again;
    struct ms_error err = {0};
    char folder[] = "/tmp/ms-spool-XXXXXX";
    assert_non_null(mkdtemp(folder));
    int dir_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ms_spool_init(&s, N_STREAMS, 1024, 50000, dir_fd);
    ms_spool_name(&s, "kept");
    for (size_t part = 1; part <= 2; part++) { /* stored, filled on, stored again */
        fill(&s, 500);
        assert_int_equal(ms_spool_store(&s, &err), MS_OK);
        assert_int_equal(s.memory_bytes, 0);
        assert_true(ms_spool_restore(&again, N_STREAMS, dir_fd, "kept"));
        for (size_t stream = 0; stream < N_STREAMS; stream++) {
            struct copying c = {&again, stream, true};
            ms_spool_pieces(&s, stream, copy_piece, &c);
            assert_true(c.ok);
        }
        fill(&s, 7); /* not stored: `again` knows nothing of it */
        assert_int_equal(ms_spool_end(&again, &err), MS_OK);
        if (part == 1)
            for (size_t stream = 0; stream < N_STREAMS; stream++) {
                struct back b = {stream, 0};
                assert_int_equal(ms_spool_drain(&again, stream, check, &b, &err), MS_OK);
                assert_int_equal(b.n, stream % 2 == 0 ? 500 : 0);
            }
        assert_false(ms_spool_restore_piece(&again, 0, again.file_bytes - 8, 16));
        assert_false(ms_spool_restore_piece(&again, 0, -8, 8));
        assert_false(ms_spool_restore_piece(&again, 0, 0, 0));
        assert_false(ms_spool_restore_piece(&again, 0, 8, UINT64_MAX));
        ms_spool_fini(&again);
    }
    assert_false(ms_spool_restore(&again, N_STREAMS, dir_fd, "another"));
    ms_spool_fini(&again);
    ms_spool_fini(&s);
    assert_int_equal(unlinkat(dir_fd, "kept", 0), 0);
    close(dir_fd);
    rmdir(folder);
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
        cmocka_unit_test(outlives_its_owner),
        cmocka_unit_test(never_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
