/* From an event to a fact: the line's strings are interned while they are warm, and it is settled where the fact goes.
 * Thread rule: one worker. */
#ifndef MS_CORRELATE_INTAKE_H
#define MS_CORRELATE_INTAKE_H

#include "correlate/correlate.h"

enum ms_goes_to {
    MS_TO_LIFE,    /* the list of its queue ID */
    MS_TO_SESSION, /* the list of its process */
    MS_TO_BOTH,    /* client=, and refusals with a queue ID */
    MS_TO_STARTED, /* the list of its delivery's number, and with its start the list of its queue ID */
    MS_TO_ROW      /* a row of its own at once */
};

/* The fact of an event (in the segment's arena), the outcome of its line, and where the fact goes. */
struct ms_fact *ms_intake(struct ms_correlator *c, const struct ms_event *e, enum ms_line_outcome *outcome,
                          enum ms_goes_to *to);

/* What a status means, and the status of the three that all programs share (MS_NO_CODE for others). */
enum ms_delivered ms_outcome_of_status(struct ms_span status);
uint32_t ms_outcome_status(struct ms_dict *dict, enum ms_delivered outcome);

#endif
