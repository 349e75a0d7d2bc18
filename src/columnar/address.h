/* The form by which two spellings of one address are equal: ASCII letters in lower case, and quotes around a local part that
 * could stand without them left out (RFC 5321 dot-string). Columns named *_key hold it. Thread rule: pure. */
#ifndef MS_COLUMNAR_ADDRESS_H
#define MS_COLUMNAR_ADDRESS_H

#include "base/span.h"

/* Writes the key to `out` (room for address.n bytes) and gives its length. */
size_t ms_address_key(struct ms_span address, char *out);

/* Index of the '@' in front of the domain; address.n if there is none. */
size_t ms_address_at(struct ms_span address);

#endif
