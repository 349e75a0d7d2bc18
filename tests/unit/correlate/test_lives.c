/* lives(): hand-built lists. A list is written as text, `SECOND WORD` for each fact; what comes out is written as text, too:
 * `FIRST-END:state` for each life, with `?` if it is not sealed and `#N` for an ordinal that is not 0. */
#include "lives_script.h"

struct life_case {
    const char *name, *facts;
    int64_t now_s;
    const char *lives;
};

#define MAIL "0 client, 0 id, 0 active, 1 sent, 1 removed"
#define DAY 86400

static const struct life_case life_cases[] = {
    {"complete", MAIL, 1, "0-5:done"},
    {"complete, two recipients", "0 client, 0 id, 0 active2, 1 sent, 1 sent/2, 1 removed", 1, "0-6:done"},
    {"one recipient's line is still to come", "0 client, 0 id, 0 active2, 1 sent, 1 removed", 1, "0-5:done?"},
    {"the same recipient twice is one", "0 client, 0 id, 0 active2, 1 sent, 1 sent, 1 removed", 1, "0-6:done?"},
    {"deferred is not settled", "0 client, 0 id, 0 active, 1 deferred, 1 removed", 1, "0-5:done?"},
    {"deferred, then sent", "0 client, 0 id, 0 active, 1 deferred, 400 active, 401 sent, 401 removed", 401, "0-7:done"},
    {"bounced, the notice is to come", "0 client, 0 id, 0 active, 1 bounced, 1 removed", 1, "0-5:done?"},
    {"bounced and noticed", "0 client, 0 id, 0 active, 1 bounced, 1 notice, 1 removed", 1, "0-6:done"},
    {"more recipients than are counted on",
     "0 client, 0 id, 0 active9, 1 sent/1, 1 sent/2, 1 sent/3, 1 sent/4, 1 sent/5, 1 sent/6, 1 sent/7, 1 sent/8, "
     "1 sent/9, 1 removed",
     1, "0-13:done?"},

    {"reuse within the second", MAIL ", 1 client, 1 id, 1 active, 1 sent, 1 removed", 1, "0-5:done 5-10:done"},
    {"reuse: both begin in one second",
     "0 client, 0 id, 0 active, 0 sent, 0 removed, 0 client, 0 id, 0 active, 0 sent, 0 removed, 0 client", 0,
     "0-5:done 5-10:done#1 10-11:open?#2"},
    {"reuse, the first incomplete", "0 client, 0 id, 0 active, 0 removed, 5 client, 5 id", 5, "0-4:done 4-6:open?"},
    {"reuse by an internal mail", "0 client, 0 id, 0 active, 0 removed, 5 id, 5 active, 5 removed", 5,
     "0-4:done 4-7:done?"},
    {"reuse by an internal mail, the end is not logged", "0 id, 0 active, 31 id, 31 active", 31, "0-2:cut 2-4:open?"},
    {"message-id twice within the grace is one", "0 id, 0 active, 30 id", 30, "0-3:open?"},
    {"client= ends a life without end", "0 client, 0 id, 0 active, 3 client", 3, "0-3:cut 3-4:open?"},
    {"two begins at once", "0 client, 0 pickup", 0, "0-1:aborted 1-2:open?#1"},

    {"a late status", "0 client, 0 id, 0 active2, 1 removed, 31 sent", 31, "0-5:done?"},
    {"a late status that makes it complete", "0 client, 0 id, 0 active, 1 removed, 31 sent", 31, "0-5:done"},
    {"sealed only after the grace", "0 client, 0 id, 0 active, 1 removed, 1 deferred", 31, "0-5:done?"},
    {"sealed after the grace", "0 client, 0 id, 0 active, 1 removed, 1 deferred", 32, "0-5:done"},
    {"too late", "0 client, 0 id, 0 active, 1 removed, 32 sent", 32, "0-4:done 4-5:open?"},
    {"a complete mail takes no late line", MAIL ", 1 sent", 1, "0-5:done 5-6:open?"},
    {"a late message-id", "0 client, 0 active, 0 removed, 3 note", 3, "0-4:done?"},

    {"message-id before client=", "0 id, 2 client, 2 active", 2, "0-3:open?"},
    {"message-id long before client=", "0 id, 3 client, 3 active", 3, "0-1:cut 1-3:open?"},
    {"active before client=", "0 active, 0 client, 0 id", 0, "0-3:open?"},
    {"removed only", "0 removed", 30, "0-1:done?"},
    {"removed only, sealed", "0 removed", 31, "0-1:done"},
    {"a status only", "0 sent", 100, "0-1:open?"},
    {"incomplete at the end", "0 client, 0 id, 0 active", 100000, "0-3:open?"},

    {"a number of qmail's at once again", "0 new, 0 info, 0 starting, 1 removed, 1 new, 1 info/2, 1 starting", 1,
     "0-4:done 4-7:open?"},
    {"taken up twice, as the first try failed", "0 new, 0 new, 0 info, 0 starting", 0, "0-4:open?"},
    {"the end is lost", "0 new, 0 info, 0 starting, 1 new, 1 info/2", 1, "0-3:cut 3-5:open?"},
    {"the end and the begin are lost", "0 new, 0 info, 0 starting, 1 info/2, 1 starting", 1, "0-3:cut 3-5:open?"},
    {"a line twice", "0 new, 0 info, 0 info, 0 starting", 0, "0-4:open?"},
    {"the begin is lost", "0 new, 0 info, 0 starting, 1 removed, 2 info/2, 2 starting", 2, "0-4:done 4-6:open?"},
    {"the begin and the sender are lost", "0 new, 0 info, 0 starting, 1 removed, 2 starting", 2, "0-4:done 4-5:open?"},
    {"in the queue before the log began", "0 starting, 90 starting, 500 info", 500, "0-2:cut 2-3:open?"},
    {"turned around", "0 new, 0 starting, 0 info", 0, "0-3:open?"},

    {"held", "0 client, 0 id, 0 hold", 100, "0-3:held?"},
    {"held by the admin", "0 client, 0 id, 0 active, 5 held", 100, "0-4:held?"},
    {"released", "0 client, 0 id, 0 hold, 50 released", 100, "0-4:open?"},
    {"held, then active", "0 client, 0 id, 0 hold, 50 active", 100, "0-4:open?"},
    {"held, given up by its session", "0 client>1, 0 id, 0 hold", 10000, "0-3:held?"},
    {"held, the ID used again", "0 client, 0 id, 0 hold, 50 client", 100, "0-3:cut 3-4:open?"},
    {"deleted by the admin", "0 client, 0 id, 0 active, 9 deleted", 40, "0-4:deleted"},
    {"deleted while under delivery", "0 client, 0 id, 0 active, 9 deleted, 10 sent, 10 removed", 10, "0-6:deleted"},
    {"expired", "0 client, 0 id, 0 active, 9 expired, 9 notice, 9 removed", 40, "0-6:expired"},
    {"expired, not yet removed", "0 client, 0 id, 0 active, 9 expired", 40, "0-4:open?"},
    {"corrupt", "0 active, 1 corrupt", 40, "0-2:cut"},
    {"requeued", "0 client, 0 id, 0 active, 9 requeued", 9, "0-4:done?"},
    {"requeued, late lines, the new life", "0 client, 0 id, 0 active, 9 requeued, 10 sent, 11 pickup, 11 id", 11,
     "0-5:done 5-7:open?"},

    {"canceled", "0 client, 0 id, 3 canceled", 34, "0-3:aborted"},
    {"canceled as refused", "0 client, 0 id, 3 refused, 3 canceled", 34, "0-4:rejected"},
    {"discarded", "0 client, 0 id, 3 discard, 3 discarded", 34, "0-4:done"},
    {"the session moved on", "0 client>5", 35, "0-1:aborted?"},
    {"the session moved on, sealed", "0 client>5", 36, "0-1:aborted"},
    {"the session moved on, the last line later", "0 client>5, 20 note", 50, "0-2:aborted?"},
    {"the session moved on, a message-id: the queue is waited for", "0 client>5, 0 id", 3605, "0-2:open?"},
    {"the session moved on, a message-id, given up", "0 client>5, 0 id", 3606, "0-2:aborted"},
    {"the session was lost, a message-id", "0 client!5, 0 id", 36, "0-2:aborted"},
    {"the session moved on, the mail is queued", "0 client>5, 0 id, 1 active", 100000, "0-3:open?"},
    {"refused content", "0 client>5, 0 id, 4 refused", 36, "0-3:rejected"},
    {"refused content, the session is still there", "0 client, 0 id, 4 refused", 10000, "0-3:rejected?"},
    {"refused content of a local mail", "0 pickup, 0 id, 4 refused", 35, "0-3:rejected"},
    {"refused as a note says", "0 client>5, 0 id, 4 refusal", 36, "0-3:rejected"},
    {"a recipient refused is nothing", "0 client, 0 reject", 40, "0-2:open?"},

    {"a line long after a mail was given up", "0 client>5, 36 active", 36, "0-1:aborted 1-2:open?"},
    {"a line after a mail was nearly given up", "0 client>5, 35 active", 35, "0-2:open?"},
    {"refused, a line long after", "0 pickup, 0 refused, 31 id", 31, "0-2:rejected 2-3:open?"},
    {"a slow mail is not closed at once", "0 client, 0 id, 31 active, 31 sent, 31 removed", 31, "0-5:done?"},

    {"not yet forgotten", "0 client, 0 id, 0 active", 45 * DAY, "0-3:open?"},
    {"forgotten", "0 client, 0 id, 0 active", 45 * DAY + 1, "0-3:cut"},
    {"a line after 45 days", "0 client, 0 id, 0 active, 3888000 sent", 45 * DAY, "0-4:open?"},
    {"a line after more than 45 days", "0 client, 0 id, 0 active, 3888001 sent", 45 * DAY + 1, "0-3:cut 3-4:open?"},

    {"tombstone alone", "0 tomb", 0, "0-1:closed"},
    {"a tombstone ends what stood open", "0 id, 0 active, 5 tomb*0", 5, "0-2:cut 2-3:closed"},
    {"after a tombstone a life begins", "5 tomb*0, 6 sent", 6, "0-1:closed 1-2:open?"},
    {"after a tombstone of the same second", "5 tomb*1, 5 sent", 5, "0-1:closed#1 1-2:open?#2"},
    {"told to begin", "0 client, 0 id*3, 0 id", 0, "0-1:aborted 1-3:open?#3"},
    {"told to begin, counted on from there", "0 client*4, 0 id, 0 client", 0, "0-2:aborted#4 2-3:open?#5"},
    {"nothing", "", 0, ""},
};

static void lives_of_hand_built_lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof life_cases / sizeof *life_cases; i++) {
        const struct life_case *c = &life_cases[i];
        struct script s;
        char text[512];
        script_read(&s, c->facts);
        struct ms_life lives[MAX_FACTS];
        size_t n = ms_lives_split(s.facts, s.n, T0 + c->now_s, lives);
        lives_print(lives, n, text, sizeof text);
        if (strcmp(text, c->lives) != 0)
            fail_msg("%s: %s gives %s, not %s", c->name, c->facts, text, c->lives);
        script_fini(&s);
    }
}

static void the_line_that_ended_it(void **state)
{
    (void)state;
    struct script s;
    struct ms_life lives[MAX_FACTS];
    script_read(&s, "0 client, 0 id, 0 active, 1 deleted, 1 removed, 9 client, 9 id");
    assert_int_equal(ms_lives_split(s.facts, s.n, T0 + 9, lives), 2);
    assert_int_equal(lives[0].end_fact, 3); /* the first of two */
    assert_int_equal(lives[0].begin_s, T0);
    assert_true(lives[1].end_fact == SIZE_MAX);
    assert_int_equal(lives[1].begin_s, T0 + 9);
    script_fini(&s);
}

/* ---- ms_lives_usual and its twin ---- */

static uint32_t below(uint32_t n)
{
    static uint64_t state = 88172645463325252;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 16) % n);
}

/* A usual mail, in which something is now and then as it is not. */
static void write_mail(char *out, size_t cap)
{
    static const char *const odd[] = {"client",  "pickup", "id",      "active", "deferred",
                                      "bounced", "note",   "deleted", "reject"};
    static const int steps[] = {0, 0, 1, 29, 30, 31, 32, 3888000, 3888001};
    unsigned n_recipients = 1 + below(10), rarity = 5 + below(60);
    size_t at = 0;
    int64_t second = 0;
    for (unsigned i = 0; i < n_recipients + 4; i++) {
        const char *word = i == 0 ? below(2) ? "client" : "pickup" : i == 1 ? "id" : i == 2 ? "active" : "sent";
        unsigned number = i == 2 ? n_recipients : i;
        if (i == n_recipients + 3)
            word = "removed";
        if (below(rarity) == 0)
            word = odd[below(sizeof odd / sizeof *odd)];
        if (below(rarity) == 0)
            number = 1 + below(4);
        second += steps[below(rarity) == 0 ? below(sizeof steps / sizeof *steps) : below(3)];
        at += (size_t)snprintf(out + at, cap - at, "%s%lld %s", i ? ", " : "", (long long)second, word);
        if (below(rarity) == 0 || (i == 0 && below(3) == 0))
            at += (size_t)snprintf(out + at, cap - at, "*%u", below(3));
        else if (strcmp(word, "sent") == 0)
            at += (size_t)snprintf(out + at, cap - at, "/%u", number);
        else if (strcmp(word, "active") == 0)
            at += (size_t)snprintf(out + at, cap - at, "%u", number);
        else if (strcmp(word, "client") == 0 && below(2))
            at += (size_t)snprintf(out + at, cap - at, "%c%lld", below(2) ? '>' : '!', (long long)second + below(40));
    }
}

static void assert_same_life(const char *facts, const struct ms_life *a, const struct ms_life *b)
{
    bool same = a->first == b->first && a->end == b->end && a->tombstone == b->tombstone && a->sealed == b->sealed &&
                a->slow == b->slow && a->state == b->state && a->begin_s == b->begin_s && a->ordinal == b->ordinal &&
                a->end_fact == b->end_fact && a->settled_s == b->settled_s && a->before_s == b->before_s &&
                a->before_key == b->before_key;
    if (!same)
        fail_msg("%s: its life is another one", facts);
}

static void usual_lives_are_as_the_twin_says(void **state)
{
    (void)state;
    enum { ROUNDS = 20000 };
    unsigned n_usual = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        char text[1024];
        struct script s;
        struct ms_life one, lives[MAX_FACTS];
        write_mail(text, sizeof text);
        script_read(&s, text);
        s.facts[below((uint32_t)s.n)]->time_us += below(20) ? 0 : 40000000; /* said long after its effective second */
        s.facts[below((uint32_t)s.n)]->flags |= below(30) ? 0 : MS_FACT_NO_END;
        if (ms_lives_usual(s.facts, s.n, &one)) {
            n_usual++;
            if (ms_lives_split_plain(s.facts, s.n, below(2) ? MS_CLOCK_NEVER : T0 + below(100), lives) != 1)
                fail_msg("%s: not one life", text);
            assert_same_life(text, &one, &lives[0]);
        }
        script_fini(&s);
    }
    assert_true(n_usual > ROUNDS / 4 && n_usual < ROUNDS / 4 * 3);
}

static const struct life_case session_cases[] = {
    {"ordinary", "0 connect, 1 client, 1 disconnect", 4, "0-3:d"},
    {"sealed only after the inversion window", "0 connect, 1 disconnect", 3, "0-2:d?"},
    {"no disconnect", "0 connect, 1 client", 100, "0-2?"},
    {"no disconnect, forgotten", "0 connect, 1 client", 45 * DAY + 2, "0-2"},
    {"no disconnect, the pid used again", "0 connect, 1 client, 9 connect", 9, "0-2 2-3?"},
    {"back to back in one second", "0 connect, 0 disconnect, 0 connect, 0 disconnect, 0 connect", 0,
     "0-2:d 2-4:d#1 4-5?#2"},
    {"lost", "0 connect, 1 lost, 1 disconnect", 4, "0-3:dl"},
    {"a late line", "0 connect, 1 disconnect, 3 client", 3, "0-3:d?"},
    {"too late a line", "0 connect, 1 disconnect, 4 client", 4, "0-2:d 2-3:x?"},
    {"a late line does not put off the end", "0 connect, 1 disconnect, 3 client", 4, "0-3:d"},
    {"disconnect twice: the first counts", "0 connect, 1 disconnect, 2 disconnect", 4, "0-3:d"},
    {"no connect", "0 client, 1 disconnect", 4, "0-2:dx"},
    {"tombstone", "0 connect, 5 tomb*0, 5 client, 5 connect", 5, "0-1 1-2:t 2-3:x#1 3-4?#2"},
    {"told to begin", "0 connect*2, 0 client*3", 0, "0-1#2 1-2:x?#3"},
};

static void sessions_of_hand_built_lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof session_cases / sizeof *session_cases; i++) {
        const struct life_case *c = &session_cases[i];
        struct script s;
        char text[512];
        script_read(&s, c->facts);
        struct ms_session_life out[MAX_FACTS];
        size_t n = ms_sessions_split(s.facts, s.n, T0 + c->now_s, out);
        sessions_print(out, n, text, sizeof text);
        if (strcmp(text, c->lives) != 0)
            fail_msg("%s: %s gives %s, not %s", c->name, c->facts, text, c->lives);
        script_fini(&s);
    }
}

static void clean_begins(void **state)
{
    (void)state;
    struct script s;
    script_read(&s, "10 client, 10 id, 10 connect, 10 sent*1, 10 pickup");
    struct ms_fact *const *f = s.facts;
    assert_true(ms_life_begins_clean(f[1], MS_CLOCK_NEVER)); /* nothing stands before */
    assert_true(ms_session_begins_clean(f[1], MS_CLOCK_NEVER));
    assert_true(ms_life_begins_clean(f[0], T0 + 7));
    assert_true(ms_life_begins_clean(f[4], T0 + 7));
    assert_false(ms_life_begins_clean(f[0], T0 + 8)); /* lines could be turned around */
    assert_false(ms_life_begins_clean(f[1], T0 - 1000));
    assert_true(ms_life_begins_clean(f[3], T0 + 10)); /* told so */
    assert_true(ms_session_begins_clean(f[2], T0 + 9));
    assert_false(ms_session_begins_clean(f[2], T0 + 10));
    assert_false(ms_session_begins_clean(f[0], T0));
    script_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lives_of_hand_built_lists),
        cmocka_unit_test(the_line_that_ended_it),
        cmocka_unit_test(usual_lives_are_as_the_twin_says),
        cmocka_unit_test(sessions_of_hand_built_lists),
        cmocka_unit_test(clean_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
