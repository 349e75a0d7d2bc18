#include "cli/interrupt.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static pthread_t watcher;
static volatile bool interrupted;

static sigset_t watched(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

/* DuckDB forgets an interruption that comes just before a statement starts, so it is told again until the watch ends. */
static void *watch(void *query)
{
    const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
    sigset_t set = watched();
    int signal_number;
    sigwait(&set, &signal_number);
    interrupted = true;
    for (;;) {
        ms_query_interrupt(query);
        if (sigtimedwait(&set, NULL, &pause) > 0)
            _exit(130);
    }
    return NULL;
}

void ms_interrupt_block(void)
{
    sigset_t set = watched();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void ms_interrupt_begin(struct ms_query *query)
{
    MS_ASSERT(pthread_create(&watcher, NULL, watch, query) == 0);
}

const volatile bool *ms_interrupt_flag(void)
{
    return &interrupted;
}

void ms_interrupt_end(void)
{
    pthread_cancel(watcher); /* both waits are cancellation points */
    pthread_join(watcher, NULL);
}
