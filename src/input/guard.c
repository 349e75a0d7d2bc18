/* Touching a mapped page whose file was truncated, or whose disk fails, raises SIGBUS. The handler puts a page of zeros there
 * and notes it; the segment's end reports it. The list only grows and entries are used again, so that the handler can walk
 * it without a lock. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "input/input_impl.h"

struct ms_guard {
    _Atomic(uintptr_t) begin; /* 0: not in use; else published last, and taken back first */
    _Atomic(uintptr_t) end;
    _Atomic(uintptr_t) fault; /* lowest address found unreadable; UINTPTR_MAX: none */
    struct ms_guard *next;
};

static _Atomic(struct ms_guard *) guards;
static pthread_mutex_t guards_lock = PTHREAD_MUTEX_INITIALIZER; /* of writers */
static struct sigaction previous;
static uintptr_t page_mask;

static bool mend(struct ms_guard *g, uintptr_t address)
{
    uintptr_t begin = atomic_load_explicit(&g->begin, memory_order_acquire);
    uintptr_t page = address & page_mask;
    uintptr_t end = atomic_load_explicit(&g->end, memory_order_acquire);
    if (begin != atomic_load_explicit(&g->begin, memory_order_relaxed)) /* changes hands, so it isn't what we hold */
        return false;
    if (begin == 0 || address < begin || address >= end)
        return false;
    if (mmap((void *)page, ~page_mask + 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
        return false;
    uintptr_t lowest = atomic_load_explicit(&g->fault, memory_order_relaxed);
    while (address < lowest && !atomic_compare_exchange_weak_explicit(&g->fault, &lowest, address, memory_order_relaxed,
                                                                      memory_order_relaxed))
        ;
    return true;
}

static void on_sigbus(int signal_number, siginfo_t *info, void *context)
{
    (void)context;
    int saved_errno = errno;
    bool is_mended = false;
    struct ms_guard *g = atomic_load_explicit(&guards, memory_order_acquire);
    for (; g != NULL && !is_mended && info->si_code > 0; g = g->next)
        is_mended = mend(g, (uintptr_t)info->si_addr);
    if (!is_mended) { /* somebody else's: as if we had never been here */
        sigaction(SIGBUS, &previous, NULL);
        if (info->si_code <= 0)
            raise(signal_number);
    }
    errno = saved_errno;
}

static void install(void)
{
    struct sigaction now, ours = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO};
    page_mask = ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
    sigaction(SIGBUS, NULL, &now);
    if ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_sigbus)
        return;
    previous = now;
    sigaction(SIGBUS, &ours, NULL);
}

struct ms_guard *ms_guard_add(const void *p, size_t n)
{
    pthread_mutex_lock(&guards_lock);
    install();
    struct ms_guard *g = atomic_load_explicit(&guards, memory_order_relaxed);
    while (g != NULL && atomic_load_explicit(&g->begin, memory_order_relaxed) != 0)
        g = g->next;
    if (g == NULL) {
        g = ms_calloc(1, sizeof *g);
        g->next = atomic_load_explicit(&guards, memory_order_relaxed);
        atomic_store_explicit(&guards, g, memory_order_release);
    }
    atomic_store_explicit(&g->end, (uintptr_t)p + n, memory_order_relaxed);
    atomic_store_explicit(&g->fault, UINTPTR_MAX, memory_order_relaxed);
    atomic_store_explicit(&g->begin, (uintptr_t)p, memory_order_release);
    pthread_mutex_unlock(&guards_lock);
    return g;
}

size_t ms_guard_fault(const struct ms_guard *g)
{
    uintptr_t fault = atomic_load_explicit(&g->fault, memory_order_relaxed);
    return fault == UINTPTR_MAX ? SIZE_MAX : fault - atomic_load_explicit(&g->begin, memory_order_relaxed);
}

void ms_guard_remove(struct ms_guard *g)
{
    pthread_mutex_lock(&guards_lock);
    atomic_store_explicit(&g->begin, 0, memory_order_release);
    pthread_mutex_unlock(&guards_lock);
}
