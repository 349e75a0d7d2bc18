/* Reasons of deliveries and refusals, as cells. What the table of reasons (reason/reason.h) said of a text is remembered by the
 * text and its codes: the same text again, which is what a queue full of deferred mail writes, costs one hash. Bounded; what is
 * forgotten is asked again, with the same answer. Thread rule: one owner. */
#ifndef MS_CORRELATE_REASONS_H
#define MS_CORRELATE_REASONS_H

#include "columnar/dict.h"
#include "correlate/fact.h"
#include "reason/reason.h"

struct ms_reason_memory;

struct ms_reason_cells { /* NULL where the table says nothing */
    int64_t reason, blocklist;
};

/* `seed` as of the dictionary: random per run. */
MS_NODISCARD enum ms_status ms_reason_memory_create(struct ms_reason_memory **out, const struct ms_reasons *reasons,
                                                    uint64_t seed, struct ms_error *err);
void ms_reason_memory_destroy(struct ms_reason_memory *m);

/* `m` may be NULL: no reasons. What was sent has none. */
struct ms_reason_cells ms_delivery_reason(struct ms_reason_memory *m, struct ms_dict *dict,
                                          const struct ms_fact_delivery *d);
struct ms_reason_cells ms_reject_reason(struct ms_reason_memory *m, struct ms_dict *dict,
                                        const struct ms_fact_reject *r);

#endif
