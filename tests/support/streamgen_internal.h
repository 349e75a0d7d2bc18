/* Shared by the streamgen_*.c files only: the simulated world. */
#ifndef MS_TESTS_STREAMGEN_INTERNAL_H
#define MS_TESTS_STREAMGEN_INTERNAL_H

#include "support/streamgen.h"

#define SECOND INT64_C(1000000)
#define MAX_RCPT 8
#define MAX_TRIES 12
#define LINE_CAP 2048   /* no line of ours is longer; checked where a line ends */
#define PROCS_MAX 4096  /* smtpd processes of a host at once */
#define PARKED_MAX 8192 /* ended queue IDs that wait to be used again, per host */

#define LOGGED_FROM 1
#define LOGGED_MESSAGE_ID 2
#define LOGGED_CLIENT 4
#define LOGGED_SENDER 8

struct gen;
struct host;

enum line_kind { /* what the output stage must know to keep the truth true when it moves lines */
                 L_OTHER,
                 L_SMTPD,
                 L_CLIENT,
                 L_MESSAGE_ID,
                 L_HEADER,
                 L_ACTIVE,
                 L_STATUS,
                 L_REMOVED,
                 L_LIFE_OTHER
};
enum origin { O_SMTPD, O_PICKUP, O_BOUNCE, O_FORWARD };
enum status { ST_NONE, ST_SENT, ST_DEFERRED, ST_BOUNCED };
enum tls { TLS_UNTOLD, TLS_LINE, TLS_SAME_CONNECTION };
enum mid_kind { MID_NORMAL, MID_EMPTY, MID_OWN, MID_ODD };
enum agent { AG_SMTP, AG_LMTP, AG_LOCAL, AG_VIRTUAL, AG_PIPE };

struct client { /* who connects: a stranger by number, or another host of the stream */
    uint64_t number;
    struct host *host; /* NULL: a stranger */
};

struct rcpt {
    uint64_t address, original;                /* original 0: no orig_to */
    uint8_t agent, status, n_tries, n_planned; /* n_tries: status lines written */
    bool late;                                 /* its last status line comes after `removed` */
    struct host *next_host;                    /* where it was handed to, if that is a host of the stream */
    char next_id[24];                          /* as logged; empty: none */
    uint64_t line[MAX_TRIES];                  /* of each status line */
    uint8_t tried[MAX_TRIES];                  /* its status */
    uint8_t tls[MAX_TRIES];                    /* enum tls: what the lines tell of the connection */
};

struct life {
    struct life *prev, *next; /* all lives whose truth is not yet written */
    struct host *host;
    char id[24];
    uint32_t refs; /* planned events and lines not yet written; the truth is written at 0 */
    uint8_t origin, mid_kind, n_rcpt;
    uint8_t logged; /* LOGGED_... : which facts a line has told */
    bool reused, null_sender, ended, aborted, rejected, expired, deleted, held;
    uint64_t sender, mid;
    int64_t made; /* time of creation, microseconds */
    struct client client;
    bool sasl;
    uint32_t size_bytes, uid, subject;
    struct rcpt rcpt[MAX_RCPT];
    struct life *upstream; /* life on the host before this one: its status line waits for us */
    uint8_t upstream_rcpt, n_pending, n_activations;
    char notice[24]; /* ID of the bounce or delay notice that this life's next notification line names */
    uint64_t first_line, last_line, end_line, n_lines, n_tries;
};

struct session {
    struct session *prev, *next;
    struct host *host;
    struct client client;
    uint32_t pid, refs;
    uint8_t step, mails_left, n_messages, n_rejects, end_kind;
    bool tls, submission, crashed, ended;
    uint16_t mail, rcpt, rcpt_all, data, data_all, rset;
    uint8_t auth_failed, auth_failed_told; /* passwords refused; of these with a line */
    uint8_t n_users;                       /* named by client= lines */
    uint64_t user[MAX_RCPT];
    struct life *life;  /* the transaction under way */
    struct life *offer; /* a hop: the mail that this session brings, as the upstream host knows it */
    uint8_t offer_rcpt;
    bool message_id_said; /* cleanup's line came before client= */
    uint16_t served;      /* by this process before */
    uint64_t first_line, last_line;
};

struct reject { /* the truth of one refusal, carried by its line */
    bool has_life;
    struct client client;
    uint64_t sender, recipient;
    bool null_sender, no_recipient; /* a refusal of content is about no recipient in particular */
    int code;
    const char *action, *stage;
};

struct login { /* what a line tells of logins */
    uint64_t user;
    bool has_user, unavailable, aborted;
    uint8_t n_ok, n_failed;
};

struct line {
    char text[LINE_CAP];
    uint32_t n;
    uint8_t kind;
    int64_t at;
    struct host *host;
    uint32_t pid;
    struct life *life;
    struct session *session;
    uint8_t rcpt, status, tls; /* of a status line */
    bool stay;                 /* its place among the lines of its process is part of the truth */
    bool has_login;
    struct login login;
    bool has_reject;
    struct reject reject;
};

struct proc {
    uint32_t pid;
    uint16_t served;
    bool submission;
};
struct parked {
    char id[24];
    int64_t free_at;
};

struct host {
    char name[16], domain[32], ip[24];
    int number;
    bool long_ids;
    uint64_t n_lines, inode, last_usec;
    struct proc idle[PROCS_MAX];
    int n_idle;
    uint32_t next_pid, pid_base, pid_range, qmgr_pid, bounce_pid, pickup_pid, anvil_pid;
    uint8_t *pid_used;                                 /* pid_range flags */
    struct parked soon[PARKED_MAX], hours[PARKED_MAX]; /* rings */
    uint32_t soon_head, soon_n, hours_head, hours_n;
};

typedef void (*event_fn)(struct gen *g, void *object, int arg);
struct event {
    int64_t at;
    uint64_t order; /* of planning: ties keep it */
    event_fn fn;
    void *object;
    int arg;
};

struct gen {
    struct streamgen_options o;
    uint64_t random[4];
    int64_t now;
    struct event *heap;
    size_t n_heap, cap_heap;
    uint64_t n_planned;
    struct host **hosts;
    struct life lives; /* list heads */
    struct session sessions;
    uint64_t n_mails, n_lives, n_sessions, n_rejects, n_lines, n_bytes, n_other, fresh;
    int64_t stamp_second; /* memo of the two stamp forms */
    char stamp3164[16], stamp3339[20];
    struct line slot[2], *cur, *wait; /* the line under construction; the one that may change place with it */
    char *out;
    size_t n_out, cap_out;
    streamgen_sink sink;
    void *user;
    FILE *truth;
    bool stop, failed;
};

/* streamgen_text.c: randomness, times, names, pieces of text */
uint64_t rnd(struct gen *g);
uint64_t below(struct gen *g, uint64_t n);
bool chance(struct gen *g, double share);
uint64_t mix64(uint64_t x);
size_t address_text(char *out, uint64_t address);
size_t client_name(char *out, struct client c);
size_t client_ip(char *out, struct client c);
void message_id_text(char *out, size_t cap, const struct life *l);
uint64_t pick_address(struct gen *g);
uint64_t pick_client(struct gen *g);
void queue_id_make(struct gen *g, struct host *h, char *out);
void stamp_put(struct gen *g, struct host *h, int64_t at);
void put(struct gen *g, const char *s);
void put_u(struct gen *g, uint64_t v);
void put_address(struct gen *g, uint64_t address);
void put_client(struct gen *g, struct client c);
void put_seconds(struct gen *g, int64_t us);

/* streamgen.c: events and output */
void plan(struct gen *g, int64_t in_us, event_fn fn, void *object, int arg);
void line_begin(struct gen *g, struct host *h, const char *program, uint32_t pid, enum line_kind kind);
void line_end(struct gen *g);
void life_line(struct gen *g, struct life *l, const char *program, uint32_t pid,
               enum line_kind kind); /* begins with the ID */
void life_plan(struct gen *g, struct life *l, int64_t in_us, event_fn fn, int arg);
void life_release(struct gen *g, struct life *l);
void session_release(struct gen *g, struct session *s);

/* streamgen_life.c */
struct life *life_create(struct gen *g, struct host *h, enum origin origin, bool may_reuse);
void life_content(struct gen *g, struct life *l, bool say_message_id);
void life_message_id(struct gen *g, struct life *l);
void life_active(struct gen *g, void *object, int arg);
void life_handed_over(struct gen *g, void *object, int rcpt); /* event: the next hop has taken it */
void life_pickup(struct gen *g, struct host *h);

/* streamgen_client.c: what smtpd says of logins, and smtp of TLS */
void login_failures(struct gen *g, struct session *s, const char *program);
void login_of_client(struct gen *g, struct session *s, uint64_t user);
void login_counters(struct gen *g, struct session *s);
enum tls client_tls(struct gen *g, struct life *l, const struct rcpt *r, const char *program, uint32_t pid,
                    bool *conn_use);
void put_relay(struct gen *g, const struct life *l, const struct rcpt *r);

/* streamgen_session.c */
void session_start(struct gen *g, struct host *h, struct life *offer, int offer_rcpt);

/* streamgen_truth.c */
void truth_life(struct gen *g, const struct life *l);
void truth_session(struct gen *g, const struct session *s);
void truth_reject(struct gen *g, const struct line *line, uint64_t number);
void truth_login(struct gen *g, const struct line *line, uint64_t number);
void truth_total(struct gen *g);

#endif
