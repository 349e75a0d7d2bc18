/* Text by fixed-size copies: each function writes at `p` and gives the place behind what it wrote. It may scribble up to
 * MS_GEN_SLACK bytes further; the buffers of out.h have that much room behind every line. Private to gen/. Pure. */
#ifndef MS_GEN_PUT_H
#define MS_GEN_PUT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { MS_GEN_SLACK = 64 };

/* A short text at a fixed place, so that a copy of constant size takes it. */
struct ms_gen_word {
    char text[15];
    uint8_t n;
};
struct ms_gen_tag { /* "mx1 postfix/smtpd[1234]: " and names of hosts */
    char text[63];
    uint8_t n;
};

#define MS_GEN_PUT(p, literal) ((char *)memcpy((p), "" literal, sizeof(literal) - 1) + (sizeof(literal) - 1))

static inline char *ms_gen_put_word(char *p, const struct ms_gen_word *w)
{
    memcpy(p, w, sizeof *w);
    return p + w->n;
}

static inline char *ms_gen_put_tag(char *p, const struct ms_gen_tag *t)
{
    memcpy(p, t, sizeof *t);
    return p + t->n;
}

static inline char *ms_gen_put_n(char *p, const char *s, size_t n)
{
    memcpy(p, s, n);
    return p + n;
}

static inline char *ms_gen_put_s(char *p, const char *s) /* not for the hot path */
{
    return ms_gen_put_n(p, s, strlen(s));
}

extern const char ms_gen_pairs[201]; /* "00" .. "99" */

static inline char *ms_gen_put_2(char *p, unsigned v) /* exactly two digits */
{
    memcpy(p, ms_gen_pairs + 2 * (size_t)v, 2);
    return p + 2;
}

char *ms_gen_put_long(char *p, uint64_t v); /* the twin of put_u, digit by digit: for any number */

/* Eight digits at once, then the leading zeros are shifted out: no branch for the predictor to miss. */
static inline char *ms_gen_put_u(char *p, uint64_t v)
{
    if (__builtin_expect(v >= 100000000, 0))
        return ms_gen_put_long(p, v);
    uint64_t x = v / 10000 | v % 10000 << 32; /* two of four digits */
    x = ((x * 5243 >> 19 & UINT64_C(0x0000007f0000007f))) | (x - 100 * (x * 5243 >> 19 & UINT64_C(0x0000007f0000007f)))
                                                                << 16;
    uint64_t tens = x * 103 >> 10 & UINT64_C(0x000f000f000f000f); /* four of two */
    x = tens | (x - 10 * tens) << 8;
    unsigned zeros = (unsigned)__builtin_ctzll(x | UINT64_C(1) << 56) / 8; /* the last digit stays */
    x = (x | UINT64_C(0x3030303030303030)) >> 8 * zeros;
    memcpy(p, &x, 8);
    return p + 8 - zeros;
}

static inline char *ms_gen_put_hex(char *p, uint64_t v, int digits) /* exactly so many, upper case if digits < 0 */
{
    static const char low[] = "0123456789abcdef", high[] = "0123456789ABCDEF";
    const char *alphabet = digits < 0 ? high : low;
    int n = digits < 0 ? -digits : digits;
    for (int i = n - 1; i >= 0; i--, v >>= 4)
        p[i] = alphabet[v & 15];
    return p + n;
}

#endif
