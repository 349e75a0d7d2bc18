/* Exim's message IDs, and the time inside them. Pure. */
#ifndef MS_PARSE_EXIM_ID_H
#define MS_PARSE_EXIM_ID_H

#include "base/span.h"

/* 6-6-2 or, since 4.97, 6-11-4 letters and digits, at the start of the text: its length, else 0. */
size_t ms_exim_id_length(const char *p, size_t n);
bool ms_exim_id_valid(struct ms_span id);

/* UTC, when the reception began; to the microsecond for the long form, to the second for the short one. */
bool ms_exim_id_time(struct ms_span id, int64_t *time_us);

#endif
