/* Lines with a severity word. Most are events of the host; a few are facts about a session (SASL) or the end of a queue
 * file (corrupt). The table is in the order in which rules are tried: special before general (postfix-log-lines.md 2). */
#include "parse/postfix.h"

/* Where the peer of the line stands. Everywhere else an address is a stranger's word. */
enum where {
    FIRST,     /* `PEER: ...`, if it is there */
    FROM,      /* behind the first ` from ` */
    LAST_FROM, /* behind the last one: what stands in front of it is a stranger's */
    HOST,      /* `host PEER ...` */
    ADDRESS,   /* bare, behind the literal that the rule looks for */
};

/* A rule wants all that it names: the daemon, the beginning, a literal anywhere behind it. */
struct rule {
    uint8_t daemon; /* MS_D_OTHER: any */
    enum where where;
    const char *starts, *holds;
    uint32_t n_starts, n_holds;
    enum ms_kind_id kind;
};
#define ANY MS_D_OTHER
#define RULE(daemon, starts, holds, kind, where)                                                                       \
    {                                                                                                                  \
        daemon, where, starts, holds, sizeof(starts) - 1, sizeof(holds) - 1, MS_K_##kind                               \
    }
#define STARTS(daemon, text, kind, where) RULE(daemon, text, "", kind, where)
#define HOLDS(daemon, text, kind, where) RULE(daemon, "", text, kind, where)

static const struct rule rules[] = {
    /* by their beginning; first those that end in a stranger's words */
    STARTS(MS_D_SMTPD, "non-SMTP command from ", SMTPD_NON_SMTP, FROM),
    STARTS(MS_D_SMTPD, "non-SMTP command ", SMTPD_NON_SMTP, LAST_FROM), /* before 2.3 */
    STARTS(MS_D_SMTPD, "Illegal address syntax from ", SMTPD_ILLEGAL_ADDRESS, FROM),
    STARTS(MS_D_SMTPD, "reject: ETRN ", SMTPD_ETRN, LAST_FROM),
    STARTS(MS_D_SMTPD, "bad ETRN ", SMTPD_ETRN, LAST_FROM),
    STARTS(MS_D_SMTPD, "TLS SNI from ", SMTPD_TLS_SNI_INVALID, FROM),
    STARTS(MS_D_SMTPD, "proxy ", SMTPD_PROXY_FILTER, FIRST),
    STARTS(MS_D_SMTPD, "Unable to look up ", SMTPD_LOOKUP, FIRST),
    STARTS(MS_D_SMTPD, "access table ", SMTPD_CONFIGURATION, FIRST),
    STARTS(ANY, "valid_host", VALID_HOSTNAME, FIRST),
    RULE(ANY, "hostname ", " does not resolve to address ", HOSTNAME, ADDRESS),
    STARTS(ANY, "numeric result ", HOSTNAME, FIRST),
    STARTS(ANY, "non-ESMTP response ", SMTP_BAD_RESPONSE, FROM),
    STARTS(ANY, "non-LMTP response ", SMTP_BAD_RESPONSE, FROM),
    STARTS(ANY, "to prevent loss of mail, turn off ", SMTP_BAD_RESPONSE, FIRST),
    STARTS(MS_D_SMTP, "bad EHLO SIZE limit ", SMTP_BAD_RESPONSE, LAST_FROM),
    RULE(MS_D_SMTP, "host ", " said: ", SMTP_HOST_SAID, HOST),
    RULE(MS_D_LMTP, "host ", " said: ", SMTP_HOST_SAID, HOST),
    RULE(ANY, "host ", " with my own hostname ", SMTP_LOOP, HOST),
    STARTS(MS_D_CLEANUP, "message rejected: ", CLEANUP_MESSAGE_REJECTED, FIRST),
    STARTS(ANY, "milter ", MILTER, FIRST),
    STARTS(ANY, "dnsblog_query: ", DNSBLOG_ERROR, FIRST),
    STARTS(ANY, "resolve_addr: ", REWRITE_LOOP, FIRST),
    STARTS(ANY, "TLS library problem: ", TLS_LIBRARY, FIRST),
    STARTS(ANY, "problem talking to ", SERVICE_PROBLEM, FIRST),
    STARTS(MS_D_SMTPD, "SASL authentication ", SMTPD_SASL_LIBRARY, FIRST),
    STARTS(MS_D_SMTPD, "SASL: Connect to ", SMTPD_SASL_SERVICE, FIRST),
    STARTS(MS_D_SMTPD, "Connection concurrency limit exceeded: ", SMTPD_LIMIT, FROM),
    STARTS(MS_D_SMTPD, "Connection rate limit exceeded: ", SMTPD_LIMIT, FROM),
    STARTS(MS_D_SMTPD, "Too many connections: ", SMTPD_LIMIT, FROM),
    STARTS(MS_D_SMTPD, "Too frequent connections: ", SMTPD_LIMIT, FROM),
    STARTS(MS_D_SMTPD, "Message delivery request rate limit exceeded: ", SMTPD_LIMIT, FROM),
    STARTS(MS_D_SMTPD, "Recipient address rate limit exceeded: ", SMTPD_LIMIT, FROM),
    STARTS(MS_D_SMTPD, "New TLS session rate limit exceeded: ", SMTPD_LIMIT, FROM),
    STARTS(MS_D_SMTPD, "AUTH command rate limit exceeded: ", SMTPD_LIMIT, FROM),
    STARTS(MS_D_SMTPD, "Refusing ", SMTPD_LIMIT, FROM),
    STARTS(ANY, "queue file size limit exceeded", QUEUE_FILE_LIMIT, FIRST),
    STARTS(MS_D_SMTPD, "too much BDAT ", SMTPD_BDAT, FROM),
    STARTS(MS_D_SMTPD, "malformed BDAT ", SMTPD_BDAT, FROM),
    STARTS(MS_D_SMTPD, "null BDAT ", SMTPD_BDAT, FROM),
    STARTS(MS_D_SMTPD, "BDAT request ", SMTPD_BDAT, FROM),
    STARTS(MS_D_SMTPD, "connect to proxy filter ", SMTPD_PROXY_FILTER, FIRST),
    STARTS(MS_D_SMTPD, "lost connection with proxy ", SMTPD_PROXY_FILTER, FIRST),
    STARTS(MS_D_SMTPD, "timeout talking to proxy ", SMTPD_PROXY_FILTER, FIRST),
    STARTS(MS_D_SMTPD, "unknown smtpd restriction: ", SMTPD_CONFIGURATION, FIRST),
    STARTS(MS_D_SMTPD, "restriction ", SMTPD_CONFIGURATION, FIRST),
    STARTS(MS_D_SMTPD, "not enough free space in mail queue", SMTPD_NO_SPACE, FIRST),
    STARTS(ANY, "haproxy read: ", HAPROXY, FIRST),
    STARTS(MS_D_CLEANUP, "write queue file: ", CLEANUP_WRITE, FIRST),
    STARTS(MS_D_CLEANUP, "mail_stream_cleanup: ", CLEANUP_WRITE, FIRST),
    STARTS(MS_D_CLEANUP, "read timeout on ", CLEANUP_SERVICE, FIRST),
    STARTS(MS_D_CLEANUP, "bounce message failure", CLEANUP_BOUNCE, FIRST),
    STARTS(MS_D_CLEANUP, "unreasonable ", CLEANUP_MAP, FIRST),
    STARTS(ANY, "connect to Milter service ", MILTER, FIRST),
    STARTS(MS_D_PICKUP, "message maildrop/", PICKUP_OLD_FILE, FIRST),
    STARTS(MS_D_PICKUP, "maildrop/", PICKUP_REFUSED, FIRST),
    STARTS(MS_D_PICKUP, "uid=", PICKUP_BAD_RECORD, FIRST),
    STARTS(ANY, "uid=", POSTDROP_REFUSED, FIRST),
    STARTS(ANY, "the Postfix sendmail command has ", SENDMAIL_PERMISSIONS, FIRST),
    STARTS(MS_D_QMGR, "transport ", QMGR_TRANSPORT, FIRST),
    STARTS(MS_D_QMGR, "connect to transport ", QMGR_TRANSPORT, FIRST),
    STARTS(MS_D_QMGR, "qmgr_", QMGR_FILE, FIRST),
    STARTS(MS_D_QMGR, "mail for ", QMGR_CONGESTION, FIRST),
    STARTS(MS_D_QMGR, "you may need to ", QMGR_CONGESTION, FIRST),
    STARTS(MS_D_QMGR, "or you may need to ", QMGR_CONGESTION, FIRST),
    STARTS(MS_D_QMGR, "please avoid flushing ", QMGR_CONGESTION, FIRST),
    STARTS(MS_D_QMGR, "lots of deferred mail", QMGR_CONGESTION, FIRST),
    STARTS(MS_D_QMGR, "to turn off these warnings ", QMGR_CONGESTION, FIRST),
    STARTS(MS_D_QMGR, "this may result in poor performance", QMGR_CONGESTION, FIRST),
    STARTS(MS_D_QMGR, "bounce_queue_lifetime ", QMGR_CONFIGURATION, FIRST),
    STARTS(MS_D_QMGR, "timeout receiving delivery status ", QMGR_TIMEOUT, FIRST),
    STARTS(ANY, "no MX host for ", SMTP_NO_MX_ADDRESS, FIRST),
    STARTS(ANY, "TLS policy lookup error ", SMTP_TLS_POLICY, FIRST),
    STARTS(ANY, "maildir access problem ", MAILDIR, FIRST),
    STARTS(ANY, "perhaps you need to create the maildirs", MAILDIR, FIRST),
    STARTS(MS_D_LOCAL, "required alias not found: ", LOCAL_NO_ALIAS, FIRST),
    STARTS(MS_D_LOCAL, "address with illegal extension: ", LOCAL_ALIAS, FIRST),
    STARTS(MS_D_VIRTUAL, "recipient ", VIRTUAL_NOT_FOUND, FIRST),
    STARTS(ANY, "pipe_command_", PIPE_TIME_LIMIT, FIRST),
    STARTS(MS_D_PIPE, "pipe flag ", PIPE_CONFIGURATION, FIRST),
    STARTS(MS_D_BOUNCE, "undeliverable postmaster notification discarded", BOUNCE_FAILED, FIRST),
    STARTS(MS_D_BOUNCE, "postmaster notice failed ", BOUNCE_FAILED, FIRST),
    STARTS(MS_D_BOUNCE, "sender notification failed", BOUNCE_FAILED, FIRST),
    STARTS(MS_D_BOUNCE, "postmaster notification failed", BOUNCE_FAILED, FIRST),
    STARTS(MS_D_BOUNCE, "for instructions see the bounce", BOUNCE_TEMPLATE, FIRST),
    STARTS(MS_D_POSTSUPER, "bogus file name: ", POSTSUPER_BOGUS, FIRST),
    STARTS(MS_D_MASTER, "process ", MASTER_PROCESS, FIRST),
    STARTS(MS_D_MASTER, "see https://www.postfix.org/STRESS", MASTER_LIMIT, FIRST),
    STARTS(MS_D_MASTER, "to avoid this condition", MASTER_LIMIT, FIRST),
    STARTS(MS_D_MASTER, "bind ", MASTER_BIND, FIRST),
    STARTS(MS_D_MASTER, "ignoring ", MASTER_CONFIGURATION, FIRST),
    STARTS(MS_D_POSTSCREEN, "psc_cache_update: ", POSTSCREEN_SLOW_CACHE, FIRST),
    STARTS(MS_D_POSTSCREEN, "dnsblog reply timeout ", POSTSCREEN_DNSBLOG_TIMEOUT, FIRST),
    STARTS(MS_D_POSTSCREEN, "getpeername: ", POSTSCREEN_PEER, FIRST),
    STARTS(ANY, "do not list domain ", REWRITE_CONFIGURATION, FIRST),
    STARTS(ANY, "request for unapproved table: ", PROXYMAP_REFUSED, FIRST),
    STARTS(ANY, "to approve this table ", PROXYMAP_REFUSED, FIRST),
    STARTS(ANY, "request to update ", DATA_REDIRECT, FIRST),
    STARTS(ANY, "redirecting the request ", DATA_REDIRECT, FIRST),
    STARTS(ANY, "command ", SPAWN_COMMAND, FIRST),
    STARTS(ANY, "Mail system is down", QUEUE_REPORT, FIRST),
    STARTS(ANY, "Queue report unavailable", QUEUE_REPORT, FIRST),
    STARTS(ANY, "close: Broken pipe", QUEUE_REPORT, FIRST),
    STARTS(ANY, "mail_queue_enter: ", QUEUE_CREATE, FIRST),
    STARTS(ANY, "the Postfix mail system is ", SCRIPT_STATE, FIRST),
    STARTS(ANY, "stopping the Postfix mail system ", SCRIPT_STATE, FIRST),
    STARTS(ANY, "mail system startup failed", SCRIPT_STATE, FIRST),
    STARTS(ANY, "damaged message: ", SCRIPT_DAMAGED, FIRST),
    STARTS(ANY, "not owned by ", SCRIPT_CHECK, FIRST),
    STARTS(ANY, "group or other writable: ", SCRIPT_CHECK, FIRST),
    STARTS(ANY, "connect #", SERVICE_PROBLEM, FIRST),
    STARTS(ANY, "cannot connect to service ", SERVICE_PROBLEM, FIRST),
    STARTS(ANY, "unable to connect to ", SERVICE_PROBLEM, FIRST),
    STARTS(ANY, "unix_trigger: ", SERVICE_PROBLEM, FIRST),
    STARTS(ANY, "dict_", LOOKUP_PROBLEM, FIRST),
    STARTS(ANY, "open ", MAP_OPEN, FIRST),
    STARTS(ANY, "watchdog timeout", WATCHDOG, FIRST),
    /* by what stands somewhere in them */
    HOLDS(MS_D_SMTPD, ": request longer than ", SMTPD_LONG_REQUEST, FIRST),
    HOLDS(MS_D_SMTP, ": response longer than ", SMTP_LONG_RESPONSE, FIRST),
    HOLDS(MS_D_QMQPD, ": Error: ", QMQPD_ERROR, FIRST),
    HOLDS(MS_D_SMTPD, ": RBL lookup error: ", SMTPD_DNSBL_LOOKUP, FIRST),
    HOLDS(ANY, " verification failed: ", HOSTNAME, FIRST),
    HOLDS(ANY, ": address not listed for hostname ", HOSTNAME, FIRST),
    HOLDS(MS_D_CLEANUP, " map lookup problem", CLEANUP_MAP, FIRST),
    HOLDS(MS_D_QMGR, " socket: malformed response", QMGR_TRANSPORT, FIRST),
    HOLDS(MS_D_QMGR, " premature disconnect", QMGR_TRANSPORT, FIRST),
    HOLDS(ANY, "domain name in resource data of ", SMTP_BAD_DNS, FIRST),
    HOLDS(MS_D_SMTP, "relay configuration problem", SMTP_RELAYHOST, FIRST),
    HOLDS(MS_D_SMTP, "relayhost configuration problem", SMTP_RELAYHOST, FIRST),
    HOLDS(ANY, " TLSA ", SMTP_TLS_POLICY, FIRST),
    HOLDS(ANY, " STS MX pattern ", SMTP_TLS_POLICY, FIRST),
    HOLDS(MS_D_LOCAL, " alias", LOCAL_ALIAS, FIRST),
    HOLDS(MS_D_BOUNCE, " template", BOUNCE_TEMPLATE, FIRST),
    HOLDS(ANY, ": ignoring dsn code ", DSN_IGNORED, FIRST),
    HOLDS(ANY, " service failure", SERVICE_FAILURE, FIRST),
    HOLDS(MS_D_MASTER, " bad command startup -- throttling", MASTER_THROTTLING, FIRST),
    HOLDS(MS_D_MASTER, "has reached its process limit", MASTER_LIMIT, FIRST),
    HOLDS(MS_D_MASTER, "process count", MASTER_LIMIT, FIRST),
    HOLDS(MS_D_MASTER, ": ignoring ", MASTER_CONFIGURATION, FIRST),
    HOLDS(ANY, "fast flush logfile ", FLUSH_LOGFILE, FIRST),
    HOLDS(ANY, ": duplicate entry: ", MAP_DUPLICATE, FIRST),
    HOLDS(ANY, " while reading ", SERVICE_PROBLEM, FIRST),
    HOLDS(ANY, " lookup error for ", LOOKUP_PROBLEM, FIRST),
    HOLDS(ANY, " lookup failure", LOOKUP_PROBLEM, FIRST),
    HOLDS(ANY, ": table lookup problem", LOOKUP_PROBLEM, FIRST),
    HOLDS(ANY, " is unavailable. ", LOOKUP_PROBLEM, FIRST),
    HOLDS(ANY, " is older than source file ", MAP_STALE, FIRST),
    HOLDS(ANY, "overriding earlier entry: ", CONFIGURATION, FIRST),
    HOLDS(ANY, "configuration error: ", CONFIGURATION, FIRST),
    HOLDS(ANY, " differ", SCRIPT_CHECK, FIRST),
};

/* The literal that the rule looks for; NULL if the line is not of the rule. */
static const char *match(const struct rule *r, const struct ms_postfix_line *l)
{
    const struct ms_cursor *c = &l->body;
    if (r->daemon != ANY && r->daemon != l->e->daemon && !l->unnamed)
        return NULL;
    if (!ms_cursor_at(c, r->starts, r->n_starts))
        return NULL;
    return r->n_holds == 0 ? c->p : ms_find_text(c->p + r->n_starts, c->end, r->holds, r->n_holds);
}

/* PEER at the cursor, which a blank, `: ` or `, ` ends. Only an address makes it a peer. */
static struct ms_endpoint peer_at(struct ms_cursor c)
{
    struct ms_span token = ms_read_until(&c, ' ');
    while (token.n > 0 && (token.p[token.n - 1] == ':' || token.p[token.n - 1] == ','))
        token.n--;
    struct ms_endpoint e = ms_endpoint_of(token);
    return e.ip.p ? e : ms_endpoint_none();
}

/* An address without a name, that `: ` or the end follows. */
static struct ms_endpoint address_at(struct ms_cursor c)
{
    struct ms_span ip = ms_without_colon(ms_read_until(&c, ' '));
    return (struct ms_endpoint){.ip = ms_ip_valid(ip) ? ip : MS_SPAN_NULL, .port = MS_NONE};
}

static struct ms_endpoint find_peer(const struct rule *r, const char *found, struct ms_cursor c)
{
    struct ms_cursor peek = c;
    const char *at = NULL;
    switch (r->where) {
    case FIRST:
        if (!ms_find_char(c.p, c.end, '['))
            return address_at(c); /* hostname warnings up to 2.8 */
        return ms_read_until(&peek, ' ').n > 0 && peek.p[-1] == ':' ? peer_at(c) : ms_endpoint_none();
    case FROM:
        at = MS_FIND(c.p, c.end, " from ");
        break;
    case LAST_FROM:
        at = MS_FIND_LAST(c.p, c.end, " from ");
        break;
    case HOST:
        return peer_at((struct ms_cursor){c.p + 5, c.end});
    case ADDRESS:
        return address_at((struct ms_cursor){found + r->n_holds, c.end});
    }
    return at ? peer_at((struct ms_cursor){at + 6, c.end}) : ms_endpoint_none();
}

/* `... limit exceeded: N from NAMADDR for service SVC` */
static void read_limit(struct ms_cursor c, struct ms_event *e)
{
    const char *colon = MS_FIND(c.p, c.end, ": "), *service = MS_FIND_LAST(c.p, c.end, " for service ");
    struct ms_cursor number = {colon ? colon + 2 : c.end, c.end};
    int64_t n;
    if (ms_read_number(&number, &n))
        e->u.event.count = n;
    if (service)
        e->u.event.service = ms_span_of(service + 13, (size_t)(c.end - service - 13));
}

/* ---- `NAMADDR: SASL MECH authentication {failed[: REASON][, sasl_username=USER],aborted}` ---- */

static bool read_sasl(struct ms_postfix_line *l)
{
    struct ms_cursor c = l->body;
    struct ms_event *e = l->e;
    struct ms_span peer = ms_read_until(&c, ' ');
    if (peer.n < 2 || peer.p[peer.n - 1] != ':' || !MS_SKIP(&c, " SASL "))
        return false;
    const char *at = MS_FIND(c.p, c.end, " authentication ");
    if (!at)
        return false;
    struct ms_span method = ms_span_of(c.p, (size_t)(at - c.p));
    c.p = at + 16;
    bool aborted = MS_AT(&c, "aborted");
    if (!aborted && !MS_SKIP(&c, "failed"))
        return false;
    ms_postfix_name(e, aborted ? MS_K_SMTPD_SASL_ABORTED : MS_K_SMTPD_SASL_FAILED);
    memset(&e->u.login, 0, sizeof e->u.login);
    peer.n--;
    e->u.login.client = ms_endpoint_of(peer);
    e->u.login.method = method;
    if (aborted) {
        e->u.login.reason = MS_SPAN_LIT("aborted");
        return true;
    }
    const char *user = MS_FIND(c.p, c.end, ", sasl_username=");
    if (user)
        e->u.login.username = ms_span_of(user + 16, (size_t)(c.end - user - 16));
    if (ms_span_is(e->u.login.username, "(unavailable)")) /* Postfix's own word for none */
        e->u.login.username = MS_SPAN_NULL;
    struct ms_cursor reason = {c.p, user ? user : c.end};
    if (MS_SKIP(&reason, ": "))
        e->u.login.reason = ms_cursor_rest(&reason);
    return true;
}

/* ---- the end of a queue file ---- */

/* `saving corrupt file "QID" from queue ...`, `corrupted queue file: QUEUE/QID` */
static bool read_corrupt(struct ms_postfix_line *l)
{
    struct ms_cursor c = l->body;
    enum ms_kind_id kind = MS_K_CORRUPT;
    struct ms_span id;
    if (MS_SKIP(&c, "saving corrupt file \"")) {
        id = ms_read_until(&c, '"');
    } else if (MS_SKIP(&c, "corrupted queue file: ")) {
        kind = MS_K_CORRUPTED;
        (void)ms_read_until(&c, '/');
        (void)MS_SKIP(&c, "/");
        id = ms_cursor_rest(&c);
    } else {
        return false;
    }
    if (!ms_queue_id_valid(id))
        return false;
    ms_postfix_name(l->e, kind);
    l->e->queue_id = id;
    return true;
}

static enum ms_kind_id by_severity(uint8_t severity)
{
    static const uint16_t kinds[] = {MS_K_POSTFIX_OTHER, MS_K_POSTFIX_WARNING, MS_K_POSTFIX_ERROR, MS_K_POSTFIX_FATAL,
                                     MS_K_POSTFIX_PANIC};
    return (enum ms_kind_id)kinds[severity];
}

/* sendmail(1): `USER(UID): ...` */
static bool is_command_user(struct ms_cursor c)
{
    int64_t uid;
    (void)ms_read_until(&c, '(');
    return MS_SKIP(&c, "(") && ms_read_number(&c, &uid) && MS_AT(&c, "): ");
}

static const struct rule *find_rule(const struct ms_postfix_line *l, const char **found)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        *found = match(&rules[i], l);
        if (*found)
            return &rules[i];
    }
    return NULL;
}

bool ms_postfix_warning(struct ms_postfix_line *l)
{
    static const struct rule no_rule = {.where = FIRST};
    struct ms_event *e = l->e;
    if ((e->daemon == MS_D_SMTPD || l->unnamed) && read_sasl(l)) {
        e->daemon = MS_D_SMTPD;
        return true;
    }
    if (read_corrupt(l))
        return true;
    if (ms_span_is(l->tag->program, "sendmail") && is_command_user(l->body))
        return ms_postfix_event(e, MS_K_SENDMAIL_FAILED);
    const char *found = NULL;
    const struct rule *r = find_rule(l, &found);
    if (l->unnamed && r && r->daemon != ANY)
        e->daemon = r->daemon;
    (void)ms_postfix_event(e, r ? r->kind : by_severity(e->severity));
    e->u.event.client = find_peer(r ? r : &no_rule, found, l->body);
    if (e->kind == MS_K_SMTPD_LIMIT)
        read_limit(l->body, e);
    return true;
}
