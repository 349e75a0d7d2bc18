/* What the postfix*.c files share: the line behind its severity word and queue ID, and the readers that more than one
 * daemon needs. Only for parse/. Every reader sets e->role, e->kind and e->u itself, and returns false (nothing set) if
 * the line is not of its kind. Facts: reference/postfix-log-lines.md. */
#ifndef MS_PARSE_POSTFIX_H
#define MS_PARSE_POSTFIX_H

#include "parse/dialect.h"
#include "parse/fields.h"
#include "parse/kinds.h"

struct ms_postfix_line {
    const struct ms_tag *tag;
    struct ms_event *e;
    struct ms_cursor body; /* behind severity word and queue ID */
    bool noqueue;          /* `NOQUEUE: ` stood before the body */
    bool unnamed;          /* the tag says `postfix` and no program (postfix_unnamed.c): any daemon's rule may fit */
};

/* Sets kind and the role that the kind has. */
static inline void ms_postfix_name(struct ms_event *e, enum ms_kind_id kind)
{
    e->kind = (uint16_t)kind;
    e->role = (uint8_t)ms_kinds[kind].role;
}

/* A line that goes to `events` only, about no peer. */
static inline bool ms_postfix_event(struct ms_event *e, enum ms_kind_id kind)
{
    ms_postfix_name(e, kind);
    e->u.event = ms_event_peer_none();
    return true;
}

/* The same, about the peer that `token` (NAME[ADDR]:PORT) names. */
static inline bool ms_postfix_event_peer(struct ms_event *e, enum ms_kind_id kind, struct ms_span token)
{
    ms_postfix_name(e, kind);
    e->u.event = ms_event_peer_none();
    e->u.event.client = ms_endpoint_of(token);
    return true;
}

/* A peer that `: ` follows, read up to the blank. */
static inline struct ms_span ms_without_colon(struct ms_span peer)
{
    peer.n -= peer.n > 0 && peer.p[peer.n - 1] == ':';
    return peer;
}

/* One daemon's informational lines each. */
bool ms_postfix_smtpd(struct ms_postfix_line *l);
bool ms_postfix_qmqpd(struct ms_postfix_line *l);
bool ms_postfix_cleanup(struct ms_postfix_line *l);
bool ms_postfix_pickup(struct ms_postfix_line *l);
bool ms_postfix_qmgr(struct ms_postfix_line *l);
bool ms_postfix_bounce(struct ms_postfix_line *l);
bool ms_postfix_postsuper(struct ms_postfix_line *l);
bool ms_postfix_agent(struct ms_postfix_line *l);
bool ms_postfix_client(struct ms_postfix_line *l);
bool ms_postfix_postscreen(struct ms_postfix_line *l);
bool ms_postfix_small(struct ms_postfix_line *l);

/* A line of an unknown daemon; sets e->daemon if the text tells it. */
bool ms_postfix_unnamed(struct ms_postfix_line *l);

/* Verbose talk, tried when nothing else fits. */
bool ms_postfix_debug(struct ms_postfix_line *l);

/* Any daemon's line with a severity word. */
bool ms_postfix_warning(struct ms_postfix_line *l);

/* `to=<R>, relay=..., status=... (TEXT)`, of every agent and version. */
bool ms_postfix_delivery(struct ms_postfix_line *l, enum ms_kind_id kind);

/* What a delivery's reply tells: sets reply_code, next_queue_id and forwarded. Daemon, relay, status and reply are set. */
void ms_postfix_delivery_text(struct ms_event *e);

/* The remote server's reply code inside the text of a delivery; `remote`: the text itself may be the reply. */
int64_t ms_postfix_reply_code(struct ms_span text, bool remote);

/* The enhanced code behind that reply code; NULL if there is none. */
struct ms_span ms_postfix_reply_dsn(struct ms_span text, bool remote);

/* The queue ID by which the next hop calls the mail, in a successful reply; NULL if it names none. */
struct ms_span ms_postfix_next_id(struct ms_span reply);

/* Behind `; ` of a refusal: who, whom, how (postfix-log-lines.md 3.2, rule 3). */
enum ms_tail_style { MS_TAIL_BLANK, MS_TAIL_COMMA, MS_TAIL_CHECK };
struct ms_postfix_tail {
    struct ms_span sender, recipient, protocol, helo, sasl_method, sasl_username;
    struct ms_span text; /* MS_TAIL_CHECK: what stands behind `: ` at the end */
    bool well_formed;    /* all values look as Postfix 3.5+ writes them: nothing inside them can be a forged tail */
};

/* Reads a tail that must reach to the end of `c`; `c` starts behind the ';'. */
bool ms_postfix_tail_read(struct ms_cursor c, enum ms_tail_style style, struct ms_postfix_tail *out);

/* Finds the tail of a BODY from right to left; returns the position of its ';', or NULL and an empty tail. */
const char *ms_postfix_tail_find(struct ms_cursor body, enum ms_tail_style style, struct ms_postfix_tail *out);

/* The class (Client host, Sender address ...) in a BODY, behind its codes; NULL if it names none. */
struct ms_span ms_postfix_class(struct ms_cursor body, const struct ms_postfix_tail *tail);

/* The zone of `blocked using ZONE` in a BODY, behind its codes. */
struct ms_span ms_postfix_blocklist(struct ms_cursor body, const struct ms_postfix_tail *tail);

/* `ACTION: STAGE from CLIENT: BODY; TAIL`, of smtpd, postscreen, and cleanup's milters. */
bool ms_postfix_reject(struct ms_postfix_line *l, enum ms_tail_style style);

/* `proxy-accept: STAGE: REPLY; TAIL`. */
bool ms_postfix_proxy(struct ms_postfix_line *l);

/* `[Untrusted ]TLS connection {established from,established to,reused to} PEER[ to SNI]: PROTO with cipher ...`. MS_TLS_NONE
 * (nothing set) if it is no such line. */
enum ms_tls_verb { MS_TLS_NONE, MS_TLS_FROM, MS_TLS_TO, MS_TLS_REUSED };
enum ms_tls_verb ms_postfix_tls(struct ms_cursor c, struct ms_tls *out);

/* The TLS engine's other texts, under the names that they have in one daemon. */
struct ms_tls_kinds {
    enum ms_kind_id setup, error, unverified, certificate, session, detail;
};
bool ms_postfix_tls_event(struct ms_postfix_line *l, const struct ms_tls_kinds *kinds);

#endif
