/* The sequences section of a block of zstd (RFC 8878, 3.1.1.3.2): what is copied from where, and how many literals stand before. */
#ifndef MS_PARQUET_SEQUENCES_H
#define MS_PARQUET_SEQUENCES_H

#include <stddef.h>
#include <stdint.h>

struct ms_sequence {
    uint32_t n_literals; /* in front of the copy; < 2^17 */
    uint32_t n_copied;   /* 3 to 2^17 - 1 */
    uint32_t offset;     /* back from where it is copied to; 1 to 2^28 */
};

/* A block has so many at most: it has 2^17 bytes, and whoever finds copies of fewer than 8 has no gain. */
enum { MS_SEQUENCES_MOST = 1 << 14, MS_SEQUENCE_BYTES = 16 /* of one, coded, at most */ };

/* How numbers become bits: constant once it is made, so threads may share it. */
struct ms_sequence_machines;
struct ms_sequence_machines *ms_sequence_machines_create(void);
void ms_sequence_machines_destroy(struct ms_sequence_machines *m);

/* Appends the section for n <= MS_SEQUENCES_MOST of them at `out`, which has room for MS_SEQUENCE_BYTES each and 16 more; gives its
 * end. Any thread. */
char *ms_sequences_encode(const struct ms_sequence_machines *m, char *out, const struct ms_sequence *sequences,
                          size_t n);

#endif
