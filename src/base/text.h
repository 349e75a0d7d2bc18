/* Log text as DESIGN 4 writes it: valid UTF-8 as it is; a byte that is none becomes \xNN, and a backslash in such a value
 * becomes two. Thread rule: pure. */
#ifndef MS_BASE_TEXT_H
#define MS_BASE_TEXT_H

#include "base/span.h"

/* Writes the repaired text and gives its length (at most 4 * text.n). `out` may be NULL to ask only for the length;
 * it is text.n exactly if the text is fine as it is. */
size_t ms_text_repair(struct ms_span text, char *out);

#endif
