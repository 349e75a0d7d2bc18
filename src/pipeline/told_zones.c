#include "pipeline/told_zones.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

#define SECOND_US INT64_C(1000000)
#define DAY_S INT64_C(86400)
#define FIRST_S INT64_C(0)     /* 1970 */
#define LAST_S (47847 * DAY_S) /* 2101 */

void ms_told_zone_fixed(struct ms_told_zone *out, int64_t offset_seconds)
{
    out->is_fixed = true;
    out->zone.n = 1;
    out->zone.steps = ms_malloc(sizeof *out->zone.steps);
    out->zone.steps[0] = (struct ms_zone_step){INT64_MIN, offset_seconds * SECOND_US};
}

/* ---- by the system's rules ---- */

/* Names of files below the folder of zones; nothing that could leave it. */
static bool is_name(const char *name)
{
    if (!isalpha((unsigned char)name[0]))
        return false;
    for (const char *p = name; *p != '\0'; p++)
        if (!isalnum((unsigned char)*p) && strchr("/_+-", *p) == NULL)
            return false;
    return true;
}

/* libc takes what it doesn't know for UTC, and says nothing. */
static bool is_known(const char *name)
{
    static const char magic[] = "TZif";
    const char *folder = getenv("TZDIR");
    char *path = ms_sprintf("%s/%s", folder != NULL ? folder : "/usr/share/zoneinfo", name);
    char begin[sizeof magic - 1];
    FILE *file = is_name(name) ? fopen(path, "re") : NULL; /* (a folder can be opened, but not be read) */
    bool known =
        file != NULL && fread(begin, 1, sizeof begin, file) == sizeof begin && memcmp(begin, magic, sizeof begin) == 0;
    if (file != NULL)
        fclose(file);
    free(path);
    return known;
}

static int64_t offset_at(int64_t second)
{
    time_t t = (time_t)second;
    struct tm tm;
    return localtime_r(&t, &tm) != NULL ? tm.tm_gmtoff : 0;
}

/* The first second of (from, to] with another offset than at `from`. */
static int64_t change_in(int64_t from, int64_t to)
{
    int64_t before = offset_at(from);
    while (to - from > 1) {
        int64_t middle = from + (to - from) / 2;
        if (offset_at(middle) == before)
            from = middle;
        else
            to = middle;
    }
    return to;
}

static void add_step(struct ms_zone *z, size_t *cap, int64_t from_us, int64_t offset_s)
{
    z->steps = ms_grow(z->steps, cap, z->n + 1, sizeof *z->steps);
    z->steps[z->n++] = (struct ms_zone_step){from_us, offset_s * SECOND_US};
}

/* Of the zone that libc is set to. Changes come days apart. */
static void read_steps(struct ms_zone *z)
{
    size_t cap = 0;
    add_step(z, &cap, INT64_MIN, offset_at(FIRST_S));
    for (int64_t s = FIRST_S; s < LAST_S; s += DAY_S)
        if (offset_at(s) != offset_at(s + DAY_S)) {
            int64_t change = change_in(s, s + DAY_S);
            add_step(z, &cap, change * SECOND_US, offset_at(change));
        }
}

enum ms_status ms_told_zone_named(struct ms_told_zone *out, const char *name, struct ms_error *err)
{
    if (!is_known(name))
        return ms_fail(
            err, MS_ERR_USAGE,
            "'%s' is no zone that this system knows: a name such as Europe/Berlin (Debian: package tzdata), UTC, "
            "or a fixed offset such as +01:00 or -0500",
            name);
    const char *before = getenv("TZ");
    char *kept = before != NULL ? ms_strdup(before) : NULL;
    char *wanted = ms_sprintf(":%s", name);
    setenv("TZ", wanted, 1);
    tzset();
    read_steps(&out->zone);
    if (kept != NULL)
        setenv("TZ", kept, 1);
    else
        unsetenv("TZ");
    tzset();
    free(wanted);
    free(kept);
    return MS_OK;
}

void ms_told_zone_fini(struct ms_told_zone *z)
{
    free((void *)z->path);
    free(z->zone.steps);
    *z = (struct ms_told_zone){0};
}

/* ---- whose it is ---- */

static bool is_below(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    while (n > 1 && folder[n - 1] == '/')
        n--;
    return strncmp(path, folder, n) == 0 && (path[n] == '\0' || path[n] == '/' || path[n] == '!');
}

const struct ms_told_zone *ms_told_zone_of(const struct ms_told_zone *told, size_t n, const char *path)
{
    const struct ms_told_zone *best = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct ms_told_zone *z = &told[i];
        bool is_longer =
            best == NULL || best->path == NULL || (z->path != NULL && strlen(z->path) >= strlen(best->path));
        if (is_longer && (z->path == NULL ? best == NULL || best->path == NULL : is_below(path, z->path)))
            best = z; /* of two for the same path the last one */
    }
    return best;
}

int64_t ms_told_zone_utc_us(const struct ms_told_zone *z, int64_t local_us, int64_t near_us)
{
    bool is_double = false;
    return ms_zone_utc_us(&z->zone, local_us, near_us, &is_double);
}
