/* The state between two runs: what is written comes back; what is cut short or changed is told and never read on. */
#include "correlate/state.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/memory.h"
#include "correlate/local.h"

#define SEED 4711u

static int file_new(void)
{
    int fd = memfd_create("state", 0);
    assert_true(fd >= 0);
    return fd;
}

static off_t file_size(int fd)
{
    return lseek(fd, 0, SEEK_END);
}

/* ---- the file ---- */

static void write_some(int fd, size_t n_texts)
{
    struct ms_state_out out = {.fd = fd};
    for (size_t i = 0; i < n_texts; i++) {
        char *text = ms_calloc(1, i * 1000 + 1);
        memset(text, 'a' + (int)(i % 26), i * 1000);
        ms_state_put_number(&out, i);
        ms_state_put_text(&out, i % 7 == 3 ? MS_SPAN_NULL : ms_span_of(text, i * 1000));
        free(text);
    }
    assert_int_equal(ms_state_end(&out, NULL), MS_OK);
}

/* How many come back as they were. */
static size_t read_some(int fd, size_t n_texts, bool *is_bad)
{
    struct ms_state_in in = {.fd = fd};
    struct ms_arena arena = {0};
    size_t n_good = 0;
    lseek(fd, 0, SEEK_SET);
    for (size_t i = 0; i < n_texts; i++) {
        uint64_t number = ms_state_get_number(&in);
        struct ms_span text = ms_state_get_text(&in, &arena);
        bool same = number == i && (i % 7 == 3 ? text.p == NULL : text.p != NULL && text.n == i * 1000);
        for (uint32_t k = 0; same && k < text.n; k++)
            same = text.p[k] == 'a' + (int)(i % 26);
        n_good += same && !in.is_bad;
    }
    *is_bad = in.is_bad;
    ms_state_in_fini(&in);
    ms_arena_fini(&arena);
    return n_good;
}

static void state_file_comes_back(void **unused)
{
    (void)unused;
    int fd = file_new();
    bool is_bad;
    write_some(fd, 80); /* over three blocks */
    assert_int_equal(read_some(fd, 80, &is_bad), 80);
    assert_false(is_bad);
    assert_int_equal(read_some(fd, 81, &is_bad), 80); /* one more than there is */
    assert_true(is_bad);
    close(fd);
}

static void a_file_cut_anywhere_is_bad(void **unused)
{
    (void)unused;
    int fd = file_new();
    write_some(fd, 50);
    for (off_t size = file_size(fd) - 1; size >= 0; size -= size > 100 ? size / 9 : 1) {
        bool is_bad;
        assert_int_equal(ftruncate(fd, size), 0);
        assert_true(read_some(fd, 50, &is_bad) < 50);
        assert_true(is_bad);
    }
    close(fd);
}

static void a_changed_byte_is_seen(void **unused)
{
    (void)unused;
    int fd = file_new();
    write_some(fd, 50);
    off_t size = file_size(fd);
    for (off_t at = 0; at < size; at += 1 + size / 97) {
        char byte, other;
        bool is_bad;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        other = (char)(byte ^ 0x40);
        assert_int_equal(pwrite(fd, &other, 1, at), 1);
        assert_true(read_some(fd, 50, &is_bad) < 50);
        assert_true(is_bad);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    close(fd);
}

static void a_full_disk_is_told(void **unused)
{
    (void)unused;
    int fd = open("/dev/full", O_WRONLY);
    struct ms_state_out out = {.fd = fd};
    struct ms_error err = {0};
    ms_state_put_number(&out, 1);
    assert_int_equal(ms_state_end(&out, &err), MS_ERR_IO);
    assert_non_null(strstr(err.text, "state"));
    close(fd);
}

/* ---- what correlate keeps in it ---- */

struct world {
    struct ms_names *names;
    struct ms_correlate run;
    struct ms_correlator *c;
};

static void world_open(struct world *w)
{
    w->names = ms_names_create();
    ms_correlate_init(&w->run, w->names, 1, false, SEED);
    w->run.keeps_open = true;
    w->c = ms_correlator_create(&w->run, 1);
}

static void world_close(struct world *w)
{
    ms_correlator_destroy(w->c);
    ms_correlate_fini(&w->run);
    ms_names_destroy(w->names);
}

/* A mail that is open, with codes, texts and a text that is not there. */
static void open_mail(struct world *w, const char *queue_id)
{
    struct ms_carry *carry = &w->c->carry[w->c->carry_now ^ 1];
    struct ms_partial *p = ms_arena_alloc(&carry->arena, sizeof *p);
    struct ms_fact *f = ms_fact_new(&carry->arena, MS_ROLE_CLIENT), *g = ms_fact_new(&carry->arena, MS_ROLE_DELIVERY);
    *p = (struct ms_partial){.next = carry->lives, .dict = &carry->dict, .first = f, .last = g};
    p->key = ms_key_queue(0, 7, ms_arena_copy(&carry->arena, ms_span_str(queue_id)), SEED);
    memset(&f->u, 0xff, 6 * sizeof(uint32_t)); /* no codes */
    memset(&g->u, 0xff, 8 * sizeof(uint32_t));
    f->u.client.name = ms_dict_add(&carry->dict, MS_SPAN_LIT("client.example"));
    f->u.client.twin = g; /* of this run only */
    f->key = 11;
    f->u.client.session_id = -5;
    f->next = g;
    g->u.delivery.recipient = ms_dict_add(&carry->dict, MS_SPAN_LIT("a@b.example"));
    g->u.delivery.reply = ms_arena_copy(&carry->arena, MS_SPAN_LIT("250 ok"));
    g->key = 12;
    carry->lives = p;
}

static int saved_world(void)
{
    struct world w;
    struct ms_state_out out = {.fd = file_new()};
    world_open(&w);
    assert_true(ms_names_add_host(w.names, MS_SPAN_LIT("mx1")) == 1);
    assert_true(ms_names_set_alias(w.names, MS_SPAN_LIT("mx1.example"), MS_SPAN_LIT("mx1")));
    open_mail(&w, "4fPX1Z0Lx1zfhw");
    open_mail(&w, "ABCDEF");
    ms_links_add_life(&w.c->links, &(struct ms_link_life){.queue_id = MS_SPAN_LIT("ABCDEF"), .txn_id = 99});
    w.c->open_counts.n_facts = 4;
    ms_coverage_put(&w.c->coverage,
                    &(struct ms_coverage_cell){.host_id = 1, .tag_id = MS_NO_NAME, .hour = 5, .n_lines = 3});
    ms_state_save_names(w.names, &out);
    assert_int_equal(ms_state_save_open(&w.c, 1, INT64_MIN, INT64_MIN, &out, NULL), MS_OK);
    assert_int_equal(ms_state_end(&out, NULL), MS_OK);
    world_close(&w);
    return out.fd;
}

static bool load_world(struct world *w, int fd)
{
    struct ms_state_in in = {.fd = fd};
    lseek(fd, 0, SEEK_SET);
    w->names = ms_names_create();
    bool ok = ms_state_load_names(w->names, &in);
    ms_correlate_init(&w->run, w->names, 1, false, SEED);
    w->c = ms_correlator_create(&w->run, 1);
    ok = ok && ms_state_load_open(w->c, &in);
    ms_state_in_fini(&in);
    return ok;
}

static void what_is_open_comes_back(void **unused)
{
    (void)unused;
    struct world w;
    int fd = saved_world();
    assert_true(load_world(&w, fd));
    assert_int_equal(ms_names_add_host(w.names, MS_SPAN_LIT("mx1.example")), 1);
    struct ms_key key = ms_key_queue(0, 7, MS_SPAN_LIT("4fPX1Z0Lx1zfhw"), SEED);
    const struct ms_partial *p = ms_table_find_mp(w.run.lives, key.hash);
    assert_non_null(p);
    assert_true(ms_key_eq(&p->key, &key));
    const struct ms_fact *f = p->first, *g = f->next;
    assert_true(ms_span_is(ms_dict_text(p->dict, f->u.client.name), "client.example"));
    assert_int_equal(f->u.client.ip, MS_NO_CODE);
    assert_null(f->u.client.twin);
    assert_null(f->u.client.queue_id.p);
    assert_int_equal(f->u.client.session_id, -5);
    assert_int_equal(f->key, 11);
    assert_true(ms_span_is(ms_dict_text(p->dict, g->u.delivery.recipient), "a@b.example"));
    assert_true(ms_span_is(g->u.delivery.reply, "250 ok"));
    assert_ptr_equal(p->last, g);
    assert_int_equal(w.c->n_facts_in, 4);
    assert_int_equal(w.c->coverage.n_cells, 1);
    assert_int_equal(w.c->coverage.cells[0].n_lines, 3);
    world_close(&w);
    close(fd);
}

/* Cut short at any place it is refused, and nothing is read that is not there (ASan watches). */
static void a_cut_state_is_refused(void **unused)
{
    (void)unused;
    int fd = saved_world();
    for (off_t size = file_size(fd) - 1; size > 0; size -= 1 + size / 40) {
        struct world w;
        assert_int_equal(ftruncate(fd, size), 0);
        assert_false(load_world(&w, fd));
        world_close(&w);
    }
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_file_comes_back),   cmocka_unit_test(a_file_cut_anywhere_is_bad),
        cmocka_unit_test(a_changed_byte_is_seen),  cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(what_is_open_comes_back), cmocka_unit_test(a_cut_state_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
