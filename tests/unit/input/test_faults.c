/* Every call that asks the system for something fails once, at every place: no crash, no leak, what is called good is whole,
 * and what is not whole is called so. The calls below stand in front of libc's. */
#include "input_support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#ifdef __SANITIZE_THREAD__ /* has these calls of its own; here is only one thread anyway */
int main(void)
{
    puts("skipped: the thread sanitizer does not let us stand in front of libc");
    return 0;
}
#else

enum call { CALL_OPEN, CALL_FSTAT, CALL_PREAD, CALL_MMAP, CALL_STAT, N_CALLS };
static long n_calls[N_CALLS];
static long fails_at[N_CALLS]; /* 0: never */
static enum { READ_WHOLE, READ_SHORT, READ_INTERRUPTED } read_mode;
static bool is_armed;

static bool fails(enum call call)
{
    return is_armed && ++n_calls[call] == fails_at[call];
}

static int fail_with(int error)
{
    errno = error;
    return -1;
}

int open(const char *path, int flags, ...)
{
    if (fails(CALL_OPEN))
        return fail_with(EMFILE);
    va_list args;
    va_start(args, flags);
    int mode = (flags & O_CREAT) ? va_arg(args, int) : 0;
    va_end(args);
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int fstat(int fd, struct stat *st)
{
    return fails(CALL_FSTAT) ? fail_with(EIO) : (int)syscall(SYS_newfstatat, fd, "", st, AT_EMPTY_PATH);
}

int stat(const char *path, struct stat *st)
{
    return fails(CALL_STAT) ? fail_with(EIO) : (int)syscall(SYS_newfstatat, AT_FDCWD, path, st, 0);
}

int lstat(const char *path, struct stat *st)
{
    return fails(CALL_STAT) ? fail_with(EIO) : (int)syscall(SYS_newfstatat, AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}

ssize_t pread(int fd, void *to, size_t n, off_t offset)
{
    /* Twice, as once is tried again. */
    if (fails(CALL_PREAD) || (is_armed && fails_at[CALL_PREAD] != 0 && n_calls[CALL_PREAD] == fails_at[CALL_PREAD] + 1))
        return fail_with(EIO);
    if (is_armed && read_mode == READ_INTERRUPTED && random_below(2) == 0)
        return fail_with(random_below(2) == 0 ? EINTR : EAGAIN);
    if (is_armed && read_mode == READ_SHORT && n > 1)
        n = 1 + random_below(n < 50 ? n : 50);
    return syscall(SYS_pread64, fd, to, n, offset);
}

void *mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
    if (fails(CALL_MMAP)) {
        errno = ENODEV;
        return MAP_FAILED;
    }
    return (void *)syscall(SYS_mmap, at, n, protection, flags, fd, offset);
}

#define N_FILES 7
static struct ms_buffer texts[N_FILES], stored[N_FILES];
static const char *const names[N_FILES] = {"f/a.log", "f/b.gz", "f/c.xz", "f/d.zst", "f/e.bz2", "f/f.lz4", "f/g.Z"};

static void make_files(void)
{
    assert_int_equal(mkdir(in_folder("f"), 0755), 0);
    for (int i = 0; i < N_FILES; i++) {
        random_text(&texts[i], 20000, 100);
        store_text(&stored[i], (enum ms_compression)i, texts[i], 2);
        write_file(names[i], stored[i].data, stored[i].size_bytes);
    }
}

static int file_of(const char *path)
{
    for (int i = 0; i < N_FILES; i++)
        if (strcmp(path, in_folder(names[i])) == 0)
            return i;
    return -1; /* the folder */
}

/* The text of each source, in order. */
static void read_all(struct ms_input *in, struct ms_buffer *by_source, size_t n_max)
{
    struct ms_segment seg;
    struct ms_error err;
    uint64_t covered = 0, claimed = 0;
    while (ms_input_next(in, &seg, &err) == MS_OK) {
        assert_in_range(seg.file_id, 0, n_max - 1);
        ms_buffer_append(&by_source[seg.file_id], seg.text.p, seg.text.n);
        covered += seg.covers_bytes;
        ms_segment_done(in, &seg);
    }
    for (size_t i = 0; i < ms_input_n_sources(in); i++)
        claimed += ms_input_source(in, i)->text_bytes;
    assert_int_equal(covered, claimed);
}

/* How many of the files came out whole; the others must be marked. */
static size_t check_pass(void)
{
    struct ms_input *in = NULL;
    struct ms_error err;
    struct ms_buffer got[N_FILES + 1] = {0}, head = {0};
    size_t n_whole = 0, n_headless = 0;
    const char *path = in_folder("f");
    is_armed = true;
    enum ms_status st = ms_input_open(&in, &path, 1, &(struct ms_input_options){.segment_bytes = 3000}, &err);
    assert_int_equal(st, MS_OK);
    for (size_t i = 0; i < ms_input_n_sources(in); i++)
        n_headless += ms_input_head(in, i, 1000, &head, &err) != MS_OK;
    assert_in_range(n_headless, 0, 1);
    read_all(in, got, N_FILES + 1);
    is_armed = false;
    for (size_t i = 0; i < ms_input_n_sources(in); i++) {
        const struct ms_source *s = ms_input_source(in, i);
        int file = file_of(s->path);
        assert_true((s->status == MS_SOURCE_OK) == (s->error == NULL));
        if (file < 0) {
            assert_int_equal(s->status, MS_SOURCE_UNREADABLE);
            continue;
        }
        assert_in_range(got[i].size_bytes, 0, texts[file].size_bytes);
        if (got[i].size_bytes > 0)
            assert_memory_equal(got[i].data, texts[file].data, got[i].size_bytes);
        if (s->status != MS_SOURCE_OK)
            continue;
        char hex[33];
        plain_digest(stored[file].data, stored[file].size_bytes, hex);
        assert_string_equal(s->digest, hex);
        assert_int_equal(got[i].size_bytes, texts[file].size_bytes);
        n_whole++;
    }
    for (size_t i = 0; i <= N_FILES; i++)
        ms_buffer_fini(&got[i]);
    ms_buffer_fini(&head);
    ms_input_close(in);
    return n_whole;
}

/* All files but the one that the failure hit. */
static void test_each_call_fails(void **state)
{
    (void)state;
    for (int call = 0; call < N_CALLS; call++) {
        long n = 0;
        bool is_reached;
        unsigned n_hurt = 0;
        do {
            memset(n_calls, 0, sizeof n_calls);
            fails_at[call] = ++n;
            size_t n_whole = check_pass();
            is_reached = n_calls[call] >= n;
            bool all_lost = call == CALL_STAT && n == 1; /* of the folder itself */
            assert_in_range(n_whole, all_lost ? 0 : N_FILES - 1, N_FILES);
            n_hurt += n_whole < N_FILES;
            assert_true(is_reached || n_whole == N_FILES);
        } while (is_reached);
        fails_at[call] = 0;
        assert_true(n > 1);
        assert_true(call == CALL_MMAP || n_hurt > 0); /* what can't be mapped is read */
    }
}

static void test_short_and_interrupted_reads(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        read_mode = READ_SHORT;
        assert_int_equal(check_pass(), N_FILES);
        read_mode = READ_INTERRUPTED;
        assert_int_equal(check_pass(), N_FILES);
        fails_at[CALL_MMAP] = 1; /* the plain file, too, as a stream */
        memset(n_calls, 0, sizeof n_calls);
        assert_int_equal(check_pass(), N_FILES);
        fails_at[CALL_MMAP] = 0;
    }
    read_mode = READ_WHOLE;
}

static int set_up(void **state)
{
    int rc = make_folder(state);
    make_files();
    return rc;
}

static int tear_down(void **state)
{
    for (int i = 0; i < N_FILES; i++) {
        ms_buffer_fini(&texts[i]);
        ms_buffer_fini(&stored[i]);
    }
    return remove_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_call_fails),
        cmocka_unit_test(test_short_and_interrupted_reads),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
#endif
