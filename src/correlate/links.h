/* Links between queue files: what lines say of other queue IDs is kept until the end of the run, when all lives are known.
 *
 * LIMITATION: memory grows with lives and links (about 100 bytes each); bounding it by time is later work (DESIGN 8).
 * Thread rule: one owner a collector; resolve from one thread. */
#ifndef MS_CORRELATE_LINKS_H
#define MS_CORRELATE_LINKS_H

#include "columnar/dict.h"
#include "columnar/rows.h"
#include "parse/parse.h"

enum ms_link_kind { MS_LINK_NEXT_HOP, MS_LINK_FORWARD, MS_LINK_REQUEUE, MS_LINK_BOUNCE, MS_LINK_DELAY_NOTICE };

struct ms_link_life {    /* a life that could be the other end */
    uint64_t queue_hash; /* of the queue ID, seeded */
    uint64_t instance;
    uint64_t txn_id;
    int64_t begin_us;
    uint64_t client_label; /* hash of its client's name up to the first dot, lower case; 0: none */
    uint32_t host_id;
    bool is_long; /* a long queue ID, unique by itself */
};

struct ms_link_claim { /* what a line says */
    uint64_t key;      /* of the line */
    uint64_t txn_id;   /* of the life the line belongs to */
    uint64_t instance;
    int64_t time_us;
    int64_t before_us; /* the attempt took so long: the other life began at most this long before the line */
    struct ms_span queue_id, other_queue_id; /* of this life, of the other */
    struct ms_span recipient, relay_host;    /* NULL where not said */
    uint32_t host_id;
    uint8_t kind;
    bool loopback; /* next hop is this very host */
};

struct ms_links {
    struct ms_link_life *lives;
    size_t n_lives, cap_lives;
    struct ms_link_claim *claims;
    size_t n_claims, cap_claims;
    struct ms_arena texts;
    uint64_t seed;
};

void ms_links_add_life(struct ms_links *l, const struct ms_link_life *life, struct ms_span queue_id,
                       struct ms_span client_name);
/* Copies the texts of the claim. */
void ms_links_add_claim(struct ms_links *l, const struct ms_link_claim *claim);

/* Joins the collectors of all workers into rows of `links`; texts live in `dict` and `arena`. */
void ms_links_resolve(struct ms_links *const *all, size_t n, const struct ms_names *names, struct ms_dict *dict,
                      struct ms_arena *arena, struct ms_rows *rows);
void ms_links_fini(struct ms_links *l);

#endif
