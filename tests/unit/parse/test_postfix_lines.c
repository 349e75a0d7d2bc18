/* Session and queue-file lines, and lines with a severity word (postfix-log-lines.md 2, 7). */
#include "postfix_text.h"

static void connections(void **state)
{
    (void)state;
    struct ms_event e = parse_text("smtpd", "connect from mail.example.org[192.0.2.7]:4711");
    CHECK_KIND(&e, SMTPD_CONNECT);
    CHECK_SPAN(ms_endpoint_of(e.u.session.client).name, "mail.example.org");
    CHECK_SPAN(ms_endpoint_of(e.u.session.client).ip, "192.0.2.7");
    assert_int_equal(ms_endpoint_of(e.u.session.client).port, 4711);
    CHECK_SPAN(e.u.session.commands, NULL);
    e = parse_text("smtpd", "connect from aaa.com[X.X.X.X]");
    CHECK_SPAN(ms_endpoint_of(e.u.session.client).name, "aaa.com");
    CHECK_SPAN(ms_endpoint_of(e.u.session.client).ip, NULL);
    e = parse_text("smtpd", "connect from x[222.333.444.555]");
    CHECK_SPAN(ms_endpoint_of(e.u.session.client).name, "x");
    CHECK_SPAN(ms_endpoint_of(e.u.session.client).ip, NULL);
    /* T12, T13 */
    e = parse_text("smtpd",
                   "disconnect from unknown[192.0.2.9] ehlo=2 starttls=1 mail=1 rcpt=0/1 data=0/1 quit=1 commands=5/7");
    CHECK_KIND(&e, SMTPD_DISCONNECT);
    CHECK_SPAN(e.u.session.commands, "ehlo=2 starttls=1 mail=1 rcpt=0/1 data=0/1 quit=1 commands=5/7");
    e = parse_text("smtpd", "disconnect from unknown[unknown] commands=0/0");
    CHECK_SPAN(ms_endpoint_of(e.u.session.client).name, "unknown");
    CHECK_SPAN(ms_endpoint_of(e.u.session.client).ip, NULL);
    CHECK_SPAN(e.u.session.commands, "commands=0/0");
    e = parse_text("smtpd", "disconnect from unknown[192.0.2.9]");
    CHECK_SPAN(e.u.session.commands, NULL);
}

static void abnormal_ends(void **state)
{
    (void)state;
    struct ms_event e = parse_text("smtpd", "lost connection after DATA (1234 bytes) from mail.example.org[192.0.2.7]");
    CHECK_KIND(&e, SMTPD_LOST);
    CHECK_SPAN(e.u.session.end_kind, "lost");
    CHECK_SPAN(e.u.session.end_stage, "DATA");
    CHECK_SPAN(ms_endpoint_of(e.u.session.client).ip, "192.0.2.7");
    e = parse_text("smtpd", "1A2B3C4D5E: timeout after END-OF-MESSAGE from unknown[192.0.2.9]"); /* 3.10 */
    CHECK_KIND(&e, SMTPD_TIMEOUT);
    CHECK_SPAN(e.queue_id, "1A2B3C4D5E");
    CHECK_SPAN(e.u.session.end_kind, "timeout");
    e = parse_text("smtpd", "NOQUEUE: too many errors after UNKNOWN from unknown[192.0.2.9]");
    CHECK_SPAN(e.u.session.end_kind, "error");
    CHECK_SPAN(e.queue_id, NULL);
    e = parse_text("qmqpd",
                   "1A2B3C4D5E: list.example.org[192.0.2.8]: read/write timeout while receiving sender address");
    CHECK_KIND(&e, QMQPD_LOST);
    CHECK_SPAN(e.u.session.end_kind, "timeout");
    CHECK_SPAN(e.u.session.end_stage, "receiving sender address");
}

static void clients(void **state)
{
    (void)state;
    /* T10, T11 */
    struct ms_event e = parse_text(
        "smtpd", "1A2B3C4D5E: client=mail.example.org[192.0.2.7], sasl_method=PLAIN, sasl_username=Doe, John, "
                 "sasl_sender=<>");
    CHECK_KIND(&e, SMTPD_CLIENT);
    CHECK_SPAN(ms_endpoint_of(e.u.client.client).ip, "192.0.2.7");
    CHECK_SPAN(e.u.client.sasl_method, "PLAIN");
    CHECK_SPAN(e.u.client.sasl_username, "Doe, John");
    CHECK_SPAN(e.u.client.sasl_sender, "<>");
    CHECK_SPAN(e.u.client.orig_queue_id, NULL);
    assert_int_equal(ms_endpoint_of(e.u.client.orig_client).port, MS_NONE);
    e = parse_text(
        "smtpd",
        "1A2B3C4D5E: client=localhost[127.0.0.1], orig_queue_id=0F5383D, orig_client=mail.example.org[192.0.2.7]");
    CHECK_SPAN(e.u.client.orig_queue_id, "0F5383D");
    CHECK_SPAN(ms_endpoint_of(e.u.client.orig_client).name, "mail.example.org");
    CHECK_SPAN(ms_endpoint_of(e.u.client.orig_client).ip, "192.0.2.7");
    e = parse_text("smtpd", "NOQUEUE: client=v6[2001:db8::7]:4711, orig_client=mail.example.org");
    CHECK_KIND(&e, SMTPD_CLIENT);
    CHECK_SPAN(e.queue_id, NULL);
    CHECK_SPAN(ms_endpoint_of(e.u.client.client).ip, "2001:db8::7");
    assert_int_equal(ms_endpoint_of(e.u.client.client).port, 4711);
    CHECK_SPAN(ms_endpoint_of(e.u.client.orig_client).name, "mail.example.org");
    CHECK_SPAN(ms_endpoint_of(e.u.client.orig_client).ip, NULL);
}

static void tls_lines(void **state)
{
    (void)state;
    struct ms_event e = parse_text(
        "smtpd", "Anonymous TLS connection established from mail.example.org[192.0.2.7] to mx.example.net: TLSv1.3 "
                 "with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519");
    CHECK_KIND(&e, SMTPD_TLS);
    CHECK_SPAN(e.u.tls.peer.ip, "192.0.2.7");
    CHECK_SPAN(e.u.tls.trust, "Anonymous");
    CHECK_SPAN(e.u.tls.version, "TLSv1.3");
    CHECK_SPAN(e.u.tls.cipher, "TLS_AES_256_GCM_SHA384");
    assert_int_equal(e.u.tls.bits, 256);
    e = parse_text(
        "smtpd",
        "TLS connection established from mail.example.org[192.0.2.7]: TLSv1 with cipher RC4-MD5 (128/128 bits)");
    CHECK_KIND(&e, SMTPD_TLS);
    CHECK_SPAN(e.u.tls.trust, NULL);
    CHECK_SPAN(e.u.tls.cipher, "RC4-MD5");
    e = parse_text(
        "smtp",
        "Verified TLS connection established to mx.example.net[2001:db8::25]:25: TLSv1.2 with cipher X (128/256 bits)");
    CHECK_KIND(&e, SMTP_TLS);
    CHECK_SPAN(e.u.tls.peer.ip, "2001:db8::25");
    assert_int_equal(e.u.tls.peer.port, 25);
    assert_int_equal(e.u.tls.bits, 128);
    e = parse_text(
        "lmtp", "Trusted TLS connection reused to mx.example.net[192.0.2.25]:24: TLSv1.2 with cipher X (128/256 bits)");
    CHECK_KIND(&e, SMTP_TLS_REUSED);
}

static void logins(void **state)
{
    (void)state;
    struct ms_event e =
        parse_text("smtpd", "warning: unknown[192.0.2.9]: SASL LOGIN authentication failed: UGFzc3dvcmQ6");
    CHECK_KIND(&e, SMTPD_SASL_FAILED);
    assert_int_equal(e.severity, 1);
    assert_false(e.u.login.ok);
    CHECK_SPAN(e.u.login.client.ip, "192.0.2.9");
    CHECK_SPAN(e.u.login.method, "LOGIN");
    CHECK_SPAN(e.u.login.reason, "UGFzc3dvcmQ6");
    CHECK_SPAN(e.u.login.username, NULL);
    e = parse_text(
        "smtpd",
        "warning: unknown[192.0.2.9]: SASL PLAIN authentication failed: (reason unavailable), sasl_username=a, b@c");
    CHECK_SPAN(e.u.login.reason, "(reason unavailable)");
    CHECK_SPAN(e.u.login.username, "a, b@c");
    e = parse_text("smtpd", "warning: unknown[192.0.2.9]: SASL PLAIN authentication failed");
    CHECK_SPAN(e.u.login.reason, NULL);
}

static void message_ids(void **state)
{
    (void)state;
    struct ms_event e = parse_text("cleanup", "1A2B3C4D5E: message-id==?UTF-8?B?PDE5?= =?UTF-8?B?Mg==?="); /* T14 */
    CHECK_KIND(&e, CLEANUP_MESSAGE_ID);
    CHECK_SPAN(e.u.message_id.id, "=?UTF-8?B?PDE5?= =?UTF-8?B?Mg==?=");
    assert_false(e.u.message_id.resent);
    e = parse_text("cleanup", "1A2B3C4D5E: message-id=<a@b>");
    CHECK_SPAN(e.u.message_id.id, "a@b");
    e = parse_text("cleanup", "1A2B3C4D5E: message-id=");
    CHECK_SPAN(e.u.message_id.id, "");
    e = parse_text("cleanup", "1A2B3C4D5E: message-id=<>");
    CHECK_SPAN(e.u.message_id.id, "");
    e = parse_text("cleanup", "1A2B3C4D5E: resent-message-id=<a@b>");
    assert_true(e.u.message_id.resent);
}

static void queue_files(void **state)
{
    (void)state;
    struct ms_event e = parse_text("pickup", "1A2B3C4D5E: uid=4294967294 from=<\"a b\"@c> orig_id=0F5383D");
    CHECK_KIND(&e, PICKUP);
    assert_int_equal(e.u.pickup.uid, INT64_C(4294967294));
    CHECK_SPAN(e.u.pickup.sender, "\"a b\"@c");
    CHECK_SPAN(e.u.pickup.orig_queue_id, "0F5383D");
    e = parse_text("qmgr", "1A2B3C4D5E: from=<>, size=1445, nrcpt=1 (queue active)");
    CHECK_KIND(&e, QMGR_ACTIVE);
    CHECK_SPAN(e.u.active.sender, "");
    assert_int_equal(e.u.active.size_bytes, 1445);
    assert_int_equal(e.u.active.nrcpt, 1);
    e = parse_text("qmgr", "00000000: from=, size=2000, nrcpt=1 (queue active)");
    CHECK_KIND(&e, QMGR_ACTIVE);
    CHECK_SPAN(e.u.active.sender, "");
    /* Internal form: what stands last was written by Postfix. */
    e = parse_text("qmgr",
                   "1A2B3C4D5E: from=<x>, size=1, nrcpt=1 (queue active)@b.c>, size=99, nrcpt=2 (queue active)");
    CHECK_SPAN(e.u.active.sender, "x>, size=1, nrcpt=1 (queue active)@b.c");
    assert_int_equal(e.u.active.size_bytes, 99);
    e = parse_text("qmgr", "1A2B3C4D5E: from=<a@b>, status=force-expired, returned to sender");
    CHECK_KIND(&e, QMGR_FORCE_EXPIRED);
    assert_true(e.u.active.forced);
    CHECK_SPAN(e.u.active.sender, "a@b");
    e = parse_text("cleanup", "1A2B3C4D5E: removed (canceled)"); /* T17 */
    CHECK_KIND(&e, CLEANUP_REMOVED);
    CHECK_SPAN(e.u.removed.how, "canceled");
    e = parse_text("qmgr", "1A2B3C4D5E: removed");
    CHECK_SPAN(e.u.removed.how, NULL);
    e = parse_text("postsuper", "1A2B3C4D5E: removed");
    CHECK_SPAN(e.u.removed.how, "postsuper");
    e = parse_text("qmgr", "ED06590130AA1C9D6D862: skipped, still being delivered"); /* T25 */
    CHECK_KIND(&e, QMGR_SKIPPED);
    CHECK_SPAN(e.queue_id, "ED06590130AA1C9D6D862");
    e = parse_text("bounce", "1A2B3C4D5E: sender non-delivery notification: 2B3C4D5E6F"); /* T28 */
    CHECK_KIND(&e, BOUNCE_NOTICE);
    CHECK_SPAN(e.u.notice.new_queue_id, "2B3C4D5E6F");
    assert_int_equal(e.u.notice.kind, MS_NOTICE_BOUNCE);
    e = parse_text("bounce", "1A2B3C4D5E: postmaster delay notification: 2B3C4D5E6F");
    assert_int_equal(e.u.notice.kind, MS_NOTICE_DELAY);
    e = parse_text("qmgr", "warning: saving corrupt file \"1A2B3C4D5E\" from queue \"active\" to queue \"corrupt\"");
    CHECK_KIND(&e, CORRUPT);
    CHECK_SPAN(e.queue_id, "1A2B3C4D5E");
}

static void severity_and_second_token(void **state)
{
    (void)state;
    struct ms_event e = parse_text("cleanup", "warning: 1A2B3C4D5E: queue file size limit exceeded"); /* T16 */
    CHECK_KIND(&e, QUEUE_FILE_LIMIT);
    CHECK_SPAN(e.queue_id, "1A2B3C4D5E");
    assert_int_equal(e.severity, 1);
    e = parse_text("qmgr", "fatal: 1A2B3C4D5E: timeout receiving delivery status from transport: smtp");
    assert_int_equal(e.severity, 3);
    e = parse_text(
        "smtpd", "warning: hostname h.example.org does not resolve to address 2001:db8::9: Name or service not known");
    CHECK_SPAN(e.u.event.client.ip, "2001:db8::9");
    e = parse_text("smtpd", "warning: Connection rate limit exceeded: 61 from unknown[192.0.2.9] for service smtp");
    CHECK_SPAN(e.u.event.client.ip, "192.0.2.9");
    e = parse_text("smtp", "1A2B3C4D5E: host mx.example.net[192.0.2.25] said: 450 4.2.0 Greylisted (in reply to RCPT "
                           "TO command)"); /* T27 */
    CHECK_KIND(&e, SMTP_ATTEMPT);
    CHECK_SPAN(e.u.event.client.name, "mx.example.net");
}

static void anvil_clients(void **state)
{
    (void)state;
    struct ms_event e = parse_text(
        "anvil", "statistics: max connection count 1 for (127.0.0.1:2525:127.0.0.1) at Oct 26 19:46:00"); /* T19 */
    CHECK_KIND(&e, ANVIL_COUNT);
    CHECK_SPAN(e.u.event.client.ip, "127.0.0.1");
    e = parse_text("anvil",
                   "statistics: max connection rate 5/60s for (smtpd:2001:db8::9) at Oct 26 17:46:59"); /* T20 */
    CHECK_KIND(&e, ANVIL_RATE);
    CHECK_SPAN(e.u.event.client.ip, "2001:db8::9");
    e = parse_text("anvil", "statistics: max connection rate 5/60s for (smtpd:unknown) at Oct 26 17:46:59");
    CHECK_SPAN(e.u.event.client.ip, NULL);
}

static void addresses_of_ip(void **state)
{
    (void)state;
    static const char *const good[] = {"1.2.3.4",        "::",           "::1", "2001:db8::25", "1:2:3:4:5:6:7:8",
                                       "::ffff:1.2.3.4", "fe80::1%eth0", "1::"};
    static const char *const bad[] = {
        "",         "1.2.3",     "1.2.3.256",    "1.2.3.4.5",        "01.2.3.4567",       "x",
        ":",        "1:2",       "1::2::3",      "12345::",          "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:",
        "fe80::1%", "1.2.3.4%x", "private/auth", "1:2:3:4:5:6:7:8::"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(ms_ip_valid(ms_span_str(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (ms_ip_valid(ms_span_str(bad[i])))
            fail_msg("bad[%zu] passes as an address", i);
}

static void nothing_known_is_said_so(void **state)
{
    (void)state;
    struct ms_event e = parse_text("smtpd", "");
    CHECK_KIND(&e, SMTPD_OTHER);
    e = parse_text("trivial-rewrite", "Some new sentence of a release to come");
    CHECK_KIND(&e, POSTFIX_OTHER);
    e = parse_text("smtpd", "1A2B3C4D5E: new_word: about a mail"); /* a queue ID: no verbose talk */
    CHECK_KIND(&e, SMTPD_OTHER);
}

/* Verbose talk quotes real lines and strangers' words. */
static void verbose_talk_is_no_record(void **state)
{
    (void)state;
    static const struct {
        const char *program, *text;
        enum ms_kind_id kind;
    } lines[] = {
        {"trivial-rewrite", "rewrite_clnt: local: a -> a@b", MS_K_REWRITE_DEBUG},
        {"smtpd", "< unknown[192.0.2.9]: EHLO x", MS_K_SMTPD_DEBUG}, /* debug_peer_list, too */
        {"smtpd", "> unknown[192.0.2.9]: 250 2.0.0 Ok: queued as 1A2B3C4D5E", MS_K_SMTPD_DEBUG},
        {"smtpd", "connect to subsystem private/proxymap", MS_K_SMTPD_DEBUG},
        {"smtp", "connect to subsystem private/bounce", MS_K_SMTP_DEBUG},
        {"smtp", "send attr reason = connect to mx[192.0.2.25]:25: Connection refused", MS_K_SMTP_DEBUG},
        {"smtp", "host name lookup methods: dns", MS_K_SMTP_DEBUG},
        {"qmgr", "1A2B3C4D5E: recipient limit 20000", MS_K_QMGR_DEBUG},
        {"cleanup", "cleanup_header_callback: 'Subject: x; from=<a> to=<b>, status=sent'", MS_K_CLEANUP_DEBUG},
        {"local", "why: buffer", MS_K_LOCAL_DEBUG},
        {"nqmgr", "qmgr_enable_all", MS_K_DEBUG},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct ms_event e = parse_text(lines[i].program, lines[i].text);
        check_kind(&e, lines[i].kind, (int)i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections),
        cmocka_unit_test(abnormal_ends),
        cmocka_unit_test(clients),
        cmocka_unit_test(tls_lines),
        cmocka_unit_test(logins),
        cmocka_unit_test(message_ids),
        cmocka_unit_test(queue_files),
        cmocka_unit_test(severity_and_second_token),
        cmocka_unit_test(anvil_clients),
        cmocka_unit_test(addresses_of_ip),
        cmocka_unit_test(nothing_known_is_said_so),
        cmocka_unit_test(verbose_talk_is_no_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
