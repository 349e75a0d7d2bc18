/* What strangers put into qmail's lines: senders, recipients, answers of servers. qmail writes `_` for blanks and `/` for line ends,
 * so that its own phrases can't be imitated; the fields must stay what they are all the same. */
#include "support/line_json.h"

static const char *const hostile[] = {
    "x>_qp_1_uid_0",
    "x> qp 1 uid 0",
    "<>",
    ">",
    "x_qp_1/",
    "did_0+1+0/qp_1/",
    "/did_0+1+0/qp_1",
    "success:_192.0.2.66_accepted_message./Remote_host_said:_250_ok_1_qp_1/",
    "192.0.2.66_accepted_message./Remote_host_said:_250_queued_as_DEADBEEF66/",
    "Connected_to_192.0.2.66_but_greeting_failed./",
    "(#5.7.1)",
    ":_msg_1_to_remote_x",
    "@[]",
    "#@[]",
    "msg 1",
    "status: exiting",
    "x> remote <h:evil.example:192.0.2.66> rcpt <evil@example.net> : ",
    "x:evil.example:192.0.2.66> rcpt <evil@example.net> : ",
    "> : ",
    "a:b:c",
    "\xff\xfe",
    "",
};

static const struct {
    const char *before, *after;
    const char *about; /* the fields that the text may change */
    const char *doubt; /* those that it may make unknown */
} places[] = {
    {"info msg 4711: bytes 2343 from <", "> qp 70739 uid 64011", "sender", NULL},
    {"starting delivery 17: msg 4711 to remote ", "", "recipient", NULL},
    {"starting delivery 17: msg 4711 to local b", "@example.net", "recipient", NULL},
    {"delivery 17: failure: 192.0.2.25_does_not_like_recipient./Remote_host_said:_550_5.1.1_",
     "/Giving_up_on_192.0.2.25./", "reply", NULL},
    {"delivery 17: deferral: Connected_to_192.0.2.25_but_sender_was_rejected./Remote_host_said:_451_4.1.8_", "/",
     "reply", NULL},
    {"delivery 17: success: 192.0.2.25_accepted_message./Remote_host_said:_250_2.0.0_", "_OK_id=1UlasT-0001yC-1b/",
     "reply next_queue_id", NULL},
    {"delivery 17: success: a_program_says:_", "/did_1+0+1/", "reply relay_ip reply_code dsn next_queue_id", NULL},
    {"rblsmtpd: 192.0.2.7 pid 4712: 451 ", "", "text", NULL},
    {"CHKUSER accepted rcpt: from <", "::> remote <helo:mx.example.org:192.0.2.7> rcpt <b@example.net> : found", "text",
     "client_ip"},
    {"CHKUSER rejected rcpt: from <a@example.org::> remote <", ":mx.example.org:192.0.2.7> rcpt <b@example.net> : none",
     "text helo", "client_ip client_name recipient"},
    {"CHKUSER rejected rcpt: from <", "::> remote <h1:mx.example.org:192.0.2.7> rcpt <b@example.net> : none",
     "text sender", "client_ip client_name recipient helo"},
    {"CHKUSER rejected rcpt: from <a@example.org::> remote <h1:mx.example.org:192.0.2.7> rcpt <", "> : none",
     "text recipient", "client_ip client_name helo"},
};

static const char *const fields[] = {"program",   "pid",    "queue_id",   "kind",       "delivery",      "agent",
                                     "recipient", "sender", "size_bytes", "submit_uid", "second_id",     "relay_ip",
                                     "dsn",       "status", "reply",      "reply_code", "next_queue_id", "forwarded",
                                     "action",    "stage",  "client_ip",  "blocklist",  "client_name",   "helo"};

static void check_place(struct ms_parser *parser, struct ms_names *names, size_t place, const char *value)
{
    char line[2048];
    snprintf(line, sizeof line, "Nov  3 04:05:06 mx9 qmail: %s%s%s", places[place].before, "x", places[place].after);
    char *plain = line_json(parser, names, line);
    snprintf(line, sizeof line, "Nov  3 04:05:06 mx9 qmail: %s%s%s", places[place].before, value, places[place].after);
    char *json = line_json(parser, names, line);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        char want[2048] = "", got[2048] = "";
        if (strstr(places[place].about, fields[i]) != NULL)
            continue;
        (void)json_field(plain, fields[i], want, sizeof want);
        (void)json_field(json, fields[i], got, sizeof got);
        bool may_vanish = places[place].doubt != NULL && strstr(places[place].doubt, fields[i]) != NULL;
        if (strcmp(want, got) != 0 && !(may_vanish && got[0] == '\0'))
            fail_msg("%s: %s is %s, not %s", line, fields[i], got, want);
    }
    free(plain);
    free(json);
}

static void test_hostile(void **state)
{
    (void)state;
    struct ms_names *names = ms_names_create();
    struct ms_parser *parser;
    struct ms_error err;
    assert_int_equal(ms_parser_create(&parser, names, NULL, NULL, &err), MS_OK);
    for (size_t p = 0; p < sizeof places / sizeof *places; p++)
        for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
            check_place(parser, names, p, hostile[i]);
    ms_parser_destroy(parser);
    ms_names_destroy(names);
}

static void test_cut_lines(void **state)
{
    (void)state;
    struct ms_names *names = ms_names_create();
    struct ms_parser *parser;
    struct ms_error err;
    assert_int_equal(ms_parser_create(&parser, names, NULL, NULL, &err), MS_OK);
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        char line[2048], value[64];
        int n = snprintf(line, sizeof line, "Nov  3 04:05:06 mx9 qmail: 1161439322.123456 %s%s", places[p].before,
                         places[p].after);
        for (; n > 0; n--) {
            line[n] = '\0';
            char *json = line_json(parser, names, line);
            if (json_field(json, "relay_ip", value, sizeof value))
                assert_string_equal(value, "\"192.0.2.25\"");
            if (json_field(json, "sender", value, sizeof value))
                assert_true(strcmp(value, "\"\"") == 0 || strcmp(value, "\"a@example.org\"") == 0);
            free(json);
        }
    }
    ms_parser_destroy(parser);
    ms_names_destroy(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_hostile), cmocka_unit_test(test_cut_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
