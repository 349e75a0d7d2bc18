/* Which lives and sessions are asked for; and what must be collected before that is sure. */
#include <stdlib.h>

#include "base/memory.h"
#include "story/search.h"

uint32_t ms_group_of(struct ms_fold *fold, uint32_t number)
{
    while (fold->groups[number] != number)
        number = fold->groups[number] = fold->groups[fold->groups[number]];
    return number;
}

void ms_group_join(struct ms_fold *fold, uint32_t a, uint32_t b)
{
    fold->groups[ms_group_of(fold, a)] = ms_group_of(fold, b);
}

static void choose_matched(struct ms_stories *s)
{
    for (size_t i = 0; i < s->lines.n; i++) {
        const struct ms_line *line = &s->lines.items[i];
        if (line->matched && line->life != 0)
            s->fold.lives[line->life - 1].is_chosen = true;
        else if (line->matched && line->session != 0)
            s->fold.sessions[line->session - 1].is_chosen = true;
    }
}

/* A session that is chosen takes the mails that it brought with it. */
static void choose_brought(struct ms_fold *fold)
{
    for (size_t i = 0; i < fold->n_brought; i++) {
        const struct ms_brought *b = &fold->brought[i];
        if (!fold->sessions[b->session].is_chosen)
            continue;
        fold->lives[b->life].is_chosen = true;
        ms_group_join(fold, b->life, (uint32_t)fold->n_lives + b->session);
    }
}

static void want(const struct ms_keyset *have, struct ms_keyset *wanted, const struct ms_key *key)
{
    if (!ms_keyset_has(have, key))
        ms_keyset_add(wanted, key);
}

static void want_session(struct ms_stories *s, const struct ms_told_session *session)
{
    const struct ms_list *list = &s->fold.lists[session->list];
    int64_t from_s = list->facts[session->first]->eff_s - MS_FOLLOW_S,
            to_s = list->facts[session->end - 1]->eff_s + MS_FOLLOW_S;
    if (!session->is_complete)
        ms_times_add(&s->wanted.processes, &list->key, from_s, to_s);
}

/* The whole list of each life that is chosen; and the sessions of all mails in it, as their end tells where a life ends. */
static void want_of_lives(struct ms_stories *s)
{
    struct ms_fold *fold = &s->fold;
    bool *is_asked = ms_calloc(fold->keys.n + 1, sizeof *is_asked);
    for (size_t i = 0; i < fold->n_lives; i++)
        if (fold->lives[i].is_chosen)
            is_asked[fold->lives[i].list] = true;
    for (size_t i = 0; i < fold->keys.n; i++)
        if (is_asked[i])
            want(&s->have.queues, &s->wanted.queues, &fold->lists[i].key);
    for (size_t i = 0; i < fold->n_brought; i++) {
        const struct ms_told_session *session = &fold->sessions[fold->brought[i].session];
        if (is_asked[fold->lives[fold->brought[i].life].list])
            want_session(s, session);
    }
    free(is_asked);
}

static void want_of_sessions(struct ms_stories *s)
{
    for (size_t i = 0; i < s->fold.n_sessions; i++)
        if (s->fold.sessions[i].is_chosen)
            want_session(s, &s->fold.sessions[i]);
}

bool ms_choose(struct ms_stories *s)
{
    struct ms_fold *fold = &s->fold;
    size_t n = fold->n_lives + fold->n_sessions;
    fold->groups = ms_realloc(fold->groups, (n + 1) * sizeof *fold->groups);
    for (size_t i = 0; i < n; i++)
        fold->groups[i] = (uint32_t)i;
    choose_matched(s);
    do
        choose_brought(fold);
    while (s->config->hops && ms_hops_choose(s));
    want_of_lives(s);
    want_of_sessions(s);
    return s->wanted.queues.n + s->wanted.processes.n + s->wanted.ids.n > 0;
}
