#include "gen/gen.h"

#include <stdlib.h>

#include "gen/writer.h"

extern const struct ms_gen_writer ms_gen_postfix, ms_gen_sendmail, ms_gen_exim, ms_gen_exim_mainlog, ms_gen_qmail,
    ms_gen_qmail_multilog;
const struct ms_gen_writer *const ms_gen_writers[MS_GEN_N_DIALECTS] = {
    [MS_GEN_POSTFIX] = &ms_gen_postfix, [MS_GEN_SENDMAIL] = &ms_gen_sendmail,
    [MS_GEN_EXIM] = &ms_gen_exim,       [MS_GEN_EXIM_MAINLOG] = &ms_gen_exim_mainlog,
    [MS_GEN_QMAIL] = &ms_gen_qmail,     [MS_GEN_QMAIL_MULTILOG] = &ms_gen_qmail_multilog,
};

enum {
    OUT_BYTES = 1 << 18, /* fits the cache of a core */
    CHECK_EVERY = 8,
    ROOM_BYTES = CHECK_EVERY << 13, /* no task writes more than 8 KiB */
    HOUR_MS = 3600 * 1000,
    TAIL_MS = 120 * 1000, /* after the last arrival: what is under way ends, what waits for hours stays in the queue */
    LEAST_BURST_BYTES = 64 * 1024
};

const char *ms_gen_dialect_name(enum ms_gen_dialect d)
{
    return ms_gen_writers[d]->name;
}

enum ms_gen_dialect ms_gen_dialect_named(const char *name, size_t n)
{
    for (enum ms_gen_dialect d = 0; d < MS_GEN_N_DIALECTS; d++)
        if (strlen(ms_gen_writers[d]->name) == n && memcmp(ms_gen_writers[d]->name, name, n) == 0)
            return d;
    return MS_GEN_N_DIALECTS;
}

void ms_gen_defaults(struct ms_gen_options *o)
{
    *o = (struct ms_gen_options){
        .seed = 1,
        .size_bytes = UINT64_C(100) << 20,
        .hosts = 4,
        .n_dialects = 1,
        .ids = MS_GEN_BOTH_IDS,
        .start_seconds = INT64_C(1767225600), /* 2026-01-01 */
        .rate = 200,
        .new_addresses = 0.03,
        .pickup = 0.36,
        .refused = 0.42,
        .empty = 0.08,
        .bounced = 0.60,
        .deferred = 0.04,
        .hops = 0.25,
        .reuse = 0.002,
    };
}

/* ---- output ---- */

static uint64_t written(const struct ms_gen *g)
{
    return g->totals.bytes + g->out[MS_GEN_LOG].n;
}

static inline bool full(const struct ms_gen *g)
{
    bool any = g->out[MS_GEN_LOG].n > OUT_BYTES - ROOM_BYTES;
    for (enum ms_gen_stream i = MS_GEN_MESSAGES; g->truth && i < MS_GEN_N_STREAMS; i++)
        any |= g->out[i].n > OUT_BYTES - ROOM_BYTES;
    return any;
}

static enum ms_status flush(struct ms_gen *g, size_t room, ms_gen_sink sink, void *user, struct ms_error *err)
{
    for (enum ms_gen_stream i = 0; i < MS_GEN_N_STREAMS; i++) {
        struct ms_gen_out *out = &g->out[i];
        if (out->n == 0 || out->n + room <= OUT_BYTES)
            continue;
        enum ms_status st = sink(user, i, out->data, out->n, err);
        if (st != MS_OK)
            return st;
        if (i == MS_GEN_LOG)
            g->totals.bytes += out->n;
        out->n = 0;
    }
    return MS_OK;
}

/* ---- arrivals ---- */

static bool enough(const struct ms_gen *g)
{
    const struct ms_gen_options *o = g->o;
    return (o->size_bytes > 0 && written(g) >= o->size_bytes) || (o->lines > 0 && g->totals.lines >= o->lines) ||
           (g->end_ms > 0 && g->now_ms >= g->end_ms);
}

static void arrive(struct ms_gen *g)
{
    struct ms_gen_host *h = &g->hosts[ms_gen_below(&g->random, g->o->hosts)];
    ms_gen_at(g, h);
    uint64_t dice = ms_gen_next(&g->random) >> 32;
    if (dice < g->share.pickup)
        ms_gen_pickup(g, h);
    else if (dice < g->share.refused)
        ms_gen_session_refused(g, h);
    else if (dice < g->share.empty)
        ms_gen_session_empty(g, h);
    else
        ms_gen_session_mail(g, h);
}

/* With a span, the log is busy at the start of each period until it has its share of the bytes, and quiet until the next. */
static bool period_is_over(struct ms_gen *g)
{
    if (g->period_ms == 0)
        return false;
    uint64_t start_ms = (uint64_t)g->o->start_seconds * 1000, period = (g->now_ms - start_ms) / g->period_ms;
    uint64_t bound = g->o->size_bytes > 0 ? g->o->size_bytes : g->o->lines,
             so_far = g->o->size_bytes > 0 ? written(g) : g->totals.lines;
    if ((unsigned __int128)so_far * g->n_periods < (unsigned __int128)bound * (period + 1))
        return false;
    g->next_arrival_us = (start_ms + (period + 1) * g->period_ms) * 1000;
    return true;
}

/* Gaps are uniform around the mean: nobody can tell from a log, and it needs no logarithm. */
static void arrivals(struct ms_gen *g)
{
    if (enough(g)) {
        g->stopping = true;
        return;
    }
    if (!period_is_over(g))
        do {
            arrive(g);
            g->next_arrival_us += ((ms_gen_next(&g->random) >> 32) * 2 * g->mean_gap_us >> 32) + 1;
        } while (g->next_arrival_us / 1000 <= g->now_ms);
    ms_gen_plan(&g->wheel, &g->arrival, STEP_ARRIVALS, g->next_arrival_us / 1000);
}

static void plan_periods(struct ms_gen *g)
{
    const struct ms_gen_options *o = g->o;
    if (o->span_seconds == 0)
        return;
    uint64_t span_ms = (uint64_t)o->span_seconds * 1000, bytes = o->size_bytes > 0 ? o->size_bytes : o->lines * 130;
    uint64_t hours = (span_ms + HOUR_MS - 1) / HOUR_MS, bursts = bytes / LEAST_BURST_BYTES;
    g->n_periods = bursts < 1 ? 1 : bursts < hours ? bursts : hours;
    g->period_ms = span_ms / g->n_periods;
    g->end_ms = (uint64_t)o->start_seconds * 1000 + span_ms;
}

/* ---- the run ---- */

static void step(struct ms_gen *g, struct ms_gen_task *task)
{
    g->now_ms = g->wheel.now_ms;
    if (task->step == STEP_ARRIVALS)
        arrivals(g);
    else if (task->step < STEP_LIFE_CONTENT) {
        ms_gen_at(g, ((struct ms_gen_session *)task)->host);
        ms_gen_session_step(g, (struct ms_gen_session *)task);
    } else {
        ms_gen_at(g, ((struct ms_gen_life *)task)->host);
        ms_gen_life_step(g, (struct ms_gen_life *)task);
    }
}

/* What is still open has its truth, too; and gaps that the log's end closes. */
static enum ms_status tell_open(struct ms_gen *g, ms_gen_sink sink, void *user, struct ms_error *err)
{
    struct ms_gen_slabs *s = &g->lives;
    enum ms_status st = MS_OK;
    for (unsigned i = 0; i < g->o->hosts && g->truth; i++)
        if (g->hosts[i].n_lost > 0)
            ms_gen_truth_gap(g, &g->hosts[i]);
    for (size_t i = 0; i < s->n_slabs; i++)
        for (size_t k = 0; k < (i + 1 < s->n_slabs ? MS_GEN_SLAB_ITEMS : s->n_in_last) && st == MS_OK; k++) {
            const struct ms_gen_life *l = (const struct ms_gen_life *)(s->slab[i] + k * s->item_bytes);
            if (l->used)
                ms_gen_truth_life(g, l);
            st = flush(g, ROOM_BYTES, sink, user, err);
        }
    return st;
}

static enum ms_status run(struct ms_gen *g, ms_gen_sink sink, void *user, struct ms_error *err)
{
    struct ms_gen_task *task;
    uint64_t last_ms = UINT64_MAX, n = 0;
    ms_gen_plan(&g->wheel, &g->arrival, STEP_ARRIVALS, g->now_ms + 1);
    while ((task = ms_gen_wheel_next(&g->wheel)) != NULL && task->at_ms <= last_ms) {
        step(g, task);
        if (g->stopping && last_ms == UINT64_MAX)
            last_ms = g->now_ms + TAIL_MS;
        enum ms_status st = ++n % CHECK_EVERY == 0 && full(g) ? flush(g, ROOM_BYTES, sink, user, err) : MS_OK;
        if (st != MS_OK)
            return st;
    }
    enum ms_status st = tell_open(g, sink, user, err);
    return st != MS_OK ? st : flush(g, OUT_BYTES, sink, user, err);
}

static enum ms_status check(const struct ms_gen_options *o, struct ms_error *err)
{
    if (o->hosts < 1 || o->hosts > MS_GEN_MAX_HOSTS || o->n_dialects < 1 || o->n_dialects > MS_GEN_MAX_HOSTS)
        return ms_fail(err, MS_ERR_USAGE, "a farm has 1 to %d hosts", MS_GEN_MAX_HOSTS);
    for (unsigned i = 0; i < o->n_dialects; i++)
        if (ms_gen_writers[o->dialects[i]]->stamp != MS_GEN_STAMP_SYSLOG && (o->hosts > 1 || o->n_dialects > 1))
            return ms_fail(err, MS_ERR_USAGE, "files of %s are about one host: give --hosts 1",
                           ms_gen_writers[o->dialects[i]]->name);
    if (o->size_bytes == 0 && o->lines == 0)
        return ms_fail(err, MS_ERR_USAGE, "a log needs a size or a number of lines");
    if (!(o->rate >= 0.001 && o->rate <= 1e6))
        return ms_fail(err, MS_ERR_USAGE, "a rate is from 0.001 to 1000000 arrivals a second");
    return MS_OK;
}

enum ms_status ms_gen_run(const struct ms_gen_options *o, bool truth, ms_gen_sink sink, void *user,
                          struct ms_gen_totals *totals, struct ms_error *err)
{
    enum ms_status st = check(o, err);
    if (st != MS_OK)
        return st;
    struct ms_gen *g = ms_calloc(1, sizeof *g);
    ms_gen_world_init(g, o);
    g->truth = truth;
    g->mean_gap_us = (uint64_t)(1e6 / o->rate);
    g->next_arrival_us = g->now_ms * 1000;
    for (int i = 0; i < MS_GEN_N_STREAMS; i++)
        g->out[i].data = ms_malloc(OUT_BYTES);
    plan_periods(g);
    st = run(g, sink, user, err);
    *totals = g->totals;
    ms_gen_world_fini(g);
    free(g);
    return st;
}
