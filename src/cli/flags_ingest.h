/* The flags that tell `ingest`, `parse` and `grep` what logs do not say: how each value gets into args. Rows of the table in
 * flags.c; internal to cli/. Thread rule: before there are other threads (--tz). */
#ifndef MS_CLI_FLAGS_INGEST_H
#define MS_CLI_FLAGS_INGEST_H

#include "cli/flags.h"

#define MS_INGEST_APPLY(name)                                                                                          \
    enum ms_status ms_ingest_apply_##name(struct ms_args *args, const char *value, struct ms_error *err)
MS_INGEST_APPLY(zone);
MS_INGEST_APPLY(memory);
MS_INGEST_APPLY(host);
MS_INGEST_APPLY(host_map);
MS_INGEST_APPLY(patterns);
MS_INGEST_APPLY(reasons);
#undef MS_INGEST_APPLY

#endif
