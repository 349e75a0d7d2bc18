/* What resume.c (going on) and resume_save.c (checkpoints) share. Nobody else includes this. */
#ifndef MS_PIPELINE_RESUME_PARTS_H
#define MS_PIPELINE_RESUME_PARTS_H

#include "correlate/state.h"
#include "pipeline/resume.h"

#define MS_CHECKPOINT_VERSION 1
extern const char ms_checkpoint_magic[16];

struct ms_resume_source { /* what must be the same */
    uint64_t size_bytes, text_start;
    int64_t written_s;
    struct ms_ends ends;
    uint32_t compression;
    bool is_absent;
    bool is_done; /* struct ms_resume_done and the error follow */
};

struct ms_resume_done { /* what the run before has found out about it */
    uint64_t text_bytes, held_bytes;
    enum ms_source_status status;
    char digest[33], text_digest[33], sha256[MS_SHA256_TEXT], text_sha256[MS_SHA256_TEXT];
};

struct ms_resume_saved { /* a source of the checkpoint */
    const char *path, *error;
    struct ms_resume_source source;
    struct ms_resume_done done;
};

struct ms_resume_part {
    const char *name; /* table/part */
    uint64_t size_bytes;
    bool is_found;
};

struct ms_resume {
    bool is_able;         /* to make checkpoints */
    double due_s;         /* when the next one is, by the monotonic clock */
    struct ms_ends *ends; /* by file, as they were at the first one; NULL: there was none yet */
    uint64_t n_names;     /* given to files so far */
    /* the checkpoint that this run goes on from */
    struct ms_state_in in; /* fd -1: none */
    struct ms_arena arena;
    uint64_t seed;
    struct ms_place place;
    bool table_has_part[MS_N_TABLES];
    uint64_t dataset_bytes;
    struct ms_resume_saved *sources; /* in their order */
    const struct ms_resume_saved **by_path;
    size_t n_sources;
    struct ms_resume_part *parts; /* sorted by name */
    size_t n_parts;
};

/* All that rows depend on but the sources; and the program. */
void ms_resume_describe(const struct ms_run *run, struct ms_buffer *out);
void ms_resume_wait(struct ms_run *run, double cost_s); /* for the next checkpoint */

#endif
