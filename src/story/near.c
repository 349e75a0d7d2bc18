#include "story/near.h"

#include <stdlib.h>

#include "base/memory.h"

void ms_near_add(struct ms_near *n, const struct ms_key *process, size_t line)
{
    ms_keyset_add(&n->processes, process);
    n->centers = ms_grow(n->centers, &n->cap_centers, n->n_centers + 1, sizeof *n->centers);
    n->centers[n->n_centers++] =
        (struct ms_near_center){(uint32_t)ms_keyset_find(&n->processes, process), (uint32_t)line};
}

void ms_near_clear(struct ms_near *n)
{
    ms_keyset_clear(&n->processes);
    n->n_centers = n->n_lines = 0;
}

void ms_near_fini(struct ms_near *n)
{
    ms_keyset_fini(&n->processes);
    free(n->centers);
    free(n->lines);
    *n = (struct ms_near){0};
}

static int by_process(const void *a, const void *b)
{
    const struct ms_near_line *x = a, *y = b;
    if (x->process != y->process)
        return x->process < y->process ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

/* All lines of the processes, by process. */
static void list_lines(struct ms_near *n, const struct ms_stories *s, struct ms_parser *parser,
                       const struct ms_segment *seg)
{
    const struct ms_record *records = ms_parsed_records(parser);
    struct ms_key key;
    struct ms_event e;
    for (size_t i = 0; i < ms_parsed_lines(parser); i++) {
        if (!ms_record_process(s, &records[i], &key) || !ms_keyset_has(&n->processes, &key))
            continue;
        ms_parse_event(parser, seg, i, &e);
        n->lines = ms_grow(n->lines, &n->cap_lines, n->n_lines + 1, sizeof *n->lines);
        n->lines[n->n_lines++] = (struct ms_near_line){.process = (uint32_t)ms_keyset_find(&n->processes, &key),
                                                       .line = (uint32_t)i,
                                                       .eff_s = e.eff_s,
                                                       .is_connect = e.role == MS_ROLE_CONNECT,
                                                       .is_disconnect = e.role == MS_ROLE_DISCONNECT};
    }
    if (n->n_lines > 0)
        qsort(n->lines, n->n_lines, sizeof *n->lines, by_process);
}

/* The session that lines[at] stands in; and what its process says of the client just before it says `connect`. */
static void mark(struct ms_near *n, size_t at)
{
    struct ms_near_line *l = n->lines;
    uint32_t process = l[at].process;
    size_t first = at;
    while (first > 0 && l[first - 1].process == process && !l[first].is_connect)
        first--;
    int64_t begin_s = l[first].eff_s;
    bool is_begin = l[first].is_connect;
    while (is_begin && first > 0 && l[first - 1].process == process && !l[first - 1].is_connect &&
           !l[first - 1].is_disconnect && l[first - 1].eff_s + MS_INVERSION_S >= begin_s)
        first--;
    for (size_t i = first; i < n->n_lines && l[i].process == process && (i <= at || !l[i].is_connect); i++)
        l[i].is_wanted = true;
}

static void mark_center(struct ms_near *n, struct ms_near_center center)
{
    struct ms_near_line wanted = {.process = center.process, .line = center.line};
    const struct ms_near_line *found = bsearch(&wanted, n->lines, n->n_lines, sizeof *n->lines, by_process);
    MS_ASSERT(found != NULL);
    size_t at = (size_t)(found - n->lines);
    mark(n, at);
    for (size_t next = at + 1; next < n->n_lines && n->lines[next].process == center.process &&
                               n->lines[next].eff_s <= n->lines[at].eff_s + MS_INVERSION_S;
         next++)
        if (n->lines[next].is_connect) { /* the line may speak of the client that comes */
            mark(n, next);
            return;
        }
}

void ms_near_find(struct ms_near *n, const struct ms_stories *s, struct ms_parser *parser, const struct ms_segment *seg,
                  void (*take)(void *user, const struct ms_segment *seg, const struct ms_event *e), void *user)
{
    struct ms_event e;
    if (n->n_centers == 0)
        return;
    list_lines(n, s, parser, seg);
    for (size_t i = 0; i < n->n_centers; i++)
        mark_center(n, n->centers[i]);
    for (size_t i = 0; i < n->n_lines; i++)
        if (n->lines[i].is_wanted) {
            ms_parse_event(parser, seg, n->lines[i].line, &e);
            take(user, seg, &e);
        }
}
