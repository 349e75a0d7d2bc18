/* Where a long run stands: a line on a terminal that is written over, and a line of its own for each SIGUSR1, wherever stderr goes.
 * Thread rule: begin and end from one thread, before the run's other threads begin and after they have ended. */
#ifndef MS_CLI_PROGRESS_H
#define MS_CLI_PROGRESS_H

#include "pipeline/ingest.h"

void ms_progress_begin(const struct ms_progress *progress); /* which lives until the end */
void ms_progress_end(void);

/* The sentence: how much of the stored bytes, rate, time left, messages; or what comes before and after reading. */
void ms_progress_text(char *out, size_t n_bytes, const struct ms_progress *progress, double seconds);

#endif
