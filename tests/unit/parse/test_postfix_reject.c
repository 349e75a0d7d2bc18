/* Refusals and checks, with words that imitate them (postfix-log-lines.md 2.2-2.5, 3.2, 7). */
#include "postfix_text.h"

#define R u.reject
#define H u.header

static void t7_body_with_semicolons(void **state)
{
    (void)state;
    struct ms_event e =
        parse_text("smtpd", "NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 554 5.7.1 Service unavailable; Client host "
                            "[192.0.2.9] blocked using zen.example.org; https://example.org/q?ip=192.0.2.9; from=<> "
                            "to=<a@example.net> proto=ESMTP helo=<[192.0.2.9]>");
    CHECK_KIND(&e, SMTPD_REJECT);
    CHECK_SPAN(e.queue_id, NULL);
    CHECK_SPAN(e.R.action, "reject");
    CHECK_SPAN(e.R.stage, "RCPT");
    CHECK_SPAN(e.R.client.name, "unknown");
    CHECK_SPAN(e.R.client.ip, "192.0.2.9");
    assert_int_equal(e.R.client.port, MS_NONE);
    assert_int_equal(e.R.reply_code, 554);
    CHECK_SPAN(e.R.dsn, "5.7.1");
    CHECK_SPAN(e.R.text, "554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using zen.example.org; "
                         "https://example.org/q?ip=192.0.2.9");
    CHECK_SPAN(e.R.blocklist, "zen.example.org");
    CHECK_SPAN(e.R.sender, "");
    CHECK_SPAN(e.R.recipient, "a@example.net");
    CHECK_SPAN(e.R.protocol, "ESMTP");
    CHECK_SPAN(e.R.helo, "[192.0.2.9]");
    CHECK_SPAN(e.R.sasl_username, NULL);
    CHECK_SPAN(e.R.subject, NULL);
}

static void t8_connect_stage(void **state)
{
    (void)state;
    struct ms_event e = parse_text("smtpd", "NOQUEUE: reject: CONNECT from unknown[192.0.2.9]: 554 5.7.1 "
                                            "<unknown[192.0.2.9]>: Client host rejected: Access "
                                            "denied; proto=SMTP");
    CHECK_SPAN(e.R.stage, "CONNECT");
    CHECK_SPAN(e.R.text, "554 5.7.1 <unknown[192.0.2.9]>: Client host rejected: Access denied");
    CHECK_SPAN(e.R.sender, NULL);
    CHECK_SPAN(e.R.recipient, NULL);
    CHECK_SPAN(e.R.helo, NULL);
    CHECK_SPAN(e.R.protocol, "SMTP");
}

static void t9_sender_imitates_the_tail(void **state)
{
    (void)state;
    struct ms_event e = parse_text(
        "smtpd", "NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 450 4.1.8 <x; from=<y@z>@example.org>: Sender address "
                 "rejected: "
                 "Domain not found; from=<\"x; from=<y@z>\"@example.org> to=<a@example.net> proto=ESMTP helo=<h>");
    CHECK_SPAN(e.R.sender, "\"x; from=<y@z>\"@example.org");
    CHECK_SPAN(e.R.text, "450 4.1.8 <x; from=<y@z>@example.org>: Sender address rejected: Domain not found");
    CHECK_SPAN(e.R.recipient, "a@example.net");
    /* A whole tail inside the sender. */
    e = parse_text(
        "smtpd",
        "NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 450 4.1.8 <x>: no; from=<\"x; from=<y@z> to=<v@w> proto=ESMTP "
        "helo=<q>\"@example.org> to=<a@example.net> proto=ESMTP helo=<h>");
    CHECK_SPAN(e.R.sender, "\"x; from=<y@z> to=<v@w> proto=ESMTP helo=<q>\"@example.org");
    CHECK_SPAN(e.R.recipient, "a@example.net");
    CHECK_SPAN(e.R.helo, "h");
    /* The recipient does it. */
    e = parse_text(
        "smtpd",
        "NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 550 5.1.1 no; from=<s@example.org> to=<\"a; from=<f@f> "
        "to=<t@t> proto=ESMTP\"@example.net> proto=SMTP helo=<h>");
    CHECK_SPAN(e.R.sender, "s@example.org");
    CHECK_SPAN(e.R.recipient, "\"a; from=<f@f> to=<t@t> proto=ESMTP\"@example.net");
    CHECK_SPAN(e.R.protocol, "SMTP");
}

static void internal_form_takes_the_right_most(void **state)
{
    (void)state;
    struct ms_event e =
        parse_text("smtpd", "NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 554 no; from=<a b>c@example.org> "
                            "to=<d, e@example.net> proto=ESMTP helo=<h>");
    CHECK_SPAN(e.R.sender, "a b>c@example.org");
    CHECK_SPAN(e.R.recipient, "d, e@example.net");
    assert_int_equal(e.R.reply_code, 554);
    CHECK_SPAN(e.R.dsn, NULL);
}

static void old_and_other_actions(void **state)
{
    (void)state;
    struct ms_event e = parse_text("smtpd", "reject: RCPT from unknown[192.0.2.9]: 554 <a@example.net>: Relay access "
                                            "denied; from=<s@example.org> to=<a@example.net>");
    CHECK_KIND(&e, SMTPD_REJECT);
    CHECK_SPAN(e.R.recipient, "a@example.net");
    CHECK_SPAN(e.R.protocol, NULL);
    e = parse_text(
        "smtpd",
        "1A2B3C4D5E: reject: DATA from unknown[192.0.2.9]: bare <LF> received; from=<s@example.org> to=<a@example.net> "
        "proto=ESMTP helo=<h> sasl_method=PLAIN sasl_username=bob the builder sasl_sender=x");
    CHECK_SPAN(e.queue_id, "1A2B3C4D5E");
    assert_int_equal(e.R.reply_code, MS_NONE);
    CHECK_SPAN(e.R.text, "bare <LF> received");
    CHECK_SPAN(e.R.sasl_method, "PLAIN");
    CHECK_SPAN(e.R.sasl_username, "bob the builder");
    e = parse_text("smtpd", "NOQUEUE: milter-reject: RCPT from unknown[192.0.2.9]: 451 4.7.1 later; "
                            "from=<s@example.org> to=<a@example.net> "
                            "proto=ESMTP helo=<h> sasl_username=<bob>");
    CHECK_KIND(&e, SMTPD_MILTER_REJECT);
    CHECK_SPAN(e.R.sasl_username, "bob");
    e = parse_text("smtpd", "NOQUEUE: reject: VRFY from unknown[192.0.2.9]: 252 2.0.0 x;");
    CHECK_SPAN(e.R.text, "252 2.0.0 x");
    e = parse_text("smtpd",
                   "NOQUEUE: reject: RCPT from mail.example.org[192.0.2.7]:4711: 450 4.7.1 cut off in the mid");
    assert_int_equal(e.R.client.port, 4711);
    CHECK_SPAN(e.R.text, "450 4.7.1 cut off in the mid");
    CHECK_SPAN(e.R.sender, NULL);
}

static void t23_proxy(void **state)
{
    (void)state;
    struct ms_event e = parse_text(
        "smtpd", "proxy-accept: END-OF-MESSAGE: 250 2.0.0 from MTA(smtp:[127.0.0.1]:10013): 250 2.0.0 Ok: queued as "
                 "DF66E940333; from=<a@example.org> to=<b@example.net> proto=ESMTP helo=<[127.0.0.1]>");
    CHECK_KIND(&e, SMTPD_PROXY_ACCEPT);
    assert_true(e.u.proxy.accepted);
    CHECK_SPAN(e.u.proxy.stage, "END-OF-MESSAGE");
    CHECK_SPAN(e.u.proxy.reply, "250 2.0.0 from MTA(smtp:[127.0.0.1]:10013): 250 2.0.0 Ok: queued as DF66E940333");
    CHECK_SPAN(e.u.proxy.next_queue_id, "DF66E940333");
    CHECK_SPAN(e.u.proxy.sender, "a@example.org");
    CHECK_SPAN(e.u.proxy.helo, "[127.0.0.1]");
    e = parse_text("smtpd", "proxy-reject: END-OF-MESSAGE: ; from=<a@example.org> to=<b@example.net> proto=ESMTP "
                            "helo=<h> sasl_username=<u>");
    CHECK_KIND(&e, SMTPD_PROXY_REJECT);
    CHECK_SPAN(e.u.proxy.reply, "");
    CHECK_SPAN(e.u.proxy.sasl_username, "u");
}

static void t24_postscreen(void **state)
{
    (void)state;
    struct ms_event e =
        parse_text("postscreen", "NOQUEUE: reject: RCPT from [192.0.2.9]:4984: 550 5.7.1 Service unavailable; client "
                                 "[192.0.2.9] blocked using zen.example.org; from=<a@example.org>, to=<b@example.net>, "
                                 "proto=ESMTP, helo=<h>");
    CHECK_KIND(&e, POSTSCREEN_REJECT);
    CHECK_SPAN(e.R.client.name, NULL);
    CHECK_SPAN(e.R.client.ip, "192.0.2.9");
    assert_int_equal(e.R.client.port, 4984);
    CHECK_SPAN(e.R.blocklist, "zen.example.org");
    CHECK_SPAN(e.R.sender, "a@example.org");
    CHECK_SPAN(e.R.recipient, "b@example.net");
    CHECK_SPAN(e.R.protocol, "ESMTP");
    CHECK_SPAN(e.R.helo, "h");
    e = parse_text("postscreen", "NOQUEUE: reject: CONNECT from [2001:db8::9]:4984: too many connections");
    CHECK_SPAN(e.R.client.ip, "2001:db8::9");
    CHECK_SPAN(e.R.text, "too many connections");
    assert_int_equal(e.R.reply_code, MS_NONE);
    e = parse_text("postscreen", "DNSBL rank 4 for [192.0.2.9]:4984");
    CHECK_SPAN(e.u.event.client.ip, "192.0.2.9");
    assert_int_equal(e.u.event.client.port, 4984);
    e = parse_text("postscreen", "PENALTY 20 for 192.0.2.9");
    CHECK_SPAN(e.u.event.client.ip, "192.0.2.9");
    CHECK_SPAN(e.u.event.client.name, NULL);
}

static void t15_header_warning(void **state)
{
    (void)state;
    struct ms_event e = parse_text(
        "cleanup",
        "1A2B3C4D5E: warning: header Subject: sale from x[1.2.3.4]; from=<evil> from mx.example.org[192.0.2.7]; "
        "from=<s@example.org> to=<r@example.net> proto=ESMTP helo=<mx.example.org>: note");
    CHECK_KIND(&e, CLEANUP_WARNING);
    assert_int_equal(e.severity, 0);
    CHECK_SPAN(e.H.action, "warning");
    CHECK_SPAN(e.H.content, "Subject: sale from x[1.2.3.4]; from=<evil>");
    CHECK_SPAN(e.H.subject, "sale from x[1.2.3.4]; from=<evil>");
    CHECK_SPAN(e.H.client.name, "mx.example.org");
    CHECK_SPAN(e.H.client.ip, "192.0.2.7");
    CHECK_SPAN(e.H.sender, "s@example.org");
    CHECK_SPAN(e.H.recipient, "r@example.net");
    CHECK_SPAN(e.H.helo, "mx.example.org");
    CHECK_SPAN(e.H.text, "note");
}

static void checks_of_cleanup(void **state)
{
    (void)state;
    struct ms_event e =
        parse_text("cleanup", "1A2B3C4D5E: reject: body from local; from=<s@example.org> to=<r@example.net>: 5.7.1 no");
    CHECK_KIND(&e, CLEANUP_REJECT);
    e = parse_text("cleanup",
                   "1A2B3C4D5E: reject: body X from local; from=<s@example.org> to=<r@example.net>: 5.7.1 no");
    CHECK_SPAN(e.R.client.name, "local");
    CHECK_SPAN(e.R.stage, "body");
    CHECK_SPAN(e.R.dsn, "5.7.1");
    CHECK_SPAN(e.R.text, "5.7.1 no");
    CHECK_SPAN(e.R.sender, "s@example.org");
    assert_int_equal(e.R.reply_code, MS_NONE);
    e = parse_text("cleanup",
                   "1A2B3C4D5E: reject: body X from mx.example.org[192.0.2.7]; from=<s@example.org> to=<r@example.net> "
                   "proto=ESMTP helo=<h>: 5.7.1 no");
    assert_int_equal(e.R.reply_code, 550); /* what smtpd answers, always */
    e = parse_text("cleanup",
                   "1A2B3C4D5E: reject: header SUBJECT: buy; from=<s@example.org> to=<unknown>: bad"); /* 1.x */
    CHECK_KIND(&e, CLEANUP_REJECT);
    CHECK_SPAN(e.R.subject, "buy");
    CHECK_SPAN(e.R.recipient, "unknown");
    CHECK_SPAN(e.R.text, "bad");
    e = parse_text("cleanup", "1A2B3C4D5E: hold: header X: y from unknown[192.0.2.9];");
    CHECK_KIND(&e, CLEANUP_HOLD);
    CHECK_SPAN(e.R.client.ip, "192.0.2.9");
    CHECK_SPAN(e.R.text, "X: y");
    e = parse_text(
        "cleanup",
        "1A2B3C4D5E: milter-reject: END-OF-MESSAGE from unknown[192.0.2.9]: 5.7.1 Spam; from=<s@example.org> "
        "to=<r@example.net> proto=ESMTP helo=<h>");
    CHECK_KIND(&e, CLEANUP_MILTER_REJECT);
    assert_int_equal(e.R.reply_code, MS_NONE);
    CHECK_SPAN(e.R.dsn, "5.7.1");
    CHECK_SPAN(e.R.stage, "END-OF-MESSAGE");
    CHECK_SPAN(e.R.helo, "h");
}

/* The right-most ORIGIN within 200 bytes counts; TEXT behind the tail may imitate one, too. */
static void text_behind_the_tail_is_out_of_reach(void **state)
{
    (void)state;
    char line[1024];
    char content[201];
    memset(content, 'x', 200);
    content[200] = '\0';
    snprintf(line, sizeof line,
             "1A2B3C4D5E: replace: header %s from mx.example.org[192.0.2.7]; from=<s@example.org> to=<r@example.net> "
             "proto=ESMTP helo=<h>: X: "
             "from evil[192.0.2.66]; from=<e@e>",
             content);
    struct ms_event e = parse_text("cleanup", line);
    CHECK_KIND(&e, CLEANUP_REPLACE);
    assert_int_equal(e.H.content.n, 200);
    CHECK_SPAN(e.H.client.ip, "192.0.2.7");
    CHECK_SPAN(e.H.text, "X: from evil[192.0.2.66]; from=<e@e>");
}

/* Thousands of imitations must not cost more than a bounded number of tries. */
static void hostile_body_is_bounded(void **state)
{
    (void)state;
    static const char head[] = "NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 554 ";
    static const char item[] = "; from=<a@b> x";
    enum { ITEMS = 60000 };
    size_t n = sizeof head - 1 + ITEMS * (sizeof item - 1);
    char *line = malloc(n);
    memcpy(line, head, sizeof head - 1);
    for (size_t i = 0; i < ITEMS; i++)
        memcpy(line + sizeof head - 1 + i * (sizeof item - 1), item, sizeof item - 1);
    struct ms_event e = parse_text_n("smtpd", line, n);
    CHECK_KIND(&e, SMTPD_REJECT);
    CHECK_SPAN(e.R.sender, NULL);
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t7_body_with_semicolons),
        cmocka_unit_test(t8_connect_stage),
        cmocka_unit_test(t9_sender_imitates_the_tail),
        cmocka_unit_test(internal_form_takes_the_right_most),
        cmocka_unit_test(old_and_other_actions),
        cmocka_unit_test(t23_proxy),
        cmocka_unit_test(t24_postscreen),
        cmocka_unit_test(t15_header_warning),
        cmocka_unit_test(checks_of_cleanup),
        cmocka_unit_test(text_behind_the_tail_is_out_of_reach),
        cmocka_unit_test(hostile_body_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
