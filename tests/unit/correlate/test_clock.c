/* Years for stamps that have none, and effective seconds; and that neither depends on where the stream is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <pthread.h>
#include <cmocka.h>

#include "clock_zones.h"
#include "correlate/clock.h"
#include "parse/stamp.h"

/* A stamp without year, as the envelope gives it. */
static struct ms_line_stamp bare(int month, int day, int hour, int minute, int second)
{
    return (struct ms_line_stamp){.stamp_us = utc(2000, month, day, hour, minute, second)};
}

static struct ms_line_stamp at_second(int64_t second, uint32_t host_id)
{
    return (struct ms_line_stamp){.stamp_us = second * SECOND, .host_id = host_id, .has_year = MS_STAMP_WHOLE};
}

/* The stamps of lines as the parser hands them on, one for all that a host writes without another one between; settled, and
 * given back line by line. */
static void pass_lines(struct ms_clock *c, struct ms_line_stamp *lines, size_t n, struct ms_clock_window *w, bool plain)
{
    struct ms_stamps s = {.items = calloc(n + 1, sizeof *s.items), .of_line = calloc(n + 1, sizeof *s.of_line)};
    for (size_t i = 0; i < n; i++) {
        size_t k = s.n;
        while (k > 0 && s.items[k - 1].host_id != lines[i].host_id)
            k--;
        if (k == 0 || s.items[k - 1].stamp_us != lines[i].stamp_us || s.items[k - 1].has_year != lines[i].has_year) {
            s.items[s.n] = lines[i];
            k = ++s.n;
        }
        s.of_line[i] = (uint32_t)k - 1;
    }
    if (plain)
        ms_clock_pass_plain(c, 0, &s, n, w);
    else
        ms_clock_pass(c, 0, &s, n, w);
    for (size_t i = 0; i < n; i++)
        lines[i] = s.items[s.of_line[i]];
    free(s.items);
    free(s.of_line);
}

static void pass(struct ms_clock *c, struct ms_line_stamp *stamps, size_t n)
{
    struct ms_clock_window w = {0};
    assert_true(ms_clock_enter(c, c->turn));
    pass_lines(c, stamps, n, &w, false);
    ms_clock_leave(c);
    ms_clock_window_fini(&w);
}

/* ---- years ---- */

static void in_a_year(void **state)
{
    (void)state;
    for (int year = 1970; year <= 2199; year++) {
        assert_int_equal(ms_clock_in_year(utc(2000, 1, 1, 0, 0, 0), year), utc(year, 1, 1, 0, 0, 0));
        assert_int_equal(ms_clock_in_year(utc(2000, 2, 28, 23, 59, 59), year), utc(year, 2, 28, 23, 59, 59));
        assert_int_equal(ms_clock_in_year(utc(2000, 2, 29, 1, 2, 3), year), utc(year, 2, 29, 1, 2, 3)); /* or 1 March */
        assert_int_equal(ms_clock_in_year(utc(2000, 3, 1, 0, 0, 0), year), utc(year, 3, 1, 0, 0, 0));
        assert_int_equal(ms_clock_in_year(utc(2000, 12, 31, 23, 59, 59), year), utc(year, 12, 31, 23, 59, 59));
    }
}

/* Each stamp with the time that it must become, in a file whose first line is of `year`. */
struct year_case {
    struct ms_line_stamp stamp;
    int64_t time_us;
};

static void resolves_to(int year, int64_t offset_us, const struct year_case *cases, size_t n)
{
    struct ms_clock c;
    ms_clock_init(&c, 1);
    c.files[0].year = year;
    c.files[0].offset_us = offset_us;
    for (size_t i = 0; i < n; i++) {
        struct ms_line_stamp s = cases[i].stamp;
        pass(&c, &s, 1);
        if (s.time_us != cases[i].time_us)
            fail_msg("line %zu: %lld, not %lld", i, (long long)(s.time_us / SECOND),
                     (long long)(cases[i].time_us / SECOND));
    }
    ms_clock_fini(&c);
}
#define RESOLVES_TO(year, offset_us, cases) resolves_to(year, offset_us, cases, sizeof(cases) / sizeof *(cases))

static void the_year_turns(void **state)
{
    (void)state;
    const struct year_case cases[] = {
        {bare(11, 30, 0, 0, 0), utc(2024, 11, 30, 0, 0, 0)},
        {bare(12, 31, 23, 59, 59), utc(2024, 12, 31, 23, 59, 59)},
        {bare(1, 1, 0, 0, 0), utc(2025, 1, 1, 0, 0, 0)},
        {bare(6, 1, 0, 0, 0), utc(2025, 6, 1, 0, 0, 0)},
        {bare(6, 1, 0, 0, 0), utc(2025, 6, 1, 0, 0, 0)},
        {bare(11, 20, 12, 0, 0), utc(2025, 11, 20, 12, 0, 0)},
        {bare(11, 20, 12, 0, 1), utc(2025, 11, 20, 12, 0, 1)},
        {bare(12, 24, 12, 0, 0), utc(2025, 12, 24, 12, 0, 0)},
        {bare(1, 2, 0, 0, 0), utc(2026, 1, 2, 0, 0, 0)},
    };
    RESOLVES_TO(2024, 0, cases);
}

static void lines_swapped_at_new_year(void **state)
{
    (void)state;
    const struct year_case cases[] = {
        {bare(12, 31, 23, 59, 58), utc(2024, 12, 31, 23, 59, 58)},
        {bare(1, 1, 0, 0, 0), utc(2025, 1, 1, 0, 0, 0)},
        {bare(12, 31, 23, 59, 59), utc(2024, 12, 31, 23, 59, 59)},
        {bare(1, 1, 0, 0, 1), utc(2025, 1, 1, 0, 0, 1)},
        {bare(12, 31, 23, 59, 59), utc(2024, 12, 31, 23, 59, 59)},
        {bare(12, 31, 23, 59, 59), utc(2024, 12, 31, 23, 59, 59)},
        {bare(1, 1, 0, 0, 2), utc(2025, 1, 1, 0, 0, 2)},
        {bare(2, 1, 0, 0, 2), utc(2025, 2, 1, 0, 0, 2)},
    };
    RESOLVES_TO(2024, 0, cases);
}

static void the_first_line_is_already_of_the_new_year(void **state)
{
    (void)state;
    const struct year_case cases[] = {
        {bare(1, 1, 0, 0, 0), utc(2025, 1, 1, 0, 0, 0)},
        {bare(12, 31, 23, 59, 59), utc(2024, 12, 31, 23, 59, 59)},
        {bare(1, 1, 0, 0, 1), utc(2025, 1, 1, 0, 0, 1)},
    };
    RESOLVES_TO(2025, 0, cases);
}

static void new_year_is_local(void **state)
{
    (void)state;
    const struct year_case cases[] = {
        {bare(12, 31, 23, 59, 59), utc(2024, 12, 31, 18, 59, 59)}, {bare(1, 1, 0, 0, 0), utc(2024, 12, 31, 19, 0, 0)},
        {bare(12, 31, 23, 59, 59), utc(2024, 12, 31, 18, 59, 59)}, {bare(1, 1, 4, 0, 0), utc(2024, 12, 31, 23, 0, 0)},
        {bare(1, 1, 6, 0, 0), utc(2025, 1, 1, 1, 0, 0)},
    };
    RESOLVES_TO(2024, INT64_C(5) * 3600 * SECOND, cases); /* five hours ahead of UTC */
}

static void leap_days(void **state)
{
    (void)state;
    const struct year_case leap[] = {
        {bare(2, 28, 23, 59, 59), utc(2024, 2, 28, 23, 59, 59)},
        {bare(2, 29, 12, 0, 0), utc(2024, 2, 29, 12, 0, 0)},
        {bare(3, 1, 0, 0, 0), utc(2024, 3, 1, 0, 0, 0)},
    };
    const struct year_case none[] = {
        {bare(2, 28, 23, 59, 59), utc(2023, 2, 28, 23, 59, 59)},
        {bare(3, 1, 0, 0, 0), utc(2023, 3, 1, 0, 0, 0)},
        {bare(2, 29, 12, 0, 0), utc(2023, 3, 1, 12, 0, 0)}, /* a year that has none: hostile */
    };
    RESOLVES_TO(2024, 0, leap);
    RESOLVES_TO(2023, 0, none);
}

static void an_odd_stamp_does_not_turn_the_year(void **state)
{
    (void)state;
    const struct year_case cases[] = {
        {bare(3, 1, 0, 0, 0), utc(2024, 3, 1, 0, 0, 0)},
        {bare(8, 20, 0, 0, 0), utc(2024, 8, 20, 0, 0, 0)}, /* alone */
        {bare(3, 1, 0, 0, 1), utc(2024, 3, 1, 0, 0, 1)},
        {bare(12, 24, 0, 0, 0), utc(2023, 12, 24, 0, 0, 0)},
        {bare(3, 1, 0, 0, 2), utc(2024, 3, 1, 0, 0, 2)},
        {bare(8, 20, 0, 0, 0), utc(2024, 8, 20, 0, 0, 0)},
        {bare(8, 20, 0, 0, 1), utc(2024, 8, 20, 0, 0, 1)}, /* a second witness: five months without a line */
        {bare(12, 30, 0, 0, 0), utc(2024, 12, 30, 0, 0, 0)},
        {bare(12, 30, 0, 0, 1), utc(2024, 12, 30, 0, 0, 1)},
        {bare(1, 3, 0, 0, 0), utc(2025, 1, 3, 0, 0, 0)},
    };
    RESOLVES_TO(2024, 0, cases);
}

/* ---- effective seconds ---- */

static void effective_seconds(const int64_t (*cases)[2], size_t n)
{
    struct ms_clock c;
    ms_clock_init(&c, 1);
    for (size_t i = 0; i < n; i++) {
        struct ms_line_stamp s = at_second(cases[i][0], 0);
        pass(&c, &s, 1);
        assert_int_equal(s.time_us, cases[i][0] * SECOND); /* the time itself stays */
        if (s.eff_s != cases[i][1])
            fail_msg("line %zu: %lld, not %lld", i, (long long)s.eff_s, (long long)cases[i][1]);
        assert_int_equal(ms_clock_now(&c, 0), s.eff_s);
    }
    ms_clock_fini(&c);
}
#define EFFECTIVE_SECONDS(cases) effective_seconds(cases, sizeof(cases) / sizeof *(cases))

static void the_running_maximum(void **state)
{
    (void)state;
    const int64_t cases[][2] = {{1000, 1000}, {1005, 1005}, {1003, 1005}, {1005, 1005},
                                {100, 1005},  {1006, 1006}, {4606, 4606}};
    EFFECTIVE_SECONDS(cases);
}

static void a_lone_far_stamp_does_not_advance(void **state)
{
    (void)state;
    const int64_t cases[][2] = {{1000, 1000}, {90000, 1000},  {1001, 1001},  {90000, 1001},
                                {1002, 1002}, {900000, 1002}, {90000, 1002}, {1003, 1003}};
    EFFECTIVE_SECONDS(cases);
}

static void a_second_witness_does(void **state)
{
    (void)state;
    const int64_t cases[][2] = {
        {1000, 1000},     {90000, 1000},    {90000, 90000},   {1001, 90000},
        {200010, 90000},  {200005, 200005}, {200010, 200010}, /* the earlier of the two counts */
        {300000, 200010}, {303601, 200010}, {303602, 303601}};
    EFFECTIVE_SECONDS(cases);
}

static void hosts_have_their_own_clocks(void **state)
{
    (void)state;
    struct ms_clock c;
    struct ms_clock_window w = {0};
    struct ms_line_stamp s[] = {at_second(1000, 0),
                                at_second(500, 700),
                                at_second(1001, 0),
                                at_second(501, 700),
                                {.stamp_us = MS_NONE, .time_us = 76, .eff_s = 77, .host_id = 0},
                                at_second(400, 700)};
    static const int64_t expected[] = {1000, 500, 1001, 501, 77, 501};
    ms_clock_init(&c, 1);
    assert_int_equal(ms_clock_now(&c, 0), MS_CLOCK_NEVER);
    assert_true(ms_clock_enter(&c, 0));
    pass_lines(&c, s, 6, &w, false);
    ms_clock_leave(&c);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(s[i].eff_s, expected[i]);
    assert_int_equal(s[4].time_us, 76); /* left alone */
    assert_int_equal(ms_clock_start(&w, 0), MS_CLOCK_NEVER);
    assert_int_equal(ms_clock_end(&w, 0), 1001);
    assert_int_equal(ms_clock_start(&w, 700), MS_CLOCK_NEVER);
    assert_int_equal(ms_clock_end(&w, 700), 501);
    struct ms_line_stamp more[] = {at_second(502, 700)};
    assert_true(ms_clock_enter(&c, 1));
    pass_lines(&c, more, 1, &w, false);
    ms_clock_leave(&c);
    assert_int_equal(ms_clock_start(&w, 700), 501);
    assert_int_equal(ms_clock_end(&w, 700), 502);
    assert_int_equal(ms_clock_now(&c, 0), 1001);
    assert_int_equal(ms_clock_now(&c, 99999), MS_CLOCK_NEVER);
    ms_clock_window_fini(&w);
    ms_clock_fini(&c);
}

/* ---- cuts ---- */

enum { N_STAMPS = 400, N_HOSTS = 3, CUT_ROUNDS = 600 };

static uint64_t rng_state;

static uint32_t below(uint32_t n)
{
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return (uint32_t)((rng_state >> 16) % n);
}

/* Lines that repeat, go back a little, jump ahead (alone or not; not in calm time), with and without year, or without a stamp
 * at all. The stream is about the turn of a year now and then. */
static void random_stream(struct ms_line_stamp *s, bool calm)
{
    int64_t now =
        below(2) ? utc(2000, 12, 31, 23, 59, 30) / SECOND : utc(2000, 1, 1 + (int)below(300), 0, 0, 0) / SECOND;
    int64_t year_start = utc(2000, 1, 1, 0, 0, 0) / SECOND, year_s = INT64_C(366) * 86400;
    for (size_t i = 0; i < N_STAMPS; i++) {
        int64_t t = now;
        switch (below(16)) {
        case 0:
            t -= below(40);
            break;
        case 1:
            t += calm ? 0 : (int64_t)below(20) * 1000000;
            break;
        case 2:
            now = t += below(calm ? 100 : 9000);
            break;
        case 3:
            now = t += calm ? 0 : (int64_t)below(4) * 2000000;
            break;
        case 4:
        case 5:
            now = t += below(10);
            break;
        default:
            break;
        }
        s[i] = (struct ms_line_stamp){.stamp_us = t * SECOND,
                                      .host_id = below(8) ? 0 : below(N_HOSTS) * 40,
                                      .has_year = below(12)          ? MS_STAMP_OPEN
                                                  : calm || below(2) ? MS_STAMP_LOCAL
                                                                     : MS_STAMP_WHOLE};
        if (s[i].has_year == MS_STAMP_OPEN)
            s[i].stamp_us = (year_start + ((t - year_start) % year_s + year_s) % year_s) * SECOND;
        if (below(30) == 0)
            s[i].stamp_us = MS_NONE;
        if (i > 3 && below(4) == 0)
            s[i] = s[i - 1 - below(3)];
    }
}

struct ends { /* what the passes leave behind */
    int64_t year, reference_us, local_us, now_s[N_HOSTS];
};

/* One pass, or `n_cuts` windows; all windows one behind the other, so that start and end of each are checked, too. */
static void pass_in_pieces(const struct ms_line_stamp *in, struct ms_line_stamp *out, bool cut, bool plain,
                           struct ends *end)
{
    struct ms_clock c;
    struct ms_clock_window w = {0};
    int64_t now_s[N_HOSTS * 40] = {0};
    ms_clock_init(&c, 1);
    set_zones(&c);
    memcpy(out, in, N_STAMPS * sizeof *in);
    for (size_t i = 0; i < N_HOSTS * 40; i++)
        now_s[i] = MS_CLOCK_NEVER;
    for (size_t at = 0, n; at < N_STAMPS; at += n) {
        n = cut ? below(below(2) ? 4 : 60) : N_STAMPS; /* empty ones, too */
        if (n > N_STAMPS - at)
            n = N_STAMPS - at;
        assert_true(ms_clock_enter(&c, c.turn));
        pass_lines(&c, out + at, n, &w, plain);
        ms_clock_leave(&c);
        for (size_t i = at; i < at + n; i++)
            if (in[i].stamp_us != MS_NONE)
                assert_int_equal(ms_clock_start(&w, in[i].host_id), now_s[in[i].host_id]);
        for (size_t i = at; i < at + n; i++)
            if (in[i].stamp_us != MS_NONE)
                now_s[in[i].host_id] = out[i].eff_s;
        for (size_t i = at; i < at + n; i++)
            if (in[i].stamp_us != MS_NONE)
                assert_int_equal(ms_clock_end(&w, in[i].host_id), now_s[in[i].host_id]);
    }
    *end = (struct ends){
        .year = c.files[0].year, .reference_us = c.files[0].reference_us, .local_us = c.files[0].local_us};
    for (size_t i = 0; i < N_HOSTS; i++)
        end->now_s[i] = ms_clock_now(&c, (uint32_t)i * 40);
    ms_clock_window_fini(&w);
    ms_clock_fini(&c);
}

/* In one pass, line by line; in one pass, each stamp once; cut. */
static void cuts_change_nothing(void **state)
{
    (void)state;
    struct ms_line_stamp in[N_STAMPS], plain[N_STAMPS], other[N_STAMPS];
    struct ends plain_end, other_end;
    rng_state = 4711;
    for (int round = 0; round < CUT_ROUNDS; round++) {
        random_stream(in, round % 2);
        pass_in_pieces(in, plain, false, true, &plain_end);
        for (int cut = 0; cut < 2; cut++) {
            pass_in_pieces(in, other, cut, false, &other_end);
            for (size_t i = 0; i < N_STAMPS; i++)
                if (plain[i].time_us != other[i].time_us || plain[i].eff_s != other[i].eff_s)
                    fail_msg("round %d, line %zu: %lld (%lld), cut %d %lld (%lld)", round, i,
                             (long long)plain[i].time_us, (long long)plain[i].eff_s, cut, (long long)other[i].time_us,
                             (long long)other[i].eff_s);
            assert_memory_equal(&plain_end, &other_end, sizeof plain_end);
        }
    }
}

/* ---- turns ---- */

enum { N_THREADS = 4, N_SEGMENTS = 400 };

struct turns {
    struct ms_clock clock;
    unsigned next; /* guarded by the turn itself, which is what is tested */
    unsigned order[N_SEGMENTS];
    int64_t start_s[N_SEGMENTS], eff_s[N_SEGMENTS];
    bool refused[N_THREADS];
    unsigned cancel_at; /* the segment that never comes; N_SEGMENTS: all come */
};

struct turner {
    struct turns *turns;
    unsigned number;
    pthread_t thread;
};

static void *turn(void *user)
{
    struct turner *me = user;
    struct turns *t = me->turns;
    struct ms_clock_window w = {0};
    for (unsigned k = me->number; k < N_SEGMENTS; k += N_THREADS) {
        if (k == t->cancel_at) {
            ms_clock_cancel(&t->clock);
            break;
        }
        struct ms_line_stamp s = at_second(1000 + k - (k % 3 == 2 ? 2 : 0), 5);
        if (!ms_clock_enter(&t->clock, k)) {
            t->refused[me->number] = true;
            break;
        }
        pass_lines(&t->clock, &s, 1, &w, false);
        t->order[t->next++] = k;
        t->start_s[k] = ms_clock_start(&w, 5);
        t->eff_s[k] = s.eff_s;
        ms_clock_leave(&t->clock);
    }
    ms_clock_window_fini(&w);
    return NULL;
}

static void run_turns(struct turns *t, unsigned cancel_at)
{
    struct turner turners[N_THREADS];
    *t = (struct turns){.cancel_at = cancel_at};
    ms_clock_init(&t->clock, 1);
    for (unsigned i = 0; i < N_THREADS; i++) {
        turners[i] = (struct turner){.turns = t, .number = i};
        assert_int_equal(pthread_create(&turners[i].thread, NULL, turn, &turners[i]), 0);
    }
    for (unsigned i = 0; i < N_THREADS; i++)
        pthread_join(turners[i].thread, NULL);
    ms_clock_fini(&t->clock);
}

static void segments_pass_in_order(void **state)
{
    (void)state;
    struct turns t;
    int64_t now_s = MS_CLOCK_NEVER;
    run_turns(&t, N_SEGMENTS);
    assert_int_equal(t.next, N_SEGMENTS);
    for (unsigned k = 0; k < N_SEGMENTS; k++) {
        int64_t stamp_s = 1000 + k - (k % 3 == 2 ? 2 : 0);
        assert_int_equal(t.order[k], k);
        assert_int_equal(t.start_s[k], now_s);
        now_s = stamp_s > now_s ? stamp_s : now_s;
        assert_int_equal(t.eff_s[k], now_s);
    }
}

static void cancel_wakes_all_who_wait(void **state)
{
    (void)state;
    struct turns t;
    run_turns(&t, 101);
    assert_true(t.next <= 101);
    for (unsigned i = 0; i < N_THREADS; i++)
        assert_int_equal(t.refused[i], i != 101 % N_THREADS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_a_year),
        cmocka_unit_test(the_year_turns),
        cmocka_unit_test(lines_swapped_at_new_year),
        cmocka_unit_test(the_first_line_is_already_of_the_new_year),
        cmocka_unit_test(new_year_is_local),
        cmocka_unit_test(leap_days),
        cmocka_unit_test(an_odd_stamp_does_not_turn_the_year),
        cmocka_unit_test(the_running_maximum),
        cmocka_unit_test(a_lone_far_stamp_does_not_advance),
        cmocka_unit_test(a_second_witness_does),
        cmocka_unit_test(hosts_have_their_own_clocks),
        cmocka_unit_test(cuts_change_nothing),
        cmocka_unit_test(segments_pass_in_order),
        cmocka_unit_test(cancel_wakes_all_who_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
