/* Every example of every kind, cut at every length and with bytes changed at random, to every daemon: no read outside the
 * text (the text is a heap block of exactly its size: run under ASan), and every span lies inside the text or is static. */
#include "postfix_text.h"
#include "support/event_facts.h"

static uint64_t state_of_rng = 0x9e3779b97f4a7c15u;

static uint32_t next_random(void)
{
    state_of_rng = state_of_rng * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state_of_rng >> 33);
}

static const char *const programs[] = {"smtpd",  "cleanup",   "qmgr",  "smtp",    "lmtp",    "local",    "virtual",
                                       "pipe",   "error",     "retry", "discard", "bounce",  "pickup",   "postscreen",
                                       "master", "postsuper", "qmqpd", "anvil",   "dnsblog", "tlsproxy", "postfix"};
enum { N_PROGRAMS = sizeof programs / sizeof programs[0] };

/* Every fact that the role promises (the union starts as garbage, so that one left out shows). */
static void check_event(const struct ms_event *e)
{
    struct ms_event_facts facts;
    assert_in_range(e->kind, 2, ms_n_kinds - 1);
    assert_int_equal(e->role, ms_kinds[e->kind].role);
    ms_event_facts_of(e, &facts);
    for (size_t i = 0; i < facts.n; i++) {
        if (ms_fact_is_inside(e, facts.items[i].text))
            continue;
        print_error("%s: %s, a span of %u bytes, lies outside the text\n", ms_kinds[e->kind].name, facts.items[i].name,
                    facts.items[i].text.n);
        fail();
    }
}

static void cut_at_every_length(void **state)
{
    (void)state;
    for (size_t k = 0; k < ms_n_kinds; k++) {
        const char *text = ms_kinds[k].example;
        if (strncmp(ms_kinds[k].name, "postfix.", 8) != 0)
            continue;
        for (size_t n = 0; n <= strlen(text); n++) {
            struct ms_event e = parse_text_n(programs[next_random() % N_PROGRAMS], text, n);
            check_event(&e);
        }
    }
}

/* Bytes that mean something to a reader are more telling than any byte. */
static void change_at_random(char *text, size_t n)
{
    static const char telling[] = "<>\"\\;:,()[] =/@%'\0\xff?0z";
    for (uint32_t i = 1 + next_random() % 4; i > 0; i--)
        text[next_random() % n] = telling[next_random() % (sizeof telling - 1)];
}

static void changed_at_random(void **state)
{
    (void)state;
    char text[1024];
    for (int round = 0; round < 60000; round++) {
        const struct ms_kind *k = &ms_kinds[next_random() % ms_n_kinds];
        const struct ms_kind *other = &ms_kinds[next_random() % ms_n_kinds];
        size_t a = strlen(k->example), b = strlen(other->example);
        if (a == 0 || a + b > sizeof text)
            continue;
        size_t at = next_random() % a, n = at;
        memcpy(text, k->example, at);
        if (next_random() % 3 == 0) { /* one line inside the other */
            memcpy(text + at, other->example, b);
            n += b;
        }
        if (n + a - at > sizeof text)
            continue;
        memcpy(text + n, k->example + at, a - at);
        n += a - at;
        change_at_random(text, n);
        struct ms_event e = parse_text_n(programs[next_random() % N_PROGRAMS], text, n);
        check_event(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cut_at_every_length), cmocka_unit_test(changed_at_random)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
