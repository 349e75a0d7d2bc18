#include "parse/prefix.h"

#include <strings.h>

#include "parse/envelope.h"
#include "parse/fields.h"
#include "parse/header.h"
#include "parse/rfc5424.h"

enum { MAX_LAYERS = 4, MAX_WORDS = 4, NAME_MAX_LENGTH = 128, PATH_MAX_LENGTH = 256, QUOTE_MAX_LENGTH = 64 };

static bool is_letter(char c)
{
    return (unsigned char)((c | 32) - 'a') < 26;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && is_blank(*p))
        p++;
    return p;
}

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && ms_is_digit(*p))
        p++;
    return p;
}

static bool is_weekday(const char *p, size_t n)
{
    static const char *const names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    for (size_t i = 0; n == 3 && i < sizeof names / sizeof *names; i++)
        if (memcmp(p, names[i], 3) == 0)
            return true;
    return false;
}

/* ---- stamps that stamp.c does not read ---- */

/* Months as strftime writes them where the terminal speaks another language, in UTF-8 or Latin-1; English ones are stamp.c's. None
 * of these words is another month elsewhere. */
static const struct {
    const char *name;
    int month;
} months[] = {
    {"janv.", 1},
    {"ene", 1},
    {"gen", 1},
    {"feb.", 2},
    {"févr.", 2},
    {"f\xE9vr.", 2},
    {"fev", 2},
    {"Mär", 3},
    {"M\xE4r", 3},
    {"mars", 3},
    {"mrt", 3},
    {"avril", 4},
    {"abr", 4},
    {"Mai", 5},
    {"mai", 5},
    {"mag", 5},
    {"mei", 5},
    {"maj", 5},
    {"juin", 6},
    {"giu", 6},
    {"juil.", 7},
    {"lug", 7},
    {"août", 8},
    {"ao\xFBt", 8},
    {"ago", 8},
    {"sept.", 9},
    {"set", 9},
    {"Okt", 10},
    {"okt", 10},
    {"oct.", 10},
    {"ott", 10},
    {"out", 10},
    {"nov.", 11},
    {"Dez", 12},
    {"dez", 12},
    {"déc.", 12},
    {"d\xE9"
     "c.",
     12},
    {"dic", 12},
    {"янв", 1},
    {"фев", 2},
    {"мар", 3},
    {"апр", 4},
    {"май", 5},
    {"июн", 6},
    {"июл", 7},
    {"авг", 8},
    {"сен", 9},
    {"окт", 10},
    {"ноя", 11},
    {"дек", 12},
    {"1月", 1},
    {"2月", 2},
    {"3月", 3},
    {"4月", 4},
    {"5月", 5},
    {"6月", 6},
    {"7月", 7},
    {"8月", 8},
    {"9月", 9},
    {"10月", 10},
    {"11月", 11},
    {"12月", 12},
};

/* `Okt 05 10:00:00`: read with the month's English name in its place. */
static bool read_foreign_stamp(struct ms_span text, struct ms_stamp *out)
{
    static const char english[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char copy[40];
    for (size_t i = 0; i < sizeof months / sizeof *months; i++) {
        uint32_t n = (uint32_t)strlen(months[i].name), rest = text.n > n ? text.n - n : 0;
        if (rest == 0 || memcmp(text.p, months[i].name, n) != 0 || text.p[n] != ' ')
            continue;
        rest = rest < sizeof copy - 3 ? rest : (uint32_t)sizeof copy - 3;
        memcpy(copy, english + (months[i].month - 1) * 3, 3);
        memcpy(copy + 3, text.p + n, rest);
        if (!ms_stamp_read(NULL, ms_span_of(copy, 3 + rest), out) || out->n_bytes == 3 + rest)
            return false;
        out->n_bytes += n - 3;
        return true;
    }
    return false;
}

/* `1704445200.123456 `: seconds since 1970, of this century. */
static bool read_unix_stamp(struct ms_span text, struct ms_stamp *out)
{
    const char *end = text.p + text.n, *point = skip_digits(text.p, end), *stop;
    int64_t seconds = 0, fraction = 0;
    if (point - text.p < 9 || point - text.p > 10 || point == end || *point != '.')
        return false;
    stop = skip_digits(point + 1, end);
    if (stop - point != 7 || stop == end || *stop != ' ')
        return false;
    for (const char *p = text.p; p < point; p++)
        seconds = seconds * 10 + (*p - '0');
    for (const char *p = point + 1; p < stop; p++)
        fraction = fraction * 10 + (*p - '0');
    *out = (struct ms_stamp){
        .us = seconds * 1000000 + fraction, .has_year = MS_STAMP_WHOLE, .n_bytes = (uint32_t)(stop - text.p)};
    return true;
}

static bool read_stamp(struct ms_span text, struct ms_stamp *out)
{
    return ms_stamp_read(NULL, text, out) || read_unix_stamp(text, out) || read_foreign_stamp(text, out);
}

/* ---- what stands in front; each gives back its length, 0 if it is not there ---- */

/* Colours of a terminal: ESC [ 36 m. */
static size_t colour_length(struct ms_span t)
{
    size_t at = 0;
    while (t.n - at >= 3 && t.p[at] == '\x1b' && t.p[at + 1] == '[') {
        size_t stop = at + 2;
        while (stop < t.n && stop - at < 16 && (ms_is_digit(t.p[stop]) || t.p[stop] == ';'))
            stop++;
        if (stop == t.n || t.p[stop] != 'm')
            return at;
        at = stop + 1;
    }
    return at;
}

/* `mail-1  | ` */
static size_t container_length(struct ms_span t)
{
    const char *p = t.p, *end = t.p + t.n;
    while (p < end && p - t.p < NAME_MAX_LENGTH && (is_letter(*p) || ms_is_digit(*p) || strchr("_.-", *p) != NULL) &&
           *p)
        p++;
    const char *bar = skip_blanks(p, end);
    if (p == t.p || bar == p || bar == end || *bar != '|')
        return 0;
    bar++;
    bar += colour_length(ms_span_of(bar, (size_t)(end - bar)));
    return bar < end && *bar == ' ' ? (size_t)(bar + 1 - t.p) : 0;
}

/* `[pod/mail-0/postfix] ` */
static size_t pod_length(struct ms_span t)
{
    if (!ms_span_starts(t, "[pod/"))
        return 0;
    const char *close = memchr(t.p, ']', t.n < PATH_MAX_LENGTH ? t.n : PATH_MAX_LENGTH);
    size_t n = close ? (size_t)(close + 1 - t.p) : 0;
    return n > 0 && n < t.n && t.p[n] == ' ' && memchr(t.p, ' ', n) == NULL ? n + 1 : 0;
}

/* Blanks, `> `, `| `, `* `, `- `, and numbers of lines before a tab. */
static size_t quote_length(struct ms_span t)
{
    const char *p = t.p, *end = t.p + (t.n < QUOTE_MAX_LENGTH ? t.n : QUOTE_MAX_LENGTH);
    while (p < end &&
           (is_blank(*p) || *p == '>' || *p == '|' || ((*p == '*' || *p == '-') && p + 1 < end && p[1] == ' ')))
        p++;
    const char *number = skip_digits(p, end);
    if (number > p && number < end && *number == '\t')
        p = number + 1;
    return (size_t)(p - t.p);
}

/* `Fri ` before a date. */
static size_t weekday_length(struct ms_span t)
{
    size_t comma = t.n > 3 && t.p[3] == ',';
    return t.n > 4 + comma && is_weekday(t.p, 3) && t.p[3 + comma] == ' ' ? 4 + comma : 0;
}

/* `214 ` before `<22>1 `: the length of a message, as TCP has it. */
static size_t count_length(struct ms_span t)
{
    const char *stop = skip_digits(t.p, t.p + (t.n < 8 ? t.n : 8));
    size_t n = (size_t)(stop - t.p);
    return n > 0 && n + 1 < t.n && *stop == ' ' && stop[1] == '<' ? n + 1 : 0;
}

static size_t pri_length(struct ms_span t)
{
    unsigned pri;
    return ms_envelope_read_pri(t, &pri);
}

static bool begins_line(struct ms_span t)
{
    struct ms_stamp stamp;
    t = ms_span_of(t.p + pri_length(t), t.n - pri_length(t));
    return read_stamp(t, &stamp);
}

/* `mail.log:`, `/var/log/mail.log:12:`, `12:`, `mail.log-12-`: to the first sign behind which a line begins. */
static size_t grep_length(struct ms_span t)
{
    for (uint32_t i = 0; i + 1 < t.n && i < PATH_MAX_LENGTH && t.p[i] != ' '; i++) {
        if (i == 0 || (t.p[i] != ':' && t.p[i] != '-'))
            continue;
        size_t blank = t.p[i + 1] == ' ' || t.p[i + 1] == '\t';
        if (begins_line(ms_span_of(t.p + i + 1 + blank, t.n - i - 1 - blank)))
            return i + 1 + blank;
    }
    return 0;
}

static size_t layer_length(struct ms_span t)
{
    static size_t (*const layers[])(struct ms_span) = {colour_length,  container_length, pod_length, quote_length,
                                                       weekday_length, count_length,     pri_length, grep_length};
    size_t n = 0;
    for (size_t i = 0; n == 0 && t.n > 0 && i < sizeof layers / sizeof *layers; i++)
        n = layers[i](t);
    return n;
}

/* ---- words between stamp and host ---- */

/* Zones whose names mean one offset only. */
static const struct {
    const char *name;
    int hours;
} zones[] = {{"UTC", 0},  {"GMT", 0}, {"WET", 0},  {"WEST", 1}, {"CET", 1},
             {"CEST", 2}, {"EET", 2}, {"EEST", 3}, {"MSK", 3},  {"JST", 9}};

/* A zone's name behind a clock; other names in capitals are some zone, of which nothing is known: local time. */
static bool is_zone(struct ms_span word, int *hours, bool *is_known)
{
    *is_known = false;
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        if (!ms_span_is(word, zones[i].name))
            continue;
        *hours = zones[i].hours;
        *is_known = true;
        return true;
    }
    bool is_capital = word.n >= 3 && word.n <= 5;
    for (uint32_t i = 0; i < word.n; i++)
        is_capital &= (unsigned char)(word.p[i] - 'A') < 26;
    return is_capital && word.p[word.n - 1] == 'T'; /* EST, PDT, AEST: but no host MX1 */
}

static bool is_one_of(struct ms_span word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (word.n == strlen(list[i]) && strncasecmp(word.p, list[i], word.n) == 0)
            return true;
    return false;
}

/* `mail.info` in front of the host. */
static bool is_facility(struct ms_span word)
{
    static const char *const facilities[] = {"kern",   "user",   "mail",   "daemon", "auth",     "syslog", "lpr",
                                             "news",   "uucp",   "cron",   "ftp",    "authpriv", "local0", "local1",
                                             "local2", "local3", "local4", "local5", "local6",   "local7"};
    static const char *const severities[] = {"emerg",   "alert", "crit",   "critical", "err",  "error",
                                             "warning", "warn",  "notice", "info",     "debug"};
    const char *point = word.n ? memchr(word.p, '.', word.n) : NULL;
    if (point == NULL)
        return false;
    struct ms_span severity = ms_span_of(point + 1, (size_t)(word.p + word.n - point - 1));
    return is_one_of(ms_span_of(word.p, (size_t)(point - word.p)), facilities,
                     sizeof facilities / sizeof *facilities) &&
           is_one_of(severity, severities, sizeof severities / sizeof *severities);
}

static struct ms_span word_at(const char *p, const char *end)
{
    const char *stop = p;
    while (stop < end && stop - p < PATH_MAX_LENGTH && !is_blank(*stop))
        stop++;
    return ms_span_of(p, (size_t)(stop - p));
}

/* `stdout F ` (CRI), gives back what follows. */
static const char *skip_stream(const char *p, const char *end)
{
    struct ms_cursor c = {p, end};
    return MS_SKIP(&c, "stdout F ") || MS_SKIP(&c, "stderr F ") ? c.p : p;
}

static void apply_zone(struct ms_stamp *stamp, int hours)
{
    if (stamp->has_year != MS_STAMP_LOCAL)
        return;
    stamp->us -= (int64_t)hours * 3600 * 1000000;
    stamp->has_year = MS_STAMP_WHOLE;
}

/* Behind a relay's or a container runtime's stamp there is another one, which the program's own host has written: the better one,
 * but where it lacks the zone that the outer one has. */
static const char *take_inner(const char *p, const char *end, struct ms_prefixed *out)
{
    struct ms_stamp inner;
    p += pri_length(ms_span_of(p, (size_t)(end - p)));
    struct ms_span rest = ms_span_of(p, (size_t)(end - p));
    if (!read_stamp(rest, &inner))
        return NULL;
    out->line = rest;
    if (out->stamp.has_year != MS_STAMP_WHOLE || inner.has_year == MS_STAMP_WHOLE) {
        out->stamp = inner;
        out->has_outer = false;
    } else {
        out->has_outer = true;
    }
    return skip_blanks(p + inner.n_bytes, end);
}

/* From the stamp to the host. */
static void read_words(struct ms_span text, struct ms_prefixed *out)
{
    const char *end = text.p + text.n, *p = skip_blanks(text.p + out->stamp.n_bytes, end);
    for (int i = 0; i < MAX_WORDS; i++) {
        struct ms_span word = word_at(p, end);
        const char *next = skip_blanks(word.p + word.n, end), *stream = skip_stream(p, end), *inner;
        int hours;
        bool is_known;
        if (stream != p) {
            p = stream;
            out->line = ms_span_of(p, (size_t)(end - p));
            out->has_outer = true;
        } else if ((inner = take_inner(p, end, out)) != NULL) {
            p = inner;
        } else if (ms_header_is_name(word) && (inner = take_inner(next, end, out)) != NULL) {
            p = inner; /* the relay's name is not the host's */
            out->has_outer = false;
        } else if (is_facility(word)) {
            p = next;
        } else if (is_zone(word, &hours, &is_known)) {
            if (is_known)
                apply_zone(&out->stamp, hours);
            p = next;
        } else {
            break;
        }
    }
    out->rest = ms_span_of(p, (size_t)(end - p));
}

void ms_prefix_read(struct ms_span line, struct ms_prefixed *out)
{
    *out = (struct ms_prefixed){.line = line, .rest = MS_SPAN_NULL};
    for (int i = 0; i <= MAX_LAYERS; i++) {
        if (ms_rfc5424_is(ms_span_of(out->line.p + pri_length(out->line), out->line.n - pri_length(out->line))))
            return;
        if (read_stamp(out->line, &out->stamp)) {
            read_words(out->line, out);
            return;
        }
        size_t n = layer_length(out->line);
        if (n == 0)
            return;
        out->line = ms_span_of(out->line.p + n, out->line.n - n);
    }
}
