/* Links between queue files: what the workers keep of lives, and of lines that speak of another queue ID, until the end of the
 * run, when all lives are known (links_resolve.h).
 *
 * A claim is what a line says: "my mail became ID X there". Lives and claims are kept as records in spools (base/spool.h), cut
 * by the hash of the ID that both must share, so that the join at the end needs little memory, whatever the size of the
 * archive: about 70 bytes a life and 130 a claim, on disk beyond a fixed amount. Thread rule: one owner a collector. */
#ifndef MS_CORRELATE_LINKS_H
#define MS_CORRELATE_LINKS_H

#include "base/spool.h"
#include "parse/parse.h"

enum ms_link_kind {
    MS_LINK_NEXT_HOP, /* an attempt handed it on, and the answer names the ID there; reinject if that is the same host */
    MS_LINK_FORWARD,
    MS_LINK_REQUEUE,  /* the child's line names the parent, as does ... */
    MS_LINK_REINJECT, /* ... orig_queue_id= */
    MS_LINK_BOUNCE,
    MS_LINK_DELAY_NOTICE,
    MS_LINK_CLONE,     /* a copy for a list's owner, or for some of the recipients */
    MS_LINK_CLONE_OF,  /* the same; the child's line names the parent */
    MS_LINK_BOUNCE_OF, /* likewise */
    MS_LINK_FAILED,    /* no link: recipients of this mail failed then, so that a report follows (Exim) */
    MS_LINK_NO_ID,     /* an attempt handed it on, and the answer names no ID: the message-id has to tell */
    MS_LINK_TO_PROGRAM /* a program took it, which may have given it back by sendmail(1): likewise */
};

/* Is the message-id all there is to find the other life by? */
static inline bool ms_link_by_message(unsigned kind)
{
    return kind == MS_LINK_NO_ID || kind == MS_LINK_TO_PROGRAM;
}

/* Does the child's line name the parent? */
static inline bool ms_link_names_parent(unsigned kind)
{
    return kind == MS_LINK_REQUEUE || kind == MS_LINK_REINJECT || kind == MS_LINK_CLONE_OF || kind == MS_LINK_BOUNCE_OF;
}

#define MS_LINK_STREAMS 256
#define MS_LINK_PEERS 1024

struct ms_link_claim { /* what a line of the life says that comes with the next ms_links_add_life */
    uint64_t key;      /* of the line */
    int64_t time_us;
    int64_t before_us; /* the attempt took so long: the other life began at most this long before the line */
    struct ms_span other_queue_id;        /* NULL: see ms_link_by_message */
    struct ms_span recipient, relay_host; /* NULL where not said */
    enum ms_link_kind kind;
    bool loopback; /* next hop is this very host */
};

struct ms_link_life {
    struct ms_span queue_id, message_id, client_name; /* NULL where not known */
    struct ms_span second_id;                         /* qmail's `qp 4711`, by which other lines name it; likewise */
    uint64_t instance, txn_id;
    int64_t begin_us, last_us;
    uint32_t host_id;
    bool by_pickup; /* came by sendmail(1) */
};

struct ms_links {
    uint64_t seed;
    const struct ms_names *names;  /* for what --host-map says of relays and clients; NULL: nothing */
    struct ms_spool lives, claims; /* of struct ms_link_life_record, ms_link_claim_record; by queue ID */
    struct ms_spool by_message;    /* claims that only a message-id can settle */
    struct ms_link_claim *pending; /* of the life that is being told */
    size_t n_pending, cap_pending;
    struct ms_link_peer { /* names of relays and clients stay where they are, and many lives share one */
        struct ms_span name;
        uint32_t label;
    } peers[MS_LINK_PEERS];
};

/* All collectors of a run have the same seed. */
void ms_links_init(struct ms_links *l, const struct ms_names *names, uint64_t seed);
/* What is more than `limit_bytes` goes to temporary files in `dir_fd` (borrowed). Without this all stays in memory. */
void ms_links_spill_to(struct ms_links *l, int dir_fd, size_t limit_bytes);
/* And those files have names that begin with this one, so that another run can go on with them. */
void ms_links_name(struct ms_links *l, const char *name);
void ms_links_fini(struct ms_links *l);

/* Borrows the texts until the life is added, but names of relays and clients until ms_links_forget_names: till then other
 * bytes must not stand in their place. */
void ms_links_add_claim(struct ms_links *l, const struct ms_link_claim *claim);
void ms_links_add_life(struct ms_links *l, const struct ms_link_life *life);
void ms_links_forget_names(struct ms_links *l);

/* ---- the records, for links_resolve.c ---- */

struct ms_link_life_record {
    uint64_t hash; /* of what it is found by: its queue ID; links_resolve.c makes copies that are found by message-id */
    uint64_t txn_id;
    uint64_t message_hash; /* 0: not known, or not fit for comparing */
    int64_t begin_us, last_us;
    uint32_t host_id, instance;
    uint32_t client_label; /* hash of its client's name up to the first dot, lower case; 0: none */
    uint16_t n_queue_id;   /* the text follows the record */
    bool by_pickup;
    bool is_alias; /* the same life once more, found by its second ID */
};

struct ms_link_claim_record {
    uint64_t hash; /* what the other life is found by */
    uint64_t key, txn_id, message_hash;
    int64_t begin_us, last_us; /* of the life whose line it is */
    int64_t time_us, before_us;
    uint32_t host_id, instance;
    uint32_t relay_label;
    uint32_t n_queue_id, n_other, n_recipient; /* lengths of the texts that follow: own ID, other ID, recipient */
    uint8_t kind;
    bool loopback;
    bool by_process; /* the other ID is a process of qmail's, which says little without the time */
    int64_t told_us; /* when that process took the mail, by its host's clock; MS_NONE: is not said */
    bool
        by_helper; /* a filter's line says it (verdicts_resolve.c), and need not be told if the MTA's own says the same */
    bool has_recipient;
    bool is_long; /* the other ID is a long one, unique by itself */
};

#define MS_PLACE_TOLD SIZE_MAX

/* Which stream holds the records of a hash. */
static inline size_t ms_link_stream(uint64_t hash)
{
    return hash >> 56;
}

/* `qp 4711`, `qp_4711`, `1700000000 qp 4711`, `1700000000_qp_4711`: the number of the process; NULL: the ID is another one. The time
 * goes to *told_us, MS_NONE if it has none. */
struct ms_span ms_link_process(struct ms_span id, int64_t *told_us);

/* Hash of a message-id that all programs spell alike, 0 for others. */
uint64_t ms_link_message_hash(struct ms_span message_id, uint64_t seed);

/* Hash of a host's name up to the first dot, in lower case; 0: none. */
uint32_t ms_link_label(struct ms_span host_name, uint64_t seed);

#endif
