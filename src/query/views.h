/* The SQL that makes the tables of a dataset visible: one view for each table of the schema. Internal to query/. Pure but for
 * reading the names in a folder. */
#ifndef MS_QUERY_VIEWS_H
#define MS_QUERY_VIEWS_H

#include "base/buffer.h"
#include "columnar/schema.h"

/* Appends `create view NAME as ...;`. `dir` is the folder of one generation. A table without part files becomes an empty
 * view with the columns of the schema. */
void ms_view_sql(struct ms_buffer *sql, const char *dir, const struct ms_table *table);

/* Appends the views over those tables that speak of mails: mail_messages (messages with mail_id) and fates (columns of DESIGN 4,
 * a row for each final recipient of each original recipient of a mail). */
void ms_mail_views_sql(struct ms_buffer *sql);

/* Appends the view gaps: stretches of an hour and more in which a host has no line, by its hours in coverage. */
void ms_gap_view_sql(struct ms_buffer *sql);

/* `select` of all columns of the schema from these files, in their order; ends in a '\0'. */
void ms_part_rows_sql(struct ms_buffer *sql, const struct ms_table *table, const char *const *paths, size_t n_paths);

/* The path as a glob that matches only itself: *, ? and [ become classes of one character. The caller frees it. */
char *ms_glob_literal(const char *path);

/* 'text' as a string of SQL. */
void ms_sql_quote(struct ms_buffer *sql, const char *text);

#endif
