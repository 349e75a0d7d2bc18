#include <stdlib.h>

#include "base/buffer.h"
#include "cli/command.h"
#include "cli/raw_lines.h"
#include "cli/selecting.h"
#include "query/escape.h"
#include "query/story.h"

enum { UTC_WIDTH = 24, ZONE_WIDTH = 29, STEP_WIDTH = 10, TEXT_WIDTH = 1000, RAW_WIDTH = 10000 };

struct telling {
    struct ms_buffer line;
    size_t time_width;
    int64_t mail, hop; /* of the last row; mail 0: none yet */
};

/* Left-aligned, with two blanks behind. */
static void append_column(struct ms_buffer *line, struct ms_span text, size_t width)
{
    for (size_t shown = ms_escape_shown(line, text, SIZE_MAX); shown < width + 2; shown++)
        ms_buffer_push(line, ' ');
}

/* Stamps of classic syslog are whole seconds: they are shown as what they are. */
static struct ms_span without_zero_ms(struct ms_span time, char copy[64])
{
    static const char zero[] = ".000";
    const char *at = time.p != NULL ? memmem(time.p, time.n, zero, sizeof zero - 1) : NULL;
    if (at == NULL || time.n >= 64)
        return time;
    size_t before = (size_t)(at - time.p), after = time.n - before - (sizeof zero - 1);
    memcpy(copy, time.p, before);
    memcpy(copy + before, at + sizeof zero - 1, after);
    return ms_span_of(copy, before + after);
}

static void append_heading(struct ms_buffer *line, const char *before, struct ms_span heading)
{
    ms_buffer_append(line, before, strlen(before));
    ms_escape_shown(line, heading, TEXT_WIDTH);
    ms_buffer_push(line, '\n');
}

static void append_step(struct ms_buffer *line, const struct ms_span *f, size_t time_width)
{
    char copy[64];
    ms_buffer_append(line, "  ", 2);
    append_column(line, without_zero_ms(f[MS_STORY_TIME], copy), time_width);
    append_column(line, f[MS_STORY_STEP], STEP_WIDTH);
    ms_escape_shown(line, f[MS_STORY_TEXT], TEXT_WIDTH);
    if (f[MS_STORY_OFFSET].p != NULL) {
        ms_buffer_append(line, "  [", 3);
        ms_escape_shown(line, f[MS_STORY_FILE], SIZE_MAX);
        ms_buffer_printf(line, ":%.*s]", (int)f[MS_STORY_OFFSET].n, f[MS_STORY_OFFSET].p);
    }
    ms_buffer_push(line, '\n');
}

static void append_raw(struct ms_buffer *line, const struct ms_span *f)
{
    if (f[MS_STORY_RAW].p != NULL) {
        ms_buffer_append(line, "    | ", 6);
        ms_escape_shown(line, f[MS_STORY_RAW], RAW_WIDTH);
        ms_buffer_push(line, '\n');
    } else if (f[MS_STORY_RAW_PROBLEM].p != NULL) {
        ms_buffer_append(line, "    ! ", 6);
        ms_escape_shown(line, f[MS_STORY_RAW_PROBLEM], TEXT_WIDTH);
        ms_buffer_push(line, '\n');
    }
}

static enum ms_status tell(void *user, const struct ms_span *f, size_t n, struct ms_error *err)
{
    struct telling *t = user;
    int64_t mail = ms_field_number(f[MS_STORY_MAIL]), hop = ms_field_number(f[MS_STORY_HOP]);
    (void)err;
    MS_ASSERT(n == MS_STORY_N_COLUMNS);
    t->line.size_bytes = 0;
    if (mail != t->mail) {
        ms_buffer_printf(&t->line, "%smail %lld: ", t->mail != 0 ? "\n" : "", (long long)mail);
        append_heading(&t->line, "", f[MS_STORY_TITLE]);
    }
    if (hop != 0 && (mail != t->mail || hop != t->hop))
        append_heading(&t->line, "\n", f[MS_STORY_HEADING]);
    append_step(&t->line, f, t->time_width);
    if (hop != 0) /* what became of a recipient is a step, too, and has its line there */
        append_raw(&t->line, f);
    t->mail = mail;
    t->hop = hop;
    fwrite(t->line.data, 1, t->line.size_bytes, stdout);
    return ferror(stdout) ? MS_END : MS_OK; /* nobody reads any more */
}

static enum ms_status print(const struct ms_args *args, struct ms_query *query, struct ms_error *err)
{
    if (args->format != MS_FORMAT_TABLE)
        return ms_query_run(query, args->raw ? ms_story_full_raw : ms_story_full, args->format, stdout, NULL, err);
    struct telling t = {.time_width = args->display_zone != NULL ? ZONE_WIDTH : UTC_WIDTH};
    enum ms_status st = ms_query_each(query, ms_story_for_people, NULL, 0, tell, &t, err);
    ms_buffer_fini(&t.line);
    return st == MS_END ? MS_OK : st;
}

static enum ms_status show(const struct ms_args *args, struct ms_query *query, struct ms_error *err)
{
    enum ms_status st = ms_story_make(query, err);
    if (st == MS_OK && args->raw)
        st = ms_raw_lines_fill(query, err);
    return st == MS_OK ? print(args, query, err) : st;
}

enum ms_status ms_cmd_trace(const struct ms_args *args, bool *incomplete, struct ms_error *err)
{
    static const struct ms_showing showing = {.limit = 10, .whole_story = true, .show = show};
    (void)incomplete;
    return ms_selecting(args, &showing, err);
}
