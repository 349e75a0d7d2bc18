#include "gen/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "gen/duplicates.h"

struct piece { /* of the log, or a table of the truth */
    char *name, *part_name;
    int fd;
    uint64_t n_bytes;   /* its own */
    uint64_t n_overlap; /* lines that the piece before has, too */
};

struct files {
    const struct ms_gen_target *target;
    struct piece *pieces; /* of the log, oldest first */
    size_t n_pieces, cap_pieces;
    struct piece truth[MS_GEN_N_STREAMS];
    struct piece *copies; /* of pieces, each under its own name */
    size_t n_copies, cap_copies;
    struct piece duplicates; /* a table of the truth */
};

static enum ms_status cannot(struct ms_error *err, const char *verb, const char *name)
{
    return ms_fail(err, MS_ERR_IO, "cannot %s %s: %s", verb, name, strerror(errno));
}

static enum ms_status refuse_existing(const struct ms_gen_target *t, const char *name, struct ms_error *err)
{
    struct stat st;
    if (lstat(name, &st) != 0)
        return MS_OK;
    if (!S_ISREG(st.st_mode))
        return ms_fail(err, MS_ERR_EXISTS, "%s is there and is no file; give another name", name);
    if (t->force)
        return MS_OK;
    return ms_fail(err, MS_ERR_EXISTS, "%s is there already; --force replaces it", name);
}

static enum ms_status open_piece(struct piece *p, char *name, struct ms_error *err)
{
    p->name = name;
    p->part_name = ms_sprintf("%s.part", name);
    p->fd = open(p->part_name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    return p->fd >= 0 ? MS_OK : cannot(err, "write", p->part_name);
}

enum ms_status ms_gen_write_all(int fd, const char *text, size_t n, const char *name, struct ms_error *err)
{
    while (n > 0) {
        ssize_t done = write(fd, text, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return cannot(err, "write", name);
        text += done;
        n -= (size_t)done;
    }
    return MS_OK;
}

enum { OVERLAP = 8 }; /* a part in so many of a piece stands in the next one, too */

/* ---- the log ---- */

static enum ms_status next_piece(struct files *f, struct ms_error *err)
{
    const char *log = f->target->log;
    f->pieces = ms_grow(f->pieces, &f->cap_pieces, f->n_pieces + 1, sizeof *f->pieces);
    struct piece *p = &f->pieces[f->n_pieces];
    *p = (struct piece){.fd = -1};
    /* Its number counts from the newest, so the name comes last (publish). */
    char *name = f->n_pieces == 0 ? ms_strdup(log) : ms_sprintf("%s.piece-%zu", log, f->n_pieces);
    f->n_pieces++;
    enum ms_status st = open_piece(p, name, err);
    if (st != MS_OK || !f->target->duplicates || f->n_pieces < 2)
        return st;
    const struct piece *before = p - 1;
    return ms_gen_copy_end(before->fd, p->fd, f->target->rotate_bytes / OVERLAP, p->part_name, &p->n_overlap, err);
}

static enum ms_status write_log(struct files *f, const char *text, size_t n, struct ms_error *err)
{
    if (strcmp(f->target->log, "-") == 0) {
        if (fwrite(text, 1, n, stdout) == n)
            return MS_OK;
        return errno == EPIPE ? MS_END : cannot(err, "write", "standard output");
    }
    while (n > 0) {
        struct piece *p = f->n_pieces > 0 ? &f->pieces[f->n_pieces - 1] : NULL;
        if (p == NULL || (f->target->rotate_bytes > 0 && p->n_bytes >= f->target->rotate_bytes)) {
            enum ms_status st = next_piece(f, err);
            if (st != MS_OK)
                return st;
            p = &f->pieces[f->n_pieces - 1];
        }
        size_t now = n;
        if (f->target->rotate_bytes > 0 && n > f->target->rotate_bytes - p->n_bytes) { /* whole lines */
            const char *border = memchr(text + (f->target->rotate_bytes - p->n_bytes) - 1, '\n',
                                        n - (f->target->rotate_bytes - p->n_bytes) + 1);
            now = border != NULL ? (size_t)(border + 1 - text) : n;
        }
        enum ms_status st = ms_gen_write_all(p->fd, text, now, p->part_name, err);
        if (st != MS_OK)
            return st;
        p->n_bytes += now;
        text += now;
        n -= now;
    }
    return MS_OK;
}

static enum ms_status sink(void *user, enum ms_gen_stream stream, const char *text, size_t n, struct ms_error *err)
{
    struct files *f = user;
    if (f->target->cancelled != NULL && *f->target->cancelled)
        return ms_fail(err, MS_ERR_CANCELLED, "interrupted; nothing was written");
    return stream == MS_GEN_LOG ? write_log(f, text, n, err)
                                : ms_gen_write_all(f->truth[stream].fd, text, n, f->truth[stream].part_name, err);
}

/* ---- begin and end ---- */

static enum ms_status open_truth(struct files *f, struct ms_error *err)
{
    static const char *const names[MS_GEN_N_STREAMS] = {[MS_GEN_MESSAGES] = "messages",
                                                        [MS_GEN_DELIVERIES] = "deliveries",
                                                        [MS_GEN_REJECTS] = "rejects",
                                                        [MS_GEN_GAPS] = "gaps"};
    const char *dir = f->target->truth_dir;
    if (dir == NULL)
        return MS_OK;
    if (mkdir(dir, 0755) != 0 && errno != EEXIST)
        return cannot(err, "make", dir);
    enum ms_status st = MS_OK;
    for (int i = MS_GEN_MESSAGES; i < MS_GEN_N_STREAMS && st == MS_OK; i++) {
        char *name = ms_sprintf("%s/%s.ndjson", dir, names[i]);
        st = refuse_existing(f->target, name, err);
        if (st == MS_OK)
            st = open_piece(&f->truth[i], name, err);
        else
            free(name);
    }
    if (st != MS_OK || !f->target->duplicates)
        return st;
    char *name = ms_sprintf("%s/duplicates.ndjson", dir);
    st = refuse_existing(f->target, name, err);
    if (st == MS_OK)
        return open_piece(&f->duplicates, name, err);
    free(name);
    return st;
}

static enum ms_status publish_piece(struct piece *p, const char *name, struct ms_error *err)
{
    bool ok = close(p->fd) == 0;
    p->fd = -1;
    if (!ok)
        return cannot(err, "write", p->part_name);
    if (rename(p->part_name, name) != 0)
        return cannot(err, "rename", p->part_name);
    return MS_OK;
}

static char *name_of(const struct files *f, size_t piece)
{
    size_t age = f->n_pieces - 1 - piece;
    return age == 0 ? ms_strdup(f->target->log) : ms_sprintf("%s.%zu", f->target->log, age);
}

/* ---- what is there twice ---- */

static enum ms_status tell_duplicates(struct files *f, const char *name, const char *kind, uint64_t n_lines,
                                      struct ms_error *err)
{
    if (f->duplicates.part_name == NULL || n_lines == 0)
        return MS_OK;
    const char *slash = strrchr(name, '/');
    char *row = ms_sprintf("{\"file\":\"%s\",\"kind\":\"%s\",\"n_lines\":%llu}\n", slash != NULL ? slash + 1 : name,
                           kind, (unsigned long long)n_lines);
    enum ms_status st = ms_gen_write_all(f->duplicates.fd, row, strlen(row), f->duplicates.part_name, err);
    free(row);
    return st;
}

static enum ms_status copy_piece(struct files *f, const struct piece *piece, const char *name, bool packed,
                                 struct ms_error *err)
{
    f->copies = ms_grow(f->copies, &f->cap_copies, f->n_copies + 1, sizeof *f->copies);
    struct piece *copy = &f->copies[f->n_copies++];
    *copy = (struct piece){.fd = -1};
    char *own_name = ms_sprintf("%s.%s", name, packed ? "gz" : "copy");
    uint64_t n_lines = 0;
    enum ms_status st = refuse_existing(f->target, own_name, err);
    if (st != MS_OK) {
        free(own_name);
        return st;
    }
    st = open_piece(copy, own_name, err);
    if (st == MS_OK)
        st = ms_gen_copy_file(piece->fd, copy->fd, packed, copy->part_name, &n_lines, err);
    return st == MS_OK ? tell_duplicates(f, own_name, packed ? "packed" : "copy", n_lines, err) : st;
}

/* Of the rotated pieces, one in three is there packed, too, and one in three under another name. */
static enum ms_status make_copies(struct files *f, struct ms_error *err)
{
    enum ms_status st = MS_OK;
    for (size_t i = 0; i < f->n_pieces && st == MS_OK; i++) {
        size_t age = f->n_pieces - 1 - i;
        char *name = name_of(f, i);
        st = tell_duplicates(f, name, "overlap", f->pieces[i].n_overlap, err);
        if (st == MS_OK && (age % 3 == 1 || age % 3 == 2))
            st = copy_piece(f, &f->pieces[i], name, age % 3 == 1, err);
        free(name);
    }
    return st;
}

static enum ms_status publish(struct files *f, struct ms_error *err)
{
    enum ms_status st = f->target->duplicates ? make_copies(f, err) : MS_OK;
    if (f->duplicates.part_name != NULL && st == MS_OK)
        st = publish_piece(&f->duplicates, f->duplicates.name, err);
    for (size_t i = 0; i < f->n_copies && st == MS_OK; i++)
        st = publish_piece(&f->copies[i], f->copies[i].name, err);
    for (int i = MS_GEN_MESSAGES; i < MS_GEN_N_STREAMS && st == MS_OK; i++)
        if (f->truth[i].part_name != NULL)
            st = publish_piece(&f->truth[i], f->truth[i].name, err);
    for (size_t i = 0; i < f->n_pieces && st == MS_OK; i++) {
        char *name = name_of(f, i);
        st = refuse_existing(f->target, name, err);
        if (st == MS_OK)
            st = publish_piece(&f->pieces[i], name, err);
        free(name);
    }
    return st;
}

static void drop_piece(struct piece *p)
{
    if (p->fd >= 0) {
        (void)close(p->fd);
        (void)unlink(p->part_name);
    }
    free(p->name);
    free(p->part_name);
}

enum ms_status ms_gen_to_files(const struct ms_gen_options *o, const struct ms_gen_target *target,
                               struct ms_gen_totals *totals, struct ms_error *err)
{
    struct files f = {.target = target, .duplicates = {.fd = -1}};
    for (int i = 0; i < MS_GEN_N_STREAMS; i++)
        f.truth[i].fd = -1;
    enum ms_status st = strcmp(target->log, "-") == 0 ? MS_OK : refuse_existing(target, target->log, err);
    if (st == MS_OK)
        st = open_truth(&f, err);
    if (st == MS_OK)
        st = ms_gen_run(o, target->truth_dir != NULL, sink, &f, totals, err);
    if (st == MS_OK)
        st = publish(&f, err);
    for (int i = 0; i < MS_GEN_N_STREAMS; i++)
        drop_piece(&f.truth[i]);
    for (size_t i = 0; i < f.n_pieces; i++)
        drop_piece(&f.pieces[i]);
    for (size_t i = 0; i < f.n_copies; i++)
        drop_piece(&f.copies[i]);
    drop_piece(&f.duplicates);
    free(f.copies);
    free(f.pieces);
    return st;
}
