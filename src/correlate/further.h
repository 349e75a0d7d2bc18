/* Lines that make more than one fact: a delivery to several recipients, a mail that is split, and the birth of a mail of which
 * only its parent's line tells. Thread rule: one worker. */
#ifndef MS_CORRELATE_FURTHER_H
#define MS_CORRELATE_FURTHER_H

#include "correlate/correlate.h"

/* So many recipients, or children, of one line are told apart; what the line holds more is not looked at. */
#define MS_FURTHER_MAX 1000u

/* Adds them to their lists, behind `f`, the fact of the line, which is in its list already. */
void ms_further_facts(struct ms_correlator *c, const struct ms_event *e, const struct ms_fact *f,
                      const struct ms_origin *origin);

#endif
