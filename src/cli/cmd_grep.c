#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "cli/command.h"
#include "parse/stamp.h"
#include "query/escape.h"
#include "story/story.h"

/* ---- patterns ---- */

struct needles {
    struct ms_pattern *items;
    size_t n, cap;
    struct ms_buffer file; /* texts of -f */
};

static void add_pattern(struct needles *n, const struct ms_args *args, struct ms_span text)
{
    n->items = ms_grow(n->items, &n->cap, n->n + 1, sizeof *n->items);
    n->items[n->n] = (struct ms_pattern){.id = (uint32_t)n->n,
                                         .text = text.p,
                                         .text_bytes = text.n,
                                         .is_regex = !args->is_literal,
                                         .caseless = args->ignore_case};
    n->n++;
}

static enum ms_status read_file(const char *path, struct ms_buffer *out, struct ms_error *err)
{
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    size_t got = 1;
    if (in == NULL)
        return ms_fail(err, MS_ERR_USAGE, "-f %s: %s", path, strerror(errno));
    while (got > 0 && out->size_bytes < (size_t)1 << 30) {
        ms_buffer_reserve(out, 1 << 16);
        got = fread(out->data + out->size_bytes, 1, 1 << 16, in);
        out->size_bytes += got;
    }
    bool failed = ferror(in) != 0;
    int why = errno;
    if (in != stdin)
        fclose(in);
    return failed ? ms_fail(err, MS_ERR_USAGE, "-f %s: %s", path, strerror(why)) : MS_OK;
}

static enum ms_status take_patterns(struct needles *n, const struct ms_args *args, struct ms_error *err)
{
    bool is_operand = args->n_patterns == 0 && args->pattern_file == NULL;
    enum ms_status st = args->pattern_file ? read_file(args->pattern_file, &n->file, err) : MS_OK;
    if (st != MS_OK)
        return st;
    if (is_operand)
        add_pattern(n, args, ms_span_str(args->operands[0]));
    for (size_t i = 0; i < args->n_patterns; i++)
        add_pattern(n, args, ms_span_str(args->patterns[i]));
    for (const char *p = n->file.data, *end = p + n->file.size_bytes; p < end;) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t length = stop != NULL ? (size_t)(stop - p) : (size_t)(end - p);
        size_t shown = length - (length > 0 && p[length - 1] == '\r');
        if (shown > 0)
            add_pattern(n, args, ms_span_of(p, shown));
        p += length + 1;
    }
    return n->n > 0 ? MS_OK : ms_fail(err, MS_ERR_USAGE, "-f %s holds no pattern", args->pattern_file);
}

/* ---- input that can be read only once ---- */

struct spool { /* what is read twice stands in for it */
    char path[32];
    const char *name;
    int fd;
};

struct inputs {
    const char **paths;
    size_t n;
    struct spool *spools;
    size_t n_spools;
};

static int open_nameless(void)
{
    const char *dir = getenv("TMPDIR");
    if (dir == NULL || *dir == '\0')
        dir = "/tmp";
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    char *name = ms_sprintf("%s/mailstrata-XXXXXX", dir);
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0)
        unlink(name);
    free(name);
    return fd;
}

static bool copy(int from, int to)
{
    static char block[1 << 18];
    for (;;) {
        ssize_t got = read(from, block, sizeof block);
        if (got == 0)
            return true;
        if (got < 0 && errno != EINTR)
            return false;
        for (ssize_t at = 0, put; at < got; at += put) {
            put = write(to, block + at, (size_t)(got - at));
            if (put < 0 && errno != EINTR)
                return false;
            put = put < 0 ? 0 : put;
        }
    }
}

static enum ms_status spool(struct inputs *in, const char *name, struct ms_error *err)
{
    int from = strcmp(name, "-") == 0 ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (from < 0)
        return ms_fail(err, MS_ERR_IO, "%s: %s", name, strerror(errno));
    struct spool *s = &in->spools[in->n_spools++];
    *s = (struct spool){.name = name, .fd = open_nameless()};
    bool good = s->fd >= 0 && copy(from, s->fd);
    int why = errno;
    if (from != STDIN_FILENO)
        close(from);
    if (!good)
        return ms_fail(err, MS_ERR_IO, "%s is read more than once, and cannot be kept in a file below %s: %s", name,
                       getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", strerror(why));
    snprintf(s->path, sizeof s->path, "/proc/self/fd/%d", s->fd);
    in->paths[in->n++] = s->path;
    return MS_OK;
}

static enum ms_status take_inputs(struct inputs *in, const char *const *paths, size_t n, struct ms_error *err)
{
    enum ms_status st = MS_OK;
    in->paths = ms_calloc(n, sizeof *in->paths);
    in->spools = ms_calloc(n, sizeof *in->spools);
    for (size_t i = 0; i < n && st == MS_OK; i++) {
        struct stat about;
        bool is_known = stat(paths[i], &about) == 0;
        if (strcmp(paths[i], "-") == 0 || (is_known && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode)))
            st = spool(in, paths[i], err);
        else
            in->paths[in->n++] = paths[i];
    }
    return st;
}

static void inputs_fini(struct inputs *in)
{
    for (size_t i = 0; i < in->n_spools; i++)
        if (in->spools[i].fd >= 0)
            close(in->spools[i].fd);
    free(in->spools);
    free(in->paths);
}

static const char *name_of(const struct inputs *in, const char *path)
{
    for (size_t i = 0; i < in->n_spools; i++)
        if (strcmp(path, in->spools[i].path) == 0)
            return in->spools[i].name;
    return path;
}

/* ---- output ---- */

struct telling {
    const struct ms_stories *stories;
    const struct inputs *in;
    enum ms_format format;
    bool is_terminal;
    struct ms_buffer line;
};

/* As it is, but for a terminal. */
static void push_raw(const struct telling *t, struct ms_buffer *out, struct ms_span text)
{
    if (t->is_terminal)
        ms_escape_shown(out, text, SIZE_MAX);
    else
        ms_buffer_append(out, text.p, text.n);
}

static void push_line(struct telling *t, const struct ms_story_line *l, bool is_first_of_next)
{
    const char *name = name_of(t->in, ms_stories_path(t->stories, l->file));
    if (is_first_of_next)
        ms_buffer_append(&t->line, "--\n", 3);
    push_raw(t, &t->line, ms_span_str(name));
    ms_buffer_printf(&t->line, ":%llu: ", (unsigned long long)l->offset);
    push_raw(t, &t->line, l->text);
    ms_buffer_push(&t->line, '\n');
}

static void push_text(struct telling *t, const char *key, struct ms_span text)
{
    bool json = t->format == MS_FORMAT_NDJSON;
    ms_buffer_printf(&t->line, json ? ",\"%s\":" : ",", key);
    if (text.p == NULL)
        ms_buffer_printf(&t->line, "%s", json ? "null" : "");
    else if (json)
        ms_escape_json(&t->line, text);
    else
        ms_escape_csv(&t->line, text);
}

static void push_row(struct telling *t, const struct ms_story_line *l)
{
    char stamp[MS_STAMP_TEXT_MAX];
    bool json = t->format == MS_FORMAT_NDJSON, has_time = l->time_us != INT64_MIN;
    struct ms_span time = has_time ? ms_span_of(stamp, ms_stamp_format(l->time_us, stamp)) : MS_SPAN_NULL;
    const char *matched = l->matched ? "true" : "false";
    ms_buffer_printf(&t->line, json ? "{\"story\":%u,\"matched\":%s" : "%u,%s", l->story + 1, matched);
    push_text(t, "file", ms_span_str(name_of(t->in, ms_stories_path(t->stories, l->file))));
    ms_buffer_printf(&t->line, json ? ",\"offset\":%llu" : ",%llu", (unsigned long long)l->offset);
    push_text(t, "time", time);
    push_text(t, "host", l->host);
    push_text(t, "queue_id", l->queue_id);
    push_text(t, "line", l->text);
    ms_buffer_printf(&t->line, json ? "}\n" : "\n");
}

static void print_stories(struct telling *t)
{
    uint32_t story = 0;
    if (t->format == MS_FORMAT_CSV)
        puts("story,matched,file,offset,time,host,queue_id,line");
    for (size_t i = 0; i < ms_stories_n_lines(t->stories) && !ferror(stdout); i++) {
        struct ms_story_line l = ms_stories_line(t->stories, i);
        t->line.size_bytes = 0;
        if (t->format == MS_FORMAT_TABLE)
            push_line(t, &l, l.story != story);
        else
            push_row(t, &l);
        story = l.story;
        fwrite(t->line.data, 1, t->line.size_bytes, stdout);
    }
}

static size_t print_files(struct telling *t)
{
    size_t n = 0;
    for (size_t i = 0; i < ms_stories_n_files(t->stories); i++) {
        if (!ms_stories_file_matched(t->stories, i))
            continue;
        t->line.size_bytes = 0;
        push_raw(t, &t->line, ms_span_str(name_of(t->in, ms_stories_path(t->stories, i))));
        ms_buffer_push(&t->line, '\n');
        fwrite(t->line.data, 1, t->line.size_bytes, stdout);
        n++;
    }
    return n;
}

/* A sentence names the file that stands in: the reader knows another name. */
static bool name_problems(const struct telling *t)
{
    bool any = false;
    for (size_t i = 0; i < ms_stories_n_files(t->stories); i++) {
        const char *problem = ms_stories_problem(t->stories, i), *path = ms_stories_path(t->stories, i);
        if (problem == NULL)
            continue;
        size_t skip = strncmp(problem, path, strlen(path)) == 0 ? strlen(path) : 0;
        ms_say("%s%s", skip > 0 ? name_of(t->in, path) : "", problem + skip);
        any = true;
    }
    return any;
}

static enum ms_status tell(struct telling *t, const struct ms_args *args, bool *incomplete)
{
    size_t n = ms_stories_count(t->stories);
    *incomplete = name_problems(t);
    if (args->files_only)
        n = print_files(t);
    else if (args->count)
        printf("%zu\n", n);
    else
        print_stories(t);
    if (args->hops && n > 0)
        ms_say("%zu stor%s after %u passes over the input", n, n == 1 ? "y" : "ies", ms_stories_passes(t->stories));
    if (n > 0 || *incomplete)
        return MS_OK;
    size_t n_files = ms_stories_n_files(t->stories);
    ms_say("nothing matches in %zu file%s", n_files, n_files == 1 ? "" : "s");
    return MS_END;
}

static enum ms_status search(const struct ms_args *args, const struct needles *needles, const struct inputs *in,
                             bool *incomplete, struct ms_error *err)
{
    struct ms_story_config config = {.paths = in->paths,
                                     .n_paths = in->n,
                                     .patterns = needles->items,
                                     .n_patterns = needles->n,
                                     .engine = args->engine,
                                     .threads = (unsigned)args->threads,
                                     .segment_bytes = (size_t)args->segment_bytes,
                                     .zones = args->zones,
                                     .n_zones = args->n_zones,
                                     .year = (int)args->year,
                                     .host = args->host,
                                     .host_map = args->host_map,
                                     .files_only = args->files_only,
                                     .hops = args->hops};
    struct ms_stories *stories;
    enum ms_status st = ms_stories_find(&stories, &config, err);
    if (st != MS_OK)
        return st;
    struct telling t = {
        .stories = stories, .in = in, .format = args->format, .is_terminal = isatty(STDOUT_FILENO) == 1};
    st = tell(&t, args, incomplete);
    ms_buffer_fini(&t.line);
    ms_stories_destroy(stories);
    return st;
}

enum ms_status ms_cmd_grep(const struct ms_args *args, bool *incomplete, struct ms_error *err)
{
    size_t first = args->n_patterns == 0 && args->pattern_file == NULL ? 1 : 0;
    struct needles needles = {0};
    struct inputs in = {0};
    enum ms_status st = take_patterns(&needles, args, err);
    if (st == MS_OK)
        st = take_inputs(&in, args->operands + first, args->n_operands - first, err);
    if (st == MS_OK)
        st = search(args, &needles, &in, incomplete, err);
    inputs_fini(&in);
    free(needles.items);
    ms_buffer_fini(&needles.file);
    return st;
}
