/* Owned growable bytes. Caller's storage; {0} is the empty buffer; fini accepts it. Thread rule: one owner. */
#ifndef MS_BASE_BUFFER_H
#define MS_BASE_BUFFER_H

#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "base/span.h"

struct ms_buffer {
    char *data;
    size_t size_bytes;
    size_t capacity_bytes;
};

static inline void ms_buffer_reserve(struct ms_buffer *b, size_t more_bytes)
{
    b->data = ms_grow(b->data, &b->capacity_bytes, b->size_bytes + more_bytes, 1);
}

static inline void ms_buffer_append(struct ms_buffer *b, const void *p, size_t n_bytes)
{
    ms_buffer_reserve(b, n_bytes);
    if (n_bytes)
        memcpy(b->data + b->size_bytes, p, n_bytes);
    b->size_bytes += n_bytes;
}

static inline void ms_buffer_push(struct ms_buffer *b, char byte)
{
    ms_buffer_append(b, &byte, 1);
}

void ms_buffer_printf(struct ms_buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ms_buffer_fini(struct ms_buffer *b); /* frees; the buffer is empty again */

#endif
