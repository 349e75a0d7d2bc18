/* The table of kinds: names are unique and well-formed, and every example yields its own kind. */
#include "postfix_text.h"

static bool is_program(const char *s)
{
    static const char *const small[] = {"anvil",           "scache", "verify", "dnsblog",  "tlsproxy",
                                        "trivial-rewrite", "flush",  "spawn",  "proxymap", "postfix-script"};
    if (daemon_of(s) != MS_D_POSTFIX_OTHER)
        return true;
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
        if (strcmp(s, small[i]) == 0)
            return true;
    }
    return false;
}

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
    assert_true(is_program(program));
    return program;
}

static const char *any_program_of(uint16_t kind)
{
    switch (kind) {
    case MS_K_CACHE_CLEANUP:
        return "verify";
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
    assert_true(tried > 150);
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
        cmocka_unit_test(examples_yield_their_kind),
        cmocka_unit_test(signatures_stand_in_examples),
        cmocka_unit_test(names_are_unique),
        cmocka_unit_test(patterns_are_short_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
