#include "correlate/local.h"

#include "base/memory.h"
#include "correlate/emit.h"

/* ---- what a session knows of its mails ---- */

static void apply_to_accepted(struct ms_correlator *c, struct ms_fact_accepted *a, const struct ms_verdict *v)
{
    a->session_known = true;
    a->session_id = v->session_id;
    a->session_tls_version = v->tls_version;
    a->session_tls_cipher = v->tls_cipher;
    if (v->login != NULL) {
        a->session_sasl_method = ms_dict_text(&c->dict, v->login->method);
        a->session_sasl_username = ms_dict_text(&c->dict, v->login->username);
    }
}

void ms_verdict_apply(struct ms_correlator *c, struct ms_fact *client, const struct ms_verdict *v)
{
    if (client->role == MS_ROLE_ACCEPTED) {
        apply_to_accepted(c, &client->u.accepted, v);
        return;
    }
    struct ms_fact_client *cl = &client->u.client;
    cl->session_known = true;
    cl->session_id = v->session_id;
    cl->tls_version = v->tls_version;
    cl->tls_cipher = v->tls_cipher;
    cl->discarded = v->discarded;
    if (v->moved_on_s != MS_NONE) {
        cl->moved_on_s = v->moved_on_s;
        cl->lost |= v->lost;
    }
}

/* Its one line says that the mail is taken: what stands before it in the session is all there is to tell. */
static void tell_accepted(struct ms_correlator *c, struct ms_fact *f, int64_t session_id, const struct ms_fact *tls,
                          const struct ms_fact *login, ms_verdict_fn tell)
{
    struct ms_verdict v = {.session_id = session_id, .moved_on_s = MS_NONE};
    if (tls != NULL) {
        v.tls_version = ms_dict_text(&c->dict, tls->u.tls.version);
        v.tls_cipher = ms_dict_text(&c->dict, tls->u.tls.cipher);
    }
    if (login != NULL)
        v.login = &login->u.login;
    tell(c, f, &v);
}

void ms_session_verdicts(struct ms_correlator *c, struct ms_fact *const *facts, const struct ms_session_life *s,
                         int64_t session_id, ms_verdict_fn tell)
{
    struct ms_verdict v = {.session_id = session_id, .moved_on_s = MS_NONE};
    struct ms_fact *open = NULL, *tls = NULL, *login = NULL;
    bool discard = false;
    for (size_t i = s->first; i <= s->end; i++) {
        /* The next client=, the end, or (at s->end) the begin of the pid's next session closes the mail before. */
        struct ms_fact *f = i < s->end ? facts[i] : NULL;
        bool over = f == NULL ? s->sealed
                              : f->role == MS_ROLE_CLIENT || f->role == MS_ROLE_LOST || f->role == MS_ROLE_DISCONNECT;
        if (open != NULL && over) {
            v.moved_on_s = f ? f->eff_s : facts[s->end - 1]->eff_s;
            v.lost = f != NULL && f->role == MS_ROLE_LOST;
            tell(c, open, &v);
            open = NULL;
        }
        if (f != NULL && f->role == MS_ROLE_TLS)
            tls = f;
        if (f != NULL)
            discard |= ms_fact_discards(f);
        if (f != NULL && f->role == MS_ROLE_SASL && f->u.login.ok)
            login = f;
        if (f != NULL && f->role == MS_ROLE_ACCEPTED)
            tell_accepted(c, f, session_id, tls, login, tell);
        if (f != NULL && f->role == MS_ROLE_CLIENT) {
            /* What stands before the line; what comes late may come when the mail is closed already. */
            v.tls_version = tls ? ms_dict_text(&c->dict, tls->u.tls.version) : MS_SPAN_NULL;
            v.tls_cipher = tls ? ms_dict_text(&c->dict, tls->u.tls.cipher) : MS_SPAN_NULL;
            v.discarded = discard;
            discard = false;
            open = f;
        }
    }
    if (open != NULL) {
        v.moved_on_s = MS_NONE;
        v.lost = false;
        tell(c, open, &v);
    }
}

static void tell_twin(struct ms_correlator *c, struct ms_fact *client, const struct ms_verdict *v)
{
    struct ms_fact *twin = client->role == MS_ROLE_CLIENT ? client->u.client.twin : client->u.accepted.twin;
    if (twin != NULL)
        ms_verdict_apply(c, twin, v);
}

/* ---- closing ---- */

static struct ms_fact *tombstone_of(struct ms_correlator *c, const struct ms_local_list *l)
{
    struct ms_fact *t = ms_fact_new(&c->segment_arena, MS_ROLE_TOMBSTONE);
    t->key = l->last_place;
    t->eff_s = l->last_begin_s;
    t->host_id = l->key.host_id;
    t->pid = l->key.pid;
    t->ordinal = l->last_ordinal;
    t->u.tombstone.begin_s = l->last_begin_s;
    return t;
}

static void mark_begin(struct ms_fact *f, uint32_t ordinal)
{
    f->flags |= MS_FACT_BEGIN;
    f->ordinal = ordinal;
}

static void note_closed(struct ms_local_list *l, const struct ms_fact *first, int64_t begin_s, uint32_t ordinal)
{
    l->closed = true;
    l->last_place = first->key;
    l->last_begin_s = begin_s;
    l->last_ordinal = ordinal;
}

/* After closed lives a list begins anew, and its first line begins a life: which one of its second is known. */
static void begin_again(struct ms_local_list *l, struct ms_fact *f)
{
    mark_begin(f, f->eff_s == l->last_begin_s ? l->last_ordinal + 1 : 0);
}

static void give_back(struct ms_correlator *c, struct ms_fact *const *facts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ms_fact_give_back(c, facts[i]);
}

/* ---- sessions ---- */

static void emit_session(struct ms_correlator *c, struct ms_local_list *l, struct ms_fact **facts,
                         const struct ms_session_life *s)
{
    int64_t id = ms_session_id(c, facts[s->first], s->begin_s, s->ordinal);
    ms_session_verdicts(c, facts, s, id, tell_twin);
    if (!s->sealed) {
        mark_begin(facts[s->first], s->ordinal);
        return;
    }
    ms_emit_session(c, facts, s, id);
    note_closed(l, facts[s->first], s->begin_s, s->ordinal);
}

/* The session of this connect line is known from here on. */
static void go_live(struct ms_correlator *c, struct ms_local_list *l, struct ms_fact *f, uint32_t ordinal)
{
    mark_begin(f, ordinal);
    l->live = true;
    l->session_id = ms_session_id(c, f, f->eff_s, ordinal);
    l->tls_version = l->tls_cipher = MS_SPAN_NULL;
    l->discard = false;
}

/* Is session `i` of an unclean list known with its ordinal? It begins with a connect line, in a second that no line before
 * the segment can have; and no session before it can have begun in that second: not the one before, which begins surely if
 * by its own connect line, else (what stands before the list may move its begin) if all its lines are older. */
static bool is_clean_session(struct ms_fact *const *facts, const struct ms_session_life *splits, size_t i,
                             int64_t start_s)
{
    const struct ms_session_life *s = &splits[i];
    if (!ms_session_begins_clean(facts[s->first], start_s))
        return false;
    return i == 0 || (s[-1].begin_s < s->begin_s && (s[-1].has_begin || facts[s->first - 1]->eff_s < s->begin_s));
}

/* A connect line in a list that has others: what stands before it is over. */
__attribute__((noinline)) static void reconnect(struct ms_correlator *c, struct ms_local_list *l, struct ms_fact *f)
{
    ms_local_list_append(l, f);
    l->live = false;
    struct ms_fact **facts = ms_local_facts(l);
    ms_local_list_prefetch(l);
    struct ms_session_life *splits = ms_split_room(c, l->n, sizeof *splits);
    size_t n = ms_sessions_split(facts, l->n, f->eff_s, splits);
    const struct ms_session_life *mine = &splits[n - 1];
    MS_ASSERT(mine->first == l->n - 1u);
    if (l->clean) {
        for (size_t i = 0; i + 1 < n; i++)
            emit_session(c, l, facts, &splits[i]);
    } else if (is_clean_session(facts, splits, n - 1, ms_clock_start(&c->window, l->key.host_id))) {
        ms_partial_insert(c, c->run->sessions, &l->key, facts, l->n - 1, NULL); /* the prefix */
        l->clean = true;
    } else {
        return;
    }
    give_back(c, facts, l->n - 1);
    l->few[0] = f;
    l->n = 1;
    go_live(c, l, f, mine->ordinal);
}

void ms_local_add_to_session(struct ms_correlator *c, struct ms_fact *f)
{
    c->n_facts_in++;
    struct ms_key key = ms_key_session(f->host_id, f->tag_id, f->pid, c->run->seed);
    struct ms_local_list *l = ms_localmap_get(&c->session_map, &key);
    if (ms_local_is_whole(c, f->host_id)) {
        ms_local_list_append(l, f);
        return;
    }
    if (l->n > 0 && f->role == MS_ROLE_CONNECT) {
        reconnect(c, l, f);
        return;
    }
    if (l->n == 0) {
        l->clean = ms_session_begins_clean(f, ms_clock_start(&c->window, f->host_id));
        if (l->clean)
            go_live(c, l, f, 0);
    }
    if (f->role == MS_ROLE_DISCONNECT)
        l->live = false; /* what follows late belongs to it, but is not known to before it is closed */
    if (l->live && f->role == MS_ROLE_TLS) {
        l->tls_version = ms_dict_text(&c->dict, f->u.tls.version);
        l->tls_cipher = ms_dict_text(&c->dict, f->u.tls.cipher);
    }
    if (l->live && f->role == MS_ROLE_CLIENT && f->u.client.twin != NULL) {
        struct ms_verdict v = {.session_id = l->session_id,
                               .tls_version = l->tls_version,
                               .tls_cipher = l->tls_cipher,
                               .moved_on_s = MS_NONE,
                               .discarded = l->discard};
        ms_verdict_apply(c, f->u.client.twin, &v);
    }
    l->discard = f->role != MS_ROLE_CLIENT && (l->discard || ms_fact_discards(f));
    ms_local_list_append(l, f);
}

/* The first session that owes nothing to lines before the segment. */
static size_t first_clean_session(struct ms_fact *const *facts, const struct ms_session_life *splits, size_t n,
                                  int64_t start_s)
{
    size_t i = 0;
    while (i < n && !is_clean_session(facts, splits, i, start_s))
        i++;
    return i;
}

static void close_session_list(struct ms_correlator *c, struct ms_local_list *l)
{
    struct ms_fact **facts = ms_local_facts(l);
    int64_t start_s = ms_clock_start(&c->window, l->key.host_id), now_s = ms_clock_end(&c->window, l->key.host_id);
    struct ms_session_life *splits = ms_split_room(c, l->n, sizeof *splits);
    size_t n = ms_sessions_split(facts, l->n, now_s, splits),
           first = l->clean ? 0 : first_clean_session(facts, splits, n, start_s);
    size_t prefix = first < n ? splits[first].first : l->n,
           suffix = n > first && !splits[n - 1].sealed ? splits[n - 1].first : l->n;
    for (size_t i = first; i < n; i++)
        emit_session(c, l, facts, &splits[i]);
    if (prefix > 0 || suffix < l->n) {
        const struct ms_fact *tombstone = l->closed && suffix == l->n ? tombstone_of(c, l) : NULL;
        memmove(facts + prefix, facts + suffix, (l->n - suffix) * sizeof *facts);
        ms_partial_insert(c, c->run->sessions, &l->key, facts, prefix + (l->n - suffix), tombstone);
    } else if (l->closed) {
        ms_localmap_close(&c->session_map, l);
    }
}

void ms_local_close_sessions(struct ms_correlator *c)
{
    for (size_t i = 0; i < c->session_map.n_lists; i++) {
        struct ms_local_list *l = &c->session_map.lists[i];
        if (l->n == 0)
            continue;
        if (ms_local_is_whole(c, l->key.host_id))
            ms_partial_insert(c, c->run->sessions, &l->key, ms_local_facts(l), l->n, NULL);
        else
            close_session_list(c, l);
    }
}

/* ---- lives ---- */

static bool waits_for_result(const struct ms_fact *f)
{
    return f->role == MS_ROLE_STARTED && !f->u.started.is_known;
}

static bool waits_for_session(const struct ms_fact *f)
{
    return f->role == MS_ROLE_ACCEPTED && f->u.accepted.waits && !f->u.accepted.session_known;
}

/* A life whose session, or whose connection to the next hop, is not in this worker's hands waits for it; one without an end, or slow, also for what the session
 * did next. */
static bool session_is_known(struct ms_fact *const *facts, const struct ms_life *life)
{
    bool waits = life->end_fact == SIZE_MAX || life->slow;
    bool foreign = facts[life->first]->flags & MS_FACT_FOREIGN;
    for (size_t i = life->first; i < life->end; i++) {
        const struct ms_fact *f = facts[i];
        if (f->role == MS_ROLE_CLIENT && f->pid != MS_NO_PID &&
            (!f->u.client.session_known || (waits && f->u.client.moved_on_s == MS_NONE)))
            return false;
        if (f->role == MS_ROLE_DELIVERY && !f->u.delivery.tls_known)
            return false;
        if (foreign && (waits_for_session(f) || waits_for_result(f)))
            return false;
    }
    return true;
}

static void emit_life(struct ms_correlator *c, struct ms_local_list *l, struct ms_fact *const *facts,
                      const struct ms_life *life)
{
    ms_emit_life(c, &l->key, facts, life, false);
    note_closed(l, facts[life->first], life->begin_s, life->ordinal);
    c->n_lives++;
}

/* qmgr has removed a file whose list is all here: mostly that is the end of it. */
__attribute__((noinline)) static void close_complete(struct ms_correlator *c, struct ms_local_list *l)
{
    struct ms_fact **facts = ms_local_facts(l);
    ms_local_list_prefetch(l);
    struct ms_life *splits = ms_split_room(c, l->n, sizeof *splits);
    size_t n = ms_lives_split(facts, l->n, MS_CLOCK_NEVER, splits);
    for (size_t i = 0; i < n; i++)
        if (!splits[i].sealed || !session_is_known(facts, &splits[i]))
            return;
    for (size_t i = 0; i < n; i++)
        emit_life(c, l, facts, &splits[i]);
    give_back(c, facts, l->n);
    ms_localmap_close(&c->life_map, l);
}

void ms_local_add_to_life(struct ms_correlator *c, struct ms_fact *f, const struct ms_origin *origin,
                          struct ms_span queue_id)
{
    c->n_facts_in++;
    struct ms_key key = ms_key_queue(f->host_id, origin->instance_hash, queue_id, c->run->seed);
    struct ms_local_list *l = ms_localmap_get(&c->life_map, &key);
    if (l->n == 0) {
        if (l->closed)
            begin_again(l, f);
        else
            l->clean = ms_life_begins_clean(f, ms_clock_start(&c->window, f->host_id));
    }
    ms_local_list_append(l, f);
    if (l->clean && f->role == MS_ROLE_REMOVED && !ms_local_is_whole(c, f->host_id))
        close_complete(c, l);
}

/* Where the first life begins that owes nothing to lines before: its begin line comes more than the inversion window after
 * all that came before, in the list and on the host. */
static size_t first_clean_life(struct ms_fact *const *facts, size_t n, int64_t start_s)
{
    for (size_t i = 0; i < n; i++)
        if (ms_life_begins_clean(facts[i], start_s) &&
            (i == 0 || facts[i - 1]->eff_s + MS_INVERSION_S < facts[i]->eff_s) &&
            (i == 0 || ms_life_is_begun_by(facts[i])))
            return i;
    return n;
}

static void close_life_list(struct ms_correlator *c, struct ms_local_list *l)
{
    struct ms_fact **facts = ms_local_facts(l);
    int64_t start_s = ms_clock_start(&c->window, l->key.host_id), now_s = ms_clock_end(&c->window, l->key.host_id);
    size_t prefix = l->clean ? 0 : first_clean_life(facts, l->n, start_s), done = 0;
    struct ms_life *splits = ms_split_room(c, l->n, sizeof *splits);
    struct ms_fact **own = facts + prefix;
    size_t n = ms_lives_split(own, l->n - prefix, now_s, splits);
    for (; done < n && splits[done].sealed && session_is_known(own, &splits[done]); done++)
        emit_life(c, l, own, &splits[done]);
    for (size_t i = done; i < n; i++)
        mark_begin(own[splits[i].first], splits[i].ordinal);
    size_t suffix = done < n ? prefix + splits[done].first : l->n;
    if (prefix > 0 || suffix < l->n) {
        const struct ms_fact *tombstone = l->closed && suffix == l->n ? tombstone_of(c, l) : NULL;
        memmove(facts + prefix, facts + suffix, (l->n - suffix) * sizeof *facts);
        ms_partial_insert(c, c->run->lives, &l->key, facts, prefix + (l->n - suffix), tombstone);
    } else if (l->closed) {
        ms_localmap_close(&c->life_map, l);
    }
}

void ms_local_close_lives(struct ms_correlator *c)
{
    for (size_t i = 0; i < c->life_map.n_lists; i++) {
        struct ms_local_list *l = &c->life_map.lists[i];
        if (l->n == 0)
            continue;
        if (ms_local_is_whole(c, l->key.host_id))
            ms_partial_insert(c, c->run->lives, &l->key, ms_local_facts(l), l->n, NULL);
        else
            close_life_list(c, l);
    }
}
