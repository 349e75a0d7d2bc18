/* NAME[ADDR]:PORT, as Postfix names the other end of a connection. Pure functions; never read outside the token. */
#ifndef MS_PARSE_ENDPOINT_H
#define MS_PARSE_ENDPOINT_H

#include <stdint.h>

#include "base/span.h"

#define MS_NONE INT64_MIN

struct ms_endpoint {     /* NAME[ADDR]:PORT */
    struct ms_span name; /* host name; NULL if the token had none (postscreen) */
    struct ms_span ip;   /* without brackets; NULL if what stands in the brackets is no IP address */
    int64_t port;        /* MS_NONE */
};

/* IPv4 dotted quad or IPv6 text form, with an optional %scope. */
bool ms_ip_valid(struct ms_span s);

/* NAME[ADDR], NAME[ADDR]:PORT, [ADDR]:PORT or a bare NAME; a blank may stand between, or ` (HELO) `. `ip` is NULL if the brackets hold no IP address, `name` is NULL
 * if nothing stands before them. Split at the last '['. All NULL for the NULL token. */
struct ms_endpoint ms_endpoint_of(struct ms_span token);

/* The same for relay=: a UNIX socket (HOST[PATH]) or a bare word (local, none) is a name as a whole. */
struct ms_endpoint ms_endpoint_of_relay(struct ms_span relay);

/* `[IDENT@]NAME [ADDR]( (may be forged))`, `[ADDR]`, `[ADDR] [ADDR]`, `NAME`, `NAME (ADDR)`, all perhaps with `:PORT`: the forms of other systems. The
 * last dot of a name that is complete is not part of `name`; a name shortened with `...` is NULL. */
struct ms_endpoint ms_endpoint_of_spaced(struct ms_span token);

/* The same token without what sendmail puts behind the address: ` [IP@HOP:ORIGIN]` of a source-routed packet, ` (may be forged)`. */
struct ms_span ms_endpoint_without_notes(struct ms_span token);

static inline struct ms_endpoint ms_endpoint_none(void)
{
    return (struct ms_endpoint){.port = MS_NONE};
}

#endif
