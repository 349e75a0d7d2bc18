/* What dataset.json says of the parts, beside what is there. Thread rule: as the session. */
#ifndef MS_QUERY_PARTS_H
#define MS_QUERY_PARTS_H

#include "query/query.h"

/* The folder of the generation that the session has open. */
const char *ms_query_folder(const struct ms_query *q);

/* Rows: path of the part below that folder, its SHA-256 as recorded (NULL: dataset.json does not name it), whether it is there
 * (1 or 0); by path. No row if the dataset was made without --evidence. */
MS_NODISCARD enum ms_status ms_parts_each(struct ms_query *q, ms_row_fn each, void *user, struct ms_error *err);

/* Rows: table, name (part-00012.parquet) and number of rows of each part that is final; as they are numbered. */
MS_NODISCARD enum ms_status ms_parts_sizes(struct ms_query *q, ms_row_fn each, void *user, struct ms_error *err);

/* Row: --host as ingest was given it, or NULL. */
MS_NODISCARD enum ms_status ms_parts_host_option(struct ms_query *q, ms_row_fn each, void *user, struct ms_error *err);

#endif
