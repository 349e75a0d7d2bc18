/* What stands in front of qmail-smtpd (qmail-log-lines.md 3): tcpserver, rblsmtpd, and the patches and proxies that refuse. */
#include "parse/qmail.h"

static void new_reject(struct ms_event *e, enum ms_kind_id kind, const char *stage, struct ms_span text)
{
    ms_qmail_name(e, kind);
    memset(&e->u.reject, 0, sizeof e->u.reject);
    e->u.reject.action = MS_SPAN_LIT("reject");
    e->u.reject.stage = ms_span_str(stage);
    e->u.reject.client = ms_endpoint_none();
    e->u.reject.reply_code = MS_NONE;
    e->u.reject.text = text;
}

/* `[HOST]:IP:` in the middle of tcpserver's `ok` and `deny` lines; an IPv6 address makes more colons, and is not taken. */
static struct ms_span remote_ip(struct ms_cursor c)
{
    (void)ms_read_until(&c, ' ');
    (void)MS_SKIP(&c, " ");
    (void)ms_read_until(&c, ':');
    (void)MS_SKIP(&c, ":");
    return ms_read_until(&c, ':');
}

/* `pid P from IP`, `ok P LHOST:LIP:LPORT RHOST:RIP:RINFO:RPORT`, `deny ...`, `end P status S`, `status: N/LIMIT`, warnings */
static bool read_tcpserver(struct ms_cursor *c, struct ms_event *e)
{
    struct ms_span ip = MS_SPAN_NULL;
    bool opened = MS_SKIP(c, "pid ");
    bool judged = !opened && (MS_SKIP(c, "ok ") || MS_SKIP(c, "deny "));
    if (opened || judged) {
        (void)ms_qmail_number(c);
        if (opened && MS_SKIP(c, " from "))
            ip = ms_cursor_rest(c);
        else if (judged && MS_SKIP(c, " "))
            ip = remote_ip(*c);
    }
    return ms_qmail_event(e, MS_K_QMAIL_TCPSERVER, ip);
}

/* `IP pid P[ LIST]: CODE TEXT` */
static bool read_rblsmtpd(struct ms_cursor *c, struct ms_event *e)
{
    struct ms_span ip = ms_read_until(c, ' ');
    if (!ms_ip_valid(ip) || !MS_SKIP(c, " pid ") || ms_qmail_number(c).p == NULL)
        return false;
    struct ms_span list = MS_SPAN_NULL;
    if (MS_SKIP(c, " ")) {
        list = ms_read_until(c, ' ');
        if (list.n == 0 || list.p[list.n - 1] != ':')
            return false;
        list.n--;
    } else if (!MS_SKIP(c, ":")) {
        return false;
    }
    if (!MS_SKIP(c, " "))
        return false;
    new_reject(e, MS_K_QMAIL_RBLSMTPD, "CONNECT", ms_cursor_rest(c));
    e->u.reject.client.ip = ip;
    e->u.reject.blocklist = list.n > 0 ? list : MS_SPAN_NULL;
    e->u.reject.reply_code = ms_read_reply_code(c);
    return true;
}

/* `421 badiprbl: ip IP rbl: NAME` */
static bool read_badiprbl(struct ms_cursor *c, struct ms_event *e)
{
    struct ms_span text = ms_cursor_rest(c);
    int64_t code = ms_read_reply_code(c);
    if (code == MS_NONE || !MS_SKIP(c, " badiprbl: ip "))
        return false;
    struct ms_span ip = ms_read_until(c, ' ');
    new_reject(e, MS_K_QMAIL_BADIPRBL, "CONNECT", text);
    e->u.reject.reply_code = code;
    e->u.reject.client.ip = ms_ip_valid(ip) ? ip : MS_SPAN_NULL;
    if (MS_SKIP(c, " rbl: "))
        e->u.reject.blocklist = ms_cursor_rest(c);
    return true;
}

/* `literal` if it stands just once. */
static const char *find_single(const char *p, const char *end, const char *literal)
{
    size_t n = strlen(literal);
    const char *at = ms_find_text(p, end, literal, n);
    return at != NULL && ms_find_text(at + 1, end, literal, n) == NULL ? at : NULL;
}

struct chkuser {
    struct ms_span helo, name, ip, recipient;
};

/* `> remote <HELO:NAME:IP> rcpt <R> : TEXT`. All that the brackets hold comes from the client: as the signs between them are
 * always there, one that stands twice has been imitated, and nothing is told. */
static struct chkuser read_chkuser_peer(const struct ms_cursor *c)
{
    struct chkuser out = {MS_SPAN_NULL, MS_SPAN_NULL, MS_SPAN_NULL, MS_SPAN_NULL};
    const char *remote = find_single(c->p, c->end, "> remote <"), *rcpt = find_single(c->p, c->end, "> rcpt <");
    const char *over = find_single(c->p, c->end, "> : ");
    if (remote == NULL || rcpt == NULL || over == NULL || rcpt < remote + 10 || over < rcpt + 8)
        return out;
    /* From the right: HELO may hold colons, a host's name does not, nor does an IPv4 address. */
    const char *from = remote + 10, *ip = memrchr(from, ':', (size_t)(rcpt - from));
    const char *name = ip ? memrchr(from, ':', (size_t)(ip - from)) : NULL;
    if (name != NULL && ms_ip_valid(ms_span_of(ip + 1, (size_t)(rcpt - ip - 1)))) {
        out.ip = ms_span_of(ip + 1, (size_t)(rcpt - ip - 1));
        out.name = ip > name + 1 ? ms_span_of(name + 1, (size_t)(ip - name - 1)) : MS_SPAN_NULL;
        out.helo = name > from ? ms_span_of(from, (size_t)(name - from)) : MS_SPAN_NULL;
    }
    if (over > rcpt + 8)
        out.recipient = ms_span_of(rcpt + 8, (size_t)(over - rcpt - 8));
    return out;
}

/* `TITLE: from <S...> remote <...> rcpt <R> : TEXT`. */
static bool read_chkuser(struct ms_cursor *c, struct ms_event *e)
{
    struct ms_span text = ms_cursor_rest(c), title = ms_read_until(c, ':');
    struct chkuser peer = read_chkuser_peer(c);
    if (!ms_span_starts(title, "rejected "))
        return ms_qmail_event(e, MS_K_QMAIL_CHKUSER, peer.ip);
    bool is_sender = ms_span_starts(title, "rejected sender");
    new_reject(e, MS_K_QMAIL_CHKUSER_REJECTED, is_sender ? "MAIL" : "RCPT", text);
    e->u.reject.client.ip = peer.ip;
    e->u.reject.client.name = peer.name;
    e->u.reject.helo = peer.helo;
    e->u.reject.recipient = peer.recipient;
    if (!MS_SKIP(c, ": from <"))
        return true;
    /* A sender with a space or `>` in it would be between quotes, or is none. */
    const char *gt = ms_find_char(c->p, c->end, '>'), *colon = ms_find_char(c->p, gt ? gt : c->p, ':');
    const char *bar = ms_find_char(c->p, gt ? gt : c->p, '|'), *stop = bar ? bar : colon;
    if (stop != NULL && !ms_find_char(c->p, stop, '"') && !ms_find_char(c->p, stop, ' '))
        e->u.reject.sender = ms_span_of(c->p, (size_t)(stop - c->p));
    return true;
}

/* `NAME: VALUE` of spamdyke's line, up to the next blank. */
static struct ms_span value_of(const struct ms_cursor *c, const char *name)
{
    size_t n = strlen(name);
    const char *at = ms_find_text(c->p, c->end, name, n);
    if (at == NULL)
        return MS_SPAN_NULL;
    struct ms_cursor r = {at + n, c->end};
    struct ms_span value = ms_read_until(&r, ' ');
    return value.n == 0 || value.p[0] == '(' ? MS_SPAN_NULL : value; /* `(unknown)`, `(empty)` */
}

/* `DENIED_RULE from: S to: R origin_ip: IP origin_rdns: N auth: U encryption: E reason: T` */
static bool read_spamdyke(struct ms_cursor *c, struct ms_event *e)
{
    static const char *const words[] = {"ALLOWED", "DENIED_", "TIMEOUT", "TLS_ENCRYPTED"};
    struct ms_span text = ms_cursor_rest(c);
    size_t i = 0;
    while (i < 4 && !ms_span_starts(text, words[i]))
        i++;
    if (i == 4 || !MS_FIND(c->p, c->end, " origin_ip: "))
        return false;
    /* Twice: an address imitates it, and nothing is told. */
    const char *first = MS_FIND(c->p, c->end, " origin_ip: ");
    bool doubtful = MS_FIND(first + 1, c->end, " origin_ip: ") != NULL;
    struct ms_span ip = doubtful ? MS_SPAN_NULL : value_of(c, " origin_ip: ");
    if (i != 1)
        return ms_qmail_event(e, MS_K_QMAIL_SPAMDYKE, ip);
    new_reject(e, MS_K_QMAIL_SPAMDYKE_DENIED, NULL, text);
    if (doubtful)
        return true;
    e->u.reject.client.ip = ms_ip_valid(ip) ? ip : MS_SPAN_NULL;
    e->u.reject.client.name = value_of(c, " origin_rdns: ");
    e->u.reject.sender = value_of(c, " from: ");
    e->u.reject.recipient = value_of(c, " to: ");
    e->u.reject.sasl_username = value_of(c, " auth: ");
    return true;
}

bool ms_qmail_front(struct ms_cursor *c, struct ms_event *e)
{
    if (MS_SKIP(c, "tcpserver: "))
        return read_tcpserver(c, e);
    if (MS_SKIP(c, "rblsmtpd: "))
        return read_rblsmtpd(c, e);
    if (MS_SKIP(c, "qmail-smtpd: "))
        return read_badiprbl(c, e) || ms_qmail_event(e, MS_K_QMAIL_OTHER, MS_SPAN_NULL);
    if (MS_AT(c, "simscan:[") || MS_AT(c, "policy_check: "))
        return ms_qmail_event(e, MS_K_QMAIL_OTHER, MS_SPAN_NULL);
    if (MS_SKIP(c, "CHKUSER "))
        return read_chkuser(c, e);
    struct ms_cursor own = *c; /* `spamdyke[PID]: `, where multilog keeps what it says */
    if (MS_SKIP(&own, "spamdyke[") && ms_qmail_number(&own).p != NULL && MS_SKIP(&own, "]: "))
        *c = own;
    return read_spamdyke(c, e);
}
