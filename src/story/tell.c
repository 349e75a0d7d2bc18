/* Lives and sessions that are chosen become stories: which lines, in which order. */
#include <stdlib.h>

#include "base/memory.h"
#include "story/search.h"

struct place { /* of a line in time: effective seconds merge what hosts and files logged at once */
    int64_t eff_s;
    uint64_t key;
};

struct group {
    struct place first; /* of its lines */
    uint64_t own;       /* the first line of its first life or session; no two groups share it */
    uint32_t number;
};

static struct place place_of(const struct ms_line *l)
{
    return (struct place){l->eff_s, l->key};
}

static int place_compare(struct place a, struct place b)
{
    if (a.eff_s != b.eff_s)
        return a.eff_s < b.eff_s ? -1 : 1;
    return (a.key > b.key) - (a.key < b.key);
}

static void tell_line(struct ms_stories *s, uint32_t group, size_t line)
{
    s->told = ms_grow(s->told, &s->cap_told, s->n_told + 1, sizeof *s->told);
    s->told[s->n_told++] = (struct ms_told_line){group, (uint32_t)line};
}

/* A line of a session that was not asked for stands in the story of each mail of it that was. */
static void tell_with_lives(struct ms_stories *s, uint32_t session, size_t line)
{
    struct ms_fold *fold = &s->fold;
    size_t low = 0, high = fold->n_brought;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (fold->brought[middle].session < session)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < fold->n_brought && fold->brought[low].session == session; low++)
        if (fold->lives[fold->brought[low].life].is_chosen)
            tell_line(s, ms_group_of(fold, fold->brought[low].life), line);
}

static void tell_lines(struct ms_stories *s)
{
    struct ms_fold *fold = &s->fold;
    uint32_t n_groups = (uint32_t)(fold->n_lives + fold->n_sessions);
    for (size_t i = 0; i < s->lines.n; i++) {
        const struct ms_line *line = &s->lines.items[i];
        if (line->life != 0) {
            if (fold->lives[line->life - 1].is_chosen)
                tell_line(s, ms_group_of(fold, line->life - 1), i);
        } else if (line->session != 0) {
            if (fold->sessions[line->session - 1].is_chosen)
                tell_line(s, ms_group_of(fold, (uint32_t)fold->n_lives + line->session - 1), i);
            else
                tell_with_lives(s, line->session - 1, i);
        } else if (line->matched) {
            tell_line(s, n_groups++, i); /* alone */
        }
    }
    s->n_stories = n_groups;
}

static int by_place(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    int order = place_compare(x->first, y->first);
    return order != 0 ? order : (x->own > y->own) - (x->own < y->own);
}

static int by_story(const void *a, const void *b, void *lines)
{
    const struct ms_told_line *x = a, *y = b;
    const struct ms_line *all = lines;
    if (x->story != y->story)
        return x->story < y->story ? -1 : 1;
    return place_compare(place_of(&all[x->line]), place_of(&all[y->line]));
}

/* Groups get the numbers of their order; those without a line none. */
static void number_groups(struct ms_stories *s)
{
    size_t n = 0;
    struct group *groups = ms_malloc((s->n_stories + 1) * sizeof *groups);
    uint32_t *story = ms_malloc((s->n_stories + 1) * sizeof *story);
    for (size_t i = 0; i < s->n_stories; i++)
        groups[i] = (struct group){{INT64_MAX, UINT64_MAX}, UINT64_MAX, (uint32_t)i};
    for (size_t i = 0; i < s->n_told; i++) {
        struct group *g = &groups[s->told[i].story];
        const struct ms_line *line = &s->lines.items[s->told[i].line];
        if (place_compare(place_of(line), g->first) < 0)
            g->first = place_of(line);
        if ((line->life != 0 || s->fold.n_lives <= s->told[i].story) && line->key < g->own)
            g->own = line->key;
    }
    for (size_t i = 0; i < s->n_stories; i++)
        if (groups[i].first.key != UINT64_MAX)
            groups[n++] = groups[i];
    qsort(groups, n, sizeof *groups, by_place);
    for (size_t i = 0; i < n; i++)
        story[groups[i].number] = (uint32_t)i;
    for (size_t i = 0; i < s->n_told; i++)
        s->told[i].story = story[s->told[i].story];
    s->n_stories = n;
    free(groups);
    free(story);
}

void ms_tell(struct ms_stories *s)
{
    tell_lines(s);
    number_groups(s);
    if (s->n_told == 0)
        return;
    qsort_r(s->told, s->n_told, sizeof *s->told, by_story, s->lines.items);
    size_t n = 1; /* a session may belong to a story twice */
    for (size_t i = 1; i < s->n_told; i++)
        if (memcmp(&s->told[i], &s->told[i - 1], sizeof *s->told) != 0)
            s->told[n++] = s->told[i];
    s->n_told = n;
}
