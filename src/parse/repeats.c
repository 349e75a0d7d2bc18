#include "parse/repeats.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "input/input.h"
#include "parse/fields.h"

/* ---- what the line says ---- */

bool ms_repeat_is_syslog(struct ms_span tag)
{
    return ms_span_is(tag, "syslogd") || ms_span_is(tag, "syslog");
}

/* ` time`, ` times`, and nothing behind it but what some daemons frame it with. */
static bool ends_well(struct ms_cursor *c)
{
    if (!MS_SKIP(c, " time"))
        return false;
    (void)MS_SKIP(c, "s");
    if (MS_SKIP(c, " ---") || MS_SKIP(c, "."))
        (void)MS_SKIP(c, "\n");
    return c->p == c->end;
}

/* Digits, at least one; too many for a number are the greatest. */
static bool read_count(struct ms_cursor *c, uint32_t *n)
{
    const char *from = c->p;
    uint64_t value = 0;
    for (; c->p < c->end && ms_is_digit(*c->p); c->p++)
        value = value < UINT32_MAX ? value * 10 + (unsigned)(*c->p - '0') : value;
    *n = value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
    return c->p > from && *n > 0;
}

enum { TEXT_MAX = 800 }; /* rsyslog's, of the text with the blank in front */

/* ` times: [ TEXT]`. The bracket is missing if the line was cut; what is left of the text is then all that is known. */
static bool read_bracket(struct ms_cursor c, struct ms_repeat_text *out)
{
    if (!MS_SKIP(&c, " times: [") && !MS_SKIP(&c, " time: ["))
        return false;
    bool is_closed = c.p < c.end && c.end[-1] == ']';
    c.end -= is_closed;
    out->is_cut = !is_closed || ms_cursor_left(&c) >= TEXT_MAX;
    while (c.p < c.end && *c.p == ' ')
        c.p++;
    out->text = ms_cursor_rest(&c);
    return out->text.n > 0;
}

bool ms_repeat_read(const struct ms_tag *tag, bool has_tag, struct ms_span text, struct ms_repeat_text *out)
{
    struct ms_cursor c = ms_cursor_of(text);
    *out = (struct ms_repeat_text){.text = MS_SPAN_NULL};
    if (text.n < sizeof "message repeated 1 time" - 1)
        return false;
    (void)MS_SKIP(&c, "--- ");
    bool is_last = MS_SKIP(&c, "last ");
    if (!MS_SKIP(&c, "message repeated ") || !read_count(&c, &out->said))
        return false;
    if (!is_last && read_bracket(c, out))
        return has_tag;
    return ends_well(&c) && (!has_tag || ms_repeat_is_syslog(tag->tag));
}

/* ---- what it repeats ---- */

static bool is_repeat(const struct ms_records *r, size_t *next, size_t line)
{
    while (*next < r->n_repeats && r->repeats[*next].line < line)
        (*next)++;
    return *next < r->n_repeats && r->repeats[*next].line == line;
}

/* Nobody knows whose line this is: behind it nothing is certain. */
static bool is_barrier(const struct ms_record *record)
{
    return record->reason != NULL;
}

static struct ms_span line_of(const struct ms_record *record, struct ms_span segment_text)
{
    return ms_span_of(segment_text.p + record->at, record->n);
}

/* A guess of an older segment can't be taken for one of this: a line of this host in this segment would have replaced it. */
void ms_repeats_find(struct ms_records *r, struct ms_span segment_text)
{
    if (r->n_repeats == 0)
        return;
    size_t barrier = 0, next = 0; /* barrier: behind the last one */
    for (size_t i = 0; i < r->n; i++) {
        const struct ms_record *record = &r->items[i];
        if (is_barrier(record)) {
            barrier = i + 1;
            continue;
        }
        uint32_t *last = &r->last_line[record->host_id + 1u]; /* MS_NO_NAME: 0 */
        if (!is_repeat(r, &next, i)) {
            *last = (uint32_t)i;
            continue;
        }
        struct ms_repeat *repeat = &r->repeats[next];
        if (repeat->has_text) {
            *last = (uint32_t)i; /* should both kinds meet: its text is the last one */
            continue;
        }
        bool is_here = *last < i && r->items[*last].host_id == record->host_id;
        repeat->is_sought = !is_here && barrier == 0;
        if (!is_here)
            *last = UINT32_MAX; /* nor be taken for one later */
        else if (*last >= barrier && r->items[*last].n <= MS_REPEATED_LINE_MAX)
            repeat->of = line_of(&r->items[*last], segment_text);
    }
}

/* ---- between segments ---- */

struct last_line {  /* of a host */
    uint64_t visit; /* number of the segment that it is from, in order of visits; 0: none */
    uint32_t n, cap;
    char *text;
};

struct ms_repeat_memory {
    struct last_line *hosts; /* by host_id + 1 */
    size_t n_hosts, cap_hosts;
    uint64_t visit;    /* of the segment in hand */
    uint64_t oldest;   /* what is of an older one is forgotten */
    uint64_t n_copies; /* granted in this file */
    uint32_t file_id;
    bool keeps_files;
    struct ms_buffer *files; /* by file_id: of those that are over (write_file) */
    size_t n_files, cap_files;
};

struct ms_repeat_memory *ms_repeat_memory_create(void)
{
    struct ms_repeat_memory *m = ms_calloc(1, sizeof *m);
    m->file_id = UINT32_MAX;
    return m;
}

void ms_repeat_memory_destroy(struct ms_repeat_memory *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->n_hosts; i++)
        free(m->hosts[i].text);
    free(m->hosts);
    for (size_t i = 0; i < m->n_files; i++)
        ms_buffer_fini(&m->files[i]);
    free(m->files);
    free(m);
}

static struct last_line *of_host(struct ms_repeat_memory *m, uint32_t host_id)
{
    size_t at = host_id + 1u; /* MS_NO_NAME: 0 */
    if (at >= m->n_hosts) {
        m->hosts = ms_grow(m->hosts, &m->cap_hosts, at + 1, sizeof *m->hosts);
        memset(m->hosts + m->n_hosts, 0, (at + 1 - m->n_hosts) * sizeof *m->hosts);
        m->n_hosts = at + 1;
    }
    return &m->hosts[at];
}

/* ---- between files, and runs that append ---- */

enum { FILE_BYTES = 1 << 20 }; /* if the last lines of a file's hosts are more when it is over, they are not kept */

struct kept_line {  /* in front of its text; a file's lines stand behind its n_copies */
    uint32_t at, n; /* at: host_id + 1 */
};

static void write_file(const struct ms_repeat_memory *m, size_t most_bytes, struct ms_buffer *out)
{
    out->size_bytes = 0;
    ms_buffer_append(out, &m->n_copies, sizeof m->n_copies);
    for (size_t i = 0; i < m->n_hosts; i++) {
        const struct last_line *l = &m->hosts[i];
        const struct kept_line head = {(uint32_t)i, l->n};
        if (l->visit < m->oldest || l->visit == 0 || l->n == 0)
            continue;
        ms_buffer_append(out, &head, sizeof head);
        ms_buffer_append(out, l->text, l->n);
    }
    if (out->size_bytes > most_bytes)
        out->size_bytes = sizeof m->n_copies;
}

/* The next of such lines; false: there is none, or it is damaged, which leaves `at` in front of the end. */
static bool next_line(struct ms_span bytes, size_t *at, struct kept_line *head, const char **text)
{
    if (bytes.n - *at < sizeof *head)
        return false;
    memcpy(head, bytes.p + *at, sizeof *head);
    if (head->n > bytes.n - *at - sizeof *head || head->n > MS_REPEATED_LINE_MAX || head->n == 0)
        return false;
    *text = bytes.p + *at + sizeof *head;
    *at += sizeof *head + head->n;
    return true;
}

static struct ms_buffer *kept_file(struct ms_repeat_memory *m, uint32_t file_id)
{
    if (file_id >= m->n_files) {
        m->files = ms_grow(m->files, &m->cap_files, (size_t)file_id + 1, sizeof *m->files);
        memset(m->files + m->n_files, 0, (file_id + 1 - m->n_files) * sizeof *m->files);
        m->n_files = (size_t)file_id + 1;
    }
    return &m->files[file_id];
}

void ms_repeat_memory_keep_files(struct ms_repeat_memory *m)
{
    m->keeps_files = true;
}

void ms_repeat_memory_each(const struct ms_repeat_memory *m,
                           void (*each)(void *user, uint32_t file_id, struct ms_span bytes), void *user)
{
    struct ms_buffer now = {0};
    for (uint32_t i = 0; i < m->n_files; i++)
        if (i != m->file_id && m->files[i].size_bytes > 0)
            each(user, i, ms_span_of(m->files[i].data, m->files[i].size_bytes));
    if (m->file_id != UINT32_MAX) {
        write_file(m, SIZE_MAX, &now);
        each(user, m->file_id, ms_span_of(now.data, now.size_bytes));
    }
    ms_buffer_fini(&now);
}

bool ms_repeat_memory_put(struct ms_repeat_memory *m, uint32_t file_id, struct ms_span bytes, uint32_t n_hosts)
{
    struct kept_line head;
    const char *text;
    size_t at = sizeof m->n_copies;
    if (bytes.n < at)
        return false;
    while (next_line(bytes, &at, &head, &text))
        if (head.at > n_hosts)
            return false;
    if (at != bytes.n)
        return false;
    struct ms_buffer *file = kept_file(m, file_id);
    file->size_bytes = 0;
    ms_buffer_append(file, bytes.p, bytes.n);
    return true;
}

static void remember(struct ms_repeat_memory *m, struct last_line *l, struct ms_span line)
{
    l->visit = m->visit;
    l->n = line.n <= MS_REPEATED_LINE_MAX ? line.n : 0;
    if (l->n > l->cap) {
        l->cap = l->n <= 256 ? 256 : l->n <= 1024 ? 1024 : MS_REPEATED_LINE_MAX;
        l->text = ms_realloc(l->text, l->cap);
    }
    if (l->n > 0)
        memcpy(l->text, line.p, l->n);
}

/* The last line of each host, from the end on, until all have been seen, or one of which nobody knows whose it is. */
static void remember_all(struct ms_repeat_memory *m, const struct ms_records *r, struct ms_span segment_text)
{
    size_t n_left = r->n_hosts, next = r->n_repeats;
    for (size_t i = r->n; i-- > 0 && (n_left > 0 || r->n_unread > 0);) {
        const struct ms_record *record = &r->items[i];
        if (is_barrier(record)) {
            m->oldest = m->visit;
            return;
        }
        while (next > 0 && r->repeats[next - 1].line > i)
            next--;
        bool says_last = next > 0 && r->repeats[next - 1].line == i && !r->repeats[next - 1].has_text;
        struct last_line *l = of_host(m, record->host_id);
        if (says_last || l->visit == m->visit)
            continue;
        remember(m, l, line_of(record, segment_text));
        n_left -= n_left > 0;
    }
}

static void grant(struct ms_repeat_memory *m, struct ms_repeat *repeat, uint64_t offset)
{
    uint64_t limit = MS_REPEATS_OF_FILE + offset / MS_REPEATS_BYTES, left = limit - m->n_copies;
    uint64_t n = repeat->said < MS_REPEATS_OF_LINE ? repeat->said : MS_REPEATS_OF_LINE;
    n = n < left ? n : left;
    repeat->times = n > 0 ? (uint32_t)n : 1;
    m->n_copies += n; /* never over the limit, which only grows */
}

/* Daemons forget at rotation; but it may be a file that goes on where another run has left it. */
static void change_file(struct ms_repeat_memory *m, uint32_t file_id)
{
    struct kept_line head;
    const char *text;
    size_t at = sizeof m->n_copies;
    if (m->keeps_files && m->file_id != UINT32_MAX)
        write_file(m, FILE_BYTES, kept_file(m, m->file_id));
    m->file_id = file_id;
    m->oldest = m->visit;
    m->n_copies = 0;
    if (file_id >= m->n_files || m->files[file_id].size_bytes == 0)
        return;
    struct ms_span bytes = ms_span_of(m->files[file_id].data, m->files[file_id].size_bytes);
    memcpy(&m->n_copies, bytes.p, sizeof m->n_copies);
    while (next_line(bytes, &at, &head, &text)) /* as a segment before */
        remember(m, of_host(m, head.at - 1u), ms_span_of(text, head.n));
    m->visit++;
}

void ms_repeats_settle(struct ms_repeat_memory *m, struct ms_records *r, const struct ms_segment *seg,
                       struct ms_arena *arena)
{
    m->visit++;
    if (m->file_id != seg->file_id)
        change_file(m, seg->file_id);
    for (size_t i = 0; i < r->n_repeats; i++) {
        struct ms_repeat *repeat = &r->repeats[i];
        const struct ms_record *record = &r->items[repeat->line];
        const struct last_line *l = repeat->is_sought ? of_host(m, record->host_id) : NULL;
        if (l != NULL && l->visit >= m->oldest && l->n > 0)
            repeat->of = ms_arena_copy(arena, ms_span_of(l->text, l->n));
        grant(m, repeat, seg->text_offset + record->at);
    }
    remember_all(m, r, seg->text);
}

const struct ms_repeat *ms_repeats_of_line(const struct ms_records *r, size_t line)
{
    size_t low = 0, high = r->n_repeats;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (r->repeats[mid].line == line)
            return &r->repeats[mid];
        if (r->repeats[mid].line < line)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}
