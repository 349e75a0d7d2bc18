/* What state.c (between runs) and state_stripe.c (between two stripes of one) share. Nobody else includes this. */
#ifndef MS_CORRELATE_STATE_PARTS_H
#define MS_CORRELATE_STATE_PARTS_H

#include "correlate/carry.h"
#include "correlate/state.h"

/* Hours that are over before final_us are left out; one without a time may go on. */
void ms_state_save_coverage(struct ms_correlator *const *workers, size_t n, int64_t final_us, struct ms_state_out *out);
bool ms_state_load_coverage(struct ms_correlator *c, struct ms_state_in *in);
/* Sessions, then lives. */
enum ms_status ms_state_save_lists(struct ms_correlator *const *workers, size_t n, struct ms_state_out *out,
                                   struct ms_error *err);
bool ms_state_load_lists(struct ms_correlator *c, struct ms_state_in *in);

#endif
