/* Which deliveries a TLS line of the smtp client speaks of. The lines of a process are written as text, `SECOND WORD` each; what
 * comes out is one letter a delivery: L (line), S (same connection), - (not logged). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "correlate/outbound.h"

enum { MAX_LINES = 32 };

/* tls, reused: a TLS line to PEER; `tls?a` has no port, `tls??a` no address either. QID>PEER: a delivery; `+`: conn_use; `~N`: was N ms
 * before the queue manager. QID: another line of that mail; over: the connection is lost. Peers and queue IDs are letters. */
static void line_read(struct ms_fact *f, const char *word, size_t n)
{
    struct ms_fact_outbound *o = &f->u.outbound;
    *o = (struct ms_fact_outbound){.name = MS_NO_CODE, .ip = MS_NO_CODE, .port = INT32_MIN, .delay_in_ms = 10};
    bool reused = n > 6 && memcmp(word, "reused", 6) == 0;
    if (reused || (n > 3 && memcmp(word, "tls", 3) == 0)) {
        const char *p = word + (reused ? 6 : 3);
        unsigned less = (unsigned)strspn(p, "?");
        o->what = MS_OUT_TLS;
        o->reused = reused;
        o->name = (uint32_t)p[less];
        o->ip = less < 2 ? (uint32_t)p[less] + 100 : MS_NO_CODE;
        o->port = less < 1 ? 25 : INT32_MIN;
    } else if (n == 4 && memcmp(word, "over", 4) == 0) {
        o->what = MS_OUT_OVER;
    } else {
        o->what = n > 1 ? MS_OUT_DELIVERY : MS_OUT_MAIL;
        o->queue_id = ms_span_of(word, 1);
        if (n > 2) {
            o->name = (uint32_t)word[2];
            o->ip = (uint32_t)word[2] + 100;
            o->port = 25;
        }
        for (const char *p = word; p < word + n; p++) {
            o->conn_use = *p == '+' ? 2 : o->conn_use;
            o->delay_in_ms = *p == '~' ? atoi(p + 1) : o->delay_in_ms;
        }
    }
}

static void outbound_check(const char *lines, const char *expected)
{
    struct ms_fact facts[MAX_LINES] = {0};
    struct ms_outbound state = {0};
    char found[MAX_LINES + 1] = "";
    size_t n = 0, n_found = 0;
    for (const char *p = lines; *p; p += strspn(p, ", ")) {
        char *end;
        assert_true(n < MAX_LINES);
        facts[n].eff_s = strtoll(p, &end, 10);
        p = end + 1;
        size_t length = strcspn(p, ",");
        line_read(&facts[n], p, length);
        p += length;
        enum ms_tls_evidence evidence = ms_outbound_step(&state, &facts[n]);
        if (facts[n++].u.outbound.what == MS_OUT_DELIVERY)
            found[n_found++] = "-LS"[evidence];
        else
            assert_int_equal(evidence, MS_TLS_NOT_LOGGED);
    }
    if (strcmp(found, expected) != 0)
        fail_msg("%s: %s, expected %s", lines, found, expected);
}

static void test_outbound_step(void **unused)
{
    (void)unused;
    static const char *const cases[][2] = {
        {"0 Q>a", "-"},
        {"0 tlsa, 0 Q>a", "L"},
        {"0 tlsa, 0 Q>a, 1 Q>a", "LL"},         /* two recipients of one request */
        {"0 tlsa, 0 Q>a~10, 9 Q>a~9000", "L-"}, /* the next try of the same mail says nothing of TLS */
        {"0 tlsa, 0 Q>a, 1 R>a", "L-"},         /* another mail: another connection */
        {"0 tlsa, 0 Q>a, 1 R>a, 1 Q>a", "L--"}, /* and what was is over then */
        {"0 tlsa, 0 Q>b", "-"},                 /* another peer */
        {"0 tlsa, 0 Q>b, 0 Q>a", "--"},         /* likewise */
        {"0 tlsa, 0 Q>", "-"},                  /* relay=none */
        {"0 tlsa, 0 tlsb, 0 Q>b", "L"},         /* the second server was taken */
        {"0 tlsa, 0 Q, 0 Q>a", "L"},            /* a recipient put off, another one sent */
        {"0 tlsa, 0 Q, 0 R>a", "-"},            /* the line was of Q's connection */
        {"0 tlsa, 0 Q, 0 R, 0 Q>a", "-"},       /* likewise */
        {"0 tlsa, 0 over, 0 Q>a", "-"},         /* lost, then tried without TLS */
        {"0 tlsa, 0 over, 0 tlsa, 0 Q>a", "L"}, /* lost, then tried again */
        {"0 tlsa, 0 Q>a+", "-"},                /* a kept connection is not the new one */
        {"0 reuseda, 0 Q>a+", "S"},
        {"0 reuseda, 0 Q>a+, 0 Q>a+", "SS"},
        {"0 reuseda, 0 Q>a", "-"}, /* the kept one was dead; the new one says nothing */
        {"0 tlsa, 0 Q>a, 3 reuseda, 3 R>a+", "LS"},
        {"0 tlsa, 0 Q>a, 3 R>a+", "L-"}, /* a kept connection without the line is plain */
        {"0 tls?a, 0 Q>a", "L"},         /* up to 2.4 */
        {"0 tls??a, 0 Q>a", "L"},
        {"0 tls??b, 0 Q>a", "-"},
        {"0 tlsa, 18000 Q>a", "L"},
        {"0 tlsa, 18001 Q>a", "-"}, /* no request takes so long: the process ID was used again */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        outbound_check(cases[i][0], cases[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_outbound_step)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
