#include <stdlib.h>

#include "input/input_impl.h"

/* Stamps without a year are given in the year 2000, which has a 29th of February. */
#define YEAR_US ((int64_t)366 * 86400 * 1000000)

enum rank { HAS_YEAR, HAS_STAMP, HAS_NOTHING };

static enum rank rank_of(const struct ms_source *s)
{
    if (s->first_stamp_us == INT64_MIN)
        return HAS_NOTHING;
    return s->first_stamp_has_year ? HAS_YEAR : HAS_STAMP;
}

/* The number behind the last dot of `mail.log.2.gz`, 0 without one; `stem`: bytes of the name in front of it. */
static unsigned long rotation(const char *path, size_t *stem)
{
    static const char *const packed[] = {".gz", ".xz", ".zst", ".bz2", ".lz4", ".Z"};
    size_t n = strlen(path);
    for (size_t i = 0; i < sizeof packed / sizeof *packed; i++) {
        size_t m = strlen(packed[i]);
        if (n > m && strcmp(path + n - m, packed[i]) == 0) {
            n -= m;
            break;
        }
    }
    *stem = n;
    size_t digits = 0;
    while (digits < n && path[n - digits - 1] >= '0' && path[n - digits - 1] <= '9')
        digits++;
    if (digits == 0 || digits > 6 || digits == n || path[n - digits - 1] != '.')
        return 0; /* a date is no number of a rotation */
    *stem = n - digits - 1;
    return strtoul(path + n - digits, NULL, 10);
}

/* Of sources that begin in the same moment. A rotation's names fall into order: what is older has the higher number. */
static int compare_names(const char *x, const char *y)
{
    size_t stem_x, stem_y;
    unsigned long nx = rotation(x, &stem_x), ny = rotation(y, &stem_y);
    int stems = memcmp(x, y, stem_x < stem_y ? stem_x : stem_y);
    if (stems != 0 || stem_x != stem_y)
        return stems ? stems : stem_x < stem_y ? -1 : 1;
    if (nx != ny)
        return nx > ny ? -1 : 1;
    return strcmp(x, y);
}

static int compare(const void *a, const void *b, void *begin_of_year)
{
    const struct ms_source *x = a, *y = b;
    enum rank rank = rank_of(x);
    if (rank != rank_of(y))
        return rank < rank_of(y) ? -1 : 1;
    if (rank != HAS_NOTHING) {
        int64_t begin = rank == HAS_STAMP ? *(const int64_t *)begin_of_year : INT64_MIN;
        int64_t tx = x->first_stamp_us, ty = y->first_stamp_us;
        if ((tx < begin) != (ty < begin)) /* in front of the gap: the year after */
            return tx < begin ? 1 : -1;
        if (tx != ty)
            return tx < ty ? -1 : 1;
    }
    return compare_names(x->path, y->path);
}

void ms_sources_order(struct ms_source *sources, size_t n)
{
    int64_t begin = INT64_MIN;
    if (n == 0)
        return;
    qsort_r(sources, n, sizeof *sources, compare, &begin);

    /* The year-less now stand in calendar order; the year begins behind their longest gap. */
    size_t from = 0;
    while (from < n && rank_of(&sources[from]) == HAS_YEAR)
        from++;
    size_t to = from;
    while (to < n && rank_of(&sources[to]) == HAS_STAMP)
        to++;
    if (to - from >= 2) {
        int64_t longest = sources[from].first_stamp_us + YEAR_US - sources[to - 1].first_stamp_us;
        for (size_t i = from + 1; i < to; i++) {
            int64_t gap = sources[i].first_stamp_us - sources[i - 1].first_stamp_us;
            if (gap > longest) {
                longest = gap;
                begin = sources[i].first_stamp_us;
            }
        }
        qsort_r(sources, n, sizeof *sources, compare, &begin);
    }
    for (size_t i = 0; i < n; i++)
        sources[i].file_id = (uint32_t)i;
}

static int compare_times(const void *a, const void *b, void *first_us)
{
    const struct ms_source *x = a, *y = b;
    int64_t tx = ((const int64_t *)first_us)[x->file_id], ty = ((const int64_t *)first_us)[y->file_id];
    if (tx != ty) {
        if (tx == INT64_MIN || ty == INT64_MIN) /* unknown: behind, in the order they had */
            return tx == INT64_MIN ? 1 : -1;
        return tx < ty ? -1 : 1;
    }
    if (tx != INT64_MIN && strcmp(x->path, y->path) != 0)
        return compare_names(x->path, y->path);
    return x->file_id < y->file_id ? -1 : 1;
}

void ms_sources_reorder(struct ms_source *sources, size_t n_known, size_t n, const int64_t *first_us, uint32_t *was)
{
    if (n > n_known)
        qsort_r(sources + n_known, n - n_known, sizeof *sources, compare_times, (void *)(uintptr_t)first_us);
    for (size_t i = 0; i < n; i++) {
        was[i] = sources[i].file_id;
        sources[i].file_id = (uint32_t)i;
    }
}
