#include "correlate/links_match.h"

#include <stdlib.h>

#include "base/memory.h"

/* How far apart two lines of one moment may be stamped: on one host, and on hosts whose clocks differ. Stamps may be whole
 * seconds, and lines may be late. */
#define CLOSE_US INT64_C(3000000)
#define SKEW_US INT64_C(120000000)
/* qmail-send takes up a mail soon after qmail-queue has said when it took it; by the same clock. */
#define TAKEN_UP_US INT64_C(5000000)

/* Grounds for a life being the one that is meant, beside ID and time. */
enum { NAMED = 2, KNOWS_US = 1, SAME_MESSAGE = 1, NO_FIT = -1, SURE = 9 };

struct matching {
    const struct ms_link_group *group;
    const uint32_t *host_labels;
    uint32_t localhost;
};

static bool both_known(const struct ms_link_claim_record *c, const struct ms_link_life_record *l)
{
    return c->message_hash != 0 && l->message_hash != 0;
}

static bool same_message(const struct ms_link_claim_record *c, const struct ms_link_life_record *l)
{
    return both_known(c, l) && c->message_hash == l->message_hash;
}

/* A delivery by SMTP: the life is on the relay's host, and its client is ours; at least one of the two, or the message-id, or a
 * long queue ID must say so. A remote server may answer with any ID that it has seen in a Received line: a message-id that
 * differs speaks against it, unless host and client both fit (headers may be rewritten). */
static int level_of_hop(const struct matching *m, const struct ms_link_claim_record *c,
                        const struct ms_link_life_record *l)
{
    uint32_t our_label = m->host_labels[c->host_id];
    bool same_host = l->host_id == c->host_id;
    if (c->kind == MS_LINK_TO_PROGRAM)
        return same_host && l->by_pickup && l->begin_us >= c->begin_us ? NAMED : NO_FIT;
    bool named = c->loopback ? same_host : c->relay_label != 0 && c->relay_label == m->host_labels[l->host_id];
    bool knows_us =
        l->client_label != 0 && (l->client_label == our_label || (same_host && l->client_label == m->localhost));
    /* An instance on this machine may log another host's name (maillog_file): then the message-id has to agree as well. */
    if (c->loopback && !same_host && (c->kind != MS_LINK_NEXT_HOP || !same_message(c, l)))
        return NO_FIT;
    if (l->begin_us < c->begin_us - (same_host ? 0 : SKEW_US)) /* older than the mail that is said to have become it */
        return NO_FIT;
    if (both_known(c, l) && !same_message(c, l) && !(named && knows_us))
        return NO_FIT;
    int level = (named ? NAMED : 0) + (knows_us ? KNOWS_US : 0);
    if (c->kind == MS_LINK_NO_ID)
        return named && (knows_us || !c->loopback) && !l->by_pickup ? level : NO_FIT;
    if (level == 0 && !same_message(c, l) && !c->is_long)
        return NO_FIT;
    return level + (same_message(c, l) ? SAME_MESSAGE : 0);
}

/* A process of qmail's, of which the same number comes again: only near the time that is said, and if the line names the host, on
 * that host. */
static int level_of_process(const struct matching *m, const struct ms_link_claim_record *c,
                            const struct ms_link_life_record *l)
{
    if (c->kind != MS_LINK_NEXT_HOP)
        return l->host_id == c->host_id && l->instance == c->instance && l->begin_us >= c->begin_us ? SURE : NO_FIT;
    if (c->told_us == MS_NONE || l->begin_us < c->told_us - CLOSE_US || l->begin_us > c->told_us + TAKEN_UP_US)
        return NO_FIT;
    bool named = c->loopback ? l->host_id == c->host_id : c->relay_label == m->host_labels[l->host_id];
    if (named)
        return NAMED;
    return c->relay_label == 0 && !c->loopback ? 0 : NO_FIT;
}

static int level_of_child(const struct matching *m, const struct ms_link_claim_record *c,
                          const struct ms_link_life_record *l)
{
    if (l->txn_id == c->txn_id)
        return NO_FIT;
    if (c->by_process)
        return level_of_process(m, c, l);
    if (c->kind == MS_LINK_NEXT_HOP || ms_link_by_message(c->kind))
        return level_of_hop(m, c, l);
    return l->host_id == c->host_id && l->instance == c->instance ? SURE : NO_FIT;
}

static size_t first_begun_at(const struct ms_link_group *g, int64_t begin_us)
{
    size_t low = 0, high = g->n_lives;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (g->lives[mid]->begin_us < begin_us)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void add_fit(struct ms_link_match *match, const struct ms_link_life_record *l, int level)
{
    if (level == NO_FIT || (match->n > 0 && level < match->level))
        return;
    if (match->n == 0 || level > match->level)
        *match = (struct ms_link_match){.level = level};
    if (match->n_shown < MS_LINK_SHOWN)
        match->lives[match->n_shown++] = l;
    match->n++;
}

/* Lives that began while the attempt went on, give or take `slack_us`. */
static void match_child(const struct matching *m, const struct ms_link_claim_record *c, int64_t slack_us,
                        struct ms_link_match *match)
{
    const struct ms_link_group *g = m->group;
    for (size_t i = first_begun_at(g, c->time_us - c->before_us - slack_us);
         i < g->n_lives && g->lives[i]->begin_us <= c->time_us + slack_us; i++)
        add_fit(match, g->lives[i], level_of_child(m, c, g->lives[i]));
}

/* The parent of a requeued file, or of a copy that names it, is whatever life of the ID came last before, on the same queue. */
static void match_requeued(const struct matching *m, const struct ms_link_claim_record *c, struct ms_link_match *match)
{
    const struct ms_link_group *g = m->group;
    for (size_t i = first_begun_at(g, c->time_us + 1); i > 0 && match->n == 0; i--) {
        const struct ms_link_life_record *l = g->lives[i - 1];
        if (l->txn_id != c->txn_id && l->host_id == c->host_id && l->instance == c->instance)
            add_fit(match, l, SURE);
    }
}

/* orig_queue_id=: the parent is being delivered while the child begins. The filter between them is on this host as a rule. */
static void match_reinjected(const struct matching *m, const struct ms_link_claim_record *c, int64_t slack_us,
                             struct ms_link_match *match)
{
    const struct ms_link_group *g = m->group;
    for (size_t i = first_begun_at(g, c->time_us + slack_us + 1); i > 0; i--) {
        const struct ms_link_life_record *l = g->lives[i - 1];
        if (l->txn_id == c->txn_id || l->last_us < c->time_us - slack_us)
            continue;
        if (l->host_id == c->host_id || (c->relay_label != 0 && c->relay_label == m->host_labels[l->host_id]))
            add_fit(match, l, NAMED);
        else if (same_message(c, l) || (c->is_long && !both_known(c, l)))
            add_fit(match, l, SAME_MESSAGE);
    }
}

static void match_claim(const struct matching *m, const struct ms_link_claim_record *c, struct ms_link_match *match)
{
    static const int64_t slacks_us[] = {CLOSE_US, SKEW_US};
    *match = (struct ms_link_match){0};
    if (c->kind == MS_LINK_FAILED)
        return;
    if (c->kind == MS_LINK_REQUEUE || c->kind == MS_LINK_CLONE_OF || c->kind == MS_LINK_BOUNCE_OF) {
        match_requeued(m, c, match);
        return;
    }
    bool same_clock = c->by_process && c->kind != MS_LINK_NEXT_HOP;
    for (size_t i = 0; i < (same_clock ? 1 : 2) && match->n == 0; i++)
        if (c->kind == MS_LINK_REINJECT)
            match_reinjected(m, c, slacks_us[i], match);
        else
            match_child(m, c, slacks_us[i], match);
}

/* ---- a child has one parent ---- */

struct parent { /* a claim that means one life */
    const struct ms_link_life_record *child;
    uint64_t txn_id;
    int level;
    size_t claim;
};

static int by_child(const void *a, const void *b)
{
    const struct parent *x = a, *y = b;
    if (x->child != y->child)
        return x->child < y->child ? -1 : 1;
    if (x->level != y->level)
        return x->level > y->level ? -1 : 1;
    return (x->txn_id > y->txn_id) - (x->txn_id < y->txn_id);
}

/* parents[0, n) claim one child, the best grounds first: the others are wrong, and equal ones leave it open. */
static void settle(const struct parent *parents, size_t n, struct ms_link_match *matches)
{
    size_t n_best = 0;
    uint32_t n_distinct = 0;
    for (; n_best < n && parents[n_best].level == parents[0].level; n_best++)
        n_distinct += n_best == 0 || parents[n_best].txn_id != parents[n_best - 1].txn_id;
    for (size_t i = 0; i < n_best; i++)
        matches[parents[i].claim].n = n_distinct;
    for (size_t i = n_best; i < n; i++)
        matches[parents[i].claim] = (struct ms_link_match){0};
}

static void settle_parents(const struct ms_link_group *g, struct ms_link_match *matches)
{
    struct parent *parents = ms_malloc(g->n_claims * sizeof *parents);
    size_t n = 0;
    for (size_t i = 0; i < g->n_claims; i++)
        if (matches[i].n == 1 && !ms_link_names_parent(g->claims[i]->kind))
            parents[n++] = (struct parent){matches[i].lives[0], g->claims[i]->txn_id, matches[i].level, i};
    if (n)
        qsort(parents, n, sizeof *parents, by_child);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && parents[end].child == parents[i].child; end++)
            ;
        settle(parents + i, end - i, matches);
    }
    free(parents);
}

/* ---- a report on a failure, or that a mail is late? ---- */

/* Exim's line of a report names but the mail that it is about. A recipient fails before the report on it is made; several may be
 * made at once. */
struct told { /* of the mail txn_id: a recipient failed, or a report was made */
    uint64_t txn_id, key;
    int64_t time_us;
    struct ms_link_match *report; /* NULL: a failure */
};

static int by_mail_and_time(const void *a, const void *b)
{
    const struct told *x = a, *y = b;
    if (x->txn_id != y->txn_id)
        return x->txn_id < y->txn_id ? -1 : 1;
    if (x->time_us != y->time_us)
        return x->time_us < y->time_us ? -1 : 1;
    return (x->key > y->key) - (x->key < y->key);
}

static void judge_reports(struct told *all, size_t n)
{
    bool has_failed = false;
    int64_t failure_us = INT64_MIN; /* when the last report on one was made */
    qsort(all, n, sizeof *all, by_mail_and_time);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || all[i].txn_id != all[i - 1].txn_id) {
            has_failed = false;
            failure_us = INT64_MIN;
        }
        if (all[i].report == NULL) {
            has_failed = true;
            continue;
        }
        all[i].report->is_delay = !has_failed && all[i].time_us - CLOSE_US > failure_us;
        if (!all[i].report->is_delay)
            failure_us = all[i].time_us;
        has_failed = false;
    }
}

static void tell_delays(const struct ms_link_group *g, struct ms_link_match *matches)
{
    size_t n = 0, n_reports = 0;
    for (size_t i = 0; i < g->n_claims; i++)
        n_reports += g->claims[i]->kind == MS_LINK_BOUNCE_OF && matches[i].n == 1;
    if (n_reports == 0)
        return;
    struct told *all = ms_malloc(g->n_claims * sizeof *all);
    for (size_t i = 0; i < g->n_claims; i++) {
        const struct ms_link_claim_record *c = g->claims[i];
        if (c->kind == MS_LINK_FAILED)
            all[n++] = (struct told){c->txn_id, c->key, c->time_us, NULL};
        else if (c->kind == MS_LINK_BOUNCE_OF && matches[i].n == 1)
            all[n++] = (struct told){matches[i].lives[0]->txn_id, c->key, c->time_us, &matches[i]};
    }
    judge_reports(all, n);
    free(all);
}

static int by_begin(const void *a, const void *b)
{
    const struct ms_link_life_record *x = *(const struct ms_link_life_record *const *)a,
                                     *y = *(const struct ms_link_life_record *const *)b;
    if (x->begin_us != y->begin_us)
        return x->begin_us < y->begin_us ? -1 : 1;
    return (x->txn_id > y->txn_id) - (x->txn_id < y->txn_id);
}

void ms_link_match_group(struct ms_link_group *g, const uint32_t *host_labels, uint32_t localhost,
                         struct ms_link_match *matches)
{
    struct matching m = {g, host_labels, localhost};
    if (g->n_lives > 1)
        qsort(g->lives, g->n_lives, sizeof *g->lives, by_begin);
    for (size_t i = 0; i < g->n_claims; i++)
        match_claim(&m, g->claims[i], &matches[i]);
    if (g->n_claims > 1)
        settle_parents(g, matches);
    tell_delays(g, matches);
}
