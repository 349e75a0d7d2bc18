/* The thread that reads: pieces in their order, each confirmed by the end of the one in front of it. */
#include <stdlib.h>

#include "input/pieces.h"

#define PIECE_BYTES ((size_t)256 << 10)
#define AHEAD_BYTES ((size_t)64 << 20)

static const struct ms_division *const divisions[] = {[MS_GZIP] = &ms_division_gzip,
                                                      [MS_ZSTD] = &ms_division_zstd,
                                                      [MS_XZ] = &ms_division_xz,
                                                      [MS_BZIP2] = &ms_division_bzip2,
                                                      [MS_JOURNAL] = NULL};

/* ---- the reader ---- */

/* Stored bytes up to there are digested, in their order. */
static void follow(struct ms_pieces *p, uint64_t offset)
{
    char bytes[16384];
    struct ms_trouble trouble = {0};
    while (p->stored->offset < offset) {
        uint64_t left = offset - p->stored->offset;
        if (ms_stored_read(p->stored, bytes, left < sizeof bytes ? (size_t)left : sizeof bytes, &trouble) == 0)
            break;
    }
}

static uint64_t bytes_of(const struct ms_pieces *p, uint64_t position)
{
    return p->compression == MS_BZIP2 ? position / 8 : position;
}

static void drop_head(struct ms_pieces *p)
{
    struct ms_piece *piece = p->head;
    p->head = piece->next;
    if (p->head == NULL)
        p->last = NULL;
    ms_piece_drop(p, piece);
}

/* The reader comes to a new head, whoever found it; under the lock. */
static void enter_head(struct ms_pieces *p, struct ms_piece *head)
{
    head->is_entered = true;
    p->behind = head->begin;
    if (p->division->goes_on) {
        head->restart_at = head->begin;
        head->restart_parts = p->n_parts;
    }
    if (p->restart_at != head->restart_at) {
        p->restart_at = head->restart_at;
        p->restart_parts = head->restart_parts;
        p->text_since = 0;
    }
}

/* The text has come to `at`, where a part begins. Is it a piece that was found? Pieces in front of it were none. */
static bool is_next_at(struct ms_pieces *p, uint64_t at)
{
    struct ms_piece *head = p->head;
    while (head->next != NULL && head->next->begin < at) {
        struct ms_piece *none = head->next;
        head->next = none->next;
        if (p->last == none)
            p->last = head;
        ms_piece_drop(p, none);
    }
    return head->next != NULL && head->next->begin == at;
}

/* The head is over, and its text is given out. */
static void pass_head(struct ms_pieces *p)
{
    struct ms_piece *head = p->head;
    uint64_t at = head->over_at;
    if (p->division->goes_on) {
        p->n_parts += head->inflate.n_parts;
        if (head->is_last) {
            p->is_over = true;
            return;
        }
        if (!is_next_at(p, at)) { /* none begins there, so far as is known */
            struct ms_piece *next = ms_piece_create(p);
            next->begin = at;
            next->next = head->next;
            head->next = next;
            if (p->last == head)
                p->last = next;
        }
    }
    drop_head(p);
}

/* From the last safe place on it goes as if there were no pieces; what has been given out is passed over. */
static void go_on_serially(struct ms_pieces *p)
{
    p->is_closing = p->is_serial = true;
    p->serial_stored = p->file;
    ms_inflate_open(&p->serial, p->compression, &p->serial_stored);
    p->serial_stored.offset = p->restart_at;
    p->serial.n_parts_before = p->restart_parts;
}

static size_t read_serially(struct ms_pieces *p, struct ms_inflate *z, char *to, size_t n)
{
    struct ms_inflate *serial = &p->serial;
    size_t got = 0;
    while (got == 0 && serial->trouble.status == MS_SOURCE_OK && !serial->is_end) {
        got = serial->ops->read(serial, to, n);
        if (got == 0)
            serial->is_end = true;
        size_t passed = got < p->text_since ? got : (size_t)p->text_since;
        memmove(to, to + passed, got - passed);
        p->text_since -= passed;
        got -= passed;
    }
    follow(p, p->serial_stored.offset);
    if (got == 0) {
        z->trouble = serial->trouble;
        p->is_over = true;
    }
    return got;
}

/* Waits for the head, if a helper has it, and does something useful meanwhile. Under the lock. */
static void wait_for_helper(struct ms_pieces *p)
{
    if (!ms_pieces_do_help(p))
        pthread_cond_wait(&p->changed, &p->lock);
}

/* The next piece is not known yet, or there is none. Under the lock. */
static void find_head(struct ms_pieces *p)
{
    if (p->is_scouting) {
        pthread_cond_wait(&p->changed, &p->lock);
    } else if (p->scouted == MS_SCOUT_END) {
        p->is_over = true;
    } else if (p->scouted == MS_SCOUT_TROUBLE) {
        go_on_serially(p);
    } else {
        (void)ms_pieces_scout(p);
    }
}

static bool has_failed(const struct ms_piece *piece)
{
    return piece->is_over && piece->inflate.trouble.status != MS_SOURCE_OK;
}

/* The piece that text comes from next: it has chunks, or is the reader's to unpack. NULL: there is none. Under the lock. */
static struct ms_piece *reach_head(struct ms_pieces *p)
{
    while (!p->is_over && !p->is_serial) {
        struct ms_piece *head = p->head;
        if (head == NULL)
            find_head(p);
        else if (!head->is_entered)
            enter_head(p, head);
        else if (head->first_chunk != NULL || (!head->is_busy && !head->is_over))
            return head;
        else if (head->is_busy)
            wait_for_helper(p);
        else if (has_failed(head))
            go_on_serially(p);
        else
            pass_head(p);
    }
    return NULL;
}

/* Text that a helper has unpacked; takes the lock away and back. */
static size_t take_text(struct ms_pieces *p, struct ms_piece *head, char *to, size_t n)
{
    struct ms_chunk *c = head->first_chunk; /* nobody else takes any */
    pthread_mutex_unlock(&p->lock);
    size_t left = c->n_bytes - c->at, taken = left < n ? left : n;
    memcpy(to, c->bytes + c->at, taken);
    c->at += taken;
    pthread_mutex_lock(&p->lock);
    if (c->at == c->n_bytes)
        ms_piece_pop_chunk(p, head);
    return taken;
}

/* Unpacks the head itself; takes the lock away and back. */
static size_t unpack_head(struct ms_pieces *p, struct ms_piece *head, struct ms_inflate *z, char *to, size_t n)
{
    head->is_begun = true;
    pthread_mutex_unlock(&p->lock);
    ms_piece_open(p, head);
    head->inflate.n_parts_before = head->restart_parts;
    size_t got = ms_piece_step(p, head, to, n);
    bool is_open = !head->is_ended;
    uint64_t at = is_open && p->division->goes_on ? head->inflate.ops->at(&head->inflate) : 0;
    follow(p, is_open ? head->stored.offset : bytes_of(p, head->over_at));
    pthread_mutex_lock(&p->lock);
    if (at > p->behind)
        p->behind = at;
    if (got == 0 && is_open && at > head->begin && is_next_at(p, at)) {
        head->over_at = at;
        ms_piece_end(head);
    }
    head->is_over = head->is_ended;
    /* The sentence of a helper does not know how many parts are in front. */
    if (got == 0 && has_failed(head) && p->division->goes_on && !head->is_helped) {
        z->trouble = head->inflate.trouble;
        p->is_over = true;
    }
    return got;
}

static size_t read_pieces(struct ms_inflate *z, char *to, size_t n)
{
    struct ms_pieces *p = z->state;
    struct ms_piece *head;
    size_t got = 0;
    pthread_mutex_lock(&p->lock);
    while (got == 0 && (head = reach_head(p)) != NULL) {
        got = head->first_chunk != NULL ? take_text(p, head, to, n) : unpack_head(p, head, z, to, n);
        p->text_since += got;
    }
    bool is_serial = p->is_serial;
    pthread_mutex_unlock(&p->lock);
    return got == 0 && is_serial && !p->is_over ? read_serially(p, z, to, n) : got;
}

/* ---- begin and end ---- */

static void open_nothing(struct ms_inflate *z)
{
    (void)z;
}

static void close_pieces(struct ms_inflate *z)
{
    struct ms_pieces *p = z->state;
    if (p == NULL)
        return;
    z->state = NULL;
    pthread_mutex_lock(&p->lock);
    p->is_closing = true;
    while (p->n_helpers > 0)
        pthread_cond_wait(&p->changed, &p->lock);
    while (p->head != NULL)
        drop_head(p);
    pthread_mutex_unlock(&p->lock);
    while (p->free_chunks != NULL) {
        struct ms_chunk *c = p->free_chunks;
        p->free_chunks = c->next;
        free(c);
    }
    if (p->is_serial)
        ms_inflate_close(&p->serial);
    p->division->close(p->scout);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static const struct ms_inflate_ops inflate_pieces = {open_nothing, read_pieces, close_pieces, NULL};

bool ms_pieces_open(struct ms_inflate *z, enum ms_compression c, struct ms_stored *stored,
                    const struct ms_input_options *options)
{
    const struct ms_division *division = (size_t)c < sizeof divisions / sizeof *divisions ? divisions[c] : NULL;
    struct ms_stored file = {
        .fd = stored->fd, .base = stored->base, .limit_bytes = stored->limit_bytes, .cancelled = stored->cancelled};
    MS_ASSERT(!stored->is_stream && stored->offset == 0);
    void *scout_state =
        division != NULL ? division->open(&file, options->piece_bytes != 0 ? options->piece_bytes : PIECE_BYTES) : NULL;
    if (scout_state == NULL)
        return false;
    size_t ahead = options->ahead_bytes != 0 ? options->ahead_bytes : AHEAD_BYTES;
    struct ms_pieces *p = ms_calloc(1, sizeof *p);
    *p = (struct ms_pieces){.division = division,
                            .compression = c,
                            .stored = stored,
                            .file = file,
                            .scout = scout_state,
                            .scouted = MS_SCOUT_NOT_YET,
                            .most_chunks = ahead / MS_PIECES_CHUNK_BYTES};
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    if (division->goes_on)
        ms_piece_append(p, ms_piece_create(p));
    *z = (struct ms_inflate){.ops = &inflate_pieces, .stored = stored, .state = p};
    return true;
}

struct ms_pieces *ms_pieces_of(const struct ms_inflate *z)
{
    return z->ops == &inflate_pieces ? z->state : NULL;
}
