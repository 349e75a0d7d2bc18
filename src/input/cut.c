#include "input/input_impl.h"

#include "simd/simd.h"

enum ms_cut ms_cut_lines(const char *text, size_t n, bool is_end, size_t target, size_t *length)
{
    size_t line = 0; /* start of a line; no line in front of it is too long */
    if (is_end && target > n)
        target = n;
    if (n < target)
        return MS_CUT_MORE;

    /* Far from the target, one look per MiB is enough: the last line end in the next MiB proves all lines up to it short. */
    while (target - line > MS_LINE_MAX_BYTES) {
        const char *end = memrchr(text + line, '\n', MS_LINE_MAX_BYTES);
        if (end == NULL)
            goto too_long;
        line = (size_t)(end + 1 - text);
    }
    const char *before = memrchr(text + line, '\n', target - 1 - line);
    if (before != NULL)
        line = (size_t)(before + 1 - text);

    size_t limit = n - line > MS_LINE_MAX_BYTES ? line + MS_LINE_MAX_BYTES : n;
    const char *end = memchr(text + target - 1, '\n', limit - (target - 1));
    if (end != NULL) {
        *length = (size_t)(end + 1 - text);
        return MS_CUT_LINES;
    }
    if (n - line > MS_LINE_MAX_BYTES)
        goto too_long;
    if (!is_end)
        return MS_CUT_MORE;
    *length = n;
    return MS_CUT_LINES;

too_long:
    *length = line;
    return line > 0 ? MS_CUT_LINES : MS_CUT_LONG;
}

/* Whole pieces as long as they leave some to be counted, ever smaller ones. */
size_t ms_cut_count(const char *text, size_t n, uint64_t most, uint64_t *n_lines)
{
    size_t at = 0;
    uint64_t count = 0;
    for (size_t piece = (size_t)1 << 14; piece >= 64; piece /= 16)
        for (uint64_t more; at + piece <= n && count + (more = ms_simd->newline_count(text + at, piece)) < most;
             at += piece)
            count += more;
    for (; at < n && count < most; at++)
        count += text[at] == '\n';
    *n_lines = count + (at == n && n > 0 && text[n - 1] != '\n'); /* the last line of a source may have no end */
    return at;
}
