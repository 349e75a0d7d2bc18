/* The line kinds as one table: enum and ms_kinds[] come from the same rows, so that naming a line is a constant store.
 * Row: X(ID, name, role, signature, table, example message text). Add a row, add its case, run tests/golden/bless.sh. */
#ifndef MS_PARSE_KINDS_H
#define MS_PARSE_KINDS_H

#include "parse/kinds_daemons.h"
#include "parse/kinds_mail.h"
#include "parse/parse.h"

#define MS_KINDS(X)                                                                                                    \
    X(UNPARSED, "unparsed", UNPARSED, "", "unparsed", "")                                                              \
    X(OTHER, "other", EVENT, "", "events", "")                                                                         \
    MS_KINDS_MAIL(X)                                                                                                   \
    MS_KINDS_DAEMONS(X)

#define MS_KIND_ENUM(id, name, role, signature, table, example) MS_K_##id,
enum ms_kind_id { MS_KINDS(MS_KIND_ENUM) MS_N_KINDS };
#undef MS_KIND_ENUM

#endif
