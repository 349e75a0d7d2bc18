/* Publishing: a run that is killed, or whose disk is full, at any step leaves the complete old state or the complete new one,
 * and the next run cleans up and succeeds. Then what is refused, and what must be left alone. */
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

static char root[64], dataset[96]; /* root is fresh for each test; dataset is a name in it */

/* ---- small helpers on files ---- */

static const char *in(const char *folder, const char *name)
{
    static char paths[8][1024];
    static int next;
    next = (next + 1) % 8;
    snprintf(paths[next], sizeof paths[next], "%s/%s", folder, name);
    return paths[next];
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
    enum ms_status st = ms_publish_begin(&p, dataset, force, err);
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

/* ---- kill and fail at every step ---- */

/* Forks a run that dies before its n-th step. False: it survived, so n is past its last step. */
static bool killed_at(int n, const char *tag, bool force)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        set_number("MAILSTRATA_KILL_AT_STEP", n);
        _exit(publish(tag, force, NULL) == MS_OK ? 0 : 1);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    if (WIFSIGNALED(how)) {
        assert_int_equal(WTERMSIG(how), SIGKILL);
        return true;
    }
    assert_int_equal(WEXITSTATUS(how), 0);
    return false;
}

/* `old` "": first publish; else a --force run over it. */
static void kill_at_every_step(const char *old)
{
    int n = 1, new_seen = 0;
    for (;; n++) {
        if (old[0])
            publish_ok(old, false);
        bool killed = killed_at(n, "new", old[0] != '\0');
        const char *now = state(old, "new");
        new_seen += now[0] == 'n';
        if (killed) {
            /* A run on top that is killed too, then the one that ends well. */
            (void)killed_at(n / 2 + 1, "third", now[0] != '\0');
            bool there = state(now, "third")[0] != '\0';
            publish_ok("last", there);
            assert_string_equal(state("", "last"), "last");
            assert_clean(there ? 2 : 1); /* the one before is kept for its readers */
        }
        remove_all(dataset);
        if (!killed)
            break;
    }
    print_message("%d steps; the new state stood after %d of the runs\n", n - 1, new_seen);
    assert_true(n > 30);
    assert_int_equal(new_seen, 2); /* killed before the last flush, and not killed */
}

static void kill_first_publish(void **unused)
{
    (void)unused;
    kill_at_every_step("");
}

static void kill_forced_publish(void **unused)
{
    (void)unused;
    kill_at_every_step("old");
}

/* The abort of a failed run, killed on its way. */
static void kill_while_aborting(void **unused)
{
    (void)unused;
    for (int n = 1, running = 1; running; n++) {
        publish_ok("old", false);
        pid_t child = fork();
        if (child == 0) {
            struct ms_publish *p;
            set_number("MAILSTRATA_KILL_AT_STEP", n);
            if (ms_publish_begin(&p, dataset, true, NULL) == MS_OK && write_parts(p, "new", NULL) == MS_OK)
                ms_publish_abort(p);
            _exit(0);
        }
        int how;
        waitpid(child, &how, 0);
        running = WIFSIGNALED(how);
        assert_true(running || n > 10);
        assert_string_equal(state("old", "new"), "old");
        if (!running)
            assert_clean(1);
        publish_ok("new", true);
        assert_string_equal(state("old", "new"), "new");
        assert_clean(2);
        remove_all(dataset);
    }
}

static void fail_at_every_step(const char *old)
{
    int n = 1;
    for (bool failed = true; failed; n++) {
        if (old[0])
            publish_ok(old, false);
        struct ms_error err = {""};
        set_number("MAILSTRATA_FAIL_AT_STEP", n);
        enum ms_status st = publish("new", old[0] != '\0', &err);
        unsetenv("MAILSTRATA_FAIL_AT_STEP");
        const char *now = state(old, "new");
        failed = st != MS_OK;
        if (failed) {
            assert_int_equal(st, MS_ERR_IO);
            if (!strstr(err.text, dataset) || !strstr(err.text, strerror(ENOSPC)))
                fail_msg("step %d: the sentence does not say what and where: %s", n, err.text);
            if (now[0] == 'n')
                assert_non_null(strstr(err.text, "complete and current"));
            else if (old[0] == '\0')
                assert_false(exists(dataset)); /* no trace */
            else
                assert_clean(1);
            publish_ok("last", now[0] != '\0');
            assert_string_equal(state("", "last"), "last");
        } else {
            assert_string_equal(now, "new");
        }
        remove_all(dataset);
    }
    assert_true(n > 30);
}

static void full_disk_at_first_publish(void **unused)
{
    (void)unused;
    fail_at_every_step("");
}

static void full_disk_at_forced_publish(void **unused)
{
    (void)unused;
    fail_at_every_step("old");
}

/* ---- ordinary life ---- */

static void nothing_shows_before_commit(void **unused)
{
    (void)unused;
    struct ms_publish *p;
    publish_ok("old", false);
    assert_int_equal(ms_publish_begin(&p, dataset, true, NULL), MS_OK);
    assert_int_equal(write_parts(p, "new", NULL), MS_OK);
    assert_int_equal(ms_publish_table_dir(p, "messages", NULL), ms_publish_table_dir(p, "messages", NULL));
    assert_string_equal(state("old", "new"), "old");
    ms_publish_abort(p);
    assert_string_equal(state("old", "new"), "old");
    assert_clean(1);
    ms_publish_abort(NULL);
}

/* A reader that resolved `current` keeps its files while one new generation comes; a second one ends them. */
static void readers_keep_the_previous_generation(void **unused)
{
    (void)unused;
    char *dir;
    publish_ok("old", false);
    assert_int_equal(ms_dataset_resolve(dataset, &dir, NULL), MS_OK);
    publish_ok("new", true);
    assert_true(generation_is(dir, "old"));
    publish_ok("third", true);
    assert_false(exists(dir));
    assert_string_equal(state("new", "third"), "third");
    assert_clean(2);
    free(dir);
}

static void assert_begin(enum ms_status want, bool force, const char *says)
{
    struct ms_error err = {""};
    struct ms_publish *p = NULL;
    enum ms_status st = ms_publish_begin(&p, dataset, force, &err);
    if (st != want || !strstr(err.text, says))
        fail_msg("status %d, not %d with '%s': %s", (int)st, (int)want, says, err.text);
    assert_null(p);
}

static void existing_needs_force(void **unused)
{
    (void)unused;
    publish_ok("old", false);
    assert_begin(MS_ERR_EXISTS, false, "--force");
    assert_string_equal(state("old", "new"), "old");
    assert_clean(1);
    assert_int_equal(unlink(in(dataset, "lock")), 0); /* a copy without the lock is still a dataset */
    assert_begin(MS_ERR_EXISTS, false, "--force");
    publish_ok("new", true);
    assert_string_equal(state("old", "new"), "new");
}

static void one_run_at_a_time(void **unused)
{
    (void)unused;
    struct ms_publish *p;
    assert_int_equal(ms_publish_begin(&p, dataset, false, NULL), MS_OK);
    assert_begin(MS_ERR_IO, false, "another mailstrata run");
    assert_begin(MS_ERR_IO, true, "another mailstrata run");
    assert_int_equal(write_parts(p, "new", NULL), MS_OK); /* the losers did not disturb */
    assert_int_equal(ms_publish_commit(p, "new", 3, NULL), MS_OK);
    assert_string_equal(state("", "new"), "new");
    publish_ok("last", true); /* and the lock is free again */
}

static void foreign_folders_are_refused(void **unused)
{
    (void)unused;
    for (int force = 0; force < 2; force++) {
        /* Somebody's folder that happens to hold names like ours. */
        mkdir(dataset, 0755);
        mkdir(in(dataset, "parts"), 0755);
        mkdir(in(dataset, "parts/1"), 0755);
        mkdir(in(dataset, "gen-1"), 0755);
        put(in(dataset, "gen-1/thesis"), "years of work");
        assert_begin(MS_ERR_USAGE, force, "not empty and no dataset");
        put(in(dataset, "lock"), "not our text");
        assert_begin(MS_ERR_USAGE, force, "not empty and no dataset");
        mkdir(in(dataset, "current"), 0755);
        assert_begin(MS_ERR_USAGE, force, "not empty and no dataset");
        rmdir(in(dataset, "current"));
        assert_int_equal(symlink("/etc", in(dataset, "current")), 0);
        assert_begin(MS_ERR_USAGE, force, "not empty and no dataset");
        assert_true(holds(in(dataset, "gen-1/thesis"), "years of work"));
        assert_true(exists(in(dataset, "parts/1")));
        assert_int_equal(entries(dataset), 4);
        remove_all(dataset);

        put(dataset, "a file");
        assert_begin(MS_ERR_USAGE, force, "not a folder");
        remove_all(dataset);
    }
    snprintf(dataset, sizeof dataset, "%s/no/data", root);
    assert_begin(MS_ERR_USAGE, false, "make it first");
}

static void strange_current_is_refused(void **unused)
{
    (void)unused;
    publish_ok("old", false);
    assert_int_equal(unlink(in(dataset, "current")), 0);
    assert_int_equal(symlink("../elsewhere", in(dataset, "current")), 0);
    assert_begin(MS_ERR_USAGE, true, "not a link to a generation");
    assert_true(generation_is(in(dataset, "gen-1"), "old"));
}

/* Clearing never follows a link and never takes a name that is not of our shapes. */
static void other_files_stay(void **unused)
{
    (void)unused;
    char elsewhere[96];
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", root);
    mkdir(elsewhere, 0755);
    put(in(elsewhere, "keep"), "mine");
    publish_ok("old", false);
    put(in(dataset, "README"), "mine");
    mkdir(in(dataset, "gen-007"), 0755);
    mkdir(in(dataset, "gen-1x"), 0755);
    mkdir(in(dataset, "parts/notes"), 0755);
    put(in(dataset, "parts/notes/a"), "mine");
    assert_int_equal(symlink(elsewhere, in(dataset, "gen-9")), 0);
    assert_int_equal(symlink(elsewhere, in(dataset, "parts/9")), 0);
    publish_ok("new", true);
    assert_string_equal(state("old", "new"), "new");
    assert_false(exists(in(dataset, "gen-9")));
    assert_true(holds(in(elsewhere, "keep"), "mine"));
    assert_true(holds(in(dataset, "README"), "mine"));
    assert_true(holds(in(dataset, "parts/notes/a"), "mine"));
    assert_true(exists(in(dataset, "gen-007")) && exists(in(dataset, "gen-1x")));
}

/* Given by the user, so it stays; but as empty as it was. */
static void empty_folder_is_used(void **unused)
{
    (void)unused;
    struct ms_publish *p;
    mkdir(dataset, 0755);
    assert_int_equal(ms_publish_begin(&p, dataset, false, NULL), MS_OK);
    ms_publish_abort(p);
    assert_int_equal(entries(dataset), 0);
    publish_ok("new", false);
    assert_string_equal(state("", "new"), "new");
    assert_clean(1);
}

static void no_permission_is_a_sentence(void **unused)
{
    (void)unused;
    chmod(root, 0555);
    int pipe_fds[2];
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t child = fork();
    if (child == 0) {
        struct ms_error err = {""};
        bool dropped = geteuid() != 0 || setuid(65534) == 0;
        enum ms_status st = dropped ? publish("new", false, &err) : MS_OK;
        _exit(write(pipe_fds[1], err.text, sizeof err.text) == sizeof err.text && st == MS_ERR_IO ? 0 : 1);
    }
    int how;
    struct ms_error err = {""};
    assert_int_equal(read(pipe_fds[0], err.text, sizeof err.text), sizeof err.text);
    waitpid(child, &how, 0);
    chmod(root, 0755);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    assert_int_equal(how, 0);
    assert_non_null(strstr(err.text, "permissions"));
    assert_non_null(strstr(err.text, dataset));
}

static void resolve_says_what_to_do(void **unused)
{
    (void)unused;
    char *dir = NULL;
    struct ms_error err = {""};
    assert_int_equal(ms_dataset_resolve(dataset, &dir, &err), MS_ERR_USAGE);
    char *want = ms_sprintf("no dataset at %s: there is no folder %s/current; run mailstrata ingest ... -o %s first", dataset, dataset,
                            dataset);
    assert_string_equal(err.text, want);
    free(want);
    mkdir(dataset, 0755);
    put(in(dataset, "current"), "a file");
    assert_int_equal(ms_dataset_resolve(dataset, &dir, &err), MS_ERR_USAGE);
    assert_int_equal(ms_dataset_resolve(in(dataset, "current"), &dir, &err), MS_ERR_USAGE);
    assert_null(dir);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh_root, drop_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(kill_first_publish),          TEST(kill_forced_publish),         TEST(kill_while_aborting),
        TEST(full_disk_at_first_publish),  TEST(full_disk_at_forced_publish), TEST(nothing_shows_before_commit),
        TEST(readers_keep_the_previous_generation), TEST(existing_needs_force), TEST(one_run_at_a_time),
        TEST(foreign_folders_are_refused), TEST(strange_current_is_refused),  TEST(other_files_stay),
        TEST(empty_folder_is_used),        TEST(no_permission_is_a_sentence), TEST(resolve_says_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
