/* Lists of facts written as text, for the tests of lives(): `SECOND WORD, SECOND WORD ...`, seconds from T0.
 *
 * WORD*N: with MS_FACT_BEGIN and ordinal N (a tombstone's ordinal likewise). client>N: its session moved on in second N;
 * client!N: and was lost. sent/N: to recipient N. activeN: nrcpt. */
#ifndef TESTS_LIVES_SCRIPT_H
#define TESTS_LIVES_SCRIPT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "correlate/clock.h"
#include "correlate/lives.h"
#include "parse/kinds.h"

#define T0 INT64_C(1700000000)
enum { MAX_FACTS = 64 };

struct script {
    struct ms_arena arena;
    struct ms_fact *facts[MAX_FACTS];
    size_t n;
};

static const struct script_word {
    const char *name;
    unsigned role;
    int how; /* removal, effect outcome */
} script_words[] = {
    {"client", MS_ROLE_CLIENT, 0},
    {"pickup", MS_ROLE_PICKUP, 0},
    {"id", MS_ROLE_MESSAGE_ID, 0},
    {"active", MS_ROLE_ACTIVE, 0},
    {"sent", MS_ROLE_DELIVERY, MS_SENT},
    {"deferred", MS_ROLE_DELIVERY, MS_DEFERRED},
    {"bounced", MS_ROLE_DELIVERY, MS_BOUNCED},
    {"notice", MS_ROLE_NOTICE, 0},
    {"removed", MS_ROLE_REMOVED, MS_REMOVED_BY_QMGR},
    {"deleted", MS_ROLE_REMOVED, MS_REMOVED_BY_ADMIN},
    {"canceled", MS_ROLE_REMOVED, MS_REMOVED_CANCELED},
    {"discarded", MS_ROLE_REMOVED, MS_REMOVED_DISCARDED},
    {"requeued", MS_ROLE_REQUEUED, 0},
    {"held", MS_ROLE_HELD, 0},
    {"released", MS_ROLE_RELEASED, 0},
    {"expired", MS_ROLE_EXPIRED, 0},
    {"corrupt", MS_ROLE_CORRUPT, 0},
    {"reject", MS_ROLE_REJECT, MS_EFFECT_NONE},
    {"refused", MS_ROLE_REJECT, MS_EFFECT_REFUSED},
    {"hold", MS_ROLE_REJECT, MS_EFFECT_HELD},
    {"discard", MS_ROLE_REJECT, MS_EFFECT_DISCARDED},
    {"note", MS_ROLE_EVENT, 0},
    {"refusal", MS_ROLE_EVENT, 1},
    {"tomb", MS_ROLE_TOMBSTONE, 0},
    {"connect", MS_ROLE_CONNECT, 0},
    {"disconnect", MS_ROLE_DISCONNECT, 0},
    {"lost", MS_ROLE_LOST, 0},
    {"new", MS_ROLE_BEGIN, 0}, /* qmail's, as the next two; info/N: process N */
    {"info", MS_ROLE_ACCEPTED, 0},
    {"starting", MS_ROLE_STARTED, 0},
};
enum { N_SCRIPT_WORDS = sizeof script_words / sizeof *script_words };

/* A fact; `number` is what stands behind the word (nrcpt, recipient), 1 if nothing does. */
static inline struct ms_fact *script_fact(struct ms_arena *arena, const struct script_word *w, int64_t eff_s,
                                          int number)
{
    struct ms_fact *f = ms_fact_new(arena, w->role);
    f->eff_s = eff_s;
    f->time_us = eff_s * 1000000;
    switch (w->role) {
    case MS_ROLE_CLIENT:
        f->u.client.moved_on_s = MS_NONE;
        break;
    case MS_ROLE_ACTIVE:
        f->u.active.nrcpt = number;
        break;
    case MS_ROLE_DELIVERY:
        f->u.delivery.recipient = (uint32_t)number;
        f->u.delivery.orig_recipient = MS_NO_CODE;
        f->u.delivery.outcome = (enum ms_delivered)w->how;
        break;
    case MS_ROLE_REMOVED:
        f->u.removed.how = (enum ms_removal)w->how;
        break;
    case MS_ROLE_REJECT:
        f->u.reject.effect = (enum ms_reject_effect)w->how;
        break;
    case MS_ROLE_EVENT:
        f->u.event.refused = w->how;
        break;
    case MS_ROLE_TOMBSTONE:
        f->u.tombstone.begin_s = eff_s;
        break;
    case MS_ROLE_ACCEPTED:
        f->kind = MS_K_QMAIL_INFO;
        f->u.accepted.second_id = ms_span_of("qp 123456789", 3 + (size_t)number);
        break;
    default:
        break;
    }
    return f;
}

static inline const struct script_word *script_word(const char *name, size_t n)
{
    for (size_t i = 0; i < N_SCRIPT_WORDS; i++)
        if (strlen(script_words[i].name) == n && memcmp(script_words[i].name, name, n) == 0)
            return &script_words[i];
    fail_msg("no such word: %s", name);
    return NULL;
}

static inline void script_read(struct script *s, const char *text)
{
    *s = (struct script){0};
    for (const char *p = text; *p;) {
        char *end;
        int64_t second = strtoll(p, &end, 10);
        p = end + 1;
        size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz");
        const struct script_word *w = script_word(p, n);
        char mark = p[n];
        p += n;
        int64_t number = 1;
        if (mark != '\0' && mark != ',') {
            number = strtoll(p + (strchr("*/>!", mark) != NULL), &end, 10);
            p = end;
        }
        assert_true(s->n < MAX_FACTS);
        struct ms_fact *f = s->facts[s->n] = script_fact(&s->arena, w, T0 + second, mark == '*' ? 1 : (int)number);
        f->key = ++s->n;
        if (mark == '*') {
            f->flags = w->role == MS_ROLE_TOMBSTONE ? 0 : MS_FACT_BEGIN;
            f->ordinal = (uint32_t)number;
        } else if (mark == '>' || mark == '!') {
            f->u.client.moved_on_s = T0 + number;
            f->u.client.lost = mark == '!';
        }
        p += strspn(p, ", ");
    }
}

static inline void script_fini(struct script *s)
{
    ms_arena_fini(&s->arena);
}

static inline void ordinal_print(uint32_t ordinal, char *out, size_t cap)
{
    if (ordinal)
        snprintf(out, cap, "#%u", ordinal);
    else
        *out = '\0';
}

static inline void lives_print(const struct ms_life *lives, size_t n, char *out, size_t cap)
{
    size_t at = 0;
    *out = '\0';
    for (size_t i = 0; i < n; i++) {
        char ordinal[16];
        ordinal_print(lives[i].ordinal, ordinal, sizeof ordinal);
        at += (size_t)snprintf(out + at, cap - at, "%s%zu-%zu:%s%s%s", i ? " " : "", lives[i].first, lives[i].end,
                               lives[i].tombstone ? "closed" : ms_state_names[lives[i].state],
                               lives[i].sealed ? "" : "?", ordinal);
    }
}

/* After the colon: d disconnected, l lost, x without its connect line, t tombstone. */
static inline void sessions_print(const struct ms_session_life *s, size_t n, char *out, size_t cap)
{
    size_t at = 0;
    *out = '\0';
    for (size_t i = 0; i < n; i++) {
        char ordinal[16], marks[8];
        ordinal_print(s[i].ordinal, ordinal, sizeof ordinal);
        snprintf(marks, sizeof marks, ":%s%s%s%s", s[i].disconnect_fact != SIZE_MAX ? "d" : "",
                 s[i].lost_fact != SIZE_MAX ? "l" : "", !s[i].has_begin && !s[i].tombstone ? "x" : "",
                 s[i].tombstone ? "t" : "");
        at += (size_t)snprintf(out + at, cap - at, "%s%zu-%zu%s%s%s", i ? " " : "", s[i].first, s[i].end,
                               marks[1] ? marks : "", s[i].sealed ? "" : "?", ordinal);
    }
}

#endif
