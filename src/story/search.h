/* What the files of src/story/ share among themselves. Nobody else includes this.
 *
 *   match.c    the first pass: lines that match, and their keys
 *   collect.c  a further pass: the lines of wanted keys, each with its time
 *   fold.c     lines collected so far -> facts -> lives and sessions
 *   choose.c   which of them are asked for, and what must still be collected to be sure of them
 *   hops.c     other lives that are the same mail
 *   tell.c     lives and sessions -> stories */
#ifndef MS_STORY_SEARCH_H
#define MS_STORY_SEARCH_H

#include "base/arena.h"
#include "pipeline/run.h"
#include "story/keyset.h"
#include "story/needles.h"
#include "story/story.h"

struct ms_line {  /* one that was collected */
    uint64_t key; /* ms_row_key */
    int64_t time_us, eff_s;
    int64_t start_s, end_s; /* effective second of its host where its segment begins and ends */
    uint64_t segment;
    struct ms_span text, queue_id;
    uint32_t host_id;
    uint32_t life, session; /* number + 1; 0: of none */
    bool matched, is_long, is_folded, has_year;
};

struct ms_lines {
    struct ms_line *items;
    size_t n, cap;
};

/* What a pass looks for. */
struct ms_quest {
    struct ms_keyset queues;
    struct ms_times processes; /* in effective seconds */
    struct ms_keyset ids;      /* hops: message-ids, as keys of no host with the id in the place of the queue ID */
};

struct ms_list { /* the facts of one key, in order */
    struct ms_key key;
    struct ms_fact **facts; /* the correlator's */
    size_t n;
    size_t first_split, n_splits; /* in lives or sessions */
};

struct ms_told_life {
    size_t list, first, end; /* facts */
    bool is_chosen;
};

struct ms_told_session {
    size_t list, first, end;
    bool is_chosen;
    bool is_complete; /* known from its first to its last line, or as far as it is followed */
};

struct ms_brought { /* a session brought a life; numbers */
    uint32_t session, life;
};

/* How far a session is followed in time, to both sides. */
#define MS_FOLLOW_S 86400

struct ms_fold {
    struct ms_correlator *c; /* keeps the list of every key; nothing is closed */
    struct ms_parser *parser;
    struct ms_segment segment;
    struct ms_keyset keys; /* of lists */
    struct ms_list *lists;
    size_t cap_lists;
    struct ms_told_life *lives;
    size_t n_lives, cap_lives;
    struct ms_told_session *sessions;
    size_t n_sessions, cap_sessions;
    struct ms_brought *brought; /* by session */
    size_t n_brought, cap_brought;
    uint32_t *groups; /* lives, then sessions: union-find of what is one story */
};

struct ms_stories {
    const struct ms_story_config *config; /* only while the search is on */
    struct ms_run run;                    /* names, clock and input of the pass, as ingest has them */
    struct ms_config run_config;
    unsigned n_workers, n_passes;
    char **paths; /* of all files, in the order of ingest */
    char **problems;
    volatile bool *file_matched;
    size_t n_files;
    struct ms_clock_file *clocks; /* how their stamps become times, at the begin of a pass */
    struct ms_needles *needles;
    uint64_t *matched; /* keys of lines, in order */
    size_t n_matched, cap_matched;
    struct ms_quest wanted; /* in the next pass */
    struct ms_quest have;   /* in all passes so far */
    struct ms_lines lines;  /* in order */
    struct ms_arena texts;
    struct ms_fold fold;
    struct ms_told_line { /* a line of a story */
        uint32_t story, line;
    } * told;
    size_t n_told, cap_told, n_stories;
};

/* ---- passes.c */
/* Opens the input of the next pass; the files must be those of the first one. */
MS_NODISCARD enum ms_status ms_search_open(struct ms_stories *s, struct ms_error *err);
/* Closes it; what could not be read is kept as a problem of its file. */
void ms_search_close(struct ms_stories *s);
/* Hands each segment of the input to one of the workers, whose states stand in `states`. The first failure ends the pass. */
typedef enum ms_status (*ms_segment_fn)(void *state, const struct ms_segment *segment, struct ms_error *err);
MS_NODISCARD enum ms_status ms_search_pass(struct ms_stories *s, ms_segment_fn fn, char *states, size_t state_bytes,
                                           struct ms_error *err);

/* ---- match.c, collect.c */
MS_NODISCARD enum ms_status ms_search_match(struct ms_stories *s, struct ms_error *err);
/* Looks for s->wanted, which is empty then, and in the first pass for the lines that matched. */
MS_NODISCARD enum ms_status ms_search_collect(struct ms_stories *s, struct ms_error *err);

/* The keys of an event: is there one? A queue file's; a process's, if it is one that has sessions. */
bool ms_key_of_queue(struct ms_stories *s, struct ms_origins *origins, const struct ms_event *e, struct ms_key *out);
bool ms_key_of_process(struct ms_stories *s, const struct ms_event *e, struct ms_key *out);

/* ---- fold.c */
MS_NODISCARD enum ms_status ms_fold_init(struct ms_stories *s, struct ms_error *err);
void ms_fold_fini(struct ms_fold *fold);
void ms_fold_lines(struct ms_stories *s); /* lines that are new; then lives and sessions anew */
struct ms_line *ms_line_of(struct ms_stories *s, uint64_t key);

/* ---- choose.c: fills s->wanted; false: nothing is wanted any more. */
bool ms_choose(struct ms_stories *s);
uint32_t ms_group_of(struct ms_fold *fold, uint32_t number);
void ms_group_join(struct ms_fold *fold, uint32_t a, uint32_t b);

/* ---- hops.c */
/* Keys in ms_quest.ids: of a message-id; of a queue ID on whatever host. */
struct ms_key ms_hop_message(const struct ms_stories *s, struct ms_span message_id);
struct ms_key ms_hop_queue(const struct ms_stories *s, struct ms_span queue_id);
struct ms_span ms_hop_named(const struct ms_event *e); /* the queue ID of another mail that the line names, or NULL */
bool ms_hops_choose(struct ms_stories *s);             /* true: a life more was chosen */

/* ---- tell.c */
void ms_tell(struct ms_stories *s);

#endif
