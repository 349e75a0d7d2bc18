/* The log lines that a story cites, read again from the source files: plain files at the offset, compressed ones in one pass up to
 * the last line that is wanted. What lies there now is not believed blindly: it must begin behind a line's end and hold the words
 * that the dataset knows of it (queue ID, process and client); else the source has changed, and that is said instead.
 * Internal to cli/. Thread rule: one thread. */
#ifndef MS_CLI_RAW_LINES_H
#define MS_CLI_RAW_LINES_H

#include "query/query.h"

/* Fills shown.raws for what ms_story_lines names. A source that cannot be read is no failure: its lines say why. */
MS_NODISCARD enum ms_status ms_raw_lines_fill(struct ms_query *q, struct ms_error *err);

#endif
