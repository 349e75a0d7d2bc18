/* The lines that the rows of a dataset cite, for who reads them again (cited.sql). Thread rule: constants. */
#ifndef MS_QUERY_CITED_H
#define MS_QUERY_CITED_H

enum ms_cited_column {
    MS_CITED_PLACE, /* in shown.sources */
    MS_CITED_OFFSET,
    MS_CITED_TABLE,
    MS_CITED_HOST, /* from here on NULL is: nothing is said of it */
    MS_CITED_PROGRAM,
    MS_CITED_PID,
    MS_CITED_TIME_US,
    MS_CITED_WORD, /* stands in the line */
    MS_CITED_TEXT, /* of an event, or of a line that nobody understood (its beginning) */
    MS_CITED_N_COLUMNS
};
/* Needs shown.sources(file_id, place). $1: of so many lines about one; 1: all. */
extern const char ms_cited_rows[];

#endif
