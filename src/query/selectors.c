#include "query/selectors.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "columnar/address.h"
#include "query/moment.h"

const char *const ms_selector_names[MS_N_SELECTORS] = {
    [MS_SEL_FROM] = "from",         [MS_SEL_TO] = "to",         [MS_SEL_DOMAIN] = "domain",
    [MS_SEL_CLIENT] = "client",     [MS_SEL_RELAY] = "relay",   [MS_SEL_MESSAGE_ID] = "message-id",
    [MS_SEL_QUEUE_ID] = "queue-id", [MS_SEL_USER] = "user",     [MS_SEL_SUBJECT] = "subject",
    [MS_SEL_STATUS] = "status",     [MS_SEL_REASON] = "reason", [MS_SEL_HOST] = "host",
    [MS_SEL_SINCE] = "since",       [MS_SEL_UNTIL] = "until",
};

/* What a mail, a recipient or a mail that was turned away can be. */
static const struct {
    const char *word;
    unsigned where;
} statuses[] = {
    {"sent", MS_IN_ATTEMPT},
    {"deferred", MS_IN_ATTEMPT},
    {"bounced", MS_IN_ATTEMPT},
    {"expired", MS_IN_ATTEMPT | MS_IN_STATE},
    {"deliverable", MS_IN_ATTEMPT},
    {"undeliverable", MS_IN_ATTEMPT},
    {"filtered", MS_IN_ATTEMPT},
    {"held", MS_IN_ATTEMPT | MS_IN_STATE},
    {"rejected", MS_IN_STATE | MS_IN_REFUSAL},
    {"refused", MS_IN_REFUSAL}, /* as find shows what was turned away */
    {"deleted", MS_IN_STATE},
    {"open", MS_IN_STATE},
    {"queued", MS_IN_STATE}, /* open or held, as `fates` has it */
    {"aborted", MS_IN_STATE},
    {"cut", MS_IN_STATE},
    {"done", MS_IN_STATE},
};

static void lower(char *text)
{
    for (; *text != '\0'; text++)
        *text = *text >= 'A' && *text <= 'Z' ? (char)(*text + 32) : *text;
}

static void set(struct ms_wanted *w, enum ms_match match, const char *p, size_t n)
{
    w->match = match;
    w->text = ms_sprintf("%.*s", (int)n, p);
}

/* /text/ */
static bool set_if_regex(struct ms_wanted *w, const char *word)
{
    size_t n = strlen(word);
    if (n < 3 || word[0] != '/' || word[n - 1] != '/')
        return false;
    set(w, MS_MATCH_REGEX, word + 1, n - 2);
    return true;
}

static struct ms_span without_brackets(const char *word)
{
    size_t n = strlen(word);
    return n >= 2 && word[0] == '<' && word[n - 1] == '>' ? ms_span_of(word + 1, n - 2) : ms_span_of(word, n);
}

static enum ms_status set_address(struct ms_wanted *w, const char *word, struct ms_error *err)
{
    (void)err;
    if (set_if_regex(w, word))
        return MS_OK;
    struct ms_span address = without_brackets(word);
    char *key = ms_malloc(address.n + 1);
    size_t n = ms_address_key(address, key);
    bool is_domain = n > 1 && key[0] == '@';
    set(w, is_domain ? MS_MATCH_DOMAIN : MS_MATCH_EXACT, key + is_domain, n - is_domain);
    free(key);
    return MS_OK;
}

static enum ms_status set_domain(struct ms_wanted *w, const char *word, struct ms_error *err)
{
    const char *name = word[0] == '@' ? word + 1 : word;
    if (*name == '\0' || strchr(name, '@') != NULL)
        return ms_fail(err, MS_ERR_USAGE, "'%s' is no domain; for an address there are --from and --to", word);
    set(w, MS_MATCH_EXACT, name, strlen(name));
    lower(w->text);
    return MS_OK;
}

/* ---- IP addresses and networks ---- */

static int family_of(const char *text)
{
    return strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
}

static bool canonical_ip(const char *text, char out[INET6_ADDRSTRLEN])
{
    unsigned char bytes[16];
    int family = family_of(text);
    return inet_pton(family, text, bytes) == 1 && inet_ntop(family, bytes, out, INET6_ADDRSTRLEN) != NULL;
}

static bool prefix_length(const char *text, int most, int *bits)
{
    *bits = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (!isdigit((unsigned char)*at) || (*bits = *bits * 10 + (*at - '0')) > most)
            return false;
    }
    return *text != '\0';
}

/* An address or a network; false if the word is neither. */
static bool set_if_ip(struct ms_wanted *w, const char *word)
{
    size_t n = strlen(word);
    char *text = word[0] == '[' && word[n - 1] == ']' ? ms_sprintf("%.*s", (int)n - 2, word + 1) : ms_strdup(word);
    char *slash = strchr(text, '/'), ip[INET6_ADDRSTRLEN];
    int bits = 0;
    if (slash != NULL)
        *slash = '\0';
    bool ok = canonical_ip(text, ip) &&
              (slash == NULL || prefix_length(slash + 1, family_of(text) == AF_INET6 ? 128 : 32, &bits));
    if (ok) {
        w->match = slash != NULL ? MS_MATCH_NETWORK : MS_MATCH_ADDRESS;
        w->text = slash != NULL ? ms_sprintf("%s/%d", ip, bits) : ms_strdup(ip);
    }
    free(text);
    return ok;
}

/* Has a letter, and only what host names (and the words that stand in their place, private/dovecot) have. */
static bool could_be_a_name(const char *word)
{
    bool has_letter = false;
    for (const char *at = word; *at != '\0'; at++) {
        if (strchr(":[]<>@, ", *at) != NULL)
            return false;
        has_letter |= isalpha((unsigned char)*at) != 0 || (unsigned char)*at >= 0x80;
    }
    return has_letter;
}

static enum ms_status set_ip_or_name(struct ms_wanted *w, const char *word, struct ms_error *err)
{
    if (set_if_ip(w, word))
        return MS_OK;
    if (!could_be_a_name(word))
        return ms_fail(err, MS_ERR_USAGE, "'%s' is no IP address, network (192.0.2.0/24, 2001:db8::/32) or host name",
                       word);
    set(w, MS_MATCH_EXACT, word, strlen(word));
    lower(w->text);
    return MS_OK;
}

static enum ms_status set_peer(struct ms_wanted *w, const char *word, struct ms_error *err)
{
    return set_if_regex(w, word) ? MS_OK : set_ip_or_name(w, word, err);
}

/* ---- the others ---- */

static enum ms_status set_message_id(struct ms_wanted *w, const char *word, struct ms_error *err)
{
    (void)err;
    struct ms_span id = without_brackets(word);
    set(w, MS_MATCH_EXACT, id.p, id.n);
    return MS_OK;
}

static enum ms_status set_exact(struct ms_wanted *w, const char *word, struct ms_error *err)
{
    (void)err;
    set(w, MS_MATCH_EXACT, word, strlen(word));
    return MS_OK;
}

static enum ms_status set_lower(struct ms_wanted *w, const char *word, struct ms_error *err)
{
    enum ms_status st = set_exact(w, word, err);
    lower(w->text);
    return st;
}

static enum ms_status set_subject(struct ms_wanted *w, const char *word, struct ms_error *err)
{
    (void)err;
    if (!set_if_regex(w, word))
        set(w, MS_MATCH_PART, word, strlen(word));
    return MS_OK;
}

static enum ms_status set_status(struct ms_wanted *w, const char *word, struct ms_error *err)
{
    char known[256] = "";
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        if (strcmp(word, statuses[i].word) == 0) {
            w->where = statuses[i].where;
            return set_exact(w, word, err);
        }
        snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i > 0 ? ", " : "", statuses[i].word);
    }
    return ms_fail(err, MS_ERR_USAGE, "'%s' is none of %s", word, known);
}

static enum ms_status set_time(struct ms_wanted *w, const char *word, struct ms_error *err)
{
    struct ms_moment m;
    if (!ms_moment_parse(word, &m))
        return ms_fail(err, MS_ERR_USAGE,
                       "'%s' is no time such as 2026-03-01, 2026-03-01T10:15 or 2026-03-01T10:15:30+01:00", word);
    w->match = MS_MATCH_TIME;
    w->begin_us = m.begin_us;
    w->end_us = m.end_us;
    w->has_offset = m.has_offset;
    w->offset_us = m.offset_us;
    return MS_OK;
}

static enum ms_status (*const setters[MS_N_SELECTORS])(struct ms_wanted *, const char *, struct ms_error *) = {
    [MS_SEL_FROM] = set_address,   [MS_SEL_TO] = set_address,   [MS_SEL_DOMAIN] = set_domain,
    [MS_SEL_CLIENT] = set_peer,    [MS_SEL_RELAY] = set_peer,   [MS_SEL_MESSAGE_ID] = set_message_id,
    [MS_SEL_QUEUE_ID] = set_exact, [MS_SEL_USER] = set_exact,   [MS_SEL_SUBJECT] = set_subject,
    [MS_SEL_STATUS] = set_status,  [MS_SEL_REASON] = set_lower, [MS_SEL_HOST] = set_lower,
    [MS_SEL_SINCE] = set_time,     [MS_SEL_UNTIL] = set_time,
};

/* Bytes that are no UTF-8 as the dataset writes them. */
static char *repaired(const char *word)
{
    struct ms_span raw = ms_span_str(word);
    size_t n = ms_text_repair(raw, NULL);
    char *text = ms_malloc(n + 1);
    ms_text_repair(raw, text);
    text[n] = '\0';
    return text;
}

enum ms_status ms_selectors_set(struct ms_selectors *s, enum ms_selector which, const char *word, struct ms_error *err)
{
    struct ms_wanted *w = &s->wanted[which];
    bool may_be_empty = which == MS_SEL_FROM; /* the null sender */
    if (w->match != MS_MATCH_NONE)
        return ms_fail(err, MS_ERR_USAGE, "given twice; selectors all hold at once, each with one value");
    if (*word == '\0' && !may_be_empty)
        return ms_fail(err, MS_ERR_USAGE, "the value is empty");
    char *text = repaired(word);
    enum ms_status st = setters[which](w, text, err);
    if (st == MS_OK)
        w->given = text;
    else
        free(text);
    return st;
}

void ms_selectors_fini(struct ms_selectors *s)
{
    for (size_t i = 0; i < MS_N_SELECTORS; i++) {
        free(s->wanted[i].text);
        free(s->wanted[i].given);
    }
    *s = (struct ms_selectors){0};
}

bool ms_selectors_empty(const struct ms_selectors *s)
{
    for (size_t i = 0; i < MS_N_SELECTORS; i++)
        if (s->wanted[i].match != MS_MATCH_NONE)
            return false;
    return true;
}
