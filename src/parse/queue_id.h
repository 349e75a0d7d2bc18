/* Where a Postfix queue ID ends: for the dialect files of parse/ only (other layers: ms_queue_id_valid in parse.h). */
#ifndef MS_PARSE_QUEUE_ID_H
#define MS_PARSE_QUEUE_ID_H

#include "parse/parse.h"

/* Length of the queue ID that the text starts with; 0 if the run of ID characters there is none. Reads at most n bytes. */
size_t ms_queue_id_length(const char *p, size_t n);

#endif
