/* master, the statistics daemons, dnsblog, tlsproxy, and the commands: one or two lines each (postfix-log-lines.md 2.5,
 * 2.13, 2.14). All of them are events; the table says by which program and first words. */
#include "parse/postfix.h"

struct rule {
    const char *program; /* NULL: any */
    const char *starts;
    enum ms_kind_id kind;
};

static const struct rule rules[] = {
    {"scache", "statistics: max simultaneous ", MS_K_SCACHE_STATISTICS},
    {"anvil", "statistics: max cache size ", MS_K_ANVIL_CACHE},
    {"anvil", "statistics: max connection count ", MS_K_ANVIL_COUNT},
    {"anvil", "statistics: max ", MS_K_ANVIL_RATE},
    {"scache", "statistics: ", MS_K_SCACHE_STATISTICS},
    {"verify", "cache ", MS_K_CACHE_CLEANUP},
    {"verify", "close database ", MS_K_VERIFY_CLOSE},
    {"postfix-script", "starting the Postfix ", MS_K_SCRIPT_STATE},
    {"postfix-script", "stopping the Postfix ", MS_K_SCRIPT_STATE},
    {"postfix-script", "refreshing the Postfix ", MS_K_SCRIPT_STATE},
    {"postfix-script", "aborting the Postfix ", MS_K_SCRIPT_STATE},
    {"postfix-script", "waiting for the Postfix ", MS_K_SCRIPT_STATE},
    {"postfix-script", "the Postfix mail system is ", MS_K_SCRIPT_STATE},
    {NULL, "Postfix is using backwards-compatible ", MS_K_COMPATIBILITY},
    {NULL, "See http", MS_K_COMPATIBILITY},
    {NULL, "To disable backwards compatibility ", MS_K_COMPATIBILITY},
    {NULL, "redirecting the request to postfix-owned ", MS_K_DATA_REDIRECT},
};

static bool read_master(struct ms_postfix_line *l)
{
    static const struct {
        const char *starts, *what;
        enum ms_kind_id kind;
    } states[] = {
        {"daemon started", "started", MS_K_MASTER_STARTED},
        {"reload", "reload", MS_K_MASTER_RELOAD},
        {"terminating on signal ", "terminating", MS_K_MASTER_TERMINATING},
    };
    struct ms_span text = ms_cursor_rest(&l->body);
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (!ms_span_starts(text, states[i].starts))
            continue;
        ms_postfix_name(l->e, states[i].kind);
        l->e->u.daemon_state.what = ms_span_str(states[i].what);
        return true;
    }
    return false;
}

/* `addr ADDR listed by domain DNSBL as A.B.C.D` */
static bool read_dnsblog(struct ms_postfix_line *l)
{
    struct ms_cursor *c = &l->body;
    if (!MS_SKIP(c, "addr "))
        return false;
    struct ms_span ip = ms_read_until(c, ' ');
    (void)ms_postfix_event(l->e, MS_K_DNSBLOG_LISTED);
    l->e->u.event.client.ip = ms_ip_valid(ip) ? ip : MS_SPAN_NULL;
    if (MS_SKIP(c, " listed by domain "))
        l->e->u.event.blocklist = ms_read_until(c, ' ');
    return true;
}

/* tlsproxy's process serves many clients, so its TLS lines tell nothing about a session of its own. */
static bool read_tlsproxy(struct ms_postfix_line *l)
{
    static const struct ms_tls_kinds tls_kinds = {
        .setup = MS_K_TLSPROXY_TLS_DETAIL,
        .error = MS_K_TLSPROXY_TLS_ERROR,
        .unverified = MS_K_TLSPROXY_TLS_DETAIL,
        .certificate = MS_K_TLSPROXY_TLS_DETAIL,
        .session = MS_K_TLSPROXY_TLS_DETAIL,
        .detail = MS_K_TLSPROXY_TLS_DETAIL,
    };
    struct ms_cursor *c = &l->body;
    struct ms_tls t;
    if (MS_SKIP(c, "CONNECT from ") || MS_SKIP(c, "CONNECT to "))
        return ms_postfix_event_peer(l->e, MS_K_TLSPROXY_CONNECT, ms_cursor_rest(c));
    if (MS_SKIP(c, "DISCONNECT "))
        return ms_postfix_event_peer(l->e, MS_K_TLSPROXY_DISCONNECT, ms_cursor_rest(c));
    if (MS_AT(c, "TLS handshake failed for ")) {
        const char *peer = MS_FIND(c->p, c->end, " peer=");
        c->p = peer ? peer + 6 : c->end;
        return ms_postfix_event_peer(l->e, MS_K_TLSPROXY_FAILED, ms_cursor_rest(c));
    }
    if (ms_postfix_tls(*c, &t) == MS_TLS_NONE)
        return ms_postfix_tls_event(l, &tls_kinds);
    (void)ms_postfix_event(l->e, MS_K_TLSPROXY_TLS);
    l->e->u.event.client = t.peer;
    return true;
}

/* `N/Ns for (SVC:ADDR) at ...` or `N for ...`. SVC and ADDR may hold colons: SVC ends at the first one behind which an
 * address, a prefix (3.8+, which is no client) or `unknown` stands. */
static bool is_anvil_address(struct ms_span s)
{
    const char *slash = memchr(s.p, '/', s.n);
    return ms_ip_valid(slash ? ms_span_of(s.p, (size_t)(slash - s.p)) : s) || ms_span_is(s, "unknown");
}

static int64_t unit_seconds(char unit)
{
    switch (unit) {
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    case 'w':
        return 7 * 86400;
    default:
        return 1;
    }
}

static bool read_anvil(struct ms_postfix_line *l, enum ms_kind_id kind, const char *number)
{
    struct ms_cursor c = {number, l->body.end};
    struct ms_event_peer *out = &l->e->u.event;
    int64_t n;
    (void)ms_postfix_event(l->e, kind);
    if (ms_read_number(&c, &n))
        out->count = n;
    if (MS_SKIP(&c, "/") && ms_read_number(&c, &n) && c.p < c.end && n < INT32_MAX)
        out->per_s = n * unit_seconds(*c.p++);
    const char *close = MS_SKIP(&c, " for (") ? MS_FIND_LAST(c.p, c.end, ") at ") : NULL;
    for (const char *p = close ? ms_find_char(c.p, close, ':') : NULL; p; p = ms_find_char(p + 1, close, ':')) {
        struct ms_span address = ms_span_of(p + 1, (size_t)(close - p - 1));
        if (!is_anvil_address(address))
            continue;
        out->service = ms_span_of(c.p, (size_t)(p - c.p));
        out->client.ip = ms_ip_valid(address) ? address : MS_SPAN_NULL;
        break;
    }
    return true;
}

static bool apply(struct ms_postfix_line *l, const struct rule *r)
{
    struct ms_cursor c = {l->body.p + strlen(r->starts), l->body.end};
    switch (r->kind) {
    case MS_K_ANVIL_RATE: { /* `{connection,message,recipient,newtls,auth} rate N/60s` */
        const char *rate = MS_FIND(c.p, c.end, " rate ");
        return read_anvil(l, r->kind, rate ? rate + 6 : c.end);
    }
    case MS_K_ANVIL_COUNT:
    case MS_K_ANVIL_CACHE:
        return read_anvil(l, r->kind, c.p);
    default:
        return ms_postfix_event(l->e, r->kind);
    }
}

bool ms_postfix_small(struct ms_postfix_line *l)
{
    struct ms_span program = l->tag->program, text = ms_cursor_rest(&l->body);
    if (l->e->daemon == MS_D_MASTER || l->unnamed) {
        if (read_master(l))
            return true;
    }
    if ((ms_span_is(program, "tlsproxy") || l->unnamed) && read_tlsproxy(l))
        return true;
    if ((ms_span_is(program, "dnsblog") || l->unnamed) && read_dnsblog(l))
        return true;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const struct rule *r = &rules[i];
        bool its_program = !r->program || l->unnamed || ms_span_is(program, r->program);
        if (its_program && ms_span_starts(text, r->starts))
            return apply(l, r);
    }
    return false;
}
