/* The commands, and how a status becomes an exit code (DESIGN 6). Internal to cli/.
 * A command prints data to stdout, talk to stderr. MS_END: nothing matched (exit code 1), and it has said so. It reports `incomplete` when it did all it could but some input was
 * unreadable (named on stderr). Thread rule: one command a process. */
#ifndef MS_CLI_COMMAND_H
#define MS_CLI_COMMAND_H

#include "cli/flags.h"

enum ms_status ms_cmd_ingest(const struct ms_args *args, bool *incomplete, struct ms_error *err);
enum ms_status ms_cmd_parse(const struct ms_args *args, bool *incomplete, struct ms_error *err);
enum ms_status ms_cmd_grep(const struct ms_args *args, bool *incomplete, struct ms_error *err);
enum ms_status ms_cmd_info(const struct ms_args *args, bool *incomplete, struct ms_error *err);
enum ms_status ms_cmd_find(const struct ms_args *args, bool *incomplete, struct ms_error *err);
enum ms_status ms_cmd_trace(const struct ms_args *args, bool *incomplete, struct ms_error *err);
enum ms_status ms_cmd_sql(const struct ms_args *args, bool *incomplete, struct ms_error *err);
enum ms_status ms_cmd_verify(const struct ms_args *args, bool *incomplete, struct ms_error *err);
enum ms_status ms_cmd_compact(const struct ms_args *args, bool *incomplete, struct ms_error *err);
enum ms_status ms_cmd_gen(const struct ms_args *args, bool *incomplete, struct ms_error *err);

/* `parse --kinds`. */
void ms_kinds_print(enum ms_format format, FILE *out);

/* A sentence on stderr, `mailstrata: ` in front, log text in it escaped. */
void ms_say(const char *format, ...) MS_PRINTF(1, 2);

#endif
