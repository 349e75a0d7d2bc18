#include "reason/reason.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "base/memory.h"
#include "reason/table.h"
#include "reason/wording.h"

static const char built_in[] =
#include "reasons.tsv.inc"
    ;

#define BUILT_IN "built-in table of reasons"
#define NO_RULE UINT32_MAX

enum { MAX_FILE_BYTES = 4 << 20, N_REMEMBERED = 1024 };

struct ms_reasons {
    struct ms_rules rules;
    struct ms_patterns *patterns; /* ids are indexes of rules: the smallest one decides */
    enum ms_scan_engine engine;
    char *file_text, *file_name; /* the user's; NULL: none */
    uint64_t seed;
    uint32_t *by_code, *lists; /* rows that look at codes and stages; rows that name lists */
    size_t n_by_code, n_lists;
};

struct remembered { /* what the expressions said of a wording */
    struct ms_hash96 hash;
    uint32_t rule[MS_N_REASON_SCOPES];
};

struct ms_reasoner {
    const struct ms_reasons *reasons;
    struct ms_scanner *scanner;
    struct ms_hits hits;
    struct ms_wording wording;
    struct remembered memory[N_REMEMBERED]; /* by the last bits of the hash */
};

/* ---- the table ---- */

static enum ms_status file_read(const char *path, char **text, size_t *n_bytes, struct ms_error *err)
{
    struct ms_buffer b = {0};
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return ms_fail(err, MS_ERR_IO, "cannot open the table of reasons %s: %s", path, strerror(errno));
    ms_buffer_reserve(&b, 1);
    for (size_t got = 1; got > 0 && b.size_bytes <= MAX_FILE_BYTES; b.size_bytes += got) {
        ms_buffer_reserve(&b, 65536);
        got = fread(b.data + b.size_bytes, 1, 65536, f);
    }
    bool bad = ferror(f);
    fclose(f);
    if (bad || b.size_bytes > MAX_FILE_BYTES) {
        ms_buffer_fini(&b);
        return bad ? ms_fail(err, MS_ERR_IO, "cannot read the table of reasons %s", path)
                   : ms_fail(err, MS_ERR_USAGE, "the table of reasons %s is larger than 4 MiB", path);
    }
    *text = b.data;
    *n_bytes = b.size_bytes;
    return MS_OK;
}

/* Literal bytes as an expression that both matchers read alike. */
static void escape(struct ms_buffer *out, struct ms_span text)
{
    for (uint32_t i = 0; i < text.n; i++) {
        if (text.p[i] != '\0' && strchr(".[]{}()\\*+?^$|/", text.p[i]))
            ms_buffer_push(out, '\\');
        ms_buffer_push(out, text.p[i]);
    }
}

struct pattern_set {
    struct ms_pattern *items;
    size_t n;
    struct ms_buffer texts;
};

static void pattern_set_make(struct pattern_set *set, const struct ms_rules *rules)
{
    size_t *starts = ms_calloc(rules->n + 1, sizeof *starts);
    set->items = ms_calloc(rules->n + 1, sizeof *set->items);
    for (size_t i = 0; i < rules->n; i++) {
        const struct ms_rule *rule = &rules->items[i];
        if (rule->kind != MS_RULE_REGEX && rule->kind != MS_RULE_TEXT)
            continue;
        size_t start = set->texts.size_bytes;
        if (rule->kind == MS_RULE_TEXT)
            escape(&set->texts, rule->pattern);
        else
            ms_buffer_append(&set->texts, rule->pattern.p, rule->pattern.n);
        uint32_t n_bytes = (uint32_t)(set->texts.size_bytes - start);
        starts[set->n] = start;
        set->items[set->n++] =
            (struct ms_pattern){.id = (uint32_t)i, .text_bytes = n_bytes, .is_regex = true, .caseless = true};
    }
    for (size_t i = 0; i < set->n; i++)
        set->items[i].text = set->texts.data + starts[i];
    free(starts);
}

/* The matcher says what it refuses, not where that stands: the first row that it refuses alone is it. */
static enum ms_status blame_row(const struct ms_reasons *r, const struct pattern_set *set, enum ms_status st,
                                struct ms_error *err)
{
    for (size_t i = 0; i < set->n; i++) {
        struct ms_patterns *alone = NULL;
        struct ms_error why = {0};
        const struct ms_rule *rule = &r->rules.items[set->items[i].id];
        enum ms_status one = ms_patterns_create(&alone, &set->items[i], 1, r->engine, NULL, &why);
        ms_patterns_destroy(alone);
        if (one != MS_OK)
            return ms_fail(err, one == MS_ERR_LIBRARY ? MS_ERR_USAGE : one, "%s:%u: %s", rule->file, rule->line,
                           why.text);
    }
    return st; /* each alone is fine: too much for the matcher together, as `err` says */
}

/* A text asks a few rows only; which ones is known beforehand. */
static void sort_out(struct ms_reasons *r)
{
    r->by_code = ms_calloc(r->rules.n + 1, sizeof *r->by_code);
    r->lists = ms_calloc(r->rules.n + 1, sizeof *r->lists);
    for (size_t i = 0; i < r->rules.n; i++) {
        enum ms_rule_kind kind = r->rules.items[i].kind;
        if (kind == MS_RULE_DSN || kind == MS_RULE_CODE || kind == MS_RULE_STAGE)
            r->by_code[r->n_by_code++] = (uint32_t)i;
        else if (kind == MS_RULE_LIST)
            r->lists[r->n_lists++] = (uint32_t)i;
    }
}

static enum ms_status reasons_fill(struct ms_reasons *r, const char *path, const char *cache_dir, struct ms_error *err)
{
    size_t n_bytes = 0;
    enum ms_status st = path ? file_read(path, &r->file_text, &n_bytes, err) : MS_OK;
    if (st == MS_OK && path != NULL) {
        r->file_name = ms_strdup(path);
        st = ms_rules_read(&r->rules, ms_span_of(r->file_text, n_bytes), r->file_name, err);
    }
    if (st == MS_OK)
        st = ms_rules_read(&r->rules, MS_SPAN_LIT(built_in), BUILT_IN, err);
    if (st != MS_OK)
        return st;
    ms_rules_order(&r->rules);
    sort_out(r);
    struct pattern_set set = {0};
    pattern_set_make(&set, &r->rules);
    st = ms_patterns_create(&r->patterns, set.items, set.n, r->engine, cache_dir, err);
    if (st != MS_OK)
        st = blame_row(r, &set, st, err);
    free(set.items);
    ms_buffer_fini(&set.texts);
    return st;
}

enum ms_status ms_reasons_create(struct ms_reasons **out, const char *path, enum ms_scan_engine engine,
                                 const char *cache_dir, struct ms_error *err)
{
    struct ms_reasons *r = ms_calloc(1, sizeof *r);
    r->engine = engine;
    enum ms_status st = getrandom(&r->seed, sizeof r->seed, 0) == sizeof r->seed
                            ? reasons_fill(r, path, cache_dir, err)
                            : ms_fail(err, MS_ERR_IO, "cannot get random bytes from the system");
    if (st == MS_OK)
        *out = r;
    else
        ms_reasons_destroy(r);
    return st;
}

void ms_reasons_destroy(struct ms_reasons *r)
{
    if (r == NULL)
        return;
    free(r->by_code);
    free(r->lists);
    ms_patterns_destroy(r->patterns);
    free(r->rules.items);
    free(r->file_text);
    free(r->file_name);
    free(r);
}

/* ---- the answer ---- */

enum ms_status ms_reasoner_create(struct ms_reasoner **out, const struct ms_reasons *r, struct ms_error *err)
{
    struct ms_reasoner *one = ms_calloc(1, sizeof *one);
    one->reasons = r;
    enum ms_status st = ms_scanner_create(&one->scanner, r->patterns, err);
    if (st == MS_OK)
        *out = one;
    else
        ms_reasoner_destroy(one);
    return st;
}

void ms_reasoner_destroy(struct ms_reasoner *r)
{
    if (r == NULL)
        return;
    ms_scanner_destroy(r->scanner);
    ms_hits_fini(&r->hits);
    free(r);
}

static void match(struct ms_reasoner *r, uint32_t rule[MS_N_REASON_SCOPES])
{
    struct ms_error err;
    r->hits.n = 0;
    for (unsigned scope = 0; scope < MS_N_REASON_SCOPES; scope++)
        rule[scope] = NO_RULE;
    /* The wording has no line ends, the scratch space is ours: nothing that the matcher could refuse. */
    MS_ASSERT(ms_scanner_scan(r->scanner, ms_span_of(r->wording.text, r->wording.n), &r->hits, &err) == MS_OK);
    for (size_t i = 0; i < r->hits.n; i++) {
        uint32_t id = r->hits.items[i].pattern_id;
        for (unsigned scope = 0; scope < MS_N_REASON_SCOPES; scope++)
            if (id < rule[scope] && (r->reasons->rules.items[id].scopes & 1u << scope))
                rule[scope] = id;
    }
}

static uint32_t best_by_wording(struct ms_reasoner *r, enum ms_reason_scope scope)
{
    uint32_t rule[MS_N_REASON_SCOPES];
    if (r->reasons->engine == MS_SCAN_PLAIN) {
        match(r, rule);
        return rule[scope];
    }
    struct ms_hash96 hash = ms_hash_96(r->wording.text, r->wording.n, r->reasons->seed);
    struct remembered *m = &r->memory[hash.hash % N_REMEMBERED];
    if (m->hash.hash != hash.hash || m->hash.check != hash.check) {
        match(r, m->rule);
        m->hash = hash;
    }
    return m->rule[scope];
}

static bool holds(const struct ms_rule *rule, const struct ms_reason_ask *ask, int32_t code, struct ms_span stage)
{
    if (!(rule->scopes & 1u << ask->scope))
        return false;
    switch (rule->kind) {
    case MS_RULE_DSN:
        return ms_rule_dsn_holds(rule->pattern, ask->dsn);
    case MS_RULE_CODE:
        return ms_rule_code_holds(rule->pattern, code, stage);
    case MS_RULE_STAGE:
        return ms_span_eq(rule->pattern, stage);
    default:
        return false;
    }
}

static struct ms_span list_name(const struct ms_reasoner *r, const struct ms_reason_ask *ask, const char *word)
{
    struct ms_span name = MS_SPAN_NULL, text = ask->text;
    text.n = text.n > MS_REASON_TEXT_MAX ? MS_REASON_TEXT_MAX : text.n;
    for (size_t i = 0; i < r->reasons->n_lists && name.p == NULL; i++) {
        const struct ms_rule *rule = &r->reasons->rules.items[r->reasons->lists[i]];
        if (rule->word == word && (rule->scopes & 1u << ask->scope))
            name = ms_rule_list_name(rule, text);
    }
    return name;
}

struct ms_reason ms_reason_of(struct ms_reasoner *r, const struct ms_reason_ask *ask)
{
    const struct ms_rules *rules = &r->reasons->rules;
    struct ms_reason answer = {NULL, MS_SPAN_NULL};
    ms_wording_make(&r->wording, ask->text);
    int32_t code = ask->reply_code >= 200 ? ask->reply_code : r->wording.reply_code;
    struct ms_span stage = ask->stage.n ? ask->stage : r->wording.stage;
    if (code >= 200 && code < 300)
        return answer;
    size_t best = r->wording.n ? best_by_wording(r, ask->scope) : NO_RULE;
    for (size_t k = 0; k < r->reasons->n_by_code && r->reasons->by_code[k] < best; k++)
        if (holds(&rules->items[r->reasons->by_code[k]], ask, code, stage))
            best = r->reasons->by_code[k];
    if (best == NO_RULE || rules->items[best].word == NULL)
        return answer;
    answer.word = rules->items[best].word;
    answer.blocklist = list_name(r, ask, answer.word);
    return answer;
}
