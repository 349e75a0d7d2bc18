/* CONTRACT of columnar to parquet: the values of one column of one row group, in their final order.
 * Plain data that borrows; valid while the batch that made it lives. */
#ifndef MS_COLUMNAR_VALUES_H
#define MS_COLUMNAR_VALUES_H

#include <string.h>

#include "base/span.h"
#include "columnar/schema.h"

#define MS_NULL_I64 INT64_MIN
#define MS_NULL_CODE UINT32_MAX

/* A double goes through rows and values as the integer of the same rank, so that whatever orders integers orders it. There is no
 * NaN (it would be NULL), and one zero. */
static inline int64_t ms_double_cell(double d)
{
    int64_t bits;
    if (d != d)
        return MS_NULL_I64;
    d = d == 0 ? 0 : d;
    memcpy(&bits, &d, sizeof bits);
    return bits < 0 ? bits ^ INT64_MAX : bits;
}

/* The bits of the double of a cell. */
static inline int64_t ms_double_bits(int64_t cell)
{
    return cell < 0 ? cell ^ INT64_MAX : cell;
}

struct ms_values {
    const struct ms_column *column;
    uint64_t n_rows;
    bool all_null;         /* no row has a value: the arrays below are not set */
    bool no_null;          /* every row has one; false: not known */
    const int64_t *ints;   /* MS_T_BOOL, I32, I64, TIME, DOUBLE (ms_double_cell): MS_NULL_I64 is NULL */
    const uint32_t *codes; /* MS_T_DICT: index into dict, MS_NULL_CODE is NULL */
    const struct ms_span
        *dict; /* distinct valid UTF-8 strings, numbered by first appearance in the rows, each used at least once */
    uint32_t n_dict;
    const struct ms_span *strings; /* MS_T_UNIQUE: valid UTF-8; p == NULL is NULL */
};

#endif
