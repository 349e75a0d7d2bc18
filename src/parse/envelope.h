/* The syslog header of a line: stamp, host, tag, pid, and where the text begins (reference/syslog-envelopes.md 1, 2).
 *
 * Reads RFC 3164 with its many variants, ISO stamps in the same place, either with `<PRI>` in front, RFC 5424, and lines of
 * JSON (json_line.h), which input makes of the journal's export, too. The first guess is always the form of the
 * last line: its stamp and its host and tag are remembered and compared as bytes before anything is taken apart.
 *
 * Thread rule: a reader has one owner; struct ms_names is shared. Never reads outside the line. No allocation but for a new
 * host or tag. */
#ifndef MS_PARSE_ENVELOPE_H
#define MS_PARSE_ENVELOPE_H

#include "parse/header_memo.h"
#include "parse/json_line.h"
#include "parse/names.h"
#include "parse/stamp.h"

/* The record of one line. The line is the caller's; `text_at` counts from its first byte. */
struct ms_envelope {
    int64_t stamp_us;         /* as in struct ms_event; MS_NONE */
    int64_t pid;              /* MS_NONE */
    const char *reason;       /* static; why the line is unparsed, NULL if it is not */
    struct ms_span line;      /* without its end */
    struct ms_span apart;     /* NULL, or the text where the line has it in another form: decoded, in the reader */
    bool is_cut;              /* that is but a beginning */
    uint32_t text_at;         /* 0 if there is no envelope */
    uint32_t host_id;         /* MS_NO_NAME: the line names none */
    uint32_t tag_id;          /* MS_NO_NAME with reason NULL: syslog's own remark (`last message repeated 2 times`) */
    uint8_t has_year;         /* enum ms_stamp_year */
    const struct ms_tag *tag; /* of tag_id; never NULL */
};

/* The same of the lines of a segment, packed. */
struct ms_record {
    const struct ms_tag *tag;
    const char *reason;
    int64_t pid;
    uint32_t at, n; /* the line: offset in the segment, length without its end */
    uint32_t text_at, host_id, tag_id;
};
#define MS_TEXT_APART UINT32_MAX /* text_at: see ms_records_apart */

struct ms_apart {
    size_t line; /* its index */
    struct ms_span text;
    bool is_cut; /* the text is but a beginning */
};

struct ms_repeat {        /* a line that stands for others (repeats.h) */
    size_t line;          /* its index */
    uint32_t said, times; /* copies: as the line says; as granted, 0: not settled */
    bool has_text;        /* the text that is repeated stands in the line; else in the next */
    bool is_cut;          /* the text is but a beginning */
    bool is_sought;       /* the segments before may tell what the next is */
    struct ms_span of;    /* the line that is repeated, whole; NULL: not known */
    struct ms_span by;    /* the text that says so */
};

struct ms_records {
    struct ms_record *items;
    size_t n, cap;
    struct ms_stamps stamps;
    size_t cap_stamps, cap_of_line;
    struct ms_apart *aparts; /* rising by line */
    size_t n_aparts, cap_aparts;
    struct ms_repeat *repeats; /* likewise */
    size_t n_repeats, cap_repeats;
    uint32_t n_hosts;  /* how many there are; MS_NO_NAME is one */
    uint32_t n_unread; /* lines with a reason */
    struct ms_last_stamp {
        uint64_t serial;                  /* of the memo (stamp.h): the segment's; 0: not known */
        uint32_t index;                   /* in `stamps`; without a serial only a guess, to be verified */
    } last_stamp[MS_NAMES_CAP + 1];       /* of a host (MS_NO_NAME: the first) */
    uint32_t last_line[MS_NAMES_CAP + 1]; /* likewise; of lines that can be repeated, while they are gone through */
};

struct ms_envelope_reader {
    struct ms_names *names;
    uint32_t host_id; /* of --host, in the place of every line's own; MS_NO_NAME: none given */
    bool use_memo;
    struct ms_stamp_memo stamp;
    struct ms_header_memo headers;
    struct ms_json_reader *json; /* NULL until a line is JSON */
};

/* `host` (--host) may be NULL. Without memo every line is taken apart: the plain twin. */
void ms_envelope_init(struct ms_envelope_reader *r, struct ms_names *names, const char *host, bool use_memo);
void ms_envelope_fini(struct ms_envelope_reader *r);
/* Another segment: forgets the texts of `apart`, and what was known of the stamps in cleared records. */
void ms_envelope_reset(struct ms_envelope_reader *r);

/* `line` has no line end. Fills all of *out. */
void ms_envelope_read(struct ms_envelope_reader *r, struct ms_span line, struct ms_envelope *out);

/* Appends records and stamps of the lines of a block that begins at `at` in its segment; ends[] (exclusive) count from the
 * block's first byte. 64 bytes behind the block are readable. */
void ms_envelope_read_lines(struct ms_envelope_reader *r, struct ms_span block, uint32_t at, const uint32_t *ends,
                            size_t n_lines, struct ms_records *out);
/* Appends one. `at` is the line's offset in the segment. */
void ms_records_add(struct ms_records *r, const struct ms_envelope *env, uint32_t at);
/* The text of a line whose text_at is MS_TEXT_APART. */
const struct ms_apart *ms_records_apart(const struct ms_records *r, size_t line);
void ms_records_clear(struct ms_records *r);
void ms_records_fini(struct ms_records *r);

/* Bytes in front of the header that belong to nobody: a byte order mark, a run of NULs after a crash. */
size_t ms_envelope_skip_junk(struct ms_span line);

/* `<PRI>`: its length and value. 0 if there is none. */
size_t ms_envelope_read_pri(struct ms_span text, unsigned *pri);

#endif
