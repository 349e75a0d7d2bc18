/* master, the statistics daemons, dnsblog, tlsproxy, and the commands: one or two lines each (postfix-log-lines.md 2.5,
 * 2.13, 2.14). All of them are events; the table says by which program and first words. */
#include "parse/postfix.h"

struct rule {
    const char *program; /* NULL: any */
    const char *starts;
    enum ms_kind_id kind;
};

static const struct rule rules[] = {
    {"anvil", "statistics: max cache size ", MS_K_ANVIL_CACHE},
    {"anvil", "statistics: max connection count ", MS_K_ANVIL_COUNT},
    {"anvil", "statistics: max ", MS_K_ANVIL_RATE},
    {"scache", "statistics: ", MS_K_SCACHE_STATISTICS},
    {"tlsproxy", "TLS handshake failed for ", MS_K_TLSPROXY_FAILED},
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
    ms_postfix_name(l->e, MS_K_DNSBLOG_LISTED);
    l->e->u.event.client = (struct ms_endpoint){.ip = ms_ip_valid(ip) ? ip : MS_SPAN_NULL, .port = MS_NONE};
    return true;
}

/* tlsproxy's process serves many clients, so its TLS lines tell nothing about a session of its own. */
static bool read_tlsproxy(struct ms_postfix_line *l)
{
    struct ms_cursor *c = &l->body;
    struct ms_tls t;
    if (MS_SKIP(c, "CONNECT from ") || MS_SKIP(c, "CONNECT to "))
        return ms_postfix_event_peer(l->e, MS_K_TLSPROXY_CONNECT, ms_cursor_rest(c));
    if (MS_SKIP(c, "DISCONNECT "))
        return ms_postfix_event_peer(l->e, MS_K_TLSPROXY_DISCONNECT, ms_cursor_rest(c));
    if (ms_postfix_tls(*c, &t) == MS_TLS_NONE)
        return false;
    ms_postfix_name(l->e, MS_K_TLSPROXY_TLS);
    l->e->u.event.client = t.peer;
    return true;
}

/* `... for (SVC:ADDR) at ...`. Both may hold colons: SVC ends at the first one behind which an address stands. */
static struct ms_endpoint anvil_client(struct ms_cursor c)
{
    struct ms_endpoint e = ms_endpoint_none();
    const char *open = MS_FIND(c.p, c.end, " for (");
    const char *close = open ? MS_FIND(open, c.end, ") at ") : NULL;
    if (!close)
        return e;
    for (const char *p = ms_find_char(open + 6, close, ':'); p; p = ms_find_char(p + 1, close, ':')) {
        struct ms_span ip = ms_span_of(p + 1, (size_t)(close - p - 1));
        if (!ms_ip_valid(ip))
            continue; /* a prefix (3.8+) is no address of one client */
        e.ip = ip;
        break;
    }
    return e;
}

bool ms_postfix_small(struct ms_postfix_line *l)
{
    struct ms_span program = l->tag->program, text = ms_cursor_rest(&l->body);
    if (l->e->daemon == MS_D_MASTER)
        return read_master(l);
    if (ms_span_is(program, "tlsproxy") && read_tlsproxy(l))
        return true;
    if (ms_span_is(program, "dnsblog") && read_dnsblog(l))
        return true;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const struct rule *r = &rules[i];
        if ((r->program && !ms_span_is(program, r->program)) || !ms_span_starts(text, r->starts))
            continue;
        ms_postfix_name(l->e, r->kind);
        l->e->u.event.client = ms_span_is(program, "anvil") ? anvil_client(l->body) : ms_endpoint_none();
        return true;
    }
    return false;
}
