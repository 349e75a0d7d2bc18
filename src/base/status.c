#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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

void ms_assert_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "mailstrata: internal error at %s:%d: %s does not hold; please report this\n", file, line,
            condition);
    abort();
}
