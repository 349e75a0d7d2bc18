/* tar and zip by libarchive, which sees their text only: what they are packed with is ours to unpack. */
#include <stdlib.h>

#include <archive.h>
#include <archive_entry.h>

#include "input/input_impl.h"

#define TAR_BLOCK_BYTES 512

/* The field is an octal number between blanks and zeros; the sum takes it for eight blanks. Old tars sum signed bytes. */
static bool is_tar(const unsigned char *p, size_t n)
{
    unsigned long told = 0, sum = 0;
    long signed_sum = 0;
    size_t i = 148;
    if (n < TAR_BLOCK_BYTES || p[0] == '\0')
        return false;
    while (i < 156 && p[i] == ' ')
        i++;
    for (; i < 156 && p[i] >= '0' && p[i] <= '7'; i++)
        told = told * 8 + (unsigned long)(p[i] - '0');
    if (i < 156 && p[i] != ' ' && p[i] != '\0')
        return false;
    for (i = 0; i < TAR_BLOCK_BYTES; i++) {
        unsigned char byte = i >= 148 && i < 156 ? ' ' : p[i];
        sum += byte;
        signed_sum += (signed char)byte;
    }
    return told == sum || (long)told == signed_sum;
}

enum ms_archive ms_archive_of(const void *first_bytes, size_t n)
{
    if (n >= 4 && (memcmp(first_bytes, "PK\3\4", 4) == 0 || memcmp(first_bytes, "PK\5\6", 4) == 0))
        return MS_ARCHIVE_ZIP;
    return is_tar(first_bytes, n) ? MS_ARCHIVE_TAR : MS_ARCHIVE_NONE;
}

struct ms_archive_walk {
    struct archive *library;
    struct ms_inflate inflate;
    bool is_file; /* neither a pipe nor packed: any place of it can be read at any time */
    char bytes[MS_STORED_CHUNK_BYTES];
};

static la_ssize_t give(struct archive *library, void *user, const void **bytes)
{
    struct ms_archive_walk *w = user;
    (void)library;
    *bytes = w->bytes;
    return (la_ssize_t)ms_inflate_read(&w->inflate, w->bytes, sizeof w->bytes);
}

static la_int64_t skip(struct archive *library, void *user, la_int64_t n)
{
    struct ms_archive_walk *w = user;
    struct ms_stored *stored = w->inflate.stored;
    (void)library;
    if (!w->is_file)
        return 0;
    uint64_t left = stored->limit_bytes - stored->offset;
    uint64_t passed = (uint64_t)n < left ? (uint64_t)n : left;
    stored->offset += passed;
    return (la_int64_t)passed;
}

static la_int64_t seek(struct archive *library, void *user, la_int64_t offset, int whence)
{
    struct ms_archive_walk *w = user;
    struct ms_stored *stored = w->inflate.stored;
    (void)library;
    la_int64_t from = whence == SEEK_SET ? 0 : (la_int64_t)(whence == SEEK_CUR ? stored->offset : stored->limit_bytes);
    if (from + offset < 0 || from + offset > (la_int64_t)stored->limit_bytes)
        return ARCHIVE_FATAL;
    stored->offset = (uint64_t)(from + offset);
    w->inflate.is_end = false;
    return from + offset;
}

/* The library's sentence, and how far it had come; trouble of the bytes below it is the cause, and was kept first. */
static void set_trouble(const struct ms_archive_walk *w, struct ms_trouble *trouble)
{
    struct archive *library = w->library;
    const char *why = archive_error_string(library);
    if (w->inflate.trouble.status != MS_SOURCE_OK) {
        ms_trouble_set(trouble, w->inflate.trouble.status, "%s", w->inflate.trouble.what);
        return;
    }
    ms_trouble_set(trouble, w->inflate.is_end ? MS_SOURCE_TRUNCATED : MS_SOURCE_CORRUPT, "archive: %s near byte %llu%s",
                   why != NULL ? why : "damaged", (unsigned long long)archive_filter_bytes(library, -1),
                   w->is_file ? "" : " of its unpacked bytes");
}

static const char *name_of(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname_utf8(entry);
    if (name == NULL)
        name = archive_entry_pathname(entry);
    while (name != NULL && name[0] == '.' && name[1] == '/')
        name += 2;
    return name;
}

static bool is_wanted(struct archive_entry *entry, const char *name)
{
    if (name == NULL || name[0] == '\0' || archive_entry_filetype(entry) != AE_IFREG ||
        archive_entry_hardlink(entry) != NULL)
        return false;
    return name[0] != '.' && strstr(name, "/.") == NULL; /* hidden, as in folders */
}

static struct ms_archive_member member_of(struct archive *library, struct archive_entry *entry,
                                          const struct ms_archive_walk *w, enum ms_archive kind)
{
    bool is_in_archive = w->is_file && kind == MS_ARCHIVE_TAR && archive_entry_sparse_count(entry) == 0;
    return (struct ms_archive_member){
        .name = name_of(entry),
        .size_bytes = archive_entry_size_is_set(entry) ? (uint64_t)archive_entry_size(entry) : 0,
        .written_s = archive_entry_mtime_is_set(entry) ? archive_entry_mtime(entry) : INT64_MIN,
        .is_in_archive = is_in_archive,
        .base = is_in_archive ? w->inflate.stored->base + (uint64_t)archive_filter_bytes(library, -1) : 0};
}

static void walk_members(struct ms_archive_walk *w, enum ms_archive kind, ms_member_fn *each, void *user,
                         struct ms_trouble *trouble)
{
    struct archive *library = w->library;
    struct archive_entry *entry;
    const volatile bool *cancelled = w->inflate.stored->cancelled;
    int code;
    while ((code = archive_read_next_header(library, &entry)) == ARCHIVE_OK || code == ARCHIVE_WARN) {
        if (cancelled != NULL && *cancelled)
            return;
        if (!is_wanted(entry, name_of(entry)))
            continue;
        struct ms_archive_member m = member_of(library, entry, w, kind);
        if (!each(user, &m, w))
            return;
    }
    /* What a packed archive is checked by stands behind its last member. */
    while (code == ARCHIVE_EOF && !w->is_file && ms_inflate_read(&w->inflate, w->bytes, sizeof w->bytes) > 0 &&
           (cancelled == NULL || !*cancelled))
        ;
    if (code != ARCHIVE_EOF || w->inflate.trouble.status != MS_SOURCE_OK)
        set_trouble(w, trouble);
}

void ms_archive_members(struct ms_stored *stored, enum ms_compression compression, enum ms_archive kind,
                        ms_member_fn *each, void *user, struct ms_trouble *trouble)
{
    struct ms_archive_walk *w = ms_malloc(sizeof *w);
    struct archive *library = archive_read_new();
    MS_ASSERT(library != NULL);
    w->library = library;
    w->is_file = compression == MS_PLAIN && !stored->is_stream;
    ms_inflate_open(&w->inflate, compression, stored);
    if (kind == MS_ARCHIVE_TAR)
        archive_read_support_format_tar(library);
    else
        archive_read_support_format_zip(library);
    archive_read_set_callback_data(library, w);
    archive_read_set_read_callback(library, give);
    archive_read_set_skip_callback(library, skip);
    if (w->is_file)
        archive_read_set_seek_callback(library, seek);
    if (archive_read_open1(library) == ARCHIVE_OK)
        walk_members(w, kind, each, user, trouble);
    else
        set_trouble(w, trouble);
    archive_read_free(library);
    ms_inflate_close(&w->inflate);
    free(w);
}

size_t ms_archive_read(struct ms_archive_walk *w, void *to, size_t n, struct ms_trouble *trouble)
{
    la_ssize_t got = archive_read_data(w->library, to, n);
    if (got < 0)
        set_trouble(w, trouble);
    return got > 0 ? (size_t)got : 0;
}
