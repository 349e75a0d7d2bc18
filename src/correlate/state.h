/* What correlate carries from one run into the next one that appends (docs/decisions/0016): the names and their ids, the clocks of
 * the hosts, what is open, what is known for links and verdicts, and the counts. It is what moves on at the end of a stripe, in a
 * file: a run that loads it goes on as with its next stripe.
 *
 * Layouts are those of memory, so a state is read only by a program with the same structs and kinds: ms_state_layout tells.
 * Thread rule: one thread, while no worker runs. */
#ifndef MS_CORRELATE_STATE_H
#define MS_CORRELATE_STATE_H

#include "correlate/correlate.h"
#include "correlate/statefile.h"

/* A number that changes with anything that the bytes of a state depend on. */
uint64_t ms_state_layout(void);

/* Names come first: other parts of a state hold their ids. False: damaged. */
void ms_state_save_names(const struct ms_names *names, struct ms_state_out *out);
MS_NODISCARD bool ms_state_load_names(struct ms_names *names, struct ms_state_in *in);
/* The same where some names are there: they must be the first ones, and be one where they were. */
MS_NODISCARD bool ms_state_load_same_names(struct ms_names *names, struct ms_state_in *in);

void ms_state_save_hosts(const struct ms_clock *clock, struct ms_state_out *out);
MS_NODISCARD bool ms_state_load_hosts(struct ms_clock *clock, uint32_t n_names, struct ms_state_in *in);

/* What lines that sum up may repeat, of the files of which `keeps` says so (NULL: of all). */
void ms_state_save_repeats(const struct ms_correlate *run, bool (*keeps)(void *user, uint32_t file_id), void *user,
                           struct ms_state_out *out);
MS_NODISCARD bool ms_state_load_repeats(struct ms_correlate *run, size_t n_files, struct ms_state_in *in);

/* After the last stripe of a run with keeps_open, before links and verdicts are resolved (MS_ERR_IO: what they have in temporary
 * files cannot be read). Of links and verdicts only what is not older than keep_us; of coverage, hours that end after final_us. */
MS_NODISCARD enum ms_status ms_state_save_open(struct ms_correlator *const *workers, size_t n, int64_t final_us,
                                               int64_t keep_us, struct ms_state_out *out, struct ms_error *err);
/* Into a worker that has read nothing; the tables are filled for the first stripe. False: damaged. */
MS_NODISCARD bool ms_state_load_open(struct ms_correlator *c, struct ms_state_in *in);

/* ---- between two stripes, for a run that goes on where this one is interrupted; other threads wait */

/* Clocks of hosts and files, and which files have turned out to run beside others. Loaded by a run with the same sources, when all
 * is set that is set before the first line. */
void ms_state_save_clock(const struct ms_clock *clock, struct ms_state_out *out);
MS_NODISCARD bool ms_state_load_clock(struct ms_clock *clock, uint32_t n_names, struct ms_state_in *in);

/* All that moves on, counts and samples too. What is kept for links and verdicts stays where it is: it goes to its named files, and
 * the state says where it lies there. */
MS_NODISCARD enum ms_status ms_state_save_stripe(struct ms_correlator *const *workers, size_t n,
                                                 struct ms_state_out *out, struct ms_error *err);
/* As ms_state_load_open; named files are in dir_fd. */
MS_NODISCARD bool ms_state_load_stripe(struct ms_correlator *c, int dir_fd, struct ms_state_in *in);
/* The state's names of the files, while it is loaded or saved: to keep what is wanted. */
bool ms_state_names_file(const struct ms_correlate *run, const char *name);

/* Rows that are sealed: of the workers without what is open. Adds to `sum`. */
void ms_state_add_counts(struct ms_counts *sum, const struct ms_correlator *c);

#endif
