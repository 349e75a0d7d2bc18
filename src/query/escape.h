/* Log text on its way to a terminal, a JSON reader or a CSV reader. The text is written by attackers, so whatever steers a
 * terminal or hides text (C0, DEL, C1, bidirectional and zero-width controls, bytes that are no UTF-8) never passes as it is.
 * Input: any bytes, p == NULL is empty. Output is appended and is always valid UTF-8. Thread rule: pure. */
#ifndef MS_QUERY_ESCAPE_H
#define MS_QUERY_ESCAPE_H

#include "base/buffer.h"

/* For people: each byte of a hidden character becomes \xNN. At most `max_width` terminal columns, the last one `…` when
 * something was cut. Gives the number of columns that it takes (wide characters count two). */
size_t ms_escape_shown(struct ms_buffer *out, struct ms_span text, size_t max_width);

/* A sentence for stderr: as shown, but line ends stay. */
void ms_escape_message(struct ms_buffer *out, struct ms_span text);

/* A JSON string with its quotes. Lossless for valid UTF-8 (hidden characters as \uNNNN); a bad byte becomes the text \xNN. */
void ms_escape_json(struct ms_buffer *out, struct ms_span text);

/* A CSV field (RFC 4180): quoted where needed and when empty (an unquoted empty field is NULL); hidden characters as \xNN. */
void ms_escape_csv(struct ms_buffer *out, struct ms_span text);

#endif
