/* A run that is killed, or whose disk is full, at any step leaves the complete old state or the complete new one, and the
 * next run cleans up and succeeds. */
#include "unit/dataset/publish_support.h"

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
            if (ms_publish_begin(&p, dataset, MS_PUBLISH_REPLACE, NULL) == MS_OK &&
                write_parts(p, "new", NULL) == MS_OK)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(kill_first_publish),         TEST(kill_forced_publish),         TEST(kill_while_aborting),
        TEST(full_disk_at_first_publish), TEST(full_disk_at_forced_publish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
