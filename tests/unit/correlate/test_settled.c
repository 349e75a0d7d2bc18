/* Lives and sessions of programs that log no end of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "correlate/clock.h"
#include "correlate/lives.h"
#include "parse/kinds.h"

#define T0 INT64_C(1700000000)
enum { MAX = 700 };

static struct ms_arena arena;
static struct ms_fact *facts[MAX];
static size_t n;
static struct ms_life lives[MAX];
static struct ms_session_life sessions[MAX];

static struct ms_fact *add(int64_t second, unsigned role)
{
    struct ms_fact *f = ms_fact_new(&arena, role);
    f->key = n + 1;
    f->eff_s = T0 + second;
    f->time_us = f->eff_s * 1000000;
    f->flags = MS_FACT_NO_END | MS_FACT_FOREIGN;
    facts[n++] = f;
    return f;
}

static void begin(void)
{
    ms_arena_reset(&arena);
    n = 0;
}

static void accepted(int64_t second, int64_t size, int32_t nrcpt)
{
    struct ms_fact *f = add(second, MS_ROLE_ACCEPTED);
    f->u.accepted.size_bytes = size;
    f->u.accepted.nrcpt = nrcpt;
}

static void delivery(int64_t second, uint32_t recipient, enum ms_delivered outcome, int64_t priority)
{
    struct ms_fact *f = add(second, MS_ROLE_DELIVERY);
    f->u.delivery.recipient = recipient;
    f->u.delivery.outcome = outcome;
    f->u.delivery.priority = priority;
}

/* One life up to now; its state and whether it is sealed. */
static void one_life(int64_t now, enum ms_state state, bool sealed, size_t end_fact)
{
    assert_int_equal(ms_lives_split(facts, n, T0 + now, lives), 1);
    assert_int_equal(lives[0].state, state);
    assert_int_equal(lives[0].sealed, sealed);
    assert_int_equal(lives[0].end_fact, end_fact);
}

static void test_sent_at_once(void **state)
{
    (void)state;
    begin();
    accepted(0, 1000, 1);
    one_life(MS_SILENT_S, MS_STATE_OPEN, false, SIZE_MAX);
    one_life(MS_SILENT_S + 1, MS_STATE_CUT, true, SIZE_MAX);
    delivery(2, 7, MS_SENT, 31000);
    one_life(2 + MS_GRACE_S, MS_STATE_DONE, false, 1);
    one_life(3 + MS_GRACE_S, MS_STATE_DONE, true, 1);
}

/* The priority says that three are meant, an alias having been expanded. */
static void test_others_to_come(void **state)
{
    (void)state;
    begin();
    accepted(0, 1000, 1);
    delivery(2, 7, MS_SENT, 91000);
    one_life(2 + MS_QUIET_S, MS_STATE_OPEN, false, SIZE_MAX);
    one_life(3 + MS_QUIET_S, MS_STATE_DONE, true, 1);
    delivery(900, 8, MS_SENT, 91000);
    delivery(901, 9, MS_SENT, 91000);
    one_life(902, MS_STATE_DONE, false, 3);
}

/* One recipient, the queue file having been read before the first attempt, or four of an alias: called done, but waited for. */
static void test_read_before(void **state)
{
    (void)state;
    begin();
    accepted(0, 1000, 1);
    delivery(2, 7, MS_SENT, 121000);
    one_life(2 + MS_QUIET_S, MS_STATE_DONE, false, 1);
    one_life(3 + MS_QUIET_S, MS_STATE_DONE, true, 1);
    delivery(900, 8, MS_DEFERRED, 121000);
    one_life(901, MS_STATE_OPEN, false, SIZE_MAX);
    begin(); /* a report is missing */
    accepted(0, 1000, 1);
    delivery(2, 7, MS_BOUNCED, 121000);
    one_life(3, MS_STATE_OPEN, false, SIZE_MAX);
    add(2, MS_ROLE_NOTICE)->u.notice.kind = MS_NOTICE_BOUNCE;
    one_life(3, MS_STATE_DONE, false, 1);
    begin(); /* and here a recipient */
    accepted(0, 1000, 2);
    delivery(2, 7, MS_SENT, 151000);
    one_life(3, MS_STATE_OPEN, false, SIZE_MAX);
}

static void test_failure_of_a_mail_from_nobody(void **state)
{
    (void)state;
    begin();
    accepted(0, 1000, 1);
    facts[0]->u.accepted.has_null_sender = true;
    delivery(2, 7, MS_BOUNCED, 31000);
    one_life(2 + MS_GRACE_S, MS_STATE_DONE, false, 1);
    one_life(3 + MS_GRACE_S, MS_STATE_DONE, true, 1);
}

/* A list with an owner: of one address all that it is expanded to is the copy's; of several, who knows. */
static void test_all_in_a_copy(void **state)
{
    (void)state;
    for (int32_t nrcpt = 1; nrcpt <= 2; nrcpt++) {
        begin();
        accepted(0, 1000, nrcpt);
        add(1, MS_ROLE_NOTICE)->u.notice.kind = MS_NOTICE_CLONE;
        if (nrcpt == 1) {
            one_life(1 + MS_GRACE_S, MS_STATE_DONE, false, 1);
            one_life(2 + MS_GRACE_S, MS_STATE_DONE, true, 1);
        } else {
            one_life(1 + MS_SILENT_S, MS_STATE_OPEN, false, SIZE_MAX);
        }
        delivery(2, 7, MS_DEFERRED, 31000); /* not all, after all */
        one_life(3 + MS_GRACE_S, MS_STATE_OPEN, false, SIZE_MAX);
    }
    begin(); /* it is itself the copy */
    accepted(0, 1000, 1);
    struct ms_fact_notice *notice = &add(1, MS_ROLE_NOTICE)->u.notice;
    notice->kind = MS_NOTICE_CLONE;
    notice->by_child = true;
    one_life(1 + MS_GRACE_S, MS_STATE_OPEN, false, SIZE_MAX);
}

static void test_retries(void **state)
{
    (void)state;
    begin();
    accepted(0, 1000, 2);
    delivery(2, 7, MS_SENT, 61000);
    delivery(2, 8, MS_DEFERRED, 61000);
    one_life(5 * 86400, MS_STATE_OPEN, false, SIZE_MAX);
    delivery(86400, 8, MS_DEFERRED, 121000);
    delivery(2 * 86400, 8, MS_SENT, 211000);
    one_life(2 * 86400 + 31, MS_STATE_DONE, true, 4);
    delivery(2 * 86400 + 40, 9, MS_SENT, 211000); /* too late */
    assert_int_equal(ms_lives_split(facts, n, T0 + 2 * 86400 + 50, lives), 2);
}

static void test_failure_waits_for_its_report(void **state)
{
    (void)state;
    begin();
    accepted(0, 1000, 1);
    delivery(2, 7, MS_BOUNCED, 31000);
    one_life(100, MS_STATE_OPEN, false, SIZE_MAX);
    add(2, MS_ROLE_NOTICE)->u.notice.kind = MS_NOTICE_BOUNCE;
    one_life(100, MS_STATE_DONE, true, 1);
    begin(); /* but nobody reports that a report failed */
    add(0, MS_ROLE_ACCEPTED)->u.accepted.born = MS_BORN_AS_BOUNCE;
    facts[0]->u.accepted.size_bytes = MS_NONE;
    facts[0]->u.accepted.nrcpt = INT32_MIN;
    delivery(2, 7, MS_BOUNCED, 631000);
    one_life(100, MS_STATE_DONE, true, 1);
}

static void test_given_up(void **state)
{
    (void)state;
    begin();
    accepted(0, 1000, 1);
    delivery(2, 7, MS_DEFERRED, 31000);
    add(5 * 86400, MS_ROLE_NOTICE)->u.notice.gives_up = true;
    one_life(5 * 86400 + 31, MS_STATE_EXPIRED, true, 2);
}

static void test_never_taken(void **state)
{
    (void)state;
    begin();
    add(0, MS_ROLE_REJECT)->flags |= MS_FACT_ASIDE;
    accepted(300, 0, 0);
    one_life(301, MS_STATE_REJECTED, false, 1);
    one_life(331, MS_STATE_REJECTED, true, 1);
    begin();
    accepted(300, 0, 0);
    one_life(331, MS_STATE_ABORTED, true, 0);
    begin();
    accepted(0, 500, 1);
    facts[0]->u.accepted.is_headless = true;
    one_life(10, MS_STATE_ABORTED, false, SIZE_MAX);
    delivery(11, 7, MS_SENT, 30500);
    one_life(12, MS_STATE_DONE, false, 1);
}

/* A from= that is overtaken joins; IDs that come again do not. */
static void test_begins(void **state)
{
    (void)state;
    begin();
    delivery(0, 7, MS_SENT, 31000);
    accepted(1, 1000, 1);
    one_life(10, MS_STATE_DONE, false, 0);
    begin();
    accepted(0, 1000, 1);
    facts[0]->u.accepted.reuses_ids = true;
    delivery(2, 7, MS_DEFERRED, MS_NONE);
    accepted(86400, 1000, 1);
    facts[2]->u.accepted.reuses_ids = true;
    assert_int_equal(ms_lives_split(facts, n, T0 + 86401, lives), 2);
    assert_int_equal(lives[0].state, MS_STATE_CUT);
    assert_true(lives[0].sealed);
}

/* More open recipients than are kept: open until it is forgotten. */
static void test_many_open(void **state)
{
    (void)state;
    begin();
    for (uint32_t i = 0; i < 600; i++)
        delivery(0, i, MS_DEFERRED, MS_NONE);
    for (uint32_t i = 0; i < 50; i++)
        delivery(10, i, MS_SENT, MS_NONE);
    one_life(86400, MS_STATE_OPEN, false, SIZE_MAX);
    one_life(11 + MS_FORGOTTEN_S, MS_STATE_CUT, true, SIZE_MAX);
}

/* The first line after a long silence is stamped before the host's clock moves on. */
static void test_clock_behind(void **state)
{
    (void)state;
    begin();
    accepted(0, 1000, 1);
    facts[0]->time_us = (T0 + 3 * 86400) * 1000000;
    delivery(3 * 86400 + 1, 7, MS_SENT, 31000);
    one_life(3 * 86400 + 2, MS_STATE_DONE, false, 1);
}

/* What is sealed at a moment is what no later line can touch: the split of any beginning agrees with that of the whole. */
static void test_early_is_final(void **state)
{
    unsigned seed = 99;
    (void)state;
    for (unsigned round = 0; round < 4000; round++) {
        int64_t second = 0;
        begin();
        for (unsigned i = 0; i < 12; i++) {
            seed = seed * 1103515245u + 12345u;
            static const int64_t steps[] = {0, 1, 29, 31, 3599, 3601, 22000, 86400, 46 * 86400};
            second += steps[(seed >> 16) % 9];
            unsigned what = seed >> 20 & 7;
            if (what < 2)
                accepted(second, 1000, (int32_t)what);
            else if (what < 6)
                delivery(second, seed >> 24 & 3, (enum ms_delivered)(seed >> 26 & 3), 31000 + 30000 * (seed >> 28 & 1));
            else
                add(second, what == 6 ? MS_ROLE_NOTICE : MS_ROLE_REMOVED);
        }
        struct ms_life whole[16];
        size_t n_whole = ms_lives_split(facts, n, T0 + second, whole);
        for (size_t part = 1; part < n; part++) {
            size_t n_part = ms_lives_split(facts, part, facts[part]->eff_s, lives);
            for (size_t i = 0; i < n_part && lives[i].sealed; i++) {
                assert_in_range(i, 0, n_whole - 1);
                assert_int_equal(lives[i].first, whole[i].first);
                assert_int_equal(lives[i].end, whole[i].end);
                assert_int_equal(lives[i].state, whole[i].state);
                assert_int_equal(lives[i].end_fact, whole[i].end_fact);
            }
        }
    }
}

static void test_sessions(void **state)
{
    (void)state;
    begin();
    add(0, MS_ROLE_TLS);
    add(1, MS_ROLE_SASL);
    accepted(2, 1000, 1);
    facts[2]->connection = 5;
    accepted(100, 1000, 1);
    facts[3]->connection = 5;
    assert_int_equal(ms_sessions_split(facts, n, T0 + 100 + MS_QUIET_S, sessions), 1);
    assert_false(sessions[0].sealed);
    assert_int_equal(ms_sessions_split(facts, n, T0 + 101 + MS_QUIET_S, sessions), 1);
    assert_true(sessions[0].sealed);
    accepted(200, 1000, 1);
    facts[4]->connection = 6; /* the pid again */
    add(300, MS_ROLE_TLS);    /* and again */
    add(301 + MS_QUIET_S, MS_ROLE_SASL);
    assert_int_equal(ms_sessions_split(facts, n, T0 + 400 + MS_QUIET_S, sessions), 4);
    assert_int_equal(sessions[1].first, 4);
    assert_int_equal(sessions[2].first, 5);
    assert_int_equal(sessions[3].first, 6);
}

/* The client went away in the middle of the text: no mail, unless an attempt shows that there was one. */
static void test_broken_off(void **state)
{
    (void)state;
    begin();
    accepted(0, 1000, 1);
    add(3, MS_ROLE_EVENT);
    one_life(4, MS_STATE_OPEN, false, SIZE_MAX); /* any event */
    facts[1]->kind = MS_K_SENDMAIL_BROKEN_OFF;
    one_life(4, MS_STATE_ABORTED, false, 1);
    one_life(4 + MS_GRACE_S, MS_STATE_ABORTED, true, 1);
    delivery(4, 7, MS_SENT, 31000);
    one_life(5, MS_STATE_DONE, false, 1);
}

/* Quarantined by a filter or by hand: held until it is let go, and tried. */
static void test_held(void **state)
{
    (void)state;
    begin();
    accepted(0, 1000, 1);
    add(1, MS_ROLE_REJECT)->u.reject.effect = MS_EFFECT_HELD;
    one_life(MS_SILENT_S + 2, MS_STATE_HELD, false, SIZE_MAX);
    delivery(2, 7, MS_WAITING, 31000);
    one_life(3, MS_STATE_HELD, false, SIZE_MAX);
    one_life(3 + MS_FORGOTTEN_S, MS_STATE_CUT, true, SIZE_MAX);
    add(4, MS_ROLE_RELEASED);
    one_life(5, MS_STATE_OPEN, false, SIZE_MAX);
    add(6, MS_ROLE_HELD);
    one_life(7, MS_STATE_HELD, false, SIZE_MAX);
    delivery(8, 7, MS_SENT, 31000);
    one_life(9, MS_STATE_DONE, false, 5);
}

/* 5.x: a record for the mail's ID, then one for its sender, under an ID that comes again. */
static void test_two_records(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < 2; i++) {
        add(i * INT64_C(600), MS_ROLE_MESSAGE_ID)->kind = MS_K_SENDMAIL_MESSAGE_ID;
        struct ms_fact *from = add(i * INT64_C(600), MS_ROLE_ACCEPTED);
        from->u.accepted.reuses_ids = true;
        from->u.accepted.nrcpt = INT32_MIN;
        delivery(i * INT64_C(600) + 2, 7, MS_SENT, MS_NONE);
    }
    assert_int_equal(ms_lives_split(facts, n, T0 + 603, lives), 2);
    assert_int_equal(lives[0].end, 3);
    assert_int_equal(lives[1].first, 3);
}

/* The same process number again, after a silence that the clock does not believe yet. */
static void test_silent_session(void **state)
{
    (void)state;
    begin();
    add(0, MS_ROLE_ACCEPTED);
    add(86400, MS_ROLE_ACCEPTED)->eff_s = T0;
    assert_int_equal(ms_sessions_split(facts, n, T0, sessions), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_broken_off),
        cmocka_unit_test(test_held),
        cmocka_unit_test(test_two_records),
        cmocka_unit_test(test_silent_session),
        cmocka_unit_test(test_sent_at_once),
        cmocka_unit_test(test_others_to_come),
        cmocka_unit_test(test_read_before),
        cmocka_unit_test(test_failure_of_a_mail_from_nobody),
        cmocka_unit_test(test_all_in_a_copy),
        cmocka_unit_test(test_retries),
        cmocka_unit_test(test_failure_waits_for_its_report),
        cmocka_unit_test(test_given_up),
        cmocka_unit_test(test_never_taken),
        cmocka_unit_test(test_begins),
        cmocka_unit_test(test_many_open),
        cmocka_unit_test(test_clock_behind),
        cmocka_unit_test(test_early_is_final),
        cmocka_unit_test(test_sessions),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ms_arena_fini(&arena);
    return failed;
}
