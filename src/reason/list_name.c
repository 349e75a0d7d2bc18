/* The name of a blocklist, as the text has it. */
#include "reason/table.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool same_letters(const char *a, const char *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

static bool is_host_byte(char c)
{
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '.' || c == '_';
}

/* A host name with a dot in it that is no address, at the beginning of the text; NULL: none. */
static struct ms_span host_at(struct ms_span text)
{
    uint32_t from = 0, end, dots = 0, letters = 0;
    while (from < text.n && from < 4 && strchr(" \"'([<", text.p[from]) && text.p[from] != '\0')
        from++;
    for (end = from; end < text.n && is_host_byte(text.p[end]); end++)
        ;
    while (end > from && (text.p[end - 1] == '.' || text.p[end - 1] == '-'))
        end--;
    for (uint32_t i = from; i < end; i++) {
        dots += text.p[i] == '.';
        letters += lower(text.p[i]) >= 'a' && lower(text.p[i]) <= 'z';
    }
    bool is_host = dots > 0 && letters > 0 && text.p[from] != '.' && end - from <= 253;
    return is_host ? (struct ms_span){text.p + from, end - from} : MS_SPAN_NULL;
}

struct ms_span ms_rule_list_name(const struct ms_rule *rule, struct ms_span text)
{
    struct ms_span pattern = rule->pattern;
    for (uint32_t i = 0; i + pattern.n <= text.n; i++) {
        if (lower(text.p[i]) != lower(pattern.p[0]) || !same_letters(text.p + i, pattern.p, pattern.n))
            continue;
        uint32_t behind = i + pattern.n;
        struct ms_span name = rule->name.p ? rule->name : host_at((struct ms_span){text.p + behind, text.n - behind});
        if (name.p != NULL)
            return name;
    }
    return MS_SPAN_NULL;
}
