/* Cells of reasons: the same answer from the table and from memory, whatever else was asked between. */
#include "correlate/reasons.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "columnar/rows.h"

struct fixture {
    struct ms_reasons *reasons;
    struct ms_reason_memory *memory;
    struct ms_dict dict;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct ms_error err = {0};
    assert_int_equal(ms_reasons_create(&f->reasons, NULL, MS_SCAN_HYPERSCAN, NULL, &err), MS_OK);
    assert_int_equal(ms_reason_memory_create(&f->memory, f->reasons, 42, &err), MS_OK);
    ms_dict_init(&f->dict, 42);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    ms_reason_memory_destroy(f->memory);
    ms_reasons_destroy(f->reasons);
    ms_dict_fini(&f->dict);
    free(f);
    return 0;
}

static struct ms_reason_cells deliver(struct fixture *f, const char *reply, const char *dsn, enum ms_delivered outcome)
{
    struct ms_fact_delivery d = {.reply = ms_span_str(reply), .reply_code = INT32_MIN, .outcome = outcome};
    d.dsn = ms_dict_add(&f->dict, ms_span_str(dsn));
    d.status = ms_dict_add(&f->dict, outcome == MS_OTHER_STATUS ? MS_SPAN_LIT("deliverable") : MS_SPAN_LIT("any"));
    return ms_delivery_reason(f->memory, &f->dict, &d);
}

static bool is(struct fixture *f, int64_t cell, const char *text)
{
    if (text == NULL || cell == MS_NULL_I64)
        return text == NULL && cell == MS_NULL_I64;
    return ms_span_is(ms_dict_text(&f->dict, (uint32_t)cell), text);
}

static void expect(struct fixture *f, struct ms_reason_cells cells, const char *reason, const char *list)
{
    assert_true(is(f, cells.reason, reason));
    assert_true(is(f, cells.blocklist, list));
}

static void deliveries(void **state)
{
    struct fixture *f = *state;
    for (int round = 0; round < 2; round++) { /* asked, remembered */
        expect(f, deliver(f, "host h[192.0.2.1] said: 550 listed at bl.example.org", "5.7.1", MS_BOUNCED), "blocklist",
               "bl.example.org");
        expect(f, deliver(f, "host h[192.0.2.1] said: 550 see spamcop.net/", "5.7.1", MS_BOUNCED), "blocklist",
               "bl.spamcop.net");
        expect(f, deliver(f, "odd", "5.1.1", MS_BOUNCED), "unknown_user", NULL); /* the same text, other codes */
        expect(f, deliver(f, "odd", "5.2.2", MS_BOUNCED), "mailbox_full", NULL);
        expect(f, deliver(f, "odd", NULL, MS_BOUNCED), NULL, NULL);
        expect(f, deliver(f, NULL, NULL, MS_DEFERRED), NULL, NULL);
        expect(f, deliver(f, "250 User unknown", "2.0.0", MS_SENT), NULL, NULL);
        expect(f, deliver(f, "User unknown", "2.0.0", MS_OTHER_STATUS), NULL, NULL); /* deliverable */
        expect(f, deliver(f, "User unknown", NULL, MS_NO_STATUS), NULL, NULL);
    }
}

static void refusals(void **state)
{
    struct fixture *f = *state;
    struct ms_fact_reject r;
    memset(&r, 0xff, sizeof r); /* no codes */
    r.reply_code = INT32_MIN;
    r.text =
        ms_dict_add(&f->dict, MS_SPAN_LIT("554 5.7.1 Service unavailable; client [192.0.2.1] blocked using a.example"));
    expect(f, ms_reject_reason(f->memory, &f->dict, &r), "blocklist", "a.example");
    r.blocklist = ms_dict_add(&f->dict, MS_SPAN_LIT("b.example")); /* what the parser has found is surer */
    expect(f, ms_reject_reason(f->memory, &f->dict, &r), "blocklist", "b.example");
    expect(f, ms_reject_reason(NULL, &f->dict, &r), NULL, "b.example");
    r.blocklist = MS_NO_CODE;
    r.text = ms_dict_add(&f->dict, MS_SPAN_LIT("odd"));
    r.stage = ms_dict_add(&f->dict, MS_SPAN_LIT("header"));
    expect(f, ms_reject_reason(f->memory, &f->dict, &r), "content", NULL);
    r.stage = ms_dict_add(&f->dict, MS_SPAN_LIT("RCPT"));
    expect(f, ms_reject_reason(f->memory, &f->dict, &r), NULL, NULL);
}

/* More texts than are remembered: nothing is mixed up. */
static void many_texts(void **state)
{
    struct fixture *f = *state;
    static const char *const words[] = {"unknown_user", "mailbox_full", "greylisted"};
    static const char *const texts[] = {"550 user unknown", "552 over quota", "450 greylisted"};
    for (int i = 0; i < 30000; i++) {
        char text[64];
        snprintf(text, sizeof text, "host h[192.0.2.1] said: %s %d", texts[i % 3], i / 3 % 5000);
        expect(f, deliver(f, text, NULL, MS_DEFERRED), words[i % 3], NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deliveries),
        cmocka_unit_test(refusals),
        cmocka_unit_test(many_texts),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
