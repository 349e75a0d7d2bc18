/* Adding to the run-wide table of host names and tags (reading: parse/parse.h). Inside parse/ only.
 * Thread rule: any thread; a name that is known already takes no lock. */
#ifndef MS_PARSE_NAMES_H
#define MS_PARSE_NAMES_H

#include "parse/parse.h"

#define MS_NAME_MAX_BYTES 255 /* of a host or tag (RFC 5424's bound for hosts) */

/* As ms_names_add_host (parse/parse.h). */
uint32_t ms_names_add_tag(struct ms_names *n, struct ms_span tag);

/* As ms_names_set_alias, for two ids; false if one is MS_NO_NAME. */
MS_NODISCARD bool ms_names_join(struct ms_names *n, uint32_t alias, uint32_t host);
/* Whether something is said of the name, as alias or as host. */
bool ms_names_is_settled(const struct ms_names *n, uint32_t host_id);

/* The facts of a tag; the spans point into `tag`. */
void ms_tag_describe(struct ms_span tag, struct ms_tag *out);

#endif
