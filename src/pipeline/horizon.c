/* When what lines say of other mails is judged for good, and what has to be kept until then. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/numbers.h"
#include "pipeline/append_parts.h"

#define DAY_US (INT64_C(86400) * 1000000)
#define HORIZON_US (3 * DAY_US)
#define PAIRS_NAME "pairs.state"

static int64_t horizon_us(const struct ms_run *run)
{
    return run->config->horizon_s > 0 ? run->config->horizon_s * 1000000 : HORIZON_US;
}

static int64_t before(int64_t us, int64_t by_us)
{
    return us < INT64_MIN + by_us ? INT64_MIN : us - by_us;
}

/* Older lines and lives beside which those in the horizon are judged. */
int64_t ms_append_context_us(const struct ms_run *run, const struct ms_horizon *h)
{
    return before(h->final_us, horizon_us(run) / 3);
}

static int by_second(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

struct ms_horizon ms_append_horizon(const struct ms_append *a)
{
    return a != NULL ? a->horizon : (struct ms_horizon){INT64_MIN, INT64_MAX};
}

/* The time at which most hosts are that have said something in this run: one whose clock is wrong does not count. */
struct ms_horizon ms_append_end_horizon(struct ms_run *run)
{
    struct ms_append *a = run->append;
    const struct ms_clock *clock = &run->correlate.clock;
    size_t n = 0;
    if (a == NULL)
        return ms_append_horizon(a);
    int64_t *seconds = ms_malloc(clock->n_hosts * sizeof *seconds + 1);
    for (size_t i = 0; i < clock->n_hosts; i++)
        if (clock->hosts[i].now_s != MS_CLOCK_NEVER &&
            (i >= a->n_clocks || a->clocks[i].now_s != clock->hosts[i].now_s))
            seconds[n++] = clock->hosts[i].now_s;
    if (n > 0)
        qsort(seconds, n, sizeof *seconds, by_second);
    a->horizon.final_us = n > 0 ? seconds[n / 2] * 1000000 - horizon_us(run) : INT64_MIN;
    if (a->horizon.final_us < a->horizon.told_us)
        a->horizon.final_us = a->horizon.told_us;
    free(seconds);
    return a->horizon;
}

bool ms_append_is_told(const struct ms_run *run, const struct ms_horizon *h, uint64_t key, int64_t time_us)
{
    return time_us < h->told_us &&
           (uint64_t)ms_row_offset(key) < ms_input_source(run->input, ms_row_file(key))->text_start;
}

/* Beyond the horizon: until then, another life of a mail may come. */
int64_t ms_append_mails_final_us(const struct ms_run *run, const struct ms_horizon *h)
{
    return h->final_us == INT64_MAX ? INT64_MAX : before(h->final_us, 2 * horizon_us(run));
}

enum ms_status ms_append_load_pairs(struct ms_run *run, struct ms_mails *mails, struct ms_error *err)
{
    if (!ms_append_goes_on(run->append))
        return MS_OK;
    struct ms_state_in in = {
        .fd = openat(ms_publish_current(run->publish), "state/" PAIRS_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
    if (in.fd < 0)
        return ms_append_damaged(run, err);
    while (ms_state_get_number(&in) == 1 && !in.is_bad) { /* another one follows */
        struct ms_mail_pair pair;
        ms_state_get(&in, &pair, sizeof pair);
        if (!in.is_bad)
            ms_mails_add(mails, &pair);
    }
    close(in.fd);
    ms_state_in_fini(&in);
    return in.is_bad ? ms_append_damaged(run, err) : MS_OK;
}

struct saving {
    struct ms_state_out out;
    const uint64_t *open;
    size_t n;
};

static void save_pairs(void *saving, const char *records, size_t n_bytes)
{
    struct saving *s = saving;
    for (size_t at = 0; at < n_bytes; at += sizeof(struct ms_mail_pair)) {
        struct ms_mail_pair pair;
        memcpy(&pair, records + at, sizeof pair);
        if (!pair.is_final || !ms_numbers_has(s->open, s->n, pair.txn_id[0]))
            continue;
        ms_state_put_number(&s->out, 1);
        ms_state_put(&s->out, &pair, sizeof pair);
    }
}

enum ms_status ms_append_save_pairs(struct ms_run *run, struct ms_mails *mails, const uint64_t *open, size_t n,
                                    struct ms_error *err)
{
    int dir = ms_publish_table_dir(run->publish, "state", err);
    struct saving s = {.open = open, .n = n};
    if (dir < 0)
        return MS_ERR_IO;
    s.out.fd = openat(dir, PAIRS_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (s.out.fd < 0)
        return ms_fail_at(err, errno, "make", dir, PAIRS_NAME);
    enum ms_status st = ms_spool_read(&mails->pairs, 0, save_pairs, &s, err);
    ms_state_put_number(&s.out, 0);
    enum ms_status ended = ms_state_end(&s.out, st == MS_OK ? err : NULL);
    close(s.out.fd);
    return st != MS_OK ? st : ended;
}
