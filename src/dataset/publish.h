/* The run that publishes, as begin.c (until parts can be written) and publish.c (from there on) share it. Nobody outside
 * src/dataset/ includes this. */
#ifndef MS_DATASET_PUBLISH_H
#define MS_DATASET_PUBLISH_H

#include <stdint.h>

#include "dataset/dataset.h"
#include "dataset/folder.h"

struct ms_publish_table {
    char *name;
    int fd;                    /* parts/N/name */
    bool keep;                 /* the current generation's parts, too */
    struct ms_entries dropped; /* but not these */
};

struct ms_publish {
    char *path;                             /* as given, for sentences */
    uint64_t number;                        /* N of this run; 0 until its folder is made */
    bool made_root, made_lock;              /* this run made DATASET itself, its lock file */
    bool swung;                             /* `current` points to this run's generation */
    int root_fd, lock_fd, parts_fd, run_fd; /* DATASET, lock, parts, parts/N; -1: not open */
    int current_fd;                         /* the current generation, for an append; -1 */
    bool keeps_all;                         /* of it: ms_publish_keep_all */
    int resume_fd;                          /* parts/N/resume; -1: not open */
    bool is_resumed, has_dropped, has_checkpoint;
    struct ms_publish_table *tables;
    size_t n_tables, cap_tables;
};

#define MS_RESUME_FOLDER "resume"
#define MS_CHECKPOINT_NAME "run.state"

/* The run of the newest checkpoint that is not older than the current generation; 0: there is none. */
uint64_t ms_checkpoint_find(const struct ms_publish *p, int64_t current);

#endif
