#include "correlate/clock.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "correlate/clock_year.h"
#include "parse/stamp.h"

#define SECOND_US INT64_C(1000000)
#define DAY_S INT64_C(86400)
#define FAR_S INT64_C(3600)  /* a jump ahead that wants a second witness */
#define BESIDE_S INT64_C(60) /* begins so much before others have ended: more than lines that come late */

void ms_clock_init(struct ms_clock *c, size_t n_files)
{
    *c = (struct ms_clock){.n_files = n_files};
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->turned, NULL);
    c->files = ms_calloc(n_files, sizeof *c->files);
    for (size_t i = 0; i < n_files; i++)
        c->files[i] = (struct ms_clock_file){.year = 2000,
                                             .reference_us = MS_CLOCK_NEVER,
                                             .local_us = MS_CLOCK_NEVER,
                                             .doubtful_us = MS_CLOCK_NEVER,
                                             .back_from_s = MS_CLOCK_NEVER,
                                             .back_to_s = MS_CLOCK_NEVER};
}

void ms_clock_fini(struct ms_clock *c)
{
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->turned);
    for (size_t i = 0; i < c->n_zones; i++)
        if (c->zones[i] != NULL)
            free(c->zones[i]->steps);
    for (size_t i = 0; i < c->n_zones; i++)
        free(c->zones[i]);
    free(c->zones);
    ms_begins_fini(&c->begins);
    for (size_t i = 0; i < c->n_files; i++)
        free(c->files[i].days);
    free(c->files);
    free(c->hosts);
}

bool ms_clock_enter(struct ms_clock *c, uint64_t number)
{
    pthread_mutex_lock(&c->lock);
    while (c->turn != number && !c->cancelled)
        pthread_cond_wait(&c->turned, &c->lock);
    bool go = !c->cancelled;
    pthread_mutex_unlock(&c->lock);
    return go;
}

void ms_clock_leave(struct ms_clock *c)
{
    pthread_mutex_lock(&c->lock);
    c->turn++;
    pthread_cond_broadcast(&c->turned);
    pthread_mutex_unlock(&c->lock);
}

void ms_clock_cancel(struct ms_clock *c)
{
    pthread_mutex_lock(&c->lock);
    c->cancelled = true;
    pthread_cond_broadcast(&c->turned);
    pthread_mutex_unlock(&c->lock);
}

static const struct ms_zone *zone_of(const struct ms_clock *c, const struct ms_clock_file *f, uint32_t host_id)
{
    if (f->told != NULL)
        return f->told;
    return host_id < c->n_zones ? c->zones[host_id] : NULL;
}

int64_t ms_clock_utc_us(const struct ms_clock *c, const struct ms_clock_file *f, uint32_t host_id, int64_t local_us,
                        int64_t near_us, bool *is_double)
{
    return ms_clock_zone_utc_us(zone_of(c, f, host_id), f, local_us, near_us, is_double);
}

int64_t ms_clock_offset_us(const struct ms_clock *c, const struct ms_clock_file *f, uint32_t host_id, int64_t t)
{
    const struct ms_zone *zone = zone_of(c, f, host_id);
    return zone == NULL ? f->offset_us : ms_zone_offset_us(zone, t);
}

static int64_t floor_second(int64_t us)
{
    return us >= 0 ? us / SECOND_US : -((-us + SECOND_US - 1) / SECOND_US);
}

static int64_t advance(int64_t *now_s, int64_t *doubtful_s, int64_t second)
{
    if (*now_s == MS_CLOCK_NEVER) {
        *now_s = second;
    } else if (second > *now_s + FAR_S) {
        if (*doubtful_s != MS_CLOCK_NEVER && llabs(second - *doubtful_s) <= FAR_S)
            *now_s = second < *doubtful_s ? second : *doubtful_s, *doubtful_s = MS_CLOCK_NEVER;
        else
            *doubtful_s = second;
    } else {
        *doubtful_s = MS_CLOCK_NEVER;
        if (second > *now_s)
            *now_s = second;
    }
    return *now_s;
}

/* ---- files beside others ---- */

/* Whether the host's lines of this file, the next of which is of `second`, have to be put between those that were read before. */
static bool is_beside(const struct ms_clock *c, const struct ms_clock_host *h, uint32_t host_id, uint32_t file_id,
                      int64_t second)
{
    if (h->file_id == file_id)
        return h->is_beside;
    return c->begins.n > 0 && h->now_s != MS_CLOCK_NEVER && second + BESIDE_S < h->now_s &&
           ms_begins_in(&c->begins, host_id, file_id) != INT64_MAX;
}

static int64_t tell_time(struct ms_clock *c, uint32_t file_id, uint32_t host_id, int64_t second,
                         struct ms_clock_window *w)
{
    struct ms_clock_host *h = &c->hosts[host_id];
    if (h->file_id != file_id) {
        h->is_beside = is_beside(c, h, host_id, file_id, second);
        if (h->is_beside)
            ms_begins_set_beside(&c->begins, host_id, file_id);
        h->file_id = file_id;
        h->before_s = h->now_s;
        h->own_s = h->own_doubtful_s = MS_CLOCK_NEVER;
    }
    if (!h->is_beside)
        return advance(&h->now_s, &h->doubtful_s, second);
    w->n_beside += !w->beside[host_id];
    w->beside[host_id] = true;
    int64_t own_s = advance(&h->own_s, &h->own_doubtful_s, second);
    if (own_s > h->now_s) { /* it is up with the others */
        h->now_s = own_s;
        h->doubtful_s = h->own_doubtful_s;
        h->is_beside = false;
    }
    return own_s;
}

/* A later file has lines of the same time. */
static void look_ahead(struct ms_clock *c, uint32_t file_id, struct ms_clock_window *w)
{
    c->file_id = file_id;
    for (size_t i = 0; i < w->n_touched && c->begins.n > 0; i++) {
        uint32_t host_id = w->touched[i];
        if (w->beside[host_id] || ms_begins_after(&c->begins, host_id, file_id) > w->end_s[host_id])
            continue;
        w->beside[host_id] = true;
        w->n_beside++;
    }
}

static void window_touch(struct ms_clock *c, struct ms_clock_window *w, uint32_t host_id)
{
    if (host_id >= c->n_hosts) {
        c->hosts = ms_grow(c->hosts, &c->cap_hosts, host_id + 1, sizeof *c->hosts);
        for (; c->n_hosts <= host_id; c->n_hosts++)
            c->hosts[c->n_hosts] = (struct ms_clock_host){.now_s = MS_CLOCK_NEVER,
                                                          .doubtful_s = MS_CLOCK_NEVER,
                                                          .own_s = MS_CLOCK_NEVER,
                                                          .own_doubtful_s = MS_CLOCK_NEVER,
                                                          .before_s = MS_CLOCK_NEVER,
                                                          .file_id = UINT32_MAX};
    }
    if (host_id >= w->cap) {
        size_t n = (size_t)host_id * 2 + 16;
        w->start_s = ms_realloc(w->start_s, n * sizeof *w->start_s);
        w->end_s = ms_realloc(w->end_s, n * sizeof *w->end_s);
        w->stamp = ms_realloc(w->stamp, n * sizeof *w->stamp);
        w->beside = ms_realloc(w->beside, n * sizeof *w->beside);
        memset(w->stamp + w->cap, 0, (n - w->cap) * sizeof *w->stamp);
        w->cap = n;
    }
    if (w->stamp[host_id] != w->mark) {
        w->stamp[host_id] = w->mark;
        w->start_s[host_id] = w->end_s[host_id] = c->hosts[host_id].now_s;
        w->beside[host_id] = false;
        w->touched = ms_grow(w->touched, &w->cap_touched, w->n_touched + 1, sizeof *w->touched);
        w->touched[w->n_touched++] = host_id;
    }
}

/* The host's effective second in this window. */
static inline int64_t *window_now(struct ms_clock *c, struct ms_clock_window *w, uint32_t host_id)
{
    if (host_id >= w->cap || w->stamp[host_id] != w->mark)
        window_touch(c, w, host_id);
    return &w->end_s[host_id];
}

static void window_begin(struct ms_clock_window *w)
{
    if (++w->mark == 0) {
        memset(w->stamp, 0, w->cap * sizeof *w->stamp);
        w->mark = 1;
    }
    w->n_touched = w->n_beside = 0;
}

/* ---- line by line ---- */

/* In place: no line's stamp stands behind the line's own place. */
static void give_each_line_its_own(struct ms_stamps *s, size_t n_lines)
{
    for (size_t i = n_lines; i-- > 0;) {
        s->items[i] = s->items[s->of_line[i]];
        s->of_line[i] = (uint32_t)i;
    }
    s->n = n_lines;
}

static int64_t time_of(struct ms_clock *c, struct ms_clock_file *file, const struct ms_line_stamp *s)
{
    bool is_double = false;
    if (s->has_year == MS_STAMP_WHOLE)
        return s->stamp_us;
    if (s->has_year == MS_STAMP_OPEN)
        return ms_clock_resolve(file, zone_of(c, file, s->host_id), s->stamp_us, &is_double);
    return file->local_us =
               ms_clock_zone_utc_us(zone_of(c, file, s->host_id), file, s->stamp_us, file->local_us, &is_double);
}

/* A host's clock was set back, or a year without lines lies there: stamps without year don't say. `now_s`: its effective second
 * by the lines so far, `before_s` that by files before. Lines that come late are late by minutes. */
static void see_step_back(struct ms_clock_file *file, const struct ms_line_stamp *s, int64_t now_s, int64_t before_s)
{
    int64_t second = floor_second(s->time_us);
    if (s->has_year != MS_STAMP_OPEN || now_s == MS_CLOCK_NEVER || now_s <= before_s || second >= now_s - DAY_S ||
        file->back_to_s != MS_CLOCK_NEVER)
        return;
    file->back_from_s = now_s;
    file->back_to_s = second;
}

static void pass_lines(struct ms_clock *c, uint32_t file_id, struct ms_stamps *stamps, struct ms_clock_window *w)
{
    struct ms_clock_file *file = &c->files[file_id];
    for (size_t i = 0; i < stamps->n; i++) {
        struct ms_line_stamp *s = &stamps->items[i];
        if (s->stamp_us == MS_NONE)
            continue;
        window_touch(c, w, s->host_id);
        s->time_us = time_of(c, file, s);
        s->eff_s = tell_time(c, file_id, s->host_id, floor_second(s->time_us), w);
        if (!c->hosts[s->host_id].is_beside)
            see_step_back(file, s, s->eff_s, c->hosts[s->host_id].before_s);
    }
    for (size_t i = 0; i < w->n_touched; i++)
        w->end_s[w->touched[i]] = c->hosts[w->touched[i]].now_s;
}

void ms_clock_pass_plain(struct ms_clock *c, uint32_t file_id, struct ms_stamps *stamps, size_t n_lines,
                         struct ms_clock_window *w)
{
    window_begin(w);
    give_each_line_its_own(stamps, n_lines);
    pass_lines(c, file_id, stamps, w);
    look_ahead(c, file_id, w);
}

/* ---- each stamp once ---- */

static int64_t before_file(const struct ms_clock *c, uint32_t host_id, uint32_t file_id)
{
    const struct ms_clock_host *h = &c->hosts[host_id];
    return h->file_id == file_id ? h->before_s : h->now_s;
}

/* In calm time the order of the lines does not matter beyond that of their stamps: as long as all stamps without year lie
 * within a span that wants no second witness, each has one year, whatever the file said last; a stamp whose hour was there once
 * has one time; and a host that makes no jump ahead is at the greatest of its stamps, to which their repetition adds nothing.
 * False if time is not calm; only time_us and eff_s of the stamps are changed then, and what the window had to learn.
 * seen[has_year]: whether there are such stamps. */
static bool pass_calm(struct ms_clock *c, uint32_t file_id, struct ms_stamps *stamps, struct ms_clock_window *w,
                      bool seen[MS_STAMP_LOCAL + 1])
{
    struct ms_clock_file *file = &c->files[file_id];
    int64_t least = INT64_MAX, most = INT64_MIN;
    bool is_double = false;
    if (file->doubtful_us != MS_CLOCK_NEVER)
        return false;
    if (file->reference_us != MS_CLOCK_NEVER)
        least = most = file->reference_us;
    for (size_t i = 0; i < stamps->n; i++) {
        struct ms_line_stamp *s = &stamps->items[i];
        if (s->stamp_us == MS_NONE)
            continue;
        int64_t t = s->stamp_us;
        seen[s->has_year] = true;
        if (s->has_year == MS_STAMP_OPEN) {
            t = ms_clock_resolve(file, zone_of(c, file, s->host_id), t, &is_double);
            least = t < least ? t : least;
            most = t > most ? t : most;
            if (most - least > MS_CLOCK_TRUSTED_US)
                return false;
        } else if (s->has_year == MS_STAMP_LOCAL) {
            t = ms_clock_zone_utc_us(zone_of(c, file, s->host_id), file, t, file->local_us, &is_double);
        }
        if (is_double)
            return false;
        int64_t second = floor_second(t), *now = window_now(c, w, s->host_id);
        if ((*now != MS_CLOCK_NEVER && second > *now + FAR_S) ||
            is_beside(c, &c->hosts[s->host_id], s->host_id, file_id, second))
            return false;
        *now = second > *now ? second : *now;
        s->time_us = t;
        s->eff_s = *now;
        see_step_back(file, s, *now, before_file(c, s->host_id, file_id));
    }
    return !seen[MS_STAMP_OPEN] || !ms_clock_may_step_over_gap(file, least, most);
}

/* The last line with such a stamp; there is one. */
static const struct ms_line_stamp *last_of(const struct ms_stamps *stamps, size_t n_lines, enum ms_stamp_year has_year)
{
    const struct ms_line_stamp *s;
    do
        s = &stamps->items[stamps->of_line[--n_lines]];
    while (s->has_year != has_year || s->stamp_us == MS_NONE);
    return s;
}

/* What the last line that has no year in its stamp left behind, and the last one that has no zone. */
static void end_of_calm(struct ms_clock_file *file, const struct ms_stamps *stamps, size_t n_lines, const bool seen[])
{
    if (seen[MS_STAMP_LOCAL])
        file->local_us = last_of(stamps, n_lines, MS_STAMP_LOCAL)->time_us;
    if (!seen[MS_STAMP_OPEN])
        return;
    int64_t t = file->reference_us = last_of(stamps, n_lines, MS_STAMP_OPEN)->time_us;
    while (t >= ms_clock_year_start(file, file->year + 1))
        file->year++;
    while (t < ms_clock_year_start(file, file->year))
        file->year--;
}

void ms_clock_pass(struct ms_clock *c, uint32_t file_id, struct ms_stamps *stamps, size_t n_lines,
                   struct ms_clock_window *w)
{
    struct ms_clock_file before = c->files[file_id], *file = &c->files[file_id];
    bool seen[MS_STAMP_LOCAL + 1] = {false};
    window_begin(w);
    if (!pass_calm(c, file_id, stamps, w, seen)) {
        /* Only what moves: other threads read the rest. */
        file->year = before.year;
        file->reference_us = before.reference_us;
        file->doubtful_us = before.doubtful_us;
        file->back_from_s = before.back_from_s;
        file->back_to_s = before.back_to_s;
        give_each_line_its_own(stamps, n_lines);
        pass_lines(c, file_id, stamps, w);
        look_ahead(c, file_id, w);
        return;
    }
    end_of_calm(file, stamps, n_lines, seen);
    for (size_t i = 0; i < w->n_touched; i++) {
        uint32_t host_id = w->touched[i];
        c->hosts[host_id] = (struct ms_clock_host){.now_s = w->end_s[host_id],
                                                   .doubtful_s = MS_CLOCK_NEVER,
                                                   .own_s = MS_CLOCK_NEVER,
                                                   .own_doubtful_s = MS_CLOCK_NEVER,
                                                   .before_s = before_file(c, host_id, file_id),
                                                   .file_id = file_id};
    }
    look_ahead(c, file_id, w);
}

int64_t ms_clock_now(const struct ms_clock *c, uint32_t host_id)
{
    return host_id < c->n_hosts ? c->hosts[host_id].now_s : MS_CLOCK_NEVER;
}

int64_t ms_clock_settled(const struct ms_clock *c, uint32_t host_id)
{
    int64_t now_s = ms_clock_now(c, host_id);
    if (c->begins.n == 0 || now_s == MS_CLOCK_NEVER)
        return now_s;
    const struct ms_clock_host *h = &c->hosts[host_id];
    int64_t next_s = h->file_id != c->file_id ? ms_begins_in(&c->begins, host_id, c->file_id)
                     : h->is_beside           ? h->own_s
                                              : INT64_MAX;
    int64_t later_s = ms_begins_after(&c->begins, host_id, c->file_id);
    next_s = later_s < next_s ? later_s : next_s; /* lines of that second may stand in front of others of it */
    return next_s <= now_s ? next_s - 1 : now_s;
}

void ms_clock_window_fini(struct ms_clock_window *w)
{
    free(w->start_s);
    free(w->end_s);
    free(w->stamp);
    free(w->beside);
    free(w->touched);
    *w = (struct ms_clock_window){0};
}
