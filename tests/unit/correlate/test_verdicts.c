/* Whose mail a verdict is about. */
#include "links_world.h"

#include "correlate/verdicts_resolve.h"

struct court {
    struct world *w;
    struct ms_verdicts verdicts[2];
    struct ms_verdicts_resolve resolve;
    struct ms_rows rows;
    unsigned n_lines;
    uint32_t tag;
};

static int court_set_up(void **state)
{
    void *world;
    struct court *c = calloc(1, sizeof *c);
    set_up(&world);
    c->w = world;
    for (size_t i = 0; i < 2; i++)
        ms_verdicts_init(&c->verdicts[i], 99);
    ms_rows_init(&c->rows, &ms_tables[MS_VERDICTS]);
    c->tag = MS_NO_NAME;
    *state = c;
    return 0;
}

static int court_tear_down(void **state)
{
    struct court *c = *state;
    void *world = c->w;
    for (size_t i = 0; i < 2; i++)
        ms_verdicts_fini(&c->verdicts[i]);
    ms_verdicts_resolve_fini(&c->resolve);
    ms_rows_fini(&c->rows);
    tear_down(&world);
    free(c);
    return 0;
}

/* A line of a helper; the texts may be NULL. */
static struct ms_event line_of(const char *queue_id, const char *session, const char *message_id, int64_t time_us)
{
    struct ms_event e = {.role = MS_ROLE_VERDICT, .time_us = time_us, .tag_id = MS_NO_NAME};
    e.queue_id = ms_span_str(queue_id);
    e.u.verdict.session = ms_span_str(session);
    e.u.verdict.message_id = ms_span_str(message_id);
    e.u.verdict.verdict = MS_SPAN_LIT("clean");
    e.u.verdict.took_ms = MS_NONE;
    return e;
}

static void say(struct court *c, uint32_t host, struct ms_event e)
{
    ms_verdicts_add(&c->verdicts[c->n_lines % 2], &e, ms_row_key(0, 1000 + c->n_lines), host, true);
    c->n_lines++;
}

static void judge(struct court *c)
{
    struct ms_error err;
    struct world *w = c->w;
    struct ms_verdicts *verdicts[3] = {&c->verdicts[0], &c->verdicts[1], &c->verdicts[1]};
    struct ms_links *links[3] = {&w->links[0], &w->links[1], &w->links[2]};
    c->resolve = (struct ms_verdicts_resolve){
        .names = w->names, .dir_fd = -1, .limit_bytes = SIZE_MAX, .n_places = 1, .place_of = one_place};
    assert_int_equal(ms_verdicts_resolve(&c->resolve, verdicts, 3, links, 3, &err), MS_OK);
    assert_int_equal(ms_verdicts_rows(&c->resolve, 0, &w->dict, &w->arena, &c->rows, &err), MS_OK);
    ms_rows_settle(&c->rows);
    for (size_t i = 0; i < c->rows.table->n_columns; i++)
        ms_rows_settle_column(&c->rows, i);
}

static void assert_judged(struct court *c, uint64_t row, int64_t txn_id, const char *evidence)
{
    int64_t word = ms_rows_cell(&c->rows, row, MS_COL_verdicts_evidence);
    assert_int_equal(ms_rows_cell(&c->rows, row, MS_COL_verdicts_txn_id), txn_id);
    if (evidence == NULL)
        assert_true(word == MS_NULL_I64);
    else
        assert_true(ms_span_is(ms_dict_text(&c->w->dict, (uint32_t)word), evidence));
}
#define OPEN MS_NULL_I64

static void add_life(struct court *c, uint64_t txn_id, uint32_t host, const char *id, const char *message_id,
                     int64_t begin_us)
{
    struct ms_link_life l = life_of(txn_id, host, id, begin_us);
    l.message_id = ms_span_str(message_id);
    l.last_us = begin_us + 10 * SECOND;
    ms_links_add_life(&c->w->links[txn_id % 2], &l);
}

static void the_ID_on_its_own_host_in_time(void **state)
{
    struct court *c = *state;
    add_life(c, 1, c->w->mx, "AAAAAAAA", "m@x", T0);
    add_life(c, 2, c->w->mx, "AAAAAAAA", "n@x", T0 + HOUR * 5); /* used again */
    add_life(c, 3, c->w->relay, "AAAAAAAA", "o@x", T0);         /* looks alike */
    say(c, c->w->mx, line_of("AAAAAAAA", NULL, NULL, T0 + 5 * SECOND));
    say(c, c->w->mx, line_of("AAAAAAAA", NULL, NULL, T0 + HOUR * 5 + 12 * SECOND)); /* late */
    say(c, c->w->mx, line_of("AAAAAAAA", NULL, NULL, T0 + 40 * 60 * SECOND));       /* of a mail that lies in wait */
    say(c, c->w->mx, line_of("AAAAAAAA", NULL, NULL, T0 + HOUR * 3));
    say(c, c->w->other, line_of("AAAAAAAA", NULL, NULL, T0 + 5 * SECOND));
    say(c, c->w->mx, line_of("AAAAAAAA", NULL, "forged@x", T0 + 5 * SECOND));
    judge(c);
    assert_judged(c, 0, 1, "queue_id");
    assert_judged(c, 1, 2, "queue_id");
    assert_judged(c, 2, 1, "queue_id");
    assert_judged(c, 3, OPEN, NULL);
    assert_judged(c, 4, OPEN, NULL); /* another host's short ID proves nothing ... */
    assert_judged(c, 5, OPEN, NULL);
}

static void the_ID_on_another_host_with_better_grounds(void **state)
{
    struct court *c = *state;
    add_life(c, 1, c->w->mx, "AAAAAAAA", "m@x", T0);
    add_life(c, 2, c->w->relay, "4jWzps6rGczFqjC", NULL, T0);
    say(c, c->w->other, line_of("AAAAAAAA", NULL, "m@x", T0 + SECOND));
    say(c, c->w->other, line_of("4jWzps6rGczFqjC", NULL, NULL, T0 + SECOND));
    judge(c);
    assert_judged(c, 0, 1, "queue_id");
    assert_judged(c, 1, 2, "queue_id");
}

static void two_instances_leave_it_open(void **state)
{
    struct court *c = *state;
    add_life(c, 1, c->w->mx, "AAAAAAAA", "m@x", T0);
    struct ms_link_life l = life_of(2, c->w->mx, "AAAAAAAA", T0 + SECOND);
    l.instance = POSTFIX_OUT;
    l.message_id = MS_SPAN_LIT("n@x");
    ms_links_add_life(&c->w->links[0], &l);
    say(c, c->w->mx, line_of("AAAAAAAA", NULL, NULL, T0 + 5 * SECOND));
    say(c, c->w->mx, line_of("AAAAAAAA", NULL, "n@x", T0 + 5 * SECOND));
    judge(c);
    assert_judged(c, 0, OPEN, NULL);
    assert_judged(c, 1, 2, "queue_id");
}

static void the_message_id_on_its_own_host_first(void **state)
{
    struct court *c = *state;
    add_life(c, 1, c->w->mx, "AAAAAAAA", "m@x", T0);
    add_life(c, 2, c->w->relay, "BBBBBBBB", "m@x", T0 + 9 * SECOND);
    add_life(c, 3, c->w->relay, "CCCCCCCC", "n@x", T0);
    add_life(c, 4, c->w->relay, "DDDDDDDD", "n@x", T0 + SECOND); /* two of them */
    say(c, c->w->relay, line_of(NULL, NULL, "m@x", T0 + 10 * SECOND));
    say(c, c->w->other, line_of(NULL, NULL, "m@x", T0 + 15 * SECOND));
    say(c, c->w->relay, line_of(NULL, NULL, "n@x", T0 + 5 * SECOND));
    say(c, c->w->mx, line_of("EEEEEEEE", NULL, "m@x", T0 + 5 * SECOND)); /* its own ID is in no log */
    judge(c);
    assert_judged(c, 0, 2, "message_id");
    assert_judged(c, 1, 2, "message_id"); /* the first hop is over by then */
    assert_judged(c, 2, OPEN, NULL);
    assert_judged(c, 3, 1, "message_id");
}

static void the_session_in_the_reply(void **state)
{
    struct court *c = *state;
    struct world *w = c->w;
    struct ms_link_claim to_mailbox = claim_of(w, MS_LINK_NEXT_HOP, "aBcD:2", "imap", T0 + 3 * SECOND);
    ms_links_add_claim(&w->links[1], &to_mailbox);
    add_life(c, 1, w->mx, "AAAAAAAA", "m@x", T0);
    add_life(c, 2, w->mx, "BBBBBBBB", "m@x", T0);
    say(c, w->other, line_of(NULL, "aBcD:2", "m@x", T0 + 3 * SECOND));
    say(c, w->other,
        line_of(NULL, "aBcD:2:1", "m@x", T0 + 3 * SECOND)); /* not that one, and both have the message-id */
    say(c, w->other, line_of(NULL, "aBcD:2", "n@x", T0 + 3 * SECOND));
    say(c, w->other, line_of(NULL, "aBcD:2", "m@x", T0 + HOUR));
    judge(c);
    assert_judged(c, 0, 1, "session_id");
    assert_judged(c, 1, OPEN, NULL);
    assert_judged(c, 2, OPEN, NULL);
    assert_judged(c, 3, OPEN, NULL);
}

static void a_row_for_each_recipient(void **state)
{
    struct court *c = *state;
    struct ms_event e = line_of(NULL, NULL, NULL, T0);
    e.u.verdict.recipients = MS_SPAN_LIT("<a@x>,<\"b, <c>\"@x>,<>");
    say(c, c->w->mx, e);
    e.u.verdict.recipients = MS_SPAN_LIT("a@x,b@x");
    e.u.verdict.score = MS_SPAN_LIT("-1.5");
    e.u.verdict.threshold = MS_SPAN_LIT("1e5");
    say(c, c->w->mx, e);
    judge(c);
    assert_int_equal(c->rows.n, 5);
    static const char *const recipients[] = {"a@x", "\"b, <c>\"@x", "", "a@x", "b@x"};
    for (uint64_t i = 0; i < 5; i++)
        assert_true(ms_span_is(
            ms_dict_text(&c->w->dict, (uint32_t)ms_rows_cell(&c->rows, i, MS_COL_verdicts_recipient)), recipients[i]));
    assert_int_equal(ms_rows_cell(&c->rows, 4, MS_COL_verdicts_score), ms_double_cell(-1.5));
    assert_int_equal(ms_rows_cell(&c->rows, 4, MS_COL_verdicts_threshold), MS_NULL_I64);
}

static void a_filter_tells_what_the_mail_became(void **state)
{
    struct court *c = *state;
    struct world *w = c->w;
    add_life(c, 2, w->mx, "BBBBBBBB", "m@x", T0 + 4 * SECOND);
    add_life(c, 3, w->mx, "CCCCCCCC", "m@x", T0 + 4 * SECOND);
    life(w, 1, w->mx, "AAAAAAAA", T0);
    w->own.message_id = MS_SPAN_LIT("m@x");
    struct ms_link_claim same = claim_of(w, MS_LINK_NEXT_HOP, "CCCCCCCC", "localhost", T0 + 5 * SECOND);
    same.loopback = true;
    ms_links_add_claim(&w->links[2], &same); /* the MTA says the same of the other one */
    struct ms_event e = line_of("AAAAAAAA", NULL, "m@x", T0 + 5 * SECOND);
    e.u.verdict.next_queue_id = MS_SPAN_LIT("BBBBBBBB/CCCCCCCC");
    e.u.verdict.took_ms = 2000;
    ms_links_add_life(&w->links[2], &w->own);
    say(c, w->mx, e);
    judge(c);
    w->own.queue_id = MS_SPAN_LIT("ZZZZZZZZ"); /* (resolve adds it again) */
    w->own.txn_id = 99;
    w->own.message_id = MS_SPAN_NULL;
    resolve(w);
    assert_int_equal(w->rows.n, 2);
    assert_link(w, 0, "reinject", 1, 2, 1);
    assert_link(w, 1, "reinject", 1, 3, 1);
    assert_judged(c, 0, 1, "queue_id");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, court_set_up, court_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_ID_on_its_own_host_in_time),
        TEST(the_ID_on_another_host_with_better_grounds),
        TEST(two_instances_leave_it_open),
        TEST(the_message_id_on_its_own_host_first),
        TEST(the_session_in_the_reply),
        TEST(a_row_for_each_recipient),
        TEST(a_filter_tells_what_the_mail_became),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
