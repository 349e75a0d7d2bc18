/* Generations of a dataset folder and the `current` link (DESIGN 2, 4).
 *
 *   DATASET/parts/            immutable part files of all kept generations (hard-linked into generations)
 *   DATASET/gen-N/<table>/part-NNNNN.parquet, open-NNNNN.parquet, gen-N/dataset.json
 *   DATASET/current -> gen-N  replaced by rename
 *   DATASET/lock              flock
 *
 * A killed run leaves `current` as it was; the next run clears what no kept generation names. Thread rule: one thread. */
#ifndef MS_DATASET_DATASET_H
#define MS_DATASET_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct ms_publish; /* a run that is writing a new generation */

/* Takes the lock, clears left-overs, makes the folder where the run writes its parts. An existing dataset (a `current`) is
 * MS_ERR_EXISTS unless `force`; a folder that is not empty and no dataset is always refused (MS_ERR_USAGE). */
MS_NODISCARD enum ms_status ms_publish_begin(struct ms_publish **out, const char *path, bool force, struct ms_error *err);

/* The open folder (dir fd) for the parts of `table`, made at the first call; borrowed until commit or abort. -1 on failure, with err. */
int ms_publish_table_dir(struct ms_publish *p, const char *table, struct ms_error *err);

/* Writes dataset.json (the text is the caller's), fsyncs, builds the generation, swings `current`, fsyncs. */
MS_NODISCARD enum ms_status ms_publish_commit(struct ms_publish *p, const char *json, size_t json_bytes, struct ms_error *err);
void ms_publish_abort(struct ms_publish *p); /* removes what this run wrote; `current` untouched */

/* For tests: dies by SIGKILL just before the n-th file-system step of this process (MAILSTRATA_KILL_AT_STEP=n). */

#endif
