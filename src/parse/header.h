/* The middle of an RFC 3164 header: host and tag, in all their variants. Inside parse/ only; pure functions. */
#ifndef MS_PARSE_HEADER_H
#define MS_PARSE_HEADER_H

#include "base/span.h"

struct ms_header {
    struct ms_span host;   /* NULL: the line has none */
    struct ms_span tag;    /* NULL: a remark of syslog's own, which is the text */
    const char *after_tag; /* what follows the tag: `[`, `:`, a blank, the end; without a tag the text */
    const char *reason;    /* static; NULL unless the header can't be read */
};

/* Reads what follows the stamp; `rest` does not begin with a blank. */
void ms_header_read(struct ms_span rest, struct ms_header *h);

/* It was read, and its tag can't be a word of a sentence: `TAG[`, `TAG: `. `end` of the line. */
bool ms_header_is_sure(const struct ms_header *h, const char *end);

/* A word that can be a host, or a tag: printable, of fair length, without signs that only message text has. */
bool ms_header_is_name(struct ms_span word);

/* `[digits]` and an optional colon, or what a cut left of them, from `p`; gives back where the text begins. *pid is
 * untouched unless the number is whole. */
const char *ms_header_read_pid(const char *p, const char *end, int64_t *pid);

/* Solaris puts `[ID 197553 mail.info] ` in front of the text: what stands behind it, or p. */
const char *ms_header_skip_message_id(const char *p, const char *end);

#endif
