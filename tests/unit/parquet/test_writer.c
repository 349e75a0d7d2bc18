/* Files: the frame around the chunks, same bytes each time, and what is left behind on failure. */
#include "unit/parquet/parquet_support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parquet/writer.h"

enum { ROWS = 1000, N_COLUMNS = 2 };

static const struct ms_column columns[N_COLUMNS] = {{"id", MS_T_I64, true, true, true, "", ""},
                                                    {"name", MS_T_DICT, false, true, true, "", ""}};
static const struct ms_table table = {"people", "a row", columns, N_COLUMNS};
static char folder[64];
static int dir_fd;

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/ms_test_writer_XXXXXX");
    dir_fd = mkdtemp(folder) ? open(folder, O_RDONLY | O_DIRECTORY) : -1;
    return dir_fd < 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(dir_fd);
    return rmdir(folder); /* fails if a test left something behind */
}

static void make_chunks(struct ms_encoder *e, struct ms_chunk **chunks)
{
    static int64_t ids[ROWS];
    static uint32_t codes[ROWS];
    static const struct ms_span dict[] = {MS_SPAN_LIT("ann"), MS_SPAN_LIT("bob")};
    for (int i = 0; i < ROWS; i++) {
        ids[i] = (int64_t)i * i;
        codes[i] = i % 3 == 2 ? MS_NULL_CODE : (uint32_t)(i % 3);
    }
    struct ms_values v[N_COLUMNS] = {
        {.column = &columns[0], .n_rows = ROWS, .ints = ids},
        {.column = &columns[1], .n_rows = ROWS, .codes = codes, .dict = dict, .n_dict = 2}};
    for (int i = 0; i < N_COLUMNS; i++)
        assert_int_equal(ms_chunk_encode(e, &v[i], &chunks[i], NULL), MS_OK);
}

static struct ms_parquet_writer *create(const char *name)
{
    struct ms_parquet_writer *w = NULL;
    assert_int_equal(ms_parquet_create(&w, dir_fd, name, &table, NULL), MS_OK);
    return w;
}

static uint64_t write_file(const char *name, int n_groups)
{
    struct ms_encoder *e = ms_encoder_create();
    struct ms_parquet_writer *w = create(name);
    for (int g = 0; g < n_groups; g++) {
        struct ms_chunk *chunks[N_COLUMNS];
        make_chunks(e, chunks);
        assert_int_equal(ms_parquet_append(w, chunks, ROWS, NULL), MS_OK);
    }
    uint64_t file_bytes = 0;
    assert_int_equal(ms_parquet_finish(w, &file_bytes, NULL), MS_OK);
    ms_encoder_destroy(e);
    return file_bytes;
}

/* Reads the file and removes it. */
static struct ms_buffer take_file(const char *name)
{
    struct ms_buffer b = {0};
    struct stat s;
    int fd = openat(dir_fd, name, O_RDONLY);
    assert_true(fd >= 0 && fstat(fd, &s) == 0);
    ms_buffer_reserve(&b, (size_t)s.st_size);
    assert_int_equal(read(fd, b.data, (size_t)s.st_size), s.st_size);
    b.size_bytes = (size_t)s.st_size;
    close(fd);
    assert_int_equal(unlinkat(dir_fd, name, 0), 0);
    return b;
}

static void test_frame(void **state)
{
    (void)state;
    for (int n_groups = 0; n_groups < 3; n_groups++) {
        uint64_t file_bytes = write_file("a", n_groups);
        struct ms_buffer b = take_file("a");
        assert_int_equal(b.size_bytes, file_bytes);
        assert_memory_equal(b.data, "PAR1", 4);
        assert_memory_equal(b.data + b.size_bytes - 4, "PAR1", 4);
        uint32_t footer_bytes;
        memcpy(&footer_bytes, b.data + b.size_bytes - 8, 4);
        assert_in_range(footer_bytes, 50, b.size_bytes - 12);
        const char *footer = b.data + b.size_bytes - 8 - footer_bytes;
        static const unsigned char begin[] = {0x15, 0x02, 0x19, 0x3c, 0x48, 0x06, 'p', 'e',
                                              'o',  'p',  'l',  'e',  0x15, 0x04, 0x00};
        assert_memory_equal(footer, begin, sizeof begin); /* version 1, three elements, the root with two children */
        static const char made_by[] = "mailstrata version " MS_VERSION " (build 0)";
        assert_non_null(memmem(footer, footer_bytes, made_by, sizeof made_by - 1));
        static const unsigned char orders[] = {0x19, 0x2c, 0x1c, 0x00, 0x00, 0x1c, 0x00, 0x00, 0x00};
        assert_memory_equal(footer + footer_bytes - sizeof orders, orders, sizeof orders);
        ms_buffer_fini(&b);
    }
}

static void test_same_bytes_again(void **state)
{
    (void)state;
    write_file("a", 3);
    write_file("b", 3);
    struct ms_buffer a = take_file("a"), b = take_file("b");
    test_bytes_equal(&a, b.data, b.size_bytes);
    ms_buffer_fini(&a);
    ms_buffer_fini(&b);
}

static void test_existing_file_is_refused(void **state)
{
    (void)state;
    write_file("a", 1);
    struct ms_parquet_writer *w = NULL;
    struct ms_error err;
    assert_int_equal(ms_parquet_create(&w, dir_fd, "a", &table, &err), MS_ERR_EXISTS);
    assert_null(w);
    struct ms_buffer b = take_file("a"); /* untouched */
    assert_memory_equal(b.data + b.size_bytes - 4, "PAR1", 4);
    ms_buffer_fini(&b);
    assert_int_equal(ms_parquet_create(&w, dir_fd, "no/such", &table, &err), MS_ERR_IO);
}

static void test_abort_leaves_nothing(void **state)
{
    (void)state;
    struct ms_encoder *e = ms_encoder_create();
    struct ms_chunk *chunks[N_COLUMNS];
    struct ms_parquet_writer *w = create("a");
    make_chunks(e, chunks);
    assert_int_equal(ms_parquet_append(w, chunks, ROWS, NULL), MS_OK);
    ms_parquet_abort(w);
    ms_parquet_abort(NULL);
    ms_encoder_destroy(e);
    assert_int_equal(faccessat(dir_fd, "a", F_OK, 0), -1);
}

/* A disk that fills up at every possible byte, by way of the limit on file sizes. */
static void test_full_disk(void **state)
{
    (void)state;
    struct rlimit before, limit;
    uint64_t file_bytes = write_file("whole", 1);
    struct ms_buffer whole = take_file("whole");
    ms_buffer_fini(&whole);
    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    struct ms_encoder *e = ms_encoder_create();
    for (uint64_t room = 0; room < file_bytes; room += 1 + file_bytes / 150) {
        limit = (struct rlimit){room, before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
        struct ms_parquet_writer *w = NULL;
        struct ms_chunk *chunks[N_COLUMNS];
        struct ms_error err = {""};
        uint64_t n = 0;
        enum ms_status st = ms_parquet_create(&w, dir_fd, "a", &table, &err);
        if (st == MS_OK) {
            make_chunks(e, chunks);
            st = ms_parquet_append(w, chunks, ROWS, &err);
            if (st == MS_OK)
                st = ms_parquet_finish(w, &n, &err);
            else
                ms_parquet_abort(w);
        }
        setrlimit(RLIMIT_FSIZE, &before);
        assert_int_equal(st, MS_ERR_IO);
        assert_int_equal(strncmp(err.text, "cannot write /", 14), 0); /* the whole path */
        assert_non_null(strstr(err.text, "/a: File too large; raise the limit of the size of files (ulimit -f), or"));
        assert_int_equal(faccessat(dir_fd, "a", F_OK, 0), -1);
    }
    ms_encoder_destroy(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame),
        cmocka_unit_test(test_same_bytes_again),
        cmocka_unit_test(test_existing_file_is_refused),
        cmocka_unit_test(test_abort_leaves_nothing),
        cmocka_unit_test(test_full_disk),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
