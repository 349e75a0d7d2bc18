/* What a syslog tag says about its writer (reference/postfix-log-lines.md 1.2). */
#include "parse/helper.h"
#include "parse/names.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct {
    const char *program;
    uint8_t daemon;
} postfix_daemons[] = {
    {"smtpd", MS_D_SMTPD},         {"cleanup", MS_D_CLEANUP},
    {"qmgr", MS_D_QMGR},           {"nqmgr", MS_D_QMGR},
    {"oqmgr", MS_D_QMGR},          {"smtp", MS_D_SMTP},
    {"lmtp", MS_D_LMTP},           {"local", MS_D_LOCAL},
    {"virtual", MS_D_VIRTUAL},     {"pipe", MS_D_PIPE},
    {"error", MS_D_ERROR},         {"retry", MS_D_RETRY},
    {"discard", MS_D_DISCARD},     {"bounce", MS_D_BOUNCE},
    {"pickup", MS_D_PICKUP},       {"postscreen", MS_D_POSTSCREEN},
    {"master", MS_D_MASTER},       {"qmqpd", MS_D_QMQPD},
    {"postsuper", MS_D_POSTSUPER},
};

static const char *const other_postfix_programs[] = {
    "anvil",    "dnsblog",   "flush",     "nbdb_reindexd", "post-install",   "postalias",        "postcat",
    "postconf", "postdrop",  "postfix",   "postkick",      "postlock",       "postlog",          "postlogd",
    "postmap",  "postmulti", "postqueue", "proxymap",      "postfix-script", "postmulti-script", "postfix-tls-script",
    "scache",   "sendmail",  "showq",     "spawn",         "tlsmgr",         "tlsproxy",         "trivial-rewrite",
    "verify",
};

/* Left parts of other systems whose programs share a name with one of Postfix. */
static const char *const foreign_labels[] = {"cyrus"};

/* syslog_processname; Debian's is exim4 in some versions. */
static const char *const exim_programs[] = {"exim", "exim4", "exim-in", "exim-out"};

/* What is given to splogger or logger as the tag; those of systemd units; spamdyke's own. (`smtpd` may be anybody's.) */
static const char *const qmail_programs[] = {"qmail", "qmail-send", "qmail-smtpd", "splogger", "spamdyke"};

static bool is_in(struct ms_span word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ms_span_is(word, list[i]))
            return true;
    return false;
}

/* MS_D_OTHER if Postfix has no such program. */
static uint8_t postfix_daemon(struct ms_span program)
{
    for (size_t i = 0; i < COUNT(postfix_daemons); i++)
        if (ms_span_is(program, postfix_daemons[i].program))
            return postfix_daemons[i].daemon;
    return is_in(program, other_postfix_programs, COUNT(other_postfix_programs)) ? MS_D_POSTFIX_OTHER : MS_D_OTHER;
}

/* Its names as it ships, and as Debian starts it; others show by their texts (dialect.h). */
static bool is_sendmail(struct ms_span tag)
{
    return tag.n >= 6 && (ms_span_starts(tag, "sendmail") || ms_span_starts(tag, "sm-")) &&
           memchr(tag.p, '/', tag.n) == NULL;
}

void ms_tag_describe(struct ms_span tag, struct ms_tag *out)
{
    *out = (struct ms_tag){.tag = tag, .program = tag, .daemon = MS_D_OTHER, .mta = MS_MTA_NONE};
    if (ms_span_is(tag, "postfix")) { /* the command postfix(1) itself, and whatever a cut left of its daemons */
        out->instance = tag;
        out->daemon = MS_D_POSTFIX_OTHER;
        out->mta = MS_MTA_POSTFIX;
        out->dialect = MS_DIALECT_POSTFIX;
        return;
    }
    if (is_in(tag, exim_programs, COUNT(exim_programs))) { /* its IDs are one space, whatever the name */
        out->daemon = MS_D_EXIM;
        out->mta = MS_MTA_EXIM;
        out->dialect = MS_DIALECT_EXIM;
        return;
    }
    if (is_in(tag, qmail_programs, COUNT(qmail_programs))) {
        out->daemon = MS_D_QMAIL;
        out->mta = MS_MTA_QMAIL;
        out->dialect = MS_DIALECT_QMAIL;
        return;
    }
    if (is_sendmail(tag)) {
        out->daemon = MS_D_SENDMAIL;
        out->mta = MS_MTA_SENDMAIL;
        out->dialect = MS_DIALECT_SENDMAIL;
        return;
    }
    out->helper = ms_helper_of(tag);
    if (out->helper != 0) { /* before Postfix: `postfix/policy-spf` is none of its daemons */
        const char *slash = memrchr(tag.p, '/', tag.n);
        if (slash != NULL)
            out->program = ms_span_of(slash + 1, (size_t)(tag.p + tag.n - slash - 1));
        out->daemon = MS_D_HELPER;
        out->dialect = MS_DIALECT_HELPER;
        return;
    }
    const char *last = tag.p ? memrchr(tag.p, '/', tag.n) : NULL;
    if (last == NULL)
        return; /* a bare `smtpd` may be anybody's */
    const char *end = tag.p + tag.n, *first = memchr(tag.p, '/', tag.n);
    out->program = ms_span_of(last + 1, (size_t)(end - last - 1));
    struct ms_span label = ms_span_of(tag.p, (size_t)(first - tag.p));
    uint8_t daemon = postfix_daemon(out->program);
    if (label.n == 0 &&
        ms_span_starts(out->program, "post")) { /* `/postfix-script`: a maillog_file's, of no instance */
        out->daemon = daemon;
        out->mta = daemon == MS_D_OTHER ? MS_MTA_NONE : MS_MTA_POSTFIX;
        out->dialect = daemon == MS_D_OTHER ? MS_DIALECT_NONE : MS_DIALECT_POSTFIX;
        return;
    }
    if (daemon == MS_D_OTHER || label.n == 0 || is_in(label, foreign_labels, COUNT(foreign_labels)))
        return;
    out->instance = label;
    if (last > first)
        out->service = ms_span_of(first + 1, (size_t)(last - first - 1));
    out->daemon = daemon;
    out->mta = MS_MTA_POSTFIX;
    out->dialect = MS_DIALECT_POSTFIX;
}
