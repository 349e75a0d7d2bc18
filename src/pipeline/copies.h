/* Lines that stand in two sources: a file given twice, a packed one beside its original, the same stream in two files or two
 * envelopes (DESIGN 3, "Duplicates"; docs/decisions/0008). Thread rule: the thread that made the run, before the workers.
 *
 * The lines of one host and tag in one source are a stream. Two streams overlap where the later one's first line stands in the
 * earlier one, or the other way round; if they agree line by line (second, pid, text) from there to the end of one of them, over
 * at least two distinct seconds, these lines of the source that comes later in order are copies. What does not agree so may be a
 * copy with holes, which takes one more pass (loose_copies.h). Never a line on its own: equal
 * lines in one second are often real; a stream that lies in one second follows the others, if one has proven the two sources to be
 * copies. Nothing depends on where segments are cut.
 *
 * Streams are compared by fingerprints, so that memory goes with their number, not their length. That takes two passes over
 * sources that may overlap: which do is told by the beginnings of all files (and the ends of plain ones). */
#ifndef MS_PIPELINE_COPIES_H
#define MS_PIPELINE_COPIES_H

#include "pipeline/run.h"

/* Fills run->correlate.copies, and run->correlate.clock.begins with what is no copy; after the years and names are settled. */
MS_NODISCARD enum ms_status ms_run_find_copies(struct ms_run *run, struct ms_error *err);

/* ---- suspects.c: which sources have to be read in full */

struct ms_stretch { /* of a source's lines of one host and tag, as far as seen */
    uint64_t key;
    uint32_t file_id;
    bool is_in_head;
    int64_t first_s, head_last_s, last_s;
    int64_t begin_s; /* there may be none before; the file's first line, if the first is not known */
    bool is_of_part; /* the source holds more than was seen of it */
};
struct ms_stretches {
    struct ms_stretch *items;
    size_t n, cap;
};

/* `suspect` has a place for each source; `seen`: all that was seen of all sources, by key and first second. */
MS_NODISCARD enum ms_status ms_copies_suspect(struct ms_run *run, struct ms_parser *parser, bool *suspect,
                                              struct ms_stretches *seen, struct ms_error *err);

/* ---- beside.c: which sources run side by side */

struct ms_whole_copy { /* all that the file has of a key is a copy */
    uint64_t key;
    uint32_t file_id;
};
struct ms_whole_copies { /* {0}: none; the caller frees items */
    struct ms_whole_copy *items;
    size_t n, cap;
};
void ms_whole_copies_add(struct ms_whole_copies *w, uint64_t key, uint32_t file_id);

/* A line further on in a source that is read in full, the first one of its host and tag. */
void ms_stretches_add_first(struct ms_stretches *seen, const struct ms_run *run, uint32_t file_id,
                            const struct ms_event *e, int n_turns);

/* Where each source begins to say of each host what goes into mails and sessions, but for copies. Sources that run beside others
 * may name hosts anywhere: those of several hosts are read for it, but for those that were (`is_read`, by file). Sorts `wholes`,
 * adds to `seen`. */
MS_NODISCARD enum ms_status ms_copies_find_beside(struct ms_run *run, struct ms_parser *parser,
                                                  struct ms_stretches *seen, struct ms_whole_copies *wholes,
                                                  const bool *is_read, struct ms_error *err);

/* Host and tag of a line as one number. */
static inline uint64_t ms_copies_key(const struct ms_event *e)
{
    return (uint64_t)e->host_id << 32 | e->tag_id;
}

/* The line's second, UTC as far as its file's year and zone are known; so many New Years behind the file's first line. */
int64_t ms_copies_second(const struct ms_run *run, uint32_t file_id, const struct ms_event *e, int n_turns);

/* ---- exim_copies.c: what Exim has written twice itself */

/* Adds to run->correlate.copies, unsorted. */
MS_NODISCARD enum ms_status ms_copies_of_exim(struct ms_run *run, struct ms_parser *parser, struct ms_error *err);

/* Parses whole lines, padded as a segment's text. */
MS_NODISCARD enum ms_status ms_copies_parse(struct ms_parser *parser, uint32_t file_id, struct ms_span text,
                                            uint64_t text_offset, ms_event_fn fn, void *user, struct ms_error *err);
/* The same for lines that have nothing around them; their offsets count from the first one. */
MS_NODISCARD enum ms_status ms_copies_parse_copy(struct ms_parser *parser, uint32_t file_id,
                                                 const struct ms_buffer *text, ms_event_fn fn, void *user,
                                                 struct ms_error *err);

/* ---- copy_lines.c: what lines are compared by */

struct ms_copy_lines { /* of one source, in their order */
    const struct ms_run *run;
    uint32_t file_id;
    uint64_t seed;
    int64_t known_stamp, known_second; /* a second of the year, worked out once */
    int known_year;
    int64_t last_calendar_s; /* of lines whose stamps have no year */
    int n_turns;             /* New Years between them */
};
enum {
    MS_EXIM_COMPARED_BYTES = 800
}; /* of a text of Exim's: in syslog it stands in pieces of 870, stamp and pid included */
struct ms_copy_lines ms_copy_lines_of(const struct ms_run *run, uint32_t file_id, uint64_t seed);
/* Of a calendar without years, as stamps with and without one are compared. Local time, as far as it is known. */
int64_t ms_copy_second_of_year(struct ms_copy_lines *s, const struct ms_event *e);
/* The same with years: seconds that rise with time, to tell who has lines of the same time. */
int64_t ms_copy_calendar_second(struct ms_copy_lines *s, const struct ms_event *e, int64_t second_of_year);
uint64_t ms_copy_print(const struct ms_copy_lines *s, const struct ms_event *e, int64_t second);

/* ---- prints.c: fingerprints; apart for its tests */

/* Modulo a prime: position by position, so that any stretch has a fingerprint of its own. */
struct ms_prints {
    uint64_t base;
};
struct ms_prints ms_prints_of(uint64_t seed);
uint64_t ms_prints_add(const struct ms_prints *p, uint64_t print, uint64_t line);
/* Of the lines behind the first, given the prints of the first ones and of all; `n` lines lie between. */
uint64_t ms_prints_between(const struct ms_prints *p, uint64_t first, uint64_t all, uint64_t n);

#endif
