#include "base/parallel.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"

struct part {
    pthread_t thread;
    bool is_started;
    unsigned i;
    void (*fn)(void *arg, unsigned i);
    void *arg;
};

static void *run(void *part)
{
    const struct part *p = part;
    p->fn(p->arg, p->i);
    return NULL;
}

void ms_parallel(unsigned n, void (*fn)(void *arg, unsigned i), void *arg)
{
    struct part *parts = ms_calloc(n, sizeof *parts);
    for (unsigned i = 1; i < n; i++) {
        parts[i] = (struct part){.i = i, .fn = fn, .arg = arg};
        parts[i].is_started = pthread_create(&parts[i].thread, NULL, run, &parts[i]) == 0;
    }
    fn(arg, 0);
    for (unsigned i = 1; i < n; i++)
        if (parts[i].is_started)
            pthread_join(parts[i].thread, NULL);
        else
            fn(arg, i);
    free(parts);
}
