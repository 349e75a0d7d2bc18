#include "reason/table.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/memory.h"

enum { N_FIELDS = 6, MAX_PRIORITY = 9999, MAX_PATTERN = 4000 };

struct row { /* a line taken apart */
    struct ms_span fields[N_FIELDS];
    size_t n;
    const char *file;
    uint32_t line;
};

static enum ms_status row_fail(const struct row *row, struct ms_error *err, const char *why)
{
    return ms_fail(err, MS_ERR_USAGE, "%s:%u: %s", row->file, row->line, why);
}

static bool row_split(struct row *row, struct ms_span line)
{
    for (row->n = 0; row->n < N_FIELDS; row->n++) {
        const char *tab = memchr(line.p, '\t', line.n);
        uint32_t n = tab ? (uint32_t)(tab - line.p) : line.n;
        row->fields[row->n] = (struct ms_span){line.p, n};
        if (tab == NULL)
            return ++row->n >= 5;
        line = (struct ms_span){tab + 1, line.n - n - 1};
    }
    return false;
}

static bool read_priority(struct ms_span s, uint32_t *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9' || n > MAX_PRIORITY)
            return false;
        n = n * 10 + (uint32_t)(s.p[i] - '0');
    }
    *out = n;
    return s.n > 0 && n <= MAX_PRIORITY;
}

static bool read_word(struct ms_span s, const char **out)
{
    *out = NULL;
    for (size_t i = 0; i < ms_n_reason_words; i++)
        if (ms_span_is(s, ms_reason_words[i].name))
            *out = ms_reason_words[i].name;
    return *out != NULL || ms_span_is(s, "-");
}

static bool read_scopes(struct ms_span s, uint8_t *out)
{
    *out = ms_span_is(s, "any")        ? 1 << MS_REASON_DELIVERY | 1 << MS_REASON_REJECT
           : ms_span_is(s, "delivery") ? 1 << MS_REASON_DELIVERY
           : ms_span_is(s, "reject")   ? 1 << MS_REASON_REJECT
                                       : 0;
    return *out != 0;
}

static bool read_kind(struct ms_span s, enum ms_rule_kind *out)
{
    static const char *const names[] = {"regex", "text", "dsn", "code", "stage", "list"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (ms_span_is(s, names[i])) {
            *out = (enum ms_rule_kind)i;
            return true;
        }
    return false;
}

static bool is_any(struct ms_span part)
{
    return ms_span_is(part, "x") || ms_span_is(part, "*");
}

/* The part of "C.S.D" at *s, which moves behind it and its dot. */
static struct ms_span dsn_part(struct ms_span *s)
{
    const char *dot = memchr(s->p, '.', s->n);
    struct ms_span part = {s->p, dot ? (uint32_t)(dot - s->p) : s->n};
    *s = dot ? (struct ms_span){dot + 1, s->n - part.n - 1} : (struct ms_span){s->p + s->n, 0};
    return part;
}

static bool is_number(struct ms_span part)
{
    for (uint32_t i = 0; i < part.n; i++)
        if (!isdigit((unsigned char)part.p[i]))
            return false;
    return part.n >= 1 && part.n <= 3;
}

static bool dsn_pattern_ok(struct ms_span s)
{
    for (int i = 0; i < 3; i++) {
        struct ms_span part = dsn_part(&s);
        if (!is_number(part) && !is_any(part))
            return false;
    }
    return s.n == 0;
}

static bool code_pattern_ok(struct ms_span s)
{
    if (s.n < 3 || (s.n > 3 && (s.p[3] != '/' || s.n == 4)))
        return false;
    for (int i = 0; i < 3; i++)
        if (!isdigit((unsigned char)s.p[i]) && s.p[i] != 'x')
            return false;
    return true;
}

static const char *pattern_fault(const struct ms_rule *rule)
{
    if (rule->pattern.n == 0)
        return "the pattern is empty";
    if (rule->pattern.n > MAX_PATTERN)
        return "the pattern is longer than 4000 bytes";
    if (memchr(rule->pattern.p, '\0', rule->pattern.n))
        return "a zero byte in the pattern";
    if (rule->kind == MS_RULE_DSN && !dsn_pattern_ok(rule->pattern))
        return "a dsn pattern is CLASS.SUBJECT.DETAIL, each a number or x: x.1.1";
    if (rule->kind == MS_RULE_CODE && !code_pattern_ok(rule->pattern))
        return "a code pattern is three digits or x, perhaps with a stage: 45x or 550/RCPT";
    if (rule->name.p != NULL && rule->kind != MS_RULE_LIST)
        return "only rows of the kind list have a sixth column, the name of the list";
    return NULL;
}

static enum ms_status row_read(const struct row *row, struct ms_rule *rule, struct ms_error *err)
{
    *rule = (struct ms_rule){.file = row->file, .line = row->line, .pattern = row->fields[4]};
    if (row->n == N_FIELDS && row->fields[5].n > 0)
        rule->name = row->fields[5];
    if (!read_priority(row->fields[0], &rule->priority))
        return row_fail(row, err, "the first column is the priority, a number from 0 (first) to 9999");
    if (!read_word(row->fields[1], &rule->word))
        return row_fail(row, err, "the second column is not a reason; docs/REASONS.md lists them (- is: none)");
    if (!read_scopes(row->fields[2], &rule->scopes))
        return row_fail(row, err, "the third column is the scope: delivery, reject or any");
    if (!read_kind(row->fields[3], &rule->kind))
        return row_fail(row, err, "the fourth column is the kind: regex, text, dsn, code, stage or list");
    if (rule->kind == MS_RULE_LIST && rule->word == NULL)
        return row_fail(row, err, "a row that names a list needs the reason for which it does");
    const char *fault = pattern_fault(rule);
    return fault ? row_fail(row, err, fault) : MS_OK;
}

enum ms_status ms_rules_read(struct ms_rules *rules, struct ms_span text, const char *file, struct ms_error *err)
{
    struct row row = {.file = file};
    while (text.n > 0) {
        const char *newline = memchr(text.p, '\n', text.n);
        struct ms_span line = {text.p, newline ? (uint32_t)(newline - text.p) : text.n};
        text = newline ? (struct ms_span){newline + 1, text.n - line.n - 1} : MS_SPAN_NULL;
        row.line++;
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        if (line.n == 0 || line.p[0] == '#')
            continue;
        if (!row_split(&row, line))
            return row_fail(&row, err,
                            "a row has five or six columns with tabs between them: priority, reason, scope, "
                            "kind, pattern, name of the list");
        struct ms_rule rule;
        enum ms_status st = row_read(&row, &rule, err);
        if (st != MS_OK)
            return st;
        rules->items = ms_grow(rules->items, &rules->cap, rules->n + 1, sizeof *rules->items);
        rules->items[rules->n++] = rule;
    }
    return MS_OK;
}

void ms_rules_order(struct ms_rules *rules)
{
    for (size_t i = 1; i < rules->n; i++) { /* few, nearly in order, and qsort is not stable */
        struct ms_rule rule = rules->items[i];
        size_t at = i;
        for (; at > 0 && rules->items[at - 1].priority > rule.priority; at--)
            rules->items[at] = rules->items[at - 1];
        rules->items[at] = rule;
    }
}

bool ms_rule_dsn_holds(struct ms_span pattern, struct ms_span dsn)
{
    if (dsn.n == 0)
        return false;
    for (int i = 0; i < 3; i++) {
        struct ms_span want = dsn_part(&pattern), have = dsn_part(&dsn);
        if (!is_number(have) || (!is_any(want) && !ms_span_eq(want, have)))
            return false;
    }
    return dsn.n == 0;
}

bool ms_rule_code_holds(struct ms_span pattern, int32_t code, struct ms_span stage)
{
    if (code < 200 || code > 599)
        return false;
    const char digits[3] = {(char)('0' + code / 100), (char)('0' + code / 10 % 10), (char)('0' + code % 10)};
    for (int i = 0; i < 3; i++)
        if (pattern.p[i] != 'x' && pattern.p[i] != digits[i])
            return false;
    return pattern.n == 3 || ms_span_eq((struct ms_span){pattern.p + 4, pattern.n - 4}, stage);
}
