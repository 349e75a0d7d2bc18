/* All that a Postfix event says, as a list of named facts; for tests that compare two readings of a line, or look at every span.
 * Complete by construction: a field that is missing here is missing in the tests of hostile text. */
#ifndef MS_TESTS_EVENT_FACTS_H
#define MS_TESTS_EVENT_FACTS_H

#include "parse/parse.h"

struct ms_event_fact {
    const char *name;
    struct ms_span text; /* NULL for numbers and for what the line does not say */
    int64_t number;      /* 0 for texts */
};

enum { MS_EVENT_FACTS_MAX = 40 };

struct ms_event_facts {
    struct ms_event_fact items[MS_EVENT_FACTS_MAX];
    size_t n;
};

static inline void ms_fact_text(struct ms_event_facts *f, const char *name, struct ms_span text)
{
    MS_ASSERT(f->n < MS_EVENT_FACTS_MAX);
    f->items[f->n++] = (struct ms_event_fact){name, text, 0};
}

static inline void ms_fact_number(struct ms_event_facts *f, const char *name, int64_t number)
{
    MS_ASSERT(f->n < MS_EVENT_FACTS_MAX);
    f->items[f->n++] = (struct ms_event_fact){name, MS_SPAN_NULL, number};
}

static inline void ms_fact_endpoint(struct ms_event_facts *f, struct ms_endpoint e)
{
    ms_fact_text(f, "client_name", e.name);
    ms_fact_text(f, "client_ip", e.ip);
    ms_fact_number(f, "client_port", e.port);
}

/* `f`: the union member's fields under their own names, each one a fact. */
#define MS_FACT_TEXT(member, field) ms_fact_text(f, #field, e->u.member.field)
#define MS_FACT_NUMBER(member, field) ms_fact_number(f, #field, e->u.member.field)

static inline void ms_facts_of_delivery(const struct ms_event *e, struct ms_event_facts *f)
{
    struct ms_endpoint relay = ms_endpoint_of_relay(e->u.delivery.relay);
    MS_FACT_TEXT(delivery, recipient);
    MS_FACT_TEXT(delivery, orig_recipient);
    MS_FACT_TEXT(delivery, relay);
    ms_fact_endpoint(f, relay);
    MS_FACT_NUMBER(delivery, conn_use);
    MS_FACT_NUMBER(delivery, delay_ms);
    MS_FACT_NUMBER(delivery, delay_in_ms);
    MS_FACT_NUMBER(delivery, delay_queue_ms);
    MS_FACT_NUMBER(delivery, delay_conn_ms);
    MS_FACT_NUMBER(delivery, delay_xmit_ms);
    MS_FACT_TEXT(delivery, tls_features);
    MS_FACT_TEXT(delivery, dsn);
    MS_FACT_TEXT(delivery, status);
    MS_FACT_TEXT(delivery, reply);
    MS_FACT_NUMBER(delivery, reply_code);
    MS_FACT_TEXT(delivery, next_queue_id);
    MS_FACT_NUMBER(delivery, forwarded);
    MS_FACT_NUMBER(delivery, truncated);
}

static inline void ms_facts_of_reject(const struct ms_event *e, struct ms_event_facts *f)
{
    MS_FACT_TEXT(reject, action);
    MS_FACT_TEXT(reject, stage);
    ms_fact_endpoint(f, e->u.reject.client);
    MS_FACT_NUMBER(reject, reply_code);
    MS_FACT_TEXT(reject, dsn);
    MS_FACT_TEXT(reject, text);
    MS_FACT_TEXT(reject, class);
    MS_FACT_TEXT(reject, blocklist);
    MS_FACT_TEXT(reject, sender);
    MS_FACT_TEXT(reject, recipient);
    MS_FACT_TEXT(reject, protocol);
    MS_FACT_TEXT(reject, helo);
    MS_FACT_TEXT(reject, sasl_method);
    MS_FACT_TEXT(reject, sasl_username);
    MS_FACT_TEXT(reject, subject);
}

static inline void ms_facts_of_header(const struct ms_event *e, struct ms_event_facts *f)
{
    MS_FACT_TEXT(header, action);
    MS_FACT_TEXT(header, stage);
    MS_FACT_TEXT(header, content);
    MS_FACT_TEXT(header, subject);
    ms_fact_endpoint(f, e->u.header.client);
    MS_FACT_TEXT(header, sender);
    MS_FACT_TEXT(header, recipient);
    MS_FACT_TEXT(header, protocol);
    MS_FACT_TEXT(header, helo);
    MS_FACT_TEXT(header, text);
}

static inline void ms_facts_of_proxy(const struct ms_event *e, struct ms_event_facts *f)
{
    MS_FACT_NUMBER(proxy, accepted);
    MS_FACT_TEXT(proxy, stage);
    MS_FACT_TEXT(proxy, reply);
    MS_FACT_TEXT(proxy, next_queue_id);
    MS_FACT_TEXT(proxy, sender);
    MS_FACT_TEXT(proxy, recipient);
    MS_FACT_TEXT(proxy, protocol);
    MS_FACT_TEXT(proxy, helo);
    MS_FACT_TEXT(proxy, sasl_username);
}

static inline void ms_facts_of_client(const struct ms_event *e, struct ms_event_facts *f)
{
    MS_FACT_TEXT(client, client);
    ms_fact_endpoint(f, ms_endpoint_of(e->u.client.client));
    MS_FACT_TEXT(client, sasl_method);
    MS_FACT_TEXT(client, sasl_username);
    MS_FACT_TEXT(client, sasl_sender);
    MS_FACT_TEXT(client, orig_queue_id);
    MS_FACT_TEXT(client, orig_client);
}

static inline void ms_facts_of_tls(const struct ms_event *e, struct ms_event_facts *f)
{
    ms_fact_endpoint(f, e->u.tls.peer);
    MS_FACT_TEXT(tls, trust);
    MS_FACT_TEXT(tls, version);
    MS_FACT_TEXT(tls, cipher);
    MS_FACT_NUMBER(tls, bits);
    MS_FACT_TEXT(tls, sni);
    MS_FACT_TEXT(tls, key_exchange);
    MS_FACT_TEXT(tls, server_signature);
    MS_FACT_TEXT(tls, client_signature);
}

static inline void ms_facts_of_session(const struct ms_event *e, struct ms_event_facts *f)
{
    MS_FACT_TEXT(session, client);
    ms_fact_endpoint(f, ms_endpoint_of(e->u.session.client));
    MS_FACT_TEXT(session, end_kind);
    MS_FACT_TEXT(session, end_stage);
    MS_FACT_TEXT(session, commands);
}

static inline void ms_facts_of_login(const struct ms_event *e, struct ms_event_facts *f)
{
    ms_fact_endpoint(f, e->u.login.client);
    MS_FACT_TEXT(login, method);
    MS_FACT_TEXT(login, username);
    MS_FACT_TEXT(login, reason);
    MS_FACT_NUMBER(login, ok);
}

static inline void ms_facts_of_event(const struct ms_event *e, struct ms_event_facts *f)
{
    ms_fact_endpoint(f, e->u.event.client);
    MS_FACT_NUMBER(event, count);
    MS_FACT_NUMBER(event, per_s);
    MS_FACT_TEXT(event, service);
    MS_FACT_TEXT(event, blocklist);
}

static inline void ms_facts_of_queue_file(const struct ms_event *e, struct ms_event_facts *f)
{
    switch ((enum ms_role)e->role) {
    case MS_ROLE_PICKUP:
        MS_FACT_NUMBER(pickup, uid);
        MS_FACT_TEXT(pickup, sender);
        MS_FACT_TEXT(pickup, orig_queue_id);
        break;
    case MS_ROLE_MESSAGE_ID:
        MS_FACT_TEXT(message_id, id);
        MS_FACT_NUMBER(message_id, resent);
        break;
    case MS_ROLE_ACTIVE:
    case MS_ROLE_EXPIRED:
        MS_FACT_TEXT(active, sender);
        MS_FACT_NUMBER(active, size_bytes);
        MS_FACT_NUMBER(active, nrcpt);
        MS_FACT_NUMBER(active, forced);
        break;
    case MS_ROLE_REMOVED:
        MS_FACT_TEXT(removed, how);
        break;
    case MS_ROLE_NOTICE:
        MS_FACT_TEXT(notice, new_queue_id);
        MS_FACT_NUMBER(notice, kind);
        break;
    case MS_ROLE_DAEMON:
        MS_FACT_TEXT(daemon_state, what);
        break;
    default: /* the queue ID says it all */
        break;
    }
}

static inline void ms_event_facts_of(const struct ms_event *e, struct ms_event_facts *f)
{
    f->n = 0;
    ms_fact_number(f, "kind", e->kind);
    ms_fact_number(f, "role", e->role);
    ms_fact_number(f, "severity", e->severity);
    ms_fact_text(f, "queue_id", e->queue_id);
    switch ((enum ms_role)e->role) {
    case MS_ROLE_EVENT:
    case MS_ROLE_ATTEMPT:
        ms_facts_of_event(e, f);
        break;
    case MS_ROLE_CONNECT:
    case MS_ROLE_DISCONNECT:
    case MS_ROLE_LOST:
        ms_facts_of_session(e, f);
        break;
    case MS_ROLE_TLS:
    case MS_ROLE_CLIENT_TLS:
        ms_facts_of_tls(e, f);
        break;
    case MS_ROLE_SASL:
        ms_facts_of_login(e, f);
        break;
    case MS_ROLE_PROXY:
        ms_facts_of_proxy(e, f);
        break;
    case MS_ROLE_CLIENT:
        ms_facts_of_client(e, f);
        break;
    case MS_ROLE_DELIVERY:
        ms_facts_of_delivery(e, f);
        break;
    case MS_ROLE_HEADER:
        ms_facts_of_header(e, f);
        break;
    case MS_ROLE_REJECT:
        ms_facts_of_reject(e, f);
        break;
    default:
        ms_facts_of_queue_file(e, f);
        break;
    }
}

/* Inside the event's text, or one of the constants that parse uses. */
static inline bool ms_fact_is_inside(const struct ms_event *e, struct ms_span s)
{
    static const char *const constants[] = {"lost",      "timeout", "error",  "aborted",
                                            "postsuper", "started", "reload", "terminating"};
    if (!s.p || (s.p >= e->text.p && s.p + s.n <= e->text.p + e->text.n))
        return true;
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++) {
        if (ms_span_is(s, constants[i]))
            return true;
    }
    return false;
}

#endif
