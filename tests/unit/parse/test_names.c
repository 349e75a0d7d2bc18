#include "parse/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <pthread.h>
#include <cmocka.h>

#include "parse/keyed_hash.h"

static bool same(struct ms_span got, const char *want)
{
    return want == NULL ? got.p == NULL : ms_span_is(got, want);
}

static void assert_tag(const char *text, const char *program, const char *instance, const char *service, uint8_t daemon)
{
    struct ms_tag t;
    ms_tag_describe(ms_span_str(text), &t);
    uint8_t mta = instance ? MS_MTA_POSTFIX : daemon == MS_D_SENDMAIL ? MS_MTA_SENDMAIL : MS_MTA_NONE;
    if (!same(t.tag, text) || !same(t.program, program) || !same(t.instance, instance) || !same(t.service, service) ||
        t.daemon != daemon || t.mta != mta)
        fail_msg("`%s`: program `%.*s`, instance `%.*s`, service `%.*s`, daemon %d, mta %d", text, (int)t.program.n,
                 t.program.p, (int)t.instance.n, t.instance.p, (int)t.service.n, t.service.p, t.daemon, t.mta);
}

static void test_postfix_tags(void **state)
{
    (void)state;
    assert_tag("postfix/smtpd", "smtpd", "postfix", NULL, MS_D_SMTPD);
    assert_tag("mx1/smtpd", "smtpd", "mx1", NULL, MS_D_SMTPD);
    assert_tag("postfix-out/smtp", "smtp", "postfix-out", NULL, MS_D_SMTP);
    assert_tag("postfix/submission/smtpd", "smtpd", "postfix", "submission", MS_D_SMTPD);
    assert_tag("postfix/127.0.0.1:10025/smtpd", "smtpd", "postfix", "127.0.0.1:10025", MS_D_SMTPD);
    assert_tag("postfix/a/b/lmtp", "lmtp", "postfix", "a/b", MS_D_LMTP);
    assert_tag("postfix/qmgr", "qmgr", "postfix", NULL, MS_D_QMGR);
    assert_tag("postfix/nqmgr", "nqmgr", "postfix", NULL, MS_D_QMGR);
    assert_tag("postfix/oqmgr", "oqmgr", "postfix", NULL, MS_D_QMGR);
    assert_tag("postfix/postscreen", "postscreen", "postfix", NULL, MS_D_POSTSCREEN);
    assert_tag("postfix/anvil", "anvil", "postfix", NULL, MS_D_POSTFIX_OTHER);
    assert_tag("postfix/postfix-script", "postfix-script", "postfix", NULL, MS_D_POSTFIX_OTHER);
    assert_tag("postfix", "postfix", "postfix", NULL, MS_D_POSTFIX_OTHER);
}

static void test_other_tags(void **state)
{
    (void)state;
    assert_tag("smtpd", "smtpd", NULL, NULL, MS_D_OTHER);
    assert_tag("sendmail", "sendmail", NULL, NULL, MS_D_SENDMAIL);
    assert_tag("sm-msp-queue", "sm-msp-queue", NULL, NULL, MS_D_SENDMAIL);
    assert_tag("postfix/sendmail", "sendmail", "postfix", NULL, MS_D_POSTFIX_OTHER);
    assert_tag("cyrus/lmtp", "lmtp", NULL, NULL, MS_D_HELPER);
    assert_tag("/usr/sbin/cron", "cron", NULL, NULL, MS_D_OTHER);
    assert_tag("/smtpd", "smtpd", NULL, NULL, MS_D_OTHER);
    assert_tag("postfix/", "", NULL, NULL, MS_D_OTHER);
    assert_tag("postfix/policyd-spf", "policyd-spf", NULL, NULL, MS_D_HELPER);
    assert_tag("postfix/unknownd", "unknownd", NULL, NULL, MS_D_OTHER);
    assert_tag("dovecot", "dovecot", NULL, NULL, MS_D_HELPER);
    assert_tag("", "", NULL, NULL, MS_D_OTHER);
}

/* Vectors that the authors of SipHash publish: key 00 01 ... 0f, text 00 01 ... */
static void test_keyed_hash(void **state)
{
    (void)state;
    static const char bytes[] = "\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17";
    uint64_t key[2];
    memcpy(key, bytes, sizeof key);
    assert_int_equal(ms_keyed_hash(key, ms_span_of(bytes, 0)), 0x726fdb47dd0e0e31);
    assert_int_equal(ms_keyed_hash(key, ms_span_of(bytes, 8)), 0x93f5f5799a932462);
    assert_int_equal(ms_keyed_hash(key, ms_span_of(bytes, 15)), 0xa129ca6149be45e5);
}

static void test_ids(void **state)
{
    (void)state;
    struct ms_names *n = ms_names_create();
    char storage[] = "mx1";
    uint32_t mx1 = ms_names_add_host(n, ms_span_str(storage));
    storage[2] = '2'; /* the table has its own copy */
    uint32_t mx2 = ms_names_add_host(n, ms_span_str(storage));
    uint32_t tag = ms_names_add_tag(n, MS_SPAN_LIT("postfix/qmgr"));
    assert_true(mx1 != mx2);
    assert_int_equal(ms_names_add_host(n, MS_SPAN_LIT("mx1")), mx1);
    assert_int_equal(ms_names_add_tag(n, MS_SPAN_LIT("postfix/qmgr")), tag);
    assert_true(ms_span_is(ms_names_host(n, mx1), "mx1"));
    assert_true(ms_span_is(ms_names_host(n, mx2), "mx2"));
    assert_true(ms_span_is(ms_names_tag(n, tag)->program, "qmgr"));
    assert_int_equal(ms_names_n_hosts(n), 2);
    assert_int_equal(ms_names_n_tags(n), 1);
    assert_null(ms_names_host(n, MS_NO_NAME).p);
    assert_null(ms_names_tag(n, MS_NO_NAME)->tag.p);
    ms_names_destroy(n);
    ms_names_destroy(NULL);
}

static struct ms_span numbered(char out[16], unsigned i)
{
    return ms_span_of(out, (size_t)sprintf(out, "h%u", i));
}

static void test_full_table(void **state)
{
    (void)state;
    struct ms_names *n = ms_names_create();
    char text[16];
    for (unsigned i = 0; i < MS_NAMES_CAP; i++)
        assert_int_equal(ms_names_add_host(n, numbered(text, i)), i);
    assert_int_equal(ms_names_add_host(n, MS_SPAN_LIT("one-too-many")), MS_NO_NAME);
    assert_int_equal(ms_names_n_hosts(n), MS_NAMES_CAP);
    for (unsigned i = 0; i < MS_NAMES_CAP; i += 77) {
        assert_int_equal(ms_names_add_host(n, numbered(text, i)), i);
        assert_true(ms_span_eq(ms_names_host(n, i), numbered(text, i)));
    }
    assert_int_equal(ms_names_add_tag(n, MS_SPAN_LIT("postfix/smtp")), 0); /* the other table has room */
    ms_names_destroy(n);
}

static struct ms_span goes_by(struct ms_names *n, const char *name)
{
    return ms_names_host(n, ms_names_add_host(n, ms_span_str(name)));
}

static void add_all_hosts(struct ms_names *n, const char *const *names, size_t n_names)
{
    for (size_t i = 0; i < n_names; i++)
        ms_names_add_host(n, ms_span_str(names[i]));
}

static void test_aliases(void **state)
{
    (void)state;
    struct ms_names *n = ms_names_create();
    uint32_t early = ms_names_add_host(n, MS_SPAN_LIT("b"));
    assert_int_equal(ms_names_mapped_host(n, MS_SPAN_LIT("b")), MS_NO_NAME);
    assert_true(ms_names_set_alias(n, MS_SPAN_LIT("b"), MS_SPAN_LIT("c")));
    assert_true(ms_names_set_alias(n, MS_SPAN_LIT("a"), MS_SPAN_LIT("b"))); /* over b */
    assert_true(ms_names_set_alias(n, MS_SPAN_LIT("a"), MS_SPAN_LIT("b"))); /* said before */
    assert_true(ms_names_set_alias(n, MS_SPAN_LIT("alone"), MS_SPAN_LIT("alone")));
    assert_false(ms_names_set_alias(n, MS_SPAN_LIT("a"), MS_SPAN_LIT("c"))); /* two hosts */
    assert_false(ms_names_set_alias(n, MS_SPAN_LIT("b"), MS_SPAN_LIT("b")));
    assert_false(ms_names_set_alias(n, MS_SPAN_LIT("c"), MS_SPAN_LIT("a"))); /* in a circle */
    assert_true(ms_span_is(goes_by(n, "a"), "c"));
    assert_true(ms_span_is(goes_by(n, "b"), "c"));
    assert_true(ms_span_is(goes_by(n, "c"), "c"));
    assert_true(ms_span_is(goes_by(n, "alone"), "alone"));
    assert_true(ms_span_is(ms_names_host(n, early), "b")); /* the name itself is not lost */
    assert_int_equal(ms_names_one_host(n, early), ms_names_add_host(n, MS_SPAN_LIT("c")));
    assert_int_equal(ms_names_one_host(n, MS_NO_NAME), MS_NO_NAME);
    /* known of the map only, whatever lines said since */
    ms_names_add_host(n, MS_SPAN_LIT("logged"));
    assert_int_equal(ms_names_mapped_host(n, MS_SPAN_LIT("logged")), MS_NO_NAME);
    assert_int_equal(ms_names_mapped_host(n, MS_SPAN_LIT("nobody")), MS_NO_NAME);
    assert_int_equal(ms_names_mapped_host(n, MS_SPAN_LIT("a")), ms_names_add_host(n, MS_SPAN_LIT("c")));
    ms_names_destroy(n);
}

/* In any order of the names, what each goes by afterwards. */
static void assert_joined(const char *const (*names)[2], size_t n_names)
{
    for (size_t turn = 0; turn < n_names; turn++) {
        struct ms_names *n = ms_names_create();
        for (size_t i = 0; i < n_names; i++)
            ms_names_add_host(n, ms_span_str(names[(i + turn) % n_names][0]));
        ms_names_join_short(n);
        for (size_t i = 0; i < n_names; i++)
            if (!ms_span_is(goes_by(n, names[i][0]), names[i][1]))
                fail_msg("%s goes by %.*s, not %s", names[i][0], (int)goes_by(n, names[i][0]).n,
                         goes_by(n, names[i][0]).p, names[i][1]);
        ms_names_destroy(n);
    }
}
#define ASSERT_JOINED(...)                                                                                             \
    do {                                                                                                               \
        static const char *const names[][2] = {__VA_ARGS__};                                                           \
        assert_joined(names, sizeof names / sizeof *names);                                                            \
    } while (0)

static void test_short_names(void **state)
{
    (void)state;
    ASSERT_JOINED({"mx1", "mx1.example.net"}, {"mx1.example.net", "mx1.example.net"},
                  {"mx10.example.net", "mx10.example.net"}, {"mx", "mx"}, {"MX1", "mx1.example.net"},
                  {"mx1-a", "mx1-a"}, {"", ""});
    ASSERT_JOINED({"mx1", "mx1"}, {"mx1.a.net", "mx1.a.net"}, {"mx1.b.net", "mx1.b.net"}, {"mx2", "mx2.a.net"},
                  {"mx2.a.net", "mx2.a.net"});
    ASSERT_JOINED({"192", "192"}, {"192.0.2.1", "192.0.2.1"}, {"localhost", "localhost"},
                  {"LocalHost.localdomain", "LocalHost.localdomain"}, {"a", "a"}, {"a..b", "a..b"}, {"a.", "a."},
                  {".a", ".a"}, {"a.b@c", "a.b@c"}, {"2001:db8::1", "2001:db8::1"}, {"[x].y", "[x].y"});
}

static void test_short_names_and_map(void **state)
{
    (void)state;
    static const char *const names[] = {"mx1", "mx1.a.net", "mx1.b.net", "mx2", "mx2.a.net", "mx3", "mx3.a.net"};
    struct ms_names *n = ms_names_create();
    assert_true(ms_names_set_alias(n, MS_SPAN_LIT("mx1.b.net"), MS_SPAN_LIT("mx1.a.net")));
    assert_true(ms_names_set_alias(n, MS_SPAN_LIT("mx2"), MS_SPAN_LIT("mx2")));
    assert_true(ms_names_set_alias(n, MS_SPAN_LIT("mx3.a.net"), MS_SPAN_LIT("store")));
    add_all_hosts(n, names, sizeof names / sizeof *names);
    ms_names_join_short(n);
    assert_true(ms_span_is(goes_by(n, "mx1"), "mx1.a.net")); /* the two full names are one host */
    assert_true(ms_span_is(goes_by(n, "mx2"), "mx2"));       /* the map keeps it alone */
    assert_true(ms_span_is(goes_by(n, "mx3"), "store"));
    ms_names_destroy(n);
}

#define THREADS 4
#define SHARED 3000

struct worker {
    struct ms_names *names;
    unsigned first;
    uint32_t ids[SHARED];
    unsigned n_wrong;
};

/* All add the same names, each from another end; what is read back must be what was added. */
static void *add_all(void *arg)
{
    struct worker *w = arg;
    char text[16];
    for (unsigned i = 0; i < SHARED; i++) {
        unsigned k = (w->first + i * 7) % SHARED;
        struct ms_span name = numbered(text, k);
        w->ids[k] = ms_names_add_tag(w->names, name);
        w->n_wrong += !ms_span_eq(ms_names_tag(w->names, w->ids[k])->tag, name);
        w->n_wrong += ms_names_n_tags(w->names) <= w->ids[k];
    }
    return NULL;
}

static void test_threads_agree(void **state)
{
    (void)state;
    struct ms_names *n = ms_names_create();
    struct worker *workers = calloc(THREADS, sizeof *workers);
    pthread_t threads[THREADS];
    for (unsigned t = 0; t < THREADS; t++) {
        workers[t] = (struct worker){.names = n, .first = t * SHARED / THREADS};
        assert_int_equal(pthread_create(&threads[t], NULL, add_all, &workers[t]), 0);
    }
    for (unsigned t = 0; t < THREADS; t++)
        pthread_join(threads[t], NULL);
    for (unsigned t = 0; t < THREADS; t++) {
        assert_int_equal(workers[t].n_wrong, 0);
        assert_memory_equal(workers[t].ids, workers[0].ids, sizeof workers[0].ids);
    }
    assert_int_equal(ms_names_n_tags(n), SHARED);
    free(workers);
    ms_names_destroy(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keyed_hash),
        cmocka_unit_test(test_postfix_tags),
        cmocka_unit_test(test_other_tags),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_full_table),
        cmocka_unit_test(test_threads_agree),
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_short_names),
        cmocka_unit_test(test_short_names_and_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
