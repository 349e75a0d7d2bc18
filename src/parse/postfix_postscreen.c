/* postscreen: many clients per process, so that each line names its peer as [ADDR]:PORT (postfix-log-lines.md 2.5). */
#include "parse/postfix.h"

/* How the line goes on behind its first words. */
enum where { PEER_NEXT, PEER_AFTER_FROM, PEER_FOR, NO_PEER };

struct rule {
    const char *starts;
    uint32_t n;
    enum ms_kind_id kind;
    enum where where;
};
#define RULE(text, kind, where)                                                                                        \
    {                                                                                                                  \
        text, sizeof(text) - 1, MS_K_POSTSCREEN_##kind, where                                                          \
    }

static const struct rule rules[] = {
    RULE("CONNECT from ", CONNECT, PEER_NEXT),
    RULE("PASS OLD ", PASS, PEER_NEXT),
    RULE("PASS NEW ", PASS, PEER_NEXT),
    RULE("DISCONNECT ", DISCONNECT, PEER_NEXT),
    RULE("WHITELISTED ", ALLOWLISTED, PEER_NEXT),
    RULE("ALLOWLISTED ", ALLOWLISTED, PEER_NEXT),
    RULE("BLACKLISTED ", DENYLISTED, PEER_NEXT),
    RULE("DENYLISTED ", DENYLISTED, PEER_NEXT),
    RULE("WHITELIST VETO ", ALLOWLIST_VETO, PEER_NEXT),
    RULE("ALLOWLIST VETO ", ALLOWLIST_VETO, PEER_NEXT),
    RULE("DNSBL rank ", DNSBL, PEER_FOR),
    RULE("PREGREET ", PREGREET, PEER_AFTER_FROM),
    RULE("HANGUP after ", HANGUP, PEER_AFTER_FROM),
    RULE("COMMAND PIPELINING ", PIPELINING, PEER_AFTER_FROM),
    RULE("NON-SMTP COMMAND ", NON_SMTP, PEER_AFTER_FROM),
    RULE("BARE NEWLINE ", BARE_NEWLINE, PEER_AFTER_FROM),
    RULE("COMMAND TIME LIMIT ", COMMAND_LIMIT, PEER_AFTER_FROM),
    RULE("COMMAND COUNT LIMIT ", COMMAND_LIMIT, PEER_AFTER_FROM),
    RULE("COMMAND LENGTH LIMIT ", COMMAND_LIMIT, PEER_AFTER_FROM),
    RULE("DATA without valid RCPT ", NO_RECIPIENT, PEER_AFTER_FROM),
    RULE("BDAT without valid RCPT ", NO_RECIPIENT, PEER_AFTER_FROM),
    RULE("PENALTY ", PENALTY, PEER_FOR),
    RULE("entering STRESS mode ", STRESS, NO_PEER),
    RULE("leaving STRESS mode ", STRESS, NO_PEER),
};

static struct ms_span read_peer(struct ms_cursor *c)
{
    struct ms_span peer = ms_read_until(c, ' ');
    if (peer.n > 0 && peer.p[peer.n - 1] == ':')
        peer.n--;
    return peer;
}

static bool apply(struct ms_postfix_line *l, const struct rule *r)
{
    struct ms_cursor c = {l->body.p + r->n, l->body.end};
    if (r->where == NO_PEER)
        return ms_postfix_event(l->e, r->kind);
    if (r->where != PEER_NEXT) {
        const char *at = r->where == PEER_FOR ? MS_FIND(c.p, c.end, "for ") : MS_FIND(c.p, c.end, "from ");
        if (!at)
            return ms_postfix_event(l->e, r->kind);
        c.p = at + (r->where == PEER_FOR ? 4 : 5);
    }
    int64_t count = MS_NONE;
    struct ms_cursor number = {l->body.p + r->n, l->body.end};
    if (r->where == PEER_FOR || r->kind == MS_K_POSTSCREEN_PREGREET)
        (void)ms_read_number(&number, &count);
    /* PENALTY names a bare address, which an endpoint would take for a host name. */
    struct ms_span peer = read_peer(&c);
    (void)ms_postfix_event_peer(l->e, r->kind, peer);
    if (ms_ip_valid(peer))
        l->e->u.event.client = (struct ms_endpoint){.ip = peer, .port = MS_NONE};
    l->e->u.event.count = count;
    return true;
}

/* 2.8 wrote `reject: connect from PEER: all screening ports busy` without NOQUEUE; the grammar is the same. */
bool ms_postfix_postscreen(struct ms_postfix_line *l)
{
    struct ms_cursor *c = &l->body;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (ms_cursor_at(c, rules[i].starts, rules[i].n))
            return apply(l, &rules[i]);
    }
    if (MS_AT(c, "reject: "))
        return ms_postfix_reject(l, MS_TAIL_COMMA);
    if (MS_AT(c, "cache "))
        return ms_postfix_event(l->e, MS_K_CACHE_CLEANUP);
    const char *colon = c->p < c->end && *c->p == '[' ? MS_FIND(c->p, c->end, ": ") : NULL;
    if (!colon)
        return false;
    struct ms_cursor rest = {colon + 2, c->end};
    struct ms_span peer = ms_span_of(c->p, (size_t)(colon - c->p));
    if (MS_AT(&rest, "replacing command "))
        return ms_postfix_event_peer(l->e, MS_K_POSTSCREEN_REPLACE_COMMAND, peer);
    if (!MS_AT(&rest, "discarding EHLO keywords: "))
        return false;
    struct ms_cursor address = {c->p + 1, colon}; /* `[ADDR]PORT`: a colon is missing there */
    struct ms_span ip = ms_read_until(&address, ']');
    (void)ms_postfix_event(l->e, MS_K_POSTSCREEN_EHLO_KEYWORDS);
    l->e->u.event.client.ip = ms_ip_valid(ip) ? ip : MS_SPAN_NULL;
    return true;
}
