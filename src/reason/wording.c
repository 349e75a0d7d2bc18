#include "reason/wording.h"

#include <string.h>

#define NOT_FOUND UINT32_MAX

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static struct ms_span behind(struct ms_span s, uint32_t n)
{
    return (struct ms_span){s.p + n, s.n - n};
}

static uint32_t find(struct ms_span s, const char *what)
{
    const char *at = s.n ? memmem(s.p, s.n, what, strlen(what)) : NULL;
    return at ? (uint32_t)(at - s.p) : NOT_FOUND;
}

/* ---- what stands in front of the words, and behind ---- */

static bool skip_literal(struct ms_span *s, const char *literal)
{
    bool there = ms_span_starts(*s, literal);
    if (there)
        *s = behind(*s, (uint32_t)strlen(literal));
    return there;
}

/* host H[A] said: , host H[A] refused to talk to me: */
static bool skip_speaker(struct ms_span *s, struct ms_wording *w)
{
    struct ms_span rest = *s;
    if (!skip_literal(&rest, "host "))
        return false;
    const char *blank = memchr(rest.p, ' ', rest.n);
    if (blank == NULL)
        return false;
    rest = behind(rest, (uint32_t)(blank + 1 - rest.p));
    if (skip_literal(&rest, "refused to talk to me: "))
        w->stage = MS_SPAN_LIT("CONNECT");
    else if (!skip_literal(&rest, "said: "))
        return false;
    *s = rest;
    return true;
}

static bool skip_verification(struct ms_span *s)
{
    static const char *const words[] = {"unverified address: ", "undeliverable address: "};
    for (int i = 0; i < 2; i++) {
        uint32_t at = find(*s, words[i]), n = (uint32_t)strlen(words[i]);
        if (at != NOT_FOUND && at + n < s->n) {
            *s = behind(*s, at + n);
            return true;
        }
    }
    return false;
}

static struct ms_span take_reply_to(struct ms_span s, struct ms_wording *w)
{
    static const struct {
        const char *command, *stage;
    } commands[] = {{"MAIL FROM", "MAIL"}, {"RCPT TO", "RCPT"}, {"end of DATA", "END-OF-MESSAGE"}, {"DATA", "DATA"},
                    {"EHLO", "EHLO"},      {"HELO", "HELO"},    {"STARTTLS", "STARTTLS"},          {"AUTH", "AUTH"}};
    static const char in_reply[] = " (in reply to ";
    if (s.n == 0 || s.p[s.n - 1] != ')')
        return s;
    uint32_t from = s.n > 80 ? s.n - 80 : 0, at = NOT_FOUND;
    for (uint32_t next; (next = find(behind(s, from), in_reply)) != NOT_FOUND; from = at + 1)
        at = from + next; /* the last one: the server may have said such words, too */
    if (at == NOT_FOUND)
        return s;
    struct ms_span command = behind(s, at + (uint32_t)sizeof in_reply - 1);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (ms_span_starts(command, commands[i].command)) {
            w->stage = ms_span_str(commands[i].stage);
            break;
        }
    return (struct ms_span){s.p, at};
}

/* ---- codes ---- */

static uint32_t number_length(struct ms_span s)
{
    uint32_t n = 0;
    while (n < s.n && n < 3 && is_digit(s.p[n]))
        n++;
    return n;
}

/* "550" or "550-" or "550 " at the beginning: 3; else 0. */
static uint32_t code_length(struct ms_span s)
{
    bool code = number_length(s) == 3 && s.p[0] >= '2' && s.p[0] <= '5' && (s.n == 3 || s.p[3] == ' ' || s.p[3] == '-');
    return code ? 3 : 0;
}

static int32_t code_number(struct ms_span s)
{
    return (s.p[0] - '0') * 100 + (s.p[1] - '0') * 10 + (s.p[2] - '0');
}

/* "5.1.1 " at the beginning, with the blank; else 0. */
static uint32_t dsn_length(struct ms_span s)
{
    uint32_t at = 0;
    for (int part = 0; part < 3; part++) {
        uint32_t n = number_length(behind(s, at));
        if (n == 0 || at + n >= s.n || s.p[at + n] != (part < 2 ? '.' : ' '))
            return 0;
        at += n + 1;
    }
    return at;
}

/* "mx.example.net " or "mx.example.net: " that the server begins with; 0 if more than a name does not follow. */
static uint32_t server_name_length(struct ms_span s)
{
    uint32_t n = 0, dots = 0, letters = 0;
    for (; n < s.n && (is_alnum(s.p[n]) || s.p[n] == '-' || s.p[n] == '.'); n++) {
        dots += s.p[n] == '.';
        letters += !is_digit(s.p[n]) && s.p[n] != '.';
    }
    if (dots == 0 || letters == 0 || s.p[n - 1] == '.')
        return 0;
    n += n < s.n && s.p[n] == ':';
    return n + 1 < s.n && s.p[n] == ' ' ? n + 1 : 0;
}

/* ---- the words ---- */

static void put(struct ms_wording *w, char c)
{
    if (w->n < sizeof w->text && !(c == ' ' && (w->n == 0 || w->text[w->n - 1] == ' ')))
        w->text[w->n++] = c;
}

static void put_span(struct ms_wording *w, struct ms_span s)
{
    for (uint32_t i = 0; i < s.n; i++)
        put(w, s.p[i]);
}

static bool at_word(const struct ms_wording *w)
{
    return w->n == 0 || w->text[w->n - 1] == ' ';
}

/* How much of s, which begins with '<', up to its '>' is an address or name; 0: something else. */
static uint32_t angle_length(struct ms_span s)
{
    uint32_t n = 1;
    if (n < s.n && s.p[n] == '"') { /* a quoted local part may hold anything */
        for (n++; n < s.n && s.p[n] != '"'; n++)
            n += s.p[n] == '\\';
        if (n >= s.n)
            n = 1;
    }
    for (; n < s.n && n < 600 && s.p[n] != '>'; n++)
        if (s.n - n > 3 && memcmp(s.p + n, "://", 3) == 0)
            return 0;
    if (n >= s.n || s.p[n] != '>')
        return 0;
    struct ms_span inside = {s.p + 1, n - 1};
    bool line_end = ms_span_is(inside, "LF") || ms_span_is(inside, "CR") || ms_span_is(inside, "CRLF");
    return line_end ? 0 : n + 1;
}

static bool is_local_part_byte(char c)
{
    return (unsigned char)c > ' ' && strchr("<>()[]\"',;:", c) == NULL;
}

/* The local part that was put before its '@' is taken back; gives how much of s (from the '@' on) is the address. */
static uint32_t put_address(struct ms_wording *w, struct ms_span s)
{
    uint32_t n = 1;
    while (w->n > 0 && is_local_part_byte(w->text[w->n - 1]))
        w->n--;
    while (n < s.n && (is_alnum(s.p[n]) || s.p[n] == '-' || s.p[n] == '.' || s.p[n] == '_' || (s.p[n] & 0x80)))
        n++;
    while (n > 1 && s.p[n - 1] == '.') /* the end of a sentence */
        n--;
    put(w, '@');
    return n;
}

static uint32_t ipv4_length(struct ms_span s)
{
    uint32_t at = 0;
    for (int part = 0; part < 4; part++) {
        uint32_t n = number_length(behind(s, at));
        if (n == 0 || (part < 3 && (at + n >= s.n || s.p[at + n] != '.')))
            return 0;
        at += n + (part < 3);
    }
    return at < s.n && (is_alnum(s.p[at]) || s.p[at] == '-') ? 0 : at;
}

/* Five digits and more: a size, a time, an id. */
static uint32_t long_number_length(struct ms_span s)
{
    uint32_t n = 0;
    while (n < s.n && is_digit(s.p[n]))
        n++;
    return n >= 5 ? n : 0;
}

/* Of the hexadecimal digits and colons behind '[', if they end with ']'. */
static uint32_t ipv6_length(struct ms_span s)
{
    uint32_t n = ms_span_starts(s, "IPv6:") ? 5 : 0, colons = 0;
    for (; n < s.n && n < 50 && s.p[n] != ']'; n++) {
        char c = s.p[n];
        if (!is_digit(c) && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F') && c != ':' && c != '.')
            return 0;
        colons += c == ':';
    }
    return n < s.n && s.p[n] == ']' && colons >= 2 ? n : 0;
}

/* The codes at the beginning stay; those of the lines that follow are only noise between the words. */
static uint32_t continuation_length(const struct ms_wording *w, struct ms_span s)
{
    uint32_t n = at_word(w) ? code_length(s) : 0;
    if (n == 0 || n >= s.n || s.p[n] != '-' || code_number(s) != w->reply_code)
        return 0;
    n++;
    return n + dsn_length(behind(s, n));
}

/* How much of s was dealt with as one piece; 0: its first byte is an ordinary one. */
static uint32_t put_piece(struct ms_wording *w, struct ms_span s)
{
    uint32_t n = 0;
    char c = s.p[0];
    if (c == '<') {
        n = angle_length(s);
        if (n > 0)
            put_span(w, MS_SPAN_LIT("<>"));
    } else if (c == '@') {
        n = put_address(w, s);
    } else if (c == '[') {
        n = ipv6_length(behind(s, 1));
        if (n > 0)
            put_span(w, MS_SPAN_LIT("[#")), n++;
    } else if (c == '?' && s.n > 1 && s.p[1] == '?') { /* CR LF */
        put(w, ' ');
        n = 2;
    } else if (is_digit(c) && !(w->n > 0 && (is_alnum(w->text[w->n - 1]) || strchr("._", w->text[w->n - 1])))) {
        n = continuation_length(w, s);
        if (n == 0 && ((n = ipv4_length(s)) > 0 || (n = long_number_length(s)) > 0))
            put(w, '#');
    }
    return n;
}

/* The ordinary bytes at the beginning of s, which put_piece would not look at. */
static uint32_t put_ordinary(struct ms_wording *w, struct ms_span s)
{
    uint32_t n = 0, room = (uint32_t)sizeof w->text - w->n, most = s.n < room ? s.n : room;
    while (n < most && ((s.p[n] >= 'A' && s.p[n] <= 'Z') || (s.p[n] >= 'a' && s.p[n] <= 'z')))
        n++;
    memcpy(w->text + w->n, s.p, n);
    w->n += n;
    return n;
}

static struct ms_span put_codes(struct ms_wording *w, struct ms_span s)
{
    uint32_t n = code_length(s);
    if (n > 0) {
        w->reply_code = code_number(s);
        put_span(w, (struct ms_span){s.p, 3});
        put(w, ' ');
        s = behind(s, s.n > 3 ? 4 : 3);
    }
    uint32_t dsn = dsn_length(s);
    put_span(w, (struct ms_span){s.p, dsn});
    s = behind(s, dsn);
    return n > 0 || dsn > 0 ? behind(s, server_name_length(s)) : s;
}

static bool ends(const struct ms_wording *w, const char *with)
{
    size_t n = strlen(with);
    return w->n >= n && memcmp(w->text + w->n - n, with, n) == 0;
}

/* `... x1-20020a05 - gsmtp`, `... [AM0EUR02FT012.eop-EUR02.prod.protection.outlook.com 2024-...]` */
static void drop_ids(struct ms_wording *w)
{
    if (ends(w, " - gsmtp")) {
        w->n -= (uint32_t)strlen(" - gsmtp");
        const char *blank = memrchr(w->text, ' ', w->n);
        if (blank && memchr(blank, '-', (size_t)(w->text + w->n - blank)))
            w->n = (uint32_t)(blank - w->text);
    } else if (ends(w, "]")) {
        const char *open = memrchr(w->text, '[', w->n);
        if (open && memmem(open, (size_t)(w->text + w->n - open), ".outlook.com", 12))
            w->n = (uint32_t)(open - w->text);
    }
    while (w->n > 0 && w->text[w->n - 1] == ' ')
        w->n--;
}

void ms_wording_make(struct ms_wording *w, struct ms_span text)
{
    w->n = 0;
    w->reply_code = 0;
    w->stage = MS_SPAN_NULL;
    struct ms_span s = text.n > MS_REASON_TEXT_MAX ? (struct ms_span){text.p, MS_REASON_TEXT_MAX} : text;
    s = take_reply_to(s, w);
    while (skip_literal(&s, "delivery temporarily suspended: ") || skip_speaker(&s, w) || skip_verification(&s))
        ;
    /* qmail writes _ for blanks */
    bool underscores = s.n > 0 && memchr(s.p, ' ', s.n) == NULL;
    s = put_codes(w, s);
    while (s.n > 0) {
        uint32_t n = put_ordinary(w, s);
        if (n == 0)
            n = put_piece(w, s);
        if (n == 0) {
            char c = s.p[0];
            put(w, (unsigned char)c <= ' ' || c == 0x7f || (underscores && c == '_') ? ' ' : c);
            n = 1;
        }
        s = behind(s, n);
    }
    drop_ids(w);
}
