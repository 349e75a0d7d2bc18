#include "base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum ms_status ms_fail(struct ms_error *err, enum ms_status st, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
    }
    return st;
}

const char *ms_advice(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return "free some space there, or choose another -o";
    case EACCES:
    case EPERM:
        return "check who owns the folder and its permissions, or choose another -o";
    case EROFS:
        return "the file system is read-only; choose another -o";
    case EMFILE:
    case ENFILE:
        return "too many files are open; raise the limit (ulimit -n)";
    case EFBIG:
        return "raise the limit of the size of files (ulimit -f), or choose another -o";
    case EIO:
        return "the disk may be failing; look into the system log";
    default:
        return "see to that and run again, or choose another -o";
    }
}

enum ms_status ms_fail_at(struct ms_error *err, int error, const char *verb, int dir_fd, const char *name)
{
    char link[64], folder[700];
    snprintf(link, sizeof link, "/proc/self/fd/%d", dir_fd);
    ssize_t n = readlink(link, folder, sizeof folder);
    if (n < 0) /* no /proc */
        n = 0;
    return ms_fail(err, MS_ERR_IO, "cannot %s %.*s%s%s: %s; %s", verb, (int)n, folder, n > 0 && name != NULL ? "/" : "",
                   name != NULL ? name : "", strerror(error), ms_advice(error));
}

void ms_assert_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "mailstrata: internal error at %s:%d: %s does not hold; please report this\n", file, line,
            condition);
    abort();
}
