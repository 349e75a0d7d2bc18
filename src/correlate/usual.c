/* The short way of the lines that are nearly all of a log (event.h: is_usual): each kind to its list, without asking what only other
 * kinds and other programs need. Whatever such a line does here it does in correlate.c and intake.c, the twin: --whole-lists takes
 * that way (tests/property/invariance.py compares the datasets). */
#include "correlate/count.h"
#include "correlate/intake_parts.h"
#include "correlate/outbound.h"

static inline struct ms_fact *fact_of(struct ms_correlator *c, const struct ms_event *e, unsigned role)
{
    struct ms_fact *f = ms_intake_head(c, e, role);
    f->time_us = e->time_us;
    f->eff_s = e->eff_s;
    return f;
}

static inline void take_session(struct ms_correlator *c, const struct ms_event *e, unsigned role)
{
    struct ms_fact *f = fact_of(c, e, role);
    struct ms_dict_endpoint client = ms_intake_endpoint(c, e->u.session.client);
    f->u.session = (struct ms_fact_session){
        .name = client.name,
        .ip = client.ip,
        .port = client.port,
        .end_kind = MS_NO_CODE,
        .end_stage = MS_NO_CODE,
        .commands = role == MS_ROLE_DISCONNECT ? ms_intake_text(c, e->u.session.commands) : MS_NO_CODE,
    };
    ms_local_add_to_session(c, f);
}

static inline void take_tls(struct ms_correlator *c, const struct ms_event *e)
{
    struct ms_fact *f = fact_of(c, e, MS_ROLE_TLS);
    f->u.tls.version = ms_intake_brief(c, e->u.tls.version);
    f->u.tls.cipher = ms_intake_text(c, e->u.tls.cipher);
    f->u.tls.bits = ms_intake_small(e->u.tls.bits);
    ms_local_add_to_session(c, f);
}

/* The session first: what it knows is in the fact when the mail's list gets it. */
static inline void take_client(struct ms_correlator *c, const struct ms_event *e, const struct ms_origin *origin)
{
    struct ms_fact *f = fact_of(c, e, MS_ROLE_CLIENT);
    ms_intake_client(c, e, &f->u.client);
    ms_local_add_to_session(c, ms_fact_twin(c, f));
    ms_local_add_to_life(c, f, origin, e->queue_id);
}

static inline void take_delivery(struct ms_correlator *c, const struct ms_event *e, const struct ms_origin *origin)
{
    struct ms_fact *f = fact_of(c, e, MS_ROLE_DELIVERY);
    ms_intake_delivery(c, e, &f->u.delivery);
    if (e->daemon == MS_D_SMTP || e->daemon == MS_D_LMTP)
        ms_outbound_line(c, e, f);
    ms_local_add_to_life(c, f, origin, e->queue_id);
}

/* What only says something of its mail. */
static inline void take_of_life(struct ms_correlator *c, const struct ms_event *e, const struct ms_origin *origin)
{
    struct ms_fact *f = fact_of(c, e, e->role);
    if (e->role == MS_ROLE_MESSAGE_ID) {
        f->u.message_id.id = e->u.message_id.id;
        f->u.message_id.resent = e->u.message_id.resent;
    } else if (e->role == MS_ROLE_ACTIVE) {
        f->u.active.sender = ms_intake_text(c, e->u.active.sender);
        f->u.active.size_bytes = e->u.active.size_bytes;
        f->u.active.nrcpt = ms_intake_small(e->u.active.nrcpt);
    } else {
        f->u.removed.how = MS_REMOVED_BY_QMGR;
    }
    ms_local_add_to_life(c, f, origin, e->queue_id);
}

static inline bool goes_short_way(const struct ms_correlator *c, const struct ms_event *e)
{
    return e->is_usual && c->takes_short_way && c->next_line != c->next_hit_line && e->time_us != MS_NONE &&
           (uint64_t)e->pid < MS_NO_PID;
}

void ms_correlator_line(void *correlator, const struct ms_event *e)
{
    struct ms_correlator *c = correlator;
    if (__builtin_expect(!goes_short_way(c, e), false)) {
        ms_correlator_any_line(c, e);
        return;
    }
    MS_ASSERT(c->next_line < c->n_lines);
    c->next_line++;
    uint32_t host_id = e->host_id == MS_NO_NAME ? c->run->no_host_id : e->host_id;
    bool of_session = e->role == MS_ROLE_CONNECT || e->role == MS_ROLE_DISCONNECT || e->role == MS_ROLE_TLS;
    const struct ms_origin *origin =
        ms_count_line(c, of_session ? MS_LINE_SESSION : MS_LINE_MESSAGE, host_id, e->tag_id, e->time_us);
    switch (e->role) {
    case MS_ROLE_CONNECT:
        take_session(c, e, MS_ROLE_CONNECT);
        break;
    case MS_ROLE_DISCONNECT:
        take_session(c, e, MS_ROLE_DISCONNECT);
        break;
    case MS_ROLE_TLS:
        take_tls(c, e);
        break;
    case MS_ROLE_CLIENT:
        take_client(c, e, origin);
        break;
    case MS_ROLE_DELIVERY:
        take_delivery(c, e, origin);
        break;
    default:
        take_of_life(c, e, origin);
        break;
    }
}
