/* The look into each file before any row is made: what its lines tell of their years, and which names hosts go by (the names
 * end up in the run's table). A sample, but always the same one: a function of the file alone.
 * Thread rule: the thread that made the run, before the workers. */
#ifndef MS_PIPELINE_PRESCAN_H
#define MS_PIPELINE_PRESCAN_H

#include "input/input.h"
#include "parse/parse.h"
#include "pipeline/zones.h"

/* What tells a year, best first (DESIGN 3). */
enum ms_anchor {
    MS_ANCHOR_STAMP,      /* a stamp with a year in the same file */
    MS_ANCHOR_QUEUE_ID,   /* the time inside a long queue ID */
    MS_ANCHOR_MESSAGE_ID, /* the time inside a message-id that this host's Postfix made */
    MS_ANCHOR_FILE_NAME,
    MS_ANCHOR_GZIP, /* when the packed file was last written to */
    MS_ANCHOR_OPTION,
    MS_ANCHOR_MTIME, /* weak: a copy of the file is enough to change it */
    MS_N_ANCHORS
};
enum { MS_N_LINE_ANCHORS = MS_ANCHOR_MESSAGE_ID + 1 };
extern const char *const ms_anchor_names[MS_N_ANCHORS]; /* files.year_anchor */

#define MS_LOOK_HOSTS 64
#define MS_LOOK_DAYS 4096
#define MS_LOOK_NO_DAY INT32_MIN

struct ms_look {
    struct { /* the first hosts that are seen (MS_NO_NAME: lines without one), each with its first stamp */
        uint32_t host_id;
        int64_t stamp_us;
        uint8_t has_year; /* as of the event */
    } hosts[MS_LOOK_HOSTS];
    size_t n_hosts;
    int64_t first_us, last_us;     /* of lines without a year in their stamps, in the stand-in year; MS_NONE */
    int n_turns;                   /* New Years between the two, as far as seen */
    int years[MS_N_LINE_ANCHORS];  /* of the first line, as lines tell it; 0: none does */
    int others[MS_N_LINE_ANCHORS]; /* another year that one further line of that kind tells; 0: none does */
    int32_t
        days[MS_LOOK_DAYS]; /* since 1970, local: days of lines without a year, as IDs in these lines tell; sorted */
    size_t n_days;
    bool is_to_end;   /* last_us is of the file's end */
    uint32_t host_id; /* of the first line that has a stamp; MS_NO_NAME: its line names none */
    bool is_zoneless; /* that stamp has no zone */
    /* the search's own */
    struct ms_zones *zones;
    int64_t offset_us;
    bool is_sample, is_new_piece, has_seen, has_jumped, has_stepped;
    int32_t first_day, last_day; /* that IDs in the piece tell, in the order of its lines; MS_LOOK_NO_DAY: none do */
};

/* Looks at the head of a file, and of a plain one at its tail and at pieces in between; more of it if `is_year_wanted` and the
 * head does not tell, or where IDs tell that months lie between two pieces: where a year without lines lies, has to be known to
 * the line. Of a packed file that may be one of months, at all of it. `offset_us`: local time minus UTC of stamps without zone. What lines tell of their zone goes to `zones`
 * (NULL: is not wanted). A file that can't be read now shows nothing. */
MS_NODISCARD enum ms_status ms_prescan_file(struct ms_input *in, struct ms_parser *parser, uint32_t file_id,
                                            int64_t offset_us, bool is_year_wanted, struct ms_zones *zones,
                                            struct ms_look *look, struct ms_error *err);

/* The time inside `<YYYYMMDDHHMMSS.QID@...`, without the bracket; false if it is not of this form, or of another queue ID: then
 * it was made elsewhere, or by who knows whom. */
bool ms_message_id_time(struct ms_span message_id, struct ms_span queue_id, int64_t *time_us);

#endif
