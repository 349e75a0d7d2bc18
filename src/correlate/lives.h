/* lives(): the one pure function that turns the list of facts of a queue ID into lives, and the same for sessions.
 *
 * In: facts of one key in canonical order, and the host's clock. Out: where each life begins and ends, whether it is sealed
 * (nothing that can still come changes it), and its state. It looks at nothing else, so that every border (line, segment,
 * file, run, machine) is a concatenation. Rules and reasons: docs/decisions/0003-lives.md. Thread rule: pure. */
#ifndef MS_CORRELATE_LIVES_H
#define MS_CORRELATE_LIVES_H

#include "correlate/fact.h"

#define MS_GRACE_S 30      /* G: a line this much later than the end still belongs to the life */
#define MS_INVERSION_S 2   /* a begin line this much later than the first line is still that life's begin */
#define MS_UNQUEUED_S 3600 /* cleanup has logged a message-id, qmgr has not (yet) */
/* Where no line says that a life or session is over: */
#define MS_QUIET_S 3600        /* no recipient is open, but more may be to come; a session said nothing for so long */
#define MS_SILENT_S (6 * 3600) /* a mail was taken, and no attempt is logged */
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
    /* What is told to its lines later is not told to it: */
    int64_t settled_s; /* after this effective second (INT64_MAX: not settled) ... */
    int64_t before_s;  /* ... or from this second and place on, where the next life begins (INT64_MAX: there is none) */
    uint64_t before_key;
};

/* Splits facts[0, n) into lives[]; room for n. Gives their number. `now_s`: the host's effective second; `more`: false if
 * nothing can come after (then nothing is sealed that would not be sealed anyway, but states are final). */
size_t ms_lives_split(struct ms_fact *const *facts, size_t n, int64_t now_s, struct ms_life *lives);

/* Is it the list of a usual mail from begin to end, with not a line more: came, was identified, queued, delivered to each recipient
 * at once, removed? Then *life is what ms_lives_split_plain, the twin, makes of it at any time. ms_lives_split asks first. */
bool ms_lives_usual(struct ms_fact *const *facts, size_t n, struct ms_life *life);
size_t ms_lives_split_plain(struct ms_fact *const *facts, size_t n, int64_t now_s, struct ms_life *lives);

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

/* Silence is counted from here: the first line after a long one does not advance the host's clock (clock.h), so that its own stamp
 * tells when it was said. Never less than its effective second, so that nothing is given up that a whole list would keep. */
static inline int64_t ms_fact_second(const struct ms_fact *f)
{
    int64_t own_s = f->time_us / 1000000;
    return own_s > f->eff_s ? own_s : f->eff_s;
}

/* Is it a line with which the mail of an ID that is used again begins? */
static inline bool ms_life_is_begun_by(const struct ms_fact *f)
{
    _Static_assert(MS_ROLE_PICKUP == MS_ROLE_CLIENT + 1 && MS_ROLE_ACCEPTED == MS_ROLE_CLIENT + 2 &&
                       MS_ROLE_BEGIN == MS_ROLE_CLIENT + 3,
                   "one comparison");
    return (unsigned)f->role - MS_ROLE_CLIENT <= 3 && (f->role != MS_ROLE_ACCEPTED || f->u.accepted.reuses_ids);
}

/* The same for programs that do not say when a mail or a session is over (MS_FACT_NO_END; settled.c); both of the above ask them
 * where they are due. */
size_t ms_lives_split_settled(struct ms_fact *const *facts, size_t n, int64_t now_s, struct ms_life *lives);
size_t ms_sessions_split_quiet(struct ms_fact *const *facts, size_t n, int64_t now_s, struct ms_session_life *out);

/* Is it such a program's list? (Lines of others that name its queue IDs have the flag, too: intake.c.) */
static inline bool ms_lives_have_no_end(struct ms_fact *const *facts, size_t n)
{
    return n > 0 && (facts[0]->flags | facts[n - 1]->flags) & MS_FACT_NO_END;
}

/* The ordinal of the life or session that begins with `f`, after one that began then. */
uint32_t ms_next_ordinal(const struct ms_fact *f, int64_t last_begin_s, uint32_t last_ordinal);
/* Opens a session with fact `i`, f, behind the n_out there are; the one before is sealed. For both ways to split. */
struct ms_session_life *ms_session_open(struct ms_session_life *out, size_t n_out, const struct ms_fact *f, size_t i);

/* Does fact `i` begin a life or session whatever may have stood before the list? True for begin lines that come after all
 * that the host logged before `start_s` (MS_CLOCK_NEVER: nothing) by more than what could turn two lines around. */
bool ms_life_begins_clean(const struct ms_fact *f, int64_t start_s);
bool ms_session_begins_clean(const struct ms_fact *f, int64_t start_s);

#endif
