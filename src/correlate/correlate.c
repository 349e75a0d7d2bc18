#include "correlate/correlate.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/memory.h"
#include "base/room.h"
#include "correlate/count.h"
#include "correlate/emit.h"
#include "correlate/further.h"
#include "correlate/intake.h"
#include "correlate/local.h"
#include "correlate/outbound.h"
#include "correlate/started.h"
#include "parse/kinds.h"
#include "parse/repeats.h"

void ms_correlate_init(struct ms_correlate *run, struct ms_names *names, size_t n_files, bool whole_lists,
                       uint64_t seed)
{
    *run =
        (struct ms_correlate){.seed = seed, .names = names, .whole_lists = whole_lists, .carry_limit_bytes = SIZE_MAX};
    enum ms_table_kind kind = whole_lists ? MS_TABLE_LOCKED : MS_TABLE_LOCK_FREE;
    run->no_host_id = ms_names_add_host(names, MS_SPAN_LIT(""));
    run->lives = ms_table_create(kind);
    run->sessions = ms_table_create(kind);
    ms_clock_init(&run->clock, n_files);
    run->repeats = ms_repeat_memory_create();
}

void ms_correlate_fini(struct ms_correlate *run)
{
    ms_copies_fini(&run->copies);
    ms_table_destroy(run->lives);
    ms_table_destroy(run->sessions);
    for (unsigned i = 0; i < 2; i++)
        ms_parked_fini(&run->parked[i]);
    ms_clock_fini(&run->clock);
    ms_repeat_memory_destroy(run->repeats);
    for (size_t i = 0; i < run->n_kept; i++) {
        ms_links_fini(&run->kept[i].links);
        ms_verdicts_fini(&run->kept[i].verdicts);
    }
    free(run->kept);
}

struct ms_correlator *ms_correlator_create(struct ms_correlate *run, size_t n_files)
{
    struct ms_correlator *c = ms_calloc(1, sizeof *c);
    c->run = run;
    ms_dict_init(&c->dict, run->seed);
    ms_origins_init(&c->origins);
    ms_emit_next_stripe(c);
    for (unsigned i = 0; i < 2; i++)
        ms_dict_init(&c->carry[i].dict, run->seed);
    for (unsigned t = 0; t < MS_N_TABLES; t++)
        ms_rows_init(&c->rows[t], &ms_tables[t]);
    ms_correlator_hits(c, NULL, 0);
    ms_links_init(&c->links, run->names, run->seed);
    ms_links_init(&c->open_links, run->names, run->seed);
    ms_verdicts_init(&c->verdicts, run->seed);
    c->files = ms_calloc(n_files, sizeof *c->files);
    for (size_t i = 0; i < n_files; i++)
        c->files[i].first_us = c->files[i].last_us = MS_NONE;
    return c;
}

void ms_correlator_end_stripes(struct ms_correlator *c)
{
    for (unsigned t = 0; t < MS_N_TABLES; t++)
        ms_rows_fini(&c->rows[t]);
    for (unsigned i = 0; i < 2; i++) {
        ms_arena_fini(&c->carry[i].arena);
        ms_dict_fini(&c->carry[i].dict);
        c->carry[i].lives = c->carry[i].sessions = NULL;
    }
    ms_arena_fini(&c->segment_arena);
    ms_arena_fini(&c->epoch_arena);
    ms_arena_fini(&c->stripe_arena);
    ms_arena_fini(&c->shard_arena);
    ms_buffer_fini(&c->packed);
    ms_dict_fini(&c->dict);
}

void ms_correlator_destroy(struct ms_correlator *c)
{
    if (c == NULL)
        return;
    ms_correlator_end_stripes(c);
    for (size_t i = 0; i < c->n_samples; i++)
        free(c->samples[i].text);
    ms_room_free(c->dues);
    ms_clock_window_fini(&c->window);
    ms_localmap_fini(&c->life_map);
    ms_localmap_fini(&c->session_map);
    ms_localmap_fini(&c->outbound_map);
    ms_localmap_fini(&c->started_map);
    ms_coverage_fini(&c->coverage);
    ms_links_fini(&c->links);
    ms_links_fini(&c->open_links);
    ms_verdicts_fini(&c->verdicts);
    ms_reason_memory_destroy(c->reasons);
    ms_room_free(c->list);
    ms_room_free(c->splits);
    free(c->files);
    ms_room_free(c->recipients);
    ms_room_free(c->recipient_slots);
    ms_origins_fini(&c->origins);
    free(c);
}

/* ---- a segment: lines in, facts waiting for their time ---- */

void ms_correlator_begin_segment(struct ms_correlator *c, const struct ms_segment *segment, struct ms_stamps *stamps,
                                 size_t n_lines)
{
    c->segment = segment;
    c->stamps = stamps;
    c->n_lines = n_lines;
    c->next_line = 0;
    ms_correlator_hits(c, NULL, 0);
    ms_arena_reset(&c->segment_arena);
    memset(c->free_facts, 0, sizeof c->free_facts);
    ms_localmap_reset(&c->life_map);
    ms_localmap_reset(&c->session_map);
    ms_localmap_reset(&c->outbound_map);
    ms_localmap_reset(&c->started_map);
    c->counts_now = (struct ms_file_counts){.first_us = INT64_MAX, .last_us = INT64_MIN};
    c->files[segment->file_id].text_bytes += segment->covers_bytes;
    c->copies = ms_copies_of_file(&c->run->copies, segment->file_id);
    c->takes_short_way = !ms_copies_any(&c->copies) && !c->run->whole_lists;
}

bool ms_correlator_settle(struct ms_correlator *c, struct ms_parser *parser)
{
    struct ms_clock *clock = &c->run->clock;
    for (size_t i = 0; i < c->stamps->n; i++)
        if (c->stamps->items[i].host_id == MS_NO_NAME)
            c->stamps->items[i].host_id = c->run->no_host_id;
    if (!ms_clock_enter(clock, c->segment->number))
        return false;
    c->year_known = clock->files[c->segment->file_id].year_known;
    ms_clock_pass(clock, c->segment->file_id, c->stamps, c->n_lines, &c->window);
    ms_parse_repeats(parser, c->segment, c->run->repeats);
    ms_clock_leave(clock);
    return true;
}

__attribute__((always_inline)) static inline void fold(struct ms_correlator *c, struct ms_fact *f,
                                                       const struct ms_origin *origin, struct ms_span queue_id,
                                                       enum ms_goes_to to)
{
    if (to == MS_TO_ROW) {
        if (f->role == MS_ROLE_REJECT || f->role == MS_ROLE_PROXY)
            ms_emit_reject(c, f, MS_NULL_I64, MS_NULL_I64);
        else if (f->role == MS_ROLE_SASL)
            ms_emit_login(c, f);
        else
            ms_emit_event(c, f, queue_id, MS_NULL_I64);
        ms_fact_give_back(c, f);
        return;
    }
    if (to == MS_TO_SESSION) {
        ms_local_add_to_session(c, f);
        return;
    }
    if (to == MS_TO_BOTH) { /* the session first: what it knows is in the fact when the mail's list gets it */
        struct ms_fact *twin = ms_fact_twin(c, f);
        twin->flags &= (uint8_t)~MS_FACT_MATCHED; /* the mail's list tells it */
        ms_local_add_to_session(c, twin);
    }
    if (to != MS_TO_STARTED) {
        ms_local_add_to_life(c, f, origin, queue_id);
    } else if (f->role == MS_ROLE_STARTED) {
        ms_local_add_to_life(c, f, origin, queue_id);
        ms_started_begin(c, f);
    } else {
        ms_started_finish(c, f);
    }
}

/* A line that another source had: only its file's account knows of it. */
static void leave_out(struct ms_correlator *c, const struct ms_event *e)
{
    c->counts_now.lines[MS_LINE_DUPLICATE]++;
    if (e->time_us != MS_NONE)
        ms_count_time(c, e->time_us);
}

static uint32_t host_of(const struct ms_correlator *c, const struct ms_event *e)
{
    return e->host_id == MS_NO_NAME ? c->run->no_host_id : e->host_id;
}

/* Whose mail it is about is judged at the end of the run. */
static void add_verdict(struct ms_correlator *c, const struct ms_event *e)
{
    ms_verdicts_add(&c->verdicts, e, ms_row_key(c->segment->file_id, e->offset), host_of(c, e), c->year_known);
}

static void take_verdict(struct ms_correlator *c, const struct ms_event *e, bool has_hits)
{
    (void)ms_count_line(c, MS_LINE_VERDICT, host_of(c, e), e->tag_id, e->time_us);
    add_verdict(c, e);
    if (has_hits)
        ms_match_line(c, e, NULL);
}

/* Its processes receive, too: only these lines are of one that delivers. */
static inline bool is_sent_by_sendmail(const struct ms_event *e)
{
    return e->daemon == MS_D_SENDMAIL && (e->role == MS_ROLE_DELIVERY || e->role == MS_ROLE_CLIENT_TLS);
}

/* A fact of a line that has a time, into its list or row. */
__attribute__((always_inline)) static inline void take_fact(struct ms_correlator *c, const struct ms_event *e,
                                                            struct ms_fact *f, struct ms_origin *origin,
                                                            enum ms_goes_to to)
{
    if (e->kind == MS_K_SYSLOG_LOST)
        ms_coverage_lose(&c->coverage, &origin->coverage, e->u.event.count);
    if (e->daemon == MS_D_SMTP || e->daemon == MS_D_LMTP || e->kind == MS_K_DELIVERY ||
        is_sent_by_sendmail(e)) /* (a tag may lack its program) */
        ms_outbound_line(c, e, f);
    fold(c, f, origin, e->queue_id, to);
    /* (Neither role ends a life, so that the fact is still there.) */
    if (e->mta != MS_MTA_POSTFIX && to == MS_TO_LIFE && (e->role == MS_ROLE_DELIVERY || e->role == MS_ROLE_NOTICE))
        ms_further_facts(c, e, f, origin);
}

__attribute__((always_inline)) static inline void take_line(struct ms_correlator *c, const struct ms_event *e,
                                                            bool has_hits)
{
    enum ms_line_outcome outcome;
    enum ms_goes_to to;
    bool has_time = e->time_us != MS_NONE;
    struct ms_fact *f = ms_intake(c, e, &outcome, &to);
    f->time_us = e->time_us;
    f->eff_s = e->eff_s;
    if (has_hits && has_time && (to == MS_TO_LIFE || to == MS_TO_BOTH))
        ms_match_wait(c, f);
    else if (has_hits)
        ms_match_line(c, e, f);
    if (!has_time) {
        c->counts_now.lines[outcome]++;
        fold(c, f, NULL, MS_SPAN_NULL, MS_TO_ROW);
        return;
    }
    take_fact(c, e, f, ms_count_line(c, outcome, f->host_id, f->tag_id, f->time_us), to);
}

/* ---- a line that stands for others (parse/repeats.h) ---- */

/* What each of them is worth a row of its own. Of all else a mail or a session has one, so that the same again tells nothing new
 * of it: such a line is but an event. */
static bool counts_each_time(const struct ms_event *e)
{
    switch (e->role) {
    case MS_ROLE_DELIVERY:
        return (e->mta == MS_MTA_POSTFIX || !e->u.delivery.is_list) && e->u.delivery.next_queue_id.p == NULL;
    case MS_ROLE_PROXY:
        return !e->u.proxy.accepted;
    case MS_ROLE_REJECT:
    case MS_ROLE_SASL:
    case MS_ROLE_VERDICT:
    case MS_ROLE_EVENT:
    case MS_ROLE_ATTEMPT:
        return e->kind != MS_K_REPEATED;
    default:
        return false;
    }
}

/* The line as itself: an event that shows what it says, with the queue ID and the process that it speaks of. */
static struct ms_event as_itself(const struct ms_event *e)
{
    struct ms_event self = *e;
    self.role = MS_ROLE_EVENT;
    self.kind = MS_K_REPEATED;
    self.severity = 0;
    self.text = e->repeat_by;
    self.u.event = ms_event_peer_none();
    return self;
}

static void emit_itself(struct ms_correlator *c, const struct ms_event *e)
{
    struct ms_event self = as_itself(e);
    enum ms_line_outcome outcome;
    enum ms_goes_to to;
    struct ms_fact *f = ms_intake(c, &self, &outcome, &to);
    f->time_us = e->time_us;
    f->eff_s = e->eff_s;
    ms_emit_event(c, f, e->queue_id, MS_NULL_I64);
    ms_fact_give_back(c, f);
}

/* One fact more of the same line. */
__attribute__((noinline, cold)) static void take_again(struct ms_correlator *c, const struct ms_event *e,
                                                       uint32_t ordinal)
{
    enum ms_line_outcome outcome;
    enum ms_goes_to to;
    struct ms_fact *f = ms_intake(c, e, &outcome, &to);
    f->time_us = e->time_us;
    f->eff_s = e->eff_s;
    f->ordinal = ordinal;
    f->flags |= MS_FACT_FURTHER;
    take_fact(c, e, f, ms_origin_of(&c->origins, c->run->names, f->host_id, f->tag_id), to);
}

__attribute__((noinline, cold)) static void take_repeats(struct ms_correlator *c, const struct ms_event *line)
{
    bool has_hits = c->next_line - 1 == c->next_hit_line;
    struct ms_event e = line->repeated != NULL ? *line->repeated : *line;
    bool has_time = line->time_us != MS_NONE;
    e.offset = line->offset;
    e.line = line->line;
    e.stamp_us = line->stamp_us;
    e.time_us = line->time_us;
    e.eff_s = line->eff_s;
    e.repeat_by = line->repeat_by;
    if (!has_time || !counts_each_time(&e)) {
        struct ms_event self = as_itself(&e);
        if (has_hits)
            ms_match_line(c, &self, NULL);
        if (has_time)
            (void)ms_count_line(c, MS_LINE_EVENT, host_of(c, &e), e.tag_id, e.time_us);
        else
            c->counts_now.lines[MS_LINE_EVENT]++;
        emit_itself(c, &e);
        return;
    }
    if (line->times < line->repeats) /* how often it really was stands in this row's text only */
        emit_itself(c, &e);
    bool is_verdict = e.role == MS_ROLE_VERDICT;
    if (is_verdict)
        take_verdict(c, &e, has_hits);
    else
        take_line(c, &e, has_hits);
    for (uint32_t i = 1; i < line->times; i++)
        if (is_verdict)
            add_verdict(c, &e);
        else
            take_again(c, &e, i);
}

void ms_correlator_any_line(struct ms_correlator *c, const struct ms_event *e)
{
    MS_ASSERT(c->next_line < c->n_lines);
    bool has_hits = c->next_line++ == c->next_hit_line;
    if (ms_copies_any(&c->copies) && ms_copies_has(&c->copies, e)) {
        leave_out(c, e);
        if (has_hits)
            ms_match_leave_out(c);
        return;
    }
    if (__builtin_expect(e->repeats > 0, false)) {
        take_repeats(c, e);
        return;
    }
    bool has_time = e->time_us != MS_NONE, is_part = e->stamp_us == MS_NONE && e->role == MS_ROLE_EVENT;
    if (e->role == MS_ROLE_UNPARSED || !(has_time || is_part)) { /* a part of an entry of several lines has no stamp */
        c->counts_now.lines[MS_LINE_UNPARSED]++;
        ms_emit_unparsed(c, e);
        if (has_hits)
            ms_match_line(c, e, NULL);
        return;
    }
    if (e->role == MS_ROLE_VERDICT) {
        take_verdict(c, e, has_hits);
        return;
    }
    take_line(c, e, has_hits);
}

/* The segment's counts, into its file's. */
static void add_counts(struct ms_correlator *c)
{
    struct ms_file_counts *file = &c->files[c->segment->file_id], *now = &c->counts_now;
    file->n_lines += c->next_line;
    for (unsigned o = 0; o < MS_N_LINE_OUTCOMES; o++)
        file->lines[o] += now->lines[o];
    if (now->first_us > now->last_us)
        return; /* no line with a time */
    if (file->first_us == MS_NONE || now->first_us < file->first_us)
        file->first_us = now->first_us;
    if (file->last_us == MS_NONE || now->last_us > file->last_us)
        file->last_us = now->last_us;
}

void ms_correlator_end_segment(struct ms_correlator *c)
{
    add_counts(c);
    ms_outbound_end_segment(c);
    ms_started_end_segment(c);
    ms_local_close_sessions(c); /* first: their verdicts are facts of the mails */
    ms_local_close_lives(c);
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
                       "internal error: %llu facts went into mails and sessions, %llu came out; nothing was published, "
                       "please report this",
                       (unsigned long long)in, (unsigned long long)out);
    return MS_OK;
}
