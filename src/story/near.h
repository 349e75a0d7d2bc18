/* The sessions of a segment that some of its lines belong to: from the `connect` before such a line to the next one behind it.
 * Internal to story/. Thread rule: one owner. */
#ifndef MS_STORY_NEAR_H
#define MS_STORY_NEAR_H

#include "parse/envelope.h"
#include "story/search.h"

struct ms_near_line { /* of one of the processes */
    uint32_t process, line;
    int64_t eff_s;
    bool is_connect, is_disconnect, is_wanted;
};

struct ms_near_center {
    uint32_t process, line;
};

struct ms_near { /* {0} is empty */
    struct ms_keyset processes;
    struct ms_near_center *centers;
    size_t n_centers, cap_centers;
    struct ms_near_line *lines;
    size_t n_lines, cap_lines;
};

/* The session of this process that line `line` of the segment belongs to is wanted. */
void ms_near_add(struct ms_near *n, const struct ms_key *process, size_t line);
/* Hands out the lines of these sessions, as far as they stand in the segment, which the parser has in hand. */
void ms_near_find(struct ms_near *n, const struct ms_stories *s, struct ms_parser *parser, const struct ms_segment *seg,
                  void (*take)(void *user, const struct ms_segment *seg, const struct ms_event *e), void *user);
void ms_near_clear(struct ms_near *n);
void ms_near_fini(struct ms_near *n);

/* The process of a line, if it is one that has sessions (collect.c). */
bool ms_record_process(const struct ms_stories *s, const struct ms_record *r, struct ms_key *out);

#endif
