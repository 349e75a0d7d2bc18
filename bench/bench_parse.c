/* The matcher alone, over a log in memory, block by block as ingest does it: with the windows of rare signatures, with one
 * address, and the plain twin. The ceiling is libc's memchr from line end to line end.
 *   bench_parse LOG [--benchmark_...]
 * Vectorscan has the same library name: LD_LIBRARY_PATH with its folder in front measures it (bench/README.md). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/shim.h"
#include "parse/parse.h"
#include "scan/scan.h"

enum { MOST_BYTES = 64 << 20 };

static char *text;
static size_t text_bytes, n_lines;

struct subject {
    const struct ms_pattern *patterns;
    size_t n;
    enum ms_scan_engine engine;
};

static bool read_log(const char *path)
{
    FILE *f = fopen(path, "r");
    text = malloc(MOST_BYTES);
    if (f == NULL || text == NULL)
        return false;
    text_bytes = fread(text, 1, MOST_BYTES, f);
    fclose(f);
    while (text_bytes > 0 && text[text_bytes - 1] != '\n')
        text_bytes--;
    for (size_t i = 0; i < text_bytes; i++)
        n_lines += text[i] == '\n';
    return text_bytes > 0;
}

static void bench_memchr(struct ms_bench *b, void *arg)
{
    (void)arg;
    while (ms_bench_next(b)) {
        size_t n = 0;
        for (const char *p = text, *end = text + text_bytes; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
            n++;
        ms_bench_keep(n);
    }
    ms_bench_bytes(b, text_bytes);
    ms_bench_items(b, n_lines);
}

/* Hits in the whole text; SIZE_MAX: it failed. */
static size_t scan(struct ms_scanner *scanner, struct ms_hits *hits)
{
    size_t n_hits = 0;
    for (size_t at = 0, n; at < text_bytes; at += n) {
        n = text_bytes - at;
        if (n > MS_SCAN_BLOCK_BYTES)
            n = (size_t)((const char *)memrchr(text + at, '\n', MS_SCAN_BLOCK_BYTES) + 1 - (text + at));
        hits->n = 0;
        if (ms_scanner_scan(scanner, ms_span_of(text + at, n), hits, NULL) != MS_OK)
            return SIZE_MAX;
        n_hits += hits->n;
    }
    return n_hits;
}

static bool open_scanner(const struct subject *s, enum ms_scan_engine engine, struct ms_patterns **patterns,
                         struct ms_scanner **scanner)
{
    return ms_patterns_create(patterns, s->patterns, s->n, engine, NULL, NULL) == MS_OK &&
           ms_scanner_create(scanner, *patterns, NULL) == MS_OK;
}

static void bench_scan(struct ms_bench *b, void *arg)
{
    const struct subject *s = arg;
    struct ms_patterns *patterns[2] = {NULL, NULL};
    struct ms_scanner *scanners[2] = {NULL, NULL};
    struct ms_hits hits = {0};
    if (!open_scanner(s, s->engine, &patterns[0], &scanners[0]) ||
        !open_scanner(s, MS_SCAN_PLAIN, &patterns[1], &scanners[1])) {
        ms_bench_fail(b, "patterns do not compile");
        return;
    }
    if (scan(scanners[0], &hits) != scan(scanners[1], &hits)) {
        ms_bench_fail(b, "differs from the plain twin");
        return;
    }
    while (ms_bench_next(b))
        ms_bench_keep(scan(scanners[0], &hits));
    ms_bench_bytes(b, text_bytes);
    ms_bench_items(b, n_lines);
    for (unsigned i = 0; i < 2; i++) {
        ms_scanner_destroy(scanners[i]);
        ms_patterns_destroy(patterns[i]);
    }
    ms_hits_fini(&hits);
}

/* The compiled database of the windows, from its file in the cache. */
static void bench_load(struct ms_bench *b, void *arg)
{
    const struct subject *s = arg;
    char folder[] = "/tmp/bench-parse-XXXXXX";
    struct ms_patterns *patterns = NULL;
    bool ok =
        mkdtemp(folder) != NULL && ms_patterns_create(&patterns, s->patterns, s->n, s->engine, folder, NULL) == MS_OK;
    ms_patterns_destroy(patterns);
    while (ok && ms_bench_next(b)) {
        ok = ms_patterns_create(&patterns, s->patterns, s->n, s->engine, folder, NULL) == MS_OK &&
             ms_patterns_from_cache(patterns);
        ms_patterns_destroy(patterns);
        patterns = NULL;
    }
    if (!ok)
        ms_bench_fail(b, "nothing comes out of the cache");
    char command[sizeof folder + 8];
    snprintf(command, sizeof command, "rm -r %s", folder);
    if (system(command) != 0) /* NOLINT(cert-env33-c): the name is ours */
        fprintf(stderr, "bench_parse: %s stays\n", folder);
}

int main(int argc, char **argv)
{
    static const char address[] = "nobody@nowhere.example";
    static const struct ms_pattern literal = {.text = address, .text_bytes = sizeof address - 1};
    static struct subject subjects[3];
    if (argc < 2 || !read_log(argv[1])) {
        fprintf(stderr, "usage: bench_parse LOG [--benchmark_...]; LOG: mailstrata gen -o LOG\n");
        return 2;
    }
    subjects[0].patterns = ms_kind_patterns(&subjects[0].n);
    subjects[1] = (struct subject){.patterns = &literal, .n = 1};
    subjects[2] = subjects[0];
    subjects[2].engine = MS_SCAN_PLAIN;
    ms_bench_add("memchr", bench_memchr, NULL);
    ms_bench_add("matcher/windows", bench_scan, &subjects[0]);
    ms_bench_add("matcher/address", bench_scan, &subjects[1]);
    ms_bench_add("plain/windows", bench_scan, &subjects[2]);
    ms_bench_add("database/load", bench_load, &subjects[0]);
    argv[1] = argv[0];
    return ms_bench_run(argc - 1, argv + 1);
}
