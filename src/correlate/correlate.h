/* From events to rows: each worker folds the lines of its segments into lists, closes what is complete on its own, and hands
 * the rest to the shared tables; at the end of an epoch the tables are sealed and what stays open moves on. An epoch is a stripe, or
 * where that is too much for memory a part of one: which part shows nowhere, as rows wait for the stripe's end.
 *
 *   worker:  begin_segment, settle, line*, end_segment     any number of times, segments in the order of their numbers
 *   --- barrier: all segments of the epoch are done ---
 *   workers: tombstones                             --- barrier ---
 *   workers: seal_sessions(shard) for all shards    --- barrier ---
 *   workers: seal_lives(shard) for all shards       --- barrier ---
 *   if the stripe is over: rows of all workers are encoded
 *   one thread: ms_correlate_next_epoch
 *   workers: next_epoch
 *
 * After the last stripe, what is still open becomes rows, in rounds, so that it does not have to be in memory at once:
 *   one thread: open_weigh
 *   workers: open_begin                             --- barrier ---
 *   workers: open_shard for all shards              --- barrier ---
 *   one thread: rows are encoded; ms_correlate_next_epoch; and the next round
 *
 * Thread rule: a ms_correlator belongs to one worker; struct ms_correlate is shared and changes only where said. */
#ifndef MS_CORRELATE_CORRELATE_H
#define MS_CORRELATE_CORRELATE_H

#include "columnar/rows.h"
#include "correlate/clock.h"
#include "correlate/copies.h"
#include "correlate/coverage.h"
#include "correlate/links.h"
#include "correlate/lives.h"
#include "correlate/localmap.h"
#include "correlate/matches.h"
#include "correlate/origin.h"
#include "correlate/parked.h"
#include "correlate/reasons.h"
#include "correlate/table.h"
#include "correlate/verdicts.h"
#include "input/input.h"
#include "parse/parse.h"

enum ms_line_outcome { /* same order as the n_lines_ columns of `files` */
                       MS_LINE_MESSAGE,
                       MS_LINE_SESSION,
                       MS_LINE_REJECT,
                       MS_LINE_LOGIN,
                       MS_LINE_VERDICT,
                       MS_LINE_EVENT,
                       MS_LINE_UNPARSED,
                       MS_LINE_DUPLICATE,
                       MS_LINE_PENDING,
                       MS_N_LINE_OUTCOMES
};

struct ms_kept { /* what a worker of an interrupted run has kept for links and verdicts */
    struct ms_links links;
    struct ms_verdicts verdicts;
};

struct ms_correlate { /* of the run */
    uint64_t seed;    /* random per run: hashes of log text */
    const struct ms_names *names;
    uint32_t no_host_id; /* the name '': lines without a host */
    struct ms_clock clock;
    struct ms_repeat_memory *repeats; /* touched in the clock's turn */
    struct ms_queue_table *lives, *sessions;
    struct ms_parked parked[2]; /* lives, sessions (carry.h) */
    size_t carry_limit_bytes;   /* what is open beyond, each worker parks; SIZE_MAX: nothing */
    bool all_read;              /* no line comes any more; set between two stripes' phases */
    bool whole_lists;           /* the plain twin: nothing is closed by workers */
    struct ms_copies copies;    /* lines to be left out; filled before the first segment */
    struct ms_matches *matches; /* NULL: the user has no patterns */
    struct ms_kept *kept;       /* of runs that this one goes on with; beside what its workers keep */
    size_t n_kept;
    bool keeps_open; /* what is open at the end is kept for an append (state.h), beside its rows */
};

struct ms_counts { /* of rows and facts */
    uint64_t messages[MS_N_STATES], deliveries[MS_N_DELIVERED], n_rows[MS_N_TABLES];
    uint64_t n_facts;
};

struct ms_file_counts {
    uint64_t n_lines, lines[MS_N_LINE_OUTCOMES];
    uint64_t text_bytes;
    int64_t first_us, last_us; /* MS_NONE: no line with a time */
};

struct ms_sample { /* an unparsed line, for the summary */
    uint64_t key;
    char *text;
};

struct ms_carry { /* what is still open after a stripe */
    struct ms_arena arena;
    struct ms_dict dict;
    struct ms_partial *lives, *sessions;
    size_t n_bytes; /* in use, about */
};

struct ms_session_counts { /* `auth=0/1 mail=2 ...` taken apart: good and all of auth, mail, rcpt */
    uint32_t commands;     /* code of the text they are read from; MS_NO_CODE: empty */
    int64_t ok[3], all[3];
};

struct ms_brief {     /* a text of 4 to 8 bytes, and its code */
    uint64_t text;    /* its first and its last four bytes */
    uint32_t n, code; /* n 0: empty */
};

struct ms_tls_memo { /* a text of TLS taken apart (ms_tls_cells); all codes */
    uint32_t text, version, cipher, trust;
};

struct ms_recipient { /* what the deliveries of one recipient of a life add up to */
    uint32_t address, orig;
    int32_t attempts;
    size_t last; /* index of its last delivery */
    enum ms_delivered status;
};

struct ms_correlator {
    struct ms_correlate *run;
    struct ms_origins origins;
    /* the segment */
    const struct ms_segment *segment;
    struct ms_arena segment_arena;
    struct ms_fact *free_facts[MS_N_FACT_ROLES]; /* of closed lists, to be used again while they are in the cache */
    struct ms_stamps *stamps;                    /* the parser's */
    size_t n_lines, next_line;
    const struct ms_line_hit *hits; /* of the lines that are still to come */
    size_t n_hits;
    size_t next_hit_line; /* SIZE_MAX: no line that is still to come has one */
    struct ms_clock_window window;
    struct ms_file_counts counts_now; /* of the segment; n_lines and text_bytes are not used */
    bool year_known;                  /* of the segment's file */
    bool takes_short_way;             /* the segment's usual lines do: usual.c */
    struct ms_copies copies;          /* of the segment's file; the run's */
    struct ms_localmap life_map, session_map, outbound_map, started_map;
    struct ms_fact **list; /* scratch: the facts of one key */
    size_t cap_list;
    void *splits; /* scratch: lives or sessions of one list */
    size_t cap_splits;
    struct ms_recipient *recipients; /* scratch: of one life */
    uint32_t *recipient_slots;
    size_t cap_recipients, cap_recipient_slots;
    /* the stripe */
    struct ms_arena epoch_arena;  /* partials, what is told of parked lists */
    struct ms_arena stripe_arena; /* texts of rows */
    struct ms_dict dict;
    struct ms_session_counts counts[64]; /* by the last bits of the code: few texts make most of the sessions */
    struct ms_tls_memo tls_memo[16];     /* likewise */
    struct ms_brief briefs[64];          /* by a hash */
    struct ms_arena shard_arena;         /* facts of the shard that is being sealed */
    struct ms_buffer packed;             /* scratch: a list on its way to the file */
    void *dues;                          /* scratch: splits of such a list */
    size_t cap_dues;
    struct ms_rows rows[MS_N_TABLES];
    struct ms_carry carry[2];
    unsigned carry_now; /* index of the one that the current stripe reads */
    /* the run */
    struct ms_reason_memory *reasons; /* NULL: none asked for (ms_correlator_create leaves it so) */
    struct ms_file_counts *files;
    struct ms_coverage coverage;
    struct ms_links links, open_links; /* open_links: what is told by mails that are open at the end */
    struct ms_verdicts verdicts;
    struct ms_counts open_counts; /* what of the next ones is of rows of what is open at the end */
    uint64_t messages[MS_N_STATES], deliveries[MS_N_DELIVERED], n_rows[MS_N_TABLES];
    uint64_t n_border_lives, n_lives; /* lives that went through the table; all */
    /* accounting: what was put into lists must come out in rows (ms_correlate_balance) */
    uint64_t n_facts_in, n_facts_out;
    struct ms_sample samples[5];
    size_t n_samples;
};

void ms_correlate_init(struct ms_correlate *run, struct ms_names *names, size_t n_files, bool whole_lists,
                       uint64_t seed);
void ms_correlate_fini(struct ms_correlate *run);

struct ms_correlator *ms_correlator_create(struct ms_correlate *run, size_t n_files);
void ms_correlator_destroy(struct ms_correlator *c);

/* The stamps of the segment's lines, as parsed; they stay the caller's, and must stay until the segment's end. */
void ms_correlator_begin_segment(struct ms_correlator *c, const struct ms_segment *segment, struct ms_stamps *stamps,
                                 size_t n_lines);
/* Waits for the segment's turn and settles the stamps, so that events have their times, and what the parser's lines repeat; false:
 * cancelled. */
bool ms_correlator_settle(struct ms_correlator *c, struct ms_parser *parser);
void ms_correlator_line(void *correlator, const struct ms_event *event); /* a ms_event_fn; each line, in order */
/* The same for a line of any kind (correlate.c); the twin of the short way that usual ones take (usual.c). */
void ms_correlator_any_line(struct ms_correlator *c, const struct ms_event *event);
void ms_correlator_end_segment(struct ms_correlator *c);

void ms_correlator_tombstones(struct ms_correlator *c);
void ms_correlator_seal_sessions(struct ms_correlator *c, unsigned shard);
void ms_correlator_seal_lives(struct ms_correlator *c, unsigned shard);
/* After the last stripe: is every line of the input in exactly one list or row? The sentence says what is missing. */
MS_NODISCARD enum ms_status ms_correlate_balance(struct ms_correlator *const *workers, size_t n, struct ms_error *err);

/* Which of the open lists: told from the place of their first line. */
struct ms_open_round {
    bool (*has)(const void *arg, uint64_t first_key);
    const void *arg;
};
/* All of them, by the number of their facts. */
void ms_correlate_open_weigh(struct ms_correlate *run, struct ms_correlator *const *workers, size_t n,
                             void (*add)(void *arg, uint64_t first_key, uint32_t n_facts), void *arg);
void ms_correlator_open_begin(struct ms_correlator *c, const struct ms_open_round *round);
void ms_correlator_open_shard(struct ms_correlator *c, unsigned shard, const struct ms_open_round *round);

/* No stripe comes any more and the state is saved: only counts, coverage, links and verdicts are asked for from here on. */
void ms_correlator_end_stripes(struct ms_correlator *c);

void ms_correlate_next_epoch(struct ms_correlate *run); /* one thread: the tables are empty again */
void ms_correlator_next_epoch(struct ms_correlator *c, bool is_next_stripe); /* each worker, after that */

/* What an epoch has put into the tables so far. */
static inline size_t ms_correlator_epoch_bytes(const struct ms_correlator *c)
{
    return c->epoch_arena.used_bytes - (size_t)(c->epoch_arena.end - c->epoch_arena.next);
}

#endif
