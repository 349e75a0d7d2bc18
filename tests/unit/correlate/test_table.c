/* The queue-ID table, lock-free and its twin under a mutex: every partial inserted is found, once, under its hash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <cmocka.h>

#include "correlate/table.h"

static uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xBF58476D1CE4E5B9);
    x ^= x >> 27;
    x *= UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

/* Key number i. With `crowded` all hashes share their low 24 bits, so that one place in each level is fought for. */
static uint64_t hash_of(uint32_t i, bool crowded)
{
    uint64_t h = mix(i + 1);
    return crowded ? (uint64_t)(i + 1) << 24 | 0x5A5A5A : h ? h : 1;
}

static struct ms_partial *partials_new(size_t n, uint32_t n_keys, bool crowded, uint64_t seed)
{
    struct ms_partial *p = calloc(n, sizeof *p);
    for (size_t i = 0; i < n; i++)
        p[i].key = (struct ms_key){.hash = hash_of((uint32_t)(mix(seed + i) % n_keys), crowded)};
    return p;
}

/* ---- what a table holds, as sorted (hash, partial) pairs ---- */

struct pair {
    uint64_t hash;
    const struct ms_partial *partial;
};

static int by_pair(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->partial > y->partial) - (x->partial < y->partial);
}

struct collection {
    struct pair *pairs;
    size_t n, cap;
    unsigned shard;
    bool mixed;  /* partials of two hashes in one slot; the twin does that */
    bool astray; /* in the wrong shard */
};

static void collect(void *user, struct ms_partial *head)
{
    struct collection *c = user;
    for (const struct ms_partial *p = head; p != NULL && c->n < c->cap; p = p->next) {
        c->pairs[c->n++] = (struct pair){p->key.hash, p};
        c->mixed |= p->key.hash != head->key.hash;
        c->astray |= p->key.hash >> 58 != c->shard;
    }
}

static struct collection walk_all(const struct ms_queue_table *t, size_t expected)
{
    struct collection c = {.cap = expected + 16};
    c.pairs = calloc(c.cap, sizeof *c.pairs);
    for (c.shard = 0; c.shard < MS_TABLE_SHARDS; c.shard++)
        ms_table_walk_mp(t, c.shard, collect, &c);
    qsort(c.pairs, c.n, sizeof *c.pairs, by_pair);
    return c;
}

static void assert_holds(const struct ms_queue_table *t, const struct ms_partial *p, size_t n, bool lock_free)
{
    struct pair *expected = calloc(n + 1, sizeof *expected);
    struct collection c = walk_all(t, n);
    for (size_t i = 0; i < n; i++)
        expected[i] = (struct pair){p[i].key.hash, &p[i]};
    qsort(expected, n, sizeof *expected, by_pair);
    assert_int_equal(c.n, n);
    assert_memory_equal(c.pairs, expected, n * sizeof *expected);
    assert_false(c.astray);
    assert_false(lock_free && c.mixed);
    for (size_t i = 0; i < n; i++) {
        const struct ms_partial *found = ms_table_find_mp(t, p[i].key.hash);
        while (found != NULL && found != &p[i])
            found = found->next;
        if (found == NULL)
            fail_msg("partial %zu is not found", i);
    }
    free(expected);
    free(c.pairs);
}

static void assert_absent(const struct ms_queue_table *t, uint64_t hash)
{
    for (const struct ms_partial *p = ms_table_find_mp(t, hash); p != NULL; p = p->next)
        assert_int_not_equal(p->key.hash, hash);
}

/* ---- one thread ---- */

static void both_kinds_like_a_map(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        uint32_t n_keys;
        bool crowded;
    } cases[] = {{0, 1, false}, {1, 1, false}, {3000, 7, false}, {4000, 4000, false}, {3000, 60, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int kind = MS_TABLE_LOCK_FREE; kind <= MS_TABLE_LOCKED; kind++) {
            struct ms_queue_table *t = ms_table_create((enum ms_table_kind)kind);
            struct ms_partial *p = partials_new(cases[i].n + 1, cases[i].n_keys, cases[i].crowded, 17 * i);
            for (size_t k = 0; k < cases[i].n; k++)
                ms_table_insert_mp(t, &p[k]);
            assert_holds(t, p, cases[i].n, kind == MS_TABLE_LOCK_FREE);
            for (uint32_t k = 0; k < 1000; k++)
                assert_absent(t, hash_of(cases[i].n_keys + k, cases[i].crowded));
            free(p);
            ms_table_destroy(t);
        }
}

/* Eight probes a level: 60 keys at one place reach the eighth level; a full first level overflows into the next. */
static void growth_over_levels_and_reset(void **state)
{
    (void)state;
    enum { N = 300000 }; /* 4700 a shard, of 1024 slots in its first level */
    struct ms_queue_table *t = ms_table_create(MS_TABLE_LOCK_FREE);
    for (int round = 0; round < 3; round++) {
        uint32_t n_keys = round == 1 ? 40 : N;
        struct ms_partial *p = partials_new(N, n_keys, round == 1, (uint64_t)round << 40);
        for (size_t k = 0; k < N; k++)
            ms_table_insert_mp(t, &p[k]);
        if (round != 1) /* (with few keys the lists are too long to look for each) */
            assert_holds(t, p, N, true);
        struct collection c = walk_all(t, N);
        assert_int_equal(c.n, N);
        free(c.pairs);
        ms_table_reset(t);
        c = walk_all(t, N);
        assert_int_equal(c.n, 0);
        free(c.pairs);
        assert_null(ms_table_find_mp(t, p[0].key.hash));
        free(p);
    }
    ms_table_destroy(t);
}

static void destroy_takes_null(void **state)
{
    (void)state;
    ms_table_destroy(NULL);
}

/* ---- threads: they insert, meet, and walk different shards. Counts are asserted after the join ---- */

enum { N_THREADS = 4, EACH = 20000 };

struct crew {
    struct ms_queue_table *table;
    struct ms_partial *partials; /* N_THREADS * EACH */
    uint8_t *seen;               /* by partial: found so many times in a walk */
    pthread_barrier_t start, inserted;
};

struct member {
    struct crew *crew;
    unsigned number;
    size_t n_walked, n_lost;
    pthread_t thread;
};

static void count_seen(void *user, struct ms_partial *head)
{
    struct member *m = user;
    for (struct ms_partial *p = head; p != NULL; p = p->next) {
        m->crew->seen[p - m->crew->partials]++; /* a partial is in one shard, and a shard is walked by one thread */
        m->n_walked++;
    }
}

static void *work(void *user)
{
    struct member *m = user;
    struct crew *c = m->crew;
    struct ms_partial *mine = c->partials + (size_t)m->number * EACH;
    pthread_barrier_wait(&c->start);
    for (size_t i = 0; i < EACH; i++)
        ms_table_insert_mp(c->table, &mine[i]);
    pthread_barrier_wait(&c->inserted);
    for (unsigned shard = m->number; shard < MS_TABLE_SHARDS; shard += N_THREADS)
        ms_table_walk_mp(c->table, shard, count_seen, m);
    for (size_t i = 0; i < EACH; i += 997) { /* others' partials, too */
        const struct ms_partial *other = &c->partials[(i * 7 + m->number * EACH) % (N_THREADS * EACH)];
        const struct ms_partial *p = ms_table_find_mp(c->table, other->key.hash);
        while (p != NULL && p != other)
            p = p->next;
        m->n_lost += p == NULL;
    }
    return NULL;
}

static void run_crew(enum ms_table_kind kind, uint32_t n_keys, bool crowded)
{
    struct crew c = {.table = ms_table_create(kind)};
    for (int round = 0; round < 2; round++) { /* the second one in a table used before */
        struct member members[N_THREADS];
        size_t n_walked = 0, n_lost = 0, n_wrong = 0;
        c.partials = partials_new(N_THREADS * EACH, n_keys, crowded, n_keys + (uint64_t)round);
        c.seen = calloc(N_THREADS * EACH, 1);
        pthread_barrier_init(&c.start, NULL, N_THREADS);
        pthread_barrier_init(&c.inserted, NULL, N_THREADS);
        for (unsigned i = 0; i < N_THREADS; i++) {
            members[i] = (struct member){.crew = &c, .number = i};
            assert_int_equal(pthread_create(&members[i].thread, NULL, work, &members[i]), 0);
        }
        for (unsigned i = 0; i < N_THREADS; i++) {
            pthread_join(members[i].thread, NULL);
            n_walked += members[i].n_walked;
            n_lost += members[i].n_lost;
        }
        for (size_t i = 0; i < N_THREADS * EACH; i++)
            n_wrong += c.seen[i] != 1;
        assert_int_equal(n_walked, N_THREADS * EACH);
        assert_int_equal(n_wrong, 0);
        assert_int_equal(n_lost, 0);
        pthread_barrier_destroy(&c.start);
        pthread_barrier_destroy(&c.inserted);
        free(c.partials);
        free(c.seen);
        ms_table_reset(c.table);
    }
    ms_table_destroy(c.table);
}

static void threads_on_few_keys(void **state)
{
    (void)state;
    run_crew(MS_TABLE_LOCK_FREE, 3, false);
    run_crew(MS_TABLE_LOCKED, 3, false);
}

static void threads_on_many_keys(void **state)
{
    (void)state;
    run_crew(MS_TABLE_LOCK_FREE, 200000, false);
    run_crew(MS_TABLE_LOCKED, 200000, false);
}

static void threads_on_keys_at_one_place(void **state)
{
    (void)state;
    run_crew(MS_TABLE_LOCK_FREE, 50, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_kinds_like_a_map), cmocka_unit_test(growth_over_levels_and_reset),
        cmocka_unit_test(destroy_takes_null),    cmocka_unit_test(threads_on_few_keys),
        cmocka_unit_test(threads_on_many_keys),  cmocka_unit_test(threads_on_keys_at_one_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
