/* Lives and sessions of programs that log no end of them (sendmail below LogLevel 10): a mail is over when nobody is tried any
 * more, or when nothing was said of it for long (docs/decisions/0010-lives-without-end.md). */
#include "correlate/clock.h"
#include "correlate/lives.h"
#include "parse/kinds.h"

enum { OPEN_RECIPIENTS = 512 }; /* of one mail at a time; with more it is open until it is forgotten */

struct reading {    /* what is known of the life that is being read */
    int64_t said_s; /* second of the last line */
    int64_t first_s;
    bool is_report;        /* made because another mail failed */
    bool has_null_sender;  /* perhaps nobody is told if it fails */
    bool headless;         /* accepted, but the header never came */
    bool broken_off;       /* the client went away, or was sent away, in the middle of it */
    bool held;             /* quarantined */
    bool accepted, queued; /* queued: anything that only a mail in the queue can have */
    bool ended;            /* a line says so */
    bool expired, canceled, corrupt, discarded;
    bool refused; /* the mail as a whole; with turned_away: a recipient or the sender */
    bool turned_away;
    bool failed, noticed;                /* a recipient bounced; a report was made */
    bool many_open;                      /* more recipients are open than there is room for */
    enum ms_delivered outcome;           /* of the last attempt */
    uint32_t open[OPEN_RECIPIENTS];      /* those that are still tried; the rest of this struct is reset without them */
    uint32_t n_open, n_final;            /* n_final: recipients that had their last attempt */
    int32_t nrcpt;                       /* accepted from the client; less than 0: not said */
    size_t end_fact, final_fact;         /* the line that says so; the last of the last attempts */
    size_t copy_fact;                    /* recipients went to a copy with an owner of its own; SIZE_MAX: none did */
    int64_t size_bytes, class, priority; /* priority: the least of all attempts */
};

static void reading_reset(struct reading *r)
{
    r->headless = r->is_report = r->has_null_sender = r->broken_off = r->held = false;
    r->accepted = r->queued = r->ended = r->expired = r->canceled = r->corrupt = r->discarded = false;
    r->refused = r->turned_away = r->failed = r->noticed = r->many_open = false;
    r->outcome = MS_NO_STATUS;
    r->n_open = r->n_final = 0;
    r->nrcpt = -1;
    r->end_fact = r->final_fact = r->copy_fact = SIZE_MAX;
    r->size_bytes = r->priority = MS_NONE;
    r->class = 0;
}

enum { A_RECIPIENT = 30000, A_CLASS = 1800, A_READING = 90000 };

/* What of sendmail's priority size and class do not explain: the recipients, and each time that the queue file was read. */
static int64_t rest_of_priority(const struct reading *r)
{
    int64_t rest = r->priority - (r->size_bytes != MS_NONE ? r->size_bytes : 0);
    if (r->class > -1000 && r->class < 1000)
        rest += r->class * A_CLASS;
    return rest;
}

/* How many recipients the first attempt was for, aliases expanded. At least 1; UINT32_MAX: not known. */
static uint32_t expected_recipients(const struct reading *r)
{
    if (r->priority == MS_NONE)
        return UINT32_MAX;
    int64_t rest = rest_of_priority(r);
    if (rest < 2 * A_RECIPIENT)
        return 1;
    return rest / A_RECIPIENT < UINT32_MAX ? (uint32_t)(rest / A_RECIPIENT) : UINT32_MAX;
}

/* Where one failed, a report is still to come, but for mail from nobody. */
static bool is_reported(const struct reading *r)
{
    return !r->failed || r->noticed || r->has_null_sender;
}

static bool is_settled(const struct reading *r)
{
    return r->n_open == 0 && !r->many_open && r->n_final > 0;
}

/* One address was accepted, and what it was expanded to has an owner: all recipients are the copy's, and no line says more of
 * this mail. */
static bool went_to_copy(const struct reading *r)
{
    return r->copy_fact != SIZE_MAX && r->nrcpt == 1 && r->n_open == 0 && !r->many_open && r->n_final == 0;
}

/* Nothing more is expected but what comes late. A report has one recipient, and one that fails may be thrown away. */
static bool is_all_told(const struct reading *r)
{
    if (r->is_report)
        return is_settled(r);
    if (went_to_copy(r))
        return true;
    return is_settled(r) && r->n_final >= expected_recipients(r) && is_reported(r);
}

/* A queue file is read before the first attempt already, if another process makes it: `pri=120314` of a mail of 314 bytes is one
 * recipient, or four without that. Where the client's number of recipients explains it, and as many are settled, the mail is called
 * done; but it is not closed, as aliases may have made it four. */
static bool is_probably_told(const struct reading *r)
{
    if (r->priority == MS_NONE || r->nrcpt <= 0 || r->n_final < (uint32_t)r->nrcpt || !is_reported(r))
        return false;
    int64_t readings = rest_of_priority(r) - (int64_t)r->nrcpt * A_RECIPIENT;
    return is_settled(r) && readings > 0 && readings % A_READING == 0;
}

/* The second after which a line is not of this life any more. */
static int64_t over_s(const struct reading *r)
{
    if (r->ended)
        return r->said_s + MS_GRACE_S;
    if (r->n_open > 0 || r->many_open || (r->held && r->queued && r->n_final == 0))
        return r->said_s + MS_FORGOTTEN_S;
    if (is_all_told(r))
        return r->said_s + MS_GRACE_S;
    if (r->n_final > 0)
        return r->said_s + MS_QUIET_S;
    return r->said_s + (r->accepted ? MS_SILENT_S : MS_QUIET_S);
}

/* Does `f` begin a new life, after what was read? In 5.x, the mail's ID has a line of its own, in front of the sender's. */
static bool begins(const struct reading *r, const struct ms_fact *f)
{
    if (f->flags & MS_FACT_BEGIN || f->role == MS_ROLE_TOMBSTONE || f->eff_s > over_s(r))
        return true;
    if (f->kind == MS_K_SENDMAIL_MESSAGE_ID)
        return f->eff_s > r->first_s + MS_INVERSION_S;
    if (!ms_life_is_begun_by(f)) /* (such IDs do not come again) */
        return false;
    return r->accepted || r->ended || f->eff_s > r->first_s + MS_INVERSION_S;
}

static void read_end(struct reading *r, size_t i)
{
    if (!r->ended)
        r->end_fact = i;
    r->ended = true;
}

static void read_outcome(struct reading *r, uint32_t recipient, size_t i)
{
    uint32_t at = 0;
    r->queued = true;
    r->failed |= r->outcome == MS_BOUNCED;
    if (r->outcome == MS_NO_STATUS)
        return;
    while (at < r->n_open && r->open[at] != recipient)
        at++;
    if (ms_delivered_settled(r->outcome)) {
        if (at < r->n_open)
            r->open[at] = r->open[--r->n_open];
        r->n_final++;
        r->final_fact = i;
    } else if (at == r->n_open) {
        r->many_open |= at == OPEN_RECIPIENTS;
        if (at < OPEN_RECIPIENTS)
            r->open[r->n_open++] = recipient;
    }
}

static void read_accepted(struct reading *r, const struct ms_fact_accepted *a, size_t i)
{
    r->accepted = r->queued = true;
    r->headless |= a->is_headless;
    r->is_report |= a->born == MS_BORN_AS_BOUNCE;
    r->has_null_sender |= a->has_null_sender;
    if (a->size_bytes != MS_NONE)
        r->size_bytes = a->size_bytes;
    if (a->class != INT32_MIN)
        r->class = a->class;
    if (a->nrcpt != INT32_MIN)
        r->nrcpt = a->nrcpt;
    if (a->nrcpt != 0)
        return;
    r->canceled = true; /* no recipient was accepted, or the transaction was given up */
    read_end(r, i);
}

static void read_delivery(struct reading *r, const struct ms_fact_delivery *d, size_t i)
{
    r->outcome = d->outcome;
    if (d->priority != MS_NONE && (r->priority == MS_NONE || d->priority < r->priority))
        r->priority = d->priority;
    read_outcome(r, d->recipient, i);
}

static void read_reject(struct reading *r, const struct ms_fact_reject *d, size_t i)
{
    r->refused |= d->effect == MS_EFFECT_REFUSED;
    r->discarded |= d->effect == MS_EFFECT_DISCARDED;
    r->turned_away |= d->effect != MS_EFFECT_HELD;
    r->held |= d->effect == MS_EFFECT_HELD;
    if (d->effect == MS_EFFECT_REFUSED || d->effect == MS_EFFECT_DISCARDED)
        read_end(r, i);
}

static void read_fact(struct reading *r, const struct ms_fact *f, size_t i)
{
    r->said_s = ms_fact_second(f);
    switch ((unsigned)f->role) {
    case MS_ROLE_ACCEPTED:
        read_accepted(r, &f->u.accepted, i);
        break;
    case MS_ROLE_DELIVERY:
        read_delivery(r, &f->u.delivery, i);
        break;
    case MS_ROLE_RECIPIENT:
        read_outcome(r, f->u.recipient.recipient, i);
        break;
    case MS_ROLE_NOTICE:
        r->queued = true;
        r->noticed |= f->u.notice.kind != MS_NOTICE_CLONE;
        if (f->u.notice.kind == MS_NOTICE_CLONE && !f->u.notice.by_child)
            r->copy_fact = i;
        r->expired |= f->u.notice.gives_up;
        if (f->u.notice.gives_up)
            read_end(r, i);
        break;
    case MS_ROLE_REJECT:
        read_reject(r, &f->u.reject, i);
        break;
    case MS_ROLE_REMOVED:
        r->canceled |= f->u.removed.how == MS_REMOVED_CANCELED;
        r->discarded |= f->u.removed.how == MS_REMOVED_DISCARDED;
        read_end(r, i);
        break;
    case MS_ROLE_CORRUPT:
        r->corrupt = true;
        read_end(r, i);
        break;
    case MS_ROLE_HELD:
    case MS_ROLE_RELEASED:
        r->queued = true;
        r->held = f->role == MS_ROLE_HELD;
        break;
    case MS_ROLE_EVENT:
        if (f->kind == MS_K_SENDMAIL_BROKEN_OFF) {
            r->broken_off = true;
            read_end(r, i);
        }
        break;
    default:
        break;
    }
}

static enum ms_state state_of(const struct reading *r, bool sealed)
{
    if (r->corrupt)
        return MS_STATE_CUT;
    if (r->canceled)
        return r->refused || r->turned_away ? MS_STATE_REJECTED : MS_STATE_ABORTED;
    if (r->refused && r->n_final == 0)
        return MS_STATE_REJECTED;
    if ((r->headless || r->broken_off) && r->n_final == 0 && r->n_open == 0)
        return MS_STATE_ABORTED;
    if (r->ended)
        return r->expired ? MS_STATE_EXPIRED : MS_STATE_DONE;
    if (is_all_told(r) || is_probably_told(r) || (sealed && is_settled(r)))
        return MS_STATE_DONE;
    if (sealed)
        return MS_STATE_CUT;
    return r->held && r->queued && r->n_final == 0 ? MS_STATE_HELD : MS_STATE_OPEN;
}

static void close_life(struct ms_life *life, const struct reading *r, size_t end, int64_t now_s, bool superseded)
{
    life->end = end;
    life->end_fact = r->ended ? r->end_fact : SIZE_MAX;
    life->sealed = life->tombstone || superseded || now_s > over_s(r);
    if (life->tombstone)
        return;
    life->state = state_of(r, life->sealed);
    if (!r->ended && life->state == MS_STATE_DONE)
        life->end_fact = went_to_copy(r) ? r->copy_fact : r->final_fact;
}

size_t ms_lives_split_settled(struct ms_fact *const *facts, size_t n, int64_t now_s, struct ms_life *lives)
{
    struct reading r;
    size_t n_lives = 0;
    reading_reset(&r);
    for (size_t i = 0; i < n; i++) {
        const struct ms_fact *f = facts[i];
        struct ms_life *last = n_lives > 0 ? &lives[n_lives - 1] : NULL;
        if (last == NULL || last->tombstone || begins(&r, f)) {
            if (last != NULL)
                close_life(last, &r, i, now_s, true);
            lives[n_lives++] = (struct ms_life){
                .first = i,
                .begin_s = f->eff_s,
                .ordinal = ms_next_ordinal(f, last ? last->begin_s : MS_CLOCK_NEVER, last ? last->ordinal : 0)};
            if (f->role == MS_ROLE_TOMBSTONE) {
                lives[n_lives - 1].tombstone = true;
                lives[n_lives - 1].begin_s = f->u.tombstone.begin_s;
                lives[n_lives - 1].ordinal = f->ordinal;
            }
            reading_reset(&r);
            r.first_s = f->eff_s;
        }
        read_fact(&r, f, i);
    }
    if (n_lives > 0)
        close_life(&lives[n_lives - 1], &r, n, now_s, false);
    return n_lives;
}

/* ---- sessions ---- */

/* The queue IDs of one process in one connection hold the same time, and what says no ID stands near those that do. A process
 * that serves connections one after the other begins the next one with its TLS. */
static bool is_other_session(const struct ms_fact *f, uint32_t connection, int64_t said_s)
{
    if (f->flags & MS_FACT_BEGIN || f->role == MS_ROLE_TOMBSTONE || f->role == MS_ROLE_CONNECT ||
        ms_fact_second(f) > said_s + MS_QUIET_S)
        return true;
    if (connection == 0)
        return false;
    return f->connection != 0 ? f->connection != connection : f->role == MS_ROLE_TLS;
}

size_t ms_sessions_split_quiet(struct ms_fact *const *facts, size_t n, int64_t now_s, struct ms_session_life *out)
{
    size_t n_out = 0;
    int64_t said_s = 0;
    uint32_t connection = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ms_fact *f = facts[i];
        struct ms_session_life *s = n_out > 0 ? &out[n_out - 1] : NULL;
        if (s == NULL || s->tombstone || is_other_session(f, connection, said_s)) {
            s = ms_session_open(out, n_out++, f, i);
            connection = 0;
        }
        said_s = ms_fact_second(f);
        connection = f->connection != 0 ? f->connection : connection;
        if (f->role == MS_ROLE_LOST)
            s->lost_fact = i;
        if (f->role == MS_ROLE_DISCONNECT && s->disconnect_fact == SIZE_MAX)
            s->disconnect_fact = i;
    }
    if (n_out > 0) {
        out[n_out - 1].end = n;
        out[n_out - 1].sealed = out[n_out - 1].tombstone || now_s > said_s + MS_QUIET_S;
    }
    return n_out;
}
