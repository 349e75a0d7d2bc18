/* Which life a line means when it names another queue ID. */
#include "links_world.h"

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
    assert_int_equal(number_at(w, MS_COL_links_line_offset, 0), 1001);
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
    ms_links_add_claim(&w->links[2], &c);
    resolve(w);
    assert_int_equal(w->rows.n, 1);
    assert_link(w, 0, "reinject", 1, 2, 1);
    assert_host(w, 0, MS_COL_links_to_host, "mx.example.org");
}

/* An instance that logs another host's name: the ID there is not enough, the message-id has to agree. */
static void a_loopback_hop_to_another_name_needs_the_message_id(void **state)
{
    static const char *const ids[] = {NULL, "other@example.org", "one@example.org"};
    for (size_t i = 0; i < 3; i++) {
        struct world *w = *state;
        struct ms_link_life there = life_of(2, w->relay, "BBBBBBBB", T0 + 4 * SECOND);
        w->own.message_id = MS_SPAN_LIT("one@example.org");
        there.message_id = ids[i] ? ms_span_str(ids[i]) : MS_SPAN_NULL;
        struct ms_link_claim c = claim_of(w, MS_LINK_NEXT_HOP, "BBBBBBBB", "127.0.0.1", T0 + 5 * SECOND);
        c.loopback = true;
        ms_links_add_claim(&w->links[2], &c);
        add(w, there);
        resolve(w);
        assert_int_equal(w->rows.n, i == 2);
        if (i == 2)
            assert_link(w, 0, "next_hop", 1, 2, 1);
        else
            assert_int_equal(tear_down(state) | set_up(state), 0);
    }
}

/* --host-map knows relay and client by names that share nothing with what their hosts log. */
static void names_of_the_map_mean_their_host(void **state)
{
    static const char *const relays[] = {"front.example.org", "in.example.net", "in.example.org"};
    for (size_t i = 0; i < 3; i++) {
        struct world *w = *state;
        assert_true(ms_names_set_alias(w->names, MS_SPAN_LIT("front"), MS_SPAN_LIT("Relay1"))); /* a label */
        assert_true(ms_names_set_alias(w->names, MS_SPAN_LIT("in.example.net"), MS_SPAN_LIT("Relay1")));
        life(w, 2, w->relay, "BBBBBBBB", T0 + 4 * SECOND);
        claim(w, MS_LINK_NEXT_HOP, "BBBBBBBB", relays[i], T0 + 5 * SECOND);
        resolve(w);
        assert_int_equal(w->rows.n, i < 2);
        assert_int_equal(tear_down(state) | set_up(state), 0);
    }
    struct world *w = *state;
    assert_true(ms_names_set_alias(w->names, MS_SPAN_LIT("nat.example.org"), MS_SPAN_LIT("mx.example.org")));
    add(w, life_of(3, w->other, "CCCCCCCC", T0 + 4 * SECOND));
    struct ms_link_life there = life_of(2, w->relay, "BBBBBBBB", T0 + 4 * SECOND);
    there.client_name = MS_SPAN_LIT("nat.example.org");
    add(w, there);
    claim(w, MS_LINK_NEXT_HOP, "BBBBBBBB", "elsewhere.example.org", T0 + 5 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 1);
    assert_link(w, 0, "next_hop", 1, 2, 1);
}

static void a_life_is_not_its_own_next_hop(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "AAAAAAAA", T0 + 4 * SECOND);
    struct ms_link_claim c = claim_of(w, MS_LINK_NEXT_HOP, "AAAAAAAA", "127.0.0.1", T0 + 5 * SECOND);
    c.loopback = true;
    ms_links_add_claim(&w->links[2], &c);
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

/* Exim names but the mail that a report is about. Nobody failed since the last one: it says that the mail is late. */
static void a_report_without_a_failure_is_of_a_delay(void **state)
{
    static const struct {
        enum ms_link_kind kind;
        int64_t at_s;
        const char *row;
    } told[] = {
        {MS_LINK_BOUNCE_OF, 100, "delay_notice"}, {MS_LINK_FAILED, 200, NULL}, {MS_LINK_BOUNCE_OF, 200, "bounce"},
        {MS_LINK_BOUNCE_OF, 202, "bounce"}, /* to another owner */
        {MS_LINK_BOUNCE_OF, 210, "delay_notice"}, {MS_LINK_FAILED, 300, NULL}, {MS_LINK_FAILED, 301, NULL},
        {MS_LINK_BOUNCE_OF, 400, "bounce"}};
    enum { N = sizeof told / sizeof *told };
    struct world *w = *state;
    life(w, 1, w->mx, "AAAAAAAA", T0);
    for (size_t i = 0; i < N; i++) {
        struct ms_link_claim c = claim_of(w, told[i].kind, "AAAAAAAA", "", T0 + told[i].at_s * SECOND);
        c.key = ms_row_key(3, 1000 + i);
        struct ms_link_life child = life_of(2 + i, w->mx, "BBBBBBBB", c.time_us);
        struct ms_links *links = &w->links[told[i].row == NULL ? 2 : i % 2];
        ms_links_add_claim(links, &c);
        if (told[i].row != NULL)
            ms_links_add_life(links, &child);
    }
    resolve(w);
    size_t at = 0;
    for (size_t i = 0; i < N; i++)
        if (told[i].row != NULL)
            assert_link(w, at++, told[i].row, 1, 2 + i, 1);
    assert_int_equal(w->rows.n, at);
}

/* ---- processes of qmail's ---- */

static void taken_by(struct world *w, uint64_t txn_id, uint32_t host_id, const char *queue_id, int64_t begin_us,
                     const char *process)
{
    struct ms_link_life life = life_of(txn_id, host_id, queue_id, begin_us);
    life.second_id = ms_span_str(process);
    add(w, life);
}

static void what_names_a_process(void **state)
{
    (void)state;
    static const char *const others[] = {"",         "qp",         "qp 4711 ",  "xqp 4711", "17 qp4711", "1_qp_",
                                         "aqp_4711", "a1_qp_4711", "1-qp_4711", "4711",     "qp_47x11"};
    int64_t told_us;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (ms_link_process(ms_span_str(others[i]), &told_us).p != NULL)
            fail_msg("`%s` names a process", others[i]);
    assert_true(ms_span_is(ms_link_process(MS_SPAN_LIT("qp 4711"), &told_us), "4711") && told_us == MS_NONE);
    assert_true(ms_span_is(ms_link_process(MS_SPAN_LIT("qp_4711"), &told_us), "4711") && told_us == MS_NONE);
    assert_true(ms_span_is(ms_link_process(MS_SPAN_LIT("1700000000_qp_9"), &told_us), "9") && told_us == T0);
}

static void the_process_that_made_a_report(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "100", T0);
    taken_by(w, 2, w->mx, "101", T0 + 10 * SECOND, "qp 4711");
    taken_by(w, 3, w->mx, "102", T0 + 40 * SECOND, "qp 4711"); /* the number again */
    taken_by(w, 4, w->other, "101", T0 + 10 * SECOND, "qp 4711");
    taken_by(w, 5, w->mx, "4711", T0 + 10 * SECOND, "qp 4712"); /* a message of that number */
    claim(w, MS_LINK_BOUNCE, "qp 4711", "", T0 + 9 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 1);
    assert_link(w, 0, "bounce", 1, 2, 1);
    assert_text_cell(w, 0, MS_COL_links_to_queue_id, "101");
}

static void a_program_goes_on_after_it_has_forwarded(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "100", T0);
    taken_by(w, 2, w->mx, "101", T0 + 10 * SECOND, "qp 4711");
    claim(w, MS_LINK_FORWARD, "qp_4711", "", T0 + 100 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 1);
    assert_link(w, 0, "forward", 1, 2, 1);
}

static void two_mails_of_one_number_leave_it_open(void **state)
{
    struct world *w = *state;
    life(w, 1, w->mx, "100", T0);
    taken_by(w, 2, w->mx, "101", T0 + 10 * SECOND, "qp 4711");
    taken_by(w, 3, w->mx, "102", T0 + 60 * SECOND, "qp 4711");
    claim(w, MS_LINK_FORWARD, "qp_4711", "", T0 + 61 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 1);
    assert_link(w, 0, "forward", 1, MS_NULL_I64, 2);
}

/* The answer says when, by the clock of the host that has the process; the line's own clock may be a minute off. */
static void the_next_hops_process(void **state)
{
    static const struct {
        const char *relay, *id;
        int64_t want;
    } cases[] = {
        {"relay1.example.com", "1700000020 qp 4711", 2},
        {"relay1.example.com", "1700000050 qp 4711", 0}, /* not at that time */
        {"relay1.example.com", "1700000020 qp 4712", 0},
        {"relay9.example.com", "1700000020 qp 4711", 0}, /* another host */
        {"", "1700000020_qp_4711", 2},                   /* qmail names no relay */
        {"relay1.example.com", "qp 4711", 0},            /* who knows when */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = *state;
        life(w, 1, w->mx, "AAAAAAAA", T0);
        taken_by(w, 2, w->relay, "101", T0 + 21 * SECOND, "qp 4711");
        claim(w, MS_LINK_NEXT_HOP, cases[i].id, cases[i].relay, T0 + 80 * SECOND);
        resolve(w);
        if (w->rows.n != (cases[i].want != 0))
            fail_msg("case %zu: %zu rows", i, w->rows.n);
        if (cases[i].want != 0)
            assert_link(w, 0, "next_hop", 1, cases[i].want, 1);
        tear_down(state);
        set_up(state);
    }
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
    struct ms_link_life elsewhere = life_of(2, w->mx, "BBBBBBBB", T0 + 5 * SECOND);
    elsewhere.instance = POSTFIX_OUT;
    life(w, 1, w->mx, "AAAAAAAA", T0);
    add(w, elsewhere);
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
        ms_links_add_claim(&w->links[2], &c);
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
        TEST(a_loopback_hop_to_another_name_needs_the_message_id),
        TEST(names_of_the_map_mean_their_host),
        TEST(a_life_is_not_its_own_next_hop),
        TEST(bounce_forward_and_delay_notice),
        TEST(a_report_without_a_failure_is_of_a_delay),
        TEST(what_names_a_process),
        TEST(the_process_that_made_a_report),
        TEST(a_program_goes_on_after_it_has_forwarded),
        TEST(two_mails_of_one_number_leave_it_open),
        TEST(the_next_hops_process),
        TEST(a_notice_that_is_not_logged_keeps_its_row),
        TEST(another_instance_has_other_ids),
        TEST(requeue),
        TEST(requeue_under_the_same_id),
        TEST(nothing_gives_nothing),
        TEST(rows_come_in_the_order_of_their_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
