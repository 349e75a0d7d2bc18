#include "dataset/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned long step_count, kill_at, fail_at; /* 0: never */

static unsigned long number_of(const char *variable)
{
    const char *text = getenv(variable);
    return text ? strtoul(text, NULL, 10) : 0;
}

void ms_steps_arm(void)
{
    step_count = 0;
    kill_at = number_of("MAILSTRATA_KILL_AT_STEP");
    fail_at = number_of("MAILSTRATA_FAIL_AT_STEP");
}

/* False: this step is to fail. */
static bool step(void)
{
    step_count++;
    if (step_count == kill_at)
        raise(SIGKILL);
    if (step_count == fail_at) {
        errno = ENOSPC;
        return false;
    }
    return true;
}

int ms_step_mkdirat(int dir_fd, const char *name)
{
    return step() ? mkdirat(dir_fd, name, 0777) : -1;
}

int ms_step_create(int dir_fd, const char *name)
{
    return step() ? openat(dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666) : -1;
}

int ms_step_write(int fd, const void *bytes, size_t n)
{
    if (!step())
        return -1;
    for (const char *p = bytes; n > 0;) {
        ssize_t put = write(fd, p, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        p += put;
        n -= (size_t)put;
    }
    return 0;
}

int ms_step_fsync(int fd)
{
    return step() ? fsync(fd) : -1;
}

int ms_step_linkat(int from_dir, const char *name, int to_dir)
{
    return step() ? linkat(from_dir, name, to_dir, name, 0) : -1;
}

int ms_step_symlinkat(const char *target, int dir_fd, const char *name)
{
    return step() ? symlinkat(target, dir_fd, name) : -1;
}

int ms_step_renameat(int dir_fd, const char *from, const char *to)
{
    return step() ? renameat(dir_fd, from, dir_fd, to) : -1;
}

int ms_step_unlinkat(int dir_fd, const char *name, int flags)
{
    return step() ? unlinkat(dir_fd, name, flags) : -1;
}

enum ms_status ms_step_fail(struct ms_error *err, const char *verb, const char *root, const char *name)
{
    int error = errno;
    return ms_fail(err, MS_ERR_IO, "cannot %s %s%s%s: %s; %s", verb, root, name ? "/" : "", name ? name : "",
                   strerror(error), ms_advice(error));
}
