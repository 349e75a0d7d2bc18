#include "parse/exim.h"

/* ---- small values ---- */

const char *ms_exim_quote_end(const char *p, const char *end)
{
    for (; p < end && *p != '"'; p++)
        if (*p == '\\')
            p++;
    return p < end ? p : NULL;
}

int64_t ms_exim_duration_ms(struct ms_span s)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'w', 604800000}, {'d', 86400000}, {'h', 3600000}, {'m', 60000}, {'s', 1000}};
    struct ms_cursor c = ms_cursor_of(s);
    int64_t sum = 0;
    size_t next = 0; /* greater units come first */
    if (s.n == 0 || s.n > 40)
        return MS_NONE;
    while (c.p < c.end) {
        int64_t ms;
        if (!ms_is_digit(*c.p) || !ms_read_delay_ms_plain(&c, &ms) || c.p == c.end || ms > 100000000000)
            return MS_NONE;
        while (next < 5 && units[next].unit != *c.p)
            next++;
        if (next == 5)
            return MS_NONE;
        sum += ms / 1000 * units[next].ms + ms % 1000 * units[next].ms / 1000;
        next++;
        c.p++;
    }
    return sum;
}

void ms_exim_tls(struct ms_span x, struct ms_span *version, struct ms_span *cipher)
{
    *version = *cipher = MS_SPAN_NULL;
    const char *end = x.p + x.n, *first = ms_find_char(x.p, end, ':');
    if (x.n == 0 || first == NULL || first == x.p)
        return;
    const char *last = memrchr(first + 1, ':', (size_t)(end - first - 1));
    *version = ms_span_of(x.p, (size_t)(first - x.p));
    *cipher = ms_span_of(first + 1, (size_t)((last ? last : end) - first - 1));
}

/* ---- hosts ---- */

/* `[IP]`, perhaps `:PORT`, at p: what stands behind, or NULL. */
static const char *skip_address(const char *p, const char *end)
{
    if (p == end || *p != '[')
        return NULL;
    const char *close = ms_find_char(p, end, ']');
    if (close == NULL || !ms_ip_valid(ms_span_of(p + 1, (size_t)(close - p - 1))))
        return NULL;
    const char *q = close + 1;
    if (end - q > 1 && *q == ':' && ms_is_digit(q[1]))
        for (q++; q < end && ms_is_digit(*q);)
            q++;
    return q;
}

/* In front of the '[': `NAME `, `NAME (HELO) `, `(HELO) `, nothing; NAME may have ` DS` behind it. */
static bool read_names(const char *p, const char *open, struct ms_span *helo)
{
    *helo = MS_SPAN_NULL;
    if (p == open)
        return true;
    if (open[-1] != ' ')
        return false;
    const char *end = open - 1, *q = p;
    while (q < end && *q != ' ' && *q != '(')
        q++;
    if (q == end)
        return q > p;
    if (*q == ' ' && end - q == 3 && memcmp(q, " DS", 3) == 0)
        return q > p;
    q += *q == ' ';
    if (*q != '(' || end[-1] != ')' || end - q < 2)
        return false;
    *helo = ms_span_of(q + 1, (size_t)(end - q - 2));
    return true;
}

bool ms_exim_read_host(struct ms_cursor *c, const char *from, struct ms_exim_host *out)
{
    const char *start = c->p;
    for (const char *open = from ? from : start; (open = ms_find_char(open, c->end, '[')) != NULL; open++) {
        const char *behind = skip_address(open, c->end);
        if (behind == NULL || !read_names(start, open, &out->helo))
            continue;
        out->token = ms_span_of(start, (size_t)(behind - start));
        c->p = behind;
        return true;
    }
    return false;
}

/* ---- items ---- */

/* By length first: a line has a dozen of them. */
static enum ms_exim_key key_of(struct ms_span word)
{
    static const struct {
        char word[3];
        uint8_t key;
    } pairs[] = {{"CV", MS_EXIM_CV}, {"Ci", MS_EXIM_CI}, {"DN", MS_EXIM_DN}, {"DT", MS_EXIM_DT}, {"QT", MS_EXIM_QT}};
    static const uint8_t letters[26] = {
        ['A' - 'A'] = MS_EXIM_A + 1, ['C' - 'A'] = MS_EXIM_C + 1, ['D' - 'A'] = MS_EXIM_D + 1,
        ['F' - 'A'] = MS_EXIM_F + 1, ['H' - 'A'] = MS_EXIM_H + 1, ['I' - 'A'] = MS_EXIM_I + 1,
        ['P' - 'A'] = MS_EXIM_P + 1, ['R' - 'A'] = MS_EXIM_R + 1, ['S' - 'A'] = MS_EXIM_S + 1,
        ['T' - 'A'] = MS_EXIM_T + 1, ['U' - 'A'] = MS_EXIM_U + 1, ['X' - 'A'] = MS_EXIM_X + 1};
    unsigned letter = (unsigned char)(word.p[0] - 'A');
    if (word.n == 1)
        return letter < 26 && letters[letter] > 0 ? (enum ms_exim_key)(letters[letter] - 1) : MS_EXIM_OTHER;
    for (size_t i = 0; word.n == 2 && i < sizeof pairs / sizeof *pairs; i++)
        if (memcmp(word.p, pairs[i].word, 2) == 0)
            return (enum ms_exim_key)pairs[i].key;
    return ms_span_is(word, "DKIM") ? MS_EXIM_DKIM : MS_EXIM_OTHER;
}

static bool follows_address(const char *p, const char *end)
{
    return p == end || *p == ' ' || *p == ':';
}

/* `NAME[ DS] [IP]:PORT*` of a server, which no stranger has named. */
static bool read_server(struct ms_cursor *c, struct ms_span *out)
{
    struct ms_exim_host host;
    if (!ms_exim_read_host(c, NULL, &host) || host.helo.p != NULL)
        return false;
    *out = host.token;
    (void)MS_SKIP(c, "*"); /* the connection was used before */
    return true;
}

/* The value behind `KEY=`; false if it is not closed. */
static bool read_value(struct ms_cursor *c, enum ms_exim_key key, struct ms_span *out)
{
    if (key == MS_EXIM_H)
        return read_server(c, out);
    if (c->p < c->end && *c->p == '"') {
        const char *close = ms_exim_quote_end(c->p + 1, c->end);
        if (close == NULL || (close + 1 < c->end && close[1] != ' ' && close[1] != ':'))
            return false;
        *out = ms_span_of(c->p + 1, (size_t)(close - c->p - 1));
        c->p = close + 1;
        return true;
    }
    if (c->p < c->end && *c->p == '<')
        return ms_read_address(c, follows_address, out);
    *out = ms_read_until(c, ' ');
    /* `DT=0s: the reason` */
    if ((key == MS_EXIM_DT || key == MS_EXIM_T || key == MS_EXIM_R || key == MS_EXIM_I || key == MS_EXIM_CV ||
         key == MS_EXIM_X || key == MS_EXIM_U || key == MS_EXIM_OTHER) &&
        out->n > 0 && out->p[out->n - 1] == ':') {
        out->n--;
        c->p--;
    }
    return true;
}

static bool is_capital(char ch)
{
    return (unsigned char)(ch - 'A') < 26;
}

/* One item; false leaves the cursor where it is. */
static bool read_item(struct ms_cursor *c, struct ms_exim_items *items)
{
    struct ms_cursor r = *c;
    if (!MS_SKIP(&r, " ") || r.p == r.end || !is_capital(*r.p))
        return false;
    const char *word = r.p;
    while (r.p < r.end && (is_capital(*r.p) || ms_is_digit(*r.p) || *r.p == '*' || *r.p == 'i'))
        r.p++;
    struct ms_span name = ms_span_of(word, (size_t)(r.p - word)), value;
    if (name.n > 5)
        return false;
    if (!MS_SKIP(&r, "=")) { /* K, L, PRDR, TFO, DSN, DS: a lone word, perhaps in front of the reason */
        if (r.p < r.end && *r.p != ' ' && !MS_AT(&r, ": "))
            return false;
        *c = r;
        return true;
    }
    enum ms_exim_key key = key_of(name);
    if (!read_value(&r, key, &value))
        return false;
    if (key != MS_EXIM_OTHER) {
        items->odd |= items->of[key].p != NULL && key != MS_EXIM_DKIM;
        items->of[key] = value;
    }
    *c = r;
    return true;
}

void ms_exim_read_items(struct ms_cursor *c, struct ms_exim_items *items)
{
    while (read_item(c, items)) {
    }
}

enum { HOSTS_MAX = 16 }; /* a line with more hosts in it is hostile */

bool ms_exim_read_peer(struct ms_cursor *c, ms_exim_follow_fn goes_on, struct ms_exim_host *host,
                       struct ms_exim_items *items)
{
    static const struct ms_exim_items none;
    const char *from = NULL;
    bool found = false;
    struct ms_cursor start = *c;
    for (int i = 0; i < HOSTS_MAX; i++) {
        struct ms_cursor r = start;
        struct ms_exim_host h;
        struct ms_exim_items its = none;
        if (!ms_exim_read_host(&r, from, &h))
            return found;
        from = r.p;
        ms_exim_read_items(&r, &its);
        if (!goes_on(&r))
            continue;
        if (found) {
            host->token = host->helo = MS_SPAN_NULL;
            return true;
        }
        found = true;
        *host = h;
        *items = its;
        *c = r;
    }
    return found;
}
