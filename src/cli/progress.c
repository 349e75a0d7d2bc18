#include "cli/progress.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define SHORTEST_S 2.0 /* a time left that is told earlier is a guess */

static pthread_t watcher;
static bool is_terminal;
static struct timespec start;

static double seconds_since_start(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) / 1e9;
}

void ms_progress_text(char *out, size_t n, const struct ms_progress *p, double seconds)
{
    uint64_t stored = p->stored_bytes, done = p->stored_done;
    char left[64] = "";
    if (p->phase == MS_PHASE_LOOK && stored == 0) {
        snprintf(out, n, "looking for files");
        return;
    }
    if (p->phase == MS_PHASE_LOOK) {
        snprintf(out, n, "looking into %.1f MB for years, hosts and copies", (double)stored / 1e6);
        return;
    }
    if (done > stored)
        done = stored; /* a file has grown meanwhile, or is a pipe */
    double rest = done > 0 ? seconds * (double)(stored - done) / (double)done : 0;
    if (p->phase == MS_PHASE_JOIN)
        snprintf(left, sizeof left, ", joining mails");
    else if (seconds >= SHORTEST_S && done > 0 && rest >= 60)
        snprintf(left, sizeof left, ", %.0f min left", rest / 60);
    else if (seconds >= SHORTEST_S && done > 0)
        snprintf(left, sizeof left, ", %.0f s left", rest);
    snprintf(out, n, "%.1f of %.1f MB read, %.0f MB of text a second%s, %llu messages", (double)done / 1e6,
             (double)stored / 1e6, seconds > 0 ? (double)p->text_bytes / 1e6 / seconds : 0, left,
             (unsigned long long)p->n_messages);
}

static void print(const struct ms_progress *p, const char *before, const char *behind)
{
    char text[256];
    ms_progress_text(text, sizeof text, p, seconds_since_start());
    fprintf(stderr, "%s%s%s", before, text, behind);
}

static void *watch(void *progress)
{
    const struct timespec pause = {.tv_nsec = 500 * 1000 * 1000};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    for (;;) {
        int got = is_terminal ? sigtimedwait(&set, NULL, &pause) : sigwaitinfo(&set, NULL);
        int old;
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old); /* stdio must not be left locked */
        if (got == SIGUSR1)
            print(progress, is_terminal ? "\r\033[Kmailstrata: " : "mailstrata: ", "\n");
        else if (is_terminal)
            print(progress, "\r\033[K", "");
        pthread_setcancelstate(old, NULL);
    }
    return NULL;
}

void ms_progress_begin(const struct ms_progress *progress)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL); /* of all threads to come: the watcher alone takes it */
    is_terminal = isatty(STDERR_FILENO);
    clock_gettime(CLOCK_MONOTONIC, &start);
    int failed = pthread_create(&watcher, NULL, watch, (void *)(uintptr_t)progress);
    MS_ASSERT(!failed);
}

void ms_progress_end(void)
{
    pthread_cancel(watcher); /* both waits are cancellation points */
    pthread_join(watcher, NULL);
    if (is_terminal)
        fputs("\r\033[K", stderr);
}
