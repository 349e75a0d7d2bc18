#include "parse/hostless.h"

#include "parse/dialect.h"
#include "parse/exim_id.h"
#include "parse/fields.h"
#include "parse/header.h"
#include "parse/stamp.h"

/* ---- TAI64N: `@`, 16 hex digits of seconds, 8 of nanoseconds (daemontools, timestamp.c) ---- */

enum { TAI_DIGITS = 24 };
#define TAI_EPOCH UINT64_C(4611686018427387914) /* 2^62 and the ten seconds that daemontools never changes */

static int hex_digit(char ch)
{
    if (ms_is_digit(ch))
        return ch - '0';
    unsigned letter = (unsigned char)((ch | 0x20) - 'a');
    return letter < 6 ? (int)letter + 10 : -1;
}

static bool read_hex(const char *p, size_t n, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0)
            return false;
        *out = *out << 4 | (unsigned)digit;
    }
    return true;
}

bool ms_tai64n_read(const char digits[TAI_DIGITS], int64_t *us)
{
    uint64_t seconds, nanoseconds;
    const uint64_t latest = UINT64_C(253402300800); /* the year 10000 */
    if (!read_hex(digits, 16, &seconds) || !read_hex(digits + 16, 8, &nanoseconds))
        return false;
    if (seconds < TAI_EPOCH || seconds - TAI_EPOCH >= latest || nanoseconds >= 1000000000)
        return false;
    *us = (int64_t)(seconds - TAI_EPOCH) * 1000000 + (int64_t)nanoseconds / 1000;
    return true;
}

static bool read_multilog(struct ms_span line, struct ms_hostless *out)
{
    if (line.n < TAI_DIGITS + 1 || (line.n > TAI_DIGITS + 1 && line.p[TAI_DIGITS + 1] != ' ') ||
        !ms_tai64n_read(line.p + 1, &out->stamp_us))
        return false;
    out->has_year = MS_STAMP_WHOLE;
    out->text_at = line.n > TAI_DIGITS + 1 ? TAI_DIGITS + 2 : TAI_DIGITS + 1;
    if (ms_qmail_knows(ms_span_of(line.p + out->text_at, line.n - out->text_at)))
        out->tag = "qmail";
    return true;
}

/* ---- Exim ---- */

/* ` +0200 ` behind the stamp; its length without the last blank, 0 if there is none. */
static uint32_t read_zone(const char *p, const char *end, int64_t *offset_us)
{
    if (end - p < 7 || p[0] != ' ' || (p[1] != '+' && p[1] != '-') || p[6] != ' ')
        return 0;
    for (int i = 2; i < 6; i++)
        if (!ms_is_digit(p[i]))
            return 0;
    int64_t minutes = ((p[2] - '0') * 10 + (p[3] - '0')) * 60 + (p[4] - '0') * 10 + (p[5] - '0');
    *offset_us = minutes * 60000000 * (p[1] == '-' ? -1 : 1);
    return 6;
}

/* `[pid] ` or a message ID: what no syslog header has in this place. */
static bool is_surely_exim(struct ms_span text)
{
    struct ms_cursor c = ms_cursor_of(text);
    int64_t pid;
    size_t id = ms_exim_id_length(text.p, text.n);
    return (id > 0 && id < text.n && text.p[id] == ' ') ||
           (MS_SKIP(&c, "[") && ms_read_number(&c, &pid) && MS_AT(&c, "] "));
}

/* What a syslog header would make of the text; its host and tag may be the first words of a sentence. */
static bool has_header(struct ms_span text)
{
    struct ms_header h;
    int64_t number;
    ms_header_read(text, &h);
    if (h.reason != NULL || h.tag.p == NULL)
        return false;
    struct ms_cursor tag = ms_cursor_of(h.tag);
    bool is_number = ms_read_number(&tag, &number) && tag.p == tag.end; /* `pid 42: SIGHUP received` */
    return h.host.p != NULL && !is_number;
}

/* What tai64nlocal makes of a TAI64N stamp: nine decimals, local time; other tools write six. */
static bool read_tai64nlocal(struct ms_span line, const struct ms_stamp *stamp, struct ms_hostless *out)
{
    const uint32_t n_bytes = stamp->n_bytes;
    if ((n_bytes != sizeof "2026-11-21 17:28:14.123456789" - 1 && n_bytes != sizeof "2026-11-21 17:28:14.123456" - 1) ||
        line.n < n_bytes + 2)
        return false;
    if (!ms_qmail_knows(ms_span_of(line.p + n_bytes + 1, line.n - n_bytes - 1)))
        return false;
    *out = (struct ms_hostless){
        .tag = "qmail", .pid = MS_NONE, .stamp_us = stamp->us, .has_year = stamp->has_year, .text_at = n_bytes + 1};
    return true;
}

/* `#PID(WORKER) <TAG>; MODULE; FUNCTION: `, or `#PID(WORKER) rspamd_...` where there is no task */
static bool read_rspamd(struct ms_span line, const struct ms_stamp *stamp, struct ms_hostless *out)
{
    struct ms_cursor c = {line.p + stamp->n_bytes, line.p + line.n};
    int64_t pid;
    if (!MS_SKIP(&c, " #") || !ms_read_number(&c, &pid) || !MS_SKIP(&c, "("))
        return false;
    struct ms_span worker = ms_read_until(&c, ')');
    if (worker.n == 0 || worker.n > 32 || memchr(worker.p, ' ', worker.n) != NULL || !MS_SKIP(&c, ") "))
        return false;
    *out = (struct ms_hostless){.tag = "rspamd",
                                .stamp_us = stamp->us,
                                .has_year = stamp->has_year,
                                .pid = pid,
                                .text_at = (uint32_t)(c.p - line.p)};
    return true;
}

static bool read_exim(struct ms_span line, struct ms_hostless *out)
{
    struct ms_stamp stamp;
    int64_t offset_us = 0;
    if (line.p[4] != '-' || !ms_stamp_read(NULL, line, &stamp) || stamp.n_bytes + 2 > line.n)
        return false;
    if (read_tai64nlocal(line, &stamp, out) || read_rspamd(line, &stamp, out))
        return true;
    uint32_t at = stamp.n_bytes + read_zone(line.p + stamp.n_bytes, line.p + line.n, &offset_us);
    struct ms_span text = ms_span_of(line.p + at + 1, line.n - at - 1);
    bool is_exim = at > stamp.n_bytes || is_surely_exim(text) || (!has_header(text) && ms_exim_knows(text));
    if (!is_exim)
        return false;
    *out = (struct ms_hostless){.tag = "exim",
                                .pid = MS_NONE,
                                .stamp_us = stamp.us - offset_us,
                                .has_year = at > stamp.n_bytes ? MS_STAMP_WHOLE : stamp.has_year,
                                .text_at = at + 1};
    return true;
}

bool ms_hostless_read(struct ms_span line, struct ms_hostless *out)
{
    *out = (struct ms_hostless){.stamp_us = MS_NONE, .pid = MS_NONE};
    return line.p[0] == '@' ? read_multilog(line, out) : read_exim(line, out);
}

/* ---- log files of their own, with stamps of any form ---- */

static bool has_severity(const struct ms_cursor *c)
{
    static const char *const words[] = {": Info: ", ": Warning: ", ": Error: ", ": Debug: ", ": Fatal: ", ": Panic: "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (ms_find_text(c->p, c->end, words[i], strlen(words[i])) != NULL)
            return true;
    return false;
}

bool ms_hostless_is_dovecot(struct ms_span word)
{
    static const char *const services[] = {"lmtp(", "lda(",        "deliver(",     "imap(",           "pop3(",
                                           "auth(", "submission(", "managesieve(", "indexer-worker(", "doveadm("};
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (ms_span_starts(word, services[i]))
            return true;
    return false;
}

/* `[PID] info: `, `[PID] warn: ` */
static bool read_spamassassin(struct ms_cursor *c, int64_t *pid)
{
    struct ms_cursor r = *c;
    if (!MS_SKIP(&r, "[") || !ms_read_number(&r, pid) || !MS_SKIP(&r, "] "))
        return false;
    if (!MS_SKIP(&r, "info: ") && !MS_SKIP(&r, "warn: ") && !MS_SKIP(&r, "error: ") && !MS_SKIP(&r, "dbg: "))
        return false;
    *c = r;
    return true;
}

bool ms_hostless_read_own(struct ms_span text, struct ms_hostless *out)
{
    struct ms_cursor c = ms_cursor_of(text);
    out->pid = MS_NONE;
    if (ms_hostless_is_dovecot(text) && has_severity(&c))
        out->tag = "dovecot";
    else if (read_spamassassin(&c, &out->pid))
        out->tag = "spamd";
    else if (MS_SKIP(&c, "-> ") && (MS_AT(&c, "Message ") || MS_AT(&c, "Clean message ")))
        out->tag = "clamav-milter";
    else
        return false;
    out->text_at = (uint32_t)(c.p - text.p);
    return true;
}

/* `Envelope-from: <`, `Envelope-to: <`; a header behind a letter that tells what it is and a blank; the dashes at the end. */
bool ms_hostless_is_rejectlog(struct ms_span line)
{
    struct ms_cursor c = ms_cursor_of(line);
    if (MS_AT(&c, "Envelope-from: <") || MS_AT(&c, "Envelope-to: <"))
        return true;
    if (MS_AT(&c, "--------------------"))
        return true;
    if (line.n < 4 || line.p[1] != ' ' ||
        !(line.p[0] == ' ' || line.p[0] == '*' || (line.p[0] >= 'A' && line.p[0] <= 'Z')))
        return false;
    const char *p = line.p + 2, *end = line.p + line.n;
    while (p<end && * p> ' ' && *p < 127 && *p != ':')
        p++;
    return p > line.p + 2 && p < end && *p == ':';
}
