#include "correlate/intake.h"

#include "correlate/intake_parts.h"
#include "correlate/local.h"
#include "correlate/started.h"
#include "parse/sendmail_id.h"
#include "parse/kinds.h"
#include "parse/lists.h"

#define NONE32 INT32_MIN

static inline uint32_t add(struct ms_correlator *c, struct ms_span s)
{
    return s.p ? ms_dict_add(&c->dict, s) : MS_NO_CODE;
}

static int32_t small(int64_t n)
{
    return n == MS_NONE || n > INT32_MAX || n <= INT32_MIN ? NONE32 : (int32_t)n;
}

void ms_intake_split_endpoint(struct ms_span token, struct ms_dict_parts *parts)
{
    struct ms_endpoint e = ms_endpoint_of_relay(token);
    *parts = (struct ms_dict_parts){e.name, e.ip, small(e.port)};
}

/* `NAME [ADDR]`, as everybody but Postfix writes it. */
static void split_spaced(struct ms_span token, struct ms_dict_parts *parts)
{
    struct ms_endpoint e = ms_endpoint_of_spaced(token);
    *parts = (struct ms_dict_parts){e.name, e.ip, small(e.port)};
}

static void take_session(struct ms_correlator *c, const struct ms_event *e, struct ms_fact_session *s)
{
    struct ms_dict_endpoint client = e->mta == MS_MTA_SENDMAIL
                                         ? ms_dict_endpoint(&c->dict, e->u.session.client, split_spaced)
                                         : ms_intake_endpoint(c, e->u.session.client);
    s->name = client.name;
    s->ip = client.ip;
    s->port = client.port;
    s->end_kind = e->role == MS_ROLE_LOST ? add(c, e->u.session.end_kind) : MS_NO_CODE;
    s->end_stage = e->role == MS_ROLE_LOST ? add(c, e->u.session.end_stage) : MS_NO_CODE;
    s->commands = e->role == MS_ROLE_DISCONNECT ? add(c, e->u.session.commands) : MS_NO_CODE;
}

static const char *const outcome_words[] = {[MS_SENT] = "sent", [MS_DEFERRED] = "deferred", [MS_BOUNCED] = "bounced"};

enum ms_delivered ms_outcome_of_status(struct ms_span status)
{
    if (status.p == NULL)
        return MS_NO_STATUS;
    if (ms_span_is(status, "sent"))
        return MS_SENT;
    if (ms_span_is(status, "deferred") || ms_span_is(status, "SOFTBOUNCE"))
        return MS_DEFERRED;
    if (ms_span_is(status, "bounced"))
        return MS_BOUNCED;
    return ms_span_is(status, "queued") || ms_span_is(status, "held") ? MS_WAITING : MS_OTHER_STATUS;
}

uint32_t ms_outcome_status(struct ms_dict *dict, enum ms_delivered outcome)
{
    return outcome < MS_OTHER_STATUS ? ms_dict_word(dict, outcome_words[outcome]) : MS_NO_CODE;
}

/* The policy that was reached (3.11+) stands where the trust does. */
static void take_tls_field(struct ms_correlator *c, struct ms_span features, struct ms_fact_delivery *d)
{
    char *text = ms_arena_alloc(&c->segment_arena, features.n + 2);
    text[0] = text[1] = '\n';
    memcpy(text + 2, features.p, features.n);
    d->tls = ms_span_of(text, features.n + 2);
    d->tls_evidence = MS_TLS_FIELD;
}

void ms_intake_delivery(struct ms_correlator *c, const struct ms_event *e, struct ms_fact_delivery *d)
{
    d->recipient = e->mta == MS_MTA_POSTFIX || !e->u.delivery.is_list ? add(c, e->u.delivery.recipient) : MS_NO_CODE;
    d->orig_recipient = add(c, e->u.delivery.orig_recipient);
    bool is_postfix = e->mta == MS_MTA_POSTFIX;
    struct ms_dict_endpoint relay = is_postfix ? ms_intake_endpoint(c, e->u.delivery.relay)
                                               : ms_dict_endpoint(&c->dict, e->u.delivery.relay, split_spaced);
    d->agent = d->ctladdr = MS_NO_CODE;
    d->xdelay_ms = d->priority = MS_NONE;
    d->said = MS_SPAN_NULL;
    d->relay_host = relay.name;
    d->relay_ip = relay.ip;
    d->relay_port = relay.port;
    d->dsn = ms_intake_brief(c, e->u.delivery.dsn);
    d->outcome = ms_outcome_of_status(e->u.delivery.status);
    d->status = d->outcome < MS_OTHER_STATUS ? ms_outcome_status(&c->dict, d->outcome) : add(c, e->u.delivery.status);
    d->tls_known = true;
    d->tls_evidence = MS_TLS_NOT_LOGGED;
    d->tls = MS_SPAN_NULL;
    if (e->u.delivery.tls_features.p != NULL)
        take_tls_field(c, e->u.delivery.tls_features, d);
    d->next_queue_id = e->u.delivery.next_queue_id;
    d->reply = e->u.delivery.reply;
    d->is_part = false;
    if (!is_postfix)
        ms_intake_delivery_of_others(c, e, d);
    d->delay_ms = e->u.delivery.delay_ms;
    d->delay_in_ms = e->u.delivery.delay_in_ms;
    d->delay_queue_ms = e->u.delivery.delay_queue_ms;
    d->delay_conn_ms = e->u.delivery.delay_conn_ms;
    d->delay_xmit_ms = e->u.delivery.delay_xmit_ms;
    d->conn_use = small(e->u.delivery.conn_use);
    d->reply_code = small(e->u.delivery.reply_code);
    d->forwarded = e->u.delivery.forwarded;
}

/* What a decision means for the mail as a whole. A refusal at RCPT concerns one recipient; at the end of data, or by what
 * the content holds, it is the end of the mail. */
static enum ms_reject_effect effect_of(struct ms_span action, struct ms_span stage, uint8_t daemon)
{
    if (ms_span_is(action, "hold") || ms_span_is(action, "milter-hold"))
        return MS_EFFECT_HELD;
    if (ms_span_is(action, "discard") || ms_span_is(action, "milter-discard"))
        return MS_EFFECT_DISCARDED;
    if (!ms_span_is(action, "reject") && !ms_span_is(action, "milter-reject"))
        return MS_EFFECT_NONE;
    if (daemon == MS_D_SENDMAIL && ms_span_is(stage, "header"))
        return MS_EFFECT_REFUSED;
    if (daemon == MS_D_CLEANUP || ms_span_is(stage, "END-OF-MESSAGE") || ms_span_is(stage, "DATA") ||
        ms_span_is(stage, "BDAT"))
        return MS_EFFECT_REFUSED;
    return MS_EFFECT_NONE;
}

static void take_login(struct ms_correlator *c, const struct ms_event *e, struct ms_fact_login *l)
{
    l->name = add(c, e->u.login.client.name);
    l->ip = ms_dict_add_ip(&c->dict, e->u.login.client.ip);
    l->port = small(e->u.login.client.port);
    l->method = add(c, e->u.login.method);
    l->username = add(c, e->u.login.username);
    l->reason = add(c, e->u.login.reason);
    l->ok = e->u.login.ok;
}

static void take_reject(struct ms_correlator *c, const struct ms_event *e, struct ms_fact_reject *r)
{
    r->action = ms_intake_brief(c, e->u.reject.action);
    r->stage = ms_intake_brief(c, e->u.reject.stage);
    r->name = add(c, e->u.reject.client.name);
    r->ip = ms_dict_add_ip(&c->dict, e->u.reject.client.ip);
    r->port = small(e->u.reject.client.port);
    r->reply_code = small(e->u.reject.reply_code);
    r->dsn = ms_intake_brief(c, e->u.reject.dsn);
    r->blocklist = add(c, e->u.reject.blocklist);
    r->text = add(c, e->u.reject.text);
    r->sender = add(c, e->u.reject.sender);
    /* A refusal of content is not about one recipient: the to= of cleanup's line is merely the last one it has seen
     * (postfix-log-lines.md 2.3). */
    r->recipient = e->daemon == MS_D_CLEANUP ? MS_NO_CODE : add(c, e->u.reject.recipient);
    r->protocol = ms_intake_brief(c, e->u.reject.protocol);
    r->helo = add(c, e->u.reject.helo);
    r->sasl_username = add(c, e->u.reject.sasl_username);
    r->sasl_method = add(c, e->u.reject.sasl_method);
    r->subject = e->u.reject.subject;
    r->effect = effect_of(e->u.reject.action, e->u.reject.stage, e->daemon);
}

/* A before-queue filter's refusal has no client in its line: the session's row names it. */
static void take_proxy(struct ms_correlator *c, const struct ms_event *e, struct ms_fact_reject *r)
{
    struct ms_span reply = e->u.proxy.reply;
    r->action = add(c, e->u.proxy.accepted ? MS_SPAN_LIT("proxy-accept") : MS_SPAN_LIT("proxy-reject"));
    r->stage = add(c, e->u.proxy.stage);
    r->name = r->ip = r->blocklist = MS_NO_CODE;
    r->dsn = add(c, e->u.proxy.dsn);
    r->port = r->reply_code = NONE32;
    if (reply.n >= 3 && reply.p[0] >= '2' && reply.p[0] <= '5' && (unsigned char)(reply.p[1] - '0') < 10 &&
        (unsigned char)(reply.p[2] - '0') < 10)
        r->reply_code = (reply.p[0] - '0') * 100 + (reply.p[1] - '0') * 10 + (reply.p[2] - '0');
    r->text = add(c, reply);
    r->sender = add(c, e->u.proxy.sender);
    r->recipient = add(c, e->u.proxy.recipient);
    r->protocol = add(c, e->u.proxy.protocol);
    r->helo = add(c, e->u.proxy.helo);
    r->sasl_username = add(c, e->u.proxy.sasl_username);
    r->sasl_method = MS_NO_CODE;
    r->subject = MS_SPAN_NULL;
    r->effect = MS_EFFECT_NONE;
}

static enum ms_removal removal_of(struct ms_span how)
{
    if (ms_span_is(how, "postsuper"))
        return MS_REMOVED_BY_ADMIN;
    if (ms_span_is(how, "canceled"))
        return MS_REMOVED_CANCELED;
    return ms_span_is(how, "discarded") ? MS_REMOVED_DISCARDED : MS_REMOVED_BY_QMGR;
}

static void take_event(struct ms_correlator *c, const struct ms_event *e, struct ms_fact_event *f)
{
    f->text = e->text;
    f->severity = e->severity;
    /* The client gets a 5xx; no line says reject. */
    f->refused = e->kind == MS_K_QUEUE_FILE_LIMIT || e->kind == MS_K_CLEANUP_MESSAGE_REJECTED;
    struct ms_span ip = MS_SPAN_NULL;
    if (e->role == MS_ROLE_CLIENT_TLS)
        ip = e->u.tls.peer.ip;
    else if (e->role == MS_ROLE_EVENT || e->role == MS_ROLE_ATTEMPT)
        ip = e->u.event.client.ip;
    f->client_ip = ms_dict_add_ip(&c->dict, ip);
}

/* Where a fact of this role goes, and what its line counts as there; by what the line has: a key for a mail's list (queue),
 * for a session's, both or none. */
struct road {
    uint8_t to, outcome;
};
enum { HAS_NONE, HAS_QUEUE, HAS_SESSION, HAS_BOTH, N_HAS };

#define ROW(out)                                                                                                       \
    {                                                                                                                  \
        MS_TO_ROW, MS_LINE_##out                                                                                       \
    }
#define LIFE(out)                                                                                                      \
    {                                                                                                                  \
        MS_TO_LIFE, MS_LINE_##out                                                                                      \
    }
#define SESSION(out)                                                                                                   \
    {                                                                                                                  \
        MS_TO_SESSION, MS_LINE_##out                                                                                   \
    }
#define STARTED(out)                                                                                                   \
    {                                                                                                                  \
        MS_TO_STARTED, MS_LINE_##out                                                                                   \
    }
#define BOTH(out)                                                                                                      \
    {                                                                                                                  \
        MS_TO_BOTH, MS_LINE_##out                                                                                      \
    }
#define OF_SESSION                                                                                                     \
    {                                                                                                                  \
        ROW(EVENT), ROW(EVENT), SESSION(SESSION), SESSION(SESSION)                                                     \
    }
#define OF_LIFE                                                                                                        \
    {                                                                                                                  \
        ROW(EVENT), LIFE(MESSAGE), ROW(EVENT), LIFE(MESSAGE)                                                           \
    }
#define OF_STARTED                                                                                                     \
    {                                                                                                                  \
        STARTED(MESSAGE), STARTED(MESSAGE), STARTED(MESSAGE), STARTED(MESSAGE)                                         \
    }
#define OF_EVENT                                                                                                       \
    {                                                                                                                  \
        ROW(EVENT), LIFE(EVENT), ROW(EVENT), LIFE(EVENT)                                                               \
    }

static const struct road roads[MS_N_ROLES][N_HAS] = {
    [MS_ROLE_UNPARSED] = {ROW(UNPARSED), ROW(UNPARSED), ROW(UNPARSED), ROW(UNPARSED)},
    [MS_ROLE_EVENT] = OF_EVENT,
    [MS_ROLE_CONNECT] = OF_SESSION,
    [MS_ROLE_DISCONNECT] = OF_SESSION,
    [MS_ROLE_LOST] = OF_SESSION,
    [MS_ROLE_TLS] = OF_SESSION,
    [MS_ROLE_SASL] = {ROW(LOGIN), ROW(LOGIN), SESSION(LOGIN), SESSION(LOGIN)},
    [MS_ROLE_PROXY] = {ROW(SESSION), ROW(SESSION), SESSION(SESSION), SESSION(SESSION)}, /* a refusal: take_proxy */
    [MS_ROLE_CLIENT_TLS] = OF_EVENT,
    [MS_ROLE_CLIENT] = {ROW(EVENT), LIFE(MESSAGE), SESSION(SESSION), BOTH(MESSAGE)},
    [MS_ROLE_PICKUP] = OF_LIFE,
    [MS_ROLE_MESSAGE_ID] = OF_LIFE,
    [MS_ROLE_ACTIVE] = OF_LIFE,
    [MS_ROLE_EXPIRED] = OF_LIFE,
    [MS_ROLE_DELIVERY] = OF_LIFE,
    [MS_ROLE_REMOVED] = OF_LIFE,
    [MS_ROLE_REQUEUED] = OF_LIFE,
    [MS_ROLE_HELD] = OF_LIFE,
    [MS_ROLE_RELEASED] = OF_LIFE,
    [MS_ROLE_CORRUPT] = OF_LIFE,
    [MS_ROLE_NOTICE] = OF_LIFE,
    [MS_ROLE_HEADER] = OF_LIFE,
    [MS_ROLE_REJECT] = {ROW(REJECT), LIFE(REJECT), SESSION(REJECT), BOTH(REJECT)},
    [MS_ROLE_ATTEMPT] = OF_EVENT,
    [MS_ROLE_ACCEPTED] = {ROW(EVENT), LIFE(MESSAGE), ROW(EVENT), BOTH(MESSAGE)},
    [MS_ROLE_BEGIN] = OF_LIFE,
    [MS_ROLE_STARTED] = OF_STARTED,
    [MS_ROLE_FINISHED] = OF_STARTED,
    [MS_ROLE_VERDICT] = {ROW(VERDICT), ROW(VERDICT), ROW(VERDICT), ROW(VERDICT)},
    [MS_ROLE_DAEMON] = OF_EVENT,
};

/* A process of sendmail or Exim receives or delivers, and what it says tells which. */
static bool is_of_session(const struct ms_event *e)
{
    if (e->mta == MS_MTA_POSTFIX)
        return e->daemon == MS_D_SMTPD || e->daemon == MS_D_QMQPD;
    if (e->daemon != MS_D_SENDMAIL && e->daemon != MS_D_EXIM)
        return false;
    if (e->role == MS_ROLE_ACCEPTED)
        return !e->u.accepted.is_local;
    return e->role <= MS_ROLE_SASL || e->role == MS_ROLE_REJECT;
}

static struct road road_of(const struct ms_event *e)
{
    bool session = e->pid != MS_NONE && is_of_session(e);
    if (e->tag_id == MS_NO_NAME) /* syslog's own remarks: no program, no process */
        return (struct road){MS_TO_ROW, MS_LINE_EVENT};
    if (session && e->kind == MS_K_SMTPD_NON_SMTP) /* smtpd hangs up: the session must know */
        return (struct road){MS_TO_SESSION, MS_LINE_EVENT};
    return roads[e->role][(e->queue_id.p != NULL ? HAS_QUEUE : 0) | (session ? HAS_SESSION : 0)];
}

/* A role whose facts need a list, in a line that has no key for one, is an event like any other. */
static unsigned role_of(const struct ms_event *e, enum ms_goes_to to)
{
    bool own_row = e->role == MS_ROLE_REJECT || e->role == MS_ROLE_PROXY || e->role == MS_ROLE_SASL;
    if (to != MS_TO_ROW || (own_row && e->tag_id != MS_NO_NAME))
        return e->role;
    return MS_ROLE_EVENT;
}

/* Sendmail gives a connection the queue ID that its first mail will have: what it says before is of a mail only if one
 * comes. */
static bool is_aside(unsigned role)
{
    return role == MS_ROLE_EVENT || role == MS_ROLE_REJECT || role == MS_ROLE_ATTEMPT || role == MS_ROLE_VERDICT ||
           role == MS_ROLE_HEADER;
}

/* What filters say of its mails stands in the same lists. */
static bool is_of_sendmail(const struct ms_event *e)
{
    return e->mta == MS_MTA_SENDMAIL || (e->queue_id.p != NULL && ms_sendmail_id_may_be_timed(e->queue_id) &&
                                         ms_sendmail_id_of(e->queue_id) == MS_SENDMAIL_ID_TIMED);
}

static void mark_foreign(struct ms_fact *f, const struct ms_event *e, unsigned role)
{
    f->flags = MS_FACT_FOREIGN | (role == MS_ROLE_LOST && e->mta == MS_MTA_EXIM ? MS_FACT_LAST : 0);
    if (e->mta == MS_MTA_EXIM && (role == MS_ROLE_EVENT || role == MS_ROLE_ATTEMPT || role == MS_ROLE_VERDICT))
        f->flags |= MS_FACT_ASIDE; /* said of a mail that was never taken, too */
    if (!is_of_sendmail(e))
        return;
    f->flags |= MS_FACT_NO_END | (is_aside(role) ? MS_FACT_ASIDE : 0);
    f->connection = ms_sendmail_connection(e->queue_id);
}

struct ms_fact *ms_intake(struct ms_correlator *c, const struct ms_event *e, enum ms_line_outcome *outcome,
                          enum ms_goes_to *to)
{
    struct road road = road_of(e);
    *to = road.to;
    *outcome = road.outcome;
    unsigned role = role_of(e, *to);
    struct ms_fact *f = ms_intake_head(c, e, role);
    if (e->mta != MS_MTA_POSTFIX)
        mark_foreign(f, e, role);
    switch (role) {
    case MS_ROLE_CONNECT:
    case MS_ROLE_DISCONNECT:
    case MS_ROLE_LOST:
        take_session(c, e, &f->u.session);
        break;
    case MS_ROLE_TLS:
        f->u.tls.version = ms_intake_brief(c, e->u.tls.version);
        f->u.tls.cipher = add(c, e->u.tls.cipher);
        f->u.tls.bits = small(e->u.tls.bits);
        break;
    case MS_ROLE_PROXY:
        take_proxy(c, e, &f->u.reject);
        if (!e->u.proxy.accepted)
            *outcome = MS_LINE_REJECT;
        break;
    case MS_ROLE_SASL:
        take_login(c, e, &f->u.login);
        break;
    case MS_ROLE_CLIENT:
        ms_intake_client(c, e, &f->u.client);
        break;
    case MS_ROLE_PICKUP:
        f->u.pickup.sender = add(c, e->u.pickup.sender);
        f->u.pickup.orig_queue_id = e->u.pickup.orig_queue_id;
        f->u.pickup.uid = e->u.pickup.uid;
        break;
    case MS_ROLE_MESSAGE_ID:
        f->u.message_id.id = e->u.message_id.id;
        f->u.message_id.resent = e->u.message_id.resent;
        break;
    case MS_ROLE_ACTIVE:
    case MS_ROLE_EXPIRED:
        f->u.active.sender = add(c, e->u.active.sender);
        f->u.active.size_bytes = e->role == MS_ROLE_ACTIVE ? e->u.active.size_bytes : MS_NONE;
        f->u.active.nrcpt = e->role == MS_ROLE_ACTIVE ? small(e->u.active.nrcpt) : NONE32;
        break;
    case MS_ROLE_DELIVERY:
        ms_intake_delivery(c, e, &f->u.delivery);
        break;
    case MS_ROLE_STARTED:
    case MS_ROLE_FINISHED:
        ms_started_take(c, e, f);
        break;
    case MS_ROLE_BEGIN:
        break;
    case MS_ROLE_REMOVED:
        f->u.removed.how = removal_of(e->u.removed.how);
        break;
    case MS_ROLE_REQUEUED:
    case MS_ROLE_HELD:
    case MS_ROLE_RELEASED:
        f->u.removed.how = MS_REMOVED_BY_ADMIN;
        break;
    case MS_ROLE_NOTICE:
        f->u.notice.new_queue_id = e->u.notice.new_queue_id;
        f->u.notice.kind = e->u.notice.kind;
        f->u.notice.by_child = e->u.notice.by_child;
        f->u.notice.gives_up = e->u.notice.gives_up;
        if (e->u.notice.is_list) /* the others: ms_further_facts */
            (void)ms_list_queue_id(&(struct ms_span){e->u.notice.new_queue_id.p, e->u.notice.new_queue_id.n},
                                   &f->u.notice.new_queue_id);
        break;
    case MS_ROLE_HEADER:
        f->u.header.protocol = add(c, e->u.header.protocol);
        f->u.header.helo = add(c, e->u.header.helo);
        f->u.header.sender = add(c, e->u.header.sender);
        f->u.header.subject = e->u.header.subject;
        f->u.header.text = e->text;
        f->u.header.severity = e->severity;
        break;
    case MS_ROLE_REJECT:
        take_reject(c, e, &f->u.reject);
        break;
    case MS_ROLE_ACCEPTED:
        ms_intake_accepted(c, e, &f->u.accepted);
        break;
    default:
        take_event(c, e, &f->u.event);
        break;
    }
    return f;
}
