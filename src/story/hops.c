/* Other lives that are the same mail: on the next host, behind a filter, forwarded, requeued; and the notices about it. What says
 * so is the message-id, the queue ID that a line names, and time: one life begins while the other is on its way. What is only
 * known in part is collected before it is judged. */
#include <stdlib.h>

#include "base/memory.h"
#include "story/search.h"

enum { CLOSE_S = 3, SKEW_S = 120 }; /* lines of one moment: of one host; of hosts whose clocks differ */

enum { OF_MESSAGE, OF_QUEUE };

struct known {                 /* of a life */
    struct ms_span message_id; /* NULL: none */
    int64_t first_s, last_s;
    uint32_t next_of_message, next_of_queue; /* number + 1 of another life */
};

struct hopping {
    struct ms_stories *s;
    struct known *lives;
    struct ms_keyset texts; /* message-ids and queue IDs */
    uint32_t *first;        /* of each text: number + 1 of a life */
    bool changed;
};

static struct ms_key text_key(const struct ms_stories *s, unsigned what, struct ms_span text)
{
    return ms_key_queue(0, what, text, s->run.correlate.seed);
}

struct ms_key ms_hop_message(const struct ms_stories *s, struct ms_span message_id)
{
    return text_key(s, OF_MESSAGE, message_id);
}

struct ms_key ms_hop_queue(const struct ms_stories *s, struct ms_span queue_id)
{
    return text_key(s, OF_QUEUE, queue_id);
}

struct ms_span ms_hop_named(const struct ms_event *e)
{
    switch ((unsigned)e->role) {
    case MS_ROLE_DELIVERY:
        return e->u.delivery.next_queue_id;
    case MS_ROLE_NOTICE:
        return e->u.notice.new_queue_id;
    case MS_ROLE_CLIENT:
        return e->u.client.orig_queue_id;
    case MS_ROLE_PICKUP:
        return e->u.pickup.orig_queue_id;
    default:
        return MS_SPAN_NULL;
    }
}

static struct ms_span named_by(const struct ms_fact *f)
{
    switch ((unsigned)f->role) {
    case MS_ROLE_DELIVERY:
        return f->u.delivery.next_queue_id;
    case MS_ROLE_NOTICE:
        return f->u.notice.new_queue_id;
    case MS_ROLE_CLIENT:
        return f->u.client.orig_queue_id;
    case MS_ROLE_PICKUP:
        return f->u.pickup.orig_queue_id;
    default:
        return MS_SPAN_NULL;
    }
}

/* ---- what is known of each life ---- */

static uint32_t chain(struct hopping *h, unsigned what, struct ms_span text, uint32_t life)
{
    struct ms_key key = text_key(h->s, what, text);
    if (ms_keyset_add(&h->texts, &key))
        h->first[h->texts.n - 1] = 0;
    uint32_t *first = &h->first[ms_keyset_find(&h->texts, &key)], next = *first;
    *first = life + 1;
    return next;
}

static uint32_t first_of(const struct hopping *h, unsigned what, struct ms_span text)
{
    struct ms_key key = text_key(h->s, what, text);
    size_t at = ms_keyset_find(&h->texts, &key);
    return at != SIZE_MAX ? h->first[at] : 0;
}

static void know(struct hopping *h, uint32_t number)
{
    const struct ms_told_life *life = &h->s->fold.lives[number];
    const struct ms_list *list = &h->s->fold.lists[life->list];
    struct known *k = &h->lives[number];
    k->first_s = list->facts[life->first]->eff_s;
    k->last_s = list->facts[life->end - 1]->eff_s;
    for (size_t i = life->first; i < life->end; i++) {
        const struct ms_fact *f = list->facts[i];
        if (f->role == MS_ROLE_MESSAGE_ID && f->u.message_id.id.n > 0 &&
            (k->message_id.p == NULL || !f->u.message_id.resent))
            k->message_id = f->u.message_id.id;
    }
    k->next_of_queue = chain(h, OF_QUEUE, list->key.queue_id, number);
    if (k->message_id.p != NULL)
        k->next_of_message = chain(h, OF_MESSAGE, k->message_id, number);
}

/* ---- links ---- */

static const struct ms_key *key_of(const struct hopping *h, uint32_t life)
{
    return &h->s->fold.lists[h->s->fold.lives[life].list].key;
}

static bool is_whole(const struct hopping *h, uint32_t life)
{
    return ms_keyset_has(&h->s->have.queues, key_of(h, life));
}

static void join(struct hopping *h, uint32_t a, uint32_t b)
{
    struct ms_told_life *lives = h->s->fold.lives;
    h->changed |= lives[a].is_chosen != lives[b].is_chosen;
    lives[a].is_chosen = lives[b].is_chosen = true;
    ms_group_join(&h->s->fold, a, b);
}

static bool begins_within(const struct known *child, const struct known *parent)
{
    return child->first_s >= parent->first_s - SKEW_S && child->first_s <= parent->last_s + SKEW_S;
}

static void link_messages(struct hopping *h, uint32_t life)
{
    const struct known *mine = &h->lives[life];
    if (mine->message_id.p == NULL)
        return;
    for (uint32_t i = first_of(h, OF_MESSAGE, mine->message_id); i != 0; i = h->lives[i - 1].next_of_message) {
        const struct known *other = &h->lives[i - 1];
        if (i - 1 == life)
            continue;
        if (begins_within(mine, other) || begins_within(other, mine))
            join(h, life, i - 1);
        else if (!is_whole(h, i - 1))
            ms_keyset_add(&h->s->wanted.queues, key_of(h, i - 1));
    }
}

/* Is `other` the life that this line of `life` names? Of two message-ids that differ only a notice's may. */
static bool fits(const struct hopping *h, uint32_t life, const struct ms_fact *f, uint32_t other)
{
    const struct known *mine = &h->lives[life], *its = &h->lives[other];
    const struct ms_key *key = key_of(h, life), *its_key = key_of(h, other);
    bool same_queue = key->host_id == its_key->host_id && key->scope == its_key->scope;
    if (life == other)
        return false;
    if (f->role == MS_ROLE_NOTICE)
        return same_queue && its->first_s >= f->eff_s - CLOSE_S && its->first_s <= f->eff_s + CLOSE_S;
    if (mine->message_id.p != NULL && its->message_id.p != NULL && !ms_span_eq(mine->message_id, its->message_id))
        return false;
    if (f->role != MS_ROLE_DELIVERY)
        return begins_within(mine, its);
    int64_t delay_s = f->u.delivery.delay_ms != MS_NONE ? f->u.delivery.delay_ms / 1000 : 0;
    return its->first_s >= f->eff_s - delay_s - SKEW_S && its->first_s <= f->eff_s + SKEW_S;
}

static void link_named(struct hopping *h, uint32_t life)
{
    const struct ms_told_life *l = &h->s->fold.lives[life];
    const struct ms_list *list = &h->s->fold.lists[l->list];
    for (size_t i = l->first; i < l->end; i++) {
        struct ms_span name = named_by(list->facts[i]);
        if (name.n == 0)
            continue;
        for (uint32_t k = first_of(h, OF_QUEUE, name); k != 0; k = h->lives[k - 1].next_of_queue)
            if ((l->is_chosen || h->s->fold.lives[k - 1].is_chosen) && fits(h, life, list->facts[i], k - 1))
                join(h, life, k - 1);
    }
}

/* ---- what may lead on ---- */

static void want_text(struct hopping *h, unsigned what, struct ms_span text)
{
    struct ms_key key = text_key(h->s, what, text);
    if (text.n > 0 && !ms_keyset_has(&h->s->have.ids, &key))
        ms_keyset_add(&h->s->wanted.ids, &key);
}

static void want_texts(struct hopping *h, uint32_t life)
{
    const struct ms_told_life *l = &h->s->fold.lives[life];
    const struct ms_list *list = &h->s->fold.lists[l->list];
    want_text(h, OF_MESSAGE, h->lives[life].message_id);
    want_text(h, OF_QUEUE, list->key.queue_id);
    for (size_t i = l->first; i < l->end; i++)
        want_text(h, OF_QUEUE, named_by(list->facts[i]));
}

bool ms_hops_choose(struct ms_stories *s)
{
    struct ms_fold *fold = &s->fold;
    struct hopping h = {.s = s};
    h.lives = ms_calloc(fold->n_lives + 1, sizeof *h.lives);
    h.first = ms_calloc(2 * fold->n_lives + 1, sizeof *h.first);
    for (uint32_t i = 0; i < fold->n_lives; i++)
        know(&h, i);
    for (uint32_t i = 0; i < fold->n_lives; i++)
        if (fold->lives[i].is_chosen)
            link_messages(&h, i);
    for (uint32_t i = 0; i < fold->n_lives; i++)
        link_named(&h, i);
    for (uint32_t i = 0; i < fold->n_lives; i++)
        if (fold->lives[i].is_chosen)
            want_texts(&h, i);
    ms_keyset_fini(&h.texts);
    free(h.first);
    free(h.lives);
    return h.changed;
}
