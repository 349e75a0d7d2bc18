/* CONTRACT of columnar to parquet: the values of one column of one row group, in their final order.
 * Plain data that borrows; valid while the batch that made it lives. */
#ifndef MS_COLUMNAR_VALUES_H
#define MS_COLUMNAR_VALUES_H

#include "base/span.h"
#include "columnar/schema.h"

#define MS_NULL_I64 INT64_MIN
#define MS_NULL_CODE UINT32_MAX

struct ms_values {
    const struct ms_column *column;
    uint64_t n_rows;
    bool all_null;         /* no row has a value: the arrays below are not set */
    bool no_null;          /* every row has one; false: not known */
    const int64_t *ints;   /* MS_T_BOOL, I32, I64, TIME: MS_NULL_I64 is NULL */
    const uint32_t *codes; /* MS_T_DICT: index into dict, MS_NULL_CODE is NULL */
    const struct ms_span
        *dict; /* distinct valid UTF-8 strings, numbered by first appearance in the rows, each used at least once */
    uint32_t n_dict;
    const struct ms_span *strings; /* MS_T_UNIQUE: valid UTF-8; p == NULL is NULL */
};

#endif
