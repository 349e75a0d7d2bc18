/* What the files of input/ share; nobody else includes it.
 *
 * The layers, bottom up: stored (bytes as they lie on disk) -> inflate (text as a stream; plain, gzip, xz) -> window (a piece
 * of text in memory: a mapped file, or a recycled buffer that a stream was inflated into) -> source (which window is the
 * current one) -> reader (cuts segments and stripes from windows). A segment borrows its window by a count.
 * Thread rule: everything from window up is touched under ms_input.lock only, but for the bytes of handed-out text, and for
 * what a thread inflates into while `is_busy` says so. */
#ifndef MS_INPUT_INPUT_IMPL_H
#define MS_INPUT_INPUT_IMPL_H

#include <pthread.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "input/input.h"

#define MS_PAD_BYTES ((size_t)64)
#define MS_DIGEST_LEAF_BYTES ((size_t)1 << 20)
#define MS_FILL_SLACK_BYTES ((size_t)64 << 10) /* inflated beyond the wanted length, where the line's end should be */

/* ---- digest.c: one XXH3-128 per MiB, then one over all of them, so that pieces can be digested by several threads. */
struct ms_digest {
    struct ms_buffer leaves; /* 16 bytes each */
    void *leaf_state;        /* of the MiB that is under way; streams only */
    size_t leaf_used_bytes;
};
void ms_digest_append(struct ms_digest *d, const void *p, size_t n_bytes); /* streams: the next bytes */
void ms_digest_set_size(struct ms_digest *d, uint64_t size_bytes);         /* plain files: room for all leaves */
/* Digests the leaves whose first byte lies in [begin, end) of data[0, size). Leaves of other threads may be set meanwhile. */
void ms_digest_set_range(struct ms_digest *d, const char *data, uint64_t size_bytes, uint64_t begin, uint64_t end);
void ms_digest_finish(struct ms_digest *d, char hex[33]); /* and forgets all */
void ms_digest_fini(struct ms_digest *d);

/* ---- stored.c: the bytes of a file or pipe in order. */
struct ms_trouble {
    enum ms_source_status status; /* MS_SOURCE_OK: none */
    char what[256];               /* without the path */
};
/* Keeps the first trouble. */
void ms_trouble_set(struct ms_trouble *t, enum ms_source_status status, const char *format, ...) MS_PRINTF(3, 4);

#define MS_KEPT_MAX_BYTES ((size_t)16 << 20)

struct ms_stored {
    int fd;         /* -1: closed */
    bool is_stream; /* a pipe: can be read once */
    bool
        is_recording; /* what a pipe gives is kept in `kept`, and read from there after rewind; ends at MS_KEPT_MAX_BYTES */
    uint64_t base;        /* where in the file it begins: a member of an archive */
    uint64_t offset;      /* of the next byte, from base on */
    uint64_t limit_bytes; /* size when the file was found; what is appended later is another run's */
    struct ms_buffer kept;
    struct ms_digest *digest; /* NULL, or gets each byte */
    struct ms_sha256 *sha256; /* the same */
    const volatile bool *cancelled;
};
/* Up to n bytes, as many as are there now; 0 at the end or in trouble. */
size_t ms_stored_read(struct ms_stored *s, void *to, size_t n_bytes, struct ms_trouble *trouble);
void ms_stored_rewind(struct ms_stored *s);
void ms_stored_close(struct ms_stored *s);

/* ---- inflate.c and inflate_*.c, one for each format: text as a stream. */
#define MS_STORED_CHUNK_BYTES ((size_t)64 << 10)
/* `xz -9` needs 65 MiB to unpack; an archive that wants more than twice that is not a log that someone rotated. */
#define MS_XZ_MEMORY_LIMIT_BYTES ((uint64_t)160 << 20)

struct ms_inflate {
    const struct ms_inflate_ops *ops;
    struct ms_stored *stored; /* borrowed */
    struct ms_trouble trouble;
    bool is_end;                  /* nothing more will come: the text is complete, or there is trouble */
    void *state;                  /* of the format */
    uint64_t n_parts;             /* members, frames or streams begun, for the sentences */
    uint64_t n_parts_before;      /* in front of where it began */
    const struct ms_piece *piece; /* NULL: it inflates the whole; see pieces.h */
    bool wants_pauses;            /* read gives 0 in front of each part, too, and the next call goes on */
    bool is_paused;
    bool is_begun;              /* the first piece has been read */
    struct ms_journal *journal; /* what was packed is an export of the journal, to be rewritten; else NULL */
};
struct ms_inflate_ops {
    void (*open)(struct ms_inflate *z);
    size_t (*read)(struct ms_inflate *z, char *to, size_t n_bytes);
    void (*close)(struct ms_inflate *z);
    uint64_t (*at)(const struct ms_inflate *z); /* how much of the stored bytes it has used; NULL: can't be said */
};
extern const struct ms_inflate_ops ms_inflate_plain, ms_inflate_gzip, ms_inflate_xz, ms_inflate_zstd, ms_inflate_bzip2,
    ms_inflate_lz4, ms_inflate_compress;

static inline bool ms_inflate_pauses(struct ms_inflate *z) /* called in front of a part */
{
    z->is_paused = z->wants_pauses && !z->is_paused;
    return z->is_paused;
}
static inline unsigned long long ms_inflate_part(const struct ms_inflate *z) /* which it is at, from 1 on */
{
    return (unsigned long long)z->n_parts_before + (unsigned long long)z->n_parts;
}
void ms_inflate_open(struct ms_inflate *z, enum ms_compression c, struct ms_stored *stored);
/* Up to n (> 0) bytes of text, at least one; 0 only at the end. Text in front of the trouble comes first. */
size_t ms_inflate_read(struct ms_inflate *z, char *to, size_t n_bytes);
/* Passes over so much text. */
void ms_inflate_pass(const struct ms_input *in, struct ms_inflate *z, uint64_t n_bytes);
void ms_inflate_close(struct ms_inflate *z); /* accepts {0} */

/* ---- pieces.c: a packed file by several threads (how: pieces.h). */
struct ms_pieces;
/* Like ms_inflate_open, but other threads may help. False: this file cannot be divided. Not for pipes. `stored` follows the
 * text, for its digest. */
bool ms_pieces_open(struct ms_inflate *z, enum ms_compression c, struct ms_stored *stored,
                    const struct ms_input_options *options);
/* Those of z; NULL: it is none that others can help with. Enter and leave around each help: closing waits for who has entered. */
struct ms_pieces *ms_pieces_of(const struct ms_inflate *z);
void ms_pieces_enter(struct ms_pieces *p);
bool ms_pieces_help(struct ms_pieces *p); /* a moment's work; false: there is none now */
void ms_pieces_leave(struct ms_pieces *p);

/* ---- inflate_journal.c: systemd's journal export, made lines. */
#define MS_JOURNAL_MAGIC_BYTES 9
bool ms_journal_is(const char *p, size_t n_bytes);
struct ms_journal *ms_journal_create(const char *first,
                                     size_t n_bytes); /* at most MS_STORED_CHUNK_BYTES; freed by free */
/* Up to n (> 0) bytes of lines; what follows `first` is read by z->ops. 0 only at the end. */
size_t ms_journal_read(struct ms_journal *j, struct ms_inflate *z, char *to, size_t n_bytes);

/* ---- compression.c */
#define MS_MAGIC_BYTES 512
enum ms_compression ms_compression_of(const void *first_bytes, size_t n_bytes);

/* ---- guard.c: mapped memory that may vanish under us. Any thread. */
struct ms_guard;
struct ms_guard *ms_guard_add(const void *p, size_t n_bytes); /* installs the handler of SIGBUS */
size_t ms_guard_fault(const struct ms_guard *g); /* offset of the lowest byte found unreadable; SIZE_MAX: none */
void ms_guard_remove(struct ms_guard *g);        /* before the memory is unmapped */

/* ---- window.c */
struct ms_window {
    struct ms_window *next; /* in the pool */
    char *text;             /* MS_PAD_BYTES readable bytes in front, and behind capacity_bytes */
    size_t n_bytes;
    size_t capacity_bytes;
    uint32_t n_refs; /* the source's, while current, and one per segment out */
    void *region;    /* of the address space, if mapped; else NULL */
    size_t region_bytes;
    struct ms_guard *guard;
};
/* The file's n bytes from base on, with padding pages around. NULL if this kind of file cannot be mapped. */
size_t ms_window_page_bytes(void);
struct ms_window *ms_window_map(int fd, uint64_t base, size_t n_bytes);
struct ms_window *ms_window_take(struct ms_input *in); /* an empty one from the pool; n_refs is 1 */
void ms_window_release(struct ms_input *in, struct ms_window *w);
/* A mapped window's pages of text[begin, end) won't be read soon: takes them out of the resident set. */
void ms_window_forget(const struct ms_window *w, size_t begin, size_t end);
void ms_window_pool_fini(struct ms_input *in);

/* ---- cut.c */
enum ms_cut {
    MS_CUT_LINES, /* *length: whole lines, none over MS_LINE_MAX_BYTES */
    MS_CUT_LONG,  /* the text begins with a line over MS_LINE_MAX_BYTES */
    MS_CUT_MORE   /* can't be said without more text; never with is_end */
};
/* Where a segment that starts at text[0] ends: with the line that holds byte target-1, or in front of a line that is too
 * long. target >= 1; n >= 1 if is_end. */
enum ms_cut ms_cut_lines(const char *text, size_t n, bool is_end, size_t target, size_t *length);
/* How much of the text, which are whole lines, its first `most` lines are, and how many there are: fewer if it has no more. most > 0. */
size_t ms_cut_count(const char *text, size_t n, uint64_t most, uint64_t *n_lines);

/* ---- discover.c */
struct ms_found {
    char *path;
    dev_t dev;
    ino_t ino;
    uint64_t size_bytes;
    int64_t written_s; /* INT64_MIN: not known */
    struct ms_mark mark;
    bool is_stream;
    int error; /* errno of what kept us from it, or 0 */
    char *
        member; /* NULL, or the only member that is wanted of this archive: path is archive!member, cut off behind archive */
};
struct ms_found_list {
    struct ms_found *items;
    size_t n, cap;
};
MS_NODISCARD enum ms_status ms_discover(struct ms_found_list *out, const char *const *paths, size_t n_paths,
                                        const struct ms_input_options *options, struct ms_error *err);
void ms_found_list_fini(struct ms_found_list *list);

/* ---- mark.c */
struct ms_mark ms_mark_of(const struct stat *st);
bool ms_mark_eq(const struct ms_mark *a, const struct ms_mark *b); /* false if they say nothing */
void ms_marks_sort(struct ms_input *in);
const struct ms_known *ms_marks_find(const struct ms_input *in, const struct ms_mark *mark, uint64_t size_bytes);

/* ---- source.c */
struct ms_reading {           /* a source that is being read */
    struct ms_window *window; /* the current one; NULL before the first text, and after the last is handed out */
    size_t at;                /* in window: the next byte to hand out */
    bool is_end;              /* the window holds all that is left */
    bool is_mapped;           /* the window is the file */
    bool is_over;             /* all text is handed out */
    bool is_busy;             /* a thread inflates into the window, without the lock */
    bool no_digest;
    uint64_t told_bytes; /* of the stored ones, in segments so far */
    uint64_t skip_bytes; /* of a stream's text: to be passed over first */
    size_t n_out;        /* segments not done */
    struct ms_inflate inflate;
    struct ms_digest digest;
    struct ms_sha256 *sha256, *text_sha256; /* evidence: as stored; NULL: none, or of plain text, that it is the same */
    bool has_text_digest;
    struct ms_digest text_digest; /* of a stream's text */
};
struct ms_source_impl {
    const struct ms_known *known_by_mark; /* it was not opened; NULL: it was */
    dev_t dev;
    ino_t ino;
    bool is_stream;
    char *file; /* NULL: its bytes are the file at `path`; a member's may lie in another one, from `base` on; owned */
    bool is_archive; /* only says what is wrong with it: its text are its members */
    bool is_spooled; /* a member's bytes were unpacked into ms_input.spool, where they begin at `base` */
    uint64_t base;
    struct ms_stored stored;    /* open while read; a pipe's from the start */
    struct ms_reading *reading; /* NULL before and after */
};
static inline struct ms_source_impl *ms_source_impl(const struct ms_source *s)
{
    return s->impl;
}
static inline size_t ms_reading_left(const struct ms_reading *r)
{
    return r->window != NULL ? r->window->n_bytes - r->at : 0;
}
/* Opens the file again, which must still be the one that was found; false: `why` says it. */
bool ms_source_open_file(const struct ms_input *in, const struct ms_source *s, struct ms_stored *out,
                         struct ms_error *why);
/* Keeps the first; the sentence is "path: what". */
void ms_source_trouble(struct ms_source *s, enum ms_source_status status, const char *what);
bool ms_source_start(struct ms_input *in, struct ms_source *s); /* false: cannot be read */
bool ms_source_has_more(struct ms_input *in, struct ms_source *s);
/* Inflates on, until want_bytes of text lie behind `at` or the text ends. May change the window. Gives the lock away meanwhile. */
void ms_source_fill(struct ms_input *in, struct ms_source *s, size_t want_bytes);
/* The beginning of a source whose turn has not come, as far as a window holds it, and as long as another thread is cutting.
 * False: there is nothing to do for it. */
bool ms_source_fill_ahead(struct ms_input *in, struct ms_source *s);
/* Passes over the line at `at`, which is too long, and gives its full length; its first MS_LINE_MAX_BYTES stay where
 * *begin says in the current window. */
uint64_t ms_source_pass_long_line(struct ms_input *in, struct ms_source *s, size_t *begin);
/* A mapped file that has become shorter ends earlier, before someone runs over its end. */
void ms_source_check_truncated(struct ms_source *s, struct ms_window *w);
/* What the guard of its map has seen becomes trouble. */
void ms_source_check_guard(struct ms_source *s, const struct ms_window *w);
void ms_source_over(struct ms_input *in, struct ms_source *s); /* its text is all handed out */
void ms_source_segment_done(struct ms_source *s);
void ms_source_fini(struct ms_input *in, struct ms_source *s);

/* ---- head.c */
enum ms_archive { MS_ARCHIVE_NONE, MS_ARCHIVE_TAR, MS_ARCHIVE_ZIP };
/* Compression, kind of archive and, of a log, the first stamp; or why it can't be read. */
enum ms_archive ms_head_probe(struct ms_input *in, struct ms_source *s);
/* What a source is read from before its turn: a file opened for it (to be closed again), or the pipe, whose recording is played
 * again later. NULL: `why` says it. */
struct ms_stored *ms_head_stored(const struct ms_input *in, const struct ms_source *s, struct ms_stored *file,
                                 struct ms_error *why);

/* ---- archive.c: tar and zip, by libarchive. */
enum ms_archive ms_archive_of(const void *first_bytes,
                              size_t n_bytes); /* of the text; tar: by the checksum of its header */
struct ms_archive_walk;
struct ms_archive_member {
    const char *name; /* as stored, without "./" in front */
    uint64_t size_bytes;
    int64_t written_s;  /* INT64_MIN: not known */
    bool is_in_archive; /* its bytes lie in the archive as they are, from `base` on; else they have to be read */
    uint64_t base;
};
/* Called for each file in the archive but for hidden ones; it may read the member's bytes by ms_archive_read. False: enough. */
typedef bool ms_member_fn(void *user, const struct ms_archive_member *m, struct ms_archive_walk *walk);
/* The archive's text comes from `stored`, at its beginning. What ends the walk early is in `trouble`. */
void ms_archive_members(struct ms_stored *stored, enum ms_compression compression, enum ms_archive kind,
                        ms_member_fn *each, void *user, struct ms_trouble *trouble);
/* Up to n bytes of the current member; 0 at its end or in trouble, of which `what` gets a sentence. */
size_t ms_archive_read(struct ms_archive_walk *walk, void *to, size_t n_bytes, struct ms_trouble *trouble);

/* ---- members.c: an archive's members in place of the archive. */
#define MS_ARCHIVE_MAX_DEPTH 4
/* Adds a source, or the members of the archive that it is. `s` is moved. `wanted`: as of ms_found.member. */
void ms_members_keep(struct ms_input *in, struct ms_source *s); /* at the end of the sources; `s` is moved */
void ms_members_add(struct ms_input *in, struct ms_source *s, const char *wanted, unsigned depth);

/* ---- known.c */
#define MS_END_BYTES ((size_t)64 << 10)
/* The first and last bytes as stored; `room` for MS_END_BYTES. */
bool ms_stored_ends(const struct ms_input *in, const struct ms_source *s, char *room, struct ms_ends *out);

/* ---- order.c */
void ms_sources_order(struct ms_source *sources, size_t n);
/* The first n_known stay where they are. */
void ms_sources_reorder(struct ms_source *sources, size_t n_known, size_t n, const int64_t *first_us, uint32_t *was);

/* ---- input.c */
struct ms_input {
    struct ms_input_options options;
    struct ms_source *sources;
    size_t n_sources, cap_sources, n_known;
    const struct ms_known **marked; /* those of the options, sorted; while it is opened */
    size_t n_marked;
    int spool; /* members of packed archives; -1: there are none */
    uint64_t spool_bytes;

    pthread_mutex_t lock;   /* all below */
    pthread_cond_t changed; /* is_cutting has ended, or a source's is_busy */
    bool is_started;
    bool is_cutting;    /* a thread is on its way to the next segment; it gives the lock away while it inflates */
    size_t next_source; /* the first that is not yet started */
    struct ms_source *current; /* has at least one byte more to hand out; NULL: none is left */
    uint64_t number;           /* of the next segment */
    uint64_t position;         /* in the text of all sources */
    uint32_t stripe;
    uint64_t stripe_lines;  /* of the current one, so far */
    uint64_t segment_lines; /* that a segment may have */
    struct ms_window *pool;
    size_t fill_bytes;   /* how much text a stream's window is filled with */
    size_t window_bytes; /* a stream window's capacity: fill_bytes, and room to see that a line is too long */
};
static inline bool ms_input_is_cancelled(const struct ms_input *in)
{
    return in->options.cancelled != NULL && *in->options.cancelled;
}

#endif
