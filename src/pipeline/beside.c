/* Sources that run side by side: of one host, and of the same time (docs/decisions/0020-side-by-side.md). */
#include <stdlib.h>

#include "base/memory.h"
#include "parse/stamp.h"
#include "pipeline/copies.h"

void ms_whole_copies_add(struct ms_whole_copies *w, uint64_t key, uint32_t file_id)
{
    w->items = ms_grow(w->items, &w->cap, w->n + 1, sizeof *w->items);
    w->items[w->n++] = (struct ms_whole_copy){key, file_id};
}

static int compare(const void *a, const void *b)
{
    const struct ms_whole_copy *x = a, *y = b;
    if (x->file_id != y->file_id)
        return x->file_id < y->file_id ? -1 : 1;
    return (x->key > y->key) - (x->key < y->key);
}

static bool is_copy(const struct ms_run *run, const struct ms_stretch *s, const struct ms_whole_copies *wholes)
{
    struct ms_copies of_file = ms_copies_of_file(&run->correlate.copies, s->file_id);
    struct ms_whole_copy key = {s->key, s->file_id};
    return (of_file.n > 0 && of_file.items[0].host_id == MS_COPY_ALL) ||
           (wholes->n > 0 && bsearch(&key, wholes->items, wholes->n, sizeof *wholes->items, compare) != NULL);
}

/* Is it of a program whose lines make mails and sessions, or may be? */
static bool is_of_mail(const struct ms_run *run, uint32_t tag_id)
{
    return tag_id == MS_NO_NAME || ms_names_tag(run->names, tag_id)->dialect != MS_DIALECT_NONE;
}

void ms_copies_find_beside(struct ms_run *run, const struct ms_stretches *seen, struct ms_whole_copies *wholes)
{
    struct ms_begins *begins = &run->correlate.clock.begins;
    if (wholes->n > 0)
        qsort(wholes->items, wholes->n, sizeof *wholes->items, compare);
    for (size_t i = 0; i < seen->n; i++) {
        const struct ms_stretch *s = &seen->items[i];
        uint32_t host_id = (uint32_t)(s->key >> 32);
        if (!is_of_mail(run, (uint32_t)s->key) || is_copy(run, s, wholes))
            continue;
        ms_begins_add(begins, host_id == MS_NO_NAME ? run->correlate.no_host_id : host_id, s->file_id, s->begin_s);
    }
    ms_begins_sort(begins);
}
