/* The members of an archive become sources. What lies in a tar as it is, is read from there at any time and in any order; all
 * else is unpacked once into a file without a name, since an archive can be read from its beginning only, and sources are
 * wanted in the order of their lines. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "input/input_impl.h"

#define COPY_BYTES ((size_t)256 << 10)
#define LEFT_FREE 64 /* the last 64th of a disk is not ours to fill: whatever an archive holds, others need it */
#define ASK_FREE_BYTES ((uint64_t)64 << 20)

void ms_members_keep(struct ms_input *in, struct ms_source *s)
{
    in->sources = ms_grow(in->sources, &in->cap_sources, in->n_sources + 1, sizeof *in->sources);
    in->sources[in->n_sources++] = *s;
}

static void drop(struct ms_input *in, struct ms_source *s)
{
    ms_source_fini(in, s);
}

/* ---- the file without a name ---- */

static const char *spool_dir(const struct ms_input *in)
{
    const char *tmp = getenv("TMPDIR");
    if (in->options.spool_dir != NULL)
        return in->options.spool_dir;
    return tmp != NULL && *tmp != '\0' ? tmp : "/tmp";
}

static int open_spool(const char *dir)
{
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    char *name = ms_sprintf("%s/.mailstrata-XXXXXX", dir); /* a file system that makes none without a name */
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0)
        (void)unlink(name);
    free(name);
    return fd;
}

static bool has_room(int fd)
{
    struct statvfs fs;
    return fstatvfs(fd, &fs) != 0 || fs.f_blocks == 0 || fs.f_bavail > fs.f_blocks / LEFT_FREE;
}

static bool write_all(int fd, const char *p, size_t n, uint64_t at)
{
    while (n > 0) {
        ssize_t put = pwrite(fd, p, n, (off_t)at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        p += put;
        n -= (size_t)put;
        at += (uint64_t)put;
    }
    return true;
}

/* Unpacks the current member to `base`; how many bytes that were. */
static uint64_t spool(struct ms_input *in, struct ms_archive_walk *walk, uint64_t base, struct ms_trouble *trouble)
{
    uint64_t size = 0;
    size_t got;
    char *bytes;
    if (in->spool < 0 && (in->spool = open_spool(spool_dir(in))) < 0) {
        ms_trouble_set(trouble, MS_SOURCE_UNREADABLE, "cannot be unpacked to %s: %s", spool_dir(in), strerror(errno));
        return 0;
    }
    bytes = ms_malloc(COPY_BYTES);
    while ((got = ms_archive_read(walk, bytes, COPY_BYTES, trouble)) > 0 && !ms_input_is_cancelled(in)) {
        if (size % ASK_FREE_BYTES == 0 && !has_room(in->spool)) {
            ms_trouble_set(trouble, MS_SOURCE_TRUNCATED, "cannot be unpacked to %s: the disk is nearly full",
                           spool_dir(in));
            break;
        }
        if (!write_all(in->spool, bytes, got, base + size)) {
            ms_trouble_set(trouble, MS_SOURCE_TRUNCATED, "cannot be unpacked to %s: %s", spool_dir(in),
                           strerror(errno));
            break;
        }
        size += got;
    }
    free(bytes);
    return size;
}

/* ---- members ---- */

struct opened { /* an archive whose members are being added */
    struct ms_input *in;
    const struct ms_source *archive;
    const char *wanted; /* NULL: all */
    unsigned depth;
    uint64_t n_members;
    char **names; /* of the members so far: a tar may hold a name more than once */
    size_t cap_names;
    bool is_told; /* what is wrong with the archive is said by a member */
};

static size_t count_name(const struct opened *o, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < o->n_members; i++)
        n += strcmp(o->names[i], name) == 0;
    return n;
}

/* What comes behind the member's name in `wanted`: "" or the name of a member of its own. NULL: it is another one. */
static const char *rest_of_wanted(const struct opened *o, const char *name)
{
    size_t n = strlen(name);
    if (o->wanted == NULL || strncmp(o->wanted, name, n) != 0)
        return NULL;
    if (o->wanted[n] == '!' && o->wanted[n + 1] != '\0')
        return o->wanted + n + 1;
    return o->wanted[n] == '\0' ? "" : NULL;
}

static struct ms_source member_source(struct opened *o, const struct ms_archive_member *m, struct ms_archive_walk *walk,
                                      const char *name)
{
    const struct ms_source_impl *archive = ms_source_impl(o->archive);
    struct ms_source_impl *impl = ms_calloc(1, sizeof *impl);
    struct ms_trouble trouble = {0};
    uint64_t size = m->size_bytes;
    *impl = (struct ms_source_impl){.dev = archive->dev, .ino = archive->ino, .stored.fd = -1};
    if (m->is_in_archive) {
        uint64_t end = archive->base + o->archive->size_bytes, left = m->base < end ? end - m->base : 0;
        impl->base = m->base;
        impl->is_spooled = archive->is_spooled;
        impl->file = archive->is_spooled ? NULL : ms_strdup(archive->file ? archive->file : o->archive->path);
        if (size > left) {
            ms_trouble_set(&trouble, MS_SOURCE_TRUNCATED,
                           "archive: cut short, %llu of %llu bytes of this member are there", (unsigned long long)left,
                           (unsigned long long)size);
            size = left;
        }
    } else {
        impl->is_spooled = true;
        impl->base = (o->in->spool_bytes + 4095) / 4096 * 4096; /* so that it can be mapped */
        size = spool(o->in, walk, impl->base, &trouble);
        o->in->spool_bytes = impl->base + size;
    }
    struct ms_source s = {.path = ms_sprintf("%s!%s", o->archive->path, name),
                          .size_bytes = size,
                          .written_s = m->written_s,
                          .original_written_s = INT64_MIN,
                          .first_stamp_us = INT64_MIN,
                          .impl = impl};
    ms_source_trouble(&s, trouble.status, trouble.what);
    return s;
}

static bool add_member(void *user, const struct ms_archive_member *m, struct ms_archive_walk *walk)
{
    struct opened *o = user;
    size_t before = count_name(o, m->name);
    char *name = before == 0 ? ms_strdup(m->name) : ms_sprintf("%s#%zu", m->name, before + 1);
    o->names = ms_grow(o->names, &o->cap_names, o->n_members + 1, sizeof *o->names);
    o->names[o->n_members++] = ms_strdup(m->name);
    const char *wanted = rest_of_wanted(o, name);
    if (o->wanted == NULL || wanted != NULL) {
        struct ms_source s = member_source(o, m, walk, name);
        o->is_told = s.status != MS_SOURCE_OK;
        ms_members_add(o->in, &s, wanted != NULL && *wanted != '\0' ? wanted : NULL, o->depth + 1);
    }
    free(name);
    return !o->is_told && !ms_input_is_cancelled(o->in);
}

/* Its members stand for it, and it says itself what they can't. */
static void open_archive(struct ms_input *in, struct ms_source *s, enum ms_archive kind, const char *wanted,
                         unsigned depth)
{
    struct opened o = {.in = in, .archive = s, .wanted = wanted, .depth = depth};
    struct ms_trouble trouble = {0};
    struct ms_stored file, *stored;
    struct ms_error why = {{0}};
    size_t n_before = in->n_sources;
    ms_source_impl(s)->is_archive = true;
    if ((stored = ms_head_stored(in, s, &file, &why)) == NULL) {
        ms_trouble_set(&trouble, MS_SOURCE_UNREADABLE, "%s", why.text);
    } else {
        ms_stored_rewind(stored);
        stored->is_recording = false;
        ms_archive_members(stored, s->compression, kind, add_member, &o, &trouble);
        ms_stored_close(stored);
    }
    for (size_t i = 0; i < o.n_members; i++)
        free(o.names[i]);
    free(o.names);
    if (trouble.status == MS_SOURCE_OK && wanted != NULL && in->n_sources == n_before)
        ms_trouble_set(&trouble, MS_SOURCE_UNREADABLE, "holds no member of the name %.200s", wanted);
    if (trouble.status == MS_SOURCE_OK || o.is_told) {
        drop(in, s);
        return;
    }
    if (trouble.status == MS_SOURCE_CORRUPT) /* found by the sum over all: nobody knows in which of them it is */
        for (size_t i = n_before; i < in->n_sources; i++)
            if (ms_source_impl(&in->sources[i])->is_spooled && in->sources[i].status == MS_SOURCE_OK)
                ms_source_trouble(&in->sources[i], trouble.status, trouble.what);
    ms_source_trouble(s, in->n_sources > n_before ? trouble.status : MS_SOURCE_UNREADABLE, trouble.what);
    ms_members_keep(in, s);
}

void ms_members_add(struct ms_input *in, struct ms_source *s, const char *wanted, unsigned depth)
{
    enum ms_archive kind = ms_head_probe(in, s);
    if (kind != MS_ARCHIVE_NONE && depth < MS_ARCHIVE_MAX_DEPTH) {
        open_archive(in, s, kind, wanted, depth);
        return;
    }
    if (kind != MS_ARCHIVE_NONE)
        ms_source_trouble(s, MS_SOURCE_UNREADABLE, "is an archive in an archive in an archive ...; unpack it first");
    else if (wanted != NULL)
        ms_source_trouble(s, MS_SOURCE_UNREADABLE, "is no archive that could have members");
    ms_members_keep(in, s);
}
