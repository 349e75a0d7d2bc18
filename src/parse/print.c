/* `mailstrata parse`: what one line says, as one JSON object. Field names are the columns of DESIGN 4; a field that the line
 * does not have is left out. */
#include "parse/json.h"
#include "parse/parse.h"
#include "parse/postfix.h"
#include "parse/stamp.h"

static void put_endpoint(struct ms_json *j, bool is_client, const struct ms_endpoint *at)
{
    ms_json_text(j, is_client ? "client_name" : "relay_host", at->name);
    ms_json_text(j, is_client ? "client_ip" : "relay_ip", at->ip);
    ms_json_number(j, is_client ? "client_port" : "relay_port", at->port);
}

static void put_client_token(struct ms_json *j, struct ms_span token)
{
    struct ms_endpoint at = ms_endpoint_of(token);
    put_endpoint(j, true, &at);
}

static void put_session(struct ms_json *j, const struct ms_event *e)
{
    if (e->mta != MS_MTA_SENDMAIL) {
        put_client_token(j, e->u.session.client);
    } else {
        struct ms_endpoint client = ms_endpoint_of_spaced(e->u.session.client);
        put_endpoint(j, true, &client);
    }
    ms_json_text(j, "end_kind", e->u.session.end_kind);
    ms_json_text(j, "end_stage", e->u.session.end_stage);
    ms_json_text(j, "commands", e->u.session.commands);
}

static void put_tls(struct ms_json *j, const struct ms_event *e)
{
    put_endpoint(j, e->role == MS_ROLE_TLS, &e->u.tls.peer);
    ms_json_text(j, "tls_version", e->u.tls.version);
    ms_json_text(j, "tls_cipher", e->u.tls.cipher);
    ms_json_number(j, "tls_bits", e->u.tls.bits);
    ms_json_text(j, "tls_trust", e->u.tls.trust);
    ms_json_text(j, "tls_sni", e->u.tls.sni);
    ms_json_text(j, "tls_key_exchange", e->u.tls.key_exchange);
    ms_json_text(j, "tls_server_signature", e->u.tls.server_signature);
    ms_json_text(j, "tls_client_signature", e->u.tls.client_signature);
}

static void put_login(struct ms_json *j, const struct ms_event *e)
{
    put_endpoint(j, true, &e->u.login.client);
    ms_json_text(j, "username", e->u.login.username);
    ms_json_text(j, "method", e->u.login.method);
    ms_json_text(j, "result", e->u.login.ok ? MS_SPAN_LIT("ok") : MS_SPAN_LIT("failed"));
    ms_json_text(j, "reason", e->u.login.reason);
}

static void put_proxy(struct ms_json *j, const struct ms_event *e)
{
    ms_json_text(j, "action", e->u.proxy.accepted ? MS_SPAN_LIT("proxy-accept") : MS_SPAN_LIT("proxy-reject"));
    ms_json_text(j, "stage", e->u.proxy.stage);
    ms_json_text(j, "reply", e->u.proxy.reply);
    ms_json_text(j, "dsn", e->u.proxy.dsn);
    ms_json_text(j, "next_queue_id", e->u.proxy.next_queue_id);
    ms_json_text(j, "sender", e->u.proxy.sender);
    ms_json_text(j, "recipient", e->u.proxy.recipient);
    ms_json_text(j, "protocol", e->u.proxy.protocol);
    ms_json_text(j, "helo", e->u.proxy.helo);
    ms_json_text(j, "sasl_username", e->u.proxy.sasl_username);
}

static void put_client(struct ms_json *j, const struct ms_event *e)
{
    put_client_token(j, e->u.client.client);
    ms_json_text(j, "sasl_method", e->u.client.sasl_method);
    ms_json_text(j, "sasl_username", e->u.client.sasl_username);
    ms_json_text(j, "sasl_sender", e->u.client.sasl_sender);
    ms_json_text(j, "orig_queue_id", e->u.client.orig_queue_id);
    struct ms_endpoint orig = ms_endpoint_of(e->u.client.orig_client);
    ms_json_text(j, "orig_client_name", orig.name);
    ms_json_text(j, "orig_client_ip", orig.ip);
}

static void put_pickup(struct ms_json *j, const struct ms_event *e)
{
    ms_json_number(j, "submit_uid", e->u.pickup.uid);
    ms_json_text(j, "sender", e->u.pickup.sender);
    ms_json_text(j, "orig_queue_id", e->u.pickup.orig_queue_id);
}

static void put_active(struct ms_json *j, const struct ms_event *e)
{
    ms_json_text(j, "sender", e->u.active.sender);
    if (e->role == MS_ROLE_EXPIRED) {
        ms_json_text(j, "status", e->u.active.forced ? MS_SPAN_LIT("force-expired") : MS_SPAN_LIT("expired"));
        return;
    }
    ms_json_number(j, "size_bytes", e->u.active.size_bytes);
    ms_json_number(j, "nrcpt", e->u.active.nrcpt);
}

static void put_delivery_of_others(struct ms_json *j, const struct ms_event *e)
{
    if (e->role == MS_ROLE_STARTED || e->role == MS_ROLE_FINISHED)
        ms_json_number(j, "delivery", e->u.delivery.number);
    ms_json_text(j, "agent", e->u.delivery.agent);
    ms_json_number(j, "xdelay_ms", e->u.delivery.xdelay_ms);
    ms_json_number(j, "priority", e->u.delivery.priority);
    ms_json_text(j, "ctladdr", e->u.delivery.ctladdr);
    ms_json_text(j, "tls_version", e->u.delivery.tls_version);
    ms_json_text(j, "tls_cipher", e->u.delivery.tls_cipher);
    ms_json_text(j, "said", e->u.delivery.said);
}

static void put_delivery(struct ms_json *j, const struct ms_event *e)
{
    if (e->mta != MS_MTA_POSTFIX)
        put_delivery_of_others(j, e);
    ms_json_text(j, "recipient", e->u.delivery.recipient);
    ms_json_text(j, "orig_recipient", e->u.delivery.orig_recipient);
    struct ms_endpoint relay = e->mta == MS_MTA_POSTFIX ? ms_endpoint_of_relay(e->u.delivery.relay)
                                                        : ms_endpoint_of_spaced(e->u.delivery.relay);
    put_endpoint(j, false, &relay);
    ms_json_number(j, "conn_use", e->u.delivery.conn_use);
    ms_json_number(j, "delay_ms", e->u.delivery.delay_ms);
    ms_json_number(j, "delay_in_ms", e->u.delivery.delay_in_ms);
    ms_json_number(j, "delay_queue_ms", e->u.delivery.delay_queue_ms);
    ms_json_number(j, "delay_conn_ms", e->u.delivery.delay_conn_ms);
    ms_json_number(j, "delay_xmit_ms", e->u.delivery.delay_xmit_ms);
    ms_json_text(j, "tls_features", e->u.delivery.tls_features);
    ms_json_text(j, "dsn", e->u.delivery.dsn);
    ms_json_text(j, "status", e->u.delivery.status);
    ms_json_text(j, "reply", e->u.delivery.reply);
    ms_json_number(j, "reply_code", e->u.delivery.reply_code);
    if (e->u.delivery.reply_code != MS_NONE)
        ms_json_text(j, "reply_dsn", ms_postfix_reply_dsn(e->u.delivery.reply, true));
    ms_json_text(j, "next_queue_id", e->u.delivery.next_queue_id);
    if (e->u.delivery.forwarded)
        ms_json_bool(j, "forwarded", true);
    if (e->u.delivery.truncated)
        ms_json_bool(j, "truncated", true);
}

static void put_header(struct ms_json *j, const struct ms_event *e)
{
    ms_json_text(j, "action", e->u.header.action);
    ms_json_text(j, "stage", e->u.header.stage);
    ms_json_text(j, "content", e->u.header.content);
    ms_json_text(j, "subject", e->u.header.subject);
    put_endpoint(j, true, &e->u.header.client);
    ms_json_text(j, "sender", e->u.header.sender);
    ms_json_text(j, "recipient", e->u.header.recipient);
    ms_json_text(j, "protocol", e->u.header.protocol);
    ms_json_text(j, "helo", e->u.header.helo);
    ms_json_text(j, "text", e->u.header.text);
}

static void put_reject(struct ms_json *j, const struct ms_event *e)
{
    ms_json_text(j, "action", e->u.reject.action);
    ms_json_text(j, "stage", e->u.reject.stage);
    put_endpoint(j, true, &e->u.reject.client);
    ms_json_number(j, "reply_code", e->u.reject.reply_code);
    ms_json_text(j, "dsn", e->u.reject.dsn);
    ms_json_text(j, "class", e->u.reject.class);
    ms_json_text(j, "blocklist", e->u.reject.blocklist);
    ms_json_text(j, "text", e->u.reject.text);
    ms_json_text(j, "sender", e->u.reject.sender);
    ms_json_text(j, "recipient", e->u.reject.recipient);
    ms_json_text(j, "protocol", e->u.reject.protocol);
    ms_json_text(j, "helo", e->u.reject.helo);
    ms_json_text(j, "sasl_method", e->u.reject.sasl_method);
    ms_json_text(j, "sasl_username", e->u.reject.sasl_username);
    ms_json_text(j, "subject", e->u.reject.subject);
}

static void put_accepted(struct ms_json *j, const struct ms_event *e)
{
    put_endpoint(j, true, &e->u.accepted.client);
    ms_json_text(j, "ident", e->u.accepted.ident);
    ms_json_text(j, "message_id", e->u.accepted.message_id);
    ms_json_text(j, "sender", e->u.accepted.sender);
    ms_json_number(j, "size_bytes", e->u.accepted.size_bytes);
    ms_json_number(j, "nrcpt", e->u.accepted.nrcpt);
    ms_json_number(j, "class", e->u.accepted.class);
    ms_json_number(j, "submit_uid", e->u.accepted.uid);
    ms_json_text(j, "protocol", e->u.accepted.protocol);
    ms_json_text(j, "helo", e->u.accepted.helo);
    ms_json_text(j, "daemon", e->u.accepted.daemon);
    ms_json_text(j, "subject", e->u.accepted.subject);
    ms_json_text(j, "sasl_method", e->u.accepted.sasl_method);
    ms_json_text(j, "sasl_username", e->u.accepted.sasl_username);
    ms_json_text(j, "tls_version", e->u.accepted.tls_version);
    ms_json_text(j, "tls_cipher", e->u.accepted.tls_cipher);
    ms_json_text(j, "parent_queue_id", e->u.accepted.parent_queue_id);
    ms_json_text(j, "second_id", e->u.accepted.second_id);
}

static void put_notice(struct ms_json *j, const struct ms_event *e)
{
    static const char *const kinds[] = {
        [MS_NOTICE_BOUNCE] = "bounce", [MS_NOTICE_DELAY] = "delay_notice", [MS_NOTICE_CLONE] = "clone"};
    ms_json_text(j, e->u.notice.by_child ? "from_queue_id" : "to_queue_id", e->u.notice.new_queue_id);
    ms_json_text(j, "notice", ms_span_str(kinds[e->u.notice.kind]));
}

static void put_verdict(struct ms_json *j, const struct ms_event *e)
{
    ms_json_text(j, "client_ip", e->u.verdict.client_ip);
    ms_json_text(j, "message_id", e->u.verdict.message_id);
    ms_json_text(j, "recipient", e->u.verdict.recipient);
    ms_json_text(j, "recipients", e->u.verdict.recipients);
    ms_json_text(j, "verdict", e->u.verdict.verdict);
    ms_json_text(j, "action", e->u.verdict.action);
    ms_json_text(j, "score", e->u.verdict.score);
    ms_json_text(j, "threshold", e->u.verdict.threshold);
    ms_json_text(j, "spf", e->u.verdict.spf);
    ms_json_text(j, "dkim", e->u.verdict.dkim);
    ms_json_text(j, "dmarc", e->u.verdict.dmarc);
    ms_json_text(j, "virus", e->u.verdict.virus);
    ms_json_text(j, "mailbox", e->u.verdict.mailbox);
    ms_json_text(j, "session", e->u.verdict.session);
    ms_json_text(j, "next_queue_id", e->u.verdict.next_queue_id);
}

static void put_text(struct ms_json *j, const struct ms_event *e)
{
    static const char *const severities[] = {"info", "warning", "error", "fatal", "panic"};
    if (e->severity < sizeof severities / sizeof *severities)
        ms_json_text(j, "severity", ms_span_str(severities[e->severity]));
    ms_json_text(j, "text", e->text);
}

/* The peer of a client program's lines is the server. */
static void put_event(struct ms_json *j, const struct ms_event *e)
{
    bool outbound = e->daemon == MS_D_SMTP || e->daemon == MS_D_LMTP || e->role == MS_ROLE_ATTEMPT;
    put_endpoint(j, !outbound, &e->u.event.client);
    ms_json_number(j, "count", e->u.event.count);
    ms_json_number(j, "per_s", e->u.event.per_s);
    ms_json_text(j, "service", e->u.event.service);
    ms_json_text(j, "blocklist", e->u.event.blocklist);
    put_text(j, e);
}

static void put_fields(struct ms_json *j, const struct ms_event *e)
{
    switch ((enum ms_role)e->role) {
    case MS_ROLE_UNPARSED:
        ms_json_text(j, "reason", ms_span_str(e->reason));
        ms_json_text(j, "text", e->text);
        break;
    case MS_ROLE_CONNECT:
    case MS_ROLE_DISCONNECT:
    case MS_ROLE_LOST:
        put_session(j, e);
        break;
    case MS_ROLE_TLS:
    case MS_ROLE_CLIENT_TLS:
        put_tls(j, e);
        break;
    case MS_ROLE_SASL:
        put_login(j, e);
        break;
    case MS_ROLE_PROXY:
        put_proxy(j, e);
        break;
    case MS_ROLE_CLIENT:
        put_client(j, e);
        break;
    case MS_ROLE_PICKUP:
        put_pickup(j, e);
        break;
    case MS_ROLE_MESSAGE_ID:
        ms_json_text(j, "message_id", e->u.message_id.id);
        if (e->u.message_id.resent)
            ms_json_bool(j, "resent", true);
        break;
    case MS_ROLE_ACTIVE:
    case MS_ROLE_EXPIRED:
        put_active(j, e);
        break;
    case MS_ROLE_DELIVERY:
    case MS_ROLE_STARTED:
    case MS_ROLE_FINISHED:
        put_delivery(j, e);
        break;
    case MS_ROLE_ACCEPTED:
        put_accepted(j, e);
        break;
    case MS_ROLE_VERDICT:
        put_verdict(j, e);
        break;
    case MS_ROLE_BEGIN:
        break;
    case MS_ROLE_REMOVED:
        ms_json_text(j, "how", e->u.removed.how);
        break;
    case MS_ROLE_NOTICE:
        put_notice(j, e);
        break;
    case MS_ROLE_HEADER:
        put_header(j, e);
        break;
    case MS_ROLE_REJECT:
        put_reject(j, e);
        break;
    case MS_ROLE_DAEMON:
        ms_json_text(j, "what", e->u.daemon_state.what);
        put_text(j, e);
        break;
    case MS_ROLE_EVENT:
    case MS_ROLE_ATTEMPT:
        put_event(j, e);
        break;
    case MS_ROLE_REQUEUED:
    case MS_ROLE_HELD:
    case MS_ROLE_RELEASED:
    case MS_ROLE_CORRUPT:
    case MS_N_ROLES:
        put_text(j, e);
        break;
    }
}

void ms_event_print_json(FILE *out, const struct ms_event *e, const struct ms_names *names, const char *file,
                         int64_t time_us)
{
    struct ms_json j;
    ms_json_begin(&j, out);
    ms_json_text(&j, "file", ms_span_str(file));
    ms_json_number(&j, "offset", (int64_t)e->offset);
    if (time_us == MS_NONE) {
        ms_json_null(&j, "time");
    } else {
        char text[MS_STAMP_TEXT_MAX];
        ms_json_text(&j, "time", ms_span_of(text, ms_stamp_format(time_us, text)));
    }
    ms_json_text(&j, "host", ms_names_host(names, e->host_id));
    ms_json_text(&j, "program", ms_names_tag(names, e->tag_id)->tag);
    ms_json_number(&j, "pid", e->pid);
    ms_json_text(&j, "queue_id", e->queue_id);
    ms_json_text(&j, "kind", ms_span_str(ms_kinds[e->kind].name));
    if (e->repeats > 0)
        ms_json_number(&j, "repeats", e->repeats);
    if (e->is_cut)
        ms_json_bool(&j, "cut", true);
    put_fields(&j, e);
    ms_json_end(&j);
}
