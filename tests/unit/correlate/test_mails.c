/* Components of lives, compared with a union of everything at once; and the same from files as from memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/memory.h"
#include "correlate/mails.h"

#define DAY INT64_C(86400000000)

struct result {
    uint64_t (*rows)[2];
    size_t n, cap, fail_after;
};

static enum ms_status keep(void *result, uint64_t txn_id, uint64_t mail_id, bool is_final, struct ms_error *err)
{
    struct result *r = result;
    assert_true(is_final);
    if (r->n == r->fail_after)
        return ms_fail(err, MS_ERR_IO, "as asked");
    r->rows = ms_grow(r->rows, &r->cap, r->n + 1, sizeof *r->rows);
    r->rows[r->n][0] = txn_id;
    r->rows[r->n++][1] = mail_id;
    return MS_OK;
}

static uint64_t period_pairs; /* 0: the usual */

static struct result make(const struct ms_mail_pair *pairs, size_t n, int dir_fd, size_t limit_bytes)
{
    struct ms_mails m;
    struct ms_error err = {0};
    struct result r = {.fail_after = SIZE_MAX};
    ms_mails_init(&m, dir_fd, limit_bytes);
    if (period_pairs > 0)
        m.period_pairs = period_pairs;
    for (size_t i = 0; i < n; i++)
        ms_mails_add(&m, &pairs[i]);
    assert_int_equal(ms_mails_make(&m, INT64_MAX, keep, &r, &err), MS_OK);
    ms_mails_fini(&m);
    return r;
}

/* ---- lives at random: chains and trees, some of them weeks long ---- */

#define N_LIVES 4000

struct life {
    int64_t begin_us, last_us;
    size_t parent; /* SIZE_MAX: none */
};

static uint64_t txn_of(size_t i)
{
    return (i + 1) * UINT64_C(0x9E3779B97F4A7C15);
}

static size_t random_lives(struct life *lives, struct ms_mail_pair *pairs)
{
    size_t n = 0;
    for (size_t i = 0; i < N_LIVES; i++) {
        int64_t length = rand() % 50 == 0 ? rand() % 30 * DAY : rand() % 100 * INT64_C(1000000);
        lives[i] = (struct life){.parent = SIZE_MAX};
        if (i > 0 && rand() % 3 != 0) { /* a child begins while its parent lives */
            size_t parent = i - 1 - (size_t)rand() % (i < 20 ? i : 20);
            lives[i].parent = parent;
            lives[i].begin_us =
                lives[parent].begin_us + (lives[parent].last_us - lives[parent].begin_us) / 100 * (rand() % 101);
        } else {
            lives[i].begin_us = (int64_t)i * DAY / 20 - 20 * DAY;
        }
        lives[i].last_us = lives[i].begin_us + length;
    }
    for (size_t i = 0; i < N_LIVES; i++)
        for (int k = rand() % 2; lives[i].parent != SIZE_MAX && k < 2; k++) {
            const struct life *p = &lives[lives[i].parent];
            pairs[n++] = (struct ms_mail_pair){{txn_of(lives[i].parent), txn_of(i)},
                                               {p->begin_us, lives[i].begin_us},
                                               {p->last_us, lives[i].last_us},
                                               true};
        }
    return n;
}

static void shuffle(struct ms_mail_pair *pairs, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)rand() % i;
        struct ms_mail_pair x = pairs[i - 1];
        pairs[i - 1] = pairs[k];
        pairs[k] = x;
    }
}

/* In these trees the mail is the root. */
static uint64_t root_of(const struct life *lives, size_t i)
{
    while (lives[i].parent != SIZE_MAX)
        i = lives[i].parent;
    return txn_of(i);
}

static void assert_same(const struct result *a, const struct result *b)
{
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->rows, b->rows, a->n * sizeof *a->rows);
}

static void trees_in_any_order_from_memory_and_file(void **state)
{
    (void)state;
    static struct life lives[N_LIVES];
    static struct ms_mail_pair pairs[2 * N_LIVES];
    static bool in_mail[N_LIVES], seen[N_LIVES];
    int dir_fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir_fd >= 0);
    srand(7);
    static const uint64_t sizes[] = {0, 1, 3, 50, 700};
    for (int round = 0; round < 5; round++) {
        period_pairs = sizes[round];
        size_t n = random_lives(lives, pairs), n_in_mail = 0;
        struct result r = make(pairs, n, -1, SIZE_MAX);
        memset(in_mail, 0, sizeof in_mail);
        memset(seen, 0, sizeof seen);
        for (size_t i = 0; i < N_LIVES; i++)
            if (lives[i].parent != SIZE_MAX)
                in_mail[i] = in_mail[lives[i].parent] = true;
        for (size_t i = 0; i < N_LIVES; i++)
            n_in_mail += in_mail[i];
        assert_int_equal(r.n, n_in_mail);
        for (size_t i = 0; i < r.n; i++) {
            size_t k = (size_t)(r.rows[i][0] * UINT64_C(0xF1DE83E19937733D)) - 1; /* the inverse of txn_of */
            assert_true(k < N_LIVES && in_mail[k] && !seen[k]);
            seen[k] = true;
            assert_int_equal(r.rows[i][1], root_of(lives, k));
        }
        shuffle(pairs, n);
        struct result again = make(pairs, n, dir_fd, 0);
        assert_same(&r, &again);
        free(r.rows);
        free(again.rows);
    }
    period_pairs = 0;
    close(dir_fd);
}

static void a_circle_has_its_earliest_life(void **state)
{
    (void)state;
    const struct ms_mail_pair pairs[] = {{{30, 20}, {3, 2}, {100, 100}, true},
                                         {{20, 10}, {2, 1}, {100, 100}, true},
                                         {{10, 30}, {1, 3}, {100, 100}, true}};
    struct result r = make(pairs, 3, -1, SIZE_MAX);
    assert_int_equal(r.n, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(r.rows[i][1], 10);
    free(r.rows);
}

static void two_mails_that_meet_are_one(void **state)
{
    (void)state;
    /* 1 -> 2 on the first day, 3 -> 4 weeks later, and 2, which waited so long, -> 4 */
    const struct ms_mail_pair pairs[] = {{{1, 2}, {0, 10}, {20, 30 * DAY}, true},
                                         {{3, 4}, {29 * DAY, 30 * DAY}, {29 * DAY, 31 * DAY}, true},
                                         {{2, 4}, {10, 30 * DAY}, {30 * DAY, 31 * DAY}, true}};
    struct result r = make(pairs, 3, -1, SIZE_MAX);
    assert_int_equal(r.n, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(r.rows[i][1], 1);
    free(r.rows);
}

static void no_pairs_no_rows(void **state)
{
    (void)state;
    struct result r = make(NULL, 0, -1, SIZE_MAX);
    assert_int_equal(r.n, 0);
}

static void more_days_than_periods_can_be(void **state)
{
    (void)state;
    enum { N = 5000 };
    struct ms_mail_pair *pairs = ms_malloc(N * sizeof *pairs);
    for (size_t i = 0; i < N; i++) {
        int64_t t = (int64_t)(N - i) * 3 * DAY - 5000 * DAY;
        pairs[i] = (struct ms_mail_pair){{2 * i + 1, 2 * i + 2}, {t, t + 1}, {t + 2, t + 3}, true};
    }
    period_pairs = 1;
    struct result r = make(pairs, N, -1, SIZE_MAX);
    period_pairs = 0;
    assert_int_equal(r.n, 2 * N);
    for (size_t i = 0; i < N; i++) { /* oldest first */
        assert_int_equal(r.rows[2 * i][0], 2 * (N - 1 - i) + 1);
        assert_int_equal(r.rows[2 * i + 1][1], 2 * (N - 1 - i) + 1);
    }
    free(r.rows);
    free(pairs);
}

static void a_failure_ends_it(void **state)
{
    (void)state;
    const struct ms_mail_pair pair = {{1, 2}, {0, 1}, {2, 3}, true};
    struct ms_mails m;
    struct ms_error err = {0};
    struct result r = {.fail_after = 1};
    ms_mails_init(&m, -1, SIZE_MAX);
    ms_mails_add(&m, &pair);
    assert_int_equal(ms_mails_make(&m, INT64_MAX, keep, &r, &err), MS_ERR_IO);
    assert_string_equal(err.text, "as asked");
    ms_mails_fini(&m);
    free(r.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_in_any_order_from_memory_and_file),
        cmocka_unit_test(a_circle_has_its_earliest_life),
        cmocka_unit_test(two_mails_that_meet_are_one),
        cmocka_unit_test(no_pairs_no_rows),
        cmocka_unit_test(more_days_than_periods_can_be),
        cmocka_unit_test(a_failure_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
