/* Lines that stand for others, written by syslog daemons that sum up (reference/syslog-envelopes.md 4):
 *
 *   HOST TAG[PID]: message repeated N times: [ TEXT]    rsyslog: N further copies of a line that stands before
 *   HOST last message repeated N times                  BSD, sysklogd, Solaris: the same of the host's line before, in this file
 *
 * The first says itself what it repeats. For the second the host's last line is looked for in the segment, or, if none of it
 * holds one, in what the segments before left behind: so segments settle their repeats in order (the clock's turn). What is
 * attributed never depends on where segments were cut.
 *
 * How many copies a line is worth is bounded, whatever number somebody has written there: by a cap for a line, and by a sum for
 * a file that grows with its text. Thread rule: struct ms_repeat_memory is shared, and touched in turn only. */
#ifndef MS_PARSE_REPEATS_H
#define MS_PARSE_REPEATS_H

#include "base/arena.h"
#include "parse/envelope.h"

#define MS_REPEATS_OF_LINE 1000u   /* copies of one line */
#define MS_REPEATS_OF_FILE 10000u  /* copies of all lines of a file, and ... */
#define MS_REPEATS_BYTES 100u      /* ... one more for so many bytes of its text */
#define MS_REPEATED_LINE_MAX 4096u /* a longer line is not looked for: syslog daemons that sum up write shorter ones */

/* What a text says; false: it is no such line. `has_tag`: a program's name stands in front of it. */
struct ms_repeat_text {
    uint32_t said;       /* N, at least 1; what is more than a number can be is UINT32_MAX */
    struct ms_span text; /* in the brackets; NULL: it is that of another line */
    bool is_cut;         /* the text is but a beginning */
};
bool ms_repeat_read(const struct ms_tag *tag, bool has_tag, struct ms_span text, struct ms_repeat_text *out);

/* Daemons under whose own name such a line may stand. */
bool ms_repeat_is_syslog(struct ms_span tag);

/* What the run remembers between segments. */
struct ms_repeat_memory;
struct ms_repeat_memory *ms_repeat_memory_create(void);
void ms_repeat_memory_destroy(struct ms_repeat_memory *m);

/* From now on it also keeps what it knows of files that are over, as an append may go on with one of them. */
void ms_repeat_memory_keep_files(struct ms_repeat_memory *m);
/* What it knows of the files that are over, if they are kept, and of the one in hand: bytes that ms_repeat_memory_put takes in a run in
 * which names have the same ids. In order of the files; borrowed until it returns. */
void ms_repeat_memory_each(const struct ms_repeat_memory *m,
                           void (*each)(void *user, uint32_t file_id, struct ms_span bytes), void *user);
/* Before the first segment. n_hosts: how many names of hosts there are. False: damaged. */
bool ms_repeat_memory_put(struct ms_repeat_memory *m, uint32_t file_id, struct ms_span bytes, uint32_t n_hosts);

struct ms_segment;
/* Finds the lines that are repeated by those of the segment, as far as it holds them. */
void ms_repeats_find(struct ms_records *r, struct ms_span segment_text);
/* In turn: finds the others, grants copies, and remembers the segment's last lines. `arena`: copies of lines that are not in
 * the segment; they live as long as its events. */
void ms_repeats_settle(struct ms_repeat_memory *m, struct ms_records *r, const struct ms_segment *seg,
                       struct ms_arena *arena);

/* The repeat that this line is; NULL: it is none. */
const struct ms_repeat *ms_repeats_of_line(const struct ms_records *r, size_t line);

#endif
