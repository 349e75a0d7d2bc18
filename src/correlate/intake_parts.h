/* What intake.c and intake_others.c share. Not for others. Thread rule: one worker. */
#ifndef MS_CORRELATE_INTAKE_PARTS_H
#define MS_CORRELATE_INTAKE_PARTS_H

#include "correlate/correlate.h"

static inline uint32_t ms_intake_text(struct ms_correlator *c, struct ms_span s)
{
    return s.p ? ms_dict_add(&c->dict, s) : MS_NO_CODE;
}

/* INT32_MIN: not in the line, or too large for a column. */
static inline int32_t ms_intake_small(int64_t n)
{
    return n == MS_NONE || n > INT32_MAX || n <= INT32_MIN ? INT32_MIN : (int32_t)n;
}

/* All of a delivery's fact but its head. */
void ms_intake_delivery(struct ms_correlator *c, const struct ms_event *e, struct ms_fact_delivery *d);
/* What Postfix does not say; all else of *d is filled in. */
void ms_intake_delivery_of_others(struct ms_correlator *c, const struct ms_event *e, struct ms_fact_delivery *d);
void ms_intake_accepted(struct ms_correlator *c, const struct ms_event *e, struct ms_fact_accepted *a);

#endif
