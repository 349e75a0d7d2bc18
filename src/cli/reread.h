/* Lines of sources, read again at the offsets that rows cite, in one pass. Internal to cli/. Thread rule: one thread. */
#ifndef MS_CLI_REREAD_H
#define MS_CLI_REREAD_H

#include "input/input.h"

struct ms_reread { /* {.in = input} begins */
    struct ms_input *in;
    struct ms_segment segment; /* the current one, if has_segment */
    bool has_segment;
};

/* The line that begins at `offset` of the text, without its '\n'; of one over MS_LINE_MAX_BYTES its beginning. It lives until the
 * next call. Asked in the order of file_id and offset. MS_END: no line begins there. Failures as of ms_input_next. */
MS_NODISCARD enum ms_status ms_reread_line(struct ms_reread *r, uint32_t file_id, uint64_t offset, struct ms_span *line,
                                           struct ms_error *err);

/* Reads what is left, so that what input/ knows of its sources is final. */
MS_NODISCARD enum ms_status ms_reread_rest(struct ms_reread *r, struct ms_error *err);

void ms_reread_close(struct ms_reread *r); /* and the input (NULL is allowed) */

/* Whether the bytes stand there as a word: no letter or digit beside them. An empty word does. */
bool ms_line_holds_word(struct ms_span line, struct ms_span word);

#endif
