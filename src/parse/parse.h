/* Lines to events: envelope, kind, then dialect. The passes over a block follow reference/scan-performance.md 1.
 * Thread rule: struct ms_names is shared (a lock on misses only); a ms_parser belongs to one thread. */
#ifndef MS_PARSE_PARSE_H
#define MS_PARSE_PARSE_H

#include <stdio.h>

#include "base/text.h"
#include "input/input.h"
#include "parse/event.h"
#include "scan/scan.h"

#define MS_NO_NAME UINT32_MAX

/* Run-wide table of host names and tags (a few hundred at most in a real farm; capped, MS_ERR_LIMIT never: past the cap the
 * id is MS_NO_NAME and the line is unparsed with reason "too many hosts or programs"). Ids depend on timing: never output. */
struct ms_names;
#define MS_NAMES_CAP 65536 /* hosts, and again tags */
struct ms_names *ms_names_create(void);
void ms_names_destroy(struct ms_names *n);
enum ms_dialect { /* who reads the texts of a program */
                  MS_DIALECT_NONE,
                  MS_DIALECT_POSTFIX,
                  MS_DIALECT_SENDMAIL,
                  MS_DIALECT_EXIM,
                  MS_DIALECT_QMAIL,
                  MS_DIALECT_HELPER,
                  MS_N_DIALECTS
};
struct ms_tag {             /* facts of a tag, worked out once */
    struct ms_span tag;     /* `postfix/submission/smtpd` */
    struct ms_span program; /* right of the last '/' */
    struct ms_span
        instance; /* key of the queue: first label of a Postfix tag (`postfix`, `postfix-out`); see postfix-log-lines.md 4.4 */
    struct ms_span service; /* labels between instance and program (`submission`), NULL if none */
    uint8_t daemon, mta, dialect;
    uint8_t helper; /* MS_DIALECT_HELPER: which of them (parse/helper.h) */
};
/* The id of the host of this name, which is added if it is new; MS_NO_NAME if the table is full. At most 255 bytes. All names
 * of one host have one id. */
uint32_t ms_names_add_host(struct ms_names *n, struct ms_span host);
struct ms_span ms_names_host(const struct ms_names *n, uint32_t host_id);
const struct ms_tag *ms_names_tag(const struct ms_names *n, uint32_t tag_id);
uint32_t ms_names_n_hosts(const struct ms_names *n); /* of names; ids of hosts are below it */

/* Names that are one host. Settled before the first id is used for anything that lasts, and before any other thread comes.
 *
 * From now on `alias` goes by the id of `host` (the same name twice: it stands for itself, and is joined with no other). False if
 * the table is full, or if something else was said of `alias`, here or by what `host` goes by. */
MS_NODISCARD bool ms_names_set_alias(struct ms_names *n, struct ms_span alias, struct ms_span host);
/* A short name and the one full name that begins with it are one host, which goes by the full name; two such full names are left
 * apart, and so is what ms_names_set_alias has named (same_hosts.c). Depends only on the set of names. */
void ms_names_join_short(struct ms_names *n);
/* The id that the name with this id goes by: ms_names_host of both is text as logged, and the name of the host. */
uint32_t ms_names_one_host(const struct ms_names *n, uint32_t id);
/* The host that ms_names_set_alias has said this name to be; MS_NO_NAME if it has said nothing of it. The same at any time. */
uint32_t ms_names_mapped_host(const struct ms_names *n, struct ms_span name);
uint32_t ms_names_n_tags(const struct ms_names *n);
/* For names that an earlier run has left: added in the order of their ids, they get the same ids again. False: the table is full,
 * or the name was there. */
MS_NODISCARD bool ms_names_restore_host(struct ms_names *n, struct ms_span host);
MS_NODISCARD bool ms_names_restore_tag(struct ms_names *n, struct ms_span tag);
/* After all of them: `alias` went by the id of `host`. */
MS_NODISCARD bool ms_names_restore_alias(struct ms_names *n, uint32_t alias, uint32_t host);

struct ms_parser;
/* `patterns` may be NULL (no matcher pass: `parse` command without user patterns). `host_override` (--host) may be NULL. */
MS_NODISCARD enum ms_status ms_parser_create(struct ms_parser **out, struct ms_names *names,
                                             const struct ms_patterns *patterns, const char *host_override,
                                             struct ms_error *err);
void ms_parser_destroy(struct ms_parser *p);

/* From now on the hits of patterns with ids from `first_id` on are kept, for ms_parsed_hits. */
void ms_parser_keep_hits(struct ms_parser *p, uint32_t first_id);
struct ms_line_hit {
    uint32_t line; /* number in its segment */
    uint32_t pattern_id;
};

/* A segment in two steps, since time has to be settled in between: first the matcher, the line ends and the envelopes of all
 * lines (kept in the parser until the next segment), then, line by line, kind and fields. */
MS_NODISCARD enum ms_status ms_parse_headers(struct ms_parser *p, const struct ms_segment *seg, struct ms_error *err);
size_t ms_parsed_lines(const struct ms_parser *p);
/* The stamps of the lines; theirs until the next segment. Who settles them in place finds the result in the events. */
struct ms_stamps *ms_parsed_stamps(struct ms_parser *p);

/* Lines that stand for others (repeats.h): in turn, segment by segment in order, for who wants to know what they repeat. Until then
 * they stand for themselves. */
struct ms_repeat_memory;
void ms_parse_repeats(struct ms_parser *p, const struct ms_segment *seg, struct ms_repeat_memory *memory);

/* What was kept of the segment's hits, by line; each pattern once a line. Theirs until the next segment. */
const struct ms_line_hit *ms_parsed_hits(const struct ms_parser *p, size_t *n);
/* The envelopes of the lines (envelope.h). */
struct ms_record;
const struct ms_record *ms_parsed_records(const struct ms_parser *p);

/* Called for every line of the segment, in order, exactly once. `event` lives until the call returns. */
typedef void (*ms_event_fn)(void *user, const struct ms_event *event);
void ms_parse_events(struct ms_parser *p, const struct ms_segment *seg, ms_event_fn fn, void *user);

/* One of its lines. */
void ms_parse_event(struct ms_parser *p, const struct ms_segment *seg, size_t line, struct ms_event *out);

/* Both steps, for who needs no time. */
MS_NODISCARD enum ms_status ms_parse_segment(struct ms_parser *p, const struct ms_segment *seg, ms_event_fn fn,
                                             void *user, struct ms_error *err);

/* One line on its own; the twin of the block passes, and what tests and `first_stamp` use. */
void ms_parse_line(struct ms_parser *p, struct ms_span line, uint64_t offset, struct ms_event *out);
/* The text of a line alone, as that tag's program says it: fields, role and kind; all else is as of a line without envelope. */
void ms_parse_text(const struct ms_tag *tag, struct ms_span text, struct ms_event *out);
bool ms_first_stamp(struct ms_span line, int64_t *stamp_us, bool *has_year);

/* Queue IDs (postfix-log-lines.md 1.5). */
bool ms_queue_id_valid(struct ms_span id);                  /* Postfix short or long form */
bool ms_queue_id_time(struct ms_span id, int64_t *time_us); /* long form, and Exim's: UTC time inside */

/* Takes the first recipient off the list in u.verdict.recipients: `<A>,<B>`, or `A,B`. False: there is no more. */
bool ms_verdict_next_recipient(struct ms_span *list, struct ms_span *recipient);

/* The line kinds as data. */
struct ms_kind {
    const char *name; /* `postfix.smtpd.connect` */
    enum ms_role role;
    const char *signature; /* literal that names the line, for docs and the matcher */
    const char *fields; /* what `mailstrata parse` may print of it, behind the kind; names with blanks between them */
    const char *table;  /* where its facts go */
    const char *example;
};
extern const struct ms_kind ms_kinds[];
extern const size_t ms_n_kinds;

/* The rare signatures that the matcher looks for (windows chosen as in scan-performance.md 2). */
const struct ms_pattern *ms_kind_patterns(size_t *n);

/* `mailstrata parse`: one event as one JSON object (NDJSON) or CSV line, field names of DESIGN 6; text is repaired to valid
 * UTF-8 as DESIGN 4 says. `file` is printed as given. */
void ms_event_print_json(FILE *out, const struct ms_event *e, const struct ms_names *names, const char *file,
                         int64_t time_us);

/* What Exim has said, from a text of its: without the marks of pieces (`[1/2] `), its own stamp and pid, which depend on where it
 * was written to. False: the text is a further piece, or a header below an entry of the rejectlog. Pure. */
bool ms_exim_said(struct ms_span text, struct ms_span *said);

#endif
