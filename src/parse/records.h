/* How envelopes become records: shared by envelope.c, which does it for the lines that it knows, and records.c, for all others.
 * Inside parse/ only. Thread rule: one owner. */
#ifndef MS_PARSE_RECORDS_H
#define MS_PARSE_RECORDS_H

#include "parse/envelope.h"

/* Room for so many more. */
void ms_records_reserve(struct ms_records *r, size_t n_lines);
/* Appends one, for which there is room. */
void ms_records_put(struct ms_records *r, const struct ms_envelope *env, uint32_t at);

/* The index of the host's stamp: its last one, if that is the same. A guess from an older segment can't be taken for one: of
 * this segment's stamps it would be the host's, whose last one then is known. */
static inline uint32_t ms_records_stamp(struct ms_records *r, uint32_t host_id, int64_t stamp_us, uint8_t has_year)
{
    struct ms_last_stamp *last = &r->last_stamp[host_id + 1u]; /* MS_NO_NAME: 0 */
    struct ms_line_stamp *s = &r->stamps.items[last->index];
    if (last->index >= r->stamps.n || s->stamp_us != stamp_us || s->host_id != host_id || s->has_year != has_year) {
        r->n_hosts += last->index >= r->stamps.n || s->host_id != host_id;
        last->serial = 0;
        last->index = (uint32_t)r->stamps.n++;
        r->stamps.items[last->index] = (struct ms_line_stamp){
            .stamp_us = stamp_us, .time_us = MS_NONE, .eff_s = MS_NONE, .host_id = host_id, .has_year = has_year};
    }
    return last->index;
}

/* The same by the stamp's serial, which is one of this segment's. */
static inline uint32_t ms_records_stamp_known(struct ms_records *r, uint32_t host_id, int64_t stamp_us,
                                              const struct ms_stamp_whole *whole)
{
    struct ms_last_stamp *last = &r->last_stamp[host_id + 1u];
    if (last->serial != whole->serial || whole->serial == 0) {
        (void)ms_records_stamp(r, host_id, stamp_us, whole->has_year);
        last->serial = whole->serial;
    }
    return last->index;
}

#endif
