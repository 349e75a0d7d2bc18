#include "correlate/copies.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/numbers.h"
#include "columnar/rows.h"

void ms_copies_add(struct ms_copies *c, struct ms_copy copy)
{
    c->items = ms_grow(c->items, &c->cap, c->n + 1, sizeof *c->items);
    c->items[c->n++] = copy;
}

void ms_copies_add_line(struct ms_copies *c, uint32_t file_id, uint64_t offset)
{
    c->lines = ms_grow(c->lines, &c->cap_lines, c->n_lines + 1, sizeof *c->lines);
    c->lines[c->n_lines++] = ms_row_key(file_id, offset);
}

static int compare_key(const struct ms_copy *a, uint32_t file_id, uint32_t host_id, uint32_t tag_id)
{
    if (a->file_id != file_id)
        return a->file_id < file_id ? -1 : 1;
    if (a->host_id != host_id)
        return a->host_id < host_id ? -1 : 1;
    return a->tag_id < tag_id ? -1 : a->tag_id > tag_id;
}

static int compare(const void *a, const void *b)
{
    const struct ms_copy *x = a, *y = b;
    int order = compare_key(x, y->file_id, y->host_id, y->tag_id);
    return order ? order : (x->from > y->from) - (x->from < y->from);
}

void ms_copies_sort(struct ms_copies *c)
{
    if (c->n > 0)
        qsort(c->items, c->n, sizeof *c->items, compare);
    ms_numbers_sort(c->lines, c->n_lines);
}

void ms_copies_fini(struct ms_copies *c)
{
    free(c->items);
    free(c->lines);
    *c = (struct ms_copies){0};
}

/* The first that is not before the key. */
static size_t lower_bound(const struct ms_copies *c, uint32_t file_id, uint32_t host_id, uint32_t tag_id)
{
    size_t low = 0, high = c->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_key(&c->items[middle], file_id, host_id, tag_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct ms_copies ms_copies_of_file(const struct ms_copies *c, uint32_t file_id)
{
    size_t from = lower_bound(c, file_id, 0, 0), to = from;
    while (to < c->n && c->items[to].file_id == file_id)
        to++;
    size_t first = ms_numbers_find(c->lines, c->n_lines, ms_row_key(file_id, 0)),
           end = ms_numbers_find(c->lines, c->n_lines, ms_row_key(file_id + 1, 0));
    return (struct ms_copies){.items = to > from ? c->items + from : NULL,
                              .n = to - from,
                              .lines = end > first ? c->lines + first : NULL,
                              .n_lines = end - first,
                              .file_id = file_id};
}

bool ms_copies_has(const struct ms_copies *c, const struct ms_event *e)
{
    if (c->n > 0 && c->items[0].host_id == MS_COPY_ALL)
        return true;
    if (e->stamp_us == MS_NONE)
        return false;
    if (ms_numbers_has(c->lines, c->n_lines, ms_row_key(c->file_id, e->offset)))
        return true;
    if (c->n == 0)
        return false;
    size_t i = lower_bound(c, c->items[0].file_id, e->host_id, e->tag_id);
    for (; i < c->n && c->items[i].host_id == e->host_id && c->items[i].tag_id == e->tag_id; i++)
        if (e->offset >= c->items[i].from && e->offset < c->items[i].to)
            return true;
    return false;
}
