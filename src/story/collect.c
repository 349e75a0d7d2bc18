/* A further pass: the lines of the keys that are wanted. Envelopes and stamps of all lines are read, since the effective time of
 * a line follows from all lines before it (correlate/clock.h); kind and fields only of lines that may be wanted: those of a
 * wanted process, and those in which the matcher finds a wanted queue ID. Where those are many, every line is read instead.
 *
 * A session is first looked for in the segment of the line that leads to it (near.c): mostly it is all there, and no further
 * pass is needed. */
#include <stdlib.h>

#include "base/memory.h"
#include "base/numbers.h"
#include "parse/envelope.h"
#include "story/near.h"

enum { MAX_LITERALS = 500, MIN_LITERAL_BYTES = 6 };

struct collector {
    struct ms_stories *s;
    const struct ms_quest *wanted;
    struct ms_parser *parser;
    struct ms_origins origins;
    struct ms_clock_window window;
    struct ms_lines lines;
    struct ms_arena texts;
    bool looks_at_all;
    struct ms_near near;     /* of the segment */
    struct ms_copies copies; /* of its file */
};

bool ms_key_of_queue(struct ms_stories *s, struct ms_origins *origins, const struct ms_event *e, struct ms_key *out)
{
    if (e->queue_id.p == NULL || e->tag_id == MS_NO_NAME || e->role == MS_ROLE_UNPARSED)
        return false;
    uint32_t host_id = e->host_id == MS_NO_NAME ? s->run.correlate.no_host_id : e->host_id;
    const struct ms_origin *origin = ms_origin_of(origins, s->run.names, host_id, e->tag_id);
    *out = ms_key_queue(host_id, origin->instance_hash, e->queue_id, s->run.correlate.seed);
    return true;
}

static bool has_sessions(unsigned daemon)
{
    return daemon == MS_D_SMTPD || daemon == MS_D_QMQPD || daemon == MS_D_SENDMAIL;
}

static struct ms_key process_key(const struct ms_stories *s, uint32_t host_id, uint32_t tag_id, int64_t pid)
{
    host_id = host_id == MS_NO_NAME ? s->run.correlate.no_host_id : host_id;
    return ms_key_session(host_id, tag_id, pid < 0 || pid >= UINT32_MAX ? MS_NO_PID : (uint32_t)pid,
                          s->run.correlate.seed);
}

bool ms_key_of_process(struct ms_stories *s, const struct ms_event *e, struct ms_key *out)
{
    if (e->pid == MS_NONE || e->tag_id == MS_NO_NAME || e->role == MS_ROLE_UNPARSED || !has_sessions(e->daemon))
        return false;
    *out = process_key(s, e->host_id, e->tag_id, e->pid);
    return true;
}

/* ---- lines ---- */

bool ms_record_process(const struct ms_stories *s, const struct ms_record *r, struct ms_key *out)
{
    if (r->reason != NULL || r->pid == MS_NONE || r->tag_id == MS_NO_NAME || !has_sessions(r->tag->daemon))
        return false;
    *out = process_key(s, r->host_id, r->tag_id, r->pid);
    return true;
}

static void keep(struct collector *c, const struct ms_segment *seg, const struct ms_event *e, bool matched)
{
    if (ms_copies_any(&c->copies) && ms_copies_has(&c->copies, e))
        return;
    c->lines.items = ms_grow(c->lines.items, &c->lines.cap, c->lines.n + 1, sizeof *c->lines.items);
    struct ms_line *line = &c->lines.items[c->lines.n++];
    uint32_t host_id = e->host_id == MS_NO_NAME ? c->s->run.correlate.no_host_id : e->host_id;
    bool has_time = e->time_us != MS_NONE;
    *line = (struct ms_line){.key = ms_row_key(seg->file_id, e->offset),
                             .time_us = e->time_us,
                             .eff_s = e->eff_s,
                             .start_s = has_time ? ms_clock_start(&c->window, host_id) : MS_CLOCK_NEVER,
                             .end_s = has_time ? ms_clock_end(&c->window, host_id) : MS_CLOCK_NEVER,
                             .segment = seg->number,
                             .text = ms_arena_copy(&c->texts, e->line),
                             .host_id = e->host_id,
                             .matched = matched,
                             .has_year = e->has_year,
                             .is_long = seg->is_long_line};
}

static bool has_id(const struct collector *c, struct ms_key key)
{
    return ms_keyset_has(&c->wanted->ids, &key);
}

/* With hops: a line with a wanted message-id, of a queue ID that was named, or one that names a wanted one. */
static bool leads_on(const struct collector *c, const struct ms_event *e)
{
    struct ms_span named = ms_hop_named(e);
    return (e->role == MS_ROLE_MESSAGE_ID && has_id(c, ms_hop_message(c->s, e->u.message_id.id))) ||
           has_id(c, ms_hop_queue(c->s, e->queue_id)) || (named.n > 0 && has_id(c, ms_hop_queue(c->s, named)));
}

/* Line `i` of the segment. */
static bool is_wanted(struct collector *c, const struct ms_event *e, size_t i, bool matched)
{
    struct ms_key key, process;
    bool has_process = ms_key_of_process(c->s, e, &process);
    bool wanted = has_process && c->wanted->processes.n > 0 && ms_times_has(&c->wanted->processes, &process, e->eff_s);
    if (!ms_key_of_queue(c->s, &c->origins, e, &key)) {
        if (matched && has_process)
            ms_near_add(&c->near, &process, i);
        return wanted || matched;
    }
    if (ms_keyset_has(&c->wanted->queues, &key)) {
        if ((e->role == MS_ROLE_CLIENT || e->role == MS_ROLE_ACCEPTED) && has_process)
            ms_near_add(&c->near, &process, i);
        return true;
    }
    struct ms_span named = ms_hop_named(e);
    if (named.n > 0 && e->mta != MS_MTA_POSTFIX) { /* the line may be all that tells of that mail's begin */
        key = ms_key_queue(key.host_id, key.scope, named, c->s->run.correlate.seed);
        wanted |= ms_keyset_has(&c->wanted->queues, &key);
    }
    if (c->wanted->ids.n > 0)
        wanted |= leads_on(c, e);
    return wanted || matched;
}

/* The line of the segment that the matched line is; n_lines: that is in another segment, or there is none. */
static size_t line_of(const struct collector *c, const struct ms_segment *seg, size_t n_matched, size_t match)
{
    const struct ms_record *records = ms_parsed_records(c->parser);
    size_t low = 0, n_lines = ms_parsed_lines(c->parser), high = n_lines;
    uint64_t first = ms_row_key(seg->file_id, seg->text_offset);
    if (match == n_matched || c->s->matched[match] >= first + seg->covers_bytes)
        return n_lines;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (records[middle].at < c->s->matched[match] - first)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_wanted_process(const struct collector *c, const struct ms_record *r)
{
    struct ms_key process;
    return ms_record_process(c->s, r, &process) && ms_keyset_has(&c->wanted->processes.keys, &process);
}

static void look_at(struct collector *c, const struct ms_segment *seg, size_t line, bool matched)
{
    struct ms_event e;
    ms_parse_event(c->parser, seg, line, &e);
    if (is_wanted(c, &e, line, matched))
        keep(c, seg, &e, matched);
}

/* Where only hits and lines that matched in the first pass can be wanted, the others are not looked at. */
static void look_for_wanted(struct collector *c, const struct ms_segment *seg)
{
    const struct ms_record *records = ms_parsed_records(c->parser);
    size_t n_hits, hit = 0, n = ms_parsed_lines(c->parser);
    const struct ms_line_hit *hits = ms_parsed_hits(c->parser, &n_hits);
    size_t n_matched = c->s->n_passes == 2 ? c->s->n_matched : 0;
    size_t match = ms_numbers_find(c->s->matched, n_matched, ms_row_key(seg->file_id, seg->text_offset));
    size_t matched_line = line_of(c, seg, n_matched, match);
    bool has_processes = c->wanted->processes.n > 0;
    for (size_t i = 0; i < n; i++) {
        size_t hit_line = hit < n_hits ? hits[hit].line : n;
        if (!c->looks_at_all && !has_processes)
            i = matched_line < hit_line ? matched_line : hit_line;
        if (i == n)
            return;
        bool matched = i == matched_line;
        if (matched || i == hit_line || c->looks_at_all || has_wanted_process(c, &records[i]))
            look_at(c, seg, i, matched);
        if (matched)
            matched_line = line_of(c, seg, n_matched, ++match);
        while (hit < n_hits && hits[hit].line == i)
            hit++;
    }
}

static void take_near(void *collector, const struct ms_segment *seg, const struct ms_event *e)
{
    keep(collector, seg, e, false);
}

static enum ms_status collect_segment(void *state, const struct ms_segment *seg, struct ms_error *err)
{
    struct collector *c = state;
    struct ms_correlate *run = &c->s->run.correlate;
    enum ms_status st = ms_parse_headers(c->parser, seg, err);
    if (st != MS_OK)
        return st;
    struct ms_stamps *stamps = ms_parsed_stamps(c->parser);
    for (size_t i = 0; i < stamps->n; i++)
        if (stamps->items[i].host_id == MS_NO_NAME)
            stamps->items[i].host_id = run->no_host_id;
    if (!ms_clock_enter(&run->clock, seg->number))
        return MS_OK; /* another worker has failed */
    ms_clock_pass(&run->clock, seg->file_id, stamps, ms_parsed_lines(c->parser), &c->window);
    ms_clock_leave(&run->clock);
    ms_near_clear(&c->near);
    c->copies = ms_copies_of_file(&run->copies, seg->file_id);
    look_for_wanted(c, seg);
    ms_near_find(&c->near, c->s, c->parser, seg, take_near, c);
    return MS_OK;
}

/* ---- the pass ---- */

/* Each text once; false: too many, or too short to be rare. */
static bool literals_of(const struct ms_quest *wanted, struct ms_pattern *out, size_t *n)
{
    const struct ms_keyset *sets[] = {&wanted->queues, &wanted->ids};
    *n = 0;
    if (wanted->queues.n + wanted->ids.n > MAX_LITERALS)
        return false;
    for (unsigned k = 0; k < 2; k++)
        for (size_t i = 0; i < sets[k]->n; i++) {
            struct ms_span text = sets[k]->items[i].queue_id;
            bool is_new = true;
            if (text.n < MIN_LITERAL_BYTES)
                return false;
            for (size_t j = 0; is_new && j < *n; j++)
                is_new = !ms_span_eq(text, ms_span_of(out[j].text, out[j].text_bytes));
            if (is_new) {
                out[*n] = (struct ms_pattern){.id = (uint32_t)*n, .text = text.p, .text_bytes = text.n};
                ++*n;
            }
        }
    return true;
}

static int by_key(const void *a, const void *b)
{
    const struct ms_line *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (int)y->is_folded - (int)x->is_folded;
}

/* The lines of a worker, whose texts move over. */
static void gather(struct ms_stories *s, struct collector *c)
{
    struct ms_lines *all = &s->lines;
    all->items = ms_grow(all->items, &all->cap, all->n + c->lines.n, sizeof *all->items);
    for (size_t i = 0; i < c->lines.n; i++) {
        all->items[all->n] = c->lines.items[i];
        all->items[all->n++].text = ms_arena_copy(&s->texts, c->lines.items[i].text);
    }
}

/* In order, each once, the one that is folded first. */
static void settle(struct ms_lines *lines)
{
    size_t n = 0;
    if (lines->n > 0)
        qsort(lines->items, lines->n, sizeof *lines->items, by_key);
    for (size_t i = 0; i < lines->n; i++) {
        if (n > 0 && lines->items[n - 1].key == lines->items[i].key)
            lines->items[n - 1].matched |= lines->items[i].matched;
        else
            lines->items[n++] = lines->items[i];
    }
    lines->n = n;
}

static void wanted_is_done(struct ms_stories *s)
{
    ms_keyset_add_all(&s->have.queues, &s->wanted.queues);
    ms_times_add_all(&s->have.processes, &s->wanted.processes);
    ms_keyset_add_all(&s->have.ids, &s->wanted.ids);
    ms_keyset_clear(&s->wanted.queues);
    ms_times_clear(&s->wanted.processes);
    ms_keyset_clear(&s->wanted.ids);
}

static enum ms_status collector_init(struct collector *c, struct ms_stories *s, const struct ms_patterns *patterns,
                                     bool looks_at_all, struct ms_error *err)
{
    *c = (struct collector){.s = s, .wanted = &s->wanted, .looks_at_all = looks_at_all};
    ms_origins_init(&c->origins);
    enum ms_status st = ms_parser_create(&c->parser, s->run.names, patterns, s->config->host, err);
    if (st == MS_OK)
        ms_parser_keep_hits(c->parser, 0);
    return st;
}

static void collector_fini(struct collector *c)
{
    ms_parser_destroy(c->parser);
    ms_origins_fini(&c->origins);
    ms_clock_window_fini(&c->window);
    ms_arena_fini(&c->texts);
    ms_near_fini(&c->near);
    free(c->lines.items);
}

enum ms_status ms_search_collect(struct ms_stories *s, struct ms_error *err)
{
    struct collector *workers = ms_calloc(s->n_workers, sizeof *workers);
    struct ms_pattern literals[MAX_LITERALS];
    struct ms_patterns *patterns = NULL;
    size_t n_literals = 0;
    bool looks_at_all = s->config->engine == MS_SCAN_PLAIN || !literals_of(&s->wanted, literals, &n_literals);
    enum ms_status st = MS_OK;
    if (!looks_at_all && n_literals > 0)
        st = ms_patterns_create(&patterns, literals, n_literals, s->config->engine, NULL, err);
    for (unsigned i = 0; st == MS_OK && i < s->n_workers; i++)
        st = collector_init(&workers[i], s, patterns, looks_at_all, err);
    if (st == MS_OK)
        st = ms_search_open(s, err);
    if (st == MS_OK)
        st = ms_search_pass(s, collect_segment, (char *)workers, sizeof *workers, err);
    for (unsigned i = 0; i < s->n_workers; i++) {
        gather(s, &workers[i]);
        collector_fini(&workers[i]);
    }
    settle(&s->lines);
    wanted_is_done(s);
    ms_patterns_destroy(patterns);
    free(workers);
    ms_search_close(s);
    return st;
}
