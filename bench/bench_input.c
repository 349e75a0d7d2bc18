/* The way into the pipeline alone: a log, packed or not, to segments of whole lines, with the digests that `ingest` keeps, and no
 * parsing; what comes out is counted and given back. In MB of text a second, the best of some runs.
 *   bench_input [--serial] FILE THREADS [RUNS]          prints: MB/s  CPU-seconds-per-GB  bytes-of-text  peak-RSS-in-MB */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <pthread.h>

#include "input/input.h"

enum { MOST_THREADS = 64 };

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *take_all(void *input)
{
    struct ms_segment segment;
    struct ms_error err;
    while (ms_input_next(input, &segment, &err) == MS_OK)
        ms_segment_done(input, &segment);
    return NULL;
}

/* The text that came; 0: there was trouble. */
static uint64_t read_all(const char *path, bool serial, unsigned n_threads)
{
    struct ms_input_options options = {.serial = serial};
    struct ms_input *in;
    struct ms_error err = {{0}};
    pthread_t threads[MOST_THREADS];
    uint64_t n = 0;
    if (ms_input_open(&in, &path, 1, &options, &err) != MS_OK) {
        fprintf(stderr, "bench_input: %s\n", err.text);
        return 0;
    }
    for (unsigned i = 1; i < n_threads; i++)
        if (pthread_create(&threads[i], NULL, take_all, in) != 0)
            abort();
    take_all(in);
    for (unsigned i = 1; i < n_threads; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < ms_input_n_sources(in); i++) {
        const struct ms_source *s = ms_input_source(in, i);
        if (s->status != MS_SOURCE_OK)
            fprintf(stderr, "bench_input: %s\n", s->error);
        n += s->text_bytes;
    }
    ms_input_close(in);
    return n;
}

int main(int argc, char **argv)
{
    bool serial = argc > 1 && strcmp(argv[1], "--serial") == 0;
    argv += serial;
    argc -= serial;
    unsigned long n_threads = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    unsigned long n_runs = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
    if (n_threads < 1 || n_threads > MOST_THREADS || n_runs < 1) {
        fprintf(stderr, "bench_input [--serial] FILE THREADS [RUNS]\n");
        return 2;
    }
    double best = 0, cpu = 0;
    uint64_t n = 0;
    for (unsigned long run = 0; run < n_runs; run++) {
        double wall_start = now(CLOCK_MONOTONIC), cpu_start = now(CLOCK_PROCESS_CPUTIME_ID);
        n = read_all(argv[1], serial, (unsigned)n_threads);
        double wall = now(CLOCK_MONOTONIC) - wall_start;
        if (n == 0)
            return 1;
        if ((double)n / 1e6 / wall > best) {
            best = (double)n / 1e6 / wall;
            cpu = (now(CLOCK_PROCESS_CPUTIME_ID) - cpu_start) / ((double)n / 1e9);
        }
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%.0f %.2f %llu %ld\n", best, cpu, (unsigned long long)n, usage.ru_maxrss / 1024);
    return 0;
}
