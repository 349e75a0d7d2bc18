/* One dialect: how a mail system tells what happens. A further dialect is one more of these (and a row in writer.c).
 *
 * Each hook writes lines, or none; what a line about a life tells goes into `said`, so that truth holds what the log shows.
 * NULL: nothing is ever written there. Private to gen/. */
#ifndef MS_GEN_WRITER_H
#define MS_GEN_WRITER_H

#include "gen/world.h"

/* Syslog's, or a file of one host that has another one before the text, and neither host nor process. */
enum ms_gen_stamp_form { MS_GEN_STAMP_SYSLOG, MS_GEN_STAMP_SPACED, MS_GEN_STAMP_NONE };

struct ms_gen_writer {
    const char *name, *mta; /* of the dialect; in the column mta */
    enum ms_gen_stamp_form stamp;
    /* not syslog's: files of one host, without its name */ /* of the dialect, and in the column mta */
    unsigned session_pool;                                  /* which of the host's pools serves connections */
    unsigned serves;                                        /* connections a process, 0: many */
    void (*host)(struct ms_gen *g, struct ms_gen_host *h);  /* programs of its pools, fixed daemons */
    /* Sessions. */
    void (*connected)(struct ms_gen *g, struct ms_gen_session *s);
    void (*refused)(struct ms_gen *g, struct ms_gen_session *s, const struct ms_gen_refusal *r);
    void (*closed)(struct ms_gen *g, struct ms_gen_session *s);
    /* Lives: a mail is announced (its queue ID is made), its content read, it is accepted. */
    void (*queue_id)(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_session *s);
    void (*announced)(struct ms_gen *g, struct ms_gen_life *l, const struct ms_gen_session *s);
    void (*content)(struct ms_gen *g, struct ms_gen_life *l);
    void (*accepted)(struct ms_gen *g, struct ms_gen_life *l);
    void (*retried)(struct ms_gen *g, struct ms_gen_life *l);
    void (*trying)(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_group *group); /* an attempt begins */
    void (*tried)(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_group *group);
    void (*expired)(struct ms_gen *g, struct ms_gen_life *l);
    void (*noticed)(struct ms_gen *g, struct ms_gen_life *l, struct ms_gen_life *notice); /* a report to the sender */
    void (*done)(struct ms_gen *g, struct ms_gen_life *l);
    char *(*put_own_message_id)(struct ms_gen *g, char *p,
                                const struct ms_gen_life *l); /* that it adds, without <>; NULL: as Postfix */
    char *(*put_taken)(struct ms_gen *g, char *p,
                       const struct ms_gen_life *l); /* what it replies to who brought a mail */
    /* What its lines show of a delivery and a refusal, for the truth. */
    const char *(*agent)(const struct ms_gen_group *group); /* NULL: not logged */ /* NULL: not logged */
    uint64_t (*delay)(uint64_t ms); /* rounded as it is logged; NULL: not logged */
    bool relay_host, relay_ip, relay_port, dsn;
    bool sent_code, failure_code; /* of replies of other hosts */
    bool originals;               /* the address before aliases */
    bool users;                   /* who logged in */
    bool id_in_reply;             /* what it replies names the queue ID */
    bool local_parts;             /* who was delivered to on this host is a local part; the address is orig_recipient */
    bool relay_words;             /* `local` and `none` in place of a host */
    bool unknown_names;           /* `unknown` for a client that has none */
    bool refusal_code, refusal_sender, refusal_helo, refusal_queue_id;
};

extern const struct ms_gen_writer *const ms_gen_writers[MS_GEN_N_DIALECTS];

#endif
