/* Claims that compete, lines that name the parent, message-ids, and what becomes one mail. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "links_world.h"

/* ---- one child, one parent ---- */

/* A remote server may answer with an ID that it knows from a Received line. */
static void who_is_named_and_known_beats_who_only_says_so(void **state)
{
    struct world *w = *state;
    life_from(w, 2, w->relay, "4SVLCh0sf8zyN2", T0 + 4 * SECOND, "mx.example.org");
    claim(w, MS_LINK_NEXT_HOP, "4SVLCh0sf8zyN2", "relay1", T0 + 5 * SECOND);
    claim_by(w, life_of(3, w->other, "EEEEEEEE", T0), MS_LINK_NEXT_HOP, "4SVLCh0sf8zyN2", "evil.example",
             T0 + 5 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 1);
    assert_link(w, 0, "next_hop", 1, 2, 1);
    assert_int_equal(mail_of(w, 2), 1);
    assert_int_equal(mail_of(w, 3), 0);
}

static void two_parents_on_equal_grounds_leave_it_open(void **state)
{
    struct world *w = *state;
    life(w, 2, w->relay, "BBBBBBBB", T0 + 4 * SECOND);
    claim(w, MS_LINK_NEXT_HOP, "BBBBBBBB", "relay1", T0 + 5 * SECOND);
    claim(w, MS_LINK_NEXT_HOP, "BBBBBBBB", "relay1", T0 + 5 * SECOND); /* a second recipient is no second parent */
    claim_by(w, life_of(3, w->other, "EEEEEEEE", T0), MS_LINK_NEXT_HOP, "BBBBBBBB", "relay1", T0 + 5 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 3);
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(number_at(w, MS_COL_links_candidates, i), 2);
    assert_int_equal(w->n_mails, 0);
}

static void another_message_id_speaks_against_it(void **state)
{
    struct world *w = *state;
    struct ms_link_life copy = life_of(2, w->relay, "BBBBBBBB", T0 + 4 * SECOND);
    w->own.message_id = MS_SPAN_LIT("a@example.org");
    copy.message_id = MS_SPAN_LIT("b@example.org");
    add(w, copy);
    claim(w, MS_LINK_NEXT_HOP, "BBBBBBBB", "relay1.evil.example", T0 + 5 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 0);
}

static void unless_both_hosts_know_each_other(void **state)
{
    struct world *w = *state;
    struct ms_link_life copy = life_of(2, w->relay, "BBBBBBBB", T0 + 4 * SECOND);
    w->own.message_id = MS_SPAN_LIT("a@example.org");
    copy.message_id = MS_SPAN_LIT("b@example.org"); /* a header check wrote a new one */
    copy.client_name = MS_SPAN_LIT("mx.example.org");
    add(w, copy);
    claim(w, MS_LINK_NEXT_HOP, "BBBBBBBB", "relay1", T0 + 5 * SECOND);
    resolve(w);
    assert_link(w, 0, "next_hop", 1, 2, 1);
}

static void nobody_becomes_what_was_there_before(void **state)
{
    struct world *w = *state;
    life_from(w, 2, w->mx, "BBBBBBBB", T0 - SECOND, "localhost");
    struct ms_link_claim c = claim_of(w, MS_LINK_NEXT_HOP, "BBBBBBBB", "127.0.0.1", T0 + SECOND);
    c.loopback = true;
    ms_links_add_claim(&w->links[2], &c);
    resolve(w);
    assert_int_equal(w->rows.n, 0);
}

/* ---- the child's line names the parent ---- */

static void orig_queue_id_names_the_parent(void **state)
{
    struct world *w = *state;
    w->own = life_of(1, w->mx, "BBBBBBBB", T0);
    w->own.client_name = MS_SPAN_LIT("localhost");
    life(w, 2, w->mx, "AAAAAAAA", T0 - 60 * SECOND);
    life(w, 3, w->relay, "AAAAAAAA", T0 - 60 * SECOND);
    struct ms_link_life over = life_of(4, w->mx, "AAAAAAAA", T0 - 9000 * SECOND);
    add(w, over);
    claim(w, MS_LINK_REINJECT, "AAAAAAAA", "localhost", T0);
    resolve(w);
    assert_int_equal(w->rows.n, 1);
    assert_link(w, 0, "reinject", 2, 1, 1);
    assert_evidence(w, 0, "log_line");
    assert_text_cell(w, 0, MS_COL_links_from_queue_id, "AAAAAAAA");
    assert_int_equal(mail_of(w, 1), 2);
    assert_int_equal(mail_of(w, 2), 2);
}

static void orig_queue_id_of_another_host(void **state)
{
    struct world *w = *state;
    w->own = life_of(1, w->mx, "BBBBBBBB", T0);
    life(w, 2, w->relay, "AAAAAAAA", T0 - 60 * SECOND);
    claim(w, MS_LINK_REINJECT, "AAAAAAAA", "relay1.example.com", T0);
    resolve(w);
    assert_link(w, 0, "next_hop", 2, 1, 1);
}

static void orig_queue_id_that_is_not_here_gives_no_link(void **state)
{
    struct world *w = *state;
    life(w, 2, w->other, "AAAABBBB", T0 - 60 * SECOND);
    claim(w, MS_LINK_REINJECT, "AAAABBBB", "localhost", T0);
    resolve(w);
    assert_int_equal(w->rows.n, 0);
}

/* ---- message-ids ---- */

static struct ms_link_life copy_of(uint64_t txn_id, uint32_t host_id, const char *queue_id, int64_t begin_us)
{
    struct ms_link_life life = life_of(txn_id, host_id, queue_id, begin_us);
    life.message_id = MS_SPAN_LIT("m@example.org");
    life.client_name = MS_SPAN_LIT("mx.example.org");
    return life;
}

static void an_answer_without_an_id_falls_back_to_the_message_id(void **state)
{
    struct world *w = *state;
    w->own.message_id = MS_SPAN_LIT("m@example.org");
    add(w, copy_of(2, w->relay, "BBBBBBBB", T0 + 4 * SECOND));
    add(w, copy_of(3, w->relay, "CCCCCCCC", T0 + HOUR));       /* a later copy */
    add(w, copy_of(4, w->other, "DDDDDDDD", T0 + 4 * SECOND)); /* another way */
    claim(w, MS_LINK_NO_ID, NULL, "relay1", T0 + 5 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 1);
    assert_link(w, 0, "next_hop", 1, 2, 1);
    assert_evidence(w, 0, "message_id");
    assert_text_cell(w, 0, MS_COL_links_to_queue_id, "BBBBBBBB");
    assert_int_equal(w->n_mails, 0); /* no proof */
}

static void weak_links_say_how_many_fit(void **state)
{
    struct world *w = *state;
    w->own.message_id = MS_SPAN_LIT("m@example.org");
    for (uint64_t i = 0; i < 3; i++)
        add(w, copy_of(2 + i, w->relay, "BBBBBBBB", T0 + 4 * SECOND));
    claim(w, MS_LINK_NO_ID, NULL, "relay1", T0 + 5 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 3);
    for (uint64_t i = 0; i < 3; i++)
        assert_link(w, i, "next_hop", 1, (int64_t)(2 + i), 3);
}

static void what_thousands_share_says_nothing(void **state)
{
    struct world *w = *state;
    w->own.message_id = MS_SPAN_LIT("m@example.org");
    for (uint64_t i = 0; i < 5000; i++)
        add(w, copy_of(2 + i, w->relay, "BBBBBBBB", T0 + (int64_t)i * HOUR));
    claim(w, MS_LINK_NO_ID, NULL, "relay1", T0 + 5 * SECOND);
    claim(w, MS_LINK_BOUNCE, "BBBBBBBB", NULL, T0 + 5 * SECOND); /* has a row in any case */
    resolve(w);
    assert_int_equal(w->rows.n, 1);
    assert_link(w, 0, "bounce", 1, MS_NULL_I64, 0);
}

static void a_program_may_give_it_back(void **state)
{
    struct world *w = *state;
    struct ms_link_life back = copy_of(2, w->mx, "BBBBBBBB", T0 + 4 * SECOND);
    w->own.message_id = MS_SPAN_LIT("m@example.org");
    back.by_pickup = true;
    add(w, back);
    add(w, copy_of(3, w->mx, "CCCCCCCC", T0 + 4 * SECOND)); /* came by SMTP */
    claim(w, MS_LINK_TO_PROGRAM, NULL, "filter", T0 + 5 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 1);
    assert_link(w, 0, "reinject", 1, 2, 1);
}

static void message_ids_that_programs_spell_differently_prove_nothing(void **state)
{
    struct world *w = *state;
    struct ms_link_life copy = life_of(2, w->relay, "BBBBBBBB", T0 + 4 * SECOND);
    w->own.message_id = MS_SPAN_LIT("gr\xc3\xbc\xc3\x9f@example.org");
    copy.message_id = MS_SPAN_LIT("gr????@example.org");
    add(w, copy);
    claim(w, MS_LINK_NEXT_HOP, "BBBBBBBB", "relay1", T0 + 5 * SECOND);
    resolve(w);
    assert_link(w, 0, "next_hop", 1, 2, 1);
}

/* Every byte at every place: the hash for what can't be compared is 0, and only for that. */
static void message_ids_that_can_be_compared(void **state)
{
    (void)state;
    for (uint32_t n = 1; n <= 50; n++)
        for (uint32_t at = 0; at < n; at++)
            for (unsigned c = 0; c < 256; c++) {
                char id[50];
                memset(id, '!' + (int)(at % 2) * ('~' - '!'), sizeof id);
                id[at] = (char)c;
                bool plain = c > 0x20 && c < 0x7f && c != '?' && c != '\\';
                assert_int_equal(ms_link_message_hash(ms_span_of(id, n), 99) != 0, plain);
            }
    assert_int_equal(ms_link_message_hash(MS_SPAN_NULL, 99), 0);
    assert_int_equal(ms_link_message_hash(MS_SPAN_LIT(""), 99), 0);
}

static void names_up_to_the_first_dot_in_lower_case(void **state)
{
    (void)state;
    uint32_t label = ms_link_label(MS_SPAN_LIT("mx-1.example.org"), 99);
    assert_true(label != 0);
    assert_int_equal(ms_link_label(MS_SPAN_LIT("MX-1"), 99), label);
    assert_int_equal(ms_link_label(MS_SPAN_LIT("Mx-1.other.example"), 99), label);
    assert_true(ms_link_label(MS_SPAN_LIT("mx-10.example.org"), 99) != label);
    assert_int_equal(ms_link_label(MS_SPAN_LIT(".example.org"), 99), 0);
    assert_int_equal(ms_link_label(MS_SPAN_NULL, 99), 0);
}

/* The same links, whether all is kept in memory or in files. */
static void random_links_from_memory_and_from_files(void **state)
{
    struct world *w = *state;
    struct world *spilled;
    int dir_fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir_fd >= 0);
    set_up((void **)&spilled);
    for (size_t i = 0; i < 3; i++)
        ms_links_spill_to(&spilled->links[i], dir_fd, 0);
    spilled->dir_fd = dir_fd;
    static const char *const ids[] = {"AAAAAAAA", "BBBBBBBB", "CCCCCCCC", "4SVLCh0sf8zyN2"};
    struct world *both[] = {w, spilled};
    for (size_t k = 0; k < 2; k++) {
        srand(11);
        for (uint64_t i = 0; i < 20000; i++) {
            int64_t at = T0 + rand() % 20000 * SECOND;
            uint32_t host = (const uint32_t[]){w->mx, w->relay, w->other}[rand() % 3];
            char id[32];
            snprintf(id, sizeof id, "%.6s%02d", ids[rand() % 4], rand() % 50);
            struct ms_link_life l = life_of(2 + i, host, id, at);
            l.message_id = rand() % 2 ? MS_SPAN_LIT("m@example.org") : ms_span_str(id);
            l.client_name = rand() % 2 ? MS_SPAN_LIT("mx.example.org") : MS_SPAN_LIT("relay1");
            char other[32];
            snprintf(other, sizeof other, "%.6s%02d", ids[rand() % 4], rand() % 50);
            enum ms_link_kind kind = (enum ms_link_kind)(rand() % (MS_LINK_TO_PROGRAM + 1));
            const char *named = ms_link_by_message(kind) ? NULL : other;
            claim_by(both[k], l, kind, named, rand() % 2 ? "relay1" : "other", at + 5 * SECOND);
        }
        resolve(both[k]);
    }
    assert_true(w->rows.n > 1000);
    assert_int_equal(w->rows.n, spilled->rows.n);
    for (uint64_t i = 0; i < w->rows.n; i++)
        for (unsigned c = 0; c < MS_N_COL_links; c++)
            if (ms_tables[MS_LINKS].columns[c].type == MS_T_I64 || ms_tables[MS_LINKS].columns[c].type == MS_T_I32)
                assert_int_equal(number_at(w, c, i), number_at(spilled, c, i));
    assert_int_equal(w->n_mails, spilled->n_mails);
    assert_memory_equal(w->mails, spilled->mails, w->n_mails * sizeof *w->mails);
    tear_down((void **)&spilled);
    close(dir_fd);
}

/* ---- mails ---- */

static void a_chain_of_hops_is_one_mail_and_a_notice_is_another(void **state)
{
    struct world *w = *state;
    claim(w, MS_LINK_NEXT_HOP, "BBBBBBBB", "relay1", T0 + 5 * SECOND);
    claim(w, MS_LINK_BOUNCE, "CCCCCCCC", NULL, T0 + 5 * SECOND);
    life(w, 3, w->mx, "CCCCCCCC", T0 + 5 * SECOND);
    /* Its clock is behind: it began first, but it is a child. */
    claim_by(w, life_of(2, w->relay, "BBBBBBBB", T0 - SECOND), MS_LINK_FORWARD, "DDDDDDDD", NULL, T0 + 7 * SECOND);
    life(w, 4, w->relay, "DDDDDDDD", T0 + 7 * SECOND);
    resolve(w);
    assert_int_equal(w->rows.n, 3);
    assert_int_equal(w->n_mails, 3);
    assert_int_equal(mail_of(w, 1), 1);
    assert_int_equal(mail_of(w, 2), 1);
    assert_int_equal(mail_of(w, 4), 1);
    assert_int_equal(mail_of(w, 3), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_is_named_and_known_beats_who_only_says_so),
        TEST(two_parents_on_equal_grounds_leave_it_open),
        TEST(another_message_id_speaks_against_it),
        TEST(unless_both_hosts_know_each_other),
        TEST(nobody_becomes_what_was_there_before),
        TEST(orig_queue_id_names_the_parent),
        TEST(orig_queue_id_of_another_host),
        TEST(orig_queue_id_that_is_not_here_gives_no_link),
        TEST(an_answer_without_an_id_falls_back_to_the_message_id),
        TEST(weak_links_say_how_many_fit),
        TEST(what_thousands_share_says_nothing),
        TEST(a_program_may_give_it_back),
        TEST(message_ids_that_programs_spell_differently_prove_nothing),
        TEST(message_ids_that_can_be_compared),
        TEST(names_up_to_the_first_dot_in_lower_case),
        TEST(random_links_from_memory_and_from_files),
        TEST(a_chain_of_hops_is_one_mail_and_a_notice_is_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
