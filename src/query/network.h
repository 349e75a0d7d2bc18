/* in_network(ip, network), a function for SQL: whether the text of an IP address lies in a network (192.0.2.0/24,
 * 2001:db8::/32). NULL, and what is no address, is in none. Internal to query/. Thread rule: pure. */
#ifndef MS_QUERY_NETWORK_H
#define MS_QUERY_NETWORK_H

#include "base/span.h"
#include "query/duckdb_api.h"

bool ms_network_holds(struct ms_span network, struct ms_span ip);

/* False: DuckDB refuses. */
bool ms_network_register(duckdb_connection con);

#endif
