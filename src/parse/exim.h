/* What the exim*.c files share. Facts: reference/exim-log-lines.md. Only for parse/. Every reader sets e->role, e->kind and e->u
 * itself, and returns false (nothing set) if the line is not of its kind.
 *
 * Exim writes ` KEY=value` items, whose values may be a stranger's words: HELO names, idents, message-ids, subjects, the
 * answers of servers. A reading counts only if it takes the line apart to its end; where two readings do, what differs
 * between them is not believed. */
#ifndef MS_PARSE_EXIM_H
#define MS_PARSE_EXIM_H

#include "parse/dialect.h"
#include "parse/exim_id.h"
#include "parse/fields.h"
#include "parse/kinds.h"

struct ms_exim_line {
    struct ms_event *e;
    struct ms_cursor body; /* behind pid and message ID */
};

static inline void ms_exim_name(struct ms_event *e, enum ms_kind_id kind)
{
    e->kind = (uint16_t)kind;
    e->role = (uint8_t)ms_kinds[kind].role;
}

/* A line that goes to `events` only, about `client` (ms_endpoint_none(): nobody). */
static inline bool ms_exim_event(struct ms_event *e, enum ms_kind_id kind, struct ms_endpoint client)
{
    ms_exim_name(e, kind);
    e->u.event = ms_event_peer_none();
    e->u.event.client = client;
    return true;
}

/* ` KEY=value` items by what they tell. A key that stands twice makes `odd` true. */
enum ms_exim_key {
    MS_EXIM_A,
    MS_EXIM_C,
    MS_EXIM_CI,
    MS_EXIM_CV,
    MS_EXIM_D,
    MS_EXIM_DKIM,
    MS_EXIM_DN,
    MS_EXIM_DT,
    MS_EXIM_F,
    MS_EXIM_H,
    MS_EXIM_I,
    MS_EXIM_P,
    MS_EXIM_QT,
    MS_EXIM_R,
    MS_EXIM_S,
    MS_EXIM_T,
    MS_EXIM_U,
    MS_EXIM_X,
    MS_EXIM_N_KEYS,
    MS_EXIM_OTHER = MS_EXIM_N_KEYS
};
struct ms_exim_items {
    struct ms_span of[MS_EXIM_N_KEYS]; /* without the quotes or <> around; NULL: not there */
    bool odd;
};

/* Takes items (` KEY=value`, or a lone ` KEY` of capitals) as long as there are any; H= is a host without HELO. */
void ms_exim_read_items(struct ms_cursor *c, struct ms_exim_items *items);

/* Behind `H=` or `from `: `NAME [IP]`, `NAME (HELO) [IP]`, `(HELO) [IP]` or `[IP]`, each perhaps with `:PORT`. The peer has
 * chosen HELO, which may hold brackets. */
struct ms_exim_host {
    struct ms_span token; /* all of it; ms_endpoint_of takes it apart */
    struct ms_span helo;
};

/* Reads the next host form that ends at or behind `from`; the cursor is behind it. `from` NULL: the first one. */
bool ms_exim_read_host(struct ms_cursor *c, const char *from, struct ms_exim_host *out);

/* Reads the host for which `goes_on` agrees with what follows it and its items; the cursor is behind them. Where more than one host
 * does, which may be a stranger's art, the line is read by the first and its host is NULL. False: none does. */
typedef bool (*ms_exim_follow_fn)(const struct ms_cursor *behind);
bool ms_exim_read_peer(struct ms_cursor *c, ms_exim_follow_fn goes_on, struct ms_exim_host *host,
                       struct ms_exim_items *items);

/* The closing quote of a text in which \ quotes; `p` behind the opening one. NULL: there is none. */
const char *ms_exim_quote_end(const char *p, const char *end);

/* `1w2d3h4m5s`, `0.304s`, as milliseconds; MS_NONE. */
int64_t ms_exim_duration_ms(struct ms_span s);

/* `TLS1.3:CIPHER:256` */
void ms_exim_tls(struct ms_span x, struct ms_span *version, struct ms_span *cipher);

/* What the server said in `SMTP error from remote mail server after RCPT TO:<A>: [host H [IP]: ]WORDS`, and `H [IP]`, NULL if it is
 * not there. NULL: nothing was said. */
struct ms_span ms_exim_answer(struct ms_span text, struct ms_span *host);

/* The kinds of lines; the first two need a message ID. */
bool ms_exim_arrival(struct ms_exim_line *l);
bool ms_exim_delivery(struct ms_exim_line *l);
bool ms_exim_session(struct ms_exim_line *l);
bool ms_exim_refusal(struct ms_exim_line *l);

#endif
