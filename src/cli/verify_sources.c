#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "cli/interrupt.h"
#include "cli/verify.h"
#include "parse/parse.h"

static char *text_of(struct ms_span field)
{
    return field.p != NULL && field.n > 0 ? ms_sprintf("%.*s", (int)field.n, field.p) : NULL;
}

/* The first --source-root OLD=NEW of which the path lies below OLD. */
static char *moved(const struct ms_args *args, struct ms_span path)
{
    for (size_t i = 0; i < args->n_source_roots; i++) {
        const char *old = args->source_roots[i], *equals = strchr(old, '=');
        uint32_t n = (uint32_t)(equals - old);
        bool is_below = n == 0 ? path.n > 0 && path.p[0] != '/'
                               : path.n >= n && memcmp(path.p, old, n) == 0 &&
                                     (path.n == n || old[n - 1] == '/' || path.p[n] == '/' || path.p[n] == '!');
        if (!is_below)
            continue;
        struct ms_span rest = ms_span_of(path.p + n, path.n - n);
        bool slash = rest.n > 0 && rest.p[0] != '/' && rest.p[0] != '!' && equals[1] != '\0' &&
                     equals[strlen(equals) - 1] != '/';
        return ms_sprintf("%s%s%.*s", equals + 1, slash ? "/" : "", (int)rest.n, rest.p);
    }
    return ms_sprintf("%.*s", (int)path.n, path.p);
}

static enum ms_status take_file(void *user, const struct ms_span *f, size_t n, struct ms_error *err)
{
    (void)n, (void)err;
    struct ms_verify *v = user;
    v->files = ms_grow(v->files, &v->cap_files, v->n_files + 1, sizeof *v->files);
    v->files[v->n_files++] = (struct ms_verified_file){.file_id = (uint32_t)ms_field_number(f[0]),
                                                       .path = moved(v->args, f[1]),
                                                       .size_bytes = (uint64_t)ms_field_number(f[2]),
                                                       .digest = text_of(f[3]),
                                                       .sha256 = text_of(f[4]),
                                                       .text_sha256 = text_of(f[5])};
    return MS_OK;
}

static void not_read(struct ms_verify *v, const struct ms_verified_file *f, const char *why)
{
    ms_verify_found(v, true, "source", ms_span_str(f->path), MS_SPAN_NULL, MS_NONE, "%s", why);
}

/* The file to open for it: itself, or the archive that it is a member of; as `input` would find it. NULL: it is gone. */
static char *file_of(const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0)
        return ms_strdup(path);
    int why = errno;
    for (size_t n = strlen(path); n-- > 1;) {
        char *archive = path[n] == '!' ? ms_sprintf("%.*s", (int)n, path) : NULL;
        if (archive != NULL && stat(archive, &st) == 0 && S_ISREG(st.st_mode))
            return archive;
        free(archive);
    }
    errno = why;
    return NULL;
}

/* The paths to open; each archive once. */
struct paths {
    char **items;
    size_t n, cap;
};

static void add_path(struct paths *paths, char *path)
{
    if (paths->n > 0 && strcmp(paths->items[paths->n - 1], path) == 0) {
        free(path);
        return;
    }
    paths->items = ms_grow(paths->items, &paths->cap, paths->n + 1, sizeof *paths->items);
    paths->items[paths->n++] = path;
}

static void find_paths(struct ms_verify *v, struct paths *paths)
{
    for (size_t i = 0; i < v->n_files; i++) {
        struct ms_verified_file *f = &v->files[i];
        char *path = strcmp(f->path, "-") == 0 ? NULL : file_of(f->path);
        if (path != NULL)
            add_path(paths, path);
        else if (strcmp(f->path, "-") == 0)
            not_read(v, f, "was standard input, which cannot be read again");
        else if (errno == ENOENT || errno == ENOTDIR)
            not_read(v, f,
                     "is gone, or elsewhere: --source-root OLD=NEW says where (paths are as ingest was given them)");
        else
            not_read(v, f, strerror(errno));
        f->is_there = path != NULL;
    }
}

static int by_path(const void *a, const void *b)
{
    const struct ms_source *const *x = a, *const *y = b;
    return strcmp((*x)->path, (*y)->path);
}

/* Which source of the input each file is now. */
static void match_sources(struct ms_verify *v)
{
    struct ms_input *in = v->reread.in;
    size_t n = ms_input_n_sources(in);
    const struct ms_source **sorted = ms_malloc((n + 1) * sizeof *sorted);
    for (size_t i = 0; i < n; i++)
        sorted[i] = ms_input_source(in, i);
    qsort(sorted, n, sizeof *sorted, by_path);
    for (size_t i = 0; i < v->n_files; i++) {
        struct ms_verified_file *f = &v->files[i];
        const struct ms_source key = {.path = f->path}, *wanted = &key;
        const struct ms_source **found = f->is_there ? bsearch(&wanted, sorted, n, sizeof *sorted, by_path) : NULL;
        if (f->is_there && found == NULL)
            not_read(
                v, f,
                "is not found again: its archive has no such member now, or it is the same file as another source");
        else if (f->is_there && (*found)->status == MS_SOURCE_UNREADABLE && f->digest != NULL)
            not_read(v, f, (*found)->error);
        f->is_there = found != NULL && (*found)->status != MS_SOURCE_UNREADABLE;
        if (f->is_there) {
            f->source = (*found)->file_id;
            if ((*found)->compression == MS_PLAIN) /* what was appended since is no concern of this dataset */
                ms_input_limit(in, f->source, f->size_bytes);
        }
    }
    free(sorted);
}

static enum ms_status open_input(struct ms_verify *v, const struct paths *paths, struct ms_error *err)
{
    struct ms_input_options options = {.first_stamp = ms_first_stamp, .cancelled = ms_interrupt_flag()};
    for (size_t i = 0; i < v->n_files; i++)
        options.evidence |= v->files[i].sha256 != NULL;
    if (paths->n == 0)
        return MS_OK;
    enum ms_status st = ms_input_open(&v->reread.in, (const char *const *)paths->items, paths->n, &options, err);
    if (st != MS_OK)
        v->reread.in = NULL;
    else
        match_sources(v);
    return st;
}

enum ms_status ms_verify_open_sources(struct ms_verify *v, struct ms_error *err)
{
    struct paths paths = {0};
    enum ms_status st = ms_query_each(
        v->query, "select file_id, path, size_bytes, digest, sha256, text_sha256 from files order by file_id", NULL, 0,
        take_file, v, err);
    if (st == MS_OK) {
        find_paths(v, &paths);
        st = open_input(v, &paths, err);
    }
    for (size_t i = 0; i < paths.n; i++)
        free(paths.items[i]);
    free(paths.items);
    return st;
}

static bool has_same_text(const struct ms_verified_file *f, const struct ms_source *s)
{
    return f->text_sha256 != NULL && strcmp(s->text_sha256, f->text_sha256) == 0;
}

static void check_digest(struct ms_verify *v, const struct ms_verified_file *f, const struct ms_source *s)
{
    struct ms_span path = ms_span_str(f->path);
    bool by_sha256 = f->sha256 != NULL;
    if (f->digest == NULL)
        return;
    v->n_sources++;
    v->n_sources_sha256 += by_sha256;
    v->n_bytes += s->size_bytes;
    if (has_same_text(f, s) && strcmp(s->sha256, f->sha256) != 0)
        ms_verify_found(v, false, "source", path, MS_SPAN_NULL, MS_NONE,
                        "was packed anew: it holds the same text, but its SHA-256 is %s, was %s", s->sha256, f->sha256);
    else if (s->size_bytes != f->size_bytes)
        ms_verify_found(v, false, "source", path, MS_SPAN_NULL, MS_NONE, "has changed: it is %llu bytes long, was %llu",
                        (unsigned long long)s->size_bytes, (unsigned long long)f->size_bytes);
    else if (strcmp(s->digest, f->digest) != 0)
        ms_verify_found(v, false, "source", path, MS_SPAN_NULL, MS_NONE, "has changed: its digest is %s, was %s",
                        s->digest, f->digest);
    else if (by_sha256 && strcmp(s->sha256, f->sha256) != 0)
        ms_verify_found(v, false, "source", path, MS_SPAN_NULL, MS_NONE, "has changed: its SHA-256 is %s, was %s",
                        s->sha256, f->sha256);
    else if (f->text_sha256 != NULL && !has_same_text(f, s))
        ms_verify_found(v, false, "source", path, MS_SPAN_NULL, MS_NONE,
                        "unpacks to other text: its SHA-256 is %s, was %s", s->text_sha256, f->text_sha256);
}

enum ms_status ms_verify_digests(struct ms_verify *v, struct ms_error *err)
{
    if (v->reread.in == NULL)
        return MS_OK;
    enum ms_status st = ms_reread_rest(&v->reread, err);
    for (size_t i = 0; i < v->n_files && st == MS_OK; i++) {
        const struct ms_verified_file *f = &v->files[i];
        if (!f->is_there)
            continue;
        const struct ms_source *s = ms_input_source(v->reread.in, f->source);
        if (s->status == MS_SOURCE_UNREADABLE) /* since it was opened */
            not_read(v, f, s->error);
        else
            check_digest(v, f, s);
    }
    return st;
}

void ms_verify_close_sources(struct ms_verify *v)
{
    ms_reread_close(&v->reread);
    for (size_t i = 0; i < v->n_files; i++) {
        free(v->files[i].path);
        free(v->files[i].digest);
        free(v->files[i].sha256);
        free(v->files[i].text_sha256);
    }
    free(v->files);
}
