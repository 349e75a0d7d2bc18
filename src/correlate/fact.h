/* A fact: what correlate keeps of one line for one list (a queue file's or a session's). Strings that repeat are codes of a
 * dictionary, strings that don't are spans; what stands where is told by one table (ms_fact_shapes), so that copying a
 * fact to another dictionary and arena is one function for all roles.
 *
 * Layout rule of a payload: first the codes (uint32_t), then the spans, then plain numbers. Thread rule: one owner; after a
 * stripe's barrier whoever seals the list. */
#ifndef MS_CORRELATE_FACT_H
#define MS_CORRELATE_FACT_H

#include "columnar/dict.h"
#include "parse/event.h"

enum { /* roles that no line has */
       MS_ROLE_RECIPIENT =
           MS_N_ROLES,    /* a further recipient of the DELIVERY right before, whose line speaks of several */
       MS_ROLE_TOMBSTONE, /* a life or session that a worker has closed on its own */
       MS_ROLE_OUTBOUND,  /* what an smtp or lmtp process does: outbound.h */
       MS_N_FACT_ROLES
};

/* DELIVERY or RECIPIENT? */
static inline bool ms_role_is_delivery(unsigned role)
{
    _Static_assert(MS_ROLE_RECIPIENT == MS_ROLE_DELIVERY + 1, "one comparison tells both");
    return role - MS_ROLE_DELIVERY <= 1;
}

enum ms_fact_flag {
    MS_FACT_BEGIN = 1,      /* a life or session begins here, whatever stands before */
    MS_FACT_COUNT_ONLY = 2, /* in a session's list: counts there, but its row is made by the queue file's list */
    MS_FACT_NO_END = 4,     /* of a program that logs no end of mails and sessions: lives.h says when they are over */
    MS_FACT_ASIDE = 8,      /* not a mail's own line: alone with its like it makes no message */
    MS_FACT_FOREIGN = 32,   /* not of Postfix */
    MS_FACT_MATCHED = 64,   /* in its mail's list: a user's pattern matches the line (matches.h) */
    MS_FACT_LAST = 128,     /* of a session: nothing follows, though it is no disconnect line */
    MS_FACT_FURTHER = 16,   /* not the first one of its line in this list */
};

#define MS_NO_PID UINT32_MAX

struct ms_fact_session { /* CONNECT, DISCONNECT, LOST */
    uint32_t name, ip, end_kind, end_stage, commands;
    int32_t port;
};
struct ms_fact_tls {
    uint32_t version, cipher;
    int32_t bits;
};
struct ms_fact_client { /* CLIENT, in both lists */
    uint32_t name, ip, sasl_method, sasl_username, orig_name, orig_ip;
    struct ms_span queue_id, orig_queue_id; /* queue_id: of the life, for the session's list */
    struct ms_span tls_version,
        tls_cipher;       /* of the session; spans, as the session's list may have another dictionary */
    struct ms_fact *twin; /* the same line in the other list, while both are in one worker's hands */
    int64_t session_id;
    int64_t moved_on_s; /* effective second in which the session went on to something else; MS_NONE: not yet */
    int32_t port;
    bool session_known; /* session_id and tls_* are filled in */
    bool lost;          /* the session was lost after this line */
    bool discarded;     /* the session was told to throw this mail away (a DISCARD before there was a queue file) */
};
struct ms_fact_login { /* SASL */
    uint32_t name, ip, method, username, reason;
    int32_t port;
    bool ok;
};
struct ms_fact_pickup {
    uint32_t sender;
    struct ms_span orig_queue_id;
    int64_t uid;
};
struct ms_fact_message_id {
    struct ms_span id;
    bool resent; /* resent-message-id=: counts only where there is no other */
};
struct ms_fact_active { /* ACTIVE, EXPIRED */
    uint32_t sender;
    int64_t size_bytes;
    int32_t nrcpt;
};
enum ms_delivered {
    MS_SENT,
    MS_DEFERRED,
    MS_BOUNCED,
    MS_OTHER_STATUS,
    MS_NO_STATUS,
    MS_WAITING, /* not tried: queued, held, or not due yet */
    MS_N_DELIVERED
};
enum ms_tls_evidence { MS_TLS_NOT_LOGGED, MS_TLS_LINE, MS_TLS_SAME_CONNECTION, MS_TLS_FIELD };
struct ms_fact_delivery {
    uint32_t recipient, orig_recipient, relay_host, relay_ip, dsn, status;
    uint32_t agent, ctladdr; /* MS_NO_CODE: the program is the agent */
    struct ms_span next_queue_id, reply;
    struct ms_span said; /* the next hop's own words, where `reply` is but a summary of them */
    struct ms_span
        tls; /* VERSION, CIPHER, TRUST, a \n between: a span, as what is known may come from another dictionary */
    int64_t delay_ms, delay_in_ms, delay_queue_ms, delay_conn_ms, delay_xmit_ms;
    int64_t xdelay_ms, priority;
    int32_t relay_port, conn_use, reply_code;
    enum ms_delivered outcome;
    enum ms_tls_evidence tls_evidence;
    bool forwarded;
    bool tls_known; /* false: depends on what the process did before (outbound.h) */
    bool is_part;   /* the others are not known yet (parts.h), and `reply` is the text of the line */
};
struct ms_fact_outbound { /* OUTBOUND: of a TLS line, or of a line with a queue ID */
    uint32_t name, ip;    /* of the peer */
    uint32_t tls;         /* text as in struct ms_fact_delivery */
    struct ms_span queue_id;
    int64_t delay_in_ms, delay_queue_ms;
    uint64_t last_key; /* of the last line that this fact stands for */
    int32_t port, conn_use;
    uint8_t what; /* enum ms_outbound_what */
    bool reused, waits;
};
enum ms_removal { MS_REMOVED_BY_QMGR, MS_REMOVED_BY_ADMIN, MS_REMOVED_CANCELED, MS_REMOVED_DISCARDED };
struct ms_fact_started { /* STARTED: in its mail's list and, told of its result, the delivery (started.h) */
    uint32_t recipient, agent;
    struct ms_span queue_id;
    struct ms_span text, result; /* of the result's line; what it says, a \n between */
    uint64_t result_key;         /* of its line, as the next */
    int64_t result_us, result_eff_s;
    uint16_t result_kind;
    uint32_t number; /* UINT32_MAX: not one */
    int32_t reply_code;
    enum ms_delivered outcome;
    bool is_known, has_result, forwarded; /* is_known: that there is no result, too */
};
struct ms_fact_finished {        /* FINISHED */
    struct ms_span text, result; /* text: of the line */
    uint32_t number;
    int32_t reply_code;
    enum ms_delivered outcome;
    bool forwarded;
};
struct ms_fact_removed { /* REMOVED, REQUEUED, HELD, RELEASED */
    enum ms_removal how;
};
struct ms_fact_recipient {
    uint32_t recipient;
};
struct ms_fact_accepted { /* ACCEPTED, in both lists */
    uint32_t sender, name, ip, protocol, helo, daemon, sasl_method, sasl_username, tls_version, tls_cipher;
    struct ms_span message_id, subject;
    struct ms_span parent_queue_id; /* of a mail that this one was made of */
    struct ms_span second_id;       /* as in the event */
    struct ms_span queue_id;        /* of the life, for the session's list */
    struct ms_span session_tls_version, session_tls_cipher, session_sasl_method,
        session_sasl_username; /* as in client */
    struct ms_fact *twin;
    int64_t session_id, size_bytes, uid;
    int32_t port, nrcpt, class;
    enum ms_born { MS_BORN_BY_SMTP, MS_BORN_LOCALLY, MS_BORN_AS_BOUNCE, MS_BORN_AS_CLONE, MS_BORN_SOMEHOW } born;
    bool session_known;
    bool waits;             /* there is a session that will know it */
    bool message_id_is_cut; /* this and the next two as in the event */
    bool is_headless;
    bool reuses_ids;
    bool has_null_sender;
    bool is_part; /* the others are not known yet (parts.h), and `subject` is the text of the line */
};
struct ms_fact_notice {
    struct ms_span new_queue_id;
    enum ms_notice_kind kind;
    bool by_child, gives_up; /* as in the event */
};
struct ms_fact_header {
    uint32_t protocol, helo, sender;
    struct ms_span subject; /* NULL: another header */
    struct ms_span text;    /* the whole message text, for the row of `events` */
    uint8_t severity;
};
enum ms_reject_effect {                    /* on the mail as a whole */
                        MS_EFFECT_NONE,    /* a recipient refused, a warning, a note */
                        MS_EFFECT_REFUSED, /* the content was refused: at end of data, by header or body checks */
                        MS_EFFECT_HELD,
                        MS_EFFECT_DISCARDED
};
struct ms_fact_reject {
    uint32_t action, stage, name, ip, dsn, blocklist, text, sender, recipient, protocol, helo, sasl_username,
        sasl_method;
    struct ms_span subject;
    int32_t port, reply_code;
    enum ms_reject_effect effect;
};
struct ms_fact_event { /* EVENT and all else that only makes a row of `events` */
    uint32_t client_ip;
    struct ms_span text;
    uint8_t severity;
    bool refused; /* the content was refused, though the line is no decision record */
};
struct ms_fact_tombstone {
    int64_t begin_s, end_s;
    bool ended;
};

struct ms_fact {
    struct ms_fact *next;
    uint64_t key;    /* ms_row_key of the line */
    int64_t time_us; /* resolved; in stand-in years if the source's year is unknown */
    int64_t eff_s;   /* effective second: running maximum of the host's stamps */
    uint32_t host_id, tag_id, pid;
    uint16_t kind;
    uint8_t role, flags;
    uint32_t
        ordinal; /* with MS_FACT_BEGIN: how many lives of the key began in the same effective second before; of facts of
                         one line and role: their order */
    uint32_t connection; /* same number, same process: the same SMTP connection; 0: not known */
    union {
        struct ms_fact_session session;
        struct ms_fact_tls tls;
        struct ms_fact_client client;
        struct ms_fact_login login;
        struct ms_fact_pickup pickup;
        struct ms_fact_message_id message_id;
        struct ms_fact_active active;
        struct ms_fact_delivery delivery;
        struct ms_fact_started started;
        struct ms_fact_finished finished;
        struct ms_fact_removed removed;
        struct ms_fact_notice notice;
        struct ms_fact_header header;
        struct ms_fact_reject reject;
        struct ms_fact_event event;
        struct ms_fact_tombstone tombstone;
        struct ms_fact_outbound outbound;
        struct ms_fact_accepted accepted;
        struct ms_fact_recipient recipient;
    } u;
};

struct ms_fact_shape {
    uint16_t n_codes, n_spans, span_offset, size_bytes; /* size: of the whole fact */
};
extern const struct ms_fact_shape ms_fact_shapes[MS_N_FACT_ROLES];

/* How facts of one list stand: by effective second, in it by line, and within one line by role and number. (In one file, and in
 * files of which one begins when the other one is over, that is the order of the lines.) */
static inline int ms_fact_order(const struct ms_fact *x, const struct ms_fact *y)
{
    if (x->eff_s != y->eff_s)
        return x->eff_s < y->eff_s ? -1 : 1;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if ((x->flags ^ y->flags) & MS_FACT_BEGIN) /* (its number means something else) */
        return x->flags & MS_FACT_BEGIN ? -1 : 1;
    if (x->role != y->role)
        return (int)x->role - (int)y->role;
    return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

/* A session's decision to take its next mail and throw it away. */
static inline bool ms_fact_discards(const struct ms_fact *f)
{
    return f->role == MS_ROLE_REJECT && f->u.reject.effect == MS_EFFECT_DISCARDED && !(f->flags & MS_FACT_COUNT_ONLY);
}

/* The status says that this recipient is tried no more. */
static inline bool ms_delivered_settled(enum ms_delivered outcome)
{
    return outcome != MS_DEFERRED && outcome < MS_NO_STATUS;
}

/* Room for a fact of that role; every member is the caller's to fill. */
struct ms_fact *ms_fact_room(struct ms_arena *arena, unsigned role);
/* The same, zeroed. */
struct ms_fact *ms_fact_new(struct ms_arena *arena, unsigned role);

/* A copy whose spans live in `arena` and whose codes are those of `to` (`to == from` keeps them). next is NULL. */
struct ms_fact *ms_fact_copy(const struct ms_fact *f, struct ms_arena *arena, const struct ms_dict *from,
                             struct ms_dict *to);

#endif
