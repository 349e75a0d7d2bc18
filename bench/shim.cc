#include "bench/shim.h"

#include <benchmark/benchmark.h>

struct ms_bench {
    benchmark::State *state;
};

namespace
{
bool any_failed = false;
}

void ms_bench_add(const char *name, ms_bench_fn fn, void *arg)
{
    benchmark::RegisterBenchmark(name, [fn, arg](benchmark::State &state) {
        ms_bench b = {&state};
        fn(&b, arg);
    });
}

bool ms_bench_next(struct ms_bench *b)
{
    return b->state->KeepRunning();
}

void ms_bench_keep(uint64_t value)
{
    benchmark::DoNotOptimize(value);
}

void ms_bench_bytes(struct ms_bench *b, uint64_t bytes_per_round)
{
    b->state->SetBytesProcessed(static_cast<int64_t>(b->state->iterations() * static_cast<int64_t>(bytes_per_round)));
}

void ms_bench_items(struct ms_bench *b, uint64_t items_per_round)
{
    b->state->SetItemsProcessed(static_cast<int64_t>(b->state->iterations() * static_cast<int64_t>(items_per_round)));
}

void ms_bench_fail(struct ms_bench *b, const char *why)
{
    any_failed = true;
    b->state->SkipWithError(why);
}

int ms_bench_run(int argc, char **argv)
{
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 2;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return any_failed ? 1 : 0;
}
