/* What the envelope*.c files share. Only for them. */
#ifndef MS_PARSE_ENVELOPE_PARTS_H
#define MS_PARSE_ENVELOPE_PARTS_H

#include "parse/envelope.h"
#include "parse/header.h"

/* An envelope of which nothing is known yet. */
void ms_envelope_begin(const struct ms_envelope_reader *r, struct ms_span line, struct ms_envelope *out);
/* Host and tag become ids; out->reason is set if there are too many. */
void ms_envelope_intern(struct ms_envelope_reader *r, const struct ms_header *h, struct ms_envelope *out);
/* A line that is no JSON. */
void ms_envelope_read_plain(struct ms_envelope_reader *r, struct ms_span line, struct ms_envelope *out);
/* `is_nested`: the object has been the text of another one. */
void ms_envelope_read_json(struct ms_envelope_reader *r, struct ms_span object, bool is_nested,
                           struct ms_envelope *out);

#endif
