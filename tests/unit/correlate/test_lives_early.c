/* Early emission equals the whole: a random list of facts, split once at the end, and split again and again while it grows,
 * what is sealed taken out each time, as workers and stripes do. Both must give the same lives. */
#include "lives_script.h"

enum { ROUNDS = 20000, MAX_N = 40 };

static uint64_t rng_state;

static uint32_t below(uint32_t n)
{
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return (uint32_t)((rng_state >> 16) % n);
}

/* What a life or session comes to: its lines by their places in the whole list. */
struct outcome {
    size_t first, end, end_fact, lost_fact;
    int64_t begin_s;
    uint32_t ordinal;
    int state;
};

struct stream {
    struct ms_arena arena;
    struct ms_fact *facts[MAX_N];
    int64_t moved_on_s[MAX_N]; /* when the session of a client= goes on; known from then on */
    bool lost[MAX_N];
    size_t n;
    bool sessions;
};

static int64_t random_step(void)
{
    static const int32_t around[] = {1, 2, 3, 29, 30, 31, 32, 60, 3599, 3600, 3601, 3602, 45 * 86400, 45 * 86400 + 1};
    return below(3) ? 0 : around[below(below(3) ? 7 : sizeof around / sizeof *around)];
}

static const struct script_word *random_word(bool sessions)
{
    static const char *const of_lives[] = {
        "client",  "client",   "pickup",  "id",      "id",      "active",  "sent",     "sent",      "deferred",
        "bounced", "notice",   "removed", "removed", "removed", "deleted", "canceled", "discarded", "requeued",
        "held",    "released", "expired", "corrupt", "refused", "hold",    "discard",  "note",      "refusal"};
    static const char *const of_sessions[] = {"connect", "connect", "disconnect", "disconnect",
                                              "lost",    "client",  "note"};
    const char *name = sessions ? of_sessions[below(sizeof of_sessions / sizeof *of_sessions)]
                                : of_lives[below(sizeof of_lives / sizeof *of_lives)];
    return script_word(name, strlen(name));
}

static void stream_add(struct stream *s, const struct script_word *w, int64_t eff_s, int number)
{
    size_t i = s->n++;
    s->facts[i] = script_fact(&s->arena, w, eff_s, number);
    s->facts[i]->key = i;
    s->moved_on_s[i] = MS_NONE;
    if (w->role == MS_ROLE_CLIENT && below(3)) {
        s->moved_on_s[i] = eff_s + random_step();
        s->lost[i] = below(4) == 0;
    }
}

/* Now and then a whole mail, as chance alone hardly makes one. */
static void stream_make(struct stream *s, bool sessions)
{
    static const char *const mail[] = {"client", "id", "active", "sent", "removed"};
    int64_t now_s = T0;
    s->sessions = sessions;
    s->n = 0;
    for (size_t n = 1 + below(MAX_N - 5); s->n < n;) {
        now_s += random_step();
        if (!sessions && below(6) == 0)
            for (size_t k = 0; k < 5; k++)
                stream_add(s, script_word(mail[k], strlen(mail[k])), now_s += below(8) == 0, 1);
        else
            stream_add(s, random_word(sessions), now_s, 1 + (int)below(2));
    }
}

/* What sessions have told until then. */
static void tell_sessions(struct stream *s, int64_t now_s)
{
    for (size_t i = 0; i < s->n; i++) {
        bool known = s->moved_on_s[i] != MS_NONE && s->moved_on_s[i] <= now_s;
        if (s->facts[i]->role != MS_ROLE_CLIENT)
            continue;
        s->facts[i]->u.client.moved_on_s = known ? s->moved_on_s[i] : MS_NONE;
        s->facts[i]->u.client.lost = known && s->lost[i];
    }
}

/* The list in hand: facts, in order, that are not yet in a sealed life. */
struct hand {
    struct ms_fact *facts[2 * MAX_N];
    size_t n;
};

/* Splits what is in hand at `now_s`, takes out what is sealed (all at the end of the log); the rest goes on as stripes hand
 * it on: told where it begins, with a tombstone behind a life that a line of the next moment could be mixed up with. */
static size_t settle(struct stream *s, struct hand *h, int64_t now_s, bool last, struct outcome *out, size_t n_out)
{
    struct ms_life lives[2 * MAX_N];
    struct ms_session_life sessions[2 * MAX_N];
    struct hand rest = {.n = 0};
    tell_sessions(s, now_s);
    size_t n =
        s->sessions ? ms_sessions_split(h->facts, h->n, now_s, sessions) : ms_lives_split(h->facts, h->n, now_s, lives);
    for (size_t i = 0; i < n; i++) {
        struct outcome o;
        bool sealed, tombstone;
        if (s->sessions) {
            const struct ms_session_life *l = &sessions[i];
            o = (struct outcome){l->first,   l->end,     l->disconnect_fact, l->lost_fact,
                                 l->begin_s, l->ordinal, l->has_begin};
            sealed = l->sealed, tombstone = l->tombstone;
        } else {
            const struct ms_life *l = &lives[i];
            o = (struct outcome){l->first, l->end, l->end_fact, SIZE_MAX, l->begin_s, l->ordinal, (int)l->state};
            sealed = l->sealed, tombstone = l->tombstone;
        }
        struct ms_fact *first = h->facts[o.first];
        if (!sealed && !last) {
            first->flags |= MS_FACT_BEGIN;
            first->ordinal = o.ordinal;
            for (size_t k = o.first; k < o.end; k++)
                rest.facts[rest.n++] = h->facts[k];
            continue;
        }
        if (!last && i + 1 == n && o.begin_s >= now_s) {
            struct ms_fact *t = script_fact(&s->arena, script_word("tomb", 4), o.begin_s, 1);
            t->key = first->key;
            t->ordinal = o.ordinal;
            rest.facts[rest.n++] = t;
        }
        if (tombstone)
            continue;
        o.end = h->facts[o.end - 1]->key + 1;
        o.end_fact = o.end_fact == SIZE_MAX ? SIZE_MAX : h->facts[o.end_fact]->key;
        o.lost_fact = o.lost_fact == SIZE_MAX ? SIZE_MAX : h->facts[o.lost_fact]->key;
        o.first = first->key;
        out[n_out++] = o;
    }
    *h = rest;
    return n_out;
}

static size_t split_growing(struct stream *s, uint32_t one_in, struct outcome *out)
{
    struct hand h = {.n = 0};
    size_t n_out = 0;
    for (size_t i = 0; i < s->n; i++) {
        s->facts[i]->flags = 0;
        s->facts[i]->ordinal = 0;
    }
    for (size_t i = 0; i < s->n; i++) {
        h.facts[h.n++] = s->facts[i];
        int64_t from_s = s->facts[i]->eff_s;
        if (one_in == 0 || i + 1 == s->n || below(one_in))
            continue;
        /* The host's clock stands at this line, or, by other lines of the host, anywhere up to the next one. */
        int64_t gap_s = s->facts[i + 1]->eff_s - from_s;
        int64_t now_s = below(2) ? from_s : below(2) ? from_s + gap_s : from_s + (int64_t)below((uint32_t)gap_s + 1);
        n_out = settle(s, &h, now_s, false, out, n_out);
    }
    return settle(s, &h, s->facts[s->n - 1]->eff_s + 4000, true, out, n_out);
}

static int by_first(const void *a, const void *b)
{
    const struct outcome *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

static void fail_with(struct stream *s, const struct outcome *a, size_t n_a, const struct outcome *b, size_t n_b)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct ms_fact *f = s->facts[i];
        print_message("%zu: %+lld role %u, moved on %+lld%s\n", i, (long long)(f->eff_s - T0), f->role,
                      s->moved_on_s[i] == MS_NONE ? -1LL : (long long)(s->moved_on_s[i] - T0),
                      s->lost[i] ? " lost" : "");
    }
    for (size_t i = 0; i < n_a; i++)
        print_message("whole %zu-%zu state %d #%u\n", a[i].first, a[i].end, a[i].state, a[i].ordinal);
    for (size_t i = 0; i < n_b; i++)
        print_message("early %zu-%zu state %d #%u\n", b[i].first, b[i].end, b[i].state, b[i].ordinal);
    fail_msg("early emission differs");
}

static bool same(const struct outcome *a, const struct outcome *b)
{
    return a->first == b->first && a->end == b->end && a->end_fact == b->end_fact && a->lost_fact == b->lost_fact &&
           a->begin_s == b->begin_s && a->ordinal == b->ordinal && a->state == b->state;
}

static void early_is_whole(bool sessions)
{
    struct stream s = {.n = 0};
    size_t n_early = 0;
    rng_state = 88172645463325252u + sessions;
    for (int round = 0; round < ROUNDS; round++) {
        struct outcome whole[2 * MAX_N], early[2 * MAX_N];
        stream_make(&s, sessions);
        size_t n_whole = split_growing(&s, 0, whole), n = split_growing(&s, 1 + below(6), early);
        n_early += n > 1;
        qsort(early, n, sizeof *early, by_first);
        bool ok = n == n_whole;
        for (size_t i = 0; ok && i < n; i++)
            ok = same(&whole[i], &early[i]);
        if (!ok)
            fail_with(&s, whole, n_whole, early, n);
        ms_arena_reset(&s.arena);
    }
    assert_true(n_early > ROUNDS / 2);
    ms_arena_fini(&s.arena);
}

static void lives_emitted_early(void **state)
{
    (void)state;
    early_is_whole(false);
}

static void sessions_emitted_early(void **state)
{
    (void)state;
    early_is_whole(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lives_emitted_early),
        cmocka_unit_test(sessions_emitted_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
