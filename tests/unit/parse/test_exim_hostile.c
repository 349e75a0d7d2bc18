/* Strangers choose HELO names, addresses, message-ids, subjects, answers and commands. For every line of Exim with such a text in
 * it: the text imitates other parts of the line, and every other field must be what it was, or must be missing where the
 * line can be read in two ways. */
#include "support/line_json.h"

static const char *const hostile[] = {
    "x) [203.0.113.66]",
    "x) [203.0.113.66]:25 P=esmtp S=1 id=evil@evil",
    "x) [203.0.113.66]:25 P=esmtp S=1 id=evil@evil T=\"evil\" for evil@evil",
    "x) [203.0.113.66] P=esmtp S=1 id=\"evil",
    "x) [203.0.113.66] P=esmtp S=1 T=\"evil",
    "[203.0.113.66] P=esmtp S=1",
    " H=evil (evil) [203.0.113.66]:25 P=esmtp A=plain:evil S=1 id=evil@evil T=\"evil\" from <evil@evil> for evil@evil",
    "x) [203.0.113.66] rejected RCPT <evil@evil>: evil",
    "x) [203.0.113.66] F=<evil@evil> rejected RCPT <evil@evil>: evil",
    "x) [203.0.113.66] Warning: evil",
    "x) [203.0.113.66] closed by QUIT",
    "x) [203.0.113.66] (TCP/IP connection count = 1)",
    "x) [203.0.113.66]: 535 Incorrect authentication data (set_id=evil)",
    " (set_id=evil)",
    " for evil@evil",
    " from <evil@evil>",
    " from <evil@evil> for evil@evil",
    "\" from <evil@evil> for evil@evil",
    " T=\"evil\"",
    " id=evil@evil",
    " S=1",
    " R=1UlasP-0001xZ-7b",
    "x <evil@evil> R=evil T=evil H=evil [203.0.113.66] C=\"250 OK id=1UlasT-0001yC-1b\"",
    "x <evil@evil> R=evil: evil",
    "x> R=evil T=evil",
    " R=evil T=evil H=evil [203.0.113.66]:25 X=TLS1.0:evil:1 C=\"250 2.0.0 Ok: queued as DEADBEEF66\" QT=9w DT=9w",
    "x C=\"250 2.0.0 Ok: queued as DEADBEEF66\"",
    " defer (111): evil H=evil [203.0.113.66] DT=9w: evil",
    ": retry timeout exceeded",
    ": 550 5.7.1 evil",
    "x>: 450 4.7.1 evil",
    "host evil [203.0.113.66]: 550 5.7.1 evil",
    " DT=9w: evil",
    " Completed",
    "1UlasT-0001yC-1b <= evil@evil H=evil [203.0.113.66] P=esmtp S=1",
    "1UlasT-0001yC-1b Completed",
    "[1/2] x",
    "(=",
    "\\n2013-06-09 10:21:28 1UlasT-0001yC-1b Completed",
    "a\"b",
    "a\\",
    "\\\"",
    "M\xc3\xbcnchen",
    "\xff\xfe",
    "",
    " ",
    ")",
    "]",
    ">",
    "<>",
    "\"",
};

enum form {
    RAW,
    SUBJECT, /* between quotes, `"` and `\` with a \ in front */
    ESCAPED, /* the same, without the quotes */
    QUOTED,  /* a local part between quotes, likewise */
    BOTH,    /* an address without its quotes, and its original with them in <> */
};

static const struct {
    const char *before, *after;
    enum form form;
    const char *about; /* fields that hold the value, or are about it */
} places[] = {
#define ARRIVAL "1UlasQ-0001yA-Ra <= "
#define HOST " H=mx.example.org (helo) [192.0.2.7]:4711 I=[192.0.2.1]:25"
#define BEHIND " P=esmtps X=TLS1.3:AES_256_GCM:256 CV=no A=plain:bob S=1234 id=m1@example.org"
    {ARRIVAL "a@example.org H=mx.example.org (",
     ") [192.0.2.7]:4711 I=[192.0.2.1]:25" BEHIND " T=\"hello\" from <a@example.org> for b@example.net c@example.net",
     RAW, "helo"},
    {ARRIVAL "a@example.org H=(", ") [192.0.2.7]" BEHIND, RAW, "helo"},
    {ARRIVAL "a@example.org" HOST BEHIND " T=", " from <a@example.org> for b@example.net c@example.net", SUBJECT,
     "subject"},
    {ARRIVAL "a@example.org" HOST BEHIND " T=", "", SUBJECT, "subject"},
    {ARRIVAL, "@example.org" HOST BEHIND " T=\"hello\" for b@example.net", QUOTED, "sender"},
    {ARRIVAL "a@example.org" HOST " P=esmtps S=1234 id=",
     "@example.org T=\"hello\" from <a@example.org> for b@example.net", QUOTED, "message_id"},
    {ARRIVAL "a@example.org" HOST " P=esmtps S=1234 id=", "@example.org", QUOTED, "message_id"},
    {ARRIVAL "a@example.org" HOST BEHIND " T=\"hello\" from <", "@example.org> for b@example.net", QUOTED, ""},
    {ARRIVAL "a@example.org" HOST BEHIND " T=\"hello\" for b@example.net ", "@example.net c@example.net", QUOTED, ""},
    {"1UlasQ-0001yA-Ra => ",
     "@example.net R=smart T=remote_smtp H=mx.example.net [192.0.2.25]:25 X=TLS1.3:AES:256 "
     "C=\"250 2.0.0 Ok: queued as 4SVLCh0sf8zyN2\" QT=2s DT=1s",
     QUOTED, "recipient"},
    {"1UlasQ-0001yA-Ra => bob <", "@example.net> R=local T=local_delivery QT=2s DT=1s", QUOTED, "orig_recipient"},
    {"1UlasQ-0001yA-Ra => ",
     " R=smart T=remote_smtp H=mx.example.net [192.0.2.25]:25 "
     "C=\"250 2.0.0 Ok: queued as 4SVLCh0sf8zyN2\" QT=2s DT=1s",
     BOTH, "recipient orig_recipient"},
    {"1UlasQ-0001yA-Ra => b@example.net R=smart T=remote_smtp H=mx.example.net [192.0.2.25] C=\"250 ", "\" QT=2s DT=1s",
     ESCAPED, "reply next_queue_id"},
    {"1UlasQ-0001yA-Ra ** ",
     "@example.net R=smart T=remote_smtp H=mx.example.net [192.0.2.25]: SMTP error from remote "
     "mail server after end of data: 550 5.1.1 no DT=1s",
     QUOTED, "recipient"},
    {"1UlasQ-0001yA-Ra ** b@example.net R=smart T=remote_smtp H=mx.example.net [192.0.2.25]: SMTP error from remote "
     "mail "
     "server after RCPT TO:<",
     "@example.net>: 550 5.1.1 no DT=1s", QUOTED, "reply"},
    {"1UlasQ-0001yA-Ra ** b@example.net R=smart T=remote_smtp H=mx.example.net [192.0.2.25] X=TLS1.3:AES:256: SMTP "
     "error "
     "from remote mail server after end of data: 550 5.1.1 no ",
     " DT=1s", RAW, "reply"},
    {"1UlasQ-0001yA-Ra == b@example.net R=smart T=remote_smtp defer (-44) H=mx.example.net [192.0.2.25] DT=1s: SMTP "
     "error "
     "from remote mail server after end of data: 450 4.2.0 ",
     "", RAW, "reply"},
    {"1UlasQ-0001yA-Ra == ",
     "@example.net R=smart T=remote_smtp defer (110): Connection timed out "
     "H=mx.example.net [192.0.2.25] DT=1s: SMTP timeout",
     QUOTED, "recipient"},
    {"1UlasQ-0001yA-Ra == b@example.net R=smart T=remote_smtp defer (-44): SMTP error from remote mail server after "
     "RCPT "
     "TO:<",
     "@example.net>: 450 4.2.0 later", QUOTED, "reply"},
    {"1UlasQ-0001yA-Ra H=mx.example.net [192.0.2.25]: SMTP error from remote mail server after end of data: 451 ", "",
     RAW, ""},
    {"H=mx.example.org (", ") [192.0.2.7]:4711 F=<a@example.org> rejected RCPT <b@example.net>: no", RAW, "helo"},
    {"H=mx.example.org (helo) [192.0.2.7]:4711 F=<", "@example.org> rejected RCPT <b@example.net>: no", QUOTED,
     "sender"},
    {"H=mx.example.org (helo) [192.0.2.7]:4711 F=<a@example.org> rejected RCPT <", "@example.net>: no", QUOTED,
     "recipient"},
    {"H=mx.example.org (helo) [192.0.2.7]:4711 F=<a@example.org> temporarily rejected RCPT <b@example.net>: no ", "",
     RAW, ""},
    {"H=(helo) [192.0.2.7]:4711 rejected EHLO or HELO ", ": no", RAW, ""},
    {"SMTP connection from mx.example.org (", ") [192.0.2.7]:4711 D=0s closed by QUIT", RAW, ""},
    {"login authenticator failed for mx.example.org (",
     ") [192.0.2.7]:4711: 535 Incorrect authentication data "
     "(set_id=bob)",
     RAW, ""},
    {"login authenticator failed for mx.example.org (helo) [192.0.2.7]:4711: 535 Incorrect authentication data "
     "(set_id=",
     ")", RAW, "username reason"},
    {"SMTP syntax error in \"", "\" H=mx.example.org [192.0.2.7]: unrecognized command", RAW, ""},
    {"SMTP call from mx.example.org [192.0.2.7]:4711 dropped: too many syntax or protocol errors (last command was \"",
     "\")", RAW, ""},
};

static const char *const fields[] = {
    "program",      "pid",        "queue_id",       "kind",          "client_name", "client_ip",     "client_port",
    "ident",        "message_id", "sender",         "recipient",     "size_bytes",  "nrcpt",         "protocol",
    "helo",         "subject",    "sasl_method",    "sasl_username", "tls_version", "tls_cipher",    "parent_queue_id",
    "agent",        "xdelay_ms",  "orig_recipient", "relay_host",    "relay_ip",    "relay_port",    "delay_ms",
    "tls_features", "dsn",        "status",         "reply",         "reply_code",  "next_queue_id", "truncated",
    "action",       "stage",      "username",       "method",        "result",      "reason",        "end_kind",
    "end_stage",
};

static void append_escaped(char *out, size_t size, const char *value)
{
    size_t n = strlen(out);
    assert_true(n + 2 * strlen(value) + 1 < size);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            out[n++] = '\\';
        out[n++] = *value;
    }
    out[n] = '\0';
}

static void write_line(size_t place, const char *value, char *out, size_t size)
{
    int n = snprintf(out, size, "Nov  3 04:05:06 mx9 exim[4711]: %s", places[place].before);
    assert_in_range(n, 1, size / 4);
    if (places[place].form == BOTH)
        snprintf(out + n, size - (size_t)n, "%s@example.net <", value);
    const char *quote = places[place].form == RAW || places[place].form == ESCAPED ? "" : "\"";
    strcat(out, quote);
    if (places[place].form == RAW)
        strcat(out, value);
    else
        append_escaped(out, size / 2, value);
    strcat(out, quote);
    if (places[place].form == BOTH)
        strcat(out, "@example.net>");
    strcat(out, places[place].after);
}

static bool is_about(const char *names, const char *field)
{
    size_t n = strlen(field);
    for (const char *p = names; (p = strstr(p, field)) != NULL; p += n)
        if ((p == names || p[-1] == ' ') && (p[n] == '\0' || p[n] == ' '))
            return true;
    return false;
}

/* Number of fields that the hostile value has made disappear. */
static unsigned compare(size_t place, const char *plain, const char *line, const char *json)
{
    unsigned n_missing = 0;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        char want[2048], got[2048];
        if (is_about(places[place].about, fields[i]))
            continue;
        bool had = json_field(plain, fields[i], want, sizeof want), has = json_field(json, fields[i], got, sizeof got);
        n_missing += had && !has;
        if (!has || (had && strcmp(want, got) == 0))
            continue;
        print_error("%s\n%s is %s, without the text %s\n", line, fields[i], got, had ? want : "not there");
        fail();
    }
    return n_missing;
}

static void test_places(void **state)
{
    (void)state;
    struct ms_names *names = ms_names_create();
    struct ms_parser *parser;
    struct ms_error err;
    assert_int_equal(ms_parser_create(&parser, names, NULL, NULL, &err), MS_OK);
    unsigned n_tested = 0, n_poorer = 0;
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        char line[8192];
        write_line(p, "x", line, sizeof line);
        char *plain = line_json(parser, names, line);
        for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++, n_tested++) {
            write_line(p, hostile[i], line, sizeof line);
            char *json = line_json(parser, names, line);
            n_poorer += compare(p, plain, line, json) > 0;
            free(json);
        }
        free(plain);
    }
    print_message("%u lines, of which %u say less than without the hostile text\n", n_tested, n_poorer);
    assert_true(n_poorer * 10 < n_tested);
    ms_parser_destroy(parser);
    ms_names_destroy(names);
}

/* Any line cut anywhere: nothing is read behind its end (ASan), nothing is made up of a half. */
static void test_cut_lines(void **state)
{
    (void)state;
    struct ms_names *names = ms_names_create();
    struct ms_parser *parser;
    struct ms_error err;
    assert_int_equal(ms_parser_create(&parser, names, NULL, NULL, &err), MS_OK);
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        char line[8192];
        write_line(p, "x", line, sizeof line);
        for (size_t n = strlen(line); n > 0; n--) {
            line[n] = '\0';
            char *json = line_json(parser, names, line);
            char value[2048];
            if (json_field(json, "client_ip", value, sizeof value))
                assert_string_equal(value, "\"192.0.2.7\"");
            if (json_field(json, "relay_ip", value, sizeof value))
                assert_string_equal(value, "\"192.0.2.25\"");
            free(json);
        }
    }
    ms_parser_destroy(parser);
    ms_names_destroy(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_places), cmocka_unit_test(test_cut_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
