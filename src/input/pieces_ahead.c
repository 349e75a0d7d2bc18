/* Pieces that are unpacked before their turn, by threads that wait for something else. */
#include <stdlib.h>

#include "input/pieces.h"

#define MOMENT_CHUNKS 4  /* what a helper unpacks before it looks up again */
#define WAITING_PIECES 4 /* found, and not yet begun */

/* ---- chunks and pieces; under the lock ---- */

static struct ms_chunk *take_free(struct ms_pieces *p)
{
    if (p->n_chunks >= p->most_chunks)
        return NULL;
    struct ms_chunk *c = p->free_chunks;
    if (c != NULL)
        p->free_chunks = c->next;
    else
        c = ms_malloc(sizeof *c);
    p->n_chunks++;
    c->next = NULL;
    c->n_bytes = c->at = 0;
    return c;
}

static void give_free(struct ms_pieces *p, struct ms_chunk *c)
{
    p->n_chunks--;
    c->next = p->free_chunks;
    p->free_chunks = c;
}

static void append_chunk(struct ms_piece *piece, struct ms_chunk *c)
{
    if (piece->last_chunk != NULL)
        piece->last_chunk->next = c;
    else
        piece->first_chunk = c;
    piece->last_chunk = c;
}

static struct ms_chunk *pop_chunk(struct ms_piece *piece)
{
    struct ms_chunk *c = piece->first_chunk;
    piece->first_chunk = c->next;
    if (piece->first_chunk == NULL)
        piece->last_chunk = NULL;
    return c;
}

struct ms_piece *ms_piece_create(const struct ms_pieces *p)
{
    struct ms_piece *piece = ms_calloc(1, sizeof *piece);
    piece->end = UINT64_MAX;
    piece->stored = p->file;
    return piece;
}

void ms_piece_open(const struct ms_pieces *p, struct ms_piece *piece)
{
    if (piece->inflate.ops != NULL || piece->is_ended)
        return;
    piece->stored.offset = piece->begin;
    piece->inflate = (struct ms_inflate){
        .ops = p->division->inflate, .stored = &piece->stored, .piece = piece, .wants_pauses = p->division->goes_on};
    piece->inflate.ops->open(&piece->inflate);
}

void ms_piece_end(struct ms_piece *piece)
{
    piece->is_ended = true;
    if (piece->inflate.ops != NULL)
        piece->inflate.ops->close(&piece->inflate);
    piece->inflate.ops = NULL;
}

static void piece_destroy(struct ms_pieces *p, struct ms_piece *piece)
{
    while (piece->first_chunk != NULL)
        give_free(p, pop_chunk(piece));
    ms_piece_end(piece);
    free(piece);
}

void ms_piece_append(struct ms_pieces *p, struct ms_piece *piece)
{
    if (p->last != NULL)
        p->last->next = piece;
    else
        p->head = piece;
    p->last = piece;
}

void ms_piece_drop(struct ms_pieces *p, struct ms_piece *piece)
{
    if (piece->is_busy)
        piece->is_dropped = true;
    else
        piece_destroy(p, piece);
}

void ms_piece_pop_chunk(struct ms_pieces *p, struct ms_piece *piece)
{
    give_free(p, pop_chunk(piece));
}

/* ---- work on a piece, without the lock ---- */

size_t ms_piece_step(const struct ms_pieces *p, struct ms_piece *piece, char *to, size_t n)
{
    struct ms_inflate *z = &piece->inflate;
    ms_piece_open(p, piece);
    size_t got = z->trouble.status == MS_SOURCE_OK ? z->ops->read(z, to, n) : 0;
    if (got == 0 && !z->is_paused) {
        piece->over_at = p->division->goes_on ? z->ops->at(z) : piece->end;
        piece->is_last = p->division->goes_on;
        ms_piece_end(piece);
    }
    return got;
}

static void fill_chunk(const struct ms_pieces *p, struct ms_piece *piece, struct ms_chunk *c)
{
    while (c->n_bytes < MS_PIECES_CHUNK_BYTES && !piece->is_ended) {
        size_t got = ms_piece_step(p, piece, c->bytes + c->n_bytes, MS_PIECES_CHUNK_BYTES - c->n_bytes);
        c->n_bytes += got;
        if (got == 0 && !piece->is_ended && piece->inflate.ops->at(&piece->inflate) >= piece->end) {
            piece->over_at = piece->inflate.ops->at(&piece->inflate);
            ms_piece_end(piece);
        }
    }
}

/* ---- helpers ---- */

static struct ms_piece *choose(const struct ms_pieces *p)
{
    struct ms_piece *piece = p->head != NULL ? p->head->next : NULL;
    while (piece != NULL && (piece->is_busy || piece->is_over))
        piece = piece->next;
    return piece;
}

static void work_on(struct ms_pieces *p, struct ms_piece *piece)
{
    struct ms_chunk *c;
    piece->is_begun = piece->is_busy = piece->is_helped = true;
    for (int i = 0; i < MOMENT_CHUNKS && !piece->is_ended && !piece->is_dropped && (c = take_free(p)) != NULL; i++) {
        pthread_mutex_unlock(&p->lock);
        fill_chunk(p, piece, c);
        pthread_mutex_lock(&p->lock);
        if (c->n_bytes > 0)
            append_chunk(piece, c);
        else
            give_free(p, c);
    }
    piece->is_busy = false;
    piece->is_over = piece->is_ended;
    if (piece->is_dropped)
        piece_destroy(p, piece);
    pthread_cond_broadcast(&p->changed);
}

static bool wants_scouting(const struct ms_pieces *p)
{
    size_t n = 0;
    if (p->is_scouting || p->scouted == MS_SCOUT_END || p->scouted == MS_SCOUT_TROUBLE)
        return false;
    for (const struct ms_piece *piece = p->head; piece != NULL; piece = piece->next)
        n += !piece->is_begun && piece != p->head;
    return n < WAITING_PIECES;
}

bool ms_pieces_scout(struct ms_pieces *p)
{
    struct ms_piece *piece = ms_piece_create(p);
    uint64_t behind = p->behind;
    p->is_scouting = true;
    pthread_mutex_unlock(&p->lock);
    enum ms_scouted scouted = p->division->next(p->scout, behind, piece);
    pthread_mutex_lock(&p->lock);
    p->is_scouting = false;
    p->scouted = scouted;
    if (scouted == MS_SCOUT_FOUND)
        ms_piece_append(p, piece);
    else
        free(piece);
    pthread_cond_broadcast(&p->changed);
    return scouted != MS_SCOUT_IDLE;
}

bool ms_pieces_do_help(struct ms_pieces *p)
{
    struct ms_piece *piece;
    if (p->is_closing)
        return false;
    if (wants_scouting(p) && ms_pieces_scout(p))
        return true;
    if (p->is_closing || p->n_chunks >= p->most_chunks || (piece = choose(p)) == NULL)
        return false;
    work_on(p, piece);
    return true;
}

bool ms_pieces_help(struct ms_pieces *p)
{
    pthread_mutex_lock(&p->lock);
    bool helped = ms_pieces_do_help(p);
    pthread_mutex_unlock(&p->lock);
    return helped;
}

void ms_pieces_enter(struct ms_pieces *p)
{
    pthread_mutex_lock(&p->lock);
    p->n_helpers++;
    pthread_mutex_unlock(&p->lock);
}

void ms_pieces_leave(struct ms_pieces *p)
{
    pthread_mutex_lock(&p->lock);
    p->n_helpers--;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}
