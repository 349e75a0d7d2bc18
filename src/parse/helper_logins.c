/* Logins that Courier and vpopmail tell of. */
#include "parse/helper.h"

/* An IPv4 address as IPv6 sockets show it. */
static struct ms_span plain_ip(struct ms_span ip)
{
    if (ms_span_starts(ip, "::ffff:") && memchr(ip.p + 7, ':', ip.n - 7) == NULL)
        ip = ms_span_of(ip.p + 7, ip.n - 7);
    return ms_ip_valid(ip) ? ip : MS_SPAN_NULL;
}

/* ---- Courier: LOGIN, user=U, ip=[IP], port=[P], protocol=IMAP; LOGIN FAILED, user=U, ip=[IP] ---- */

bool ms_helper_courier(struct ms_helper_line *l)
{
    struct ms_cursor c = l->body;
    bool ok = MS_SKIP(&c, "LOGIN, ");
    if (!ok && !MS_SKIP(&c, "LOGIN FAILED, "))
        return false;
    (void)ms_helper_login(l->e, ok ? MS_K_COURIER_LOGIN : MS_K_COURIER_LOGIN_FAILED, ok);
    const char *ip = MS_FIND_ONLY(c.p, c.end, ", ip=[");
    if (ip == NULL)
        return true;
    if (MS_SKIP(&c, "user=") && c.p < ip)
        l->e->u.login.username = ms_span_of(c.p, (size_t)(ip - c.p));
    else if (MS_SKIP(&c, "method="))
        l->e->u.login.method = ms_span_of(c.p, (size_t)(ip - c.p));
    c.p = ip + 6;
    l->e->u.login.client.ip = plain_ip(ms_read_until(&c, ']'));
    return true;
}

/* ---- vpopmail: vchkpw-SERVICE: [(METHOD) ]login success USER:IP ---- */

static const struct {
    const char *words;
    bool ok;
} results[] = {
    {"login success ", true},        {"vpopmail user not found ", false},        {"password fail ", false},
    {"null password given ", false}, {"invalid user/domain characters ", false}, {"No user found ", false},
};

/* `[(pass: 'P') ]USER:IP`: the password, as the user, is what the client sent. */
static void read_user(struct ms_cursor c, struct ms_event *e)
{
    const char *colon = memrchr(c.p, ':', ms_cursor_left(&c));
    if (colon == NULL)
        return;
    e->u.login.client.ip = plain_ip(ms_span_of(colon + 1, (size_t)(c.end - colon - 1)));
    if (MS_AT(&c, "(pass: ")) {
        const char *close = MS_FIND_ONLY(c.p, colon, "') ");
        if (close == NULL)
            return;
        c.p = close + 3;
    }
    if (c.p < colon && memchr(c.p, ' ', (size_t)(colon - c.p)) == NULL)
        e->u.login.username = ms_span_of(c.p, (size_t)(colon - c.p));
}

bool ms_helper_vpopmail(struct ms_helper_line *l)
{
    struct ms_cursor c = l->body;
    struct ms_span service = ms_read_until(&c, ':'), method = MS_SPAN_NULL;
    if (!ms_span_starts(service, "vchkpw") || !MS_SKIP(&c, ": "))
        return false;
    if (MS_SKIP(&c, "(")) {
        method = ms_read_until(&c, ')');
        if (!MS_SKIP(&c, ") "))
            return false;
    }
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        struct ms_cursor words = c;
        if (!ms_cursor_skip(&c, results[i].words, strlen(results[i].words)))
            continue;
        (void)ms_helper_login(l->e, results[i].ok ? MS_K_VPOPMAIL_LOGIN : MS_K_VPOPMAIL_LOGIN_FAILED, results[i].ok);
        l->e->u.login.method = method;
        if (!results[i].ok)
            l->e->u.login.reason = ms_span_of(words.p, strlen(results[i].words) - 1);
        read_user(c, l->e);
        return true;
    }
    return false;
}

bool ms_helper_mailbox_daemon(struct ms_helper_line *l)
{
    return ms_helper_courier(l) || ms_helper_cyrus(l);
}
