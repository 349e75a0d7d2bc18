#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void die(size_t n)
{
    fprintf(stderr, "mailstrata: out of memory (asked for %zu bytes); nothing was published\n", n);
    _exit(3);
}

void *ms_malloc(size_t n)
{
    void *p = malloc(n ? n : 1);
    if (p == NULL)
        die(n);
    return p;
}

void *ms_calloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (p == NULL)
        die(count * size);
    return p;
}

void *ms_realloc(void *old, size_t n)
{
    void *p = realloc(old, n ? n : 1);
    if (p == NULL)
        die(n);
    return p;
}

char *ms_strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(ms_malloc(n), s, n);
}

char *ms_sprintf(const char *format, ...)
{
    va_list args;
    char *out = NULL;
    va_start(args, format);
    if (vasprintf(&out, format, args) < 0 || out == NULL)
        die(0);
    va_end(args);
    return out;
}

void *ms_grow_now(void *p, size_t *cap, size_t want, size_t item_size)
{
    size_t n = *cap ? *cap : 16;
    while (n < want)
        n *= 2;
    p = ms_realloc(p, n * item_size);
    *cap = n;
    return p;
}
