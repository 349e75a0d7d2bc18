#include "correlate/correlate.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/memory.h"
#include "correlate/emit.h"
#include "correlate/intake.h"
#include "correlate/local.h"

void ms_correlate_init(struct ms_correlate *run, struct ms_names *names, size_t n_files, bool whole_lists, uint64_t seed)
{
    *run = (struct ms_correlate){.seed = seed, .names = names, .whole_lists = whole_lists};
    enum ms_table_kind kind = whole_lists ? MS_TABLE_LOCKED : MS_TABLE_LOCK_FREE;
    run->no_host_id = ms_names_add_host(names, MS_SPAN_LIT(""));
    run->lives = ms_table_create(kind);
    run->sessions = ms_table_create(kind);
    ms_clock_init(&run->clock, n_files);
}

void ms_correlate_fini(struct ms_correlate *run)
{
    ms_table_destroy(run->lives);
    ms_table_destroy(run->sessions);
    ms_clock_fini(&run->clock);
}

struct ms_correlator *ms_correlator_create(struct ms_correlate *run, size_t n_files)
{
    struct ms_correlator *c = ms_calloc(1, sizeof *c);
    c->run = run;
    ms_dict_init(&c->dict, run->seed);
    for (unsigned i = 0; i < 2; i++)
        ms_dict_init(&c->carry[i].dict, run->seed);
    for (unsigned t = 0; t < MS_N_TABLES; t++) {
        ms_rows_init(&c->rows[t], &ms_tables[t]);
        ms_rows_init(&c->open_rows[t], &ms_tables[t]);
    }
    c->links.seed = run->seed;
    c->files = ms_calloc(n_files, sizeof *c->files);
    for (size_t i = 0; i < n_files; i++)
        c->files[i].first_us = c->files[i].last_us = MS_NONE;
    return c;
}

void ms_correlator_destroy(struct ms_correlator *c)
{
    if (c == NULL)
        return;
    for (unsigned t = 0; t < MS_N_TABLES; t++) {
        ms_rows_fini(&c->rows[t]);
        ms_rows_fini(&c->open_rows[t]);
    }
    for (unsigned i = 0; i < 2; i++) {
        ms_arena_fini(&c->carry[i].arena);
        ms_dict_fini(&c->carry[i].dict);
    }
    for (size_t i = 0; i < c->n_samples; i++)
        free(c->samples[i].text);
    ms_arena_fini(&c->segment_arena);
    ms_arena_fini(&c->stripe_arena);
    ms_dict_fini(&c->dict);
    ms_clock_window_fini(&c->window);
    ms_localmap_fini(&c->life_map);
    ms_localmap_fini(&c->session_map);
    ms_coverage_fini(&c->coverage);
    ms_links_fini(&c->links);
    free(c->stamps);
    free(c->items);
    free(c->list);
    free(c->splits);
    free(c->closed_lives);
    free(c->closed_sessions);
    free(c->files);
    free(c->instance_hash);
    for (unsigned i = 0; i < MS_N_NAME_PARTS; i++)
        free(c->name_codes[i]);
    free(c);
}

uint64_t ms_instance_of(struct ms_correlator *c, uint32_t tag_id)
{
    if (tag_id >= c->cap_instance_hash) {
        size_t n = (size_t)tag_id * 2 + 64;
        c->instance_hash = ms_realloc(c->instance_hash, n * sizeof *c->instance_hash);
        memset(c->instance_hash + c->cap_instance_hash, 0, (n - c->cap_instance_hash) * sizeof *c->instance_hash);
        c->cap_instance_hash = n;
    }
    if (c->instance_hash[tag_id] == 0) {
        struct ms_span instance = ms_names_tag(c->run->names, tag_id)->instance;
        uint64_t h = XXH3_64bits(instance.p, instance.n);
        c->instance_hash[tag_id] = h ? h : 1;
    }
    return c->instance_hash[tag_id];
}

static struct ms_span name_text(const struct ms_names *names, enum ms_name_part part, uint32_t id)
{
    if (part == MS_NAME_HOST)
        return ms_names_host(names, id);
    const struct ms_tag *tag = ms_names_tag(names, id);
    return part == MS_NAME_TAG ? tag->tag : part == MS_NAME_PROGRAM ? tag->program : tag->instance;
}

int64_t ms_name_code(struct ms_correlator *c, enum ms_name_part part, uint32_t id)
{
    if (id >= c->cap_name_codes[part]) {
        size_t n = (size_t)id * 2 + 64;
        c->name_codes[part] = ms_realloc(c->name_codes[part], n * sizeof(uint32_t));
        memset(c->name_codes[part] + c->cap_name_codes[part], 0, (n - c->cap_name_codes[part]) * sizeof(uint32_t));
        c->cap_name_codes[part] = n;
    }
    uint32_t *code = &c->name_codes[part][id];
    if (*code == 0)
        *code = ms_dict_add(&c->dict, name_text(c->run->names, part, id)) + 1;
    return ms_code_cell(*code - 1);
}

/* ---- a segment: lines in, facts waiting for their time ---- */

void ms_correlator_begin_segment(struct ms_correlator *c, const struct ms_segment *segment)
{
    c->segment = segment;
    c->n_items = 0;
    ms_arena_reset(&c->segment_arena);
    ms_localmap_reset(&c->life_map);
    ms_localmap_reset(&c->session_map);
    c->files[segment->file_id].text_bytes += segment->covers_bytes;
}

void ms_correlator_line(void *correlator, const struct ms_event *e)
{
    struct ms_correlator *c = correlator;
    struct ms_file_counts *counts = &c->files[c->segment->file_id];
    counts->n_lines++;
    if (e->role == MS_ROLE_UNPARSED || e->stamp_us == MS_NONE) {
        counts->lines[MS_LINE_UNPARSED]++;
        ms_emit_unparsed(c, e);
        return;
    }
    enum ms_line_outcome outcome;
    enum ms_goes_to to;
    struct ms_fact *f = ms_intake(c, e, &outcome, &to);
    counts->lines[outcome]++;
    if (c->n_items == c->cap_items) {
        c->items = ms_grow(c->items, &c->cap_items, c->n_items + 1, sizeof *c->items);
        c->stamps = ms_realloc(c->stamps, c->cap_items * sizeof *c->stamps);
    }
    c->stamps[c->n_items] = (struct ms_stamp){.stamp_us = e->stamp_us, .host_id = f->host_id, .has_year = e->has_year};
    c->items[c->n_items++] = (struct ms_item){.fact = f, .queue_id = e->queue_id, .goes_to = (uint8_t)to};
}

/* ---- the fold ---- */

static void to_session(struct ms_correlator *c, struct ms_fact *f)
{
    c->n_facts_in++;
    struct ms_key key = ms_key_session(f->host_id, f->tag_id, f->pid, c->run->seed);
    ms_localmap_append(&c->session_map, &key, f);
}

static void to_both(struct ms_correlator *c, struct ms_fact *f, const struct ms_key *key)
{
    struct ms_fact *twin = memcpy(ms_arena_alloc(&c->segment_arena, ms_fact_shapes[f->role].size_bytes), f,
                                  ms_fact_shapes[f->role].size_bytes);
    if (f->role == MS_ROLE_CLIENT)
        twin->u.client.twin = f;
    else
        twin->flags |= MS_FACT_COUNT_ONLY;
    c->n_facts_in++;
    ms_localmap_append(&c->life_map, key, f);
    to_session(c, twin);
}

static void fold(struct ms_correlator *c, const struct ms_item *item)
{
    struct ms_fact *f = item->fact;
    if (item->goes_to == MS_TO_SESSION) {
        to_session(c, f);
    } else if (item->goes_to == MS_TO_ROW) {
        if (f->role == MS_ROLE_REJECT || f->role == MS_ROLE_PROXY)
            ms_emit_reject(c, f, MS_NULL_I64, MS_NULL_I64, false);
        else
            ms_emit_event(c, f, item->queue_id, MS_NULL_I64, false);
    } else {
        struct ms_key key = ms_key_queue(f->host_id, ms_instance_of(c, f->tag_id), item->queue_id, c->run->seed);
        if (item->goes_to == MS_TO_BOTH)
            to_both(c, f, &key);
        else {
            c->n_facts_in++;
            ms_localmap_append(&c->life_map, &key, f);
        }
    }
}

static void note_time(struct ms_file_counts *counts, int64_t t)
{
    if (counts->first_us == MS_NONE || t < counts->first_us)
        counts->first_us = t;
    if (counts->last_us == MS_NONE || t > counts->last_us)
        counts->last_us = t;
}

bool ms_correlator_end_segment(struct ms_correlator *c)
{
    struct ms_clock *clock = &c->run->clock;
    uint32_t file_id = c->segment->file_id;
    if (!ms_clock_enter(clock, c->segment->number))
        return false;
    ms_clock_pass(clock, file_id, c->stamps, c->n_items, &c->window);
    ms_clock_leave(clock);
    int known = clock->files[file_id].year_known;
    for (size_t i = 0; i < c->n_items; i++) {
        struct ms_fact *f = c->items[i].fact;
        f->time_us = c->stamps[i].stamp_us;
        f->eff_s = c->stamps[i].eff_s;
        note_time(&c->files[file_id], f->time_us);
        ms_coverage_add(&c->coverage, f->host_id, f->tag_id, f->time_us, known);
        fold(c, &c->items[i]);
    }
    ms_local_close_sessions(c); /* first: their verdicts are facts of the mails */
    ms_local_close_lives(c);
    return true;
}

enum ms_status ms_correlate_balance(struct ms_correlator *const *workers, size_t n, struct ms_error *err)
{
    uint64_t in = 0, out = 0;
    for (size_t i = 0; i < n; i++) {
        in += workers[i]->n_facts_in;
        out += workers[i]->n_facts_out;
    }
    if (in != out)
        return ms_fail(err, MS_ERR_FORMAT,
                       "internal error: %llu facts went into mails and sessions, %llu came out; nothing was published, please report this",
                       (unsigned long long)in, (unsigned long long)out);
    return MS_OK;
}
