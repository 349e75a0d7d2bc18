#include "correlate/local.h"

#include "base/memory.h"
#include "correlate/emit.h"

struct ms_fact **ms_list_array(struct ms_correlator *c, struct ms_fact *first, size_t n)
{
    c->list = ms_grow(c->list, &c->cap_list, n + 1, sizeof *c->list);
    size_t i = 0;
    for (struct ms_fact *f = first; f != NULL; f = f->next)
        c->list[i++] = f;
    MS_ASSERT(i == n);
    return c->list;
}

void *ms_split_room(struct ms_correlator *c, size_t n, size_t item_size)
{
    return c->splits = ms_grow(c->splits, &c->cap_splits, (n + 1) * item_size, 1);
}

void ms_partial_insert(struct ms_correlator *c, struct ms_queue_table *table, const struct ms_key *key, struct ms_fact *const *facts,
                       size_t n, const struct ms_fact *tombstone)
{
    struct ms_arena *arena = &c->stripe_arena;
    struct ms_partial *p = ms_arena_alloc(arena, sizeof *p);
    *p = (struct ms_partial){.key = *key, .dict = &c->dict};
    p->key.queue_id = ms_arena_copy(arena, key->queue_id);
    for (size_t i = 0; i < n + (tombstone != NULL); i++) {
        struct ms_fact *f = ms_fact_copy(i < n ? facts[i] : tombstone, arena, &c->dict, &c->dict);
        if (f->role == MS_ROLE_CLIENT)
            f->u.client.twin = NULL;
        if (p->last)
            p->last->next = f;
        else
            p->first = f;
        p->last = f;
    }
    ms_table_insert_mp(table, p);
}

/* ---- what a session knows of its mails ---- */

void ms_verdict_apply(struct ms_fact *client, const struct ms_verdict *v)
{
    struct ms_fact_client *cl = &client->u.client;
    cl->session_known = true;
    cl->session_id = v->session_id;
    cl->tls_version = v->tls_version;
    cl->tls_cipher = v->tls_cipher;
    if (v->moved_on_s != MS_NONE) {
        cl->moved_on_s = v->moved_on_s;
        cl->lost |= v->lost;
    }
}

void ms_session_verdicts(struct ms_correlator *c, struct ms_fact *const *facts, const struct ms_session_life *s, int64_t session_id,
                         ms_verdict_fn tell)
{
    struct ms_verdict v = {.session_id = session_id, .moved_on_s = MS_NONE};
    struct ms_fact *open = NULL;
    for (size_t i = s->first; i <= s->end; i++) {
        /* The next client=, the end, or (at s->end) the begin of the pid's next session closes the mail before. */
        struct ms_fact *f = i < s->end ? facts[i] : NULL;
        bool over = f == NULL ? s->sealed : f->role == MS_ROLE_CLIENT || f->role == MS_ROLE_LOST || f->role == MS_ROLE_DISCONNECT;
        if (open != NULL && over) {
            v.moved_on_s = f ? f->eff_s : facts[s->end - 1]->eff_s;
            v.lost = f != NULL && f->role == MS_ROLE_LOST;
            tell(c, open, &v);
            open = NULL;
        }
        if (f != NULL && f->role == MS_ROLE_TLS) {
            v.tls_version = ms_dict_text(&c->dict, f->u.tls.version);
            v.tls_cipher = ms_dict_text(&c->dict, f->u.tls.cipher);
        }
        if (f != NULL && f->role == MS_ROLE_CLIENT)
            open = f;
    }
    if (open != NULL) {
        v.moved_on_s = MS_NONE;
        v.lost = false;
        tell(c, open, &v);
    }
}

static void tell_twin(struct ms_correlator *c, struct ms_fact *client, const struct ms_verdict *v)
{
    (void)c;
    if (client->u.client.twin != NULL)
        ms_verdict_apply(client->u.client.twin, v);
}

/* ---- closing ---- */

static void remember_closed(struct ms_closed **items, size_t *n, size_t *cap, const struct ms_key *key, const struct ms_fact *first,
                            int64_t begin_s, uint32_t ordinal)
{
    *items = ms_grow(*items, cap, *n + 1, sizeof **items);
    (*items)[(*n)++] = (struct ms_closed){*key, first->key, begin_s, ordinal};
}

static struct ms_fact *tombstone_of(struct ms_correlator *c, const struct ms_fact *first, int64_t begin_s, uint32_t ordinal)
{
    struct ms_fact *t = ms_fact_new(&c->segment_arena, MS_ROLE_TOMBSTONE);
    t->key = first->key;
    t->eff_s = begin_s;
    t->host_id = first->host_id;
    t->tag_id = first->tag_id;
    t->pid = first->pid;
    t->ordinal = ordinal;
    t->u.tombstone.begin_s = begin_s;
    return t;
}

static void mark_begin(struct ms_fact *f, uint32_t ordinal)
{
    f->flags |= MS_FACT_BEGIN;
    f->ordinal = ordinal;
}

/* The first session that owes nothing to lines before the segment: it begins with a connect line, in a second that no line
 * before the segment can have (so its ordinal counts only sessions that are here, and those before it begin surely, too). */
static size_t first_clean_session(struct ms_fact *const *facts, const struct ms_session_life *splits, size_t n, int64_t start_s)
{
    for (size_t i = 0; i < n; i++)
        if (ms_session_begins_clean(facts[splits[i].first], start_s) && (i == 0 || splits[i - 1].begin_s < splits[i].begin_s))
            return i;
    return n;
}

static void close_session_list(struct ms_correlator *c, struct ms_local_list *l)
{
    struct ms_fact **facts = ms_list_array(c, l->first, l->n);
    int64_t start_s = ms_clock_start(&c->window, l->key.host_id), now_s = ms_clock_end(&c->window, l->key.host_id);
    struct ms_session_life *splits = ms_split_room(c, l->n, sizeof *splits), *last = NULL;
    size_t n = ms_sessions_split(facts, l->n, now_s, splits), first = first_clean_session(facts, splits, n, start_s);
    size_t prefix = first < n ? splits[first].first : l->n, suffix = l->n;
    for (size_t i = first; i < n; i++) {
        struct ms_session_life *s = &splits[i];
        int64_t id = ms_session_id(c->run, facts[s->first], s->begin_s, s->ordinal);
        ms_session_verdicts(c, facts, s, id, tell_twin);
        if (!s->sealed) { /* the last one */
            mark_begin(facts[s->first], s->ordinal);
            suffix = s->first;
            break;
        }
        ms_emit_session(c, facts, s, id, false);
        last = s;
    }
    if (prefix == 0 && suffix == l->n) {
        if (last != NULL)
            remember_closed(&c->closed_sessions, &c->n_closed_sessions, &c->cap_closed_sessions, &l->key, facts[last->first],
                            last->begin_s, last->ordinal);
        return;
    }
    const struct ms_fact *tombstone =
        last != NULL && suffix == l->n ? tombstone_of(c, facts[last->first], last->begin_s, last->ordinal) : NULL;
    memmove(facts + prefix, facts + suffix, (l->n - suffix) * sizeof *facts);
    ms_partial_insert(c, c->run->sessions, &l->key, facts, prefix + (l->n - suffix), tombstone);
}

void ms_local_close_sessions(struct ms_correlator *c)
{
    for (size_t i = 0; i < c->session_map.n_lists; i++) {
        struct ms_local_list *l = &c->session_map.lists[i];
        if (c->run->whole_lists)
            ms_partial_insert(c, c->run->sessions, &l->key, ms_list_array(c, l->first, l->n), l->n, NULL);
        else
            close_session_list(c, l);
    }
}

/* Where the first life begins that owes nothing to lines before: its begin line comes more than the inversion window after
 * all that came before, in the list and on the host. */
static size_t first_clean_life(struct ms_fact *const *facts, size_t n, int64_t start_s)
{
    for (size_t i = 0; i < n; i++)
        if (ms_life_begins_clean(facts[i], start_s) && (i == 0 || facts[i - 1]->eff_s + MS_INVERSION_S < facts[i]->eff_s) &&
            (i == 0 || facts[i]->role == MS_ROLE_CLIENT || facts[i]->role == MS_ROLE_PICKUP))
            return i;
    return n;
}

/* A life whose session is not in this worker's hands waits for it. */
static bool session_is_known(struct ms_fact *const *facts, const struct ms_life *life)
{
    for (size_t i = life->first; i < life->end; i++)
        if (facts[i]->role == MS_ROLE_CLIENT && !facts[i]->u.client.session_known && facts[i]->pid != MS_NO_PID)
            return false;
    return true;
}

static void close_life_list(struct ms_correlator *c, struct ms_local_list *l)
{
    struct ms_fact **facts = ms_list_array(c, l->first, l->n);
    int64_t start_s = ms_clock_start(&c->window, l->key.host_id), now_s = ms_clock_end(&c->window, l->key.host_id);
    size_t clean = first_clean_life(facts, l->n, start_s);
    struct ms_life *splits = ms_split_room(c, l->n, sizeof *splits), *last = NULL;
    struct ms_fact **own = facts + clean;
    size_t n = ms_lives_split(own, l->n - clean, now_s, splits), done = 0;
    struct ms_key key = l->key;
    for (; done < n && splits[done].sealed && session_is_known(own, &splits[done]); done++) {
        if (last == NULL) /* rows and tombstones outlive the segment's text */
            key.queue_id = ms_arena_copy(&c->stripe_arena, l->key.queue_id);
        last = &splits[done];
        ms_emit_life(c, &key, own, last, false);
        c->n_lives++;
    }
    for (size_t i = done; i < n; i++)
        mark_begin(own[splits[i].first], splits[i].ordinal);
    size_t suffix = done < n ? clean + splits[done].first : l->n;
    const struct ms_fact *tombstone =
        last != NULL && suffix == l->n ? tombstone_of(c, own[last->first], last->begin_s, last->ordinal) : NULL;
    if (clean == 0 && suffix == l->n) {
        if (last != NULL)
            remember_closed(&c->closed_lives, &c->n_closed_lives, &c->cap_closed_lives, &key, own[last->first], last->begin_s,
                            last->ordinal);
        return;
    }
    memmove(facts + clean, facts + suffix, (l->n - suffix) * sizeof *facts);
    ms_partial_insert(c, c->run->lives, &l->key, facts, clean + (l->n - suffix), tombstone);
}

void ms_local_close_lives(struct ms_correlator *c)
{
    for (size_t i = 0; i < c->life_map.n_lists; i++) {
        struct ms_local_list *l = &c->life_map.lists[i];
        if (c->run->whole_lists)
            ms_partial_insert(c, c->run->lives, &l->key, ms_list_array(c, l->first, l->n), l->n, NULL);
        else
            close_life_list(c, l);
    }
}
