/* What the helper*.c files share: programs beside the MTA that log about its mails: filters, policy servers, mailboxes
 * (reference/relay-helpers.md). Only for parse/. Every reader sets e->kind, role and u itself, and returns false (nothing set) if the
 * line is none that it knows; it is then the helper's kind `other`.
 *
 * Most of what stands in these lines is chosen by senders and clients: message-ids, addresses, user names, names of files. A
 * reader believes what stands in front of such a field; behind it, only what the signs of the line's form fix in one way. Where two
 * readings are possible, the fields are NULL. */
#ifndef MS_PARSE_HELPER_H
#define MS_PARSE_HELPER_H

#include "parse/dialect.h"
#include "parse/fields.h"
#include "parse/kinds.h"

struct ms_helper_line {
    struct ms_event *e;
    struct ms_span tag;    /* under which the line stands */
    struct ms_cursor body; /* all of the text */
};

/* Which helper writes under this tag; 0: none of them. */
uint8_t ms_helper_of(struct ms_span tag);

bool ms_helper_amavis(struct ms_helper_line *l);
bool ms_helper_rspamd(struct ms_helper_line *l);
bool ms_helper_spamd(struct ms_helper_line *l);
bool ms_helper_clamav_milter(struct ms_helper_line *l);
bool ms_helper_mailscanner(struct ms_helper_line *l);
bool ms_helper_mimedefang(struct ms_helper_line *l);
bool ms_helper_opendkim(struct ms_helper_line *l);
bool ms_helper_opendmarc(struct ms_helper_line *l);
bool ms_helper_policyd_spf(struct ms_helper_line *l);
bool ms_helper_postgrey(struct ms_helper_line *l);
bool ms_helper_dovecot(struct ms_helper_line *l);
bool ms_helper_cyrus(struct ms_helper_line *l);
bool ms_helper_saslauthd(struct ms_helper_line *l);
bool ms_helper_syslog(struct ms_helper_line *l);
bool ms_helper_mailbox_daemon(struct ms_helper_line *l); /* `imapd`, `pop3d`: Cyrus', Courier's or somebody else's */
bool ms_helper_courier(struct ms_helper_line *l);
bool ms_helper_vpopmail(struct ms_helper_line *l);

/* Sets the kind of a verdict, and all its fields to "not there". Always true. */
bool ms_helper_verdict(struct ms_event *e, enum ms_kind_id kind);
/* The same of a login and of an event. */
bool ms_helper_login(struct ms_event *e, enum ms_kind_id kind, bool ok);
bool ms_helper_event(struct ms_event *e, enum ms_kind_id kind);

/* `QID: ` of a milter's line: the MTA's ID, of Postfix, sendmail or Exim. The cursor stands behind it then. */
bool ms_helper_skip_queue_id(struct ms_helper_line *l);
/* How many bytes at p are such an ID; 0: none. */
size_t ms_helper_queue_id_length(const char *p, const char *end);

/* The place of `literal` in [p, end) if there is just one, else NULL: whoever writes another one into a field of his gains nothing. */
const char *ms_find_only(const char *p, const char *end, const char *literal, size_t n);
#define MS_FIND_ONLY(p, end, literal) ms_find_only((p), (end), (literal), sizeof(literal) - 1)

/* Up to a blank, comma, semicolon or the end. */
struct ms_span ms_helper_word(struct ms_cursor *c);
/* `-1.9`, `5`: digits with a sign and a point, else NULL. The cursor moves behind it. */
struct ms_span ms_helper_number(struct ms_cursor *c);
/* An address that the cursor stands on, valid and followed by none of its own signs, else NULL. The cursor moves behind it. */
struct ms_span ms_helper_ip(struct ms_cursor *c);
/* Without one enclosing pair of <>. NULL for words that say that there is none. */
struct ms_span ms_helper_message_id(struct ms_span id);
/* pass, fail ... in lower case (static text) of any writing; NULL: no such word. */
struct ms_span ms_helper_result(struct ms_span word);

#endif
