#include "correlate/begins.h"

#include <stdlib.h>

#include "base/memory.h"

void ms_begins_add(struct ms_begins *b, uint32_t host_id, uint32_t file_id, int64_t first_s)
{
    b->items = ms_grow(b->items, &b->cap, b->n + 1, sizeof *b->items);
    b->items[b->n++] = (struct ms_begin){host_id, file_id, first_s, first_s, false};
}

static int compare(const void *a, const void *b)
{
    const struct ms_begin *x = a, *y = b;
    if (x->host_id != y->host_id)
        return x->host_id < y->host_id ? -1 : 1;
    if (x->file_id != y->file_id)
        return x->file_id < y->file_id ? -1 : 1;
    return (x->first_s > y->first_s) - (x->first_s < y->first_s);
}

void ms_begins_sort(struct ms_begins *b)
{
    size_t kept = 0;
    if (b->n > 0)
        qsort(b->items, b->n, sizeof *b->items, compare);
    for (size_t i = 0; i < b->n; i++) /* of one host and file the first, which is the least */
        if (kept == 0 || b->items[i].host_id != b->items[kept - 1].host_id ||
            b->items[i].file_id != b->items[kept - 1].file_id)
            b->items[kept++] = b->items[i];
    b->n = kept;
    for (size_t i = kept; i-- > 1;)
        if (b->items[i - 1].host_id == b->items[i].host_id && b->items[i].least_s < b->items[i - 1].least_s)
            b->items[i - 1].least_s = b->items[i].least_s;
}

void ms_begins_fini(struct ms_begins *b)
{
    free(b->items);
    *b = (struct ms_begins){0};
}

/* The host's first item whose file is not before this one; NULL: there is none. */
static struct ms_begin *lower_bound(const struct ms_begins *b, uint32_t host_id, uint32_t file_id)
{
    size_t low = 0, high = b->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct ms_begin *m = &b->items[middle];
        if (m->host_id < host_id || (m->host_id == host_id && m->file_id < file_id))
            low = middle + 1;
        else
            high = middle;
    }
    return low < b->n && b->items[low].host_id == host_id ? &b->items[low] : NULL;
}

int64_t ms_begins_in(const struct ms_begins *b, uint32_t host_id, uint32_t file_id)
{
    const struct ms_begin *begin = lower_bound(b, host_id, file_id);
    return begin != NULL && begin->file_id == file_id ? begin->first_s : INT64_MAX;
}

int64_t ms_begins_after(const struct ms_begins *b, uint32_t host_id, uint32_t file_id)
{
    const struct ms_begin *begin = file_id < UINT32_MAX ? lower_bound(b, host_id, file_id + 1) : NULL;
    return begin != NULL ? begin->least_s : INT64_MAX;
}

void ms_begins_set_beside(struct ms_begins *b, uint32_t host_id, uint32_t file_id)
{
    struct ms_begin *begin = lower_bound(b, host_id, file_id);
    if (begin == NULL || begin->file_id != file_id)
        return;
    begin->is_beside = b->any_beside = true;
}

bool ms_begins_is_beside(const struct ms_begins *b, uint32_t host_id, uint32_t file_id)
{
    const struct ms_begin *begin = b->any_beside ? lower_bound(b, host_id, file_id) : NULL;
    return begin != NULL && begin->file_id == file_id && begin->is_beside;
}
