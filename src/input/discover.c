#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/input_impl.h"

struct walk {
    struct ms_found_list *list;
    const struct ms_input_options *options;
};

static bool is_dataset(const struct walk *w, const char *folder)
{
    return w->options->is_dataset != NULL && w->options->is_dataset(folder);
}

static void add(struct walk *w, char *path, const struct stat *st, int error)
{
    struct ms_found_list *l = w->list;
    l->items = ms_grow(l->items, &l->cap, l->n + 1, sizeof *l->items);
    l->items[l->n++] =
        (struct ms_found){.path = path,
                          .dev = st->st_dev,
                          .ino = st->st_ino,
                          .size_bytes = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0,
                          .written_s = S_ISREG(st->st_mode) && error == 0 ? st->st_mtim.tv_sec : INT64_MIN,
                          .mark = error == 0 ? ms_mark_of(st) : (struct ms_mark){0},
                          .is_stream = !S_ISREG(st->st_mode),
                          .error = error};
}

static void add_failed(struct walk *w, char *path, int error)
{
    add(w, path, &(struct stat){.st_mode = S_IFREG}, error);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct names {
    char **items;
    size_t n, cap;
};

/* The sorted names of a folder; 0 or errno. Read at once, so that depth costs no descriptors. */
static int list_folder(const char *path, struct names *out)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return errno;
    struct dirent *e;
    while (errno = 0, (e = readdir(dir)) != NULL) {
        if (e->d_name[0] == '.')
            continue;
        out->items = ms_grow(out->items, &out->cap, out->n + 1, sizeof *out->items);
        out->items[out->n++] = ms_strdup(e->d_name);
    }
    int error = errno;
    closedir(dir);
    if (out->n > 0)
        qsort(out->items, out->n, sizeof *out->items, compare_names);
    return error;
}

static void visit_folder(struct walk *w, const char *path);

static void visit_name(struct walk *w, char *path)
{
    struct stat own, target;
    if (lstat(path, &own) != 0 || stat(path, &target) != 0) {
        add_failed(w, path, errno);
        return;
    }
    if (S_ISREG(target.st_mode)) {
        add(w, path, &target, 0);
        return;
    }
    if (S_ISDIR(own.st_mode) && !is_dataset(w, path)) /* linked folders could go in circles */
        visit_folder(w, path);
    free(path);
}

static void visit_folder(struct walk *w, const char *path)
{
    struct names names = {0};
    int error = list_folder(path, &names);
    size_t n = strlen(path);
    const char *slash = n > 0 && path[n - 1] == '/' ? "" : "/";
    for (size_t i = 0; i < names.n; i++) {
        if (w->options->cancelled == NULL || !*w->options->cancelled)
            visit_name(w, ms_sprintf("%s%s%s", path, slash, names.items[i]));
        free(names.items[i]);
    }
    free(names.items);
    if (error != 0)
        add_failed(w, ms_strdup(path), error);
}

/* archive!member: the longest beginning of it in front of a '!' that is a file. False: there is none. */
static bool visit_member(struct walk *w, const char *path)
{
    struct stat st;
    for (size_t n = strlen(path); n-- > 1;) {
        if (path[n] != '!' || path[n + 1] == '\0')
            continue;
        char *archive = ms_sprintf("%.*s", (int)n, path);
        if (stat(archive, &st) == 0 && S_ISREG(st.st_mode)) {
            add(w, archive, &st, 0);
            w->list->items[w->list->n - 1].member = ms_strdup(path + n + 1);
            return true;
        }
        free(archive);
    }
    return false;
}

static enum ms_status visit_argument(struct walk *w, const char *path, struct ms_error *err)
{
    struct stat st;
    bool is_stdin = strcmp(path, "-") == 0;
    if ((is_stdin ? fstat(STDIN_FILENO, &st) : stat(path, &st)) != 0) {
        if (is_stdin)
            return ms_fail(err, MS_ERR_USAGE, "-: standard input is not open: %s", strerror(errno));
        int error = errno;
        if ((error == ENOENT || error == ENOTDIR) && visit_member(w, path))
            return MS_OK;
        errno = error;
        if (errno == ENOENT || errno == ENOTDIR)
            return ms_fail(err, MS_ERR_USAGE, "%s: %s; name log files, folders, or - for standard input", path,
                           strerror(errno));
        add_failed(w, ms_strdup(path), errno);
        return MS_OK;
    }
    if (!is_stdin && S_ISDIR(st.st_mode)) {
        if (is_dataset(w, path))
            return ms_fail(err, MS_ERR_USAGE, "%s is a dataset of mailstrata, which holds no logs; name the logs",
                           path);
        visit_folder(w, path);
        return MS_OK;
    }
    add(w, ms_strdup(path), &st, S_ISDIR(st.st_mode) ? EISDIR : 0);
    if (is_stdin)
        w->list->items[w->list->n - 1].is_stream = true;
    return MS_OK;
}

static const struct ms_found *item(const void *index_in_list, const void *list)
{
    return &((const struct ms_found_list *)list)->items[*(const size_t *)index_in_list];
}

/* The whole archive in front of its members. */
static int compare_members(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int compare_identity(const void *a, const void *b, void *list)
{
    const struct ms_found *x = item(a, list), *y = item(b, list);
    if (x->dev != y->dev)
        return x->dev < y->dev ? -1 : 1;
    if (x->ino != y->ino)
        return x->ino < y->ino ? -1 : 1;
    int by_path = x->ino == 0 && x->dev == 0 ? strcmp(x->path, y->path) : 0;
    if (by_path != 0)
        return by_path;
    int by_member = compare_members(x->member, y->member);
    if (by_member != 0)
        return by_member;
    return *(const size_t *)a < *(const size_t *)b ? -1 : 1;
}

/* Keeps the first of each (device, inode), and of those that could not be looked at, of each path. */
static void drop_repeated(struct ms_found_list *l)
{
    size_t *order = ms_malloc(l->n * sizeof *order);
    bool *repeated = ms_calloc(l->n, sizeof *repeated);
    for (size_t i = 0; i < l->n; i++)
        order[i] = i;
    if (l->n > 0)
        qsort_r(order, l->n, sizeof *order, compare_identity, l);
    for (size_t i = 1, kept = 0; i < l->n; i++) {
        if (!repeated[order[i - 1]])
            kept = i - 1;
        const struct ms_found *a = &l->items[order[kept]], *b = &l->items[order[i]];
        bool is_known = b->ino != 0 || b->dev != 0;
        repeated[order[i]] = a->dev == b->dev && a->ino == b->ino && (is_known || strcmp(a->path, b->path) == 0) &&
                             (a->member == NULL || (b->member != NULL && strcmp(a->member, b->member) == 0));
    }
    size_t kept = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (repeated[i]) {
            free(l->items[i].path);
            free(l->items[i].member);
        } else {
            l->items[kept++] = l->items[i];
        }
    }
    l->n = kept;
    free(order);
    free(repeated);
}

enum ms_status ms_discover(struct ms_found_list *out, const char *const *paths, size_t n_paths,
                           const struct ms_input_options *options, struct ms_error *err)
{
    struct walk w = {.list = out, .options = options};
    enum ms_status st = MS_OK;
    for (size_t i = 0; i < n_paths && st == MS_OK; i++)
        st = visit_argument(&w, paths[i], err);
    if (st == MS_OK && options->cancelled != NULL && *options->cancelled)
        st = ms_fail(err, MS_ERR_CANCELLED, "stopped while looking for log files");
    if (st == MS_OK)
        drop_repeated(out);
    return st;
}

void ms_found_list_fini(struct ms_found_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->items[i].path), free(list->items[i].member);
    free(list->items);
    *list = (struct ms_found_list){0};
}
