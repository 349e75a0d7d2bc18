/* SipHash-2-4: a hash whose collisions nobody can make up who does not know the key. Pure. */
#ifndef MS_PARSE_KEYED_HASH_H
#define MS_PARSE_KEYED_HASH_H

#include "base/span.h"

uint64_t ms_keyed_hash(const uint64_t key[2], struct ms_span text);

#endif
