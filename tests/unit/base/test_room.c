/* What is allocated beyond the limit lies in the file and is the same memory to who uses it: also when its pages are given back while
 * threads write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/room.h"

enum { N = 40, THREADS = 3, BYTES = 300000 };

static int dir_fd = -1;

static uint64_t value(uint64_t thread, uint64_t round, uint64_t i)
{
    return (thread << 56 | round << 32 | i) * UINT64_C(0x9E3779B97F4A7C15);
}

static size_t words_of(uint64_t i)
{
    return (BYTES + i * 7919 % BYTES) / sizeof(uint64_t);
}

/* Fills blocks, frees every second one, fills others in their places, and looks at all. */
static void *use(void *thread)
{
    uint64_t t = (uint64_t)(uintptr_t)thread, *blocks[N] = {0}, rounds[N] = {0};
    bool *ok = ms_calloc(1, sizeof *ok);
    *ok = true;
    for (uint64_t round = 1; round <= 6; round++)
        for (uint64_t i = round % 2; i < N; i += 1 + (round > 1)) {
            ms_room_free(blocks[i]);
            blocks[i] = ms_room_calloc(words_of(i), sizeof *blocks[i]);
            *ok &= (uintptr_t)blocks[i] % 16 == 0;
            for (size_t k = 0; k < words_of(i); k++) {
                *ok &= blocks[i][k] == 0;
                blocks[i][k] = value(t, round, i + k);
            }
            rounds[i] = round;
        }
    for (uint64_t i = 0; i < N; i++) {
        for (size_t k = 0; blocks[i] != NULL && k < words_of(i); k++)
            *ok &= blocks[i][k] == value(t, rounds[i], i + k);
        ms_room_free(blocks[i]);
    }
    return ok;
}

static void use_by_all(void)
{
    pthread_t threads[THREADS];
    for (uintptr_t t = 0; t < THREADS; t++)
        assert_int_equal(pthread_create(&threads[t], NULL, use, (void *)t), 0);
    for (unsigned t = 0; t < THREADS; t++) {
        void *ok;
        pthread_join(threads[t], &ok);
        assert_true(*(bool *)ok);
        free(ok);
    }
}

static void test_in_memory(void **state)
{
    (void)state;
    use_by_all();
    assert_int_equal(ms_room_file_bytes(), 0);
    ms_room_begin(dir_fd, (size_t)1 << 40, (size_t)1 << 40);
    use_by_all();
    assert_int_equal(ms_room_file_bytes(), 0);
    ms_room_end();
}

static void test_in_file(void **state)
{
    (void)state;
    ms_room_begin(dir_fd, 1, 1);
    use_by_all();
    uint64_t once = ms_room_file_bytes();
    assert_true(once >= (uint64_t)N * BYTES);
    use_by_all(); /* places are used again */
    assert_true(ms_room_file_bytes() < once * 2);
    ms_room_end();
    assert_int_equal(ms_room_file_bytes(), 0);
}

static void test_grow(void **state)
{
    (void)state;
    uint32_t *items = NULL;
    size_t cap = 0;
    ms_room_begin(dir_fd, 1 << 20, 1);
    for (uint32_t i = 0; i < 1000000; i++) {
        items = ms_room_grow(items, &cap, i + 1, sizeof *items);
        items[i] = i * 3;
    }
    assert_true(ms_room_file_bytes() > 0);
    for (uint32_t i = 0; i < 1000000; i++)
        assert_int_equal(items[i], i * 3);
    ms_room_free(items);
    ms_room_free(NULL);
    ms_room_end();
}

int main(void)
{
    char folder[] = "/tmp/ms-room-XXXXXX";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_memory),
        cmocka_unit_test(test_in_file),
        cmocka_unit_test(test_grow),
    };
    if (mkdtemp(folder) == NULL || (dir_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    close(dir_fd);
    rmdir(folder);
    return failed;
}
