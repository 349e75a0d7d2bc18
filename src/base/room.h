/* Memory for what may become large: arenas, tables, staged rows. Up to a limit it is malloc's; what is beyond lies in a file without a
 * name, mapped, and whoever uses it does not see which it is (docs/decisions/0021-memory.md). A thread of its own looks at how much of
 * the process is resident, and gives the file's pages back where that is too much: who needs one again gets it from the file.
 *
 * Of the process. Before ms_room_begin, and after ms_room_end, all of it is malloc's. Never fails: where the disk is full, all that
 * comes is malloc's. Thread rule: begin and end from one thread while nobody else allocates; the others any. */
#ifndef MS_BASE_ROOM_H
#define MS_BASE_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 16-byte aligned. */
void *ms_room_alloc(size_t n_bytes) __attribute__((returns_nonnull));
void *ms_room_calloc(size_t n_items, size_t item_bytes) __attribute__((returns_nonnull));
/* As ms_grow (memory.h). */
void *ms_room_grow_now(void *p, size_t *cap, size_t want, size_t item_bytes) __attribute__((returns_nonnull));
static inline void *ms_room_grow(void *p, size_t *cap, size_t want, size_t item_bytes)
{
    return want <= *cap ? p : ms_room_grow_now(p, cap, want, item_bytes);
}
void ms_room_free(void *p); /* of these; NULL is fine */

/* What an allocation takes besides: with it, a round number stays one. */
enum { MS_ROOM_HEAD_BYTES = 16 };

/* `dir_fd` is borrowed. `in_memory_bytes`: what malloc may have of it, about. `resident_bytes`: of the whole process. */
void ms_room_begin(int dir_fd, size_t in_memory_bytes, size_t resident_bytes);
/* Nothing lies in the file any more: it was freed. */
void ms_room_end(void);
/* How large the file has become. */
uint64_t ms_room_file_bytes(void);

#endif
