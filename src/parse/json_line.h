/* Lines that are JSON objects: the journal's (journalctl -o json), Docker's json-file, and what rsyslog, syslog-ng and log shippers
 * write by templates of their own (reference/syslog-envelopes.md 1.5, 1.6, 1.8). The grammar is json-c's; here is what the names mean.
 *
 * Texts are decoded, so they are not in the line: they live in the reader until its reset. Thread rule: one owner. */
#ifndef MS_PARSE_JSON_LINE_H
#define MS_PARSE_JSON_LINE_H

#include "base/span.h"

struct ms_json_line {
    int64_t stamp_us;
    bool has_stamp;
    uint8_t has_year;         /* enum ms_stamp_year */
    int64_t pid;              /* MS_NONE */
    struct ms_span host, tag; /* NULL if the object has none */
    struct ms_span text;      /* without blanks in front and a line end behind; 64 bytes behind it are readable */
    bool is_cut;              /* the text is a piece of a longer one, which goes on in another object (Docker) */
    bool is_line; /* the text is a whole line, or what was left of one: it has, or may have, its own header */
};

struct ms_json_reader;
struct ms_json_reader *ms_json_reader_create(void);
void ms_json_reader_destroy(struct ms_json_reader *r);
/* Forgets the texts. */
void ms_json_reader_reset(struct ms_json_reader *r);

/* Is it worth asking? Also behind what journalctl puts in front of objects in a stream. */
bool ms_json_line_may_be(struct ms_span line);

/* NULL, or why the line is unparsed (static text). */
const char *ms_json_line_read(struct ms_json_reader *r, struct ms_span line, struct ms_json_line *out);

#endif
