/* Google Benchmark behind a handful of C functions: the benchmarks are C, and shim.cc is the only C++ of the tree.
 *
 * A benchmark first checks its answer against the plain twin, then times:
 *     static void run(struct ms_bench *b, void *arg)
 *     {
 *         if (!agrees_with_twin(arg)) { ms_bench_fail(b, "differs from the scalar row"); return; }
 *         while (ms_bench_next(b))
 *             ms_bench_keep(work(arg));
 *         ms_bench_bytes(b, bytes_per_round);
 *     }
 * Thread rule: register before ms_bench_run(); a benchmark runs in the main thread. */
#ifndef MS_BENCH_SHIM_H
#define MS_BENCH_SHIM_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ms_bench; /* one running benchmark */
typedef void (*ms_bench_fn)(struct ms_bench *b, void *arg);

/* `name` is copied, `arg` borrowed until ms_bench_run() has returned. */
void ms_bench_add(const char *name, ms_bench_fn fn, void *arg);

/* True once for each round to time; false ends the timing. */
bool ms_bench_next(struct ms_bench *b);

/* Makes the compiler believe that somebody reads the value. */
void ms_bench_keep(uint64_t value);

/* What one round worked on; reported as bytes a second. Call after the last round. */
void ms_bench_bytes(struct ms_bench *b, uint64_t bytes_per_round);

/* The same for rows, lines ...; reported as items a second. */
void ms_bench_items(struct ms_bench *b, uint64_t items_per_round);

/* Ends this benchmark with an error, which also sets the exit code of ms_bench_run(). Return at once after it. */
void ms_bench_fail(struct ms_bench *b, const char *why);

/* Runs what was added, with Google Benchmark's own flags (--benchmark_filter=...). Exit code: 0, 1 if one failed, 2 usage. */
int ms_bench_run(int argc, char **argv);

#ifdef __cplusplus
}
#endif

#endif
