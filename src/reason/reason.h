/* Why a mail was refused, bounced or put off: one word of a closed vocabulary for what a server or Postfix itself said.
 *
 * CONTRACT handed on: struct ms_reason. The words are MS_REASON_WORDS, the evidence is a table of rows (reasons.tsv, compiled
 * in; users add rows by a file of the same form, docs/REASONS.md). Each row has a priority; of all rows that hold, the one
 * with the lowest number decides, a user's row before a built-in one of the same priority, then the earlier line. So the
 * answer is a function of the text, the codes and the table alone.
 *
 * Expressions are matched by Hyperscan against the wording (wording.h: the text without addresses, IPs, host names and
 * queue IDs that vary), once for each distinct wording that is still remembered. MS_SCAN_PLAIN is the slow twin: another
 * matcher, no memory. Thread rule: ms_reasons is immutable and shared; a ms_reasoner belongs to one thread. */
#ifndef MS_REASON_REASON_H
#define MS_REASON_REASON_H

#include "base/span.h"
#include "base/status.h"
#include "scan/scan.h"

struct ms_reason_word {
    const char *name, *meaning;
};
extern const struct ms_reason_word ms_reason_words[];
extern const size_t ms_n_reason_words;

enum ms_reason_scope { MS_REASON_DELIVERY, MS_REASON_REJECT, MS_N_REASON_SCOPES };

struct ms_reason_ask {
    struct ms_span text;  /* as logged; any bytes, any length (the first MS_REASON_TEXT_MAX count) */
    struct ms_span dsn;   /* enhanced status code, NULL: none */
    struct ms_span stage; /* of a refusal (RCPT, END-OF-MESSAGE, header ...); of a delivery the text itself tells it */
    int32_t reply_code;   /* below 200: none */
    enum ms_reason_scope scope;
};

#define MS_REASON_TEXT_MAX 4096u

struct ms_reason {
    const char *word;         /* of ms_reason_words, lives as long as the program; NULL: nothing in the table holds */
    struct ms_span blocklist; /* zone or name of the list: within the asked text, or within the table; NULL: none */
};

struct ms_reasons;
struct ms_reasoner;

/* The built-in rows and those of `path` (NULL: none). `cache_dir` as in ms_patterns_create. MS_ERR_USAGE names file and line
 * of a row that is not well formed or that the matcher refuses; MS_ERR_IO: the file cannot be read. */
MS_NODISCARD enum ms_status ms_reasons_create(struct ms_reasons **out, const char *path, enum ms_scan_engine engine,
                                              const char *cache_dir, struct ms_error *err);
void ms_reasons_destroy(struct ms_reasons *r);

MS_NODISCARD enum ms_status ms_reasoner_create(struct ms_reasoner **out, const struct ms_reasons *r,
                                               struct ms_error *err);
void ms_reasoner_destroy(struct ms_reasoner *r);

/* A success (reply code 2xx) has no reason. */
struct ms_reason ms_reason_of(struct ms_reasoner *r, const struct ms_reason_ask *ask);

#endif
