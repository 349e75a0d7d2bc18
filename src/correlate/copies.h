/* Lines that were there before: what the pipeline has found to be a copy of another source's lines (pipeline/copies.c). Made
 * before the first line is read, constant from then on. Any thread. */
#ifndef MS_CORRELATE_COPIES_H
#define MS_CORRELATE_COPIES_H

#include "parse/event.h"

#define MS_COPY_ALL (UINT32_MAX - 1) /* in place of host_id and tag_id: every line */

struct ms_copy { /* lines of this host and tag that begin in [from, to) of the file's text */
    uint32_t file_id, host_id, tag_id;
    uint64_t from, to;
};

struct ms_copies { /* {0}: none */
    struct ms_copy *items;
    size_t n, cap;
    uint64_t *lines; /* of single lines: file and offset as a row has them */
    size_t n_lines, cap_lines;
    uint32_t file_id; /* of a file's own */
};

static inline bool ms_copies_any(const struct ms_copies *c)
{
    return (c->n | c->n_lines) != 0;
}

void ms_copies_add(struct ms_copies *c, struct ms_copy copy);
void ms_copies_add_line(struct ms_copies *c, uint32_t file_id, uint64_t offset);
void ms_copies_sort(struct ms_copies *c); /* after the last add */
void ms_copies_fini(struct ms_copies *c);

/* The file's own, after the sort. */
struct ms_copies ms_copies_of_file(const struct ms_copies *c, uint32_t file_id);
/* Whether the line is one of `of_file`'s. One without a stamp is so only if all are: it was compared with nothing. */
bool ms_copies_has(const struct ms_copies *of_file, const struct ms_event *e);

#endif
