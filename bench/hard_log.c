/* Logs that are hard on memory, for bench/memory.sh: on standard output, no faster than anybody reads them.
 *
 *   hard_log open|new|wake SIZE [LINES_PER_SECOND]
 *
 * open: no mail and no session ever ends, so that all of them stay open. new: all of them end, but each name, address and reply
 * stands there once. wake: as open, but each mail is tried again all day long, so that what was put away is asked for again.
 * SIZE may end in K, M or G. The same arguments give the same bytes. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t n_lines, n_bytes;
static unsigned lines_per_second = 2000;

static void stamp(char *out, size_t n)
{
    time_t t = 1767225600 + (time_t)(n_lines / lines_per_second); /* 2026-01-01 */
    struct tm tm;
    gmtime_r(&t, &tm);
    strftime(out, n, "%Y-%m-%dT%H:%M:%S", &tm);
}

__attribute__((format(printf, 1, 2))) static void line(const char *format, ...)
{
    static char when[32];
    static uint64_t second = UINT64_MAX;
    va_list args;
    if (second != n_lines / lines_per_second)
        stamp(when, sizeof when);
    second = n_lines / lines_per_second;
    int n = printf("%s.%06u+00:00 mx1 postfix/", when,
                   (unsigned)(n_lines % lines_per_second * (1000000 / lines_per_second)));
    va_start(args, format);
    n += vprintf(format, args);
    va_end(args);
    putchar('\n');
    n_bytes += (uint64_t)n + 1;
    n_lines++;
}

/* A number as text that shares little with that of the next one. */
static uint64_t scattered(uint64_t i)
{
    i *= UINT64_C(0x9E3779B97F4A7C15);
    i ^= i >> 29;
    return i * UINT64_C(0xBF58476D1CE4E5B9);
}

static void deferred(uint64_t i)
{
    uint64_t x = scattered(i);
    line("smtp[%u]: 4%011" PRIX64 ": to=<user%" PRIu64 "@d%" PRIu64 ".example>, relay=none, delay=%" PRIu64
         ", delays=1/0/2/0, dsn=4.4.1, status=deferred (connect to mail.d%" PRIu64
         ".example[192.0.2.1]:25: Connection timed out)",
         (unsigned)(900000 + i % 50), i, x % 100000, x % 5000, i % 977, x % 5000);
}

static void mail(uint64_t i, bool ends)
{
    uint64_t x = scattered(i);
    unsigned pid = (unsigned)(i % 800000 + 1), a = (unsigned)(x >> 56), b = (unsigned)(x >> 48 & 255),
             c = (unsigned)(x >> 40 & 255);
    const char *name = ends ? "c" : "client";
    uint64_t who = ends ? x : x % 4096;
    line("smtpd[%u]: connect from %s%" PRIx64 ".example[10.%u.%u.%u]", pid, name, who, a, b, c);
    line("smtpd[%u]: 4%011" PRIX64 ": client=%s%" PRIx64 ".example[10.%u.%u.%u]", pid, i, name, who, a, b, c);
    line("cleanup[700001]: 4%011" PRIX64 ": message-id=<%016" PRIx64 "@host%" PRIx64 ".example>", i, x, who);
    line("qmgr[700002]: 4%011" PRIX64 ": from=<sender%" PRIx64 "@d%" PRIx64 ".example>, size=%" PRIu64
         ", nrcpt=1 (queue active)",
         i, ends ? x : x % 5000, ends ? x >> 7 : x % 500, 1000 + x % 100000);
    if (!ends) {
        deferred(i);
        return;
    }
    line("smtp[%u]: 4%011" PRIX64 ": to=<r%" PRIx64 "@m%" PRIx64 ".example>, relay=mx%" PRIx64
         ".example[10.%u.%u.%u]:25, delay=1.5, delays=0.1/0/1/0.4, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as "
         "%" PRIX64 ")",
         (unsigned)(900000 + i % 50), i, x ^ 1, x ^ 2, x ^ 3, c, b, a, scattered(x));
    line("qmgr[700002]: 4%011" PRIX64 ": removed", i);
    line("smtpd[%u]: disconnect from %s%" PRIx64 ".example[10.%u.%u.%u] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5",
         pid, name, who, a, b, c);
}

static uint64_t size_of(const char *text)
{
    char *end;
    uint64_t n = strtoull(text, &end, 10);
    return *end == 'K' ? n << 10 : *end == 'M' ? n << 20 : *end == 'G' ? n << 30 : n;
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 4 || strspn(argv[2], "0123456789") == 0) {
        fprintf(stderr, "usage: hard_log open|new|wake SIZE [LINES_PER_SECOND]\n");
        return 2;
    }
    bool is_new = strcmp(argv[1], "new") == 0, wakes = strcmp(argv[1], "wake") == 0;
    uint64_t size = size_of(argv[2]);
    if (argc == 4 && (lines_per_second = (unsigned)strtoul(argv[3], NULL, 10)) == 0)
        return 2;
    for (uint64_t i = 0; n_bytes < size; i++) {
        mail(i, is_new);
        for (uint64_t back = 2; wakes && back <= i; back *= 2) /* now and then each of them is tried again */
            if (scattered(i ^ back) % 8 == 0)
                deferred(i - i / back);
    }
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
