/* Every example of every kind, cut at every length and with bytes changed at random, to every daemon: no read outside the
 * text (the text is a heap block of exactly its size: run under ASan), and every span lies inside the text or is static. */
#include "postfix_text.h"

static uint64_t state_of_rng = 0x9e3779b97f4a7c15u;

static uint32_t next_random(void)
{
    state_of_rng = state_of_rng * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state_of_rng >> 33);
}

static const char *const programs[] = {"smtpd",  "cleanup",   "qmgr",  "smtp",    "lmtp",    "local",   "virtual",
                                       "pipe",   "error",     "retry", "discard", "bounce",  "pickup",  "postscreen",
                                       "master", "postsuper", "qmqpd", "anvil",   "dnsblog", "tlsproxy"};
enum { N_PROGRAMS = sizeof programs / sizeof programs[0] };

static void inside(const struct ms_event *e, struct ms_span s)
{
    if (!s.p || (s.p >= e->text.p && s.p + s.n <= e->text.p + e->text.n))
        return;
    static const char *const constants[] = {"lost",      "timeout", "error",  "aborted",
                                            "postsuper", "started", "reload", "terminating"};
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++) {
        if (ms_span_is(s, constants[i]))
            return;
    }
    print_error("%s: a span of %u bytes lies outside the text\n", ms_kinds[e->kind].name, s.n);
    fail();
}

static void check_delivery(const struct ms_event *e)
{
    struct ms_endpoint relay = ms_endpoint_of_relay(e->u.delivery.relay);
    const struct ms_span spans[] = {e->u.delivery.recipient,
                                    e->u.delivery.orig_recipient,
                                    e->u.delivery.relay,
                                    relay.name,
                                    relay.ip,
                                    e->u.delivery.tls_features,
                                    e->u.delivery.dsn,
                                    e->u.delivery.status,
                                    e->u.delivery.reply,
                                    e->u.delivery.next_queue_id};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
        inside(e, spans[i]);
}

static void check_reject(const struct ms_event *e)
{
    const struct ms_span spans[] = {e->u.reject.action,    e->u.reject.stage,        e->u.reject.client.name,
                                    e->u.reject.client.ip, e->u.reject.dsn,          e->u.reject.text,
                                    e->u.reject.blocklist, e->u.reject.sender,       e->u.reject.helo,
                                    e->u.reject.recipient, e->u.reject.protocol,     e->u.reject.sasl_method,
                                    e->u.reject.subject,   e->u.reject.sasl_username};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
        inside(e, spans[i]);
}

static void check_header(const struct ms_event *e)
{
    const struct ms_span spans[] = {
        e->u.header.action, e->u.header.content,   e->u.header.subject,  e->u.header.client.name, e->u.header.client.ip,
        e->u.header.sender, e->u.header.recipient, e->u.header.protocol, e->u.header.helo,        e->u.header.text};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
        inside(e, spans[i]);
}

static void check_client(const struct ms_event *e)
{
    struct ms_endpoint client = ms_endpoint_of(e->u.client.client), orig = ms_endpoint_of(e->u.client.orig_client);
    const struct ms_span spans[] = {e->u.client.client,
                                    client.name,
                                    client.ip,
                                    e->u.client.sasl_method,
                                    e->u.client.sasl_username,
                                    e->u.client.sasl_sender,
                                    e->u.client.orig_queue_id,
                                    e->u.client.orig_client,
                                    orig.name,
                                    orig.ip};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
        inside(e, spans[i]);
}

static void check_login(const struct ms_event *e)
{
    inside(e, e->u.login.client.name);
    inside(e, e->u.login.client.ip);
    inside(e, e->u.login.method);
    inside(e, e->u.login.username);
    inside(e, e->u.login.reason);
}

static void check_session(const struct ms_event *e)
{
    struct ms_endpoint client = ms_endpoint_of(e->u.session.client);
    inside(e, e->u.session.client);
    inside(e, client.name);
    inside(e, client.ip);
    inside(e, e->u.session.end_kind);
    inside(e, e->u.session.end_stage);
    inside(e, e->u.session.commands);
}

static void check_tls(const struct ms_event *e)
{
    inside(e, e->u.tls.peer.name);
    inside(e, e->u.tls.peer.ip);
    inside(e, e->u.tls.trust);
    inside(e, e->u.tls.version);
    inside(e, e->u.tls.cipher);
}

static void check_proxy(const struct ms_event *e)
{
    const struct ms_span spans[] = {e->u.proxy.reply,         e->u.proxy.next_queue_id, e->u.proxy.sender,
                                    e->u.proxy.recipient,     e->u.proxy.protocol,      e->u.proxy.helo,
                                    e->u.proxy.sasl_username, e->u.proxy.stage};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
        inside(e, spans[i]);
}

/* Every span that the role promises (the union starts as garbage, so that one left out shows). */
static void check_event(const struct ms_event *e)
{
    assert_in_range(e->kind, 2, ms_n_kinds - 1);
    assert_int_equal(e->role, ms_kinds[e->kind].role);
    inside(e, e->queue_id);
    switch ((enum ms_role)e->role) {
    case MS_ROLE_EVENT:
    case MS_ROLE_ATTEMPT:
        inside(e, e->u.event.client.name), inside(e, e->u.event.client.ip);
        break;
    case MS_ROLE_CONNECT:
    case MS_ROLE_DISCONNECT:
    case MS_ROLE_LOST:
        check_session(e);
        break;
    case MS_ROLE_TLS:
    case MS_ROLE_CLIENT_TLS:
        check_tls(e);
        break;
    case MS_ROLE_SASL:
        check_login(e);
        break;
    case MS_ROLE_PROXY:
        check_proxy(e);
        break;
    case MS_ROLE_CLIENT:
        check_client(e);
        break;
    case MS_ROLE_PICKUP:
        inside(e, e->u.pickup.sender), inside(e, e->u.pickup.orig_queue_id);
        break;
    case MS_ROLE_MESSAGE_ID:
        inside(e, e->u.message_id.id);
        break;
    case MS_ROLE_ACTIVE:
    case MS_ROLE_EXPIRED:
        inside(e, e->u.active.sender);
        break;
    case MS_ROLE_DELIVERY:
        check_delivery(e);
        break;
    case MS_ROLE_REMOVED:
        inside(e, e->u.removed.how);
        break;
    case MS_ROLE_NOTICE:
        inside(e, e->u.notice.new_queue_id);
        break;
    case MS_ROLE_HEADER:
        check_header(e);
        break;
    case MS_ROLE_REJECT:
        check_reject(e);
        break;
    case MS_ROLE_DAEMON:
        inside(e, e->u.daemon_state.what);
        break;
    case MS_ROLE_REQUEUED:
    case MS_ROLE_HELD:
    case MS_ROLE_RELEASED:
    case MS_ROLE_CORRUPT:
        break;
    default:
        fail_msg("role %d from a Postfix line", e->role);
    }
}

static void cut_at_every_length(void **state)
{
    (void)state;
    for (size_t k = 0; k < ms_n_kinds; k++) {
        const char *text = ms_kinds[k].example;
        if (strncmp(ms_kinds[k].name, "postfix.", 8) != 0)
            continue;
        for (size_t n = 0; n <= strlen(text); n++) {
            struct ms_event e = parse_text_n(programs[next_random() % N_PROGRAMS], text, n);
            check_event(&e);
        }
    }
}

/* Bytes that mean something to a reader are more telling than any byte. */
static void change_at_random(char *text, size_t n)
{
    static const char telling[] = "<>\"\\;:,()[] =/@%'\0\xff?0z";
    for (uint32_t i = 1 + next_random() % 4; i > 0; i--)
        text[next_random() % n] = telling[next_random() % (sizeof telling - 1)];
}

static void changed_at_random(void **state)
{
    (void)state;
    char text[1024];
    for (int round = 0; round < 60000; round++) {
        const struct ms_kind *k = &ms_kinds[next_random() % ms_n_kinds];
        const struct ms_kind *other = &ms_kinds[next_random() % ms_n_kinds];
        size_t a = strlen(k->example), b = strlen(other->example);
        if (a == 0 || a + b > sizeof text)
            continue;
        size_t at = next_random() % a, n = at;
        memcpy(text, k->example, at);
        if (next_random() % 3 == 0) { /* one line inside the other */
            memcpy(text + at, other->example, b);
            n += b;
        }
        if (n + a - at > sizeof text)
            continue;
        memcpy(text + n, k->example + at, a - at);
        n += a - at;
        change_at_random(text, n);
        struct ms_event e = parse_text_n(programs[next_random() % N_PROGRAMS], text, n);
        check_event(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cut_at_every_length), cmocka_unit_test(changed_at_random)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
