/* What `verify` has read and found. Internal to cli/. Thread rule: one thread. */
#ifndef MS_CLI_VERIFY_H
#define MS_CLI_VERIFY_H

#include "base/arena.h"
#include "base/span.h"
#include "cli/flags.h"
#include "cli/reread.h"

struct ms_finding {   /* a row of what verify prints */
    const char *kind; /* source, part, row */
    struct ms_span path, cites, problem;
    int64_t offset; /* MS_NONE: of the whole */
};

enum { MS_FINDINGS_SHOWN = 1000 }; /* the rest is only counted */

struct ms_verified_file { /* a row of `files` */
    uint32_t file_id;
    char *path; /* where it is looked for: --source-root has changed it */
    uint64_t size_bytes;
    char *digest, *sha256, *text_sha256; /* as recorded; NULL: nothing is */
    bool is_there;                       /* its lines are read again */
    uint32_t source;                     /* in the input, if is_there */
};

struct ms_verify {
    const struct ms_args *args;
    struct ms_query *query;
    struct ms_arena arena; /* of the findings */
    struct ms_finding findings[MS_FINDINGS_SHOWN];
    uint64_t n_mismatches, n_unread; /* what is not as the dataset says; sources that could not be read again */
    struct ms_verified_file *files;
    size_t n_files, cap_files;
    struct ms_reread reread; /* of all sources that are there; no input: none is */
    uint64_t n_sources, n_sources_sha256, n_bytes, n_parts, n_rows;
    bool is_sample; /* not all rows were checked */
};

/* One mismatch, or one source that cannot be read (is_unread). The texts are copied. */
void ms_verify_found(struct ms_verify *v, bool is_unread, const char *kind, struct ms_span path, struct ms_span cites,
                     int64_t offset, const char *format, ...) MS_PRINTF(7, 8);

/* verify_sources.c: reads `files` and opens what is still there; then, when all is read, compares the digests. */
MS_NODISCARD enum ms_status ms_verify_open_sources(struct ms_verify *v, struct ms_error *err);
MS_NODISCARD enum ms_status ms_verify_digests(struct ms_verify *v, struct ms_error *err);
void ms_verify_close_sources(struct ms_verify *v);

/* verify_rows.c: the lines that rows cite, in one pass over the sources. */
MS_NODISCARD enum ms_status ms_verify_rows(struct ms_verify *v, struct ms_error *err);

/* verify_parts.c: the digests of the parts. */
MS_NODISCARD enum ms_status ms_verify_parts(struct ms_verify *v, struct ms_error *err);

#endif
