/* A generated log into files: what is under way has the name FILE.part, and gets its own when all is written. */
#ifndef MS_GEN_FILES_H
#define MS_GEN_FILES_H

#include "gen/gen.h"

struct ms_gen_target {
    const char *log; /* `-`: standard output, which the caller flushes */
    const char *
        truth_dir; /* messages.ndjson, deliveries.ndjson, rejects.ndjson, gaps.ndjson, duplicates.ndjson; NULL: no truth. Made where it is missing */
    uint64_t rotate_bytes; /* > 0: FILE is the newest piece, FILE.1 the one before ... */
    bool duplicates; /* lines twice: pieces begin with the end of the one before; FILE.1.gz, FILE.4.gz ... beside the
                      * plain files, and copies FILE.2.copy, FILE.5.copy ... */
    bool force;      /* replace files that are there */
    const volatile bool *cancelled; /* ends the run, which leaves no file behind; may be NULL */
};

/* MS_ERR_EXISTS: a file is there. MS_END: the reader of standard output went away. On failure nothing is left. */
MS_NODISCARD enum ms_status ms_gen_to_files(const struct ms_gen_options *o, const struct ms_gen_target *target,
                                            struct ms_gen_totals *totals, struct ms_error *err);

/* Shared with duplicates.c. */
MS_NODISCARD enum ms_status ms_gen_write_all(int fd, const char *text, size_t n, const char *name,
                                             struct ms_error *err);

#endif
