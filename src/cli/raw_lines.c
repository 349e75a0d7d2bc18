#include "cli/raw_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"
#include "cli/reread.h"
#include "parse/parse.h"
#include "query/story.h"

enum { SHOWN_BYTES = 8192 }; /* of a line */

struct cited {
    struct ms_span path, compression, tokens;
    uint64_t offset;
};

struct source { /* the one that is open */
    struct ms_span path;
    bool is_plain;
    int fd;                  /* plain; -1: not open */
    struct ms_reread reread; /* compressed */
    struct ms_error problem; /* text: why it cannot be read, or "" */
};

struct reading {
    struct ms_arena arena;
    struct cited *cited;
    size_t n, cap, at;
    struct source source;
    struct ms_buffer line, text; /* of the line as it is; repaired */
    struct ms_error problem;
};

/* ---- the source ---- */

static void source_close(struct source *s)
{
    ms_reread_close(&s->reread);
    if (s->fd >= 0)
        close(s->fd);
    *s = (struct source){.fd = -1};
}

static void open_plain(struct source *s, const char *path)
{
    struct stat st;
    s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (s->fd < 0)
        ms_fail(&s->problem, MS_ERR_IO,
                "cannot read the source: %s (the path is as ingest was given it; is this the same folder?)",
                strerror(errno));
    else if (fstat(s->fd, &st) != 0 || !S_ISREG(st.st_mode))
        ms_fail(&s->problem, MS_ERR_IO, "the source is not a file that could be read again");
}

static void open_compressed(struct source *s, const char *path)
{
    const struct ms_input_options options = {.first_stamp = ms_first_stamp, .no_digest = true};
    struct ms_error why = {{0}};
    if (ms_input_open(&s->reread.in, &path, 1, &options, &why) != MS_OK) {
        s->reread.in = NULL;
        ms_fail(&s->problem, MS_ERR_IO, "cannot read the source: %s", why.text);
    }
}

static void source_open(struct source *s, const struct cited *c)
{
    char *path = ms_sprintf("%.*s", (int)c->path.n, c->path.p);
    /* A member of an archive is not packed itself perhaps, but no file either. */
    bool is_member = strchr(path, '!') != NULL && access(path, F_OK) != 0;
    *s = (struct source){.fd = -1, .path = c->path, .is_plain = ms_span_is(c->compression, "none") && !is_member};
    if (strcmp(path, "-") == 0)
        ms_fail(&s->problem, MS_ERR_IO, "the source was standard input, which cannot be read again");
    else if (s->is_plain)
        open_plain(s, path);
    else
        open_compressed(s, path);
    free(path);
}

/* ---- a line of it ---- */

static const char not_there[] = "the source has changed: no line begins there any more";

/* The text from one byte in front of the line (if there is one) to its end or as much as is shown. */
static void take(struct reading *r, struct ms_span text, bool at_begin)
{
    if (text.n == 0 || (!at_begin && text.p[0] != '\n')) {
        ms_fail(&r->problem, MS_ERR_FORMAT, "%s", not_there);
        return;
    }
    struct ms_span line = at_begin ? text : ms_span_of(text.p + 1, text.n - 1);
    const char *end = line.n > 0 ? memchr(line.p, '\n', line.n) : NULL;
    size_t n = end != NULL ? (size_t)(end - line.p) : line.n;
    ms_buffer_append(&r->line, line.p, n < SHOWN_BYTES ? n : SHOWN_BYTES);
}

static void read_plain(struct reading *r, uint64_t offset)
{
    char piece[SHOWN_BYTES + 2];
    bool at_begin = offset == 0;
    ssize_t n = pread(r->source.fd, piece, sizeof piece, (off_t)(at_begin ? 0 : offset - 1));
    if (n < 0)
        ms_fail(&r->problem, MS_ERR_IO, "cannot read the source: %s", strerror(errno));
    else
        take(r, ms_span_of(piece, (size_t)n), at_begin);
}

static void read_compressed(struct reading *r, uint64_t offset)
{
    struct ms_span line;
    struct ms_error why = {{0}};
    enum ms_status st = ms_reread_line(&r->source.reread, 0, offset, &line, &why);
    if (st == MS_OK)
        ms_buffer_append(&r->line, line.p, line.n < SHOWN_BYTES ? line.n : SHOWN_BYTES);
    else
        ms_fail(&r->problem, MS_ERR_FORMAT, "%s", st == MS_END ? not_there : why.text);
}

/* ---- is it still the line that was read then? ---- */

static void check_words(struct reading *r, struct ms_span tokens)
{
    struct ms_span line = ms_span_of(r->text.data, r->text.size_bytes);
    while (tokens.n > 0) {
        const char *end = memchr(tokens.p, '\n', tokens.n);
        struct ms_span word = ms_span_of(tokens.p, end != NULL ? (size_t)(end - tokens.p) : tokens.n);
        if (!ms_line_holds_word(line, word)) {
            ms_fail(&r->problem, MS_ERR_FORMAT, "the source has changed: the line there does not hold %.*s any more",
                    (int)word.n, word.p);
            return;
        }
        tokens = ms_span_of(tokens.p + word.n + (end != NULL), tokens.n - word.n - (end != NULL));
    }
}

static void repair(struct reading *r)
{
    struct ms_span raw = ms_span_of(r->line.data, r->line.size_bytes);
    ms_buffer_reserve(&r->text, ms_text_repair(raw, NULL));
    r->text.size_bytes = ms_text_repair(raw, r->text.data);
}

static void read_line(struct reading *r, const struct cited *c)
{
    r->line.size_bytes = r->text.size_bytes = 0;
    r->problem = r->source.problem;
    if (r->problem.text[0] != '\0')
        return;
    if (r->source.is_plain)
        read_plain(r, c->offset);
    else
        read_compressed(r, c->offset);
    if (r->problem.text[0] != '\0')
        return;
    repair(r);
    check_words(r, c->tokens);
}

/* ---- all of them ---- */

static enum ms_status take_cited(void *user, const struct ms_span *fields, size_t n, struct ms_error *err)
{
    (void)n, (void)err;
    struct reading *r = user;
    r->cited = ms_grow(r->cited, &r->cap, r->n + 1, sizeof *r->cited);
    r->cited[r->n++] = (struct cited){ms_arena_copy(&r->arena, fields[0]), ms_arena_copy(&r->arena, fields[1]),
                                      ms_arena_copy(&r->arena, fields[3]), (uint64_t)ms_field_number(fields[2])};
    return MS_OK;
}

static enum ms_status next_row(void *user, struct ms_value *row, struct ms_error *err)
{
    (void)err;
    struct reading *r = user;
    if (r->at == r->n)
        return MS_END;
    const struct cited *c = &r->cited[r->at++];
    if (!ms_span_eq(c->path, r->source.path)) {
        source_close(&r->source);
        source_open(&r->source, c);
    }
    read_line(r, c);
    bool good = r->problem.text[0] == '\0';
    row[0] = (struct ms_value){.kind = MS_VALUE_TEXT, .text = c->path};
    row[1] = (struct ms_value){.kind = MS_VALUE_INT, .number = (int64_t)c->offset};
    row[2] = (struct ms_value){.kind = MS_VALUE_TEXT,
                               .text = good ? ms_span_of(r->text.data, r->text.size_bytes) : MS_SPAN_NULL};
    row[3] = (struct ms_value){.kind = MS_VALUE_TEXT, .text = good ? MS_SPAN_NULL : ms_span_str(r->problem.text)};
    return MS_OK;
}

enum ms_status ms_raw_lines_fill(struct ms_query *q, struct ms_error *err)
{
    struct reading r = {.source = {.fd = -1}};
    enum ms_status st = ms_query_each(q, ms_story_lines, NULL, 0, take_cited, &r, err);
    if (st == MS_OK)
        st = ms_query_fill(q, "shown", "raws", 4, next_row, &r, err);
    source_close(&r.source);
    ms_buffer_fini(&r.line);
    ms_buffer_fini(&r.text);
    free(r.cited);
    ms_arena_fini(&r.arena);
    return st;
}
