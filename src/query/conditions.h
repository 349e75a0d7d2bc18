/* What each selector means for a row of each table, as conditions of SQL. Internal to query/. Thread rule: as its arguments. */
#ifndef MS_QUERY_CONDITIONS_H
#define MS_QUERY_CONDITIONS_H

#include "base/buffer.h"
#include "query/query.h"
#include "query/selectors.h"

enum ms_searched { MS_SEARCH_MESSAGES, MS_SEARCH_DELIVERIES, MS_SEARCH_REJECTS };

struct ms_sql { /* {0} is empty; a statement and what stands for its $1, $2 ... (borrowed from the selectors) */
    struct ms_buffer text;
    struct ms_value *values;
    size_t n_values, cap_values;
};
void ms_sql_fini(struct ms_sql *sql);

/* Times of selectors as UTC. */
struct ms_period {
    int64_t since_us, until_us;
};

/* Whether every selector of the set (bits) says something of this table's rows. */
bool ms_conditions_apply(const struct ms_selectors *s, unsigned set, enum ms_searched table);

/* Appends `union all select COLUMNS from TABLE where ... and EXTRA` once for each way in which the set can hold. Each is a
 * conjunction of plain comparisons, as DuckDB asks bloom filters for `=` alone, not for OR and IN. */
void ms_conditions_append(struct ms_sql *sql, const struct ms_selectors *s, const struct ms_period *period,
                          unsigned set, enum ms_searched table, const char *columns, const char *extra);

#endif
