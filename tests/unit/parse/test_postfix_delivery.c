/* Status records of every version and damage; T-numbers are the vectors of postfix-log-lines.md 7. */
#include "postfix_text.h"

#define D u.delivery

static struct ms_event smtp(const char *text)
{
    struct ms_event e = parse_text("smtp", text);
    CHECK_KIND(&e, SMTP_DELIVERY);
    return e;
}

static void t1_full_form(void **state)
{
    (void)state;
    struct ms_event e =
        smtp("3Pt2mN2VXxznjll: to=<a@example.net>, relay=mx.example.net[192.0.2.25]:25, conn_use=3, delay=0.41, "
             "delays=0.02/0.01/0/0.38, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4SVLCh0sf8zyN2)");
    CHECK_SPAN(e.queue_id, "3Pt2mN2VXxznjll");
    CHECK_SPAN(e.D.recipient, "a@example.net");
    CHECK_SPAN(e.D.orig_recipient, NULL);
    CHECK_SPAN(e.D.relay, "mx.example.net[192.0.2.25]:25");
    CHECK_SPAN(ms_endpoint_of_relay(e.D.relay).name, "mx.example.net");
    CHECK_SPAN(ms_endpoint_of_relay(e.D.relay).ip, "192.0.2.25");
    assert_int_equal(ms_endpoint_of_relay(e.D.relay).port, 25);
    assert_int_equal(e.D.conn_use, 3);
    assert_int_equal(e.D.delay_ms, 410);
    assert_int_equal(e.D.delay_in_ms, 20);
    assert_int_equal(e.D.delay_queue_ms, 10);
    assert_int_equal(e.D.delay_conn_ms, 0);
    assert_int_equal(e.D.delay_xmit_ms, 380);
    CHECK_SPAN(e.D.dsn, "2.0.0");
    CHECK_SPAN(e.D.status, "sent");
    CHECK_SPAN(e.D.reply, "250 2.0.0 Ok: queued as 4SVLCh0sf8zyN2");
    assert_int_equal(e.D.reply_code, 250);
    CHECK_SPAN(e.D.next_queue_id, "4SVLCh0sf8zyN2");
    CHECK_SPAN(e.D.tls_features, NULL);
    assert_false(e.D.truncated);
    assert_false(e.D.forwarded);
}

static void t2_deferred_without_relay(void **state)
{
    (void)state;
    struct ms_event e =
        smtp("0F5383D: to=<a@example.net>, relay=none, delay=63495, delays=63350/144/0/0, dsn=4.4.2, status=deferred "
             "(delivery temporarily suspended: lost connection with mx.example.net[192.0.2.25] while sending RCPT TO)");
    CHECK_SPAN(ms_endpoint_of_relay(e.D.relay).name, "none");
    CHECK_SPAN(ms_endpoint_of_relay(e.D.relay).ip, NULL);
    assert_int_equal(ms_endpoint_of_relay(e.D.relay).port, MS_NONE);
    assert_int_equal(e.D.delay_ms, 63495000);
    assert_int_equal(e.D.delay_queue_ms, 144000);
    CHECK_SPAN(e.D.status, "deferred");
    assert_int_equal(e.D.reply_code, MS_NONE);
    CHECK_SPAN(e.D.next_queue_id, NULL);
}

static void t3_before_2_3(void **state)
{
    (void)state;
    struct ms_event e = smtp("0F5383D: to=<a@example.net>, relay=mx.example.net[192.0.2.25], delay=2, status=sent (250 "
                             "Ok: queued as 1A2B3C4D5E)");
    CHECK_SPAN(ms_endpoint_of_relay(e.D.relay).ip, "192.0.2.25");
    assert_int_equal(ms_endpoint_of_relay(e.D.relay).port, MS_NONE);
    assert_int_equal(e.D.delay_ms, 2000);
    assert_int_equal(e.D.delay_in_ms, MS_NONE);
    CHECK_SPAN(e.D.dsn, NULL);
    CHECK_SPAN(e.D.next_queue_id, "1A2B3C4D5E");
    e = parse_text("smtp", "0F5383D: to=<a@example.net>, relay=mx[192.0.2.25], delay=-3, status=sent");
    assert_int_equal(e.D.delay_ms, -3000);
    CHECK_SPAN(e.D.status, "sent");
    CHECK_SPAN(e.D.reply, NULL);
    assert_false(e.D.truncated);
}

static void t4_internal_address(void **state)
{
    (void)state;
    struct ms_event e =
        parse_text("local", "0F5383D: to=<a, b>c@example.net>, relay=local, delay=0.1, delays=0.1/0/0/0, dsn=5.1.1, "
                            "status=bounced (unknown user: \"a, b>c\")");
    CHECK_KIND(&e, LOCAL_DELIVERY);
    CHECK_SPAN(e.D.recipient, "a, b>c@example.net");
    CHECK_SPAN(e.D.relay, "local");
    CHECK_SPAN(e.D.status, "bounced");
    CHECK_SPAN(e.D.reply, "unknown user: \"a, b>c\"");
}

static void t5_quoted_address_imitates_status(void **state)
{
    (void)state;
    struct ms_event e = parse_text(
        "error", "0F5383D: to=<\"a, status=sent (x)\"@example.net>, relay=none, delay=0.1, delays=0.1/0/0/0, "
                 "dsn=5.1.1, status=bounced (user unknown)");
    CHECK_KIND(&e, ERROR_DELIVERY);
    CHECK_SPAN(e.D.recipient, "\"a, status=sent (x)\"@example.net");
    CHECK_SPAN(e.D.status, "bounced");
    e = parse_text(
        "smtp",
        "0F5383D: to=<\"a>, relay=evil[1.2.3.4]:25, \\\"x\"@b.c>, orig_to=<\"o>, relay=x\"@b.c>, relay=none, delay=1, "
        "delays=1/0/0/0, dsn=4.0.0, status=deferred (x)");
    CHECK_SPAN(e.D.recipient, "\"a>, relay=evil[1.2.3.4]:25, \\\"x\"@b.c");
    CHECK_SPAN(e.D.orig_recipient, "\"o>, relay=x\"@b.c");
    CHECK_SPAN(e.D.relay, "none");
}

static void t6_unbalanced_parentheses(void **state)
{
    (void)state;
    struct ms_event e = smtp(
        "0F5383D: to=<a@example.net>, relay=mx.example.net[2001:db8::25]:25, delay=1.2, delays=0.1/0/0.8/0.3, "
        "dsn=5.7.1, "
        "status=bounced (host mx.example.net[2001:db8::25] said: 550-5.7.1 no :-) (really 550 5.7.1 go away (in reply "
        "to end of DATA command))");
    CHECK_SPAN(ms_endpoint_of_relay(e.D.relay).ip, "2001:db8::25");
    assert_int_equal(ms_endpoint_of_relay(e.D.relay).port, 25);
    CHECK_SPAN(
        e.D.reply,
        "host mx.example.net[2001:db8::25] said: 550-5.7.1 no :-) (really 550 5.7.1 go away (in reply to end of DATA "
        "command)");
    assert_int_equal(e.D.reply_code, 550);
    assert_int_equal(e.D.delay_ms, 1200);
    assert_false(e.D.truncated);
}

static void t21_orig_to(void **state)
{
    (void)state;
    struct ms_event e =
        parse_text("local", "1A2B3C4D5E: to=<a@example.net>, orig_to=<A@example.org>, relay=local, delay=0.1, "
                            "delays=0.1/0/0/0, dsn=2.0.0, status=sent (forwarded as 2B3C4D5E6F)");
    CHECK_SPAN(e.D.orig_recipient, "A@example.org");
    CHECK_SPAN(e.D.next_queue_id, "2B3C4D5E6F");
    assert_true(e.D.forwarded);
    e = parse_text(
        "local",
        "1A2B3C4D5E: to=<a@example.net>, relay=local, delay=0.1, dsn=2.0.0, status=sent (forwarded as it was)");
    assert_true(e.D.forwarded);
    CHECK_SPAN(e.D.next_queue_id, NULL);
}

static void t22_tls_features(void **state)
{
    (void)state;
    struct ms_event e = smtp(
        "1A2B3C4D5E: to=<a@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=3.6, delays=0.08/0.02/0.85/0.14, "
        "tls=dane/!requiretls:nocertmatch, new=thing, dsn=2.1.5, status=sent (250 2.1.5 Ok)");
    CHECK_SPAN(e.D.tls_features, "dane/!requiretls:nocertmatch");
    CHECK_SPAN(e.D.dsn, "2.1.5");
    CHECK_SPAN(e.D.status, "sent");
    assert_int_equal(e.D.delay_conn_ms, 850);
    CHECK_SPAN(e.D.next_queue_id, NULL);
}

static void t26_cut_lines(void **state)
{
    (void)state;
    struct ms_event e = smtp(
        "0F5383D: to=<a@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=1.2, delays=0.1/0/0.8/0.3, dsn=5.7.1, "
        "status=bounced (host mx.example.net[192.0.2.25] said: 550 5.7.1 very long te");
    CHECK_SPAN(e.D.status, "bounced");
    assert_true(e.D.truncated);
    assert_int_equal(e.D.reply_code, 550);
}

/* Whatever the place of the cut: no field has a value that the whole line does not have. */
static void every_cut_tells_no_lie(void **state)
{
    (void)state;
    static const char whole[] = "0F5383D: to=<\"a b\"@example.net>, orig_to=<o@example.org>, "
                                "relay=mx.example.net[192.0.2.25]:25, conn_use=21, delay=12, "
                                "delays=0.17/0.23/0.85/11, tls=may:none, dsn=2.17.25, "
                                "status=undeliverable-but-not-cached (250 2.0.0 Ok: queued as 1A2B3C4D5E)";
    for (size_t n = 12; n < sizeof whole - 1; n++) {
        struct ms_event e = parse_text_n("smtp", whole, n);
        CHECK_KIND(&e, SMTP_DELIVERY);
        assert_true(e.D.truncated);
        if (e.D.recipient.p)
            CHECK_SPAN(e.D.recipient, "\"a b\"@example.net");
        if (e.D.orig_recipient.p)
            CHECK_SPAN(e.D.orig_recipient, "o@example.org");
        if (e.D.relay.p)
            CHECK_SPAN(e.D.relay, "mx.example.net[192.0.2.25]:25");
        assert_true(e.D.conn_use == 21 || e.D.conn_use == MS_NONE);
        assert_true(e.D.delay_ms == 12000 || e.D.delay_ms == MS_NONE);
        assert_true(e.D.delay_xmit_ms == 11000 || e.D.delay_xmit_ms == MS_NONE);
        if (e.D.tls_features.p)
            CHECK_SPAN(e.D.tls_features, "may:none");
        if (e.D.dsn.p)
            CHECK_SPAN(e.D.dsn, "2.17.25");
        if (e.D.status.p && n > strlen(whole) - 60 && !ms_span_is(e.D.status, "undeliverable"))
            CHECK_SPAN(e.D.status, "undeliverable-but-not-cached");
    }
}

static void damaged_without_angles(void **state)
{
    (void)state;
    struct ms_event e =
        parse_text("lmtp", "00000000: to=, relay=XXXXXXX.bbb.jp[/var/spool/postfix/private/dovecot-lmtp], delay=3.5, "
                           "delays=3.5/0/0/0.02, dsn=2.0.0, status=sent (250 2.0.0  pIUHB/AAAAAAAAAAA Saved)");
    CHECK_KIND(&e, LMTP_DELIVERY);
    CHECK_SPAN(e.D.recipient, "");
    CHECK_SPAN(ms_endpoint_of_relay(e.D.relay).name, "XXXXXXX.bbb.jp[/var/spool/postfix/private/dovecot-lmtp]");
    CHECK_SPAN(ms_endpoint_of_relay(e.D.relay).ip, NULL);
    assert_int_equal(e.D.delay_ms, 3500);
    CHECK_SPAN(e.D.status, "sent");
    e = smtp("00000000: to=a@example.net, relay=mx[222.333.444.555]:25, delay=1, status=sent (ok)");
    CHECK_SPAN(e.D.recipient, "a@example.net");
    CHECK_SPAN(ms_endpoint_of_relay(e.D.relay).name, "mx");
    CHECK_SPAN(ms_endpoint_of_relay(e.D.relay).ip, NULL);
    assert_int_equal(ms_endpoint_of_relay(e.D.relay).port, 25);
}

static void soft_bounce_and_probe(void **state)
{
    (void)state;
    struct ms_event e = smtp(
        "1A2B3C4D5E: to=<a@b.c>, relay=mx[192.0.2.25]:25, delay=1, delays=1/0/0/0, dsn=4.1.1, status=SOFTBOUNCE (host "
        "mx[192.0.2.25] said: 550 5.1.1 no such user (in reply to RCPT TO command))");
    CHECK_SPAN(e.D.status, "SOFTBOUNCE");
    assert_int_equal(e.D.reply_code, 550);
    e = smtp("1A2B3C4D5E: to=<a@b.c>, relay=none, delay=1, status=deferred (SOFT BOUNCE - host mx[192.0.2.25] said: "
             "552 too big)");
    assert_int_equal(e.D.reply_code, 552);
    e = parse_text(
        "cleanup",
        "1A2B3C4D5E: to=<a@b.c>, relay=none, delay=1, delays=1/0/0/0, dsn=2.0.0, status=deliverable (aliased to "
        "multiple recipients)");
    CHECK_KIND(&e, CLEANUP_DELIVERY);
    CHECK_SPAN(e.D.status, "deliverable");
}

static int64_t code_of(const char *program, const char *reply)
{
    char line[512];
    snprintf(line, sizeof line,
             "1A2B3C4D5E: to=<a@b.c>, relay=x, delay=1, delays=1/0/0/0, dsn=4.0.0, status=deferred (%s)", reply);
    return parse_text(program, line).D.reply_code;
}

static void reply_codes(void **state)
{
    (void)state;
    assert_int_equal(code_of("smtp", "host mx[192.0.2.25] refused to talk to me: 421 busy"), 421);
    assert_int_equal(
        code_of("smtp", "Protocol error: host mx[192.0.2.25] said: 354 go on (in reply to RCPT TO command)"), 354);
    assert_int_equal(code_of("smtp", "SASL authentication failed; server mx[192.0.2.25] said: 535 5.7.8 no"), 535);
    assert_int_equal(code_of("smtp", "TLS is required, but host mx[192.0.2.25] refused to start TLS: 454 no"), 454);
    assert_int_equal(code_of("error", "delivery temporarily suspended: host mx[192.0.2.25] said: 452 full"), 452);
    assert_int_equal(code_of("smtp", "connect to mx[192.0.2.25]:25: Connection refused"), MS_NONE);
    assert_int_equal(code_of("smtp", "host mx[192.0.2.25] said: hello"), MS_NONE);
    assert_int_equal(code_of("smtp", "25012 x"), MS_NONE);
    assert_int_equal(code_of("pipe", "550 made up by a script"), MS_NONE);
    assert_int_equal(code_of("local", "unknown user: \"said: 550 x\""), MS_NONE);
}

static void next_hop_ids(void **state)
{
    (void)state;
    static const struct {
        const char *reply, *id;
    } vectors[] = {
        {"250 2.0.0 Ok: queued as 1A2B3C4D5E", "1A2B3C4D5E"},
        {"250 2.0.0 Ok: 1234 bytes queued as 1A2B3C4D5E", "1A2B3C4D5E"},
        {"Ok: queued as 1A2B3C4D5E", "1A2B3C4D5E"},
        {"250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as DF66E940333", "DF66E940333"},
        {"250 2.6.0 Ok, id=12345-01, from MTA([127.0.0.1]:10025): 250 2.0.0 Ok: queued as DF66E940333", "DF66E940333"},
        {"250 queued as FIRST then queued as SECOND.", "SECOND"},
        {"250 2.7.0 Ok, discarded, id=12345-01 - spam", NULL},
        {"250 OK id=1a2B3c-0004dE-FG", "1a2B3c-0004dE-FG"},
        {"250- 123 byte chunk, total 123 250 OK id=1a2B3c-00000004dEF-G0aB", "1a2B3c-00000004dEF-G0aB"},
        {"250 2.0.0 41N8bXYZ012345 Message accepted for delivery", "41N8bXYZ012345"},
        {"250 2.0.0 a1b2c3d4 Message accepted for delivery", "a1b2c3d4"},
        {"250 2.0.0 3abcDEF12-1 Message accepted for delivery", "3abcDEF12-1"},
        {"250 2.0.0 Message accepted for delivery", NULL},
        {"250 ok 1700000000 qp 12345", "1700000000 qp 12345"},
        {"250 ok dirdel 2/1", NULL},
        {"250 2.6.0 <x@y> [InternalId=12, Hostname=H] 99 bytes in 0.1, 1 KB/sec Queued mail for delivery", "12"},
        {"250 2.0.0 OK  1700000000 abc1-20020a.99 - gsmtp", "abc1-20020a.99"},
        {"250 2.0.0 <a@b.c> aBcD12/x+y Saved", "aBcD12/x+y"},
        {"250 2.0.0 <a@b.c> Saved", NULL},
        {"250 2.0.0 <\"a relay=b\"@b.c> Saved", NULL},
        {"250 2.1.5 Ok SESSIONID=<store1-1-2>", "store1-1-2"},
        {"250 2.1.5 Ok SESSIONID=<store1-1-2", NULL},
        {"250 SmtpThread-1-2@eu Received OK [AbC.uk1]", "AbC.uk1"},
        {"250 Message Queued (A1B2-C3.1)", "A1B2-C3.1"},
        {"250 ok:  Message 12345 accepted", "12345"},
        {"250 123456 message accepted for delivery", "123456"},
        {"250 Ok 0100018bcf3a1b2c-01234567-89ab-cdef-0123-456789abcdef-000000",
         "0100018bcf3a1b2c-01234567-89ab-cdef-0123-456789abcdef-000000"},
        {"250 Ok thanks", NULL},
        {"250 2.0.0 Ok: queued on mx.example.com as 1700-AbCd", "1700-AbCd"},
        {"250 Mail OK queued as mx1,AbC.x", "mx1,AbC.x"},
        {"250 Requested mail action okay, completed: id=0MKq-1abc", "0MKq-1abc"},
        {"250 Queued (1.234 seconds)", NULL},
        {"250 queued as ", NULL},
        {"250 2.1.5 Ok", NULL},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct ms_span id = ms_postfix_next_id(ms_span_str(vectors[i].reply));
        if (vectors[i].id ? !ms_span_is(id, vectors[i].id) : id.p != NULL)
            print_error("reply: %s\n", vectors[i].reply);
        CHECK_SPAN(id, vectors[i].id);
    }
    /* Only who took the mail over has named it. */
    struct ms_event e = smtp("1A2B3C4D5E: to=<a@b.c>, relay=x[192.0.2.1]:25, delay=1, dsn=5.0.0, status=bounced (host "
                             "x[192.0.2.1] said: 550 "
                             "queued as 2B3C4D5E6F)");
    CHECK_SPAN(e.D.next_queue_id, NULL);
    e = parse_text("pipe", "1A2B3C4D5E: to=<a@b.c>, relay=x, delay=1, dsn=2.0.0, status=sent (delivered via x service "
                           "(queued as 2B3C4D5E6F))");
    CHECK_SPAN(e.D.next_queue_id, NULL);
}

static void delays_round_to_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } v[] = {{"0", 0},      {"0.0004", 0},         {"0.0005", 1},      {"0.01", 10},    {"9.9", 9900},
             {"10", 10000}, {"172801", 172801000}, {"1.999999", 2000}, {"-1.5", -1500}, {"0.1234569", 123}};
    for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
        struct ms_cursor c = ms_cursor_of(ms_span_str(v[i].text));
        int64_t ms;
        assert_true(ms_read_delay_ms(&c, &ms));
        assert_int_equal(ms, v[i].ms);
        assert_ptr_equal(c.p, c.end);
    }
    struct ms_cursor c = ms_cursor_of(ms_span_str("x"));
    int64_t ms;
    assert_false(ms_read_delay_ms(&c, &ms));
    c = ms_cursor_of(ms_span_str("99999999999999999999999"));
    assert_false(ms_read_delay_ms(&c, &ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t1_full_form),
        cmocka_unit_test(t2_deferred_without_relay),
        cmocka_unit_test(t3_before_2_3),
        cmocka_unit_test(t4_internal_address),
        cmocka_unit_test(t5_quoted_address_imitates_status),
        cmocka_unit_test(t6_unbalanced_parentheses),
        cmocka_unit_test(t21_orig_to),
        cmocka_unit_test(t22_tls_features),
        cmocka_unit_test(t26_cut_lines),
        cmocka_unit_test(every_cut_tells_no_lie),
        cmocka_unit_test(damaged_without_angles),
        cmocka_unit_test(soft_bounce_and_probe),
        cmocka_unit_test(reply_codes),
        cmocka_unit_test(next_hop_ids),
        cmocka_unit_test(delays_round_to_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
