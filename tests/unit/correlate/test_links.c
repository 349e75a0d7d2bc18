/* Which life a line means when it names another queue ID. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "correlate/links.h"

#define SECOND INT64_C(1000000)
#define T0 (INT64_C(1700000000) * SECOND)
#define POSTFIX 1 /* instances */
#define POSTFIX_OUT 2

/* ---- a small world: three hosts, two collectors, one table of links ---- */

struct world {
    struct ms_names *names;
    uint32_t mx, relay, other; /* hosts */
    struct ms_links links[2];
    unsigned n_added; /* lives and claims go to the collectors in turn */
    struct ms_dict dict;
    struct ms_arena arena;
    struct ms_rows rows;
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    w->names = ms_names_create();
    w->mx = ms_names_add_host(w->names, MS_SPAN_LIT("mx.example.org"));
    w->relay = ms_names_add_host(w->names, MS_SPAN_LIT("Relay1"));
    w->other = ms_names_add_host(w->names, MS_SPAN_LIT("other.example.net"));
    w->links[0].seed = w->links[1].seed = 99;
    ms_dict_init(&w->dict, 99);
    ms_rows_init(&w->rows, &ms_tables[MS_LINKS]);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    ms_links_fini(&w->links[0]);
    ms_links_fini(&w->links[1]);
    ms_rows_fini(&w->rows);
    ms_dict_fini(&w->dict);
    ms_arena_fini(&w->arena);
    ms_names_destroy(w->names);
    free(w);
    return 0;
}

static void life_from(struct world *w, uint64_t txn_id, uint32_t host_id, const char *queue_id, int64_t begin_us,
                      const char *client)
{
    struct ms_link_life life = {.txn_id = txn_id, .host_id = host_id, .instance = POSTFIX, .begin_us = begin_us};
    ms_links_add_life(&w->links[w->n_added++ % 2], &life, ms_span_str(queue_id), ms_span_str(client));
}

static void life(struct world *w, uint64_t txn_id, uint32_t host_id, const char *queue_id, int64_t begin_us)
{
    life_from(w, txn_id, host_id, queue_id, begin_us, NULL);
}

/* Life 1 on mx, queue ID AAAAAAAA, says at `time_us` that it became `other`; the attempt took two seconds. */
static struct ms_link_claim claim_of(struct world *w, enum ms_link_kind kind, const char *other, const char *relay_host,
                                     int64_t time_us)
{
    return (struct ms_link_claim){
        .key = ms_row_key(3, 1000 + w->n_added),
        .txn_id = 1,
        .instance = POSTFIX,
        .time_us = time_us,
        .before_us = 2 * SECOND,
        .queue_id = MS_SPAN_LIT("AAAAAAAA"),
        .other_queue_id = ms_span_str(other),
        .recipient = MS_SPAN_LIT("r@example.net"),
        .relay_host = ms_span_str(relay_host),
        .host_id = w->mx,
        .kind = kind,
    };
}

static void claim(struct world *w, enum ms_link_kind kind, const char *other, const char *relay_host, int64_t time_us)
{
    struct ms_link_claim c = claim_of(w, kind, other, relay_host, time_us);
    ms_links_add_claim(&w->links[w->n_added++ % 2], &c);
}

static void resolve(struct world *w)
{
    struct ms_links *all[2] = {&w->links[0], &w->links[1]};
    ms_links_resolve(all, 2, w->names, &w->dict, &w->arena, &w->rows);
    ms_rows_settle(&w->rows);
}

static int64_t number_at(const struct world *w, unsigned column, uint64_t row)
{
    return ms_rows_cell(&w->rows, row, column);
}

static uint64_t key_at(const struct world *w, uint64_t row)
{
    uint64_t key;
    memcpy(&key, ms_rows_at(&w->rows, row), sizeof key);
    return key;
}

/* "kind from -> to candidates", NULL as `-`. */
static void assert_link(const struct world *w, uint64_t row, const char *kind, int64_t from, int64_t to,
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

static void assert_host(const struct world *w, uint64_t row, unsigned column, const char *host)
{
    int64_t code = ms_rows_cell(&w->rows, row, column);
    if (host == NULL)
        assert_int_equal(code, MS_NULL_I64);
    else
        assert_true(ms_span_is(ms_dict_text(&w->dict, (uint32_t)code), host));
}

static void assert_text_cell(const struct world *w, uint64_t row, unsigned column, const char *text)
{
    const struct ms_text *t = (const struct ms_text *)(intptr_t)ms_rows_cell(&w->rows, row, column);
    assert_true(ms_span_is(ms_span_of(t->p, t->n), text));
}

/* ---- next hops ---- */

static void the_relays_name_up_to_the_first_dot(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "AAAAAAAA", T0);
    life(w, 2, w->relay, "BBBBBBBB", T0 + 4 * SECOND);
    claim(w, MS_LINK_NEXT_HOP, "BBBBBBBB", "relay1.example.com", T0 + 5 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 1);
    assert_link(w, 0, "next_hop", 1, 2, 1);
    assert_host(w, 0, MS_COL_links_from_host, "mx.example.org");
    assert_host(w, 0, MS_COL_links_to_host, "Relay1");
    assert_text_cell(w, 0, MS_COL_links_from_queue_id, "AAAAAAAA");
    assert_text_cell(w, 0, MS_COL_links_to_queue_id, "BBBBBBBB");
    assert_int_equal(number_at(w, MS_COL_links_file_id, 0), 3);
    assert_int_equal(number_at(w, MS_COL_links_line_offset, 0), 1002);
}

static void a_look_alike_short_id_gives_no_link(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "AAAAAAAA", T0);
    life(w, 2, w->other, "BBBBBBBB", T0 + 4 * SECOND); /* a host that the line does not mean */
    claim(w, MS_LINK_NEXT_HOP, "BBBBBBBB", "relay1.example.com", T0 + 5 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 0);
}

static void an_id_that_no_log_knows_gives_no_link(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "AAAAAAAA", T0);
    claim(w, MS_LINK_NEXT_HOP, "CCCCCCCC", "relay1.example.com", T0 + 5 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 0);
}

/* Behind a load balancer the relay's name tells nothing, but the other host knows who its client was. */
static void a_short_id_whose_client_we_are(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "AAAAAAAA", T0);
    life_from(w, 2, w->other, "BBBBBBBB", T0 + 4 * SECOND, "MX.internal");
    life_from(w, 3, w->relay, "BBBBBBBB", T0 + 4 * SECOND, "mx2.example.org"); /* not we */
    claim(w, MS_LINK_NEXT_HOP, "BBBBBBBB", "balancer.example.com", T0 + 5 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 1);
    assert_link(w, 0, "next_hop", 1, 2, 1);
}

static void a_long_id_is_unique_by_itself(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "AAAAAAAA", T0);
    life(w, 2, w->other, "4SVLCh0sf8zyN2", T0 + 4 * SECOND);
    claim(w, MS_LINK_NEXT_HOP, "4SVLCh0sf8zyN2", "balancer.example.com", T0 + 5 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 1);
    assert_link(w, 0, "next_hop", 1, 2, 1);
}

static void a_name_that_fits_beats_one_that_may(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "AAAAAAAA", T0);
    life_from(w, 2, w->other, "BBBBBBBB", T0 + 4 * SECOND, "mx");
    life(w, 3, w->relay, "BBBBBBBB", T0 + 4 * SECOND);
    claim(w, MS_LINK_NEXT_HOP, "BBBBBBBB", "relay1", T0 + 5 * SECOND);
    resolve(w);
    assert_link(w, 0, "next_hop", 1, 3, 1);
}

static void a_reused_id_is_told_by_time(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "AAAAAAAA", T0);
    life(w, 2, w->relay, "BBBBBBBB", T0 - 600 * SECOND);
    life(w, 3, w->relay, "BBBBBBBB", T0 + 4 * SECOND);
    life(w, 4, w->relay, "BBBBBBBB", T0 + 600 * SECOND);
    claim(w, MS_LINK_NEXT_HOP, "BBBBBBBB", "relay1", T0 + 5 * SECOND);
    claim(w, MS_LINK_NEXT_HOP, "BBBBBBBB", "relay1", T0 + 601 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 2);
    assert_link(w, 0, "next_hop", 1, 3, 1);
    assert_link(w, 1, "next_hop", 1, 4, 1);
}

static void a_clock_that_differs_is_allowed_for(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "AAAAAAAA", T0);
    life(w, 2, w->relay, "BBBBBBBB", T0 + 90 * SECOND);
    claim(w, MS_LINK_NEXT_HOP, "BBBBBBBB", "relay1", T0 + 5 * SECOND);
    life(w, 3, w->relay, "DDDDDDDD", T0 + 190 * SECOND); /* but not for so much */
    claim(w, MS_LINK_NEXT_HOP, "DDDDDDDD", "relay1", T0 + 5 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 1);
    assert_link(w, 0, "next_hop", 1, 2, 1);
}

static void two_candidates_are_none(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "AAAAAAAA", T0);
    life(w, 2, w->relay, "BBBBBBBB", T0 + 4 * SECOND);
    life(w, 3, w->relay, "BBBBBBBB", T0 + 5 * SECOND);
    claim(w, MS_LINK_NEXT_HOP, "BBBBBBBB", "relay1", T0 + 5 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 1);
    assert_link(w, 0, "next_hop", 1, MS_NULL_I64, 2);
    assert_host(w, 0, MS_COL_links_to_host, NULL);
    assert_text_cell(w, 0, MS_COL_links_to_queue_id, "BBBBBBBB");
}

static void a_loopback_hop_is_a_reinject(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "AAAAAAAA", T0);
    life(w, 2, w->mx, "BBBBBBBB", T0 + 4 * SECOND);
    life(w, 3, w->relay, "BBBBBBBB", T0 + 4 * SECOND); /* another host's ID */
    struct ms_link_claim c = claim_of(w, MS_LINK_NEXT_HOP, "BBBBBBBB", "127.0.0.1", T0 + 5 * SECOND);
    c.loopback = true;
    ms_links_add_claim(&w->links[0], &c);
    resolve(w);
    assert_int_equal(w->rows.n, 1);
    assert_link(w, 0, "reinject", 1, 2, 1);
    assert_host(w, 0, MS_COL_links_to_host, "mx.example.org");
}

static void a_life_is_not_its_own_next_hop(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "AAAAAAAA", T0 + 4 * SECOND);
    struct ms_link_claim c = claim_of(w, MS_LINK_NEXT_HOP, "AAAAAAAA", "127.0.0.1", T0 + 5 * SECOND);
    c.loopback = true;
    ms_links_add_claim(&w->links[0], &c);
    resolve(w);
    assert_int_equal(w->rows.n, 0);
}

/* ---- inside one machine ---- */

static void bounce_forward_and_delay_notice(void **state)
{
    static const struct {
        enum ms_link_kind kind;
        const char *name;
    } cases[] = {{MS_LINK_BOUNCE, "bounce"}, {MS_LINK_FORWARD, "forward"}, {MS_LINK_DELAY_NOTICE, "delay_notice"}};
    struct world *w = *state;
    life(w, 1, w->mx, "AAAAAAAA", T0);
    life(w, 2, w->mx, "BBBBBBBB", T0 + 5 * SECOND);
    life(w, 3, w->relay, "BBBBBBBB", T0 + 5 * SECOND);
    for (size_t i = 0; i < 3; i++)
        claim(w, cases[i].kind, "BBBBBBBB", NULL, T0 + 5 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 3);
    for (size_t i = 0; i < 3; i++)
        assert_link(w, i, cases[i].name, 1, 2, 1);
}

static void a_notice_that_is_not_logged_keeps_its_row(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "AAAAAAAA", T0);
    claim(w, MS_LINK_BOUNCE, "BBBBBBBB", NULL, T0 + 5 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 1);
    assert_link(w, 0, "bounce", 1, MS_NULL_I64, 0);
    assert_host(w, 0, MS_COL_links_to_host, "mx.example.org"); /* where else */
}

static void another_instance_has_other_ids(void **state)
{
    struct world *w = *state;
    struct ms_link_life elsewhere = {
        .txn_id = 2, .host_id = w->mx, .instance = POSTFIX_OUT, .begin_us = T0 + 5 * SECOND};
    life(w, 1, w->mx, "AAAAAAAA", T0);
    ms_links_add_life(&w->links[0], &elsewhere, MS_SPAN_LIT("BBBBBBBB"), MS_SPAN_NULL);
    claim(w, MS_LINK_BOUNCE, "BBBBBBBB", NULL, T0 + 5 * SECOND);
    resolve(w);
    assert_link(w, 0, "bounce", 1, MS_NULL_I64, 0);
}

/* The child's line names the parent: the life of that ID that came last before it. */
static void requeue(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "AAAAAAAA", T0);
    life(w, 2, w->mx, "BBBBBBBB", T0 - 9000 * SECOND);
    life(w, 3, w->mx, "BBBBBBBB", T0 - 5000 * SECOND);
    life(w, 4, w->mx, "BBBBBBBB", T0 + 10 * SECOND);
    claim(w, MS_LINK_REQUEUE, "BBBBBBBB", NULL, T0);
    resolve(w);
    assert_int_equal(w->rows.n, 1);
    assert_link(w, 0, "requeue", 3, 1, 1);
    assert_text_cell(w, 0, MS_COL_links_from_queue_id, "BBBBBBBB");
    assert_text_cell(w, 0, MS_COL_links_to_queue_id, "AAAAAAAA");
}

static void requeue_under_the_same_id(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "AAAAAAAA", T0);
    life(w, 2, w->mx, "AAAAAAAA", T0 - 50 * SECOND);
    claim(w, MS_LINK_REQUEUE, "AAAAAAAA", NULL, T0);
    resolve(w);
    assert_link(w, 0, "requeue", 2, 1, 1);
}

/* ---- all ---- */

static void nothing_gives_nothing(void **state)
{
    struct world *w = *state;
    resolve(w);
    assert_int_equal(w->rows.n, 0);
}

static void rows_come_in_the_order_of_their_lines(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "AAAAAAAA", T0);
    life(w, 2, w->mx, "BBBBBBBB", T0 + 5 * SECOND);
    for (uint64_t i = 0; i < 100; i++) {
        struct ms_link_claim c = claim_of(w, MS_LINK_BOUNCE, "BBBBBBBB", NULL, T0 + 5 * SECOND);
        c.key = ms_row_key((uint32_t)(i * 37 % 10), i * 61 % 100);
        ms_links_add_claim(&w->links[i % 2], &c);
    }
    resolve(w);
    assert_int_equal(w->rows.n, 100);
    for (uint64_t i = 1; i < 100; i++)
        assert_true(key_at(w, i - 1) < key_at(w, i));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_relays_name_up_to_the_first_dot),
        TEST(a_look_alike_short_id_gives_no_link),
        TEST(an_id_that_no_log_knows_gives_no_link),
        TEST(a_short_id_whose_client_we_are),
        TEST(a_long_id_is_unique_by_itself),
        TEST(a_name_that_fits_beats_one_that_may),
        TEST(a_reused_id_is_told_by_time),
        TEST(a_clock_that_differs_is_allowed_for),
        TEST(two_candidates_are_none),
        TEST(a_loopback_hop_is_a_reinject),
        TEST(a_life_is_not_its_own_next_hop),
        TEST(bounce_forward_and_delay_notice),
        TEST(a_notice_that_is_not_logged_keeps_its_row),
        TEST(another_instance_has_other_ids),
        TEST(requeue),
        TEST(requeue_under_the_same_id),
        TEST(nothing_gives_nothing),
        TEST(rows_come_in_the_order_of_their_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
