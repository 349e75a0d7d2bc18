/* Loaded before libc (LD_PRELOAD) by faults.py: makes the n-th call of one function fail as the system would.
 *
 * FAULT_CALL  which function (the names below)
 * FAULT_AT    which call of it fails, from 1; 0: none, only count
 * FAULT_ERRNO the error's number; FAULT_STAYS set: all calls from then on fail (a full disk stays full)
 * FAULT_COUNT file that gets the number of calls at the end of the process
 *
 * Calls by libc itself (stdio, the loader) don't come here; mailstrata writes and reads files by these functions alone. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *which;
static long at, number;
static bool stays;
static atomic_long n_calls;

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("FAULT_AT");
    at = text != NULL ? atol(text) : 0;
    text = getenv("FAULT_ERRNO");
    number = text != NULL ? atol(text) : EIO;
    stays = getenv("FAULT_STAYS") != NULL;
    which = getenv("FAULT_CALL"); /* the last: from here on calls count */
}

static bool fails(const char *name)
{
    if (which == NULL || strcmp(name, which) != 0)
        return false;
    long n = atomic_fetch_add(&n_calls, 1) + 1;
    if (at == 0 || (stays ? n < at : n != at))
        return false;
    errno = (int)number;
    return true;
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("FAULT_COUNT");
    FILE *f = which != NULL && path != NULL ? fopen(path, "w") : NULL;
    if (f == NULL)
        return;
    fprintf(f, "%ld\n", atomic_load(&n_calls));
    fclose(f);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* TYPE NAME(PARAMETERS): fails with -1, else goes on to the real one. A first call may come before `begin`. */
#define WRAP(type, name, parameters, ...)                                                                              \
    type name parameters                                                                                               \
    {                                                                                                                  \
        static __typeof__(&name) next;                                                                                 \
        if (next == NULL)                                                                                              \
            next = NEXT(name);                                                                                         \
        return fails(#name) ? -1 : next(__VA_ARGS__);                                                                  \
    }

WRAP(ssize_t, read, (int fd, void *to, size_t n), fd, to, n)
WRAP(ssize_t, pread, (int fd, void *to, size_t n, off_t from), fd, to, n, from)
WRAP(ssize_t, write, (int fd, const void *from, size_t n), fd, from, n)
WRAP(ssize_t, pwrite, (int fd, const void *from, size_t n, off_t to), fd, from, n, to)
WRAP(ssize_t, writev, (int fd, const struct iovec *parts, int n), fd, parts, n)
WRAP(int, fsync, (int fd), fd)
WRAP(int, ftruncate, (int fd, off_t size), fd, size)
WRAP(int, mkdirat, (int dir, const char *name, mode_t mode), dir, name, mode)
WRAP(int, linkat, (int from, const char *a, int to, const char *b, int flags), from, a, to, b, flags)
WRAP(int, symlinkat, (const char *target, int dir, const char *name), target, dir, name)
WRAP(int, renameat, (int from, const char *a, int to, const char *b), from, a, to, b)
WRAP(int, rename, (const char *a, const char *b), a, b)
WRAP(int, unlinkat, (int dir, const char *name, int flags), dir, name, flags)
WRAP(int, fstat, (int fd, struct stat *to), fd, to)

static mode_t mode_of(int flags, va_list more)
{
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    static __typeof__(&open) next;
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    if (next == NULL)
        next = NEXT(open);
    return fails("open") ? -1 : next(path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
    static __typeof__(&openat) next;
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    if (next == NULL)
        next = NEXT(openat);
    return fails("openat") ? -1 : next(dir, path, flags, mode);
}

/* Maps of files only; memory that the system has not is not what this is about. (dlsym may ask for memory itself.) */
void *mmap(void *address, size_t n, int protection, int flags, int fd, off_t from)
{
    static __typeof__(&mmap) next;
    if (next == NULL)
        next = NEXT(mmap);
    return fd >= 0 && fails("mmap") ? MAP_FAILED : next(address, n, protection, flags, fd, from);
}
