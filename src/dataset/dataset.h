/* Generations of a dataset folder and the `current` link (DESIGN 2, 4).
 *
 *   DATASET/parts/N/<table>/  the part files that run N wrote, immutable; hard-linked into the generations that hold them
 *   DATASET/gen-N/<table>/part-NNNNN.parquet, open-NNNNN.parquet, gen-N/dataset.json
 *   DATASET/current -> gen-N  replaced by rename
 *   DATASET/lock              flock; its text marks the folder as ours
 *
 *   DATASET/parts/N/resume/   what run N, which is not over, goes on from if it is interrupted
 *
 * A killed run leaves `current` as it was; the next run clears what no kept generation names, or goes on with it. The generation before the
 * current one stays until the next run begins, for the sake of readers that still have it open. Only names of these shapes
 * are ever removed; other files in the folder are left alone. Thread rule: one thread. */
#ifndef MS_DATASET_DATASET_H
#define MS_DATASET_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct ms_publish; /* a run that is writing a new generation */

enum ms_publish_mode {
    MS_PUBLISH_NEW,     /* an existing dataset (a `current`) is MS_ERR_EXISTS */
    MS_PUBLISH_REPLACE, /* nothing of it stays */
    MS_PUBLISH_APPEND,  /* what the run keeps of it (ms_publish_keep) stays */
};

/* Is that folder a dataset, or what an interrupted first run has left of one? */
bool ms_dataset_is(const char *folder);

/* Takes the lock (MS_ERR_IO if another run has it), clears left-overs, makes the folder where the run writes its parts; the
 * folder above `path` must be there. A folder that is not empty and no dataset is always refused (MS_ERR_USAGE). A refused run
 * changes nothing. */
MS_NODISCARD enum ms_status ms_publish_begin(struct ms_publish **out, const char *path, enum ms_publish_mode mode,
                                             struct ms_error *err);

/* The same; but if an interrupted run has left a checkpoint, its parts are now this run's (ms_publish_is_resumed). */
MS_NODISCARD enum ms_status ms_publish_resume(struct ms_publish **out, const char *path, enum ms_publish_mode mode,
                                              struct ms_error *err);
bool ms_publish_is_resumed(const struct ms_publish *p);
/* What has been cleared was a checkpoint. */
bool ms_publish_has_dropped(const struct ms_publish *p);

/* ---- checkpoints: from the first one on, a run that does not come to its end leaves its parts. */

/* The folder for what belongs to a checkpoint, made at the first call (borrowed); -1, with err. */
int ms_publish_resume_dir(struct ms_publish *p, struct ms_error *err);
/* A checkpoint is written into the file (-1, with err), and holds from the moment that it is set: all parts so far are on the disk
 * then. The caller closes the file. */
int ms_publish_checkpoint_new(struct ms_publish *p, struct ms_error *err);
MS_NODISCARD enum ms_status ms_publish_checkpoint_set(struct ms_publish *p, int fd, struct ms_error *err);
int ms_publish_checkpoint_open(struct ms_publish *p, struct ms_error *err); /* to read; -1, with err */
/* There is one, of this run or of that which it goes on with: an abort leaves it and the parts. */
bool ms_publish_has_checkpoint(const struct ms_publish *p);
/* Adds to the sentence of a failure that the checkpoint is kept, if there is one. */
void ms_publish_tell_kept(const struct ms_publish *p, struct ms_error *err);
/* All files of this run, by folder (table, or `resume`) and name. keeps: false: it is removed. */
MS_NODISCARD enum ms_status ms_publish_files(struct ms_publish *p,
                                             bool (*keeps)(void *user, const char *table, const char *name,
                                                           uint64_t size_bytes),
                                             void *user, struct ms_error *err);

/* The folder of the generation that is current (borrowed), which nobody changes while the lock is held; -1: there is none yet.
 * With MS_PUBLISH_APPEND only. */
int ms_publish_current(const struct ms_publish *p);

/* The number that the next part of the table can have: greater than those of its `part-*` in the current generation. */
uint32_t ms_publish_next_part(const struct ms_publish *p, const char *table);

/* The parts `part-*` of the table in the current generation go into the new one, too; their names must not come again. */
void ms_publish_keep(struct ms_publish *p, const char *table);

/* All that is in the current generation goes into the new one, but for what is dropped afterwards, part by part (as
 * `part-00012.parquet`); those names may come again. */
MS_NODISCARD enum ms_status ms_publish_keep_all(struct ms_publish *p, struct ms_error *err);
void ms_publish_drop(struct ms_publish *p, const char *table, const char *part);

/* The open folder (dir fd) for the parts of `table`, made at the first call; borrowed until commit or abort. -1 on failure, with err.
 * What ends in .parquet or .state there at commit is in the generation; other files (.tmp) are not, and are cleared later. */
int ms_publish_table_dir(struct ms_publish *p, const char *table, struct ms_error *err);

/* Reads the parts of this run again and gives the SHA-256 of each (hexadecimal), by table as the folders were made, then by name. */
MS_NODISCARD enum ms_status ms_publish_digests(const struct ms_publish *p,
                                               void (*each)(void *user, const char *table, const char *part,
                                                            const char *sha256),
                                               void *user, struct ms_error *err);

/* Flushes the parts, builds the generation with dataset.json (the text is the caller's), swings `current`, flushes. `p` is gone
 * afterwards, also on failure: then all is as after abort, unless the sentence says that only the last flush failed. */
MS_NODISCARD enum ms_status ms_publish_commit(struct ms_publish *p, const char *json, size_t json_bytes,
                                              struct ms_error *err);
/* Removes what this run wrote, unless it has a checkpoint; `current` untouched; NULL is accepted. */
void ms_publish_abort(struct ms_publish *p);

/* The real path of DATASET's current generation (caller frees), resolved once so that a new one published meanwhile does not
 * mix in. MS_ERR_USAGE if there is no dataset, with the sentence what to do. */
MS_NODISCARD enum ms_status ms_dataset_resolve(const char *path, char **current_dir, struct ms_error *err);

/* For tests: dies by SIGKILL just before the n-th file-system step since begin (MAILSTRATA_KILL_AT_STEP=n), or has that step
 * fail as if the disk were full (MAILSTRATA_FAIL_AT_STEP=n). */

#endif
