/* What `find` and `trace` share: open, select, say what else there is or that nothing matches. Internal to cli/.
 * Thread rule: one command a process. */
#ifndef MS_CLI_SELECTING_H
#define MS_CLI_SELECTING_H

#include "cli/flags.h"
#include "query/select.h"

struct ms_showing {
    uint64_t limit;   /* of mails, unless --limit says otherwise */
    bool whole_story; /* of ms_select_rows */
    /* Prints the rows that were selected. Not called when nothing matches. */
    enum ms_status (*show)(const struct ms_args *args, struct ms_query *query, struct ms_error *err);
};

/* MS_END if nothing matches: a sentence on stderr has said what the dataset covers. */
enum ms_status ms_selecting(const struct ms_args *args, const struct ms_showing *showing, struct ms_error *err);

#endif
