#include "gen/wheel.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void ms_gen_wheel_init(struct ms_gen_wheel *w, uint64_t now_ms)
{
    memset(w, 0, sizeof *w);
    w->now_ms = now_ms;
}

void ms_gen_wheel_fini(struct ms_gen_wheel *w)
{
    free(w->far);
}

static int far_before(const struct ms_gen_wheel *w, size_t a, size_t b)
{
    return w->far[a].at_ms < w->far[b].at_ms ||
           (w->far[a].at_ms == w->far[b].at_ms && w->far[a].order < w->far[b].order);
}

static void far_swap(struct ms_gen_wheel *w, size_t a, size_t b)
{
    __typeof__(w->far[0]) t = w->far[a];
    w->far[a] = w->far[b];
    w->far[b] = t;
}

static void far_push(struct ms_gen_wheel *w, struct ms_gen_task *task)
{
    w->far = ms_grow(w->far, &w->cap_far, w->n_far + 1, sizeof *w->far);
    size_t i = w->n_far++;
    w->far[i].at_ms = task->at_ms;
    w->far[i].order = w->order++;
    w->far[i].task = task;
    for (; i > 0 && far_before(w, i, (i - 1) / 2); i = (i - 1) / 2)
        far_swap(w, i, (i - 1) / 2);
}

static struct ms_gen_task *far_pop(struct ms_gen_wheel *w)
{
    struct ms_gen_task *task = w->far[0].task;
    w->far[0] = w->far[--w->n_far];
    for (size_t i = 0, child; (child = 2 * i + 1) < w->n_far; i = child) {
        if (child + 1 < w->n_far && far_before(w, child + 1, child))
            child++;
        if (!far_before(w, child, i))
            break;
        far_swap(w, i, child);
    }
    return task;
}

void ms_gen_plan(struct ms_gen_wheel *w, struct ms_gen_task *task, enum ms_gen_step step, uint64_t at_ms)
{
    if (at_ms <= w->now_ms)
        at_ms = w->now_ms + 1;
    task->step = (uint8_t)step;
    task->at_ms = at_ms;
    if (at_ms - w->now_ms >= MS_GEN_SLOTS) {
        far_push(w, task);
        return;
    }
    size_t slot = at_ms % MS_GEN_SLOTS;
    task->next = w->slot[slot];
    w->slot[slot] = task;
    w->busy[slot / 64] |= UINT64_C(1) << slot % 64;
    w->n_near++;
}

/* Slots hold only what is less than a turn ahead, so the first busy one from now on is the next. */
static uint64_t next_near(const struct ms_gen_wheel *w)
{
    size_t from = w->now_ms % MS_GEN_SLOTS, word = from / 64;
    uint64_t bits = w->busy[word] & UINT64_MAX << from % 64;
    while (bits == 0) {
        word = (word + 1) % (MS_GEN_SLOTS / 64);
        bits = w->busy[word];
    }
    size_t slot = word * 64 + (size_t)__builtin_ctzll(bits);
    return w->now_ms + (slot + MS_GEN_SLOTS - from) % MS_GEN_SLOTS;
}

struct ms_gen_task *ms_gen_wheel_next(struct ms_gen_wheel *w)
{
    uint64_t near = w->slot[w->now_ms % MS_GEN_SLOTS] != NULL ? w->now_ms : w->n_near > 0 ? next_near(w) : UINT64_MAX;
    if (w->n_far > 0 && w->far[0].at_ms <= near) {
        w->now_ms = w->far[0].at_ms;
        return far_pop(w);
    }
    if (w->n_near == 0)
        return NULL;
    size_t slot = near % MS_GEN_SLOTS;
    struct ms_gen_task *task = w->slot[slot];
    w->slot[slot] = task->next;
    if (task->next == NULL)
        w->busy[slot / 64] &= ~(UINT64_C(1) << slot % 64);
    w->n_near--;
    w->now_ms = near;
    return task;
}
