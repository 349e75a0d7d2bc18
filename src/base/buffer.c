#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void ms_buffer_printf(struct ms_buffer *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n > 0) {
        ms_buffer_reserve(b, (size_t)n + 1);
        vsnprintf(b->data + b->size_bytes, (size_t)n + 1, format, again);
        b->size_bytes += (size_t)n;
    }
    va_end(again);
}

void ms_buffer_fini(struct ms_buffer *b)
{
    free(b->data);
    *b = (struct ms_buffer){0};
}
