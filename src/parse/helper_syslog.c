/* What log daemons say of lines that they did not write: the log around them has holes. Counters that run since the daemon's start
 * (syslog-ng's statistics) tell that lines are missing, not how many are new. */
#include "parse/helper.h"

static bool tell_lost(struct ms_event *e, int64_t count)
{
    (void)ms_helper_event(e, count > 0 && count <= UINT32_MAX ? MS_K_SYSLOG_LOST : MS_K_SYSLOG_DROPPING);
    if (e->kind == MS_K_SYSLOG_LOST)
        e->u.event.count = count;
    return true;
}

/* The number that ends in front of p. */
static int64_t number_before(const char *begin, const char *p)
{
    const char *from = p;
    while (from > begin && ms_is_digit(from[-1]))
        from--;
    struct ms_cursor c = {from, p};
    int64_t n = MS_NONE;
    return from < p && ms_read_number(&c, &n) ? n : MS_NONE;
}

/* rsyslog: `imuxsock lost N messages from pid P due to rate-limiting`, `NAME: N messages lost due to rate-limiting (...)`, and
 * before either `begin to drop messages`. */
static bool read_rsyslog(struct ms_helper_line *l)
{
    struct ms_cursor c = l->body;
    const char *at;
    if ((at = MS_FIND(c.p, c.end, " messages lost due to rate-limiting")) != NULL)
        return tell_lost(l->e, number_before(c.p, at));
    if (MS_SKIP(&c, "imuxsock lost ") && (at = MS_FIND(c.p, c.end, " messages from pid ")) != NULL &&
        MS_FIND(at, c.end, " due to rate-limiting") != NULL)
        return tell_lost(l->e, number_before(c.p, at));
    return MS_FIND(l->body.p, c.end, " to drop messages ") != NULL &&
           MS_FIND(l->body.p, c.end, "due to rate-limiting") != NULL && tell_lost(l->e, MS_NONE);
}

/* journald: `Suppressed N messages from UNIT`. */
static bool read_journald(struct ms_helper_line *l)
{
    struct ms_cursor c = l->body;
    int64_t n;
    return MS_SKIP(&c, "Suppressed ") && ms_read_number(&c, &n) && MS_SKIP(&c, " messages from ") && tell_lost(l->e, n);
}

/* A counter of this name, as `NAME='...=N'`, that is not 0. */
static bool has_dropped(struct ms_cursor c)
{
    const char *at = c.p;
    while ((at = MS_FIND(at, c.end, "dropped='")) != NULL) {
        at += sizeof "dropped='" - 1;
        const char *quote = ms_find_char(at, c.end, '\'');
        int64_t n = quote != NULL ? number_before(at, quote) : MS_NONE;
        if (n != MS_NONE && n > 0)
            return true;
    }
    return false;
}

/* syslog-ng: `Log statistics; dropped='...=N', ...`, `STATS: dropped N`. */
static bool read_syslog_ng(struct ms_helper_line *l)
{
    struct ms_cursor c = l->body;
    int64_t n;
    if (MS_SKIP(&c, "STATS: dropped "))
        return ms_read_number(&c, &n) && n > 0 && tell_lost(l->e, MS_NONE);
    return MS_SKIP(&c, "Log statistics; ") && has_dropped(c) && tell_lost(l->e, MS_NONE);
}

bool ms_helper_syslog(struct ms_helper_line *l)
{
    return read_rsyslog(l) || read_journald(l) || read_syslog_ng(l);
}
