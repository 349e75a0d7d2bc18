/* The simulated farm. Private to gen/: model and sessions move it, writers and truth read it. */
#ifndef MS_GEN_WORLD_H
#define MS_GEN_WORLD_H

#include "base/buffer.h"
#include "gen/gen.h"
#include "gen/names.h"
#include "gen/put.h"
#include "gen/random.h"
#include "gen/wheel.h"

enum { MS_GEN_MAX_RCPT = 8, MS_GEN_MAX_GROUPS = 3, MS_GEN_MAX_REFUSALS = 4 };

struct ms_gen_id { /* a queue ID */
    char text[31];
    uint8_t n;
};

/* What lines have told of a life, and its truth may hold. */
enum {
    SAID_CLIENT = 1,
    SAID_UID = 2,
    SAID_MESSAGE_ID = 4,
    SAID_SENDER = 8,
    SAID_SIZE = 16,
    SAID_NRCPT = 32,
    SAID_BOUNCE = 64,
    SAID_LOCAL = 128
};

enum ms_gen_origin { ORIGIN_SMTPD, ORIGIN_PICKUP, ORIGIN_BOUNCE };
enum ms_gen_agent { AGENT_LOCAL, AGENT_REMOTE, AGENT_HOP };
enum ms_gen_result { RESULT_NONE, RESULT_SENT, RESULT_DEFERRED, RESULT_BOUNCED, RESULT_EXPIRED };
enum ms_gen_reason { /* of a result that is not `sent`, and of a refusal */
                     REASON_NONE,
                     REASON_GREYLISTED,
                     REASON_MAILBOX_FULL,
                     REASON_TIMEOUT, /* nobody answers: no reply of a peer */
                     REASON_USER_UNKNOWN,
                     REASON_SPAM,
                     REASON_NO_HOST, /* likewise */
                     REASON_RELAY_DENIED,
                     REASON_BLOCKLISTED,
                     REASON_SENDER_DOMAIN
};
struct ms_gen_reply { /* code and enhanced status of a reason; code 0: no peer replied */
    const char *code, *dsn, *text;
};
extern const struct ms_gen_reply ms_gen_replies[];

struct ms_gen_peer {                /* who connects */
    const struct ms_gen_host *host; /* one of the farm; NULL: a stranger by number */
    uint32_t number;
};

struct ms_gen_proc {
    struct ms_gen_tag tag; /* with host and pid, as a line has it */
    uint32_t pid, served;
    struct ms_gen_proc *next_idle;
};

struct ms_gen_group { /* recipients that go the same way together */
    uint8_t first, n; /* of rcpt[] */
    uint8_t agent, result, reason;
    uint8_t attempts;
    bool dead;       /* whatever is tried fails: it will expire */
    bool bounce_due; /* failed, and the sender was not told yet */
    uint32_t domain;
    struct ms_gen_host *next_host; /* AGENT_HOP */
    uint32_t took_ms;              /* of the last attempt, its connection included */
    uint32_t delivery;             /* number of its first delivery, where the dialect has such */
};

struct ms_gen_life {         /* a queue ID on a host */
    struct ms_gen_task task; /* first: a task is its life */
    bool used, aborted, rejected, done;
    bool lost; /* some of its lines fell into a gap */
    uint8_t origin, said, n_rcpt, n_groups, at_group, hops, n_retries;
    uint8_t todo; /* groups to try in this round, by bits */
    struct ms_gen_host *host;
    struct ms_gen_id id;
    uint64_t mail; /* the same on all its hosts */
    uint64_t made_ms, try_ms;
    int64_t first_us, last_us; /* of its lines */
    struct ms_gen_peer client;
    uint32_t sender, user, uid, size_bytes; /* user: 0 or who logged in */
    uint32_t pid;                           /* of the process that took it */
    uint32_t delivery_pid;                  /* of the one that tries now, where the dialect has such */
    uint8_t message_id_kind;
    uint64_t message_id;                  /* what the text is made of */
    struct ms_gen_id message_id_queue_id; /* kind OWN: whoever made the message-id put its queue ID in */
    const struct ms_gen_host *message_id_host;
    int64_t message_id_seconds;
    uint32_t rcpt[MS_GEN_MAX_RCPT], original[MS_GEN_MAX_RCPT]; /* original 0: the same */
    struct ms_gen_group group[MS_GEN_MAX_GROUPS];
    struct ms_gen_id next_id; /* what the next host of the farm called it, in the attempt under way */
    struct ms_gen_tag taken;  /* and replied */
};
enum { MESSAGE_ID_FOREIGN, MESSAGE_ID_OWN, MESSAGE_ID_NONE };

struct ms_gen_refusal {
    uint8_t reason;
    uint32_t sender, rcpt;
};

struct ms_gen_session {
    struct ms_gen_task task; /* first */
    struct ms_gen_host *host;
    struct ms_gen_peer client;
    struct ms_gen_proc *proc;
    uint8_t mails_left, refusals_left, n_mails, n_rcpt, n_refused, n_ids;
    struct ms_gen_id id; /* of a transaction in which all was refused, where the dialect has such ... */
    int64_t id_first_us; /* ... and its first line; 0: none was written */
    bool tls, lost;
    uint32_t user;
    uint32_t sender; /* of what is refused */
    uint8_t reason;
    uint64_t serial; /* a number of its own */
    uint64_t began_ms;
    struct ms_gen_life *life, *upstream;
    uint8_t upstream_group;
};

struct ms_gen_pool {          /* processes of one daemon */
    struct ms_gen_proc *idle; /* for those that serve one at a time */
    struct ms_gen_proc *member[16];
    const char *program;
};

enum { MS_GEN_PARKED = 1024, MS_GEN_GAP_MS = 20000 };
struct ms_gen_host {
    struct ms_gen_tag name, fqdn, ip;
    const struct ms_gen_writer *writer;
    unsigned number;
    bool long_ids;
    uint32_t next_pid;
    uint64_t inode;
    uint64_t id_second; /* memo: the part of long IDs that a second has in common */
    char id_second_text[8];
    uint32_t n_deliveries, n_running[2]; /* of qmail; local ones and remote ones */
    struct ms_gen_pool pools[16];        /* the writer says which is what */
    struct ms_gen_tag fixed[8];          /* daemons of one process */
    uint32_t fixed_pid[8];
    struct ms_gen_id parked[MS_GEN_PARKED]; /* IDs of ended lives, a ring */
    uint64_t parked_ms[MS_GEN_PARKED];
    uint32_t parked_head, parked_n;
    uint64_t gap_slot, n_lost; /* the stretch of time it is in; lines lost in it */
    bool muted;
};

enum { MS_GEN_SLAB_ITEMS = 256 };
struct ms_gen_slabs { /* things of one size, used again; walked in the order of making */
    char **slab;
    size_t n_slabs, cap_slabs, item_bytes, n_in_last;
    void **free_items;
    size_t n_free, cap_free;
};

struct ms_gen_out {
    char *data;
    size_t n;
};

struct ms_gen_shares { /* of the options, as thresholds */
    uint64_t fresh, pickup, refused, empty, bounced, deferred, hops, gaps, reuse;
};

struct ms_gen {
    const struct ms_gen_options *o;
    struct ms_gen_shares share;
    struct ms_gen_random random;
    struct ms_gen_wheel wheel;
    uint64_t now_ms; /* since the Unix epoch */
    int64_t us;      /* of the last line */
    int64_t stamp_second;
    struct ms_gen_tag stamp;       /* of this second, in the form of the log */
    struct ms_gen_tag truth_stamp; /* RFC 3339 in UTC to the second */
    struct ms_gen_out out[MS_GEN_N_STREAMS];
    bool truth, stopping;
    bool muted; /* lines of `at_host` are lost now */
    struct ms_gen_host *at_host;
    struct ms_gen_names names;
    struct ms_gen_zipf zipf_own, zipf_world, zipf_clients;
    uint32_t n_fresh, n_fresh_clients;
    struct ms_gen_host *hosts;
    struct ms_gen_slabs lives, sessions, procs;
    struct ms_gen_task arrival;
    uint64_t next_arrival_us, mean_gap_us, end_ms, period_ms, n_periods;
    uint64_t n_mails, n_sessions;
    struct ms_gen_totals totals;
};

#define CHANCE(g, which) ms_gen_chance(&(g)->random, (g)->share.which)

/* ---- world.c ---- */
void ms_gen_world_init(struct ms_gen *g, const struct ms_gen_options *o);
void ms_gen_world_fini(struct ms_gen *g);
void *ms_gen_slab_take(struct ms_gen_slabs *s); /* zeroed */
void ms_gen_slab_give(struct ms_gen_slabs *s, void *item);
uint32_t ms_gen_new_pid(struct ms_gen *g, struct ms_gen_host *h);
void ms_gen_prefix(struct ms_gen_host *h, unsigned which,
                   const char *program); /* fixed[which] = `HOST PROGRAM[`; NULL: lines tell neither */
void ms_gen_fixed_daemon(struct ms_gen *g, struct ms_gen_host *h, unsigned which, const char *program);
struct ms_gen_proc *ms_gen_proc_take(struct ms_gen *g, struct ms_gen_host *h, unsigned pool);
void ms_gen_proc_give(struct ms_gen *g, struct ms_gen_host *h, unsigned pool, struct ms_gen_proc *proc);
/* Any of a few processes that work on many mails. */
const struct ms_gen_proc *ms_gen_proc_any(struct ms_gen *g, struct ms_gen_host *h, unsigned pool);
uint32_t ms_gen_pick_own(struct ms_gen *g);   /* an address of the farm */
uint32_t ms_gen_pick_world(struct ms_gen *g); /* one of the rest */
uint32_t ms_gen_pick_client(struct ms_gen *g);
/* The longest parked ID of the host, if some seconds have passed; _reuse_id only as often as the option says. */
bool ms_gen_next_parked(struct ms_gen *g, struct ms_gen_life *l);
bool ms_gen_reuse_id(struct ms_gen *g, struct ms_gen_life *l);
void ms_gen_park_id(struct ms_gen *g, const struct ms_gen_life *l);

/* ---- out.c ---- */
char *ms_gen_line(struct ms_gen *g, const struct ms_gen_tag *tag); /* stamp and tag; write on from there */
void ms_gen_line_end(struct ms_gen *g, char *p);
/* The same for a line about a life, which remembers when that was. */
char *ms_gen_life_line(struct ms_gen *g, struct ms_gen_life *l, const struct ms_gen_tag *tag);
void ms_gen_at(struct ms_gen *g, struct ms_gen_host *h); /* the lines to come are its own */
static inline void ms_gen_say(struct ms_gen *g, struct ms_gen_life *l, unsigned bits)
{
    l->said |= (uint8_t)(g->muted ? 0 : bits);
}
char *ms_gen_row(struct ms_gen *g, enum ms_gen_stream stream); /* a row of the truth */
void ms_gen_row_end(struct ms_gen *g, enum ms_gen_stream stream, char *p);
char *ms_gen_put_time(struct ms_gen *g, char *p, int64_t us); /* as a row of the truth says it */
void ms_gen_civil(int64_t seconds, int out[6]);               /* year, month, day, hour, minute, second */
char *ms_gen_put_peer_name(struct ms_gen *g, char *p, struct ms_gen_peer c); /* `unknown` for who has none */
char *ms_gen_put_peer_ip(struct ms_gen *g, char *p, struct ms_gen_peer c);
char *ms_gen_put_message_id(struct ms_gen *g, char *p, const struct ms_gen_life *l); /* with <> */
char *ms_gen_put_digits(struct ms_gen *g, char *p, int64_t seconds,
                        int n); /* YYYYMMDDHHMMSS, or its first n of six numbers */
char *ms_gen_put_id(char *p, const struct ms_gen_id *id);

/* A line of a process that lives for it alone: `prefix` ends in the opening bracket, or is empty where lines tell no process.
 * NULL: about no life. */
char *ms_gen_pid_line(struct ms_gen *g, struct ms_gen_life *l, const struct ms_gen_tag *prefix, uint32_t pid);

/* ---- replies.c ---- */
char *ms_gen_put_relay_name(struct ms_gen *g, char *p, const struct ms_gen_group *group);
char *ms_gen_put_relay_ip(struct ms_gen *g, char *p, const struct ms_gen_group *group);
/* What the next hop says when it takes a mail: by its mail system, which a domain always has the same. */
char *ms_gen_put_accepting(struct ms_gen *g, char *p, const struct ms_gen_life *l, const struct ms_gen_group *group);
/* And when it refuses a recipient. */
char *ms_gen_put_refusing(struct ms_gen *g, char *p, const struct ms_gen_group *group, uint32_t rcpt);

/* ---- model.c ---- */
void ms_gen_life_step(struct ms_gen *g, struct ms_gen_life *l);
struct ms_gen_life *ms_gen_life_new(struct ms_gen *g, struct ms_gen_host *h, enum ms_gen_origin origin);
void ms_gen_life_fill(struct ms_gen *g, struct ms_gen_life *l); /* a new mail: sender, recipients, way */
void ms_gen_life_follow(struct ms_gen *g, struct ms_gen_life *l, const struct ms_gen_life *from, unsigned which);
void ms_gen_life_queued(struct ms_gen *g, struct ms_gen_life *l);    /* its lines of reception are written */
void ms_gen_life_end(struct ms_gen *g, struct ms_gen_life *l);       /* truth is written, the place is free */
void ms_gen_own_message_id(struct ms_gen *g, struct ms_gen_life *l); /* added by its host; the queue ID is known */
void ms_gen_pickup(struct ms_gen *g, struct ms_gen_host *h);

/* ---- session.c ---- */
void ms_gen_session_step(struct ms_gen *g, struct ms_gen_session *s);
void ms_gen_session_mail(struct ms_gen *g, struct ms_gen_host *h); /* a stranger brings mail */
void ms_gen_session_refused(struct ms_gen *g, struct ms_gen_host *h);
void ms_gen_session_empty(struct ms_gen *g, struct ms_gen_host *h);
void ms_gen_session_hop(struct ms_gen *g, struct ms_gen_life *upstream, unsigned group);

/* ---- truth.c ---- */
void ms_gen_truth_life(struct ms_gen *g, const struct ms_gen_life *l);
void ms_gen_truth_attempt(struct ms_gen *g, const struct ms_gen_life *l, const struct ms_gen_group *group,
                          unsigned rcpt);
void ms_gen_truth_gap(struct ms_gen *g, const struct ms_gen_host *h); /* in which lines were lost */
void ms_gen_truth_refusal(struct ms_gen *g, const struct ms_gen_session *s, const struct ms_gen_refusal *r);

#endif
