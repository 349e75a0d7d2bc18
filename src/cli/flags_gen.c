#include "cli/flags_gen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/number.h"

#define APPLY(name) enum ms_status ms_gen_apply_##name(struct ms_args *args, const char *value, struct ms_error *err)

/* Digits with perhaps a point. */
static enum ms_status parse_decimal(const char *text, double min, double max, double *out, struct ms_error *err)
{
    char *end = NULL;
    errno = 0;
    double v = strtod(text, &end);
    if (*text == '\0' || strspn(text, "0123456789.") != strlen(text) || *end != '\0' || errno != 0)
        return ms_fail(err, MS_ERR_USAGE, "'%s' is no number", text);
    if (v < min || v > max)
        return ms_fail(err, MS_ERR_USAGE, "%s is out of range: %g to %g", text, min, max);
    *out = v;
    return MS_OK;
}

APPLY(output)
{
    args->gen_log = value;
    return *value != '\0' ? MS_OK : ms_fail(err, MS_ERR_USAGE, "the name of the file is empty");
}

APPLY(truth)
{
    args->gen_truth = value;
    return *value != '\0' ? MS_OK : ms_fail(err, MS_ERR_USAGE, "the name of the folder is empty");
}

APPLY(rotate)
{
    return ms_number_parse(value, 1, INT64_MAX, &args->gen_rotate_bytes, err);
}

APPLY(duplicates)
{
    (void)value, (void)err;
    args->gen_duplicates = true;
    return MS_OK;
}

APPLY(size)
{
    args->gen_has_size = true;
    return ms_number_parse(value, 1, (uint64_t)1 << 50, &args->gen.size_bytes, err);
}

APPLY(lines)
{
    if (!args->gen_has_size)
        args->gen.size_bytes = 0;
    return ms_number_parse(value, 1, (uint64_t)1 << 50, &args->gen.lines, err);
}

APPLY(seed)
{
    return ms_number_parse(value, 0, UINT64_MAX, &args->gen.seed, err);
}

APPLY(hosts)
{
    uint64_t n = 0;
    enum ms_status st = ms_number_parse(value, 1, MS_GEN_MAX_HOSTS, &n, err);
    args->gen.hosts = (unsigned)n;
    return st;
}

/* One dialect, or several with commas: the hosts take turns. */
APPLY(dialect)
{
    args->gen.n_dialects = 0;
    for (const char *at = value;; at++) {
        size_t n = strcspn(at, ",");
        enum ms_gen_dialect d = ms_gen_dialect_named(at, n);
        if (d == MS_GEN_N_DIALECTS || args->gen.n_dialects == MS_GEN_MAX_HOSTS) {
            char known[256] = "";
            for (enum ms_gen_dialect i = 0; i < MS_GEN_N_DIALECTS; i++)
                snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i > 0 ? ", " : "",
                         ms_gen_dialect_name(i));
            return ms_fail(err, MS_ERR_USAGE, "'%.*s' is none of %s", (int)n, at, known);
        }
        args->gen.dialects[args->gen.n_dialects++] = d;
        at += n;
        if (*at == '\0')
            return MS_OK;
    }
}

static enum ms_status parse_word(const char *value, const char *const *words, int *out, struct ms_error *err)
{
    char known[128] = "";
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(value, words[i]) == 0) {
            *out = i;
            return MS_OK;
        }
        snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i > 0 ? ", " : "", words[i]);
    }
    return ms_fail(err, MS_ERR_USAGE, "'%s' is none of %s", value, known);
}

APPLY(stamps)
{
    static const char *const words[] = {[MS_GEN_RFC3164] = "rfc3164", [MS_GEN_RFC3339] = "rfc3339", NULL};
    int which = 0;
    enum ms_status st = parse_word(value, words, &which, err);
    args->gen.stamp = (enum ms_gen_stamp)which;
    return st;
}

APPLY(ids)
{
    static const char *const words[] = {
        [MS_GEN_SHORT_IDS] = "short", [MS_GEN_LONG_IDS] = "long", [MS_GEN_BOTH_IDS] = "both", NULL};
    int which = 0;
    enum ms_status st = parse_word(value, words, &which, err);
    args->gen.ids = (enum ms_gen_ids)which;
    return st;
}

APPLY(from)
{
    struct tm tm = {0};
    const char *end = strptime(value, "%Y-%m-%d", &tm);
    if (end == NULL || *end != '\0' || tm.tm_year < 71 || tm.tm_year > 200)
        return ms_fail(err, MS_ERR_USAGE, "'%s' is no day (such as 2026-03-01)", value);
    args->gen.start_seconds = (int64_t)timegm(&tm);
    return MS_OK;
}

static enum ms_status parse_span(struct ms_args *args, const char *value, double unit_seconds, double max,
                                 struct ms_error *err)
{
    double n = 0;
    enum ms_status st = parse_decimal(value, 0.001, max, &n, err);
    args->gen.span_seconds = (int64_t)(n * unit_seconds);
    return st;
}

APPLY(days)
{
    return parse_span(args, value, 86400, 36525, err);
}

APPLY(years)
{
    return parse_span(args, value, 365.25 * 86400, 100, err);
}

APPLY(rate)
{
    return parse_decimal(value, 0.001, 1e6, &args->gen.rate, err);
}

APPLY(zone)
{
    return ms_zone_parse(value, &args->gen.utc_offset_seconds, err);
}

APPLY(dst)
{
    (void)value, (void)err;
    args->gen.summer_time = true;
    return MS_OK;
}

#define SHARE(name, member)                                                                                            \
    APPLY(name)                                                                                                        \
    {                                                                                                                  \
        return parse_decimal(value, 0, 1, &args->gen.member, err);                                                     \
    }
SHARE(new_addresses, new_addresses)
SHARE(local, pickup)
SHARE(refused, refused)
SHARE(empty, empty)
SHARE(bounced, bounced)
SHARE(deferred, deferred)
SHARE(hops, hops)
SHARE(reuse, reuse)
SHARE(gaps, gaps)
#undef SHARE
