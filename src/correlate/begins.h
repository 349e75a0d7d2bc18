/* Where each source begins to speak of a host, as far as the look into the sources showed (pipeline/beside.c): what tells that
 * a source that is still to come runs beside those that were read, so that nothing of that time is judged yet.
 * Filled before the first line is read; from then on only the clock changes it, in its turn, to say what came true. Any thread,
 * while no segment is under way. */
#ifndef MS_CORRELATE_BEGINS_H
#define MS_CORRELATE_BEGINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ms_begin {
    uint32_t host_id, file_id;
    int64_t first_s; /* Unix second of the host's first line in that file */
    int64_t least_s; /* of this file and all later ones; ms_begins_sort fills it in */
    bool is_beside;  /* it did begin before others had ended */
};

struct ms_begins { /* {0}: nothing is known to run beside anything */
    struct ms_begin *items;
    size_t n, cap;
    bool any_beside;
};

void ms_begins_add(struct ms_begins *b, uint32_t host_id, uint32_t file_id, int64_t first_s);
void ms_begins_sort(struct ms_begins *b); /* after the last add */
void ms_begins_fini(struct ms_begins *b);

/* In this file; INT64_MAX: it is not known to have lines of the host. */
int64_t ms_begins_in(const struct ms_begins *b, uint32_t host_id, uint32_t file_id);
/* The least of all files behind this one; INT64_MAX: none is known to have lines of the host. */
int64_t ms_begins_after(const struct ms_begins *b, uint32_t host_id, uint32_t file_id);

void ms_begins_set_beside(struct ms_begins *b, uint32_t host_id, uint32_t file_id);
bool ms_begins_is_beside(const struct ms_begins *b, uint32_t host_id, uint32_t file_id);

#endif
