/* A run that goes on where an earlier one has ended (docs/decisions/0016): what that one left in `state/run.state` of the dataset's
 * generation, and what this one leaves there. Thread rule: the thread that made the run; no worker runs meanwhile. */
#ifndef MS_PIPELINE_APPEND_H
#define MS_PIPELINE_APPEND_H

#include "correlate/mails.h"
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

/* What lines say of other mails is judged for good when it is so old: whatever could still be told of it has been told by then
 * (docs/decisions/0016). Until then its rows are in open parts, and each run judges it anew. */
struct ms_horizon {
    int64_t told_us, final_us; /* where runs before have ended, and this one does */
};

struct ms_append {
    struct ms_state_in in; /* where what is open comes next; in.fd -1: nothing to go on from */
    struct ms_arena arena;
    uint64_t seed;
    struct ms_append_file *files;
    size_t n_files;
    struct ms_known *known; /* of the files, as the input wants them */
    struct ms_counts base;  /* of rows that are sealed */
    struct ms_horizon horizon;
    struct ms_clock_host *clocks; /* of the hosts, when the run began */
    size_t n_clocks;
    bool *has_lines; /* by host_id; of the runs before */
    size_t n_has_lines;
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

/* All is read: sets the horizon. Without append everything is final. */
struct ms_horizon ms_append_horizon(const struct ms_append *a); /* as it is; of a run without --append: all is final */
struct ms_horizon ms_append_end_horizon(struct ms_run *run);
/* Is the row of this line there from a run before? */
bool ms_append_is_told(const struct ms_run *run, const struct ms_horizon *h, uint64_t key, int64_t time_us);
/* The pairs of mails that are not over yet; and back. `open` are the lives whose mail has a row that is not final, sorted. */
MS_NODISCARD enum ms_status ms_append_load_pairs(struct ms_run *run, struct ms_mails *mails, struct ms_error *err);
MS_NODISCARD enum ms_status ms_append_save_pairs(struct ms_run *run, struct ms_mails *mails, const uint64_t *open,
                                                 size_t n, struct ms_error *err);
/* A mail is over when all its lives ended before. */
int64_t ms_append_mails_final_us(const struct ms_run *run, const struct ms_horizon *h);

/* When all is read, before links and verdicts are resolved. */
MS_NODISCARD enum ms_status ms_append_save(struct ms_run *run, struct ms_error *err);

#endif
