/* Lists inside one field of a line: the recipients of a delivery, the children of a split mail. Pure; any thread. */
#ifndef MS_PARSE_LISTS_H
#define MS_PARSE_LISTS_H

#include "base/span.h"

/* The next address of a comma list, without one enclosing <> pair: `<a@b>,c@d,"|/prog x,y",<@h1,@h2:u@h>`. Commas inside quotes,
 * angle brackets and routes do not separate; blanks around items are not part of them. False: there is none. */
bool ms_list_address(struct ms_span *rest, struct ms_span *item);

/* Where the address at `p` ends: at a comma that separates, or at `end`. */
const char *ms_list_address_end(const char *p, const char *end);

/* The next of `ID; ID; ID`. */
bool ms_list_queue_id(struct ms_span *rest, struct ms_span *item);

#endif
