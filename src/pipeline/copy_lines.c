/* What lines are compared by, whatever envelope they came in. */
#include <time.h>

#include "base/hash.h"
#include "parse/stamp.h"
#include "pipeline/copies.h"

#define CALENDAR_YEAR_S (INT64_C(12) * 31 * 86400)

struct ms_copy_lines ms_copy_lines_of(const struct ms_run *run, uint32_t file_id, uint64_t seed)
{
    return (struct ms_copy_lines){
        .run = run, .file_id = file_id, .seed = seed, .known_stamp = INT64_MIN, .last_calendar_s = INT64_MIN};
}

int64_t ms_copy_second_of_year(struct ms_copy_lines *s, const struct ms_event *e)
{
    const struct ms_clock *clock = &s->run->correlate.clock;
    int64_t us = e->stamp_us;
    if (e->has_year == MS_STAMP_WHOLE)
        us += ms_clock_offset_us(clock, &clock->files[s->file_id], ms_run_host(s->run, e), e->stamp_us);
    int64_t second = us / 1000000 - (us % 1000000 < 0);
    if (second != s->known_stamp) {
        time_t t = (time_t)second;
        struct tm tm = {0};
        (void)gmtime_r(&t, &tm);
        s->known_stamp = second;
        s->known_year = tm.tm_year + 1900;
        s->known_second =
            (tm.tm_mon * 31 + tm.tm_mday) * INT64_C(86400) + tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec;
    }
    return s->known_second;
}

int64_t ms_copy_calendar_second(struct ms_copy_lines *s, const struct ms_event *e, int64_t second_of_year)
{
    if (e->has_year != MS_STAMP_OPEN)
        return s->known_year * CALENDAR_YEAR_S + second_of_year;
    int year = s->run->correlate.clock.files[s->file_id].year + s->n_turns, turn = 0;
    int64_t second = year * CALENDAR_YEAR_S + second_of_year;
    if (s->last_calendar_s != INT64_MIN && second < s->last_calendar_s - CALENDAR_YEAR_S / 2)
        turn = 1;
    else if (s->last_calendar_s != INT64_MIN && second > s->last_calendar_s + CALENDAR_YEAR_S / 2)
        turn = -1;
    s->n_turns += turn;
    return s->last_calendar_s = second + turn * CALENDAR_YEAR_S;
}

uint64_t ms_copy_print(const struct ms_copy_lines *s, const struct ms_event *e, int64_t second)
{
    struct ms_span t = e->text;
    if (e->mta == MS_MTA_EXIM && ms_exim_said(t, &t) && t.n > MS_EXIM_COMPARED_BYTES)
        t.n = MS_EXIM_COMPARED_BYTES;
    while (t.n > 0 &&
           (t.p[0] == ' ' || t.p[0] == '\t')) /* rsyslog keeps the blank behind the tag in some of its formats */
        t = ms_span_of(t.p + 1, t.n - 1);
    uint64_t text = ms_hash(t.p, t.n, s->seed);
    bool has_pid = e->mta != MS_MTA_EXIM; /* whose main log may go without */
    return ms_hash_mix(text ^ (uint64_t)second * UINT64_C(0x9E3779B97F4A7C15),
                       s->seed ^ (has_pid ? (uint64_t)e->pid : 0));
}
