/* A file that the file system says nobody has touched since a run has read it is known without a look into it: its inode, size and
 * both times are those of then. Times of the last seconds say nothing, as a write in the same tick of the clock would not show. */
#include <stdlib.h>
#include <time.h>

#include "input/input_impl.h"

#define SETTLED_NS (INT64_C(3) * 1000000000)

static int64_t nanoseconds(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct ms_mark ms_mark_of(const struct stat *st)
{
    struct timespec now;
    int64_t changed_ns = nanoseconds(st->st_ctim);
    clock_gettime(CLOCK_REALTIME, &now);
    if (!S_ISREG(st->st_mode) || changed_ns > nanoseconds(now) - SETTLED_NS)
        return (struct ms_mark){0};
    return (struct ms_mark){st->st_dev, st->st_ino, nanoseconds(st->st_mtim), changed_ns};
}

bool ms_mark_eq(const struct ms_mark *a, const struct ms_mark *b)
{
    return a->changed_ns != 0 && a->dev == b->dev && a->ino == b->ino && a->written_ns == b->written_ns &&
           a->changed_ns == b->changed_ns;
}

static int by_mark(const void *a, const void *b)
{
    const struct ms_mark *x = &(*(const struct ms_known *const *)a)->mark;
    const struct ms_mark *y = &(*(const struct ms_known *const *)b)->mark;
    if (x->ino != y->ino)
        return x->ino < y->ino ? -1 : 1;
    return (x->changed_ns > y->changed_ns) - (x->changed_ns < y->changed_ns);
}

void ms_marks_sort(struct ms_input *in)
{
    const struct ms_input_options *o = &in->options;
    in->marked = ms_malloc(o->n_known * sizeof *in->marked + 1);
    for (size_t k = 0; k < o->n_known; k++)
        if (o->known[k].mark.changed_ns != 0 && o->known[k].status != MS_SOURCE_UNREADABLE)
            in->marked[in->n_marked++] = &o->known[k];
    if (in->n_marked > 0)
        qsort(in->marked, in->n_marked, sizeof *in->marked, by_mark);
}

const struct ms_known *ms_marks_find(const struct ms_input *in, const struct ms_mark *mark, uint64_t size_bytes)
{
    struct ms_known wanted = {.mark = *mark};
    const struct ms_known *key = &wanted, **found = NULL;
    if (in->n_marked > 0 && mark->changed_ns != 0)
        found = bsearch(&key, in->marked, in->n_marked, sizeof *in->marked, by_mark);
    return found != NULL && ms_mark_eq(&(*found)->mark, mark) && (*found)->size_bytes == size_bytes ? *found : NULL;
}
