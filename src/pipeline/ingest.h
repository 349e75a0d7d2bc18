/* The whole way from log files to a published dataset. Thread rule: one ingest a process; starts and joins its own workers. */
#ifndef MS_PIPELINE_INGEST_H
#define MS_PIPELINE_INGEST_H

#include <stdint.h>
#include <stdio.h>

#include "base/status.h"
#include "pipeline/told_zones.h"
#include "scan/scan.h"

enum ms_phase {                /* of a run */
                MS_PHASE_LOOK, /* into all sources, before the first row */
                MS_PHASE_READ,
                MS_PHASE_JOIN /* all is read: what is known only then */
};

struct ms_progress { /* where a run stands; any thread may look at it at any time */
    _Atomic(uint64_t) stored_bytes, stored_done, text_bytes, n_messages; /* n_messages: closed by now */
    _Atomic(enum ms_phase) phase;
};

struct ms_config { /* checked by the command line; constant during the run */
    const char *const *paths;
    size_t n_paths;
    const char *dataset;              /* -o */
    bool force;                       /* replace an existing dataset */
    bool append;                      /* go on where the dataset ends, and leave what a later append needs */
    uint64_t memory_bytes;            /* --memory; 0: a quarter of the machine's, 1 GiB at most */
    int64_t horizon_s;                /* 0: the format's three days; tests only */
    bool reopen;                      /* with append: read all sources again */
    bool resume;                      /* go on where an interrupted run of the same command has stopped */
    int64_t checkpoint_s;             /* from one checkpoint to the next, at least; 0: each stripe; below 0: 30 */
    unsigned threads;                 /* 0: one per available core */
    size_t segment_bytes;             /* 0: default; tests go down to 1 (a line each) */
    uint64_t stripe_bytes;            /* 0: the format's 256 MiB; tests only */
    const struct ms_told_zone *zones; /* --tz: of stamps without one */
    size_t n_zones;
    int year;              /* --year of the oldest line; 0: not given */
    const char *host;      /* --host: in place of the host in the lines; NULL: as logged */
    const char *host_map;  /* --host-map: a file that says which names are one host; NULL: none */
    const char *patterns;  /* --patterns: a file of the user's patterns, for the table matches; NULL: none */
    const char *reasons;   /* --reasons: a table of rows beside the built-in ones; NULL: none */
    const char *cache_dir; /* serialized Hyperscan database; NULL: no cache */
    bool evidence;         /* --evidence: SHA-256 of sources and parts */
    enum ms_scan_engine engine;
    bool whole_lists;               /* the plain twin: no local closing, mutex table (tests) */
    const volatile bool *cancelled; /* NULL, or set by a signal handler */
    struct ms_progress *progress;   /* NULL: nobody asks */
};

enum ms_outcome { /* DESIGN 1: every line has exactly one */
                  MS_OUT_MESSAGE,
                  MS_OUT_SESSION,
                  MS_OUT_REJECT,
                  MS_OUT_LOGIN,
                  MS_OUT_VERDICT,
                  MS_OUT_EVENT,
                  MS_OUT_UNPARSED,
                  MS_OUT_DUPLICATE,
                  MS_OUT_PENDING,
                  MS_N_OUTCOMES
};
extern const char *const ms_outcome_names[MS_N_OUTCOMES];

enum { MS_N_SAMPLES = 5 };

struct ms_summary {   /* of the dataset */
    bool nothing_new; /* --append: all that was given was read before; the dataset is as it was, and the rest is 0 */
    uint64_t n_new_files, new_text_bytes; /* read by this run */
    uint64_t resumed_bytes; /* --resume: of them, an interrupted run had read so many; 0: it began at the beginning */
    bool has_nothing_to_resume; /* --resume, but no interrupted run had left anything */
    bool has_dropped;           /* what an interrupted run had read was thrown away */
    uint64_t n_files, n_files_bad, stored_bytes, text_bytes, n_lines;
    uint64_t lines[MS_N_OUTCOMES];
    uint64_t messages[8];   /* by state: enum ms_state of correlate/lives.h */
    uint64_t deliveries[5]; /* sent, deferred, bounced, other, unknown */
    uint64_t n_messages, n_deliveries, n_sessions, n_rejects, n_logins, n_verdicts, n_events, n_links;
    uint64_t dataset_bytes;
    char *samples[MS_N_SAMPLES]; /* first unparsed lines: "path:offset: reason: text", escaped */
    size_t n_samples;
    uint64_t n_files_without_year, n_files_year_by_mtime;
    uint64_t n_files_year_doubtful; /* one anchor contradicts another */
    char *year_notes[MS_N_SAMPLES]; /* of the first of them: "path: what" */
    char *bad_notes[MS_N_SAMPLES];  /* of the first bad files: what is wrong with which */
    double seconds;
    uint64_t peak_rss_bytes;
    uint64_t memory_floor_bytes; /* what usual mail needs; 0: --memory was not less, or was kept */
    unsigned n_threads;
};

/* Reads all, writes all, publishes. On success `summary` is filled (ms_summary_fini frees it). The totals add up, or the run
 * fails. Errors: MS_ERR_USAGE, MS_ERR_IO, MS_ERR_EXISTS, MS_ERR_CANCELLED: nothing was published. */
MS_NODISCARD enum ms_status ms_ingest(const struct ms_config *config, struct ms_summary *summary, struct ms_error *err);
/* Several lines, for people; names of files stand in it as they are. */
void ms_summary_print(FILE *out, const struct ms_summary *summary);
void ms_summary_fini(struct ms_summary *summary);

#endif
