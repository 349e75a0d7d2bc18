/* The table of kinds: names are unique and well-formed, and every example yields its own kind. */
#include "postfix_text.h"

/* `postfix.PROGRAM.WHAT`; kinds that any daemon has are `postfix.WHAT`, and are tried as qualified by `any`. */
static const char *program_of(const char *kind, const char *any)
{
    static char program[32];
    const char *p = kind + strlen("postfix."), *dot = strchr(p, '.');
    if (!dot)
        return any;
    assert_true((size_t)(dot - p) < sizeof program);
    memcpy(program, p, (size_t)(dot - p));
    program[dot - p] = '\0';
    assert_int_equal(tag_of(program).mta, MS_MTA_POSTFIX);
    return program;
}

static const char *any_program_of(uint16_t kind)
{
    switch (kind) {
    case MS_K_CACHE_CLEANUP:
        return "verify";
    case MS_K_DEBUG:
        return "nqmgr";
    case MS_K_POSTFIX_OTHER:
    case MS_K_DELIVERY:
        return "spawn";
    case MS_K_MAILDIR:
        return "local";
    default:
        return "smtpd";
    }
}

static void examples_yield_their_kind(void **state)
{
    (void)state;
    size_t wrong = 0, tried = 0;
    for (uint16_t i = 0; i < ms_n_kinds; i++) {
        const struct ms_kind *k = &ms_kinds[i];
        if (strncmp(k->name, "postfix.", 8) != 0)
            continue;
        struct ms_event e = parse_text(program_of(k->name, any_program_of(i)), k->example);
        tried++;
        if (e.kind == i && e.role == (uint8_t)k->role)
            continue;
        print_error("example of %s is read as %s (role %d)\n", k->name, ms_kinds[e.kind].name, e.role);
        wrong++;
    }
    assert_int_equal(wrong, 0);
    assert_true(tried > 250);
}

/* Without its program, a line is told by its text, but for these: see postfix_unnamed.c. */
static bool is_alike(uint16_t kind, uint16_t read_as)
{
    static const uint16_t pairs[][2] = {
        {MS_K_QMQPD_CONNECT, MS_K_SMTPD_CONNECT},
        {MS_K_QMQPD_DISCONNECT, MS_K_SMTPD_DISCONNECT},
        {MS_K_QMQPD_CLIENT, MS_K_SMTPD_CLIENT},
        {MS_K_TLSPROXY_DISCONNECT, MS_K_POSTSCREEN_DISCONNECT},
        {MS_K_POSTSUPER_REMOVED, MS_K_QMGR_REMOVED},
        {MS_K_POSTLOG, MS_K_QMGR_REMOVED},
        {MS_K_PICKUP_BAD_RECORD, MS_K_POSTDROP_REFUSED},
        {MS_K_POSTDROP_REFUSED, MS_K_PICKUP_BAD_RECORD},
        {MS_K_SENDMAIL_FAILED, MS_K_POSTFIX_FATAL},
        {MS_K_SMTP_HEADER_CHECK, MS_K_CLEANUP_WARNING},
        {MS_K_SMTP_TLS_UNVERIFIED, MS_K_SMTPD_TLS_UNVERIFIED},
        {MS_K_SMTP_TLS_CERTIFICATE, MS_K_SMTPD_TLS_CERTIFICATE},
        {MS_K_SMTP_TLS_DETAIL, MS_K_SMTPD_TLS_DETAIL},
        {MS_K_SMTP_EHLO_KEYWORDS, MS_K_SMTPD_EHLO_KEYWORDS},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i][0] == kind && pairs[i][1] == read_as)
            return true;
    }
    /* Nobody's status record, nobody's verbose talk, nobody's unknown text. */
    if (ms_kinds[kind].role == MS_ROLE_DELIVERY)
        return read_as == MS_K_DELIVERY;
    if (kind >= MS_K_SMTPD_DEBUG)
        return read_as == MS_K_DEBUG;
    return strstr(ms_kinds[kind].name, ".other") && read_as == MS_K_POSTFIX_OTHER;
}

static void examples_are_told_by_their_text(void **state)
{
    (void)state;
    size_t wrong = 0, same = 0;
    for (uint16_t i = 0; i < ms_n_kinds; i++) {
        const struct ms_kind *k = &ms_kinds[i];
        if (strncmp(k->name, "postfix.", 8) != 0)
            continue;
        struct ms_event e = parse_text("postfix", k->example);
        assert_int_equal(e.role, ms_kinds[e.kind].role);
        same += e.kind == i;
        if (e.kind == i || is_alike(i, e.kind))
            continue;
        print_error("example of %s, without its program, is read as %s\n", k->name, ms_kinds[e.kind].name);
        wrong++;
    }
    assert_int_equal(wrong, 0);
    assert_true(same > 190);
}

static void signatures_stand_in_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < ms_n_kinds; i++) {
        const struct ms_kind *k = &ms_kinds[i];
        assert_non_null(k->signature);
        if (strncmp(k->name, "postfix.", 8) != 0 || strstr(k->example, k->signature))
            continue;
        /* One kind may have several wordings; its example then shows another one than its signature. */
        bool several = i == MS_K_POSTSCREEN_ALLOWLISTED || i == MS_K_BOUNCE_FAILED || i == MS_K_SMTP_BAD_DNS;
        if (!several)
            print_error("%s: signature is not in the example\n", k->name);
        assert_true(several);
    }
}

static void names_are_unique(void **state)
{
    (void)state;
    for (size_t i = 0; i < ms_n_kinds; i++) {
        assert_true(strlen(ms_kinds[i].table) > 0);
        assert_int_equal(ms_kind_find(ms_kinds[i].name), i);
        for (const char *p = ms_kinds[i].name; *p; p++)
            assert_non_null(strchr("abcdefghijklmnopqrstuvwxyz0123456789._-", *p));
    }
}

/* A window that no line has would match nothing. `]: ` is how the envelope ends. */
static bool stands_in_some_line(const char *window)
{
    char line[1024];
    for (size_t i = 0; i < ms_n_kinds; i++) {
        snprintf(line, sizeof line, "Nov  3 04:05:06 mx9 postfix/x[1]: %s", ms_kinds[i].example);
        if (strstr(line, window))
            return true;
    }
    return false;
}

static void patterns_are_short_windows(void **state)
{
    (void)state;
    size_t n;
    const struct ms_pattern *p = ms_kind_patterns(&n);
    assert_in_range(n, 8, 16);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(p[i].id, i);
        assert_false(p[i].is_regex);
        assert_in_range(p[i].text_bytes, 4, 8);
        assert_int_equal(p[i].text_bytes, strlen(p[i].text));
        assert_true(stands_in_some_line(p[i].text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_yield_their_kind),    cmocka_unit_test(examples_are_told_by_their_text),
        cmocka_unit_test(signatures_stand_in_examples), cmocka_unit_test(names_are_unique),
        cmocka_unit_test(patterns_are_short_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
