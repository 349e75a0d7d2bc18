/* Short and full name of one host. syslog writes the one or the other as its daemon is set up (rsyslog's PreserveFQDN, Postfix'
 * own log file), so an archive of years has both.
 *
 * Joined is only what is certain within the names at hand: a short name, and one full name that begins with it. What only looks
 * like a name is left alone: addresses, `source@host` of relays, and `localhost`, which many hosts call themselves. */
#include <stdlib.h>

#include "base/memory.h"
#include "parse/names.h"

struct candidate {
    struct ms_span label; /* up to the first dot, as logged */
    uint32_t id;
    bool is_full;
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_letter_or_digit(char c)
{
    return (unsigned char)(c - '0') <= 9 || (unsigned char)(lower(c) - 'a') <= 25;
}

static int compare_labels(struct ms_span a, struct ms_span b)
{
    uint32_t n = a.n < b.n ? a.n : b.n;
    for (uint32_t i = 0; i < n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return lower(a.p[i]) < lower(b.p[i]) ? -1 : 1;
    return (a.n > b.n) - (a.n < b.n);
}

static int by_label(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    int order = compare_labels(x->label, y->label);
    return order ? order : (x->id > y->id) - (x->id < y->id);
}

/* Labels of letters, digits, `-` and `_`, joined by single dots; the first has a letter (192.0.2.1 is none). */
static bool is_candidate(struct ms_span name, struct candidate *c)
{
    bool has_letter = false;
    uint32_t label = name.n;
    for (uint32_t i = 0; i < name.n; i++) {
        if (name.p[i] == '.') {
            if (i == 0 || i + 1 == name.n || name.p[i - 1] == '.')
                return false;
            label = i < label ? i : label;
        } else if (!is_letter_or_digit(name.p[i]) && name.p[i] != '-' && name.p[i] != '_') {
            return false;
        } else if (i < label) {
            has_letter |= name.p[i] > '9';
        }
    }
    c->label = ms_span_of(name.p, label);
    c->is_full = label < name.n;
    return has_letter && compare_labels(c->label, MS_SPAN_LIT("localhost")) != 0;
}

/* All names of one label: joined if their full names are one host. */
static void join_label(struct ms_names *names, const struct candidate *c, size_t n)
{
    uint32_t host = MS_NO_NAME;
    for (size_t i = 0; i < n; i++) {
        if (!c[i].is_full)
            continue;
        uint32_t goes_by = ms_names_one_host(names, c[i].id);
        if (host != MS_NO_NAME && host != goes_by)
            return;
        host = goes_by;
    }
    for (size_t i = 0; i < n && host != MS_NO_NAME; i++)
        if (!c[i].is_full && !ms_names_is_settled(names, c[i].id))
            MS_ASSERT(ms_names_join(names, c[i].id, host));
}

void ms_names_join_short(struct ms_names *names)
{
    uint32_t n_names = ms_names_n_hosts(names);
    struct candidate *all = ms_malloc(n_names * sizeof *all + 1);
    size_t n = 0;
    for (uint32_t id = 0; id < n_names; id++) {
        all[n].id = id;
        n += is_candidate(ms_names_host(names, id), &all[n]);
    }
    if (n > 0)
        qsort(all, n, sizeof *all, by_label);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && compare_labels(all[from].label, all[to].label) == 0;)
            to++;
        join_label(names, all + from, to - from);
    }
    free(all);
}
