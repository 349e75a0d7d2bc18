/* From a path to a locked, clean dataset folder. All that can refuse comes before the first change, except that the lock file
 * is made in a folder that is empty or ours. */
#include "dataset/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "dataset/folder.h"
#include "dataset/steps.h"

static const char marker[] = "This folder is a mailstrata dataset; runs lock this file.\n";

static enum ms_status parent_flush(struct ms_publish *p, struct ms_error *err)
{
    int fd = openat(p->root_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && ms_step_fsync(fd) == 0;
    enum ms_status st = ok ? MS_OK : ms_step_fail(err, "flush the folder above", p->path, NULL);
    if (fd >= 0)
        close(fd);
    return st;
}

static enum ms_status root_open(struct ms_publish *p, struct ms_error *err)
{
    p->root_fd = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (p->root_fd < 0 && errno == ENOENT) {
        p->made_root = ms_step_mkdirat(AT_FDCWD, p->path) == 0;
        if (!p->made_root && errno == ENOENT)
            return ms_fail(err, MS_ERR_USAGE, "cannot make %s: the folder above it is not there; make it first",
                           p->path);
        if (!p->made_root && errno != EEXIST)
            return ms_step_fail(err, "make", p->path, NULL);
        p->root_fd = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (p->root_fd < 0 && errno == ENOTDIR)
        return ms_fail(err, MS_ERR_USAGE, "%s is not a folder; choose another -o", p->path);
    if (p->root_fd < 0)
        return ms_step_fail(err, "open", p->path, NULL);
    return p->made_root ? parent_flush(p, err) : MS_OK;
}

static bool lock_is_marked(int root_fd)
{
    char text[sizeof marker] = "";
    int fd = openat(root_fd, "lock", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    return n == sizeof marker - 1 && memcmp(text, marker, sizeof marker - 1) == 0;
}

bool ms_dataset_is(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is = fd >= 0 && (lock_is_marked(fd) || ms_current_read(fd) > 0);
    if (fd >= 0)
        close(fd);
    return is;
}

/* Ours: empty; or with our lock file; or a dataset that lost it (a copy); or nothing but a lock file (a run was killed between
 * making it and marking it). Whatever else is in there belongs to somebody, and clearing left-overs might hit it. */
static enum ms_status refuse_foreign(struct ms_publish *p, struct ms_error *err)
{
    struct ms_entries names;
    if (!ms_entries_list(&names, p->root_fd))
        return ms_step_fail(err, "read", p->path, NULL);
    bool ours = names.n == 0 || (names.n == 1 && strcmp(names.items[0], "lock") == 0) || lock_is_marked(p->root_fd) ||
                ms_current_read(p->root_fd) > 0;
    enum ms_status st =
        ours ? MS_OK
             : ms_fail(err, MS_ERR_USAGE,
                       "%s is not empty and no dataset (it holds %s, for one); choose another -o, such as %s/dataset",
                       p->path, names.items[0], p->path);
    ms_entries_fini(&names);
    return st;
}

/* The lock file that we hold is still the one in the folder: a failed first run takes its own away. */
static bool lock_still_there(struct ms_publish *p)
{
    struct stat held, named;
    return fstat(p->lock_fd, &held) == 0 && fstatat(p->root_fd, "lock", &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

static enum ms_status lock_mark(struct ms_publish *p, struct ms_error *err)
{
    struct stat st;
    if (fstat(p->lock_fd, &st) == 0 && st.st_size > 0)
        return MS_OK;
    if (ms_step_write(p->lock_fd, marker, sizeof marker - 1) != 0 || ms_step_fsync(p->lock_fd) != 0 ||
        ms_step_fsync(p->root_fd) != 0)
        return ms_step_fail(err, "write", p->path, "lock");
    return MS_OK;
}

static enum ms_status lock_take(struct ms_publish *p, struct ms_error *err)
{
    const int how = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    p->lock_fd = openat(p->root_fd, "lock", how);
    if (p->lock_fd < 0 && errno == ENOENT) {
        p->lock_fd = ms_step_create(p->root_fd, "lock");
        p->made_lock = p->lock_fd >= 0;
        if (!p->made_lock && errno == EEXIST) /* another run was faster */
            p->lock_fd = openat(p->root_fd, "lock", how);
    }
    if (p->lock_fd < 0)
        return ms_step_fail(err, "open", p->path, "lock");
    bool locked = flock(p->lock_fd, LOCK_EX | LOCK_NB) == 0;
    if (!locked && errno != EWOULDBLOCK)
        return ms_step_fail(err, "lock", p->path, "lock");
    if (!locked || !lock_still_there(p)) {
        close(p->lock_fd);
        p->lock_fd = -1; /* undo must not take away what the other run uses */
        return ms_fail(err, MS_ERR_IO,
                       "another mailstrata run is writing to %s; wait until it ends, or choose another -o", p->path);
    }
    return lock_mark(p, err);
}

static enum ms_status current_open(struct ms_publish *p, int64_t current, struct ms_error *err)
{
    char name[32];
    snprintf(name, sizeof name, "gen-%lld", (long long)current);
    p->current_fd = ms_folder_open(p->root_fd, name);
    return p->current_fd >= 0 ? MS_OK : ms_step_fail(err, "open", p->path, name);
}

static enum ms_status refuse_existing(struct ms_publish *p, enum ms_publish_mode mode, int64_t *current,
                                      struct ms_error *err)
{
    *current = ms_current_read(p->root_fd);
    if (*current < 0)
        return ms_fail(err, MS_ERR_USAGE,
                       "%s/current is not a link to a generation, so mailstrata did not make it; choose another -o",
                       p->path);
    if (*current > 0 && mode == MS_PUBLISH_NEW)
        return ms_fail(err, MS_ERR_EXISTS,
                       "%s already holds a dataset; add new logs with --append, replace it with --force, or choose "
                       "another -o",
                       p->path);
    return *current > 0 && mode == MS_PUBLISH_APPEND ? current_open(p, *current, err) : MS_OK;
}

static enum ms_status parts_open(struct ms_publish *p, struct ms_error *err)
{
    if (ms_step_mkdirat(p->root_fd, "parts") != 0 && errno != EEXIST)
        return ms_step_fail(err, "make", p->path, "parts");
    p->parts_fd = ms_folder_open(p->root_fd, "parts");
    return p->parts_fd >= 0 ? MS_OK : ms_step_fail(err, "open", p->path, "parts");
}

/* Generations first: only then do the link counts tell which parts nobody names. */
static enum ms_status leftovers_clear(struct ms_publish *p, int64_t current, struct ms_error *err)
{
    struct ms_entries names;
    if (!ms_entries_list(&names, p->root_fd))
        return ms_step_fail(err, "read", p->path, NULL);
    enum ms_status st = MS_OK;
    for (size_t i = 0; i < names.n && st == MS_OK; i++) {
        uint64_t generation = ms_name_number(names.items[i], "gen-");
        bool stale = (generation > 0 && generation != (uint64_t)current) || strcmp(names.items[i], "current.new") == 0;
        if (stale && !ms_tree_remove(p->root_fd, names.items[i]))
            st = ms_step_fail(err, "remove the left-over", p->path, names.items[i]);
    }
    ms_entries_fini(&names);
    if (st == MS_OK && !ms_parts_sweep(p->parts_fd, p->is_resumed ? p->number : 0))
        st = ms_step_fail(err, "clear left-overs in", p->path, "parts");
    return st;
}

/* The first number that neither a generation nor a folder of parts has. */
static enum ms_status run_folder_make(struct ms_publish *p, int64_t current, struct ms_error *err)
{
    struct ms_entries names;
    uint64_t highest = (uint64_t)current;
    if (!ms_entries_list(&names, p->parts_fd))
        return ms_step_fail(err, "read", p->path, "parts");
    for (size_t i = 0; i < names.n; i++)
        if (ms_name_number(names.items[i], "") > highest)
            highest = ms_name_number(names.items[i], "");
    ms_entries_fini(&names);

    char name[32];
    snprintf(name, sizeof name, "%llu", (unsigned long long)highest + 1);
    if (ms_step_mkdirat(p->parts_fd, name) != 0)
        return ms_step_fail(err, "make a folder in", p->path, "parts");
    p->number = highest + 1;
    p->run_fd = ms_folder_open(p->parts_fd, name);
    return p->run_fd >= 0 ? MS_OK : ms_step_fail(err, "open a folder in", p->path, "parts");
}

/* What an interrupted run has left becomes this run's, or is cleared. */
static void find_checkpoint(struct ms_publish *p, int64_t current, bool resumes)
{
    uint64_t number = ms_checkpoint_find(p, current);
    p->has_dropped = number > 0 && !resumes;
    if (number > 0 && resumes) {
        p->number = number;
        p->is_resumed = p->has_checkpoint = true;
    }
}

static enum ms_status run_folder_open(struct ms_publish *p, struct ms_error *err)
{
    char name[32];
    snprintf(name, sizeof name, "%llu", (unsigned long long)p->number);
    p->run_fd = ms_folder_open(p->parts_fd, name);
    return p->run_fd >= 0 ? MS_OK : ms_step_fail(err, "open a folder in", p->path, "parts");
}

static enum ms_status begin(struct ms_publish **out, const char *path, enum ms_publish_mode mode, bool resumes,
                            struct ms_error *err)
{
    struct ms_publish *p = ms_calloc(1, sizeof *p);
    int64_t current = 0;
    p->path = ms_strdup(path);
    p->root_fd = p->lock_fd = p->parts_fd = p->run_fd = p->current_fd = p->resume_fd = -1;
    ms_steps_arm();
    enum ms_status st = root_open(p, err);
    if (st == MS_OK)
        st = refuse_foreign(p, err);
    if (st == MS_OK)
        st = lock_take(p, err);
    if (st == MS_OK)
        st = refuse_existing(p, mode, &current, err);
    if (st == MS_OK)
        st = parts_open(p, err);
    if (st == MS_OK)
        find_checkpoint(p, current, resumes);
    if (st == MS_OK)
        st = leftovers_clear(p, current, err);
    if (st == MS_OK)
        st = p->is_resumed ? run_folder_open(p, err) : run_folder_make(p, current, err);
    if (st == MS_OK)
        *out = p;
    else
        ms_publish_abort(p);
    return st;
}

enum ms_status ms_publish_begin(struct ms_publish **out, const char *path, enum ms_publish_mode mode,
                                struct ms_error *err)
{
    return begin(out, path, mode, false, err);
}

enum ms_status ms_publish_resume(struct ms_publish **out, const char *path, enum ms_publish_mode mode,
                                 struct ms_error *err)
{
    return begin(out, path, mode, true, err);
}
