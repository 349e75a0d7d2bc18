/* One run of ingest: what its workers share, and the way through the stripes.
 * Thread rule: run_workers starts and joins the workers; everything else from the thread that made the run. */
#ifndef MS_PIPELINE_RUN_H
#define MS_PIPELINE_RUN_H

#include <pthread.h>

#include "correlate/correlate.h"
#include "dataset/dataset.h"
#include "pipeline/encode.h"
#include "pipeline/ingest.h"
#include "pipeline/user_patterns.h"

struct ms_worker {
    struct ms_run *run;
    pthread_t thread;
    struct ms_parser *parser;
    struct ms_correlator *correlator;
    struct ms_encode_scratch scratch;
    struct ms_segment pending; /* of the next stripe: taken, not yet read */
    bool has_pending;
};

struct ms_file_year {
    const char *anchor;   /* what told the year of its stamps; NULL: nothing */
    char *note;           /* what speaks against it; NULL: nothing */
    uint32_t host_id;     /* of the first line with a stamp */
    bool is_zoneless;     /* which has no zone */
    struct ms_file_host { /* hosts whose lines it was seen to have */
        uint32_t host_id;
        uint8_t has_year; /* of its first stamp seen, as of the event */
        int64_t first_us; /* that line's time; MS_NONE: not known */
    } * hosts;
    size_t n_hosts;
};

struct ms_append;
struct ms_open_places;
struct ms_resume;

struct ms_run {
    const struct ms_config *config;
    struct ms_input *input;
    struct ms_names *names;
    struct ms_patterns *patterns;
    struct ms_user_patterns *user_patterns; /* --patterns; NULL: none */
    struct ms_reasons *reasons;
    struct ms_correlate correlate;
    struct ms_publish *publish;
    struct ms_append *append; /* --append; NULL: the run leaves no state */
    struct ms_resume *resume;
    int table_dirs[MS_N_TABLES];
    bool table_has_part[MS_N_TABLES];
    struct ms_worker *workers;
    unsigned n_workers;
    pthread_barrier_t barrier;
    atomic_uint next_shard_sessions, next_shard_lives;
    atomic_uint n_pending,
        n_interrupted;         /* workers that have a segment of a later stripe; that have stopped within this one */
    atomic_bool epoch_is_full; /* and so all of them shall stop */
    bool stripe_is_over, last_stripe;
    bool is_reading; /* the workers have begun */
    uint32_t stripe;
    uint32_t n_open_rounds, open_round; /* of those in which what is open is told (open_parts.c) */
    struct ms_open_places *open_places;
    struct ms_plan plan;
    size_t spool_bytes; /* of --memory: for each kind of spool, all workers together */
    size_t epoch_bytes; /* of --memory: what a worker puts into the tables before they are sealed, about */
    uint64_t dataset_bytes;
    struct ms_file_year *years; /* by file */
    /* the first failure wins; all workers then walk through the barriers without work */
    pthread_mutex_t lock;
    atomic_bool failed;
    enum ms_status status;
    struct ms_error error;
};

/* The host of a line, also of one that names none. */
static inline uint32_t ms_run_host(const struct ms_run *run, const struct ms_event *e)
{
    return e->host_id == MS_NO_NAME ? run->correlate.no_host_id : e->host_id;
}

/* The folder that the dataset is in, of a run without one that for temporary files; the caller frees it. */
char *ms_run_folder(const struct ms_config *config);

void ms_run_fail(struct ms_run *run, enum ms_status st, const struct ms_error *err);
/* The parts of stripes of the run that this one goes on from stay. */
void ms_run_keep_parts(struct ms_run *run);
bool ms_run_keeps_table(const char *table);
MS_NODISCARD enum ms_status ms_run_workers(struct ms_run *run, struct ms_error *err);

/* What is open where the logs end becomes rows in rounds (open_parts.c), each of which makes parts: cut by the places of first lines,
 * so that the cuts are a function of the input. One thread; the rounds' number. */
uint32_t ms_run_cut_rounds(struct ms_run *run);
struct ms_open_round ms_run_open_round(const struct ms_run *run); /* run->open_round */
void ms_run_end_rounds(struct ms_run *run);

/* Shares --memory out (memory.c); once the folders of the tables are there. */
void ms_run_share_memory(struct ms_run *run);
/* What a stripe of usual mail needs, whatever --memory says. */
uint64_t ms_run_memory_floor(unsigned n_workers);

/* links, mails and verdicts (final_links.c), then coverage, hosts and files: known only when all is read. */
MS_NODISCARD enum ms_status ms_run_links(struct ms_run *run, struct ms_summary *summary, struct ms_error *err);
MS_NODISCARD enum ms_status ms_run_final_tables(struct ms_run *run, struct ms_summary *summary, struct ms_error *err);

/* What a worker keeps for links and verdicts may use so much memory; the rest goes to temporary files beside the parts. */
void ms_run_bound_links(struct ms_run *run, struct ms_correlator *c);

/* What the workers counted of one file, this time and before. */
struct ms_file_counts ms_run_count_file(const struct ms_run *run, uint32_t file_id);

/* Takes the dataset, of an interrupted run too with --resume. */
MS_NODISCARD enum ms_status ms_run_publish(struct ms_run *run, enum ms_publish_mode mode, struct ms_error *err);

/* Room for all names; sets those that have a line, now or before. */
void ms_run_hosts_with_lines(const struct ms_run *run, bool *has_lines);

/* The last line of a host's newest plain file waits for its end (hold.c); after the years are settled. */
void ms_run_hold_lines(struct ms_run *run);

/* Years for files whose stamps have none, and which names are one host (anchors.c). Fills run->years. */
MS_NODISCARD enum ms_status ms_run_prescan(struct ms_run *run, struct ms_error *err);

/* What --tz says of this file, into its clock. Until its year is known, the zone's offset is that of a winter: good enough to tell
 * a year. */
void ms_run_tell_zone(const struct ms_run *run, uint32_t file_id, struct ms_clock_file *clock);

/* The text of dataset.json (manifest.c), when all parts are written: with --evidence it holds their digests. */
MS_NODISCARD enum ms_status ms_run_manifest(const struct ms_run *run, const struct ms_summary *summary,
                                            struct ms_buffer *out, struct ms_error *err);

#endif
