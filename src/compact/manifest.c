#include "compact/manifest.h"

#include <stdio.h>
#include <string.h>

static const char begin[] = ",\n  \"sha256\": {", end[] = "\n  }";

void ms_manifest_digest(struct ms_buffer *out, const char *table, const char *part, const char *sha256)
{
    ms_buffer_printf(out, "\n    \"%s/%s\": \"%s\",", table, part, sha256);
}

/* "\n    "table/part": "digest"": which part it is; false: it is no such line. */
static bool read_line(const char *p, size_t n, char table[64], char part[64])
{
    char line[256], rest;
    if (n >= sizeof line)
        return false;
    memcpy(line, p, n);
    line[n] = '\0';
    return sscanf(line, " \"%63[a-z_]/%63[a-z0-9.-]\": \"%*64[0-9a-f]\"%c", table, part, &rest) == 2;
}

bool ms_manifest_replace(struct ms_span before, bool (*drops)(void *user, const char *table, const char *part),
                         void *user, struct ms_span added, struct ms_buffer *out)
{
    const char *stop = before.p + before.n, *list = memmem(before.p, before.n, begin, sizeof begin - 1);
    if (list == NULL) {
        ms_buffer_append(out, before.p, before.n);
        return true;
    }
    list += sizeof begin - 1;
    const char *close = memmem(list, (size_t)(stop - list), end, sizeof end - 1);
    if (close == NULL)
        return false;
    ms_buffer_append(out, before.p, (size_t)(list - before.p));
    ms_buffer_append(out, added.p, added.n);
    for (const char *p = list, *next; p < close; p = next) {
        char table[64], part[64];
        next = memchr(p, ',', (size_t)(close - p));
        size_t n = (size_t)((next != NULL ? next : close) - p);
        next = next != NULL ? next + 1 : close;
        if (!read_line(p, n, table, part))
            return false;
        if (drops(user, table, part))
            continue;
        ms_buffer_append(out, p, n);
        ms_buffer_push(out, ',');
    }
    if (out->data[out->size_bytes - 1] == ',')
        out->size_bytes--;
    ms_buffer_append(out, close, (size_t)(stop - close));
    return true;
}
