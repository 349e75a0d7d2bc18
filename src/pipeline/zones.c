#include "pipeline/zones.h"

#include <stdlib.h>
#include <time.h>

#include "base/memory.h"

#define SECOND_US INT64_C(1000000)
#define DAY_US (86400 * SECOND_US)
#define QUARTER_US (900 * SECOND_US)
/* A stamp of whole seconds may be so much before the time inside the ID, which has more digits. */
#define TRUNCATED_US (2 * SECOND_US)
#define MAX_VOTES 16384       /* of a piece */
#define SURE_VOTES 3          /* fewer than that are not believed against others */
#define BLIP_US (28 * DAY_US) /* no zone is kept so shortly */
enum { WEST = -12 * 4, EAST = 14 * 4, N_QUARTERS = EAST - WEST + 1, AN_HOUR = 4 };

void ms_zones_vote(struct ms_zones *z, uint32_t host_id, int64_t local_us, int64_t told_us)
{
    int64_t ahead_us = local_us - told_us + TRUNCATED_US - WEST * QUARTER_US;
    if (ahead_us < 0 || ahead_us >= N_QUARTERS * QUARTER_US || z->n_votes == MAX_VOTES)
        return;
    z->votes = ms_grow(z->votes, &z->cap_votes, z->n_votes + 1, sizeof *z->votes);
    z->votes[z->n_votes++] = (struct ms_zone_vote){told_us, host_id, (int32_t)(ahead_us / QUARTER_US) + WEST};
}

/* ---- one piece ---- */

static int by_host_and_time(const void *a, const void *b)
{
    const struct ms_zone_vote *x = a, *y = b;
    if (x->host_id != y->host_id)
        return x->host_id < y->host_id ? -1 : 1;
    if (x->told_us != y->told_us)
        return x->told_us < y->told_us ? -1 : 1;
    return (x->quarters > y->quarters) - (x->quarters < y->quarters);
}

static void add_record(struct ms_zones *z, struct ms_zone_record record)
{
    z->records = ms_grow(z->records, &z->cap_records, z->n_records + 1, sizeof *z->records);
    z->records[z->n_records++] = record;
}

/* A record of the votes in v[0, n) for `quarters`; n_votes 0: there are none. */
static struct ms_zone_record record_of(const struct ms_zone_vote *v, size_t n, int32_t quarters)
{
    struct ms_zone_record r = {.host_id = v->host_id, .quarters = quarters};
    for (size_t i = 0; i < n; i++) {
        if (v[i].quarters != quarters)
            continue;
        r.first_us = r.n_votes == 0 ? v[i].told_us : r.first_us;
        r.last_us = v[i].told_us;
        r.n_votes++;
    }
    return r;
}

/* Lines come after what they tell, sometimes long after: the least of what is said more than now and then is the offset. Where the
 * clock has gone over by an hour, the greater one is all that is said on the other side. v[0, n): of one host, by time. */
static void add_records_of_host(struct ms_zones *z, const struct ms_zone_vote *v, size_t n)
{
    uint32_t counts[N_QUARTERS] = {0};
    int32_t at = 0;
    for (size_t i = 0; i < n; i++)
        counts[v[i].quarters - WEST]++;
    while ((uint64_t)counts[at] * 16 < n || counts[at] == 0)
        at++;
    struct ms_zone_record least = record_of(v, n, at + WEST);
    add_record(z, least);
    size_t begin = 0, end = n;
    while (v[begin].told_us < least.first_us)
        begin++;
    while (end > begin && v[end - 1].told_us > least.last_us)
        end--;
    struct ms_zone_record sides[2] = {{.n_votes = 0}, {.n_votes = 0}};
    if (begin > 0)
        sides[0] = record_of(v, begin, at + WEST + AN_HOUR);
    if (end < n)
        sides[1] = record_of(v + end, n - end, at + WEST + AN_HOUR);
    for (size_t i = 0; i < 2; i++)
        if (sides[i].n_votes >= SURE_VOTES && sides[i].first_us != sides[i].last_us)
            add_record(z, sides[i]);
}

void ms_zones_end_piece(struct ms_zones *z)
{
    if (z->n_votes > 0)
        qsort(z->votes, z->n_votes, sizeof *z->votes, by_host_and_time);
    for (size_t i = 0, end; i < z->n_votes; i = end) {
        for (end = i + 1; end < z->n_votes && z->votes[end].host_id == z->votes[i].host_id; end++)
            ;
        add_records_of_host(z, z->votes + i, end - i);
    }
    z->n_votes = 0;
}

/* ---- when the clock went over ---- */

/* Most of the world does so on a Sunday, at an hour that is known where the offset is: Europe at 1:00 UTC, America at 2:00 by the
 * clock, Australia and New Zealand at 2:00 standard time. False: there is none on that day. */
static bool clock_goes_over(const struct tm *day, int32_t from, int32_t to, int64_t *after_midnight_us)
{
    int32_t standard = from < to ? from : to;
    int month = day->tm_mon + 1, date = day->tm_mday, year = day->tm_year + 1900;
    bool is_last = date > (month == 9 || month == 4 ? 23 : 24);
    if (day->tm_wday != 0)
        return false;
    if (standard >= -AN_HOUR && standard <= 3 * AN_HOUR) {
        *after_midnight_us = AN_HOUR * QUARTER_US;
        return is_last && (month == 3 || month == 10);
    }
    if (standard >= -10 * AN_HOUR && standard <= -3 * AN_HOUR) {
        *after_midnight_us = (2 * AN_HOUR - from) * QUARTER_US;
        return year >= 2007 ? (month == 3 && date > 7 && date <= 14) || (month == 11 && date <= 7)
                            : (month == 4 && date <= 7) || (month == 10 && is_last);
    }
    *after_midnight_us = (2 * AN_HOUR - standard) * QUARTER_US;
    return standard >= 8 * AN_HOUR && ((date <= 7 && (month == 4 || month == 10)) || (is_last && month == 9));
}

/* Between what two records tell: when clocks in such zones go over, else with the first line that says so. */
static int64_t time_of_step(const struct ms_zone_record *before, const struct ms_zone_record *after)
{
    int64_t found_us = INT64_MIN, after_midnight_us;
    if (abs(before->quarters - after->quarters) != AN_HOUR || after->first_us - before->last_us > 400 * DAY_US)
        return after->first_us;
    for (int64_t day = before->last_us / DAY_US - 1; day * DAY_US <= after->first_us + DAY_US; day++) {
        struct tm tm;
        time_t midnight = (time_t)(day * (DAY_US / SECOND_US));
        if (gmtime_r(&midnight, &tm) == NULL ||
            !clock_goes_over(&tm, before->quarters, after->quarters, &after_midnight_us))
            continue;
        int64_t t = day * DAY_US + after_midnight_us;
        if (t <= before->last_us || t > after->first_us)
            continue;
        if (found_us != INT64_MIN)
            return after->first_us;
        found_us = t;
    }
    return found_us != INT64_MIN ? found_us : after->first_us;
}

/* ---- the zone of a host ---- */

static int by_host_and_first(const void *a, const void *b)
{
    const struct ms_zone_record *x = a, *y = b;
    if (x->host_id != y->host_id)
        return x->host_id < y->host_id ? -1 : 1;
    if (x->first_us != y->first_us)
        return x->first_us < y->first_us ? -1 : 1;
    if (x->last_us != y->last_us)
        return x->last_us < y->last_us ? -1 : 1;
    return (x->quarters > y->quarters) - (x->quarters < y->quarters);
}

/* Few votes that no neighbour shares, and what is over before a clock would be set back again, are lines that came late. */
static bool is_believed(const struct ms_zone_record *r, size_t n, size_t i)
{
    const struct ms_zone_record *before = i > 0 ? &r[i - 1] : NULL, *after = i + 1 < n ? &r[i + 1] : NULL;
    bool is_alone =
        (before == NULL || before->quarters != r[i].quarters) && (after == NULL || after->quarters != r[i].quarters);
    if (!is_alone)
        return true;
    if (before == NULL && after == NULL)
        return r[i].n_votes >= SURE_VOTES || r[i].quarters % 2 == 0;
    if (r[i].n_votes < SURE_VOTES)
        return false;
    return before == NULL || after == NULL || before->quarters != after->quarters ||
           after->first_us - before->last_us >= BLIP_US;
}

/* Puts what is believed to the front, what says the same in one. */
static size_t join_records(struct ms_zone_record *r, size_t n)
{
    size_t n_believed = 0, n_joined = 0;
    struct ms_zone_record *believed = ms_malloc(n * sizeof *believed);
    for (size_t i = 0; i < n; i++)
        if (is_believed(r, n, i))
            believed[n_believed++] = r[i];
    for (size_t i = 0; i < n_believed; i++) {
        struct ms_zone_record *last = n_joined > 0 ? &r[n_joined - 1] : NULL;
        if (last == NULL || last->quarters != believed[i].quarters)
            r[n_joined++] = believed[i];
        else if (believed[i].last_us > last->last_us)
            last->last_us = believed[i].last_us;
    }
    free(believed);
    return n_joined;
}

static struct ms_zone *zone_of(struct ms_zone_record *r, size_t n)
{
    n = join_records(r, n);
    if (n == 0)
        return NULL;
    struct ms_zone *zone = ms_malloc(sizeof *zone);
    *zone = (struct ms_zone){.n = n, .steps = ms_malloc(n * sizeof *zone->steps)};
    for (size_t i = 0; i < n; i++)
        zone->steps[i] =
            (struct ms_zone_step){i == 0 ? INT64_MIN : time_of_step(&r[i - 1], &r[i]), r[i].quarters * QUARTER_US};
    return zone;
}

struct ms_zone **ms_zones_make(struct ms_zones *z, const struct ms_names *names, uint32_t no_host_id)
{
    struct ms_zone **zones = ms_calloc(ms_names_n_hosts(names) + 1, sizeof(struct ms_zone *));
    for (size_t i = 0; i < z->n_records; i++) {
        struct ms_zone_record *r = &z->records[i];
        r->host_id = r->host_id == MS_NO_NAME ? no_host_id : ms_names_one_host(names, r->host_id);
    }
    if (z->n_records > 0)
        qsort(z->records, z->n_records, sizeof *z->records, by_host_and_first);
    for (size_t i = 0, end; i < z->n_records; i = end) {
        for (end = i + 1; end < z->n_records && z->records[end].host_id == z->records[i].host_id; end++)
            ;
        zones[z->records[i].host_id] = zone_of(z->records + i, end - i);
    }
    return zones;
}

void ms_zones_fini(struct ms_zones *z)
{
    free(z->votes);
    free(z->records);
    *z = (struct ms_zones){0};
}
