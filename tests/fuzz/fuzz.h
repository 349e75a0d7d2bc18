/* What every fuzz_*.c defines; libFuzzer calls it, or replay.c with files. */
#ifndef MS_TESTS_FUZZ_H
#define MS_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* One input of any bytes. Returns 0; a breach aborts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
