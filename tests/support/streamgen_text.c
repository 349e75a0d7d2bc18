/* Randomness, times, names: everything that turns a number into text. An address or a client is a number; its text is a
 * pure function of it, so that open lives stay small. */
#include "support/streamgen_internal.h"

#include <string.h>
#include <time.h>

static uint64_t rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t rnd(struct gen *g) /* xoshiro256** */
{
    uint64_t *s = g->random, r = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return r;
}

uint64_t below(struct gen *g, uint64_t n)
{
    return (uint64_t)(((unsigned __int128)rnd(g) * n) >> 64);
}

bool chance(struct gen *g, double share)
{
    return (rnd(g) >> 32) < (uint64_t)(share * 4294967296.0);
}

uint64_t mix64(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static size_t decimal(char *out, uint64_t v)
{
    char tmp[20];
    size_t n = 0;
    do
        tmp[n++] = (char)('0' + v % 10);
    while ((v /= 10) != 0);
    for (size_t i = 0; i < n; i++)
        out[i] = tmp[n - 1 - i];
    return n;
}

static size_t copy(char *out, const char *s)
{
    size_t n = strlen(s);
    memcpy(out, s, n);
    return n;
}

/* Most local parts are plain; some are what breaks parsers: quoted, with blanks, commas, or an imitation of a field. */
size_t address_text(char *out, uint64_t address)
{
    static const char *const before[32] = {
        "\"john doe ", "User", "First.Last+", "o'neil", "\"a, status=sent (", "\"x>y, relay=", "news-bounces+", "prvs=",
    };
    static const char *const after[32] = {"\"", "", "", "", ")\"", "\"", "=list.example", "=eve", ""};
    uint64_t h = mix64(address);
    unsigned form = h % 32;
    size_t n = copy(out, form < 8 ? before[form] : "user");
    n += decimal(out + n, address);
    n += copy(out + n, form < 8 ? after[form] : "");
    out[n++] = '@';
    n += copy(out + n, form == 1 ? "D" : "d");
    n += decimal(out + n, (h >> 8) % 61);
    return n + copy(out + n, ".example");
}

size_t client_name(char *out, struct client c)
{
    if (c.host)
        return copy(out, c.host->domain);
    uint64_t h = mix64(c.number + 7);
    if (h % 8 == 0)
        return copy(out, "unknown");
    size_t n = copy(out, "c");
    n += decimal(out + n, c.number);
    n += copy(out + n, ".isp");
    n += decimal(out + n, (h >> 8) % 23);
    return n + copy(out + n, ".example");
}

static size_t hex_group(char *out, unsigned v) /* without leading zeros */
{
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;
    for (int shift = 12; shift >= 0; shift -= 4)
        if (n || v >> shift || shift == 0)
            out[n++] = digits[(v >> shift) & 15];
    return n;
}

size_t client_ip(char *out, struct client c)
{
    if (c.host)
        return copy(out, c.host->ip);
    uint64_t h = mix64(c.number + 7);
    size_t n;
    if ((h >> 16) % 8 == 0) { /* groups that are never 0, so that the text is the RFC 5952 form */
        n = copy(out, "2001:db8:");
        n += hex_group(out + n, 1 + (unsigned)(h >> 20) % 0xffff);
        out[n++] = ':';
        n += hex_group(out + n, 1 + (unsigned)(c.number % 0xffff));
        n += copy(out + n, "::");
        return n + hex_group(out + n, 1 + (unsigned)(h >> 40) % 0xffff);
    }
    n = copy(out, "10.");
    for (int shift = 16; shift >= 0; shift -= 8) {
        n += decimal(out + n, (c.number >> shift) & 255);
        if (shift)
            out[n++] = '.';
    }
    return n;
}

void message_id_text(char *out, size_t cap, const struct life *l)
{
    uint64_t h = mix64(l->mid);
    time_t s = (time_t)(l->made / SECOND);
    struct tm tm;
    switch (l->mid_kind) {
    case MID_EMPTY:
        out[0] = '\0';
        break;
    case MID_OWN: /* as Postfix makes it: the only place where a short ID meets its second */
        gmtime_r(&s, &tm);
        snprintf(out, cap, "%04d%02d%02d%02d%02d%02d.%s@%s", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                 tm.tm_min, tm.tm_sec, l->id, l->host->domain);
        break;
    case MID_ODD: /* folded, without brackets */
        snprintf(out, cap, "=?UTF-8?B?%08llx?= \"%u\"", (unsigned long long)h >> 32, (unsigned)h % 1000);
        break;
    default:
        snprintf(out, cap, "%llx.%llu@mail%u.example", (unsigned long long)h, (unsigned long long)l->mid,
                 (unsigned)(h >> 8) % 97);
    }
}

/* Few distinct: an eighth of the addresses takes half of the mail. */
uint64_t pick_address(struct gen *g)
{
    if (g->o.distinct_high && !chance(g, 0.05))
        return 100000 + g->fresh++;
    return chance(g, 0.5) ? below(g, 500) : below(g, 4000);
}

uint64_t pick_client(struct gen *g)
{
    if (g->o.distinct_high && !chance(g, 0.05))
        return 10000 + g->fresh++;
    return chance(g, 0.5) ? below(g, 64) : below(g, 1000);
}

static void put_base(char **p, uint64_t v, unsigned base, int digits)
{
    static const char alphabet[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    char tmp[24];
    int n = 0;
    do
        tmp[n++] = alphabet[v % base];
    while ((v /= base) != 0);
    while (n < digits)
        tmp[n++] = '0';
    while (n > 0)
        *(*p)++ = tmp[--n];
}

/* A new ID that no earlier life of this host had: the inode part counts. */
void queue_id_make(struct gen *g, struct host *h, char *out)
{
    char *p = out;
    uint64_t usec = (uint64_t)(g->now % SECOND), inode = h->inode++;
    if (h->long_ids) {
        put_base(&p, (uint64_t)(g->now / SECOND), 52, 6);
        put_base(&p, usec, 52, 4);
        *p++ = 'z';
        put_base(&p, inode, 51, 0);
        *p = '\0';
    } else {
        snprintf(out, 24, "%05llX%llX", (unsigned long long)usec, (unsigned long long)inode);
    }
}

static void two(char *out, int v)
{
    out[0] = (char)('0' + v / 10);
    out[1] = (char)('0' + v % 10);
}

static void stamp_remember(struct gen *g, int64_t second)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm tm;
    time_t t = (time_t)second;
    gmtime_r(&t, &tm);
    memcpy(g->stamp3164, months + 3 * tm.tm_mon, 3);
    memcpy(g->stamp3164 + 3, "   00:00:00", 12);
    two(g->stamp3164 + 4, tm.tm_mday);
    if (tm.tm_mday < 10)
        g->stamp3164[4] = ' ';
    two(g->stamp3164 + 7, tm.tm_hour);
    two(g->stamp3164 + 10, tm.tm_min);
    two(g->stamp3164 + 13, tm.tm_sec);
    g->stamp3164[6] = ' ';
    g->stamp3164[9] = g->stamp3164[12] = ':';
    memcpy(g->stamp3339, "0000-00-00T00:00:00", 20);
    two(g->stamp3339, (tm.tm_year + 1900) / 100);
    two(g->stamp3339 + 2, tm.tm_year % 100);
    two(g->stamp3339 + 5, tm.tm_mon + 1);
    two(g->stamp3339 + 8, tm.tm_mday);
    memcpy(g->stamp3339 + 11, g->stamp3164 + 7, 8);
    g->stamp_second = second;
}

void stamp_put(struct gen *g, struct host *h, int64_t at)
{
    struct line *l = g->cur;
    bool iso = g->o.form == STREAMGEN_RFC3339 || (g->o.form == STREAMGEN_MIXED && h->n_lines > 1500);
    if (at / SECOND != g->stamp_second)
        stamp_remember(g, at / SECOND);
    if (!iso) {
        memcpy(l->text + l->n, g->stamp3164, 15);
        l->n += 15;
        return;
    }
    memcpy(l->text + l->n, g->stamp3339, 19);
    l->n += 19;
    l->text[l->n++] = '.';
    uint64_t us = (uint64_t)(at % SECOND);
    for (int i = 5; i >= 0; i--, us /= 10)
        l->text[l->n + (uint32_t)i] = (char)('0' + us % 10);
    l->n += 6;
    memcpy(l->text + l->n, "+00:00", 6);
    l->n += 6;
}

void put(struct gen *g, const char *s)
{
    size_t n = strlen(s);
    memcpy(g->cur->text + g->cur->n, s, n);
    g->cur->n += (uint32_t)n;
}

void put_u(struct gen *g, uint64_t v)
{
    g->cur->n += (uint32_t)decimal(g->cur->text + g->cur->n, v);
}

void put_address(struct gen *g, uint64_t address)
{
    g->cur->n += (uint32_t)address_text(g->cur->text + g->cur->n, address);
}

void put_client(struct gen *g, struct client c)
{
    char *base = g->cur->text;
    g->cur->n += (uint32_t)client_name(base + g->cur->n, c);
    base[g->cur->n++] = '[';
    g->cur->n += (uint32_t)client_ip(base + g->cur->n, c);
    base[g->cur->n++] = ']';
}

/* Postfix's form of a delay: hundredths below 10 s without trailing zeros, whole seconds above. */
void put_seconds(struct gen *g, int64_t us)
{
    int64_t hundredths = us / 10000;
    if (hundredths >= 1000) {
        put_u(g, (uint64_t)(us / SECOND));
        return;
    }
    put_u(g, (uint64_t)(hundredths / 100));
    if (hundredths % 100 == 0)
        return;
    char tail[4] = {'.', (char)('0' + hundredths / 10 % 10), (char)('0' + hundredths % 10), '\0'};
    if (tail[2] == '0')
        tail[2] = '\0';
    put(g, tail);
}
