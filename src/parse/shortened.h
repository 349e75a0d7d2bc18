/* Lines that were cut on their way (reference/syslog-envelopes.md 2.1): daemons and relays keep so many bytes of a message, and leave
 * no mark. Whether a line was cut is judged by its length alone; what its last word says is then not believed: half a number is
 * a number, half an address an address. Pure functions. */
#ifndef MS_PARSE_SHORTENED_H
#define MS_PARSE_SHORTENED_H

#include "base/span.h"
#include "parse/event.h"

#define MS_SHORTENED_MIN 880u /* a shorter line is whole */
#define MS_DOCKER_PIECE                                                                                                \
    16384u /* Docker writes longer lines in records of so many bytes, all but the last without a line end */

/* May it have been cut? `text` is what follows its header, `mta` who wrote it. */
bool ms_line_may_be_cut(struct ms_span line, struct ms_span text, enum ms_mta mta);

/* What of a text that may be cut is whole for sure: all, if it ends with what closes something; else without its last word; and
 * without an address that does not close. */
struct ms_span ms_text_before_cut(struct ms_span text);

/* The text without the line ends and other control characters behind it, as syslog daemons write them: `#012`, `\012`, `^J`. Inside a
 * text they stay as logged: a text may hold such words of its own, and must never become two lines. */
struct ms_span ms_text_without_controls(struct ms_span text);

/* Of what has been read of such a text (e->text), leaves what its left part alone says. Strangers choose texts, and where they end is
 * told by what stands behind them: if that may be missing, they may say anything. The rest is not known, and a line of which
 * nothing else is left is an event. */
void ms_keep_before_cut(struct ms_event *e);

#endif
