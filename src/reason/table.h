/* The rows of a reasons table, read and ordered. Private to src/reason. Thread rule: immutable once made. */
#ifndef MS_REASON_TABLE_H
#define MS_REASON_TABLE_H

#include "reason/reason.h"

enum ms_rule_kind {
    MS_RULE_REGEX, /* the wording matches */
    MS_RULE_TEXT,  /* the wording contains */
    MS_RULE_DSN,   /* enhanced status code: C.S.D, each a number, x or * for any */
    MS_RULE_CODE,  /* reply code, x for any digit, perhaps /STAGE */
    MS_RULE_STAGE, /* where the refusal happened */
    MS_RULE_LIST,  /* names the blocklist, once the reason is known */
};

struct ms_rule {
    uint32_t priority, line;
    const char *file; /* borrowed; where the row stands, for messages */
    const char *word; /* of ms_reason_words; NULL: no reason ("-") */
    enum ms_rule_kind kind;
    uint8_t scopes;         /* bits 1 << enum ms_reason_scope */
    struct ms_span pattern; /* in the table's text */
    struct ms_span name;    /* MS_RULE_LIST: of the list; NULL: the host name behind the pattern */
};

struct ms_rules {
    struct ms_rule *items; /* the first that holds decides */
    size_t n, cap;
};

/* Appends the rows of `text`, which must outlive the rules. */
MS_NODISCARD enum ms_status ms_rules_read(struct ms_rules *rules, struct ms_span text, const char *file,
                                          struct ms_error *err);
void ms_rules_order(struct ms_rules *rules); /* by priority; equal ones stay as they were read */

/* Pure. `pattern` is well formed: ms_rules_read has seen it. */
bool ms_rule_dsn_holds(struct ms_span pattern, struct ms_span dsn);
bool ms_rule_code_holds(struct ms_span pattern, int32_t code, struct ms_span stage);
/* The name of the list that a MS_RULE_LIST row finds in the text; NULL: none. */
struct ms_span ms_rule_list_name(const struct ms_rule *rule, struct ms_span text);

#endif
