/* What of a text is the server's own words. */
#include "reason/wording.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ms_wording w;

static void expect(const char *text, const char *wording, int32_t code, const char *stage)
{
    ms_wording_make(&w, ms_span_str(text));
    if (!ms_span_is((struct ms_span){w.text, w.n}, wording))
        fail_msg("%s\n  gives    %.*s\n  not      %s", text, (int)w.n, w.text, wording);
    assert_int_equal(w.reply_code, code);
    assert_true(stage ? ms_span_is(w.stage, stage) : w.stage.p == NULL);
}

static void frames(void **state)
{
    (void)state;
    expect("host mx.example.net[192.0.2.1] said: 550 5.1.1 no (in reply to RCPT TO command)", "550 5.1.1 no", 550,
           "RCPT");
    expect("host mx.example.net[192.0.2.1] refused to talk to me: 421 later", "421 later", 421, "CONNECT");
    expect("delivery temporarily suspended: connect to mx.example.net[192.0.2.1]:25: Connection refused",
           "connect to mx.example.net[#]:25: Connection refused", 0, NULL);
    expect(
        "450 4.1.1 <a@b.example>: Recipient address rejected: unverified address: host h[2001:db8::1] said: 450 busy "
        "(in reply to RCPT TO command)",
        "450 busy", 450, "RCPT");
    /* a server that says Postfix's words is believed for none of them */
    expect("host mx.example.net[192.0.2.1] said: 550 (in reply to DATA command) ha (in reply to MAIL FROM command)",
           "550 (in reply to DATA command) ha", 550, "MAIL");
    expect("host mx.example.net said nothing", "host mx.example.net said nothing", 0, NULL);
    expect("host ", "host", 0, NULL);
    expect("unverified address: ", "unverified address:", 0, NULL);
    expect("x (in reply to FOO command)", "x", 0, NULL);
}

static void codes(void **state)
{
    (void)state;
    expect("550", "550", 550, NULL);
    expect("550-5.1.1 one 550-5.1.1 two 550 5.1.1 three", "550 5.1.1 one two 550 5.1.1 three", 550, NULL);
    expect("5504 x", "5504 x", 0, NULL);
    expect("150 x", "150 x", 0, NULL);
    expect("4.7.1 later", "4.7.1 later", 0, NULL);
    expect("421 4.3.2 mx.example.net Service not available", "421 4.3.2 Service not available", 421, NULL);
    expect("554 mx.example.net: go away", "554 go away", 554, NULL);
    expect("554 5.7.1 mx.example.net", "554 5.7.1 mx.example.net", 554, NULL); /* all that it says */
    expect("554 30 Sorry", "554 30 Sorry", 554, NULL);
    expect("call 412-555-1234", "call 412-555-1234", 0, NULL);
}

static void what_varies(void **state)
{
    (void)state;
    expect("550 <spam@x.example>: User unknown", "550 <>: User unknown", 550, NULL);
    expect("550 <\"a> blocked using x\"@x.example>: User unknown", "550 <>: User unknown", 550, NULL);
    expect("550 spam@x.example... User unknown", "550 @... User unknown", 550, NULL);
    expect("bare <LF> received", "bare <LF> received", 0, NULL);
    expect("see <https://x.example/virus>", "see <https://x.example/virus>", 0, NULL);
    expect("a < b", "a < b", 0, NULL);
    expect("<", "<", 0, NULL);
    expect("<\"", "<\"", 0, NULL);
    expect("@", "@", 0, NULL);
    expect("from 192.0.2.1, 1.2.3 and 1.2.3.4.5 [192.0.2.1] [2001:db8::1]", "from #, 1.2.3 and #.5 [#] [#]", 0, NULL);
    expect("id=12345-01 size 52428800, ofr005_10412 S2017062302 rfc 5322",
           "id=#-01 size #, ofr005_10412 S2017062302 rfc 5322", 0, NULL);
    expect("  a\t\tb\x01??c  ", "a b c", 0, NULL);
    expect("Sorry,_no_mailbox_here", "Sorry, no mailbox here", 0, NULL);
    expect("x 4fb4-5c0 - gsmtp", "x", 0, NULL);
    expect("x denied. - gsmtp", "x denied.", 0, NULL);
    expect("x [A1.prod.protection.outlook.com 2026-01-01T00:00:00Z]", "x", 0, NULL);
    expect("", "", 0, NULL);
}

static void any_bytes(void **state)
{
    (void)state;
    static const char frequent[] = "<>@\"[]:.?- 5501_\\ab\0\xff(/";
    size_t n = 1 << 20;
    char *text = malloc(n);
    uint32_t random = 1;
    for (int round = 0; round < 64; round++) {
        for (size_t i = 0; i < n; i++) { /* bytes that the rules look at are frequent */
            random = random * 1103515245u + 12345u;
            unsigned r = random >> 16;
            text[i] = round % 2 ? (char)r : frequent[r % sizeof frequent];
        }
        size_t length = round < 60 ? (size_t)(round * 100) : n;
        char *exact = malloc(length ? length : 1); /* so that a sanitizer sees a byte read too far */
        memcpy(exact, text, length);
        ms_wording_make(&w, (struct ms_span){exact, (uint32_t)length});
        assert_true(w.n <= MS_REASON_TEXT_MAX);
        for (uint32_t i = 0; i < w.n; i++)
            assert_true((unsigned char)w.text[i] >= ' ' && w.text[i] != 0x7f);
        free(exact);
    }
    free(text);
    ms_wording_make(&w, MS_SPAN_NULL);
    assert_int_equal(w.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames),
        cmocka_unit_test(codes),
        cmocka_unit_test(what_varies),
        cmocka_unit_test(any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
