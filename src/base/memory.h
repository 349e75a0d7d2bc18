/* Memory that does not fail: when the system refuses, the run ends with a plain sentence and exit code 3. Nothing is lost
 * by that, because a dataset is published by one rename at the very end (dataset/publish.h). Thread rule: as malloc. */
#ifndef MS_BASE_MEMORY_H
#define MS_BASE_MEMORY_H

#include <stddef.h>

void *ms_malloc(size_t n_bytes) __attribute__((malloc, returns_nonnull, alloc_size(1)));
void *ms_calloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *ms_realloc(void *old, size_t n_bytes) __attribute__((returns_nonnull));
char *ms_strdup(const char *s) __attribute__((returns_nonnull));
char *ms_sprintf(const char *format, ...) __attribute__((format(printf, 1, 2), returns_nonnull)); /* caller frees */

/* Makes room for `want` items in a growing array: doubles *cap, keeps the contents. */
void *ms_grow_now(void *p, size_t *cap, size_t want, size_t item_size) __attribute__((returns_nonnull));
static inline void *ms_grow(void *p, size_t *cap, size_t want, size_t item_size)
{
    return want <= *cap ? p : ms_grow_now(p, cap, want, item_size);
}

#endif
