/* Contention in the queue-ID table: the same number of inserts, shared by 1 to 16 threads, over few and over many keys, in the
 * lock-free table and in its twin under a mutex. CPU time of all threads for one insert: flat is what it should be. (Threads
 * that wait asleep cost the twin nothing here; so its wall time stands beside it.)
 *   bench_correlate */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "correlate/table.h"

enum { N_INSERTS = 1 << 21, MOST_THREADS = 16, RUNS = 5 };

struct crew {
    struct ms_queue_table *table;
    struct ms_partial *partials;
    size_t each;
    pthread_barrier_t start;
};

struct member {
    struct crew *crew;
    size_t first;
    pthread_t thread;
};

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void *insert(void *user)
{
    struct member *m = user;
    pthread_barrier_wait(&m->crew->start);
    for (size_t i = 0; i < m->crew->each; i++)
        ms_table_insert_mp(m->crew->table, &m->crew->partials[m->first + i]);
    return NULL;
}

struct figures {
    double cpu_ns, wall_ns; /* for one insert */
};

static struct figures run(struct crew *c, unsigned n_threads)
{
    struct member members[MOST_THREADS];
    c->each = N_INSERTS / n_threads;
    pthread_barrier_init(&c->start, NULL, n_threads + 1);
    for (unsigned i = 0; i < n_threads; i++) {
        members[i] = (struct member){.crew = c, .first = i * c->each};
        if (pthread_create(&members[i].thread, NULL, insert, &members[i]) != 0)
            abort();
    }
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
    pthread_barrier_wait(&c->start);
    for (unsigned i = 0; i < n_threads; i++)
        pthread_join(members[i].thread, NULL);
    cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    wall = now(CLOCK_MONOTONIC) - wall;
    pthread_barrier_destroy(&c->start);
    ms_table_reset(c->table);
    return (struct figures){cpu / N_INSERTS, wall / N_INSERTS};
}

static int by_cpu(const void *a, const void *b)
{
    const struct figures *x = a, *y = b;
    return (x->cpu_ns > y->cpu_ns) - (x->cpu_ns < y->cpu_ns);
}

static void measure(struct crew *c, enum ms_table_kind kind, uint64_t n_keys)
{
    for (unsigned n_threads = 1; n_threads <= MOST_THREADS; n_threads *= 2) {
        struct figures figures[RUNS];
        for (unsigned i = 0; i < RUNS; i++) {
            for (uint64_t k = 0; k < N_INSERTS; k++)
                c->partials[k].key.hash = (k * 7 % n_keys + 1) * UINT64_C(0x9E3779B97F4A7C15);
            figures[i] = run(c, n_threads);
        }
        qsort(figures, RUNS, sizeof *figures, by_cpu);
        printf("| %-9s | %7llu | %7u | %6.0f | %6.0f |\n", kind == MS_TABLE_LOCKED ? "mutex" : "lock-free",
               (unsigned long long)n_keys, n_threads, figures[RUNS / 2].cpu_ns, figures[RUNS / 2].wall_ns);
    }
}

int main(void)
{
    static const uint64_t keys[] = {4, 1000, 1000000};
    struct crew c = {.partials = calloc(N_INSERTS, sizeof *c.partials)};
    if (c.partials == NULL)
        return 1;
    printf("| table     | keys    | threads | CPU ns | ns     |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        for (int kind = 0; kind < 2; kind++) {
            c.table = ms_table_create(kind == 0 ? MS_TABLE_LOCK_FREE : MS_TABLE_LOCKED);
            measure(&c, kind == 0 ? MS_TABLE_LOCK_FREE : MS_TABLE_LOCKED, keys[i]);
            ms_table_destroy(c.table);
        }
    free(c.partials);
    return 0;
}
