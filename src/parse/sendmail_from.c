/* `from=`: one line says all of a mail's arrival (reference/sendmail-log-lines.md 3.1, 3.2). Sender, message-id and the
 * peer's name are whatever strangers chose, so what stands between them is read by its fixed order, and the end from the
 * right. */
#include "parse/lists.h"
#include "parse/sendmail.h"
#include "parse/sendmail_id.h"

enum {
    SENDER_MAX = 200,
    MESSAGE_ID_MAX = 100
}; /* bytes that sendmail logs of them; the rest is cut off without a mark */

/* Bytes before sendmail made them printable: `\ooo` is one, `\x` is one. */
static size_t bytes_before_escape(struct ms_span s)
{
    size_t n = 0;
    for (uint32_t i = 0; i < s.n; n++) {
        if (s.p[i] != '\\')
            i++;
        else
            i += i + 1 < s.n && ms_is_digit(s.p[i + 1]) ? 4 : 2;
    }
    return n;
}

static bool read_signed(struct ms_cursor *c, int64_t *out)
{
    struct ms_cursor at = *c;
    bool negative = MS_SKIP(&at, "-");
    if (!ms_read_number(&at, out))
        return false;
    *out = negative ? -*out : *out;
    *c = at;
    return true;
}

/* `, size=N, class=N`, where the sender ends. */
static bool at_size(const char *p, const char *end)
{
    int64_t n;
    struct ms_cursor c = {p, end};
    return MS_SKIP(&c, ", size=") && read_signed(&c, &n) && (c.p == end || MS_AT(&c, ", class="));
}

static bool read_sender(struct ms_cursor *c, struct ms_span *out)
{
    const char *start = c->p, *stop = ms_list_address_end(start, c->end);
    if (stop != c->end && !at_size(stop, c->end)) /* no address: cut, or never one */
        for (stop = MS_FIND(start, c->end, ", size="); stop != NULL && !at_size(stop, c->end);)
            stop = MS_FIND(stop + 1, c->end, ", size=");
    if (stop == NULL)
        stop = c->end;
    struct ms_span sender = ms_span_of(start, (size_t)(stop - start)), rest = sender;
    c->p = stop;
    bool is_cut = bytes_before_escape(sender) >= SENDER_MAX || (sender.n > 0 && sender.p[0] == '<' && stop[-1] != '>');
    if (is_cut || !ms_list_address(&rest, out) || ms_span_is(sender, "<NONE>"))
        *out = MS_SPAN_NULL;
    return true;
}

/* ---- what stands between the message-id and the end ---- */

enum { BODYTYPE, PROTO, DAEMON, MECH, TLS_VERIFY, TLS_VERSION, CIPHER, AUTH, ENVID, N_FIELDS };
static const char *const keys[N_FIELDS] = {
    "bodytype=", "proto=", "daemon=", "mech=", "tls_verify=", "tls_version=", "cipher=", "auth=", "envid="};

struct tail {
    struct ms_span values[N_FIELDS], relay;
    const char *begin; /* of the first field's ", " */
};

/* From right to left, each in its place of the order; the first that is no such field ends it. */
static void read_fields(const char *start, struct tail *t)
{
    for (int key = N_FIELDS - 1; key >= 0; key--) {
        const char *comma = t->begin > start ? memrchr(start, ',', (size_t)(t->begin - start)) : NULL;
        if (comma == NULL || t->begin - comma < 2 || comma[1] != ' ')
            return;
        struct ms_span field = ms_span_of(comma + 2, (size_t)(t->begin - comma - 2));
        size_t n = strlen(keys[key]);
        if (!ms_span_starts(field, keys[key]) || (key != ENVID && memchr(field.p, ' ', field.n) != NULL))
            continue;
        t->values[key] = ms_span_of(field.p + n, field.n - n);
        t->begin = comma;
    }
}

static bool is_message_id(struct ms_span id)
{
    if (bytes_before_escape(id) >= MESSAGE_ID_MAX)
        return bytes_before_escape(id) == MESSAGE_ID_MAX;
    return id.n > 0 && (id.p[0] != '<' || id.p[id.n - 1] == '>');
}

/* Takes the last `, relay=` with which all fits: the message-id may hold any text, and so may a peer's answer to ident, which
 * stands in front of its name. */
static bool read_tail(struct ms_span rest, bool has_id, struct tail *t)
{
    const char *end = rest.p + rest.n;
    for (const char *at = end; (at = MS_FIND_LAST(rest.p, at, ", relay=")) != NULL;) {
        *t = (struct tail){.begin = at, .relay = ms_span_of(at + 8, (size_t)(end - at - 8))};
        read_fields(rest.p, t);
        if (has_id ? is_message_id(ms_span_of(rest.p, (size_t)(t->begin - rest.p))) : t->begin == rest.p)
            return true;
    }
    return false;
}

static void take_message_id(struct ms_event *e, struct ms_span id)
{
    e->u.accepted.message_id_is_cut = bytes_before_escape(id) >= MESSAGE_ID_MAX && id.p[id.n - 1] != '>';
    if (id.n >= 2 && id.p[0] == '<' && id.p[id.n - 1] == '>')
        id = ms_span_of(id.p + 1, id.n - 2);
    else if (e->u.accepted.message_id_is_cut && id.p[0] == '<')
        id = ms_span_of(id.p + 1, id.n - 1);
    e->u.accepted.message_id = id;
}

/* A line that was cut: an ID that closes and goes on is whole. */
static void read_cut_tail(struct ms_event *e, struct ms_span rest, bool has_id)
{
    const char *close = rest.n > 2 && rest.p[0] == '<' ? memchr(rest.p, '>', rest.n) : NULL;
    if (has_id && close != NULL && memchr(rest.p, ' ', (size_t)(close - rest.p)) == NULL &&
        memchr(rest.p, ',', (size_t)(close - rest.p)) == NULL && MS_FIND(close, rest.p + rest.n, ", ") == close + 1)
        take_message_id(e, ms_span_of(rest.p, (size_t)(close + 1 - rest.p)));
}

/* `[IDENT@]HOST [IP]`; LOGIN@localhost of a mail that a program on this host handed in. */
static void take_relay(struct ms_event *e, struct ms_span relay)
{
    bool forged = relay.n > 0 && relay.p[relay.n - 1] == ')';
    relay = ms_endpoint_without_notes(relay);
    const char *at = relay.n ? memrchr(relay.p, '@', relay.n) : NULL;
    if (at != NULL)
        e->u.accepted.ident = ms_span_of(relay.p, (size_t)(at - relay.p));
    bool bare = !forged && (relay.n == 0 || (relay.p[relay.n - 1] != ']' && relay.p[relay.n - 1] != ')'));
    struct ms_span host = at != NULL ? ms_span_of(at + 1, (size_t)(relay.p + relay.n - at - 1)) : relay;
    e->u.accepted.is_local = bare && (ms_span_is(host, "localhost") || ms_span_is(host, "[RESPONSE]"));
    if (!e->u.accepted.is_local)
        e->u.accepted.client = ms_endpoint_of_spaced(relay);
}

static void read_rest(struct ms_sendmail_line *l, struct ms_cursor *c)
{
    struct ms_event *e = l->e;
    struct tail t;
    bool has_id = MS_SKIP(c, ", msgid=");
    struct ms_span rest = ms_cursor_rest(c);
    if (!read_tail(rest, has_id, &t)) {
        read_cut_tail(e, rest, has_id);
        return;
    }
    if (has_id)
        take_message_id(e, ms_span_of(rest.p, (size_t)(t.begin - rest.p)));
    e->u.accepted.is_headless = !has_id && l->part == 0 && e->u.accepted.nrcpt != MS_NONE;
    e->u.accepted.protocol = t.values[PROTO];
    e->u.accepted.daemon = t.values[DAEMON];
    e->u.accepted.sasl_method = t.values[MECH];
    e->u.accepted.tls_version = t.values[TLS_VERSION];
    e->u.accepted.tls_cipher = t.values[CIPHER];
    if (!ms_span_is(t.values[AUTH], "NONE"))
        e->u.accepted.sasl_username = t.values[AUTH];
    if (l->part == 0)
        take_relay(e, t.relay);
}

bool ms_sendmail_from(struct ms_sendmail_line *l)
{
    struct ms_cursor c = l->body;
    struct ms_event *e = l->e;
    int64_t pri;
    if (e->queue_id.p == NULL || l->part > 1 || !MS_SKIP(&c, "from="))
        return false;
    ms_sendmail_name(e, MS_K_SENDMAIL_FROM);
    memset(&e->u.accepted, 0, sizeof e->u.accepted);
    e->u.accepted.client = ms_endpoint_none();
    e->u.accepted.size_bytes = e->u.accepted.nrcpt = e->u.accepted.class = e->u.accepted.uid = MS_NONE;
    e->u.accepted.reuses_ids = !l->is_timed;
    e->u.accepted.is_part = l->part == 1;
    (void)read_sender(&c, &e->u.accepted.sender);
    if (MS_SKIP(&c, ", size="))
        (void)read_signed(&c, &e->u.accepted.size_bytes);
    if (e->u.accepted.size_bytes < 0) /* more than 2 GiB, before 8.14.6 */
        e->u.accepted.size_bytes = MS_NONE;
    if (MS_SKIP(&c, ", class="))
        (void)read_signed(&c, &e->u.accepted.class);
    if (MS_SKIP(&c, ", pri="))
        (void)read_signed(&c, &pri);
    if (MS_SKIP(&c, ", nrcpts="))
        (void)read_signed(&c, &e->u.accepted.nrcpt);
    if (MS_SKIP(&c, ", received from ")) /* 5.x */
        e->u.accepted.client = ms_endpoint_of_spaced(ms_cursor_rest(&c));
    else
        read_rest(l, &c);
    return true;
}
