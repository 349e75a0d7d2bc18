/* What happens when: tasks in slots of a millisecond, those far ahead in a heap. Private to gen/. One owner. */
#ifndef MS_GEN_WHEEL_H
#define MS_GEN_WHEEL_H

#include <stddef.h>
#include <stdint.h>

enum ms_gen_step {
    STEP_ARRIVALS,
    STEP_MAIL, /* from here on a session */
    STEP_RECEIVE,
    STEP_ACCEPT,
    STEP_REFUSE,
    STEP_CLOSE,
    STEP_LIFE_CONTENT, /* from here on a life */
    STEP_LIFE_ACCEPT,
    STEP_LIFE_TRY,
    STEP_LIFE_RESULT,
    STEP_LIFE_RETRY,
    STEP_LIFE_DONE
};

struct ms_gen_task { /* in one place of the wheel at most */
    struct ms_gen_task *next;
    uint64_t at_ms;
    uint8_t step;
};

enum { MS_GEN_SLOTS = 8192 };
struct ms_gen_wheel {
    struct ms_gen_task *slot[MS_GEN_SLOTS];
    uint64_t busy[MS_GEN_SLOTS / 64];
    uint64_t now_ms;
    size_t n_near;
    struct { /* by time, then by order of planning */
        uint64_t at_ms, order;
        struct ms_gen_task *task;
    } * far;
    size_t n_far, cap_far;
    uint64_t order;
};

void ms_gen_wheel_init(struct ms_gen_wheel *w, uint64_t now_ms);
void ms_gen_wheel_fini(struct ms_gen_wheel *w);
/* At least a millisecond ahead of the task that runs. */
void ms_gen_plan(struct ms_gen_wheel *w, struct ms_gen_task *task, enum ms_gen_step step, uint64_t at_ms);
/* The next task, out of the wheel; NULL: nothing is planned. */
struct ms_gen_task *ms_gen_wheel_next(struct ms_gen_wheel *w);

#endif
