/* What the tests of dataset/ share: files, one run with known contents, and the judge of what it left behind. Static, so
 * each test program has its own; unused ones are fine. */
#ifndef MS_TESTS_PUBLISH_SUPPORT_H
#define MS_TESTS_PUBLISH_SUPPORT_H

#include "dataset/dataset.h"

#include <setjmp.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/memory.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"

static char root[64], dataset[96]; /* root is fresh for each test; dataset is a name in it */

/* ---- small helpers on files ---- */

static const char *in(const char *folder, const char *name)
{
    static char paths[8][1024];
    static int next;
    char path[sizeof paths[0]]; /* folder may be one of paths */
    snprintf(path, sizeof path, "%s/%s", folder, name);
    next = (next + 1) % 8;
    return strcpy(paths[next], path);
}

static void put_at(int dir_fd, const char *name, const char *text)
{
    int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        abort(); /* also called in children, where cmocka's asserts can't be */
    close(fd);
}

static void put(const char *path, const char *text)
{
    put_at(AT_FDCWD, path, text);
}

static bool holds(const char *path, const char *text)
{
    char got[256] = "";
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, got, sizeof got - 1);
    if (fd >= 0)
        close(fd);
    return n == (ssize_t)strlen(text) && memcmp(got, text, (size_t)n) == 0;
}

static bool exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

static int entries(const char *folder)
{
    int n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    if (d)
        closedir(d);
    return d ? n : -1;
}

static void remove_all(const char *path)
{
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        DIR *d = opendir(path);
        for (struct dirent *e; d && (e = readdir(d));)
            if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
                char *inner = ms_sprintf("%s/%s", path, e->d_name);
                remove_all(inner);
                free(inner);
            }
        closedir(d);
    }
    remove(path);
}

/* ---- a run, and what it should leave ---- */

static const char *const table_names[] = {"messages", "deliveries"};

static int n_parts(const char *tag)
{
    return tag[0] == 'o' ? 2 : 3; /* "old" and the others differ */
}

static enum ms_status write_parts(struct ms_publish *p, const char *tag, struct ms_error *err)
{
    for (int t = 0; t < 2; t++) {
        int fd = ms_publish_table_dir(p, table_names[t], err);
        if (fd < 0)
            return MS_ERR_IO;
        for (int i = 0; i < n_parts(tag); i++) {
            char name[32], text[64];
            snprintf(name, sizeof name, "part-%05d.parquet", i);
            snprintf(text, sizeof text, "%s %s %d", tag, table_names[t], i);
            put_at(fd, name, text);
        }
        put_at(fd, ".part-00009.parquet.tmp", "torn");
        put_at(fd, ".parquet", "no name");
    }
    return MS_OK;
}

static enum ms_status publish(const char *tag, bool force, struct ms_error *err)
{
    struct ms_publish *p = NULL;
    enum ms_status st = ms_publish_begin(&p, dataset, force ? MS_PUBLISH_REPLACE : MS_PUBLISH_NEW, err);
    if (st != MS_OK)
        return st;
    st = write_parts(p, tag, err);
    if (st != MS_OK) {
        ms_publish_abort(p);
        return st;
    }
    return ms_publish_commit(p, tag, strlen(tag), err);
}

static void publish_ok(const char *tag, bool force)
{
    struct ms_error err = {""};
    if (publish(tag, force, &err) != MS_OK)
        fail_msg("%s: %s", tag, err.text);
}

static bool generation_is(const char *generation, const char *tag)
{
    if (!holds(in(generation, "dataset.json"), tag) || entries(generation) != 3)
        return false;
    for (int t = 0; t < 2; t++) {
        const char *folder = in(generation, table_names[t]);
        if (entries(folder) != n_parts(tag))
            return false;
        for (int i = 0; i < n_parts(tag); i++) {
            char name[32], text[64];
            snprintf(name, sizeof name, "part-%05d.parquet", i);
            snprintf(text, sizeof text, "%s %s %d", tag, table_names[t], i);
            if (!holds(in(folder, name), text))
                return false;
        }
    }
    return true;
}

/* Which of the two complete states a reader finds ("" is no dataset); anything else fails the test. */
static const char *state(const char *old, const char *new)
{
    char *dir = NULL;
    struct ms_error err;
    if (ms_dataset_resolve(dataset, &dir, &err) != MS_OK) {
        if (exists(in(dataset, "current")) || old[0] != '\0')
            fail_msg("current is lost or broken: %s", err.text);
        return "";
    }
    const char *found = generation_is(dir, new) ? new : old[0] && generation_is(dir, old) ? old : NULL;
    if (found == NULL)
        fail_msg("%s is neither all of '%s' nor all of '%s'", dir, old, new);
    free(dir);
    return found;
}

/* Every part file belongs to a generation that is kept, and nothing else lies about. */
static void assert_clean(int generations)
{
    assert_int_equal(entries(dataset), generations + 3); /* current, lock, parts */
    assert_false(exists(in(dataset, "current.new")));
    assert_int_equal(entries(in(dataset, "parts")), generations);
}

static int fresh_root(void **unused)
{
    (void)unused;
    /* Memory, if there is a folder of it: hundreds of runs with a dozen flushes each. */
    snprintf(root, sizeof root, "%s/ms-test-publish-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(root) == NULL)
        return -1;
    snprintf(dataset, sizeof dataset, "%s/data", root);
    return 0;
}

static int drop_root(void **unused)
{
    (void)unused;
    unsetenv("MAILSTRATA_KILL_AT_STEP");
    unsetenv("MAILSTRATA_FAIL_AT_STEP");
    remove_all(root);
    return 0;
}

static void set_number(const char *variable, int n)
{
    char text[16];
    snprintf(text, sizeof text, "%d", n);
    setenv(variable, text, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh_root, drop_root)

#pragma GCC diagnostic pop
#endif
