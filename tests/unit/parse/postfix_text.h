/* One Postfix text to an event, as the envelope would hand it over; shared by the tests of this folder. */
#ifndef MS_TESTS_POSTFIX_TEXT_H
#define MS_TESTS_POSTFIX_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "parse/dialect.h"
#include "parse/kinds.h"
#include "parse/names.h"
#include "parse/postfix.h"

/* `postfix/PROGRAM`, or `postfix` alone: a tag that lost its program. */
static inline struct ms_tag tag_of(const char *program)
{
    static char text[64];
    bool cut = strcmp(program, "postfix") == 0;
    int n = snprintf(text, sizeof text, "%s%s", cut ? "" : "postfix/", program);
    struct ms_tag tag;
    assert_in_range(n, 1, sizeof text - 1);
    ms_tag_describe(ms_span_of(text, (size_t)n), &tag);
    return tag;
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
    struct ms_tag tag = tag_of(program);
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
