/* A run that goes on where an earlier one has ended (docs/decisions/0016): what that one left in `state/run.state` of the dataset's
 * generation, and what this one leaves there. Thread rule: the thread that made the run; no worker runs meanwhile. */
#ifndef MS_PIPELINE_APPEND_H
#define MS_PIPELINE_APPEND_H

#include "correlate/state.h"
#include "pipeline/run.h"
#include "pipeline/zones.h"

struct ms_append_file {
    struct ms_known known;
    struct ms_file_counts counts; /* without a line that was held back */
    struct ms_clock_file clock;
    const char *anchor;
    char *note;
    struct ms_file_host *hosts;
    size_t n_hosts;
    uint32_t host_id;
    bool is_zoneless;
};

struct ms_append {
    struct ms_state_in in; /* where what is open comes next; in.fd -1: nothing to go on from */
    struct ms_arena arena;
    uint64_t seed;
    struct ms_append_file *files;
    size_t n_files;
    struct ms_counts base;        /* of rows that are sealed */
    uint32_t n_stripes;           /* of all runs before: their parts have smaller numbers */
    struct ms_zone_record *zones; /* what lines have told of zones, before and now */
    size_t n_zones;
    char **paths; /* --reopen: those of the sources before, and those of this run */
    size_t n_paths;
};

/* Locks the dataset and reads the state, if there is one, as far as it is needed before the input is opened. With --reopen only the
 * list of sources, for ms_append_paths. MS_ERR_USAGE: the dataset was not made to be appended to, or with other options;
 * MS_ERR_FORMAT: the state is damaged, or another version's. */
MS_NODISCARD enum ms_status ms_append_begin(struct ms_run *run, struct ms_error *err);
/* Is there anything to go on from? */
static inline bool ms_append_goes_on(const struct ms_append *a)
{
    return a != NULL && a->in.fd >= 0;
}
void ms_append_end(struct ms_append *a); /* NULL is accepted */

/* What the input shall be opened with: the paths given, and with --reopen those of the sources before, all of which must be there. */
MS_NODISCARD enum ms_status ms_append_paths(struct ms_run *run, const char *const **paths, size_t *n,
                                            struct ms_error *err);
/* Which sources are known; *has_news: there is anything to read. */
MS_NODISCARD enum ms_status ms_append_know(struct ms_run *run, bool *has_news, struct ms_error *err);
/* Clocks and years of the sources before, once run->years and run->correlate are made. */
MS_NODISCARD enum ms_status ms_append_restore(struct ms_run *run, struct ms_error *err);
/* The zones begin with what was told of them before ({0} for NULL); what is there now is kept for the next run. */
struct ms_zones ms_append_zones(const struct ms_append *a);
void ms_append_keep_zones(struct ms_append *a, const struct ms_zones *zones);
/* After the years: no new source may begin before what its hosts have said already. MS_ERR_USAGE. */
MS_NODISCARD enum ms_status ms_append_check_order(const struct ms_run *run, struct ms_error *err);
/* What was open, into the first worker. */
MS_NODISCARD enum ms_status ms_append_load(struct ms_run *run, struct ms_error *err);

/* When all is read, before links and verdicts are resolved. */
MS_NODISCARD enum ms_status ms_append_save(struct ms_run *run, struct ms_error *err);

#endif
