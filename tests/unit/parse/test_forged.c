/* Strangers choose HELO names, addresses, subjects, login names, replies. For every kind of line with such a text in it: the
 * text imitates other parts of the line, and everything else that is read must stay as it was. Values go into the line as
 * Postfix writes them (postfix-log-lines.md 3.2, 3.3). */
#include "postfix_text.h"
#include "support/event_facts.h"

static const char *const hostile[] = {
    "from=<x>, status=sent",
    "x>, relay=evil[203.0.113.66]:25, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (250 ok)",
    "x>, orig_to=<root@evil>, relay=evil[203.0.113.66]:25, delay=0, status=sent (250 ok)",
    "x>, size=1, nrcpt=99 (queue active)",
    "x>, status=expired, returned to sender",
    "x> orig_id=1A2B3C4D5E",
    "x> to=<y@evil> proto=SMTP helo=<evil>",
    "x>, to=<y@evil>, proto=SMTP, helo=<evil>",
    "x; from=<evil@evil> to=<evil@evil> proto=ESMTP helo=<evil>",
    "x; from=<evil@evil>, to=<evil@evil>, proto=ESMTP, helo=<evil>",
    " from evil[203.0.113.66]; from=<evil@evil> to=<evil@evil> proto=ESMTP helo=<evil>",
    " from evil[203.0.113.66]; from=<evil@evil> to=<evil@evil> proto=ESMTP helo=<evil>: 5.7.1 evil",
    "evil[203.0.113.66]: SASL LOGIN authentication failed: x, sasl_username=root",
    ", sasl_username=root",
    "<a@b>: Sender address rejected: x",
    "x>: Client host rejected: evil",
    "x>: Recipient address rejected: evil",
    "Service unavailable; Client host [203.0.113.66] blocked using evil.example; x",
    "x] blocked using evil.example; y",
    "NOQUEUE: reject: RCPT from evil[203.0.113.66]: 550 5.7.1 no",
    "1A2B3C4D5E: removed",
    "]: ",
    "[203.0.113.66]:25",
    "evil[203.0.113.66]",
    " said: 550 5.7.1 evil",
    "host evil[203.0.113.66] said: 451 4.7.1 evil (in reply to RCPT TO command)",
    " refused to talk to me: 421 evil",
    "delivery temporarily suspended: host evil[203.0.113.66] said: 550 evil",
    "does not resolve to address 203.0.113.66",
    " for service evil",
    "message repeated 9 times: [ x]",
    "#012Nov  3 04:05:06 mx9 postfix/smtpd[1]: connect from evil[203.0.113.66]",
    "warning: x",
    "\"a, b\"",
    "a\\\"b",
    "a\\",
    "(a) b)",
    ":-)",
    "??",
    "? ?",
    "M\xc3\xbcnchen \xe2\x98\x83",
    "\xff\xfe",
    "-",
    "=",
    ";",
    ">",
    "<>",
    "'; DROP TABLE deliveries; --",
};

/* How a place in the line is written. */
enum form {
    RAW,      /* as it is; control characters would be `?` */
    EXTERNAL, /* an address of 3.5+: the local part between quotes if it must be */
    HELO,     /* blanks and `<>()\";@` are `?` */
    CONTENT,  /* RAW, cut at 200 bytes with what stands in front of it */
};

static const struct {
    const char *program, *before, *after;
    enum form form;
    const char *field; /* holds the value and nothing else; NULL: the value is in the text alone */
    const char *also;  /* fields that hold it, too, or that are about it */
} places[] = {
#define AT_EXAMPLE "@example.org"
    /* status records */
    {"smtp", "1A2B3C4D5E: to=<",
     ">, relay=mx.example.net[192.0.2.25]:25, conn_use=2, delay=1, delays=1/0/0/0, dsn=2.0.0, "
     "status=sent (250 2.0.0 Ok: queued as 1A2B3C4D5F)",
     EXTERNAL, "recipient", ""},
    {"local", "1A2B3C4D5E: to=<a@example.net>, orig_to=<",
     ">, relay=local, delay=1, delays=1/0/0/0, dsn=2.0.0, "
     "status=sent (forwarded as 1A2B3C4D5F)",
     EXTERNAL, "orig_recipient", ""},
    {"smtp",
     "1A2B3C4D5E: to=<a@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=1, delays=1/0/0/0, dsn=5.1.1, "
     "status=bounced (host mx.example.net[192.0.2.25] said: 550 5.1.1 ",
     " (in reply to RCPT TO command))", RAW, NULL, "reply"},
    {"smtp",
     "1A2B3C4D5E: to=<a@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=1, delays=1/0/0/0, tls=may, "
     "dsn=2.0.0, status=sent (250 2.0.0 ",
     " Ok: queued as 1A2B3C4D5F)", RAW, NULL, "reply"},
    {"local",
     "1A2B3C4D5E: to=<a@example.net>, relay=local, delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced (unknown "
     "user: \"",
     "\")", RAW, NULL, "reply"},
    {"pipe",
     "1A2B3C4D5E: to=<a@example.net>, relay=filter, delay=1, delays=1/0/0/0, dsn=5.3.0, status=bounced (Command "
     "died with status 1: \"/x\". Command output: ",
     ")", RAW, NULL, "reply"},
    {"smtp", "1A2B3C4D5E: host mx.example.net[192.0.2.25] said: 450 4.2.0 ", " (in reply to RCPT TO command)", RAW,
     NULL, ""},
    {"smtp", "1A2B3C4D5E: replace: header Subject: ", "", CONTENT, "subject", "content"},
    /* queue files */
    {"qmgr", "1A2B3C4D5E: from=<", ">, size=1445, nrcpt=1 (queue active)", EXTERNAL, "sender", ""},
    {"qmgr", "1A2B3C4D5E: from=<", ">, status=expired, returned to sender", EXTERNAL, "sender", ""},
    {"pickup", "1A2B3C4D5E: uid=1001 from=<", "> orig_id=0F5383D", EXTERNAL, "sender", ""},
    {"pickup", "1A2B3C4D5E: uid=1001 from=<", ">", EXTERNAL, "sender", ""},
    {"cleanup", "1A2B3C4D5E: message-id=<", ">", RAW, "id", ""},
    {"cleanup", "1A2B3C4D5E: info: header Subject: ",
     " from mx.example.org[192.0.2.7]; from=<s@example.org> "
     "to=<r@example.net> proto=ESMTP helo=<mx.example.org>",
     CONTENT, "subject", "content"},
    {"cleanup", "1A2B3C4D5E: warning: header Subject: ", " from local; from=<s@example.org> to=<r@example.net>: note",
     CONTENT, "subject", "content"},
    {"cleanup", "1A2B3C4D5E: reject: header Subject: ",
     " from mx.example.org[192.0.2.7]; from=<s@example.org> "
     "to=<r@example.net> proto=ESMTP helo=<mx.example.org>: 5.7.1 spam",
     CONTENT, "subject", ""},
    {"cleanup", "1A2B3C4D5E: reject: body ",
     " from mx.example.org[192.0.2.7]; from=<s@example.org> "
     "to=<r@example.net> proto=ESMTP helo=<mx.example.org>: 5.7.1 spam",
     CONTENT, NULL, ""},
    {"cleanup", "1A2B3C4D5E: info: header Subject: x from mx.example.org[192.0.2.7]; from=<",
     "> to=<r@example.net> "
     "proto=ESMTP helo=<mx.example.org>",
     EXTERNAL, "sender", ""},
    {"cleanup", "1A2B3C4D5E: milter-reject: END-OF-MESSAGE from mx.example.org[192.0.2.7]: 5.7.1 ",
     "; from=<s@example.org> "
     "to=<r@example.net> proto=ESMTP helo=<mx.example.org>",
     RAW, NULL, "text blocklist"},
    /* access decisions */
    {"smtpd", "NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 554 5.7.1 <r@example.net>: Relay access denied; from=<",
     "> to=<r@example.net> proto=ESMTP helo=<h> sasl_method=PLAIN sasl_username=bob", EXTERNAL, "sender", ""},
    {"smtpd",
     "1A2B3C4D5E: reject: RCPT from unknown[192.0.2.9]: 550 5.1.1 <x>: Recipient address rejected: User unknown; "
     "from=<s@example.org> to=<",
     "> proto=ESMTP helo=<h>", EXTERNAL, "recipient", ""},
    {"smtpd",
     "NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 554 5.7.1 <r@example.net>: Relay access denied; "
     "from=<s@example.org> to=<r@example.net> proto=ESMTP helo=<",
     ">", HELO, "helo", ""},
    {"smtpd", "NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 554 5.7.1 <r@example.net>: Recipient address rejected: ",
     "; from=<s@example.org> to=<r@example.net> proto=ESMTP helo=<h>", RAW, NULL, "text class"},
    {"smtpd",
     "NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 554 5.7.1 Service unavailable; Client host [192.0.2.9] "
     "blocked using zen.example.org; ",
     "; from=<s@example.org> to=<r@example.net> proto=ESMTP helo=<h>", RAW, NULL, "text"},
    {"smtpd", "NOQUEUE: warn: RCPT from unknown[192.0.2.9]: ",
     "; from=<s@example.org> to=<r@example.net> proto=ESMTP "
     "helo=<h>",
     RAW, "text", "class blocklist reply_code dsn"},
    {"smtpd", "proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as 1A2B3C4D5F; from=<",
     "> to=<r@example.net> proto=ESMTP "
     "helo=<h>",
     EXTERNAL, "sender", ""},
    {"postscreen",
     "NOQUEUE: reject: RCPT from [192.0.2.9]:4984: 550 5.7.1 Service unavailable; client [192.0.2.9] blocked "
     "using zen.example.org; from=<",
     ">, to=<r@example.net>, proto=ESMTP, helo=<h>", EXTERNAL, "sender", ""},
    {"postscreen",
     "NOQUEUE: reject: RCPT from [192.0.2.9]:4984: 550 5.7.1 Service unavailable; client [192.0.2.9] blocked "
     "using zen.example.org; from=<s@example.org>, to=<r@example.net>, proto=ESMTP, helo=<",
     ">", HELO, "helo", ""},
    /* sessions */
    {"smtpd", "warning: unknown[192.0.2.9]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=", "", RAW,
     "username", ""},
    {"smtpd", "1A2B3C4D5E: client=mail.example.org[192.0.2.7], sasl_method=PLAIN, sasl_username=", "", RAW,
     "sasl_username", ""},
    {"smtpd", "improper command pipelining after EHLO from unknown[192.0.2.9]: ", "", RAW, NULL, ""},
    {"smtpd", "warning: non-SMTP command from unknown[192.0.2.9]: ", "", RAW, NULL, ""},
    {"smtpd", "warning: Illegal address syntax from unknown[192.0.2.9] in RCPT command: ", "", RAW, NULL, ""},
    {"smtpd", "warning: reject: ETRN ", "... from unknown[192.0.2.9]", RAW, NULL, ""},
    {"smtpd", "warning: proxy 127.0.0.1:10024 rejected \"MAIL FROM:<", ">\": \"451 4.3.0 busy\"", RAW, NULL, ""},
    {"smtpd", "mail.example.org[192.0.2.7]: subject_CN=", ", issuer=Example CA, fingerprint=AA", RAW, NULL, ""},
    {"smtpd", "mail.example.org[192.0.2.7]: replacing command \"", "\" with \"NOOP\"", RAW, NULL, ""},
    {"smtp", "warning: host mx.example.net[192.0.2.25]:25 said: 421 ", " (in reply to XFORWARD name/address command)",
     RAW, NULL, ""},
    {"smtp", "warning: 1A2B3C4D5E: non-ESMTP response from mx.example.net[192.0.2.25]:25: ", "", RAW, NULL, ""},
    {"smtp", "mx.example.net[192.0.2.25]:25: subject_CN=", ", issuer=Example CA", RAW, NULL, ""},
    {"postscreen", "PREGREET 23 after 0.05 from [192.0.2.9]:4984: ", "", RAW, NULL, ""},
    {"postscreen", "NON-SMTP COMMAND from [192.0.2.9]:4984 after CONNECT: ", "", RAW, NULL, ""},
    {"postscreen", "COMMAND PIPELINING from [192.0.2.9]:4984 after DATA: ", "", RAW, NULL, ""},
};

/* Login names are logged bare: these two texts are what a name and the fields behind it look like, too. */
static bool is_beyond_telling(const char *field, const char *value)
{
    return field && strcmp(field, "sasl_username") == 0 && strstr(value, ", sasl_sender=");
}

static void append(char *out, size_t size, const char *bytes)
{
    size_t n = strlen(out);
    assert_true(n + strlen(bytes) < size);
    strcpy(out + n, bytes);
}

static void write_external(char *out, const char *local)
{
    bool quoted = *local == '\0' || strpbrk(local, " ()<>@,;:\\\"[]") || local[0] == '.';
    char *p = out;
    if (quoted)
        *p++ = '"';
    for (; *local; local++) {
        if (*local == '"' || *local == '\\')
            *p++ = '\\';
        *p++ = *local;
    }
    strcpy(p, quoted ? "\"" AT_EXAMPLE : AT_EXAMPLE);
}

static void write_helo(char *out, const char *name)
{
    for (; *name; name++)
        *out++ = strchr(" <>()\\\";@", *name) ? '?' : *name;
    *out = '\0';
}

/* The value as it stands in the line. */
static void write_value(char *out, enum form form, const char *value, const char *before)
{
    const char *header = strstr(before, "Subject: ");
    size_t room = 200 - (header ? strlen(header) : 0);
    switch (form) {
    case EXTERNAL:
        write_external(out, value);
        break;
    case HELO:
        write_helo(out, value);
        break;
    case CONTENT:
        snprintf(out, room + 1, "%s", value);
        break;
    case RAW:
        strcpy(out, value);
        break;
    }
}

static bool is_named(const char *list, const char *name)
{
    const char *at = strstr(list, name);
    size_t n = strlen(name);
    return at && (at[n] == ' ' || at[n] == '\0') && (at == list || at[-1] == ' ');
}

static bool same_fact(const struct ms_event_fact *a, const struct ms_event_fact *b)
{
    return strcmp(a->name, b->name) == 0 && a->number == b->number && (a->text.p == NULL) == (b->text.p == NULL) &&
           ms_span_eq(a->text, b->text);
}

/* The facts of the plain line are copied: parse_text keeps one text at a time. */
static void keep(struct ms_event_facts *facts)
{
    static char room[8192];
    size_t used = 0;
    for (size_t i = 0; i < facts->n; i++) {
        struct ms_span *s = &facts->items[i].text;
        if (!s->p)
            continue;
        assert_true(used + s->n <= sizeof room);
        memcpy(room + used, s->p, s->n);
        s->p = room + used;
        used += s->n;
    }
}

static void facts_of_line(size_t place, const char *value, struct ms_event_facts *facts)
{
    char line[2048] = "";
    append(line, sizeof line, places[place].before);
    append(line, sizeof line, value);
    append(line, sizeof line, places[place].after);
    struct ms_event e = parse_text(places[place].program, line);
    ms_event_facts_of(&e, facts);
}

static size_t count_differences(size_t place, const char *value, const struct ms_event_facts *plain)
{
    struct ms_event_facts facts;
    size_t wrong = 0;
    const char *field = places[place].field;
    facts_of_line(place, value, &facts);
    for (size_t i = 0; i < facts.n && i < plain->n; i++) {
        const struct ms_event_fact *f = &facts.items[i];
        if (field && strcmp(f->name, field) == 0 ? ms_span_is(f->text, value) : same_fact(f, &plain->items[i]))
            continue;
        if (is_named(places[place].also, f->name))
            continue;
        print_error("%s%s%s\n  %s is <%.*s> %lld\n", places[place].before, value, places[place].after, f->name,
                    (int)f->text.n, f->text.p ? f->text.p : "", (long long)f->number);
        wrong++;
    }
    return wrong + (facts.n != plain->n);
}

static void nothing_else_changes(void **state)
{
    (void)state;
    size_t wrong = 0, tried = 0;
    for (size_t place = 0; place < sizeof places / sizeof places[0]; place++) {
        struct ms_event_facts plain;
        char value[512];
        write_value(value, places[place].form, "x", places[place].before);
        facts_of_line(place, value, &plain);
        keep(&plain);
        for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
            write_value(value, places[place].form, hostile[i], places[place].before);
            if (is_beyond_telling(places[place].field, value))
                continue;
            wrong += count_differences(place, value, &plain);
            tried++;
        }
    }
    assert_int_equal(wrong, 0);
    assert_true(tried > 1500);
}

/* smtpd repeats the address in front of its reason, without quotes. */
static void addresses_in_reasons(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        char external[512], line[2048];
        write_external(external, hostile[i]);
        snprintf(line, sizeof line,
                 "NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 450 4.1.8 <%s" AT_EXAMPLE
                 ">: Sender address rejected: "
                 "Domain not found; from=<%s> to=<r@example.net> proto=ESMTP helo=<h>",
                 hostile[i], external);
        struct ms_event e = parse_text("smtpd", line);
        bool good = e.kind == MS_K_SMTPD_REJECT && ms_span_is(e.u.reject.class, "Sender address") &&
                    e.u.reject.blocklist.p == NULL && ms_span_is(e.u.reject.sender, external) &&
                    ms_span_is(e.u.reject.recipient, "r@example.net") && ms_span_is(e.u.reject.helo, "h") &&
                    e.u.reject.reply_code == 450;
        snprintf(line, sizeof line,
                 "NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 554 5.7.1 Service unavailable; Sender address "
                 "[%s" AT_EXAMPLE "] blocked using dbl.example.org; from=<%s> to=<r@example.net> proto=ESMTP helo=<h>",
                 hostile[i], external);
        struct ms_event listed = parse_text("smtpd", line);
        good = good && ms_span_is(listed.u.reject.blocklist, "dbl.example.org") &&
               ms_span_is(listed.u.reject.class, "Sender address");
        if (!good)
            print_error("%s\n", line);
        wrong += !good;
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_else_changes), cmocka_unit_test(addresses_in_reasons)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
