#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "input/input_impl.h"

size_t ms_window_page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* The file lies in a reserved region that is one page longer at both ends, so that wide loads may start before its first
 * byte, and run over its end even where that is the end of a page. */
struct ms_window *ms_window_map(int fd, uint64_t base, size_t n)
{
    size_t page = ms_window_page_bytes();
    size_t in_page = (size_t)(base % page);
    size_t file_bytes = (in_page + n + page - 1) / page * page;
    size_t region_bytes = file_bytes + 2 * page;
    char *region = mmap(NULL, region_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (region == MAP_FAILED)
        return NULL;
    if (mmap(region + page, file_bytes, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, (off_t)(base - in_page)) ==
        MAP_FAILED) {
        munmap(region, region_bytes);
        return NULL;
    }
    madvise(region + page, file_bytes, MADV_SEQUENTIAL);
    struct ms_window *w = ms_malloc(sizeof *w);
    *w = (struct ms_window){.text = region + page + in_page,
                            .n_bytes = n,
                            .capacity_bytes = n,
                            .n_refs = 1,
                            .region = region,
                            .region_bytes = region_bytes,
                            .guard = ms_guard_add(region + page, file_bytes)};
    return w;
}

struct ms_window *ms_window_take(struct ms_input *in)
{
    struct ms_window *w = in->pool;
    if (w != NULL) {
        in->pool = w->next;
    } else {
        w = ms_malloc(sizeof *w);
        *w = (struct ms_window){.capacity_bytes = in->window_bytes};
        char *block = ms_malloc(in->window_bytes + 2 * MS_PAD_BYTES);
        memset(block, 0, MS_PAD_BYTES); /* valgrind and MSan: padding may be loaded */
        memset(block + MS_PAD_BYTES + in->window_bytes, 0, MS_PAD_BYTES);
        w->text = block + MS_PAD_BYTES;
    }
    w->next = NULL;
    w->n_bytes = 0;
    w->n_refs = 1;
    return w;
}

static void destroy(struct ms_window *w)
{
    if (w->region != NULL) {
        ms_guard_remove(w->guard);
        munmap(w->region, w->region_bytes);
    } else {
        free(w->text - MS_PAD_BYTES);
    }
    free(w);
}

void ms_window_release(struct ms_input *in, struct ms_window *w)
{
    MS_ASSERT(w->n_refs > 0);
    if (--w->n_refs > 0)
        return;
    if (w->region != NULL) {
        destroy(w);
    } else { /* kept: memory that is touched for the first time is the hidden cost */
        w->next = in->pool;
        in->pool = w;
    }
}

void ms_window_forget(const struct ms_window *w, size_t begin, size_t end)
{
    if (w->region == NULL)
        return;
    size_t page = ms_window_page_bytes(), in_page = (size_t)(w->text - (char *)w->region) % page;
    begin = (in_page + begin + page - 1) / page * page;
    end = (in_page + end) / page * page;
    if (begin < end)
        madvise(w->text - in_page + begin, end - begin, MADV_DONTNEED);
}

void ms_window_pool_fini(struct ms_input *in)
{
    while (in->pool != NULL) {
        struct ms_window *w = in->pool;
        in->pool = w->next;
        destroy(w);
    }
}
