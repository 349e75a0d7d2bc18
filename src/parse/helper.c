#include "parse/helper.h"

#include <strings.h>

#include "parse/exim_id.h"
#include "parse/queue_id.h"

enum helper {
    NO_HELPER,
    AMAVIS,
    RSPAMD,
    OPENDKIM,
    OPENDMARC,
    POLICYD_SPF,
    POSTGREY,
    SPAMD,
    CLAMAV_MILTER,
    DOVECOT,
    CYRUS,
    SASLAUTHD,
    MAILSCANNER,
    MIMEDEFANG,
    PROCMAIL,
    SYSLOG,
    MAILBOX_DAEMON,
    COURIER,
    VPOPMAIL,
    N_HELPERS
};

static const struct {
    bool (*read)(struct ms_helper_line *l); /* NULL: knows no line of its own */
    enum ms_kind_id other;
} helpers[N_HELPERS] = {
    [AMAVIS] = {ms_helper_amavis, MS_K_AMAVIS_OTHER},
    [RSPAMD] = {ms_helper_rspamd, MS_K_RSPAMD_OTHER},
    [OPENDKIM] = {ms_helper_opendkim, MS_K_OPENDKIM_OTHER},
    [OPENDMARC] = {ms_helper_opendmarc, MS_K_OPENDMARC_OTHER},
    [POLICYD_SPF] = {ms_helper_policyd_spf, MS_K_POLICYD_SPF_OTHER},
    [POSTGREY] = {ms_helper_postgrey, MS_K_POSTGREY_OTHER},
    [SPAMD] = {ms_helper_spamd, MS_K_SPAMD_OTHER},
    [CLAMAV_MILTER] = {ms_helper_clamav_milter, MS_K_CLAMAV_MILTER_OTHER},
    [DOVECOT] = {ms_helper_dovecot, MS_K_DOVECOT_OTHER},
    [CYRUS] = {ms_helper_cyrus, MS_K_CYRUS_OTHER},
    [SASLAUTHD] = {ms_helper_saslauthd, MS_K_SASLAUTHD_OTHER},
    [MAILSCANNER] = {ms_helper_mailscanner, MS_K_MAILSCANNER_OTHER},
    [MIMEDEFANG] = {ms_helper_mimedefang, MS_K_MIMEDEFANG_OTHER},
    [PROCMAIL] = {NULL, MS_K_PROCMAIL_OTHER},
    [SYSLOG] = {ms_helper_syslog, MS_K_SYSLOG_OTHER},
    [MAILBOX_DAEMON] = {ms_helper_mailbox_daemon, MS_K_OTHER},
    [COURIER] = {ms_helper_courier, MS_K_COURIER_OTHER},
    [VPOPMAIL] = {ms_helper_vpopmail, MS_K_VPOPMAIL_OTHER},
};

/* Whole tags; one that ends in `*` is a beginning. */
static const struct {
    const char *tag;
    uint8_t helper;
} tags[] = {
    {"amavis", AMAVIS},
    {"amavisd", AMAVIS},
    {"amavisd-new", AMAVIS},
    {"amavis/*", AMAVIS},
    {"rspamd", RSPAMD},
    {"rspamd_proxy", RSPAMD},
    {"opendkim", OPENDKIM},
    {"opendmarc", OPENDMARC},
    {"policyd-spf", POLICYD_SPF},
    {"postfix/policy-spf", POLICYD_SPF},
    {"postfix/policyd-spf", POLICYD_SPF},
    {"policy-spf", POLICYD_SPF},
    {"postgrey", POSTGREY},
    {"spamd", SPAMD},
    {"clamav-milter", CLAMAV_MILTER},
    {"dovecot", DOVECOT},
    {"cyrus/*", CYRUS},
    {"lmtp", CYRUS},
    {"lmtpd", CYRUS},
    {"lmtpunix", CYRUS},
    {"imap", CYRUS},
    {"imaps", CYRUS},
    {"pop3", CYRUS},
    {"pop3s", CYRUS},
    {"saslauthd", SASLAUTHD},
    {"MailScanner", MAILSCANNER},
    {"mimedefang", MIMEDEFANG},
    {"mimedefang.pl", MIMEDEFANG},
    {"mimedefang-multiplexor", MIMEDEFANG},
    {"procmail", PROCMAIL},
    {"rsyslogd", SYSLOG},
    {"rsyslogd-*", SYSLOG},
    {"systemd-journald", SYSLOG},
    {"systemd-journal", SYSLOG},
    {"journal", SYSLOG},
    {"syslog-ng", SYSLOG},
    {"imap-login", DOVECOT}, /* in a log file of Dovecot's own */
    {"pop3-login", DOVECOT},
    {"submission-login", DOVECOT},
    {"managesieve-login", DOVECOT},
    {"imapd", MAILBOX_DAEMON},
    {"pop3d", MAILBOX_DAEMON},
    {"imapd-ssl", COURIER},
    {"pop3d-ssl", COURIER},
    {"courier*", COURIER},
    {"vpopmail", VPOPMAIL},
};

uint8_t ms_helper_of(struct ms_span tag)
{
    if (tag.n > 1 && tag.p[0] == '/') { /* `/usr/sbin/amavisd-new`: under the path that it was started by */
        const char *slash = memrchr(tag.p, '/', tag.n);
        tag = ms_span_of(slash + 1, (size_t)(tag.p + tag.n - slash - 1));
        if (ms_span_starts(tag, "post"))
            return ms_span_is(tag, "postgrey") ? POSTGREY : NO_HELPER;
    }
    for (size_t i = 0; tag.p != NULL && i < sizeof tags / sizeof *tags; i++) {
        size_t n = strlen(tags[i].tag);
        bool begins = tags[i].tag[n - 1] == '*';
        if (begins ? tag.n >= n && memcmp(tag.p, tags[i].tag, n - 1) == 0 : ms_span_is(tag, tags[i].tag))
            return tags[i].helper;
    }
    return NO_HELPER;
}

void ms_helper_parse(const struct ms_tag *tag, struct ms_event *e)
{
    struct ms_helper_line l = {.e = e, .tag = tag->tag, .body = ms_cursor_of(e->text)};
    if (helpers[tag->helper].read != NULL && helpers[tag->helper].read(&l))
        return;
    (void)ms_helper_event(e, helpers[tag->helper].other);
}

/* ---- what the readers share ---- */

static void name(struct ms_event *e, enum ms_kind_id kind)
{
    e->kind = (uint16_t)kind;
    e->role = (uint8_t)ms_kinds[kind].role;
}

bool ms_helper_verdict(struct ms_event *e, enum ms_kind_id kind)
{
    name(e, kind);
    memset(&e->u.verdict, 0, sizeof e->u.verdict);
    e->u.verdict.took_ms = MS_NONE;
    return true;
}

bool ms_helper_login(struct ms_event *e, enum ms_kind_id kind, bool ok)
{
    name(e, kind);
    memset(&e->u.login, 0, sizeof e->u.login);
    e->u.login.client = ms_endpoint_none();
    e->u.login.ok = ok;
    return true;
}

bool ms_helper_event(struct ms_event *e, enum ms_kind_id kind)
{
    name(e, kind);
    e->u.event = ms_event_peer_none();
    return true;
}

static bool is_alnum(char c)
{
    return ms_is_digit(c) || (unsigned char)((c | 32) - 'a') < 26;
}

/* sendmail: letters, then digits of a process: 8 to 16 of both, the last five digits. */
static size_t sendmail_id_length(const char *p, const char *end)
{
    size_t n = 0;
    while (n < 17 && p + n < end && is_alnum(p[n]))
        n++;
    if (n < 8 || n > 16)
        return 0;
    for (size_t i = n - 5; i < n; i++)
        if (!ms_is_digit(p[i]))
            return 0;
    return n;
}

size_t ms_helper_queue_id_length(const char *p, const char *end)
{
    size_t n = ms_exim_id_length(p, (size_t)(end - p));
    if (n > 0)
        return n;
    n = ms_queue_id_length(p, (size_t)(end - p));
    return n > 0 && (p + n == end || !is_alnum(p[n])) ? n : sendmail_id_length(p, end);
}

bool ms_helper_skip_queue_id(struct ms_helper_line *l)
{
    struct ms_cursor *c = &l->body;
    size_t n = ms_helper_queue_id_length(c->p, c->end);
    if (n == 0 || ms_cursor_left(c) < n + 2 || c->p[n] != ':' || c->p[n + 1] != ' ')
        return false;
    l->e->queue_id = ms_span_of(c->p, n);
    c->p += n + 2;
    return true;
}

const char *ms_find_only(const char *p, const char *end, const char *literal, size_t n)
{
    const char *at = ms_find_text(p, end, literal, n);
    return at != NULL && ms_find_text(at + 1, end, literal, n) == NULL ? at : NULL;
}

struct ms_span ms_helper_word(struct ms_cursor *c)
{
    const char *from = c->p;
    while (c->p < c->end && *c->p != ' ' && *c->p != ',' && *c->p != ';')
        c->p++;
    return ms_span_of(from, (size_t)(c->p - from));
}

struct ms_span ms_helper_number(struct ms_cursor *c)
{
    const char *from = c->p;
    bool any = false;
    for (c->p += c->p < c->end && (*c->p == '-' || *c->p == '+'); c->p < c->end && (ms_is_digit(*c->p) || *c->p == '.');
         c->p++)
        any |= ms_is_digit(*c->p);
    if (!any)
        c->p = from;
    return any ? ms_span_of(from, (size_t)(c->p - from)) : MS_SPAN_NULL;
}

struct ms_span ms_helper_ip(struct ms_cursor *c)
{
    const char *from = c->p, *p = from;
    while (p < c->end && (is_alnum(*p) || *p == '.' || *p == ':' || *p == '%'))
        p++;
    struct ms_span ip = ms_span_of(from, (size_t)(p - from));
    if (!ms_ip_valid(ip))
        return MS_SPAN_NULL;
    c->p = p;
    return ip;
}

struct ms_span ms_helper_message_id(struct ms_span id)
{
    static const char *const none[] = {"", "undef", "unspecified", "(unknown)", "unknown"};
    if (id.n >= 2 && id.p[0] == '<' && id.p[id.n - 1] == '>')
        id = ms_span_of(id.p + 1, id.n - 2);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (id.p != NULL && ms_span_is(id, none[i]))
            return MS_SPAN_NULL;
    return id;
}

struct ms_span ms_helper_result(struct ms_span word)
{
    static const char *const results[] = {"pass",  "fail",      "softfail",  "neutral", "none",
                                          "error", "temperror", "permerror", "unknown"};
    for (size_t i = 0; i < sizeof results / sizeof *results; i++)
        if (word.n == strlen(results[i]) && strncasecmp(word.p, results[i], word.n) == 0)
            return ms_span_str(results[i]);
    return MS_SPAN_NULL;
}

/* ---- lists of recipients ---- */

static bool goes_on_as_list(const char *p, const char *end)
{
    return p == end || (*p == ',' && (p + 1 == end || p[1] == '<'));
}

bool ms_verdict_next_recipient(struct ms_span *list, struct ms_span *recipient)
{
    struct ms_cursor c = ms_cursor_of(*list);
    if (list->p == NULL || c.p == c.end)
        return false;
    if (*c.p != '<' || !ms_read_address(&c, goes_on_as_list, recipient)) {
        const char *from = c.p;
        if (*from == '"') /* a quoted local part may hold a comma */
            for (c.p++; c.p < c.end && *c.p != '"'; c.p++)
                c.p += *c.p == '\\' && c.p + 1 < c.end;
        const char *comma = ms_find_char(c.p, c.end, ',');
        c.p = comma ? comma : c.end;
        *recipient = ms_span_of(from, (size_t)(c.p - from));
    }
    if (c.p < c.end)
        c.p++;
    *list = ms_cursor_rest(&c);
    return true;
}
