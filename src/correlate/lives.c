#include "correlate/lives.h"

#include "correlate/clock.h"
#include "parse/kinds.h"

const char *const ms_state_names[MS_N_STATES] = {"done", "expired", "deleted",  "held",
                                                 "open", "aborted", "rejected", "cut"};

/* ---- queue files ---- */

enum { KNOWN_RECIPIENTS = 8 }; /* a life with more is simply not called complete early */

struct reading {                                              /* what is known of the life that is being read */
    bool opened;                                              /* client= or uid= */
    bool identified;                                          /* message-id= */
    bool queued;                                              /* anything that only a file in the queue can have */
    bool activated;                                           /* `queue active` */
    bool ended, removed, expired, deleted, canceled, corrupt; /* removed: by qmgr itself */
    bool held, discarded, refused;
    int64_t first_s, last_s, end_s;
    size_t end_fact;
    bool failed, noticed; /* a recipient bounced; bounce's line is there */
    bool complete;        /* see is_complete */
    bool slow;            /* so long on its way to the queue that it may have been given up: its session knows */
    int32_t nrcpt;
    uint32_t n_recipients, n_settled; /* distinct; n_recipients > KNOWN_RECIPIENTS: not counted on */
    struct {
        uint32_t recipient, orig;
        bool settled;
    } recipients[KNOWN_RECIPIENTS];
    const struct ms_fact *info;   /* qmail's line of sender and size */
    const struct ms_fact *client; /* for the session's verdict on a mail that never reached the queue */
};

/* A mail that the session left behind before it reached the queue: the second after which nothing more is expected. */
static int64_t given_up_s(const struct reading *r)
{
    if (r->queued || r->held)
        return INT64_MAX;
    bool over = r->refused || r->discarded;
    if (r->client == NULL || r->client->u.client.moved_on_s == MS_NONE)
        return over && r->client == NULL ? r->last_s + MS_GRACE_S : INT64_MAX;
    int64_t moved_on_s = r->client->u.client.moved_on_s;
    if (moved_on_s < r->last_s)
        moved_on_s = r->last_s;
    return moved_on_s + (r->identified && !over && !r->client->u.client.lost ? MS_UNQUEUED_S : MS_GRACE_S);
}

/* qmail's message numbers come again at once, and the line that begins a life may be lost. Its one process logs in order: nothing is
 * started of a mail that has ended, and an `info` line of another process of qmail-queue is another mail's. */
static bool begins_reused_number(const struct reading *r, const struct ms_fact *f)
{
    if (f->role == MS_ROLE_STARTED)
        return r->ended;
    if (f->kind != MS_K_QMAIL_INFO)
        return false;
    if (r->info != NULL)
        return !ms_span_eq(r->info->u.accepted.second_id, f->u.accepted.second_id);
    return r->ended || (r->queued && f->eff_s > r->first_s + MS_INVERSION_S);
}

/* Does `f` begin a new life, after what was read? */
static bool begins(const struct reading *r, const struct ms_fact *f)
{
    if (f->flags & MS_FACT_BEGIN || f->role == MS_ROLE_TOMBSTONE || r->complete)
        return true;
    if (f->eff_s > r->last_s + MS_FORGOTTEN_S || (!r->ended && f->eff_s > given_up_s(r)))
        return true;
    if (f->role == MS_ROLE_BEGIN) /* said twice where the first try failed; a single process turns no lines around */
        return r->queued || r->ended || !r->opened || f->eff_s > r->last_s + MS_UNQUEUED_S;
    if (begins_reused_number(r, f))
        return true;
    if (ms_life_is_begun_by(f)) /* only a line of the same moment may have overtaken it */
        return r->opened || r->ended || f->eff_s > r->first_s + MS_INVERSION_S;
    if (r->ended) {
        if (f->eff_s > r->end_s + MS_GRACE_S)
            return true;
        return (f->role == MS_ROLE_MESSAGE_ID && (r->identified || r->activated)) ||
               (f->role == MS_ROLE_ACTIVE && r->activated);
    }
    /* An internal mail (bounce, forward) that reuses the ID of a file whose end the log does not show. */
    return f->role == MS_ROLE_MESSAGE_ID && r->queued && f->eff_s > r->first_s + MS_GRACE_S;
}

static void read_end(struct reading *r, const struct ms_fact *f, size_t i)
{
    if (!r->ended) {
        r->end_s = ms_fact_second(f);
        r->end_fact = i;
    }
    r->ended = true;
}

static void read_delivery(struct reading *r, const struct ms_fact_delivery *d)
{
    r->queued = true;
    r->failed |= d->outcome == MS_BOUNCED;
    uint32_t i = 0;
    while (i < r->n_recipients && i < KNOWN_RECIPIENTS &&
           !(r->recipients[i].recipient == d->recipient && r->recipients[i].orig == d->orig_recipient))
        i++;
    if (i == r->n_recipients && i < KNOWN_RECIPIENTS) {
        r->recipients[i].recipient = d->recipient;
        r->recipients[i].orig = d->orig_recipient;
        r->recipients[i].settled = false;
    }
    if (i == r->n_recipients || i == KNOWN_RECIPIENTS)
        r->n_recipients = i + 1;
    if (i < KNOWN_RECIPIENTS && ms_delivered_settled(d->outcome) && !r->recipients[i].settled) {
        r->recipients[i].settled = true;
        r->n_settled++;
    }
}

/* Every line that a queue file leaves behind in the ordinary way is there, and qmgr, which waits for all reports, has removed
 * it: so nothing is waited for. (A file that postsuper takes away may still be under delivery.) */
static bool is_complete(const struct reading *r)
{
    return r->removed && r->opened && r->identified && r->activated && r->n_recipients == (uint32_t)r->nrcpt &&
           r->n_settled == r->n_recipients && (!r->failed || r->noticed) && !r->slow;
}

static void read_removed(struct reading *r, const struct ms_fact *f, size_t i)
{
    r->removed |= f->u.removed.how == MS_REMOVED_BY_QMGR;
    r->deleted |= f->u.removed.how == MS_REMOVED_BY_ADMIN;
    r->canceled |= f->u.removed.how == MS_REMOVED_CANCELED;
    r->discarded |= f->u.removed.how == MS_REMOVED_DISCARDED;
    read_end(r, f, i);
}

static void read_fact(struct reading *r, const struct ms_fact *f, size_t i)
{
    r->slow |= !r->queued && f->eff_s > r->last_s + MS_GRACE_S;
    r->last_s = ms_fact_second(f);
    switch ((unsigned)f->role) {
    case MS_ROLE_CLIENT:
        r->client = f;
        r->opened = true;
        r->discarded |= f->u.client.discarded;
        break;
    case MS_ROLE_PICKUP:
    case MS_ROLE_BEGIN:
        r->opened = true;
        break;
    case MS_ROLE_STARTED:
        r->queued = true;
        break;
    case MS_ROLE_ACCEPTED:
        r->opened = r->identified = r->queued = true;
        r->info = f->kind == MS_K_QMAIL_INFO ? f : r->info;
        break;
    case MS_ROLE_MESSAGE_ID:
        r->identified = true;
        break;
    case MS_ROLE_ACTIVE:
        r->queued = r->activated = true;
        r->held = false;
        r->nrcpt = f->u.active.nrcpt;
        break;
    case MS_ROLE_EXPIRED:
        r->queued = r->expired = true;
        break;
    case MS_ROLE_DELIVERY:
        read_delivery(r, &f->u.delivery);
        break;
    case MS_ROLE_NOTICE:
        r->queued = r->noticed = true;
        break;
    case MS_ROLE_HELD:
        r->held = true;
        break;
    case MS_ROLE_RELEASED:
        r->held = false;
        break;
    case MS_ROLE_REJECT:
        r->refused |= f->u.reject.effect == MS_EFFECT_REFUSED;
        r->held |= f->u.reject.effect == MS_EFFECT_HELD;
        r->discarded |= f->u.reject.effect == MS_EFFECT_DISCARDED;
        break;
    case MS_ROLE_EVENT:
        r->refused |= f->u.event.refused;
        break;
    case MS_ROLE_REMOVED:
        read_removed(r, f, i);
        break;
    case MS_ROLE_REQUEUED:
        read_end(r, f, i);
        break;
    case MS_ROLE_CORRUPT:
        r->corrupt = true;
        read_end(r, f, i);
        break;
    default:
        break;
    }
    r->complete = is_complete(r);
}

static enum ms_state state_of(const struct reading *r, bool sealed, bool superseded)
{
    if (r->corrupt)
        return MS_STATE_CUT;
    if (r->canceled)
        return r->refused ? MS_STATE_REJECTED : MS_STATE_ABORTED;
    if (r->deleted)
        return MS_STATE_DELETED;
    if (r->ended)
        return r->expired ? MS_STATE_EXPIRED : MS_STATE_DONE;
    if (r->held)
        return sealed || superseded ? MS_STATE_CUT : MS_STATE_HELD;
    if (!r->queued && r->refused && (r->opened || sealed || superseded))
        return MS_STATE_REJECTED; /* (Exim's line of the refusal is the only one with the ID) */
    if (!r->queued && r->opened) {
        if (r->discarded)
            return MS_STATE_DONE;
        /* Sealed is enough: whatever sealed it, the session can't come back to it. (That it moved on may not be known yet
         * where the next life of the ID is there first.) */
        const struct ms_fact_client *client = r->client ? &r->client->u.client : NULL;
        if (client != NULL && (sealed || (client->moved_on_s != MS_NONE && (!r->identified || client->lost))))
            return MS_STATE_ABORTED;
    }
    return sealed || superseded ? MS_STATE_CUT : MS_STATE_OPEN;
}

static void close_life(struct ms_life *life, const struct reading *r, size_t end, int64_t now_s, bool superseded)
{
    life->end = end;
    life->end_fact = r->ended ? r->end_fact : SIZE_MAX;
    if (life->tombstone) {
        life->sealed = true;
        return;
    }
    life->sealed = superseded || r->complete || (r->ended && now_s > r->end_s + MS_GRACE_S) ||
                   (!r->ended && (now_s > given_up_s(r) || now_s > r->last_s + MS_FORGOTTEN_S));
    life->slow = r->slow;
    life->settled_s = r->ended ? r->end_s + MS_GRACE_S : INT64_MAX;
    life->state = state_of(r, life->sealed, superseded);
}

uint32_t ms_next_ordinal(const struct ms_fact *f, int64_t last_begin_s, uint32_t last_ordinal)
{
    if (f->flags & MS_FACT_BEGIN)
        return f->ordinal;
    return f->eff_s == last_begin_s ? last_ordinal + 1 : 0;
}

size_t ms_lives_split(struct ms_fact *const *facts, size_t n, int64_t now_s, struct ms_life *lives)
{
    return ms_lives_usual(facts, n, lives) ? 1 : ms_lives_split_plain(facts, n, now_s, lives);
}

size_t ms_lives_split_plain(struct ms_fact *const *facts, size_t n, int64_t now_s, struct ms_life *lives)
{
    struct reading r = {0};
    size_t n_lives = 0;
    if (ms_lives_have_no_end(facts, n))
        return ms_lives_split_settled(facts, n, now_s, lives);
    for (size_t i = 0; i < n; i++) {
        const struct ms_fact *f = facts[i];
        bool after_tombstone = n_lives > 0 && lives[n_lives - 1].tombstone;
        if (n_lives == 0 || after_tombstone || begins(&r, f)) {
            int64_t last_begin_s = MS_CLOCK_NEVER;
            uint32_t last_ordinal = 0;
            if (n_lives > 0) {
                close_life(&lives[n_lives - 1], &r, i, now_s, true);
                lives[n_lives - 1].before_s = f->eff_s;
                lives[n_lives - 1].before_key = f->key;
                last_begin_s = lives[n_lives - 1].begin_s;
                last_ordinal = lives[n_lives - 1].ordinal;
            }
            struct ms_life *life = &lives[n_lives++];
            *life = (struct ms_life){.first = i,
                                     .begin_s = f->eff_s,
                                     .ordinal = ms_next_ordinal(f, last_begin_s, last_ordinal),
                                     .before_s = INT64_MAX};
            if (f->role == MS_ROLE_TOMBSTONE) {
                life->tombstone = true;
                life->begin_s = f->u.tombstone.begin_s;
                life->ordinal = f->ordinal;
            }
            r = (struct reading){.first_s = f->eff_s, .last_s = ms_fact_second(f)};
        }
        read_fact(&r, f, i);
    }
    if (n_lives > 0)
        close_life(&lives[n_lives - 1], &r, n, now_s, false);
    return n_lives;
}

bool ms_life_begins_clean(const struct ms_fact *f, int64_t start_s)
{
    if (start_s == MS_CLOCK_NEVER || f->flags & MS_FACT_BEGIN)
        return true;
    return ms_life_is_begun_by(f) && f->eff_s > start_s + MS_INVERSION_S;
}

/* ---- sessions ---- */

struct ms_session_life *ms_session_open(struct ms_session_life *out, size_t n_out, const struct ms_fact *f, size_t i)
{
    struct ms_session_life *s = n_out > 0 ? &out[n_out - 1] : NULL, *opened = &out[n_out];
    *opened =
        (struct ms_session_life){.first = i,
                                 .begin_s = f->eff_s,
                                 .ordinal = ms_next_ordinal(f, s ? s->begin_s : MS_CLOCK_NEVER, s ? s->ordinal : 0),
                                 .has_begin = f->role == MS_ROLE_CONNECT,
                                 .lost_fact = SIZE_MAX,
                                 .disconnect_fact = SIZE_MAX};
    if (s != NULL) {
        s->end = i;
        s->sealed = true;
    }
    if (f->role == MS_ROLE_TOMBSTONE) {
        opened->tombstone = true;
        opened->begin_s = f->u.tombstone.begin_s;
        opened->ordinal = f->ordinal;
    }
    return opened;
}

size_t ms_sessions_split(struct ms_fact *const *facts, size_t n, int64_t now_s, struct ms_session_life *out)
{
    size_t n_out = 0;
    int64_t disconnect_s = 0, last_s = 0;
    if (ms_lives_have_no_end(facts, n))
        return ms_sessions_split_quiet(facts, n, now_s, out);
    for (size_t i = 0; i < n; i++) {
        const struct ms_fact *f = facts[i];
        struct ms_session_life *s = n_out ? &out[n_out - 1] : NULL;
        bool over = s != NULL && s->disconnect_fact != SIZE_MAX;
        bool begin = s == NULL || s->tombstone || f->role == MS_ROLE_TOMBSTONE || f->flags & MS_FACT_BEGIN ||
                     f->role == MS_ROLE_CONNECT || f->eff_s > last_s + MS_FORGOTTEN_S ||
                     (over && f->eff_s > disconnect_s + MS_INVERSION_S);
        if (begin)
            s = ms_session_open(out, n_out++, f, i);
        last_s = ms_fact_second(f);
        if (f->role == MS_ROLE_LOST)
            s->lost_fact = i;
        if ((f->role == MS_ROLE_DISCONNECT || f->flags & MS_FACT_LAST) && s->disconnect_fact == SIZE_MAX) {
            s->disconnect_fact = i;
            disconnect_s = ms_fact_second(f);
        }
    }
    if (n_out > 0) {
        struct ms_session_life *s = &out[n_out - 1];
        s->end = n;
        s->sealed = s->tombstone || (s->disconnect_fact != SIZE_MAX && now_s > disconnect_s + MS_INVERSION_S) ||
                    now_s > last_s + MS_FORGOTTEN_S;
    }
    return n_out;
}

bool ms_session_begins_clean(const struct ms_fact *f, int64_t start_s)
{
    /* In the second in which the segment begins, an earlier session of the pid may have begun, too: its ordinal decides. */
    return start_s == MS_CLOCK_NEVER || f->flags & MS_FACT_BEGIN || (f->role == MS_ROLE_CONNECT && f->eff_s > start_s);
}
