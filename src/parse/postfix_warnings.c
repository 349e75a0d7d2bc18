/* Lines with a severity word. Most are events of the host; a few are facts about a session (SASL) or the end of a queue
 * file (corrupt). The table is in the order in which rules are tried: special before general (postfix-log-lines.md 2). */
#include "parse/postfix.h"

enum how { STARTS, HOLDS };

struct rule {
    uint8_t daemon; /* MS_D_OTHER: any */
    enum how how;
    const char *text;
    uint32_t n;
    enum ms_kind_id kind;
};
#define ANY MS_D_OTHER
#define RULE(daemon, how, text, kind)                                                                                  \
    {                                                                                                                  \
        daemon, how, text, sizeof(text) - 1, MS_K_##kind                                                               \
    }

static const struct rule rules[] = {
    RULE(ANY, HOLDS, " does not resolve to address ", HOSTNAME),
    RULE(ANY, HOLDS, " verification failed: ", HOSTNAME),
    RULE(ANY, HOLDS, ": address not listed for hostname ", HOSTNAME),
    RULE(ANY, STARTS, "numeric result ", HOSTNAME),
    RULE(ANY, STARTS, "valid_host", VALID_HOSTNAME),
    RULE(MS_D_SMTPD, STARTS, "SASL authentication ", SMTPD_SASL_LIBRARY),
    RULE(MS_D_SMTPD, STARTS, "SASL: Connect to ", SMTPD_SASL_SERVICE),
    RULE(MS_D_SMTPD, STARTS, "Connection concurrency limit exceeded: ", SMTPD_LIMIT),
    RULE(MS_D_SMTPD, STARTS, "Too many connections: ", SMTPD_LIMIT),
    RULE(MS_D_SMTPD, STARTS, "Too frequent connections: ", SMTPD_LIMIT),
    RULE(MS_D_SMTPD, HOLDS, " rate limit exceeded: ", SMTPD_LIMIT),
    RULE(MS_D_SMTPD, STARTS, "Refusing ", SMTPD_LIMIT),
    RULE(MS_D_SMTPD, STARTS, "Illegal address syntax from ", SMTPD_ILLEGAL_ADDRESS),
    RULE(MS_D_SMTPD, STARTS, "non-SMTP command ", SMTPD_NON_SMTP),
    RULE(MS_D_SMTPD, HOLDS, ": request longer than ", SMTPD_LONG_REQUEST),
    RULE(ANY, STARTS, "queue file size limit exceeded", QUEUE_FILE_LIMIT),
    RULE(MS_D_SMTPD, HOLDS, "BDAT ", SMTPD_BDAT),
    RULE(MS_D_SMTPD, HOLDS, "ETRN ", SMTPD_ETRN),
    RULE(MS_D_SMTPD, STARTS, "connect to proxy filter ", SMTPD_PROXY_FILTER),
    RULE(MS_D_SMTPD, STARTS, "lost connection with proxy ", SMTPD_PROXY_FILTER),
    RULE(MS_D_SMTPD, STARTS, "timeout talking to proxy ", SMTPD_PROXY_FILTER),
    RULE(MS_D_SMTPD, STARTS, "proxy ", SMTPD_PROXY_FILTER),
    RULE(MS_D_SMTPD, STARTS, "Unable to look up ", SMTPD_LOOKUP),
    RULE(MS_D_SMTPD, HOLDS, ": RBL lookup error: ", SMTPD_DNSBL_LOOKUP),
    RULE(MS_D_SMTPD, STARTS, "access table ", SMTPD_CONFIGURATION),
    RULE(MS_D_SMTPD, STARTS, "unknown smtpd restriction: ", SMTPD_CONFIGURATION),
    RULE(MS_D_SMTPD, STARTS, "restriction ", SMTPD_CONFIGURATION),
    RULE(MS_D_SMTPD, STARTS, "not enough free space in mail queue", SMTPD_NO_SPACE),
    RULE(ANY, STARTS, "haproxy read: ", HAPROXY),
    RULE(MS_D_SMTPD, STARTS, "TLS SNI from ", SMTPD_TLS_SNI_INVALID),
    RULE(MS_D_QMQPD, HOLDS, ": Error: ", QMQPD_ERROR),
    RULE(MS_D_CLEANUP, STARTS, "message rejected: ", CLEANUP_MESSAGE_REJECTED),
    RULE(MS_D_CLEANUP, STARTS, "write queue file: ", CLEANUP_WRITE),
    RULE(MS_D_CLEANUP, STARTS, "mail_stream_cleanup: ", CLEANUP_WRITE),
    RULE(MS_D_CLEANUP, HOLDS, " map lookup problem", CLEANUP_MAP),
    RULE(MS_D_CLEANUP, STARTS, "unreasonable ", CLEANUP_MAP),
    RULE(ANY, STARTS, "connect to Milter service ", MILTER),
    RULE(ANY, STARTS, "milter ", MILTER),
    RULE(MS_D_PICKUP, STARTS, "message maildrop/", PICKUP_OLD_FILE),
    RULE(MS_D_PICKUP, STARTS, "maildrop/", PICKUP_REFUSED),
    RULE(MS_D_PICKUP, STARTS, "uid=", PICKUP_BAD_RECORD),
    RULE(MS_D_QMGR, STARTS, "transport ", QMGR_TRANSPORT),
    RULE(MS_D_QMGR, STARTS, "connect to transport ", QMGR_TRANSPORT),
    RULE(MS_D_QMGR, HOLDS, " socket: malformed response", QMGR_TRANSPORT),
    RULE(MS_D_QMGR, HOLDS, " premature disconnect", QMGR_TRANSPORT),
    RULE(MS_D_QMGR, STARTS, "qmgr_", QMGR_FILE),
    RULE(MS_D_QMGR, STARTS, "mail for ", QMGR_CONGESTION),
    RULE(MS_D_QMGR, STARTS, "you may need to ", QMGR_CONGESTION),
    RULE(MS_D_QMGR, STARTS, "or you may need to ", QMGR_CONGESTION),
    RULE(MS_D_QMGR, STARTS, "please avoid flushing ", QMGR_CONGESTION),
    RULE(MS_D_QMGR, STARTS, "bounce_queue_lifetime ", QMGR_CONFIGURATION),
    RULE(MS_D_QMGR, STARTS, "timeout receiving delivery status ", QMGR_TIMEOUT),
    RULE(ANY, STARTS, "no MX host for ", SMTP_NO_MX_ADDRESS),
    RULE(ANY, STARTS, "numeric domain name in resource data ", SMTP_BAD_DNS),
    RULE(ANY, HOLDS, "domain name in resource data of ", SMTP_BAD_DNS),
    RULE(ANY, HOLDS, " with my own hostname ", SMTP_LOOP),
    RULE(MS_D_SMTP, HOLDS, "relay configuration problem", SMTP_RELAYHOST),
    RULE(MS_D_SMTP, HOLDS, "relayhost configuration problem", SMTP_RELAYHOST),
    RULE(MS_D_SMTP, HOLDS, ": response longer than ", SMTP_LONG_RESPONSE),
    RULE(ANY, STARTS, "TLS policy lookup error ", SMTP_TLS_POLICY),
    RULE(ANY, HOLDS, " TLSA ", SMTP_TLS_POLICY),
    RULE(ANY, HOLDS, " STS MX pattern ", SMTP_TLS_POLICY),
    RULE(MS_D_SMTP, STARTS, "bad EHLO SIZE limit ", SMTP_BAD_RESPONSE),
    RULE(ANY, STARTS, "non-ESMTP response ", SMTP_BAD_RESPONSE),
    RULE(ANY, STARTS, "non-LMTP response ", SMTP_BAD_RESPONSE),
    RULE(MS_D_SMTP, STARTS, "host ", SMTP_HOST_SAID),
    RULE(MS_D_LMTP, STARTS, "host ", SMTP_HOST_SAID),
    RULE(ANY, STARTS, "maildir access problem ", MAILDIR),
    RULE(ANY, STARTS, "perhaps you need to create the maildirs", MAILDIR),
    RULE(MS_D_LOCAL, STARTS, "required alias not found: ", LOCAL_NO_ALIAS),
    RULE(MS_D_LOCAL, HOLDS, " alias", LOCAL_ALIAS),
    RULE(MS_D_LOCAL, STARTS, "address with illegal extension: ", LOCAL_ALIAS),
    RULE(MS_D_VIRTUAL, STARTS, "recipient ", VIRTUAL_NOT_FOUND),
    RULE(ANY, STARTS, "pipe_command_", PIPE_TIME_LIMIT),
    RULE(MS_D_PIPE, STARTS, "pipe flag ", PIPE_CONFIGURATION),
    RULE(MS_D_BOUNCE, HOLDS, "postmaster notification discarded", BOUNCE_FAILED),
    RULE(MS_D_BOUNCE, STARTS, "postmaster notice failed ", BOUNCE_FAILED),
    RULE(MS_D_BOUNCE, HOLDS, " notification failed", BOUNCE_FAILED),
    RULE(MS_D_BOUNCE, HOLDS, " template", BOUNCE_TEMPLATE),
    RULE(MS_D_BOUNCE, STARTS, "for instructions see the bounce", BOUNCE_TEMPLATE),
    RULE(ANY, HOLDS, ": ignoring dsn code ", DSN_IGNORED),
    RULE(ANY, HOLDS, " service failure", SERVICE_FAILURE),
    RULE(MS_D_POSTSUPER, STARTS, "bogus file name: ", POSTSUPER_BOGUS),
    RULE(MS_D_MASTER, STARTS, "process ", MASTER_PROCESS),
    RULE(MS_D_MASTER, HOLDS, " bad command startup -- throttling", MASTER_THROTTLING),
    RULE(MS_D_MASTER, HOLDS, "has reached its process limit", MASTER_LIMIT),
    RULE(MS_D_MASTER, HOLDS, "process count", MASTER_LIMIT),
    RULE(MS_D_MASTER, HOLDS, "to avoid this condition", MASTER_LIMIT),
    RULE(MS_D_MASTER, HOLDS, ": ignoring ", MASTER_CONFIGURATION),
    RULE(MS_D_MASTER, STARTS, "ignoring ", MASTER_CONFIGURATION),
    RULE(MS_D_POSTSCREEN, STARTS, "psc_cache_update: ", POSTSCREEN_SLOW_CACHE),
    RULE(MS_D_POSTSCREEN, STARTS, "dnsblog reply timeout ", POSTSCREEN_DNSBLOG_TIMEOUT),
    RULE(MS_D_POSTSCREEN, STARTS, "getpeername: ", POSTSCREEN_PEER),
    RULE(ANY, STARTS, "dnsblog_query: ", DNSBLOG_ERROR),
    RULE(ANY, STARTS, "do not list domain ", REWRITE_CONFIGURATION),
    RULE(ANY, STARTS, "resolve_addr: ", REWRITE_LOOP),
    RULE(ANY, STARTS, "request for unapproved table: ", PROXYMAP_REFUSED),
    RULE(ANY, STARTS, "request to update ", DATA_REDIRECT),
    RULE(ANY, STARTS, "redirecting the request ", DATA_REDIRECT),
    RULE(ANY, HOLDS, "fast flush logfile ", FLUSH_LOGFILE),
    RULE(ANY, STARTS, "command ", SPAWN_COMMAND),
    RULE(ANY, STARTS, "Mail system is down", QUEUE_REPORT),
    RULE(ANY, STARTS, "Queue report unavailable", QUEUE_REPORT),
    RULE(ANY, STARTS, "mail_queue_enter: ", QUEUE_CREATE),
    RULE(ANY, HOLDS, ": duplicate entry: ", MAP_DUPLICATE),
    RULE(ANY, STARTS, "TLS library problem: ", TLS_LIBRARY),
    RULE(ANY, STARTS, "problem talking to ", SERVICE_PROBLEM),
    RULE(ANY, STARTS, "connect #", SERVICE_PROBLEM),
    RULE(ANY, STARTS, "cannot connect to service ", SERVICE_PROBLEM),
    RULE(ANY, HOLDS, " while reading ", SERVICE_PROBLEM),
    RULE(ANY, HOLDS, " lookup error for ", LOOKUP_PROBLEM),
    RULE(ANY, HOLDS, " lookup failure", LOOKUP_PROBLEM),
    RULE(ANY, HOLDS, " is unavailable. ", LOOKUP_PROBLEM),
    RULE(ANY, STARTS, "dict_", LOOKUP_PROBLEM),
    RULE(ANY, HOLDS, " is older than source file ", MAP_STALE),
    RULE(ANY, HOLDS, "overriding earlier entry: ", CONFIGURATION),
    RULE(ANY, HOLDS, "configuration error: ", CONFIGURATION),
    RULE(ANY, STARTS, "watchdog timeout", WATCHDOG),
};

static bool matches(const struct rule *r, uint8_t daemon, const struct ms_cursor *c)
{
    if (r->daemon != ANY && r->daemon != daemon)
        return false;
    return r->how == STARTS ? ms_cursor_at(c, r->text, r->n) : ms_find_text(c->p, c->end, r->text, r->n) != NULL;
}

/* The first NAME[ADDR] of the text, if there is one: limits, hostname and syntax warnings name the client so. Behind
 * `address `, hostname warnings have it bare. */
static struct ms_endpoint find_peer(struct ms_cursor c)
{
    struct ms_cursor at = {MS_FIND(c.p, c.end, " does not resolve to address "), c.end};
    if (at.p) {
        at.p += 29;
        const char *gai = MS_FIND(at.p, at.end, ": ");
        struct ms_span ip = ms_span_of(at.p, (size_t)((gai ? gai : at.end) - at.p));
        if (ms_ip_valid(ip))
            return (struct ms_endpoint){.ip = ip, .port = MS_NONE};
        return ms_endpoint_none();
    }
    const char *open = ms_find_char(c.p, c.end, '[');
    const char *close = open ? ms_find_char(open, c.end, ']') : NULL;
    if (!close)
        return ms_endpoint_none();
    const char *begin = open;
    while (begin > c.p && begin[-1] != ' ')
        begin--;
    struct ms_cursor token = {begin, c.end};
    struct ms_span peer = ms_read_until(&token, ' ');
    while (peer.n > 0 && (peer.p[peer.n - 1] == ':' || peer.p[peer.n - 1] == ','))
        peer.n--;
    struct ms_endpoint e = ms_endpoint_of(peer);
    return e.ip.p ? e : ms_endpoint_none();
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

bool ms_postfix_warning(struct ms_postfix_line *l)
{
    struct ms_event *e = l->e;
    if (e->daemon == MS_D_SMTPD && read_sasl(l))
        return true;
    if (read_corrupt(l))
        return true;
    enum ms_kind_id kind = by_severity(e->severity);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (!matches(&rules[i], e->daemon, &l->body))
            continue;
        kind = rules[i].kind;
        break;
    }
    (void)ms_postfix_event(e, kind);
    e->u.event.client = find_peer(l->body);
    return true;
}
