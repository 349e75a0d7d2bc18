/* The border inside parse/ between the envelope (which knows the daemon) and the dialects (which know what it says).
 * Not for other layers. Thread rule: pure functions of their arguments. */
#ifndef MS_PARSE_DIALECT_H
#define MS_PARSE_DIALECT_H

#include "parse/parse.h"

/* Names a Postfix line and fills e->role, kind, reason, queue_id, severity, u. In: e->text, daemon, mta, tag_id, stamp,
 * pid, host are set; role, kind, reason, queue_id and severity hold the values of "nothing known"; u is not set. */
void ms_postfix_parse(const struct ms_tag *tag, struct ms_event *e);

/* The same for the texts that are most of all logs, at once (postfix_usual.c); false: nothing done, it is for ms_postfix_parse.
 * 64 bytes behind the text are readable. */
bool ms_postfix_usual(struct ms_event *e);

/* The same for Exim's texts, with or without Exim's own stamp in front. */
void ms_exim_parse(const struct ms_tag *tag, struct ms_event *e);
/* Is it one of Exim's own, so that a line of this text can be of Exim's log files, which name no program? */
bool ms_exim_knows(struct ms_span text);

/* The same for the programs beside the MTA (helper.c). */
void ms_helper_parse(const struct ms_tag *tag, struct ms_event *e);

/* The same for qmail's texts and for what stands in front of it, with or without splogger's stamp. */
void ms_qmail_parse(const struct ms_tag *tag, struct ms_event *e);
/* As ms_exim_knows, for a text without splogger's stamp. */
bool ms_qmail_knows(struct ms_span text);
/* The same behind the stamp that splogger puts in front: a line of qmail's, whatever its tag. */
bool ms_qmail_knows_stamped(struct ms_span text);
/* The same for sendmail's lines, and for those of programs that nobody has claimed: sendmail logs under any name that it is told
 * to (-L), so that only the text shows it; then mta and daemon are set, too. */
void ms_sendmail_parse(const struct ms_tag *tag, struct ms_event *e);
void ms_unclaimed_parse(const struct ms_tag *tag, struct ms_event *e);

/* The mail `other` was made of this one's. */
static inline void ms_notice_set(struct ms_event *e, struct ms_span other, enum ms_notice_kind kind)
{
    e->u.notice.new_queue_id = other;
    e->u.notice.kind = (uint8_t)kind;
    e->u.notice.is_list = e->u.notice.by_child = e->u.notice.gives_up = e->u.notice.is_born = false;
}

/* Index in ms_kinds[]; asserts that it exists. */
uint16_t ms_kind_find(const char *name);

#endif
