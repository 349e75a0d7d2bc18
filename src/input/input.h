/* From paths to segments: finds the log files, recognises their compression, orders them by their first time stamp, maps
 * plain files, inflates compressed ones, and hands out line-aligned pieces of text.
 *
 * CONTRACT handed on: struct ms_segment. Every byte of the (uncompressed) text of every source is in exactly one segment.
 * Stripes are a function of the input alone: a stripe ends with the line in which the text, counted over all sources in
 * order, reaches a multiple of stripe_bytes, or with its line number stripe_lines, as a row needs memory however short the
 * line is. Their numbers have no gaps, even where one line passes several borders. A segment never crosses a stripe or a
 * source border; apart from that it ends with the line that reaches segment_bytes, or sooner if its lines are very short.
 * Thread rule: ms_input_open and _close from one thread; ms_input_next from any thread (a lock inside); a segment belongs
 * to the thread that took it until ms_segment_done. */
#ifndef MS_INPUT_INPUT_H
#define MS_INPUT_INPUT_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/sha256.h"
#include "base/span.h"
#include "base/status.h"

#define MS_STRIPE_BYTES ((uint64_t)256 << 20) /* a constant of the format */
#define MS_STRIPE_LINES ((uint64_t)4 << 20)   /* likewise: lines of 64 bytes, which those of a mail log are seldom */
#define MS_LINE_MAX_BYTES ((size_t)1 << 20)   /* a longer line becomes one `unparsed` row with its beginning */

enum ms_compression { MS_PLAIN, MS_GZIP, MS_XZ, MS_ZSTD, MS_BZIP2, MS_LZ4, MS_COMPRESS, MS_JOURNAL };
const char *ms_compression_name(enum ms_compression c); /* "none", "gzip" ... as in the table files */

enum ms_source_status { MS_SOURCE_OK, MS_SOURCE_TRUNCATED, MS_SOURCE_CORRUPT, MS_SOURCE_UNREADABLE };

struct ms_mark { /* how the file system shows a file (mark.c); {0}: that says nothing */
    uint64_t dev, ino;
    int64_t written_ns, changed_ns;
};

/* One input file, or one member of an archive. Plain data; filled by open; size_bytes (of a pipe), text_bytes, digest, status and error are final when
 * ms_input_next has said MS_END and every segment is done. A source that cannot be read has no segment and no digest; one
 * that is cut short or damaged gives what it holds, then says so. */
struct ms_source {
    uint32_t file_id;    /* 0.. in canonical order, see ms_input_open */
    char *path;          /* as found: argument or argument/relative name; of a member: archive!member */
    uint64_t size_bytes; /* as stored */
    enum ms_compression compression;
    uint64_t text_bytes; /* uncompressed */
    char digest[33];     /* hex: XXH3-128 over the XXH3-128 (16 bytes each, canonical form) of each MiB as stored */
    char sha256[MS_SHA256_TEXT],
        text_sha256[MS_SHA256_TEXT]; /* with evidence: of the bytes as stored, of text_bytes; else "" */
    enum ms_source_status status;
    char *error; /* NULL, or a sentence with path and offset */
    /* For appending (ms_input_know, ms_input_hold): */
    bool is_known, is_absent; /* an earlier run has read it; there is nothing of it to read now */
    bool is_found;            /* of a known one: it is among those that were opened */
    struct ms_mark mark;      /* as it was found */
    bool is_unreadable_now;   /* is_absent because it cannot be read this time */
    uint64_t text_start;      /* where in its text this run begins */
    uint64_t held_bytes;      /* at the end, behind text_bytes: left for a later run */
    char text_digest[33];     /* the same of the text; with options.keep_text_digest, of packed sources only */
    /* First time stamp of the first line that has one, as read by `ms_first_stamp_fn`: microseconds; INT64_MIN if none. */
    int64_t first_stamp_us;
    bool first_stamp_has_year;
    /* Unix seconds; INT64_MIN: not known. When the file was last written to, as the file system says; and when the original was,
     * as the header of a gzip archive says. */
    int64_t written_s, original_written_s;
    void *impl; /* input's own */
};

struct ms_segment {
    uint64_t number; /* 0.. over the whole run, in canonical order */
    uint32_t stripe; /* 0.. */
    uint32_t file_id;
    uint64_t text_offset; /* of text[0] in the uncompressed source */
    struct ms_span text; /* whole lines, each with its '\n', but perhaps the last line of a source. At least 64 readable
                             bytes follow the end and 64 precede the start (contents undefined), so that wide loads are safe */
    uint64_t covers_bytes; /* text of the source that this segment stands for: text.n, but more for a long line */
    uint64_t
        stored_bytes; /* how many of the stored bytes have been read for it, about; of a source they add up to its size */
    bool
        is_long_line; /* one line over MS_LINE_MAX_BYTES; text is its first MS_LINE_MAX_BYTES, covers_bytes its full length */
    bool last_of_source, last_of_stripe, last_of_run;
    void *impl; /* input's own */
};

struct ms_known;

struct ms_input_options {
    size_t
        segment_bytes;  /* 0: 16 MiB, or less for each of many threads to find some in a stripe; 1 gives a line each */
    unsigned n_threads; /* how many will ask for segments; 0: one */
    uint64_t stripe_bytes; /* 0: 256 MiB, the format's constant; tests set others */
    uint64_t
        stripe_lines; /* 0: MS_STRIPE_LINES; likewise. UINT64_MAX: lines are not counted, and segments have any number */
    bool no_digest;   /* sources get no digest (""): for who reads them and keeps nothing */
    bool evidence;    /* sources get their SHA-256; nothing is mapped then, since it takes the bytes in order */
    bool serial;      /* the plain twin of pieces.c: each packed file is unpacked by one thread at a time (tests) */
    size_t piece_bytes;    /* 0: 256 KiB; packed files are divided into pieces of about so many stored bytes (tests) */
    size_t ahead_bytes;    /* 0: 64 MiB; of text that is unpacked before its turn, at most */
    bool keep_text_digest; /* of packed sources: for ms_input_know in a later run */
    const volatile bool *cancelled; /* NULL or a flag that makes ms_input_next end with MS_ERR_CANCELLED */
    const char *
        spool_dir; /* where members of packed archives are unpacked to, into a file without a name; NULL: $TMPDIR or /tmp */
    const struct ms_known
        *known; /* borrowed until ms_input_know, which gets the same: of these, unchanged files are not opened */
    size_t n_known;
    /* NULL, or says of a folder that it holds no logs, whatever it looks like: it is not looked into, and refused if it is
     * itself given. Given by the caller, so that input/ knows no dataset. */
    bool (*is_dataset)(const char *folder);
    /* Reads the stamp of one line (without line end); false if it has none. Given by the caller, so that input/ knows no
     * log format. */
    bool (*first_stamp)(struct ms_span line, int64_t *stamp_us, bool *has_year);
};

struct ms_input;

/* Finds, recognises and orders. Paths: files, folders (recursive, names sorted; hidden names, sockets, pipes and devices
 * are left out, linked folders not entered) or "-" (standard input; a pipe named as a path is read the same way). A path
 * that does not exist is MS_ERR_USAGE and says so; a file that cannot be read becomes a source with status
 * MS_SOURCE_UNREADABLE and the rest goes on. The same file named twice (device and inode) is one source.
 *
 * tar and zip archives, packed or not, are opened like folders: each member is a source of its own, with the path
 * `archive!member`, which may be given as a path, too; an archive in an archive is opened as well, to a depth of four. The
 * archive itself is a source (without text) only if something is wrong with it that no member can say.
 *
 * Canonical order: sources whose first stamp has a year, by stamp; then those whose stamp has none, by the stamp in a
 * stand-in year that begins behind the longest gap of the circular year in which no source starts (so that Nov, Dec, Jan,
 * Feb stay in this order; a tie leaves the calendar as it is); then those without a stamp; among equals by path. */
MS_NODISCARD enum ms_status ms_input_open(struct ms_input **out, const char *const *paths, size_t n_paths,
                                          const struct ms_input_options *options, struct ms_error *err);
size_t ms_input_n_sources(const struct ms_input *in);
const struct ms_source *ms_input_source(const struct ms_input *in, size_t file_id);

/* Replaces `out` by the beginning of a source's text, at most max_bytes and whole lines only: for the year anchors. Read
 * anew at each call (nothing is kept), so that many sources cost no memory; only what a pipe has given is kept until it is
 * read (of that, the first 16 MiB as stored). Empty for a source that is MS_SOURCE_UNREADABLE; MS_ERR_IO if it cannot be
 * opened now; damage only ends the text here, and is reported when the segments are taken. Any thread, but for a pipe only
 * before the first ms_input_next (MS_ERR_USAGE after). */
MS_NODISCARD enum ms_status ms_input_head(struct ms_input *in, size_t file_id, size_t max_bytes, struct ms_buffer *out,
                                          struct ms_error *err);

/* The same from the first line that begins behind `offset` on: a look into the middle of a plain file. Empty for all other
 * sources, which only have a beginning. */
MS_NODISCARD enum ms_status ms_input_piece(struct ms_input *in, size_t file_id, uint64_t offset, size_t max_bytes,
                                           struct ms_buffer *out, struct ms_error *err);

/* All of a source's text before its turn, in pieces of whole lines (without those over MS_LINE_MAX_BYTES; nor what follows damage),
 * for who has to know everything first. A piece is as a segment's text, padding and all, and lives until the function returns; an
 * empty one ends it.
 * Nothing for a source that is unreadable, and for a pipe. Any thread. MS_ERR_IO: it cannot be opened now; MS_ERR_CANCELLED. */
MS_NODISCARD enum ms_status ms_input_read(struct ms_input *in, size_t file_id,
                                          void (*piece)(void *user, struct ms_span text, uint64_t text_offset),
                                          void *user, struct ms_error *err);

/* Only the first size_bytes of a file that has grown are read. Before the first ms_input_next; not of a pipe or a member. */
void ms_input_limit(struct ms_input *in, size_t file_id, uint64_t size_bytes);

/* Orders the sources that are not known from an earlier run anew, once their years are known: first_us[file_id] is the time of the first line (INT64_MIN: not known;
 * such sources go behind the others, in the order they had). Gives new file_ids; was[new file_id] is the old one. Before the first ms_input_next. */
void ms_input_reorder(struct ms_input *in, const int64_t *first_us, uint32_t *was);

/* ---- appending: what an earlier run has read is not read again */

struct ms_ends { /* enough to tell two logs apart without reading them: hashes of the first and last 64 KiB */
    uint64_t head[2], tail[2];
};

struct ms_known { /* a source as the earlier run saw it; texts are borrowed */
    const char *path, *error;
    uint64_t size_bytes;
    uint64_t text_bytes;         /* of which it was read up to here ... */
    uint64_t prefix_bytes;       /* ... and this much text has the digest `prefix_digest` */
    struct ms_ends stored, text; /* of the stored bytes; of the first prefix_bytes of text */
    char digest[33], prefix_digest[33];
    char sha256[MS_SHA256_TEXT], text_sha256[MS_SHA256_TEXT];
    enum ms_compression compression;
    enum ms_source_status status;
    int64_t first_stamp_us;
    bool first_stamp_has_year;
    struct ms_mark mark;
};

/* Right after ms_input_open. The known sources become the first ones, in the order given; which of them are among those that were
 * opened is told by what the file system says of it (ms_mark), by size and both ends (then nothing of it is read), or by a text that begins with all that was read (digest): it
 * has grown, has another name, or is packed in another way. Copies of a known source are left out. The others follow in their
 * order. Reads no more than the ends of those that have not changed. Not for pipes, which are always new. */
MS_NODISCARD enum ms_status ms_input_know(struct ms_input *in, const struct ms_known *known, size_t n,
                                          struct ms_error *err);
/* How much of a plain file's text is a last line without '\n'; 0: none, or it is none that could grow (packed, a pipe, too long). */
uint64_t ms_input_last_line(const struct ms_input *in, size_t file_id);
/* Leaves so much of a plain file's end for a later run. Before the first ms_input_next. */
void ms_input_hold(struct ms_input *in, size_t file_id, uint64_t n_bytes);
/* When all is read: `known` as ms_input_know wants it next time, but for path and error, which are the source's. False: there is
 * nothing by which it could be known again. */
bool ms_input_remember(const struct ms_input *in, size_t file_id, struct ms_known *out);

/* ---- going on where another run was interrupted, with the same sources in the same order (place.c) */

struct ms_place { /* between two segments, the second of which begins a stripe */
    uint32_t file_id, stripe;
    uint64_t text_offset; /* in the source's text */
    uint64_t position;    /* in the text of all */
};
/* None of the sources is a pipe, which cannot be read again. */
bool ms_input_is_repeatable(const struct ms_input *in);
/* The place in front of `first`, which is out, as are segments behind it; out_bytes: what they and it cover. */
struct ms_place ms_input_place(const struct ms_input *in, const struct ms_segment *first, uint64_t out_bytes);
/* What tells whether a source is still what it was; {0}: it cannot be read. */
struct ms_ends ms_input_ends(const struct ms_input *in, size_t file_id);
/* A plain file that has grown since is read as far as it went then. Right after ms_input_open. */
void ms_input_take_as_before(struct ms_input *in, size_t file_id, uint64_t size_bytes, int64_t written_s);
/* Before the first ms_input_next: sources before the place are as the other run has left them (ms_input_set_done, of each), and are
 * not read; the text of the one at the place begins there. */
void ms_input_set_done(struct ms_input *in, size_t file_id, const struct ms_source *done);
void ms_input_go_on(struct ms_input *in, const struct ms_place *place);

/* The next segment in canonical order; MS_END after the last. A plain file that is truncated by others while it is read may
 * end with a segment without text. Blocks while another thread inflates. Otherwise MS_ERR_CANCELLED only. */
MS_NODISCARD enum ms_status ms_input_next(struct ms_input *in, struct ms_segment *out, struct ms_error *err);
/* Gives the text back: its pages may be unmapped or written over. Once per segment; finishes the digest of what it covers. */
void ms_segment_done(struct ms_input *in, struct ms_segment *seg);
void ms_input_close(struct ms_input *in); /* NULL is allowed; all segments must be done */

#endif
