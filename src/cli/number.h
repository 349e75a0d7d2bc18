/* Numbers and zones as people type them. Thread rule: pure. */
#ifndef MS_CLI_NUMBER_H
#define MS_CLI_NUMBER_H

#include <stdint.h>

#include "base/status.h"

/* Decimal digits, then nothing or one of K, M, G, T (times 1024 each; small letters too). Anything else, and what is out of
 * [min, max], is MS_ERR_USAGE with a sentence that quotes the text. */
MS_NODISCARD enum ms_status ms_number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *out,
                                            struct ms_error *err);

/* UTC, Z, or a fixed offset: +HH, +HHMM, +HH:MM (or -), up to 14 hours. Named zones are MS_ERR_USAGE. */
MS_NODISCARD enum ms_status ms_zone_parse(const char *text, int *offset_seconds, struct ms_error *err);

#endif
