/* What a run leaves behind so that another one can go on where it was interrupted: its parts stay, and `resume` beside them holds
 * the checkpoint, which is replaced by rename, and files that it names. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataset/publish.h"
#include "dataset/steps.h"

#define NEW_NAME MS_CHECKPOINT_NAME ".new"

uint64_t ms_checkpoint_find(const struct ms_publish *p, int64_t current)
{
    struct ms_entries names;
    uint64_t newest = 0;
    if (!ms_entries_list(&names, p->parts_fd))
        return 0;
    for (size_t i = 0; i < names.n; i++) {
        uint64_t number = ms_name_number(names.items[i], "");
        char path[64];
        struct stat st;
        snprintf(path, sizeof path, "%llu/" MS_RESUME_FOLDER "/" MS_CHECKPOINT_NAME, (unsigned long long)number);
        if (number > (uint64_t)current && number > newest &&
            fstatat(p->parts_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
            newest = number;
    }
    ms_entries_fini(&names);
    return newest;
}

bool ms_publish_is_resumed(const struct ms_publish *p)
{
    return p->is_resumed;
}

bool ms_publish_has_dropped(const struct ms_publish *p)
{
    return p->has_dropped;
}

bool ms_publish_has_checkpoint(const struct ms_publish *p)
{
    return p->has_checkpoint;
}

void ms_publish_tell_kept(const struct ms_publish *p, struct ms_error *err)
{
    size_t n = err != NULL ? strlen(err->text) : 0;
    if (p != NULL && p->has_checkpoint && err != NULL)
        snprintf(
            err->text + n, sizeof err->text - n,
            "; what was done up to the last checkpoint is kept: the same command with --resume goes on from there");
}

int ms_publish_resume_dir(struct ms_publish *p, struct ms_error *err)
{
    if (p->resume_fd >= 0)
        return p->resume_fd;
    bool is_there = ms_step_mkdirat(p->run_fd, MS_RESUME_FOLDER) == 0 || (p->is_resumed && errno == EEXIST);
    p->resume_fd = is_there ? ms_folder_open(p->run_fd, MS_RESUME_FOLDER) : -1;
    if (p->resume_fd < 0)
        (void)ms_step_fail(err, "make a folder for checkpoints in", p->path, "parts");
    return p->resume_fd;
}

int ms_publish_checkpoint_new(struct ms_publish *p, struct ms_error *err)
{
    int dir = ms_publish_resume_dir(p, err);
    /* For its owner only: it holds the key of the hashes. One that was begun and never set is written over. */
    int fd = dir < 0 ? -1 : openat(dir, NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (dir >= 0 && fd < 0)
        (void)ms_step_fail(err, "make a checkpoint in", p->path, "parts");
    return fd;
}

enum ms_status ms_publish_checkpoint_set(struct ms_publish *p, int fd, struct ms_error *err)
{
    bool ok = ms_step_fsync(fd) == 0; /* (parts and spools are flushed by who writes them) */
    for (size_t i = 0; ok && i < p->n_tables; i++)
        ok = ms_step_fsync(p->tables[i].fd) == 0;
    ok = ok && ms_step_renameat(p->resume_fd, NEW_NAME, MS_CHECKPOINT_NAME) == 0;
    if (ok)
        p->has_checkpoint = true;
    if (!ok || ms_step_fsync(p->resume_fd) != 0 || ms_step_fsync(p->run_fd) != 0 || ms_step_fsync(p->parts_fd) != 0)
        return ms_step_fail(err, "write a checkpoint in", p->path, "parts");
    return MS_OK;
}

int ms_publish_checkpoint_open(struct ms_publish *p, struct ms_error *err)
{
    int dir = ms_publish_resume_dir(p, err);
    int fd = dir < 0 ? -1 : openat(dir, MS_CHECKPOINT_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (dir >= 0 && fd < 0)
        (void)ms_step_fail(err, "open the checkpoint in", p->path, "parts");
    return fd;
}

static bool look_through(int fd, const char *table,
                         bool (*keeps)(void *user, const char *table, const char *name, uint64_t size_bytes),
                         void *user)
{
    struct ms_entries names;
    bool ok = ms_entries_list(&names, fd);
    for (size_t i = 0; ok && i < names.n; i++) {
        struct stat st;
        ok = fstatat(fd, names.items[i], &st, AT_SYMLINK_NOFOLLOW) == 0;
        if (ok && !keeps(user, table, names.items[i], (uint64_t)st.st_size))
            ok = ms_tree_remove(fd, names.items[i]);
    }
    int error = errno;
    ms_entries_fini(&names);
    errno = error;
    return ok;
}

enum ms_status ms_publish_files(struct ms_publish *p,
                                bool (*keeps)(void *user, const char *table, const char *name, uint64_t size_bytes),
                                void *user, struct ms_error *err)
{
    struct ms_entries names;
    bool ok = ms_entries_list(&names, p->run_fd);
    for (size_t i = 0; ok && i < names.n; i++) {
        int fd = ms_folder_open(p->run_fd, names.items[i]);
        ok = fd >= 0 && look_through(fd, names.items[i], keeps, user);
        int error = errno;
        if (fd >= 0)
            close(fd);
        errno = error;
    }
    enum ms_status st = ok ? MS_OK : ms_step_fail(err, "look through", p->path, "parts");
    ms_entries_fini(&names);
    return st;
}
