/* Publishing in ordinary life: what readers see, what is refused, and what must be left alone. */
#include "unit/dataset/publish_support.h"

static void nothing_shows_before_commit(void **unused)
{
    (void)unused;
    struct ms_publish *p;
    publish_ok("old", false);
    assert_int_equal(ms_publish_begin(&p, dataset, MS_PUBLISH_REPLACE, NULL), MS_OK);
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

/* All of the generation before but one part, whose name comes again; folders and files that are not ours stay behind. */
static void a_generation_can_be_kept_but_for_some_parts(void **unused)
{
    (void)unused;
    struct ms_publish *p;
    publish_ok("old", false);
    char *before = ms_strdup(in(dataset, "current/messages/part-00001.parquet"));
    put(in(dataset, "current/deliveries/run.state"), "open");
    put(in(dataset, "current/deliveries/notes"), "mine");
    assert_int_equal(mkdir(in(dataset, "current/Not ours"), 0755), 0);
    assert_int_equal(ms_publish_begin(&p, dataset, MS_PUBLISH_APPEND, NULL), MS_OK);
    assert_int_equal(ms_publish_keep_all(p, NULL), MS_OK);
    ms_publish_drop(p, "messages", "part-00000.parquet");
    put_at(ms_publish_table_dir(p, "messages", NULL), "part-00000.parquet", "merged");
    assert_int_equal(ms_publish_commit(p, "{}", 2, NULL), MS_OK);
    assert_true(holds(in(dataset, "current/messages/part-00000.parquet"), "merged"));
    assert_true(holds(before, "old messages 1"));
    assert_true(holds(in(dataset, "current/deliveries/part-00000.parquet"), "old deliveries 0"));
    assert_true(holds(in(dataset, "current/deliveries/run.state"), "open"));
    assert_int_equal(entries(in(dataset, "current/deliveries")), 3);
    assert_int_equal(entries(in(dataset, "current")), 3);
    free(before);
}

static void assert_begin(enum ms_status want, bool force, const char *says)
{
    struct ms_error err = {""};
    struct ms_publish *p = NULL;
    enum ms_status st = ms_publish_begin(&p, dataset, force ? MS_PUBLISH_REPLACE : MS_PUBLISH_NEW, &err);
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
    assert_int_equal(ms_publish_begin(&p, dataset, MS_PUBLISH_NEW, NULL), MS_OK);
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
    assert_int_equal(ms_publish_begin(&p, dataset, MS_PUBLISH_NEW, NULL), MS_OK);
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

static struct ms_publish *begun(bool resumes)
{
    struct ms_publish *p = NULL;
    struct ms_error err = {""};
    enum ms_status st = resumes ? ms_publish_resume(&p, dataset, MS_PUBLISH_NEW, &err)
                                : ms_publish_begin(&p, dataset, MS_PUBLISH_NEW, &err);
    if (st != MS_OK)
        fail_msg("%s", err.text);
    return p;
}

static void set_checkpoint(struct ms_publish *p, const char *text)
{
    int fd = ms_publish_checkpoint_new(p, NULL);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(ms_publish_checkpoint_set(p, fd, NULL), MS_OK);
    close(fd);
}

static bool is_first_part(void *user, const char *table, const char *name, uint64_t size_bytes)
{
    int *n = user;
    ++*n;
    return strcmp(table, "resume") == 0 || (strcmp(name, "part-00000.parquet") == 0 && size_bytes > 0);
}

/* From the first checkpoint on the parts stay, also after an abort; a run that resumes has them, another one clears them. */
static void checkpoints_keep_parts(void **unused)
{
    (void)unused;
    char text[16] = "";
    int n = 0;
    struct ms_publish *p = begun(true);
    assert_false(ms_publish_is_resumed(p)); /* there is nothing */
    assert_int_equal(write_parts(p, "new", NULL), MS_OK);
    set_checkpoint(p, "first");
    set_checkpoint(p, "second");
    int torn = ms_publish_checkpoint_new(p, NULL);
    assert_true(torn >= 0);
    close(torn);
    assert_true(ms_publish_has_checkpoint(p));
    ms_publish_abort(p);

    p = begun(true);
    assert_true(ms_publish_is_resumed(p) && ms_publish_has_checkpoint(p));
    int fd = ms_publish_checkpoint_open(p, NULL);
    assert_int_equal(read(fd, text, sizeof text), 6);
    assert_memory_equal(text, "second", 6);
    close(fd);
    assert_int_equal(ms_publish_files(p, is_first_part, &n, NULL), MS_OK);
    assert_int_equal(n, 2 * 5 + 2);
    assert_int_equal(entries(in(dataset, "parts/1/messages")), 1);
    fd = ms_publish_table_dir(p, "messages", NULL); /* (its folder is there) */
    put_at(fd, "part-00001.parquet", "gone on");
    assert_int_equal(ms_publish_commit(p, "{}", 2, NULL), MS_OK);
    assert_true(holds(in(dataset, "current/messages/part-00001.parquet"), "gone on"));
    assert_true(holds(in(dataset, "current/messages/part-00000.parquet"), "new messages 0"));
    assert_false(exists(in(dataset, "parts/1/resume")));

    remove_all(dataset);
    p = begun(false);
    set_checkpoint(p, "first");
    ms_publish_abort(p);
    p = begun(false);
    assert_true(ms_publish_has_dropped(p));
    assert_false(exists(in(dataset, "parts/1/resume/run.state")));
    ms_publish_abort(p);
    p = begun(true);
    assert_false(ms_publish_is_resumed(p) || ms_publish_has_dropped(p));
    ms_publish_abort(p);
    assert_false(exists(in(dataset, "parts")));
}

static void resolve_says_what_to_do(void **unused)
{
    (void)unused;
    char *dir = NULL;
    struct ms_error err = {""};
    assert_int_equal(ms_dataset_resolve(dataset, &dir, &err), MS_ERR_USAGE);
    char *want = ms_sprintf("no dataset at %s: there is no folder %s/current; run mailstrata ingest ... -o %s first",
                            dataset, dataset, dataset);
    assert_string_equal(err.text, want);
    free(want);
    mkdir(dataset, 0755);
    put(in(dataset, "current"), "a file");
    assert_int_equal(ms_dataset_resolve(dataset, &dir, &err), MS_ERR_USAGE);
    assert_int_equal(ms_dataset_resolve(in(dataset, "current"), &dir, &err), MS_ERR_USAGE);
    assert_null(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_shows_before_commit),
        TEST(readers_keep_the_previous_generation),
        TEST(a_generation_can_be_kept_but_for_some_parts),
        TEST(existing_needs_force),
        TEST(one_run_at_a_time),
        TEST(foreign_folders_are_refused),
        TEST(strange_current_is_refused),
        TEST(other_files_stay),
        TEST(empty_folder_is_used),
        TEST(checkpoints_keep_parts),
        TEST(no_permission_is_a_sentence),
        TEST(resolve_says_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
