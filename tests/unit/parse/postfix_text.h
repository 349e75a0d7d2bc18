/* One Postfix text to an event, as the envelope would hand it over; shared by the tests of this folder. */
#ifndef MS_TESTS_POSTFIX_TEXT_H
#define MS_TESTS_POSTFIX_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "parse/dialect.h"
#include "parse/kinds.h"
#include "parse/postfix.h"

static inline uint8_t daemon_of(const char *program)
{
    static const struct {
        const char *name;
        uint8_t daemon;
    } known[] = {
        {"smtpd", MS_D_SMTPD},     {"cleanup", MS_D_CLEANUP},
        {"qmgr", MS_D_QMGR},       {"smtp", MS_D_SMTP},
        {"lmtp", MS_D_LMTP},       {"local", MS_D_LOCAL},
        {"virtual", MS_D_VIRTUAL}, {"pipe", MS_D_PIPE},
        {"error", MS_D_ERROR},     {"retry", MS_D_RETRY},
        {"discard", MS_D_DISCARD}, {"bounce", MS_D_BOUNCE},
        {"pickup", MS_D_PICKUP},   {"postscreen", MS_D_POSTSCREEN},
        {"master", MS_D_MASTER},   {"postsuper", MS_D_POSTSUPER},
        {"qmqpd", MS_D_QMQPD},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, program) == 0)
            return known[i].daemon;
    }
    return MS_D_POSTFIX_OTHER;
}

/* The text is copied to a block of exactly its size, so that a read behind its end is seen by ASan. The copy stays until
 * the next call. `u` starts as garbage: the dialect must fill what the role promises. */
static inline struct ms_event parse_text_n(const char *program, const char *text, size_t n)
{
    static char *copy;
    free(copy);
    copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, text, n);
    struct ms_tag tag = {.program = ms_span_str(program), .daemon = daemon_of(program), .mta = MS_MTA_POSTFIX};
    struct ms_event e;
    memset(&e, 0, sizeof e);
    memset(&e.u, 0xa5, sizeof e.u);
    e.daemon = tag.daemon;
    e.mta = MS_MTA_POSTFIX;
    e.text = ms_span_of(copy, n);
    ms_postfix_parse(&tag, &e);
    return e;
}

static inline struct ms_event parse_text(const char *program, const char *text)
{
    return parse_text_n(program, text, strlen(text));
}

/* NULL stands for "not in this line". */
static inline void check_span(struct ms_span got, const char *want, const char *what, int line)
{
    bool same = want ? ms_span_is(got, want) : got.p == NULL;
    if (same)
        return;
    print_error("line %d: %s is <%.*s>%s, expected <%s>\n", line, what, (int)got.n, got.p ? got.p : "",
                got.p ? "" : " (NULL)", want ? want : "(NULL)");
    fail();
}
#define CHECK_SPAN(got, want) check_span((got), (want), #got, __LINE__)

static inline void check_kind(const struct ms_event *e, enum ms_kind_id kind, int line)
{
    if (e->kind == kind && e->role == (uint8_t)ms_kinds[kind].role)
        return;
    print_error("line %d: kind is %s, expected %s\n", line, ms_kinds[e->kind].name, ms_kinds[kind].name);
    fail();
}
#define CHECK_KIND(e, id) check_kind((e), MS_K_##id, __LINE__)

#endif
