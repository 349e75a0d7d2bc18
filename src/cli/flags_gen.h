/* The flags of `gen`: how each value gets into args. Rows of the table in flags.c; internal to cli/. Thread rule: pure. */
#ifndef MS_CLI_FLAGS_GEN_H
#define MS_CLI_FLAGS_GEN_H

#include "cli/flags.h"

#define MS_GEN_APPLY(name)                                                                                             \
    enum ms_status ms_gen_apply_##name(struct ms_args *args, const char *value, struct ms_error *err)
MS_GEN_APPLY(output);
MS_GEN_APPLY(size);
MS_GEN_APPLY(lines);
MS_GEN_APPLY(seed);
MS_GEN_APPLY(hosts);
MS_GEN_APPLY(dialect);
MS_GEN_APPLY(stamps);
MS_GEN_APPLY(ids);
MS_GEN_APPLY(from);
MS_GEN_APPLY(days);
MS_GEN_APPLY(years);
MS_GEN_APPLY(rate);
MS_GEN_APPLY(zone);
MS_GEN_APPLY(dst);
MS_GEN_APPLY(truth);
MS_GEN_APPLY(rotate);
MS_GEN_APPLY(duplicates);
MS_GEN_APPLY(new_addresses);
MS_GEN_APPLY(local);
MS_GEN_APPLY(refused);
MS_GEN_APPLY(empty);
MS_GEN_APPLY(bounced);
MS_GEN_APPLY(deferred);
MS_GEN_APPLY(hops);
MS_GEN_APPLY(reuse);
MS_GEN_APPLY(gaps);
#undef MS_GEN_APPLY

#endif
