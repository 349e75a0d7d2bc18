/* The database cache: used when whole and ours, and silently passed over otherwise. A wrong database would lose matches
 * without a word (or worse), so every way in which a file can be wrong is tried. */
#include "scan/scan.h"

#include <setjmp.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/memory.h"

static char root[] = "/tmp/ms-test-cache-XXXXXX";
static char cache[64], path[512]; /* the folder, and the only file in it */

static const struct ms_pattern patterns[] = {{.id = 1, .text = "needle", .text_bytes = 6},
                                             {.id = 2, .text = "hay[^x]+k", .text_bytes = 9, .is_regex = true}};
static const struct ms_pattern others[] = {{.id = 1, .text = "needles", .text_bytes = 7}};

/* Makes the patterns, checks that they find what they should, and tells whether they came from the cache. */
static bool from_cache(const struct ms_pattern *p, size_t n, const char *cache_dir)
{
    struct ms_patterns *made;
    struct ms_scanner *s;
    struct ms_hits hits = {0};
    struct ms_error err = {""};
    if (ms_patterns_create(&made, p, n, MS_SCAN_HYPERSCAN, cache_dir, &err) != MS_OK)
        fail_msg("%s", err.text);
    assert_int_equal(ms_scanner_create(&s, made, NULL), MS_OK);
    assert_int_equal(ms_scanner_scan(s, MS_SPAN_LIT("needles\nhaystack\n"), &hits, NULL), MS_OK);
    assert_int_equal(hits.n, p == patterns ? 2 : 1);
    assert_int_equal(hits.items[0].end, p == patterns ? 6 : 7);
    if (p == patterns)
        assert_int_equal(hits.items[1].end, 16);
    bool cached = ms_patterns_from_cache(made);
    ms_hits_fini(&hits);
    ms_scanner_destroy(s);
    ms_patterns_destroy(made);
    return cached;
}

/* Fills `path`; returns how many entries the folder has. */
static int cache_entries(void)
{
    int n = 0;
    DIR *d = opendir(cache);
    for (struct dirent *e; d && (e = readdir(d));)
        if (e->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/%s", cache, e->d_name);
            n++;
        }
    if (d)
        closedir(d);
    return n;
}

static int empty_folder(void **state)
{
    (void)state;
    while (cache_entries() > 0)
        assert_int_equal(remove(path), 0);
    rmdir(cache);
    return 0;
}

static char *slurp(size_t *n_bytes)
{
    struct stat st;
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    char *bytes = ms_calloc(1, (size_t)st.st_size + 1);
    assert_int_equal(read(fd, bytes, (size_t)st.st_size), st.st_size);
    close(fd);
    *n_bytes = (size_t)st.st_size;
    return bytes;
}

static void spill(const char *bytes, size_t n_bytes, mode_t mode)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n_bytes), n_bytes);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void assert_recompiled_and_healed(const char *what)
{
    if (from_cache(patterns, 2, cache))
        fail_msg("%s: the file was believed", what);
    if (!from_cache(patterns, 2, cache))
        fail_msg("%s: the file was not replaced by a good one", what);
    assert_int_equal(cache_entries(), 1); /* and no temporary file stays */
}

static void second_time_is_cached(void **state)
{
    (void)state;
    assert_false(from_cache(patterns, 2, cache)); /* makes the folder */
    assert_true(from_cache(patterns, 2, cache));
    assert_int_equal(cache_entries(), 1);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_false(from_cache(patterns, 2, NULL));
}

static void other_patterns_are_other_files(void **state)
{
    (void)state;
    assert_false(from_cache(patterns, 2, cache));
    assert_false(from_cache(others, 1, cache));
    assert_int_equal(cache_entries(), 2);
    struct ms_pattern caseless[2] = {patterns[0], patterns[1]};
    caseless[0].caseless = true;
    struct ms_patterns *made;
    assert_int_equal(ms_patterns_create(&made, caseless, 2, MS_SCAN_HYPERSCAN, cache, NULL), MS_OK);
    assert_false(ms_patterns_from_cache(made));
    ms_patterns_destroy(made);
    assert_int_equal(cache_entries(), 3);
    assert_true(from_cache(patterns, 2, cache));
    assert_true(from_cache(others, 1, cache));
}

static void damaged(void **state)
{
    (void)state;
    size_t n;
    char what[64];
    assert_false(from_cache(patterns, 2, cache));
    assert_int_equal(cache_entries(), 1);
    char *good = slurp(&n);
    for (size_t at = 0; at < n; at += at < 64 ? 1 : 97) { /* each byte of the header, samples of the rest */
        good[at] ^= 0x40;
        spill(good, n, 0600);
        good[at] ^= 0x40;
        snprintf(what, sizeof what, "byte %zu flipped", at);
        assert_recompiled_and_healed(what);
    }
    const size_t sizes[] = {0, 1, 47, 48, 55, 56, 57, n / 2, n - 1, n + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        spill(good, sizes[i], 0600);
        snprintf(what, sizeof what, "%zu bytes instead of %zu", sizes[i], n);
        assert_recompiled_and_healed(what);
    }
    free(good);
}

/* The file of other patterns (or of another version: the key differs alike) under the name of ours. */
static void foreign(void **state)
{
    (void)state;
    size_t n;
    assert_false(from_cache(others, 1, cache));
    assert_int_equal(cache_entries(), 1);
    char *bytes = slurp(&n);
    assert_int_equal(unlink(path), 0);
    assert_false(from_cache(patterns, 2, cache));
    assert_int_equal(cache_entries(), 1);
    spill(bytes, n, 0600);
    assert_recompiled_and_healed("other patterns");
    free(bytes);
}

static void untrusted(void **state)
{
    (void)state;
    size_t n;
    assert_false(from_cache(patterns, 2, cache));
    assert_int_equal(cache_entries(), 1);
    char *good = slurp(&n);
    spill(good, n, 0622);
    assert_recompiled_and_healed("others may write it");

    char *real = ms_sprintf("%s/real", root);
    assert_int_equal(rename(path, real), 0);
    assert_int_equal(symlink(real, path), 0);
    assert_recompiled_and_healed("a symbolic link");
    assert_int_equal(unlink(real), 0);
    free(real);

    if (geteuid() == 0) {
        spill(good, n, 0600);
        assert_int_equal(chown(path, 12345, (gid_t)-1), 0);
        assert_recompiled_and_healed("another owner");
    }
    free(good);
}

/* No cache can be kept: nothing is said, and all works. */
static void nowhere_to_store(void **state)
{
    (void)state;
    assert_false(from_cache(patterns, 2, "/dev/null/cache"));
    assert_false(from_cache(patterns, 2, "/tmp/ms-no-such-folder/cache"));
    assert_false(from_cache(patterns, 2, cache));
    assert_int_equal(cache_entries(), 1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0); /* a folder where the file should be */
    assert_false(from_cache(patterns, 2, cache));
    assert_false(from_cache(patterns, 2, cache));
    assert_int_equal(cache_entries(), 1);
}

static int group_setup(void **state)
{
    (void)state;
    if (mkdtemp(root) == NULL)
        return -1;
    snprintf(cache, sizeof cache, "%s/cache", root);
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    return rmdir(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(second_time_is_cached, empty_folder),
        cmocka_unit_test_teardown(other_patterns_are_other_files, empty_folder),
        cmocka_unit_test_teardown(damaged, empty_folder),
        cmocka_unit_test_teardown(foreign, empty_folder),
        cmocka_unit_test_teardown(untrusted, empty_folder),
        cmocka_unit_test_teardown(nowhere_to_store, empty_folder),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
