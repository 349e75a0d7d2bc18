/* CONTRACT of parse to correlate and to `mailstrata parse`: one understood line. Spans borrow the segment's text; strings
 * are raw log bytes (the UTF-8 repair happens when a value is interned or printed). No allocation.
 *
 * Field names are the column names of DESIGN 4. A span with p == NULL is "not in this line"; numbers use MS_NONE. The peers
 * of the frequent lines are tokens, NAME[ADDR]:PORT as logged: the same few come again and again, and whoever keeps them
 * takes them apart once for each distinct one (ms_endpoint_of). */
#ifndef MS_PARSE_EVENT_H
#define MS_PARSE_EVENT_H

#include <stdint.h>

#include "base/span.h"
#include "parse/endpoint.h"

/* What correlate does with a line. The dotted kind (parse/kinds.h) is finer; many kinds share one role. */
enum ms_role {
    MS_ROLE_UNPARSED, /* no envelope, or a daemon's line that no rule reads; `reason` says which */
    MS_ROLE_EVENT,    /* understood, goes to `events` only (with queue_id if it has one) */
    /* sessions, keyed by (host, program, pid) */
    MS_ROLE_CONNECT,    /* u.session */
    MS_ROLE_DISCONNECT, /* u.session, with the counters */
    MS_ROLE_LOST,  /* lost connection, timeout, too many errors: u.session.end_kind, end_stage (queue_id perhaps) */
    MS_ROLE_TLS,   /* server side TLS established: u.tls */
    MS_ROLE_SASL,  /* a login, good or bad, seen on its own: u.login */
    MS_ROLE_PROXY, /* proxy-accept / proxy-reject without queue ID: u.proxy */
    MS_ROLE_CLIENT_TLS, /* outbound TLS established (smtp, lmtp), no queue ID: u.tls */
    /* queue files, keyed by (host, instance, queue ID) */
    MS_ROLE_CLIENT, /* smtpd/qmqpd client=: u.client; NOQUEUE: client= has no queue_id */
    MS_ROLE_PICKUP, /* pickup uid=: u.pickup */
    MS_ROLE_ACCEPTED, /* one line that says all of a mail's arrival (sendmail from=, Exim <=, qmail info msg): u.accepted */
    MS_ROLE_BEGIN,      /* a queue file begins; the line says no more than that */
    MS_ROLE_MESSAGE_ID, /* u.message_id */
    MS_ROLE_ACTIVE,     /* qmgr from=, size=, nrcpt=: u.active */
    MS_ROLE_EXPIRED,    /* qmgr status=expired / force-expired: u.active.sender */
    MS_ROLE_REMOVED,    /* qmgr, postsuper, cleanup (u.removed.how) */
    MS_ROLE_REQUEUED,   /* postsuper requeued: ends the life */
    MS_ROLE_HELD,       /* postsuper placed on hold; cleanup/smtpd hold by policy is MS_ROLE_REJECT with action hold */
    MS_ROLE_RELEASED,
    MS_ROLE_CORRUPT,  /* saving corrupt file: ends the life */
    MS_ROLE_NOTICE,   /* bounce: sender non-delivery notification: NEWQID: u.notice */
    MS_ROLE_HEADER,   /* header check "info"/"warning"/"prepend"...: u.header (Subject) */
    MS_ROLE_REJECT,   /* any access decision, NOQUEUE or with queue ID: u.reject */
    MS_ROLE_ATTEMPT,  /* smtp: soft failure at one server, no status: text only */
    MS_ROLE_STARTED,  /* a delivery begins, whose result is a line of its own: u.delivery without a result */
    MS_ROLE_FINISHED, /* the result of a delivery that was started: u.delivery without queue ID and recipient */
    MS_ROLE_VERDICT,  /* a filter or final mailbox about one mail: u.verdict */
    /* the host */
    MS_ROLE_DAEMON, /* master: daemon started, reload, terminating */
    /* a queue file again: the last one, so that correlate can put one of its own behind it (fact.h) */
    MS_ROLE_DELIVERY, /* to=, relay=, ... status=: u.delivery */
    MS_N_ROLES
};

enum ms_daemon { /* the program part of the tag */
                 MS_D_OTHER,
                 MS_D_SMTPD,
                 MS_D_CLEANUP,
                 MS_D_QMGR,
                 MS_D_SMTP,
                 MS_D_LMTP,
                 MS_D_LOCAL,
                 MS_D_VIRTUAL,
                 MS_D_PIPE,
                 MS_D_ERROR,
                 MS_D_RETRY,
                 MS_D_DISCARD,
                 MS_D_BOUNCE,
                 MS_D_PICKUP,
                 MS_D_POSTSCREEN,
                 MS_D_MASTER,
                 MS_D_POSTSUPER,
                 MS_D_QMQPD,
                 MS_D_POSTFIX_OTHER, /* anvil, scache, tlsproxy, verify, trivial-rewrite ... */
                 MS_D_SENDMAIL,
                 MS_D_EXIM,
                 MS_D_QMAIL,
                 MS_D_HELPER, /* a filter, a policy server, a mailbox: parse/helper.h knows which */
                 MS_N_DAEMONS
};

enum ms_notice_kind { /* a success DSN is a bounce, too */
                      MS_NOTICE_BOUNCE,
                      MS_NOTICE_DELAY,
                      MS_NOTICE_CLONE
};

enum ms_mta { MS_MTA_NONE, MS_MTA_POSTFIX, MS_MTA_SENDMAIL, MS_MTA_QMAIL, MS_MTA_EXIM };

struct ms_tls {
    struct ms_endpoint peer;
    struct ms_span trust;   /* Anonymous, Untrusted, Trusted, Verified */
    struct ms_span version; /* TLSv1.3 */
    struct ms_span cipher;
    int64_t bits; /* the first number */
    /* since 3.4: */
    struct ms_span sni;                                /* server side: the name that the client asked for */
    struct ms_span key_exchange;                       /* X25519, ECDHE (without the curve) */
    struct ms_span server_signature, client_signature; /* RSA-PSS, ECDSA, ED25519 (without size and digest) */
};

/* A time on its way from the envelope to an effective time (correlate/clock.h). Lines of one host that come one after the other
 * (others may stand between) with the same stamp share it. */
struct ms_line_stamp {
    int64_t stamp_us; /* as parsed, MS_NONE if the line has none */
    int64_t time_us;  /* with its year; this and the next MS_NONE until they are settled, or without a stamp */
    int64_t eff_s;    /* the host's effective second */
    uint32_t host_id;
    uint8_t has_year;
};

struct ms_stamps {               /* of a segment, by first line */
    struct ms_line_stamp *items; /* room for one a line */
    size_t n;
    uint32_t *of_line; /* the line's index in items, never above the line's own */
};

struct ms_event {
    uint64_t offset;     /* of the line in the (uncompressed) source */
    struct ms_span line; /* whole line without its end (CR LF stripped) */
    /* envelope */
    int64_t
        stamp_us; /* UTC; what the stamp itself does not tell, see has_year, as if the year were 2000 and the zone UTC. MS_NONE: no stamp */
    int64_t time_us, eff_s; /* as in struct ms_line_stamp */
    uint8_t has_year;       /* enum ms_stamp_year (parse/stamp.h) */
    uint8_t severity;       /* enum ms_severity of the text prefix: 0 info, 1 warning, 2 error, 3 fatal, 4 panic */
    uint8_t mta;            /* enum ms_mta */
    uint8_t daemon;         /* enum ms_daemon */
    uint8_t role;           /* enum ms_role */
    bool is_usual;          /* one of the texts of Postfix that nearly all lines have, which postfix_usual.c has read */
    bool is_cut;            /* by its length the line may be but a beginning: only what is sure is read (shortened.h) */
    uint16_t kind;          /* index into ms_kinds[] */
    uint32_t host_id;       /* ms_names: run-wide id of the host string; MS_NO_NAME if the line has none */
    uint32_t tag_id;        /* ms_names: run-wide id of the whole tag (`postfix/submission/smtpd`) */
    int64_t pid;            /* MS_NONE */
    struct ms_span queue_id; /* NULL if none; NOQUEUE is none */
    struct ms_span text;     /* message text behind the envelope, severity word included */
    const char *reason;      /* MS_ROLE_UNPARSED: static text */
    /* The line stands for so many copies of another (parse/repeats.h); 0: it is one as others. If it holds their text, all else
     * here is read from that; else the kind is syslog.repeated. */
    uint32_t repeats;
    /* The rest only if so: */
    uint32_t times;           /* how many of them the dataset gets, at least 1 */
    struct ms_span repeat_by; /* the text of the line itself */
    const struct ms_event
        *repeated; /* the line that is repeated, where this one does not hold its text; NULL: not known */
    union {
        struct {
            struct ms_span client;    /* token, see above */
            struct ms_span end_kind;  /* static text: "lost", "timeout", "error" (MS_ROLE_LOST) */
            struct ms_span end_stage; /* CONNECT, RCPT, DATA ... */
            struct ms_span commands;  /* the counters as logged: `ehlo=1 mail=1 ... commands=7`; NULL before 3.0 */
        } session;
        struct ms_tls tls;
        struct {
            struct ms_endpoint client;
            struct ms_span method, username, reason;
            bool ok;
        } login;
        struct {
            bool accepted;
            struct ms_span reply, dsn, next_queue_id; /* dsn: of the reply; `queued as` in it */
            struct ms_span sender, recipient, protocol, helo, sasl_username, stage;
        } proxy;
        struct {
            struct ms_span client; /* token */
            struct ms_span sasl_method, sasl_username, sasl_sender;
            struct ms_span orig_queue_id;
            struct ms_span orig_client; /* token */
        } client;
        struct {
            int64_t uid;
            struct ms_span sender;        /* without <>; empty = null sender */
            struct ms_span orig_queue_id; /* requeue: orig_id= */
        } pickup;
        struct {
            struct ms_span id; /* as logged, without one enclosing <> pair; may be empty */
            bool resent;
        } message_id;
        struct {
            struct ms_span sender;
            int64_t size_bytes, nrcpt;
            bool forced; /* force-expired */
        } active;
        struct {
            struct ms_span recipient, orig_recipient;
            struct ms_span relay; /* token of its own kind: ms_endpoint_of_relay */
            int64_t conn_use, delay_ms, delay_in_ms, delay_queue_ms, delay_conn_ms, delay_xmit_ms;
            /* The next three lines are set only if `mta` is not Postfix. */
            int64_t xdelay_ms, priority;            /* sendmail */
            struct ms_span agent, ctladdr;          /* sendmail's mailer, Exim's transport ...; NULL: not in the line */
            int64_t number;                         /* of a delivery whose lines are STARTED and FINISHED */
            struct ms_span tls_version, tls_cipher; /* Exim */
            struct ms_span said; /* the next hop's own words, where `reply` sums them up; else NULL */
            bool is_list;        /* recipient is a list of all that this line speaks of */
            struct ms_span tls_features, dsn;
            struct ms_span
                status; /* sent, deferred, bounced, SOFTBOUNCE, deliverable, undeliverable ...; NULL if the line is cut */
            struct ms_span reply;         /* text in the outer parentheses, all of it; sendmail's stat */
            int64_t reply_code;           /* of the remote reply inside the text; MS_NONE */
            struct ms_span next_queue_id; /* forwarded as / queued as ... (postfix-log-lines.md 2.10.1) */
            bool forwarded;               /* local: forwarded as */
            bool truncated;               /* the closing parenthesis is missing */
            bool is_part;                 /* sendmail: the first part of a line that goes on in others */
            bool is_untried;              /* Exim: its time had not come, and nothing was tried */
        } delivery;
        struct {
            struct ms_span
                how; /* NULL: plain `removed`; else canceled, discarded; by postsuper: "postsuper" (static) */
        } removed;
        struct {
            struct ms_span new_queue_id; /* is_list: several, as ms_queue_id_item takes them apart */
            uint8_t kind;                /* enum ms_notice_kind */
            bool is_list;
            bool by_child; /* the line is the child's: new_queue_id is the parent */
            bool gives_up; /* and tries no recipient any more */
            bool is_born;  /* sendmail, qmail: the child has no line of its own that says so */
        } notice;
        struct {
            struct ms_span action;     /* info, warning, prepend, replace ... */
            struct ms_span stage;      /* header, body, content */
            struct ms_span content;    /* header or body line */
            struct ms_span subject;    /* value of a Subject: header, else NULL */
            struct ms_endpoint client; /* ORIGIN; name "local" for local mail */
            struct ms_span sender, recipient, protocol, helo, text;
        } header;
        struct {
            struct ms_span
                action; /* reject, reject_warning, hold, discard, filter, milter-reject, proxy-reject ... as logged */
            struct ms_span stage; /* RCPT, CONNECT, END-OF-MESSAGE ...; header / body for cleanup's checks */
            struct ms_endpoint client;
            int64_t reply_code;
            struct ms_span dsn;
            struct ms_span text;      /* the whole BODY behind the client, in front of the tail */
            struct ms_span class;     /* what was refused: Client host, Sender address ... */
            struct ms_span blocklist; /* zone of `blocked using ZONE` */
            struct ms_span sender, recipient, protocol, helo, sasl_method, sasl_username;
            struct ms_span subject; /* header check on a Subject */
        } reject;
        struct {
            struct ms_span what; /* started, reload, terminating, stopped (static) */
        } daemon_state;
        struct {
            struct ms_endpoint client;
            struct ms_span ident;      /* the peer's answer to RFC 1413, or the local login */
            struct ms_span message_id; /* as logged, without one enclosing <> pair; NULL: not in the line */
            struct ms_span sender;     /* without <>; empty = null sender */
            struct ms_span protocol, helo, daemon, subject;
            struct ms_span sasl_method, sasl_username, tls_version, tls_cipher;
            struct ms_span parent_queue_id; /* the mail that this one reports on (Exim R=) */
            struct ms_span second_id;       /* another name of this mail on this host: qmail's `qp 4711` */
            int64_t size_bytes, nrcpt, class, uid;
            bool is_part;           /* as of a delivery */
            bool message_id_is_cut; /* message_id is but its beginning */
            bool is_headless; /* the line is whole, and sendmail had not read a header: given up, unless delivered */
            bool is_local;    /* submitted on this host, not by SMTP */
            bool
                reuses_ids; /* of a queue whose IDs come again: a mail begins here, whatever the ID has seen before. Else
                                the ID is unique, and other lines of the mail may stand before this one */
        } accepted;
        struct {
            struct ms_span recipient;     /* of one; or ... */
            struct ms_span recipients;    /* ... all that the line names: ms_verdict_next_recipient */
            struct ms_span message_id;    /* as logged, without one enclosing <> pair */
            struct ms_span next_queue_id; /* by which the mail goes on (amavis: queued_as); `ID/ID`: several */
            struct ms_span session;       /* of a mailbox server, which the reply to the delivery names too */
            struct ms_span verdict, action, spf, dkim, dmarc, virus, mailbox;
            struct ms_span score, threshold; /* decimal numbers as logged */
            struct ms_span client_ip;
            int64_t took_ms; /* how long the helper says that it took */
        } verdict;
        struct ms_event_peer {         /* MS_ROLE_EVENT, MS_ROLE_ATTEMPT */
            struct ms_endpoint client; /* the peer that the text names; all NULL if none */
            int64_t count;             /* rate, rank, bytes, copies ...: the number that the line is about */
            int64_t per_s;             /* a rate's unit of time */
            struct ms_span service;    /* master.cf service of a limit or rate */
            struct ms_span blocklist;  /* zone of a DNSBL */
        } event;
    } u;
};

static inline struct ms_event_peer ms_event_peer_none(void)
{
    return (struct ms_event_peer){.client = {.port = MS_NONE}, .count = MS_NONE, .per_s = MS_NONE};
}

#endif
