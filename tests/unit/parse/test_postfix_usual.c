/* The texts that are read at once against the readers of all forms: whatever ms_postfix_usual takes, ms_postfix_parse says the
 * same; and it takes what is usual. */
#include <stdio.h>

#include "parse/queue_id.h"
#include "postfix_text.h"

struct line {
    const char *program, *text;
    bool usual;
};

static const struct line lines[] = {
    {"smtpd", "connect from mail.example.org[192.0.2.7]", true},
    {"smtpd", "connect from unknown[2001:db8::7]:4711", true},
    {"smtpd", "connect from ", true},
    {"smtpd", "connect from", false},
    {"smtpd", "disconnect from mail.example.org[192.0.2.7] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5", true},
    {"smtpd", "disconnect from mail.example.org[192.0.2.7]", true},
    {"smtpd", "769C01C5CCF: client=mail.example.org[192.0.2.7]", true},
    {"smtpd", "4SVLCh0sf8zyN2: client=mail.example.org[192.0.2.7]:4711", true},
    {"smtpd", "769C01C5CCF: client=a[192.0.2.7], sasl_method=PLAIN, sasl_username=x", true},
    {"smtpd", "769C01C5CCF: client=a[192.0.2.7]:25, sasl_method=, sasl_username=", true},
    {"smtpd", "769C01C5CCF: client=a[192.0.2.7], sasl_method=PLAIN, sasl_username=\"a, sasl_method=b\"@c", false},
    {"smtpd", "769C01C5CCF: client=a[192.0.2.7], sasl_method=PLAIN, sasl_username=a,b", false},
    {"smtpd", "769C01C5CCF: client=a[192.0.2.7], sasl_method=A,B, sasl_username=x", false},
    {"smtpd", "769C01C5CCF: client=a[192.0.2.7], sasl_method=PLAIN", false},
    {"smtpd", "769C01C5CCF: client=a[192.0.2.7], sasl_sender=x", false},
    {"smtpd", "NOQUEUE: client=a[192.0.2.7]", false},
    {"smtpd", "lost connection after RCPT from a[192.0.2.7]", false},
    {"smtpd", "Anonymous TLS connection established from a[192.0.2.7]: TLSv1.3 with cipher X (256/256 bits)", true},
    {"smtpd",
     "Untrusted TLS connection established from a[192.0.2.7]:25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 "
     "bits) "
     "key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256",
     true},
    {"smtpd",
     "Anonymous TLS connection established from a[192.0.2.7]: TLSv1.3 with cipher X (128/128 bits) key-exchange X25519 "
     "server-signature ED25519 server-digest SHA256",
     true},
    {"smtpd",
     "Anonymous TLS connection established from a[192.0.2.7]: TLSv1.3 with cipher X (128/128 bits) key-exchange ECDHE "
     "(P-256) server-signature ED25519",
     false},
    {"smtpd", "TLS connection established from a[192.0.2.7]: TLSv1 with cipher X (128/128 bits)", false},
    {"smtpd", "Anonymous TLS connection established from a[192.0.2.7] to b: TLSv1.3 with cipher X (1/2 bits)", false},
    {"cleanup", "769C01C5CCF: message-id=<a.b@example.org>", true},
    {"cleanup", "769C01C5CCF: message-id=", true},
    {"cleanup", "769C01C5CCF: message-id=<", true},
    {"cleanup", "769C01C5CCF: resent-message-id=<x@y>", false},
    {"qmgr", "769C01C5CCF: from=<a@example.org>, size=1234, nrcpt=1 (queue active)", true},
    {"qmgr", "769C01C5CCF: from=<>, size=123456789, nrcpt=12 (queue active)", true},
    {"qmgr", "769C01C5CCF: from=<a>, size=1, nrcpt=1 (queue active)@b>, size=2, nrcpt=3 (queue active)", false},
    {"qmgr", "769C01C5CCF: from=<\"a>, size=1\"@b>, size=2, nrcpt=3 (queue active)", true},
    {"qmgr", "769C01C5CCF: from=<\"a\\\">, size=1\"@b>, size=2, nrcpt=3 (queue active)", false},
    {"qmgr", "769C01C5CCF: from=<\"a@b>, size=2, nrcpt=3 (queue active)", false},
    {"qmgr", "769C01C5CCF: from=<\"\"@b>, size=2, nrcpt=3 (queue active)", true},
    {"qmgr", "769C01C5CCF: from=<a@example.org>, status=expired, returned to sender", false},
    {"qmgr", "769C01C5CCF: removed", true},
    {"qmgr", "4SVLCh0sf8zyN2: removed", true},
    {"qmgr", "ABCDEF: removed", true},
    {"smtp",
     "769C01C5CCF: to=<b@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=1.2, delays=0.1/0/0.5/0.6, "
     "dsn=2.0.0, "
     "status=sent (250 2.0.0 Ok: queued as 4SVLCh0sf8zyN2)",
     true},
    {"smtp",
     "769C01C5CCF: to=<b@example.net>, orig_to=<c@example.net>, relay=mx[2001:db8::25]:25, conn_use=3, delay=1234.05, "
     "delays=1234/0.012/0/0.001, dsn=4.7.1, status=deferred (host mx[192.0.2.25] said: 451 4.7.1 Later (in reply to "
     "RCPT "
     "TO command))",
     true},
    {"smtp", "769C01C5CCF: to=<b@c>, relay=none, delay=0.0001, delays=0/0/0/0, dsn=5.0.0, status=bounced (x)", false},
    {"smtp", "769C01C5CCF: to=<b@c>, relay=none, delay=1, delays=0/0/0/0, dsn=5.10.0, status=bounced (x)", false},
    {"smtp", "769C01C5CCF: to=<b@c>, relay=none, delay=1, delays=0/0/0/0, dsn=5.1.0, status=bounced (x", false},
    {"smtp", "769C01C5CCF: to=<b>, relay=x@c>, relay=none, delay=1, delays=0/0/0/0, dsn=5.1.0, status=bounced ()",
     false},
    {"lmtp",
     "769C01C5CCF: to=<b@c>, relay=x[private/lmtp], delay=0.1, delays=0/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 <b@c> "
     "YJ4cBqE Saved)",
     true},
    {"smtp",
     "769C01C5CCF: to=<\"x>, relay=y\"@c>, orig_to=<\"a b\"@d>, relay=x[192.0.2.1]:25, delay=0.1, delays=0/0/0/0, "
     "dsn=2.0.0, status=sent (250 2.0.0 <b@c> id=77 YJ4cBqE Saved)",
     true},
    {"lmtp",
     "769C01C5CCF: to=<b@c>, relay=x[private/lmtp], delay=0.1, delays=0/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 <b@c> "
     "Saved)",
     true},
    {"lmtp",
     "769C01C5CCF: to=<b@c>, relay=x[private/lmtp], delay=0.1, delays=0/0/0/0, dsn=2.0.0, status=sent (250 ok "
     "1700000000 qp 12345 Saved)",
     true},
    {"lmtp",
     "769C01C5CCF: to=<b@c>, relay=x[private/lmtp], delay=0.1, delays=0/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 "
     "X1Y2Z3 Message accepted for delivery queued on h as Q17, and 7 Saved)",
     true},
    {"smtp",
     "769C01C5CCF: to=<b@c>, relay=x[192.0.2.1]:25, delay=0.1, delays=0/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 OK "
     "1700000000 a1-20020a05 - gsmtp)",
     true},
    {"smtp",
     "769C01C5CCF: to=<b@c>, relay=x[192.0.2.1]:25, delay=0.1, delays=0/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 OK, "
     "taken - gw)",
     true},
    {"smtp",
     "769C01C5CCF: to=<b@c>, relay=x[192.0.2.1]:25, delay=0.1, delays=0/0/0/0, dsn=2.0.0, status=sent (250 Ok "
     "0100018c5f1e7a4b-7d7c9a52-3a61-000000)",
     true},
    {"local",
     "769C01C5CCF: to=<b@c>, relay=local, delay=0.1, delays=0/0/0/0, dsn=2.0.0, status=sent (forwarded as 8A9C01C5CCF)",
     true},
    {"local",
     "769C01C5CCF: to=<b@c>, relay=local, delay=0., delays=0/0/0/0, dsn=2.0.0, status=sent (delivered to mailbox)",
     true},
    {"virtual", "769C01C5CCF: to=<b@c>, relay=virtual, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent ()", true},
    {"pipe", "769C01C5CCF: to=<b@c>, relay=x, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (delivered via x)", true},
    {"error", "769C01C5CCF: to=<b@c>, relay=none, delay=0, delays=0/0/0/0, dsn=4.0.0, status=deferred (x)", false},
    {"anvil", "statistics: max connection rate 1/60s for (smtp:192.0.2.7) at Nov  3 10:00:00", false},
};
enum { N_LINES = sizeof lines / sizeof lines[0] };

/* The block of the text has 64 bytes behind it, and they go on as a line might. */
static struct ms_event event_of(const struct ms_tag *tag, const char *room, size_t n)
{
    struct ms_event e;
    memset(&e, 0, sizeof e);
    memset(&e.u, 0xa5, sizeof e.u);
    e.stamp_us = e.pid = MS_NONE;
    e.host_id = e.tag_id = MS_NO_NAME;
    e.daemon = tag->daemon;
    e.mta = tag->mta;
    e.text = e.line = ms_span_of(room, n);
    return e;
}

/* As JSON; free() it. */
static char *shown(const struct ms_event *e)
{
    static struct ms_names *names; /* empty: nothing is asked but MS_NO_NAME */
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);
    names = names ? names : ms_names_create();
    ms_event_print_json(f, e, names, "f", MS_NONE);
    fclose(f);
    return text;
}

static bool take(const char *program, const char *text, size_t n, const char *behind)
{
    char *room = malloc(n + 64); /* a read behind it is seen by ASan */
    memcpy(room, text, n);
    memcpy(room + n, behind, 64);
    struct ms_tag tag = tag_of(program);
    struct ms_event usual = event_of(&tag, room, n), plain = usual;
    bool taken = ms_postfix_usual(&usual);
    if (taken) {
        ms_postfix_parse(&tag, &plain);
        char *a = shown(&usual), *b = shown(&plain);
        if (strcmp(a, b) != 0 || usual.role != plain.role || usual.severity != plain.severity)
            fail_msg("%s: %.*s\n%s\n%s", program, (int)n, text, a, b);
        free(a);
        free(b);
    } else {
        assert_null(usual.queue_id.p);
    }
    free(room);
    return taken;
}

static const char zeros[64];

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_LINES; i++)
        if (take(lines[i].program, lines[i].text, strlen(lines[i].text), zeros) != lines[i].usual)
            fail_msg("%s: %s: should%s be usual", lines[i].program, lines[i].text, lines[i].usual ? "" : " not");
}

/* Every text cut anywhere, with its own rest behind the cut: the end is the end. */
static void test_cut(void **state)
{
    (void)state;
    unsigned n_taken = 0;
    for (size_t i = 0; i < N_LINES; i++) {
        size_t n = strlen(lines[i].text);
        for (size_t cut = 0; cut < n; cut++) {
            char behind[64] = {0};
            memcpy(behind, lines[i].text + cut, n - cut < 64 ? n - cut : 64);
            n_taken += take(lines[i].program, lines[i].text, cut, behind);
        }
    }
    assert_in_range(n_taken, 100, 1000);
}

static uint32_t below(uint64_t *seed, size_t n)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*seed >> 33) % n);
}

/* Bytes changed, dropped, doubled; parts of other lines put in. */
static void test_mutated(void **state)
{
    (void)state;
    static const char often[] = "<>,, =:/()[]\"0123456789.ABCz\\\t\0";
    uint64_t seed = 5;
    unsigned n_taken = 0, rounds = 200000;
    for (unsigned round = 0; round < rounds; round++) {
        const struct line *line = &lines[below(&seed, N_LINES)], *other = &lines[below(&seed, N_LINES)];
        char text[1024], behind[64];
        size_t n = strlen(line->text), m = strlen(other->text);
        memcpy(text, line->text, n);
        for (uint32_t i = below(&seed, 3); i > 0; i--) {
            uint32_t at = below(&seed, n), from = below(&seed, m), size = below(&seed, 20);
            switch (below(&seed, 4)) {
            case 0:
                text[at] = often[below(&seed, sizeof often - 1)];
                break;
            case 1:
                memmove(text + at, text + at + 1, --n - at);
                break;
            case 2:
                memmove(text + at + 1, text + at, n++ - at);
                break;
            default:
                size = from + size > m ? (uint32_t)m - from : size;
                memmove(text + at + size, text + at, n - at);
                memcpy(text + at, other->text + from, size);
                n += size;
            }
        }
        for (size_t i = 0; i < 64; i++)
            behind[i] = other->text[i % m];
        n_taken += take(line->program, text, n, behind);
    }
    assert_in_range(n_taken, rounds / 4, rounds * 3 / 4);
}

/* Numbers of every length and form where delays stand. */
static void test_delays(void **state)
{
    (void)state;
    uint64_t seed = 8;
    for (int round = 0; round < 100000; round++) {
        char delay[5][24], text[400];
        for (int i = 0; i < 5; i++) {
            size_t n = below(&seed, 12);
            for (size_t k = 0; k < n; k++)
                delay[i][k] = "0123456789.."[below(&seed, k < 9 ? 11 : 12)];
            delay[i][n] = 0;
        }
        int n = snprintf(text, sizeof text,
                         "ABCDEF123: to=<b@c>, relay=x, delay=%s, delays=%s/%s/%s/%s, dsn=2.0.0, status=sent (x)",
                         delay[0], delay[1], delay[2], delay[3], delay[4]);
        (void)take("smtp", text, (size_t)n, zeros);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_mutated),
        cmocka_unit_test(test_delays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
