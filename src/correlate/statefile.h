/* The file that one run leaves for the next one that appends: bytes, numbers and texts one behind the other, in blocks of which
 * each has a checksum. The first bytes name the format and its version. Who reads what is damaged gets zeros from there on and
 * is told so at the end; nothing is handed out of a block that has not been checked. Thread rule: one owner. */
#ifndef MS_CORRELATE_STATEFILE_H
#define MS_CORRELATE_STATEFILE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/status.h"

struct ms_state_out { /* {.fd = ...} */
    int fd;           /* the caller's */
    int failure;      /* errno of the first write that failed */
    struct ms_buffer block;
};

void ms_state_put(struct ms_state_out *out, const void *p, size_t n_bytes);
static inline void ms_state_put_number(struct ms_state_out *out, uint64_t n)
{
    ms_state_put(out, &n, sizeof n);
}
void ms_state_put_text(struct ms_state_out *out, struct ms_span text); /* NULL stays NULL */
/* Writes what is left; MS_ERR_IO if anything could not be written. */
MS_NODISCARD enum ms_status ms_state_end(struct ms_state_out *out, struct ms_error *err);

struct ms_state_in { /* {.fd = ...} */
    int fd;          /* the caller's */
    bool is_bad;     /* cut short or damaged: what comes is zeros */
    struct ms_buffer block;
    size_t at;
};

void ms_state_get(struct ms_state_in *in, void *to, size_t n_bytes);
static inline uint64_t ms_state_get_number(struct ms_state_in *in)
{
    uint64_t n;
    ms_state_get(in, &n, sizeof n);
    return n;
}
/* How many of something follow; 0 if damage is known by now. */
static inline uint64_t ms_state_get_count(struct ms_state_in *in)
{
    uint64_t n = ms_state_get_number(in);
    return in->is_bad ? 0 : n;
}
/* In the arena. A text of more than 4 GiB is damage. */
struct ms_span ms_state_get_text(struct ms_state_in *in, struct ms_arena *arena);
void ms_state_in_fini(struct ms_state_in *in);

#endif
