/* The order of lines that stand in files side by side and in one second: between two of one file it is known, between two of
 * different files only what usually comes first. So the files are merged, and of their next lines the one goes first that a mail
 * or a session has earlier: a connection before its client=, that before the message-id, `removed` at the end, and
 * what has ended before the next one. Stamps with
 * fractions of a second say it better. Thread rule: pure. */
#ifndef MS_CORRELATE_INTERLEAVE_H
#define MS_CORRELATE_INTERLEAVE_H

#include "correlate/begins.h"
#include "correlate/fact.h"

/* Facts of one key, by ms_fact_order. Files that only follow one another stay as they are. */
void ms_facts_interleave(const struct ms_begins *begins, uint32_t host_id, bool is_session, struct ms_fact **facts,
                         size_t n);

#endif
