/* Thrift's compact protocol, the writing half, as far as Parquet's headers and footer need it.
 *
 * Fields of a struct are written in ascending id. The root struct is open after init; every struct, the root too, ends with
 * ms_thrift_end. Elements of a list follow its header without ids: numbers through the `item` functions, structs through
 * ms_thrift_begin with id 0. Thread rule: one owner. */
#ifndef MS_PARQUET_THRIFT_H
#define MS_PARQUET_THRIFT_H

#include <stdbool.h>

#include "base/buffer.h"

enum ms_thrift_type {
    MS_THRIFT_TRUE = 1,
    MS_THRIFT_FALSE = 2,
    MS_THRIFT_I8 = 3,
    MS_THRIFT_I16 = 4,
    MS_THRIFT_I32 = 5,
    MS_THRIFT_I64 = 6,
    MS_THRIFT_BINARY = 8,
    MS_THRIFT_LIST = 9,
    MS_THRIFT_STRUCT = 12
};

enum { MS_THRIFT_DEPTH = 8 };

struct ms_thrift {
    struct ms_buffer *out; /* borrowed */
    unsigned depth;
    int last_id[MS_THRIFT_DEPTH]; /* last field written, by depth: a header holds only the difference */
};

void ms_thrift_init(struct ms_thrift *t, struct ms_buffer *out);

void ms_thrift_bool(struct ms_thrift *t, int id, bool v);
void ms_thrift_i16(struct ms_thrift *t, int id, int16_t v);
void ms_thrift_i32(struct ms_thrift *t, int id, int32_t v);
void ms_thrift_i64(struct ms_thrift *t, int id, int64_t v);
void ms_thrift_binary(struct ms_thrift *t, int id, const void *p, size_t n_bytes);
void ms_thrift_list(struct ms_thrift *t, int id, enum ms_thrift_type element, size_t n);
void ms_thrift_begin(struct ms_thrift *t, int id); /* a struct or union; id 0: the next element of a list */
void ms_thrift_end(struct ms_thrift *t);
void ms_thrift_empty(struct ms_thrift *t, int id); /* a struct without fields */

void ms_thrift_item_bool(struct ms_thrift *t, bool v);
void ms_thrift_item_int(struct ms_thrift *t, int64_t v); /* i16, i32, i64 */
void ms_thrift_item_binary(struct ms_thrift *t, const void *p, size_t n_bytes);

#endif
