/* What other tools put around the header of a line: a container's name (`docker compose logs`), a pod's (`kubectl --prefix`), a
 * time stamp (`docker logs -t`, CRI), a file's name and a line's number (`grep`), quoting, a weekday and a zone
 * (`journalctl -o short-full`), seconds since 1970 (`-o short-unix`), a relay's own stamp and host, months in other languages.
 * Only for the envelope reader, which comes here with what it does not know. Pure; never reads outside the line. */
#ifndef MS_PARSE_PREFIX_H
#define MS_PARSE_PREFIX_H

#include "parse/stamp.h"

struct ms_prefixed {
    struct ms_span line; /* without what stands in front: for readers of lines without host and tag */
    struct ms_span rest; /* host and tag; NULL: no stamp found */
    struct ms_stamp stamp;
    bool has_outer; /* the stamp is not the one of `line` but stood in front of it */
};

/* Finds the first stamp that is the line's. The caller must find a host and a sure tag in `rest`, or have another reader for
 * `line`: there is nothing here that tells a header from a sentence. */
void ms_prefix_read(struct ms_span line, struct ms_prefixed *out);

#endif
