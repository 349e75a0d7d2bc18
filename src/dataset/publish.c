#include "dataset/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "dataset/folder.h"
#include "dataset/steps.h"

static void generation_name(const struct ms_publish *p, char out[32])
{
    snprintf(out, 32, "gen-%llu", (unsigned long long)p->number);
}

static void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void tables_close(struct ms_publish *p)
{
    for (size_t i = 0; i < p->n_tables; i++) {
        free(p->tables[i].name);
        close(p->tables[i].fd);
        ms_entries_fini(&p->tables[i].dropped);
    }
    free(p->tables);
    p->tables = NULL;
    p->n_tables = 0;
    fd_close(&p->resume_fd);
    fd_close(&p->run_fd);
}

static void publish_destroy(struct ms_publish *p)
{
    tables_close(p);
    fd_close(&p->current_fd);
    fd_close(&p->parts_fd);
    fd_close(&p->lock_fd); /* the lock ends here */
    fd_close(&p->root_fd);
    free(p->path);
    free(p);
}

/* Best effort: what cannot be removed now, the next run clears. Only with the lock held. */
static void undo(struct ms_publish *p)
{
    bool gone = true; /* every step is tried, whatever became of the one before */
    tables_close(p);
    if (p->number > 0) {
        char generation[32], run[32];
        generation_name(p, generation);
        snprintf(run, sizeof run, "%llu", (unsigned long long)p->number);
        gone = ms_tree_remove(p->root_fd, "current.new") && gone;
        gone = ms_tree_remove(p->root_fd, generation) && gone;
        gone = !p->has_checkpoint && ms_tree_remove(p->parts_fd, run) && gone;
    }
    if (ms_current_read(p->root_fd) != 0 || !gone)
        return;
    if (p->parts_fd >= 0 && ms_step_unlinkat(p->root_fd, "parts", AT_REMOVEDIR) != 0)
        return;
    if (p->made_lock)
        (void)!ms_step_unlinkat(p->root_fd, "lock", 0);
}

void ms_publish_abort(struct ms_publish *p)
{
    if (p == NULL)
        return;
    if (p->lock_fd >= 0 && !p->swung)
        undo(p);
    if (p->made_root && !p->swung) /* fails if there is anything in it, and then it shall stay */
        (void)!ms_step_unlinkat(AT_FDCWD, p->path, AT_REMOVEDIR);
    publish_destroy(p);
}

static int table_open(struct ms_publish *p, const char *table, struct ms_error *err)
{
    bool is_there = ms_step_mkdirat(p->run_fd, table) == 0 || (p->is_resumed && errno == EEXIST);
    int fd = is_there ? ms_folder_open(p->run_fd, table) : -1;
    if (fd < 0) {
        (void)ms_step_fail(err, "make a folder for parts in", p->path, "parts");
        return -1;
    }
    p->tables = ms_grow(p->tables, &p->cap_tables, p->n_tables + 1, sizeof *p->tables);
    p->tables[p->n_tables++] = (struct ms_publish_table){.name = ms_strdup(table), .fd = fd};
    return fd;
}

static bool is_table_name(const char *name)
{
    return name[0] != '\0' && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

int ms_publish_table_dir(struct ms_publish *p, const char *table, struct ms_error *err)
{
    MS_ASSERT(is_table_name(table));
    for (size_t i = 0; i < p->n_tables; i++)
        if (strcmp(p->tables[i].name, table) == 0)
            return p->tables[i].fd;
    return table_open(p, table, err);
}

int ms_publish_current(const struct ms_publish *p)
{
    return p->current_fd;
}

uint32_t ms_publish_next_part(const struct ms_publish *p, const char *table)
{
    struct ms_entries names = {0};
    uint32_t next = 0;
    int fd = p->current_fd >= 0 ? ms_folder_open(p->current_fd, table) : -1;
    bool ok = fd >= 0 && ms_entries_list(&names, fd);
    for (size_t i = 0; ok && i < names.n; i++) {
        unsigned number;
        if (sscanf(names.items[i], "part-%9u.parquet", &number) == 1 && number >= next)
            next = number + 1;
    }
    ms_entries_fini(&names);
    if (fd >= 0)
        close(fd);
    return next;
}

enum ms_status ms_publish_keep_all(struct ms_publish *p, struct ms_error *err)
{
    struct ms_entries names = {0};
    if (p->current_fd < 0 || !ms_entries_list(&names, p->current_fd))
        return ms_step_fail(err, "read the current generation of", p->path, NULL);
    enum ms_status st = MS_OK;
    for (size_t i = 0; i < names.n && st == MS_OK; i++) {
        int fd = is_table_name(names.items[i]) ? ms_folder_open(p->current_fd, names.items[i]) : -1;
        if (fd < 0 && !is_table_name(names.items[i])) /* dataset.json */
            continue;
        if (fd >= 0)
            st = ms_publish_table_dir(p, names.items[i], err) >= 0 ? MS_OK : MS_ERR_IO;
        else if (errno != ENOTDIR)
            st = ms_step_fail(err, "open a folder of", p->path, names.items[i]);
        fd_close(&fd);
    }
    ms_entries_fini(&names);
    p->keeps_all = true;
    return st;
}

void ms_publish_drop(struct ms_publish *p, const char *table, const char *part)
{
    for (size_t i = 0; i < p->n_tables; i++)
        if (strcmp(p->tables[i].name, table) == 0)
            ms_entries_add(&p->tables[i].dropped, part);
}

void ms_publish_keep(struct ms_publish *p, const char *table)
{
    for (size_t i = 0; i < p->n_tables; i++)
        p->tables[i].keep |= strcmp(p->tables[i].name, table) == 0;
}

static bool ends_with(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);
    return n > m && strcmp(name + n - m, suffix) == 0;
}

static bool is_kept(const char *name)
{
    return ms_name_is_part(name) || ends_with(name, ".state");
}

/* The writer flushes its files too; a second flush of clean pages costs nothing, and then nobody has to trust the caller. */
static bool part_flush(int dir_fd, const char *name)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool ok = fd >= 0 && ms_step_fsync(fd) == 0;
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return ok;
}

/* Links the parts of one table into its new folder in the generation. */
static bool parts_link(const struct ms_publish_table *table, int to_fd)
{
    struct ms_entries names;
    bool ok = ms_entries_list(&names, table->fd);
    for (size_t i = 0; ok && i < names.n; i++)
        if (is_kept(names.items[i]))
            ok = part_flush(table->fd, names.items[i]) && ms_step_linkat(table->fd, names.items[i], to_fd) == 0;
    int error = errno;
    ms_entries_fini(&names);
    errno = error;
    return ok && ms_step_fsync(table->fd) == 0 && ms_step_fsync(to_fd) == 0;
}

/* Is this file of the current generation in the new one, too? */
static bool stays(const struct ms_publish *p, const struct ms_publish_table *table, const char *name)
{
    for (size_t i = 0; i < table->dropped.n; i++)
        if (strcmp(table->dropped.items[i], name) == 0)
            return false;
    return p->keeps_all ? is_kept(name) : table->keep && ms_name_is_part(name) && strncmp(name, "part-", 5) == 0;
}

/* The same for those of the current generation that stay. */
static bool kept_link(const struct ms_publish *p, const struct ms_publish_table *table, int to_fd)
{
    struct ms_entries names;
    bool wanted = (table->keep || p->keeps_all) && p->current_fd >= 0;
    int from_fd = wanted ? ms_folder_open(p->current_fd, table->name) : -1;
    if (from_fd < 0)
        return !wanted || errno == ENOENT;
    bool ok = ms_entries_list(&names, from_fd);
    for (size_t i = 0; ok && i < names.n; i++)
        if (stays(p, table, names.items[i]))
            ok = ms_step_linkat(from_fd, names.items[i], to_fd) == 0;
    int error = errno;
    ms_entries_fini(&names);
    close(from_fd);
    errno = error;
    return ok && ms_step_fsync(to_fd) == 0;
}

static enum ms_status table_link(struct ms_publish *p, const struct ms_publish_table *table, int generation_fd,
                                 const char *generation, struct ms_error *err)
{
    int fd = ms_step_mkdirat(generation_fd, table->name) == 0 ? ms_folder_open(generation_fd, table->name) : -1;
    enum ms_status st = MS_OK;
    if (fd < 0) {
        st = ms_step_fail(err, "make a folder in", p->path, generation);
    } else if (!parts_link(table, fd) || !kept_link(p, table, fd)) {
        bool no_links = errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS;
        st =
            no_links
                ? ms_fail(err, MS_ERR_IO,
                          "%s is on a file system without hard links, which generations are made of; choose another -o",
                          p->path)
                : ms_step_fail(err, "link and flush parts in", p->path, generation);
    }
    fd_close(&fd);
    return st;
}

static enum ms_status json_write(struct ms_publish *p, int generation_fd, const char *json, size_t n,
                                 struct ms_error *err)
{
    int fd = ms_step_create(generation_fd, "dataset.json");
    bool ok = fd >= 0 && ms_step_write(fd, json, n) == 0 && ms_step_fsync(fd) == 0;
    enum ms_status st = ok ? MS_OK : ms_step_fail(err, "write dataset.json in", p->path, NULL);
    fd_close(&fd);
    return st;
}

static enum ms_status generation_fill(struct ms_publish *p, int generation_fd, const char *generation, const char *json,
                                      size_t json_bytes, struct ms_error *err)
{
    enum ms_status st = MS_OK;
    for (size_t i = 0; i < p->n_tables && st == MS_OK; i++)
        st = table_link(p, &p->tables[i], generation_fd, generation, err);
    if (st == MS_OK)
        st = json_write(p, generation_fd, json, json_bytes, err);
    if (st == MS_OK && (ms_step_fsync(generation_fd) != 0 || ms_step_fsync(p->run_fd) != 0 ||
                        ms_step_fsync(p->parts_fd) != 0 || ms_step_fsync(p->root_fd) != 0))
        st = ms_step_fail(err, "flush", p->path, generation);
    return st;
}

/* All of the generation is on disk before `current` can name it. */
static enum ms_status current_swing(struct ms_publish *p, const char *generation, struct ms_error *err)
{
    if (ms_step_symlinkat(generation, p->root_fd, "current.new") != 0 ||
        ms_step_renameat(p->root_fd, "current.new", "current") != 0)
        return ms_step_fail(err, "replace", p->path, "current");
    p->swung = true;
    if (ms_step_fsync(p->root_fd) != 0)
        return ms_fail(
            err, MS_ERR_IO,
            "the new dataset in %s is complete and current, but its folder could not be flushed: %s; a crash of the "
            "machine might bring back the old one",
            p->path, strerror(errno));
    return MS_OK;
}

enum ms_status ms_publish_commit(struct ms_publish *p, const char *json, size_t json_bytes, struct ms_error *err)
{
    char generation[32];
    generation_name(p, generation);
    int fd = ms_step_mkdirat(p->root_fd, generation) == 0 ? ms_folder_open(p->root_fd, generation) : -1;
    enum ms_status st = fd >= 0 ? generation_fill(p, fd, generation, json, json_bytes, err)
                                : ms_step_fail(err, "make", p->path, generation);
    fd_close(&fd);
    if (st == MS_OK)
        st = current_swing(p, generation, err);
    if (p->swung && p->resume_fd >= 0) /* (what cannot be removed now, the next run clears) */
        (void)!ms_tree_remove(p->run_fd, MS_RESUME_FOLDER);
    if (st != MS_OK && !p->swung)
        ms_publish_tell_kept(p, err);
    if (st == MS_OK)
        publish_destroy(p);
    else
        ms_publish_abort(p);
    return st;
}
