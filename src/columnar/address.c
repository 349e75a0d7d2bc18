#include "columnar/address.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* What the quotes hold could stand without them. */
static bool needless(const char *p, size_t n)
{
    if (n == 0 || p[0] == '.' || p[n - 1] == '.')
        return false;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c <= ' ' || c == 127 || strchr("()<>@,;:\\\"[]", c) != NULL || (c == '.' && p[i + 1] == '.'))
            return false;
    }
    return true;
}

size_t ms_address_at(struct ms_span a)
{
    const char *at = a.n ? memrchr(a.p, '@', a.n) : NULL;
    return at ? (size_t)(at - a.p) : a.n;
}

size_t ms_address_key(struct ms_span a, char *out)
{
    size_t at = ms_address_at(a), n = 0;
    bool unquote = at >= 3 && a.p[0] == '"' && a.p[at - 1] == '"' && needless(a.p + 1, at - 2);
    for (size_t i = 0; i < a.n; i++)
        if (!unquote || (i != 0 && i != at - 1))
            out[n++] = lower(a.p[i]);
    return n;
}
