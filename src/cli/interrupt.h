/* SIGINT and SIGTERM while DuckDB works: a thread waits for them and interrupts the query, which then ends as any failed one
 * does (temporary files removed, exit code 130). A second signal ends the process at once.
 * Thread rule: begin and end from the main thread; between them the query may be used by that thread only. */
#ifndef MS_CLI_INTERRUPT_H
#define MS_CLI_INTERRUPT_H

#include "query/query.h"

/* Before the query is opened: from now on signals wait until the watch begins, in threads of DuckDB too. */
void ms_interrupt_block(void);

void ms_interrupt_begin(struct ms_query *query); /* borrows the query until end */
void ms_interrupt_end(void);

/* Set when a signal has come, for work of another kind in between. */
const volatile bool *ms_interrupt_flag(void);

#endif
