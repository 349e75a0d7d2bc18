#include "parse/endpoint.h"

#include "parse/fields.h"

/* Behind one to three digits that are no more than 255, or NULL. */
static inline const char *skip_octet(const char *p, const char *end)
{
    if (p == end || !ms_is_digit(p[0]))
        return NULL;
    if (p + 1 == end || !ms_is_digit(p[1]))
        return p + 1;
    if (p + 2 == end || !ms_is_digit(p[2]))
        return p + 2;
    return p[0] * 100 + p[1] * 10 + p[2] <= '0' * 111 + 255 ? p + 3 : NULL;
}

static bool is_ipv4(const char *p, const char *end)
{
    for (int part = 0; part < 4; part++) {
        if (part > 0 && (p == end || *p++ != '.'))
            return false;
        if (!(p = skip_octet(p, end)))
            return false;
    }
    return p == end;
}

static bool is_hex(char ch)
{
    return ms_is_digit(ch) || (unsigned char)((ch | 0x20) - 'a') < 6;
}

static bool is_ipv6(const char *p, const char *end)
{
    int groups = 0;
    bool gap = false;
    if (end - p >= 2 && p[0] == ':' && p[1] == ':') {
        gap = true;
        p += 2;
    }
    while (p < end) {
        const char *start = p;
        while (p < end && is_hex(*p))
            p++;
        if (p < end && *p == '.') { /* the last 32 bits as a dotted quad */
            groups += 2;
            return is_ipv4(start, end) && (gap ? groups < 8 : groups == 8);
        }
        if (p == start || p - start > 4)
            return false;
        groups++;
        if (p == end)
            break;
        if (*p++ != ':' || p == end)
            return false;
        if (*p == ':') {
            if (gap)
                return false;
            gap = true;
            p++;
        }
    }
    return gap ? groups < 8 : groups == 8;
}

bool ms_ip_valid(struct ms_span s)
{
    if (s.n < 2 || s.n > 64)
        return false;
    const char *end = s.p + s.n;
    if (is_ipv4(s.p, end))
        return true;
    const char *scope = memchr(s.p, '%', s.n);
    if (scope && scope + 1 == end)
        return false;
    return is_ipv6(s.p, scope ? scope : end);
}

/* Takes `:PORT` behind the closing bracket off the token. */
static int64_t split_port(struct ms_span *token)
{
    const char *end = token->p + token->n, *p = end;
    int64_t port = 0;
    for (int64_t unit = 1; p > token->p && ms_is_digit(p[-1]) && unit <= 10000; unit *= 10)
        port += (*--p - '0') * unit;
    if (p == end || p - token->p < 2 || p[-1] != ':' || p[-2] != ']' || port > 65535)
        return MS_NONE;
    token->n = (uint32_t)(p - 1 - token->p);
    return port;
}

enum { QUAD_MAX = sizeof "[255.255.255.255" - 1 };

/* The '[' of a dotted quad that ends at `end`, read from the right; NULL if there is none (or it is no octet). Looks at
 * QUAD_MAX bytes at most. */
static inline const char *find_quad(const char *end)
{
    for (int part = 0; part < 4; part++) {
        unsigned ones = (unsigned char)(end[-1] - '0'), tens = (unsigned char)(end[-2] - '0');
        if (ones > 9)
            return NULL;
        end--;
        if (tens <= 9) {
            unsigned hundreds = (unsigned char)(end[-2] - '0');
            end--;
            if (hundreds <= 9) {
                if (hundreds * 100 + tens * 10 + ones > 255)
                    return NULL;
                end--;
            }
        }
        if (*--end != (part < 3 ? '.' : '['))
            return NULL;
    }
    return end;
}

/* Exim writes `NAME (HELO) [ADDR]`, as does sendmail without HELO. What the parentheses hold the peer has chosen. */
static struct ms_span name_before_blank(struct ms_span name)
{
    const char *end = name.p + name.n - 1;
    if (end > name.p && end[-1] == ')') {
        const char *open = ms_find_char(name.p, end, '(');
        end = open == NULL ? end : open > name.p && open[-1] == ' ' ? open - 1 : open;
    }
    return end > name.p ? ms_span_of(name.p, (size_t)(end - name.p)) : MS_SPAN_NULL;
}

static struct ms_span name_of(const char *from, const char *to)
{
    if (to == from)
        return MS_SPAN_NULL;
    struct ms_span name = ms_span_of(from, (size_t)(to - from));
    return to[-1] == ' ' ? name_before_blank(name) : name;
}

struct ms_endpoint ms_endpoint_of(struct ms_span token)
{
    struct ms_endpoint e = ms_endpoint_none();
    if (token.n == 0)
        return e;
    if (token.p[token.n - 1] != ']')
        e.port = split_port(&token);
    const char *close = token.p + token.n - 1, *quad;
    if (token.n > QUAD_MAX && *close == ']' && (quad = find_quad(close)) != NULL) { /* nearly all */
        e.ip = ms_span_of(quad + 1, (size_t)(close - quad - 1));
        e.name = name_of(token.p, quad);
        return e;
    }
    const char *open = token.p[token.n - 1] == ']' ? memrchr(token.p, '[', token.n) : NULL;
    if (!open) { /* a bare word; qmail names a peer by its address alone */
        bool is_ip = ms_ip_valid(token);
        e.name = is_ip ? MS_SPAN_NULL : token;
        e.ip = is_ip ? token : MS_SPAN_NULL;
        return e;
    }
    struct ms_span ip = ms_span_of(open + 1, (size_t)(token.p + token.n - 1 - (open + 1)));
    if (ms_ip_valid(ip))
        e.ip = ip;
    e.name = name_of(token.p, open);
    return e;
}

struct ms_endpoint ms_endpoint_of_relay(struct ms_span relay)
{
    struct ms_endpoint e = ms_endpoint_of(relay);
    if (!e.ip.p && e.name.n < relay.n && memchr(relay.p, '/', relay.n))
        e = (struct ms_endpoint){.name = relay, .port = MS_NONE};
    return e;
}

/* The address between the last brackets of the token, which is cut in front of them; NULL if they hold no IP address. */
static struct ms_span take_bracketed(struct ms_span *token)
{
    char close = token->n ? token->p[token->n - 1] : 0;
    const char *open = close == ']' || close == ')' ? memrchr(token->p, close == ']' ? '[' : '(', token->n) : NULL;
    if (open == NULL)
        return MS_SPAN_NULL;
    struct ms_span ip = ms_span_of(open + 1, (size_t)(token->p + token->n - 1 - (open + 1)));
    if (ms_span_starts(ip, "IPv6:"))
        ip = ms_span_of(ip.p + 5, ip.n - 5);
    token->n = (uint32_t)(open - token->p);
    while (token->n > 0 && token->p[token->n - 1] == ' ')
        token->n--;
    return ms_ip_valid(ip) ? ip : MS_SPAN_NULL;
}

struct ms_span ms_endpoint_without_notes(struct ms_span token)
{
    const char *end = token.p + token.n, *note = MS_FIND_LAST(token.p, end, " (may be forged)");
    if (note != NULL && note + 16 == end)
        token.n -= 16;
    const char *route =
        token.n > 0 && token.p[token.n - 1] == ']' ? MS_FIND_LAST(token.p, token.p + token.n, " [") : NULL;
    if (route != NULL && route > token.p && route[-1] == ']' &&
        memchr(route, '@', (size_t)(token.p + token.n - route)) != NULL)
        token.n = (uint32_t)(route - token.p);
    return token;
}

struct ms_endpoint ms_endpoint_of_spaced(struct ms_span token)
{
    struct ms_endpoint e = ms_endpoint_none();
    token = ms_endpoint_without_notes(token);
    if (token.n > 0 && token.p[token.n - 1] != ']')
        e.port = split_port(&token);
    e.ip = take_bracketed(&token);
    if (token.n > 3 && memcmp(token.p + token.n - 3, " DS", 3) == 0) /* Exim: found by DNSSEC */
        token.n -= 3;
    const char *ident = token.n ? memrchr(token.p, '@', token.n) : NULL;
    if (ident != NULL)
        token = ms_span_of(ident + 1, (size_t)(token.p + token.n - (ident + 1)));
    if (token.n > 0 && token.p[token.n - 1] == '.')
        token.n--;
    if (token.n == 0 || token.p[0] == '[' || MS_FIND(token.p, token.p + token.n, "...") != NULL)
        return e; /* an address in the place of a name says nothing more */
    if (e.ip.p == NULL && ms_ip_valid(token))
        e.ip = token;
    else
        e.name = token;
    return e;
}
