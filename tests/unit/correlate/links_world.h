/* A small world for tests of links: three hosts, three collectors, one table of links. */
#ifndef TESTS_LINKS_WORLD_H
#define TESTS_LINKS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "correlate/links_resolve.h"

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)
#define T0 (INT64_C(1700000000) * SECOND)
#define POSTFIX 1 /* instances */
#define POSTFIX_OUT 2

struct world {
    struct ms_names *names;
    uint32_t mx, relay, other; /* hosts */
    struct ms_links links[3];  /* others in turn; the last one is of life 1 and its claims */
    unsigned n_added;
    struct ms_link_life own; /* life 1 */
    struct ms_resolve resolve;
    struct {
        uint64_t txn_id, mail_id;
    } mails[30000];
    size_t n_mails;
    int dir_fd; /* for files; -1: memory only */
    struct ms_dict dict;
    struct ms_arena arena;
    struct ms_rows rows;
};

static inline int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    w->names = ms_names_create();
    w->dir_fd = -1;
    w->mx = ms_names_add_host(w->names, MS_SPAN_LIT("mx.example.org"));
    w->relay = ms_names_add_host(w->names, MS_SPAN_LIT("Relay1"));
    w->other = ms_names_add_host(w->names, MS_SPAN_LIT("other.example.net"));
    for (size_t i = 0; i < 3; i++)
        ms_links_init(&w->links[i], w->names, 99);
    w->own = (struct ms_link_life){.queue_id = MS_SPAN_LIT("AAAAAAAA"),
                                   .txn_id = 1,
                                   .host_id = w->mx,
                                   .instance = POSTFIX,
                                   .begin_us = T0,
                                   .last_us = T0 + HOUR};
    ms_dict_init(&w->dict, 99);
    ms_rows_init(&w->rows, &ms_tables[MS_LINKS]);
    *state = w;
    return 0;
}

static inline int tear_down(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < 3; i++)
        ms_links_fini(&w->links[i]);
    ms_resolve_fini(&w->resolve);
    ms_rows_fini(&w->rows);
    ms_dict_fini(&w->dict);
    ms_arena_fini(&w->arena);
    ms_names_destroy(w->names);
    free(w);
    return 0;
}

static inline struct ms_link_life life_of(uint64_t txn_id, uint32_t host_id, const char *queue_id, int64_t begin_us)
{
    return (struct ms_link_life){.queue_id = ms_span_str(queue_id),
                                 .txn_id = txn_id,
                                 .host_id = host_id,
                                 .instance = POSTFIX,
                                 .begin_us = begin_us,
                                 .last_us = begin_us + HOUR};
}

static inline void add(struct world *w, struct ms_link_life life)
{
    ms_links_add_life(&w->links[w->n_added++ % 2], &life);
}

static inline void life_from(struct world *w, uint64_t txn_id, uint32_t host_id, const char *queue_id, int64_t begin_us,
                             const char *client)
{
    struct ms_link_life life = life_of(txn_id, host_id, queue_id, begin_us);
    life.client_name = ms_span_str(client);
    if (txn_id == 1)
        w->own = life;
    else
        add(w, life);
}

static inline void life(struct world *w, uint64_t txn_id, uint32_t host_id, const char *queue_id, int64_t begin_us)
{
    life_from(w, txn_id, host_id, queue_id, begin_us, NULL);
}

/* A line of `time_us` says that its mail became `other`; the attempt took two seconds. */
static inline struct ms_link_claim claim_of(struct world *w, enum ms_link_kind kind, const char *other,
                                            const char *relay_host, int64_t time_us)
{
    return (struct ms_link_claim){
        .key = ms_row_key(3, 1000 + w->n_added),
        .time_us = time_us,
        .before_us = 2 * SECOND,
        .other_queue_id = ms_span_str(other),
        .recipient = MS_SPAN_LIT("r@example.net"),
        .relay_host = ms_span_str(relay_host),
        .kind = kind,
    };
}

/* Of life 1. */
static inline void claim(struct world *w, enum ms_link_kind kind, const char *other, const char *relay_host,
                         int64_t time_us)
{
    struct ms_link_claim c = claim_of(w, kind, other, relay_host, time_us);
    w->n_added++;
    ms_links_add_claim(&w->links[2], &c);
}

/* Of another life. */
static inline void claim_by(struct world *w, struct ms_link_life life, enum ms_link_kind kind, const char *other,
                            const char *relay_host, int64_t time_us)
{
    struct ms_link_claim c = claim_of(w, kind, other, relay_host, time_us);
    ms_links_add_claim(&w->links[w->n_added % 2], &c);
    add(w, life);
}

static inline size_t one_place(const void *arg, uint64_t key, int64_t time_us)
{
    (void)arg;
    (void)time_us;
    (void)key;
    return 0;
}

static inline enum ms_status keep_mail(void *world, uint64_t txn_id, uint64_t mail_id, bool is_final,
                                       struct ms_error *err)
{
    struct world *w = world;
    (void)err;
    assert_true(is_final);
    assert_true(w->n_mails < 30000);
    w->mails[w->n_mails].txn_id = txn_id;
    w->mails[w->n_mails++].mail_id = mail_id;
    return MS_OK;
}

static inline void resolve(struct world *w)
{
    struct ms_links *all[3] = {&w->links[0], &w->links[1], &w->links[2]};
    struct ms_error err = {0};
    ms_links_add_life(&w->links[2], &w->own);
    w->resolve = (struct ms_resolve){.names = w->names,
                                     .n_threads = 3,
                                     .dir_fd = w->dir_fd,
                                     .limit_bytes = w->dir_fd < 0 ? SIZE_MAX : 0,
                                     .n_places = 1,
                                     .open_place = 1,
                                     .place_of = one_place};
    assert_int_equal(ms_links_resolve(&w->resolve, all, 3, &err), MS_OK);
    assert_int_equal(ms_links_rows(&w->resolve, 0, &w->dict, &w->arena, &w->rows, &err), MS_OK);
    ms_rows_settle(&w->rows);
    assert_int_equal(ms_mails_make(&w->resolve.mails, INT64_MAX, keep_mail, w, &err), MS_OK);
}

/* 0: no row, a mail of one life. */
static inline uint64_t mail_of(const struct world *w, uint64_t txn_id)
{
    for (size_t i = 0; i < w->n_mails; i++)
        if (w->mails[i].txn_id == txn_id)
            return w->mails[i].mail_id;
    return 0;
}

static inline int64_t number_at(const struct world *w, unsigned column, uint64_t row)
{
    return ms_rows_cell(&w->rows, row, column);
}

static inline uint64_t key_at(const struct world *w, uint64_t row)
{
    uint64_t key;
    memcpy(&key, ms_rows_at(&w->rows, row), sizeof key);
    return key;
}

/* "kind from -> to candidates", NULL as `-`. */
static inline void assert_link(const struct world *w, uint64_t row, const char *kind, int64_t from, int64_t to,
                               int64_t candidates)
{
    assert_true(row < w->rows.n);
    struct ms_span name = ms_dict_text(&w->dict, (uint32_t)ms_rows_cell(&w->rows, row, MS_COL_links_kind));
    if (!ms_span_is(name, kind))
        fail_msg("a link of kind %.*s, not %s", (int)name.n, name.p, kind);
    assert_int_equal(number_at(w, MS_COL_links_from_txn_id, row), from);
    assert_int_equal(number_at(w, MS_COL_links_to_txn_id, row), to);
    assert_int_equal(number_at(w, MS_COL_links_candidates, row), candidates);
}

static inline void assert_evidence(const struct world *w, uint64_t row, const char *evidence)
{
    assert_true(
        ms_span_is(ms_dict_text(&w->dict, (uint32_t)ms_rows_cell(&w->rows, row, MS_COL_links_evidence)), evidence));
}

static inline void assert_host(const struct world *w, uint64_t row, unsigned column, const char *host)
{
    int64_t code = ms_rows_cell(&w->rows, row, column);
    if (host == NULL)
        assert_int_equal(code, MS_NULL_I64);
    else
        assert_true(ms_span_is(ms_dict_text(&w->dict, (uint32_t)code), host));
}

static inline void assert_text_cell(const struct world *w, uint64_t row, unsigned column, const char *text)
{
    const struct ms_text *t = (const struct ms_text *)(intptr_t)ms_rows_cell(&w->rows, row, column);
    assert_true(ms_span_is(ms_span_of(t->p, t->n), text));
}

#endif
