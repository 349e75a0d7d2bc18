/* Appending: sources that an earlier run has read are known by their content, whatever they are called now. */
#include <stdlib.h>
#include <sys/stat.h>

#include <xxh_x86dispatch.h>

#include "input/input_impl.h"

struct candidate { /* a source that was opened */
    struct ms_source source;
    char *head; /* its first text, MS_END_BYTES at most */
    size_t head_bytes;
    size_t match; /* index of the known source; SIZE_MAX: none */
    bool is_same, is_copy;
};

static void hash_bytes(uint64_t out[2], const char *p, size_t n)
{
    XXH128_hash_t h = XXH3_128bits(n ? p : "", n);
    out[0] = h.low64;
    out[1] = h.high64;
}

/* Text from `from` on; how much was got. */
static size_t read_text(const struct ms_input *in, enum ms_compression compression, struct ms_stored *stored,
                        uint64_t from, char *to, size_t n)
{
    struct ms_inflate z;
    size_t got = 0;
    ms_inflate_open(&z, compression, stored);
    ms_inflate_pass(in, &z, from);
    while (got < n && !z.is_end)
        got += ms_inflate_read(&z, to + got, n - got);
    ms_inflate_close(&z);
    return got;
}

static bool can_be_known(const struct ms_source *s)
{
    const struct ms_source_impl *impl = ms_source_impl(s);
    return s->status != MS_SOURCE_UNREADABLE && !impl->is_stream && !impl->is_archive && !s->is_absent;
}

bool ms_stored_ends(const struct ms_input *in, const struct ms_source *s, char *room, struct ms_ends *out)
{
    struct ms_stored file;
    struct ms_error why;
    uint64_t size = s->size_bytes;
    if (!ms_source_open_file(in, s, &file, &why))
        return false;
    size_t n = size < MS_END_BYTES ? (size_t)size : MS_END_BYTES;
    size_t got = read_text(in, MS_PLAIN, &file, 0, room, n);
    hash_bytes(out->head, room, got);
    file.offset = size - n;
    size_t last = read_text(in, MS_PLAIN, &file, 0, room, n);
    hash_bytes(out->tail, room, last);
    ms_stored_close(&file);
    return got == n && last == n;
}

static bool same_ends(const struct ms_ends *a, const struct ms_ends *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* ---- which known source is it? ---- */

static void find_same(const struct ms_input *in, struct candidate *c, const struct ms_known *known, size_t n,
                      char *room)
{
    struct ms_ends ends;
    bool is_read = false;
    for (size_t k = 0; k < n && c->match == SIZE_MAX; k++) {
        if (known[k].size_bytes != c->source.size_bytes || known[k].compression != c->source.compression ||
            known[k].status == MS_SOURCE_UNREADABLE)
            continue;
        if (!is_read && !ms_stored_ends(in, &c->source, room, &ends))
            return;
        is_read = true;
        if (same_ends(&ends, &known[k].stored)) {
            c->match = k;
            c->is_same = true;
        }
    }
}

static void read_head(const struct ms_input *in, struct candidate *c)
{
    struct ms_stored file;
    struct ms_error why;
    if (!ms_source_open_file(in, &c->source, &file, &why))
        return;
    c->head = ms_malloc(MS_END_BYTES);
    c->head_bytes = read_text(in, c->source.compression, &file, 0, c->head, MS_END_BYTES);
    ms_stored_close(&file);
}

/* Does the text begin with all that was read of the known one? */
static bool has_prefix(const struct ms_input *in, const struct ms_source *s, const struct ms_known *k)
{
    struct ms_stored file;
    struct ms_error why;
    struct ms_inflate z;
    struct ms_digest digest = {0};
    uint64_t left = k->prefix_bytes;
    char hex[33];
    if (!ms_source_open_file(in, s, &file, &why))
        return false;
    char *room = ms_malloc(MS_END_BYTES);
    ms_inflate_open(&z, s->compression, &file);
    while (left > 0 && !z.is_end && !ms_input_is_cancelled(in)) {
        size_t got = ms_inflate_read(&z, room, left < MS_END_BYTES ? (size_t)left : MS_END_BYTES);
        ms_digest_append(&digest, room, got);
        left -= got;
    }
    ms_inflate_close(&z);
    ms_stored_close(&file);
    ms_digest_finish(&digest, hex);
    free(room);
    return left == 0 && strcmp(hex, k->prefix_digest) == 0;
}

static bool has_head(const struct candidate *c, const struct ms_known *k)
{
    uint64_t hash[2];
    size_t n = k->prefix_bytes < MS_END_BYTES ? (size_t)k->prefix_bytes : MS_END_BYTES;
    if (n == 0 || c->head_bytes < n)
        return false;
    hash_bytes(hash, c->head, n);
    return memcmp(hash, k->text.head, sizeof hash) == 0;
}

/* Of several that it begins with, the longest. */
static void find_prefix(const struct ms_input *in, struct candidate *c, const struct ms_known *known, size_t n)
{
    uint64_t longest = 0;
    read_head(in, c);
    for (size_t k = 0; k < n; k++) {
        if (known[k].prefix_bytes <= longest || !has_head(c, &known[k]) || !has_prefix(in, &c->source, &known[k]))
            continue;
        longest = known[k].prefix_bytes;
        c->match = k;
    }
    free(c->head);
    c->head = NULL;
}

/* One that cannot be read today is still the one of that name. */
static void find_unreadable(struct candidate *c, const struct ms_known *known, size_t n)
{
    for (size_t k = 0; k < n && c->source.status == MS_SOURCE_UNREADABLE && c->match == SIZE_MAX; k++)
        if (strcmp(known[k].path, c->source.path) == 0)
            c->match = k;
}

/* ---- the list with the known ones in front ---- */

static struct ms_source known_source(const struct ms_known *k)
{
    struct ms_source_impl *impl = ms_calloc(1, sizeof *impl);
    struct ms_source s = {.path = ms_strdup(k->path),
                          .size_bytes = k->size_bytes,
                          .compression = k->compression,
                          .text_bytes = k->text_bytes,
                          .status = k->status,
                          .error = k->error ? ms_strdup(k->error) : NULL,
                          .is_known = true,
                          .is_absent = true,
                          .mark = k->mark,
                          .text_start = k->text_bytes,
                          .held_bytes =
                              k->status == MS_SOURCE_OK && k->compression == MS_PLAIN && k->prefix_bytes > k->text_bytes
                                  ? k->prefix_bytes - k->text_bytes
                                  : 0,
                          .first_stamp_us = k->first_stamp_us,
                          .first_stamp_has_year = k->first_stamp_has_year,
                          .written_s = INT64_MIN,
                          .original_written_s = INT64_MIN,
                          .impl = impl};
    impl->stored.fd = -1;
    memcpy(s.digest, k->digest, sizeof s.digest);
    memcpy(s.text_digest, k->prefix_digest, sizeof s.text_digest);
    memcpy(s.sha256, k->sha256, sizeof s.sha256);
    memcpy(s.text_sha256, k->text_sha256, sizeof s.text_sha256);
    return s;
}

/* The known source, as it is found now. */
static void take_over(struct ms_input *in, struct ms_source *to, struct candidate *c)
{
    struct ms_source *s = &c->source;
    if (s->status == MS_SOURCE_UNREADABLE) {
        to->is_unreadable_now = true;
        ms_source_fini(in, s);
        return;
    }
    to->mark = s->mark;
    bool has_news = !c->is_same || to->held_bytes > 0;
    to->is_found = true;
    char *path = to->path;
    to->path = s->path;
    s->path = path;
    if (has_news) {
        void *impl = to->impl;
        to->impl = s->impl;
        s->impl = impl;
        to->size_bytes = s->size_bytes;
        to->compression = s->compression;
        to->status = MS_SOURCE_OK;
        free(to->error);
        to->error = NULL;
        to->held_bytes = 0;
        to->is_absent = false;
    }
    ms_source_fini(in, s);
}

/* Of several that are the same known source, the one with most text goes on; which of two packed ones that is, is not known, and
 * the first is taken. */
static void choose(struct candidate *all, size_t n, size_t n_known)
{
    size_t *best = ms_malloc(n_known * sizeof *best + 1);
    for (size_t k = 0; k < n_known; k++)
        best[k] = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        size_t k = all[i].match;
        if (k == SIZE_MAX)
            continue;
        struct candidate *other = best[k] != SIZE_MAX ? &all[best[k]] : NULL;
        bool is_better = other == NULL ||
                         (other->is_same && !all[i].is_same && all[i].source.compression == MS_PLAIN) ||
                         (all[i].source.compression == MS_PLAIN && other->source.compression == MS_PLAIN &&
                          all[i].source.size_bytes > other->source.size_bytes);
        if (is_better && other != NULL)
            other->is_copy = true;
        all[i].is_copy = !is_better;
        if (is_better)
            best[k] = i;
    }
    free(best);
}

enum ms_status ms_input_know(struct ms_input *in, const struct ms_known *known, size_t n, struct ms_error *err)
{
    size_t n_opened = in->n_sources;
    struct candidate *all = ms_calloc(n_opened, sizeof *all);
    char *room = ms_malloc(MS_END_BYTES);
    for (size_t i = 0; i < n_opened; i++) {
        struct candidate *c = &all[i];
        c->source = in->sources[i];
        c->match = SIZE_MAX;
        find_unreadable(c, known, n);
        if (ms_source_impl(&c->source)->known_by_mark != NULL) {
            c->match = (size_t)(ms_source_impl(&c->source)->known_by_mark - known);
            c->is_same = true;
            continue;
        }
        if (!can_be_known(&c->source) || ms_input_is_cancelled(in))
            continue;
        find_same(in, c, known, n, room);
        if (c->match == SIZE_MAX)
            find_prefix(in, c, known, n);
    }
    choose(all, n_opened, n);
    in->sources = ms_grow(in->sources, &in->cap_sources, n_opened + n, sizeof *in->sources);
    in->n_known = in->n_sources = n;
    for (size_t k = 0; k < n; k++)
        in->sources[k] = known_source(&known[k]);
    for (size_t i = 0; i < n_opened; i++) {
        if (all[i].is_copy)
            ms_source_fini(in, &all[i].source);
        else if (all[i].match != SIZE_MAX)
            take_over(in, &in->sources[all[i].match], &all[i]);
        else
            in->sources[in->n_sources++] = all[i].source;
    }
    for (size_t i = 0; i < in->n_sources; i++)
        in->sources[i].file_id = (uint32_t)i;
    free(room);
    free(all);
    return ms_input_is_cancelled(in) ? ms_fail(err, MS_ERR_CANCELLED, "stopped while looking at log files") : MS_OK;
}

/* ---- the last line, and what is remembered ---- */

uint64_t ms_input_last_line(const struct ms_input *in, size_t file_id)
{
    const struct ms_source *s = ms_input_source(in, file_id);
    struct ms_stored file;
    struct ms_error why;
    uint64_t length = 0, size = s->size_bytes;
    if (!can_be_known(s) || s->compression != MS_PLAIN || ms_source_impl(s)->file != NULL || size == 0 ||
        !ms_source_open_file(in, s, &file, &why))
        return 0;
    char *room = ms_malloc(MS_END_BYTES);
    for (uint64_t end = size; end > s->text_start && length < MS_LINE_MAX_BYTES;) {
        size_t n = end - s->text_start < MS_END_BYTES ? (size_t)(end - s->text_start) : MS_END_BYTES;
        file.offset = end - n;
        if (read_text(in, MS_PLAIN, &file, 0, room, n) != n)
            break;
        const char *last = memrchr(room, '\n', n);
        end -= last != NULL ? (uint64_t)(room + n - (last + 1)) : n;
        length = size - end;
        if (last != NULL)
            break;
    }
    ms_stored_close(&file);
    free(room);
    return length < MS_LINE_MAX_BYTES ? length : 0;
}

void ms_input_hold(struct ms_input *in, size_t file_id, uint64_t n_bytes)
{
    struct ms_source *s = &in->sources[file_id];
    MS_ASSERT(!in->is_started && s->compression == MS_PLAIN);
    s->held_bytes = n_bytes;
}

/* That of the whole file, if nobody has touched it since it was found. */
static struct ms_mark settled_mark(const struct ms_source *s)
{
    struct stat st;
    const struct ms_mark none = {0};
    if (ms_source_impl(s)->file != NULL || stat(s->path, &st) != 0 || (uint64_t)st.st_size != s->size_bytes)
        return none;
    struct ms_mark now = ms_mark_of(&st);
    return ms_mark_eq(&now, &s->mark) ? now : none;
}

bool ms_input_remember(const struct ms_input *in, size_t file_id, struct ms_known *out)
{
    const struct ms_source *s = ms_input_source(in, file_id);
    struct ms_stored file;
    struct ms_error why;
    bool is_plain = s->compression == MS_PLAIN;
    *out = (struct ms_known){.size_bytes = s->size_bytes,
                             .text_bytes = s->text_bytes,
                             .prefix_bytes = is_plain ? s->size_bytes : s->text_bytes,
                             .compression = s->compression,
                             .status = s->status,
                             .first_stamp_us = s->first_stamp_us,
                             .first_stamp_has_year = s->first_stamp_has_year};
    memcpy(out->digest, s->digest, sizeof out->digest);
    memcpy(out->sha256, s->sha256, sizeof out->sha256);
    memcpy(out->text_sha256, s->text_sha256, sizeof out->text_sha256);
    memcpy(out->prefix_digest, is_plain ? s->digest : s->text_digest, sizeof out->prefix_digest);
    if (!can_be_known(s) || out->prefix_digest[0] == '\0' || !ms_source_open_file(in, s, &file, &why)) {
        out->prefix_bytes = 0;
        out->size_bytes = ms_source_impl(s)->is_stream ? UINT64_MAX : out->size_bytes;
        return false;
    }
    char *room = ms_malloc(MS_END_BYTES);
    size_t n = out->prefix_bytes < MS_END_BYTES ? (size_t)out->prefix_bytes : MS_END_BYTES;
    bool ok = read_text(in, s->compression, &file, 0, room, n) == n;
    hash_bytes(out->text.head, room, n);
    ms_stored_close(&file);
    ok = ok && ms_stored_ends(in, s, room, &out->stored);
    free(room);
    if (!ok)
        out->prefix_bytes = 0;
    else
        out->mark = settled_mark(s);
    return ok;
}
