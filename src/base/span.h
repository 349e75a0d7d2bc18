/* A pointer and a length that borrow. `p == NULL` means "not there" (NULL in SQL); `n == 0` with p != NULL is the empty string. */
#ifndef MS_BASE_SPAN_H
#define MS_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct ms_span {
    const char *p;
    uint32_t n;
};

#define MS_SPAN_NULL ((struct ms_span){NULL, 0})
#define MS_SPAN_LIT(s) ((struct ms_span){(s), (uint32_t)(sizeof(s) - 1)})

static inline struct ms_span ms_span_of(const char *p, size_t n)
{
    return (struct ms_span){p, (uint32_t)n};
}

static inline struct ms_span ms_span_str(const char *s)
{
    return (struct ms_span){s, s ? (uint32_t)strlen(s) : 0};
}

static inline bool ms_span_eq(struct ms_span a, struct ms_span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool ms_span_is(struct ms_span a, const char *literal)
{
    size_t n = strlen(literal);
    return a.p != NULL && a.n == n && memcmp(a.p, literal, n) == 0;
}

static inline bool ms_span_starts(struct ms_span a, const char *literal)
{
    size_t n = strlen(literal);
    return a.n >= n && memcmp(a.p, literal, n) == 0;
}

#endif
