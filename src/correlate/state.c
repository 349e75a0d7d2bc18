#include <stdlib.h>
#include <xxhash.h>

#include "base/memory.h"
#include "correlate/mails.h"
#include "correlate/state_parts.h"
#include "parse/repeats.h"

/* ---- the layout ---- */

uint64_t ms_state_layout(void)
{
    static const size_t sizes[] = {sizeof(struct ms_fact),
                                   sizeof(struct ms_key),
                                   sizeof(struct ms_parked_list),
                                   sizeof(struct ms_link_life_record),
                                   sizeof(struct ms_link_claim_record),
                                   sizeof(struct ms_verdict_record),
                                   sizeof(struct ms_coverage_cell),
                                   sizeof(struct ms_mail_pair),
                                   sizeof(struct ms_clock_host),
                                   sizeof(struct ms_clock_file),
                                   sizeof(struct ms_file_counts),
                                   sizeof(struct ms_counts)};
    uint64_t h = XXH3_64bits(sizes, sizeof sizes);
    h = XXH3_64bits_withSeed(ms_fact_shapes, sizeof ms_fact_shapes, h);
    for (size_t i = 0; i < ms_n_kinds; i++)
        h = XXH3_64bits_withSeed(ms_kinds[i].name, strlen(ms_kinds[i].name), h);
    for (unsigned t = 0; t < MS_N_TABLES; t++)
        for (size_t i = 0; i < ms_tables[t].n_columns; i++)
            h = XXH3_64bits_withSeed(ms_tables[t].columns[i].name, strlen(ms_tables[t].columns[i].name), h);
    return h;
}

/* ---- names, clocks ---- */

void ms_state_save_names(const struct ms_names *names, struct ms_state_out *out)
{
    uint32_t n_hosts = ms_names_n_hosts(names), n_tags = ms_names_n_tags(names);
    ms_state_put_number(out, n_hosts);
    for (uint32_t i = 0; i < n_hosts; i++)
        ms_state_put_text(out, ms_names_host(names, i));
    for (uint32_t i = 0; i < n_hosts; i++)
        ms_state_put_number(out, ms_names_one_host(names, i));
    ms_state_put_number(out, n_tags);
    for (uint32_t i = 0; i < n_tags; i++)
        ms_state_put_text(out, ms_names_tag(names, i)->tag);
}

static bool load_host(struct ms_names *names, uint32_t id, uint32_t n_there, struct ms_span name)
{
    return id < n_there ? ms_span_eq(ms_names_host(names, id), name) : ms_names_restore_host(names, name);
}

static bool load_alias(struct ms_names *names, uint32_t id, uint32_t n_there, uint64_t n, uint64_t host)
{
    if (id < n_there)
        return host == ms_names_one_host(names, id);
    return host == id || (host < n && ms_names_restore_alias(names, id, (uint32_t)host));
}

bool ms_state_load_same_names(struct ms_names *names, struct ms_state_in *in)
{
    uint32_t n_hosts_there = ms_names_n_hosts(names), n_tags_there = ms_names_n_tags(names);
    struct ms_arena arena = {0};
    uint64_t n_hosts = ms_state_get_count(in);
    bool ok = n_hosts >= n_hosts_there;
    for (uint32_t i = 0; ok && i < n_hosts; i++)
        ok = load_host(names, i, n_hosts_there, ms_state_get_text(in, &arena));
    for (uint32_t i = 0; ok && i < n_hosts; i++)
        ok = load_alias(names, i, n_hosts_there, n_hosts, ms_state_get_number(in));
    uint64_t n_tags = ok ? ms_state_get_count(in) : 0;
    ok = ok && n_tags >= n_tags_there;
    for (uint32_t i = 0; ok && i < n_tags; i++) {
        struct ms_span tag = ms_state_get_text(in, &arena);
        ok = i < n_tags_there ? ms_span_eq(ms_names_tag(names, i)->tag, tag) : ms_names_restore_tag(names, tag);
    }
    ms_arena_fini(&arena);
    return ok && !in->is_bad;
}

bool ms_state_load_names(struct ms_names *names, struct ms_state_in *in)
{
    return ms_names_n_hosts(names) == 0 && ms_names_n_tags(names) == 0 && ms_state_load_same_names(names, in);
}

void ms_state_save_hosts(const struct ms_clock *clock, struct ms_state_out *out)
{
    ms_state_put_number(out, clock->n_hosts);
    ms_state_put(out, clock->hosts, clock->n_hosts * sizeof *clock->hosts);
}

bool ms_state_load_hosts(struct ms_clock *clock, uint32_t n_names, struct ms_state_in *in)
{
    uint64_t n = ms_state_get_count(in);
    if (in->is_bad || n > n_names)
        return false;
    clock->hosts = ms_grow(clock->hosts, &clock->cap_hosts, (size_t)n, sizeof *clock->hosts);
    clock->n_hosts = (size_t)n;
    ms_state_get(in, clock->hosts, (size_t)n * sizeof *clock->hosts);
    for (size_t i = 0; i < n; i++) { /* files may have other numbers now */
        clock->hosts[i].file_id = UINT32_MAX;
        clock->hosts[i].is_beside = false;
    }
    return !in->is_bad;
}

/* ---- lines that sum up ---- */

struct saving_repeats {
    struct ms_state_out *out;
    bool (*keeps)(void *user, uint32_t file_id);
    void *user;
};

static void save_repeats(void *saving, uint32_t file_id, struct ms_span bytes)
{
    struct saving_repeats *s = saving;
    if (s->keeps != NULL && !s->keeps(s->user, file_id))
        return;
    ms_state_put_number(s->out, 1);
    ms_state_put_number(s->out, file_id);
    ms_state_put_text(s->out, bytes);
}

void ms_state_save_repeats(const struct ms_correlate *run, bool (*keeps)(void *user, uint32_t file_id), void *user,
                           struct ms_state_out *out)
{
    struct saving_repeats s = {out, keeps, user};
    ms_repeat_memory_each(run->repeats, save_repeats, &s);
    ms_state_put_number(out, 0);
}

bool ms_state_load_repeats(struct ms_correlate *run, size_t n_files, struct ms_state_in *in)
{
    struct ms_arena arena = {0};
    bool ok = true;
    while (ok && ms_state_get_count(in) == 1) {
        uint64_t file_id = ms_state_get_number(in);
        struct ms_span bytes = ms_state_get_text(in, &arena);
        ok = !in->is_bad && file_id < n_files && bytes.p != NULL &&
             ms_repeat_memory_put(run->repeats, (uint32_t)file_id, bytes, ms_names_n_hosts(run->names));
    }
    ms_arena_fini(&arena);
    return ok && !in->is_bad;
}

/* ---- lists ---- */

static enum ms_status save_lists(struct ms_correlator *const *workers, size_t n, enum ms_carried which,
                                 struct ms_state_out *out, struct ms_error *err)
{
    struct ms_correlate *run = workers[0]->run;
    for (size_t w = 0; w < n; w++)
        ms_carry_save(workers[w], which, out);
    ms_carry_save_parked(run, which, out);
    ms_state_put_number(out, 0);
    return ms_parked_check(&run->parked[which], err);
}

enum ms_status ms_state_save_lists(struct ms_correlator *const *workers, size_t n, struct ms_state_out *out,
                                   struct ms_error *err)
{
    enum ms_status st = save_lists(workers, n, MS_CARRIED_SESSIONS, out, err);
    return st == MS_OK ? save_lists(workers, n, MS_CARRIED_LIVES, out, err) : st;
}

static bool load_lists(struct ms_correlator *c, enum ms_carried which, struct ms_state_in *in)
{
    struct ms_buffer bytes = {0};
    bool ok = true;
    while (ok && ms_state_get_count(in) == 1) {
        struct ms_parked_list list;
        ms_state_get(in, &list, sizeof list);
        ok = !in->is_bad && list.n_bytes < UINT32_MAX;
        bytes.size_bytes = 0;
        ms_buffer_reserve(&bytes, ok ? list.n_bytes : 0);
        ms_state_get(in, bytes.data, ok ? list.n_bytes : 0);
        ok = ok && !in->is_bad && ms_carry_restore(c, which, &list, bytes.data);
    }
    ms_buffer_fini(&bytes);
    return ok && !in->is_bad;
}

bool ms_state_load_lists(struct ms_correlator *c, struct ms_state_in *in)
{
    return load_lists(c, MS_CARRIED_SESSIONS, in) && load_lists(c, MS_CARRIED_LIVES, in);
}

/* ---- spools ---- */

/* Which of the records are kept, and how long one is. */
struct keeping {
    struct ms_state_out *out;
    int64_t keep_us;
    size_t (*measure)(const char *record, int64_t *time_us);
    struct ms_buffer kept;
};

static size_t measure_life(const char *record, int64_t *time_us)
{
    struct ms_link_life_record r;
    memcpy(&r, record, sizeof r);
    *time_us = r.last_us;
    return sizeof r + r.n_queue_id;
}

static size_t measure_claim(const char *record, int64_t *time_us)
{
    struct ms_link_claim_record r;
    memcpy(&r, record, sizeof r);
    *time_us = r.time_us;
    return sizeof r + r.n_queue_id + r.n_other + r.n_recipient;
}

static size_t measure_verdict(const char *record, int64_t *time_us)
{
    const struct ms_verdict_record *r = (const struct ms_verdict_record *)(const void *)record;
    *time_us = r->time_us;
    return ms_verdict_bytes(r);
}

static void save_piece(void *keeping, const char *records, size_t n_bytes)
{
    struct keeping *k = keeping;
    k->kept.size_bytes = 0;
    for (size_t at = 0, n; at < n_bytes; at += n) {
        int64_t time_us;
        n = (k->measure(records + at, &time_us) + 7) / 8 * 8;
        if (time_us >= k->keep_us)
            ms_buffer_append(&k->kept, records + at, n);
    }
    if (k->kept.size_bytes == 0)
        return;
    ms_state_put_number(k->out, k->kept.size_bytes);
    ms_state_put(k->out, k->kept.data, k->kept.size_bytes);
}

static enum ms_status save_spool(struct ms_spool *s, int64_t keep_us,
                                 size_t (*measure)(const char *record, int64_t *time_us), struct ms_state_out *out,
                                 struct ms_error *err)
{
    struct keeping k = {.out = out, .keep_us = keep_us, .measure = measure};
    enum ms_status st = ms_spool_end(s, err);
    for (size_t i = 0; st == MS_OK && i < s->n_streams; i++) {
        st = ms_spool_read(s, i, save_piece, &k, err);
        ms_state_put_number(out, 0);
    }
    ms_buffer_fini(&k.kept);
    return st;
}

static bool load_spool(struct ms_spool *s, struct ms_state_in *in)
{
    for (size_t i = 0; i < s->n_streams; i++)
        for (uint64_t n; (n = ms_state_get_count(in)) > 0;) {
            if (n > UINT32_MAX / 2 || n % 8 != 0)
                return false;
            ms_state_get(in, ms_spool_add(s, i, (size_t)n), (size_t)n);
        }
    return !in->is_bad;
}

/* ---- what is open ---- */

static enum ms_status save_links(struct ms_links *l, struct ms_verdicts *v, int64_t keep_us, struct ms_state_out *out,
                                 struct ms_error *err)
{
    enum ms_status st = save_spool(&l->lives, keep_us, measure_life, out, err);
    if (st == MS_OK)
        st = save_spool(&l->claims, keep_us, measure_claim, out, err);
    if (st == MS_OK)
        st = save_spool(&l->by_message, keep_us, measure_claim, out, err);
    ms_state_put_number(out, v->n);
    return st == MS_OK ? save_spool(&v->records, keep_us, measure_verdict, out, err) : st;
}

static bool load_links(struct ms_correlator *c, struct ms_state_in *in)
{
    bool ok =
        load_spool(&c->links.lives, in) && load_spool(&c->links.claims, in) && load_spool(&c->links.by_message, in);
    c->verdicts.n += ms_state_get_number(in);
    return ok && load_spool(&c->verdicts.records, in);
}

void ms_state_save_coverage(struct ms_correlator *const *workers, size_t n_workers, int64_t final_us,
                            struct ms_state_out *out)
{
    struct ms_coverage all = {0};
    uint64_t n = 0;
    for (size_t w = 0; w < n_workers; w++)
        ms_coverage_merge(&all, &workers[w]->coverage);
    for (size_t i = 0; i < all.n_cells; i++)
        n += !ms_coverage_is_final(&all.cells[i], final_us);
    ms_state_put_number(out, n);
    for (size_t i = 0; i < all.n_cells; i++)
        if (!ms_coverage_is_final(&all.cells[i], final_us))
            ms_state_put(out, &all.cells[i], sizeof all.cells[i]);
    ms_coverage_fini(&all);
}

enum ms_status ms_state_save_open(struct ms_correlator *const *workers, size_t n, int64_t final_us, int64_t keep_us,
                                  struct ms_state_out *out, struct ms_error *err)
{
    struct ms_correlate *run = workers[0]->run;
    uint64_t n_facts = 0;
    enum ms_status st = MS_OK;
    for (size_t w = 0; w < n; w++)
        n_facts += workers[w]->open_counts.n_facts;
    ms_state_put_number(out, n_facts);
    ms_state_save_coverage(workers, n, final_us, out);
    ms_matches_save(run->matches, out);
    ms_state_put_number(out, n + run->n_kept);
    for (size_t w = 0; st == MS_OK && w < n; w++)
        st = save_links(&workers[w]->links, &workers[w]->verdicts, keep_us, out, err);
    for (size_t i = 0; st == MS_OK && i < run->n_kept; i++)
        st = save_links(&run->kept[i].links, &run->kept[i].verdicts, keep_us, out, err);
    return st == MS_OK ? ms_state_save_lists(workers, n, out, err) : st;
}

bool ms_state_load_coverage(struct ms_correlator *c, struct ms_state_in *in)
{
    uint32_t n_hosts = ms_names_n_hosts(c->run->names), n_tags = ms_names_n_tags(c->run->names);
    for (uint64_t n = ms_state_get_count(in); n > 0; n--) {
        struct ms_coverage_cell cell;
        ms_state_get(in, &cell, sizeof cell);
        if (in->is_bad || cell.host_id >= n_hosts || (cell.tag_id >= n_tags && cell.tag_id != MS_NO_NAME))
            return false;
        ms_coverage_put(&c->coverage, &cell);
    }
    return !in->is_bad;
}

bool ms_state_load_open(struct ms_correlator *c, struct ms_state_in *in)
{
    c->n_facts_in += ms_state_get_number(in);
    bool ok = ms_state_load_coverage(c, in) && ms_matches_load(c->run->matches, ms_matches_n(c->run->matches), in);
    for (uint64_t n = ok ? ms_state_get_count(in) : 0; ok && n > 0; n--)
        ok = load_links(c, in);
    return ok && ms_state_load_lists(c, in) && !in->is_bad;
}

void ms_state_add_counts(struct ms_counts *sum, const struct ms_correlator *c)
{
    for (unsigned i = 0; i < MS_N_STATES; i++)
        sum->messages[i] += c->messages[i] - c->open_counts.messages[i];
    for (unsigned i = 0; i < MS_N_DELIVERED; i++)
        sum->deliveries[i] += c->deliveries[i] - c->open_counts.deliveries[i];
    for (unsigned i = 0; i < MS_N_TABLES; i++)
        sum->n_rows[i] += c->n_rows[i] - c->open_counts.n_rows[i];
}
