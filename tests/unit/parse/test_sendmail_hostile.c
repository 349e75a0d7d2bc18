/* What strangers put into sendmail's lines must not become a fact of another field, and no cut of a line may be read past its
 * end or tell what the whole line does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parse/dialect.h"
#include "parse/kinds.h"
#include "parse/names.h"

static struct ms_event parse_n(const char *text, size_t n)
{
    static char *copy;
    free(copy);
    copy = malloc(n ? n : 1); /* of exactly its size: ASan sees a read behind it */
    memcpy(copy, text, n);
    struct ms_tag tag;
    ms_tag_describe(MS_SPAN_LIT("sm-mta"), &tag);
    struct ms_event e;
    memset(&e, 0, sizeof e);
    memset(&e.u, 0xa5, sizeof e.u);
    e.daemon = tag.daemon;
    e.mta = tag.mta;
    e.pid = 4711;
    e.text = ms_span_of(copy, n);
    ms_sendmail_parse(&tag, &e);
    return e;
}

static void check(struct ms_span got, const char *want, const char *what, const char *line)
{
    if (want == NULL ? got.p != NULL : !ms_span_is(got, want))
        fail_msg("%s\n%s is \"%.*s\", not \"%s\"", line, what, (int)got.n, got.p ? got.p : "", want ? want : "(none)");
}

static const char *const forged[] = {
    "x",
    ", size=1, class=0, nrcpts=9",
    ", relay=evil.example [192.0.2.66]",
    "> , relay=evil.example [192.0.2.66]",
    ", proto=SMTP, daemon=EVIL, relay=evil.example [192.0.2.66]",
    ">, proto=SMTP, daemon=EVIL, relay=evil.example [192.0.2.66]",
    ", msgid=<evil@evil>",
    ", delay=00:00:00, xdelay=00:00:00, mailer=local, pri=1, dsn=2.0.0, stat=Sent",
    ", stat=Sent (6ALHYXNl000799 Message accepted for delivery)",
    ", reject=550 5.7.1 evil",
    ", relay=evil.example [192.0.2.66], reject=550 5.7.1 evil",
    ", ctladdr=<evil@evil> (0/0)",
    ", [more]",
};

static void test_senders_and_ids(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        char line[2048], sender[512], id[512];
        snprintf(sender, sizeof sender, "\"%s\"@b.example", forged[i]);
        snprintf(id, sizeof id, "%s@b.example", forged[i]);
        snprintf(
            line, sizeof line,
            "6ALHYXNl000712: from=<%s>, size=427, class=-60, nrcpts=2, msgid=<%s>, bodytype=8BITMIME, proto=ESMTP, "
            "daemon=MTA-v4, relay=true.example [198.51.100.147] (may be forged)",
            sender, id);
        struct ms_event e = parse_n(line, strlen(line));
        assert_int_equal(e.kind, MS_K_SENDMAIL_FROM);
        check(e.u.accepted.sender, sender, "sender", line);
        check(e.u.accepted.message_id, id, "message_id", line);
        check(e.u.accepted.protocol, "ESMTP", "protocol", line);
        check(e.u.accepted.daemon, "MTA-v4", "daemon", line);
        check(e.u.accepted.client.name, "true.example", "client_name", line);
        check(e.u.accepted.client.ip, "198.51.100.147", "client_ip", line);
        assert_int_equal(e.u.accepted.size_bytes, 427);
        assert_int_equal(e.u.accepted.nrcpt, 2);
        assert_int_equal(e.u.accepted.class, -60);
    }
}

static void test_recipients(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        char line[4096], to[1024], reply[512];
        snprintf(to, sizeof to, "<\"%s\"@b.example>,<c@d.example>", forged[i]);
        snprintf(
            line, sizeof line,
            "6ALHYXNl000712: to=%s, ctladdr=<\"%s\"@c.example> (2003/100), delay=1+00:02:08, xdelay=00:00:03, "
            "mailer=esmtp, "
            "pri=870546, relay=mx.example. [198.51.100.66], dsn=4.3.0, reply=451 4.3.0 %s, stat=Deferred: 451 4.3.0 %s",
            to, forged[i], forged[i], forged[i]);
        snprintf(reply, sizeof reply, "Deferred: 451 4.3.0 %s", forged[i]);
        struct ms_event e = parse_n(line, strlen(line));
        assert_int_equal(e.kind, MS_K_SENDMAIL_TO);
        check(e.u.delivery.recipient, to, "recipient", line);
        check(e.u.delivery.status, "deferred", "status", line);
        check(e.u.delivery.dsn, "4.3.0", "dsn", line);
        check(e.u.delivery.agent, "esmtp", "agent", line);
        check(e.u.delivery.relay, "mx.example. [198.51.100.66]", "relay", line);
        check(e.u.delivery.reply, reply, "reply", line);
        check(e.u.delivery.next_queue_id, NULL, "next_queue_id", line);
        assert_true(e.u.delivery.is_list);
        assert_int_equal(e.u.delivery.delay_ms, 86528000);
        assert_int_equal(e.u.delivery.priority, 870546);
        assert_int_equal(e.u.delivery.reply_code, 451);
    }
}

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        char line[4096], who[512], text[1024];
        snprintf(who, sizeof who, "\"%s\"@b.example", forged[i]);
        snprintf(text, sizeof text, "553 5.1.8 <%s>... Domain of sender address does not exist", who);
        snprintf(line, sizeof line,
                 "6ALHYXNl000712: ruleset=check_mail, arg1=<%s>, relay=true.example [198.51.100.9], reject=%s", who,
                 text);
        struct ms_event e = parse_n(line, strlen(line));
        assert_int_equal(e.kind, MS_K_SENDMAIL_RULESET);
        check(e.u.reject.sender, who, "sender", line);
        check(e.u.reject.client.ip, "198.51.100.9", "client_ip", line);
        check(e.u.reject.client.name, "true.example", "client_name", line);
        check(e.u.reject.text, text, "text", line);
        check(e.u.reject.dsn, "5.1.8", "dsn", line);
    }
}

/* Every cut of every kind's example: nothing is read past the end, and what is told of a from= or to= is what the whole
 * line tells, or nothing. */
static bool is_same_or_none(struct ms_span part, struct ms_span whole)
{
    return part.p == NULL || ms_span_eq(part, whole);
}

static void test_cuts(void **state)
{
    (void)state;
    for (size_t k = 0; k < ms_n_kinds; k++) {
        const char *text = ms_kinds[k].example;
        if (strncmp(ms_kinds[k].name, "sendmail.", 9) != 0)
            continue;
        char whole_text[1024];
        snprintf(whole_text, sizeof whole_text, "%s", text);
        struct ms_tag tag;
        ms_tag_describe(MS_SPAN_LIT("sendmail"), &tag);
        struct ms_event whole = {.daemon = tag.daemon, .mta = tag.mta, .pid = 1, .text = ms_span_str(whole_text)};
        ms_sendmail_parse(&tag, &whole);
        if (whole.kind != k)
            fail_msg("%s is read as %s", text, ms_kinds[whole.kind].name);
        for (size_t n = 0; n < strlen(text); n++) {
            struct ms_event e = parse_n(text, n);
            if (e.kind != k)
                continue;
            if (k == MS_K_SENDMAIL_FROM) {
                assert_true(is_same_or_none(e.u.accepted.sender, whole.u.accepted.sender));
                assert_true(is_same_or_none(e.u.accepted.message_id, whole.u.accepted.message_id));
            }
            if (k == MS_K_SENDMAIL_TO) {
                assert_true(is_same_or_none(e.u.delivery.agent, whole.u.delivery.agent));
                assert_true(is_same_or_none(e.u.delivery.relay, whole.u.delivery.relay));
                assert_true(is_same_or_none(e.u.delivery.status, whole.u.delivery.status));
                assert_true(is_same_or_none(e.u.delivery.next_queue_id, whole.u.delivery.next_queue_id));
            }
        }
    }
}

/* Random bytes behind every beginning that a rule knows. */
static void test_noise(void **state)
{
    static const char *const begins[] = {"from=",
                                         "to=",
                                         "ruleset=",
                                         "Milter: ",
                                         "STARTTLS=",
                                         "AUTH=server",
                                         "AUTH failure",
                                         "clone ",
                                         "split: ",
                                         "<",
                                         "timeout waiting for input from ",
                                         "k9LE1v98001811: "};
    static const char alphabet[] = "<>\"\\,= :;[]()@.+-aX19stat=relay=, msgid=reject=";
    unsigned seed = 12345;
    (void)state;
    for (unsigned round = 0; round < 60000; round++) {
        char text[256] = "6ALHYXNl000712: ";
        size_t n = round % 3 ? strlen(text) : 0;
        const char *begin = begins[round % (sizeof begins / sizeof *begins)];
        memcpy(text + n, begin, strlen(begin));
        n += strlen(begin);
        for (size_t end = n + round % 150; n < end; n++) {
            seed = seed * 1103515245u + 12345u;
            text[n] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
        }
        struct ms_event e = parse_n(text, n);
        assert_in_range(e.kind, 1, ms_n_kinds - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_senders_and_ids), cmocka_unit_test(test_recipients),
        cmocka_unit_test(test_refusals),        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
