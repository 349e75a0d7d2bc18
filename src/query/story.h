/* What `find` lists and `trace` tells of the picked mails (select.h): found.sql and story.sql. Thread rule: as the session. */
#ifndef MS_QUERY_STORY_H
#define MS_QUERY_STORY_H

#include "query/query.h"

/* After ms_select_rows. Rows: a life, or a refusal. */
MS_NODISCARD enum ms_status ms_found_make(struct ms_query *q, struct ms_error *err);
extern const char ms_found_for_people[], ms_found_full[]; /* statements */

/* After ms_select_rows with the whole story. Makes shown.told, and shown.raws(file, line_offset, raw, raw_problem), which is
 * empty. Rows: what became of a recipient, or a step of a life. */
MS_NODISCARD enum ms_status ms_story_make(struct ms_query *q, struct ms_error *err);
extern const char ms_story_full[], ms_story_full_raw[];

/* For people: columns as named here, times as shown_time(). */
enum ms_story_column {
    MS_STORY_MAIL, /* number of the mail, 1.. */
    MS_STORY_HOP,  /* 0: what became of a recipient; 1..: a step of that life */
    MS_STORY_TITLE,
    MS_STORY_HEADING,
    MS_STORY_TIME,
    MS_STORY_STEP,
    MS_STORY_TEXT,
    MS_STORY_FILE,
    MS_STORY_OFFSET,
    MS_STORY_RAW,
    MS_STORY_RAW_PROBLEM,
    MS_STORY_N_COLUMNS
};
extern const char ms_story_for_people[];

/* The lines that the steps cite, in the order of path and offset, each once: path, compression, line_offset, tokens (words that
 * stand in that line, one below the other). */
extern const char ms_story_lines[];

#endif
