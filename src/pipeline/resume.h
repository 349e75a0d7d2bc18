/* Checkpoints of a run, and a run that goes on from the last one (--resume, docs/decisions/0023-resume.md).
 *
 * A checkpoint is made between two stripes: what moves on into the next one (correlate/state.h), the place in the input, and a list of the
 * parts that are written. All that is told before the first line (order, years, zones, names, copies) is found again by the same look into the same
 * sources, which must be what they were. Thread rule: as append.h; ms_resume_turn while the other workers wait. */
#ifndef MS_PIPELINE_RESUME_H
#define MS_PIPELINE_RESUME_H

#include "pipeline/run.h"

/* Takes the dataset (an append has done so by now) and reads the head of the checkpoint, if there is one and it is asked for. MS_ERR_USAGE: it
 * is one of another command; MS_ERR_FORMAT: it is damaged, or of another version. */
MS_NODISCARD enum ms_status ms_resume_begin(struct ms_run *run, struct ms_error *err);
struct ms_resume *ms_resume_create(void);
void ms_resume_end(struct ms_resume *r);
bool ms_resume_goes_on(const struct ms_run *run);
uint64_t ms_resume_seed(const struct ms_run *run, uint64_t fresh); /* of the hashes: theirs, or the fresh one */

/* Once the input is open: files that have grown are read as far as they went. */
void ms_resume_limit(struct ms_run *run);
/* There is nothing to read: MS_ERR_USAGE if an interrupted run had something. */
MS_NODISCARD enum ms_status ms_resume_need_news(const struct ms_run *run, struct ms_error *err);
/* Once all is known that is told before the first line. MS_ERR_USAGE: the sources are not what they were. */
MS_NODISCARD enum ms_status ms_resume_go_on(struct ms_run *run, struct ms_error *err);
/* What was open, into the first worker; parts that were written after the checkpoint go. */
MS_NODISCARD enum ms_status ms_resume_load(struct ms_run *run, struct ms_error *err);

/* Names for what a worker keeps for links and verdicts; false: there will be no checkpoint. */
bool ms_resume_name(struct ms_run *run, struct ms_correlator *c, int *dir_fd);
/* What the summary says of it. */
void ms_resume_sum_up(const struct ms_run *run, struct ms_summary *summary);
/* A stripe is over, and another one follows: a checkpoint, if it is time for one. */
MS_NODISCARD enum ms_status ms_resume_turn(struct ms_run *run, struct ms_error *err);

#endif
