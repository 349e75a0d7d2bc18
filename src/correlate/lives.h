/* lives(): the one pure function that turns the list of facts of a queue ID into lives, and the same for sessions.
 *
 * In: facts of one key in canonical order, and the host's clock. Out: where each life begins and ends, whether it is sealed
 * (nothing that can still come changes it), and its state. It looks at nothing else, so that every border (line, segment,
 * file, run, machine) is a concatenation. Rules and reasons: docs/decisions/0003-lives.md. Thread rule: pure. */
#ifndef MS_CORRELATE_LIVES_H
#define MS_CORRELATE_LIVES_H

#include "correlate/fact.h"

#define MS_GRACE_S 30               /* G: a line this much later than the end still belongs to the life */
#define MS_INVERSION_S 2            /* a begin line this much later than the first line is still that life's begin */
#define MS_UNQUEUED_S 3600          /* cleanup has logged a message-id, qmgr has not (yet) */
#define MS_FORGOTTEN_S (45 * 86400) /* no line for so long: nothing more will come */

enum ms_state { /* column `state` */
                MS_STATE_DONE,
                MS_STATE_EXPIRED,
                MS_STATE_DELETED,
                MS_STATE_HELD,
                MS_STATE_OPEN,
                MS_STATE_ABORTED,
                MS_STATE_REJECTED,
                MS_STATE_CUT,
                MS_N_STATES
};
extern const char *const ms_state_names[MS_N_STATES];

struct ms_life {
    size_t first, end; /* facts [first, end) */
    bool tombstone;    /* closed before, by a worker on its own; makes no row */
    bool sealed;
    bool slow; /* long on its way to the queue: where it ends may depend on when its session moved on */
    enum ms_state state;
    int64_t begin_s;  /* effective second of the first fact */
    uint32_t ordinal; /* among lives of this key that began in the same effective second */
    size_t end_fact;  /* index of the line that ended it; SIZE_MAX: none */
};

/* Splits facts[0, n) into lives[]; room for n. Gives their number. `now_s`: the host's effective second; `more`: false if
 * nothing can come after (then nothing is sealed that would not be sealed anyway, but states are final). */
size_t ms_lives_split(struct ms_fact *const *facts, size_t n, int64_t now_s, struct ms_life *lives);

enum ms_end_kind { MS_END_QUIT, MS_END_LOST, MS_END_TIMEOUT, MS_END_ERROR, MS_END_RESET, MS_END_OPEN };

struct ms_session_life {
    size_t first, end;
    bool tombstone, sealed;
    bool has_begin; /* a connect line is there */
    int64_t begin_s;
    uint32_t ordinal;
    size_t lost_fact, disconnect_fact; /* SIZE_MAX: none */
};

size_t ms_sessions_split(struct ms_fact *const *facts, size_t n, int64_t now_s, struct ms_session_life *out);

/* Does fact `i` begin a life or session whatever may have stood before the list? True for begin lines that come after all
 * that the host logged before `start_s` (MS_CLOCK_NEVER: nothing) by more than what could turn two lines around. */
bool ms_life_begins_clean(const struct ms_fact *f, int64_t start_s);
bool ms_session_begins_clean(const struct ms_fact *f, int64_t start_s);

#endif
