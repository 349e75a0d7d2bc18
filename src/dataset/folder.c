#include "dataset/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "dataset/steps.h"

enum { MAX_DEPTH = 8 }; /* ours are three deep */

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void ms_entries_add(struct ms_entries *names, const char *name)
{
    names->items = ms_grow(names->items, &names->cap, names->n + 1, sizeof *names->items);
    names->items[names->n++] = ms_strdup(name);
}

bool ms_entries_list(struct ms_entries *names, int dir_fd)
{
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* readdir moves it and closedir closes it */
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    *names = (struct ms_entries){0};
    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    errno = 0;
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        ms_entries_add(names, e->d_name);
    }
    int error = errno;
    closedir(dir);
    if (error != 0) {
        ms_entries_fini(names);
        errno = error;
        return false;
    }
    if (names->n > 0)
        qsort(names->items, names->n, sizeof *names->items, name_compare);
    return true;
}

void ms_entries_fini(struct ms_entries *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->items[i]);
    free(names->items);
    *names = (struct ms_entries){0};
}

bool ms_name_is_part(const char *name)
{
    static const char suffix[] = ".parquet";
    size_t n = strlen(name);
    return n >= sizeof suffix && strcmp(name + n - (sizeof suffix - 1), suffix) == 0;
}

uint64_t ms_name_number(const char *name, const char *prefix)
{
    size_t n = strlen(prefix);
    uint64_t number = 0;
    if (strncmp(name, prefix, n) != 0 || name[n] == '0')
        return 0;
    const char *digit = name + n;
    for (; *digit >= '0' && *digit <= '9' && digit - (name + n) < 15; digit++)
        number = number * 10 + (uint64_t)(*digit - '0');
    return *digit == '\0' ? number : 0;
}

int ms_folder_open(int dir_fd, const char *name)
{
    return openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool tree_remove(int dir_fd, const char *name, int depth);

static bool folder_empty(int fd, int depth)
{
    struct ms_entries names;
    bool ok = ms_entries_list(&names, fd);
    for (size_t i = 0; ok && i < names.n; i++)
        ok = tree_remove(fd, names.items[i], depth + 1);
    int error = errno;
    ms_entries_fini(&names);
    errno = error;
    return ok;
}

static bool tree_remove(int dir_fd, const char *name, int depth)
{
    struct stat st;
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT;
    if (!S_ISDIR(st.st_mode))
        return ms_step_unlinkat(dir_fd, name, 0) == 0;
    if (depth == MAX_DEPTH) {
        errno = ENOTEMPTY;
        return false;
    }
    int fd = ms_folder_open(dir_fd, name);
    if (fd < 0)
        return false;
    bool ok = folder_empty(fd, depth);
    int error = errno;
    close(fd);
    errno = error;
    return ok && ms_step_unlinkat(dir_fd, name, AT_REMOVEDIR) == 0;
}

bool ms_tree_remove(int dir_fd, const char *name)
{
    return tree_remove(dir_fd, name, 0);
}

/* Level 0: parts/, 1: parts/N/, 2: parts/N/<table>/. After a year of appends there are thousands of folders: only empty ones are
 * tried to be removed. */
static bool sweep(int fd, int level, uint64_t but, bool *is_empty)
{
    struct ms_entries names;
    bool ok = ms_entries_list(&names, fd);
    *is_empty = true;
    for (size_t i = 0; ok && i < names.n; i++) {
        const char *name = names.items[i];
        bool is_gone = false;
        struct stat st;
        if (level == 0 && but > 0 && ms_name_number(name, "") == but) {
            is_gone = false;
        } else if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
            ok = false;
        } else if (S_ISDIR(st.st_mode) && level < 2 && (level > 0 || ms_name_number(name, "") > 0)) {
            int sub = ms_folder_open(fd, name);
            ok = sub >= 0 && sweep(sub, level + 1, but, &is_gone);
            if (sub >= 0)
                close(sub);
            if (ok && is_gone)
                ok = ms_step_unlinkat(fd, name, AT_REMOVEDIR) == 0;
        } else if (S_ISREG(st.st_mode) && level == 2 && st.st_nlink == 1) {
            is_gone = ok = ms_step_unlinkat(fd, name, 0) == 0;
        }
        *is_empty = *is_empty && is_gone;
    }
    int error = errno;
    ms_entries_fini(&names);
    errno = error;
    return ok;
}

bool ms_parts_sweep(int parts_fd, uint64_t but)
{
    bool is_empty;
    return sweep(parts_fd, 0, but, &is_empty);
}

int64_t ms_current_read(int root_fd)
{
    char target[64];
    ssize_t n = readlinkat(root_fd, "current", target, sizeof target - 1);
    if (n < 0)
        return errno == ENOENT ? 0 : -1;
    target[n] = '\0';
    uint64_t number = ms_name_number(target, "gen-");
    return number > 0 ? (int64_t)number : -1;
}
