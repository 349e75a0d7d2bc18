/* One packed file, unpacked by several threads. What the format tells of its parts is a piece each; pieces are unpacked ahead, by
 * whoever has nothing better to do, and handed out in their order by one thread. The text, and what is said of damage, are those
 * of one inflater that goes from the beginning to the end (the plain twin): a piece counts only if the one in front of it ends
 * where it begins, and where anything is wrong, an inflater of the whole goes on from the last safe place.
 *
 *   gzip, zstd   members and frames: found by their first bytes, which may stand in packed data by chance. An inflater that comes
 *                to the end of one asks whether a piece begins there; pieces that it has passed were none.
 *   xz           blocks, by the index at the end of the file.
 *   bzip2        blocks, found by the 48 bits that each begins with, at any bit; whether they really were ends of the ones in
 *                front shows when those are unpacked.
 *
 * Memory: text ahead is bounded by ahead_bytes; an inflater is open only for pieces that a thread has begun and not finished. */
#ifndef MS_INPUT_PIECES_H
#define MS_INPUT_PIECES_H

#include <lzma.h>

#include "input/input_impl.h"

#define MS_PIECES_CHUNK_BYTES ((size_t)256 << 10)

struct ms_chunk { /* of text */
    struct ms_chunk *next;
    size_t n_bytes, at; /* at: given out up to here */
    char bytes[MS_PIECES_CHUNK_BYTES];
};

struct ms_piece {
    struct ms_piece *next;
    uint64_t begin, end; /* as stored, in bytes; of bzip2 in bits. end: UINT64_MAX if not known */
    /* Where an inflater of the whole can begin, instead of at this piece, and how many parts are in front of that. */
    uint64_t restart_at, restart_parts;
    union {
        struct {
            unsigned level; /* '1' to '9' */
            uint32_t crc;   /* of the block */
        } bzip2;
        lzma_index_iter xz; /* in front of its first block */
    };

    /* Under the lock: */
    bool is_begun, is_over;                    /* is_over: nothing more comes but for the chunks */
    bool is_helped;                            /* a helper began it */
    bool is_entered;                           /* the reader has come to it */
    bool is_busy;                              /* a helper works on it */
    bool is_dropped;                           /* and frees it then */
    struct ms_chunk *first_chunk, *last_chunk; /* its text so far */

    /* Of the thread that unpacks it: a helper while it is_busy, else the reader. */
    struct ms_stored stored;
    struct ms_inflate inflate; /* ops: NULL when it is not open */
    uint64_t over_at;          /* where it ended */
    bool is_ended;
    bool is_last; /* its end is that of the text */
};

enum ms_scouted {
    MS_SCOUT_FOUND,
    MS_SCOUT_NOT_YET, /* looked a while; ask again */
    MS_SCOUT_IDLE,    /* far enough ahead */
    MS_SCOUT_END,     /* the last one was the last */
    MS_SCOUT_TROUBLE  /* what follows is for the inflater of the whole */
};

struct ms_division {                      /* how a format is divided */
    const struct ms_inflate_ops *inflate; /* of a piece; `z->piece` is the piece */
    /* A piece's inflater goes on behind its end, and pauses in front of each part; the first piece begins at 0. Else: pieces
     * follow each other without gaps, and each ends by itself. */
    bool goes_on;
    /* NULL: this file cannot be divided. `stored` is copied. */
    void *(*open)(const struct ms_stored *stored, size_t piece_bytes);
    /* The next piece's place into `out`; `behind`: how far the text has been read. One thread at a time. */
    enum ms_scouted (*next)(void *scout, uint64_t behind, struct ms_piece *out);
    void (*close)(void *scout);
};
extern const struct ms_division ms_division_gzip, ms_division_zstd, ms_division_xz, ms_division_bzip2;

/* The thread that reads is the one that is in read_pieces; there is never more than one. */
struct ms_pieces {
    const struct ms_division *division;
    enum ms_compression compression;
    struct ms_stored *stored; /* the caller's: follows the text */
    struct ms_stored file;    /* what the pieces copy */
    void *scout;              /* of the thread that is_scouting */

    pthread_mutex_t
        lock; /* all below, but for the inflater of the head (the reader's) and of busy pieces (the helper's) */
    pthread_cond_t changed; /* a helper has left a piece or the scout */
    struct ms_piece *head;  /* is being read; the others that were found follow. NULL: none is known yet */
    struct ms_piece *last;
    uint64_t behind; /* how far the head has come */
    bool is_scouting;
    enum ms_scouted scouted; /* what the scout said last */
    struct ms_chunk *free_chunks;
    size_t n_chunks, most_chunks; /* in use */
    unsigned n_helpers;
    bool is_closing; /* or going on serially: no more help */

    /* The reader's: */
    bool is_over;
    uint64_t n_parts; /* in front of the head */
    uint64_t restart_at, restart_parts, text_since;
    bool is_serial; /* an inflater of the whole goes on, for good */
    struct ms_stored serial_stored;
    struct ms_inflate serial;
};

/* ---- pieces_ahead.c: chunks, pieces, and what helpers do. All under the lock; help and scout give it away meanwhile. */
struct ms_piece *ms_piece_create(const struct ms_pieces *p);
void ms_piece_append(struct ms_pieces *p, struct ms_piece *piece);
void ms_piece_end(struct ms_piece *piece);                       /* no text but that in its chunks will come of it */
void ms_piece_drop(struct ms_pieces *p, struct ms_piece *piece); /* is in no list any more */
void ms_piece_pop_chunk(struct ms_pieces *p, struct ms_piece *piece);
/* Without the lock, by the thread that unpacks it. */
void ms_piece_open(const struct ms_pieces *p, struct ms_piece *piece); /* once, or not again */
/* One step of its inflater; 0: it pauses or is over. What is over says how in its inflater's trouble. */
void ms_piece_end(struct ms_piece *piece); /* no more of it */
size_t ms_piece_step(const struct ms_pieces *p, struct ms_piece *piece, char *to, size_t n);
bool ms_pieces_do_help(struct ms_pieces *p); /* false: there was nothing to do */
bool ms_pieces_scout(struct ms_pieces *p);

#endif
