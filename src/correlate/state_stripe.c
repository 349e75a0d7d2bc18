/* What moves on between two stripes of one run, for another one that goes on where this one is interrupted. */
#include <stdlib.h>

#include "base/memory.h"
#include "correlate/emit.h"
#include "correlate/state_parts.h"

enum { MAX_KEPT = 1 << 20, MAX_NAME = 47 };

/* ---- clocks ---- */

void ms_state_save_clock(const struct ms_clock *clock, struct ms_state_out *out)
{
    ms_state_save_hosts(clock, out);
    ms_state_put_number(out, clock->file_id);
    ms_state_put_number(out, clock->n_files);
    for (size_t i = 0; i < clock->n_files; i++) {
        const struct ms_clock_file *f = &clock->files[i];
        const int64_t moves[] = {f->year, f->reference_us, f->local_us, f->doubtful_us};
        ms_state_put(out, moves, sizeof moves);
    }
    ms_state_put_number(out, clock->begins.n);
    for (size_t i = 0; i < clock->begins.n; i++)
        ms_state_put(out, &clock->begins.items[i].is_beside, 1);
    ms_state_put_number(out, clock->begins.any_beside);
}

/* As they were: files have the same numbers. */
static bool load_hosts(struct ms_clock *clock, uint32_t n_names, struct ms_state_in *in)
{
    uint64_t n = ms_state_get_count(in);
    if (in->is_bad || n > n_names)
        return false;
    clock->hosts = ms_grow(clock->hosts, &clock->cap_hosts, (size_t)n, sizeof *clock->hosts);
    clock->n_hosts = (size_t)n;
    ms_state_get(in, clock->hosts, (size_t)n * sizeof *clock->hosts);
    return !in->is_bad;
}

bool ms_state_load_clock(struct ms_clock *clock, uint32_t n_names, struct ms_state_in *in)
{
    if (!load_hosts(clock, n_names, in))
        return false;
    clock->file_id = (uint32_t)ms_state_get_number(in);
    if (ms_state_get_count(in) != clock->n_files)
        return false;
    for (size_t i = 0; i < clock->n_files; i++) {
        struct ms_clock_file *f = &clock->files[i];
        int64_t moves[4];
        ms_state_get(in, moves, sizeof moves);
        f->year = (int)moves[0];
        f->reference_us = moves[1];
        f->local_us = moves[2];
        f->doubtful_us = moves[3];
    }
    if (ms_state_get_number(in) != clock->begins.n)
        return false;
    for (size_t i = 0; i < clock->begins.n; i++) {
        uint8_t is_beside;
        ms_state_get(in, &is_beside, 1);
        clock->begins.items[i].is_beside = is_beside != 0;
    }
    clock->begins.any_beside = ms_state_get_number(in) != 0;
    return !in->is_bad;
}

/* ---- links and verdicts: where they lie in their files ---- */

static void put_piece(void *out, int64_t offset, uint64_t n_bytes)
{
    ms_state_put_number(out, n_bytes);
    ms_state_put_number(out, (uint64_t)offset);
}

static enum ms_status save_spool(struct ms_spool *s, struct ms_state_out *out, struct ms_error *err)
{
    enum ms_status st = ms_spool_store(s, err);
    ms_state_put_text(out, ms_span_str(s->fd >= 0 ? s->name : ""));
    for (size_t i = 0; st == MS_OK && s->fd >= 0 && i < s->n_streams; i++) {
        ms_spool_pieces(s, i, put_piece, out);
        ms_state_put_number(out, 0);
    }
    return st;
}

static enum ms_status save_kept(struct ms_links *l, struct ms_verdicts *v, struct ms_state_out *out,
                                struct ms_error *err)
{
    enum ms_status st = save_spool(&l->lives, out, err);
    if (st == MS_OK)
        st = save_spool(&l->claims, out, err);
    if (st == MS_OK)
        st = save_spool(&l->by_message, out, err);
    ms_state_put_number(out, v->n);
    return st == MS_OK ? save_spool(&v->records, out, err) : st;
}

static bool load_spool(struct ms_spool *s, int dir_fd, struct ms_arena *arena, struct ms_state_in *in)
{
    size_t n_streams = s->n_streams;
    struct ms_span name = ms_state_get_text(in, arena);
    char text[MAX_NAME + 1];
    if (in->is_bad || name.p == NULL || name.n > MAX_NAME || memchr(name.p, '/', name.n) != NULL)
        return false;
    if (name.n == 0) /* it had no record */
        return true;
    memcpy(text, name.p, name.n);
    text[name.n] = '\0';
    ms_spool_fini(s);
    if (!ms_spool_restore(s, n_streams, dir_fd, text))
        return false;
    for (size_t i = 0; i < n_streams; i++)
        for (uint64_t n; (n = ms_state_get_count(in)) > 0;)
            if (n % 8 != 0 || !ms_spool_restore_piece(s, i, (int64_t)ms_state_get_number(in), n))
                return false;
    return !in->is_bad;
}

static bool load_kept(struct ms_correlate *run, int dir_fd, struct ms_state_in *in)
{
    uint64_t n = ms_state_get_count(in);
    struct ms_arena arena = {0};
    bool ok = !in->is_bad && n <= MAX_KEPT;
    run->kept = ok ? ms_calloc((size_t)n + 1, sizeof *run->kept) : NULL;
    while (ok && run->n_kept < n) {
        struct ms_kept *k = &run->kept[run->n_kept++];
        ms_links_init(&k->links, run->names, run->seed);
        ms_verdicts_init(&k->verdicts, run->seed);
        ok = load_spool(&k->links.lives, dir_fd, &arena, in) && load_spool(&k->links.claims, dir_fd, &arena, in) &&
             load_spool(&k->links.by_message, dir_fd, &arena, in);
        k->verdicts.n = ms_state_get_number(in);
        ok = ok && load_spool(&k->verdicts.records, dir_fd, &arena, in);
    }
    ms_arena_fini(&arena);
    return ok;
}

bool ms_state_names_file(const struct ms_correlate *run, const char *name)
{
    for (size_t i = 0; i < run->n_kept; i++) {
        const struct ms_kept *k = &run->kept[i];
        const struct ms_spool *all[] = {&k->links.lives, &k->links.claims, &k->links.by_message, &k->verdicts.records};
        for (size_t s = 0; s < sizeof all / sizeof *all; s++)
            if (strcmp(all[s]->name, name) == 0)
                return true;
    }
    return false;
}

/* ---- samples ---- */

static void save_samples(struct ms_correlator *const *workers, size_t n, struct ms_state_out *out)
{
    uint64_t n_samples = 0;
    for (size_t w = 0; w < n; w++)
        n_samples += workers[w]->n_samples;
    ms_state_put_number(out, n_samples);
    for (size_t w = 0; w < n; w++)
        for (size_t i = 0; i < workers[w]->n_samples; i++) {
            ms_state_put_number(out, workers[w]->samples[i].key);
            ms_state_put_text(out, ms_span_str(workers[w]->samples[i].text));
        }
}

static bool load_samples(struct ms_correlator *c, struct ms_state_in *in)
{
    struct ms_arena arena = {0};
    for (uint64_t n = ms_state_get_count(in); n > 0 && !in->is_bad; n--) {
        uint64_t key = ms_state_get_number(in);
        struct ms_span text = ms_state_get_text(in, &arena);
        if (!in->is_bad && text.p != NULL)
            ms_sample_keep(c, key, ms_sprintf("%.*s", (int)text.n, text.p));
    }
    ms_arena_fini(&arena);
    return !in->is_bad;
}

/* ---- all of it ---- */

enum ms_status ms_state_save_stripe(struct ms_correlator *const *workers, size_t n, struct ms_state_out *out,
                                    struct ms_error *err)
{
    struct ms_correlate *run = workers[0]->run;
    struct ms_counts counts = {0};
    enum ms_status st = MS_OK;
    for (size_t w = 0; w < n; w++) {
        ms_state_add_counts(&counts, workers[w]);
        counts.n_facts += workers[w]->n_facts_in - workers[w]->n_facts_out;
    }
    ms_state_put(out, &counts, sizeof counts);
    save_samples(workers, n, out);
    ms_state_save_coverage(workers, n, INT64_MIN, out);
    ms_matches_save(run->matches, out);
    ms_state_put_number(out, run->n_kept + n);
    for (size_t i = 0; st == MS_OK && i < run->n_kept; i++)
        st = save_kept(&run->kept[i].links, &run->kept[i].verdicts, out, err);
    for (size_t w = 0; st == MS_OK && w < n; w++)
        st = save_kept(&workers[w]->links, &workers[w]->verdicts, out, err);
    return st == MS_OK ? ms_state_save_lists(workers, n, out, err) : st;
}

bool ms_state_load_stripe(struct ms_correlator *c, int dir_fd, struct ms_state_in *in)
{
    struct ms_counts counts;
    ms_state_get(in, &counts, sizeof counts);
    memcpy(c->messages, counts.messages, sizeof c->messages);
    memcpy(c->deliveries, counts.deliveries, sizeof c->deliveries);
    memcpy(c->n_rows, counts.n_rows, sizeof c->n_rows);
    c->n_facts_in = counts.n_facts;
    return load_samples(c, in) && ms_state_load_coverage(c, in) &&
           ms_matches_load(c->run->matches, ms_matches_n(c->run->matches), in) && load_kept(c->run, dir_fd, in) &&
           ms_state_load_lists(c, in) && !in->is_bad;
}
