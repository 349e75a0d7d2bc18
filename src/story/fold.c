/* Lines to lives and sessions, by the functions of correlate that ingest uses: the same facts in the same lists, cut by the same
 * rules (lives.h), over whole lists. */
#include <stdlib.h>

#include "base/memory.h"
#include "correlate/emit.h"
#include "correlate/local.h"
#include "correlate/parts.h"
#include "story/search.h"

enum ms_status ms_fold_init(struct ms_stories *s, struct ms_error *err)
{
    s->fold.c = ms_correlator_create(&s->run.correlate, s->n_files);
    s->fold.c->segment = &s->fold.segment;
    return ms_parser_create(&s->fold.parser, s->run.names, NULL, s->config->host, err);
}

void ms_fold_fini(struct ms_fold *fold)
{
    free(fold->lists);
    free(fold->lives);
    free(fold->sessions);
    free(fold->brought);
    free(fold->groups);
    ms_keyset_fini(&fold->keys);
    ms_parser_destroy(fold->parser);
    ms_correlator_destroy(fold->c);
    *fold = (struct ms_fold){0};
}

struct ms_line *ms_line_of(struct ms_stories *s, uint64_t key)
{
    size_t low = 0, high = s->lines.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->lines.items[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    MS_ASSERT(low < s->lines.n && s->lines.items[low].key == key);
    return &s->lines.items[low];
}

/* ---- lines to facts in lists ---- */

/* The correlator closes nothing (whole_lists), so that its maps keep the list of every key. */
static void fold_line(struct ms_stories *s, struct ms_line *line)
{
    struct ms_event e;
    line->is_folded = true;
    if (line->is_long || line->time_us == MS_NONE)
        return;
    ms_parse_line(s->fold.parser, line->text, (uint64_t)ms_row_offset(line->key), &e);
    line->queue_id = e.queue_id;
    if (e.role == MS_ROLE_UNPARSED)
        return;
    e.time_us = line->time_us;
    e.eff_s = line->eff_s;
    s->fold.segment.file_id = ms_row_file(line->key);
    s->fold.c->n_lines++;
    ms_correlator_line(s->fold.c, &e);
}

/* What a correlator has after ms_correlator_settle: no host had a line before. */
static void make_window(struct ms_stories *s)
{
    struct ms_clock_window *w = &s->fold.c->window;
    size_t n = ms_names_n_hosts(s->run.names) + 1;
    w->start_s = ms_realloc(w->start_s, n * sizeof *w->start_s);
    for (size_t i = 0; i < n; i++)
        w->start_s[i] = MS_CLOCK_NEVER;
}

static int by_place(const void *a, const void *b)
{
    return ms_fact_order(*(struct ms_fact *const *)a, *(struct ms_fact *const *)b);
}

static void add_list(struct ms_fold *fold, struct ms_local_list *l)
{
    ms_keyset_add(&fold->keys, &l->key);
    fold->lists = ms_grow(fold->lists, &fold->cap_lists, fold->keys.n, sizeof *fold->lists);
    struct ms_list *list = &fold->lists[fold->keys.n - 1];
    *list = (struct ms_list){.key = fold->keys.items[fold->keys.n - 1], .facts = ms_local_facts(l), .n = l->n};
    qsort(list->facts, list->n, sizeof *list->facts, by_place);
}

static void take_lists(struct ms_fold *fold)
{
    ms_keyset_clear(&fold->keys);
    for (size_t i = 0; i < fold->c->session_map.n_lists; i++)
        if (fold->c->session_map.lists[i].n > 0)
            add_list(fold, &fold->c->session_map.lists[i]);
    for (size_t i = 0; i < fold->c->life_map.n_lists; i++)
        if (fold->c->life_map.lists[i].n > 0)
            add_list(fold, &fold->c->life_map.lists[i]);
}

/* ---- lists to sessions and lives ---- */

/* What a session told its mails when less was known of it. */
static void forget_verdict(struct ms_fact *f)
{
    if (f->role == MS_ROLE_ACCEPTED)
        f->u.accepted.session_known = false;
    if (f->role != MS_ROLE_CLIENT)
        return;
    f->u.client.session_known = f->u.client.lost = f->u.client.discarded = false;
    f->u.client.moved_on_s = MS_NONE;
    f->u.client.tls_version = f->u.client.tls_cipher = MS_SPAN_NULL;
}

static void tell_twin(struct ms_correlator *c, struct ms_fact *client, const struct ms_verdict *v)
{
    struct ms_fact *twin = client->role == MS_ROLE_CLIENT ? client->u.client.twin : client->u.accepted.twin;
    if (twin != NULL)
        ms_verdict_apply(c, twin, v);
}

/* All its lines stand in one segment, and are known (near.h); and what could belong to it in front of the segment or behind it
 * would be too far away. */
static bool is_complete(struct ms_stories *s, const struct ms_list *list, const struct ms_session_life *split)
{
    if (ms_times_has(&s->have.processes, &list->key, split->begin_s))
        return true;
    if (!split->has_begin || split->disconnect_fact == SIZE_MAX)
        return false;
    const struct ms_line *first = ms_line_of(s, list->facts[split->first]->key),
                         *last = ms_line_of(s, list->facts[split->disconnect_fact]->key);
    return first->segment == last->segment && last->end_s > last->eff_s + MS_INVERSION_S &&
           (first->start_s == MS_CLOCK_NEVER || first->eff_s > first->start_s + MS_INVERSION_S);
}

static void split_sessions(struct ms_stories *s, struct ms_list *list)
{
    struct ms_fold *fold = &s->fold;
    struct ms_session_life *splits = ms_malloc(list->n * sizeof *splits);
    size_t n =
        ms_sessions_split(list->facts, list->n, ms_clock_now(&s->run.correlate.clock, list->key.host_id), splits);
    list->first_split = fold->n_sessions;
    list->n_splits = n;
    fold->sessions = ms_grow(fold->sessions, &fold->cap_sessions, fold->n_sessions + n, sizeof *fold->sessions);
    for (size_t i = 0; i < n; i++) {
        struct ms_session_life *split = &splits[i];
        int64_t id = ms_session_id(fold->c, list->facts[split->first], split->begin_s, split->ordinal);
        ms_session_verdicts(fold->c, list->facts, split, id, tell_twin);
        fold->sessions[fold->n_sessions++] = (struct ms_told_session){.list = (size_t)(list - fold->lists),
                                                                      .first = split->first,
                                                                      .end = split->end,
                                                                      .is_complete = is_complete(s, list, split)};
        for (size_t k = split->first; k < split->end; k++)
            ms_line_of(s, list->facts[k]->key)->session = (uint32_t)fold->n_sessions;
    }
    free(splits);
}

static void split_lives(struct ms_stories *s, struct ms_list *list)
{
    struct ms_fold *fold = &s->fold;
    struct ms_life *splits = ms_malloc(list->n * sizeof *splits);
    if (ms_lives_have_no_end(list->facts, list->n))
        ms_parts_join(fold->c, list->facts, list->n);
    size_t n = ms_lives_split(list->facts, list->n, ms_clock_now(&s->run.correlate.clock, list->key.host_id), splits);
    list->first_split = fold->n_lives;
    list->n_splits = n;
    fold->lives = ms_grow(fold->lives, &fold->cap_lives, fold->n_lives + n, sizeof *fold->lives);
    for (size_t i = 0; i < n; i++) {
        fold->lives[fold->n_lives++] =
            (struct ms_told_life){.list = (size_t)(list - fold->lists), .first = splits[i].first, .end = splits[i].end};
        for (size_t k = splits[i].first; k < splits[i].end; k++) {
            struct ms_line *line = ms_line_of(s, list->facts[k]->key);
            if (line->life == 0 ||
                ms_span_eq(line->queue_id, list->key.queue_id)) /* it may tell of another mail, too */
                line->life = (uint32_t)fold->n_lives;
        }
    }
    free(splits);
}

/* Lines of a process that is known for its sessions, but that are in no list: what it says between the first and the last line
 * of a session, and what it says of a client just before it says `connect`. */
static void attach(struct ms_stories *s, struct ms_line *line)
{
    struct ms_event e;
    struct ms_key key;
    if (line->life != 0 || line->session != 0 || line->is_long || line->time_us == MS_NONE)
        return;
    ms_parse_line(s->fold.parser, line->text, (uint64_t)ms_row_offset(line->key), &e);
    size_t at = ms_key_of_process(s, &e, &key) ? ms_keyset_find(&s->fold.keys, &key) : SIZE_MAX;
    if (at == SIZE_MAX)
        return;
    const struct ms_list *list = &s->fold.lists[at];
    size_t low = list->first_split, end = low + list->n_splits, high = end;
    while (low < high) { /* the first session that is not over by then */
        size_t middle = low + (high - low) / 2;
        if (list->facts[s->fold.sessions[middle].end - 1]->key < line->key)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == end)
        return;
    const struct ms_fact *first = list->facts[s->fold.sessions[low].first];
    if (line->key > first->key || first->eff_s <= line->eff_s + MS_INVERSION_S)
        line->session = (uint32_t)low + 1;
}

static int by_session(const void *a, const void *b)
{
    const struct ms_brought *x = a, *y = b;
    if (x->session != y->session)
        return x->session < y->session ? -1 : 1;
    return (x->life > y->life) - (x->life < y->life);
}

static void pair_up(struct ms_stories *s)
{
    struct ms_fold *fold = &s->fold;
    fold->n_brought = 0;
    for (size_t i = 0; i < s->lines.n; i++) {
        const struct ms_line *line = &s->lines.items[i];
        if (line->life == 0 || line->session == 0)
            continue;
        fold->brought = ms_grow(fold->brought, &fold->cap_brought, fold->n_brought + 1, sizeof *fold->brought);
        fold->brought[fold->n_brought++] = (struct ms_brought){line->session - 1, line->life - 1};
    }
    if (fold->n_brought > 0)
        qsort(fold->brought, fold->n_brought, sizeof *fold->brought, by_session);
}

void ms_fold_lines(struct ms_stories *s)
{
    struct ms_fold *fold = &s->fold;
    make_window(s);
    for (size_t i = 0; i < s->lines.n; i++) {
        struct ms_line *line = &s->lines.items[i];
        line->life = line->session = 0;
        if (!line->is_folded)
            fold_line(s, line);
    }
    take_lists(fold);
    fold->n_lives = fold->n_sessions = 0;
    for (size_t i = 0; i < fold->keys.n; i++) { /* sessions first: their verdicts are facts of the mails */
        struct ms_list *list = &fold->lists[i];
        for (size_t k = 0; list->key.queue_id.p != NULL && k < list->n; k++)
            forget_verdict(list->facts[k]);
    }
    for (size_t i = 0; i < fold->keys.n; i++)
        if (fold->lists[i].key.queue_id.p == NULL)
            split_sessions(s, &fold->lists[i]);
        else
            split_lives(s, &fold->lists[i]);
    for (size_t i = 0; i < s->lines.n; i++)
        attach(s, &s->lines.items[i]);
    pair_up(s);
}
