#include "parse/lists.h"

/* What opens and does not close within so many bytes is no quoted string and no address. */
enum { LONGEST = 1024 };

static const char *nearer(const char *p, const char *end)
{
    return end - p > LONGEST ? p + LONGEST : end;
}

/* Behind a quoted string whose opening quote stands at `p`; NULL if it does not end. Since 8.12 sendmail writes each
 * backslash as two: `\\\\"` is a quote that was escaped once. */
static const char *skip_quoted(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++) {
        if (*p != '\\')
            continue;
        p++;
        if (p + 1 < end && *p == '\\') { /* one backslash; what it escapes follows, itself two bytes if a backslash */
            p++;
            p += *p == '\\' && p + 1 < end;
        }
    }
    return p < end ? p + 1 : NULL;
}

/* Behind `<...>`; NULL if it does not end. */
static const char *skip_angle(const char *p, const char *end)
{
    for (p++; p < end && *p != '>';) {
        const char *behind = *p == '"' ? skip_quoted(p, end) : p + 1;
        p = behind != NULL ? behind : p + 1;
    }
    return p < end ? p + 1 : NULL;
}

const char *ms_list_address_end(const char *p, const char *end)
{
    bool in_route = p < end && *p == '@', may_open = true; /* in_route: up to the colon */
    while (p < end && (*p != ',' || in_route)) {
        const char *behind = p + 1;
        if (may_open && *p == '"')
            behind = skip_quoted(p, nearer(p, end));
        else if (may_open && *p == '<')
            behind = skip_angle(p, nearer(p, end));
        in_route &= *p != ':';
        may_open &= behind != NULL;
        p = behind != NULL ? behind : p + 1;
    }
    return p;
}

static struct ms_span trimmed(struct ms_span s)
{
    while (s.n > 0 && s.p[0] == ' ')
        s = ms_span_of(s.p + 1, s.n - 1);
    while (s.n > 0 && s.p[s.n - 1] == ' ')
        s.n--;
    if (s.n >= 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
        s = ms_span_of(s.p + 1, s.n - 2);
    return s;
}

bool ms_list_address(struct ms_span *rest, struct ms_span *item)
{
    const char *p = rest->p, *end = rest->p + rest->n;
    if (rest->n == 0)
        return false;
    while (p < end && *p == ' ')
        p++;
    const char *stop = ms_list_address_end(p, end);
    if (stop == end && p < end && *p == '@') /* no route after all */
        stop = memchr(p, ',', (size_t)(end - p)) ? memchr(p, ',', (size_t)(end - p)) : end;
    *item = trimmed(ms_span_of(p, (size_t)(stop - p)));
    *rest = stop < end ? ms_span_of(stop + 1, (size_t)(end - stop - 1)) : ms_span_of(end, 0);
    return true;
}

bool ms_list_queue_id(struct ms_span *rest, struct ms_span *item)
{
    const char *p = rest->p, *end = rest->p + rest->n;
    while (p < end && (*p == ' ' || *p == ';'))
        p++;
    const char *start = p;
    while (p < end && *p != ' ' && *p != ';')
        p++;
    *item = ms_span_of(start, (size_t)(p - start));
    *rest = ms_span_of(p, (size_t)(end - p));
    return item->n > 0;
}
