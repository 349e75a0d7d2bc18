/* How a column chunk will be encoded: decided once, from the values alone, before the first byte is written. Pure. */
#ifndef MS_PARQUET_PLAN_H
#define MS_PARQUET_PLAN_H

#include "columnar/values.h"
#include "parquet/encoder.h"
#include "parquet/format.h"

struct ms_chunk_plan {
    enum ms_encoding encoding;
    unsigned code_width;                                      /* RLE_DICTIONARY: bits a code */
    int level;                                                /* zstd level of the data pages, if `compress` */
    enum { MS_COMPRESS_SAMPLE, MS_COMPRESS_ALWAYS } compress; /* SAMPLE: only if a sample page shrinks by half */
    uint64_t n_values;     /* rows that are not NULL; integers: 0 if there are none, else an upper bound */
    uint64_t string_bytes; /* DELTA_LENGTH_BYTE_ARRAY: of all of them */
};

void ms_chunk_plan_make(struct ms_chunk_plan *plan, struct ms_encoder *e, const struct ms_values *v);

/* Whether a dictionary of n_dict strings, dict_bytes in all, beats writing each of n_values strings out. */
bool ms_chunk_plan_dictionary_pays(uint64_t n_values, uint32_t n_dict, uint64_t dict_bytes);

#endif
