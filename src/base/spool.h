/* Many append-only streams of records that are read back later, a stream at a time, in any amount: what is over a limit of
 * memory goes to a file without a name. For joins over a whole archive, whose both sides are far larger than memory: each side
 * is cut by a hash into streams, and streams of one number are joined.
 *
 * Records are first put down one behind the other and go to their streams many at once: the ends of hundreds of streams are no
 * longer in the cache when a record comes, and then the misses overlap.
 *
 * Records lie at 8-byte boundaries and in one piece. Failures to write are kept and told by ms_spool_end. Thread rule: one owner;
 * after ms_spool_end any number of threads may drain, each stream by one. */
#ifndef MS_BASE_SPOOL_H
#define MS_BASE_SPOOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct ms_spool_block;
struct ms_spool_stream {
    struct ms_spool_block *first, *last;
};

struct ms_spool { /* {0} and ms_spool_fini are fine for one that was never begun */
    struct ms_spool_stream *streams;
    size_t n_streams, block_bytes;
    char *staged; /* records on their way to streams */
    size_t staged_bytes;
    atomic_size_t memory_bytes; /* of the streams */
    size_t limit_bytes;
    int dir_fd, fd; /* where the file would be; the file, -1: none yet */
    char name[48];  /* of the file; "": it has none */
    int64_t file_bytes;
    int failure; /* errno of the first failed write */
};

/* `dir_fd` is borrowed; -1: everything stays in memory. Memory: the limit, a block for each
 * stream that is used, and 64 KiB. */
void ms_spool_init(struct ms_spool *s, size_t n_streams, size_t block_bytes, size_t limit_bytes, int dir_fd);
void ms_spool_fini(struct ms_spool *s);

/* Room for a record at the end of a stream, not zeroed; valid until the next call. */
void *ms_spool_add(struct ms_spool *s, size_t stream, size_t n_bytes);

/* After the last record: MS_ERR_IO if some could not be written (no space on the disk). */
MS_NODISCARD enum ms_status ms_spool_end(struct ms_spool *s, struct ms_error *err);

/* Hands out the bytes of a stream in pieces that hold whole records, in the order in which they were added, and frees them.
 * MS_ERR_IO: the file cannot be read back. */
MS_NODISCARD enum ms_status ms_spool_drain(struct ms_spool *s, size_t stream,
                                           void (*piece)(void *arg, const char *records, size_t n_bytes), void *arg,
                                           struct ms_error *err);

/* The same without freeing, so that it can be done again. */
MS_NODISCARD enum ms_status ms_spool_read(const struct ms_spool *s, size_t stream,
                                          void (*piece)(void *arg, const char *records, size_t n_bytes), void *arg,
                                          struct ms_error *err);

/* ---- spools that outlive the process */

/* Before the first record: its file shall have this name in dir_fd, where there is none of that name. */
void ms_spool_name(struct ms_spool *s, const char *name);
/* All records to the file, and the file to the disk; records may be added afterwards. MS_ERR_IO. */
MS_NODISCARD enum ms_status ms_spool_store(struct ms_spool *s, struct ms_error *err);
/* Where the records of a stream lie then, in order. */
void ms_spool_pieces(const struct ms_spool *s, size_t stream,
                     void (*piece)(void *arg, int64_t offset, uint64_t n_bytes), void *arg);
/* A spool with such a file, to be read only; its pieces follow, stream by stream. False: errno says why the file cannot be opened;
 * of a piece, that the file does not hold it. */
MS_NODISCARD bool ms_spool_restore(struct ms_spool *s, size_t n_streams, int dir_fd, const char *name);
MS_NODISCARD bool ms_spool_restore_piece(struct ms_spool *s, size_t stream, int64_t offset, uint64_t n_bytes);

/* A file to read and write that goes with its descriptor; -1: errno says why there is none. */
int ms_spool_file(int dir_fd);
/* All n bytes, whatever signals come. False: errno says why; 0: there is no more, or no room for it. */
MS_NODISCARD bool ms_spool_write_at(int fd, const void *from, size_t n, int64_t offset);
MS_NODISCARD bool ms_spool_read_at(int fd, void *to, size_t n, int64_t offset);

#endif
