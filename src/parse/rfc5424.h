/* `<PRI>1 STAMP HOST APP PROCID MSGID SD MSG`, behind the PRI. Inside parse/ only; pure functions. */
#ifndef MS_PARSE_RFC5424_H
#define MS_PARSE_RFC5424_H

#include "base/span.h"
#include "parse/stamp.h"

struct ms_rfc5424 {
    struct ms_stamp stamp;
    struct ms_span host; /* NULL for `-` */
    struct ms_span tag;  /* one blank behind the host */
    struct ms_span text; /* blanks and a byte order mark in front of it left out */
    int64_t pid;         /* MS_NONE if PROCID is no number */
};

/* `1 ` stands first. */
bool ms_rfc5424_is(struct ms_span behind_pri);

/* NULL, or why the header can't be read (static text; *out is then undefined). The names are not looked at yet. `memo` as in
 * ms_stamp_read. */
const char *ms_rfc5424_read(struct ms_span behind_pri, struct ms_stamp_memo *memo, struct ms_rfc5424 *out);

/* NULL if host and tag can be names, else why not. */
const char *ms_rfc5424_check_names(const struct ms_rfc5424 *h);

#endif
