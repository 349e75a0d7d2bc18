/* From paths to segments: finds the log files, recognises their compression, orders them by their first time stamp, maps
 * plain files, inflates compressed ones, and hands out line-aligned pieces of text.
 *
 * CONTRACT handed on: struct ms_segment. Every byte of the (uncompressed) text of every source is in exactly one segment.
 * Stripes are a function of the input alone: stripe k ends with the line in which the text, counted over all sources in
 * order, passes (k+1) * stripe_bytes. A segment never crosses a stripe or a source border.
 * Thread rule: ms_input_open and _close from one thread; ms_input_next from any thread (a lock inside); a segment belongs
 * to the thread that took it until ms_segment_done. */
#ifndef MS_INPUT_INPUT_H
#define MS_INPUT_INPUT_H

#include <stdint.h>

#include "base/span.h"
#include "base/status.h"

#define MS_LINE_MAX_BYTES ((size_t)1 << 20) /* a longer line becomes one `unparsed` row with its beginning */

enum ms_compression { MS_PLAIN, MS_GZIP, MS_XZ, MS_ZSTD, MS_BZIP2, MS_LZ4 };
enum ms_source_status { MS_SOURCE_OK, MS_SOURCE_TRUNCATED, MS_SOURCE_CORRUPT, MS_SOURCE_UNREADABLE };

/* One input file. Plain data; filled by open, text_bytes/n_* /status/error final after the last segment is done. */
struct ms_source {
    uint32_t file_id;           /* 0.. in canonical order: first time stamp, then path */
    char *path;                 /* as found: argument or argument/relative name */
    uint64_t size_bytes;        /* as stored */
    enum ms_compression compression;
    uint64_t text_bytes;        /* uncompressed */
    char digest[33];            /* hex: XXH3-128 over the XXH3-128 (16 bytes each, canonical form) of each MiB as stored */
    enum ms_source_status status;
    char *error;                /* NULL, or a sentence with path and offset */
    /* First time stamp of the first line that has one, as read by `ms_first_stamp_fn`: microseconds; INT64_MIN if none. */
    int64_t first_stamp_us;
    bool first_stamp_has_year;
    struct ms_span head;        /* the first up to 4 MiB of text, whole lines only, for the year anchors; borrowed, valid until close */
    void *impl;                 /* input's own */
};

struct ms_segment {
    uint64_t number;      /* 0.. over the whole run, in canonical order */
    uint32_t stripe;      /* 0.. */
    uint32_t file_id;
    uint64_t text_offset; /* of text[0] in the uncompressed source */
    struct ms_span text;  /* whole lines, each with its '\n', but perhaps the last line of a source. At least 64 readable
                             bytes follow the end and 64 precede the start (contents undefined), so that wide loads are safe */
    uint64_t covers_bytes; /* text of the source that this segment stands for: text.n, but more for a long line */
    bool is_long_line;    /* one line over MS_LINE_MAX_BYTES; text is its first MS_LINE_MAX_BYTES, covers_bytes its full length */
    bool last_of_source, last_of_stripe, last_of_run;
    void *impl;
};

struct ms_input_options {
    size_t segment_bytes; /* 0: 16 MiB; 1 gives a line each */
    uint64_t stripe_bytes; /* 0: 256 MiB, the format's constant; tests set others */
    const volatile bool *cancelled; /* NULL or a flag that makes ms_input_next end with MS_ERR_CANCELLED */
    /* Reads the stamp of one line (without line end); false if it has none. Given by the caller, so that input/ knows no
     * log format. */
    bool (*first_stamp)(struct ms_span line, int64_t *stamp_us, bool *has_year);
};

struct ms_input;

/* Finds, recognises and orders. Paths: files, folders (recursive, names sorted, hidden files and sockets left out) or "-"
 * (standard input). A path that does not exist is MS_ERR_USAGE and says so; a file that cannot be read becomes a source with
 * status MS_SOURCE_UNREADABLE and the rest goes on. The same file named twice (device and inode) is one source. */
MS_NODISCARD enum ms_status ms_input_open(struct ms_input **out, const char *const *paths, size_t n_paths,
                                          const struct ms_input_options *options, struct ms_error *err);
size_t ms_input_n_sources(const struct ms_input *in);
const struct ms_source *ms_input_source(const struct ms_input *in, size_t file_id);

/* The next segment in canonical order; MS_END after the last. */
MS_NODISCARD enum ms_status ms_input_next(struct ms_input *in, struct ms_segment *out, struct ms_error *err);
void ms_segment_done(struct ms_input *in, struct ms_segment *seg);
void ms_input_close(struct ms_input *in);

#endif
